/* SPDX-License-Identifier: BSD-2-Clause */
/* A kernel file in memory, what is wrong with it, and the index that was built from it. */
#ifndef KVS_TESTS_SUPPORT_KERNEL_FILE_H
#define KVS_TESTS_SUPPORT_KERNEL_FILE_H

#include "support/elf_builder.h"
#include "symbol/elfsym.h"

/* Numbers of the System V ABI. */
enum { LOCAL, GLOBAL, WEAK, UNIQUE = 10 };
enum { NOTYPE, OBJECT, FUNC, FILE_NAME = 4 };
enum { ABS = 0xfff1, COMMON = 0xfff2, XINDEX = 0xffff };
enum { SYMTAB_TYPE = 2, DYNSYM_TYPE = 11, SHNDX_TYPE = 18 };

/* The file's sections: code, data, zeros, a note; then what the test adds. */
enum { UNDEF = 0, TEXT = 1, DATA = 2, BSS = 3, NOTE = 4, SYMTAB = 5, STRTAB = 6 };

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All classes and byte orders. */
#define KERNEL_KINDS 4
struct kernel_kind {
	enum elf_class class;
	enum elf_data data;
};
extern const struct kernel_kind kernel_kinds[KERNEL_KINDS];

struct kernel_file {
	struct elf_builder elf;
	uint64_t limit; /* of symbols */
	struct kvs_memory memory;
	struct kvs_findings findings;
	struct kvmsafe_source *source;
	struct kvs_elf_header header;
	struct kvs_elfsym *index; /* NULL if it could not be built: then err says why */
	struct kvmsafe_error err;
};

void kernel_init(struct kernel_file *kernel, enum elf_class class, enum elf_data data);
/* elf_finish unless it was called, then the header and the index. */
enum kvmsafe_status kernel_read(struct kernel_file *kernel);
/* Asserts that all memory was given back. */
void kernel_fini(struct kernel_file *kernel);

void assert_symbol(
    const struct kernel_file *kernel, const char *name, uint8_t nlist_type, uint64_t value);
void assert_none(const struct kernel_file *kernel, const char *name);
/* There are n findings; the last has this status and word. */
void assert_findings(
    const struct kernel_file *kernel, uint64_t n, enum kvmsafe_status status, const char *word);

#endif
