/* SPDX-License-Identifier: BSD-2-Clause */
/* powerpc and powerpc64: full cores by kernel address and by physical address. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/memory.h"
#include "support/elf_builder.h"
#include "support/opened.h"

#define NONE KVMSAFE_NONE
#define NOWHERE_32 UINT64_C(0xffffffff)
#define TOP_32 UINT64_C(0x100000000)

enum { PT_LOAD_T = 1, PT_NOTE_T = 4, PT_DUMP_DELTA_T = 0x6fb5d000 };

/* Which kernel's core it is. */
struct kind {
	enum elf_class class;
	enum elf_data data;
	unsigned machine;
	const char *name;
};

static const struct kind kinds[] = {
	{ ELF_32, ELF_MSB, 20, "powerpc" },
	{ ELF_64, ELF_MSB, 21, "powerpc64" },
	{ ELF_64, ELF_LSB, 21, "powerpc64le" },
};

static const struct kind *const powerpc = &kinds[0];

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

static uint64_t
nowhere(const struct kind *kind)
{
	return kind->class == ELF_32 ? NOWHERE_32 : UINT64_MAX;
}

/* As kern_dump.c writes it: e_version 0, OS/ABI 255. */
static void
core_finish(struct elf_builder *elf, const struct kind *kind, size_t len)
{
	elf_finish(elf);
	elf_resize(elf, len);
	elf_set(elf, E_TYPE_F, 4);
	elf_set(elf, E_MACHINE_F, kind->machine);
	elf_set(elf, E_VERSION_F, 0);
	elf_set(elf, EI_OSABI_F, 255);
}

/* One segment by kernel address. */
static void
add_virtual(struct elf_builder *elf, const struct kind *kind, uint64_t va, uint64_t offset,
    uint64_t filesz, uint64_t memsz)
{
	elf_add_phdr(
	    elf, (struct elf_phdr){ PT_LOAD_T, offset, va, nowhere(kind), filesz, memsz, 0x1000 });
}

static void
add_raw(struct elf_builder *elf, const struct kind *kind, uint64_t pa, uint64_t offset,
    uint64_t filesz, uint64_t memsz)
{
	elf_add_phdr(
	    elf, (struct elf_phdr){ PT_LOAD_T, offset, nowhere(kind), pa, filesz, memsz, 0x1000 });
}

static enum kvmsafe_status
open_core(struct opened *opened, const struct elf_builder *elf, struct kvmsafe_error *err)
{
	return opened_init(opened, elf->bytes, elf->len, NULL, err);
}

static void
open_sound(struct opened *opened, const struct elf_builder *elf)
{
	struct kvmsafe_error err;

	if (open_core(opened, elf, &err) != KVMSAFE_OK)
		fail_msg("%s", err.message);
}

/* The worked example of 32 bits, without its leading header. */
static void
put_example(struct elf_builder *elf)
{
	elf_init(elf, ELF_32, ELF_MSB);
	add_virtual(elf, powerpc, 0x00a00000, 0x1000, 0x3000, 0x3000);
	add_virtual(elf, powerpc, 0xd0002000, 0x4000, 0x1000, 0x1000);
	add_virtual(elf, powerpc, 0xd0003000, 0x5000, 0x2000, 0x2000);
	core_finish(elf, powerpc, 0x7000);
}

static const struct opened_row example[] = {
	{ 0x00a01234, KVMSAFE_OK, NONE, 0x2234 },
	{ 0xd0002ff8, KVMSAFE_OK, NONE, 0x4ff8 },
	{ 0xd0003000, KVMSAFE_OK, NONE, 0x5000 },
	{ 0x00a02fff, KVMSAFE_OK, NONE, 0x3fff },
	{ 0x00a03000, KVMSAFE_NO_MAP, NONE, NONE },
	{ 0x009ff000, KVMSAFE_NO_MAP, NONE, NONE },
	{ 0xd0005000, KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT64_C(0x1d0002000), KVMSAFE_NO_MAP, NONE, NONE },
};

static void
expect_read(const struct opened *opened, uint64_t va, enum kvmsafe_status want, size_t bytes)
{
	uint8_t buf[16];
	size_t got;

	assert_int_equal(kvmsafe_read_va(opened->session, va, buf, sizeof(buf), &got, NULL), want);
	assert_int_equal(got, bytes);
}

