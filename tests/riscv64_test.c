/* SPDX-License-Identifier: BSD-2-Clause */
/* riscv64: entries, minidumps against the naive walk, refused headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/riscv64.h"
#include "session/session.h"
#include "support/opened.h"

#define KERNBASE UINT64_C(0xffffffc000000000)
#define DMAPBASE UINT64_C(0xffffffd000000000)
#define DMAPEND UINT64_C(0xfffffff000000000)
#define RAM UINT64_C(0x80200000)
#define RAM2 UINT64_C(0xc0000000)
#define PHYS UINT64_C(0x80000000)
#define PAGE 4096
#define NONE KVMSAFE_NONE

static uint8_t file[0x18000];

static void
put32(uint8_t *at, uint64_t value)
{
	put(at, 4, false, value);
}

static void
put64(uint8_t *at, uint64_t value)
{
	put(at, 8, false, value);
}

/* Regions of a page each, in the order of the file; version 1 has no dump_avail. */
struct regions {
	uint8_t *avail, *bitmap, *map, *pages;
};

static struct regions
put_header(unsigned version)
{
	struct regions at = { .avail = file + 2 * PAGE };

	memset(file, 0, sizeof(file));
	memcpy(file, "minidump FreeBSD/riscv", 22);
	put32(file + 24, version);
	for (unsigned i = 0; i < 3; i++)
		put32(file + 28 + 4 * i, PAGE);
	put64(file + 40, KERNBASE);
	put64(file + 48, PHYS);
	put64(file + 56, DMAPBASE);
	put64(file + 64, DMAPEND);
	if (version >= 2)
		put32(file + 72, PAGE);
	at.bitmap = at.avail + (version >= 2 ? PAGE : 0);
	at.map = at.bitmap + PAGE;
	at.pages = at.map + PAGE;
	return at;
}

static void
put_range(uint8_t *at, uint64_t start, uint64_t end)
{
	put64(at, start);
	put64(at + 8, end);
}

/* As the specification works it out; returns its length. */
static size_t
put_example(void)
{
	const struct regions at = put_header(2);

	put_range(at.avail, RAM, RAM + 0x4000);
	put_range(at.avail + 16, RAM2, RAM2 + 0x2000);
	at.bitmap[0] = 0x22;
	put64(at.map, UINT64_C(0x00000000200804e7));
	put64(at.map + 8, UINT64_C(0x00000000300004e7));
	put64(at.map + 16, UINT64_C(0x20000000200804e7));
	put64(at.map + 24, UINT64_C(0x0000000020080401));
	put64(at.map + 32, UINT64_C(0x000000002ffff4e7));
	put64(at.map + 40, UINT64_C(0x00000000200808e7));
	return 0x7000;
}

static void
open_sound(struct opened *opened, size_t len)
{
	struct kvmsafe_error err;

	if (opened_init(opened, file, len, NULL, &err) != KVMSAFE_OK)
		fail_msg("%s", err.message);
}

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

/* ---- Examples ---- */

static void
version_2_reads_as_the_specification_works_it_out(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x10, KVMSAFE_OK, 0x80201010, 0x5010 },
		{ KERNBASE + 0x1010, KVMSAFE_OK, 0xc0001010, 0x6010 },
		{ KERNBASE + 0x3000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x5000, KVMSAFE_NOT_DUMPED, 0x80202000, NONE },
		{ KERNBASE + 0x6000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x200000, KVMSAFE_NO_MAP, NONE, NONE },
		{ KERNBASE - 1, KVMSAFE_NO_MAP, NONE, NONE },
		{ DMAPBASE + 0x201010, KVMSAFE_OK, 0x80201010, 0x5010 },
		{ DMAPBASE, KVMSAFE_OUTSIDE_MEMORY, PHYS, NONE },
		{ DMAPBASE - 1, KVMSAFE_NO_MAP, NONE, NONE },
		{ DMAPEND - 1, KVMSAFE_OUTSIDE_MEMORY, DMAPEND - 1 - DMAPBASE + PHYS, NONE },
		{ DMAPEND, KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	open_sound(&opened, put_example());
	EXPECT(&opened, rows);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
	opened_fini(&opened);
}

