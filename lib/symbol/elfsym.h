/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An index of a kernel file's symbols, built once through libelf: .symtab, and .dynsym for names
 * that it lacks. One answer a name: exact, then less one leading '_'; global, weak, local, other;
 * then first in file order. Rule: lib/libc/gen/nlist.c, __elf_fdnlist, FreeBSD 10.4 to 15, made
 * independent of what else is in the list.
 */
#ifndef KVS_SYMBOL_ELFSYM_H
#define KVS_SYMBOL_ELFSYM_H

#include "format/elfheader.h"
#include "util/findings.h"

struct kvs_elfsym;

/* What an index is built from. */
struct kvs_elfsym_file {
	const struct kvmsafe_source *source; /* needed no longer than that */
	const struct kvs_elf_header *header; /* of kvs_kernel_header_read */
	uint64_t symbol_limit;
};

/*
 * Build. Hostile tables: BAD_KERNEL when nothing can be trusted (entry size, string table, bounds),
 * findings where a part can. No symbols at all: an empty index and a finding. Next to a sound
 * .symtab a .dynsym that cannot be trusted is a finding, too. LIMIT: more symbols than
 * symbol_limit, or than 2^27.
 * Memory: string tables, and 32 bytes a symbol; a 32nd of a string table more while it is built.
 * libelf is shown 4,096 symbols at a time.
 * Time: O(n log n + bytes of the string tables), whatever the names; a look-up O(log n + bytes).
 */
enum kvmsafe_status kvs_elfsym_create(struct kvs_memory *memory, const struct kvs_elfsym_file *file,
    struct kvs_findings *findings, struct kvs_elfsym **out, struct kvmsafe_error *err);
void kvs_elfsym_destroy(struct kvs_elfsym *index);

/* Fill all of *out but name, by the rule above. false: no such symbol. */
bool kvs_elfsym_lookup(
    const struct kvs_elfsym *index, const char *name, struct kvmsafe_symbol *out);

/* Symbols indexed. */
uint64_t kvs_elfsym_count(const struct kvs_elfsym *index);

#endif
