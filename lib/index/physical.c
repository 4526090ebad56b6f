/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading and walking physical memory, whichever way the dump keeps it. */
#include "index/physical.h"

#include <inttypes.h>

#include "util/checked.h"
#include "util/error.h"

void
kvs_physical_fini(struct kvs_physical *physical)
{
	kvs_pagemap_fini(&physical->pagemap);
	kvs_segments_fini(&physical->segments);
	kvs_free(physical->memory, physical->bits);
	*physical = (struct kvs_physical){ .memory = physical->memory };
}

enum kvmsafe_status
kvs_physical_find(const struct kvs_physical *physical, uint64_t pa, struct kvs_extent *out)
{
	if (physical->kind == KVS_PHYSICAL_PAGEMAP)
		return kvs_pagemap_find(&physical->pagemap, pa, out);
	return kvs_segments_find(&physical->segments, pa, out); /* of no kind: there are none */
}

const char *
kvs_physical_reason(enum kvmsafe_status status)
{
	if (status == KVMSAFE_NOT_DUMPED)
		return "not in the dump";
	if (status == KVMSAFE_OUTSIDE_MEMORY)
		return "outside physical memory";
	if (status == KVMSAFE_TRUNCATED)
		return "beyond the end of the file";
	return "not readable";
}

/*
 * How many bytes from pa on lie in the file in one piece, at most len: pages that are neighbours in
 * memory and in the file are one piece. 0 in *piece: the status says why pa is not there.
 */
static enum kvmsafe_status
find_piece(const struct kvs_physical *physical, uint64_t pa, size_t len, uint64_t *file_offset,
    size_t *piece)
{
	struct kvs_extent extent;
	enum kvmsafe_status status = kvs_physical_find(physical, pa, &extent);

	*piece = 0;
	*file_offset = extent.file_offset;
	while (status == KVMSAFE_OK && extent.file_offset == *file_offset + *piece) {
		*piece += (size_t)kvs_min(extent.bytes, len - *piece);
		if (*piece == len || *piece > UINT64_MAX - pa)
			break;
		status = kvs_physical_find(physical, pa + *piece, &extent);
	}
	return status;
}

static enum kvmsafe_status
refuse(enum kvmsafe_status status, uint64_t pa, struct kvmsafe_error *err)
{
	return kvs_fail_at(err, status, KVMSAFE_PA, pa, "physical address 0x%" PRIx64 ": %s", pa,
	    kvs_physical_reason(status));
}

enum kvmsafe_status
kvs_physical_read(const struct kvs_physical *physical, uint64_t pa, void *buf, size_t len,
    size_t *got, struct kvmsafe_error *err)
{
	enum kvmsafe_status status = KVMSAFE_OK;
	uint64_t file_offset;
	size_t piece, part, done;

	for (done = 0; status == KVMSAFE_OK && done < len; done += part) {
		part = 0;
		if (done > UINT64_MAX - pa) {
			status = kvs_fail_at(err, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_PA, UINT64_MAX,
			    "physical addresses: 2^64 is the end, %zu bytes from 0x%" PRIx64
			    " on asked for",
			    len, pa);
			continue;
		}
		status = find_piece(physical, pa + done, len - done, &file_offset, &piece);
		if (piece == 0) {
			status = refuse(status, pa + done, err);
			continue;
		}
		status = kvmsafe_source_read(
		    physical->source, file_offset, (uint8_t *)buf + done, piece, &part, err);
		if (status != KVMSAFE_OK && err != NULL) {
			err->place = KVMSAFE_PA;
			err->at = pa + done + part;
		}
	}
	*got = done; /* not before: it may lie in buf, whose bytes are the dump's */
	return status;
}

/*
 * Beyond the first page of which no byte is there, none is. Bits beyond all ranges have no address;
 * there may be 2^32 of them: they are not looked at. What is skipped are second bits of pages that
 * two ranges share.
 */
static bool
next_of_pagemap(const struct kvs_pagemap *map, uint64_t *cursor, struct kvs_physical_page *out)
{
	const uint64_t end = kvmsafe_bitmap_rank(map->bitmap, map->avail.pages);
	struct kvs_physical_page page = { 0 };

	while (*cursor < end) {
		(void)kvs_pagemap_at(map, *cursor, &page.pa, &page.file_offset, &page.bytes);
		if (page.bytes == 0)
			return false;
		(*cursor)++;
		if (page.pa == KVMSAFE_NONE)
			continue;
		*out = page;
		return true;
	}
	return false;
}

/* The first segment with bytes in the file at or above an address. */
static const struct kvs_segment *
first_present(const struct kvs_segments *segments, uint64_t address)
{
	for (size_t n = kvs_segments_from(segments, address); n < segments->n; n++) {
		const struct kvs_segment *const segment = &segments->list[n];

		if (segment->present > 0 && segment->address + (segment->present - 1) >= address)
			return segment;
	}
	return NULL;
}

static bool
next_of_segments(const struct kvs_segments *segments, unsigned page_shift, uint64_t *cursor,
    struct kvs_physical_page *out)
{
	const struct kvs_segment *const segment =
	    *cursor == UINT64_MAX ? NULL : first_present(segments, *cursor);
	const uint64_t mask = (UINT64_C(1) << page_shift) - 1;
	uint64_t in;

	if (segment == NULL)
		return false;
	in = *cursor > segment->address ? *cursor - segment->address : 0;
	out->pa = segment->address + in;
	out->file_offset = segment->offset + in;
	out->bytes = kvs_min(segment->present - in, (out->pa | mask) - out->pa + 1);
	/* The last page's end is 2^64: the cursor stays below, at an address that begins no page. */
	*cursor = (out->pa | mask) == UINT64_MAX ? UINT64_MAX : (out->pa | mask) + 1;
	return true;
}

bool
kvs_physical_next(
    const struct kvs_physical *physical, uint64_t *cursor, struct kvs_physical_page *out)
{
	if (physical->kind == KVS_PHYSICAL_PAGEMAP)
		return next_of_pagemap(&physical->pagemap, cursor, out);
	return next_of_segments(&physical->segments, physical->page_shift, cursor, out);
}

static bool
at_of_segments(const struct kvs_segments *segments, unsigned page_shift, uint64_t n,
    struct kvs_physical_page *out)
{
	struct kvs_physical_page found;
	uint64_t page, cursor;

	if (!kvs_segments_page(segments, page_shift, n, &page))
		return false;
	cursor = page << page_shift;
	if (next_of_segments(segments, page_shift, &cursor, &found) &&
	    found.pa >> page_shift == page)
		*out = found;
	else
		*out = (struct kvs_physical_page){ page << page_shift, KVMSAFE_NONE, 0 };
	return true;
}

bool
kvs_physical_at(const struct kvs_physical *physical, uint64_t n, struct kvs_physical_page *out)
{
	struct kvs_physical_page page;

	if (physical->kind != KVS_PHYSICAL_PAGEMAP)
		return at_of_segments(&physical->segments, physical->page_shift, n, out);
	if (!kvs_pagemap_at(&physical->pagemap, n, &page.pa, &page.file_offset, &page.bytes))
		return false;
	*out = page;
	return true;
}
