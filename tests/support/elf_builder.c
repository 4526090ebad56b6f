/* SPDX-License-Identifier: BSD-2-Clause */
/* An ELF writer out of the System V ABI's tables. */
#include "support/elf_builder.h"

#include <stdlib.h>
#include <string.h>

struct at {
	unsigned offset, width;
};

/* [0] class 32, [1] class 64 */
static const struct at ehdr[][2] = {
	[EI_CLASS_F] = { { 4, 1 }, { 4, 1 } },
	[EI_DATA_F] = { { 5, 1 }, { 5, 1 } },
	[EI_VERSION_F] = { { 6, 1 }, { 6, 1 } },
	[EI_OSABI_F] = { { 7, 1 }, { 7, 1 } },
	[E_TYPE_F] = { { 0x10, 2 }, { 0x10, 2 } },
	[E_MACHINE_F] = { { 0x12, 2 }, { 0x12, 2 } },
	[E_VERSION_F] = { { 0x14, 4 }, { 0x14, 4 } },
	[E_PHOFF_F] = { { 0x1c, 4 }, { 0x20, 8 } },
	[E_SHOFF_F] = { { 0x20, 4 }, { 0x28, 8 } },
	[E_FLAGS_F] = { { 0x24, 4 }, { 0x30, 4 } },
	[E_EHSIZE_F] = { { 0x28, 2 }, { 0x34, 2 } },
	[E_PHENTSIZE_F] = { { 0x2a, 2 }, { 0x36, 2 } },
	[E_PHNUM_F] = { { 0x2c, 2 }, { 0x38, 2 } },
	[E_SHENTSIZE_F] = { { 0x2e, 2 }, { 0x3a, 2 } },
	[E_SHNUM_F] = { { 0x30, 2 }, { 0x3c, 2 } },
	[E_SHSTRNDX_F] = { { 0x32, 2 }, { 0x3e, 2 } },
};

static const struct at shdr[][2] = {
	[SH_TYPE_F] = { { 4, 4 }, { 4, 4 } },
	[SH_FLAGS_F] = { { 8, 4 }, { 8, 8 } },
	[SH_OFFSET_F] = { { 0x10, 4 }, { 0x18, 8 } },
	[SH_SIZE_F] = { { 0x14, 4 }, { 0x20, 8 } },
	[SH_LINK_F] = { { 0x18, 4 }, { 0x28, 4 } },
	[SH_INFO_F] = { { 0x1c, 4 }, { 0x2c, 4 } },
	[SH_ENTSIZE_F] = { { 0x24, 4 }, { 0x38, 8 } },
};

static size_t
ehdr_bytes(const struct elf_builder *elf)
{
	return elf->class == ELF_64 ? 64 : 52;
}

static size_t
phdr_bytes(const struct elf_builder *elf)
{
	return elf->class == ELF_64 ? 56 : 32;
}

static size_t
shdr_bytes(const struct elf_builder *elf)
{
	return elf->class == ELF_64 ? 64 : 40;
}

/* Tests that run out of memory have nothing to prove. */
static void *
more(void *old, size_t bytes)
{
	void *const new = realloc(old, bytes == 0 ? 1 : bytes);

	if (new == NULL)
		abort();
	return new;
}

void
elf_put(const struct elf_builder *elf, uint8_t *to, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++, value >>= 8)
		to[elf->data == ELF_LSB ? i : width - 1 - i] = (uint8_t)(value & 0xff);
}

void
elf_init(struct elf_builder *elf, enum elf_class class, enum elf_data data)
{
	*elf = (struct elf_builder){ .class = class, .data = data };
	elf_add_section(elf, (struct elf_section){ 0 });
}

void
elf_fini(struct elf_builder *elf)
{
	for (size_t i = 0; i < elf->nsections; i++) {
		uintptr_t address = (uintptr_t)elf->sections[i].data;

		free((void *)address); /* our copy, const for its readers */
	}
	free(elf->sections);
	free(elf->phdrs);
	free(elf->bytes);
	*elf = (struct elf_builder){ 0 };
}

