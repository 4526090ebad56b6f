/* SPDX-License-Identifier: BSD-2-Clause */
/* One walk over the section headers, then checks of what it found. No libelf. */
#include "symbol/sections.h"

#include <inttypes.h>

#include "symbol/nlist.h"
#include "util/checked.h"
#include "util/error.h"

/* System V ABI, "Sections". */
enum {
	TYPE_PROGBITS = 1,
	TYPE_SYMTAB = 2,
	TYPE_STRTAB = 3,
	TYPE_NOBITS = 8,
	TYPE_DYNSYM = 11,
	TYPE_SYMTAB_SHNDX = 18
};
enum { FLAG_WRITE = 0x1, FLAG_COMPRESSED = 0x800 };

#define CHUNK 256 /* section headers in memory at once */
/* A file of holes can promise 2^32 sections; a byte of memory is spent on each. */
#define SECTIONS_MAX (UINT64_C(1) << 20)

struct walk {
	const struct kvmsafe_source *source;
	const struct kvs_elf_header *header;
	struct kvs_sections *sections;
	uint64_t many; /* tables of a type already seen */
	bool indices; /* an SHT_SYMTAB_SHNDX exists */
};

typedef void visitor(struct walk *walk, uint64_t index, const struct kvs_elf_section *section);

/* lib/libc/gen/nlist.c, elf_sym_to_type(), FreeBSD 10.4 to 15. */
static uint8_t
nlist_type(const struct kvs_elf_section *section)
{
	if (section->type == TYPE_NOBITS)
		return KVS_N_BSS;
	if (section->type != TYPE_PROGBITS)
		return 0;
	return section->flags & FLAG_WRITE ? KVS_N_DATA : KVS_N_TEXT;
}

static void
take_table(struct walk *walk, struct kvs_symbol_place *place, uint64_t index,
    const struct kvs_elf_section *section)
{
	if (place->present) {
		walk->many++;
		return;
	}
	place->present = true;
	place->index = index;
	place->section = *section;
}

static void
take_section(struct walk *walk, uint64_t index, const struct kvs_elf_section *section)
{
	struct kvs_sections *const sections = walk->sections;

	sections->types[index] = nlist_type(section);
	if (section->type == TYPE_SYMTAB)
		take_table(walk, &sections->symtab, index, section);
	else if (section->type == TYPE_DYNSYM)
		take_table(walk, &sections->dynsym, index, section);
	else if (section->type == TYPE_SYMTAB_SHNDX)
		walk->indices = true;
}

/* SHT_SYMTAB_SHNDX names the table that it belongs to; entries beyond the file are left out. Those
   of a table that there is not are never asked for. */
static void
take_indices(struct walk *walk, uint64_t index, const struct kvs_elf_section *section)
{
	struct kvs_symbol_place *const places[] = { &walk->sections->symtab,
		&walk->sections->dynsym };
	const uint64_t file_bytes = kvmsafe_source_bytes(walk->source);

	(void)index;
	if (section->type != TYPE_SYMTAB_SHNDX || section->flags & FLAG_COMPRESSED ||
	    section->offset >= file_bytes)
		return;
	for (unsigned i = 0; i < 2; i++) {
		struct kvs_symbol_place *const place = places[i];

		if (place->index != section->link || place->indices != 0)
			continue;
		place->indices_offset = section->offset;
		place->indices = kvs_min(section->bytes, file_bytes - section->offset) / 4;
	}
}

static enum kvmsafe_status
for_each(struct walk *walk, uint8_t *buf, visitor *visit, struct kvmsafe_error *err)
{
	const uint32_t bytes = kvs_elf_shentsize(walk->header);
	const uint64_t total = walk->header->shnum;
	uint64_t n;

	for (uint64_t first = 0; first < total; first += n) {
		enum kvmsafe_status status;
		size_t got;

		n = kvs_min(CHUNK, total - first);
		status = kvmsafe_source_read(walk->source, walk->header->shoff + first * bytes, buf,
		    (size_t)(n * bytes), &got, err);
		if (status != KVMSAFE_OK)
			return status;
		for (uint64_t i = 0; i < n; i++) {
			const struct kvs_elf_section section =
			    kvs_elf_section_load(walk->header, buf + i * bytes);

			visit(walk, first + i, &section);
		}
	}
	return KVMSAFE_OK;
}

static enum kvmsafe_status
walk_all(struct walk *walk, struct kvmsafe_error *err)
{
	struct kvs_memory *const memory = walk->sections->memory;
	enum kvmsafe_status status;
	void *buf;

	status = kvs_alloc(memory, CHUNK, KVS_ELF_SHDR_MAX, "section headers", &buf, err);
	if (status != KVMSAFE_OK)
		return status;
	status = for_each(walk, buf, take_section, err);
	if (status == KVMSAFE_OK && walk->indices)
		status = for_each(walk, buf, take_indices, err);
	kvs_free(memory, buf);
	return status;
}

enum kvmsafe_status
kvs_sections_read(struct kvs_sections *sections, struct kvs_memory *memory,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header,
    struct kvs_findings *findings, struct kvmsafe_error *err)
{
	struct kvs_sections built = {
		.memory = memory,
		.n = header->shnum,
		.symtab = { .what = ".symtab" },
		.dynsym = { .what = ".dynsym" },
	};
	struct walk walk = { .source = source, .header = header, .sections = &built };
	enum kvmsafe_status status;
	void *types;

