/* SPDX-License-Identifier: BSD-2-Clause */
/* Temporary amd64 minidumps of any size, for benchmarks; sparse where nothing was written. */
#ifndef KVS_BENCH_DUMP_FILE_H
#define KVS_BENCH_DUMP_FILE_H

#include <stdbool.h>
#include <stdint.h>

#define DUMP_PAGE 4096
#define DUMP_DIRECT_MAP UINT64_C(0xfffff80000000000)

struct dump_plan {
	uint64_t pages; /* of physical memory from 0 on; a multiple of 64 */
	uint64_t (*word)(uint64_t n); /* the bitmap's n-th 64 bits */
	bool filled; /* pages hold their own physical address in each word; else they are a hole */
};

struct dump_file {
	int fd;
	uint64_t bitmap_offset, bitmap_bytes, pages_offset, pages;
};

/* Ends the program on failure. The file has no name any more: closing it removes it. */
struct dump_file dump_file_create(const struct dump_plan *plan);

/* Seconds of a clock that only goes forward. */
double seconds(void);

/* The middle one; sorts. */
double median(double *samples, unsigned n);

#endif
