/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds for every error and finding, whatever it is about. */
#ifndef KVS_FUZZ_ERROR_CHECK_H
#define KVS_FUZZ_ERROR_CHECK_H

#include <kvmsafe/kvmsafe.h>

/* Fill an error with what no call writes. */
void kvs_error_init(struct kvmsafe_error *err);

/* Of an error that was so filled: did a call that answered OK leave it alone (error.h), or one that
   failed fill it? */
void kvs_error_after(enum kvmsafe_status status, const struct kvmsafe_error *err);

/* Is it this status, one that there is, with words that can be printed? */
void kvs_error_check(enum kvmsafe_status status, const struct kvmsafe_error *err);

#endif
