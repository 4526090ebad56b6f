/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and walking physical memory of both kinds of dumps, through a source that is counted. */
#include "index/physical.h"

#include <errno.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SHIFT 12
#define PAGE UINT64_C(4096)
#define FILE_BYTES 65536

static const struct kvs_avail_form boundless = { 8, SHIFT, UINT64_MAX };

struct fixture {
	struct kvs_memory memory;
	struct kvs_physical physical;
	struct kvmsafe_source *source;
	uint8_t bits[8];
	uint64_t fails_at; /* reads at and beyond it fail */
	uint64_t ends_at; /* the file shrank to this; 0: it did not */
	unsigned reads;
};

static uint8_t
file_byte(uint64_t offset)
{
	return (uint8_t)(offset * 5 + offset / 256);
}

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	struct fixture *const f = ctx;

	f->reads++;
	if (offset >= f->fails_at) {
		err->sys_errno = EIO;
		strcpy(err->message, "disk");
		return KVMSAFE_IO;
	}
	*got = (size_t)kvs_min(len, kvs_min(f->fails_at, f->ends_at) - offset);
	for (size_t i = 0; i < *got; i++)
		((uint8_t *)buf)[i] = file_byte(offset + i);
	return KVMSAFE_OK;
}

static int
setup(void **state)
{
	static struct fixture f;
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_at };

	memset(&f, 0, sizeof(f));
	f.memory = (struct kvs_memory){ .allocation_limit = 1 << 20, .limit = 1 << 20 };
	f.fails_at = f.ends_at = FILE_BYTES;
	f.physical.memory = &f.memory;
	f.physical.page_shift = SHIFT;
	*state = &f;
	if (kvmsafe_source_callbacks(&ops, &f, FILE_BYTES, &f.source, NULL) != KVMSAFE_OK)
		return -1;
	f.physical.source = f.source;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *const f = *state;

	kvs_physical_fini(&f->physical);
	kvmsafe_source_close(f->source);
	return f->memory.used == 0 ? 0 : -1;
}

/* Pages 0x10 to 0x1f and 0x100 to 0x10f; those of bits 0, 1, 3 and 16, 17 follow from 0x2000 on;
   bit 32 is beyond the ranges. The file ends in the middle of the last but one page. */
