/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_open, kvmsafe_close, kvmsafe_describe, kvmsafe_symbols,
 * kvmsafe_kernel_displacement */
/*
 * Symbols of a kernel file against a search through its first SHT_SYMTAB, one symbol after the
 * other. Input: KSF1 with a kernel (file 1), or the kernel as it stands. Names: those that OPs point
 * at, and the first ones of the table, also with a '_' before or without theirs.
 */
#include <kvmsafe/kvmsafe.h>

#include <string.h>

#include "fuzz/check.h"
#include "fuzz/sparse.h"

#define NAMES 48
#define NAME_BYTES 64
#define SYMBOLS_MAX 512 /* of the model */
#define STRINGS_MAX 16384

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The kernel as the model reads it. */
struct model {
	const struct kvs_sparse *sparse;
	unsigned file;
	bool wide, big;
	uint64_t shoff, shnum;
	uint64_t symbols, count; /* offset; whole ones that the file has */
	uint64_t string_bytes; /* that the file has */
	bool usable, dynamic; /* one SHT_SYMTAB that it can follow; there is a SHT_DYNSYM */
};

struct symbol {
	uint64_t value, bytes;
	uint32_t name;
	uint16_t section;
	uint8_t info;
};

static struct model model;
static struct symbol symbols[SYMBOLS_MAX];
static char strings[STRINGS_MAX + NAME_BYTES]; /* zero behind its end */
static char names[NAMES][NAME_BYTES];
static struct kvmsafe_symbol list[NAMES];
static size_t nnames;

static uint64_t
get(uint64_t offset, unsigned width)
{
	uint8_t raw[8];
	uint64_t value = 0;

	kvs_sparse_get(model.sparse, model.file, offset, raw, width);
	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)raw[i] << 8 * (model.big ? width - 1 - i : i);
	return value;
}

struct section {
	uint64_t type, offset, size, link;
};

static struct section
section(uint64_t index)
{
	const uint64_t at = model.shoff + index * (model.wide ? 64 : 40);

	return (struct section){ .type = get(at + 4, 4),
		.offset = get(at + (model.wide ? 24 : 16), model.wide ? 8 : 4),
		.size = get(at + (model.wide ? 32 : 20), model.wide ? 8 : 4),
		.link = get(at + (model.wide ? 40 : 24), 4) };
}

/* Bytes of a section that the file has. */
static uint64_t
present(const struct section *s)
{
	const uint64_t len = model.sparse->len[model.file];

	if (s->offset >= len)
		return 0;
	return s->size < len - s->offset ? s->size : len - s->offset;
}

static void
read_sections(void)
{
	bool seen = false;

	model.shoff = get(model.wide ? 40 : 32, model.wide ? 8 : 4);
	model.shnum = get(model.wide ? 60 : 48, 2);
	if (model.shnum == 0 && model.shoff != 0)
		model.shnum = section(0).size;
	if (model.shnum > 4096)
		return;
	for (uint64_t i = 1; i < model.shnum; i++) {
		const struct section s = section(i);

		model.dynamic |= s.type == 11;
		if (s.type != 2 || seen)
			continue;
		seen = true;
		if (s.link < model.shnum) {
			const struct section names_of = section(s.link);

			model.symbols = s.offset;
			model.count = present(&s) / (model.wide ? 24 : 16);
			model.string_bytes = present(&names_of);
			model.usable =
			    model.count <= SYMBOLS_MAX && model.string_bytes <= STRINGS_MAX;
			memset(strings, 0, sizeof(strings));
			if (model.usable)
				kvs_sparse_get(model.sparse, model.file, names_of.offset, strings,
				    (size_t)model.string_bytes);
		}
	}
}

static struct symbol
symbol(uint64_t index)
{
	const uint64_t at = model.symbols + index * (model.wide ? 24 : 16);

	if (model.wide)
		return (struct symbol){ .name = (uint32_t)get(at, 4),
			.info = (uint8_t)get(at + 4, 1),
			.section = (uint16_t)get(at + 6, 2),
			.value = get(at + 8, 8),
			.bytes = get(at + 16, 8) };
	return (struct symbol){ .name = (uint32_t)get(at, 4),
		.value = get(at + 4, 4),
		.bytes = get(at + 8, 4),
		.info = (uint8_t)get(at + 12, 1),
		.section = (uint16_t)get(at + 14, 2) };
}

static void
read_model(const struct kvs_sparse *sparse, unsigned file)
{
	model = (struct model){ .sparse = sparse, .file = file };
	model.wide = get(4, 1) == 2;
	model.big = get(5, 1) == 2;
	read_sections();
	if (!model.usable)
		model.count = 0;
	for (uint64_t i = 0; i < model.count; i++)
		symbols[i] = symbol(i);
}

/* Is it this symbol's name? A name that the section's end cuts is no name. */
static bool
named(const struct symbol *s, const char *name)
{
	const size_t len = strlen(name) + 1;

	if (s->name >= model.string_bytes || len > model.string_bytes - s->name)
		return false;
	return memcmp(strings + s->name, name, len) == 0;
}

static unsigned
rank(const struct symbol *s)
{
	static const unsigned ranks[] = { 2, 0, 1 }; /* local, global, weak */

	return s->info >> 4 < 3 ? ranks[s->info >> 4] : 3;
}

