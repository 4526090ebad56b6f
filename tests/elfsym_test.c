/* SPDX-License-Identifier: BSD-2-Clause */
/* The index of a kernel file's symbols: who answers for a name, as what, and at which cost. */
#include "support/kernel_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
	for (size_t i = 0; i < KERNEL_KINDS; i++) {
		struct kernel_file kernel;
		struct kvmsafe_symbol symbol = { 0 };

		kernel_init(&kernel, kernel_kinds[i].class, kernel_kinds[i].data);
		elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symbols, COUNT(symbols));
		assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
		assert_int_equal(kvs_findings_count(&kernel.findings), 0);
		assert_int_equal(kvs_elfsym_count(kernel.index), COUNT(symbols) - 2);
		assert_symbol(&kernel, "file", 0x1e, 0);
		assert_symbol(&kernel, "file_g", 0x1f, 0);
		assert_symbol(&kernel, "abs", 2, 1);
		assert_symbol(&kernel, "abs_g", 3, 2);
		assert_symbol(&kernel, "text", 4, 3);
		assert_symbol(&kernel, "text_w", 5, 4);
		assert_symbol(&kernel, "data", 6, 5);
		assert_symbol(&kernel, "data_g", 7, 6);
		assert_symbol(&kernel, "bss", 8, 7);
		assert_symbol(&kernel, "bss_w", 9, 8);
		assert_symbol(&kernel, "note", 2, 9); /* never 0: that is "not found" */
		assert_symbol(&kernel, "note_g", 1, 10);
		assert_symbol(&kernel, "beyond", 2, 11);
		assert_symbol(&kernel, "beyond_g", 1, 12);
		assert_symbol(&kernel, "unique", 6, 13);
		assert_symbol(&kernel, "unique_note", 2, 14);
		assert_none(&kernel, "und");
		assert_none(&kernel, "com");
		assert_symbol(&kernel, "high", 7, 0xfffffff0);
		assert_true(kvs_elfsym_lookup(kernel.index, "data_g", &symbol));
		assert_int_equal(symbol.bytes, 0x80);
		assert_int_equal(symbol.type, OBJECT);
		assert_int_equal(symbol.binding, GLOBAL);
		kernel_fini(&kernel);
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
	struct kernel_file kernel;

	(void)state;
	kernel_init(&kernel, ELF_64, ELF_LSB);
	elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symbols, COUNT(symbols));
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_symbol(&kernel, "plain", 5, 0x800);
	assert_symbol(&kernel, "_plain", 5, 0x800);
	assert_none(&kernel, "__plain"); /* one only */
	assert_symbol(&kernel, "_both", 6, 0x1200); /* a local that is exact */
	assert_symbol(&kernel, "both", 7, 0x1300);
	assert_symbol(&kernel, "__both", 6, 0x1200);
	assert_symbol(&kernel, "_und", 7, 0x1400); /* undefined ones never answer */
	assert_symbol(&kernel, "___two", 7, 0x1500);
	assert_none(&kernel, "_two"); /* '_' is taken away, never added */
	assert_none(&kernel, "");
	assert_none(&kernel, "_");
	assert_none(&kernel, "plai");
	assert_none(&kernel, "plainer");
	kernel_fini(&kernel);
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
			struct kernel_file kernel;
			struct kvmsafe_symbol symbol = { 0 };

			kernel_init(&kernel, ELF_64, ELF_LSB);
			elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symbols, COUNT(symbols));
			assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
			assert_true(kvs_elfsym_lookup(kernel.index, "dup", &symbol));
			assert_int_equal(symbol.value, a <= b ? 2 : 4);
			kernel_fini(&kernel);
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
		struct kernel_file kernel;

		for (size_t i = 0; i < n; i++) {
			random = random * 1664525 + 1013904223;
			symbols[i] =
			    (struct elf_symbol){ names[random >> 29], bindings[random >> 27 & 3],
				    OBJECT, (random >> 24 & 7) == 0 ? UNDEF : DATA, 0x100 + i, 0 };
		}
		kernel_init(&kernel, kernel_kinds[round % 4].class, kernel_kinds[round % 4].data);
		elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symbols, n);
		assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
		for (size_t i = 0; i < COUNT(names); i++) {
			const struct elf_symbol *expected = naive_find(symbols, n, names[i]);
			struct kvmsafe_symbol got = { 0 };

			if (expected == NULL && names[i][0] == '_')
				expected = naive_find(symbols, n, names[i] + 1);
			assert_int_equal(
			    kvs_elfsym_lookup(kernel.index, names[i], &got), expected != NULL);
			assert_int_equal(got.value, expected == NULL ? 0 : expected->value);
		}
		kernel_fini(&kernel);
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
		struct kernel_file kernel;

		kernel_init(&kernel, ELF_32, ELF_MSB);
		elf_add_symbols(&kernel.elf, DYNSYM_TYPE, dynsym, COUNT(dynsym));
		if (both)
			elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symtab, COUNT(symtab));
		assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
		assert_symbol(&kernel, "a", both ? 6 : 7, both ? 1 : 3);
		assert_symbol(&kernel, "u", 7, 4);
		assert_symbol(&kernel, "d", 9, 5);
		assert_int_equal(kvs_elfsym_count(kernel.index), both ? 4 : 3);
		kernel_fini(&kernel);
	}
}

