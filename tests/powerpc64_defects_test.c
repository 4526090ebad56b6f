/* SPDX-License-Identifier: BSD-2-Clause */
/* powerpc64 minidumps: what other readers get wrong, by the row of the specification's table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/session.h"
#include "support/powerpc64_file.h"

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

/* Neither a table of segments nor any other is sized by the header. */
static void
powerpc64_p1_a_kernend_that_wraps_costs_nothing(void **state)
{
	static const uint64_t ends[] = { UINT64_MAX, UINT64_MAX - 0xfff };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		const struct opened_row row = { KERNBASE + 0x3123, KVMSAFE_OK, 0x101123, 0x44123 };
		struct opened opened;
		struct ppc64 dump;
		const size_t len = ppc64_hashed_example(&dump, true, 2, false);

		ppc64_put(&dump, ppc64_file + 88, 8, ends[i]);
		ppc64_open(&opened, &dump, len);
		assert_true(opened.session->memory.used < 100000);
		opened_expect(&opened, &row, 1);
		opened_fini(&opened);
	}
}

static void
powerpc64_p2_words_of_a_big_endian_bitmap_are_swapped(void **state)
{
	static const uint8_t bitmap[] = { 0, 0, 0, 0, 0, 1, 0, 0x2a, 0, 0, 0, 0, 0, 2, 0, 0 };
	static const struct opened_row rows[] = {
		{ DMAPBASE + 0x101000, KVMSAFE_OK, 0x101000, 0x44000 },
		{ DMAPBASE + 0x2000000, KVMSAFE_OK, 0x2000000, 0x47000 },
		{ DMAPBASE + 0x2041000, KVMSAFE_OK, 0x2041000, 0x48000 },
		{ DMAPBASE + 0x102000, KVMSAFE_NOT_DUMPED, 0x102000, NONE },
	};
	struct opened opened;
	struct ppc64 dump;
	size_t len;

	(void)state;
	len = ppc64_hashed_example(&dump, true, 2, false);
	memcpy(dump.bitmap, bitmap, sizeof(bitmap));
	ppc64_open(&opened, &dump, len);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
check_recognised(bool big_endian, const char *name)
{
	struct kvmsafe_description description = { .size = sizeof(description) };
	struct opened opened;
	struct ppc64 dump;
	const size_t len = ppc64_hashed_example(&dump, big_endian, 2, false);

	assert_int_equal(opened_init(&opened, ppc64_file, len, NULL, NULL), KVMSAFE_OK);
	assert_int_equal(kvmsafe_describe(opened.session, &description, NULL), KVMSAFE_OK);
	assert_string_equal(description.machine_arch, name);
	opened_fini(&opened);
}

static void
powerpc64_p3_a_minidump_is_not_taken_for_a_core(void **state)
{
	(void)state;
	check_recognised(true, "powerpc64");
}

static void
powerpc64_p4_a_little_endian_header_is_read_as_such(void **state)
{
	(void)state;
	check_recognised(false, "powerpc64le");
}

static void
powerpc64_p5_a_map_without_whole_groups_is_no_table(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 127, 129, 0x3ff80, 0x40001, 0x60000 };

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct opened opened;
		struct ppc64 dump;
		const size_t len = ppc64_hashed_example(&dump, true, 2, false);

		ppc64_put(&dump, ppc64_file + 76, 4, sizes[i]);
		assert_int_equal(opened_init(&opened, ppc64_file, len, NULL, NULL),
		    sizes[i] == 0 ? KVMSAFE_OK : KVMSAFE_DAMAGED);
		opened_fini(&opened);
	}
}

/* Step to the next mapping; false: none is left. */
static bool
next(const struct opened *opened, struct kvmsafe_page_walk *walk, struct kvmsafe_page *page)
{
	bool done;

	assert_int_equal(kvmsafe_page_next(opened->session, walk, page, &done, NULL), KVMSAFE_OK);
	return !done;
}

