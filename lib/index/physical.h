/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory of a dump: one face over a minidump's page map and a core's segments. */
#ifndef KVS_INDEX_PHYSICAL_H
#define KVS_INDEX_PHYSICAL_H

#include "index/pagemap.h"
#include "index/segments.h"

/* An answer about a physical address and how far it holds. */
struct kvs_extent {
	uint64_t file_offset; /* of the address asked for; KVMSAFE_NONE unless OK */
	uint64_t bytes; /* from the address on, at least 1; UINT64_MAX: to the top */
};

enum kvs_physical_kind { KVS_PHYSICAL_NONE, KVS_PHYSICAL_PAGEMAP, KVS_PHYSICAL_SEGMENTS };

struct kvs_physical {
	enum kvs_physical_kind kind;
	const struct kvmsafe_source *source; /* borrowed: the dump */
	unsigned page_shift;
	struct kvs_pagemap pagemap;
	struct kvs_segments segments;
	void *bits; /* owned: the bitmap's bytes */
	struct kvs_memory *memory;
};

void kvs_physical_fini(struct kvs_physical *physical);

/*
 * Where byte `pa` is. OK; NOT_DUMPED; OUTSIDE_MEMORY; TRUNCATED. out is filled in each case; an
 * answer never runs past the end of what the file holds in one piece. No message: hot.
 */
enum kvmsafe_status kvs_physical_find(
    const struct kvs_physical *physical, uint64_t pa, struct kvs_extent *out);

/* Words for a status of the above, for messages: "not in the dump". */
const char *kvs_physical_reason(enum kvmsafe_status status);

/*
 * Read [pa, pa + len). *got is set in every case; the status is the reason for byte pa + *got.
 * Neighbours in the file are read together.
 */
enum kvmsafe_status kvs_physical_read(const struct kvs_physical *physical, uint64_t pa, void *buf,
    size_t len, size_t *got, struct kvmsafe_error *err);

struct kvs_physical_page {
	/* Of the first byte that the file holds: a core's segment may begin in a page. */
	uint64_t pa;
	uint64_t file_offset, bytes; /* from pa on in the file, at least 1 */
};

/*
 * One walk for both kinds, by physical address: the first page at or after *cursor of which the
 * file holds a byte; moves *cursor behind it. 0 to start; what it counts is the kind's own (pages
 * of the file, addresses of a core). false: no more.
 */
bool kvs_physical_next(
    const struct kvs_physical *physical, uint64_t *cursor, struct kvs_physical_page *out);

/* The n-th promised page; file_offset NONE and bytes 0 if no byte of it is there, pa NONE if no
   address leads to it. Cores: O(segments). */
bool kvs_physical_at(
    const struct kvs_physical *physical, uint64_t n, struct kvs_physical_page *out);

#endif
