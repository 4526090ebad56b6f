/* SPDX-License-Identifier: BSD-2-Clause */
/* What the library itself asks of a bitmap index beyond its public face. */
#ifndef KVS_INDEX_BITMAP_H
#define KVS_INDEX_BITMAP_H

#include <kvmsafe/bitmap.h>

#include "util/alloc.h"

struct kvs_bits {
	const void *bits; /* borrowed */
	size_t bytes;
	uint64_t nbits;
	enum kvmsafe_bit_order order;
};

/* As kvmsafe_bitmap_create, on a budget, which must outlive the index. */
enum kvmsafe_status kvs_bitmap_create(struct kvs_memory *memory, const struct kvs_bits *bits,
    struct kvmsafe_bitmap **out, struct kvmsafe_error *err);

/* How many bits from `bit` on are as it is, *set or clear; at least 1, at most to the next multiple
   of 64. */
unsigned kvs_bitmap_run(const struct kvmsafe_bitmap *map, uint64_t bit, bool *set);

#endif
