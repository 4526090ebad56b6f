/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_bitmap_create, kvmsafe_bitmap_destroy, kvmsafe_bitmap_count,
 * kvmsafe_bitmap_test, kvmsafe_bitmap_rank, kvmsafe_bitmap_select, kvmsafe_bitmap_overhead */
/*
 * The bitmap index against one bit at a time. Input: a byte (bits 0-1 the order, 3 is none; bits
 * 2-3 what nbits is: the number behind, all bits, 2^64 - 1, 2^64 - 1 - number), u16 number, bitmap.
 */
#include <kvmsafe/bitmap.h>

#include <string.h>

#include "fuzz/check.h"

#define BYTES_MAX 1024

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The bit as the writer's words have it; `bytes` may end inside a word. */
static bool
model_test(const uint8_t *bits, size_t bytes, uint64_t bit, enum kvmsafe_bit_order order)
{
	static const unsigned word_bytes[] = { 1, 4, 8 };
	const unsigned width = word_bytes[order];
	const uint64_t word = bit / (8 * width);
	const uint64_t byte = word * width + (width - 1 - bit % (8 * width) / 8);

	return byte < bytes && (bits[byte] >> bit % 8 & 1) != 0;
}

static void
compare(const struct kvmsafe_bitmap *map, const uint8_t *bits, size_t bytes, uint64_t nbits,
    enum kvmsafe_bit_order order)
{
	/* a word's bits can lie behind the last byte that is there */
	const uint64_t end = 8 * (uint64_t)bytes + 64;
	uint64_t rank = 0, found = 12345;

	for (uint64_t bit = 0; bit < end; bit++) {
		const bool set = bit < nbits && model_test(bits, bytes, bit, order);

		CHECK(kvmsafe_bitmap_test(map, bit) == set);
		CHECK(kvmsafe_bitmap_rank(map, bit) == rank);
		if (set) {
			CHECK(kvmsafe_bitmap_select(map, rank, &found) && found == bit);
			rank++;
		}
	}
	CHECK(kvmsafe_bitmap_count(map) == rank);
	found = 12345;
	CHECK(!kvmsafe_bitmap_select(map, rank, &found) && found == 12345);
	CHECK(!kvmsafe_bitmap_select(map, UINT64_MAX, &found) && found == 12345);
	for (unsigned shift = 14; shift < 64; shift++) {
		CHECK(!kvmsafe_bitmap_test(map, UINT64_C(1) << shift));
		CHECK(kvmsafe_bitmap_rank(map, UINT64_C(1) << shift) == rank);
	}
	CHECK(kvmsafe_bitmap_rank(map, UINT64_MAX) == rank);
	CHECK(!kvmsafe_bitmap_test(map, UINT64_MAX));
	CHECK(kvmsafe_bitmap_rank(map, nbits) == rank);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_bitmap *map = NULL;
	struct kvmsafe_error err;
	uint64_t number, nbits;
	unsigned order;
	size_t bytes;
	uint8_t *bits;

	if (size < 3)
		return 0;
	order = data[0] & 3;
	number = data[1] | (uint64_t)data[2] << 8;
	bytes = size - 3 < BYTES_MAX ? size - 3 : BYTES_MAX;
	nbits = ((const uint64_t[]){
	    number, 8 * bytes, UINT64_MAX, UINT64_MAX - number })[data[0] >> 2 & 3];
	bits = malloc(bytes + 1);
	CHECK(bits != NULL);
	bits = realloc(bits, bytes > 0 ? bytes : 1); /* exact, so that a byte more is seen */
	CHECK(bits != NULL);
	memcpy(bits, data + 3, bytes);
	if (order == 3) {
		CHECK(kvmsafe_bitmap_create(bits, bytes, nbits, (enum kvmsafe_bit_order)order, &map,
			  &err) == KVMSAFE_USAGE);
		CHECK(map == NULL && err.status == KVMSAFE_USAGE);
	} else {
		CHECK(kvmsafe_bitmap_create(bytes > 0 ? bits : NULL, bytes, nbits,
			  (enum kvmsafe_bit_order)order, &map, &err) == KVMSAFE_OK);
		compare(map, bits, bytes, nbits, (enum kvmsafe_bit_order)order);
		CHECK(kvmsafe_bitmap_overhead(map) <= 4096);
		kvmsafe_bitmap_destroy(map);
	}
	free(bits);
	return 0;
}
