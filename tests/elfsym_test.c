/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of a kernel file's symbols: who answers for a name, as what; and what is made of tables
 * that lie.
 */
#include "symbol/elfsym.h"
#include "format/kernel.h"
#include "support/elf_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LOCAL, GLOBAL, WEAK, UNIQUE = 10 };
enum { NOTYPE, OBJECT, FUNC, FILE_NAME = 4 };
enum { UNDEF = 0, TEXT = 1, DATA = 2, BSS = 3, NOTE = 4, SYMTAB = 5, STRTAB = 6 };
enum { ABS = 0xfff1, COMMON = 0xfff2, XINDEX = 0xffff };
enum { DYNSYM_TYPE = 11, SHNDX_TYPE = 18 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	enum elf_class class;
	enum elf_data data;
} kinds[] = { { ELF_32, ELF_LSB }, { ELF_32, ELF_MSB }, { ELF_64, ELF_LSB }, { ELF_64, ELF_MSB } };

struct world {
	struct elf_builder elf;
	uint64_t limit;
	struct kvs_memory memory;
	struct kvs_findings findings;
	struct kvmsafe_source *source;
	struct kvs_elfsym *index;
	struct kvmsafe_error err;
};

/* Sections 1 to 4 as in the enum above. */
static void
setup(struct world *world, enum elf_class class, enum elf_data data)
{
	*world = (struct world){ .limit = 1 << 24 };
	elf_init(&world->elf, class, data);
	elf_add_section(&world->elf, (struct elf_section){ .type = 1, .flags = 6 });
	elf_add_section(&world->elf, (struct elf_section){ .type = 1, .flags = 3 });
	elf_add_section(&world->elf, (struct elf_section){ .type = 8, .flags = 3 });
	elf_add_section(&world->elf, (struct elf_section){ .type = 7, .flags = 2 });
}

static enum kvmsafe_status
create(struct world *world)
{
	struct kvs_elf_header header;
	struct kvs_elfsym_file file = { NULL, &header, world->limit };
	enum kvmsafe_status status;

	if (world->elf.bytes == NULL)
		elf_finish(&world->elf);
	world->memory = (struct kvs_memory){ UINT64_C(1) << 32, UINT64_C(1) << 32, 0 };
	kvs_findings_init(&world->findings, &world->memory, 64);
	assert_int_equal(
	    kvmsafe_source_memory(world->elf.bytes, world->elf.len, &world->source, NULL),
	    KVMSAFE_OK);
	file.source = world->source;
	status = kvs_kernel_header_read(world->source, &header, &world->err);
	if (status != KVMSAFE_OK)
		return status;
	return kvs_elfsym_create(
	    &world->memory, &file, &world->findings, &world->index, &world->err);
}

static void
teardown(struct world *world)
{
	kvs_elfsym_destroy(world->index);
	kvs_findings_fini(&world->findings);
	assert_int_equal(world->memory.used, 0);
	kvmsafe_source_close(world->source);
	elf_fini(&world->elf);
}

static void
assert_symbol(const struct world *world, const char *name, uint8_t nlist_type, uint64_t value)
{
	struct kvmsafe_symbol symbol = { .name = "the caller's" };

	assert_true(kvs_elfsym_lookup(world->index, name, &symbol));
	assert_string_equal(symbol.name, "the caller's");
	assert_true(symbol.found);
	assert_int_equal(symbol.rule, KVMSAFE_SYM_PLAIN);
	assert_int_equal(symbol.nlist_type, nlist_type);
	assert_int_equal(symbol.value, value);
}

static void
assert_none(const struct world *world, const char *name)
{
	struct kvmsafe_symbol symbol = { .value = 77 };

	assert_false(kvs_elfsym_lookup(world->index, name, &symbol));
	assert_int_equal(symbol.value, 77);
}

static void
assert_findings(const struct world *world, uint64_t n, enum kvmsafe_status status, const char *word)
{
	struct kvmsafe_error finding;

	assert_int_equal(kvs_findings_count(&world->findings), n);
	assert_true(kvs_findings_get(&world->findings, n - 1, &finding));
	assert_int_equal(finding.status, status);
	assert_non_null(strstr(finding.message, word));
}

/* ---- Who answers ---- */

