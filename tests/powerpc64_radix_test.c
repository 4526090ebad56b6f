/* SPDX-License-Identifier: BSD-2-Clause */
/* powerpc64: radix tables, the worked example, random ones against the naive walk, entries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/session.h"
#include "support/powerpc64_file.h"

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

static void
radix_tables_read_as_the_specification_works_them_out(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x5123, KVMSAFE_OK, 0x4123, 0x16123 },
		{ KERNBASE + 0x203040, KVMSAFE_OK, 0x203040, 0x17040 },
		{ KERNBASE + 0x204000, KVMSAFE_NOT_DUMPED, 0x204000, NONE },
		{ KERNBASE + 0x40002008, KVMSAFE_OK, 0x40002008, 0x18008 },
		{ KERNBASE + 0x40010000, KVMSAFE_OUTSIDE_MEMORY, 0x40010000, NONE },
		{ KERNBASE + 0x400000, KVMSAFE_NOT_DUMPED, NONE, NONE },
		{ KERNBASE + 0x6000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x7000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x80000000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x8000000000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x8000, KVMSAFE_NOT_DUMPED, 0x6000, NONE },
		{ KERNBASE + 0x9000, KVMSAFE_OUTSIDE_MEMORY, 0x9000000, NONE },
		{ UINT64_C(0xd008000000005123), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xc010000000000000), KVMSAFE_NO_MAP, NONE, NONE },
		{ DMAPBASE + 0x4010, KVMSAFE_OK, 0x4010, 0x16010 },
		{ 0x101010, KVMSAFE_OK, 0x4010, 0x16010 },
		{ 0x103000, KVMSAFE_NO_MAP, NONE, NONE },
	};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct opened opened;
		struct ppc64 dump;

		ppc64_open(&opened, &dump, ppc64_radix_example(&dump, i == 0, true));
		EXPECT(&opened, rows);
		assert_int_equal(opened.session->space.displacement, UINT64_C(0xbffffffffff03000));
		opened_fini(&opened);
	}
}

/* ---- Random tables ---- */

static uint64_t seed = 88172645463325252;

static const unsigned indexes[] = { 0, 1, 2, 255, 256, 510, 511 };

#define INDEXES (sizeof(indexes) / sizeof(indexes[0]))

/* Tables that point at each other and themselves, leaves of each size, some out of memory. */
static uint64_t
random_entry(void)
{
	const uint64_t n = opened_random(&seed);
	const uint64_t entry =
	    UINT64_C(0x8000000000000000) | (n & UINT64_C(0x3f00000000000f00)) | (n >> 8 & 0x1f);

	switch (n >> 60) {
	case 0:
		return entry & ~(UINT64_C(1) << 63);
	case 1:
	case 2:
		return entry | UINT64_C(1) << 62 | (n >> 16 & UINT64_C(0x40203000));
	case 3:
		return entry | (n >> 3 & UINT64_C(0x00fffffffffff000));
	default:
		return entry | (n >> 32) % 16 << 12;
	}
}

static size_t
put_random(struct ppc64 *out, bool big_endian)
{
	const struct ppc64 dump = ppc64_header(big_endian, 2, "mmu_radix", PAGE, 65536);

	ppc64_range(&dump, 0, 0, 0x10000);
	ppc64_range(&dump, 1, 0x200000, 0x204000);
	ppc64_range(&dump, 2, 0x40000000, 0x40004000);
	for (unsigned n = 0; n < 24; n++)
		if (n != 9 && n != 17)
			ppc64_bit(&dump, n);
	for (unsigned page = 0; page < 22; page++)
		for (size_t i = 0; i < INDEXES; i++)
			put(dump.pages + page * PAGE + indexes[i] * 8, 8, true, random_entry());
	for (uint64_t i = 0; i < 8192; i += 511)
		put(dump.map + i * 8, 8, true, random_entry());
	put(dump.map + 4096 * 8, 8, true, UINT64_C(0x8000000000003009));
	*out = dump;
	return (size_t)(dump.pages - ppc64_file) + 22 * PAGE;
}

static void
compare_all(const struct opened *opened, const struct ppc64 *dump, size_t len)
{
	static const uint64_t offsets[] = { 0, 0x7f8, 0xfff };

	for (size_t n = 0; n < INDEXES * INDEXES * INDEXES; n++) {
		const uint64_t va = (uint64_t)indexes[n % INDEXES] << 12 |
		    (uint64_t)indexes[n / INDEXES % INDEXES] << 21 |
		    (uint64_t)indexes[n / INDEXES / INDEXES] << 30 | offsets[n % 3];

		ppc64_compare(opened, dump, len, KERNBASE + va);
		ppc64_compare(opened, dump, len, KERNBASE + va + (UINT64_C(15) << 39));
		ppc64_compare(opened, dump, len, DMAPBASE + (va & 0x4020ffff));
	}
	for (uint64_t i = 0; i < 8192; i += 7)
		ppc64_compare(opened, dump, len, UINT64_C(0xc000000000000000) + (i << 39));
	ppc64_compare(opened, dump, len, KERNBASE - 1);
	ppc64_compare(opened, dump, len, UINT64_C(0xc00fffffffffffff));
	ppc64_compare(opened, dump, len, UINT64_C(0xc010000000000000));
	ppc64_compare(opened, dump, len, UINT64_MAX);
}

