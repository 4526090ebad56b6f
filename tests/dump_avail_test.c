/* SPDX-License-Identifier: BSD-2-Clause */
/* dump_avail: hostile arrays end where they go wrong; what is left agrees with a linear search. */
#include "index/dump_avail.h"

#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define SHIFT 12
#define LIMIT (UINT64_C(1) << 52)

static const struct kvs_avail_form usual = { 8, SHIFT, LIMIT };
static const struct kvs_avail_form boundless = { 8, SHIFT, UINT64_MAX };

struct fixture {
	struct kvs_memory memory;
	struct kvs_findings findings;
	struct kvs_dump_avail avail;
	uint8_t bytes[256];
	struct kvs_view view;
	unsigned width;
};

static int
setup(void **state)
{
	static struct fixture fixture;

	memset(&fixture, 0, sizeof(fixture));
	fixture.memory = (struct kvs_memory){ .allocation_limit = 1 << 20, .limit = 1 << 20 };
	fixture.view = (struct kvs_view){ .bytes = fixture.bytes, .file_offset = 8192 };
	fixture.width = 8;
	kvs_findings_init(&fixture.findings, &fixture.memory, 10);
	*state = &fixture;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *const fixture = *state;

	kvs_dump_avail_fini(&fixture->avail);
	kvs_findings_fini(&fixture->findings);
	return fixture->memory.used == 0 ? 0 : -1;
}

/* Append a number of the array. */
static void
put(struct fixture *fixture, uint64_t value)
{
	for (unsigned i = 0; i < fixture->width; i++) {
		const unsigned at = fixture->view.order == KVS_LE ? i : fixture->width - 1 - i;

		fixture->bytes[fixture->view.len + at] = (uint8_t)(value >> 8 * i);
	}
	fixture->view.len += fixture->width;
}

static void
put_pair(struct fixture *fixture, uint64_t start, uint64_t end)
{
	put(fixture, start);
	put(fixture, end);
}

static void
create(struct fixture *fixture)
{
	const struct kvs_avail_form form = { fixture->width, SHIFT, LIMIT };

	assert_int_equal(kvs_dump_avail_create(&fixture->avail, &fixture->memory, &fixture->view,
			     &form, &fixture->findings, NULL),
	    KVMSAFE_OK);
}

static void
no_finding(const struct fixture *fixture)
{
	assert_true(kvs_findings_count(&fixture->findings) == 0);
}

/* The array went wrong at the n-th pair. */
static void
cut_at(const struct fixture *fixture, size_t n)
{
	struct kvmsafe_error finding;

	assert_int_equal(fixture->avail.n, n);
	assert_true(kvs_findings_count(&fixture->findings) == 1);
	assert_true(kvs_findings_get(&fixture->findings, 0, &finding));
	assert_int_equal(finding.status, KVMSAFE_DAMAGED);
	assert_int_equal(finding.place, KVMSAFE_FILE_OFFSET);
	assert_true(finding.at == 8192 + n * 2 * fixture->width);
}

static uint64_t
bit_of(const struct fixture *fixture, uint64_t page)
{
	uint64_t bit = UINT64_MAX, next;

	return kvs_dump_avail_bit(&fixture->avail, page, &bit, &next) ? bit : UINT64_MAX;
}

static uint64_t
page_of(const struct fixture *fixture, uint64_t bit)
{
	uint64_t page = UINT64_MAX;

	return kvs_dump_avail_page(&fixture->avail, bit, &page) ? page : UINT64_MAX;
}

