/* SPDX-License-Identifier: BSD-2-Clause */
/* Each page from edge to edge: where the owner of its bytes may change, and nowhere else. */
#include "fuzz/models/core_pages.h"

#define PAGE_SHIFT KVS_MODEL_PAGE_SHIFT
#define PAGE_BYTES (UINT64_C(1) << PAGE_SHIFT)

/* false: there is no room for it. */
static bool
add_page(struct kvs_core_pages *pages, uint64_t number)
{
	size_t at = pages->n;

	for (size_t i = 0; i < pages->n; i++)
		if (pages->page[i].number == number)
			return true;
	if (pages->n == KVS_MODEL_PAGES)
		return false;
	for (pages->n++; at > 0 && pages->page[at - 1].number > number; at--)
		pages->page[at] = pages->page[at - 1];
	pages->page[at].number = number;
	return true;
}

/* The lowest edge above an address; `last` where there is none below it. */
static uint64_t
next_edge(const struct kvs_core_model *core, uint64_t from, uint64_t last)
{
	uint64_t found = last;

	for (size_t i = 0; i < core->n; i++) {
		const struct kvs_model_load *const load = &core->load[i];
		const uint64_t edges[] = { load->paddr, load->paddr + load->filesz,
			load->paddr + (core->file_bytes - load->offset) };

		for (size_t k = 0; k < 3; k++)
			if (edges[k] > from && edges[k] <= found)
				found = edges[k];
	}
	return found;
}

static void
fill_page(const struct kvs_core_model *core, struct kvs_core_page *page)
{
	const uint64_t last = (page->number << PAGE_SHIFT) + (PAGE_BYTES - 1);
	uint64_t at = page->number << PAGE_SHIFT, offset = 0;
	size_t owner = 0, first_owner = SIZE_MAX;
	bool open = false;

	page->whole = true;
	page->first = (struct kvs_physical_page){ at, KVMSAFE_NONE, 0 };
	for (;;) {
		const enum kvmsafe_status status =
		    kvs_core_model_find(core, false, at, &offset, &owner);

		page->whole &= status != KVMSAFE_TRUNCATED;
		if (open && (status != KVMSAFE_OK || owner != first_owner)) {
			page->first.bytes = at - page->first.pa;
			open = false;
		} else if (status == KVMSAFE_OK && page->first.file_offset == KVMSAFE_NONE) {
			page->first.pa = at;
			page->first.file_offset = offset;
			first_owner = owner;
			open = true;
		}
		if (at == last)
			break;
		at = next_edge(core, at, last);
	}
	if (open)
		page->first.bytes = last - page->first.pa + 1;
}

bool
kvs_core_pages_gather(const struct kvs_core_model *core, struct kvs_core_pages *out)
{
	out->n = 0;
	for (size_t i = 0; i < core->n; i++) {
		const struct kvs_model_load *const load = &core->load[i];
		const uint64_t first = load->paddr >> PAGE_SHIFT;

		if (!kvs_core_model_keeps(core, i, false) || load->filesz == 0)
			continue;
		if (load->filesz > KVS_MODEL_PAGES * PAGE_BYTES)
			return false;
		for (uint64_t n = 0; n <= (load->paddr + (load->filesz - 1)) / PAGE_BYTES - first;
		     n++)
			if (!add_page(out, first + n))
				return false;
	}
	for (size_t i = 0; i < out->n; i++)
		fill_page(core, &out->page[i]);
	return true;
}
