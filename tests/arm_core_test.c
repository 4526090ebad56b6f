/* SPDX-License-Identifier: BSD-2-Clause */
/* arm: full cores of both byte orders against the naive walk, and where their root is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/arm.h"
#include "session/session.h"
#include "support/core32.h"
#include "support/opened.h"

#define KERNBASE UINT64_C(0xc0000000)
#define RAM UINT64_C(0x10000000)
#define MEMORY 0x1000 /* where in the file RAM begins */
#define RAM_BYTES 0x10000
#define PAGE 4096
#define PT_DUMP_DELTA 0x6fb5d000
#define NONE KVMSAFE_NONE

static uint8_t file[0x40000];
static struct core32 core;

static void
put_pa(uint64_t pa, uint64_t value)
{
	put(file + MEMORY + (pa - RAM), 4, core.big_endian, value);
}

static void
add_delta(uint32_t vaddr, uint32_t paddr)
{
	core32_add(&core, &(struct core32_header){ .type = PT_DUMP_DELTA, 0, vaddr, paddr, 0, 0 });
}

/* As the specification works it out, but for the header that says where the kernel lies. */
static void
put_tables(bool big)
{
	memset(file, 0, sizeof(file));
	core32_init(&core, file, 40, big);
	core32_load(&core, (uint32_t)RAM, RAM_BYTES, MEMORY);
	put_pa(RAM + 0x100, 0xc0004000); /* kernel_l1pa */
	put_pa(RAM + 0x4000 + 0xc00 * 4, 0x10008001);
	put_pa(RAM + 0x8000, 0x10000412);
	put_pa(RAM + 0x8014, 0x10009412);
}

static void
put_example(void)
{
	put_tables(false);
	add_delta((uint32_t)KERNBASE, (uint32_t)RAM);
}

#define EXAMPLE_BYTES 0x11000

static const struct opened_symbol root_only[] = { { "kernel_l1pa", KERNBASE + 0x100 },
	{ NULL, 0 } };

static const struct opened_symbol all_symbols[] = { { "kernel_l1pa", KERNBASE + 0x100 },
	{ "kernbase", KERNBASE }, { "physaddr", RAM }, { NULL, 0 } };

static void
open_with(struct opened *opened, size_t len, const struct opened_symbol *symbols)
{
	const struct opened_how how = { .symbols = symbols };
	struct kvmsafe_error err;

	if (opened_init(opened, file, len, &how, &err) != KVMSAFE_OK)
		fail_msg("%s", err.message);
}

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

static const struct opened_row example[] = {
	{ KERNBASE + 0x100, KVMSAFE_OK, RAM + 0x100, 0x1100 },
	{ KERNBASE + 0x5678, KVMSAFE_OK, RAM + 0x9678, 0xa678 },
	{ KERNBASE + 0x1000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ UINT32_MAX, KVMSAFE_NOT_MAPPED, NONE, NONE },
};

static void
expect_example(size_t len, const struct opened_symbol *symbols)
{
	struct opened opened;

	open_with(&opened, len, symbols);
	EXPECT(&opened, example);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
	opened_fini(&opened);
}

/* Opens, but answers this for each address. */
static void
expect_no_root(const struct opened_symbol *symbols, enum kvmsafe_status status)
{
	const struct opened_row rows[] = {
		{ KERNBASE + 0x100, status, NONE, NONE },
	};
	struct opened opened;

	open_with(&opened, EXAMPLE_BYTES, symbols);
	EXPECT(&opened, rows);
	assert_int_equal(opened.session->space.ranges, 0);
	opened_fini(&opened);
}

/* ---- Where the root is ---- */

static void
a_core_reads_as_the_specification_works_it_out(void **state)
{
	(void)state;
	put_example();
	expect_example(EXAMPLE_BYTES, root_only);
}

static void
two_symbols_stand_for_a_header_that_is_not_there(void **state)
{
	static const struct opened_symbol without_kernbase[] = {
		{ "kernel_l1pa", KERNBASE + 0x100 }, { "physaddr", RAM }, { NULL, 0 }
	};

	(void)state;
	put_tables(false);
	expect_example(EXAMPLE_BYTES, all_symbols);
	expect_no_root(root_only, KVMSAFE_DAMAGED);
	expect_no_root(without_kernbase, KVMSAFE_DAMAGED);
}

static void
two_symbols_stand_for_a_header_that_is_wrong(void **state)
{
	(void)state;
	put_tables(false);
	add_delta((uint32_t)KERNBASE, 0x60000000);
	expect_example(EXAMPLE_BYTES, all_symbols);
	expect_no_root(root_only, KVMSAFE_OUTSIDE_MEMORY);
}

