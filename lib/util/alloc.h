/* SPDX-License-Identifier: BSD-2-Clause */
/* The only allocator: zeroed, counted, refused above the caller's limits. */
#ifndef KVS_UTIL_ALLOC_H
#define KVS_UTIL_ALLOC_H

#include <stdint.h>

#include <kvmsafe/error.h>

/* A budget. Zero `used`, set the two limits (bytes). Not shared between threads. */
struct kvs_memory {
	uint64_t allocation_limit; /* of one block */
	uint64_t limit; /* of all blocks together */
	uint64_t used;
};

/*
 * `count` zeroed elements of `bytes` each. On success *out is the block, to be freed with
 * kvs_free and the same budget; a request for 0 bytes gives a valid block. `what` names the thing
 * in messages ("bitmap"). LIMIT, or NO_MEMORY. A budget of NULL has no limits.
 */
enum kvmsafe_status kvs_alloc(struct kvs_memory *memory, uint64_t count, uint64_t bytes,
    const char *what, void **out, struct kvmsafe_error *err);

/* NULL is fine. The block's size goes back to the budget. */
void kvs_free(struct kvs_memory *memory, void *block);

#endif