/* 0xff00 to 0xfffe name no section, however many there are. */
static void
reserved_section_numbers_are_no_sections(void **state)
{
	static const struct elf_symbol symbols[] = { { "last", LOCAL, OBJECT, 0xfeff, 1, 0 },
		{ "reserved", LOCAL, OBJECT, 0xff05, 2, 0 } };
	struct kernel_file kernel;

	(void)state;
	kernel_init(&kernel, ELF_32, ELF_LSB);
	elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symbols, COUNT(symbols));
	while (kernel.elf.nsections < 0xff10)
		elf_add_section(&kernel.elf, (struct elf_section){ .type = 1, .flags = 2 });
	elf_finish(&kernel.elf);
	elf_set(&kernel.elf, E_SHNUM_F, 0);
	elf_set_section(&kernel.elf, 0, SH_SIZE_F, 0xff10);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_symbol(&kernel, "last", 4, 1);
	assert_symbol(&kernel, "reserved", 2, 2);
	kernel_fini(&kernel);
}

/* Symbols and their section numbers are read in pieces that must stay in step. */
static void
extended_section_numbers_stay_in_step_over_many_symbols(void **state)
{
	enum { N = 40000, NUMBERED = 35000, STEP = 1234 };
	struct elf_symbol *const symbols = calloc(N, sizeof(*symbols));
	uint8_t *const numbers = calloc(NUMBERED + 1, 4);
	char(*const names)[8] = calloc(N, 8);
	struct kernel_file kernel;

	(void)state;
	assert_true(symbols != NULL && numbers != NULL && names != NULL);
	kernel_init(&kernel, ELF_64, ELF_MSB);
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(names[i], 8, "s%zu", i);
		symbols[i] = (struct elf_symbol){ names[i], LOCAL, OBJECT, XINDEX, i, 0 };
		if (i < NUMBERED)
			elf_put(&kernel.elf, numbers + 4 * (i + 1), 4, TEXT + i % 3);
	}
	elf_add_symbols(&kernel.elf, SYMTAB_TYPE, symbols, N);
	elf_add_section(&kernel.elf,
	    (struct elf_section){ .type = SHNDX_TYPE,
		.link = SYMTAB,
		.entsize = 4,
		.data = numbers,
		.len = (NUMBERED + 1) * 4 });
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	for (size_t i = 0; i < N; i += STEP)
		assert_symbol(&kernel, names[i], (uint8_t)(i < NUMBERED ? 4 + i % 3 * 2 : 2), i);
	kernel_fini(&kernel);
	free(symbols);
	free(numbers);
	free(names);
}

/* ---- Cost ---- */

/* A table of n symbols whose st_name is name(i), over strings of len bytes. */
static void
setup_many(
    struct kernel_file *kernel, size_t n, uint32_t stride, const uint8_t *strings, size_t len)
{
	uint8_t *const table = calloc(n, 24);

	assert_non_null(table);
	kernel_init(kernel, ELF_64, ELF_LSB);
	for (size_t i = 0; i < n; i++) {
		elf_put(&kernel->elf, table + i * 24, 4, (uint32_t)i * stride);
		table[i * 24 + 4] = GLOBAL << 4;
		elf_put(&kernel->elf, table + i * 24 + 6, 2, DATA);
		elf_put(&kernel->elf, table + i * 24 + 8, 8, i);
	}
	elf_add_section(&kernel->elf,
	    (struct elf_section){
		.type = 2, .link = STRTAB, .entsize = 24, .data = table, .len = n * 24 });
	elf_add_section(
	    &kernel->elf, (struct elf_section){ .type = 3, .data = strings, .len = len });
	free(table);
}

/* Each byte starts a name that ends a mebibyte later: 2^38 bytes if they were hashed one by one. */
static void
names_that_overlap_cost_no_more_than_their_bytes(void **state)
{
	const size_t len = 1 << 20, n = 1 << 18;
	uint8_t *const strings = malloc(len);
	char *const name = malloc(len + 1);
	struct kernel_file kernel;

	(void)state;
	assert_non_null(strings);
	assert_non_null(name);
	memset(strings, 'a', len);
	strings[len - 1] = 0;
	setup_many(&kernel, n, 4, strings, len);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	memset(name, 'a', len);
	for (size_t i = 0; i < n; i += 40000) {
		name[len - 1 - 4 * i] = '\0';
		assert_symbol(&kernel, name, 7, i);
	}
	name[len - 1 - 4 * 40000 * 6 - 1] = '\0'; /* a length in between */
	assert_none(&kernel, name);
	kernel_fini(&kernel);
	free(name);
	free(strings);
}