	if (header->shnum > SECTIONS_MAX)
		return kvs_fail_at(err, KVMSAFE_LIMIT, KVMSAFE_FILE_OFFSET, header->shoff,
		    "kernel: at most %" PRIu64 " sections are read, found %" PRIu64, SECTIONS_MAX,
		    header->shnum);
	status = kvs_alloc(memory, header->shnum, 1, "section types", &types, err);
	if (status != KVMSAFE_OK)
		return status;
	built.types = types;
	status = walk_all(&walk, err);
	if (status != KVMSAFE_OK) {
		kvs_sections_fini(&built);
		return status;
	}
	if (walk.many > 0)
		kvs_findings_note(findings, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, header->shoff,
		    "kernel: one symbol table of a type expected, %" PRIu64 " more were left out",
		    walk.many);
	*sections = built;
	return KVMSAFE_OK;
}

void
kvs_sections_fini(struct kvs_sections *sections)
{
	kvs_free(sections->memory, sections->types);
	*sections = (struct kvs_sections){ 0 };
}

/* Header of one section. */
static enum kvmsafe_status
section_at(const struct kvmsafe_source *source, const struct kvs_elf_header *header, uint64_t index,
    struct kvs_elf_section *out, struct kvmsafe_error *err)
{
	const uint32_t bytes = kvs_elf_shentsize(header);
	uint8_t buf[KVS_ELF_SHDR_MAX] = { 0 };
	size_t got;
	const enum kvmsafe_status status =
	    kvmsafe_source_read(source, header->shoff + index * bytes, buf, bytes, &got, err);

	*out = kvs_elf_section_load(header, buf);
	return status;
}

/* What both sections must be. One that begins in the file and ends beyond is kept in part. */
static enum kvmsafe_status
check_bounds(const struct kvs_symbol_place *place, const char *part,
    struct kvs_elf_section *section, uint64_t file_bytes, struct kvs_findings *findings,
    struct kvmsafe_error *err)
{
	uint64_t end;

	if (section->flags & FLAG_COMPRESSED)
		return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, section->offset,
		    "kernel: %s: uncompressed %s expected, SHF_COMPRESSED is set", place->what,
		    part);
	if (section->bytes == 0)
		return KVMSAFE_OK;
	if (section->offset >= file_bytes || !kvs_add(section->offset, section->bytes, &end))
		return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, section->offset,
		    "kernel: %s: %s expected in the file's %" PRIu64 " bytes, found %" PRIu64
		    " bytes at %" PRIu64,
		    place->what, part, file_bytes, section->bytes, section->offset);
	if (end <= file_bytes)
		return KVMSAFE_OK;
	kvs_findings_note(findings, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET, file_bytes,
	    "kernel: %s: %" PRIu64 " bytes of %s expected, the file has %" PRIu64 " of them",
	    place->what, section->bytes, part, file_bytes - section->offset);
	section->bytes = file_bytes - section->offset;
	return KVMSAFE_OK;
}

static enum kvmsafe_status
check_symbols(struct kvs_symbol_place *place, const struct kvs_elf_header *header,
    uint64_t file_bytes, struct kvs_findings *findings, struct kvmsafe_error *err)
{
	const uint64_t entsize = header->elf_class == 2 ? 24 : 16;
	struct kvs_elf_section *const section = &place->section;

	if (section->entsize != entsize)
		return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, section->offset,
		    "kernel: %s: sh_entsize %" PRIu64 " expected, found %" PRIu64, place->what,
		    entsize, section->entsize);
	if (section->bytes % entsize != 0)
		kvs_findings_note(findings, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET,
		    section->offset,
		    "kernel: %s: whole symbols of %" PRIu64 " bytes expected, found %" PRIu64
		    " bytes",
		    place->what, entsize, section->bytes);
	return check_bounds(place, "symbols", section, file_bytes, findings, err);
}

static enum kvmsafe_status
check_strings(struct kvs_symbol_place *place, const struct kvmsafe_source *source,
    const struct kvs_elf_header *header, struct kvs_findings *findings, struct kvmsafe_error *err)
{
	struct kvs_elf_section strings = { 0 };
	enum kvmsafe_status status;

	if (place->section.link >= header->shnum)
		return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET,
		    place->section.offset,
		    "kernel: %s: sh_link below %" PRIu64 " expected, found %" PRIu32, place->what,
		    header->shnum, place->section.link);
	status = section_at(source, header, place->section.link, &strings, err);
	if (status != KVMSAFE_OK)
		return status;
	if (strings.type != TYPE_STRTAB)
		return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET,
		    place->section.offset,
		    "kernel: %s: a string table expected behind sh_link %" PRIu32
		    ", found section type %" PRIu32,
		    place->what, place->section.link, strings.type);
	status =
	    check_bounds(place, "names", &strings, kvmsafe_source_bytes(source), findings, err);
	place->strings_offset = strings.offset;
	place->strings_bytes = strings.bytes;
	return status;
}

enum kvmsafe_status
kvs_symbol_place_check(struct kvs_symbol_place *place, const struct kvmsafe_source *source,
    const struct kvs_elf_header *header, struct kvs_findings *findings, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;

	status = check_symbols(place, header, kvmsafe_source_bytes(source), findings, err);
	if (status == KVMSAFE_OK)
		status = check_strings(place, source, header, findings, err);
	return status;
}
