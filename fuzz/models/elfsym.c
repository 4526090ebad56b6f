/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads a kernel file byte by byte, judges what its tables say of themselves. */
#include "fuzz/models/elfsym.h"

#include <string.h>

#define SECTIONS_MAX (1 << 17) /* that the model follows */
#define MOST (1 << 27) /* symbols, whatever the caller allows */

enum { TYPE_SYMTAB = 2, TYPE_STRTAB = 3, TYPE_DYNSYM = 11, TYPE_SHNDX = 18 };
enum { COMPRESSED = 0x800 };

struct section {
	uint64_t type, flags, offset, bytes, link, entry_bytes;
};

static uint64_t
get(const struct kvs_elfsym_model *model, uint64_t offset, unsigned width)
{
	return kvs_sparse_number(model->sparse, model->file, offset, width, model->big);
}

static uint64_t
file_bytes(const struct kvs_elfsym_model *model)
{
	return model->sparse->len[model->file];
}

static uint64_t
header_bytes(const struct kvs_elfsym_model *model)
{
	return model->wide ? 64 : 40;
}

static struct section
section(const struct kvs_elfsym_model *model, uint64_t index)
{
	const uint64_t at = model->shoff + index * header_bytes(model);

	if (model->wide)
		return (struct section){ get(model, at + 4, 4), get(model, at + 8, 8),
			get(model, at + 24, 8), get(model, at + 32, 8), get(model, at + 40, 4),
			get(model, at + 56, 8) };
	return (struct section){ get(model, at + 4, 4), get(model, at + 8, 4),
		get(model, at + 16, 4), get(model, at + 20, 4), get(model, at + 24, 4),
		get(model, at + 36, 4) };
}

/* Bytes of [offset, offset + bytes) that the file has. */
static uint64_t
present(const struct kvs_elfsym_model *model, uint64_t offset, uint64_t bytes)
{
	if (offset >= file_bytes(model))
		return 0;
	return bytes < file_bytes(model) - offset ? bytes : file_bytes(model) - offset;
}

static bool
refuse(struct kvs_elfsym_model *model, enum kvmsafe_status status, uint64_t at)
{
	model->status = status;
	model->at = at;
	return false;
}

/* Identification and sizes; the model goes on only where all are sound. */
static bool
read_ident(struct kvs_elfsym_model *model)
{
	static const uint8_t magic[] = { 0x7f, 'E', 'L', 'F' };
	uint8_t ident[16];

	kvs_sparse_get(model->sparse, model->file, 0, ident, sizeof(ident));
	model->wide = ident[4] == 2;
	model->big = ident[5] == 2;
	return file_bytes(model) >= (model->wide ? 64 : 52) && memcmp(ident, magic, 4) == 0 &&
	    (ident[4] == 1 || ident[4] == 2) && (ident[5] == 1 || ident[5] == 2) && ident[6] == 1 &&
	    get(model, 20, 4) <= 1;
}

static bool
read_header(struct kvs_elfsym_model *model)
{
	const unsigned at = model->wide ? 52 : 40; /* e_ehsize */
	const uint64_t phnum = get(model, at + 4, 2), type = get(model, 16, 2);
	uint64_t bytes;

	model->shoff = get(model, model->wide ? 40 : 32, model->wide ? 8 : 4);
	model->shnum = get(model, at + 8, 2);
	if (get(model, at, 2) != (model->wide ? 64 : 52) ||
	    (phnum != 0 && get(model, at + 2, 2) != (model->wide ? 56 : 32)) ||
	    ((model->shnum != 0 || model->shoff != 0) &&
		get(model, at + 6, 2) != header_bytes(model)) ||
	    (type != 2 && type != 3))
		return false;
	if (model->shoff == 0) {
		model->shnum = 0;
		return true;
	}
	if ((model->shnum == 0 || phnum == 0xffff) &&
	    present(model, model->shoff, header_bytes(model)) < header_bytes(model))
		return false;
	if (model->shnum == 0)
		model->shnum = section(model, 0).bytes;
	if (model->shnum > UINT64_MAX / header_bytes(model))
		return false;
	bytes = model->shnum * header_bytes(model);
	return present(model, model->shoff, bytes) == bytes;
}

static void
take_table(struct kvs_model_table *table, const struct section *s, uint64_t index, uint64_t *more)
{
	if (table->present) {
		*more = 1;
		return;
	}
	table->present = true;
	table->index = index;
	table->offset = s->offset;
	table->bytes = s->bytes;
	table->entry_bytes = s->entry_bytes;
	table->flags = s->flags;
	table->link = s->link;
}

