/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lists of names: the three passes against a naive model over all small lists, and the worked
 * example, whose rows say where libkvm's own answer is another.
 */
#include "symbol/merge.h"
#include "naive/merge.h"
#include "support/kernel_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* As kvs_merge without an error, with the count by itself. */
static enum kvmsafe_status
merge(const struct kvs_provider *provider, const struct kvs_sets *sets, struct kvs_memory *memory,
    struct kvmsafe_symbol *list, size_t n, size_t *unresolved)
{
	struct kvs_names names = { .list = list, .n = n };
	const enum kvmsafe_status status = kvs_merge(provider, sets, memory, &names, NULL);

	if (status == KVMSAFE_OK && unresolved != NULL)
		*unresolved = names.unresolved;
	return status;
}

/* ---- Against the model ---- */

static enum kvmsafe_status
known_lookup(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	const struct naive_kernel *const kernel = ctx;

	(void)err;
	for (size_t i = 0; i < kernel->nknown; i++) {
		if (kernel->known[i].there && strcmp(kernel->known[i].name, name) == 0) {
			out->value = kernel->known[i].value;
			return KVMSAFE_OK;
		}
	}
	return KVMSAFE_NOT_FOUND;
}

static struct kvs_provider
provider_of(struct naive_kernel *kernel)
{
	return (struct kvs_provider){
		.callbacks = { .size = sizeof(struct kvmsafe_symbol_provider),
		    .ctx = kernel,
		    .lookup = known_lookup,
		    .live = kernel->live },
	};
}

static struct kvs_set
set_of(const struct naive_set *set)
{
	return (struct kvs_set){ set->on, set->moves, set->start, set->stop, set->base };
}

static struct kvs_sets
sets_of(const struct naive_kernel *kernel)
{
	return (struct kvs_sets){ set_of(&kernel->vnet), set_of(&kernel->dpcpu),
		kernel->word_is_32_bits ? 4 : 8 };
}

static void
compare(struct naive_kernel *kernel, const struct kvmsafe_symbol *list, size_t n)
{
	const struct kvs_provider provider = provider_of(kernel);
	const struct kvs_sets sets = sets_of(kernel);
	struct kvs_memory memory = { 4096, 4096, 0 };
	struct kvmsafe_symbol got[3], expected[3];
	size_t unresolved = 99, missing = 0;

	memcpy(got, list, n * sizeof(*list));
	memcpy(expected, list, n * sizeof(*list));
	assert_int_equal(merge(&provider, &sets, &memory, got, n, &unresolved), KVMSAFE_OK);
	for (size_t i = 0; i < n; i++) {
		naive_merge_entry(kernel, &expected[i]);
		missing += expected[i].found ? 0 : 1;
		assert_ptr_equal(got[i].name, list[i].name);
		assert_int_equal(got[i].found, expected[i].found);
		assert_int_equal(got[i].value, expected[i].value);
		assert_int_equal(got[i].rule, expected[i].rule);
		assert_int_equal(got[i].nlist_type != 0, got[i].found);
	}
	assert_int_equal(unresolved, missing);
	assert_int_equal(memory.used, 0);
}

/* All lists of up to three of these names; some entries come in found. */
static void
compare_lists(struct naive_kernel *kernel)
{
	static const char *const names[] = { "a", "_a", "__a", "b", "_" };

	for (size_t n = 0; n <= 3; n++) {
		const unsigned lists = n == 0 ? 1 : n == 1 ? 5 : n == 2 ? 25 : 125;

		for (unsigned list = 0; list < lists; list++) {
			struct kvmsafe_symbol symbols[3] = { 0 };
			unsigned rest = list;

			for (size_t i = 0; i < n; i++, rest /= 5) {
				symbols[i].name = names[rest % 5];
				symbols[i].found = list % 3 == i;
				symbols[i].nlist_type = symbols[i].found ? 8 : 0;
				symbols[i].value = 0xeeee; /* what stood there before */
			}
			compare(kernel, symbols, n);
		}
	}
}