static void
the_first_of_two_headers_counts(void **state)
{
	(void)state;
	put_example();
	add_delta((uint32_t)KERNBASE, 0x60000000);
	expect_example(EXAMPLE_BYTES, root_only);
}

static void
without_the_symbol_of_the_root_the_kernel_is_needed(void **state)
{
	static const struct opened_symbol others[] = { { "kernbase", KERNBASE },
		{ "physaddr", RAM }, { NULL, 0 } };

	(void)state;
	put_example();
	expect_no_root(NULL, KVMSAFE_KERNEL_NEEDED);
	expect_no_root(others, KVMSAFE_KERNEL_NEEDED);
}

static void
a_root_that_does_not_lead_back_is_none(void **state)
{
	static const uint32_t values[] = { 0, 0xc0004004, 0xc0008000, 0x10008000, 0xffffffff,
		0x10004004, 0xc0040000 };

	(void)state;
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		put_example();
		put_pa(RAM + 0x100, values[i]);
		expect_no_root(root_only, KVMSAFE_DAMAGED);
	}
	put_example(); /* leads to another page */
	put_pa(RAM + 0x8000, 0x10001412);
	expect_no_root(root_only, KVMSAFE_DAMAGED);
}

/* ---- Entries of the first level ---- */

/* By section 4 of the rules, written down once more. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	switch (raw % 4) {
	case 0:
		return entry;
	case 1:
		return (struct kvs_entry){ .kind = KVS_ENTRY_TABLE, .pa = raw / 1024 * 1024 };
	case 3:
		return (struct kvs_entry){ .kind = KVS_ENTRY_REFUSED };
	default:
		break;
	}
	entry.kind = KVS_ENTRY_PAGE;
	entry.pa = raw >> 20 << 20;
	entry.protection = 1U + ((raw & 0x8000) == 0 ? 2U : 0U) + ((raw & 0x10) == 0 ? 4U : 0U);
	if ((raw & 0x40000) != 0) {
		entry.pa = raw >> 24 << 24;
		entry.shift = 24;
		if ((raw & 0x00f001e0) != 0)
			entry.kind = KVS_ENTRY_REFUSED;
	}
	return entry;
}

static void
first_level_entries_are_decoded_for_all_bits_that_matter(void **state)
{
	static const unsigned bits[] = { 0, 1, 4, 5, 8, 9, 10, 15, 18, 20, 23, 24, 31 };
	const struct kvs_radix *form;
	struct opened opened;

	(void)state;
	put_example();
	open_with(&opened, EXAMPLE_BYTES, root_only);
	form = opened.session->space.range[0].form;
	for (uint32_t set = 0; set < 1U << 13; set++) {
		struct kvs_entry got, want;
		uint64_t raw = 0;

		for (unsigned i = 0; i < 13; i++)
			raw |= (uint64_t)(set >> i & 1) << bits[i];
		got = form->decode(raw, 1);
		want = entry_by_the_rules(raw);
		if (got.kind != want.kind ||
		    (got.kind != KVS_ENTRY_REFUSED &&
			(got.pa != want.pa || got.protection != want.protection ||
			    got.shift != want.shift)))
			fail_msg("entry %#llx", (unsigned long long)raw);
	}
	opened_fini(&opened);
}

/* ---- Many addresses against the naive walk ---- */

static uint64_t random_state;

static const uint64_t firsts[] = { 0, 1, 2, 15, 16, 0x7ff, 0x800, 0xbff, 0xc00, 0xc01, 0xc0f, 0xffe,
	0xfff };