static void
types_follow_section_and_binding_in_each_class_and_order(void **state)
{
	static const struct elf_symbol symbols[] = {
		{ "file", LOCAL, FILE_NAME, ABS, 0, 0 },
		{ "file_g", GLOBAL, FILE_NAME, ABS, 0, 0 },
		{ "abs", LOCAL, NOTYPE, ABS, 1, 0 },
		{ "abs_g", GLOBAL, NOTYPE, ABS, 2, 0 },
		{ "text", LOCAL, FUNC, TEXT, 3, 9 },
		{ "text_w", WEAK, FUNC, TEXT, 4, 0 },
		{ "data", LOCAL, OBJECT, DATA, 5, 0 },
		{ "data_g", GLOBAL, OBJECT, DATA, 6, 0x80 },
		{ "bss", LOCAL, OBJECT, BSS, 7, 0 },
		{ "bss_w", WEAK, OBJECT, BSS, 8, 0 },
		{ "note", LOCAL, OBJECT, NOTE, 9, 0 },
		{ "note_g", GLOBAL, OBJECT, NOTE, 10, 0 },
		{ "beyond", LOCAL, OBJECT, 7, 11, 0 },
		{ "beyond_g", GLOBAL, OBJECT, 0xff00, 12, 0 },
		{ "unique", UNIQUE, OBJECT, DATA, 13, 0 },
		{ "unique_note", UNIQUE, OBJECT, NOTE, 14, 0 },
		{ "und", GLOBAL, NOTYPE, UNDEF, 15, 0 },
		{ "com", GLOBAL, OBJECT, COMMON, 16, 0 },
		{ "high", GLOBAL, OBJECT, DATA, 0xfffffff0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		struct world world;
		struct kvmsafe_symbol symbol = { 0 };

		setup(&world, kinds[i].class, kinds[i].data);
		elf_add_symbols(&world.elf, 2, symbols, COUNT(symbols));
		assert_int_equal(create(&world), KVMSAFE_OK);
		assert_int_equal(kvs_findings_count(&world.findings), 0);
		assert_int_equal(kvs_elfsym_count(world.index), COUNT(symbols) - 2);
		assert_symbol(&world, "file", 0x1e, 0);
		assert_symbol(&world, "file_g", 0x1f, 0);
		assert_symbol(&world, "abs", 2, 1);
		assert_symbol(&world, "abs_g", 3, 2);
		assert_symbol(&world, "text", 4, 3);
		assert_symbol(&world, "text_w", 5, 4);
		assert_symbol(&world, "data", 6, 5);
		assert_symbol(&world, "data_g", 7, 6);
		assert_symbol(&world, "bss", 8, 7);
		assert_symbol(&world, "bss_w", 9, 8);
		assert_symbol(&world, "note", 2, 9); /* never 0: that is "not found" */
		assert_symbol(&world, "note_g", 1, 10);
		assert_symbol(&world, "beyond", 2, 11);
		assert_symbol(&world, "beyond_g", 1, 12);
		assert_symbol(&world, "unique", 6, 13);
		assert_symbol(&world, "unique_note", 2, 14);
		assert_none(&world, "und");
		assert_none(&world, "com");
		assert_symbol(&world, "high", 7, 0xfffffff0);
		assert_true(kvs_elfsym_lookup(world.index, "data_g", &symbol));
		assert_int_equal(symbol.bytes, 0x80);
		assert_int_equal(symbol.type, OBJECT);
		assert_int_equal(symbol.binding, GLOBAL);
		teardown(&world);
	}
}

static void
exact_names_come_before_names_less_one_underscore(void **state)
{
	static const struct elf_symbol symbols[] = {
		{ "plain", GLOBAL, FUNC, TEXT, 0x800, 0 },
		{ "_both", LOCAL, OBJECT, DATA, 0x1200, 0 },
		{ "both", GLOBAL, OBJECT, DATA, 0x1300, 0 },
		{ "_und", GLOBAL, NOTYPE, UNDEF, 0, 0 },
		{ "und", GLOBAL, OBJECT, DATA, 0x1400, 0 },
		{ "__two", GLOBAL, OBJECT, DATA, 0x1500, 0 },
		{ "", GLOBAL, OBJECT, DATA, 0x1600, 0 },
	};
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	elf_add_symbols(&world.elf, 2, symbols, COUNT(symbols));
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_symbol(&world, "plain", 5, 0x800);
	assert_symbol(&world, "_plain", 5, 0x800);
	assert_none(&world, "__plain"); /* one only */
	assert_symbol(&world, "_both", 6, 0x1200); /* a local that is exact */
	assert_symbol(&world, "both", 7, 0x1300);
	assert_symbol(&world, "__both", 6, 0x1200);
	assert_symbol(&world, "_und", 7, 0x1400); /* undefined ones never answer */
	assert_symbol(&world, "___two", 7, 0x1500);
	assert_none(&world, "_two"); /* '_' is taken away, never added */
	assert_none(&world, "");
	assert_none(&world, "_");
	assert_none(&world, "plai");
	assert_none(&world, "plainer");
	teardown(&world);
}

static void
of_one_name_global_weak_local_other_then_the_first_answers(void **state)
{
	static const uint8_t order[] = { GLOBAL, WEAK, LOCAL, UNIQUE };

	(void)state;
	for (size_t a = 0; a < 4; a++) {
		for (size_t b = 0; b < 4; b++) {
			const struct elf_symbol symbols[] = {
				{ "other", GLOBAL, OBJECT, DATA, 1, 0 },
				{ "dup", order[a], OBJECT, DATA, 2, 0 },
				{ "more", LOCAL, OBJECT, DATA, 3, 0 },
				{ "dup", order[b], OBJECT, BSS, 4, 0 },
				{ "dup", UNIQUE, OBJECT, BSS, 5, 0 },
				{ "dup", GLOBAL, OBJECT, UNDEF, 6, 0 },
			};
			struct world world;
			struct kvmsafe_symbol symbol = { 0 };

			setup(&world, ELF_64, ELF_LSB);
			elf_add_symbols(&world.elf, 2, symbols, COUNT(symbols));
			assert_int_equal(create(&world), KVMSAFE_OK);
			assert_true(kvs_elfsym_lookup(world.index, "dup", &symbol));
			assert_int_equal(symbol.value, a <= b ? 2 : 4);
			teardown(&world);
		}
	}
}

/* The rule once more, by trying every symbol. */
static const struct elf_symbol *
naive_find(const struct elf_symbol *symbols, size_t n, const char *name)
{
	static const uint8_t order[] = { GLOBAL, WEAK, LOCAL, UNIQUE };

	for (size_t rank = 0; rank < COUNT(order); rank++)
		for (size_t i = 0; i < n; i++)
			if (symbols[i].binding == order[rank] && symbols[i].section != UNDEF &&
			    name[0] != '\0' && strcmp(symbols[i].name, name) == 0)
				return &symbols[i];
	return NULL;
}

static void
small_tables_agree_with_trying_every_symbol(void **state)
{
	static const char *const names[] = { "a", "_a", "__a", "b", "", "_", "aa", "zz" };
	static const uint8_t bindings[] = { GLOBAL, WEAK, LOCAL, UNIQUE };
	uint32_t random = 1;

	(void)state;
	for (int round = 0; round < 1000; round++) {
		struct elf_symbol symbols[9];
		const size_t n = (size_t)round % COUNT(symbols);
		struct world world;

		for (size_t i = 0; i < n; i++) {
			random = random * 1664525 + 1013904223;
			symbols[i] =
			    (struct elf_symbol){ names[random >> 29], bindings[random >> 27 & 3],
				    OBJECT, (random >> 24 & 7) == 0 ? UNDEF : DATA, 0x100 + i, 0 };
		}
		setup(&world, kinds[round % 4].class, kinds[round % 4].data);
		elf_add_symbols(&world.elf, 2, symbols, n);
		assert_int_equal(create(&world), KVMSAFE_OK);
		for (size_t i = 0; i < COUNT(names); i++) {
			const struct elf_symbol *expected = naive_find(symbols, n, names[i]);
			struct kvmsafe_symbol got = { 0 };

			if (expected == NULL && names[i][0] == '_')
				expected = naive_find(symbols, n, names[i] + 1);
			assert_int_equal(
			    kvs_elfsym_lookup(world.index, names[i], &got), expected != NULL);
			assert_int_equal(got.value, expected == NULL ? 0 : expected->value);
		}
		teardown(&world);
	}
}

static void
dynsym_answers_for_names_that_symtab_lacks(void **state)
{
	static const struct elf_symbol symtab[] = { { "a", LOCAL, OBJECT, DATA, 1, 0 },
		{ "u", GLOBAL, OBJECT, UNDEF, 2, 0 } };
	static const struct elf_symbol dynsym[] = { { "a", GLOBAL, OBJECT, DATA, 3, 0 },
		{ "u", GLOBAL, OBJECT, DATA, 4, 0 }, { "d", GLOBAL, OBJECT, BSS, 5, 0 } };

	(void)state;
	for (int both = 0; both < 2; both++) {
		struct world world;

		setup(&world, ELF_32, ELF_MSB);
		elf_add_symbols(&world.elf, DYNSYM_TYPE, dynsym, COUNT(dynsym));
		if (both)
			elf_add_symbols(&world.elf, 2, symtab, COUNT(symtab));
		assert_int_equal(create(&world), KVMSAFE_OK);
		assert_symbol(&world, "a", both ? 6 : 7, both ? 1 : 3);
		assert_symbol(&world, "u", 7, 4);
		assert_symbol(&world, "d", 9, 5);
		assert_int_equal(kvs_elfsym_count(world.index), both ? 4 : 3);
		teardown(&world);
	}
}

/* ---- Tables that lie: a kernel of one symbol, one thing wrong ---- */

static const struct elf_symbol two[] = { { "first", GLOBAL, OBJECT, DATA, 1, 0 },
	{ "second", GLOBAL, OBJECT, DATA, 2, 0 } };

static void
setup_two(struct world *world, size_t kind)
{
	setup(world, kinds[kind].class, kinds[kind].data);
	assert_int_equal(elf_add_symbols(&world->elf, 2, two, COUNT(two)), SYMTAB);
	elf_finish(&world->elf);
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
	for (size_t kind = 0; kind < COUNT(kinds); kind++) {
		for (size_t i = 0; i < COUNT(rows); i++) {
			struct world world;

			setup_two(&world, kind);
			elf_set_section(&world.elf, rows[i].section, rows[i].field, rows[i].value);
			assert_int_equal(create(&world), KVMSAFE_BAD_KERNEL);
			assert_int_equal(world.err.place, KVMSAFE_FILE_OFFSET);
			assert_non_null(strstr(world.err.message, rows[i].word));
			assert_null(world.index);
			teardown(&world);
		}
	}
}

static void
sizes_that_overflow_are_an_error(void **state)
{
	static const uint16_t sections[] = { SYMTAB, STRTAB };

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct world world;

		setup_two(&world, 2);
		elf_set_section(&world.elf, sections[i], SH_SIZE_F, UINT64_MAX - 15);
		assert_int_equal(create(&world), KVMSAFE_BAD_KERNEL);
		teardown(&world);

		/* A table that begins where the file ends is outside. */
		setup_two(&world, 2);
		elf_set_section(&world.elf, sections[i], SH_OFFSET_F, world.elf.len);
		assert_int_equal(create(&world), KVMSAFE_BAD_KERNEL);
		teardown(&world);
	}
}

