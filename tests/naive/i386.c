/* SPDX-License-Identifier: BSD-2-Clause */
/* The i386 specification, sections 1 to 4, step by step. */
#include "naive/i386.h"

#define PAGE 4096
#define TOP UINT64_C(0x100000000)

static uint64_t
address_of(uint64_t entry, bool pae, uint64_t unit)
{
	return (pae ? entry % (UINT64_C(1) << 52) : entry) / unit * unit;
}

static uint32_t
protection_of(uint64_t entry)
{
	return KVMSAFE_READ + (entry / 2 % 2 != 0 ? KVMSAFE_WRITE : 0U) +
	    (entry >> 63 == 0 ? KVMSAFE_EXECUTE : 0U);
}

void
naive_i386_minidump(const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out)
{
	struct naive_dump dump = { .file = file, .bytes = bytes, .word = 4, .page_bytes = PAGE };
	const uint64_t kernbase = naive_number(&dump, 40, 4);
	const bool pae = naive_number(&dump, 44, 4) != 0;
	const unsigned width = pae ? 8 : 4;
	uint64_t index, entry, pa;

	dump.pa_limit = UINT64_C(1) << 52;
	naive_regions(&dump, naive_number(&dump, 24, 4) == 1 ? 0 : 48, true);
	*out = naive_failure(KVMSAFE_NO_MAP);
	if (va >= TOP || va < kernbase)
		return;
	index = (va - kernbase) / PAGE;
	if (index >= dump.map_bytes / width)
		return;
	out->status = KVMSAFE_TRUNCATED;
	if (dump.map + (index + 1) * width > bytes)
		return;
	out->status = KVMSAFE_NOT_MAPPED;
	entry = naive_number(&dump, dump.map + index * width, width);
	if (entry % 2 == 0)
		return;
	pa = address_of(entry, pae, PAGE) + va % PAGE;
	out->page_bytes = PAGE;
	out->protection = protection_of(entry);
	naive_settle(out, pa, naive_minidump_find(&dump, pa));
}

/* One entry on the way down; false: the walk ends here. */
static bool
look(const struct naive_dump *dump, uint64_t pa, unsigned width, uint64_t *entry,
    struct naive_answer *out)
{
	out->status = naive_entry(dump, naive_core32_find, pa, width, entry);
	if (out->status != KVMSAFE_OK)
		return false;
	if (*entry % 2 == 0)
		out->status = KVMSAFE_NOT_MAPPED;
	return *entry % 2 != 0;
}

void
naive_i386_core(const uint8_t *file, uint64_t bytes, uint64_t root, bool pae, uint64_t va,
    struct naive_answer *out)
{
	const struct naive_dump dump = { .file = file, .bytes = bytes };
	const unsigned width = pae ? 8 : 4;
	const uint64_t large = pae ? 512 * PAGE : 1024 * PAGE, entries = PAGE / width;
	uint64_t entry, size = large, pa;

	*out = naive_failure(KVMSAFE_NO_MAP);
	if (va >= TOP)
		return;
	if (pae) {
		if (!look(&dump, root + va / large / 512 * 8, 8, &entry, out))
			return;
		root = address_of(entry, true, PAGE);
	}
	if (!look(&dump, root + va / large % entries * width, width, &entry, out))
		return;
	if (entry / 128 % 2 == 0) {
		size = PAGE;
		pa = address_of(entry, pae, PAGE) + va / PAGE % entries * width;
		if (!look(&dump, pa, width, &entry, out))
			return;
	}
	out->page_bytes = size;
	out->protection = protection_of(entry);
	pa = address_of(entry, pae, size) + va % size;
	naive_settle(out, pa, naive_core32_find(&dump, pa));
}