static void
a_virtual_core_of_32_bits_reads_as_the_specification_works_it_out(void **state)
{
	struct opened opened;
	struct elf_builder elf;

	(void)state;
	put_example(&elf);
	open_sound(&opened, &elf);
	EXPECT(&opened, example);
	expect_read(&opened, 0xd0002ff8, KVMSAFE_OK, 16);
	expect_read(&opened, 0x00a02ff8, KVMSAFE_NO_MAP, 8);
	assert_int_equal(kvmsafe_kernel_displacement(opened.session), 0);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
	opened_fini(&opened);
	elf_fini(&elf);
}

/* What a dump over the network keeps in front. */
static void
a_leading_kernel_dump_header_moves_all_offsets(void **state)
{
	static const char *const names[] = { "powerpc", "powerpcspe" };
	static uint8_t file[0x7200];
	struct elf_builder elf;

	(void)state;
	put_example(&elf);
	memcpy(file + 512, elf.bytes, elf.len);
	elf_fini(&elf);
	for (size_t i = 0; i < 2; i++) {
		const struct opened_how how = { .arch = names[i] };
		struct opened opened;

		memset(file, 0, 512);
		memcpy(file, "FreeBSD Kernel Dump", 20);
		memcpy(file + 20, names[i], strlen(names[i]));
		put(file + 32, 4, true, 4);
		assert_int_equal(opened_init(&opened, file, sizeof(file), &how, NULL), KVMSAFE_OK);
		for (size_t n = 0; n < sizeof(example) / sizeof(example[0]); n++) {
			struct opened_row row = example[n];

			row.file_offset += row.status == KVMSAFE_OK ? 512 : 0;
			opened_expect(&opened, &row, 1);
		}
		opened_fini(&opened);
	}
}

static void
virtual_cores_of_64_bits_read_as_the_specification_works_them_out(void **state)
{
	static const struct opened_row rows[] = {
		{ UINT64_C(0xc000000001201008), KVMSAFE_OK, NONE, 0x2008 },
		{ UINT64_C(0xc008000000009010), KVMSAFE_OK, NONE, 0x3010 },
		{ UINT64_C(0xc000000001202000), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xc0000000011fffff), KVMSAFE_NO_MAP, NONE, NONE },
	};

	(void)state;
	for (size_t i = 1; i < 3; i++) {
		struct opened opened;
		struct elf_builder elf;

		elf_init(&elf, kinds[i].class, kinds[i].data);
		add_virtual(&elf, &kinds[i], UINT64_C(0xc000000001200000), 0x1000, 0x2000, 0x2000);
		add_virtual(&elf, &kinds[i], UINT64_C(0xc008000000009000), 0x3000, 0x1000, 0x1000);
		core_finish(&elf, &kinds[i], 0x4000);
		open_sound(&opened, &elf);
		EXPECT(&opened, rows);
		opened_fini(&opened);
		elf_fini(&elf);
	}
}

/* Physical memory reads; no address is translated, whatever symbols there are. */
static void
raw_cores_have_physical_addresses_alone(void **state)
{
	static const struct opened_symbol symbols[] = { { "kernbase", 0x100100 }, { NULL, 0 } };
	static const struct opened_how how = { .symbols = symbols };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct kvmsafe_description description = { .size = sizeof(description) };
		const struct opened_row rows[] = {
			{ 0x1200010, KVMSAFE_NO_MAP, NONE, NONE },
			{ nowhere(&kinds[i]), KVMSAFE_NO_MAP, NONE, NONE },
		};
		struct opened opened;
		struct elf_builder elf;
		uint8_t byte;
		size_t got;

		elf_init(&elf, kinds[i].class, kinds[i].data);
		add_raw(&elf, &kinds[i], 0x1200000, 0x1000, 0x2000, 0x2000);
		core_finish(&elf, &kinds[i], 0x3000);
		elf.bytes[0x1010] = 0x5a;
		assert_int_equal(opened_init(&opened, elf.bytes, elf.len, &how, NULL), KVMSAFE_OK);
		EXPECT(&opened, rows);
		assert_int_equal(
		    kvmsafe_read_pa(opened.session, 0x1200010, &byte, 1, &got, NULL), KVMSAFE_OK);
		assert_int_equal(byte, 0x5a);
		assert_int_equal(kvmsafe_read_pa(opened.session, 0x1202000, &byte, 1, &got, NULL),
		    KVMSAFE_OUTSIDE_MEMORY);
		assert_int_equal(kvmsafe_describe(opened.session, &description, NULL), KVMSAFE_OK);
		assert_string_equal(description.machine_arch, kinds[i].name);
		opened_fini(&opened);
		elf_fini(&elf);
	}
}

