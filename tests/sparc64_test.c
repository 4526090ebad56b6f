/* SPDX-License-Identifier: BSD-2-Clause */
/* sparc64: the worked example, tables against the naive probe, headers without a magic. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/sparc64.h"
#include "session/session.h"
#include "support/opened.h"

#define NONE KVMSAFE_NONE
#define DIRECT UINT64_C(0xfffff80000000000)
#define TSB UINT64_C(0x40000000)
#define PAGE 0x2000
#define LEN 0x18200 /* of the worked example */

static uint8_t file[0x40000];

static void
put8(uint64_t offset, uint64_t value)
{
	put(file + offset, 8, true, value);
}

static void
put_region(unsigned n, uint64_t pa, uint64_t bytes, uint64_t offset)
{
	put8(40 + 24 * n, pa);
	put8(48 + 24 * n, bytes);
	put8(56 + 24 * n, offset);
}

static void
put_header(unsigned regions, uint64_t tsb_bytes, uint64_t mask)
{
	memset(file, 0, sizeof(file));
	put8(0, 0x200);
	put8(8, TSB);
	put8(16, tsb_bytes);
	put8(24, mask);
	put(file + 32, 4, true, regions);
	put(file + 36, 4, true, 0xdeadbeef);
}

/* The TSB is at the start of region 0, whose bytes are at 0x200. */
static void
put_slot(uint64_t slot, uint64_t tag, uint64_t data)
{
	put8(0x200 + 32 * slot, tag);
	put8(0x208 + 32 * slot, data);
}

static void
put_example(void)
{
	put_header(2, 0x6000, 0x2ff);
	put_region(0, TSB, 0x10000, 0x200);
	put_region(1, 0, 0x8000, 0x10200);
	put_slot(0, 0x1e0000, UINT64_C(0xe000000040000d36));
	put_slot(1, 0x180004, UINT64_C(0x8000000040008536));
	put_slot(2, 0x180008, UINT64_C(0x0000000040008536));
	put_slot(3, 0x18000c, UINT64_C(0x800001fe0200050e));
	put_slot(0xc, 0x30005, UINT64_C(0xa000000040000536));
	put_slot(0x201, 0x180804, UINT64_C(0x8000000000006536));
}

static const struct opened_how known = { .arch = "sparc64" };

static void
open_sound(struct opened *opened, size_t len)
{
	struct kvmsafe_error err;

	if (opened_init(opened, file, len, &known, &err) != KVMSAFE_OK)
		fail_msg("%s", err.message);
}

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

/* ---- The worked example ---- */

