/* SPDX-License-Identifier: BSD-2-Clause */
/* Images for libelf: our own header, a piece of the file, its section headers behind it. */
#include "format/elfimage.h"

#include <string.h>

#define SHDRS_IN_IMAGE 2

static void
put(struct kvs_elfimage *image, size_t at, unsigned width, enum kvs_order order, uint64_t value)
{
	for (unsigned i = 0; i < width; i++) {
		const unsigned byte = order == KVS_LE ? i : width - 1 - i;

		image->bytes[at + i] = (uint8_t)(value >> (8 * byte));
	}
}

/* An ELF header of the file's class, order and machine with nothing in it that we did not say. */
static void
put_header(struct kvs_elfimage *image, const struct kvs_elf_header *header)
{
	const struct kvs_elf_place at = kvs_elf_place_of(header->elf_class);
	const enum kvs_order order = kvs_elf_order(header);

	memcpy(image->bytes, "\177ELF", 4);
	image->bytes[KVS_EI_CLASS] = header->elf_class;
	image->bytes[KVS_EI_DATA] = header->data;
	image->bytes[KVS_EI_VERSION] = 1;
	image->bytes[KVS_EI_OSABI] = header->osabi;
	put(image, KVS_E_TYPE, 2, order, header->type);
	put(image, KVS_E_MACHINE, 2, order, header->machine);
	put(image, KVS_E_VERSION, 4, order, 1);
	put(image, at.flags, 4, order, header->flags);
	put(image, at.ehsize, 2, order, header->header_bytes);
	put(image, at.phentsize, 2, order, kvs_elf_phentsize(header));
	put(image, at.shentsize, 2, order, kvs_elf_shentsize(header));
}

/* The header, then `bytes` bytes of the file from `offset` on at 64, then `tail` zero bytes. */
static enum kvmsafe_status
create(struct kvs_elfimage *image, const struct kvmsafe_source *source,
    const struct kvs_elf_section *piece, uint64_t tail, struct kvmsafe_error *err)
{
	const uint64_t total = KVS_ELF_HEADER_MAX + ((piece->bytes + 7) & ~UINT64_C(7)) + tail;
	enum kvmsafe_status status;
	void *bytes;
	size_t got = 0;

	status = kvs_alloc(image->memory, total, 1, "ELF table", &bytes, err);
	if (status != KVMSAFE_OK)
		return status;
	image->bytes = bytes;
	image->len = (size_t)total;
	status = kvmsafe_source_read(source, piece->offset, image->bytes + KVS_ELF_HEADER_MAX,
	    (size_t)piece->bytes, &got, err);
	if (status != KVMSAFE_OK)
		kvs_elfimage_fini(image);
	return status;
}

enum kvmsafe_status
kvs_elfimage_of_phdrs(struct kvs_elfimage *image, const struct kvmsafe_source *source,
    const struct kvs_elf_header *header, uint64_t first, uint64_t n, struct kvmsafe_error *err)
{
	const struct kvs_elf_place at = kvs_elf_place_of(header->elf_class);
	const struct kvs_elf_section piece = {
		.offset = header->phoff + first * kvs_elf_phentsize(header),
		.bytes = n * kvs_elf_phentsize(header),
	};
	enum kvmsafe_status status;

	status = create(image, source, &piece, 0, err);
	if (status != KVMSAFE_OK)
		return status;
	put_header(image, header);
	put(image, at.phoff, at.word, kvs_elf_order(header), KVS_ELF_HEADER_MAX);
	put(image, at.phnum, 2, kvs_elf_order(header), n);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_elfimage_of_section(struct kvs_elfimage *image, const struct kvmsafe_source *source,
    const struct kvs_elf_header *header, const struct kvs_elf_section *section,
    struct kvmsafe_error *err)
{
	const struct kvs_elf_place at = kvs_elf_place_of(header->elf_class);
	const struct kvs_elf_section_place in = kvs_elf_section_place_of(header->elf_class);
	const enum kvs_order order = kvs_elf_order(header);
	const uint32_t shdr_bytes = kvs_elf_shentsize(header);
	const uint64_t tail = SHDRS_IN_IMAGE * (uint64_t)shdr_bytes;
	enum kvmsafe_status status;
	size_t shdr;

	status = create(image, source, section, tail, err);
	if (status != KVMSAFE_OK)
		return status;
	put_header(image, header);
	put(image, at.shoff, at.word, order, image->len - tail);
	put(image, at.shnum, 2, order, SHDRS_IN_IMAGE);
	shdr = image->len - shdr_bytes;
	put(image, shdr + in.type, 4, order, section->type);
	put(image, shdr + in.offset, in.word, order, KVS_ELF_HEADER_MAX);
	put(image, shdr + in.bytes, in.word, order, section->bytes);
	put(image, shdr + in.align, in.word, order, 8);
	put(image, shdr + in.entsize, in.word, order, section->entsize);
	return KVMSAFE_OK;
}

void
kvs_elfimage_fini(struct kvs_elfimage *image)
{
	kvs_free(image->memory, image->bytes);
	image->bytes = NULL;
	image->len = 0;
}
