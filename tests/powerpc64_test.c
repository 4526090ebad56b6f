/* SPDX-License-Identifier: BSD-2-Clause */
/* powerpc64: the worked examples, hashed tables against the naive search, refused headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/session.h"
#include "support/powerpc64_file.h"

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

/* ---- Examples ---- */

static const struct opened_row hashed_rows[] = {
	{ KERNBASE + 0x3123, KVMSAFE_OK, 0x101123, 0x44123 },
	{ KERNBASE + 0x4008, KVMSAFE_OK, 0x103008, 0x45008 },
	{ KERNBASE + 0x1f7ab010, KVMSAFE_OK, 0x2041010, 0x48010 },
	{ KERNBASE + 0x5000, KVMSAFE_OK, 0x103000, 0x45000 },
	{ KERNBASE + 0x6000, KVMSAFE_OK, 0x105000, 0x46000 },
	{ KERNBASE + 0x7000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ KERNBASE + 0x8000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ KERNBASE + 0x9000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ KERNBASE + 0xc000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ KERNBASE + 0xa000, KVMSAFE_NOT_DUMPED, 0x102000, NONE },
	{ KERNBASE + 0xb000, KVMSAFE_OUTSIDE_MEMORY, 0x200000, NONE },
	{ KERNBASE + 0x800000000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ UINT64_C(0xd000000000000000), KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ DMAPBASE + 0x103040, KVMSAFE_OK, 0x103040, 0x45040 },
	{ 0x103040, KVMSAFE_OK, 0x103040, 0x45040 },
	{ DMAPBASE + 0x2041010, KVMSAFE_OK, 0x2041010, 0x48010 },
	{ 0x104fff, KVMSAFE_NOT_DUMPED, 0x104fff, NONE },
	{ 0x105000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0x1000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0x10103040, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ DMAPBASE + 0x3000000, KVMSAFE_OUTSIDE_MEMORY, 0x3000000, NONE },
};

static void
expect_hashed(const struct opened *opened, unsigned version)
{
	for (size_t i = 0; i < sizeof(hashed_rows) / sizeof(hashed_rows[0]); i++) {
		struct opened_row row = hashed_rows[i];

		if (version == 1 && row.status == KVMSAFE_OK)
			row.file_offset -= PAGE; /* no dump_avail */
		if (version == 1 && row.status == KVMSAFE_OUTSIDE_MEMORY)
			row.status = KVMSAFE_NOT_DUMPED;
		opened_expect(opened, &row, 1);
	}
}

static void
hashed_tables_read_as_the_specification_works_them_out(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		const unsigned version = 1 + i / 4;
		struct kvmsafe_description description = { .size = sizeof(description) };
		struct opened opened;
		struct ppc64 dump;
		const size_t len = ppc64_hashed_example(&dump, i % 2 == 0, version, i / 2 % 2 != 0);

		ppc64_open(&opened, &dump, len);
		expect_hashed(&opened, version);
		assert_int_equal(kvmsafe_describe(opened.session, &description, NULL), KVMSAFE_OK);
		assert_int_equal(opened.session->space.displacement, DMAPBASE);
		assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
		opened_fini(&opened);
	}
}