static const uint64_t seconds[] = { 0, 1, 2, 5, 14, 15, 16, 17, 31, 254, 255 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Tables, sections, supersections, reserved types; in memory, in its holes, beyond it. */
static uint64_t
random_first(void)
{
	const uint64_t n = opened_random(&random_state);

	if (n % 4 == 0)
		return opened_random(&random_state) >> 32;
	return RAM + ((n >> 8) % 80 << 10) + (n >> 20) % 8 * 0x100 +
	    (n % 4 == 3 ? n >> 40 & 3 : 1) + (n >> 50) % 2 * 0x40000;
}

static void
put_random(bool big)
{
	memset(file, 0, sizeof(file));
	core32_init(&core, file, 40, big);
	core32_load(&core, (uint32_t)RAM, 0xb000, MEMORY);
	core32_load(&core, (uint32_t)RAM + 0xb000, 0x7fe, MEMORY + 0xb000); /* ends in an entry */
	core32_add(&core, /* half of it is not dumped */
	    &(struct core32_header){
		1, MEMORY + 0xc000, 0, (uint32_t)RAM + 0xc000, 0x1000, 0x2000 });
	core32_load(&core, (uint32_t)RAM + 0xe000, 0x4000, MEMORY + 0xe000); /* cut by the file */
	core32_load(&core, (uint32_t)RAM + 0x100000, 0x1000, MEMORY + 0x3000);
	core32_load(&core, 0, 0x1800, MEMORY + 0x9000);
	add_delta((uint32_t)KERNBASE, (uint32_t)RAM);
	put_pa(RAM + 0x100, 0xc0004000);
	for (size_t i = 0; i < COUNT(firsts); i++)
		put_pa(RAM + 0x4000 + firsts[i] * 4, random_first());
	for (uint64_t table = RAM + 0x8000; table < RAM + 0x10000; table += 0x400)
		for (size_t i = 0; i < COUNT(seconds); i++)
			put_pa(table + seconds[i] * 4,
			    RAM + (opened_random(&random_state) & 0x1ffff) +
				((opened_random(&random_state) & 7) == 0 ? 0x5000000 : 0));
	put_pa(RAM + 0x4000 + 0xc00 * 4, 0x10008001); /* the way back */
	put_pa(RAM + 0x8000, 0x10000412);
}

static void
many_addresses_agree_with_the_naive_walk(void **state)
{
	const size_t len = MEMORY + 0xf000;

	(void)state;
	random_state = 40;
	for (unsigned round = 0; round < 60; round++) {
		const bool big = round % 2 != 0;
		struct opened opened;

		put_random(big);
		open_with(&opened, len, root_only);
		for (size_t i = 0; i < COUNT(firsts) * COUNT(seconds) * 3; i++) {
			const uint64_t va = firsts[i / 3 % COUNT(firsts)] << 20 |
			    seconds[i / 3 / COUNT(firsts)] << 12 |
			    (i % 3 == 0		 ? 0
				    : i % 3 == 1 ? 0xfff
						 : opened_random(&random_state) % PAGE);
			struct naive_answer want;

			naive_arm_core(file, len, big, RAM + 0x4000, va, &want);
			opened_compare(&opened, va, &want);
		}
		opened_fini(&opened);
	}
}

/* ---- What other readers get wrong ---- */

static void
arm_m2_addresses_above_32_bits_are_refused(void **state)
{
	static const struct opened_row rows[] = {
		{ UINT64_C(0x100000000), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0x1c0000100), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xffffffffc0000100), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example();
	open_with(&opened, EXAMPLE_BYTES, root_only);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
arm_m3_a_table_outside_memory_is_said_to_be(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x100000, KVMSAFE_OUTSIDE_MEMORY, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example();
	put_pa(RAM + 0x4000 + 0xc01 * 4, 0x20000001);
	open_with(&opened, EXAMPLE_BYTES, root_only);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
arm_m4_type_3_is_refused_and_a_supersection_has_16_mib(void **state)
{
	static const struct opened_row rows[] = {
		{ UINT64_C(0xd0000000), KVMSAFE_DAMAGED, NONE, NONE },
		{ UINT64_C(0xe0200010), KVMSAFE_OUTSIDE_MEMORY, UINT64_C(0x10200010), NONE },
		{ UINT64_C(0xe0000010), KVMSAFE_OK, RAM + 0x10, 0x1010 },
		{ UINT64_C(0xe1000010), KVMSAFE_DAMAGED, NONE, NONE },
	};
	struct kvmsafe_translation got;
	struct opened opened;

	(void)state;
	put_example();
	put_pa(RAM + 0x4000 + 0xd00 * 4, 0x10008003);
	for (unsigned i = 0; i < 16; i++) {
		put_pa(RAM + 0x4000 + (0xe00 + i) * 4, 0x10040402);
		put_pa(RAM + 0x4000 + (0xe10 + i) * 4, 0x10140402); /* above 32 bits */
	}
	open_with(&opened, EXAMPLE_BYTES, root_only);
	EXPECT(&opened, rows);
	assert_int_equal(kvmsafe_translate(opened.session, 0xe0000010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.page_bytes, 0x1000000);
	opened_fini(&opened);
}

/* D14: not the bytes of the segment that follows in the file. */
static void
arm_m5_a_section_ends_with_its_segment(void **state)
{
	struct kvmsafe_translation got;
	struct opened opened;
	uint8_t buf[32];
	size_t bytes;

	(void)state;
	put_example();
	core32_load(&core, 0x30000000, 0x1000, MEMORY + RAM_BYTES);
	put_pa(RAM + 0x4000 + 0xd00 * 4, 0x10000402);
	open_with(&opened, EXAMPLE_BYTES + 0x1000, root_only);
	assert_int_equal(kvmsafe_translate(opened.session, 0xd000fff0, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 0x10);
	assert_int_equal(kvmsafe_read_va(opened.session, 0xd000fff0, buf, 32, &bytes, NULL),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(bytes, 0x10);
	opened_fini(&opened);
}

static void
arm_m6_no_copy_of_the_root_table_is_kept(void **state)
{
	struct opened with_root, without;

	(void)state;
	put_example();
	open_with(&with_root, EXAMPLE_BYTES, root_only);
	open_with(&without, EXAMPLE_BYTES, NULL);
	assert_int_equal(with_root.session->space.ranges, 1);
	assert_true(with_root.session->memory.used < without.session->memory.used + 0x1000);
	opened_fini(&with_root);
	opened_fini(&without);
}

static void
arm_m7_a_descriptor_of_type_0_is_not_valid_whatever_its_bits(void **state)
{
	static const struct opened_row rows[] = {
		{ KERNBASE + 0x2000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ KERNBASE + 0x100000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example();
	put_pa(RAM + 0x8008, 0x10001410);
	put_pa(RAM + 0x4000 + 0xc01 * 4, 0x10008000);
	open_with(&opened, EXAMPLE_BYTES, root_only);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* Sums are of 32 bits: memory may lie above the kernel, and a header may say anything. */
static void
arm_m8_the_difference_of_the_header_wraps_in_32_bits(void **state)
{
	static const struct {
		uint32_t vaddr, paddr;
	} same[] = { { 0xc0000000, 0x10000000 }, { 0, 0x50000000 }, { 0xb0000000, 0 },
		{ 0xfff00000, 0x4ff00000 } };
	static const struct {
		uint32_t vaddr, paddr;
		enum kvmsafe_status status;
	} absurd[] = { { 0xffffffff, 0, KVMSAFE_OUTSIDE_MEMORY },
		{ 0, 0xffffffff, KVMSAFE_OUTSIDE_MEMORY },
		{ 0xc0000000, 0x10000001, KVMSAFE_DAMAGED } };

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		put_tables(false);
		add_delta(same[i].vaddr, same[i].paddr);
		expect_example(EXAMPLE_BYTES, root_only);
	}
	for (size_t i = 0; i < COUNT(absurd); i++) {
		put_tables(false);
		add_delta(absurd[i].vaddr, absurd[i].paddr);
		expect_no_root(root_only, absurd[i].status);
	}
}

static void
arm_m11_kernel_l1pa_is_a_virtual_address_or_a_physical_one(void **state)
{
	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		put_tables(big != 0);
		add_delta((uint32_t)KERNBASE, (uint32_t)RAM);
		expect_example(EXAMPLE_BYTES, root_only);
		put_pa(RAM + 0x100, RAM + 0x4000);
		expect_example(EXAMPLE_BYTES, root_only);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_core_reads_as_the_specification_works_it_out),
		cmocka_unit_test(two_symbols_stand_for_a_header_that_is_not_there),
		cmocka_unit_test(two_symbols_stand_for_a_header_that_is_wrong),
		cmocka_unit_test(the_first_of_two_headers_counts),
		cmocka_unit_test(without_the_symbol_of_the_root_the_kernel_is_needed),
		cmocka_unit_test(a_root_that_does_not_lead_back_is_none),
		cmocka_unit_test(first_level_entries_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(many_addresses_agree_with_the_naive_walk),
		cmocka_unit_test(arm_m2_addresses_above_32_bits_are_refused),
		cmocka_unit_test(arm_m3_a_table_outside_memory_is_said_to_be),
		cmocka_unit_test(arm_m4_type_3_is_refused_and_a_supersection_has_16_mib),
		cmocka_unit_test(arm_m5_a_section_ends_with_its_segment),
		cmocka_unit_test(arm_m6_no_copy_of_the_root_table_is_kept),
		cmocka_unit_test(arm_m7_a_descriptor_of_type_0_is_not_valid_whatever_its_bits),
		cmocka_unit_test(arm_m8_the_difference_of_the_header_wraps_in_32_bits),
		cmocka_unit_test(arm_m11_kernel_l1pa_is_a_virtual_address_or_a_physical_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
