/* SPDX-License-Identifier: BSD-2-Clause */
/* amd64: bits of an entry, minidumps as their specification works them out, damaged ones. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

extern const struct kvs_arch kvs_arch_amd64;

#define KERNBASE UINT64_C(0xfffffe0000000000) /* of the map of a minidump */
#define DMAPBASE UINT64_C(0xfffff80000000000)
#define DMAPEND UINT64_C(0xfffffc0000000000)
#define LARGE UINT64_C(0x200000)

struct expected {
	uint64_t va;
	enum kvmsafe_status status;
	uint64_t pa, file_offset;
};

#define NONE KVMSAFE_NONE

static void
expect(const struct world *world, const struct expected *want)
{
	struct kvmsafe_translation got;

	assert_int_equal(world_translate(world, want->va, &got), want->status);
	assert_int_equal(got.pa, want->pa);
	assert_int_equal(got.file_offset, want->file_offset);
}

/* ---- The worked example of a minidump, versions 1 to 3 ---- */

#define MINIDUMP_BYTES 0x9000

static void
put_header(uint8_t *file, unsigned version)
{
	memcpy(file, "minidump FreeBSD/amd64", 22);
	put32(file + 24, version);
	put32(file + 28, 0x1000);
	put32(file + 32, 0x1000);
	put32(file + 36, 0x1000);
	put64(file + 40, KERNBASE);
	put64(file + 48, DMAPBASE);
	put64(file + 56, DMAPEND);
	if (version >= 3)
		put32(file + 64, 0x1000);
}

/* Map, page table and pages from the map on; returns where the file ends. */
static size_t
put_pages(uint8_t *map, unsigned version)
{
	if (version == 1) {
		put64(map + 5 * 8, 0x4063);
	} else {
		put64(map, 0x3063);
		put64(map + 8, 0x2000e3);
	}
	put64(map + 0x1000 + 5 * 8, 0x4063);
	put64(map + 0x1000 + 6 * 8, 0x1fb063);
	put64(map + 0x1000 + 7 * 8, 0x5063);
	return 0x5000;
}

static size_t
put_minidump(uint8_t *file, unsigned version)
{
	uint8_t *at = file + 0x2000;

	memset(file, 0, MINIDUMP_BYTES);
	put_header(file, version);
	if (version >= 3) {
		put64(at, 0x1000);
		put64(at + 8, 0x9000);
		put64(at + 16, 0x200000);
		put64(at + 24, 0x204000);
		at += 0x1000;
		at[0] = 0x0c;
		at[1] = 0x03;
	} else {
		at[0] = 0x18;
		at[64] = 0x03;
	}
	return (size_t)(at - file) + 0x1000 + put_pages(at + 0x1000, version);
}

static enum kvmsafe_status
open_minidump(struct world *world, const uint8_t *file, size_t len, struct kvmsafe_error *err)
{
	world_init(world, file, len);
	world->dump.arch = &kvs_arch_amd64;
	world->dump.abi = kvs_arch_amd64.abis;
	world_minidump(world, &kvs_arch_amd64);
	return kvs_arch_amd64.space(&world->dump, &world->space, err);
}

