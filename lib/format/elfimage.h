/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libelf may see: a private, bounded copy of an ELF file's header and of the tables that we
 * want, whose bounds were checked first and whose offsets were rewritten to fit the copy.
 * The libelfs trust headers in different ways (elfutils cuts, elftoolchain reads on): neither is
 * asked to judge the file. It also holds what can be said of a file without libelf.
 */
#ifndef KVS_FORMAT_ELFIMAGE_H
#define KVS_FORMAT_ELFIMAGE_H

#include <kvmsafe/kvmsafe.h>

#include "source/view.h"
#include "util/alloc.h"

struct kvs_elf_header {
	uint8_t elf_class; /* 1, 2 */
	uint8_t data; /* 1 LSB, 2 MSB */
	uint16_t type, machine;
	uint32_t flags;
	uint64_t phoff, shoff;
	uint32_t phentsize, shentsize;
	uint64_t phnum, shnum; /* extended numbering resolved through section header 0 */
	uint32_t shstrndx;
	uint64_t header_bytes; /* 52 or 64 */
};

static inline enum kvs_order
kvs_elf_order(const struct kvs_elf_header *header)
{
	return header->data == 2 ? KVS_BE : KVS_LE;
}

/*
 * Read and check the header: magic, class, data encoding, EI_VERSION 1, e_version 0 or 1, e_ehsize,
 * entry sizes (where there are entries), extended numbering, and that the table of program headers
 * or section headers that `want_*` asks for lies in the file. `what` names the file in messages
 * ("kernel", "core"); `status` is what a malformed file is (BAD_KERNEL, DAMAGED).
 */
enum kvmsafe_status kvs_elf_header_read(const struct kvmsafe_source *source, bool want_phdrs,
    bool want_shdrs, const char *what, enum kvmsafe_status status, struct kvs_elf_header *out,
    struct kvmsafe_error *err);

/* A piece of the file to copy. */
struct kvs_elf_piece {
	uint64_t offset, bytes; /* within the file */
	uint64_t at; /* where it went in the image, 8-byte aligned; set by kvs_elfimage_create */
};

struct kvs_elfimage {
	struct kvs_memory *memory;
	uint8_t *bytes;
	size_t len;
};

/*
 * Copy the ELF header to the image's start and then each piece. The caller rewrites offsets with
 * kvs_elfimage_put.
 */
enum kvmsafe_status kvs_elfimage_create(struct kvs_elfimage *image, struct kvs_memory *memory,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header,
    struct kvs_elf_piece *pieces, size_t npieces, struct kvmsafe_error *err);
void kvs_elfimage_put(
    struct kvs_elfimage *image, uint64_t at, unsigned width, enum kvs_order order, uint64_t value);
void kvs_elfimage_fini(struct kvs_elfimage *image);

#endif