static void
powerpc64_p6_a_small_table_gives_back_all_bits_of_an_address(void **state)
{
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_page page;
	struct opened opened;
	struct ppc64 dump = ppc64_header(true, 2, "mmu_g5", PAGE, HPT_BYTES);

	(void)state;
	ppc64_range(&dump, 0, 0x100000, 0x110000);
	ppc64_entry(&dump, 0x2218, 0x0001d800ecc40001, 0x00101012); /* of 0xc008000000003000 */
	ppc64_entry(&dump, 0x2210, 0x00010000ecc40001, 0x00102012); /* 4 KiB in the direct map */
	ppc64_open(&opened, &dump, sizeof(ppc64_file));
	assert_true(next(&opened, &walk, &page));
	assert_int_equal(page.va, DMAPBASE + 0x2000);
	assert_int_equal(page.bytes, PAGE);
	assert_true(next(&opened, &walk, &page));
	assert_int_equal(page.va, KERNBASE + 0x3000);
	assert_false(next(&opened, &walk, &page));
	opened_fini(&opened);
}

static void
powerpc64_p7_no_execute_and_read_only_are_what_they_say(void **state)
{
	static const uint32_t want[] = { 7, 7, 7, 5, 3, 3, 3, 1 }; /* by N and PP */

	(void)state;
	for (uint64_t low = 0; low < 8; low++) {
		struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
		struct kvmsafe_translation got;
		struct kvmsafe_page page;
		struct opened opened;
		struct ppc64 dump = ppc64_header(true, 2, "mmu_g5", PAGE, HPT_BYTES);

		ppc64_range(&dump, 0, 0x100000, 0x110000);
		ppc64_bit(&dump, 1);
		ppc64_entry(&dump, 0x2218, 0x0001d800ecc40001, 0x00101010 | low);
		ppc64_open(&opened, &dump, sizeof(ppc64_file));
		assert_int_equal(
		    kvmsafe_translate(opened.session, KERNBASE + 0x3000, &got, NULL), KVMSAFE_OK);
		assert_int_equal(got.protection, want[low]);
		assert_true(next(&opened, &walk, &page));
		assert_int_equal(page.protection, want[low]);
		opened_fini(&opened);
	}
}

/* 16 MiB by the first 4 KiB; B set; a segment that no list has; then the walk goes on. */
static void
powerpc64_p8_a_walk_passes_what_it_does_not_report(void **state)
{
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_page page;
	struct opened opened;
	struct ppc64 dump = ppc64_header(true, 2, "mmu_phyp", PAGE, HPT_BYTES);

	(void)state;
	ppc64_range(&dump, 0, 0x2000000, 0x3000000);
	ppc64_bit(&dump, 0);
	ppc64_entry(&dump, 0, 0x4001000000000001, 0x02000012); /* B */
	ppc64_entry(&dump, 1, 0x0000000000000001, 0x02000012); /* no kernel's VSID */
	ppc64_entry(&dump, 2, 0x0001ffffff000001 | UINT64_C(0x1ffffff000) << 12, 0x02000012);
	ppc64_entry(&dump, 3, 0x0001d800ecc40005, 0x02000012); /* 16 MiB, not of the direct map */
	ppc64_entry(&dump, 4, 0x0001000000000005, 0x02000012); /* nor this one */
	ppc64_entry(&dump, 0x2214, 0x00010000ecc40205, 0x020ff012); /* 16 MiB, and a size code */
	ppc64_entry(&dump, 0x3000, 0x0001000000000001, 0x02000012); /* of ESID 0 */
	ppc64_open(&opened, &dump, sizeof(ppc64_file));
	assert_true(next(&opened, &walk, &page));
	assert_int_equal(page.va, DMAPBASE + 0x2000000);
	assert_int_equal(page.bytes, 1 << 24);
	assert_int_equal(page.pa, 0x2000000);
	assert_int_equal(page.file_offset, dump.pages - ppc64_file);
	assert_true(next(&opened, &walk, &page));
	assert_int_equal(page.va, 0x600000);
	assert_false(next(&opened, &walk, &page));
	opened_fini(&opened);
}

