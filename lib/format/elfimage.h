/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libelf may see: a small ELF file in memory, made by us, whose header and section headers are
 * our own words and which holds one piece of the real file's tables, checked before.
 * The libelfs trust headers in different ways (elfutils cuts, elftoolchain reads on): neither is
 * asked to judge the file. Also what can be said of an ELF file without libelf.
 */
#ifndef KVS_FORMAT_ELFIMAGE_H
#define KVS_FORMAT_ELFIMAGE_H

#include <kvmsafe/kvmsafe.h>

#include "source/view.h"
#include "util/alloc.h"

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

struct kvs_elfimage {
	struct kvs_memory *memory; /* set by the caller; the rest zeroed */
	uint8_t *bytes;
	size_t len;
};

/* An image with program headers [first, first + n), n at most 65,534, which are in the file. */
enum kvmsafe_status kvs_elfimage_of_phdrs(struct kvs_elfimage *image,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header, uint64_t first,
    uint64_t n, struct kvmsafe_error *err);

/* An image whose section 1 is this one: its bytes are in the file. */
enum kvmsafe_status kvs_elfimage_of_section(struct kvs_elfimage *image,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header,
    const struct kvs_elf_section *section, struct kvmsafe_error *err);

void kvs_elfimage_fini(struct kvs_elfimage *image);

#endif
