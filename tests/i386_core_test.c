/* SPDX-License-Identifier: BSD-2-Clause */
/* i386: full cores with and without PAE against the naive walk, and where their root is found. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/i386.h"
#include "session/session.h"
#include "support/core32.h"
#include "support/opened.h"

#define KERNBASE UINT64_C(0x800000)
#define RAM KERNBASE /* what a core of ours holds, from 8 MiB on */
#define MEMORY 0x1000 /* where in the file RAM begins */
#define RAM_BYTES 0x110000
#define EXAMPLE_BYTES (MEMORY + RAM_BYTES)
#define HIGH UINT64_C(0x100000000)
#define PAGE 4096
#define NONE KVMSAFE_NONE
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static uint8_t file[0x200000];
static struct core32 core;

static void
put_pa(uint64_t pa, unsigned width, uint64_t value)
{
	put(file + MEMORY + (pa - RAM), width, false, value);
}

static void
begin(void)
{
	memset(file, 0, sizeof(file));
	core32_init(&core, file, 3, false);
	core32_load(&core, (uint32_t)RAM, RAM_BYTES, MEMORY);
}

/* As the specification works them out: tables at 9 MiB, variables in the second page. */
static void
put_plain_tables(void)
{
	put_pa(0x900008, 4, 0x008000e3);
	put_pa(0x90000c, 4, 0x00901003);
	put_pa(0x901014, 4, 0x00823063);
}

static void
put_pae_tables(void)
{
	for (unsigned i = 0; i < 4; i++)
		put_pa(0x908000 + i * 8, 8, 0x902001 + i * 0x1000);
	put_pa(0x902020, 8, 0x8000e3);
	put_pa(0x902030, 8, 0x906003);
	put_pa(0x906028, 8, UINT64_C(0x8000000000823063));
}

#define IDLE_PTD (KERNBASE + 0x1000)
#define IDLE_PDPT (KERNBASE + 0x1004)
#define PAE_MODE (KERNBASE + 0x1008)

static const struct opened_symbol of_12[] = { { "kernbase", KERNBASE }, { "IdlePTD", IDLE_PTD },
	{ NULL, 0 } };
static const struct opened_symbol of_12_pae[] = { { "kernbase", KERNBASE }, { "IdlePTD", IDLE_PTD },
	{ "IdlePDPT", IDLE_PDPT }, { NULL, 0 } };
static const struct opened_symbol of_13[] = { { "kernbase", KERNBASE },
	{ "IdlePTD_nopae", IDLE_PTD }, { "IdlePDPT", IDLE_PDPT }, { "pae_mode", PAE_MODE },
	{ NULL, 0 } };

static void
put_example(bool pae)
{
	begin();
	put_plain_tables();
	put_pae_tables();
	put_pa(IDLE_PTD, 4, 0x900000);
	put_pa(IDLE_PDPT, 4, pae ? 0x908000 : 0);
	put_pa(PAE_MODE, 4, pae);
}

static void
open_with(struct opened *opened, size_t len, const struct opened_symbol *symbols)
{
	const struct opened_how how = { .symbols = symbols };
	struct kvmsafe_error err;

	if (opened_init(opened, file, len, &how, &err) != KVMSAFE_OK)
		fail_msg("%s", err.message);
}

#define EXPECT(opened, rows) opened_expect(opened, rows, COUNT(rows))

static const struct opened_row plain_rows[] = {
	{ 0x00801000, KVMSAFE_OK, 0x801000, 0x2000 },
	{ 0x00c05678, KVMSAFE_OK, 0x823678, 0x24678 },
	{ 0x00c06000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0x00400000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ UINT32_MAX, KVMSAFE_NOT_MAPPED, NONE, NONE },
};

static const struct opened_row pae_rows[] = {
	{ 0x00801000, KVMSAFE_OK, 0x801000, 0x2000 },
	{ 0x00c05678, KVMSAFE_OK, 0x823678, 0x24678 },
	{ 0x00a00000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0x40000000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ UINT32_MAX, KVMSAFE_NOT_MAPPED, NONE, NONE },
};

