/* SPDX-License-Identifier: BSD-2-Clause */
/* Full cores of class 32 in the caller's memory, header by header. */
#ifndef KVS_TESTS_SUPPORT_CORE32_H
#define KVS_TESTS_SUPPORT_CORE32_H

#include <stdbool.h>
#include <stdint.h>

struct core32 {
	uint8_t *file; /* zeros */
	bool big_endian;
	unsigned headers;
};

/* The ELF header. */
void core32_init(struct core32 *core, uint8_t *file, unsigned machine, bool big_endian);

struct core32_header {
	uint32_t type, offset, vaddr, paddr, filesz, memsz;
};

void core32_add(struct core32 *core, const struct core32_header *header);

/* A PT_LOAD of `bytes` bytes, all dumped. */
void core32_load(struct core32 *core, uint32_t pa, uint32_t bytes, uint32_t offset);

#endif
