/* SPDX-License-Identifier: BSD-2-Clause */
/* The budgeted allocator: each block knows its size, which stands hidden in front of it. */
#include "util/alloc.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>

#include "util/checked.h"
#include "util/error.h"

union prefix {
	uint64_t bytes; /* of the block, without this prefix */
	max_align_t align;
};

static enum kvmsafe_status
check(const struct kvs_memory *memory, uint64_t bytes, const char *what, struct kvmsafe_error *err)
{
	if (memory == NULL)
		return KVMSAFE_OK;
	if (bytes > memory->allocation_limit)
		return kvs_fail(err, KVMSAFE_LIMIT,
		    "%s: at most %" PRIu64 " bytes may be allocated at once, it needs %" PRIu64,
		    what, memory->allocation_limit, bytes);
	if (!kvs_within(memory->used, bytes, memory->limit))
		return kvs_fail(err, KVMSAFE_LIMIT,
		    "%s: at most %" PRIu64 " bytes may be allocated in all, %" PRIu64
		    " are, it needs %" PRIu64 " more",
		    what, memory->limit, memory->used, bytes);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_alloc(struct kvs_memory *memory, uint64_t count, uint64_t bytes, const char *what, void **out,
    struct kvmsafe_error *err)
{
	uint64_t total;
	enum kvmsafe_status status;
	union prefix *block = NULL;

	if (!kvs_mul(count, bytes, &total))
		return kvs_fail(err, KVMSAFE_LIMIT,
		    "%s: %" PRIu64 " elements of %" PRIu64 " bytes are more than 2^64", what, count,
		    bytes);
	status = check(memory, total, what, err);
	if (status != KVMSAFE_OK)
		return status;
	if (total <= SIZE_MAX - sizeof(*block))
		block = calloc(1, (size_t)total + sizeof(*block));
	if (block == NULL)
		return kvs_fail(err, KVMSAFE_NO_MEMORY, "%s: no memory left for %" PRIu64 " bytes",
		    what, total);
	block->bytes = total;
	if (memory != NULL)
		memory->used += total;
	*out = block + 1;
	return KVMSAFE_OK;
}

void
kvs_free(struct kvs_memory *memory, void *block)
{
	union prefix *prefix;

	if (block == NULL)
		return;
	prefix = (union prefix *)block - 1;
	if (memory != NULL) {
		assert(prefix->bytes <= memory->used);
		memory->used -= prefix->bytes;
	}
	free(prefix);
}