static void
expect_tables(const struct opened_symbol *symbols, bool pae)
{
	struct opened opened;

	open_with(&opened, EXAMPLE_BYTES, symbols);
	if (pae)
		EXPECT(&opened, pae_rows);
	else
		EXPECT(&opened, plain_rows);
	assert_int_equal(opened.session->space.range[0].table.at, pae ? 0x908000 : 0x900000);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
	opened_fini(&opened);
}

static void
expect_no_root(const struct opened_symbol *symbols, enum kvmsafe_status status)
{
	const struct opened_row rows[] = { { IDLE_PTD, status, NONE, NONE } };
	struct opened opened;

	open_with(&opened, EXAMPLE_BYTES, symbols);
	EXPECT(&opened, rows);
	assert_int_equal(opened.session->space.ranges, 0);
	opened_fini(&opened);
}

/* ---- Where the root is ---- */

static void
cores_read_as_the_specification_works_them_out(void **state)
{
	(void)state;
	put_example(false);
	expect_tables(of_12, false);
	put_example(true);
	expect_tables(of_12_pae, true);
}

/* Up to 11.x the kernel is linked at 3 GiB and loaded low: here, at 8 MiB less. */
static void
i386_11_and_before_lie_below_their_addresses(void **state)
{
	static const uint64_t base = 0xc0000000;
	static const struct opened_symbol symbols[] = { { "kernbase", 0xc0000000 },
		{ "IdlePTD", 0xc0000000 + IDLE_PTD }, { NULL, 0 } };
	static const struct opened_row rows[] = {
		{ 0xc0000000 + IDLE_PTD, KVMSAFE_OK, IDLE_PTD, 0x2000 },
		{ IDLE_PTD, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	begin();
	put_pa(IDLE_PTD, 4, 0x900000);
	put_pa(0x900000 + (base + KERNBASE) / 0x400000 * 4, 4, 0x008000e3);
	open_with(&opened, EXAMPLE_BYTES, symbols);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* One to one is only the likelier guess below 256 MiB, and the other only above. */
static void
the_other_rule_is_tried_where_the_likelier_one_fails(void **state)
{
	static const struct opened_symbol far[] = { { "kernbase", 0x20000000 },
		{ "IdlePTD", IDLE_PTD }, { NULL, 0 } };
	static const struct opened_symbol near[] = { { "kernbase", KERNBASE },
		{ "IdlePTD", KERNBASE + IDLE_PTD }, { NULL, 0 } };
	static const struct opened_symbol unknown[] = { { "IdlePTD", IDLE_PTD }, { NULL, 0 } };
	struct opened opened;

	(void)state;
	put_example(false);
	expect_tables(far, false);
	expect_tables(unknown, false);
	put_pa(0x900000 + 2 * KERNBASE / 0x400000 * 4, 4, 0x008000e3);
	put_pa(0x900008, 4, 0);
	open_with(&opened, EXAMPLE_BYTES, near);
	opened_expect(
	    &opened, &(struct opened_row){ KERNBASE + IDLE_PTD, KVMSAFE_OK, IDLE_PTD, 0x2000 }, 1);
	opened_fini(&opened);
	expect_no_root(unknown, KVMSAFE_DAMAGED);
}

static void
without_the_symbols_of_the_root_the_kernel_is_needed(void **state)
{
	static const struct opened_symbol none[] = { { "kernbase", KERNBASE }, { NULL, 0 } };
	static const struct opened_symbol mode_alone[] = { { "kernbase", KERNBASE },
		{ "pae_mode", PAE_MODE }, { NULL, 0 } };

	(void)state;
	put_example(true);
	expect_no_root(NULL, KVMSAFE_KERNEL_NEEDED);
	expect_no_root(none, KVMSAFE_KERNEL_NEEDED);
	expect_no_root(mode_alone, KVMSAFE_KERNEL_NEEDED);
	put_pa(PAE_MODE, 4, 0);
	expect_no_root(mode_alone, KVMSAFE_KERNEL_NEEDED);
}

/* A source that lacks a variable, and says so in a word that symbols have too. */
static enum kvmsafe_status
read_but_one(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	(void)err;
	if (offset == MEMORY + (*(const uint64_t *)ctx - RAM))
		return KVMSAFE_NOT_FOUND;
	memcpy(buf, file + offset, len);
	*got = len;
	return KVMSAFE_OK;
}

/* Tables of the other kind would be walked, or the kernel asked for. */
static void
a_variable_that_cannot_be_read_is_no_missing_symbol(void **state)
{
	static uint64_t missing[] = { PAE_MODE, IDLE_PTD };
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_but_one };

	(void)state;
	for (size_t i = 0; i < COUNT(missing); i++) {
		const struct opened_how how = { .symbols = of_13 };
		struct kvmsafe_source *source;
		struct kvmsafe_error finding;
		struct opened opened;

		put_example(false);
		assert_int_equal(
		    kvmsafe_source_callbacks(&ops, &missing[i], EXAMPLE_BYTES, &source, NULL),
		    KVMSAFE_OK);
		assert_int_equal(opened_source(&opened, source, &how, NULL), KVMSAFE_OK);
		assert_true(kvmsafe_finding(opened.session, 0, &finding));
		assert_int_equal(finding.status, KVMSAFE_NOT_FOUND);
		assert_int_equal(opened.session->space.ranges, 0);
		opened_fini(&opened);
	}
}

static void
a_root_that_does_not_lead_back_is_none(void **state)
{
	static const uint32_t roots[] = { 0x901000, 0x900010, 0x908000, 0x800000 };

	(void)state;
	for (size_t i = 0; i < COUNT(roots); i++) {
		put_example(false);
		put_pa(IDLE_PTD, 4, roots[i]);
		expect_no_root(of_12, KVMSAFE_DAMAGED);
		if (roots[i] == 0x908000)
			continue; /* that of PAE */
		put_example(true);
		put_pa(IDLE_PDPT, 4, roots[i]);
		expect_no_root(of_12_pae, KVMSAFE_DAMAGED);
	}
	put_example(false); /* leads to another page */
	put_pa(0x900008, 4, 0x00c000e3);
	expect_no_root(of_12, KVMSAFE_DAMAGED);
	put_example(false); /* a table that would lead back, but not where tables can be */
	memmove(file + 0x101100, file + 0x101000, 0x100);
	put_pa(IDLE_PTD, 4, 0x900100);
	expect_no_root(of_12, KVMSAFE_DAMAGED);
}

/* ---- Many addresses against the naive walk ---- */

static uint64_t random_state;

static const uint64_t plain_indexes[] = { 0, 1, 2, 3, 255, 511, 512, 1022, 1023 };
static const uint64_t pae_indexes[] = { 0, 1, 4, 6, 255, 256, 510, 511, 3 };

/* In memory of a megabyte with holes, large or not, out of it, invalid. */
static uint64_t
random_entry(void)
{
	const uint64_t n = opened_random(&random_state);
	const uint64_t entry = (n & UINT64_C(0x8000000000000062)) | (n / 7 % 8 == 0 ? 0 : 1);

	if (n / 11 % 4 == 0)
		return entry | 0x80 | (opened_random(&random_state) & UINT64_C(0x000f000000fff000));
	return entry | (0x900000 + ((n >> 20) % 18 << 12));
}

static void
put_random(bool pae)
{
	const uint64_t *const indexes = pae ? pae_indexes : plain_indexes;
	const unsigned width = pae ? 8 : 4;

	memset(file, 0, sizeof(file));
	core32_init(&core, file, 3, false);
	core32_load(&core, (uint32_t)RAM, 0x109000, MEMORY);
	core32_load(
	    &core, (uint32_t)RAM + 0x109000, 0x1ffe, MEMORY + 0x109000); /* cut in an entry */
	core32_add(&core, /* half of it is not dumped */
	    &(struct core32_header){
		1, MEMORY + 0x10c000, 0, (uint32_t)RAM + 0x10c000, 0x1000, 0x2000 });
	core32_load(
	    &core, (uint32_t)RAM + 0x10e000, 0x3000, MEMORY + 0x10e000); /* cut by the file */
	for (uint64_t table = 0x900000; table < 0x90f000; table += PAGE)
		for (unsigned i = 0; i < 9; i++)
			put_pa(table + indexes[i] * width, width, random_entry());
	put_pa(IDLE_PTD, 4, 0x900000);
	put_pa(IDLE_PDPT, 4, 0x900000);
	put_pa(0x900000 + (pae ? 0 : 8), width, pae ? 0x901001 : 0x8000e3);
	put_pa(0x901020, width, pae ? 0x8000e3 : 0);
}

static void
many_addresses_agree_with_the_naive_walk(void **state)
{
	const size_t len = MEMORY + 0x10f000;

	(void)state;
	random_state = 12;
	for (unsigned round = 0; round < 40; round++) {
		const bool pae = round % 2 != 0;
		const uint64_t *const indexes = pae ? pae_indexes : plain_indexes;
		struct opened opened;

		put_random(pae);
		open_with(&opened, len, pae ? of_12_pae : of_12);
		for (uint64_t n = 0; n < 9 * 9 * 4 * 2; n++) {
			uint64_t va = n % 2 == 0 ? opened_random(&random_state) % PAGE : 0xffc;
			struct naive_answer want;

			va |= indexes[n / 8 % 9] << 12;
			if (pae)
				va |= indexes[n / 72 % 9] << 21 | n / 2 % 4 << 30;
			else
				va |= indexes[n / 72 % 9] << 22;
			naive_i386_core(file, len, 0x900000, pae, va, &want);
			opened_compare(&opened, va, &want);
		}
		opened_fini(&opened);
	}
}

/* ---- What other readers get wrong ---- */

static void
i386_i1_addresses_above_32_bits_are_refused_in_cores(void **state)
{
	static const struct opened_row rows[] = {
		{ HIGH + 0x801000, KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xffffffffc0801000), KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	for (unsigned pae = 0; pae < 2; pae++) {
		put_example(pae != 0);
		open_with(&opened, EXAMPLE_BYTES, of_12_pae);
		EXPECT(&opened, rows);
		opened_fini(&opened);
	}
}

static void
i386_i2_a_full_dump_of_12_is_one_to_one(void **state)
{
	struct opened opened;

	(void)state;
	put_example(false);
	core32_load(&core, 0, 0x2000, MEMORY + RAM_BYTES); /* where s - kernbase leads */
	put(file + MEMORY + RAM_BYTES + 0x1000, 4, false, 0x901000);
	open_with(&opened, EXAMPLE_BYTES + 0x2000, of_12);
	EXPECT(&opened, plain_rows);
	opened_fini(&opened);
}

static void
i386_i3_kernels_of_13_hold_both_pmaps_and_say_which_runs(void **state)
{
	static const struct opened_symbol without_mode[] = { { "kernbase", KERNBASE },
		{ "IdlePTD_nopae", IDLE_PTD }, { "IdlePDPT", IDLE_PDPT }, { NULL, 0 } };

	(void)state;
	put_example(false);
	expect_tables(of_13, false);
	expect_tables(without_mode, false); /* IdlePDPT is 0 */
	put_example(true);
	expect_tables(of_13, true);
	put_pa(PAE_MODE, 4, 0); /* counts more than that IdlePDPT has a value */
	expect_tables(of_13, false);
	put_pa(PAE_MODE, 4, 0x80000000);
	expect_tables(of_13, true);
}

static void
i386_i4_an_invalid_entry_of_the_four_is_not_mapped(void **state)
{
	static const struct opened_row rows[] = {
		{ 0x40000000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0x40801000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example(true);
	put_pa(0x908008, 8, 0x902000); /* V clear; else as the first */
	open_with(&opened, EXAMPLE_BYTES, of_12_pae);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
i386_i5_a_directory_that_cannot_be_read_takes_no_memory(void **state)
{
	struct kvmsafe_translation got;
	struct opened opened;
	uint64_t used;

	(void)state;
	put_example(true);
	put_pa(0x908008, 8, 0x70000001);
	open_with(&opened, EXAMPLE_BYTES, of_12_pae);
	used = opened.session->memory.used;
	assert_int_equal(
	    kvmsafe_translate(opened.session, 0x40000000, &got, NULL), KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(opened.session->memory.used, used);
	opened_fini(&opened);
}

/* D14: not the bytes of the segment that follows in the file. */
static void
i386_i6_a_large_page_ends_with_its_segment(void **state)
{
	struct kvmsafe_translation got;
	struct opened opened;
	uint8_t buf[32];
	size_t bytes;

	(void)state;
	for (unsigned pae = 0; pae < 2; pae++) {
		put_example(pae != 0);
		core32_load(&core, 0x30000000, 0x1000, MEMORY + RAM_BYTES);
		open_with(&opened, EXAMPLE_BYTES + 0x1000, of_12_pae);
		assert_int_equal(
		    kvmsafe_translate(opened.session, 0x90fff0, &got, NULL), KVMSAFE_OK);
		assert_int_equal(got.bytes, 0x10);
		assert_int_equal(got.page_bytes, pae != 0 ? 0x200000 : 0x400000);
		assert_int_equal(kvmsafe_read_va(opened.session, 0x90fff0, buf, 32, &bytes, NULL),
		    KVMSAFE_OUTSIDE_MEMORY);
		assert_int_equal(bytes, 0x10);
		opened_fini(&opened);
	}
}

/* Addresses fall from one header to the next: the second segment lies above 4 GiB. */
static void
i386_i7_addresses_that_the_writer_cut_are_rebuilt(void **state)
{
	struct opened opened;
	uint8_t byte;
	size_t got;

	(void)state;
	put_example(true);
	core32_load(&core, 0x100000, 0x1000, MEMORY + RAM_BYTES);
	put_pa(0x906030, 8, HIGH + 0x100063);
	file[MEMORY + RAM_BYTES + 5] = 0x99;
	open_with(&opened, EXAMPLE_BYTES + 0x1000, of_12_pae);
	EXPECT(&opened, pae_rows);
	assert_int_equal(
	    kvmsafe_read_va(opened.session, 0xc06005, &byte, 1, &got, NULL), KVMSAFE_OK);
	assert_int_equal(byte, 0x99);
	assert_int_equal(kvmsafe_read_pa(opened.session, 0x100005, &byte, 1, &got, NULL),
	    KVMSAFE_OUTSIDE_MEMORY);
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cores_read_as_the_specification_works_them_out),
		cmocka_unit_test(i386_11_and_before_lie_below_their_addresses),
		cmocka_unit_test(the_other_rule_is_tried_where_the_likelier_one_fails),
		cmocka_unit_test(without_the_symbols_of_the_root_the_kernel_is_needed),
		cmocka_unit_test(a_variable_that_cannot_be_read_is_no_missing_symbol),
		cmocka_unit_test(a_root_that_does_not_lead_back_is_none),
		cmocka_unit_test(many_addresses_agree_with_the_naive_walk),
		cmocka_unit_test(i386_i1_addresses_above_32_bits_are_refused_in_cores),
		cmocka_unit_test(i386_i2_a_full_dump_of_12_is_one_to_one),
		cmocka_unit_test(i386_i3_kernels_of_13_hold_both_pmaps_and_say_which_runs),
		cmocka_unit_test(i386_i4_an_invalid_entry_of_the_four_is_not_mapped),
		cmocka_unit_test(i386_i5_a_directory_that_cannot_be_read_takes_no_memory),
		cmocka_unit_test(i386_i6_a_large_page_ends_with_its_segment),
		cmocka_unit_test(i386_i7_addresses_that_the_writer_cut_are_rebuilt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
