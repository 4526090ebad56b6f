/* SPDX-License-Identifier: BSD-2-Clause */
/* How a target opens its input: sources, limits, options and faults, as the records say. */
#ifndef KVS_FUZZ_OPENING_H
#define KVS_FUZZ_OPENING_H

#include "fuzz/sparse.h"

#define KVS_OPENING_ALLOCATION (1U << 21) /* the most that is allocated at once */

struct kvs_opening {
	struct kvs_sparse *sparse;
	struct kvs_sparse_file dump, kernel;
	struct kvmsafe_source *source, *kernel_source; /* the latter NULL: no record is about it */
	struct kvmsafe_limits limits;
	struct kvmsafe_options options; /* points to limits */
	bool faulty; /* answers may be errors that the input does not explain */
};

/* Decode the input, which must outlive it, and arm the faults of allocation. */
void kvs_opening_init(struct kvs_opening *opening, const uint8_t *data, size_t size);

/*
 * Open the session, for the caller to close. Checks what holds for each refusal: there is no session,
 * the error has words, and only a fault makes it one of the host's.
 */
enum kvmsafe_status kvs_opening_open(
    const struct kvs_opening *opening, struct kvmsafe_session **session);

/* Disarm and free; what was opened is closed already. */
void kvs_opening_fini(struct kvs_opening *opening);

#endif
