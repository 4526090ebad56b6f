/* SPDX-License-Identifier: BSD-2-Clause */
/* What is made of symbol tables, string tables and section headers that lie. */
#include "support/kernel_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "format/kernel.h"

/* A kernel of two symbols, then one thing wrong. */

static const struct elf_symbol two[] = { { "first", GLOBAL, OBJECT, DATA, 1, 0 },
	{ "second", GLOBAL, OBJECT, DATA, 2, 0 } };

static void
setup_two(struct kernel_file *kernel, size_t kind)
{
	kernel_init(kernel, kernel_kinds[kind].class, kernel_kinds[kind].data);
	assert_int_equal(elf_add_symbols(&kernel->elf, SYMTAB_TYPE, two, COUNT(two)), SYMTAB);
	elf_finish(&kernel->elf);
}

static void
a_table_that_cannot_be_trusted_is_an_error(void **state)
{
	static const struct {
		uint16_t section;
		enum elf_shdr_field field;
		uint64_t value;
		const char *word;
	} rows[] = {
		{ SYMTAB, SH_ENTSIZE_F, 0, "sh_entsize" },
		{ SYMTAB, SH_ENTSIZE_F, 1, "sh_entsize" },
		{ SYMTAB, SH_ENTSIZE_F, 25, "sh_entsize" },
		{ SYMTAB, SH_LINK_F, 7, "sh_link" },
		{ SYMTAB, SH_LINK_F, UINT32_MAX, "sh_link" },
		{ SYMTAB, SH_LINK_F, 0, "string table" },
		{ SYMTAB, SH_LINK_F, SYMTAB, "string table" },
		{ STRTAB, SH_TYPE_F, 8, "string table" }, /* NOBITS */
		{ STRTAB, SH_TYPE_F, 1, "string table" },
		{ SYMTAB, SH_OFFSET_F, UINT32_MAX - 8, "symbols" },
		{ SYMTAB, SH_OFFSET_F, UINT64_MAX - 8, "symbols" },
		{ STRTAB, SH_OFFSET_F, UINT32_MAX - 8, "names" },
		{ STRTAB, SH_OFFSET_F, UINT64_MAX - 8, "names" },
		{ SYMTAB, SH_FLAGS_F, 0x800, "SHF_COMPRESSED" },
		{ STRTAB, SH_FLAGS_F, 0x800, "SHF_COMPRESSED" },
	};

	(void)state;
	for (size_t kind = 0; kind < KERNEL_KINDS; kind++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct kernel_file kernel;

			setup_two(&kernel, kind);
			elf_set_section(&kernel.elf, rows[i].section, rows[i].field, rows[i].value);
			assert_int_equal(kernel_read(&kernel), KVMSAFE_BAD_KERNEL);
			assert_int_equal(kernel.err.place, KVMSAFE_FILE_OFFSET);
			assert_non_null(strstr(kernel.err.message, rows[i].word));
			assert_null(kernel.index);
			kernel_fini(&kernel);
		}
	}
}

static void
sizes_that_overflow_are_an_error(void **state)
{
	static const uint16_t sections[] = { SYMTAB, STRTAB };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct kernel_file kernel;

		setup_two(&kernel, 2);
		elf_set_section(&kernel.elf, sections[i], SH_SIZE_F, UINT64_MAX - 15);
		assert_int_equal(kernel_read(&kernel), KVMSAFE_BAD_KERNEL);
		kernel_fini(&kernel);

		/* A table that begins where the file ends is outside. */
		setup_two(&kernel, 2);
		elf_set_section(&kernel.elf, sections[i], SH_OFFSET_F, kernel.elf.len);
		assert_int_equal(kernel_read(&kernel), KVMSAFE_BAD_KERNEL);
		kernel_fini(&kernel);
	}
}

static void
section_headers_that_lie_are_an_error(void **state)
{
	(void)state;
	for (int row = 0; row < 4; row++) {
		struct kernel_file kernel;

		setup_two(&kernel, 2);
		if (row == 0)
			elf_resize(&kernel.elf, kernel.elf.len - 1);
		if (row == 1)
			elf_set(&kernel.elf, E_SHENTSIZE_F, 63);
		if (row >= 2)
			elf_set(&kernel.elf, E_SHNUM_F, 0);
		if (row == 2)
			elf_set_section(&kernel.elf, 0, SH_SIZE_F, UINT64_C(1) << 40);
		if (row == 3) { /* sane: honoured */
			elf_set_section(&kernel.elf, 0, SH_SIZE_F, 7);
			assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
			assert_symbol(&kernel, "second", 7, 2);
		} else {
			assert_int_equal(kernel_read(&kernel), KVMSAFE_BAD_KERNEL);
		}
		kernel_fini(&kernel);
	}
}