static void
hashed_tables_are_listed_as_the_specification_works_them_out(void **state)
{
	static const struct kvmsafe_page rows[] = {
		{ .va = KERNBASE + 0x1f7ab000, .pa = 0x2041000, .file_offset = 0x48000 },
		{ .va = KERNBASE + 0x6000, .pa = 0x101000, .file_offset = 0x44000 },
		{ .va = KERNBASE + 0x4000, .pa = 0x103000, .file_offset = 0x45000 },
		{ .va = DMAPBASE + 0x2000000, .pa = 0x2000000, .file_offset = 0x47000 },
		{ .va = KERNBASE + 0x3000, .pa = 0x101000, .file_offset = 0x44000 },
		{ .va = KERNBASE + 0x5000, .pa = 0x103000, .file_offset = 0x45000 },
		{ .va = KERNBASE + 0x5000, .pa = 0x105000, .file_offset = 0x46000 },
		{ .va = KERNBASE + 0x6000, .pa = 0x105000, .file_offset = 0x46000 },
		{ .va = KERNBASE + 0xa000, .pa = 0x102000, .file_offset = NONE },
		{ .va = KERNBASE + 0xb000, .pa = 0x200000, .file_offset = NONE },
	};
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_page page;
	struct opened opened;
	struct ppc64 dump;
	bool done;

	(void)state;
	ppc64_open(&opened, &dump, ppc64_hashed_example(&dump, true, 2, false));
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(
		    kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
		assert_false(done);
		assert_int_equal(page.va, rows[i].va);
		assert_int_equal(page.pa, rows[i].pa);
		assert_int_equal(page.file_offset, rows[i].file_offset);
		assert_int_equal(page.direct_va, DMAPBASE + rows[i].pa);
		assert_int_equal(page.bytes, i == 3 ? 1 << 24 : PAGE);
		assert_int_equal(page.protection, i == 9 ? 5 : 7);
	}
	assert_int_equal(kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
	assert_true(done);
	opened_fini(&opened);
}

/* Also of a dump whose writer had no map to write. */
static void
a_dump_without_a_map_serves_image_and_direct_map(void **state)
{
	static const char *const mmus[] = { "mmu_radix", "mmu_g5", "mmu_phyp", "mmu_booke" };
	static const struct opened_row rows[] = {
		{ DMAPBASE + 0x4010, KVMSAFE_OK, 0x4010, 0x6010 },
		{ 0x101010, KVMSAFE_OK, 0x4010, 0x6010 },
		{ 0x103000, KVMSAFE_NO_MAP, NONE, NONE },
		{ KERNBASE + 0x5123, KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE },
	};

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		struct opened opened;
		struct ppc64 dump;
		const size_t len = ppc64_radix_example(&dump, i % 2 == 0, false);

		memset(ppc64_file + 32, 0, 32);
		memcpy(ppc64_file + 32, mmus[i / 2], strlen(mmus[i / 2]));
		ppc64_open(&opened, &dump, len);
		EXPECT(&opened, rows);
		opened_fini(&opened);
	}
}

/* ---- Hashed tables against a search through all of them ---- */

#define MASK_39 ((UINT64_C(1) << 39) - 1)

static uint64_t seed = 88172645463325252;

/* Segments that a kernel uses, and the highest one. */
static uint64_t
random_va(void)
{
	static const uint64_t segments[] = { KERNBASE, KERNBASE + 0x10000000, 0, 0x10000000,
		UINT64_C(0xd000000000000000), UINT64_C(0xfffffffff0000000), DMAPBASE };
	const uint64_t n = opened_random(&seed);

	return segments[n % 7] + (n >> 20 & 0xfffffff);
}

/* An entry for va somewhere in one of its groups; often with a bit that makes it another's. */
static void
put_random_entry(const struct ppc64 *dump, uint64_t va)
{
	static const unsigned spoiled[] = { 0, 1, 2, 7, 11, 12, 28, 48, 61, 62, 63 };
	static const uint64_t frames[] = { 0x100000, 0x101000, 0x107000, 0x10f000, 0x110000,
		0x2000000, 0x2041000, 0x2fff000, 0x3000000, 0x0ffffffffffff000 };
	const uint64_t n = opened_random(&seed), index = va >> 12 & 0xffff;
	const uint64_t vsid = naive_powerpc64_vsid(va), hash = (vsid & MASK_39) ^ index;
	const bool second = n % 4 == 0;
	const uint64_t group = (second ? ~hash & MASK_39 : hash) % (dump->map_bytes / 128);
	uint64_t hi = vsid << 12 | (index >> 11) << 7 | (second ? 2 : 0) | 1 | (n >> 8 & 0x78);

	if ((n >> 20) % 4 == 0)
		hi ^= UINT64_C(1) << spoiled[(n >> 24) % 11];
	ppc64_entry(dump, group * 8 + (n >> 4) % 8, hi,
	    frames[(n >> 32) % 10] | (n >> 40 & 0x1ff) | (n & UINT64_C(0xf000000000000000)));
}

