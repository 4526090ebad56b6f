/* SPDX-License-Identifier: BSD-2-Clause */
/* The hashed page table by itself: extents, steps, byte order, sources that fail. */
#include "xlat/hashed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "support/opened.h"

#define TABLE 0x40 /* offset in the file */
#define BYTES 0x40000
#define VA UINT64_C(0xc008000000003000)
#define HI UINT64_C(0x0001d800ecc40001)
#define SLOT 0x2218 /* of VA's primary group, the first */
#define SECOND 0x1de0 /* of its secondary one, and of OTHER's primary one */
#define OTHER UINT64_C(0xc0080000007fc000)
#define OTHER_HI UINT64_C(0x0001d800ecc40001)

static uint8_t file[TABLE + BYTES];

struct fixture {
	struct kvmsafe_source *source;
	struct kvs_physical physical;
	struct kvs_space space;
	enum kvmsafe_status failure; /* of reads of a byte in [from, to) */
	uint64_t from, to;
};

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	const struct fixture *const f = ctx;

	*got = 0;
	if (f->failure != KVMSAFE_OK && offset + len > f->from && offset < f->to) {
		if (err != NULL) {
			err->status = (int32_t)f->failure;
			err->sys_errno = 5;
			strcpy(err->message, "the disk is gone");
		}
		return f->failure;
	}
	memcpy(buf, file + offset, len);
	*got = len;
	return KVMSAFE_OK;
}

/* The file has `bytes`. */
static int
fixture_init(struct fixture *f, uint64_t bytes)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_at };
	const struct kvs_range range = { .first = 0,
		.last = UINT64_MAX,
		.method = &kvs_hashed_walk,
		.table = { KVS_IN_FILE, KVS_BE, TABLE, BYTES / KVS_HASHED_ENTRY_BYTES } };

	memset(file, 0, sizeof(file));
	memset(f, 0, sizeof(*f));
	f->to = UINT64_MAX;
	if (kvmsafe_source_callbacks(&ops, f, bytes, &f->source, NULL) != KVMSAFE_OK)
		return -1;
	f->physical.source = f->source;
	kvs_space_init(&f->space, &f->physical, 64);
	kvs_space_add(&f->space, &range);
	return 0;
}

static int
setup(void **state)
{
	static struct fixture f;

	*state = &f;
	return fixture_init(&f, sizeof(file));
}

static int
teardown(void **state)
{
	kvmsafe_source_close(((struct fixture *)*state)->source);
	return 0;
}

static void
put_entry(uint64_t n, uint64_t hi, uint64_t lo)
{
	put(file + TABLE + 16 * n, 8, true, hi);
	put(file + TABLE + 16 * n + 8, 8, true, lo);
}

static void
an_answer_holds_to_the_end_of_its_4_kib(void **state)
{
	const struct fixture *const f = *state;
	struct kvmsafe_translation got;

	put_entry(SLOT + 3, HI, 0x00101012);
	assert_int_equal(kvs_space_find(&f->space, VA + 0x123, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x101123);
	assert_int_equal(got.bytes, 0x1000 - 0x123);
	assert_int_equal(got.page_bytes, 0x1000);
	assert_int_equal(got.steps, 1);
	assert_int_equal(got.step[0].entry_offset, TABLE + 16 * (SLOT + 3));
	assert_int_equal(got.step[0].entry_pa, KVMSAFE_NONE);
	assert_int_equal(got.step[0].entry, 0x00101012);
	assert_int_equal(kvs_space_find(&f->space, VA + 0x1ff0, &got, NULL), KVMSAFE_NOT_MAPPED);
	assert_int_equal(got.bytes, 0x10);
	assert_int_equal(got.steps, 0);
	assert_int_equal(got.pa, KVMSAFE_NONE);
}

static void
each_bit_that_names_an_entry_counts(void **state)
{
	static const unsigned named[] = { 0, 1, 2, 7, 8, 9, 10, 11, 12, 30, 48, 49, 61, 62, 63 };
	static const unsigned free[] = { 3, 4, 5, 6 };
	const struct fixture *const f = *state;
	struct kvmsafe_translation got;

	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		put_entry(SLOT, HI ^ UINT64_C(1) << named[i], 0x00101012);
		assert_int_equal(kvs_space_find(&f->space, VA, &got, NULL), KVMSAFE_NOT_MAPPED);
	}
	for (size_t i = 0; i < 4; i++) {
		put_entry(SLOT, HI ^ UINT64_C(1) << free[i], 0x00101012);
		assert_int_equal(kvs_space_find(&f->space, VA, &got, NULL), KVMSAFE_OK);
	}
}