static void
a_size_that_is_no_multiple_gives_whole_symbols(void **state)
{
	struct kernel_file kernel;

	(void)state;
	setup_two(&kernel, 2);
	elf_set_section(&kernel.elf, SYMTAB, SH_SIZE_F, 3 * 24 - 1);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_findings(&kernel, 1, KVMSAFE_BAD_KERNEL, "whole symbols");
	assert_symbol(&kernel, "first", 7, 1);
	assert_none(&kernel, "second");
	kernel_fini(&kernel);
}

static void
tables_cut_by_the_end_of_the_file_are_used_in_part(void **state)
{
	struct kernel_file kernel;
	size_t at;

	(void)state;
	/* The symbols: a copy at the end of which the last is missing. */
	setup_two(&kernel, 2);
	at = kernel.elf.len;
	elf_resize(&kernel.elf, at + 2 * 24);
	memcpy(kernel.elf.bytes + at,
	    kernel.elf.bytes + elf_get_section(&kernel.elf, SYMTAB, SH_OFFSET_F), 2 * 24);
	elf_set_section(&kernel.elf, SYMTAB, SH_OFFSET_F, at);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_findings(&kernel, 1, KVMSAFE_TRUNCATED, "symbols");
	assert_symbol(&kernel, "first", 7, 1);
	assert_none(&kernel, "second");
	kernel_fini(&kernel);

	/* The names: "\0first\0sec" */
	setup_two(&kernel, 2);
	at = kernel.elf.len;
	elf_resize(&kernel.elf, at + 10);
	memcpy(kernel.elf.bytes + at, "\0first\0sec", 10);
	elf_set_section(&kernel.elf, STRTAB, SH_OFFSET_F, at);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_int_equal(kvs_findings_count(&kernel.findings), 2);
	assert_symbol(&kernel, "first", 7, 1);
	assert_none(&kernel, "sec");
	assert_none(&kernel, "second");
	kernel_fini(&kernel);
}

static void
a_name_without_end_never_matches(void **state)
{
	struct kernel_file kernel;

	(void)state;
	setup_two(&kernel, 2);
	elf_set_section(&kernel.elf, STRTAB, SH_SIZE_F, 1 + 6 + 6); /* without the last NUL */
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_findings(&kernel, 1, KVMSAFE_BAD_KERNEL, "NUL");
	assert_symbol(&kernel, "first", 7, 1);
	assert_none(&kernel, "second");
	assert_none(&kernel, "secon");
	kernel_fini(&kernel);

	setup_two(&kernel, 2);
	elf_set_section(&kernel.elf, STRTAB, SH_SIZE_F, 0); /* no names at all */
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_none(&kernel, "first");
	assert_none(&kernel, "");
	kernel_fini(&kernel);
}

static void
a_name_beyond_the_string_table_is_skipped(void **state)
{
	static const uint32_t names[] = { 14, 15, 0x7fffffff, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct kernel_file kernel;
		uint64_t at;

		setup_two(&kernel, 2);
		at = elf_get_section(&kernel.elf, SYMTAB, SH_OFFSET_F) + 2 * 24;
		elf_put(&kernel.elf, kernel.elf.bytes + at, 4, names[i]);
		assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
		assert_findings(&kernel, 1, KVMSAFE_BAD_KERNEL, "names in the string table");
		assert_symbol(&kernel, "first", 7, 1);
		assert_int_equal(kvs_elfsym_count(kernel.index), 1);
		kernel_fini(&kernel);
	}
}

static void
a_name_may_begin_inside_another(void **state)
{
	struct kernel_file kernel;
	uint64_t at;

	(void)state;
	setup_two(&kernel, 2);
	at = elf_get_section(&kernel.elf, SYMTAB, SH_OFFSET_F) + 2 * 24;
	elf_put(&kernel.elf, kernel.elf.bytes + at, 4, 3); /* "fi|rst" */
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_symbol(&kernel, "rst", 7, 2);
	assert_symbol(&kernel, "first", 7, 1);
	kernel_fini(&kernel);
}