/* Every byte of small spaces against a linear search. */
static struct naive_answer
naive_virtual(const struct elf_builder *elf, uint64_t va)
{
	struct naive_answer gap = naive_failure(KVMSAFE_NO_MAP);

	for (size_t i = 0; i < elf->nphdrs; i++) {
		const struct elf_phdr *const load = &elf->phdrs[i];
		const uint64_t in = va - load->vaddr;

		if (load->type != PT_LOAD_T || va < load->vaddr || in >= load->memsz)
			continue;
		if (in < load->filesz) {
			struct naive_answer out = naive_failure(KVMSAFE_TRUNCATED);

			if (load->offset + in < elf->len) {
				out.status = KVMSAFE_OK;
				out.file_offset = load->offset + in;
			}
			return out;
		}
		gap = naive_failure(KVMSAFE_NOT_DUMPED);
	}
	return gap;
}

static void
virtual_addresses_are_where_a_linear_search_finds_them(void **state)
{
	uint64_t seed = 88172645463325252;

	(void)state;
	for (unsigned round = 0; round < 60; round++) {
		const struct kind *const kind = &kinds[round % 3];
		const uint64_t low = round % 2 == 0 ? 0xd0000000 : NOWHERE_32 - 0x3ff;
		struct opened opened;
		struct elf_builder elf;

		elf_init(&elf, kind->class, kind->data);
		for (unsigned i = 0; i < 1 + round % 7; i++) {
			const uint64_t n = opened_random(&seed);
			const uint64_t at = n % 0x400, memsz = 1 + (n >> 16) % (0x400 - at);

			add_virtual(&elf, kind, low + at, 0x1000 + (n >> 32) % 0x400,
			    (n >> 48) % (memsz + 1), memsz);
			elf_add_phdr(&elf,
			    (struct elf_phdr){ i % 2 == 0 ? PT_NOTE_T : PT_DUMP_DELTA_T, 0, low, 0,
				0x400, 0x400, 0 });
		}
		core_finish(&elf, kind, 0x1300);
		open_sound(&opened, &elf);
		for (uint64_t va = low - 4; va < low + 0x404; va++) {
			const struct naive_answer want = naive_virtual(&elf, va);

			opened_compare(&opened, va, &want);
		}
		opened_fini(&opened);
		elf_fini(&elf);
	}
}

/* ---- What cannot be ---- */

static void
expect_refused(struct elf_builder *elf, size_t len, enum kvmsafe_status want)
{
	struct opened opened;
	struct kvmsafe_error err = { .status = 0 };

	core_finish(elf, powerpc, len);
	assert_int_equal(open_core(&opened, elf, &err), want);
	opened_fini(&opened);
	elf_fini(elf);
}

static void
cores_of_both_kinds_or_of_none_are_refused(void **state)
{
	struct elf_builder elf;

	(void)state;
	elf_init(&elf, ELF_32, ELF_MSB);
	add_virtual(&elf, powerpc, 0xd0002000, 0x1000, 0x1000, 0x1000);
	add_raw(&elf, powerpc, 0, 0x2000, 0x1000, 0x1000);
	expect_refused(&elf, 0x3000, KVMSAFE_DAMAGED);
	elf_init(&elf, ELF_32, ELF_MSB);
	add_raw(&elf, powerpc, 0, 0x2000, 0x1000, 0x1000);
	add_virtual(&elf, powerpc, 0xd0002000, 0x1000, 0x1000, 0x1000);
	expect_refused(&elf, 0x3000, KVMSAFE_DAMAGED);
	elf_init(&elf, ELF_32, ELF_MSB);
	elf_add_phdr(&elf, (struct elf_phdr){ PT_NOTE_T, 0x1000, 0, NOWHERE_32, 16, 16, 4 });
	expect_refused(&elf, 0x3000, KVMSAFE_DAMAGED);
	elf_init(&elf, ELF_32, ELF_MSB);
	add_virtual(&elf, powerpc, 0xfffff000, 0x1000, 0x1001, 0x1001);
	expect_refused(&elf, 0x3000, KVMSAFE_DAMAGED);
}