static void
version_3_reads_as_the_specification_works_it_out(void **state)
{
	static const struct expected rows[] = {
		{ KERNBASE + 0x5123, KVMSAFE_OK, 0x4123, 0x6123 },
		{ KERNBASE + 0x200040, KVMSAFE_OK, 0x200040, 0x7040 },
		{ KERNBASE + 0x201010, KVMSAFE_OK, 0x201010, 0x8010 },
		{ KERNBASE + 0x202000, KVMSAFE_NOT_DUMPED, 0x202000, NONE },
		/* A1: not the page of PA 0x4000 */
		{ KERNBASE + 0x6000, KVMSAFE_OUTSIDE_MEMORY, 0x1fb000, NONE },
		{ KERNBASE + 0x7000, KVMSAFE_NOT_DUMPED, 0x5000, NONE },
		{ KERNBASE + 0x8000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x400000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x40000000, KVMSAFE_NO_MAP, NONE, NONE }, /* A8 */
		{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE }, /* A8 */
		{ DMAPBASE + 0x200040, KVMSAFE_OK, 0x200040, 0x7040 },
		{ DMAPBASE, KVMSAFE_OUTSIDE_MEMORY, 0, NONE },
		{ DMAPEND - 1, KVMSAFE_OUTSIDE_MEMORY, DMAPEND - 1 - DMAPBASE, NONE },
		{ DMAPEND, KVMSAFE_NO_MAP, NONE, NONE },
		{ DMAPBASE - 1, KVMSAFE_NO_MAP, NONE, NONE },
		{ 0x5123, KVMSAFE_NO_MAP, NONE, NONE },
	};
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;
	const size_t len = put_minidump(file, 3);

	(void)state;
	assert_int_equal(len, MINIDUMP_BYTES);
	assert_int_equal(open_minidump(&world, file, len, NULL), KVMSAFE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(&world, &rows[i]);
	assert_int_equal(kvs_space_direct_va(&world.space, 0x4000), DMAPBASE + 0x4000);
	world_fini(&world);
}

static void
version_2_has_one_bitmap_from_address_0_on(void **state)
{
	static const struct expected rows[] = {
		{ KERNBASE + 0x5123, KVMSAFE_OK, 0x4123, 0x5123 },
		{ KERNBASE + 0x200040, KVMSAFE_OK, 0x200040, 0x6040 },
		{ KERNBASE + 0x201010, KVMSAFE_OK, 0x201010, 0x7010 },
		{ KERNBASE + 0x202000, KVMSAFE_NOT_DUMPED, 0x202000, NONE },
		{ KERNBASE + 0x6000, KVMSAFE_NOT_DUMPED, 0x1fb000, NONE },
		{ KERNBASE + 0x8000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ DMAPBASE, KVMSAFE_NOT_DUMPED, 0, NONE },
		{ DMAPBASE + 0x8000000, KVMSAFE_OUTSIDE_MEMORY, 0x8000000, NONE },
	};
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;

	(void)state;
	assert_int_equal(open_minidump(&world, file, put_minidump(file, 2), NULL), KVMSAFE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(&world, &rows[i]);
	world_fini(&world);
}

static void
version_1_has_page_table_entries_in_its_map(void **state)
{
	static const struct expected rows[] = {
		{ KERNBASE + 0x5123, KVMSAFE_OK, 0x4123, 0x5123 },
		{ KERNBASE + 0x4fff, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x6000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x200000, KVMSAFE_NO_MAP, NONE, NONE },
		{ DMAPBASE + 0x4123, KVMSAFE_OK, 0x4123, 0x5123 },
	};
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;

	(void)state;
	assert_int_equal(open_minidump(&world, file, put_minidump(file, 1), NULL), KVMSAFE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(&world, &rows[i]);
	world_fini(&world);
}

/* The kernel map is asked first, also where a hostile header lays both over each other. */
static void
the_kernel_map_goes_before_the_direct_map(void **state)
{
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;
	struct kvmsafe_translation got;
	size_t len;

	(void)state;
	len = put_minidump(file, 3);
	put64(file + 56, KERNBASE + 0x10000);
	assert_int_equal(open_minidump(&world, file, len, NULL), KVMSAFE_OK);
	expect(&world, &(struct expected){ KERNBASE + 0x5123, KVMSAFE_OK, 0x4123, 0x6123 });
	assert_int_equal(kvs_space_find(&world.space, KERNBASE - 8, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 8);
	world_fini(&world);
}

/* A9, and what else would make index and offset come from different bases. */
static void
bases_that_are_not_aligned_are_refused(void **state)
{
	static const struct {
		unsigned version;
		size_t offset;
		uint64_t value;
		enum kvmsafe_status status;
	} rows[] = {
		{ 2, 40, KERNBASE + 0x1000, KVMSAFE_DAMAGED },
		{ 3, 40, KERNBASE + 0x100000, KVMSAFE_DAMAGED },
		{ 3, 40, KERNBASE + LARGE, KVMSAFE_OK },
		{ 3, 40, 0, KVMSAFE_OK },
		{ 1, 40, KERNBASE + 0x1000, KVMSAFE_OK },
		{ 1, 40, KERNBASE + 0x800, KVMSAFE_DAMAGED },
		{ 3, 48, DMAPBASE + 1, KVMSAFE_DAMAGED },
		{ 3, 48, DMAPBASE + 0x1000, KVMSAFE_OK },
		{ 3, 48, DMAPEND, KVMSAFE_OK },
		{ 3, 48, DMAPEND + 0x1000, KVMSAFE_DAMAGED },
		{ 3, 56, DMAPBASE - 1, KVMSAFE_DAMAGED },
		{ 3, 56, UINT64_MAX, KVMSAFE_OK },
	};
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const size_t len = put_minidump(file, rows[i].version);
		struct kvmsafe_error err = { 0 };

		put64(file + rows[i].offset, rows[i].value);
		assert_int_equal(open_minidump(&world, file, len, &err), rows[i].status);
		if (rows[i].status != KVMSAFE_OK) {
			assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
			assert_in_range(err.at, 40, 56);
		}
		world_fini(&world);
	}
}

static void
an_empty_direct_map_is_none(void **state)
{
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;
	size_t len;

	(void)state;
	len = put_minidump(file, 3);
	put64(file + 48, 0);
	put64(file + 56, 0); /* its last address would be 2^64 - 1 */
	assert_int_equal(open_minidump(&world, file, len, NULL), KVMSAFE_OK);
	expect(&world, &(struct expected){ 0x4000, KVMSAFE_NO_MAP, NONE, NONE });
	expect(&world, &(struct expected){ KERNBASE + 0x5123, KVMSAFE_OK, 0x4123, 0x6123 });
	world_fini(&world);
}

/* A6: a page of 2 MiB is found page by page in the file; A7: a table behind the end. */
static void
a_cut_file_answers_truncated(void **state)
{
	static const struct expected rows[] = {
		{ KERNBASE + 0x5123, KVMSAFE_TRUNCATED, NONE, NONE }, /* its table */
		{ KERNBASE + 0x200040, KVMSAFE_TRUNCATED, 0x200040, NONE },
		{ KERNBASE + 0x202000, KVMSAFE_NOT_DUMPED, 0x202000, NONE },
	};
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;
	struct kvmsafe_translation got;

	(void)state;
	put_minidump(file, 3);
	assert_int_equal(open_minidump(&world, file, 0x5000, NULL), KVMSAFE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(&world, &rows[i]);
	world_fini(&world);
	/* Inside the map: entries 2 and up are gone. */
	assert_int_equal(open_minidump(&world, file, 0x4010, NULL), KVMSAFE_OK);
	assert_int_equal(kvs_space_find(&world.space, KERNBASE + 0x200040, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, LARGE - 0x40);
	assert_int_equal(
	    kvs_space_find(&world.space, KERNBASE + 0x400040, &got, NULL), KVMSAFE_TRUNCATED);
	assert_int_equal(got.bytes, 510 * LARGE - 0x40);
	world_fini(&world);
}

/* ---- Bits of an entry ---- */

/* By section 2 of the rules for the machine, written down once more. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw, unsigned level)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	if (raw % 2 == 0)
		return entry;
	entry.pa = raw << 12 >> 24 << 12;
	entry.kind = KVS_ENTRY_TABLE;
	if (level > 0 && raw / 128 % 2 == 0)
		return entry;
	entry.kind = level > 2 ? KVS_ENTRY_REFUSED : KVS_ENTRY_PAGE;
	if (level <= 2)
		entry.protection = 1U + (raw / 2 % 2 != 0 ? 2U : 0U) + (raw >> 63 == 0 ? 4U : 0U);
	return entry;
}

static void
entries_are_decoded_for_all_bits_that_matter(void **state)
{
	static const unsigned bits[] = { 0, 1, 2, 6, 7, 8, 11, 12, 20, 21, 29, 30, 51, 52, 62, 63 };
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;
	const struct kvs_radix *form;

	(void)state;
	assert_int_equal(open_minidump(&world, file, put_minidump(file, 3), NULL), KVMSAFE_OK);
	form = world.space.range[0].form;
	for (uint32_t set = 0; set < 1U << 16; set++) {
		uint64_t raw = 0;

		for (unsigned i = 0; i < 16; i++)
			raw |= (uint64_t)(set >> i & 1) << bits[i];
		for (unsigned level = 0; level < KVS_LEVELS_MAX; level++) {
			const struct kvs_entry got = form->decode(raw, level);
			const struct kvs_entry want = entry_by_the_rules(raw, level);

			assert_int_equal(got.kind, want.kind);
			assert_int_equal(got.pa, want.pa);
			assert_int_equal(got.protection, want.protection);
			assert_int_equal(got.shift, 0);
		}
	}
	world_fini(&world);
}

/* ---- The table of machines ---- */

static void
the_machine_is_in_the_table_once(void **state)
{
	size_t found = 0;

	(void)state;
	for (size_t i = 0; i < kvs_narches; i++)
		found += kvs_arches[i] == &kvs_arch_amd64;
	assert_int_equal(found, 1);
	assert_string_equal(kvs_arch_amd64.name, "amd64");
	assert_int_equal(strlen(kvs_arch_amd64.minidump->magic), 22);
}

static void
a_map_with_a_tail_has_only_whole_entries(void **state)
{
	static uint8_t file[MINIDUMP_BYTES];
	static struct world world;
	struct kvs_table table;
	size_t len;

	(void)state;
	len = put_minidump(file, 3);
	put32(file + 36, 0xfff);
	assert_int_equal(open_minidump(&world, file, len, NULL), KVMSAFE_OK);
	table = kvs_dump_map_table(&world.dump, 8);
	assert_int_equal(table.entries, 511);
	assert_int_equal(table.at, 0x4000);
	assert_int_equal(table.where, KVS_IN_FILE);
	expect(&world, &(struct expected){ KERNBASE + 511 * LARGE, KVMSAFE_NO_MAP, NONE, NONE });
	world_fini(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_3_reads_as_the_specification_works_it_out),
		cmocka_unit_test(version_2_has_one_bitmap_from_address_0_on),
		cmocka_unit_test(version_1_has_page_table_entries_in_its_map),
		cmocka_unit_test(the_kernel_map_goes_before_the_direct_map),
		cmocka_unit_test(bases_that_are_not_aligned_are_refused),
		cmocka_unit_test(an_empty_direct_map_is_none),
		cmocka_unit_test(a_cut_file_answers_truncated),
		cmocka_unit_test(entries_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(the_machine_is_in_the_table_once),
		cmocka_unit_test(a_map_with_a_tail_has_only_whole_entries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
