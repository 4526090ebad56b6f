/* SPDX-License-Identifier: BSD-2-Clause */
/* The page map: each reason for a page that is not there, and how far an answer runs. */
#include "index/pagemap.h"

#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/physical.h"

#define SHIFT 12
#define PAGE UINT64_C(4096)
#define PAGES_OFFSET UINT64_C(0x9000)

static const struct kvs_avail_form boundless = { 8, SHIFT, UINT64_MAX };

struct fixture {
	struct kvs_memory memory;
	struct kvs_pagemap map;
	uint8_t bits[64];
};

static int
setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.memory = (struct kvs_memory){ .allocation_limit = 1 << 20, .limit = 1 << 20 };
	*state = &fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *const fixture = *state;

	kvs_pagemap_fini(&fixture->map);
	return fixture->memory.used == 0 ? 0 : -1;
}

static void
set_bits(struct fixture *f, unsigned first, unsigned last)
{
	for (unsigned bit = first; bit <= last; bit++)
		f->bits[bit / 8] |= (uint8_t)(1U << bit % 8);
}

/* A map over pairs (ended by 0, 0) with len bytes of bitmap, in a file of sparse_bytes of pages. */
static void
build(struct fixture *f, const uint64_t (*pairs)[2], size_t len, uint64_t file_bytes)
{
	struct kvmsafe_bitmap *bitmap;
	struct kvs_dump_avail avail;
	uint8_t array[256] = { 0 };
	const struct kvs_view view = { .bytes = array, .len = sizeof(array) };

	kvs_pagemap_fini(&f->map);
	for (size_t i = 0; pairs[i][1] != 0; i++)
		for (size_t byte = 0; byte < 16; byte++)
			array[i * 16 + byte] = (uint8_t)(pairs[i][byte / 8] >> 8 * (byte % 8));
	assert_int_equal(
	    kvs_dump_avail_create(&avail, &f->memory, &view, &boundless, NULL, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvmsafe_bitmap_create(f->bits, len, UINT64_MAX, KVMSAFE_BITS_LE, &bitmap, NULL),
	    KVMSAFE_OK);
	kvs_pagemap_init(&f->map, bitmap, &avail, SHIFT, PAGES_OFFSET, file_bytes);
}

static void
find(const struct fixture *f, uint64_t pa, enum kvmsafe_status status, uint64_t file_offset,
    uint64_t bytes)
{
	struct kvs_extent extent;

	assert_int_equal(kvs_pagemap_find(&f->map, pa, &extent), status);
	assert_true(extent.file_offset == file_offset);
	assert_true(extent.bytes == bytes);
}

static const uint64_t two_ranges[][2] = { { 0x10000, 0x20000 }, { 0x100000, 0x120000 }, { 0, 0 } };

static void
pagemap_finds_pages_by_rank(void **state)
{
	struct fixture *const f = *state;

	set_bits(f, 2, 2);
	set_bits(f, 4, 6);
	set_bits(f, 16, 16);
	build(f, two_ranges, 64, PAGES_OFFSET + 5 * PAGE);
	find(f, 0x12000, KVMSAFE_OK, PAGES_OFFSET, PAGE);
	find(f, 0x12fff, KVMSAFE_OK, PAGES_OFFSET + 0xfff, 1);
	find(f, 0x14010, KVMSAFE_OK, PAGES_OFFSET + PAGE + 0x10, 3 * PAGE - 0x10);
	find(f, 0x16000, KVMSAFE_OK, PAGES_OFFSET + 3 * PAGE, PAGE);
	find(f, 0x100000, KVMSAFE_OK, PAGES_OFFSET + 4 * PAGE, PAGE);
}

static void
pagemap_tells_holes_of_the_dump_from_holes_of_memory(void **state)
{
	struct fixture *const f = *state;

	set_bits(f, 2, 2);
	build(f, two_ranges, 64, PAGES_OFFSET + PAGE);
	find(f, 0x10001, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 2 * PAGE - 1);
	/* A run of clear bits ends with its range, though the next one's bits are clear too. */
	find(f, 0x13000, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 13 * PAGE);
	find(f, 0, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, 0x10000);
	find(f, 0x20001, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, 0x100000 - 0x20001);
	find(f, 0x120000, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
	find(f, UINT64_MAX, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
}

/* Defect D1 of older readers: device memory between the ranges read as pages of the first one. */
static void
pagemap_hole_is_no_page_of_an_earlier_range(void **state)
{
	struct fixture *const f = *state;

	set_bits(f, 0, 47);
	build(f, two_ranges, 64, PAGES_OFFSET + 48 * PAGE);
	for (uint64_t pa = 0x20000; pa < 0x100000; pa += PAGE)
		find(f, pa, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, 0x100000 - pa);
	find(f, 0x1f000, KVMSAFE_OK, PAGES_OFFSET + 15 * PAGE, PAGE);
	find(f, 0x100000, KVMSAFE_OK, PAGES_OFFSET + 16 * PAGE, 32 * PAGE);
}

/* Defect D5: no page at all is legal. */
static void
pagemap_without_pages_answers(void **state)
{
	struct fixture *const f = *state;
	uint64_t pa, file_offset, bytes;

	build(f, two_ranges, 64, PAGES_OFFSET);
	find(f, 0x10000, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 16 * PAGE);
	assert_true(kvs_pagemap_promised(&f->map) == 0);
	assert_true(kvs_pagemap_present(&f->map) == 0);
	assert_false(kvs_pagemap_at(&f->map, 0, &pa, &file_offset, &bytes));
}

/* Defect D9: what the bitmap promises and what the file holds are two numbers. */
static void
pagemap_of_a_cut_file_serves_what_is_there(void **state)
{
	struct fixture *const f = *state;
	uint64_t pa, file_offset, bytes;

	set_bits(f, 0, 9);
	build(f, two_ranges, 64, PAGES_OFFSET + 3 * PAGE + 100);
	assert_true(kvs_pagemap_promised(&f->map) == 10);
	assert_true(kvs_pagemap_present(&f->map) == 3);
	find(f, 0x12000, KVMSAFE_OK, PAGES_OFFSET + 2 * PAGE, PAGE + 100);
	find(f, 0x13063, KVMSAFE_OK, PAGES_OFFSET + 3 * PAGE + 99, 1);
	find(f, 0x13064, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 7 * PAGE - 100);
	find(f, 0x14000, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 6 * PAGE);
	find(f, 0x1a000, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 6 * PAGE);
	assert_true(kvs_pagemap_at(&f->map, 3, &pa, &file_offset, &bytes));
	assert_true(pa == 0x13000 && file_offset == PAGES_OFFSET + 3 * PAGE && bytes == 100);
	assert_true(kvs_pagemap_at(&f->map, 4, &pa, &file_offset, &bytes));
	assert_true(pa == 0x14000 && file_offset == KVMSAFE_NONE && bytes == 0);
	assert_false(kvs_pagemap_at(&f->map, 10, &pa, &file_offset, &bytes));
}

static void
pagemap_of_a_file_cut_before_its_pages_has_none(void **state)
{
	struct fixture *const f = *state;
	static const uint64_t lengths[] = { 0, PAGES_OFFSET - 1, PAGES_OFFSET };

	set_bits(f, 0, 9);
	for (size_t i = 0; i < 3; i++) {
		build(f, two_ranges, 64, lengths[i]);
		assert_true(kvs_pagemap_promised(&f->map) == 10);
		assert_true(kvs_pagemap_present(&f->map) == 0);
		find(f, 0x10000, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 10 * PAGE);
	}
}

static void
pagemap_of_a_longer_file_holds_no_more_than_promised(void **state)
{
	struct fixture *const f = *state;

	set_bits(f, 0, 9);
	build(f, two_ranges, 64, PAGES_OFFSET + 10 * PAGE + 512);
	assert_true(kvs_pagemap_present(&f->map) == 10);
	find(f, 0x19000, KVMSAFE_OK, PAGES_OFFSET + 9 * PAGE, PAGE);
	build(f, two_ranges, 64, UINT64_MAX);
	assert_true(kvs_pagemap_present(&f->map) == 10);
	find(f, 0x19000, KVMSAFE_OK, PAGES_OFFSET + 9 * PAGE, PAGE);
}

/* The ranges have more pages than the bitmap has bits: those are clear. */
static void
pagemap_of_a_short_bitmap_has_clear_bits(void **state)
{
	struct fixture *const f = *state;

	set_bits(f, 0, 47);
	build(f, two_ranges, 3, PAGES_OFFSET + 48 * PAGE);
	assert_true(kvs_pagemap_promised(&f->map) == 24);
	find(f, 0x107000, KVMSAFE_OK, PAGES_OFFSET + 23 * PAGE, PAGE);
	find(f, 0x108000, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 24 * PAGE);
}

/* Set bits beyond all ranges take their place in the file, and no address leads to them. */
static void
pagemap_bits_beyond_the_ranges_have_no_address(void **state)
{
	struct fixture *const f = *state;
	uint64_t pa, file_offset, bytes;

	set_bits(f, 47, 48);
	build(f, two_ranges, 64, PAGES_OFFSET + 2 * PAGE);
	assert_true(kvs_pagemap_promised(&f->map) == 2);
	assert_true(kvs_pagemap_at(&f->map, 0, &pa, &file_offset, &bytes));
	assert_true(pa == 0x11f000);
	assert_true(kvs_pagemap_at(&f->map, 1, &pa, &file_offset, &bytes));
	assert_true(pa == KVMSAFE_NONE);
	assert_true(file_offset == PAGES_OFFSET + PAGE && bytes == PAGE);
	/* The run of set bits goes on, the range does not. */
	find(f, 0x11f000, KVMSAFE_OK, PAGES_OFFSET, PAGE);
	find(f, 0x120000, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
}

static void
pagemap_page_of_two_ranges_is_the_firsts(void **state)
{
	static const uint64_t pairs[][2] = { { 0x1000, 0x2800 }, { 0x2800, 0x4000 }, { 0, 0 } };
	struct fixture *const f = *state;
	uint64_t pa, file_offset, bytes;

	set_bits(f, 0, 3); /* pages 1, 2; 2 again, 3 */
	build(f, pairs, 1, PAGES_OFFSET + 4 * PAGE);
	find(f, 0x2900, KVMSAFE_OK, PAGES_OFFSET + PAGE + 0x900, 0x700);
	find(f, 0x3000, KVMSAFE_OK, PAGES_OFFSET + 3 * PAGE, PAGE);
	assert_true(kvs_pagemap_at(&f->map, 1, &pa, &file_offset, &bytes));
	assert_true(pa == 0x2000);
	assert_true(kvs_pagemap_at(&f->map, 2, &pa, &file_offset, &bytes));
	assert_true(pa == KVMSAFE_NONE && file_offset == PAGES_OFFSET + 2 * PAGE);
}

static void
pagemap_reaches_the_top_of_the_address_space(void **state)
{
	static const uint64_t pairs[][2] = { { UINT64_MAX - 8191, UINT64_MAX - 4095 }, { 0, 0 } };
	struct fixture *const f = *state;

	set_bits(f, 0, 7);
	build(f, pairs, 1, PAGES_OFFSET + 8 * PAGE);
	find(f, UINT64_MAX - 8191, KVMSAFE_OK, PAGES_OFFSET, PAGE);
	find(f, UINT64_MAX - 4095, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
	find(f, 0, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX - 8191);
}

static void
pagemap_fini_takes_what_was_never_built(void **state)
{
	struct kvs_pagemap map = { .bitmap = NULL };

	(void)state;
	kvs_pagemap_fini(&map);
	kvs_pagemap_fini(&map);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(pagemap_finds_pages_by_rank),
		TEST(pagemap_tells_holes_of_the_dump_from_holes_of_memory),
		TEST(pagemap_hole_is_no_page_of_an_earlier_range),
		TEST(pagemap_without_pages_answers),
		TEST(pagemap_of_a_cut_file_serves_what_is_there),
		TEST(pagemap_of_a_file_cut_before_its_pages_has_none),
		TEST(pagemap_of_a_longer_file_holds_no_more_than_promised),
		TEST(pagemap_of_a_short_bitmap_has_clear_bits),
		TEST(pagemap_bits_beyond_the_ranges_have_no_address),
		TEST(pagemap_page_of_two_ranges_is_the_firsts),
		TEST(pagemap_reaches_the_top_of_the_address_space),
		TEST(pagemap_fini_takes_what_was_never_built),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