static void
all_small_lists_agree_with_the_model(void **state)
{
	(void)state;
	for (unsigned there = 0; there < 64; there++) {
		const struct naive_known known[] = {
			{ "a", 0x10, there & 1 },
			{ "_a", 0x20, there & 2 },
			{ "vnet_entry_a", 0x108, there & 4 },
			{ "pcpu_entry_a", 0x208, there & 8 },
			{ "vnet_entry__a", 0x208, there & 16 }, /* not in its set */
			{ "pcpu_entry_b", 0, there & 32 },
		};

		for (unsigned flags = 0; flags < 64; flags++) {
			struct naive_kernel kernel = {
				.known = known,
				.nknown = COUNT(known),
				.live = flags & 1,
				.word_is_32_bits = flags & 2,
				.vnet = { flags & 4, flags & 8, 0x100, 0x200, 0xfffff800 },
				.dpcpu = { flags & 16, flags & 32, 0x200, 0x300, 0x5000 },
			};

			compare_lists(&kernel);
		}
	}
}

/* ---- The value rule ---- */

static void
a_value_moves_inside_its_set_only(void **state)
{
	const struct kvs_set set = { true, true, 0x5000, 0x5100, 0x10000 };
	const struct kvs_set still = { true, false, 0x5000, 0x5100, 0x10000 };
	const struct kvs_set from_zero = { true, true, 0, 0x5100, 0x10000 };

	(void)state;
	assert_int_equal(kvs_set_value(&set, 8, 0x4fff), 0x4fff);
	assert_int_equal(kvs_set_value(&set, 8, 0x5000), 0x15000);
	assert_int_equal(kvs_set_value(&set, 8, 0x50ff), 0x150ff);
	assert_int_equal(kvs_set_value(&set, 8, 0x5100), 0x5100);
	assert_int_equal(kvs_set_value(&still, 8, 0x5000), 0x5000);
	assert_int_equal(kvs_set_value(&from_zero, 8, 0), 0);
	assert_int_equal(kvs_set_value(&from_zero, 8, 1), 0x10001);
}

/* libkvm adds in 64 bits: a negative base of a 32-bit kernel gives it 33. */
static void
values_wrap_at_the_dumps_word(void **state)
{
	struct kvs_set set = { true, true, 0xc0005000, 0xc0005100, 0xfffff000 };

	(void)state;
	assert_int_equal(kvs_set_value(&set, 4, 0xc0005008), 0xc0004008);
	assert_int_equal(kvs_set_value(&set, 8, 0xc0005008), UINT64_C(0x1c0004008));
	set.base = UINT64_C(0xffffffffffffc000);
	assert_int_equal(kvs_set_value(&set, 4, 0xc0005008), 0xc0001008);
	assert_int_equal(kvs_set_value(&set, 8, 0xc0005008), 0xc0001008);
}

/* ---- Failures ---- */

static enum kvmsafe_status
fail_at_x(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	const char *const fatal = ctx;

	(void)err;
	if (strcmp(name, fatal) == 0)
		return KVMSAFE_IO;
	if (strcmp(name, "a") != 0)
		return KVMSAFE_NOT_FOUND;
	out->value = 1;
	return KVMSAFE_OK;
}

static void
assert_cleared(const struct kvmsafe_symbol *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		assert_false(list[i].found);
		assert_int_equal(list[i].value, 0);
		assert_int_equal(list[i].nlist_type, 0);
		assert_int_equal(list[i].rule, 0);
	}
}

/* libkvm returns -1 from its second pass and leaves what the first found. */
static void
a_provider_that_fails_in_any_pass_clears_the_list(void **state)
{
	static char fatal[3][24] = { "x", "vnet_entry_x", "pcpu_entry_x" };
	const struct kvs_sets sets = { .vnet = { .initialised = true },
		.dpcpu = { .initialised = true },
		.pointer_bytes = 8 };

	(void)state;
	for (size_t pass = 0; pass < 3; pass++) {
		struct kvmsafe_symbol list[] = { { .name = "a" }, { .name = "x" },
			{ .name = "a" } };
		struct kvs_memory memory = { 4096, 4096, 0 };
		struct kvmsafe_error err = { 0 };
		struct kvs_names names = { list, 3, 99 };
		const struct kvs_provider provider = {
			.callbacks = { .ctx = fatal[pass], .lookup = fail_at_x },
		};

		assert_int_equal(kvs_merge(&provider, &sets, &memory, &names, &err), KVMSAFE_IO);
		assert_int_equal(err.status, KVMSAFE_IO);
		assert_int_equal(names.unresolved, 99);
		assert_cleared(list, 3);
		assert_string_equal(list[1].name, "x");
		assert_int_equal(memory.used, 0);
	}
}

