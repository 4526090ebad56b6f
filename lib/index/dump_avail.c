/* SPDX-License-Identifier: BSD-2-Clause */
/* The ranges of a bitmap: checked once, then searched by page and by bit. */
#include "index/dump_avail.h"

#include <inttypes.h>

/* A pair of the array; the first with end 0, and all behind it, is none of it. */
static struct kvs_avail_range
pair_at(const struct kvs_view *view, size_t n, unsigned width)
{
	const uint8_t *const pair = view->bytes + n * 2 * width;

	return (struct kvs_avail_range){
		.start = kvs_load(pair, width, view->order),
		.end = kvs_load(pair + width, width, view->order),
	};
}

static size_t
count_pairs(const struct kvs_view *view, unsigned width)
{
	const size_t most = view->len / (2 * (size_t)width);
	size_t n = 0;

	while (n < most && pair_at(view, n, width).end != 0)
		n++;
	return n;
}

/* Whole pages, outwards: sys/vm/vm_dumpset.h. Ranges rise and share one page at most with the one
   before, so that their pages can be counted in 64 bits. */
static void
round_outwards(struct kvs_avail_range *range, unsigned page_shift, uint64_t bit)
{
	range->page = range->start >> page_shift;
	range->pages = ((range->end - 1) >> page_shift) + 1 - range->page;
	range->bit = bit;
}

/* Take over pairs as long as they are sound; what is wrong with the first other one, or NULL. */
static const char *
take(struct kvs_dump_avail *avail, const struct kvs_avail_range *pair,
    const struct kvs_avail_form *form)
{
	struct kvs_avail_range *const range = &avail->ranges[avail->n];

	if (pair->start >= pair->end)
		return "a start below the end expected";
	if (pair->end > form->pa_limit)
		return "an end within the machine's physical addresses expected";
	if (avail->n > 0 && pair->start < avail->ranges[avail->n - 1].end)
		return "a start at or above the end before it expected";
	*range = *pair;
	round_outwards(range, form->page_shift, avail->pages);
	avail->pages += range->pages;
	avail->n++;
	return NULL;
}

enum kvmsafe_status
kvs_dump_avail_create(struct kvs_dump_avail *avail, struct kvs_memory *memory,
    const struct kvs_view *view, const struct kvs_avail_form *form, struct kvs_findings *findings,
    struct kvmsafe_error *err)
{
	const size_t npairs = count_pairs(view, form->width);
	struct kvs_dump_avail built = { .memory = memory };
	const char *wrong = NULL;
	void *block;
	const enum kvmsafe_status status =
	    kvs_alloc(memory, npairs, sizeof(*built.ranges), "dump_avail", &block, err);

	if (status != KVMSAFE_OK)
		return status;
	built.ranges = block;
	for (size_t i = 0; i < npairs && wrong == NULL; i++) {
		const struct kvs_avail_range pair = pair_at(view, i, form->width);

		wrong = take(&built, &pair, form);
		if (wrong == NULL)
			continue;
		kvs_findings_note(findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
		    view->file_offset + i * 2 * form->width,
		    "dump_avail: pair %zu: %s, found 0x%" PRIx64 " to 0x%" PRIx64, i, wrong,
		    pair.start, pair.end);
	}
	*avail = built;
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_dump_avail_implied(struct kvs_dump_avail *avail, struct kvs_memory *memory, uint64_t pages,
    unsigned page_shift, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	struct kvs_avail_range *range;
	void *block;

	status = kvs_alloc(memory, 1, sizeof(*range), "dump_avail", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	range = block;
	*range = (struct kvs_avail_range){ .end = pages << page_shift, .pages = pages };
	*avail = (struct kvs_dump_avail){
		.memory = memory, .ranges = range, .n = pages > 0, .pages = pages
	};
	return KVMSAFE_OK;
}

void
kvs_dump_avail_fini(struct kvs_dump_avail *avail)
{
	kvs_free(avail->memory, avail->ranges);
	*avail = (struct kvs_dump_avail){ .memory = avail->memory };
}

/* The ranges' ends rise or stay, so the first above the page is the only one, or the first of two,
   that can hold it. */
const struct kvs_avail_range *
kvs_dump_avail_range(const struct kvs_dump_avail *avail, uint64_t page)
{
	size_t low = 0, high = avail->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;
		const struct kvs_avail_range *const range = &avail->ranges[middle];

		if (range->page + range->pages > page)
			high = middle;
		else
			low = middle + 1;
	}
	return low < avail->n ? &avail->ranges[low] : NULL;
}

bool
kvs_dump_avail_bit(const struct kvs_dump_avail *avail, uint64_t page, uint64_t *bit, uint64_t *next)
{
	const struct kvs_avail_range *const range = kvs_dump_avail_range(avail, page);

	if (range == NULL || page < range->page) {
		*next = range == NULL ? UINT64_MAX : range->page;
		return false;
	}
	*bit = range->bit + (page - range->page);
	return true;
}

bool
kvs_dump_avail_page(const struct kvs_dump_avail *avail, uint64_t bit, uint64_t *page)
{
	size_t low = 0, high = avail->n;

	if (bit >= avail->pages)
		return false;
	while (high - low > 1) {
		const size_t middle = low + (high - low) / 2;

		if (avail->ranges[middle].bit <= bit)
			low = middle;
		else
			high = middle;
	}
	*page = avail->ranges[low].page + (bit - avail->ranges[low].bit);
	return true;
}