#define ADDRESSES 90

static void
check_random(bool big_endian, bool hypervisor, uint64_t map_bytes, size_t cut)
{
	uint64_t vas[ADDRESSES];
	struct opened opened;
	struct ppc64 dump =
	    ppc64_header(big_endian, 2, hypervisor ? "mmu_phyp" : "mmu_g5", PAGE, map_bytes);
	const size_t pages = (size_t)(dump.pages - ppc64_file);
	const size_t len = cut != 0 ? cut : pages + 0x40000;

	ppc64_range(&dump, 0, 0x100000, 0x110000);
	ppc64_range(&dump, 1, 0x2000000, 0x3000000);
	ppc64_put(&dump, ppc64_file + 120, 8, DMAPBASE + 0x100900); /* moved by part of a page */
	ppc64_put(&dump, ppc64_file + 128, 8, DMAPBASE + 0x104100);
	for (unsigned i = 0; i < 60; i++)
		ppc64_bit(&dump, opened_random(&seed) % 0x60);
	for (size_t i = 0; i < ADDRESSES; i++) {
		vas[i] = random_va();
		put_random_entry(&dump, vas[i]);
		if (i % 3 == 0)
			put_random_entry(&dump, vas[i]);
	}
	ppc64_open(&opened, &dump, len);
	for (size_t i = 0; i < ADDRESSES; i++) {
		ppc64_compare(&opened, &dump, len, vas[i]);
		ppc64_compare(&opened, &dump, len, vas[i] ^ UINT64_C(0x800000));
	}
	for (uint64_t va = 0xff000; va < 0x107000; va += 0x800) {
		ppc64_compare(&opened, &dump, len, va);
		ppc64_compare(&opened, &dump, len, DMAPBASE + va);
	}
	opened_fini(&opened);
}

static void
hashed_addresses_are_where_a_search_finds_them(void **state)
{
	(void)state;
	check_random(true, false, HPT_BYTES, 0);
	check_random(false, false, HPT_BYTES, 0);
	check_random(true, true, HPT_BYTES, 0);
	check_random(false, true, HPT_BYTES, 0);
	check_random(false, true, 2 * HPT_BYTES, 0);
}

static void
hashed_tables_that_are_cut_off_answer_as_the_search(void **state)
{
	(void)state;
	check_random(true, false, HPT_BYTES, 0x4000);
	check_random(true, false, HPT_BYTES, 0x24000);
	check_random(false, false, HPT_BYTES, 0x24000 + 0x38);
	check_random(false, true, HPT_BYTES, 0x43ff8);
}

/* ---- Headers ---- */

struct refusal {
	const char *mmu;
	unsigned offset, width;
	uint64_t value;
	enum kvmsafe_status status;
	uint64_t at;
};