/* No writer of these machines knows PT_DUMP_DELTA. */
static void
a_dump_delta_is_ignored(void **state)
{
	struct opened opened;
	struct elf_builder elf;

	(void)state;
	elf_init(&elf, ELF_32, ELF_MSB);
	add_virtual(&elf, powerpc, 0xd0002000, 0x1000, 0x1000, 0x1000);
	elf_add_phdr(&elf, (struct elf_phdr){ PT_DUMP_DELTA_T, 0, 0xd0000000, 0x1000, 0, 0, 0 });
	core_finish(&elf, powerpc, 0x2000);
	open_sound(&opened, &elf);
	assert_int_equal(kvmsafe_kernel_displacement(opened.session), 0);
	opened_fini(&opened);
	elf_fini(&elf);
}

/* ---- What other readers get wrong, by the row of the specification's table ---- */

/* One read of more than 2^31 bytes' room must not turn negative. */
static void
powerpc_p14_more_than_2_gib_may_be_left_in_a_segment(void **state)
{
	struct kvmsafe_translation got;
	struct opened opened;
	struct elf_builder elf;

	(void)state;
	elf_init(&elf, ELF_32, ELF_MSB);
	add_virtual(&elf, powerpc, 0x10000000, 0x1000, 0x90000000, 0x90000000);
	core_finish(&elf, powerpc, 0x3000);
	open_sound(&opened, &elf);
	expect_read(&opened, 0x10001000, KVMSAFE_OK, 16);
	assert_int_equal(
	    kvmsafe_translate(opened.session, 0x10002000, &got, NULL), KVMSAFE_TRUNCATED);
	assert_int_equal(got.bytes, 0x90000000 - 0x2000);
	opened_fini(&opened);
	elf_fini(&elf);
}

static void
powerpc_p15_a_segment_may_end_at_2_32(void **state)
{
	static const struct opened_row rows[] = {
		{ 0xfffff000, KVMSAFE_OK, NONE, 0x1000 },
		{ 0xffffffff, KVMSAFE_OK, NONE, 0x1fff },
		{ TOP_32, KVMSAFE_NO_MAP, NONE, NONE },
		{ 0xffffefff, KVMSAFE_NO_MAP, NONE, NONE },
		{ 0, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;
	struct elf_builder elf;

	(void)state;
	elf_init(&elf, ELF_32, ELF_MSB);
	add_virtual(&elf, powerpc, 0xfffff000, 0x1000, 0x1000, 0x1000);
	core_finish(&elf, powerpc, 0x2000);
	open_sound(&opened, &elf);
	EXPECT(&opened, rows);
	opened_fini(&opened);
	elf_fini(&elf);
}

static void
powerpc_p16_program_headers_outside_the_file_are_refused(void **state)
{
	static const struct {
		enum elf_ehdr_field field;
		uint64_t value;
	} rows[] = { { E_PHOFF_F, 0x1ff0 }, { E_PHOFF_F, 0xffffffff }, { E_PHNUM_F, 0 },
		{ E_PHNUM_F, 0xfffe }, { E_PHNUM_F, 0xffff }, { E_PHENTSIZE_F, 31 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;
		struct elf_builder elf;
		enum kvmsafe_status status;

		elf_init(&elf, ELF_32, ELF_MSB);
		add_virtual(&elf, powerpc, 0xd0002000, 0x1000, 0x1000, 0x1000);
		core_finish(&elf, powerpc, 0x2000);
		elf_set(&elf, rows[i].field, rows[i].value);
		status = open_core(&opened, &elf, &err);
		assert_true(status == KVMSAFE_DAMAGED || status == KVMSAFE_TRUNCATED);
		opened_fini(&opened);
		elf_fini(&elf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_virtual_core_of_32_bits_reads_as_the_specification_works_it_out),
		cmocka_unit_test(a_leading_kernel_dump_header_moves_all_offsets),
		cmocka_unit_test(virtual_cores_of_64_bits_read_as_the_specification_works_them_out),
		cmocka_unit_test(raw_cores_have_physical_addresses_alone),
		cmocka_unit_test(virtual_addresses_are_where_a_linear_search_finds_them),
		cmocka_unit_test(cores_of_both_kinds_or_of_none_are_refused),
		cmocka_unit_test(a_dump_delta_is_ignored),
		cmocka_unit_test(powerpc_p14_more_than_2_gib_may_be_left_in_a_segment),
		cmocka_unit_test(powerpc_p15_a_segment_may_end_at_2_32),
		cmocka_unit_test(powerpc_p16_program_headers_outside_the_file_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
