/* SPDX-License-Identifier: BSD-2-Clause */
/* The bitmap index against a model that looks at one bit at a time. */
#include "index/bitmap.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "naive/bitmap.h"

static const enum kvmsafe_bit_order orders[] = { KVMSAFE_BITS_LE, KVMSAFE_BITS_BE32,
	KVMSAFE_BITS_BE64 };

static struct kvmsafe_bitmap *
create(const struct naive_bitmap *naive)
{
	struct kvmsafe_bitmap *map = NULL;

	if (kvmsafe_bitmap_create(
		naive->bytes, naive->len, naive->nbits, naive->order, &map, NULL) != KVMSAFE_OK)
		fail_msg("no index");
	return map;
}

/* Every question about bits 0 to `end`, which is beyond the last one; cmocka's checks are slow. */
static void
compare(const struct naive_bitmap *naive, uint64_t end)
{
	struct kvmsafe_bitmap *const map = create(naive);
	uint64_t rank = 0, bit = UINT64_MAX;

	for (uint64_t i = 0; i <= end; i++) {
		const bool set = naive_bitmap_test(naive, i);

		if (kvmsafe_bitmap_rank(map, i) != rank || kvmsafe_bitmap_test(map, i) != set)
			fail_msg("order %d, %zu bytes, %d bits: bit %d", (int)naive->order,
			    naive->len, (int)naive->nbits, (int)i);
		if (!set)
			continue;
		if (!kvmsafe_bitmap_select(map, rank, &bit) || bit != i)
			fail_msg("order %d, %zu bytes, %d bits: select of %d", (int)naive->order,
			    naive->len, (int)naive->nbits, (int)rank);
		rank++;
	}
	if (kvmsafe_bitmap_count(map) != rank || kvmsafe_bitmap_rank(map, UINT64_MAX) != rank ||
	    kvmsafe_bitmap_test(map, UINT64_MAX) || kvmsafe_bitmap_select(map, rank, &bit) ||
	    kvmsafe_bitmap_select(map, UINT64_MAX, &bit))
		fail_msg("order %d, %zu bytes, %d bits: the end", (int)naive->order, naive->len,
		    (int)naive->nbits);
	kvmsafe_bitmap_destroy(map);
}

static void
put(uint8_t *bytes, enum kvmsafe_bit_order order, uint64_t bit, bool set)
{
	unsigned in_byte;
	uint8_t *const byte = &bytes[naive_bitmap_place(order, bit, &in_byte)];

	*byte = (uint8_t)((*byte & ~(1U << in_byte)) | (unsigned)set << in_byte);
}

/* All bitmaps of nbits bits, in words whose other bits are set: they must not count. */
static void
compare_all(enum kvmsafe_bit_order order, unsigned nbits)
{
	uint8_t bytes[8];
	const struct naive_bitmap naive = {
		.bytes = bytes, .len = sizeof(bytes), .nbits = nbits, .order = order
	};

	for (uint32_t pattern = 0; pattern < UINT32_C(1) << nbits; pattern++) {
		memset(bytes, 0xff, sizeof(bytes));
		for (unsigned i = 0; i < nbits; i++)
			put(bytes, order, i, (pattern >> i & 1) != 0);
		compare(&naive, nbits);
	}
}

static void
bitmap_agrees_on_every_bitmap_up_to_20_bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (unsigned nbits = 0; nbits <= 20; nbits++)
			compare_all(orders[i], nbits);
}

/* xorshift: the same bits on every host. */
static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

/* What is not there counts as 0: every length in bytes, below, at and above what they hold. */
static void
bitmap_agrees_on_every_length_in_bytes(void **state)
{
	uint64_t seed = 5;
	uint8_t *bytes;

	(void)state;
	for (size_t len = 0; len <= 200; len++) {
		bytes = malloc(len + (len == 0)); /* of the exact size: sanitizers see one more */
		assert_non_null(bytes);
		for (size_t i = 0; i < len; i++)
			bytes[i] = (uint8_t)next_random(&seed);
		for (size_t i = 0; i < 9; i++) {
			struct naive_bitmap naive = { bytes, len, 0, orders[i % 3] };

			naive.nbits = i < 3 ? len * 4 : i < 6 ? len * 8 + 100 : UINT64_MAX;
			compare(&naive, len * 8 + 130);
		}
		free(bytes);
	}
}

