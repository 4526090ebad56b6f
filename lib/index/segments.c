/* SPDX-License-Identifier: BSD-2-Clause */
/* Extents of memory: checked when added, found by binary search once they are settled. */
#include "index/segments.h"

#include <inttypes.h>

#include "index/physical.h"

enum kvmsafe_status
kvs_segments_init(struct kvs_segments *segments, struct kvs_memory *memory, uint64_t most,
    struct kvmsafe_error *err)
{
	struct kvs_segments built = { .memory = memory, .place = KVMSAFE_PA };
	enum kvmsafe_status status;
	void *list, *ranges;

	status = kvs_alloc(memory, most, sizeof(*built.list), "segments", &list, err);
	if (status != KVMSAFE_OK)
		return status;
	status = kvs_alloc(memory, most, sizeof(*built.ranges), "segments", &ranges, err);
	if (status != KVMSAFE_OK) {
		kvs_free(memory, list);
		return status;
	}
	built.list = list;
	built.ranges = ranges;
	*segments = built;
	return KVMSAFE_OK;
}

void
kvs_segments_fini(struct kvs_segments *segments)
{
	kvs_free(segments->memory, segments->list);
	kvs_free(segments->memory, segments->ranges);
	*segments = (struct kvs_segments){ .memory = segments->memory };
}

static bool
wraps(uint64_t start, uint64_t bytes)
{
	return bytes > 0 && bytes - 1 > UINT64_MAX - start;
}

static enum kvmsafe_status
check(const struct kvs_segment *segment, enum kvmsafe_place place, struct kvmsafe_error *err)
{
	if (wraps(segment->address, segment->bytes))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, place, segment->address,
		    "segment: an end up to 2^64 expected, found 0x%" PRIx64 " and %" PRIu64
		    " bytes",
		    segment->address, segment->bytes);
	if (wraps(segment->offset, segment->dumped))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, place, segment->address,
		    "segment: a file offset up to 2^64 expected, found 0x%" PRIx64 " and %" PRIu64
		    " bytes",
		    segment->offset, segment->dumped);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_segments_add(struct kvs_segments *segments, const struct kvs_segment *segment,
    uint64_t file_bytes, struct kvmsafe_error *err)
{
	const enum kvmsafe_status status = check(segment, segments->place, err);
	const uint64_t last = segment->address + (segment->bytes - 1);
	struct kvs_segment *added;

	if (status != KVMSAFE_OK || segment->bytes == 0)
		return status;
	added = &segments->list[segments->n++];
	*added = *segment;
	added->present = segment->offset < file_bytes
	    ? kvs_min(segment->dumped, file_bytes - segment->offset)
	    : 0;
	segments->ranges[segments->nranges++] =
	    (struct kvmsafe_memory_range){ .start = segment->address,
		    .end = last == UINT64_MAX ? UINT64_MAX : last + 1 };
	return KVMSAFE_OK;
}

size_t
kvs_segments_from(const struct kvs_segments *segments, uint64_t address)
{
	size_t low = 0, high = segments->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct kvs_segment *const segment = &segments->list[middle];

		if (segment->address + (segment->bytes - 1) >= address)
			high = middle;
		else
			low = middle + 1;
	}
	return low;
}

static enum kvmsafe_status
answer(enum kvmsafe_status status, uint64_t file_offset, uint64_t bytes, struct kvs_extent *out)
{
	out->file_offset = file_offset;
	out->bytes = bytes;
	return status;
}

enum kvmsafe_status
kvs_segments_find(const struct kvs_segments *segments, uint64_t address, struct kvs_extent *out)
{
	const size_t n = kvs_segments_from(segments, address);
	const struct kvs_segment *segment;
	uint64_t in;

	if (n == segments->n)
		return answer(KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, UINT64_MAX, out);
	segment = &segments->list[n];
	if (address < segment->address)
		return answer(
		    KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_NONE, segment->address - address, out);
	in = address - segment->address;
	if (in < segment->present)
		return answer(KVMSAFE_OK, segment->offset + in, segment->present - in, out);
	if (in < segment->dumped)
		return answer(KVMSAFE_TRUNCATED, KVMSAFE_NONE, segment->dumped - in, out);
	return answer(KVMSAFE_NOT_DUMPED, KVMSAFE_NONE, segment->bytes - in, out);
}

/* Pages of [start, start + bytes) from page *next on; moves *next behind them: a page that two
   segments share counts once. */
static uint64_t
new_pages(uint64_t start, uint64_t bytes, unsigned page_shift, uint64_t *first, uint64_t *next)
{
	uint64_t end;

	if (bytes == 0)
		return 0;
	end = ((start + (bytes - 1)) >> page_shift) + 1;
	*first = start >> page_shift > *next ? start >> page_shift : *next;
	*next = end; /* segments rise: not below it */
	return end - *first;
}

void
kvs_segments_move(struct kvs_segments *segments, uint64_t base)
{
	/* Of what the file does not hold the offset is never used: it may wrap. */
	for (size_t i = 0; i < segments->n; i++)
		segments->list[i].offset += base;
}

void
kvs_segments_count(
    const struct kvs_segments *segments, unsigned page_shift, uint64_t *promised, uint64_t *present)
{
	uint64_t all = 0, cut = 0, next = 0, next_cut = 0, first;

	for (size_t i = 0; i < segments->n; i++) {
		const struct kvs_segment *const segment = &segments->list[i];

		all += new_pages(segment->address, segment->dumped, page_shift, &first, &next);
		cut += new_pages(segment->address + segment->present,
		    segment->dumped - segment->present, page_shift, &first, &next_cut);
	}
	*promised = all;
	*present = all - cut;
}

bool
kvs_segments_page(
    const struct kvs_segments *segments, unsigned page_shift, uint64_t n, uint64_t *page)
{
	uint64_t next = 0, first = 0;

	for (size_t i = 0; i < segments->n; i++) {
		const struct kvs_segment *const segment = &segments->list[i];
		const uint64_t pages =
		    new_pages(segment->address, segment->dumped, page_shift, &first, &next);

		if (n < pages) {
			*page = first + n;
			return true;
		}
		n -= pages;
	}
	return false;
}
