/* SPDX-License-Identifier: BSD-2-Clause */
/* Segments: hostile ones are refused, overlaps go to the first, as a linear search has it. */
#include "index/segments.h"

#include <string.h>
#include <time.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/physical.h"

#define FILE_BYTES 100000

struct fixture {
	struct kvs_memory memory;
	struct kvs_findings findings;
	struct kvs_segments segments;
};

static int
setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.memory = (struct kvs_memory){ .allocation_limit = 1 << 28, .limit = 1 << 28 };
	kvs_findings_init(&fixture.findings, &fixture.memory, 100);
	*state = &fixture;
	return kvs_segments_init(&fixture.segments, &fixture.memory, 40, NULL) == KVMSAFE_OK ? 0
											     : -1;
}

static int
teardown(void **state)
{
	struct fixture *const fixture = *state;

	kvs_segments_fini(&fixture->segments);
	kvs_findings_fini(&fixture->findings);
	return fixture->memory.used == 0 ? 0 : -1;
}

static enum kvmsafe_status
try_add(struct fixture *f, uint64_t address, uint64_t bytes, uint64_t offset, uint64_t dumped,
    struct kvmsafe_error *err)
{
	const struct kvs_segment segment = { .address = address,
		.bytes = bytes,
		.offset = offset,
		.dumped = dumped,
		.present = 99 };

	return kvs_segments_add(&f->segments, &segment, FILE_BYTES, err);
}

static void
add(struct fixture *f, uint64_t address, uint64_t bytes, uint64_t offset, uint64_t dumped)
{
	assert_int_equal(try_add(f, address, bytes, offset, dumped, NULL), KVMSAFE_OK);
}

static void
settle(struct fixture *f)
{
	assert_int_equal(kvs_segments_settle(&f->segments, &f->findings, NULL), KVMSAFE_OK);
}

static void
find(const struct fixture *f, uint64_t address, enum kvmsafe_status status, uint64_t file_offset,
    uint64_t bytes)
{
	struct kvs_extent extent;

	assert_int_equal(kvs_segments_find(&f->segments, address, &extent), status);
	assert_true(extent.file_offset == file_offset);
	assert_true(extent.bytes == bytes);
}

static void
segments_answer_each_reason_with_its_extent(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x1000, 0x1000, 0x100, 0x1000);
	add(f, 0x8000, 0x1000, FILE_BYTES - 0x400, 0xc00);
	settle(f);
	assert_true(kvs_findings_count(&f->findings) == 0);
	find(f, 0, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, 0x1000);
	find(f, 0x1000, KVMSAFE_OK, 0x100, 0x1000);
	find(f, 0x1fff, KVMSAFE_OK, 0x10ff, 1);
	find(f, 0x2000, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, 0x6000);
	find(f, 0x8001, KVMSAFE_OK, FILE_BYTES - 0x3ff, 0x3ff);
	find(f, 0x8400, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 0x800);
	find(f, 0x8bff, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 1);
	find(f, 0x8c00, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 0x400);
	find(f, 0x9000, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
	find(f, UINT64_MAX, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
}

/* Defect D14 of older readers: a read may not run on into the next segment's bytes. */
static void
segments_answer_ends_with_the_segment(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x200000, 0x1000, 0x1000, 0x1000);
	add(f, 0x300000, 0x1000, 0x2000, 0x1000); /* behind it in the file, not in memory */
	settle(f);
	find(f, 0x200800, KVMSAFE_OK, 0x1800, 0x800);
	find(f, 0x201000, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, 0xff000);
}