static void
the_lowest_slot_answers_and_the_primary_group_first(void **state)
{
	const struct fixture *const f = *state;
	struct kvmsafe_translation got;

	for (uint64_t n = 8; n-- > 0;) {
		put_entry(SECOND + n, HI | 2, 0x200000 + n * 0x1000);
		assert_int_equal(kvs_space_find(&f->space, VA, &got, NULL), KVMSAFE_OK);
		assert_int_equal(got.pa, 0x200000 + n * 0x1000);
	}
	for (uint64_t n = 8; n-- > 0;) {
		put_entry(SLOT + n, HI, 0x100000 + n * 0x1000);
		assert_int_equal(kvs_space_find(&f->space, VA, &got, NULL), KVMSAFE_OK);
		assert_int_equal(got.pa, 0x100000 + n * 0x1000);
	}
	/* H of the one group in the other says nothing */
	put_entry(SLOT, HI | 2, 0x300000);
	put_entry(SECOND, HI, 0x300000);
	assert_int_equal(kvs_space_find(&f->space, VA, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x101000);
}

/* The file ends in a group: what is there answers, and what is not there could. */
static void
a_group_that_is_cut_answers_from_what_is_there(void **state)
{
	static const struct {
		uint64_t entries; /* of the group */
		enum kvmsafe_status status;
	} rows[] = { { 0, KVMSAFE_TRUNCATED }, { 3, KVMSAFE_TRUNCATED }, { 4, KVMSAFE_OK },
		{ 8, KVMSAFE_OK } };
	struct fixture *const f = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err = { .status = 0 };
		struct kvmsafe_translation got;

		kvmsafe_source_close(f->source);
		assert_int_equal(fixture_init(f, TABLE + 16 * (SECOND + rows[i].entries) + 8), 0);
		put_entry(SECOND + 3, OTHER_HI, 0x00101012);
		assert_int_equal(kvs_space_find(&f->space, OTHER, &got, &err), rows[i].status);
		assert_int_equal(got.bytes, 0x1000);
		if (rows[i].status != KVMSAFE_OK) {
			assert_int_equal(err.place, KVMSAFE_VA);
			assert_int_equal(err.at, OTHER);
		}
	}
}

/* The primary group goes first: what it may have held is not the secondary one's to answer. */
static void
a_primary_group_that_is_cut_hides_the_secondary_one(void **state)
{
	struct fixture *const f = *state;
	struct kvmsafe_translation got;

	for (uint64_t entries = 0; entries <= 8; entries++) {
		kvmsafe_source_close(f->source);
		assert_int_equal(fixture_init(f, TABLE + 16 * (SLOT + entries)), 0);
		put_entry(SECOND + 3, HI | 2, 0x00101012);
		assert_int_equal(kvs_space_find(&f->space, VA, &got, NULL),
		    entries < 8 ? KVMSAFE_TRUNCATED : KVMSAFE_OK);
	}
}

static void
expect_failure(const struct fixture *f)
{
	struct kvmsafe_error err = { .status = 0 };
	struct kvmsafe_translation got;

	assert_int_equal(kvs_space_find(&f->space, VA + 8, &got, &err), f->failure);
	assert_int_equal(err.status, f->failure);
	assert_int_equal(err.place, KVMSAFE_VA);
	assert_int_equal(err.at, VA + 8);
	assert_int_equal(err.sys_errno, 5);
	assert_non_null(strstr(err.message, "the disk is gone"));
	assert_int_equal(got.bytes, 0x1000 - 8);
	assert_int_equal(kvs_space_find(&f->space, VA + 8, &got, NULL), f->failure);
}

static void
a_source_that_fails_is_named_with_the_address(void **state)
{
	struct fixture *const f = *state;

	f->failure = KVMSAFE_NOT_FOUND; /* of its caller's: not that of an entry */
	expect_failure(f);
	f->failure = KVMSAFE_IO;
	expect_failure(f);
	f->from = TABLE + 16 * (SECOND + 8); /* the primary group alone */
	expect_failure(f);
}

/* Mappings of the walk; *steps: how many it took. */
static unsigned
count(const struct fixture *f, unsigned *steps)
{
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got;
	bool found, done = false;
	unsigned n = 0;

	for (*steps = 0; !done; n += found, ++*steps)
		kvs_space_next(&f->space, &cursor, &got, &found, &done);
	return n;
}