/* What holds for symbols and for strings; *bytes is cut to what the file has. */
static bool
check_bounds(struct kvs_elfsym_model *model, uint64_t flags, uint64_t offset, uint64_t *bytes)
{
	const uint64_t have = present(model, offset, *bytes);

	if ((flags & COMPRESSED) != 0 ||
	    (*bytes != 0 && (have == 0 || *bytes > UINT64_MAX - offset)))
		return refuse(model, KVMSAFE_BAD_KERNEL, offset);
	model->findings += have != *bytes;
	*bytes = have;
	return true;
}

static bool
check_table(struct kvs_elfsym_model *model, struct kvs_model_table *table, struct section *strings)
{
	const uint64_t entry_bytes = model->wide ? 24 : 16;

	if (table->entry_bytes != entry_bytes)
		return refuse(model, KVMSAFE_BAD_KERNEL, table->offset);
	model->findings += table->bytes % entry_bytes != 0;
	if (!check_bounds(model, table->flags, table->offset, &table->bytes))
		return false;
	if (table->link >= model->shnum)
		return refuse(model, KVMSAFE_BAD_KERNEL, table->offset);
	*strings = section(model, table->link);
	if (strings->type != TYPE_STRTAB)
		return refuse(model, KVMSAFE_BAD_KERNEL, table->offset);
	table->count = table->bytes / entry_bytes;
	return check_bounds(model, strings->flags, strings->offset, &strings->bytes);
}

/* Where the numbers of sections are that did not fit into a table's symbols. */
static void
find_indices(const struct kvs_elfsym_model *model, struct kvs_model_table *table)
{
	table->indices = table->nindices = 0;
	for (uint64_t i = 0; i < model->shnum && table->nindices == 0; i++) {
		const struct section s = section(model, i);

		if (s.type != TYPE_SHNDX || s.link != table->index || (s.flags & COMPRESSED) != 0)
			continue;
		table->indices = s.offset;
		table->nindices = present(model, s.offset, s.bytes) / 4;
	}
}

/* N_* by lib/libc/gen/nlist.c; 0 is no answer, so N_ABS. */
static uint8_t
nlist_type(const struct kvs_elfsym_model *model, const struct kvs_model_symbol *symbol,
    const struct kvs_model_table *table, uint64_t number)
{
	const uint8_t external = symbol->info >> 4 == 1 || symbol->info >> 4 == 2;
	uint64_t index = symbol->section;
	struct section s = { 0 };

	if (index == 0xfff1)
		return (uint8_t)(((symbol->info & 15) == 4 ? 0x1e : 2) | external);
	if (index == 0xffff && number < table->nindices)
		index = get(model, table->indices + 4 * number, 4);
	else if (index >= 0xff00)
		index = UINT64_MAX;
	if (index < model->shnum)
		s = section(model, index);
	if (s.type == 1)
		return (uint8_t)((s.flags & 1 ? 6 : 4) | external);
	if (s.type == 8)
		return (uint8_t)(8 | external);
	return external ? 1 : 2;
}

static struct kvs_model_symbol
load(const struct kvs_elfsym_model *model, uint64_t at)
{
	if (model->wide)
		return (struct kvs_model_symbol){ .name = (uint32_t)get(model, at, 4),
			.info = (uint8_t)get(model, at + 4, 1),
			.section = (uint16_t)get(model, at + 6, 2),
			.value = get(model, at + 8, 8),
			.bytes = get(model, at + 16, 8) };
	return (struct kvs_model_symbol){ .name = (uint32_t)get(model, at, 4),
		.value = get(model, at + 4, 4),
		.bytes = get(model, at + 8, 4),
		.info = (uint8_t)get(model, at + 12, 1),
		.section = (uint16_t)get(model, at + 14, 2) };
}

static void
read_strings(const struct kvs_elfsym_model *model, struct kvs_model_table *table,
    const struct section *strings)
{
	memset(table->strings, 0, sizeof(table->strings));
	kvs_sparse_get(
	    model->sparse, model->file, strings->offset, table->strings, (size_t)strings->bytes);
	table->strings_bytes = table->strings_end = strings->bytes;
	while (table->strings_end > 0 && table->strings[table->strings_end - 1] != 0)
		table->strings_end--;
}

static void
read_symbols(struct kvs_elfsym_model *model, struct kvs_model_table *table)
{
	bool nameless = false;

	find_indices(model, table);
	for (uint64_t i = 0; i < table->count; i++) {
		struct kvs_model_symbol *const symbol = &table->symbol[i];

		*symbol = load(model, table->offset + i * (model->wide ? 24 : 16));
		if (symbol->section == 0 || symbol->section == 0xfff2)
			continue;
		symbol->nlist_type = nlist_type(model, symbol, table, i);
		nameless |= symbol->name >= table->strings_bytes && symbol->name != 0;
		model->symbols +=
		    symbol->name < table->strings_end && table->strings[symbol->name] != 0;
	}
	model->findings += nameless;
	model->findings += table->strings_end < table->strings_bytes;
	table->read = true;
}

