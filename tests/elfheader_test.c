/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ELF headers are refused, with which place, and what is read of the others. */
#include "format/elfheader.h"
#include "support/elf_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	enum elf_class class;
	enum elf_data data;
} kinds[] = { { ELF_32, ELF_LSB }, { ELF_32, ELF_MSB }, { ELF_64, ELF_LSB }, { ELF_64, ELF_MSB } };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Two program headers, three sections. */
static void
build(struct elf_builder *elf, size_t kind)
{
	elf_init(elf, kinds[kind].class, kinds[kind].data);
	elf_add_phdr(elf, (struct elf_phdr){ .type = 1, .offset = 0x1234, .memsz = 5 });
	elf_add_phdr(elf, (struct elf_phdr){ .type = 0x6fb5d000, .vaddr = 0x80001000 });
	elf_add_section(
	    elf, (struct elf_section){ .type = 1, .flags = 3, .data = "abcdefghij", .len = 10 });
	elf_add_section(elf,
	    (struct elf_section){ .type = 2, .link = 1, .entsize = 24, .data = NULL, .len = 24 });
	elf_finish(elf);
	elf_set(elf, E_FLAGS_F, 0x60000001);
}

struct outcome {
	enum kvmsafe_status status;
	struct kvmsafe_error err;
	struct kvs_elf_header header;
};

static struct outcome
read_as(const struct elf_builder *elf, bool want_phdrs, bool want_shdrs)
{
	const struct kvs_elf_wanted wanted = { "thing", KVMSAFE_BAD_KERNEL, want_phdrs,
		want_shdrs };
	struct outcome outcome = { 0 };
	struct kvmsafe_source *source;

	assert_int_equal(kvmsafe_source_memory(elf->bytes, elf->len, &source, NULL), KVMSAFE_OK);
	memset(&outcome.header, 0xaa, sizeof(outcome.header));
	outcome.status = kvs_elf_header_read(source, &wanted, &outcome.header, &outcome.err);
	if (outcome.status != KVMSAFE_OK) {
		assert_int_equal(outcome.err.status, outcome.status);
		assert_int_equal(outcome.header.elf_class, 0xaa); /* out is untouched */
	}
	kvmsafe_source_close(source);
	return outcome;
}

static void
a_sound_header_is_read_in_each_class_and_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < KINDS; i++) {
		struct elf_builder elf;
		struct outcome outcome;

		build(&elf, i);
		outcome = read_as(&elf, true, true);
		assert_int_equal(outcome.status, KVMSAFE_OK);
		assert_int_equal(outcome.header.elf_class, kinds[i].class);
		assert_int_equal(outcome.header.data, kinds[i].data);
		assert_int_equal(outcome.header.osabi, 9);
		assert_int_equal(outcome.header.type, 2);
		assert_int_equal(outcome.header.machine, 62);
		assert_int_equal(outcome.header.flags, 0x60000001);
		assert_int_equal(outcome.header.phnum, 2);
		assert_int_equal(outcome.header.shnum, 3);
		assert_int_equal(outcome.header.shoff, elf.shoff);
		assert_int_equal(outcome.header.header_bytes, i < 2 ? 52 : 64);
		assert_int_equal(outcome.header.phoff, i < 2 ? 52 : 64);
		elf_fini(&elf);
	}
}

static void
each_bad_field_is_refused_at_its_place(void **state)
{
	static const struct {
		enum elf_ehdr_field field;
		uint64_t value;
		uint64_t at[2];
	} rows[] = {
		{ EI_CLASS_F, 0, { 4, 4 } },
		{ EI_CLASS_F, 3, { 4, 4 } },
		{ EI_DATA_F, 0, { 5, 5 } },
		{ EI_DATA_F, 3, { 5, 5 } },
		{ EI_VERSION_F, 0, { 6, 6 } },
		{ EI_VERSION_F, 2, { 6, 6 } },
		{ E_VERSION_F, 2, { 20, 20 } },
		{ E_VERSION_F, 0x01000000, { 20, 20 } },
		{ E_EHSIZE_F, 51, { 40, 52 } },
		{ E_EHSIZE_F, 0, { 40, 52 } },
		{ E_PHENTSIZE_F, 0, { 42, 54 } },
		{ E_PHENTSIZE_F, 57, { 42, 54 } },
		{ E_SHENTSIZE_F, 0, { 46, 58 } },
		{ E_SHENTSIZE_F, 65535, { 46, 58 } },
	};

	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			struct elf_builder elf;
			struct outcome outcome;

			build(&elf, kind);
			elf_set(&elf, rows[i].field, rows[i].value);
			outcome = read_as(&elf, true, true);
			assert_int_equal(outcome.status, KVMSAFE_BAD_KERNEL);
			assert_int_equal(outcome.err.place, KVMSAFE_FILE_OFFSET);
			assert_int_equal(outcome.err.at, rows[i].at[kind / 2]);
			assert_memory_equal(outcome.err.message, "thing: ", 7);
			elf_fini(&elf);
		}
	}
}

