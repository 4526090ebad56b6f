/* SPDX-License-Identifier: BSD-2-Clause */
/* The pages of a minidump: physical page -> file offset, or why there is none. */
#ifndef KVS_INDEX_PAGEMAP_H
#define KVS_INDEX_PAGEMAP_H

#include <kvmsafe/bitmap.h>

#include "index/dump_avail.h"

struct kvs_extent;

struct kvs_pagemap {
	struct kvmsafe_bitmap *bitmap; /* owned; its bits are owned by whoever made the map */
	struct kvs_dump_avail avail; /* owned */
	unsigned page_shift;
	uint64_t pages_offset; /* file offset of the first page */
	uint64_t file_bytes; /* length of the dump */
	/* Where the file ends before the pages begin: what it does not say is truncated. */
	bool avail_cut; /* more ranges may have followed the last one */
	uint64_t known_bits; /* the bitmap's first bits, which are in the file... */
	uint64_t promised_bits; /* ...of so many */
};

/* Takes bitmap and avail over. */
void kvs_pagemap_init(struct kvs_pagemap *map, struct kvmsafe_bitmap *bitmap,
    const struct kvs_dump_avail *avail, unsigned page_shift, uint64_t pages_offset,
    uint64_t file_bytes);

/* The file ends inside dump_avail, or inside the bitmap: known_bits of promised_bits are there. */
void kvs_pagemap_set_cut(
    struct kvs_pagemap *map, bool avail_cut, uint64_t known_bits, uint64_t promised_bits);
void kvs_pagemap_fini(struct kvs_pagemap *map);

/* As kvs_physical_find. */
enum kvmsafe_status kvs_pagemap_find(
    const struct kvs_pagemap *map, uint64_t pa, struct kvs_extent *out);

/* Pages that the bitmap promises; those wholly in the file. */
uint64_t kvs_pagemap_promised(const struct kvs_pagemap *map);
uint64_t kvs_pagemap_present(const struct kvs_pagemap *map);

/*
 * The n-th page in the file's order, n from 0. *pa is KVMSAFE_NONE where its bit is beyond all
 * ranges, or belongs to a page that an earlier range has. *bytes: how many of its bytes the file
 * has, perhaps 0. false: no more.
 */
bool kvs_pagemap_at(const struct kvs_pagemap *map, uint64_t n, uint64_t *pa, uint64_t *file_offset,
    uint64_t *bytes);

#endif