static void
a_group_that_cannot_be_read_is_stepped_over(void **state)
{
	struct fixture *const f = *state;
	const unsigned groups = BYTES / 128;
	unsigned steps;

	put_entry(0, HI, 0x1000);
	put_entry(8, HI, 0x2000);
	put_entry(15, HI, 0x3000);
	put_entry(16, HI, 0x4000);
	put_entry(8 * groups - 1, HI, 0x5000);
	assert_int_equal(count(f, &steps), 5);
	for (unsigned failure = 0; failure < 2; failure++) {
		f->failure = failure == 0 ? KVMSAFE_IO : KVMSAFE_NOT_FOUND;
		for (f->from = TABLE + 128; f->from < TABLE + 256; f->from++) {
			f->to = f->from + 1;
			assert_int_equal(count(f, &steps), 3);
		}
	}
	f->to = UINT64_MAX; /* the rest of the table */
	f->from = TABLE + 128;
	assert_int_equal(count(f, &steps), 1);
	assert_in_range(steps, groups, groups + 4);
	f->failure = KVMSAFE_TRUNCATED; /* or of the file */
	assert_int_equal(count(f, &steps), 1);
	assert_in_range(steps, 1, 4);
}

/* Counted both ways: valid, of 256 MiB, of the kernel. */
static void
the_byte_order_is_that_of_more_entries(void **state)
{
	const struct fixture *const f = *state;
	const struct kvs_table table = f->space.range[0].table;

	assert_int_equal(kvs_hashed_order(f->source, &table), KVS_LE);
	put_entry(100, HI, 0);
	assert_int_equal(kvs_hashed_order(f->source, &table), KVS_BE);
	put(file + TABLE + 16 * 16383, 8, false, HI);
	assert_int_equal(kvs_hashed_order(f->source, &table), KVS_LE);
	for (unsigned bit = 0; bit < 64; bit++) {
		const bool counts = bit != 0 && bit != 48 && bit < 62;

		put_entry(200, HI ^ UINT64_C(1) << bit, 0);
		assert_int_equal(kvs_hashed_order(f->source, &table), counts ? KVS_BE : KVS_LE);
	}
}

#define MUCH (UINT64_C(256) << 20)

/* Nothing, but for a big-endian entry at *ctx. */
static enum kvmsafe_status
read_almost_nothing(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	const uint64_t entry = *(const uint64_t *)ctx;

	(void)err;
	memset(buf, 0, len);
	if (entry >= offset && entry - offset + 16 <= len)
		put((uint8_t *)buf + (entry - offset), 8, true, HI);
	*got = len;
	return KVMSAFE_OK;
}

/* A segment of 256 MiB maps 8 MiB of a table. */
static void
the_byte_order_of_a_large_table_is_told_by_any_segment(void **state)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops),
		.read_at = read_almost_nothing };
	const struct kvs_table table = { KVS_IN_FILE, KVS_BE, 0, MUCH / 16 };
	struct kvmsafe_source *source = NULL;
	uint64_t entry;

	(void)state;
	assert_int_equal(kvmsafe_source_callbacks(&ops, &entry, MUCH, &source, NULL), KVMSAFE_OK);
	for (unsigned segment = 0; segment < 2; segment++) { /* the first, and the last */
		const uint64_t first = segment * (MUCH - (UINT64_C(8) << 20));
		unsigned told = 0;

		for (entry = first; entry < first + 5 * 1024; entry += 1024)
			told += kvs_hashed_order(source, &table) == KVS_BE;
		assert_int_equal(told, 1); /* of five: no more than 64 MiB are asked */
	}
	kvmsafe_source_close(source);
}

static void
the_byte_order_of_what_cannot_be_read_is_told_by_the_rest(void **state)
{
	struct fixture *const f = *state;
	const struct kvs_table table = f->space.range[0].table;

	put_entry(0, HI, 0);
	put(file + TABLE + 16 * 1000, 8, false, HI);
	put(file + TABLE + 16 * 1001, 8, false, HI);
	assert_int_equal(kvs_hashed_order(f->source, &table), KVS_LE);
	f->failure = KVMSAFE_IO;
	f->from = TABLE + 16 * 512;
	assert_int_equal(kvs_hashed_order(f->source, &table), KVS_BE);
	f->from = 0;
	assert_int_equal(kvs_hashed_order(f->source, &table), KVS_LE);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_answer_holds_to_the_end_of_its_4_kib),
		TEST(each_bit_that_names_an_entry_counts),
		TEST(the_lowest_slot_answers_and_the_primary_group_first),
		TEST(a_group_that_is_cut_answers_from_what_is_there),
		TEST(a_primary_group_that_is_cut_hides_the_secondary_one),
		TEST(a_source_that_fails_is_named_with_the_address),
		TEST(a_group_that_cannot_be_read_is_stepped_over),
		TEST(the_byte_order_is_that_of_more_entries),
		TEST(the_byte_order_of_a_large_table_is_told_by_any_segment),
		TEST(the_byte_order_of_what_cannot_be_read_is_told_by_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