/* D19: reading on with the wrong order gives nonsense that some check must meet. */
static void
the_wrong_data_encoding_is_refused(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct elf_builder elf;

		build(&elf, kind);
		elf_set(&elf, EI_DATA_F, 3u - (unsigned)kinds[kind].data);
		assert_int_equal(read_as(&elf, true, true).status, KVMSAFE_BAD_KERNEL);
		elf_fini(&elf);
	}
}

static void
e_version_0_is_accepted_as_kernels_write_it(void **state)
{
	struct elf_builder elf;

	(void)state;
	build(&elf, 2);
	elf_set(&elf, E_VERSION_F, 0);
	assert_int_equal(read_as(&elf, true, true).status, KVMSAFE_OK);
	elf_fini(&elf);
}

static void
a_file_shorter_than_its_header_is_refused_at_its_end(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind += 2) {
		const size_t header = kind == 0 ? 52 : 64;

		for (size_t len = 0; len <= header; len++) {
			struct elf_builder elf;
			struct outcome outcome;

			elf_init(&elf, kinds[kind].class, kinds[kind].data);
			elf_finish(&elf);
			elf_resize(&elf, len);
			outcome = read_as(&elf, true, true);
			assert_int_equal(
			    outcome.status, len == header ? KVMSAFE_OK : KVMSAFE_BAD_KERNEL);
			if (len < header && len >= 16)
				assert_int_equal(outcome.err.at, len);
			elf_fini(&elf);
		}
	}
}

static void
entry_sizes_do_not_matter_where_there_are_no_entries(void **state)
{
	struct elf_builder elf;

	(void)state;
	elf_init(&elf, ELF_64, ELF_LSB);
	elf_finish(&elf);
	elf_set(&elf, E_PHENTSIZE_F, 0);
	elf_set(&elf, E_SHENTSIZE_F, 0);
	assert_int_equal(read_as(&elf, true, true).status, KVMSAFE_OK);
	elf_set(&elf, E_PHNUM_F, 1);
	assert_int_equal(read_as(&elf, false, true).status, KVMSAFE_BAD_KERNEL);
	elf_fini(&elf);
}

static void
tables_outside_the_file_are_refused_if_they_are_wanted(void **state)
{
	static const struct {
		bool phdrs;
		enum elf_ehdr_field field;
		uint64_t value;
	} rows[] = {
		{ true, E_PHOFF_F, UINT64_MAX - 8 },
		{ true, E_PHOFF_F, 0x7fffffff },
		{ true, E_PHNUM_F, 0xfffe },
		{ false, E_SHOFF_F, UINT64_MAX - 8 },
		{ false, E_SHOFF_F, 0x7fffffff },
		{ false, E_SHNUM_F, 4 },
		{ false, E_SHNUM_F, 0xfeff },
	};

	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
			const bool phdrs = rows[i].phdrs;
			struct elf_builder elf;

			build(&elf, kind);
			elf_set(&elf, rows[i].field, rows[i].value);
			assert_int_equal(read_as(&elf, phdrs, !phdrs).status, KVMSAFE_BAD_KERNEL);
			assert_int_equal(read_as(&elf, !phdrs, phdrs).status, KVMSAFE_OK);
			elf_fini(&elf);
		}
	}
}

static void
a_table_may_end_with_the_file(void **state)
{
	struct elf_builder elf;

	(void)state;
	build(&elf, 2); /* section headers come last */
	assert_int_equal(read_as(&elf, false, true).status, KVMSAFE_OK);
	elf_resize(&elf, elf.len - 1);
	assert_int_equal(read_as(&elf, false, true).status, KVMSAFE_BAD_KERNEL);
	elf_fini(&elf);
}