void
elf_add_phdr(struct elf_builder *elf, struct elf_phdr phdr)
{
	if ((elf->nphdrs & (elf->nphdrs - 1)) == 0) /* full at 0, 1, 2, 4, 8, ... */
		elf->phdrs = more(elf->phdrs, (2 * elf->nphdrs + 1) * sizeof(phdr));
	elf->phdrs[elf->nphdrs++] = phdr;
}

uint16_t
elf_add_section(struct elf_builder *elf, struct elf_section section)
{
	void *const copy = more(NULL, section.len);

	if (section.data != NULL)
		memcpy(copy, section.data, section.len);
	else
		memset(copy, 0, section.len);
	section.data = copy;
	if ((elf->nsections & (elf->nsections - 1)) == 0)
		elf->sections = more(elf->sections, (2 * elf->nsections + 1) * sizeof(section));
	elf->sections[elf->nsections] = section;
	return (uint16_t)elf->nsections++;
}

static void
put_symbol(
    const struct elf_builder *elf, uint8_t *to, const struct elf_symbol *symbol, uint32_t name)
{
	const uint8_t info = (uint8_t)(symbol->binding << 4 | symbol->type);

	elf_put(elf, to, 4, name);
	if (elf->class == ELF_64) {
		to[4] = info;
		elf_put(elf, to + 6, 2, symbol->section);
		elf_put(elf, to + 8, 8, symbol->value);
		elf_put(elf, to + 16, 8, symbol->size);
	} else {
		elf_put(elf, to + 4, 4, symbol->value);
		elf_put(elf, to + 8, 4, symbol->size);
		to[12] = info;
		elf_put(elf, to + 14, 2, symbol->section);
	}
}

uint16_t
elf_add_symbols(struct elf_builder *elf, uint32_t type, const struct elf_symbol *symbols, size_t n)
{
	const size_t bytes = elf->class == ELF_64 ? 24 : 16;
	uint8_t *const table = more(NULL, (n + 1) * bytes);
	uint8_t *strings;
	size_t used = 1;
	uint16_t section;

	for (size_t i = 0; i < n; i++)
		used += strlen(symbols[i].name) + 1;
	strings = more(NULL, used);
	used = 1;
	memset(table, 0, (n + 1) * bytes);
	strings[0] = 0;
	for (size_t i = 0; i < n; i++) {
		const size_t name = strlen(symbols[i].name) + 1;

		memcpy(strings + used, symbols[i].name, name);
		put_symbol(elf, table + (i + 1) * bytes, &symbols[i], (uint32_t)used);
		used += name;
	}
	section = elf_add_section(elf,
	    (struct elf_section){ .type = type,
		.link = (uint32_t)elf->nsections + 1,
		.entsize = bytes,
		.data = table,
		.len = (n + 1) * bytes });
	elf_add_section(elf, (struct elf_section){ .type = 3, .data = strings, .len = used });
	free(table);
	free(strings);
	return section;
}

static void
put_phdr(const struct elf_builder *elf, uint8_t *to, const struct elf_phdr *phdr)
{
	const uint64_t words[] = { phdr->offset, phdr->vaddr, phdr->paddr, phdr->filesz,
		phdr->memsz };
	const unsigned width = elf->class == ELF_64 ? 8 : 4;
	const unsigned first = elf->class == ELF_64 ? 8 : 4;

	elf_put(elf, to, 4, phdr->type);
	for (unsigned i = 0; i < 5; i++)
		elf_put(elf, to + first + i * width, width, words[i]);
	elf_put(elf, to + (elf->class == ELF_64 ? 4 : 24), 4, 4); /* p_flags: readable */
	elf_put(elf, to + (elf->class == ELF_64 ? 48 : 28), width, phdr->align);
}

