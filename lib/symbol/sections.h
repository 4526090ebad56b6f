/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a kernel file's symbol tables lie, checked; and what its sections mean to nlist(3). */
#ifndef KVS_SYMBOL_SECTIONS_H
#define KVS_SYMBOL_SECTIONS_H

#include "format/elfheader.h"
#include "util/findings.h"

/* A section of symbols with what belongs to it. */
struct kvs_symbol_place {
	const char *what; /* ".symtab", ".dynsym": by type, for messages */
	bool present; /* false: there is none */
	uint64_t index; /* its section's number */
	struct kvs_elf_section section; /* in the file, after kvs_symbol_place_check */
	uint64_t strings_offset, strings_bytes; /* in the file, after kvs_symbol_place_check */
	uint64_t indices_offset, indices; /* of SHT_SYMTAB_SHNDX: u32, those in the file; or 0 */
};

struct kvs_sections {
	struct kvs_memory *memory;
	uint8_t *types; /* N_TEXT, N_DATA, N_BSS or 0, for each section */
	uint64_t n;
	struct kvs_symbol_place symtab, dynsym; /* the first of each */
};

/* Look at all section headers, which lie in the file. A finding: several tables. IO,
   NO_MEMORY; LIMIT: there are more than any kernel has. */
enum kvmsafe_status kvs_sections_read(struct kvs_sections *sections, struct kvs_memory *memory,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header,
    struct kvs_findings *findings, struct kvmsafe_error *err);
void kvs_sections_fini(struct kvs_sections *sections);

/*
 * Check a present table and its strings. BAD_KERNEL: entry size, string table, place in the file,
 * compressed. Findings: cut off by the end of the file, no whole number of symbols.
 */
enum kvmsafe_status kvs_symbol_place_check(struct kvs_symbol_place *place,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header,
    struct kvs_findings *findings, struct kvmsafe_error *err);

#endif