static void
section_headers_that_lie_are_an_error(void **state)
{
	(void)state;
	for (int row = 0; row < 4; row++) {
		struct world world;

		setup_two(&world, 2);
		if (row == 0)
			elf_resize(&world.elf, world.elf.len - 1);
		if (row == 1)
			elf_set(&world.elf, E_SHENTSIZE_F, 63);
		if (row >= 2)
			elf_set(&world.elf, E_SHNUM_F, 0);
		if (row == 2)
			elf_set_section(&world.elf, 0, SH_SIZE_F, UINT64_C(1) << 40);
		if (row == 3) { /* sane: honoured */
			elf_set_section(&world.elf, 0, SH_SIZE_F, 7);
			assert_int_equal(create(&world), KVMSAFE_OK);
			assert_symbol(&world, "second", 7, 2);
		} else {
			assert_int_equal(create(&world), KVMSAFE_BAD_KERNEL);
		}
		teardown(&world);
	}
}

static void
a_size_that_is_no_multiple_gives_whole_symbols(void **state)
{
	struct world world;

	(void)state;
	setup_two(&world, 2);
	elf_set_section(&world.elf, SYMTAB, SH_SIZE_F, 3 * 24 - 1);
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_findings(&world, 1, KVMSAFE_BAD_KERNEL, "whole symbols");
	assert_symbol(&world, "first", 7, 1);
	assert_none(&world, "second");
	teardown(&world);
}