static void
compare_random(uint64_t seed, size_t len, uint64_t nbits, unsigned density)
{
	uint8_t *const bytes = malloc(len);
	struct naive_bitmap naive = { bytes, len, nbits, KVMSAFE_BITS_LE };

	assert_non_null(bytes);
	for (size_t i = 0; i < len; i++) {
		const uint64_t r = (i / 5000) % 3 == 1 ? 0 : next_random(&seed);

		/* Holes and full runs, as memory has them, and noise. */
		bytes[i] = density == 0 ? 0
		    : density == 255	? 0xff
					: (uint8_t)(r >> 8 & (r % 256 < density ? 0xff : r >> 16));
	}
	for (size_t i = 0; i < 3; i++) {
		naive.order = orders[i];
		compare(&naive, (nbits < 8 * len ? nbits : 8 * len) + 70);
	}
	free(bytes);
}

static void
bitmap_agrees_on_random_ones_of_millions_of_bits(void **state)
{
	(void)state;
	compare_random(1, 65536 / 8, UINT64_MAX, 128);
	compare_random(2, 65536 / 8 + 1, UINT64_MAX, 128);
	compare_random(3, 65536 / 8 - 1, UINT64_MAX, 128);
	compare_random(4, 300007, 8 * 300007 - 13, 30);
	compare_random(5, 262144, UINT64_MAX, 0);
	compare_random(6, 262144, UINT64_MAX, 255);
	compare_random(7, 400001, 3000000, 200);
}

/* Lengths around each boundary of the index; the reference went wrong at bits mod 1,024. */
static void
bitmap_agrees_around_blocks_and_superblocks(void **state)
{
	static const uint64_t edges[] = { 64, 512, 1024, 65536, 2 * 65536 };
	uint8_t *const bytes = malloc(20000);

	(void)state;
	assert_non_null(bytes);
	memset(bytes, 0xff, 20000);
	for (size_t i = 0; i < 5; i++)
		for (uint64_t nbits = edges[i] - 2; nbits <= edges[i] + 2; nbits++)
			for (size_t o = 0; o < 3; o++) {
				const struct naive_bitmap naive = { bytes, 20000, nbits,
					orders[o] };

				compare(&naive, nbits + 3);
			}
	free(bytes);
}

