/* SPDX-License-Identifier: BSD-2-Clause */
/* From symbol tables to the index: libelf decodes, a piece at a time; the rules are here. */
#include "symbol/elfsym.h"

#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>
#include <string.h>

#include "format/elfimage.h"
#include "symbol/nlist.h"
#include "symbol/sections.h"
#include "symbol/symtab.h"
#include "util/checked.h"
#include "util/error.h"

#define CHUNK 4096 /* symbols that libelf sees at once */

struct kvs_elfsym {
	struct kvs_memory *memory;
	struct kvs_symtab symtab, dynsym;
};

/* One table being read. */
struct reader {
	struct kvs_memory *memory;
	const struct kvmsafe_source *source;
	const struct kvs_elf_header *header;
	struct kvs_findings *findings;
	struct kvs_sections sections;
	struct kvs_symbol_place *place; /* one of sections' */
	struct kvs_symtab *symtab;
	uint64_t bad_names, endless_names;
};

static enum kvmsafe_status
refused_by_libelf(const struct reader *reader, struct kvmsafe_error *err)
{
	return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET,
	    reader->place->section.offset, "kernel: %s expected to be readable, libelf says: %s",
	    reader->place->what, elf_errmsg(-1));
}

/* N_* of the section that a symbol is in; 0: none of those that have one. */
static uint8_t
section_type(const struct reader *reader, const GElf_Sym *sym, uint64_t extended)
{
	uint64_t index = sym->st_shndx;

	if (index == SHN_ABS)
		return GELF_ST_TYPE(sym->st_info) == STT_FILE ? KVS_N_FN : KVS_N_ABS;
	if (index == SHN_XINDEX)
		index = extended;
	else if (index >= SHN_LORESERVE)
		return 0;
	return index < reader->sections.n ? reader->sections.types[index] : 0;
}

/* lib/libc/gen/nlist.c, elf_sym_to_type(); but 0 would mean "not found", so N_ABS. */
static uint8_t
nlist_type(const struct reader *reader, const GElf_Sym *sym, uint64_t extended)
{
	const unsigned binding = GELF_ST_BIND(sym->st_info);
	const uint8_t ext = binding == STB_GLOBAL || binding == STB_WEAK ? KVS_N_EXT : 0;
	const uint8_t type = section_type(reader, sym, extended) | ext;

	return type != 0 ? type : KVS_N_ABS;
}

static bool
has_name(struct reader *reader, const GElf_Sym *sym)
{
	const struct kvs_strtab *const names = &reader->symtab->names;

	if (sym->st_name < names->len)
		return names->bytes[sym->st_name] != 0;
	if (sym->st_name - names->len < names->unterminated)
		reader->endless_names++;
	else if (sym->st_name != 0)
		reader->bad_names++;
	return false;
}

static void
take(struct reader *reader, const GElf_Sym *sym, uint64_t extended)
{
	if (sym->st_shndx == SHN_UNDEF || sym->st_shndx == SHN_COMMON || !has_name(reader, sym))
		return;
	kvs_symtab_add(reader->symtab,
	    (struct kvs_symtab_entry){
		.value = sym->st_value,
		.bytes = sym->st_size,
		.name = sym->st_name,
		.info = sym->st_info,
		.nlist_type = nlist_type(reader, sym, extended),
	    });
}

static enum kvmsafe_status
take_all(struct reader *reader, Elf *elf, const uint8_t *indices, uint64_t nindices, uint64_t n,
    struct kvmsafe_error *err)
{
	/* The only section that our image has. libelf passes NULL on, to its last call. */
	Elf_Data *const data = elf_getdata(elf_getscn(elf, 1), NULL);

	for (uint64_t i = 0; i < n; i++) {
		GElf_Sym sym = { 0 };
		uint64_t extended = UINT64_MAX;

		if (gelf_getsym(data, (int)i, &sym) == NULL)
			return refused_by_libelf(reader, err);
		if (i < nindices)
			extended = kvs_load(indices + 4 * i, 4, kvs_elf_order(reader->header));
		take(reader, &sym, extended);
	}
	return KVMSAFE_OK;
}