static void
e_shnum_0_takes_the_count_from_section_0(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct elf_builder elf;
		struct outcome outcome;

		build(&elf, kind);
		elf_set(&elf, E_SHNUM_F, 0);
		elf_set_section(&elf, 0, SH_SIZE_F, 3);
		outcome = read_as(&elf, false, true);
		assert_int_equal(outcome.status, KVMSAFE_OK);
		assert_int_equal(outcome.header.shnum, 3);

		elf_set_section(&elf, 0, SH_SIZE_F, 4);
		assert_int_equal(read_as(&elf, false, true).status, KVMSAFE_BAD_KERNEL);
		elf_set_section(&elf, 0, SH_SIZE_F, kind < 2 ? UINT32_MAX : UINT64_C(1) << 40);
		assert_int_equal(read_as(&elf, false, true).status, KVMSAFE_BAD_KERNEL);
		if (kind >= 2) { /* times 64 wraps to 64 */
			elf_set_section(&elf, 0, SH_SIZE_F, (UINT64_C(1) << 58) + 1);
			assert_int_equal(read_as(&elf, false, true).status, KVMSAFE_BAD_KERNEL);
		}

		elf_set(&elf, E_SHOFF_F, elf.len - 1);
		assert_int_equal(read_as(&elf, false, true).status, KVMSAFE_BAD_KERNEL);
		elf_set(&elf, E_SHOFF_F, 0);
		outcome = read_as(&elf, false, true);
		assert_int_equal(outcome.status, KVMSAFE_OK);
		assert_int_equal(outcome.header.shnum, 0);
		elf_fini(&elf);
	}
}

static void
pn_xnum_takes_the_count_from_section_0(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct elf_builder elf;
		struct outcome outcome;

		build(&elf, kind);
		elf_set(&elf, E_PHNUM_F, 0xffff);
		elf_set_section(&elf, 0, SH_INFO_F, 2);
		outcome = read_as(&elf, true, false);
		assert_int_equal(outcome.status, KVMSAFE_OK);
		assert_int_equal(outcome.header.phnum, 2);

		elf_set_section(&elf, 0, SH_INFO_F, UINT32_MAX);
		outcome = read_as(&elf, true, false);
		assert_int_equal(outcome.status, KVMSAFE_BAD_KERNEL);
		assert_int_equal(outcome.err.at, kind < 2 ? 52 : 64); /* where the table begins */
		elf_set(&elf, E_SHOFF_F, elf.len - 8);
		assert_int_equal(read_as(&elf, true, false).status, KVMSAFE_BAD_KERNEL);
		elf_set(&elf, E_SHOFF_F, 0);
		assert_int_equal(read_as(&elf, true, false).status, KVMSAFE_BAD_KERNEL);
		elf_fini(&elf);
	}
}

static void
section_headers_are_loaded_by_class_and_order(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct elf_builder elf;
		struct kvs_elf_section section;
		struct outcome outcome;

		build(&elf, kind);
		outcome = read_as(&elf, false, true);
		section = kvs_elf_section_load(
		    &outcome.header, elf.bytes + elf.shoff + 2 * (kind < 2 ? 40 : 64));
		assert_int_equal(section.type, 2);
		assert_int_equal(section.link, 1);
		assert_int_equal(section.entsize, 24);
		assert_int_equal(section.bytes, 24);
		assert_int_equal(section.offset, elf_get_section(&elf, 2, SH_OFFSET_F));
		elf_fini(&elf);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_header_is_read_in_each_class_and_order),
		cmocka_unit_test(each_bad_field_is_refused_at_its_place),
		cmocka_unit_test(the_wrong_data_encoding_is_refused),
		cmocka_unit_test(e_version_0_is_accepted_as_kernels_write_it),
		cmocka_unit_test(a_file_shorter_than_its_header_is_refused_at_its_end),
		cmocka_unit_test(entry_sizes_do_not_matter_where_there_are_no_entries),
		cmocka_unit_test(tables_outside_the_file_are_refused_if_they_are_wanted),
		cmocka_unit_test(a_table_may_end_with_the_file),
		cmocka_unit_test(e_shnum_0_takes_the_count_from_section_0),
		cmocka_unit_test(pn_xnum_takes_the_count_from_section_0),
		cmocka_unit_test(section_headers_are_loaded_by_class_and_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
