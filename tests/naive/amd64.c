/* SPDX-License-Identifier: BSD-2-Clause */
/* The amd64 specification as plain loops: one bit, one entry, one program header at a time. */
#include "naive/amd64.h"

#include "naive/memory.h"

/* ---- Tables ---- */

static void
settle(const struct naive_dump *dump, naive_find *find, uint64_t pa, struct naive_answer *out)
{
	naive_settle(out, pa, find(dump, pa));
}

/* From an entry of `level` (1: page table) down to the page. */
static void
follow(const struct naive_dump *dump, naive_find *find, uint64_t entry, unsigned level, uint64_t va,
    struct naive_answer *out)
{
	static const uint64_t spans[] = { 0, UINT64_C(1) << 12, UINT64_C(1) << 21,
		UINT64_C(1) << 30, UINT64_C(1) << 39, UINT64_C(1) << 48 };

	for (;; level--) {
		const uint64_t span = spans[level];
		uint64_t table;

		if (entry % 2 == 0) {
			out->status = KVMSAFE_NOT_MAPPED;
			return;
		}
		if (level == 1 || (entry & 0x80) != 0) {
			out->status = KVMSAFE_DAMAGED;
			if (level >= 4)
				return;
			out->page_bytes = span;
			out->protection = KVMSAFE_READ;
			if ((entry & 2) != 0)
				out->protection |= KVMSAFE_WRITE;
			if (entry >> 63 == 0)
				out->protection |= KVMSAFE_EXECUTE;
			settle(
			    dump, find, entry % (UINT64_C(1) << 52) / span * span + va % span, out);
			return;
		}
		table = entry % (UINT64_C(1) << 52) / 4096 * 4096;
		out->status =
		    naive_entry(dump, find, table + va / spans[level - 1] % 512 * 8, 8, &entry);
		if (out->status != KVMSAFE_OK)
			return;
	}
}

static void
kernel_map(const struct naive_dump *dump, uint64_t va, struct naive_answer *out)
{
	const uint64_t distance = va - naive_number(dump, 40, 8);
	const unsigned level = naive_number(dump, 24, 4) == 1 ? 1 : 2;
	const uint64_t index = distance / (level == 1 ? 4096 : 512 * 4096);

	if (index >= dump->map_bytes / 8)
		out->status = KVMSAFE_NO_MAP;
	else if (dump->map + index * 8 + 8 > dump->bytes)
		out->status = KVMSAFE_TRUNCATED;
	else
		follow(dump, naive_minidump_find, naive_number(dump, dump->map + index * 8, 8),
		    level, va, out);
}

void
naive_amd64_minidump(const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out)
{
	struct naive_dump dump = { .file = file,
		.bytes = bytes,
		.word = 8,
		.page_bytes = 4096,
		.pa_limit = UINT64_C(1) << 52 };
	const uint64_t start = naive_number(&dump, 48, 8), end = naive_number(&dump, 56, 8);

	naive_regions(&dump, naive_number(&dump, 24, 4) == 3 ? 64 : 0, true);
	*out = naive_failure(KVMSAFE_NO_MAP);
	if (va >= naive_number(&dump, 40, 8))
		kernel_map(&dump, va, out);
	else if (va >= start && va < end)
		settle(&dump, naive_minidump_find, va - start, out);
}

void
naive_amd64_core(const uint8_t *file, uint64_t bytes, uint64_t root, unsigned levels, uint64_t va,
    struct naive_answer *out)
{
	const struct naive_dump dump = { .file = file, .bytes = bytes };
	const unsigned unused = levels == 5 ? 57 : 48;
	const uint64_t sign = va >> (unused - 1);
	uint64_t entry;

	*out = naive_failure(KVMSAFE_NO_MAP);
	if (sign != 0 && sign != UINT64_MAX >> (unused - 1))
		return; /* not canonical */
	out->status =
	    naive_entry(&dump, naive_core64_find, root + (va >> (unused - 9)) % 512 * 8, 8, &entry);
	if (out->status == KVMSAFE_OK)
		follow(&dump, naive_core64_find, entry, levels, va, out);
}