static void
tables_cut_by_the_end_of_the_file_are_used_in_part(void **state)
{
	struct world world;
	size_t at;

	(void)state;
	/* The symbols: a copy at the end of which the last is missing. */
	setup_two(&world, 2);
	at = world.elf.len;
	elf_resize(&world.elf, at + 2 * 24);
	memcpy(world.elf.bytes + at,
	    world.elf.bytes + elf_get_section(&world.elf, SYMTAB, SH_OFFSET_F), 2 * 24);
	elf_set_section(&world.elf, SYMTAB, SH_OFFSET_F, at);
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_findings(&world, 1, KVMSAFE_TRUNCATED, "symbols");
	assert_symbol(&world, "first", 7, 1);
	assert_none(&world, "second");
	teardown(&world);

	/* The names: "\0first\0sec" */
	setup_two(&world, 2);
	at = world.elf.len;
	elf_resize(&world.elf, at + 10);
	memcpy(world.elf.bytes + at, "\0first\0sec", 10);
	elf_set_section(&world.elf, STRTAB, SH_OFFSET_F, at);
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_int_equal(kvs_findings_count(&world.findings), 2);
	assert_symbol(&world, "first", 7, 1);
	assert_none(&world, "sec");
	assert_none(&world, "second");
	teardown(&world);
}

