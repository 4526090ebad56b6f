/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What libelf may see: a small ELF file in memory, made by us, whose header and section headers are
 * our own words and which holds one piece of the real file's tables, checked before.
 * The libelfs trust headers in different ways (elfutils cuts, elftoolchain reads on): neither is
 * asked to judge the file.
 */
#ifndef KVS_FORMAT_ELFIMAGE_H
#define KVS_FORMAT_ELFIMAGE_H

#include "format/elfheader.h"
#include "util/alloc.h"

struct kvs_elfimage {
	struct kvs_memory *memory; /* set by the caller; the rest zeroed */
	uint8_t *bytes;
	size_t len;
};

/* An image with program headers [first, first + n), n at most 65,534, which are in the file. */
enum kvmsafe_status kvs_elfimage_of_phdrs(struct kvs_elfimage *image,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header, uint64_t first,
    uint64_t n, struct kvmsafe_error *err);

/* An image whose section 1 is this one: a piece of a table, at most 2^32 bytes. */
enum kvmsafe_status kvs_elfimage_of_section(struct kvs_elfimage *image,
    const struct kvmsafe_source *source, const struct kvs_elf_header *header,
    const struct kvs_elf_section *section, struct kvmsafe_error *err);

void kvs_elfimage_fini(struct kvs_elfimage *image);

#endif
