/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The common part of the specification as plain loops over a dump in memory: numbers, where a
 * physical address lies, and what a walk answers. Slow, and with no lib/ code.
 */
#ifndef KVS_TESTS_NAIVE_MEMORY_H
#define KVS_TESTS_NAIVE_MEMORY_H

#include <kvmsafe/kvmsafe.h>

struct naive_answer {
	enum kvmsafe_status status; /* of table walk and page together */
	uint64_t pa, file_offset; /* KVMSAFE_NONE: has none */
	uint64_t page_bytes; /* 0: none */
	uint32_t protection;
};

struct naive_dump {
	const uint8_t *file; /* NULL: ask naive_peek */
	uint64_t bytes;
	bool big_endian;
	unsigned word; /* bytes of a word of the bitmap */
	/* Of a minidump: */
	uint64_t page_bytes, pa_limit;
	uint64_t avail, avail_bytes, bitmap, bitmap_bytes, map, map_bytes, pages;
	unsigned avail_width; /* bytes of a number of dump_avail; 0: 8 */
};

/* A byte of a file that is too large to be in memory. For one thread. */
extern uint8_t (*naive_peek)(uint64_t offset);

/* Where a physical address is: in which page or segment, and at which offset of the file. */
struct naive_spot {
	enum kvmsafe_status status;
	uint64_t piece, offset;
};

/* Zero beyond the end of the file. */
uint64_t naive_number(const struct naive_dump *dump, uint64_t offset, unsigned width);

/* The regions by the sizes at 28, 32 and 36; dumpavailsize is at avail_field, 0: there is none. */
void naive_regions(struct naive_dump *dump, uint64_t avail_field, bool map_padded);

/* Set bits of the bitmap: how many pages it promises. */
uint64_t naive_promised(const struct naive_dump *dump);

/* The pairs of dump_avail as far as they are sound: how many, and pages in all. */
uint64_t naive_avail_pairs(const struct naive_dump *dump, uint64_t *pages, bool *all_sound);

struct naive_spot naive_minidump_find(const struct naive_dump *dump, uint64_t pa);

/* Of a core of class 32: the first PT_LOAD in the file's order that holds the address. */
struct naive_spot naive_core32_find(const struct naive_dump *dump, uint64_t pa);

/* The same of a core of class 64. */
struct naive_spot naive_core64_find(const struct naive_dump *dump, uint64_t pa);

/* By virtual address. */
struct naive_spot naive_virtual_find(const struct naive_dump *dump, bool wide, uint64_t va);

typedef struct naive_spot naive_find(const struct naive_dump *dump, uint64_t pa);

/* An entry, byte by byte, all in one page or segment; where it begins is set on failure too. */
enum kvmsafe_status naive_entry(
    const struct naive_dump *dump, naive_find *find, uint64_t pa, unsigned width, uint64_t *entry);

/* The page is at pa: set pa, status and file offset by where that is. */
void naive_settle(struct naive_answer *out, uint64_t pa, struct naive_spot spot);

/* Nothing known yet, and the status. */
struct naive_answer naive_failure(enum kvmsafe_status status);

#endif
