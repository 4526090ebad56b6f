/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What an ELF file says of itself, kernel or core: its header, checked, and where its tables are.
 * System V ABI, "ELF Header" and "Sections". Without libelf.
 */
#ifndef KVS_FORMAT_ELFHEADER_H
#define KVS_FORMAT_ELFHEADER_H

#include <kvmsafe/kvmsafe.h>

#include "util/load.h"

/* ELF file types: System V ABI, "ELF Header". */
enum { KVS_ET_EXEC = 2, KVS_ET_DYN = 3, KVS_ET_CORE = 4 };

/* The header and an entry of each table take at most so many bytes, in either class. */
#define KVS_ELF_HEADER_MAX 64
#define KVS_ELF_SHDR_MAX 64

struct kvs_elf_header {
	uint8_t elf_class; /* 1, 2 */
	uint8_t data; /* 1 LSB, 2 MSB */
	uint8_t osabi;
	uint16_t type, machine;
	uint32_t flags;
	uint64_t phoff, shoff;
	uint32_t phentsize, shentsize;
	uint64_t phnum, shnum; /* extended numbering resolved through section header 0 */
	uint64_t header_bytes; /* 52 or 64 */
};

static inline enum kvs_order
kvs_elf_order(const struct kvs_elf_header *header)
{
	return header->data == 2 ? KVS_BE : KVS_LE;
}

/* Bytes of a program header and of a section header. */
static inline uint32_t
kvs_elf_phentsize(const struct kvs_elf_header *header)
{
	return header->elf_class == 2 ? 56 : 32;
}

static inline uint32_t
kvs_elf_shentsize(const struct kvs_elf_header *header)
{
	return header->elf_class == 2 ? 64 : 40;
}

/* What a caller of kvs_elf_header_read wants, and what it says when it cannot have it. */
struct kvs_elf_wanted {
	const char *what; /* names the file in messages: "kernel", "core" */
	enum kvmsafe_status status; /* of a malformed or too short file: BAD_KERNEL, DAMAGED */
	bool phdrs, shdrs; /* this table must lie in the file */
};

/*
 * Read and check the header: magic, class, data encoding, EI_VERSION 1, e_version 0 or 1, e_ehsize,
 * entry sizes (where there are entries), extended numbering, and that the table of program headers
 * or section headers that is wanted lies in the file. A table not wanted is not judged: whoever
 * uses it later checks its bounds. wanted->status, or IO.
 */
enum kvmsafe_status kvs_elf_header_read(const struct kvmsafe_source *source,
    const struct kvs_elf_wanted *wanted, struct kvs_elf_header *out, struct kvmsafe_error *err);

/* What we use of a section header. Taken as written. */
struct kvs_elf_section {
	uint32_t type, link;
	uint64_t flags, offset, bytes, entsize;
};

/* One out of kvs_elf_shentsize bytes. */
struct kvs_elf_section kvs_elf_section_load(
    const struct kvs_elf_header *header, const uint8_t *bytes);

/* Where fields lie that move with the class; offsets in the ELF header. */
struct kvs_elf_place {
	unsigned word; /* bytes of an address or offset: 4, 8 */
	size_t phoff, shoff, flags, ehsize, phentsize, phnum, shentsize, shnum;
};

/* The same in a section header. */
struct kvs_elf_section_place {
	unsigned word;
	size_t type, flags, offset, bytes, link, info, align, entsize;
};

struct kvs_elf_place kvs_elf_place_of(unsigned elf_class);
struct kvs_elf_section_place kvs_elf_section_place_of(unsigned elf_class);

/* Offsets in the ELF header that do not. */
enum {
	KVS_EI_CLASS = 4,
	KVS_EI_DATA = 5,
	KVS_EI_VERSION = 6,
	KVS_EI_OSABI = 7,
	KVS_E_TYPE = 16,
	KVS_E_MACHINE = 18,
	KVS_E_VERSION = 20
};

#endif