static void
avail_counts_pages_range_after_range(void **state)
{
	struct fixture *const f = *state;
	uint64_t bit = 7, next;

	put_pair(f, 0x1000, 0x9f000);
	put_pair(f, 0x100000, 0xbffe0000);
	put_pair(f, UINT64_C(0x100000000), UINT64_C(0x140000000));
	put_pair(f, 0, 0);
	put_pair(f, 1, 2); /* behind the end: none of it */
	create(f);
	no_finding(f);
	assert_int_equal(f->avail.n, 3);
	assert_true(f->avail.pages == 0x9e + 0xbfee0 + 0x40000);
	assert_true(bit_of(f, 1) == 0);
	assert_true(bit_of(f, 0x9e) == 0x9d);
	assert_true(bit_of(f, 0x100) == 0x9e);
	assert_true(bit_of(f, 0x13ffff) == f->avail.pages - 1);
	assert_true(page_of(f, 0) == 1);
	assert_true(page_of(f, 0x9d) == 0x9e);
	assert_true(page_of(f, 0x9e) == 0x100);
	assert_true(page_of(f, f->avail.pages - 1) == 0x13ffff);
	assert_true(page_of(f, f->avail.pages) == UINT64_MAX);
	assert_true(page_of(f, UINT64_MAX - 1) == UINT64_MAX);
	assert_false(kvs_dump_avail_bit(&f->avail, 0x9f, &bit, &next));
	assert_true(next == 0x100);
	assert_false(kvs_dump_avail_bit(&f->avail, 0, &bit, &next));
	assert_true(next == 1);
	assert_false(kvs_dump_avail_bit(&f->avail, 0x140000, &bit, &next));
	assert_true(next == UINT64_MAX);
	assert_true(bit == 7);
}

/* Defect D1 of older readers, with its own numbers: device memory in a hole below a later range. */
static void
avail_hole_does_not_alias_an_earlier_range(void **state)
{
	struct fixture *const f = *state;
	uint64_t bit, next;

	put_pair(f, 0, 0xbffe0000);
	put_pair(f, UINT64_C(0x100000000), UINT64_C(0x140000000));
	put_pair(f, 0, 0);
	create(f);
	assert_false(kvs_dump_avail_bit(&f->avail, 0xfee00, &bit, &next));
	assert_true(next == 0x100000);
	assert_true(bit_of(f, 0xbede0) == 0xbede0);
}

/* Defect D2: no pair of zeros ends the array, or its size is less than a pair. */
static void
avail_without_an_end_ends_with_its_bytes(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1000, 0x2000);
	put_pair(f, 0x3000, 0x4000);
	put(f, 0x5000); /* half a pair */
	put_pair(f, 0x6000, 0x7000); /* beyond the view */
	f->view.len -= 16;
	create(f);
	no_finding(f);
	assert_int_equal(f->avail.n, 2);
	assert_true(f->avail.pages == 2);
}

static void
avail_of_less_than_a_pair_is_no_memory(void **state)
{
	struct fixture *const f = *state;
	uint64_t bit, next;

	put_pair(f, 0x1000, 0x2000);
	for (size_t len = 0; len < 16; len++) {
		f->view.len = len;
		create(f);
		no_finding(f);
		assert_int_equal(f->avail.n, 0);
		assert_true(f->avail.pages == 0);
		assert_false(kvs_dump_avail_bit(&f->avail, 1, &bit, &next));
		assert_true(next == UINT64_MAX);
		assert_true(page_of(f, 0) == UINT64_MAX);
		kvs_dump_avail_fini(&f->avail);
	}
}

static void
avail_rounds_outwards(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1fff, 0x3001);
	put_pair(f, 0x5800, 0x5801);
	create(f);
	no_finding(f);
	assert_true(f->avail.pages == 3 + 1);
	assert_true(f->avail.ranges[0].start == 0x1fff && f->avail.ranges[0].end == 0x3001);
	assert_true(bit_of(f, 1) == 0);
	assert_true(bit_of(f, 3) == 2);
	assert_true(bit_of(f, 4) == UINT64_MAX);
	assert_true(bit_of(f, 5) == 3);
}

/* Each range counts the page that they share; its address leads to the first one's bit. */
static void
avail_page_of_two_ranges_belongs_to_the_first(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1000, 0x2800);
	put_pair(f, 0x2800, 0x2900);
	put_pair(f, 0x2a00, 0x4000);
	create(f);
	no_finding(f);
	assert_true(f->avail.pages == 2 + 1 + 2);
	assert_true(bit_of(f, 2) == 1);
	assert_true(bit_of(f, 3) == 4);
	assert_true(page_of(f, 1) == 2);
	assert_true(page_of(f, 2) == 2);
	assert_true(page_of(f, 3) == 2);
	assert_true(page_of(f, 4) == 3);
}