static void
build_pagemap(struct fixture *f, uint64_t file_bytes)
{
	static const uint8_t array[64] = { [2] = 1, [10] = 2, [18] = 0x10, [26] = 0x11 };
	const struct kvs_view view = { .bytes = array, .len = sizeof(array) };
	struct kvs_dump_avail avail;
	struct kvmsafe_bitmap *bitmap;
	void *block;

	assert_int_equal(kvs_alloc(&f->memory, 1, 8, "bitmap", &block, NULL), KVMSAFE_OK);
	f->physical.bits = block;
	memcpy(block, (const uint8_t[]){ 0x0b, 0, 3, 0, 1, 0, 0, 0 }, 8);
	assert_int_equal(
	    kvs_dump_avail_create(&avail, &f->memory, &view, &boundless, NULL, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvmsafe_bitmap_create(block, 8, UINT64_MAX, KVMSAFE_BITS_LE, &bitmap, NULL),
	    KVMSAFE_OK);
	kvs_pagemap_init(&f->physical.pagemap, bitmap, &avail, SHIFT, 0x2000, file_bytes);
	f->physical.kind = KVS_PHYSICAL_PAGEMAP;
}

static void
build_list(struct fixture *f, const struct kvs_segment *list, size_t n)
{
	assert_int_equal(kvs_segments_init(&f->physical.segments, &f->memory, n, NULL), KVMSAFE_OK);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(
		    kvs_segments_add(&f->physical.segments, &list[i], FILE_BYTES, NULL),
		    KVMSAFE_OK);
	assert_int_equal(kvs_segments_settle(&f->physical.segments, NULL, NULL), KVMSAFE_OK);
	f->physical.kind = KVS_PHYSICAL_SEGMENTS;
}

/* 0x10000 to 0x13000 in two pieces that are neighbours in the file; 0x13000 to 0x14000 elsewhere in
   it; 0x20800 to 0x21400, unaligned; 0x30000 to 0x33000, dumped to 0x32000, in the file to 0x31800;
   the last page of all. */
static void
build_segments(struct fixture *f)
{
	static const struct kvs_segment list[] = { { 0x11000, 0x2000, 0x3000, 0x2000, 0 },
		{ 0x10000, 0x1000, 0x2000, 0x1000, 0 }, { 0x13000, 0x1000, 0x8000, 0x1000, 0 },
		{ 0x20800, 0xc00, 0x6000, 0xc00, 0 },
		{ 0x30000, 0x3000, FILE_BYTES - 0x1800, 0x2000, 0 },
		{ UINT64_MAX - 0xfff, 0x1000, 0x7000, 0x1000, 0 } };

	build_list(f, list, sizeof(list) / sizeof(list[0]));
}

/* Read; expect `len` bytes, those of the file from `offset` on, in so many calls. */
static void
read_piece(struct fixture *f, uint64_t pa, size_t len, uint64_t offset, unsigned calls)
{
	static uint8_t buf[FILE_BYTES];
	size_t got = 0;

	f->reads = 0;
	assert_int_equal(kvs_physical_read(&f->physical, pa, buf, len, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got, len);
	for (size_t i = 0; i < len; i++)
		assert_int_equal(buf[i], file_byte(offset + i));
	assert_int_equal(f->reads, calls);
}

/* Read; expect a short one, and why byte pa + want could not be had. */
static void
read_short(struct fixture *f, uint64_t pa, size_t len, size_t want, enum kvmsafe_status status,
    const char *words)
{
	static uint8_t buf[FILE_BYTES];
	struct kvmsafe_error err;
	size_t got = 99;

	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(kvs_physical_read(&f->physical, pa, buf, len, &got, &err), status);
	assert_int_equal(got, want);
	assert_int_equal(buf[want], 0xee);
	assert_int_equal(err.status, status);
	assert_int_equal(err.place, KVMSAFE_PA);
	assert_true(err.at == pa + want);
	assert_non_null(strstr(err.message, words));
	got = 99;
	assert_int_equal(kvs_physical_read(&f->physical, pa, buf, len, &got, NULL), status);
	assert_int_equal(got, want);
}

static void
physical_reads_neighbours_of_a_pagemap_at_once(void **state)
{
	struct fixture *const f = *state;

	build_pagemap(f, FILE_BYTES);
	read_piece(f, 0x10010, 0x1fe0, 0x2010, 1);
	read_piece(f, 0x13000, 0x1000, 0x4000, 1);
	read_piece(f, 0x100000, 0x2000, 0x5000, 1);
	read_piece(f, 0x10000, 0, 0, 0);
}

static void
physical_reads_neighbours_of_segments_at_once(void **state)
{
	struct fixture *const f = *state;

	build_segments(f);
	read_piece(f, 0x10000, 0x3000, 0x2000, 1);
	read_piece(f, 0x20800, 0xc00, 0x6000, 1);
	read_piece(f, UINT64_MAX - 0xfff, 0x1000, 0x7000, 1);
}

static void
physical_reads_on_where_pages_lie_apart_in_the_file(void **state)
{
	struct fixture *const f = *state;
	static uint8_t buf[0x4000];
	size_t got;

	build_segments(f);
	f->reads = 0;
	assert_int_equal(
	    kvs_physical_read(&f->physical, 0x10000, buf, 0x4000, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got, 0x4000);
	assert_int_equal(f->reads, 2);
	for (size_t i = 0; i < 0x3000; i++)
		assert_int_equal(buf[i], file_byte(0x2000 + i));
	for (size_t i = 0x3000; i < 0x4000; i++)
		assert_int_equal(buf[i], file_byte(0x8000 + i - 0x3000));
}

static void
physical_read_stops_with_the_reason(void **state)
{
	struct fixture *const f = *state;

	build_pagemap(f, 0x2000 + 3 * PAGE + 0x800);
	read_short(f, 0x10800, 0x3000, 0x1800, KVMSAFE_NOT_DUMPED, "not in the dump");
	read_short(f, 0x100400, 0x1000, 0x400, KVMSAFE_TRUNCATED, "beyond the end of the file");
	read_short(f, 0x101000, 1, 0, KVMSAFE_TRUNCATED, "beyond the end of the file");
	read_short(f, 0x20000, 16, 0, KVMSAFE_OUTSIDE_MEMORY, "outside physical memory");
	kvs_physical_fini(&f->physical);
	f->physical.page_shift = SHIFT;
	f->physical.source = f->source;
	build_segments(f);
	read_short(f, 0x20c00, 0x2000, 0x800, KVMSAFE_OUTSIDE_MEMORY, "outside physical memory");
	read_short(f, 0x31000, 0x1000, 0x800, KVMSAFE_TRUNCATED, "beyond the end of the file");
	read_short(f, 0x32000, 0x1000, 0, KVMSAFE_NOT_DUMPED, "not in the dump");
}

/* The bytes at address 0 follow in the file: they do not follow in memory. */
static void
physical_read_ends_at_the_top(void **state)
{
	static const struct kvs_segment list[] = {
		{ UINT64_MAX - 0xfff, 0x1000, 0x7000, 0x1000, 0 }, { 0, 0x1000, 0x8000, 0x1000, 0 }
	};
	struct fixture *const f = *state;
	struct kvmsafe_error err;
	uint8_t buf[32];
	size_t got;

	build_list(f, list, 2);
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(kvs_physical_read(&f->physical, UINT64_MAX - 15, buf, 32, &got, &err),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(got, 16);
	assert_int_equal(buf[15], file_byte(0x7fff));
	assert_int_equal(buf[16], 0xee);
	assert_true(err.at == UINT64_MAX);
	read_piece(f, 0, 0x1000, 0x8000, 1);
}

static void
physical_read_reports_a_failing_disk_at_its_address(void **state)
{
	struct fixture *const f = *state;

	build_pagemap(f, FILE_BYTES);
	f->fails_at = 0x2800;
	read_short(f, 0x10400, 0x1000, 0x400, KVMSAFE_IO, "disk");
	f->fails_at = FILE_BYTES;
	f->ends_at = 0x2800;
	read_short(f, 0x10400, 0x400 + 1, 0x400, KVMSAFE_TRUNCATED, "expected");
}

static void
next_is(const struct fixture *f, uint64_t *cursor, uint64_t pa, uint64_t offset, uint64_t bytes)
{
	struct kvs_physical_page page;

	assert_true(kvs_physical_next(&f->physical, cursor, &page));
	assert_true(page.pa == pa && page.file_offset == offset && page.bytes == bytes);
}

static void
no_next(const struct fixture *f, uint64_t *cursor)
{
	struct kvs_physical_page page = { 7, 7, 7 };

	assert_false(kvs_physical_next(&f->physical, cursor, &page));
	assert_false(kvs_physical_next(&f->physical, cursor, &page));
	assert_true(page.pa == 7);
}

static void
physical_walk_gives_each_page_of_a_pagemap_once(void **state)
{
	struct fixture *const f = *state;
	uint64_t cursor = 0;

	build_pagemap(f, FILE_BYTES);
	next_is(f, &cursor, 0x10000, 0x2000, PAGE);
	next_is(f, &cursor, 0x11000, 0x3000, PAGE);
	next_is(f, &cursor, 0x13000, 0x4000, PAGE);
	next_is(f, &cursor, 0x100000, 0x5000, PAGE);
	next_is(f, &cursor, 0x101000, 0x6000, PAGE);
	no_next(f, &cursor); /* the sixth has no address */
}

static void
physical_walk_ends_with_the_file(void **state)
{
	struct fixture *const f = *state;
	uint64_t cursor = 0;

	build_pagemap(f, 0x2000 + 2 * PAGE + 1);
	next_is(f, &cursor, 0x10000, 0x2000, PAGE);
	next_is(f, &cursor, 0x11000, 0x3000, PAGE);
	next_is(f, &cursor, 0x13000, 0x4000, 1);
	no_next(f, &cursor);
}

static void
physical_walk_gives_each_page_of_segments_once(void **state)
{
	struct fixture *const f = *state;
	uint64_t cursor = 0;

	build_segments(f);
	next_is(f, &cursor, 0x10000, 0x2000, PAGE);
	next_is(f, &cursor, 0x11000, 0x3000, PAGE);
	next_is(f, &cursor, 0x12000, 0x4000, PAGE);
	next_is(f, &cursor, 0x13000, 0x8000, PAGE);
	next_is(f, &cursor, 0x20800, 0x6000, 0x800);
	next_is(f, &cursor, 0x21000, 0x6800, 0x400);
	next_is(f, &cursor, 0x30000, FILE_BYTES - 0x1800, PAGE);
	next_is(f, &cursor, 0x31000, FILE_BYTES - 0x800, 0x800);
	next_is(f, &cursor, UINT64_MAX - 0xfff, 0x7000, PAGE);
	no_next(f, &cursor);
	cursor = 0x20c00;
	next_is(f, &cursor, 0x20c00, 0x6400, 0x400);
	next_is(f, &cursor, 0x21000, 0x6800, 0x400);
}

/* A segment at address 0 of which the file has nothing. */
static void
physical_walk_passes_what_is_cut_off(void **state)
{
	static const struct kvs_segment list[] = { { 0, PAGE, FILE_BYTES, PAGE, 0 },
		{ 0x1000, PAGE, 0, 0, 0 }, { 0x3000, PAGE, 0x1000, PAGE, 0 } };
	struct fixture *const f = *state;
	uint64_t cursor = 0;

	build_list(f, list, 3);
	next_is(f, &cursor, 0x3000, 0x1000, PAGE);
	no_next(f, &cursor);
}

/* Two ranges that share a page give its bits an address once; so the walk gives it once. */
static void
physical_walk_gives_a_page_of_two_ranges_once(void **state)
{
	static const uint8_t array[64] = { [1] = 0x10, [9] = 0x28, [17] = 0x28, [25] = 0x40 };
	struct fixture *const f = *state;
	const struct kvs_view view = { .bytes = array, .len = sizeof(array) };
	struct kvs_dump_avail avail;
	struct kvmsafe_bitmap *bitmap;
	uint64_t cursor = 0;

	assert_int_equal(
	    kvs_dump_avail_create(&avail, &f->memory, &view, &boundless, NULL, NULL), KVMSAFE_OK);
	f->bits[0] = 0x0f;
	assert_int_equal(
	    kvmsafe_bitmap_create(f->bits, 1, 8, KVMSAFE_BITS_LE, &bitmap, NULL), KVMSAFE_OK);
	kvs_pagemap_init(&f->physical.pagemap, bitmap, &avail, SHIFT, 0, FILE_BYTES);
	f->physical.kind = KVS_PHYSICAL_PAGEMAP;
	next_is(f, &cursor, 0x1000, 0, PAGE);
	next_is(f, &cursor, 0x2000, 0x1000, PAGE);
	next_is(f, &cursor, 0x3000, 0x3000, PAGE);
	no_next(f, &cursor);
	read_piece(f, 0x2000, 0x1000, 0x1000, 1);
	read_piece(f, 0x3000, 0x1000, 0x3000, 1);
}

static void
at_is(const struct fixture *f, uint64_t n, uint64_t pa, uint64_t offset, uint64_t bytes)
{
	struct kvs_physical_page page;

	assert_true(kvs_physical_at(&f->physical, n, &page));
	assert_true(page.pa == pa && page.file_offset == offset && page.bytes == bytes);
}

static void
physical_at_counts_promised_pages_of_a_pagemap(void **state)
{
	struct fixture *const f = *state;
	struct kvs_physical_page page;

	build_pagemap(f, 0x2000 + 3 * PAGE + 9);
	at_is(f, 0, 0x10000, 0x2000, PAGE);
	at_is(f, 3, 0x100000, 0x5000, 9);
	at_is(f, 4, 0x101000, KVMSAFE_NONE, 0);
	at_is(f, 5, KVMSAFE_NONE, KVMSAFE_NONE, 0);
	assert_false(kvs_physical_at(&f->physical, 6, &page));
	assert_false(kvs_physical_at(&f->physical, UINT64_MAX, &page));
}

static void
physical_at_counts_promised_pages_of_segments(void **state)
{
	struct fixture *const f = *state;
	struct kvs_physical_page page;

	build_segments(f);
	at_is(f, 0, 0x10000, 0x2000, PAGE);
	at_is(f, 3, 0x13000, 0x8000, PAGE);
	at_is(f, 4, 0x20800, 0x6000, 0x800);
	at_is(f, 5, 0x21000, 0x6800, 0x400);
	at_is(f, 7, 0x31000, FILE_BYTES - 0x800, 0x800);
	at_is(f, 8, UINT64_MAX - 0xfff, 0x7000, PAGE);
	assert_false(kvs_physical_at(&f->physical, 9, &page));
}

static void
physical_at_of_a_page_that_is_cut_off_has_no_offset(void **state)
{
	static const struct kvs_segment list[] = { { 0x5000, PAGE, FILE_BYTES, PAGE, 0 },
		{ 0x6000, PAGE, 0, PAGE, 0 } };
	struct fixture *const f = *state;

	build_list(f, list, 2);
	at_is(f, 0, 0x5000, KVMSAFE_NONE, 0);
	at_is(f, 1, 0x6000, 0, PAGE);
}

static void
physical_without_memory_answers(void **state)
{
	struct fixture *const f = *state;
	struct kvs_physical_page page;
	struct kvs_extent extent;
	uint64_t cursor = 0;

	assert_int_equal(kvs_physical_find(&f->physical, 5, &extent), KVMSAFE_OUTSIDE_MEMORY);
	assert_true(extent.file_offset == KVMSAFE_NONE && extent.bytes == UINT64_MAX);
	read_short(f, 5, 1, 0, KVMSAFE_OUTSIDE_MEMORY, "outside physical memory");
	no_next(f, &cursor);
	assert_false(kvs_physical_at(&f->physical, 0, &page));
	assert_string_equal(kvs_physical_reason(KVMSAFE_IO), "not readable");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(physical_reads_neighbours_of_a_pagemap_at_once),
		TEST(physical_reads_neighbours_of_segments_at_once),
		TEST(physical_reads_on_where_pages_lie_apart_in_the_file),
		TEST(physical_read_stops_with_the_reason),
		TEST(physical_read_ends_at_the_top),
		TEST(physical_read_reports_a_failing_disk_at_its_address),
		TEST(physical_walk_gives_each_page_of_a_pagemap_once),
		TEST(physical_walk_ends_with_the_file),
		TEST(physical_walk_gives_each_page_of_segments_once),
		TEST(physical_walk_passes_what_is_cut_off),
		TEST(physical_walk_gives_a_page_of_two_ranges_once),
		TEST(physical_at_counts_promised_pages_of_a_pagemap),
		TEST(physical_at_counts_promised_pages_of_segments),
		TEST(physical_at_of_a_page_that_is_cut_off_has_no_offset),
		TEST(physical_without_memory_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