static void
a_name_that_all_symbols_have_costs_one_comparison(void **state)
{
	const size_t n = 1 << 18;
	struct kernel_file kernel;

	(void)state;
	setup_many(&kernel, n, 0, (const uint8_t *)"same", 5);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	for (int i = 0; i < 100000; i++)
		assert_symbol(&kernel, "same", 7, 0); /* the first in file order */
	kernel_fini(&kernel);
}

static void
memory_is_the_names_and_32_bytes_a_symbol(void **state)
{
	const size_t n = 1 << 18;
	struct kernel_file kernel;

	(void)state;
	setup_many(&kernel, n, 0, (const uint8_t *)"same", 5);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	assert_true(kernel.memory.used <= 32 * n + 5 + 1024);
	kernel_fini(&kernel);
}

/* 64 bytes a symbol would be 8 MiB more. */
static void
the_index_is_built_in_the_memory_that_it_keeps(void **state)
{
	const size_t n = 1 << 18;
	struct kvs_memory memory = { UINT64_MAX, 32 * n + (1 << 20), 0 };
	struct kvs_elfsym *index = NULL;
	struct kernel_file kernel;

	(void)state;
	setup_many(&kernel, n, 0, (const uint8_t *)"same", 5);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	{
		const struct kvs_elfsym_file file = { kernel.source, &kernel.header, n };

		assert_int_equal(
		    kvs_elfsym_create(&memory, &file, NULL, &index, &kernel.err), KVMSAFE_OK);
	}
	kvs_elfsym_destroy(index);
	kernel_fini(&kernel);
}

/* A file of holes: the builder's bytes, then zeros up to 1 TiB. */
static enum kvmsafe_status
read_with_holes(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	const struct elf_builder *const elf = ctx;

	(void)err;
	memset(buf, 0, len);
	if (offset < elf->len) {
		const size_t left = elf->len - (size_t)offset;

		memcpy(buf, elf->bytes + offset, len < left ? len : left);
	}
	*got = len;
	return KVMSAFE_OK;
}

static void
more_symbols_than_have_a_place_are_a_limit(void **state)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_with_holes };
	struct kvs_memory memory = { UINT64_MAX, UINT64_MAX, 0 };
	struct kvmsafe_source *source = NULL;
	struct kvs_elfsym *index = NULL;
	struct kernel_file kernel;
	size_t at;

	(void)state;
	setup_many(&kernel, 1, 0, (const uint8_t *)"same", 5);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	at = (size_t)kernel.header.shoff + SYMTAB * 64 + 32; /* sh_size */
	elf_put(&kernel.elf, kernel.elf.bytes + at, 8, ((UINT64_C(1) << 27) + 1) * 24);
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops, &kernel.elf, UINT64_C(1) << 40, &source, &kernel.err),
	    KVMSAFE_OK);
	{
		const struct kvs_elfsym_file file = { source, &kernel.header, UINT64_MAX };

		assert_int_equal(
		    kvs_elfsym_create(&memory, &file, NULL, &index, &kernel.err), KVMSAFE_LIMIT);
	}
	assert_non_null(strstr(kernel.err.message, "at most 134217728 symbols"));
	assert_int_equal(memory.used, 0);
	kvmsafe_source_close(source);
	kernel_fini(&kernel);
}

static void
a_budget_that_is_too_small_is_a_limit_and_leaks_nothing(void **state)
{
	static const struct elf_symbol one[] = { { "one", GLOBAL, OBJECT, DATA, 1, 0 } };
	struct kvs_memory memory = { UINT64_MAX, 0, 0 };
	struct kernel_file kernel;
	uint64_t limit;

	(void)state;
	kernel_init(&kernel, ELF_32, ELF_MSB);
	elf_add_symbols(&kernel.elf, SYMTAB_TYPE, one, 1);
	assert_int_equal(kernel_read(&kernel), KVMSAFE_OK);
	for (limit = 0; limit < 1 << 16; limit += 8) {
		const struct kvs_elfsym_file file = { kernel.source, &kernel.header, 10 };
		struct kvs_elfsym *index = NULL;
		enum kvmsafe_status status;

		memory.limit = limit;
		status = kvs_elfsym_create(&memory, &file, NULL, &index, NULL);
		kvs_elfsym_destroy(index);
		assert_int_equal(memory.used, 0);
		if (status == KVMSAFE_OK)
			break;
		assert_int_equal(status, KVMSAFE_LIMIT);
	}
	assert_true(limit > 0 && limit < 1 << 16);
	kernel_fini(&kernel);
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
		cmocka_unit_test(reserved_section_numbers_are_no_sections),
		cmocka_unit_test(extended_section_numbers_stay_in_step_over_many_symbols),
		cmocka_unit_test(names_that_overlap_cost_no_more_than_their_bytes),
		cmocka_unit_test(a_name_that_all_symbols_have_costs_one_comparison),
		cmocka_unit_test(memory_is_the_names_and_32_bytes_a_symbol),
		cmocka_unit_test(the_index_is_built_in_the_memory_that_it_keeps),
		cmocka_unit_test(more_symbols_than_have_a_place_are_a_limit),
		cmocka_unit_test(a_budget_that_is_too_small_is_a_limit_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
