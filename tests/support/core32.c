/* SPDX-License-Identifier: BSD-2-Clause */
/* Full cores of class 32 in the caller's memory, header by header. */
#include "support/core32.h"

#include <string.h>

#include "support/opened.h"

#define EHDR 52
#define PHDR 32

void
core32_init(struct core32 *core, uint8_t *file, unsigned machine, bool big_endian)
{
	const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 1, big_endian ? 2 : 1, 1, 255 };

	*core = (struct core32){ file, big_endian, 0 };
	memcpy(file, ident, sizeof(ident));
	put(file + 16, 2, big_endian, 4);
	put(file + 18, 2, big_endian, machine);
	put(file + 28, 4, big_endian, EHDR);
	put(file + 40, 2, big_endian, EHDR);
	put(file + 42, 2, big_endian, PHDR);
	put(file + 46, 2, big_endian, 40);
}

void
core32_add(struct core32 *core, const struct core32_header *header)
{
	const uint32_t words[] = { header->type, header->offset, header->vaddr, header->paddr,
		header->filesz, header->memsz, 4, 4096 };
	uint8_t *const at = core->file + EHDR + core->headers++ * PHDR;

	for (unsigned i = 0; i < 8; i++)
		put(at + 4 * i, 4, core->big_endian, words[i]);
	put(core->file + 44, 2, core->big_endian, core->headers);
}

void
core32_load(struct core32 *core, uint32_t pa, uint32_t bytes, uint32_t offset)
{
	core32_add(core, &(struct core32_header){ 1, offset, pa, pa, bytes, bytes });
}
