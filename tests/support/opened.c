/* SPDX-License-Identifier: BSD-2-Clause */
/* A session on bytes in memory, with a few symbols, and what its answers are compared with. */
#include "support/opened.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum kvmsafe_status
look_up(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	const struct opened_symbol *symbol = ctx;

	(void)err;
	for (; symbol->name != NULL; symbol++)
		if (strcmp(symbol->name, name) == 0) {
			out->value = symbol->value;
			return KVMSAFE_OK;
		}
	return KVMSAFE_NOT_FOUND;
}

enum kvmsafe_status
opened_source(struct opened *opened, struct kvmsafe_source *source, const struct opened_how *how,
    struct kvmsafe_error *err)
{
	struct kvmsafe_options options = { .size = sizeof(options) };
	const struct kvmsafe_symbol_provider provider = {
		.size = sizeof(provider),
		.ctx = how != NULL ? (void *)(uintptr_t)how->symbols : NULL,
		.lookup = look_up,
	};

	*opened = (struct opened){ .source = source };
	if (how != NULL) {
		options.arch = how->arch;
		options.page_bytes = how->page_bytes;
		options.entry_bytes = how->entry_bytes;
		options.symbols = how->symbols != NULL ? &provider : NULL;
	}
	return kvmsafe_open(source, &options, &opened->session, err);
}

enum kvmsafe_status
opened_init(struct opened *opened, const void *bytes, size_t len, const struct opened_how *how,
    struct kvmsafe_error *err)
{
	struct kvmsafe_source *source;

	assert_int_equal(kvmsafe_source_memory(bytes, len, &source, NULL), KVMSAFE_OK);
	return opened_source(opened, source, how, err);
}

void
opened_fini(struct opened *opened)
{
	kvmsafe_close(opened->session);
	kvmsafe_source_close(opened->source);
	*opened = (struct opened){ .source = NULL };
}

static void
compare(const struct opened *opened, uint64_t va, const struct naive_answer *want, bool all)
{
	struct kvmsafe_error err = { .status = 0 };
	struct kvmsafe_translation got;
	const enum kvmsafe_status status = kvmsafe_translate(opened->session, va, &got, &err);

	if (status != want->status || got.pa != want->pa || got.file_offset != want->file_offset)
		print_error("va %#llx: %s\n", (unsigned long long)va, err.message);
	assert_int_equal(status, want->status);
	assert_int_equal(got.va, va);
	assert_int_equal(got.pa, want->pa);
	assert_int_equal(got.file_offset, want->file_offset);
	if (all) {
		assert_int_equal(got.page_bytes, want->page_bytes);
		assert_int_equal(got.protection, want->protection);
	}
	if (status != KVMSAFE_OK) {
		assert_int_equal(err.status, status);
		assert_int_equal(err.place, KVMSAFE_VA);
		assert_int_equal(err.at, va);
	}
}

void
opened_expect(const struct opened *opened, const struct opened_row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct naive_answer want = { rows[i].status, rows[i].pa, rows[i].file_offset,
			0, 0 };

		compare(opened, rows[i].va, &want, false);
	}
}

void
opened_compare(const struct opened *opened, uint64_t va, const struct naive_answer *want)
{
	compare(opened, va, want, true);
}

unsigned
opened_findings(const struct opened *opened, enum kvmsafe_status status)
{
	struct kvmsafe_error finding;
	unsigned n = 0;

	for (uint64_t i = 0; kvmsafe_finding(opened->session, i, &finding); i++)
		n += finding.status == (int32_t)status;
	return n;
}

uint64_t
opened_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

void
put(uint8_t *at, unsigned width, bool big_endian, uint64_t value)
{
	for (unsigned i = 0; i < width; i++, value >>= 8)
		at[big_endian ? width - 1 - i : i] = (uint8_t)value;
}
