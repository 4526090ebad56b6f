/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the page-table root of a full core: guess where the kernel lies, build the space, check
 * that the root's variable translates to where it was read. Floor note: the two functions of a
 * machine are handed over, arch/ is not included.
 */
#ifndef KVS_XLAT_BOOTSTRAP_H
#define KVS_XLAT_BOOTSTRAP_H

#include "xlat/space.h"

struct kvs_bootstrap {
	void *ctx;
	/* NOT_FOUND: no more guesses; another failure is the answer. It comes to an end, after few
	   enough to try them all. */
	enum kvmsafe_status (*delta)(
	    void *ctx, uint64_t *cursor, uint64_t *delta, struct kvmsafe_error *err);
	/* KERNEL_NEEDED ends the guessing */
	enum kvmsafe_status (*build)(void *ctx, uint64_t delta, struct kvs_space *space,
	    uint64_t *witness_va, uint64_t *witness_pa, struct kvmsafe_error *err);
};

/*
 * Try guesses until one passes the self check; *space is that one's.
 * Fails with the error of the first guess (DAMAGED "root page table not found" where that guess
 * built a space that failed its check), KERNEL_NEEDED, or what kept the next guess from being made.
 */
enum kvmsafe_status kvs_bootstrap_run(
    const struct kvs_bootstrap *bootstrap, struct kvs_space *space, struct kvmsafe_error *err);

#endif
