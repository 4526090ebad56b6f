/* SPDX-License-Identifier: BSD-2-Clause */
/* Rank counts, select looks at each bit: what the index has to agree with. */
#include "naive/bitmap.h"

uint64_t
naive_bitmap_place(enum kvmsafe_bit_order order, uint64_t bit, unsigned *in_byte)
{
	const unsigned width = order == KVMSAFE_BITS_LE ? 8 : order == KVMSAFE_BITS_BE32 ? 32 : 64;
	const uint64_t word = bit / width;
	const unsigned in_word = (unsigned)(bit % width);

	*in_byte = in_word % 8;
	/* The low bits of a big-endian word are in its last byte. */
	return word * (width / 8) + (width / 8 - 1 - in_word / 8);
}

bool
naive_bitmap_test(const struct naive_bitmap *map, uint64_t bit)
{
	unsigned in_byte;
	const uint64_t byte = naive_bitmap_place(map->order, bit, &in_byte);

	return bit < map->nbits && byte < map->len && (map->bytes[byte] >> in_byte & 1) != 0;
}

/* No bit is set at or above this one: a word may have begun in the last byte. */
static uint64_t
end(const struct naive_bitmap *map)
{
	const uint64_t most = ((uint64_t)map->len + 8) * 8;

	return map->nbits < most ? map->nbits : most;
}

uint64_t
naive_bitmap_rank(const struct naive_bitmap *map, uint64_t bit)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < bit && i < end(map); i++)
		if (naive_bitmap_test(map, i))
			count++;
	return count;
}

bool
naive_bitmap_select(const struct naive_bitmap *map, uint64_t n, uint64_t *bit)
{
	for (uint64_t i = 0; i < end(map); i++) {
		if (!naive_bitmap_test(map, i))
			continue;
		if (n == 0) {
			*bit = i;
			return true;
		}
		n--;
	}
	return false;
}