static void
segments_without_any_are_outside_memory(void **state)
{
	struct fixture *const f = *state;

	settle(f);
	find(f, 0, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
	add(f, 0x1000, 0, 0x100, 0); /* an empty one is none */
	settle(f);
	assert_int_equal(f->segments.n, 0);
	assert_int_equal(f->segments.nranges, 0);
	find(f, 0x1000, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
}

static void
segments_that_lie_are_refused(void **state)
{
	struct fixture *const f = *state;
	struct kvmsafe_error err;

	assert_int_equal(try_add(f, UINT64_MAX - 0xfff, 0x1001, 0, 0x1000, &err), KVMSAFE_DAMAGED);
	assert_int_equal(err.place, KVMSAFE_PA);
	assert_true(err.at == UINT64_MAX - 0xfff);
	assert_int_equal(try_add(f, 1, UINT64_MAX, UINT64_MAX - 5, 8, &err), KVMSAFE_DAMAGED);
	f->segments.place = KVMSAFE_VA;
	assert_int_equal(try_add(f, UINT64_MAX, 2, 0, 1, &err), KVMSAFE_DAMAGED);
	assert_int_equal(err.place, KVMSAFE_VA);
	assert_int_equal(f->segments.n, 0);
}

static void
segments_may_end_at_the_top(void **state)
{
	struct fixture *const f = *state;

	add(f, UINT64_MAX - 0xfff, 0x1000, 0x100, 0x1000);
	add(f, 0, 0x10, 0, 0x10);
	settle(f);
	find(f, UINT64_MAX, KVMSAFE_OK, 0x10ff, 1);
	find(f, 0x10, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX - 0xfff - 0x10);
	assert_true(f->segments.ranges[0].end == UINT64_MAX);
	assert_true(f->segments.ranges[1].end == 0x10);
}

static void
segments_beyond_the_file_are_truncated(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x1000, 0x1000, FILE_BYTES, 0x1000);
	add(f, 0x4000, 0x1000, UINT64_MAX - 0xfff, 0x1000);
	settle(f);
	find(f, 0x1000, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 0x1000);
	find(f, 0x4fff, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 1);
}

static void
segments_keep_to_their_budget(void **state)
{
	struct fixture *const f = *state;
	struct kvs_segments other = { .memory = NULL };
	struct kvmsafe_error err;
	const uint64_t used = f->memory.used;

	for (uint64_t i = 0; i < 40; i++)
		add(f, 0x1000 * (40 - i), 0x1000, 0, 0x1000);
	/* The list fits, the ranges do not; then neither parts, nor indices, nor pieces. */
	f->memory.limit = used + 40 * sizeof(struct kvs_segment) + 1;
	assert_int_equal(kvs_segments_init(&other, &f->memory, 40, &err), KVMSAFE_LIMIT);
	assert_null(other.list);
	assert_true(f->memory.used == used);
	f->memory.limit = used + 1;
	assert_int_equal(kvs_segments_settle(&f->segments, &f->findings, &err), KVMSAFE_LIMIT);
	f->memory.limit = used + 40 * 2 * sizeof(struct kvs_segment) + 1;
	assert_int_equal(kvs_segments_settle(&f->segments, &f->findings, &err), KVMSAFE_LIMIT);
	f->memory.limit += 40 * 2 * sizeof(size_t);
	assert_int_equal(kvs_segments_settle(&f->segments, &f->findings, &err), KVMSAFE_LIMIT);
	assert_true(f->memory.used == used);
	kvs_segments_fini(&other);
}

static void
segments_that_overlap_go_to_the_first_in_the_file(void **state)
{
	struct fixture *const f = *state;
	struct kvmsafe_error finding;

	add(f, 0x3000, 0x2000, 0x3000, 0x2000); /* wins where it is */
	add(f, 0x1000, 0x7000, 0x9000, 0x6800); /* on both sides of it */
	settle(f);
	find(f, 0x1000, KVMSAFE_OK, 0x9000, 0x2000);
	find(f, 0x3000, KVMSAFE_OK, 0x3000, 0x2000);
	find(f, 0x5000, KVMSAFE_OK, 0xd000, 0x2800);
	find(f, 0x7800, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 0x800);
	assert_int_equal(f->segments.n, 4);
	assert_true(kvs_findings_count(&f->findings) == 1);
	assert_true(kvs_findings_get(&f->findings, 0, &finding));
	assert_int_equal(finding.status, KVMSAFE_DAMAGED);
	assert_int_equal(finding.place, KVMSAFE_PA);
	assert_true(finding.at == 0x3000);
	assert_int_equal(f->segments.nranges, 2); /* as they were */
	assert_true(f->segments.ranges[0].start == 0x3000);
	assert_true(f->segments.ranges[1].start == 0x1000);
}

/* What was not dumped of an earlier one hides nothing; what the file's end cut off does. */
static void
segments_that_dumped_a_byte_go_before_those_that_did_not(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x1000, 0x4000, 0x1000, 0x1000);
	add(f, 0x4000, 0x2000, FILE_BYTES, 0x1800);
	add(f, 0x3000, 0x2000, 0x3000, 0x2000);
	settle(f);
	find(f, 0x1000, KVMSAFE_OK, 0x1000, 0x1000);
	find(f, 0x2000, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 0x1000);
	find(f, 0x3000, KVMSAFE_OK, 0x3000, 0x1000);
	find(f, 0x4000, KVMSAFE_TRUNCATED, KVMSAFE_NONE, 0x1800);
	find(f, 0x5800, KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, 0x800);
	find(f, 0x6000, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX);
}

