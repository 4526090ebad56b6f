/* SPDX-License-Identifier: BSD-2-Clause */
/* arm64: descriptors, minidumps of both page sizes against the naive walk, refused headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/arm64.h"
#include "session/session.h"
#include "support/opened.h"

#define KERNBASE UINT64_C(0xffff000000000000)
#define DMAPBASE UINT64_C(0xffffa00000000000)
#define DMAPEND UINT64_C(0xffffff0000000000)
#define RAM UINT64_C(0x40000000)
#define RAM2 UINT64_C(0x80000000)
#define NONE KVMSAFE_NONE

static uint8_t file[0x60000];

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
	uint64_t page;
	uint8_t *avail, *bitmap, *map, *pages;
};

static struct regions
put_header(unsigned version, uint64_t page)
{
	struct regions at = { .page = page, .avail = file + 2 * page };

	memset(file, 0, sizeof(file));
	memcpy(file, "minidump FreeBSD/arm64", 22);
	put32(file + 24, version);
	for (unsigned i = 0; i < 3; i++)
		put32(file + 28 + 4 * i, page);
	put64(file + 40, KERNBASE);
	put64(file + 48, RAM);
	put64(file + 56, DMAPBASE);
	put64(file + 64, DMAPEND);
	if (version >= 2)
		put32(file + 72, page);
	if (version >= 3)
		put32(file + 76, page == 4096 ? 0 : 1);
	at.bitmap = at.avail + (version >= 2 ? page : 0);
	at.map = at.bitmap + page;
	at.pages = at.map + page;
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
put_example(unsigned version)
{
	const struct regions at = put_header(version, 4096);

	put_range(at.avail, RAM, RAM + 0x4000);
	put_range(at.avail + 16, RAM2, RAM2 + 0x2000);
	at.bitmap[0] = 0x22;
	put64(at.map, UINT64_C(0x0060000040001703));
	put64(at.map + 8, UINT64_C(0x0040000080001713));
	put64(at.map + 16, UINT64_C(0x0060000040002703));
	put64(at.map + 24, UINT64_C(0x0000000040001701));
	put64(at.map + 32, UINT64_C(0x006000007fffd703));
	return 0x7000;
}

static size_t
put_example_16k(unsigned version)
{
	const struct regions at = put_header(version, 0x4000);

	put64(file + 48, 0);
	put_range(at.avail, RAM, RAM + 0x10000);
	at.bitmap[0] = 0x02;
	put64(at.map, UINT64_C(0x0060000040004703));
	return 0x18000;
}

static void
open_sound(struct opened *opened, size_t len, uint32_t page_bytes)
{
	const struct opened_how how = { .page_bytes = page_bytes };
	struct kvmsafe_error err;

	if (opened_init(opened, file, len, &how, &err) != KVMSAFE_OK)
		fail_msg("%s", err.message);
}

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

/* ---- Examples ---- */

static const struct opened_row example[] = {
	{ KERNBASE + 8, KVMSAFE_OK, 0x40001008, 0x5008 },
	{ KERNBASE + 0x1ff8, KVMSAFE_OK, 0x80001ff8, 0x6ff8 },
	{ KERNBASE + 0x2000, KVMSAFE_NOT_DUMPED, 0x40002000, NONE },
	{ KERNBASE + 0x3000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ KERNBASE + 0x200000, KVMSAFE_NO_MAP, NONE, NONE },
	{ KERNBASE - 1, KVMSAFE_NO_MAP, NONE, NONE },
	{ DMAPBASE + 0x1008, KVMSAFE_OK, 0x40001008, 0x5008 },
	{ DMAPBASE + 0x40001000, KVMSAFE_OK, RAM2 + 0x1000, 0x6000 },
	{ DMAPBASE - 1, KVMSAFE_NO_MAP, NONE, NONE },
	{ DMAPEND - 1, KVMSAFE_OUTSIDE_MEMORY, DMAPEND - 1 - DMAPBASE + RAM, NONE },
	{ DMAPEND, KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE },
};

static void
versions_2_and_3_read_as_the_specification_works_it_out(void **state)
{
	(void)state;
	for (unsigned version = 2; version <= 3; version++) {
		struct opened opened;

		open_sound(&opened, put_example(version), 0);
		EXPECT(&opened, example);
		assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
		opened_fini(&opened);
	}
}

