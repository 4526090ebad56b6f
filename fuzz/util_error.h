/* SPDX-License-Identifier: BSD-2-Clause */
/* The target util's step about errors. */
#ifndef KVS_FUZZ_UTIL_ERROR_H
#define KVS_FUZZ_UTIL_ERROR_H

#include "fuzz/tape.h"

/* A byte of flags, errno, an address, the words: all that fills an error, against what it must hold. */
void kvs_util_error(struct kvs_tape *tape);

#endif