static void
avail_ends_at_a_pair_that_does_not_rise(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1000, 0x3000);
	put_pair(f, 0x5000, 0x5000);
	put_pair(f, 0x6000, 0x7000);
	create(f);
	cut_at(f, 1);
	assert_true(bit_of(f, 6) == UINT64_MAX);
	assert_true(bit_of(f, 2) == 1);
}

static void
avail_ends_at_a_pair_that_overlaps(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1000, 0x3000);
	put_pair(f, 0x3000, 0x5000); /* touches: fine */
	put_pair(f, 0x4fff, 0x7000);
	create(f);
	cut_at(f, 2);
}

static void
avail_ends_at_a_pair_beyond_the_address_space(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1000, LIMIT);
	create(f);
	no_finding(f);
	kvs_dump_avail_fini(&f->avail);
	f->view.len = 0;
	put_pair(f, 0x1000, LIMIT + 1);
	create(f);
	cut_at(f, 0);
}

/* Even where a machine had no limit: rounding up does not wrap. */
static void
avail_may_end_at_the_top(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1000, 0x2000);
	put_pair(f, 0x3000, UINT64_MAX);
	assert_int_equal(
	    kvs_dump_avail_create(&f->avail, &f->memory, &f->view, &boundless, &f->findings, NULL),
	    KVMSAFE_OK);
	no_finding(f);
	assert_true(f->avail.pages == (UINT64_C(1) << 52) - 2);
}

static void
avail_is_read_in_the_dumps_order_and_width(void **state)
{
	struct fixture *const f = *state;

	f->view.order = KVS_BE;
	put_pair(f, 0x1000, UINT64_C(0x123456000));
	create(f);
	assert_true(f->avail.ranges[0].end == UINT64_C(0x123456000));
	kvs_dump_avail_fini(&f->avail);
	f->view.len = 0;
	f->width = 4;
	put_pair(f, 0x1000, 0x82345000);
	put_pair(f, 0x90000000, 0xa0000000);
	put_pair(f, 0, 0);
	create(f);
	no_finding(f);
	assert_int_equal(f->avail.n, 2);
	assert_true(f->avail.ranges[1].start == 0x90000000);
	kvs_dump_avail_fini(&f->avail);
	put_pair(f, 0, 0);
	f->view.len = 0;
	put_pair(f, 0x2000, 0x1000);
	create(f);
	cut_at(f, 0);
}

static void
avail_findings_may_be_unwanted(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 5, 4);
	assert_int_equal(
	    kvs_dump_avail_create(&f->avail, &f->memory, &f->view, &usual, NULL, NULL), KVMSAFE_OK);
	assert_int_equal(f->avail.n, 0);
}

/* Random arrays of small ranges against a search through all of them. */
static void
avail_agrees_with_a_linear_search(void **state)
{
	struct fixture *const f = *state;
	uint64_t seed = 9;

	for (int round = 0; round < 2000; round++) {
		uint64_t pairs[7][2], at = 0;
		uint64_t bit, expected, next;

		f->view.len = 0;
		for (size_t i = 0; i < 7; i++) {
			seed = seed * UINT64_C(6364136223846793005) + 1;
			at += (seed >> 33) % 3 * 0x800;
			pairs[i][0] = at;
			at += 0x800 + (seed >> 40) % 5 * 0x800;
			pairs[i][1] = at;
			put_pair(f, pairs[i][0], pairs[i][1]);
		}
		create(f);
		no_finding(f);
		for (uint64_t page = 0; page < (at >> SHIFT) + 3; page++) {
			uint64_t base = 0, above = UINT64_MAX;

			expected = UINT64_MAX;
			for (size_t i = 0; i < 7; i++) {
				const uint64_t first = pairs[i][0] / 4096;
				const uint64_t end = (pairs[i][1] + 4095) / 4096;

				if (expected == UINT64_MAX && first <= page && page < end)
					expected = base + page - first;
				if (above == UINT64_MAX && first > page)
					above = first;
				base += end - first;
			}
			bit = UINT64_MAX;
			if (!kvs_dump_avail_bit(&f->avail, page, &bit, &next))
				assert_true(next == above);
			assert_true(bit == expected);
			if (bit != UINT64_MAX)
				assert_true(page_of(f, bit) == page);
		}
		kvs_dump_avail_fini(&f->avail);
	}
}