static void
pages_of_16k_read_as_the_specification_works_it_out(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 8, KVMSAFE_OK, 0x40004008, 0x14008 },
		{ KERNBASE + 0x3fff, KVMSAFE_OK, 0x40007fff, 0x17fff },
		{ KERNBASE + 0x4000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ DMAPBASE + 0x40004008, KVMSAFE_OK, 0x40004008, 0x14008 },
		{ KERNBASE + 0x2000000, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	open_sound(&opened, put_example_16k(3), 0);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* The direct map is asked first: an address that both cover is its. */
static void
the_direct_map_goes_before_the_kernel_map(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x0fff, KVMSAFE_OK, 0x40001fff, 0x5fff },
		{ KERNBASE + 0x1000, KVMSAFE_OK, 0x40001000, 0x5000 },
		{ KERNBASE + 0x2000, KVMSAFE_NOT_DUMPED, 0x40002000, NONE },
		{ KERNBASE + 0x3000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct opened opened;
	const size_t len = put_example(2);

	(void)state;
	put64(file + 48, RAM + 0x1000);
	put64(file + 56, KERNBASE + 0x1000);
	put64(file + 64, KERNBASE + 0x3000);
	open_sound(&opened, len, 0);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* ---- Headers ---- */

static void
headers_that_cannot_be_are_refused(void **state)
{
	static const struct {
		unsigned version, field;
		uint64_t value;
		enum kvmsafe_status status;
	} rows[] = {
		{ 2, 40, KERNBASE + 0x800, KVMSAFE_DAMAGED },
		{ 2, 40, KERNBASE + 0x1000, KVMSAFE_OK }, { 2, 40, 0, KVMSAFE_OK },
		{ 2, 48, RAM + 1, KVMSAFE_DAMAGED }, { 2, 48, UINT64_MAX - 0xfff, KVMSAFE_OK },
		{ 2, 56, DMAPBASE + 0x10, KVMSAFE_DAMAGED }, { 2, 56, DMAPEND, KVMSAFE_OK },
		{ 2, 56, DMAPEND + 0x1000, KVMSAFE_DAMAGED }, /* reported at dmapend */
		{ 2, 64, DMAPEND - 1, KVMSAFE_OK }, { 2, 64, UINT64_MAX, KVMSAFE_OK },
		{ 3, 76, 2, KVMSAFE_UNSUPPORTED }, { 3, 76, 3, KVMSAFE_UNSUPPORTED },
		{ 3, 76, UINT32_MAX - 3, KVMSAFE_OK }, /* bits without a meaning */
		{ 2, 76, 3, KVMSAFE_OK }, /* no field of version 2 */
		{ 1, 72, UINT64_MAX, KVMSAFE_OK }, /* no fields of version 1 */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;
		const size_t len = put_example(rows[i].version);

		put(file + rows[i].field, rows[i].field < 72 ? 8 : 4, false, rows[i].value);
		assert_int_equal(opened_init(&opened, file, len, NULL, &err), rows[i].status);
		if (rows[i].status == KVMSAFE_DAMAGED) {
			assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
			assert_int_equal(
			    err.at, rows[i].value == DMAPEND + 0x1000 ? 64 : rows[i].field);
		}
		opened_fini(&opened);
	}
}

/* With 16 KiB, bases have to be multiples of that. */
static void
bases_are_aligned_to_the_page_of_the_dump(void **state)
{
	(void)state;
	for (unsigned field = 40; field <= 56; field += 8) {
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;
		const size_t len = put_example_16k(3);

		put64(file + field, UINT64_C(0xffffa00000001000));
		assert_int_equal(opened_init(&opened, file, len, NULL, &err), KVMSAFE_DAMAGED);
		assert_int_equal(err.at, field);
		opened_fini(&opened);
	}
}

static void
the_caller_says_the_page_size_only_where_the_dump_does_not(void **state)
{
	static const struct {
		unsigned version;
		uint32_t caller;
		enum kvmsafe_status status;
		uint64_t page;
	} rows[] = {
		{ 1, 4096, KVMSAFE_OK, 4096 },
		{ 1, 16384, KVMSAFE_OK, 16384 },
		{ 2, 0, KVMSAFE_OK, 4096 },
		{ 2, 16384, KVMSAFE_OK, 16384 },
		{ 2, 65536, KVMSAFE_UNSUPPORTED, 0 },
		{ 2, 5000, KVMSAFE_USAGE, 0 },
		{ 3, 16384, KVMSAFE_OK, 4096 }, /* version 3 says it itself */
		{ 3, 65536, KVMSAFE_OK, 4096 },
		{ 3, 5000, KVMSAFE_USAGE, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct opened_how how = { .page_bytes = rows[i].caller };
		struct kvmsafe_description description = { .size = sizeof(description) };
		struct opened opened;
		const size_t len = put_example(rows[i].version);

		put64(file + 64, DMAPEND);
		assert_int_equal(opened_init(&opened, file, len, &how, NULL), rows[i].status);
		if (rows[i].status == KVMSAFE_OK) {
			assert_int_equal(
			    kvmsafe_describe(opened.session, &description, NULL), KVMSAFE_OK);
			assert_int_equal(description.page_bytes, rows[i].page);
		}
		opened_fini(&opened);
	}
}

/* ---- Descriptors ---- */

/* By section 2 of the rules, written down once more. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	if (raw % 4 != 3)
		return entry;
	entry.kind = KVS_ENTRY_PAGE;
	entry.pa = raw << 14 >> 26 << 12;
	entry.protection = 1;
	if (raw / 128 % 2 == 0)
		entry.protection |= 2;
	if ((raw & UINT64_C(0x0060000000000000)) == 0)
		entry.protection |= 4;
	return entry;
}

static void
descriptors_are_decoded_for_all_bits_that_matter(void **state)
{
	static const unsigned bits[] = { 0, 1, 2, 6, 7, 10, 11, 12, 13, 14, 47, 49, 50, 52, 53, 54,
		55, 63 };
	struct opened opened;

	(void)state;
	for (unsigned size = 0; size < 2; size++) {
		const struct kvs_radix *form;

		open_sound(&opened, size == 0 ? put_example(3) : put_example_16k(3), 0);
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
				fail_msg("descriptor %#llx", (unsigned long long)raw);
		}
		opened_fini(&opened);
	}
}

/* ---- Every page of small spaces against the naive walk ---- */

static uint64_t random_state;

static uint64_t
random_descriptor(uint64_t page)
{
	const uint64_t n = opened_random(&random_state);
	uint64_t entry = n & UINT64_C(0xfff0000000000ffc);

	entry |= n / 7 % 8 == 0 ? n / 64 % 4 : 3;
	if (n / 11 % 16 == 0)
		return entry | (opened_random(&random_state) & UINT64_C(0x000ffffffffff000));
	return entry | ((n % 2 == 0 ? RAM : RAM2) + n / 4 % 24 * page + (n >> 60) % 4 * 0x1000);
}

/* Ranges with unaligned ends and a hole, or bits from 0 on; a map with a tail; pages, one cut. */
static size_t
put_random(unsigned version, uint64_t page)
{
	const struct regions at = put_header(version, page);
	const uint64_t phys = version == 1 ? 0 : RAM;

	put64(file + 48, phys);
	put32(file + 36, page - 4);
	if (version >= 2) {
		put_range(at.avail, RAM + page / 2, RAM + 9 * page - page / 4);
		put_range(at.avail + 16, RAM2, RAM2 + 5 * page);
	}
	put64(at.bitmap, opened_random(&random_state) & (version >= 2 ? 0x3fff : 0xfff));
	for (uint64_t i = 0; i < page / 8; i++)
		put64(at.map + i * 8,
		    version >= 2 ? random_descriptor(page)
				 : random_descriptor(page) & ~RAM2 & ~RAM);
	return (size_t)(at.pages - file) + (size_t)(opened_random(&random_state) % (12 * page));
}

static void
compare_all(const struct opened *opened, size_t len, uint64_t page, uint64_t told)
{
	const uint64_t offsets[] = { 0, 1, page / 2 + 8, page - 1 };
	struct naive_answer want;

	for (uint64_t n = 0; n < page / 8 + 4; n++)
		for (unsigned i = 0; i < 4; i++) {
			const uint64_t map = KERNBASE + (n - 2) * page + offsets[i];
			const uint64_t direct = DMAPBASE + (n - 2) * page + offsets[i];

			naive_arm64(file, len, told, map, &want);
			opened_compare(opened, map, &want);
			naive_arm64(file, len, told, direct, &want);
			opened_compare(opened, direct, &want);
			naive_arm64(file, len, told, direct + (RAM2 - RAM), &want);
			opened_compare(opened, direct + (RAM2 - RAM), &want);
		}
	for (uint64_t n = 0; n < 4; n++) {
		naive_arm64(file, len, told, DMAPEND + n - 2, &want);
		opened_compare(opened, DMAPEND + n - 2, &want);
		naive_arm64(file, len, told, n - 2, &want);
		opened_compare(opened, n - 2, &want);
	}
}

static void
every_page_agrees_with_the_naive_walk(void **state)
{
	static const struct {
		unsigned version;
		uint32_t page, told;
	} rows[] = { { 1, 4096, 0 }, { 2, 4096, 0 }, { 2, 4096, 4096 }, { 2, 16384, 16384 },
		{ 3, 4096, 0 }, { 3, 16384, 0 } };

	(void)state;
	random_state = 64;
	for (unsigned round = 0; round < 8; round++)
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const size_t len = put_random(rows[i].version, rows[i].page);
			struct opened opened;

			open_sound(&opened, len, rows[i].told);
			compare_all(&opened, len, rows[i].page, rows[i].told);
			opened_fini(&opened);
		}
}

/* ---- What other readers get wrong ---- */

static void
arm64_r1_version_3_and_pages_of_16k_are_read(void **state)
{
	static const struct opened_row told[] = {
		{ KERNBASE + 8, KVMSAFE_OK, 0x40004008, 0x14008 },
	};
	struct opened opened;

	(void)state;
	open_sound(&opened, put_example(3), 0);
	EXPECT(&opened, example);
	opened_fini(&opened);
	open_sound(&opened, put_example_16k(3), 0);
	EXPECT(&opened, told);
	opened_fini(&opened);
	open_sound(&opened, put_example_16k(2), 16384);
	EXPECT(&opened, told);
	opened_fini(&opened);
}

static void
arm64_r2_a_map_below_4096_bytes_is_read_and_a_cut_one_says_so(void **state)
{
	static const struct opened_row small[] = {
		{ KERNBASE + 8, KVMSAFE_OK, 0x40001008, 0x5008 },
		{ KERNBASE + 0x1008, KVMSAFE_OK, 0x80001008, 0x6008 },
		{ KERNBASE + 0x2000, KVMSAFE_NO_MAP, NONE, NONE },
	};
	static const struct opened_row cut[] = {
		{ KERNBASE + 8, KVMSAFE_TRUNCATED, 0x40001008, NONE },
		{ KERNBASE + 0x2000, KVMSAFE_TRUNCATED, NONE, NONE },
		{ KERNBASE + 0x1ff000, KVMSAFE_TRUNCATED, NONE, NONE },
		{ KERNBASE + 0x200000, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;
	const size_t len = put_example(2);

	(void)state;
	put32(file + 36, 16);
	open_sound(&opened, len, 0);
	EXPECT(&opened, small);
	opened_fini(&opened);
	put_example(2);
	open_sound(&opened, 0x4014, 0);
	EXPECT(&opened, cut);
	assert_in_range(opened_findings(&opened, KVMSAFE_TRUNCATED), 1, 2);
	opened_fini(&opened);
}

static void
arm64_r3_direct_addresses_of_pages_count_from_dmapphys(void **state)
{
	for (unsigned order = 0; order < 2; order++) {
		struct kvmsafe_page_walk walk = { .order = order };
		struct kvmsafe_page page;
		struct opened opened;
		bool done;

		(void)state;
		open_sound(&opened, put_example(2), 0);
		assert_int_equal(
		    kvmsafe_page_next(opened.session, &walk, &page, &done, NULL), KVMSAFE_OK);
		assert_false(done);
		assert_int_equal(page.pa, 0x40001000);
		assert_int_equal(page.direct_va, DMAPBASE + 0x1000);
		opened_fini(&opened);
	}
}

static void
arm64_r4_a_direct_map_does_not_wrap_to_low_memory(void **state)
{
	static const struct opened_row rows[] = {
		{ DMAPBASE + 0xfff, KVMSAFE_OUTSIDE_MEMORY, UINT64_MAX, NONE },
		{ DMAPBASE + 0x1000, KVMSAFE_OUTSIDE_MEMORY, NONE, NONE },
		{ DMAPBASE + 0x1000 + RAM + 0x1000, KVMSAFE_OUTSIDE_MEMORY, NONE, NONE },
	};
	struct opened opened;
	const size_t len = put_example(2);

	(void)state;
	put64(file + 48, UINT64_MAX - 0xfff);
	open_sound(&opened, len, 0);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* D1: not the page of PA 0x40001000. */
static void
arm64_r5_a_device_between_two_banks_is_outside_memory(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x4000, KVMSAFE_OUTSIDE_MEMORY, 0x7fffd000, NONE },
		{ DMAPBASE + 0x3fffd000, KVMSAFE_OUTSIDE_MEMORY, 0x7fffd000, NONE },
	};
	struct opened opened;

	(void)state;
	open_sound(&opened, put_example(2), 0);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* D4: regions begin at any multiple of the dump's page, whatever the host's is. */
static void
arm64_r6_regions_lie_at_pages_of_the_dump(void **state)
{
	struct kvmsafe_memory_range range;
	struct opened opened;
	uint64_t value;
	size_t got;

	(void)state;
	put_example(2);
	put64(file + 0x5008, UINT64_C(0x1122334455667788));
	open_sound(&opened, 0x7000, 0);
	assert_true(kvmsafe_memory_range_at(opened.session, 1, &range));
	assert_int_equal(range.start, RAM2);
	assert_int_equal(
	    kvmsafe_read_va(opened.session, KERNBASE + 8, &value, 8, &got, NULL), KVMSAFE_OK);
	assert_memory_equal(&value, file + 0x5008, 8);
	opened_fini(&opened);
}

/* ---- Full cores ---- */

static void
a_core_has_physical_addresses_only(void **state)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 255 };
	struct opened opened;
	struct kvmsafe_error err;
	uint8_t byte = 0;
	size_t got;

	(void)state;
	memset(file, 0, 0x3000);
	memcpy(file, ident, sizeof(ident));
	put32(file + 16, 4 | 183U << 16);
	put64(file + 32, 64);
	put32(file + 52, 64 | 56U << 16);
	put32(file + 56, 2); /* one of them never written */
	put32(file + 64, 1);
	put64(file + 72, 0x1000);
	put64(file + 88, RAM);
	put64(file + 96, 0x2000);
	put64(file + 104, 0x2000);
	file[0x1234] = 0x77;
	open_sound(&opened, 0x3000, 0);
	assert_int_equal(
	    kvmsafe_read_pa(opened.session, RAM + 0x234, &byte, 1, &got, NULL), KVMSAFE_OK);
	assert_int_equal(byte, 0x77);
	assert_int_equal(
	    kvmsafe_read_va(opened.session, KERNBASE, &byte, 1, &got, &err), KVMSAFE_NO_MAP);
	assert_non_null(strstr(err.message, "physical addresses only"));
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_2_and_3_read_as_the_specification_works_it_out),
		cmocka_unit_test(pages_of_16k_read_as_the_specification_works_it_out),
		cmocka_unit_test(the_direct_map_goes_before_the_kernel_map),
		cmocka_unit_test(headers_that_cannot_be_are_refused),
		cmocka_unit_test(bases_are_aligned_to_the_page_of_the_dump),
		cmocka_unit_test(the_caller_says_the_page_size_only_where_the_dump_does_not),
		cmocka_unit_test(descriptors_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(every_page_agrees_with_the_naive_walk),
		cmocka_unit_test(arm64_r1_version_3_and_pages_of_16k_are_read),
		cmocka_unit_test(arm64_r2_a_map_below_4096_bytes_is_read_and_a_cut_one_says_so),
		cmocka_unit_test(arm64_r3_direct_addresses_of_pages_count_from_dmapphys),
		cmocka_unit_test(arm64_r4_a_direct_map_does_not_wrap_to_low_memory),
		cmocka_unit_test(arm64_r5_a_device_between_two_banks_is_outside_memory),
		cmocka_unit_test(arm64_r6_regions_lie_at_pages_of_the_dump),
		cmocka_unit_test(a_core_has_physical_addresses_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