static void
a_name_without_end_never_matches(void **state)
{
	struct world world;

	(void)state;
	setup_two(&world, 2);
	elf_set_section(&world.elf, STRTAB, SH_SIZE_F, 1 + 6 + 6); /* without the last NUL */
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_findings(&world, 1, KVMSAFE_BAD_KERNEL, "NUL");
	assert_symbol(&world, "first", 7, 1);
	assert_none(&world, "second");
	assert_none(&world, "secon");
	teardown(&world);

	setup_two(&world, 2);
	elf_set_section(&world.elf, STRTAB, SH_SIZE_F, 0); /* no names at all */
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_none(&world, "first");
	assert_none(&world, "");
	teardown(&world);
}

static void
a_name_beyond_the_string_table_is_skipped(void **state)
{
	static const uint32_t names[] = { 14, 15, 0x7fffffff, UINT32_MAX };

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		struct world world;
		uint64_t at;

		setup_two(&world, 2);
		at = elf_get_section(&world.elf, SYMTAB, SH_OFFSET_F) + 2 * 24;
		elf_put(&world.elf, world.elf.bytes + at, 4, names[i]);
		assert_int_equal(create(&world), KVMSAFE_OK);
		assert_findings(&world, 1, KVMSAFE_BAD_KERNEL, "names in the string table");
		assert_symbol(&world, "first", 7, 1);
		assert_int_equal(kvs_elfsym_count(world.index), 1);
		teardown(&world);
	}
}

static void
a_name_may_begin_inside_another(void **state)
{
	struct world world;
	uint64_t at;

	(void)state;
	setup_two(&world, 2);
	at = elf_get_section(&world.elf, SYMTAB, SH_OFFSET_F) + 2 * 24;
	elf_put(&world.elf, world.elf.bytes + at, 4, 3); /* "fi|rst" */
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_symbol(&world, "rst", 7, 2);
	assert_symbol(&world, "first", 7, 1);
	teardown(&world);
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
		struct world world;
		uint8_t numbers[4 * 4] = { 0 };
		uint16_t shndx = 0;
		const bool good = row == 0 || row == 4;

		setup(&world, ELF_32, ELF_MSB);
		elf_put(&world.elf, numbers + 4, 4, BSS);
		elf_put(&world.elf, numbers + 8, 4, 1000000); /* no such section */
		elf_put(&world.elf, numbers + 12, 4, TEXT);
		if (row != 2)
			shndx = elf_add_section(&world.elf,
			    (struct elf_section){ .type = SHNDX_TYPE,
				.link = row == 1 ? 3 : 6,
				.flags = row == 3 ? 0x800 : 0,
				.entsize = 4,
				.data = numbers,
				.len = row == 4 ? 3 * 4 : sizeof(numbers) });
		elf_add_symbols(&world.elf, 2, symbols, COUNT(symbols));
		elf_finish(&world.elf);
		if (row == 5)
			elf_set_section(&world.elf, shndx, SH_OFFSET_F, 0x7fffffff);
		assert_int_equal(create(&world), KVMSAFE_OK);
		assert_symbol(&world, "x", good ? 9 : 1, 1); /* the value is good in any case */
		assert_symbol(&world, "y", 1, 2);
		assert_symbol(&world, "z", row == 0 ? 4 : 2, 3);
		teardown(&world);
	}
}

