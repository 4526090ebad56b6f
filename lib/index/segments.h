/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Extents of memory in a file, as a full core has them: added in file order, overlaps settled once
 * (the first in file order that dumped the byte wins, as libkvm's linear search has it: it compares
 * with p_filesz), then searched in O(log n).
 * Used for physical addresses, and for virtual ones in the cores of powerpc.
 */
#ifndef KVS_INDEX_SEGMENTS_H
#define KVS_INDEX_SEGMENTS_H

#include <kvmsafe/kvmsafe.h>

#include "source/view.h"
#include "util/findings.h"

struct kvs_segment {
	uint64_t address, bytes; /* address + bytes does not wrap past 2^64 */
	uint64_t offset; /* in the file */
	uint64_t dumped; /* of bytes, from the first on: the rest is not dumped (memsz > filesz) */
	uint64_t present; /* of dumped: those in the file; the rest is truncated */
};

struct kvs_segments {
	struct kvs_memory *memory;
	struct kvs_segment *list; /* by address after kvs_segments_settle, disjoint */
	/* As added, for describing: all that were not empty. An end of 2^64 is UINT64_MAX. */
	struct kvmsafe_memory_range *ranges;
	size_t n, nranges;
	enum kvmsafe_place place; /* what addresses are: KVMSAFE_PA after init; set VA for others */
};

struct kvs_extent;

/* Room for `most` segments: the caller adds no more. */
enum kvmsafe_status kvs_segments_init(struct kvs_segments *segments, struct kvs_memory *memory,
    uint64_t most, struct kvmsafe_error *err);
void kvs_segments_fini(struct kvs_segments *segments);

/*
 * Add one, whose dumped is at most its bytes and whose `present` is found here; an empty one is
 * skipped. Refused as DAMAGED: address + bytes or offset + dumped wraps; the caller reports it or
 * goes on. file_bytes: length of the dump.
 */
enum kvmsafe_status kvs_segments_add(struct kvs_segments *segments,
    const struct kvs_segment *segment, uint64_t file_bytes, struct kvmsafe_error *err);

/* Sort and cut overlaps, each with a DAMAGED finding (place: the address); then no more can be
   added. O(n log n). */
enum kvmsafe_status kvs_segments_settle(
    struct kvs_segments *segments, struct kvs_findings *findings, struct kvmsafe_error *err);

/* File offsets grow by `base`: the dump begins there in its file. */
void kvs_segments_move(struct kvs_segments *segments, uint64_t base);

/* As kvs_physical_find, also for virtual addresses. */
enum kvmsafe_status kvs_segments_find(
    const struct kvs_segments *segments, uint64_t address, struct kvs_extent *out);

/* Index of the first that ends above an address; n: none does. */
size_t kvs_segments_from(const struct kvs_segments *segments, uint64_t address);

/*
 * Pages, whole or begun, of which `dumped` promises a byte, and those of them of which no promised
 * byte is missing. A page that segments share counts once.
 */
void kvs_segments_count(const struct kvs_segments *segments, unsigned page_shift,
    uint64_t *promised, uint64_t *present);

/* Number of the n-th promised page, n from 0. O(segments). false: there are fewer. */
bool kvs_segments_page(
    const struct kvs_segments *segments, unsigned page_shift, uint64_t n, uint64_t *page);

#endif