/* The direct map is asked first: an address that both cover is its. */
static void
the_direct_map_goes_before_the_kernel_map(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x0fff, KVMSAFE_OK, 0x80201fff, 0x5fff },
		{ KERNBASE + 0x1000, KVMSAFE_OK, 0x80201000, 0x5000 },
		{ KERNBASE + 0x2000, KVMSAFE_OK, 0x80201000, 0x5000 },
	};
	struct opened opened;
	const size_t len = put_example();

	(void)state;
	put64(file + 48, RAM + 0x1000);
	put64(file + 56, KERNBASE + 0x1000);
	put64(file + 64, KERNBASE + 0x2000);
	open_sound(&opened, len);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* ---- Headers ---- */

static void
headers_that_cannot_be_are_refused(void **state)
{
	static const struct {
		unsigned version, field, at;
		uint64_t value;
		enum kvmsafe_status status;
	} rows[] = {
		{ 2, 40, 40, KERNBASE + 0x800, KVMSAFE_DAMAGED },
		{ 2, 40, 0, KERNBASE + 0x1000, KVMSAFE_OK },
		{ 2, 48, 48, PHYS + 1, KVMSAFE_DAMAGED },
		{ 2, 48, 0, UINT64_MAX - 0xfff, KVMSAFE_OK },
		{ 2, 56, 56, DMAPBASE + 0x10, KVMSAFE_DAMAGED },
		{ 2, 56, 0, DMAPEND, KVMSAFE_OK },
		{ 2, 56, 64, DMAPEND + 0x1000, KVMSAFE_DAMAGED },
		{ 2, 64, 64, DMAPBASE - 1, KVMSAFE_DAMAGED },
		{ 2, 64, 0, UINT64_MAX, KVMSAFE_OK },
		{ 1, 72, 0, UINT64_MAX, KVMSAFE_OK }, /* no fields of version 1 */
		{ 2, 76, 0, UINT64_MAX, KVMSAFE_OK }, /* no field of version 2 */
		{ 0, 40, 24, KERNBASE, KVMSAFE_UNSUPPORTED },
		{ 3, 40, 24, KERNBASE, KVMSAFE_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;
		const size_t len = put_example();

		put32(file + 24, rows[i].version);
		put64(file + rows[i].field, rows[i].value);
		assert_int_equal(opened_init(&opened, file, len, NULL, &err), rows[i].status);
		if (rows[i].status != KVMSAFE_OK) {
			assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
			assert_int_equal(err.at, rows[i].at);
		}
		opened_fini(&opened);
	}
}

static void
the_caller_cannot_change_the_page_size(void **state)
{
	static const uint32_t sizes[] = { 4096, 16384, 0x80000000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct opened_how how = { .page_bytes = sizes[i] };
		struct kvmsafe_description is = { .size = sizeof(is) };
		struct opened opened;
		const size_t len = put_example();

		assert_int_equal(opened_init(&opened, file, len, &how, NULL), KVMSAFE_OK);
		assert_int_equal(kvmsafe_describe(opened.session, &is, NULL), KVMSAFE_OK);
		assert_int_equal(is.page_bytes, 4096);
		opened_fini(&opened);
	}
}

/* ---- Entries ---- */

/* By section 2 of the rules, written down once more. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	if (raw % 2 == 0 || raw % 16 < 2)
		return entry;
	entry.kind = KVS_ENTRY_PAGE;
	entry.pa = raw << 10 >> 20 << 12;
	entry.protection = 1;
	if (raw / 4 % 2 != 0)
		entry.protection |= 2;
	if (raw / 8 % 2 != 0)
		entry.protection |= 4;
	return entry;
}

static void
entries_are_decoded_for_all_bits_that_matter(void **state)
{
	static const unsigned bits[] = { 0, 1, 2, 3, 4, 5, 7, 9, 10, 11, 18, 19, 52, 53, 54, 61, 62,
		63 };
	const struct kvs_radix *form;
	struct opened opened;

	(void)state;
	open_sound(&opened, put_example());
	form = opened.session->space.range[1].form;
	for (uint32_t set = 0; set < 1U << 18; set++) {
		struct kvs_entry got, want;
		uint64_t raw = 0;

		for (unsigned i = 0; i < 18; i++)
			raw |= (uint64_t)(set >> i & 1) << bits[i];
		got = form->decode(raw, 0);
		want = entry_by_the_rules(raw);
		if (got.kind != want.kind || got.pa != want.pa ||
		    got.protection != want.protection || got.shift != 0)
			fail_msg("entry %#llx", (unsigned long long)raw);
	}
	opened_fini(&opened);
}

/* ---- Every page of small spaces against the naive walk ---- */

static uint64_t random_state;

static uint64_t
random_entry(uint64_t from)
{
	const uint64_t n = opened_random(&random_state);
	const uint64_t entry = (n & UINT64_C(0xffc00000000003f0)) | (n / 7 % 8 == 0 ? n % 16 : 7);

	if (n / 11 % 16 == 0)
		return entry | (opened_random(&random_state) & UINT64_C(0x003ffffffffffc00));
	return entry | (from + (n >> 40) % 24 * PAGE) >> 2;
}

/* Ranges with unaligned ends and a hole, or bits from 0 on; a map with a tail; pages, one cut. */
static size_t
put_random(unsigned version)
{
	const struct regions at = put_header(version);

	put64(file + 48, version == 1 ? 0 : RAM - 0x2000);
	put32(file + 36, PAGE - 4);
	if (version >= 2) {
		put_range(at.avail, RAM + 0x800, RAM + 0x8c00);
		put_range(at.avail + 16, RAM2, RAM2 + 0x5000);
	}
	put64(at.bitmap, opened_random(&random_state) & (version >= 2 ? 0x3fff : 0xfff));
	for (unsigned i = 0; i < 512; i++)
		put64(at.map + i * 8, random_entry(version == 1 ? 0 : i % 2 == 0 ? RAM : RAM2));
	return (size_t)(at.pages - file) + (size_t)(opened_random(&random_state) % (12 * PAGE));
}

static void
compare(const struct opened *opened, size_t len, uint64_t va)
{
	struct naive_answer want;

	naive_riscv64(file, len, va, &want);
	opened_compare(opened, va, &want);
}

static void
every_page_agrees_with_the_naive_walk(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 0x808, 0xfff };

	(void)state;
	random_state = 5;
	for (unsigned round = 0; round < 60; round++) {
		const size_t len = put_random(round % 2 + 1);
		struct opened opened;

		open_sound(&opened, len);
		for (uint64_t n = 0; n < 516; n++)
			for (unsigned i = 0; i < 4; i++) {
				const uint64_t from = (n - 2) * PAGE + offsets[i];

				compare(&opened, len, KERNBASE + from);
				compare(&opened, len, DMAPBASE + from);
				compare(&opened, len, DMAPBASE + from + (RAM2 - RAM));
			}
		for (uint64_t n = 0; n < 4; n++) {
			compare(&opened, len, DMAPEND + n - 2);
			compare(&opened, len, n - 2);
		}
		opened_fini(&opened);
	}
}

