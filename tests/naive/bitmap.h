/* SPDX-License-Identifier: BSD-2-Clause */
/* A bitmap one bit at a time: slow, and right by inspection. Shares nothing with the library. */
#ifndef KVS_NAIVE_BITMAP_H
#define KVS_NAIVE_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmsafe/bitmap.h>

struct naive_bitmap {
	const uint8_t *bytes;
	size_t len;
	uint64_t nbits;
	enum kvmsafe_bit_order order;
};

/* Which byte has a bit, and which bit of the byte it is. */
uint64_t naive_bitmap_place(enum kvmsafe_bit_order order, uint64_t bit, unsigned *in_byte);

bool naive_bitmap_test(const struct naive_bitmap *map, uint64_t bit);
uint64_t naive_bitmap_rank(const struct naive_bitmap *map, uint64_t bit);
bool naive_bitmap_select(const struct naive_bitmap *map, uint64_t n, uint64_t *bit);

#endif