/* Symbols [first, first + n), with the section numbers of those that had no room for them. */
static enum kvmsafe_status
read_chunk(
    struct reader *reader, uint64_t first, uint64_t n, uint8_t *indices, struct kvmsafe_error *err)
{
	const struct kvs_symbol_place *const place = reader->place;
	struct kvs_elf_section part = place->section;
	struct kvs_elfimage image = { .memory = reader->memory };
	enum kvmsafe_status status;
	size_t got = 0;
	Elf *elf;

	if (first < place->indices) {
		status = kvmsafe_source_read(reader->source, place->indices_offset + 4 * first,
		    indices, (size_t)(4 * kvs_min(n, place->indices - first)), &got, err);
		if (status != KVMSAFE_OK)
			return status;
	}
	part.offset += first * part.entsize;
	part.bytes = n * part.entsize;
	status = kvs_elfimage_of_section(&image, reader->source, reader->header, &part, err);
	if (status != KVMSAFE_OK)
		return status;
	elf = elf_memory((char *)image.bytes, image.len);
	status = take_all(reader, elf, indices, got / 4, n, err);
	elf_end(elf);
	kvs_elfimage_fini(&image);
	return status;
}

static enum kvmsafe_status
read_symbols(struct reader *reader, uint64_t n, struct kvmsafe_error *err)
{
	enum kvmsafe_status status = KVMSAFE_OK;
	void *indices = NULL;

	(void)elf_version(EV_CURRENT); /* of its own header: it has that one */
	if (reader->place->indices != 0)
		status = kvs_alloc(reader->memory, CHUNK, 4, "section numbers", &indices, err);
	for (uint64_t first = 0; first < n && status == KVMSAFE_OK; first += CHUNK)
		status = read_chunk(reader, first, kvs_min(CHUNK, n - first), indices, err);
	kvs_free(reader->memory, indices);
	return status;
}

static void
note_names(const struct reader *reader)
{
	const uint64_t at = reader->place->section.offset;

	if (reader->bad_names > 0)
		kvs_findings_note(reader->findings, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, at,
		    "kernel: %s: names in the string table expected, %" PRIu64
		    " symbols without were left out",
		    reader->place->what, reader->bad_names);
	if (reader->symtab->names.unterminated > 0)
		kvs_findings_note(reader->findings, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, at,
		    "kernel: %s: a string table that ends in NUL expected, %" PRIu64
		    " symbols whose names have no end were left out",
		    reader->place->what, reader->endless_names);
}

static enum kvmsafe_status
fill(struct reader *reader, uint64_t n, struct kvmsafe_error *err)
{
	struct kvs_strtab *const names = &reader->symtab->names;
	enum kvmsafe_status status;

	status = kvs_strtab_read(names, reader->memory, reader->source,
	    reader->place->strings_offset, reader->place->strings_bytes, err);
	if (status != KVMSAFE_OK)
		return status;
	status = read_symbols(reader, n, err);
	kvs_strtab_seal(names);
	note_names(reader);
	kvs_symtab_settle(reader->symtab);
	return status;
}

/* *limit: symbols that may still be read. */
static enum kvmsafe_status
read_table(struct reader *reader, uint64_t *limit, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	uint64_t n;

	status = kvs_symbol_place_check(
	    reader->place, reader->source, reader->header, reader->findings, err);
	if (status != KVMSAFE_OK)
		return status;
	n = reader->place->section.bytes / reader->place->section.entsize;
	if (n > *limit)
		return kvs_fail_at(err, KVMSAFE_LIMIT, KVMSAFE_FILE_OFFSET,
		    reader->place->section.offset,
		    "kernel: %s: at most %" PRIu64 " symbols are read, found %" PRIu64,
		    reader->place->what, *limit, n);
	*limit -= n;
	status = kvs_symtab_init(reader->symtab, reader->memory, n, err);
	if (status == KVMSAFE_OK)
		status = fill(reader, n, err);
	if (status != KVMSAFE_OK)
		kvs_symtab_fini(reader->symtab);
	return status;
}