static void
segments_out_of_order_without_overlap_are_no_finding(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x3000, 0x1000, 0x3000, 0x1000);
	add(f, 0x2000, 0x1000, 0x2000, 0x1000);
	add(f, 0x1000, 0x1000, 0x1000, 0x1000);
	settle(f);
	settle(f); /* twice is once */
	assert_true(kvs_findings_count(&f->findings) == 0);
	assert_int_equal(f->segments.n, 3);
	for (uint64_t a = 0x1000; a < 0x4000; a += 0x800)
		find(f, a, KVMSAFE_OK, a, 0x1000 - a % 0x1000);
}

static void
segments_that_touch_do_not_overlap(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x2000, 0x1000, 0x2000, 0x1000);
	add(f, 0x1000, 0x1000, 0x1000, 0x1000);
	settle(f);
	assert_true(kvs_findings_count(&f->findings) == 0);
	assert_int_equal(f->segments.n, 2);
}

static void
segments_that_share_a_byte_overlap(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x2000, 0x1000, 0x2000, 0x1000);
	add(f, 0x2fff, 0x1001, 0x8000, 0x1001);
	settle(f);
	assert_true(kvs_findings_count(&f->findings) == 1);
	find(f, 0x2fff, KVMSAFE_OK, 0x2fff, 1);
	find(f, 0x3000, KVMSAFE_OK, 0x8001, 0x1000);
}

/* What a later segment adds nothing to stays in one piece. */
static void
segments_inside_an_earlier_one_do_not_split_it(void **state)
{
	struct fixture *const f = *state;

	add(f, 0x1000, 0x4000, 0x1000, 0x4000);
	add(f, 0x2000, 0x1000, 0x8000, 0x1000);
	settle(f);
	assert_int_equal(f->segments.n, 1);
	find(f, 0x1000, KVMSAFE_OK, 0x1000, 0x4000);
}

struct plain {
	uint64_t address, bytes, offset, dumped;
};

/* libkvm's search: the first in the file's order with the byte; else the first that lacks it. */
static const struct plain *
owner(const struct plain *list, size_t n, uint64_t address)
{
	for (size_t i = 0; i < n; i++)
		if (address >= list[i].address && address - list[i].address < list[i].dumped)
			return &list[i];
	for (size_t i = 0; i < n; i++)
		if (address >= list[i].address && address - list[i].address < list[i].bytes)
			return &list[i];
	return NULL;
}

static void
check_byte(const struct fixture *f, const struct plain *list, size_t n, uint64_t address)
{
	const struct plain *const holder = owner(list, n, address);
	const uint64_t in = holder == NULL ? 0 : address - holder->address;
	struct kvs_extent extent;
	const enum kvmsafe_status status = kvs_segments_find(&f->segments, address, &extent);

	if (holder == NULL)
		assert_int_equal(status, KVMSAFE_OUTSIDE_MEMORY);
	else if (in >= holder->dumped)
		assert_int_equal(status, KVMSAFE_NOT_DUMPED);
	else if (holder->offset + in >= FILE_BYTES)
		assert_int_equal(status, KVMSAFE_TRUNCATED);
	else
		assert_int_equal(status, KVMSAFE_OK);
	assert_true(
	    extent.file_offset == (status == KVMSAFE_OK ? holder->offset + in : KVMSAFE_NONE));
	/* As far as the answer runs, it is true. */
	assert_true(extent.bytes >= 1);
	if (extent.bytes < 100 && owner(list, n, address + extent.bytes - 1) != holder)
		fail_msg("an answer runs too far");
}