static void
bitmap_rank_counts_a_tail_of_three_bits(void **state)
{
	static const uint8_t bytes[] = { 0xff, 0x05 };
	struct kvmsafe_bitmap *map;

	(void)state;
	assert_int_equal(
	    kvmsafe_bitmap_create(bytes, 2, 11, KVMSAFE_BITS_LE, &map, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_bitmap_rank(map, 11) == 10);
	assert_true(kvmsafe_bitmap_rank(map, 10) == 9);
	kvmsafe_bitmap_destroy(map);
	assert_int_equal(
	    kvmsafe_bitmap_create(bytes, 2, 10, KVMSAFE_BITS_LE, &map, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_bitmap_rank(map, 11) == 9);
	kvmsafe_bitmap_destroy(map);
}

/* A word of a big-endian dump that is cut: its high bits are in the bytes that are there. */
static void
bitmap_of_half_a_big_endian_word_has_its_high_bits(void **state)
{
	static const uint8_t byte = 0x80;
	struct kvmsafe_bitmap *map;
	uint64_t bit = 0;

	(void)state;
	assert_int_equal(
	    kvmsafe_bitmap_create(&byte, 1, UINT64_MAX, KVMSAFE_BITS_BE64, &map, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_bitmap_select(map, 0, &bit));
	assert_true(bit == 63);
	kvmsafe_bitmap_destroy(map);
	assert_int_equal(
	    kvmsafe_bitmap_create(&byte, 1, UINT64_MAX, KVMSAFE_BITS_BE32, &map, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_bitmap_select(map, 0, &bit));
	assert_true(bit == 31);
	kvmsafe_bitmap_destroy(map);
	assert_int_equal(
	    kvmsafe_bitmap_create(&byte, 1, 31, KVMSAFE_BITS_BE32, &map, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_bitmap_count(map) == 0);
	kvmsafe_bitmap_destroy(map);
}

static void
bitmap_select_leaves_the_bit_alone_when_there_are_fewer(void **state)
{
	static const uint8_t byte = 0x81;
	struct kvmsafe_bitmap *map;
	uint64_t bit = 99;

	(void)state;
	assert_int_equal(
	    kvmsafe_bitmap_create(&byte, 1, 8, KVMSAFE_BITS_LE, &map, NULL), KVMSAFE_OK);
	assert_false(kvmsafe_bitmap_select(map, 2, &bit));
	assert_true(bit == 99);
	assert_true(kvmsafe_bitmap_select(map, 1, &bit));
	assert_true(bit == 7);
	kvmsafe_bitmap_destroy(map);
}

static void
bitmap_create_refuses_what_is_no_bitmap(void **state)
{
	struct kvmsafe_bitmap *map = NULL;
	struct kvmsafe_error err;
	const int strange = 3;

	(void)state;
	assert_int_equal(
	    kvmsafe_bitmap_create(NULL, 1, 8, KVMSAFE_BITS_LE, &map, &err), KVMSAFE_USAGE);
	assert_int_equal(err.status, KVMSAFE_USAGE);
	assert_int_equal(
	    kvmsafe_bitmap_create("", 1, 8, (enum kvmsafe_bit_order)strange, &map, &err),
	    KVMSAFE_USAGE);
	assert_null(map);
	assert_int_equal(
	    kvmsafe_bitmap_create(NULL, 0, 8, KVMSAFE_BITS_LE, &map, &err), KVMSAFE_OK);
	assert_true(kvmsafe_bitmap_count(map) == 0);
	assert_true(kvmsafe_bitmap_rank(map, 5) == 0);
	kvmsafe_bitmap_destroy(map);
	kvmsafe_bitmap_destroy(NULL);
}

static void
bitmap_on_a_budget_is_counted_and_refused(void **state)
{
	static const uint8_t bytes[65536];
	const struct kvs_bits bits = { bytes, sizeof(bytes), UINT64_MAX, KVMSAFE_BITS_LE };
	struct kvs_memory memory = { .allocation_limit = 65536, .limit = 65536 };
	struct kvmsafe_bitmap *map = NULL;

	(void)state;
	assert_int_equal(kvs_bitmap_create(&memory, &bits, &map, NULL), KVMSAFE_OK);
	assert_true(memory.used == kvmsafe_bitmap_overhead(map));
	assert_true(memory.used > 0 && memory.used * 20 <= sizeof(bytes));
	kvmsafe_bitmap_destroy(map);
	assert_true(memory.used == 0);
	memory.limit = 1000;
	map = NULL;
	assert_int_equal(kvs_bitmap_create(&memory, &bits, &map, NULL), KVMSAFE_LIMIT);
	assert_null(map);
}

/* The header promises: at most 5 % and 128 bytes, at every size. */
static void
bitmap_overhead_keeps_its_promise(void **state)
{
	static const uint8_t bytes[40000];
	struct kvmsafe_bitmap *map = NULL;

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len = len < 200 ? len + 1 : len + 997) {
		assert_int_equal(
		    kvmsafe_bitmap_create(bytes, len, UINT64_MAX, KVMSAFE_BITS_LE, &map, NULL),
		    KVMSAFE_OK);
		assert_true(kvmsafe_bitmap_overhead(map) <= len / 20 + 128);
		kvmsafe_bitmap_destroy(map);
	}
}

static void
bitmap_run_tells_how_far_bits_are_alike(void **state)
{
	static const uint8_t bytes[] = { 0xf1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0x7f };
	struct kvmsafe_bitmap *map;
	bool set;

	(void)state;
	assert_int_equal(
	    kvmsafe_bitmap_create(bytes, 16, UINT64_MAX, KVMSAFE_BITS_LE, &map, NULL), KVMSAFE_OK);
	assert_int_equal(kvs_bitmap_run(map, 0, &set), 1);
	assert_true(set);
	assert_int_equal(kvs_bitmap_run(map, 1, &set), 3);
	assert_false(set);
	assert_int_equal(kvs_bitmap_run(map, 3, &set), 1);
	assert_int_equal(kvs_bitmap_run(map, 4, &set), 60);
	assert_true(set);
	assert_int_equal(kvs_bitmap_run(map, 64, &set), 63);
	assert_true(set);
	assert_int_equal(kvs_bitmap_run(map, 127, &set), 1);
	assert_false(set);
	assert_int_equal(kvs_bitmap_run(map, 130, &set), 62);
	assert_false(set);
	kvmsafe_bitmap_destroy(map);
}

/* The run of every bit of every byte pair agrees with a look at each bit. */
static void
bitmap_run_agrees_with_the_model(void **state)
{
	uint8_t bytes[16];
	uint64_t seed = 77;
	bool set;

	(void)state;
	for (size_t round = 0; round < 3000; round++) {
		const struct naive_bitmap naive = { bytes, 16, 128 - round % 70,
			orders[round % 3] };
		struct kvmsafe_bitmap *map;

		for (size_t i = 0; i < sizeof(bytes); i++) {
			const uint64_t r = next_random(&seed);

			bytes[i] = r % 3 == 0 ? 0 : r % 3 == 1 ? 0xff : (uint8_t)(r >> 8);
		}
		map = create(&naive);
		for (uint64_t bit = 0; bit < 150; bit++) {
			uint64_t end = bit + 1;

			while (end % 64 != 0 &&
			    naive_bitmap_test(&naive, end) == naive_bitmap_test(&naive, bit))
				end++;
			if (kvs_bitmap_run(map, bit, &set) != end - bit ||
			    set != naive_bitmap_test(&naive, bit))
				fail_msg("round %zu: bit %d", round, (int)bit);
		}
		kvmsafe_bitmap_destroy(map);
	}
}

#define CHUNK ((size_t)1 << 20)
#define CHUNKS ((size_t)513)

/* 513 MiB of set bits that are one mebibyte of memory, mapped again and again. */
static void *
map_set_bits(void)
{
	char name[] = "/tmp/kvmsafe-bits-XXXXXX";
	const int fd = mkstemp(name);
	uint8_t *const chunk = malloc(CHUNK);
	uint8_t *all = MAP_FAILED;

	assert_true(fd >= 0 && unlink(name) == 0);
	assert_non_null(chunk);
	memset(chunk, 0xff, CHUNK);
	assert_true(write(fd, chunk, CHUNK) == (ssize_t)CHUNK);
	assert_int_equal(ftruncate(fd, (off_t)(CHUNK * CHUNKS)), 0);
	all = mmap(NULL, CHUNK * CHUNKS, PROT_READ, MAP_SHARED, fd, 0);
	assert_true(all != MAP_FAILED);
	for (size_t i = 1; i < CHUNKS; i++)
		assert_true(mmap(all + i * CHUNK, CHUNK, PROT_READ, MAP_SHARED | MAP_FIXED, fd,
				0) != MAP_FAILED);
	free(chunk);
	close(fd);
	return all;
}

/* Defects D8, D11 of older readers: counts and bit numbers of 32 bits. */
static void
bitmap_counts_more_than_4_gibi_bits(void **state)
{
	const uint64_t nbits = (uint64_t)CHUNK * CHUNKS * 8;
	struct kvmsafe_bitmap *map;
	uint64_t bit;
	void *bits;

	(void)state;
	if (sizeof(void *) < 8)
		skip();
	bits = map_set_bits();
	assert_int_equal(
	    kvmsafe_bitmap_create(bits, CHUNK * CHUNKS, nbits - 3, KVMSAFE_BITS_BE64, &map, NULL),
	    KVMSAFE_OK);
	assert_true(kvmsafe_bitmap_count(map) == nbits - 3);
	for (uint64_t at = (UINT64_C(1) << 32) - 2; at < (UINT64_C(1) << 32) + 70000; at += 61) {
		assert_true(kvmsafe_bitmap_rank(map, at) == at);
		assert_true(kvmsafe_bitmap_select(map, at, &bit));
		assert_true(bit == at);
	}
	assert_true(kvmsafe_bitmap_select(map, nbits - 4, &bit));
	assert_true(bit == nbits - 4);
	assert_false(kvmsafe_bitmap_select(map, nbits - 3, &bit));
	kvmsafe_bitmap_destroy(map);
	munmap(bits, CHUNK * CHUNKS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bitmap_agrees_on_every_bitmap_up_to_20_bits),
		cmocka_unit_test(bitmap_agrees_on_every_length_in_bytes),
		cmocka_unit_test(bitmap_agrees_on_random_ones_of_millions_of_bits),
		cmocka_unit_test(bitmap_agrees_around_blocks_and_superblocks),
		cmocka_unit_test(bitmap_rank_counts_a_tail_of_three_bits),
		cmocka_unit_test(bitmap_of_half_a_big_endian_word_has_its_high_bits),
		cmocka_unit_test(bitmap_select_leaves_the_bit_alone_when_there_are_fewer),
		cmocka_unit_test(bitmap_create_refuses_what_is_no_bitmap),
		cmocka_unit_test(bitmap_on_a_budget_is_counted_and_refused),
		cmocka_unit_test(bitmap_overhead_keeps_its_promise),
		cmocka_unit_test(bitmap_run_tells_how_far_bits_are_alike),
		cmocka_unit_test(bitmap_run_agrees_with_the_model),
		cmocka_unit_test(bitmap_counts_more_than_4_gibi_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