static void
radix_addresses_are_where_the_naive_walk_finds_them(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 6; round++) {
		struct opened opened;
		struct ppc64 dump;
		const size_t len = put_random(&dump, round % 2 == 0);

		ppc64_open(&opened, &dump, len);
		compare_all(&opened, &dump, len);
		opened_fini(&opened);
	}
}

/* In the root, between tables, in a table. */
static void
radix_tables_that_are_cut_off_answer_as_the_naive_walk(void **state)
{
	static const size_t cuts[] = { 0x4000, 0xc000, 0xc004, 0x14000, 0x16004, 0x18800 };

	(void)state;
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		struct opened opened;
		struct ppc64 dump;

		put_random(&dump, i % 2 == 0);
		ppc64_open(&opened, &dump, cuts[i]);
		compare_all(&opened, &dump, cuts[i]);
		assert_true(opened_findings(&opened, KVMSAFE_TRUNCATED) > 0);
		opened_fini(&opened);
	}
}

/* ---- Entries ---- */

/* By section 4 of the rules, written down once more; level 3 is the root. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw, unsigned level)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	entry.pa = raw << 8 >> 20 << 12;
	if (raw >> 63 == 0)
		return entry;
	if (raw >> 62 == 2) {
		entry.kind = level == 0 ? KVS_ENTRY_INVALID : KVS_ENTRY_TABLE;
		return entry;
	}
	entry.kind = level == 3 ? KVS_ENTRY_REFUSED : KVS_ENTRY_PAGE;
	entry.protection =
	    (raw / 2 % 4 != 0 ? 1U : 0U) | (raw / 2 % 2 != 0 ? 2U : 0U) | (raw % 2 != 0 ? 4U : 0U);
	return entry;
}

static void
radix_entries_are_decoded_for_all_bits_that_matter(void **state)
{
	static const unsigned bits[] = { 0, 1, 2, 3, 4, 7, 8, 11, 12, 20, 29, 55, 56, 61, 62, 63 };
	const struct kvs_radix *form;
	struct opened opened;
	struct ppc64 dump;

	(void)state;
	ppc64_open(&opened, &dump, ppc64_radix_example(&dump, true, true));
	form = opened.session->space.range[2].form;
	for (uint32_t set = 0; set < 1U << 16; set++) {
		uint64_t raw = 0;

		for (unsigned i = 0; i < 16; i++)
			raw |= (uint64_t)(set >> i & 1) << bits[i];
		for (unsigned level = 0; level < 4; level++) {
			const struct kvs_entry got = form->decode(raw, level);
			const struct kvs_entry want = entry_by_the_rules(raw, level);

			if (got.kind != want.kind || got.shift != 0 ||
			    got.protection != want.protection ||
			    (got.kind != KVS_ENTRY_INVALID && got.pa != want.pa))
				fail_msg("level %u, %#llx", level, (unsigned long long)raw);
		}
	}
	opened_fini(&opened);
}

static void
radix_tables_are_listed_depth_first_past_missing_ones(void **state)
{
	static const uint64_t vas[] = { KERNBASE + 0x5000, KERNBASE + 0x8000, KERNBASE + 0x9000,
		KERNBASE + 0x200000, KERNBASE + 0x40000000 };
	static const uint64_t bytes[] = { PAGE, PAGE, PAGE, 0x200000, 0x40000000 };
	static const uint32_t protections[] = { 3, 3, 5, 3, 3 };
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_page page;
	struct opened opened;
	struct ppc64 dump;
	bool done;

	(void)state;
	ppc64_open(&opened, &dump, ppc64_radix_example(&dump, false, true));
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(
		    kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
		assert_false(done);
		assert_int_equal(page.va, vas[i]);
		assert_int_equal(page.bytes, bytes[i]);
		assert_int_equal(page.protection, protections[i]);
		assert_int_equal(page.direct_va, DMAPBASE + page.pa);
	}
	assert_int_equal(kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
	assert_true(done);
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(radix_tables_read_as_the_specification_works_them_out),
		cmocka_unit_test(radix_addresses_are_where_the_naive_walk_finds_them),
		cmocka_unit_test(radix_tables_that_are_cut_off_answer_as_the_naive_walk),
		cmocka_unit_test(radix_entries_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(radix_tables_are_listed_depth_first_past_missing_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