static void
segments_agree_with_a_linear_search(void **state)
{
	struct fixture *const f = *state;
	uint64_t seed = 3;

	for (int round = 0; round < 5000; round++) {
		const uint64_t low = round % 3 == 0 ? UINT64_MAX - 63 : 0;
		const size_t n = 1 + (size_t)round % 20;
		struct plain list[20];

		kvs_segments_fini(&f->segments);
		assert_int_equal(kvs_segments_init(&f->segments, &f->memory, n, NULL), KVMSAFE_OK);
		for (size_t i = 0; i < n; i++) {
			uint64_t at, bytes;

			seed = seed * UINT64_C(6364136223846793005) + 1442695;
			at = seed >> 58;
			bytes = 1 + (seed >> 40) % (64 - at);
			list[i] = (struct plain){ low + at, bytes, FILE_BYTES - (seed >> 30) % 99,
				(seed >> 20) % (bytes + 1) };
			add(f, list[i].address, bytes, list[i].offset, list[i].dumped);
		}
		settle(f);
		assert_true(f->segments.n <= 4 * n - 1);
		for (uint64_t a = 0; a < 64; a++)
			check_byte(f, list, n, low + a);
		for (size_t i = 1; i < f->segments.n; i++)
			assert_true(
			    f->segments.list[i - 1].address + (f->segments.list[i - 1].bytes - 1) <
			    f->segments.list[i].address);
	}
}

/* Each inside the ones after it, the worst order for a sort and the worst overlap for a sweep. */
static void
segments_settle_hostile_orders_in_time(void **state)
{
	struct fixture *const f = *state;
	const uint64_t n = 200000;
	clock_t start;

	kvs_segments_fini(&f->segments);
	assert_int_equal(kvs_segments_init(&f->segments, &f->memory, n, NULL), KVMSAFE_OK);
	for (uint64_t i = 0; i < n; i++)
		add(f, n - i, 1 + 2 * i, 0, 0);
	start = clock();
	settle(f);
	assert_true((clock() - start) / CLOCKS_PER_SEC < 20); /* squared it takes minutes */
	assert_int_equal(f->segments.n, 2 * n - 1);
	assert_true(kvs_findings_count(&f->findings) == 100);
}

static void
count(const struct fixture *f, uint64_t promised, uint64_t present)
{
	uint64_t got_promised, got_present;

	kvs_segments_count(&f->segments, 12, &got_promised, &got_present);
	assert_true(got_promised == promised);
	assert_true(got_present == present);
}

static void
segments_count_whole_and_begun_pages_once(void **state)
{
	struct fixture *const f = *state;
	uint64_t page;

	count(f, 0, 0);
	add(f, 0x1000, 0x2000, 0, 0x2000); /* pages 1, 2 */
	add(f, 0x5800, 0x1000, 0, 0x1000); /* 5, 6 begun */
	add(f, 0x6800, 0x1000, 0, 0x800); /* 6 again; its rest is not promised */
	add(f, 0x9000, 0x3000, FILE_BYTES - 0x1800, 0x3000); /* 9 whole, 10 cut, 11 gone */
	add(f, 0xf000, 0x1000, FILE_BYTES, 0x1000); /* 15 gone */
	settle(f);
	count(f, 2 + 2 + 3 + 1, 2 + 2 + 1);
	static const uint64_t pages[] = { 1, 2, 5, 6, 9, 10, 11, 15 };

	for (uint64_t n = 0; n < 8; n++) {
		assert_true(kvs_segments_page(&f->segments, 12, n, &page));
		assert_true(page == pages[n]);
	}
	assert_false(kvs_segments_page(&f->segments, 12, 8, &page));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(segments_answer_each_reason_with_its_extent),
		TEST(segments_answer_ends_with_the_segment),
		TEST(segments_without_any_are_outside_memory),
		TEST(segments_that_lie_are_refused),
		TEST(segments_may_end_at_the_top),
		TEST(segments_beyond_the_file_are_truncated),
		TEST(segments_keep_to_their_budget),
		TEST(segments_that_overlap_go_to_the_first_in_the_file),
		TEST(segments_that_dumped_a_byte_go_before_those_that_did_not),
		TEST(segments_out_of_order_without_overlap_are_no_finding),
		TEST(segments_that_touch_do_not_overlap),
		TEST(segments_that_share_a_byte_overlap),
		TEST(segments_inside_an_earlier_one_do_not_split_it),
		TEST(segments_agree_with_a_linear_search),
		TEST(segments_settle_hostile_orders_in_time),
		TEST(segments_count_whole_and_begun_pages_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
