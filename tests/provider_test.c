/* SPDX-License-Identifier: BSD-2-Clause */
/* What a provider is asked, in which order, and what becomes of its answers. */
#include "symbol/provider.h"
#include "format/kernel.h"
#include "support/elf_builder.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* Knows one name; remembers what it was asked. */
struct resolver {
	const char *knows;
	struct kvmsafe_symbol answer;
	enum kvmsafe_status fails; /* for other names, in place of NOT_FOUND */
	bool says; /* fills err as it fails */
	unsigned asked;
	char last[32]; /* as much of the name as fits */
	bool zeroed; /* what it was given was all zero but the name */
};

static enum kvmsafe_status
lookup(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	struct resolver *const resolver = ctx;

	resolver->asked++;
	(void)snprintf(resolver->last, sizeof(resolver->last), "%.31s", name);
	resolver->zeroed = out->name == name && out->value == 0 && out->bytes == 0 &&
	    out->type == 0 && out->binding == 0 && out->nlist_type == 0 && !out->found;
	if (resolver->knows != NULL && strcmp(name, resolver->knows) == 0) {
		*out = resolver->answer;
		return KVMSAFE_OK;
	}
	if (resolver->fails == KVMSAFE_OK)
		return KVMSAFE_NOT_FOUND;
	if (resolver->says) {
		err->status = (int32_t)resolver->fails;
		err->sys_errno = EPERM;
		strcpy(err->message, "in its own words");
	}
	return resolver->fails;
}

static struct kvs_provider
provider_of(struct resolver *resolver, bool live)
{
	return (struct kvs_provider){
		.callbacks = { .size = sizeof(struct kvmsafe_symbol_provider),
		    .ctx = resolver,
		    .lookup = lookup,
		    .live = live },
	};
}

