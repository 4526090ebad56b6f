/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Writes ELF files in memory, of both classes and byte orders, sound at first; then any field can be
 * overwritten. After the System V ABI; shares nothing with lib/.
 */
#ifndef KVS_TESTS_SUPPORT_ELF_BUILDER_H
#define KVS_TESTS_SUPPORT_ELF_BUILDER_H

#include <stddef.h>
#include <stdint.h>

enum elf_class { ELF_32 = 1, ELF_64 = 2 };
enum elf_data { ELF_LSB = 1, ELF_MSB = 2 };

enum elf_ehdr_field {
	EI_CLASS_F,
	EI_DATA_F,
	EI_VERSION_F,
	EI_OSABI_F,
	E_TYPE_F,
	E_MACHINE_F,
	E_VERSION_F,
	E_PHOFF_F,
	E_SHOFF_F,
	E_FLAGS_F,
	E_EHSIZE_F,
	E_PHENTSIZE_F,
	E_PHNUM_F,
	E_SHENTSIZE_F,
	E_SHNUM_F,
	E_SHSTRNDX_F
};

enum elf_shdr_field {
	SH_TYPE_F,
	SH_FLAGS_F,
	SH_OFFSET_F,
	SH_SIZE_F,
	SH_LINK_F,
	SH_INFO_F,
	SH_ENTSIZE_F
};

struct elf_phdr {
	uint32_t type;
	uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_section {
	uint32_t type, link;
	uint64_t flags, entsize;
	const void *data; /* copied */
	size_t len;
};

struct elf_symbol {
	const char *name;
	uint8_t binding, type;
	uint16_t section;
	uint64_t value, size;
};

struct elf_builder {
	enum elf_class class;
	enum elf_data data;
	uint8_t *bytes; /* the file, after elf_finish */
	size_t len;
	struct elf_phdr *phdrs;
	size_t nphdrs;
	struct elf_section *sections; /* 0 is there from the start */
	size_t nsections;
	uint64_t shoff;
};

void elf_init(struct elf_builder *elf, enum elf_class class, enum elf_data data);
void elf_fini(struct elf_builder *elf);

void elf_add_phdr(struct elf_builder *elf, struct elf_phdr phdr);
/* Answers its number. */
uint16_t elf_add_section(struct elf_builder *elf, struct elf_section section);
/* A table of type SHT_SYMTAB 2 or SHT_DYNSYM 11 and its strings behind it; answers its number. */
uint16_t elf_add_symbols(
    struct elf_builder *elf, uint32_t type, const struct elf_symbol *symbols, size_t n);

/* Header, program headers, sections, section headers; e_type ET_EXEC, e_machine 62. */
void elf_finish(struct elf_builder *elf);

/* After elf_finish. */
void elf_set(struct elf_builder *elf, enum elf_ehdr_field field, uint64_t value);
void elf_set_section(
    struct elf_builder *elf, uint16_t section, enum elf_shdr_field field, uint64_t value);
uint64_t elf_get_section(
    const struct elf_builder *elf, uint16_t section, enum elf_shdr_field field);
/* Zeros, or an end, at `len`. */
void elf_resize(struct elf_builder *elf, size_t len);

/* A number of the file's byte order. */
void elf_put(const struct elf_builder *elf, uint8_t *to, unsigned width, uint64_t value);

#endif