static void
more_symbols_than_the_limit_are_refused(void **state)
{
	(void)state;
	for (uint64_t limit = 2; limit < 4; limit++) {
		struct world world;

		setup_two(&world, 2); /* and the null symbol */
		world.limit = limit;
		assert_int_equal(create(&world), limit < 3 ? KVMSAFE_LIMIT : KVMSAFE_OK);
		teardown(&world);
	}
}

static void
of_several_tables_the_first_is_used(void **state)
{
	static const struct elf_symbol other[] = { { "first", GLOBAL, OBJECT, DATA, 9, 0 },
		{ "third", GLOBAL, OBJECT, DATA, 3, 0 } };
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	elf_add_symbols(&world.elf, 2, two, COUNT(two));
	elf_add_symbols(&world.elf, 2, other, COUNT(other));
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_findings(&world, 1, KVMSAFE_BAD_KERNEL, "one symbol table");
	assert_symbol(&world, "first", 7, 1);
	assert_none(&world, "third");
	teardown(&world);
}

static void
no_symbols_is_an_empty_index_and_a_finding(void **state)
{
	(void)state;
	for (int row = 0; row < 3; row++) {
		struct world world;

		setup(&world, ELF_64, ELF_LSB);
		if (row == 2)
			elf_add_symbols(&world.elf, 2, two, 0);
		elf_finish(&world.elf);
		if (row == 1) { /* as `strip --strip-section-headers` leaves it */
			elf_set(&world.elf, E_SHNUM_F, 0);
			elf_set(&world.elf, E_SHOFF_F, 0);
		}
		assert_int_equal(create(&world), KVMSAFE_OK);
		assert_findings(&world, 1, KVMSAFE_BAD_KERNEL, "found none");
		assert_int_equal(kvs_elfsym_count(world.index), 0);
		assert_none(&world, "first");
		teardown(&world);
	}
}

static void
a_broken_dynsym_next_to_a_sound_symtab_is_a_finding(void **state)
{
	(void)state;
	for (int sound = 0; sound < 2; sound++) {
		struct world world;
		uint16_t dynsym;

		setup(&world, ELF_64, ELF_LSB);
		dynsym = elf_add_symbols(&world.elf, DYNSYM_TYPE, two, COUNT(two));
		if (sound)
			elf_add_symbols(&world.elf, 2, two, COUNT(two));
		elf_finish(&world.elf);
		elf_set_section(&world.elf, dynsym, SH_ENTSIZE_F, 0);
		assert_int_equal(create(&world), sound ? KVMSAFE_OK : KVMSAFE_BAD_KERNEL);
		if (sound) {
			assert_findings(&world, 1, KVMSAFE_BAD_KERNEL, "sh_entsize");
			assert_symbol(&world, "second", 7, 2);
		}
		teardown(&world);
	}
}

/* ---- Cost ---- */

/* A table of n symbols whose st_name is name(i), over strings of len bytes. */
static void
setup_many(struct world *world, size_t n, uint32_t stride, const uint8_t *strings, size_t len)
{
	uint8_t *const table = calloc(n, 24);

	assert_non_null(table);
	setup(world, ELF_64, ELF_LSB);
	for (size_t i = 0; i < n; i++) {
		elf_put(&world->elf, table + i * 24, 4, (uint32_t)i * stride);
		table[i * 24 + 4] = GLOBAL << 4;
		elf_put(&world->elf, table + i * 24 + 6, 2, DATA);
		elf_put(&world->elf, table + i * 24 + 8, 8, i);
	}
	elf_add_section(&world->elf,
	    (struct elf_section){
		.type = 2, .link = STRTAB, .entsize = 24, .data = table, .len = n * 24 });
	elf_add_section(
	    &world->elf, (struct elf_section){ .type = 3, .data = strings, .len = len });
	free(table);
}