static void
avail_implied_is_one_range_from_zero(void **state)
{
	struct fixture *const f = *state;

	assert_int_equal(
	    kvs_dump_avail_implied(&f->avail, &f->memory, 100, SHIFT, NULL), KVMSAFE_OK);
	assert_int_equal(f->avail.n, 1);
	assert_true(f->avail.pages == 100);
	assert_true(f->avail.ranges[0].end == 100 << SHIFT);
	assert_true(bit_of(f, 0) == 0);
	assert_true(bit_of(f, 99) == 99);
	assert_true(bit_of(f, 100) == UINT64_MAX);
	assert_true(page_of(f, 99) == 99);
	kvs_dump_avail_fini(&f->avail);
	assert_int_equal(kvs_dump_avail_implied(&f->avail, &f->memory, 0, SHIFT, NULL), KVMSAFE_OK);
	assert_int_equal(f->avail.n, 0);
	assert_true(bit_of(f, 0) == UINT64_MAX);
}

/* Defect D10: 128 KiB of bitmap are 4 GiB of memory, and 2^32 is not 0. */
static void
avail_implied_of_4_gib_is_not_empty(void **state)
{
	struct fixture *const f = *state;

	assert_int_equal(
	    kvs_dump_avail_implied(&f->avail, &f->memory, 131072 * 8, SHIFT, NULL), KVMSAFE_OK);
	assert_true(f->avail.ranges[0].end == UINT64_C(1) << 32);
	assert_true(bit_of(f, 0xfffff) == 0xfffff);
	assert_true(bit_of(f, 0x100000) == UINT64_MAX);
}

static void
avail_implied_may_end_at_the_top(void **state)
{
	struct fixture *const f = *state;

	assert_int_equal(
	    kvs_dump_avail_implied(&f->avail, &f->memory, (UINT64_C(1) << 52) - 1, SHIFT, NULL),
	    KVMSAFE_OK);
	assert_true(f->avail.ranges[0].end == UINT64_MAX - 4095);
}

static void
avail_stays_within_the_budget(void **state)
{
	struct fixture *const f = *state;

	put_pair(f, 0x1000, 0x2000);
	put_pair(f, 0x3000, 0x4000);
	f->memory.limit = sizeof(struct kvs_avail_range);
	assert_int_equal(
	    kvs_dump_avail_create(&f->avail, &f->memory, &f->view, &usual, &f->findings, NULL),
	    KVMSAFE_LIMIT);
	assert_null(f->avail.ranges);
	f->memory.limit = 1;
	assert_int_equal(
	    kvs_dump_avail_implied(&f->avail, &f->memory, 1, SHIFT, NULL), KVMSAFE_LIMIT);
	assert_null(f->avail.ranges);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(avail_counts_pages_range_after_range),
		TEST(avail_hole_does_not_alias_an_earlier_range),
		TEST(avail_without_an_end_ends_with_its_bytes),
		TEST(avail_of_less_than_a_pair_is_no_memory),
		TEST(avail_rounds_outwards),
		TEST(avail_page_of_two_ranges_belongs_to_the_first),
		TEST(avail_ends_at_a_pair_that_does_not_rise),
		TEST(avail_ends_at_a_pair_that_overlaps),
		TEST(avail_ends_at_a_pair_beyond_the_address_space),
		TEST(avail_may_end_at_the_top),
		TEST(avail_is_read_in_the_dumps_order_and_width),
		TEST(avail_findings_may_be_unwanted),
		TEST(avail_agrees_with_a_linear_search),
		TEST(avail_implied_is_one_range_from_zero),
		TEST(avail_implied_of_4_gib_is_not_empty),
		TEST(avail_implied_may_end_at_the_top),
		TEST(avail_stays_within_the_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