static void
put_header(struct elf_builder *elf)
{
	memcpy(elf->bytes,
	    "\x7f"
	    "ELF",
	    4);
	elf_set(elf, EI_CLASS_F, elf->class);
	elf_set(elf, EI_DATA_F, elf->data);
	elf_set(elf, EI_VERSION_F, 1);
	elf_set(elf, EI_OSABI_F, 9); /* FreeBSD */
	elf_set(elf, E_TYPE_F, 2);
	elf_set(elf, E_MACHINE_F, 62);
	elf_set(elf, E_VERSION_F, 1);
	elf_set(elf, E_PHOFF_F, elf->nphdrs == 0 ? 0 : ehdr_bytes(elf));
	elf_set(elf, E_SHOFF_F, elf->nsections == 1 ? 0 : elf->shoff);
	elf_set(elf, E_EHSIZE_F, ehdr_bytes(elf));
	elf_set(elf, E_PHENTSIZE_F, elf->nphdrs == 0 ? 0 : phdr_bytes(elf));
	elf_set(elf, E_PHNUM_F, elf->nphdrs);
	elf_set(elf, E_SHENTSIZE_F, shdr_bytes(elf));
	elf_set(elf, E_SHNUM_F, elf->nsections == 1 ? 0 : elf->nsections);
}

static size_t
aligned(size_t at)
{
	return (at + 7) / 8 * 8;
}

void
elf_finish(struct elf_builder *elf)
{
	size_t at = ehdr_bytes(elf) + elf->nphdrs * phdr_bytes(elf);

	for (size_t i = 1; i < elf->nsections; i++)
		at = aligned(at) + elf->sections[i].len;
	if (elf->nsections == 1)
		elf_resize(elf, at);
	else
		elf_resize(elf, aligned(at) + elf->nsections * shdr_bytes(elf));
	elf->shoff = aligned(at);
	put_header(elf);
	at = ehdr_bytes(elf);
	for (size_t i = 0; i < elf->nphdrs; i++, at += phdr_bytes(elf))
		put_phdr(elf, elf->bytes + at, &elf->phdrs[i]);
	for (size_t i = 1; i < elf->nsections; i++) {
		const struct elf_section *const section = &elf->sections[i];

		at = aligned(at);
		memcpy(elf->bytes + at, section->data, section->len);
		elf_set_section(elf, (uint16_t)i, SH_TYPE_F, section->type);
		elf_set_section(elf, (uint16_t)i, SH_FLAGS_F, section->flags);
		elf_set_section(elf, (uint16_t)i, SH_OFFSET_F, at);
		elf_set_section(elf, (uint16_t)i, SH_SIZE_F, section->len);
		elf_set_section(elf, (uint16_t)i, SH_LINK_F, section->link);
		elf_set_section(elf, (uint16_t)i, SH_ENTSIZE_F, section->entsize);
		at += section->len;
	}
}

void
elf_set(struct elf_builder *elf, enum elf_ehdr_field field, uint64_t value)
{
	const struct at at = ehdr[field][elf->class == ELF_64];

	elf_put(elf, elf->bytes + at.offset, at.width, value);
}

void
elf_set_section(
    struct elf_builder *elf, uint16_t section, enum elf_shdr_field field, uint64_t value)
{
	const struct at at = shdr[field][elf->class == ELF_64];

	elf_put(
	    elf, elf->bytes + elf->shoff + section * shdr_bytes(elf) + at.offset, at.width, value);
}

uint64_t
elf_get_section(const struct elf_builder *elf, uint16_t section, enum elf_shdr_field field)
{
	const struct at at = shdr[field][elf->class == ELF_64];
	const uint8_t *const from = elf->bytes + elf->shoff + section * shdr_bytes(elf) + at.offset;
	uint64_t value = 0;

	for (unsigned i = 0; i < at.width; i++)
		value = value << 8 | from[elf->data == ELF_LSB ? at.width - 1 - i : i];
	return value;
}

void
elf_resize(struct elf_builder *elf, size_t len)
{
	elf->bytes = more(elf->bytes, len);
	if (len > elf->len)
		memset(elf->bytes + elf->len, 0, len - elf->len);
	elf->len = len;
}
