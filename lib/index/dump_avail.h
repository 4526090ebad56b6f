/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * dump_avail: the ranges of physical memory that a bitmap covers, bit <-> page.
 * Rule: sys/vm/vm_dumpset.h of FreeBSD 13 to 15. A page is named by its number, pa >> page_shift.
 */
#ifndef KVS_INDEX_DUMP_AVAIL_H
#define KVS_INDEX_DUMP_AVAIL_H

#include <kvmsafe/kvmsafe.h>

#include "source/view.h"
#include "util/findings.h"

struct kvs_avail_range {
	uint64_t start, end; /* bytes, as in the dump */
	uint64_t page, pages; /* rounded outwards to whole pages */
	uint64_t bit; /* of its first page */
};

struct kvs_dump_avail {
	struct kvs_memory *memory;
	struct kvs_avail_range *ranges;
	size_t n;
	uint64_t pages; /* of all ranges: the number of meaningful bits */
};

/* How to read the array. */
struct kvs_avail_form {
	unsigned width; /* of its numbers: 8, or 4 */
	unsigned page_shift;
	uint64_t pa_limit; /* an end above it cannot be */
};

/*
 * Ranges out of the array of [start, end) pairs in `view`. It ends at the first pair whose end is
 * 0, else with the view. Pairs must rise, not overlap, and end at or below pa_limit; at the first
 * that does not, the array ends and a DAMAGED finding says where (findings may be NULL).
 * NO_MEMORY, LIMIT.
 */
enum kvmsafe_status kvs_dump_avail_create(struct kvs_dump_avail *avail, struct kvs_memory *memory,
    const struct kvs_view *view, const struct kvs_avail_form *form, struct kvs_findings *findings,
    struct kvmsafe_error *err);

/* Without dump_avail: the one range [0, pages << page_shift), which is below 2^64: a bitmap has at
   most 2^35 bits. NO_MEMORY, LIMIT. */
enum kvmsafe_status kvs_dump_avail_implied(struct kvs_dump_avail *avail, struct kvs_memory *memory,
    uint64_t pages, unsigned page_shift, struct kvmsafe_error *err);

void kvs_dump_avail_fini(struct kvs_dump_avail *avail);

/* The first range that ends above a page, which it holds unless it begins above; NULL: none. */
const struct kvs_avail_range *kvs_dump_avail_range(
    const struct kvs_dump_avail *avail, uint64_t page);

/* The bit of a page; the first of two ranges that share it. false: in no range; then *next is the
   first page of the range above it, UINT64_MAX without one. */
bool kvs_dump_avail_bit(
    const struct kvs_dump_avail *avail, uint64_t page, uint64_t *bit, uint64_t *next);

/* The page of a bit. false: no page has it. */
bool kvs_dump_avail_page(const struct kvs_dump_avail *avail, uint64_t bit, uint64_t *page);

#endif
