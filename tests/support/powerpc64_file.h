/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes powerpc64 minidumps into a buffer: both byte orders, every MMU, the worked examples. */
#ifndef KVS_TESTS_SUPPORT_POWERPC64_FILE_H
#define KVS_TESTS_SUPPORT_POWERPC64_FILE_H

#include "naive/powerpc64.h"
#include "support/opened.h"

#define NONE KVMSAFE_NONE
#define PAGE 0x1000
#define KERNBASE UINT64_C(0xc008000000000000)
#define DMAPBASE UINT64_C(0xc000000000000000)
#define HPT_BYTES 0x40000 /* the least: 2048 groups */

#define PPC64_FILE_BYTES 0xd0000
extern uint8_t ppc64_file[PPC64_FILE_BYTES];

/* A minidump in the buffer: its order, and where its regions are. */
struct ppc64 {
	bool big_endian, table_big_endian;
	unsigned version;
	uint64_t map_bytes;
	uint8_t *avail, *bitmap, *map, *pages;
};

/* Header, empty regions; the message buffer has `msgbuf` bytes, a multiple of the page. */
struct ppc64 ppc64_header(
    bool big_endian, unsigned version, const char *mmu, uint64_t msgbuf, uint64_t map_bytes);
void ppc64_put(const struct ppc64 *dump, uint8_t *at, unsigned width, uint64_t value);
void ppc64_bit(const struct ppc64 *dump, uint64_t n);
void ppc64_range(const struct ppc64 *dump, size_t n, uint64_t start, uint64_t end);

/* Entry number n of a hashed table, both words. */
void ppc64_entry(const struct ppc64 *dump, uint64_t n, uint64_t hi, uint64_t lo);

/* The worked examples; they return the file's length. */
size_t ppc64_hashed_example(struct ppc64 *out, bool big_endian, unsigned version, bool hypervisor);
size_t ppc64_radix_example(struct ppc64 *out, bool big_endian, bool with_map);

void ppc64_open(struct opened *opened, const struct ppc64 *dump, size_t len);
void ppc64_compare(const struct opened *opened, const struct ppc64 *dump, size_t len, uint64_t va);

#endif
