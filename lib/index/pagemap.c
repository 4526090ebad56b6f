/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages follow in the order of their bits: page rank(bit) of the file is the page of that bit. */
#include "index/pagemap.h"

#include "index/bitmap.h"
#include "index/physical.h"

void
kvs_pagemap_init(struct kvs_pagemap *map, struct kvmsafe_bitmap *bitmap,
    const struct kvs_dump_avail *avail, unsigned page_shift, uint64_t pages_offset,
    uint64_t file_bytes)
{
	*map = (struct kvs_pagemap){ .bitmap = bitmap,
		.avail = *avail,
		.page_shift = page_shift,
		.pages_offset = pages_offset,
		.file_bytes = file_bytes };
}

void
kvs_pagemap_set_cut(
    struct kvs_pagemap *map, bool avail_cut, uint64_t known_bits, uint64_t promised_bits)
{
	map->avail_cut = avail_cut;
	map->known_bits = known_bits;
	map->promised_bits = promised_bits;
}

void
kvs_pagemap_fini(struct kvs_pagemap *map)
{
	kvmsafe_bitmap_destroy(map->bitmap);
	map->bitmap = NULL;
	kvs_dump_avail_fini(&map->avail);
}

/* Bytes of the file from its first page on. */
static uint64_t
sparse_bytes(const struct kvs_pagemap *map)
{
	return map->file_bytes > map->pages_offset ? map->file_bytes - map->pages_offset : 0;
}

/* Of `count` pages of the file from page n on: where they begin, and how many bytes are there. */
static uint64_t
pages_at(const struct kvs_pagemap *map, uint64_t n, uint64_t count, uint64_t *file_offset)
{
	const uint64_t all = sparse_bytes(map);
	/* No shift before the comparison: n is as large as the bitmap says. */
	const uint64_t before = n <= all >> map->page_shift ? n << map->page_shift : all;

	*file_offset = before < all ? map->pages_offset + before : KVMSAFE_NONE;
	return kvs_min(count << map->page_shift, all - before);
}

/* A page that has a bit: run pages from it on are alike and in one range. */
static enum kvmsafe_status
find_bit(const struct kvs_pagemap *map, uint64_t bit, uint64_t pages, uint64_t in,
    struct kvs_extent *out)
{
	bool set;
	const uint64_t edge = bit < map->known_bits ? map->known_bits
	    : bit < map->promised_bits		    ? map->promised_bits
						    : UINT64_MAX;
	const uint64_t run =
	    kvs_min(kvs_bitmap_run(map->bitmap, bit, &set), kvs_min(pages, edge - bit));
	uint64_t file_offset, bytes;

	*out = (struct kvs_extent){ .file_offset = KVMSAFE_NONE,
		.bytes = (run << map->page_shift) - in };
	if (bit >= map->known_bits && bit < map->promised_bits)
		return KVMSAFE_TRUNCATED; /* set or not, its page would come later still */
	if (!set)
		return KVMSAFE_NOT_DUMPED;
	bytes = pages_at(map, kvmsafe_bitmap_rank(map->bitmap, bit), run, &file_offset);
	if (in >= bytes)
		return KVMSAFE_TRUNCATED;
	out->file_offset = file_offset + in;
	out->bytes = bytes - in;
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_pagemap_find(const struct kvs_pagemap *map, uint64_t pa, struct kvs_extent *out)
{
	const uint64_t page = pa >> map->page_shift;
	const struct kvs_avail_range *const range = kvs_dump_avail_range(&map->avail, page);

	if (range == NULL || page < range->page) {
		out->file_offset = KVMSAFE_NONE;
		out->bytes = range == NULL ? UINT64_MAX : (range->page << map->page_shift) - pa;
		return range == NULL && map->avail_cut ? KVMSAFE_TRUNCATED : KVMSAFE_OUTSIDE_MEMORY;
	}
	return find_bit(map, range->bit + (page - range->page), range->pages - (page - range->page),
	    pa - (page << map->page_shift), out);
}

uint64_t
kvs_pagemap_promised(const struct kvs_pagemap *map)
{
	return kvmsafe_bitmap_count(map->bitmap);
}

uint64_t
kvs_pagemap_present(const struct kvs_pagemap *map)
{
	return kvs_min(kvs_pagemap_promised(map), sparse_bytes(map) >> map->page_shift);
}

/* The address that leads to a bit's page: none, where an earlier range has its page too. */
static uint64_t
bit_address(const struct kvs_pagemap *map, uint64_t bit)
{
	uint64_t page, first = bit, next;

	if (!kvs_dump_avail_page(&map->avail, bit, &page))
		return KVMSAFE_NONE;
	(void)kvs_dump_avail_bit(&map->avail, page, &first, &next); /* it has one */
	return first == bit ? page << map->page_shift : KVMSAFE_NONE;
}

bool
kvs_pagemap_at(
    const struct kvs_pagemap *map, uint64_t n, uint64_t *pa, uint64_t *file_offset, uint64_t *bytes)
{
	uint64_t bit;

	if (!kvmsafe_bitmap_select(map->bitmap, n, &bit))
		return false;
	*pa = bit_address(map, bit);
	*bytes = pages_at(map, n, 1, file_offset);
	return true;
}