/* Exact name; then less one '_'. Global, weak, local, other; then first in file order. */
static bool
search(const char *name, struct symbol *out)
{
	bool found = false;

	for (uint64_t i = 0; i < model.count; i++) {
		const struct symbol s = symbols[i];

		if (s.section == 0 || s.section == 0xfff2 || !named(&s, name))
			continue;
		if (!found || rank(&s) < rank(out))
			*out = s;
		found = true;
	}
	return found;
}

static bool
search_both(const char *name, struct symbol *out)
{
	return search(name, out) || (name[0] == '_' && name[1] != 0 && search(name + 1, out));
}

/* N_* by lib/libc/gen/nlist.c; 0: not modelled. */
static unsigned
nlist_type(const struct symbol *s)
{
	const unsigned external = s->info >> 4 == 1 || s->info >> 4 == 2;
	uint64_t at, type, flags;

	if (s->section == 0xfff1)
		return ((s->info & 15) == 4 ? 0x1eU : 2U) + external;
	if (s->section >= model.shnum || s->section >= 0xff00)
		return 0;
	at = model.shoff + s->section * (model.wide ? 64U : 40U);
	type = get(at + 4, 4);
	flags = get(at + 8, model.wide ? 8 : 4);
	if (type == 1)
		return (flags & 1 ? 6U : 4U) + external;
	if (type == 8)
		return 8U + external;
	return external ? 1U : 2U;
}

static void
add_name(const char *name, const char *before)
{
	const size_t len = strlen(name), more = strlen(before);

	if (nnames == NAMES || len == 0 || len + more >= NAME_BYTES)
		return;
	memcpy(names[nnames], before, more);
	memcpy(names[nnames] + more, name, len + 1);
	nnames++;
}

static void
gather_names(void)
{
	const struct kvs_sparse_record *op;
	char name[NAME_BYTES] = { 0 };
	size_t at = 0;

	nnames = 0;
	while ((op = kvs_sparse_op(model.sparse, &at)) != NULL) {
		if (op->code != KVS_OP_SYMBOL)
			continue;
		kvs_sparse_get(model.sparse, op->file, op->offset, name, NAME_BYTES - 1);
		add_name(name, "");
	}
	for (uint64_t i = 0; i < model.count && i < 12; i++) {
		if (symbols[i].name >= model.string_bytes)
			continue;
		strncpy(name, strings + symbols[i].name, NAME_BYTES - 1);
		add_name(name, "");
		add_name(name, "_");
		if (name[0] == '_')
			add_name(name + 1, "");
	}
	add_name("zzz_absent", "");
}

static void
compare_one(const struct kvmsafe_symbol *have)
{
	struct symbol want = { 0 };
	unsigned type;

	CHECK(have->found == (have->nlist_type != 0));
	CHECK(have->found || (have->value == 0 && have->bytes == 0));
	if (!model.usable)
		return;
	if (!search_both(have->name, &want)) {
		/* in .dynsym, or by a prefix */
		CHECK(!have->found || model.dynamic || have->rule != KVMSAFE_SYM_PLAIN);
		return;
	}
	CHECK(have->found && have->rule == KVMSAFE_SYM_PLAIN);
	CHECK(have->value == want.value && have->bytes == want.bytes);
	CHECK(have->type == (want.info & 15) && have->binding == want.info >> 4);
	type = nlist_type(&want);
	CHECK(type == 0 || have->nlist_type == type);
}

static void
run_symbols(const struct kvmsafe_session *session)
{
	struct kvmsafe_description description = { .size = sizeof(description) };
	size_t unresolved = 0, missing = 0;

	CHECK(kvmsafe_describe(session, &description, NULL) == KVMSAFE_OK);
	CHECK(description.format == NULL && description.pages_promised == 0);
	CHECK(kvmsafe_kernel_displacement(session) == 0);
	gather_names();
	memset(list, 0, sizeof(list));
	for (size_t i = 0; i < nnames; i++)
		list[i].name = names[i];
	CHECK(kvmsafe_symbols(session, NULL, list, nnames, &unresolved, NULL) == KVMSAFE_OK);
	for (size_t i = 0; i < nnames; i++) {
		compare_one(&list[i]);
		missing += !list[i].found;
	}
	CHECK(unresolved == missing);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvs_sparse *const sparse = kvs_sparse_create(data, size);
	struct kvs_sparse_file file = { .sparse = sparse, .file = sparse->has[1], .faults = true };
	const struct kvmsafe_limits limits = { .size = sizeof(limits),
		.allocation = 1 << 18,
		.memory = 1 << 20,
		.symbols = sparse->option[KVS_OPTION_SYMBOLS],
		.findings = 16 };
	struct kvmsafe_options options = { .size = sizeof(options), .limits = &limits };
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;
	struct kvmsafe_source *source;

	source = kvs_sparse_source(&file);
	options.kernel = source;
	status = kvmsafe_open(NULL, &options, &session, &err);
	if (status == KVMSAFE_OK) {
		read_model(sparse, file.file);
		run_symbols(session);
		kvmsafe_close(session);
	} else {
		CHECK(session == NULL && err.status == (int)status && err.message[0] != 0);
	}
	kvmsafe_source_close(source);
	kvs_sparse_destroy(sparse);
	return 0;
}