static void
a_dump_reads_as_the_specification_works_it_out(void **state)
{
	static const struct opened_row rows[] = {
		{ 0xc0002123, KVMSAFE_OK, 0x40008123, 0x8323 },
		{ 0xc0202000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0xc0402010, KVMSAFE_OK, 0x6010, 0x16210 },
		{ 0xc0004000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0xc0006000, KVMSAFE_OUTSIDE_MEMORY, UINT64_C(0x1fe02000000), NONE },
		{ 0xc0018018, KVMSAFE_OK, 0x40008018, 0x8218 },
		{ 0xc001a000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0xf0000000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0xc0000000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0x10002123, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ DIRECT + 0x40008040, KVMSAFE_OK, 0x40008040, 0x8240 },
		{ DIRECT + 0x7ff8, KVMSAFE_OK, 0x7ff8, 0x181f8 },
		{ DIRECT + 0x8000, KVMSAFE_OUTSIDE_MEMORY, 0x8000, NONE },
		{ UINT64_MAX, KVMSAFE_OUTSIDE_MEMORY, UINT64_C(0x7ffffffffff), NONE },
		{ DIRECT - 1, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct opened opened;
	uint8_t buf[16];
	size_t got;

	(void)state;
	put_example();
	assert_int_equal(opened_init(&opened, file, LEN, NULL, NULL), KVMSAFE_OK);
	EXPECT(&opened, rows);
	assert_int_equal(kvmsafe_read_va(opened.session, DIRECT + 0x7ff8, buf, 16, &got, NULL),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(got, 8);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
	assert_int_equal(opened_findings(&opened, KVMSAFE_TRUNCATED), 0);
	opened_fini(&opened);
}

static void
a_cut_dump_reads_as_the_specification_works_it_out(void **state)
{
	static const struct opened_row rows[] = {
		{ DIRECT + 0x6000, KVMSAFE_OK, 0x6000, 0x16200 },
		{ DIRECT + 0x6dff, KVMSAFE_OK, 0x6dff, 0x16fff },
		{ DIRECT + 0x6e00, KVMSAFE_TRUNCATED, 0x6e00, NONE },
		{ DIRECT + 0x7000, KVMSAFE_TRUNCATED, 0x7000, NONE },
		{ 0xc0402010, KVMSAFE_OK, 0x6010, 0x16210 },
	};
	struct opened opened;

	(void)state;
	put_example();
	open_sound(&opened, 0x17000);
	EXPECT(&opened, rows);
	assert_int_equal(opened_findings(&opened, KVMSAFE_TRUNCATED), 1);
	opened_fini(&opened);
}

static void
slots_are_listed_by_the_8_kib_that_they_speak_for(void **state)
{
	static const struct kvmsafe_page rows[] = {
		{ .va = 0xc0002000, .pa = 0x40008000, .protection = 3 },
		{ .va = 0xc0006000, .pa = UINT64_C(0x1fe02000000), .protection = 3 },
		{ .va = 0xc0018000, .pa = 0x40008000, .protection = 3 },
		{ .va = 0xc0402000, .pa = 0x6000, .protection = 3 },
	};
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_page page;
	struct opened opened;
	bool done;

	(void)state;
	put_example();
	open_sound(&opened, LEN);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(
		    kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
		assert_false(done);
		assert_int_equal(page.va, rows[i].va);
		assert_int_equal(page.pa, rows[i].pa);
		assert_int_equal(page.bytes, PAGE);
		assert_int_equal(page.protection, rows[i].protection);
		assert_int_equal(page.direct_va, DIRECT + rows[i].pa);
	}
	assert_int_equal(kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
	assert_true(done);
	opened_fini(&opened);
}

/* ---- Random tables against the naive probe ---- */

static uint64_t seed = 88172645463325252;

static uint64_t
random_va(void)
{
	static const uint64_t bases[] = { 0xc0000000, 0xc0200000, 0xf0000000, 0,
		UINT64_C(0x80000000000), DIRECT - 0x400000 };
	const uint64_t n = opened_random(&seed);

	return bases[n % 6] + (n >> 32 & 0x3fffff);
}

static void
put_random_slot(uint64_t va, uint64_t mask)
{
	static const uint64_t frames[] = { 0, 0x2000, 0x6000, 0x8000, TSB, TSB + 0xe000,
		TSB + 0x10000, UINT64_C(0x7ffffffe000) };
	const uint64_t n = opened_random(&seed), sz = n % 4;
	const uint64_t spoil = (n >> 8) % 4 == 0 ? UINT64_C(1) << (n >> 16) % 64 : 0;
	const uint64_t junk = n & UINT64_C(0x1ffff80000001fff);

	put_slot(va >> 13 & mask, ((va >> (13 + 3 * sz)) << 2) + sz + spoil,
	    ((n >> 12) % 8 == 0 ? 0 : UINT64_C(1) << 63) | sz << 61 | junk | frames[(n >> 40) % 8]);
}

static void
check_random(uint64_t mask, size_t len)
{
	struct opened opened;
	uint64_t vas[300];

	put_header(3, 0x6000, mask);
	put_region(0, TSB, 0x10000, 0x200);
	put_region(1, 0x4000, 0x4000, 0x10200);
	put_region(2, 0, 0x4000, 0x14200);
	for (size_t i = 0; i < 300; i++) {
		vas[i] = random_va();
		put_random_slot(vas[i], mask);
	}
	open_sound(&opened, len);
	for (size_t i = 0; i < 300; i++)
		for (uint64_t n = 0; n < 4; n++) {
			const uint64_t va = vas[i] ^ n * 0x2000;
			struct naive_answer want;

			naive_sparc64(file, len, va, &want);
			opened_compare(&opened, va, &want);
		}
	for (uint64_t pa = 0; pa < 0xc000; pa += 0x3f8) {
		struct naive_answer want;

		naive_sparc64(file, len, DIRECT + pa, &want);
		opened_compare(&opened, DIRECT + pa, &want);
	}
	opened_fini(&opened);
}

static void
addresses_are_where_the_naive_probe_finds_them(void **state)
{
	(void)state;
	check_random(0x2ff, LEN);
	check_random(0x1ff, LEN);
	check_random(0x05f, LEN);
	check_random(0, LEN);
}

/* In the table, within a word of it and between two; in the pages. */
static void
cut_tables_answer_as_the_naive_probe(void **state)
{
	(void)state;
	check_random(0x2ff, 0x200);
	check_random(0x2ff, 0x3204);
	check_random(0x2ff, 0x3208);
	check_random(0x2ff, 0x3210);
	check_random(0x2ff, 0x15000);
}

/* What is not in the file is stepped over at once, however much the header promises. */
static void
a_walk_over_a_table_that_is_cut_off_ends(void **state)
{
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_page page;
	struct opened opened;
	bool done = false;

	(void)state;
	put_header(1, UINT64_C(1) << 42, (UINT64_C(1) << 37) - 1);
	put8(8, 0);
	put_region(0, 0, UINT64_C(1) << 42, 0x200);
	put_slot(1, 4, UINT64_C(0x8000000000006536)); /* of VA 0x2000 */
	open_sound(&opened, 0x298);
	assert_int_equal(kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
	assert_false(done);
	assert_int_equal(page.va, 0x2000);
	assert_int_equal(kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
	assert_true(done);
	opened_fini(&opened);
}

/* ---- The header stands for a magic ---- */

struct change {
	unsigned offset, width;
	uint64_t value;
};

static void
a_dump_is_recognised_by_its_header_alone(void **state)
{
	static const struct change changes[] = { { 0, 8, 0x400 }, { 16, 8, 0x6020 },
		{ 24, 8, 0x2fe }, { 32, 4, 0 }, { 32, 4, 129 }, { 32, 4, UINT32_MAX },
		{ 32, 4, 1U << 31 }, { 56, 8, 0x208 }, { 80, 8, 0x10208 }, { 48, 8, 0x10008 } };
	struct opened opened;

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		put_example();
		assert_int_equal(opened_init(&opened, file, LEN, NULL, NULL), KVMSAFE_OK);
		opened_fini(&opened);
		put(file + changes[i].offset, changes[i].width, true, changes[i].value);
		assert_int_equal(opened_init(&opened, file, LEN, NULL, NULL), KVMSAFE_NOT_A_DUMP);
		opened_fini(&opened);
	}
}

static void
most_regions_are_128(void **state)
{
	struct opened opened;

	(void)state;
	for (unsigned n = 127; n <= 129; n++) {
		struct kvmsafe_error err;

		put_header(n, 0x2000, 0xff);
		put8(0, 0xe00);
		for (unsigned i = 0; i < n; i++)
			put_region(i, TSB + i * UINT64_C(0x2000), 0x2000, 0xe00 + i * 0x2000);
		assert_int_equal(opened_init(&opened, file, 0x4000, &known, &err),
		    n <= 128 ? KVMSAFE_OK : KVMSAFE_DAMAGED);
		if (n > 128)
			assert_int_equal(err.at, 32);
		opened_fini(&opened);
		assert_int_equal(opened_init(&opened, file, 0x4000, NULL, NULL),
		    n <= 128 ? KVMSAFE_OK : KVMSAFE_NOT_A_DUMP);
		opened_fini(&opened);
	}
}

static void
a_header_that_is_cut_off_is_truncated(void **state)
{
	static const size_t lens[] = { 1, 35, 36, 39, 40, 63, 64, 87 };
	struct opened whole;

	(void)state;
	for (size_t i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct kvmsafe_error err;
		struct opened opened;

		put_example();
		assert_int_equal(
		    opened_init(&opened, file, lens[i], &known, &err), KVMSAFE_TRUNCATED);
		assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
		assert_int_equal(err.at, lens[i]);
		opened_fini(&opened);
		assert_int_not_equal(opened_init(&opened, file, lens[i], NULL, NULL), KVMSAFE_OK);
		opened_fini(&opened);
	}
	put_example();
	open_sound(&whole, 88);
	opened_fini(&whole);
}

static const struct {
	struct change change;
	enum kvmsafe_status status;
	unsigned at, findings;
} headers[] = {
	{ { 0, 8, 0 }, KVMSAFE_OK, 0, 2 }, /* hdr_size, and the first offset */
	{ { 8, 8, TSB + 0x10 }, KVMSAFE_DAMAGED, 8, 0 },
	{ { 8, 8, TSB + 0xa000 }, KVMSAFE_OK, 0, 0 },
	{ { 8, 8, TSB + 0xa020 }, KVMSAFE_DAMAGED, 8, 0 },
	{ { 8, 8, TSB - 0x20 }, KVMSAFE_DAMAGED, 8, 0 },
	{ { 8, 8, 0x2000 }, KVMSAFE_OK, 0, 0 },
	{ { 8, 8, 0x2020 }, KVMSAFE_DAMAGED, 8, 0 },
	{ { 16, 8, 0x5fff }, KVMSAFE_DAMAGED, 24, 0 },
	{ { 16, 8, 0x10000 }, KVMSAFE_OK, 0, 0 },
	{ { 16, 8, 0x10001 }, KVMSAFE_DAMAGED, 8, 0 },
	{ { 24, 8, 0x300 }, KVMSAFE_DAMAGED, 24, 0 },
	{ { 24, 8, UINT64_C(1) << 38 }, KVMSAFE_DAMAGED, 24, 0 },
	{ { 24, 8, UINT64_MAX }, KVMSAFE_DAMAGED, 24, 0 },
	{ { 32, 4, 0 }, KVMSAFE_DAMAGED, 32, 0 },
	{ { 32, 4, 1 }, KVMSAFE_OK, 0, 0 },
	{ { 36, 4, 1 }, KVMSAFE_OK, 0, 0 },
	{ { 40, 8, UINT64_C(1) << 43 }, KVMSAFE_DAMAGED, 40, 0 },
	{ { 48, 8, UINT64_C(1) << 43 }, KVMSAFE_DAMAGED, 40, 0 },
	{ { 48, 8, UINT64_MAX }, KVMSAFE_DAMAGED, 40, 0 },
	{ { 56, 8, 0x208 }, KVMSAFE_OK, 0, 2 }, /* where the next one was expected, too */
	{ { 56, 8, 0x57 }, KVMSAFE_DAMAGED, 56, 0 },
	{ { 56, 8, UINT64_MAX }, KVMSAFE_DAMAGED, 56, 0 },
	{ { 64, 8, TSB + 0xfff8 }, KVMSAFE_DAMAGED, 64, 0 },
	{ { 64, 8, TSB + 0x10000 }, KVMSAFE_OK, 0, 0 },
	{ { 64, 8, TSB - 0x7ff8 }, KVMSAFE_DAMAGED, 64, 0 },
	{ { 64, 8, TSB - 0x8000 }, KVMSAFE_OK, 0, 0 },
	{ { 72, 8, 0x7ff8 }, KVMSAFE_OK, 0, 1 },
	{ { 72, 8, 0 }, KVMSAFE_OK, 0, 0 },
};

static void
headers_are_checked_field_by_field(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		const struct change *const change = &headers[i].change;
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;

		put_example();
		put(file + change->offset, change->width, true, change->value);
		assert_int_equal(opened_init(&opened, file, LEN, &known, &err), headers[i].status);
		if (headers[i].status != KVMSAFE_OK) {
			assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
			assert_int_equal(err.at, headers[i].at);
		} else {
			assert_int_equal(
			    opened_findings(&opened, KVMSAFE_DAMAGED), headers[i].findings);
		}
		opened_fini(&opened);
	}
}

/* ---- What other readers get wrong, by the row of the specification's table ---- */

static void
expect_refused(unsigned offset, unsigned width, uint64_t value)
{
	struct opened opened;

	put_example();
	put(file + offset, width, true, value);
	assert_int_equal(opened_init(&opened, file, LEN, &known, NULL), KVMSAFE_DAMAGED);
	assert_null(opened.session);
	opened_fini(&opened);
}

static void
sparc64_sp1_a_dump_whose_tsb_is_in_no_region_closes_clean(void **state)
{
	(void)state;
	expect_refused(8, 8, UINT64_C(0x50000000));
}

static void
sparc64_sp2_numbers_of_regions_that_wrap_are_refused(void **state)
{
	(void)state;
	expect_refused(32, 4, 0x0aaaaaab);
	expect_refused(32, 4, 0x80000001);
	expect_refused(32, 4, UINT32_MAX);
}

static void
sparc64_sp3_a_tsb_that_wraps_is_in_no_region(void **state)
{
	struct opened opened;

	(void)state;
	expect_refused(16, 8, UINT64_MAX);
	expect_refused(16, 8, UINT64_C(0) - TSB + 0x10000);
	put_example();
	put8(8, TSB + 0x2000); /* its end, counted from the region's start, would be 0x1000 */
	put8(16, UINT64_C(0) - 0x1000);
	assert_int_equal(opened_init(&opened, file, LEN, &known, NULL), KVMSAFE_DAMAGED);
	opened_fini(&opened);
}

static void
sparc64_sp4_no_index_leaves_the_tsb(void **state)
{
	(void)state;
	expect_refused(24, 8, 0x3ff);
	expect_refused(24, 8, (UINT64_C(1) << 38) + 0x2ff);
}

static void
sparc64_sp5_regions_above_4_gib_have_offsets_of_64_bits(void **state)
{
	static const struct opened_row rows[] = {
		{ DIRECT + UINT64_C(0x200000010), KVMSAFE_OK, UINT64_C(0x200000010), 0x10210 },
		{ DIRECT + UINT64_C(0x300000210), KVMSAFE_TRUNCATED, UINT64_C(0x300000210), NONE },
		{ 0xc0002123, KVMSAFE_OK, 0x40008123, 0x8323 },
	};
	static const struct opened_row far = { DIRECT + 0x10, KVMSAFE_TRUNCATED, 0x10, NONE };
	struct opened opened;

	(void)state;
	put_example();
	put_region(1, UINT64_C(0x200000000), UINT64_C(0x200000000), 0x10200);
	open_sound(&opened, LEN);
	EXPECT(&opened, rows);
	opened_fini(&opened);
	put_region(1, 0, 0x8000, UINT64_C(0x100010200));
	open_sound(&opened, LEN);
	opened_expect(&opened, &far, 1);
	opened_fini(&opened);
}

static void
sparc64_sp6_each_8_kib_of_a_large_page_is_its_own(void **state)
{
	(void)state;
	for (uint64_t sz = 1; sz < 4; sz++) {
		const uint64_t va = UINT64_C(0xc0800000), shift = 13 + 3 * sz;
		struct opened opened;

		put_example();
		for (uint64_t n = 0; n < 8; n++)
			put_slot((va >> 13 & 0x2ff) + n, (va >> shift << 2) + sz,
			    UINT64_C(0x8000000000000536) | sz << 61 | TSB);
		open_sound(&opened, LEN);
		for (uint64_t n = 0; n < 8; n++) {
			const uint64_t at = n * PAGE + 0x18;
			struct kvmsafe_translation got;

			assert_int_equal(
			    kvmsafe_translate(opened.session, va + at, &got, NULL), KVMSAFE_OK);
			assert_int_equal(got.pa, TSB + at);
			assert_int_equal(got.page_bytes, UINT64_C(1) << shift);
			assert_int_equal(got.bytes, PAGE - 0x18);
		}
		opened_fini(&opened);
	}
}

static void
sparc64_sp7_regions_that_overlap_or_wrap_are_refused(void **state)
{
	(void)state;
	expect_refused(64, 8, TSB + 0x2000);
	expect_refused(64, 8, UINT64_MAX - 0x1fff);
	expect_refused(72, 8, TSB + 1);
}

static void
sparc64_sp8_a_read_ends_with_its_region(void **state)
{
	struct opened opened;
	uint8_t buf[16];
	size_t got;

	(void)state;
	put_example();
	put8(72, 0x6008); /* within a page; the file goes on */
	open_sound(&opened, LEN);
	assert_int_equal(kvmsafe_read_va(opened.session, DIRECT + 0x6000, buf, 16, &got, NULL),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(got, 8);
	assert_int_equal(kvmsafe_read_va(opened.session, 0xc0402000, buf, 16, &got, NULL),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(got, 8);
	opened_fini(&opened);
}

static void
sparc64_sp9_files_of_other_formats_are_not_parsed_as_this_one(void **state)
{
	static const char *const starts[] = { "minidump", "\177ELF\2\2\1" }; /* in hdr_size */

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct opened opened;

		put_example();
		memcpy(file, starts[i], strlen(starts[i]));
		assert_int_not_equal(opened_init(&opened, file, LEN, &known, NULL), KVMSAFE_OK);
		opened_fini(&opened);
	}
}

static void
sparc64_sp10_an_offset_of_0_is_no_offset(void **state)
{
	(void)state;
	expect_refused(56, 8, 0);
	expect_refused(80, 8, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_reads_as_the_specification_works_it_out),
		cmocka_unit_test(a_cut_dump_reads_as_the_specification_works_it_out),
		cmocka_unit_test(slots_are_listed_by_the_8_kib_that_they_speak_for),
		cmocka_unit_test(addresses_are_where_the_naive_probe_finds_them),
		cmocka_unit_test(cut_tables_answer_as_the_naive_probe),
		cmocka_unit_test(a_walk_over_a_table_that_is_cut_off_ends),
		cmocka_unit_test(a_dump_is_recognised_by_its_header_alone),
		cmocka_unit_test(most_regions_are_128),
		cmocka_unit_test(a_header_that_is_cut_off_is_truncated),
		cmocka_unit_test(headers_are_checked_field_by_field),
		cmocka_unit_test(sparc64_sp1_a_dump_whose_tsb_is_in_no_region_closes_clean),
		cmocka_unit_test(sparc64_sp2_numbers_of_regions_that_wrap_are_refused),
		cmocka_unit_test(sparc64_sp3_a_tsb_that_wraps_is_in_no_region),
		cmocka_unit_test(sparc64_sp4_no_index_leaves_the_tsb),
		cmocka_unit_test(sparc64_sp5_regions_above_4_gib_have_offsets_of_64_bits),
		cmocka_unit_test(sparc64_sp6_each_8_kib_of_a_large_page_is_its_own),
		cmocka_unit_test(sparc64_sp7_regions_that_overlap_or_wrap_are_refused),
		cmocka_unit_test(sparc64_sp8_a_read_ends_with_its_region),
		cmocka_unit_test(sparc64_sp9_files_of_other_formats_are_not_parsed_as_this_one),
		cmocka_unit_test(sparc64_sp10_an_offset_of_0_is_no_offset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