static void
powerpc64_p9_addresses_below_the_direct_map_are_not_displaced(void **state)
{
	static const struct opened_row rows[] = {
		{ 0x200010, KVMSAFE_OK, 0x2041010, 0x48010 },
		{ 0x1000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0x105000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0xfffff, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct opened opened;
	struct ppc64 dump;
	size_t len;

	(void)state;
	len = ppc64_hashed_example(&dump, true, 2, true);
	ppc64_entry(&dump, 0x1000, 0x0001000000000001, 0x02041012);
	ppc64_open(&opened, &dump, len);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
powerpc64_p10_the_offset_is_taken_after_the_displacement(void **state)
{
	static const struct opened_row rows[] = {
		{ 0x100fff, KVMSAFE_NOT_DUMPED, 0x1008ff, NONE },
		{ 0x101700, KVMSAFE_OK, 0x101000, 0x44000 },
		{ 0x1026ff, KVMSAFE_OK, 0x101fff, 0x44fff },
		{ 0x102700, KVMSAFE_NOT_DUMPED, 0x102000, NONE },
	};
	struct kvmsafe_translation got;
	struct opened opened;
	struct ppc64 dump;
	size_t len;

	(void)state;
	len = ppc64_hashed_example(&dump, true, 2, false);
	ppc64_put(&dump, ppc64_file + 120, 8, DMAPBASE + 0x100100 - 0x700);
	ppc64_open(&opened, &dump, len);
	EXPECT(&opened, rows);
	assert_int_equal(kvmsafe_translate(opened.session, 0x101ff0, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 0x710);
	opened_fini(&opened);
}

static void
powerpc64_p11_upper_bits_of_a_radix_address_count(void **state)
{
	(void)state;
	for (unsigned bit = 52; bit < 64; bit++) {
		const struct opened_row row = { (KERNBASE + 0x5123) ^ UINT64_C(1) << bit,
			KVMSAFE_NO_MAP, NONE, NONE };
		struct opened opened;
		struct ppc64 dump;

		ppc64_open(&opened, &dump, ppc64_radix_example(&dump, false, true));
		opened_expect(&opened, &row, 1);
		opened_fini(&opened);
	}
}

static void
powerpc64_p12_a_radix_dump_without_a_map_opens(void **state)
{
	const struct opened_row row = { DMAPBASE + 0x4010, KVMSAFE_OK, 0x4010, 0x6010 };
	struct opened opened;
	struct ppc64 dump;

	(void)state;
	ppc64_open(&opened, &dump, ppc64_radix_example(&dump, false, false));
	opened_expect(&opened, &row, 1);
	opened_fini(&opened);
}

static void
powerpc64_p13_tables_behind_the_end_are_truncated(void **state)
{
	const struct opened_row row = { KERNBASE + 0x5123, KVMSAFE_TRUNCATED, NONE, NONE };
	struct opened opened;
	struct ppc64 dump;

	(void)state;
	ppc64_radix_example(&dump, false, true);
	ppc64_open(&opened, &dump, 0x15000);
	opened_expect(&opened, &row, 1);
	opened_fini(&opened);
}

static void
powerpc64_p17_a_hypervisors_table_is_little_endian_as_its_kernel(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x3123, KVMSAFE_OK, 0x101123, 0x44123 },
		{ KERNBASE + 0x4008, KVMSAFE_OK, 0x103008, 0x45008 },
		{ KERNBASE + 0x7000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) { /* told by counting: big-endian ones are read too */
		struct opened opened;
		struct ppc64 dump;
		const size_t len = ppc64_hashed_example(&dump, false, 2, true);

		for (size_t at = 0; i == 1 && at < HPT_BYTES; at += 8)
			for (size_t j = 0; j < 4; j++) {
				const uint8_t swap = dump.map[at + j];

				dump.map[at + j] = dump.map[at + 7 - j];
				dump.map[at + 7 - j] = swap;
			}
		ppc64_open(&opened, &dump, len);
		EXPECT(&opened, rows);
		opened_fini(&opened);
	}
}

static void
powerpc64_p18_addresses_above_kernend_are_looked_up(void **state)
{
	const struct opened_row row = { UINT64_C(0xd000000000000010), KVMSAFE_OK, 0x101010,
		0x44010 };
	const uint64_t vsid = naive_powerpc64_vsid(row.va);
	struct opened opened;
	struct ppc64 dump;
	size_t len;

	(void)state;
	len = ppc64_hashed_example(&dump, true, 2, true);
	ppc64_entry(&dump, (vsid & 0x7ff) * 8, vsid << 12 | 1, 0x00101012);
	ppc64_open(&opened, &dump, len);
	opened_expect(&opened, &row, 1);
	opened_fini(&opened);
}

/* Set, offset and symbol are all displaced, or none of them. */
static void
powerpc64_p19_dpcpu_values_count_from_where_the_kernel_runs(void **state)
{
	static const struct opened_symbol symbols[] = { { "__start_set_pcpu", 0x102000 },
		{ "__stop_set_pcpu", 0x102100 }, { "dpcpu_off", 0x101008 },
		{ "mp_maxcpus", 0x103000 }, { "pcpu_entry_x", 0x102010 }, { NULL, 0 } };
	static const struct opened_how how = { .symbols = symbols };
	struct kvmsafe_symbol x = { .name = "x" };
	const uint64_t area = KERNBASE + 0x7000; /* of CPU 0 */
	struct opened opened;
	struct ppc64 dump;
	size_t len, unresolved;

	(void)state;
	len = ppc64_hashed_example(&dump, true, 2, false);
	ppc64_put(&dump, dump.pages + 8, 8, area - (DMAPBASE + 0x102000));
	ppc64_put(&dump, dump.pages + PAGE, 4, 1);
	assert_int_equal(opened_init(&opened, ppc64_file, len, &how, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvmsafe_symbols(opened.session, NULL, &x, 1, &unresolved, NULL), KVMSAFE_OK);
	assert_int_equal(unresolved, 0);
	assert_int_equal(x.value, area + 0x10);
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(powerpc64_p1_a_kernend_that_wraps_costs_nothing),
		cmocka_unit_test(powerpc64_p2_words_of_a_big_endian_bitmap_are_swapped),
		cmocka_unit_test(powerpc64_p3_a_minidump_is_not_taken_for_a_core),
		cmocka_unit_test(powerpc64_p4_a_little_endian_header_is_read_as_such),
		cmocka_unit_test(powerpc64_p5_a_map_without_whole_groups_is_no_table),
		cmocka_unit_test(powerpc64_p6_a_small_table_gives_back_all_bits_of_an_address),
		cmocka_unit_test(powerpc64_p7_no_execute_and_read_only_are_what_they_say),
		cmocka_unit_test(powerpc64_p8_a_walk_passes_what_it_does_not_report),
		cmocka_unit_test(powerpc64_p9_addresses_below_the_direct_map_are_not_displaced),
		cmocka_unit_test(powerpc64_p10_the_offset_is_taken_after_the_displacement),
		cmocka_unit_test(powerpc64_p11_upper_bits_of_a_radix_address_count),
		cmocka_unit_test(powerpc64_p12_a_radix_dump_without_a_map_opens),
		cmocka_unit_test(powerpc64_p13_tables_behind_the_end_are_truncated),
		cmocka_unit_test(powerpc64_p17_a_hypervisors_table_is_little_endian_as_its_kernel),
		cmocka_unit_test(powerpc64_p18_addresses_above_kernend_are_looked_up),
		cmocka_unit_test(powerpc64_p19_dpcpu_values_count_from_where_the_kernel_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
