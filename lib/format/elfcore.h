/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Full cores: ELF, ET_CORE. Program headers through libelf, then validated, then segments.
 * Rule: sys/kern/kern_dump.c, FreeBSD 12.1 to 15: e_version 0, OS/ABI 255, a PT_LOAD each range of
 * memory, on some machines one PT_DUMP_DELTA (0x6fb5d000) behind them.
 */
#ifndef KVS_FORMAT_ELFCORE_H
#define KVS_FORMAT_ELFCORE_H

#include "format/elfheader.h"
#include "index/segments.h"

/* PT_DUMP_DELTA: where the kernel lies. Taken as written: check before use. */
struct kvs_dump_delta {
	bool present;
	uint64_t vaddr, paddr, align;
};

struct kvs_elfcore {
	struct kvs_elf_header header;
	struct kvs_segments physical; /* by p_paddr */
	struct kvs_segments virtual; /* by p_vaddr: only where has_virtual */
	bool has_physical; /* false: p_paddr is all ones */
	bool has_virtual; /* p_vaddr is an address of its own: not all ones, no copy of p_paddr */
	struct kvs_dump_delta delta;
};

/* What a core is read from. */
struct kvs_elfcore_file {
	const struct kvmsafe_source *source;
	const struct kvs_elf_header *header; /* of kvs_elf_header_read, with phdrs wanted */
	uint64_t phdr_limit;
	bool wraps; /* the writer cut 32-bit addresses and offsets: i386 with PAE */
};

/*
 * Read the program headers. Cut addresses are rebuilt, or refused as ambiguous. Findings: segments
 * cut off by the file's end, overlaps, sizes that contradict each other, PT_LOADs left out because
 * they wrap. *core is untouched on failure.
 * DAMAGED, LIMIT, NO_MEMORY, IO; TRUNCATED if the file shrinks meanwhile.
 */
enum kvmsafe_status kvs_elfcore_read(struct kvs_elfcore *core, struct kvs_memory *memory,
    const struct kvs_elfcore_file *file, struct kvs_findings *findings, struct kvmsafe_error *err);
void kvs_elfcore_fini(struct kvs_elfcore *core);

#endif