static void
names_not_found_leave_the_callers_error_alone(void **state)
{
	static char fatal[] = "none";
	const struct kvs_sets sets = { .vnet = { .initialised = true }, .pointer_bytes = 8 };
	const struct kvs_provider provider = {
		.callbacks = { .ctx = fatal, .lookup = fail_at_x },
	};
	struct kvs_memory memory = { 4096, 4096, 0 };
	struct kvmsafe_symbol list[] = { { .name = "nope" }, { .name = "_a" } };
	struct kvs_names names = { list, 2, 99 };
	struct kvmsafe_error err = { .status = 42 };

	(void)state;
	assert_int_equal(kvs_merge(&provider, &sets, &memory, &names, &err), KVMSAFE_OK);
	assert_int_equal(err.status, 42);
	assert_true(list[1].found);
}

static void
a_missing_name_or_provider_is_refused_before_anything(void **state)
{
	static char fatal[] = "a"; /* would fail if it were asked */
	const struct kvs_sets sets = { .pointer_bytes = 8 };
	const struct kvs_provider provider = {
		.callbacks = { .ctx = fatal, .lookup = fail_at_x },
	};
	const struct kvs_provider nobody = { 0 };
	struct kvmsafe_symbol list[] = { { .name = "a", .value = 3 }, { .value = 4 } };
	struct kvs_names names = { list, 2, 99 };
	struct kvmsafe_error err = { 0 };
	size_t unresolved = 99;

	(void)state;
	assert_int_equal(kvs_merge(&provider, &sets, NULL, &names, &err), KVMSAFE_USAGE);
	assert_non_null(strstr(err.message, "entry 1"));
	assert_cleared(list, 2);
	assert_int_equal(names.unresolved, 99);
	assert_int_equal(merge(&nobody, &sets, NULL, list, 1, &unresolved), KVMSAFE_KERNEL_NEEDED);
	assert_int_equal(merge(&provider, &sets, NULL, NULL, 0, &unresolved), KVMSAFE_OK);
	assert_int_equal(unresolved, 0);
}

static void
no_memory_for_a_prefix_is_a_limit(void **state)
{
	static char fatal[] = "none";
	const struct kvs_provider provider = {
		.callbacks = { .ctx = fatal, .lookup = fail_at_x },
	};
	struct kvs_sets sets = { .vnet = { .initialised = true }, .pointer_bytes = 8 };
	struct kvs_memory memory = { 15, 15, 0 }; /* "vnet_entry_nope" and its NUL are 16 */
	struct kvmsafe_symbol list[] = { { .name = "a" }, { .name = "nope" } };

	(void)state;
	assert_int_equal(merge(&provider, &sets, &memory, list, 2, NULL), KVMSAFE_LIMIT);
	assert_cleared(list, 2);
	memory.allocation_limit = memory.limit = 16;
	assert_int_equal(merge(&provider, &sets, &memory, list, 2, NULL), KVMSAFE_OK);
	assert_true(list[0].found);
	assert_int_equal(memory.used, 0);
	memory.limit = 0; /* nothing missing, or no pass: nothing is needed */
	assert_int_equal(merge(&provider, &sets, &memory, list, 1, NULL), KVMSAFE_OK);
	sets.vnet.initialised = false;
	assert_int_equal(merge(&provider, &sets, &memory, list, 2, NULL), KVMSAFE_OK);
}

/* ---- The live rule: kldsym(2)'s, proved on any host ---- */

