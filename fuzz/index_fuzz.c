/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_bitmap_create, kvmsafe_bitmap_destroy, kvmsafe_bitmap_count,
 * kvmsafe_bitmap_test, kvmsafe_bitmap_rank, kvmsafe_bitmap_select, kvmsafe_bitmap_overhead */
/*
 * The bitmap index against one bit at a time. Input: a byte (bits 0-1 the order, 3 is none; bits
 * 2-3 what nbits is: the number behind, all bits, 2^64 - 1, 2^64 - 1 - number; bits 4-6: the bitmap
 * is repeated 2^n times), u16 number, bitmap.
 */
#include "index/bitmap.h"

#include <string.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"

#define BYTES_MAX 1024 /* as they are; each of their bits is asked for */
#define REPEATED_MAX 20480 /* where it is repeated; some bits are */

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

/* Bits [start, end) are alike; the next one is not, or begins a word. */
static void
check_run(const struct kvmsafe_bitmap *map, uint64_t start, uint64_t end, bool set)
{
	const uint64_t at[] = { start, start + (end - start) / 2, end - 1 };

	for (unsigned i = 0; i < 3; i++) {
		bool is = !set;

		CHECK(kvs_bitmap_run(map, at[i], &is) == end - at[i] && is == set);
	}
}

static void
compare(const struct kvmsafe_bitmap *map, const uint8_t *bits, size_t bytes, uint64_t nbits,
    enum kvmsafe_bit_order order)
{
	/* a word's bits can lie behind the last byte that is there */
	const uint64_t end = 8 * (uint64_t)bytes + 64;
	uint64_t rank = 0, found = 12345, start = 0;
	bool before = false;

	for (uint64_t bit = 0; bit < end; bit++) {
		const bool set = bit < nbits && model_test(bits, bytes, bit, order);

		if (bit > 0 && (set != before || bit % 64 == 0)) {
			if (bytes <= BYTES_MAX || start % 4096 < 64)
				check_run(map, start, bit, before);
			start = bit;
		}
		before = set;
		if (bytes > BYTES_MAX && (bit + 2) % 509 > 2 && (bit + 2) % 512 > 3) {
			rank += set;
			continue;
		}
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
	for (unsigned shift = 20; shift < 64; shift++) {
		CHECK(!kvmsafe_bitmap_test(map, UINT64_C(1) << shift));
		CHECK(kvmsafe_bitmap_rank(map, UINT64_C(1) << shift) == rank);
	}
	CHECK(kvmsafe_bitmap_rank(map, UINT64_MAX) == rank);
	CHECK(!kvmsafe_bitmap_test(map, UINT64_MAX));
	CHECK(kvmsafe_bitmap_rank(map, nbits) == rank);
}

/* What it is made of: no bytes at all, more than there are, no memory. */
static void
check_create(const uint8_t *bits, size_t bytes, uint64_t nbits, enum kvmsafe_bit_order order)
{
	const uint64_t whole = bytes / 8 * 64;
	struct kvmsafe_bitmap *map = NULL;
	struct kvmsafe_error err;

	CHECK(kvmsafe_bitmap_create(NULL, 1, nbits, order, &map, &err) == KVMSAFE_USAGE);
	CHECK(map == NULL && err.status == KVMSAFE_USAGE);
	kvs_alloc_fail_at(1);
	CHECK(kvmsafe_bitmap_create(bits, bytes, nbits, order, &map, &err) == KVMSAFE_NO_MEMORY);
	CHECK(map == NULL && err.status == KVMSAFE_NO_MEMORY);
	kvs_alloc_fail_at(0);
	/* a caller who counts on nbits alone: their words are all that is looked at */
	CHECK(kvmsafe_bitmap_create(bits, SIZE_MAX, whole, order, &map, &err) == KVMSAFE_OK);
	for (uint64_t bit = 0; bit < whole; bit += 61)
		CHECK(kvmsafe_bitmap_test(map, bit) == model_test(bits, bytes, bit, order));
	CHECK(!kvmsafe_bitmap_test(map, whole));
	kvmsafe_bitmap_destroy(map);
	kvmsafe_bitmap_destroy(NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_bitmap *map = NULL;
	struct kvmsafe_error err;
	uint64_t number, nbits;
	unsigned order;
	size_t bytes, times, piece;
	uint8_t *bits;

	if (size < 3)
		return 0;
	order = data[0] & 3;
	number = data[1] | (uint64_t)data[2] << 8;
	piece = size - 3 < BYTES_MAX ? size - 3 : BYTES_MAX;
	times = (size_t)1 << (data[0] >> 4 & 7);
	while (times > 1 && times * piece > REPEATED_MAX)
		times /= 2;
	bytes = times * piece;
	nbits = ((const uint64_t[]){
	    number, 8 * bytes, UINT64_MAX, UINT64_MAX - number })[data[0] >> 2 & 3];
	bits = malloc(bytes + 1);
	CHECK(bits != NULL);
	bits = realloc(bits, bytes > 0 ? bytes : 1); /* exact, so that a byte more is seen */
	CHECK(bits != NULL);
	for (size_t i = 0; i < times; i++)
		memcpy(bits + i * piece, data + 3, piece);
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
		check_create(bits, bytes, nbits, (enum kvmsafe_bit_order)order);
	}
	free(bits);
	return 0;
}