static void
a_resolver_is_asked_as_written_then_less_one_underscore(void **state)
{
	static const struct {
		const char *name, *last;
		unsigned asked;
		bool found;
	} rows[] = {
		{ "text", "text", 1, true },
		{ "_text", "text", 2, true },
		{ "__text", "_text", 2, false },
		{ "other", "other", 1, false },
		{ "_", "_", 1, false }, /* nobody is asked for "" */
		{ "", "", 0, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct resolver resolver = { .knows = "text", .answer = { .value = 0xabcd } };
		const struct kvs_provider provider = provider_of(&resolver, false);
		struct kvmsafe_symbol symbol = { .name = rows[i].name, .value = 7 };
		struct kvmsafe_error err = { .status = 99 };

		assert_int_equal(kvs_provider_lookup(&provider, rows[i].name, &symbol, &err),
		    rows[i].found ? KVMSAFE_OK : KVMSAFE_NOT_FOUND);
		assert_int_equal(resolver.asked, rows[i].asked);
		assert_string_equal(resolver.last, rows[i].last);
		assert_ptr_equal(symbol.name, rows[i].name);
		assert_int_equal(symbol.found, rows[i].found);
		assert_int_equal(symbol.value, rows[i].found ? 0xabcd : 7);
		assert_int_equal(symbol.nlist_type, rows[i].found ? 7 : 0);
		/* On OK err is as it was, although the first question found nothing. */
		assert_int_equal(err.status, rows[i].found ? 99 : KVMSAFE_NOT_FOUND);
		assert_true(resolver.asked == 0 || resolver.zeroed);
	}
}

static void
a_live_provider_always_loses_one_underscore(void **state)
{
	static const struct {
		const char *name, *last;
		unsigned asked;
	} rows[] = {
		{ "text", "text", 1 },
		{ "_text", "text", 1 },
		{ "__text", "_text", 1 },
		{ "_", "", 0 },
		{ "", "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct resolver resolver = { .knows = "text", .answer = { .value = 0xabcd } };
		const struct kvs_provider provider = provider_of(&resolver, true);
		struct kvmsafe_symbol symbol = { .name = rows[i].name };
		const bool found = i < 2;

		assert_int_equal(kvs_provider_lookup(&provider, rows[i].name, &symbol, NULL),
		    found ? KVMSAFE_OK : KVMSAFE_NOT_FOUND);
		assert_int_equal(resolver.asked, rows[i].asked);
		assert_string_equal(resolver.last, rows[i].last);
		assert_int_equal(symbol.nlist_type, found ? 4 : 0); /* N_TEXT */
	}
}

/* The test is on the name as written, before its '_' goes. */
static void
a_live_provider_is_not_asked_for_names_above_1023_bytes(void **state)
{
	(void)state;
	for (size_t bytes = 1022; bytes <= 1025; bytes++) {
		for (int live = 0; live < 2; live++) {
			struct resolver resolver = { 0 };
			const struct kvs_provider provider = provider_of(&resolver, live != 0);
			struct kvmsafe_symbol symbol = { 0 };
			char name[1026] = { 0 };

			memset(name, 'n', bytes);
			name[0] = live ? '_' : 'n';
			assert_int_equal(
			    kvs_provider_lookup(&provider, name, &symbol, NULL), KVMSAFE_NOT_FOUND);
			assert_int_equal(resolver.asked, live && bytes > 1023 ? 0 : 1);
		}
	}
}

static void
what_a_provider_says_of_a_symbol_is_kept(void **state)
{
	struct resolver resolver = { .knows = "s",
		.answer = { .name = "hers",
		    .value = 1,
		    .bytes = 2,
		    .type = 3,
		    .binding = 1,
		    .nlist_type = 9,
		    .rule = KVMSAFE_SYM_DPCPU } };
	const struct kvs_provider provider = provider_of(&resolver, false);
	struct kvmsafe_symbol symbol = { .name = "mine" };
	struct kvs_value value;

	(void)state;
	assert_int_equal(kvs_provider_lookup(&provider, "_s", &symbol, NULL), KVMSAFE_OK);
	assert_string_equal(symbol.name, "mine");
	assert_int_equal(symbol.bytes, 2);
	assert_int_equal(symbol.type, 3);
	assert_int_equal(symbol.binding, 1);
	assert_int_equal(symbol.nlist_type, 9);
	assert_int_equal(symbol.rule, KVMSAFE_SYM_PLAIN);
	assert_true(symbol.found);
	assert_int_equal(kvs_provider_value(&provider, "s", &value, NULL), KVMSAFE_OK);
	assert_true(value.known && value.value == 1 && value.bytes == 2);
	assert_int_equal(kvs_provider_value(&provider, "t", &value, NULL), KVMSAFE_OK);
	assert_true(!value.known && value.value == 0 && value.bytes == 0);
}

static void
a_provider_that_fails_stops_the_look_up(void **state)
{
	(void)state;
	for (int says = 0; says < 2; says++) {
		struct resolver resolver = { .knows = "s", .fails = KVMSAFE_IO, .says = says != 0 };
		const struct kvs_provider provider = provider_of(&resolver, false);
		struct kvmsafe_symbol symbol = { .name = "_s" };
		struct kvmsafe_error err = { 0 };
		struct kvs_value value;

		assert_int_equal(kvs_provider_lookup(&provider, "_s", &symbol, &err), KVMSAFE_IO);
		assert_int_equal(resolver.asked, 1); /* not asked less '_' */
		assert_int_equal(err.status, KVMSAFE_IO);
		assert_int_equal(err.sys_errno, says ? EPERM : 0);
		assert_non_null(
		    strstr(err.message, says ? "in its own words" : "its provider failed"));
		assert_false(symbol.found);
		err.status = KVMSAFE_OK;
		assert_int_equal(kvs_provider_value(&provider, "_s", &value, &err), KVMSAFE_IO);
		assert_int_equal(err.status, KVMSAFE_IO);
		assert_false(value.known);
		assert_int_equal(kvs_provider_value(&provider, "s", &value, &err), KVMSAFE_OK);
		assert_int_equal(err.status, KVMSAFE_IO); /* as it was */
	}
}

static struct kvs_elfsym *
index_of_one(struct kvs_memory *memory, struct elf_builder *elf, const struct elf_symbol *symbol)
{
	struct kvs_elfsym *index = NULL;
	struct kvs_elf_header header;
	struct kvs_elfsym_file file = { NULL, &header, 10 };
	struct kvmsafe_source *source;

	elf_init(elf, ELF_64, ELF_LSB);
	elf_add_symbols(elf, 2, symbol, 1);
	elf_finish(elf);
	assert_int_equal(kvmsafe_source_memory(elf->bytes, elf->len, &source, NULL), KVMSAFE_OK);
	assert_int_equal(kvs_kernel_header_read(source, &header, NULL), KVMSAFE_OK);
	file.source = source;
	assert_int_equal(kvs_elfsym_create(memory, &file, NULL, &index, NULL), KVMSAFE_OK);
	kvmsafe_source_close(source);
	return index;
}

/* NONE: not known. */
static uint64_t
value_of(const struct kvs_provider *provider, const char *name)
{
	struct kvs_value value;

	assert_int_equal(kvs_provider_value(provider, name, &value, NULL), KVMSAFE_OK);
	return value.known ? value.value : KVMSAFE_NONE;
}

static void
the_callers_functions_stand_in_for_the_kernel_file(void **state)
{
	static const struct elf_symbol symbol = { "s", 1, 1, 0xfff1, 5, 6 };
	struct kvs_memory memory = { UINT64_MAX, UINT64_MAX, 0 };
	struct resolver resolver = { .knows = "t", .answer = { .value = 8 } };
	struct kvs_provider provider = { 0 };
	struct kvmsafe_symbol found = { 0 };
	struct elf_builder elf;

	(void)state;
	assert_false(kvs_provider_exists(&provider));
	assert_int_equal(kvs_provider_lookup(&provider, "s", &found, NULL), KVMSAFE_NOT_FOUND);
	provider.index = index_of_one(&memory, &elf, &symbol);
	assert_true(kvs_provider_exists(&provider));
	assert_int_equal(value_of(&provider, "_s"), 5);
	assert_int_equal(value_of(&provider, "t"), KVMSAFE_NONE);
	provider.callbacks = provider_of(&resolver, false).callbacks;
	assert_int_equal(value_of(&provider, "t"), 8);
	assert_int_equal(value_of(&provider, "s"), KVMSAFE_NONE);
	kvs_provider_fini(&provider);
	kvs_provider_fini(&provider); /* twice is fine */
	assert_false(kvs_provider_exists(&provider));
	assert_int_equal(memory.used, 0);
	elf_fini(&elf);
}

static void
kldsym_is_there_on_freebsd_only(void **state)
{
	struct kvmsafe_symbol_provider provider = { .size = 1 };
	struct kvmsafe_error err = { 0 };
	const enum kvmsafe_status status = kvmsafe_symbols_provider_kldsym(&provider, &err);

	(void)state;
#ifdef __FreeBSD__
	struct kvmsafe_symbol symbol = { .name = "kernbase" };

	assert_int_equal(status, KVMSAFE_OK);
	assert_true(provider.live);
	assert_int_equal(provider.lookup(provider.ctx, "kernbase", &symbol, &err), KVMSAFE_OK);
	assert_int_equal(
	    provider.lookup(provider.ctx, "no such symbol", &symbol, &err), KVMSAFE_NOT_FOUND);
#else
	assert_int_equal(status, KVMSAFE_UNSUPPORTED);
	assert_int_equal(err.status, KVMSAFE_UNSUPPORTED);
	assert_int_equal(provider.size, 1); /* untouched */
#endif
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_resolver_is_asked_as_written_then_less_one_underscore),
		cmocka_unit_test(a_live_provider_always_loses_one_underscore),
		cmocka_unit_test(a_live_provider_is_not_asked_for_names_above_1023_bytes),
		cmocka_unit_test(what_a_provider_says_of_a_symbol_is_kept),
		cmocka_unit_test(a_provider_that_fails_stops_the_look_up),
		cmocka_unit_test(the_callers_functions_stand_in_for_the_kernel_file),
		cmocka_unit_test(kldsym_is_there_on_freebsd_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
