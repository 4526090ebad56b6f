/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes mips minidumps into a buffer: all ABIs, both byte orders, the worked examples. */
#ifndef KVS_TESTS_SUPPORT_MIPS_FILE_H
#define KVS_TESTS_SUPPORT_MIPS_FILE_H

#include "naive/mips.h"
#include "support/opened.h"

#define NONE KVMSAFE_NONE
#define BASE_64 UINT64_C(0xc000000000000000)
#define BASE_32 UINT64_C(0xc0000000)
#define XKPHYS UINT64_C(0x8000000000000000)
#define KSEG_64 UINT64_C(0xffffffff80000000)
#define PAGE 0x1000

struct mips_kind {
	const char *arch;
	struct naive_mips naive;
	uint64_t kernbase;
};

#define MIPS_KINDS 6
#define O32 (&mips_kinds[0])
#define N32 (&mips_kinds[2])
#define N64 (&mips_kinds[4])

/* Each ABI big-endian, then little-endian. */
extern const struct mips_kind mips_kinds[MIPS_KINDS];

#define MIPS_FILE_BYTES 0x20000
extern uint8_t mips_file[MIPS_FILE_BYTES];

void mips_put4(const struct mips_kind *kind, uint8_t *at, uint64_t value);
void mips_put8(const struct mips_kind *kind, uint8_t *at, uint64_t value);
void mips_put_entry(const struct mips_kind *kind, uint8_t *map, size_t n, uint64_t value);

/* Where the regions are in a file with a message buffer of one page. */
struct mips_regions {
	uint8_t *avail, *bitmap, *map, *pages;
};

/* Regions of a page each; the map is all unmapped, as kernels write it. */
struct mips_regions mips_header(const struct mips_kind *kind, unsigned version);

/* The first worked example, or its twin of version 1; the second one. They return the length. */
size_t mips_example(const struct mips_kind *kind, unsigned version);
size_t mips_example_o32(const struct mips_kind *kind);

void mips_open(struct opened *opened, const struct mips_kind *kind, size_t len);

/* The finding whose message has these words. */
bool mips_finding(const struct opened *opened, const char *words, struct kvmsafe_error *out);

#endif