/* .symtab must be sound; .dynsym repeats a part of it, so next to it a broken one is a finding. */
static enum kvmsafe_status
read_tables(
    struct kvs_elfsym *index, struct reader *reader, uint64_t limit, struct kvmsafe_error *err)
{
	struct kvs_sections *const sections = &reader->sections;
	struct kvmsafe_error bad = { 0 };
	enum kvmsafe_status status = KVMSAFE_OK;

	reader->place = &sections->symtab;
	reader->symtab = &index->symtab;
	if (sections->symtab.present)
		status = read_table(reader, &limit, err);
	if (status != KVMSAFE_OK || !sections->dynsym.present)
		return status;
	reader->place = &sections->dynsym;
	reader->symtab = &index->dynsym;
	reader->bad_names = reader->endless_names = 0;
	status = read_table(reader, &limit, &bad);
	if (status == KVMSAFE_BAD_KERNEL && sections->symtab.present) {
		kvs_findings_add(reader->findings, &bad);
		return KVMSAFE_OK;
	}
	return status == KVMSAFE_OK ? KVMSAFE_OK : kvs_fail_as(err, &bad);
}

static enum kvmsafe_status
build(struct kvs_elfsym *index, struct reader *reader, uint64_t limit, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;

	status = kvs_sections_read(&reader->sections, reader->memory, reader->source,
	    reader->header, reader->findings, err);
	if (status != KVMSAFE_OK)
		return status;
	status = read_tables(index, reader, limit, err);
	if (status == KVMSAFE_OK && kvs_elfsym_count(index) == 0)
		kvs_findings_note(reader->findings, KVMSAFE_BAD_KERNEL, KVMSAFE_NOWHERE, 0,
		    "kernel: symbols expected in .symtab or .dynsym, found none");
	kvs_sections_fini(&reader->sections);
	return status;
}

enum kvmsafe_status
kvs_elfsym_create(struct kvs_memory *memory, const struct kvs_elfsym_file *file,
    struct kvs_findings *findings, struct kvs_elfsym **out, struct kvmsafe_error *err)
{
	struct reader reader = {
		.memory = memory,
		.source = file->source,
		.header = file->header,
		.findings = findings,
	};
	struct kvs_elfsym *index;
	enum kvmsafe_status status;
	void *block;

	status = kvs_alloc(memory, 1, sizeof(*index), "symbol index", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	index = block;
	index->memory = memory;
	status = build(index, &reader, kvs_min(file->symbol_limit, KVS_SYMTAB_MOST), err);
	if (status != KVMSAFE_OK)
		kvs_elfsym_destroy(index);
	else
		*out = index;
	return status;
}

void
kvs_elfsym_destroy(struct kvs_elfsym *index)
{
	if (index == NULL)
		return;
	kvs_symtab_fini(&index->symtab);
	kvs_symtab_fini(&index->dynsym);
	kvs_free(index->memory, index);
}

/* A name that .symtab lacks may be in .dynsym. */
static const struct kvs_symtab_entry *
find(const struct kvs_elfsym *index, const char *name, size_t bytes)
{
	const struct kvs_symtab_entry *const entry = kvs_symtab_find(&index->symtab, name, bytes);

	return entry != NULL ? entry : kvs_symtab_find(&index->dynsym, name, bytes);
}

bool
kvs_elfsym_lookup(const struct kvs_elfsym *index, const char *name, struct kvmsafe_symbol *out)
{
	const size_t bytes = strlen(name);
	const struct kvs_symtab_entry *entry = find(index, name, bytes);

	if (entry == NULL && name[0] == '_')
		entry = find(index, name + 1, bytes - 1);
	if (entry == NULL)
		return false;
	*out = (struct kvmsafe_symbol){
		.name = out->name,
		.value = entry->value,
		.bytes = entry->bytes,
		.type = entry->info & 0xf,
		.binding = entry->info >> 4,
		.nlist_type = entry->nlist_type,
		.rule = KVMSAFE_SYM_PLAIN,
		.found = true,
	};
	return true;
}

uint64_t
kvs_elfsym_count(const struct kvs_elfsym *index)
{
	return (uint64_t)index->symtab.n + index->dynsym.n;
}