/* A map that a cut file lacks says so, entry by entry. */
static void
a_cut_map_answers_truncated(void **state)
{
	struct opened opened;

	(void)state;
	random_state = 6;
	put_random(2);
	for (size_t len = 0x4000; len < 0x4040; len++) {
		open_sound(&opened, len);
		for (uint64_t n = 0; n < 10; n++)
			compare(&opened, len, KERNBASE + n * PAGE);
		opened_fini(&opened);
	}
}

/* ---- What other readers get wrong ---- */

static void
riscv64_v1_memory_attributes_are_no_part_of_the_address(void **state)
{
	(void)state;
	for (unsigned bit = 54; bit < 64; bit++) {
		const struct opened_row rows[] = {
			{ KERNBASE + 0x2010, KVMSAFE_OK, 0x80201010, 0x5010 },
		};
		const size_t len = put_example();
		struct opened opened;

		put64(file + 0x4010, UINT64_C(0x200804e7) | UINT64_C(1) << bit);
		open_sound(&opened, len);
		EXPECT(&opened, rows);
		opened_fini(&opened);
	}
}

static void
riscv64_v2_direct_addresses_of_pages_count_from_dmapphys(void **state)
{
	(void)state;
	for (unsigned order = 0; order < 2; order++) {
		struct kvmsafe_page_walk walk = { .order = order };
		struct kvmsafe_page page;
		struct opened opened;
		bool done;

		open_sound(&opened, put_example());
		assert_int_equal(
		    kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
		assert_false(done);
		assert_int_equal(page.pa, 0x80201000);
		assert_int_equal(page.direct_va, DMAPBASE + 0x201000);
		opened_fini(&opened);
	}
}

static void
riscv64_v3_a_direct_map_does_not_wrap_to_low_memory(void **state)
{
	static const struct opened_row rows[] = {
		{ DMAPBASE + 0xfff, KVMSAFE_OUTSIDE_MEMORY, UINT64_MAX, NONE },
		{ DMAPBASE + 0x1000, KVMSAFE_OUTSIDE_MEMORY, NONE, NONE },
		{ DMAPBASE + 0x1000 + RAM + 0x1000, KVMSAFE_OUTSIDE_MEMORY, NONE, NONE },
	};
	struct opened opened;
	const size_t len = put_example();

	(void)state;
	put64(file + 48, UINT64_MAX - 0xfff);
	open_sound(&opened, len);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* The bitmap of a live dump may not be that of the pages: their numbers then differ. */
static void
riscv64_v4_a_bitmap_that_is_not_of_the_pages_is_noted(void **state)
{
	static const struct {
		uint8_t bits;
		size_t more; /* bytes of the file behind the two pages */
		unsigned truncated, damaged;
	} rows[] = {
		{ 0x22, 0, 0, 0 },
		{ 0x22, 512, 0, 0 }, /* the header behind a live dump */
		{ 0x26, 0, 1, 0 },
		{ 0x02, 0, 0, 1 },
		{ 0x02, 512, 0, 1 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t len = put_example();
		struct opened opened;

		file[0x3000] = rows[i].bits;
		open_sound(&opened, len + rows[i].more);
		assert_int_equal(opened_findings(&opened, KVMSAFE_TRUNCATED), rows[i].truncated);
		assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), rows[i].damaged);
		opened_fini(&opened);
	}
}

/* D1: not the page of PA 0x80201000. */
static void
riscv64_v5_a_hole_between_two_ranges_is_outside_memory(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x4000, KVMSAFE_OUTSIDE_MEMORY, 0xbfffd000, NONE },
		{ DMAPBASE + 0x3fffd000, KVMSAFE_OUTSIDE_MEMORY, 0xbfffd000, NONE },
	};
	struct opened opened;

	(void)state;
	open_sound(&opened, put_example());
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_2_reads_as_the_specification_works_it_out),
		cmocka_unit_test(the_direct_map_goes_before_the_kernel_map),
		cmocka_unit_test(headers_that_cannot_be_are_refused),
		cmocka_unit_test(the_caller_cannot_change_the_page_size),
		cmocka_unit_test(entries_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(every_page_agrees_with_the_naive_walk),
		cmocka_unit_test(a_cut_map_answers_truncated),
		cmocka_unit_test(riscv64_v1_memory_attributes_are_no_part_of_the_address),
		cmocka_unit_test(riscv64_v2_direct_addresses_of_pages_count_from_dmapphys),
		cmocka_unit_test(riscv64_v3_a_direct_map_does_not_wrap_to_low_memory),
		cmocka_unit_test(riscv64_v4_a_bitmap_that_is_not_of_the_pages_is_noted),
		cmocka_unit_test(riscv64_v5_a_hole_between_two_ranges_is_outside_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