/* Each byte starts a name that ends a mebibyte later: 2^38 bytes if they were hashed one by one. */
static void
names_that_overlap_cost_no_more_than_their_bytes(void **state)
{
	const size_t len = 1 << 20, n = 1 << 18;
	uint8_t *const strings = malloc(len);
	char *const name = malloc(len + 1);
	struct world world;

	(void)state;
	assert_non_null(strings);
	assert_non_null(name);
	memset(strings, 'a', len);
	strings[len - 1] = 0;
	setup_many(&world, n, 4, strings, len);
	assert_int_equal(create(&world), KVMSAFE_OK);
	memset(name, 'a', len);
	for (size_t i = 0; i < n; i += 40000) {
		name[len - 1 - 4 * i] = '\0';
		assert_symbol(&world, name, 7, i);
	}
	name[len - 1 - 4 * 40000 * 6 - 1] = '\0'; /* a length in between */
	assert_none(&world, name);
	teardown(&world);
	free(name);
	free(strings);
}

static void
a_name_that_all_symbols_have_costs_one_comparison(void **state)
{
	const size_t n = 1 << 18;
	struct world world;

	(void)state;
	setup_many(&world, n, 0, (const uint8_t *)"same", 5);
	assert_int_equal(create(&world), KVMSAFE_OK);
	for (int i = 0; i < 100000; i++)
		assert_symbol(&world, "same", 7, 0); /* the first in file order */
	teardown(&world);
}

static void
memory_is_the_names_and_32_bytes_a_symbol(void **state)
{
	const size_t n = 1 << 18;
	struct world world;

	(void)state;
	setup_many(&world, n, 0, (const uint8_t *)"same", 5);
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_true(world.memory.used <= 32 * n + 5 + 1024);
	teardown(&world);
}

static void
a_budget_that_is_too_small_is_a_limit_and_leaks_nothing(void **state)
{
	struct kvs_memory memory = { UINT64_MAX, 0, 0 };
	struct kvs_elf_header header;
	struct world world;
	uint64_t limit;

	(void)state;
	setup_two(&world, 1);
	assert_int_equal(create(&world), KVMSAFE_OK);
	assert_int_equal(kvs_kernel_header_read(world.source, &header, NULL), KVMSAFE_OK);
	for (limit = 0; limit < 1 << 16; limit += 8) {
		const struct kvs_elfsym_file file = { world.source, &header, 10 };
		struct kvs_findings findings;
		struct kvs_elfsym *index = NULL;
		enum kvmsafe_status status;

		memory.limit = limit;
		kvs_findings_init(&findings, &memory, 0);
		status = kvs_elfsym_create(&memory, &file, &findings, &index, NULL);
		kvs_elfsym_destroy(index);
		assert_int_equal(memory.used, 0);
		if (status == KVMSAFE_OK)
			break;
		assert_int_equal(status, KVMSAFE_LIMIT);
	}
	assert_true(limit > 0 && limit < 1 << 16);
	teardown(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(types_follow_section_and_binding_in_each_class_and_order),
		cmocka_unit_test(exact_names_come_before_names_less_one_underscore),
		cmocka_unit_test(of_one_name_global_weak_local_other_then_the_first_answers),
		cmocka_unit_test(small_tables_agree_with_trying_every_symbol),
		cmocka_unit_test(dynsym_answers_for_names_that_symtab_lacks),
		cmocka_unit_test(a_table_that_cannot_be_trusted_is_an_error),
		cmocka_unit_test(sizes_that_overflow_are_an_error),
		cmocka_unit_test(section_headers_that_lie_are_an_error),
		cmocka_unit_test(a_size_that_is_no_multiple_gives_whole_symbols),
		cmocka_unit_test(tables_cut_by_the_end_of_the_file_are_used_in_part),
		cmocka_unit_test(a_name_without_end_never_matches),
		cmocka_unit_test(a_name_beyond_the_string_table_is_skipped),
		cmocka_unit_test(a_name_may_begin_inside_another),
		cmocka_unit_test(extended_section_numbers_come_from_their_table),
		cmocka_unit_test(more_symbols_than_the_limit_are_refused),
		cmocka_unit_test(of_several_tables_the_first_is_used),
		cmocka_unit_test(no_symbols_is_an_empty_index_and_a_finding),
		cmocka_unit_test(a_broken_dynsym_next_to_a_sound_symtab_is_a_finding),
		cmocka_unit_test(names_that_overlap_cost_no_more_than_their_bytes),
		cmocka_unit_test(a_name_that_all_symbols_have_costs_one_comparison),
		cmocka_unit_test(memory_is_the_names_and_32_bytes_a_symbol),
		cmocka_unit_test(a_budget_that_is_too_small_is_a_limit_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