static void
an_entry_that_comes_in_found_is_looked_up_anew(void **state)
{
	const struct naive_known known[] = { { "a", 5, true } };
	struct naive_kernel kernel = { .known = known, .nknown = 1, .live = true };
	const struct kvs_sets sets = { .pointer_bytes = 8 };
	const struct kvmsafe_symbol came[] = { { .name = "a", .value = 3, .found = true },
		{ .name = "zz", .value = 4, .nlist_type = 9, .found = true }, { .name = "_a" } };
	struct kvs_provider provider = provider_of(&kernel);
	size_t unresolved;

	(void)state;
	/* libkvm leaves the first two of a live kernel, and counts them as missing: 2. */
	for (unsigned live = 0; live < 2; live++) {
		struct kvmsafe_symbol list[3];

		memcpy(list, came, sizeof(list));
		provider.callbacks.live = live != 0;
		assert_int_equal(merge(&provider, &sets, NULL, list, 3, &unresolved), KVMSAFE_OK);
		assert_int_equal(unresolved, 1);
		assert_int_equal(list[0].value, 5);
		assert_int_equal(list[2].value, 5);
		assert_int_equal(
		    list[2].nlist_type, live != 0 ? 4 : 7); /* N_TEXT; N_DATA | N_EXT */
		assert_false(list[1].found);
		assert_int_equal(list[1].value, 0);
		assert_int_equal(list[1].nlist_type, 0);
	}
}

/* A prefix counts: 1,023 bytes are the whole name's. */
static void
a_live_name_too_long_with_its_prefix_is_skipped(void **state)
{
	static char name[1100], prefixed[1100];
	const struct naive_known known[] = { { prefixed, 5, true } };
	struct naive_kernel kernel = { .known = known, .nknown = 1, .live = true };
	const struct kvs_sets sets = { .vnet = { .initialised = true }, .pointer_bytes = 8 };
	const struct kvs_provider provider = provider_of(&kernel);

	(void)state;
	for (size_t bytes = 1011; bytes <= 1014; bytes++) {
		struct kvs_memory memory = { 4096, 4096, 0 };
		struct kvmsafe_symbol entry = { .name = name };

		memset(name, 'n', bytes);
		name[bytes] = '\0';
		strcpy(prefixed, "vnet_entry_");
		strcat(prefixed, name);
		assert_int_equal(merge(&provider, &sets, &memory, &entry, 1, NULL), KVMSAFE_OK);
		assert_int_equal(entry.found, bytes + 11 <= 1023);
	}
}

/* ---- The worked example ---- */

enum { L = LOCAL, G = GLOBAL, W = WEAK };

static char long_name[1101];

static const struct elf_symbol example[] = {
	{ "m.c", L, 4, ABS, 0, 0 },
	{ "dup", L, 1, DATA, 0x1000, 0 },
	{ "loc", L, 1, BSS, 0x2000, 0 },
	{ "note", L, 1, NOTE, 0x2100, 0 },
	{ "vnet_entry_s", L, 1, DATA, 0x5008, 0 },
	{ "dup", G, 1, DATA, 0x1100, 0 },
	{ "text", G, 2, TEXT, 0x800, 0 },
	{ "_und", G, 0, UNDEF, 0, 0 },
	{ "_both", G, 1, DATA, 0x1200, 0 },
	{ "both", G, 1, DATA, 0x1300, 0 },
	{ "abs", G, 0, ABS, 0, 0 },
	{ "wk", W, 1, BSS, 0x2200, 0 },
	{ "vnet_entry_v", G, 1, DATA, 0x5000, 0 },
	{ "pcpu_entry_p", G, 1, DATA, 0x6010, 0 },
	{ "__start_set_vnet", G, 0, ABS, 0x5000, 0 },
	{ "__stop_set_vnet", G, 0, ABS, 0x5100, 0 },
	{ "__start_set_pcpu", G, 0, ABS, 0x6000, 0 },
	{ "__stop_set_pcpu", G, 0, ABS, 0x6100, 0 },
	{ "vnet_entry_far", G, 1, DATA, 0x9000, 0 },
};

struct answer {
	const char *name;
	uint8_t type;
	uint64_t value;
};

struct row {
	struct answer answers[3];
	size_t unresolved;
};