static const struct refusal refusals[] = {
	{ "mmu_g5", 76, 4, 0x20000, KVMSAFE_DAMAGED, 76 },
	{ "mmu_g5", 76, 4, 0x40080, KVMSAFE_DAMAGED, 76 },
	{ "mmu_g5", 76, 4, 0xc0000, KVMSAFE_DAMAGED, 76 },
	{ "mmu_phyp", 76, 4, 0x10000, KVMSAFE_DAMAGED, 76 },
	{ "mmu_phyp", 76, 4, 0x80000000, KVMSAFE_OK, 0 },
	{ "mmu_radix", 76, 4, 0x40000, KVMSAFE_DAMAGED, 76 },
	{ "mmu_radix", 76, 4, 65535, KVMSAFE_DAMAGED, 76 },
	{ "mmu_radix", 76, 4, 65536, KVMSAFE_OK, 0 },
	{ "mmu_booke", 76, 4, 65536, KVMSAFE_UNSUPPORTED, 76 },
	{ "mmu_booke", 76, 4, 0, KVMSAFE_OK, 0 },
	{ "mmu_other", 76, 4, 0, KVMSAFE_UNSUPPORTED, 32 },
	{ "", 76, 4, 0, KVMSAFE_UNSUPPORTED, 32 },
	{ "mmu_g", 76, 4, 0, KVMSAFE_UNSUPPORTED, 32 },
	{ "mmu_g5x", 76, 4, 0, KVMSAFE_UNSUPPORTED, 32 },
	{ "mmu_g5mmu_g5mmu_g5mmu_g5mmu_g5xx", 76, 4, 0, KVMSAFE_DAMAGED, 32 },
	{ "mmu_g5", 80, 8, KERNBASE + 0x1000, KVMSAFE_DAMAGED, 80 },
	{ "mmu_phyp", 80, 8, KERNBASE + 0x8000000, KVMSAFE_DAMAGED, 80 },
	{ "mmu_phyp", 80, 8, KERNBASE + 0x10000000, KVMSAFE_OK, 0 },
	{ "mmu_g5", 80, 8, UINT64_C(0xc0080007ffffffff), KVMSAFE_DAMAGED, 88 },
	{ "mmu_g5", 88, 8, KERNBASE, KVMSAFE_DAMAGED, 88 },
	{ "mmu_g5", 88, 8, KERNBASE + 1, KVMSAFE_OK, 0 },
	{ "mmu_g5", 88, 8, UINT64_MAX, KVMSAFE_OK, 0 },
	{ "mmu_g5", 96, 8, UINT64_C(0xc008000000000000), KVMSAFE_DAMAGED, 104 },
	{ "mmu_g5", 96, 8, DMAPBASE + 0x1000, KVMSAFE_DAMAGED, 96 },
	{ "mmu_g5", 96, 8, 1, KVMSAFE_DAMAGED, 96 },
	{ "mmu_g5", 96, 8, 0, KVMSAFE_OK, 0 },
	{ "mmu_g5", 104, 8, UINT64_MAX, KVMSAFE_OK, 0 },
	{ "mmu_g5", 104, 8, DMAPBASE, KVMSAFE_OK, 0 },
	{ "mmu_g5", 104, 8, DMAPBASE - 1, KVMSAFE_DAMAGED, 104 },
	{ "mmu_g5", 120, 8, UINT64_C(0xc000000000104101), KVMSAFE_DAMAGED, 128 },
	{ "mmu_g5", 120, 8, UINT64_C(0xf000000000000000), KVMSAFE_DAMAGED, 128 },
	{ "mmu_g5", 120, 8, UINT64_C(0xc000000000104100), KVMSAFE_OK, 0 },
	{ "mmu_g5", 120, 8, 0, KVMSAFE_OK, 0 },
	{ "mmu_g5", 128, 8, UINT64_MAX, KVMSAFE_OK, 0 },
	{ "mmu_g5", 112, 4, UINT32_MAX, KVMSAFE_OK, 0 },
};

static void
check_refusal(const struct refusal *row, bool big_endian)
{
	const struct opened_how how = { .arch = big_endian ? "powerpc64" : "powerpc64le" };
	struct kvmsafe_error err = { .status = 0 };
	struct opened opened;
	struct ppc64 dump;
	const size_t len = ppc64_hashed_example(&dump, big_endian, 2, false);

	memset(ppc64_file + 32, 0, 32);
	memcpy(ppc64_file + 32, row->mmu, strlen(row->mmu));
	ppc64_put(&dump, ppc64_file + row->offset, row->width, row->value);
	if (row->offset != 76 && strcmp(row->mmu, "mmu_radix") == 0)
		ppc64_put(&dump, ppc64_file + 76, 4, 65536);
	assert_int_equal(opened_init(&opened, ppc64_file, len, &how, &err), row->status);
	if (row->status != KVMSAFE_OK) {
		assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
		assert_int_equal(err.at, row->at);
	}
	opened_fini(&opened);
}