static void
extended_section_numbers_come_from_their_table(void **state)
{
	static const struct elf_symbol symbols[] = { { "x", GLOBAL, OBJECT, XINDEX, 1, 0 },
		{ "y", GLOBAL, OBJECT, XINDEX, 2, 0 }, { "z", LOCAL, OBJECT, XINDEX, 3, 0 } };

	(void)state;
	/* 0: sound; 1: another table's; 2: none; 3: compressed; 4: shorter than the symbols;
	   5: outside the file */
	for (int row = 0; row < 6; row++) {
		struct kernel_file kernel;
		uint8_t numbers[4 * 4] = { 0 };
		uint16_t shndx = 0;
		const bool good = row == 0 || row == 4;

		kernel_init(&kernel, ELF_32, ELF_MSB);
		elf_put(&kernel.elf, numbers + 4, 4, BSS);
		elf_put(&kernel.elf, numbers + 8, 4, 1000000); /* no such section */
		elf_put(&kernel.elf, numbers + 12, 4, TEXT);
		if (row != 2)
			shndx = elf_add_section(&kernel.elf,
			    (struct elf_section){ .type = SHNDX_TYPE,
				.link = row == 1 ? 3 : 6,
				.flags = row == 3 ? 0x800 : 0,
				.entsize = 4,
				.data = numbers,
				.len = row == 4 ? 3 * 4 : sizeof(numbers) });
		elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symbols, COUNT(symbols));
		elf_finish(&kernel.elf);
		if (row == 5)
			elf_set_section(&kernel.elf, shndx, SH_OFFSET_F, 0x7fffffff);
		assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
		assert_symbol(&kernel, "x", good ? 9 : 1, 1); /* the value is good in any case */
		assert_symbol(&kernel, "y", 1, 2);
		assert_symbol(&kernel, "z", row == 0 ? 4 : 2, 3);
		kernel_fini(&kernel);
	}
}

static void
more_symbols_than_the_limit_are_refused(void **state)
{
	(void)state;
	for (uint64_t limit = 2; limit < 4; limit++) {
		struct kernel_file kernel;

		setup_two(&kernel, 2); /* and the null symbol */
		kernel.limit = limit;
		assert_int_equal(kernel_read(&kernel), limit < 3 ? KVMSAFE_LIMIT : KVMSAFE_OK);
		kernel_fini(&kernel);
	}
}

static void
the_limit_holds_for_both_tables_together(void **state)
{
	(void)state;
	for (uint64_t limit = 5; limit < 7; limit++) {
		struct kernel_file kernel;

		kernel_init(&kernel, ELF_64, ELF_LSB);
		elf_add_symbols(&kernel.elf, SYMTAB_TYPE, two, COUNT(two));
		elf_add_symbols(&kernel.elf, DYNSYM_TYPE, two, COUNT(two));
		kernel.limit = limit;
		assert_int_equal(kernel_read(&kernel), limit < 6 ? KVMSAFE_LIMIT : KVMSAFE_OK);
		kernel_fini(&kernel);
	}
}

static void
of_several_tables_the_first_is_used(void **state)
{
	static const struct elf_symbol other[] = { { "first", GLOBAL, OBJECT, DATA, 9, 0 },
		{ "third", GLOBAL, OBJECT, DATA, 3, 0 } };
	struct kernel_file kernel;

	(void)state;
	kernel_init(&kernel, ELF_64, ELF_LSB);
	elf_add_symbols(&kernel.elf, SYMTAB_TYPE, two, COUNT(two));
	elf_add_symbols(&kernel.elf, SYMTAB_TYPE, other, COUNT(other));
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_findings(&kernel, 1, KVMSAFE_BAD_KERNEL, "one symbol table");
	assert_symbol(&kernel, "first", 7, 1);
	assert_none(&kernel, "third");
	kernel_fini(&kernel);
}

static void
no_symbols_is_an_empty_index_and_a_finding(void **state)
{
	(void)state;
	for (int row = 0; row < 3; row++) {
		struct kernel_file kernel;

		kernel_init(&kernel, ELF_64, ELF_LSB);
		if (row == 2)
			elf_add_symbols(&kernel.elf, SYMTAB_TYPE, two, 0);
		elf_finish(&kernel.elf);
		if (row == 1) { /* as `strip --strip-section-headers` leaves it */
			elf_set(&kernel.elf, E_SHNUM_F, 0);
			elf_set(&kernel.elf, E_SHOFF_F, 0);
		}
		assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
		assert_findings(&kernel, 1, KVMSAFE_BAD_KERNEL, "found none");
		assert_int_equal(kvs_elfsym_count(kernel.index), 0);
		assert_none(&kernel, "first");
		kernel_fini(&kernel);
	}
}