static const struct row rows[] = {
	{ { { "text", 5, 0x800 } }, 0 },
	{ { { "_text", 5, 0x800 } }, 0 },
	{ { { "__text", 0, 0 } }, 1 },
	{ { { "loc", 8, 0x2000 }, { "wk", 9, 0x2200 }, { "abs", 3, 0 } }, 0 },
	{ { { "m.c", 0x1e, 0 } }, 0 },
	{ { { "note", 2, 0x2100 } }, 0 }, /* libkvm: type 0 */
	{ { { "dup", 7, 0x1100 } }, 0 }, /* libkvm: the local one */
	{ { { "dup", 7, 0x1100 }, { "nope", 0, 0 } }, 1 }, /* libkvm: count 0 */
	{ { { "_both", 7, 0x1200 } }, 0 },
	{ { { "_both", 7, 0x1200 }, { "nope", 0, 0 } }, 1 }, /* libkvm: 1300, count 0 */
	{ { { "_und", 0, 0 } }, 1 }, /* libkvm: type 1, count 0 */
	{ { { "und", 0, 0 } }, 1 },
	{ { { "v", 7, 0x1000 }, { "_s", 6, 0x1008 } }, 0 },
	{ { { "far", 7, 0x9000 } }, 0 }, /* not in the set */
	{ { { "p", 7, 0x8010 } }, 0 },
	/* libkvm: count 3, v not found */
	{ { { "note", 2, 0x2100 }, { "v", 7, 0x1000 }, { "zz", 0, 0 } }, 1 },
	{ { { "nope", 0, 0 }, { "text", 5, 0x800 }, { "nope", 0, 0 } }, 2 },
	{ { { long_name, 0, 0 }, { "text", 5, 0x800 } }, 1 },
};

struct world {
	struct kernel_file kernel;
	struct kvs_provider provider;
	struct kvs_sets sets;
};

/* VNET's memory at 1000, DPCPU's offset of CPU 0 2000. */
static void
setup_example(struct world *world, const struct elf_symbol *symbols, size_t n)
{
	memset(long_name, 'n', sizeof(long_name) - 1);
	kernel_init(&world->kernel, ELF_64, ELF_LSB);
	elf_add_symbols(&world->kernel.elf, SYMTAB_TYPE, symbols, n);
	assert_int_equal(kernel_read(&world->kernel), KVMSAFE_OK);
	world->provider = (struct kvs_provider){ .index = world->kernel.index };
	world->sets = (struct kvs_sets){
		.vnet = { true, true, 0x5000, 0x5100, UINT64_C(0xffffffffffffc000) },
		.dpcpu = { true, true, 0x6000, 0x6100, 0x2000 },
		.pointer_bytes = 8,
	};
}

static void
teardown_example(struct world *world)
{
	kernel_fini(&world->kernel);
}

static size_t
ask(struct world *world, struct kvmsafe_symbol *list, size_t n)
{
	size_t unresolved = 99;

	assert_int_equal(
	    merge(&world->provider, &world->sets, &world->kernel.memory, list, n, &unresolved),
	    KVMSAFE_OK);
	return unresolved;
}

static void
the_worked_example_comes_out_row_by_row(void **state)
{
	struct world world;

	(void)state;
	setup_example(&world, example, COUNT(example));
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct kvmsafe_symbol list[3] = { 0 };
		size_t n = 0;

		for (; n < 3 && rows[i].answers[n].name != NULL; n++)
			list[n].name = rows[i].answers[n].name;
		assert_int_equal(ask(&world, list, n), rows[i].unresolved);
		for (size_t k = 0; k < n; k++) {
			assert_int_equal(list[k].nlist_type, rows[i].answers[k].type);
			assert_int_equal(list[k].value, rows[i].answers[k].value);
			assert_int_equal(list[k].found, rows[i].answers[k].type != 0);
		}
	}
	assert_int_equal(ask(&world, NULL, 0), 0);
	teardown_example(&world);
}