/* false: the table, or the open, fails. */
static bool
read_table(struct kvs_elfsym_model *model, struct kvs_model_table *table, uint64_t *limit)
{
	struct section strings;

	if (!check_table(model, table, &strings))
		return false;
	if (table->count > *limit)
		return refuse(model, KVMSAFE_LIMIT, table->offset);
	*limit -= table->count;
	if (table->count > KVS_MODEL_SYMBOLS || strings.bytes > KVS_MODEL_STRINGS) {
		model->judged = false;
		return false;
	}
	read_strings(model, table, &strings);
	read_symbols(model, table);
	return true;
}

static void
read_tables(struct kvs_elfsym_model *model, uint64_t limit)
{
	struct kvs_model_table *const symtab = &model->table[0], *const dynsym = &model->table[1];
	uint64_t more = 0;

	for (uint64_t i = 0; i < model->shnum; i++) {
		const uint64_t type = get(model, model->shoff + i * header_bytes(model) + 4, 4);
		const struct section s = type == TYPE_SYMTAB || type == TYPE_DYNSYM
		    ? section(model, i)
		    : (struct section){ 0 };

		if (s.type == TYPE_SYMTAB)
			take_table(symtab, &s, i, &more);
		else if (s.type == TYPE_DYNSYM)
			take_table(dynsym, &s, i, &more);
	}
	model->findings += more;
	if (symtab->present && !read_table(model, symtab, &limit))
		return;
	if (dynsym->present && !read_table(model, dynsym, &limit)) {
		if (model->status != KVMSAFE_BAD_KERNEL || !symtab->present)
			return;
		model->status = KVMSAFE_OK; /* it repeats a part of the other: a finding */
		model->findings++;
	}
	model->findings += model->symbols == 0;
}

void
kvs_elfsym_model_read(
    struct kvs_elfsym_model *model, const struct kvs_sparse *sparse, unsigned file, uint64_t limit)
{
	model->sparse = sparse;
	model->file = file;
	model->table[0].present = model->table[0].read = false;
	model->table[1].present = model->table[1].read = false;
	model->judged = true;
	model->status = KVMSAFE_OK;
	model->symbols = model->findings = 0;
	if (!read_ident(model) || !read_header(model)) {
		(void)refuse(model, KVMSAFE_BAD_KERNEL, KVMSAFE_NONE);
		return;
	}
	model->machine_known = model->wide && !model->big && get(model, 16, 2) == 2 &&
	    get(model, 18, 2) == 62; /* amd64 is enough; it has no kernels of type ET_DYN */
	if (model->shnum > UINT64_C(1) << 20)
		(void)refuse(model, KVMSAFE_LIMIT, model->shoff);
	else if (model->shnum > SECTIONS_MAX)
		model->judged = false;
	else
		read_tables(model, limit == 0 ? 1 << 24 : limit < MOST ? limit : MOST);
}

/* A name that the section's end cuts is none. */
static bool
named(const struct kvs_model_table *table, const struct kvs_model_symbol *symbol, const char *name)
{
	const size_t len = strlen(name) + 1;

	return symbol->name < table->strings_bytes && len <= table->strings_bytes - symbol->name &&
	    memcmp(table->strings + symbol->name, name, len) == 0;
}

static unsigned
rank(const struct kvs_model_symbol *symbol)
{
	static const unsigned ranks[] = { 2, 0, 1 }; /* local, global, weak */

	return symbol->info >> 4 < 3 ? ranks[symbol->info >> 4] : 3;
}

/* Global, weak, local, other; then first in file order. */
static const struct kvs_model_symbol *
search(const struct kvs_model_table *table, const char *name)
{
	const struct kvs_model_symbol *found = NULL;

	for (uint64_t i = 0; table->read && i < table->count; i++) {
		const struct kvs_model_symbol *const symbol = &table->symbol[i];

		if (symbol->section == 0 || symbol->section == 0xfff2 ||
		    !named(table, symbol, name))
			continue;
		if (found == NULL || rank(symbol) < rank(found))
			found = symbol;
	}
	return found;
}

const struct kvs_model_symbol *
kvs_elfsym_model_find(const struct kvs_elfsym_model *model, const char *name)
{
	const struct kvs_model_symbol *found = NULL;

	for (unsigned skip = 0; skip < 2 && found == NULL; skip++) {
		if (name[skip] == 0 || (skip == 1 && name[0] != '_'))
			break;
		found = search(&model->table[0], name + skip);
		if (found == NULL)
			found = search(&model->table[1], name + skip);
	}
	return found;
}