static void
headers_that_cannot_be_are_refused_where_they_lie(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		check_refusal(&refusals[i], true);
		check_refusal(&refusals[i], false);
	}
}

/* startkernel 0 and endkernel 2^64 - 1: as linked, the image would pass the top. */
static void
an_image_that_passes_the_top_is_refused(void **state)
{
	static const uint64_t ends[] = { UINT64_MAX, UINT64_MAX - 0x100100 };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;
		struct ppc64 dump;
		const size_t len = ppc64_hashed_example(&dump, true, 2, false);

		ppc64_put(&dump, ppc64_file + 120, 8, 0);
		ppc64_put(&dump, ppc64_file + 128, 8, ends[i]);
		assert_int_equal(
		    opened_init(&opened, ppc64_file, len, NULL, &err), KVMSAFE_DAMAGED);
		assert_int_equal(err.at, 128);
		opened_fini(&opened);
	}
}

static void
an_image_may_be_empty_or_below_its_link_address(void **state)
{
	static const struct opened_row rows[] = {
		{ 0x100000, KVMSAFE_NO_MAP, NONE, NONE }, /* 2^64 - 0x100, in no map */
		{ 0x100fff, KVMSAFE_OK, 0xeff, 0x2eff },
		{ 0x101000, KVMSAFE_NOT_DUMPED, 0x101000,
		    NONE }, /* of the direct map, from 0 on here */
	};
	struct opened opened;
	struct ppc64 dump = ppc64_header(true, 1, "mmu_booke", 0, 0);

	(void)state;
	ppc64_put(&dump, ppc64_file + 96, 8, 0);
	ppc64_put(&dump, ppc64_file + 120, 8, 0);
	ppc64_put(&dump, ppc64_file + 128, 8, 0);
	ppc64_bit(&dump, 0);
	ppc64_open(&opened, &dump, 0x3000);
	EXPECT(&opened, rows);
	assert_int_equal(opened.session->space.displacement, UINT64_C(0) - 0x100100);
	opened_fini(&opened);
}

static void
the_version_tells_the_byte_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct kvmsafe_description description = { .size = sizeof(description) };
		struct opened opened;
		struct ppc64 dump;
		const size_t len = ppc64_hashed_example(&dump, i == 0, 2, false);

		assert_int_equal(opened_init(&opened, ppc64_file, len, NULL, NULL), KVMSAFE_OK);
		assert_int_equal(kvmsafe_describe(opened.session, &description, NULL), KVMSAFE_OK);
		assert_string_equal(description.machine_arch, i == 0 ? "powerpc64" : "powerpc64le");
		opened_fini(&opened);
		ppc64_put(&dump, ppc64_file + 64, 4, 3);
		assert_int_equal(
		    opened_init(&opened, ppc64_file, len, NULL, NULL), KVMSAFE_UNSUPPORTED);
		opened_fini(&opened);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashed_tables_read_as_the_specification_works_them_out),
		cmocka_unit_test(hashed_tables_are_listed_as_the_specification_works_them_out),
		cmocka_unit_test(a_dump_without_a_map_serves_image_and_direct_map),
		cmocka_unit_test(hashed_addresses_are_where_a_search_finds_them),
		cmocka_unit_test(hashed_tables_that_are_cut_off_answer_as_the_search),
		cmocka_unit_test(headers_that_cannot_be_are_refused_where_they_lie),
		cmocka_unit_test(an_image_that_passes_the_top_is_refused),
		cmocka_unit_test(an_image_may_be_empty_or_below_its_link_address),
		cmocka_unit_test(the_version_tells_the_byte_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
