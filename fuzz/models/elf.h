/* SPDX-License-Identifier: BSD-2-Clause */
/* ELF headers and the program headers of a core as the specifications have them, naively. */
#ifndef KVS_FUZZ_MODELS_ELF_H
#define KVS_FUZZ_MODELS_ELF_H

#include "fuzz/sparse.h"

#define KVS_MODEL_HEADERS 65536
#define KVS_MODEL_LOADS 512 /* the model is quadratic */

/* An ELF header; `fails`: it is refused, and where. */
struct kvs_elf_model {
	bool fails;
	uint64_t at;
	bool wide, big;
	uint8_t osabi;
	uint16_t type, machine;
	uint32_t flags;
	uint64_t phoff, shoff, phnum, shnum; /* a count only where its table is wanted */
};

void kvs_elf_model_read(const struct kvs_sparse *sparse, unsigned file, bool phdrs, bool shdrs,
    struct kvs_elf_model *out);

/* What a file is taken for that is no ELF file: words for the end of a message. NULL: it is one. */
const char *kvs_elf_model_looks(const struct kvs_sparse *sparse, unsigned file);

struct kvs_model_load {
	uint64_t at; /* of its program header */
	uint64_t offset, vaddr, paddr, filesz, memsz; /* filesz at most memsz */
	uint64_t written; /* filesz as it stands */
	bool own_vaddr; /* p_vaddr is an address, and not p_paddr once more */
};

/* A core's program headers. */
struct kvs_core_model {
	const struct kvs_elf_model *header;
	uint64_t file_bytes;
	enum kvmsafe_status status;
	uint64_t failed_at;
	bool has_physical, has_virtual;
	bool has_delta;
	uint64_t delta[3]; /* vaddr, paddr, align */
	uint64_t top; /* the highest address there is */
	uint64_t core_findings, overlap_findings;
	bool too_many; /* PT_LOADs for the model */
	size_t n;
	struct kvs_model_load load[KVS_MODEL_LOADS];
};

/* Of a core whose header is sound and has at most KVS_MODEL_HEADERS program headers. cut_to_32: as
   i386 does, whose numbers above 4 GiB are rebuilt. */
void kvs_core_model_read(const struct kvs_sparse *sparse, const struct kvs_elf_model *header,
    bool cut_to_32, struct kvs_core_model *out);

/* The first in file order that dumped the byte; NOT_DUMPED where only memory is promised. *owner,
   which may be NULL: the load of a byte that is dumped. */
enum kvmsafe_status kvs_core_model_find(const struct kvs_core_model *core, bool by_va,
    uint64_t address, uint64_t *offset, size_t *owner);

/* Is it kept, by this address? */
bool kvs_core_model_keeps(const struct kvs_core_model *core, size_t n, bool by_va);

#endif