static void
a_broken_dynsym_next_to_a_sound_symtab_is_a_finding(void **state)
{
	(void)state;
	for (int sound = 0; sound < 2; sound++) {
		struct kernel_file kernel;
		uint16_t dynsym;

		kernel_init(&kernel, ELF_64, ELF_LSB);
		dynsym = elf_add_symbols(&kernel.elf, DYNSYM_TYPE, two, COUNT(two));
		if (sound)
			elf_add_symbols(&kernel.elf, SYMTAB_TYPE, two, COUNT(two));
		elf_finish(&kernel.elf);
		elf_set_section(&kernel.elf, dynsym, SH_ENTSIZE_F, 0);
		assert_int_equal(kernel_read(&kernel), sound ? KVMSAFE_OK : KVMSAFE_BAD_KERNEL);
		if (sound) {
			assert_findings(&kernel, 1, KVMSAFE_BAD_KERNEL, "sh_entsize");
			assert_symbol(&kernel, "second", 7, 2);
		}
		kernel_fini(&kernel);
	}
}

/* The file's bytes, then a hole. */
static enum kvmsafe_status
read_with_hole(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	const struct elf_builder *const elf = ctx;
	const size_t there = offset < elf->len ? elf->len - (size_t)offset : 0;

	(void)err;
	memset(buf, 0, len);
	if (there > 0)
		memcpy(buf, elf->bytes + offset, len < there ? len : there);
	*got = len;
	return KVMSAFE_OK;
}

/* A hole is a table of empty sections: one of 2^32 would cost 4 GiB and minutes. */
static void
more_sections_than_a_kernel_has_are_refused(void **state)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_with_hole };

	(void)state;
	for (uint64_t more = 0; more < 2; more++) {
		struct kernel_file kernel;
		struct kvs_elfsym_file file = { .header = &kernel.header, .symbol_limit = 9 };

		setup_two(&kernel, 2);
		elf_set(&kernel.elf, E_SHNUM_F, 0);
		elf_set_section(&kernel.elf, 0, SH_SIZE_F, (UINT64_C(1) << 20) + more);
		kernel.memory = (struct kvs_memory){ 1 << 22, 1 << 22, 0 };
		kvs_findings_init(&kernel.findings, &kernel.memory, 64);
		assert_int_equal(kvmsafe_source_callbacks(
				     &ops, &kernel.elf, UINT64_C(1) << 38, &kernel.source, NULL),
		    KVMSAFE_OK);
		file.source = kernel.source;
		assert_int_equal(
		    kvs_kernel_header_read(kernel.source, &kernel.header, &kernel.err), KVMSAFE_OK);
		assert_int_equal(kvs_elfsym_create(&kernel.memory, &file, &kernel.findings,
				     &kernel.index, &kernel.err),
		    more != 0 ? KVMSAFE_LIMIT : KVMSAFE_OK);
		kernel_fini(&kernel);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_table_that_cannot_be_trusted_is_an_error),
		cmocka_unit_test(sizes_that_overflow_are_an_error),
		cmocka_unit_test(section_headers_that_lie_are_an_error),
		cmocka_unit_test(a_size_that_is_no_multiple_gives_whole_symbols),
		cmocka_unit_test(tables_cut_by_the_end_of_the_file_are_used_in_part),
		cmocka_unit_test(a_name_without_end_never_matches),
		cmocka_unit_test(a_name_beyond_the_string_table_is_skipped),
		cmocka_unit_test(a_name_may_begin_inside_another),
		cmocka_unit_test(extended_section_numbers_come_from_their_table),
		cmocka_unit_test(more_sections_than_a_kernel_has_are_refused),
		cmocka_unit_test(more_symbols_than_the_limit_are_refused),
		cmocka_unit_test(the_limit_holds_for_both_tables_together),
		cmocka_unit_test(of_several_tables_the_first_is_used),
		cmocka_unit_test(no_symbols_is_an_empty_index_and_a_finding),
		cmocka_unit_test(a_broken_dynsym_next_to_a_sound_symtab_is_a_finding),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