static void
the_worked_example_names_the_rule_that_answered(void **state)
{
	struct kvmsafe_symbol list[] = { { .name = "text" }, { .name = "_s" }, { .name = "p" },
		{ .name = "far" } };
	struct world world;

	(void)state;
	setup_example(&world, example, COUNT(example));
	assert_int_equal(ask(&world, list, 4), 0);
	assert_int_equal(list[0].rule, KVMSAFE_SYM_PLAIN);
	assert_int_equal(list[1].rule, KVMSAFE_SYM_VNET);
	assert_int_equal(list[2].rule, KVMSAFE_SYM_DPCPU);
	assert_int_equal(list[3].rule, KVMSAFE_SYM_VNET);

	/* As after kvm_dpcpu_setcpu(2): dpcpu_off {2000, 0, 3000}. */
	world.sets.dpcpu.base = 0x3000;
	assert_int_equal(ask(&world, &list[2], 1), 0);
	assert_int_equal(list[2].value, 0x9010);

	/* Without VNET and DPCPU the names are missing. */
	world.sets.vnet.initialised = world.sets.dpcpu.initialised = false;
	assert_int_equal(ask(&world, list, 4), 3);
	teardown_example(&world);
}

static void
the_list_ends_where_the_caller_says(void **state)
{
	struct kvmsafe_symbol list[] = { { .name = "text" }, { .name = "" },
		{ .name = "loc", .value = 7 } };
	struct world world;

	(void)state;
	setup_example(&world, example, COUNT(example));
	assert_int_equal(ask(&world, list, 1), 0);
	assert_int_equal(list[2].value, 7); /* the rest is untouched */
	assert_int_equal(ask(&world, list, 2), 1); /* an empty name is no symbol's */
	teardown_example(&world);
}

static void
a_name_of_1100_bytes_is_found_if_a_symbol_has_it(void **state)
{
	struct elf_symbol symbols[] = { { long_name, G, 1, DATA, 0x77, 0 } };
	struct kvmsafe_symbol entry = { .name = long_name };
	struct world world;

	(void)state;
	memset(long_name, 'n', sizeof(long_name) - 1);
	setup_example(&world, symbols, 1);
	assert_int_equal(ask(&world, &entry, 1), 0);
	assert_int_equal(entry.value, 0x77);
	teardown_example(&world);
}

/* "_text, resolver {text: abcd}": libkvm asks as written only. */
static void
a_resolver_is_asked_less_the_underscore_too(void **state)
{
	const struct naive_known known[] = { { "text", 0xabcd, true } };
	struct naive_kernel kernel = { .known = known, .nknown = 1 };
	const struct kvs_provider provider = provider_of(&kernel);
	const struct kvs_sets sets = { .pointer_bytes = 8 };
	struct kvmsafe_symbol entry = { .name = "_text" };
	size_t unresolved;

	(void)state;
	assert_int_equal(merge(&provider, &sets, NULL, &entry, 1, &unresolved), KVMSAFE_OK);
	assert_int_equal(unresolved, 0);
	assert_int_equal(entry.nlist_type, 7);
	assert_int_equal(entry.value, 0xabcd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_small_lists_agree_with_the_model),
		cmocka_unit_test(a_value_moves_inside_its_set_only),
		cmocka_unit_test(values_wrap_at_the_dumps_word),
		cmocka_unit_test(a_provider_that_fails_in_any_pass_clears_the_list),
		cmocka_unit_test(names_not_found_leave_the_callers_error_alone),
		cmocka_unit_test(a_missing_name_or_provider_is_refused_before_anything),
		cmocka_unit_test(no_memory_for_a_prefix_is_a_limit),
		cmocka_unit_test(an_entry_that_comes_in_found_is_looked_up_anew),
		cmocka_unit_test(a_live_name_too_long_with_its_prefix_is_skipped),
		cmocka_unit_test(the_worked_example_comes_out_row_by_row),
		cmocka_unit_test(the_worked_example_names_the_rule_that_answered),
		cmocka_unit_test(the_list_ends_where_the_caller_says),
		cmocka_unit_test(a_name_of_1100_bytes_is_found_if_a_symbol_has_it),
		cmocka_unit_test(a_resolver_is_asked_less_the_underscore_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
