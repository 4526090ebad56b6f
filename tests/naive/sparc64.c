/* SPDX-License-Identifier: BSD-2-Clause */
/* The sparc64 specification, sections 2 to 4, step by step. */
#include "naive/sparc64.h"

#define PAGE UINT64_C(8192)

static struct naive_spot
find(const struct naive_dump *dump, uint64_t pa)
{
	const uint64_t regions = naive_number(dump, 32, 4);

	for (uint64_t i = 0; i < regions; i++) {
		const uint64_t at = 40 + 24 * i;
		const uint64_t start = naive_number(dump, at, 8);
		const uint64_t offset = naive_number(dump, at + 16, 8) + (pa - start);

		if (pa < start || pa - start >= naive_number(dump, at + 8, 8))
			continue;
		if (offset >= dump->bytes)
			return (struct naive_spot){ KVMSAFE_TRUNCATED, i, KVMSAFE_NONE };
		return (struct naive_spot){ KVMSAFE_OK, i, offset };
	}
	return (struct naive_spot){ KVMSAFE_OUTSIDE_MEMORY, 0, KVMSAFE_NONE };
}

/* A word of an entry, all of it in the file. */
static bool
word(const struct naive_dump *dump, uint64_t pa, uint64_t *out)
{
	const struct naive_spot last = find(dump, pa + 7);

	if (last.status != KVMSAFE_OK)
		return false;
	*out = naive_number(dump, last.offset - 7, 8);
	return true;
}

void
naive_sparc64(const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out)
{
	const struct naive_dump dump = { .file = file, .bytes = bytes, .big_endian = true };
	const uint64_t slot = va / PAGE & naive_number(&dump, 24, 8);
	const uint64_t entry = naive_number(&dump, 8, 8) + 32 * slot;
	uint64_t tag, data, size, pa;
	unsigned sz;

	if (va >= UINT64_C(0xfffff80000000000)) {
		pa = va % (UINT64_C(1) << 43);
		*out = naive_failure(KVMSAFE_OK);
		naive_settle(out, pa, find(&dump, pa));
		return;
	}
	*out = naive_failure(KVMSAFE_TRUNCATED);
	if (!word(&dump, entry, &tag) || !word(&dump, entry + 8, &data))
		return;
	*out = naive_failure(KVMSAFE_NOT_MAPPED);
	sz = (unsigned)(data >> 61) % 4;
	size = PAGE << (3 * sz);
	if (data >> 63 == 0 || tag != va / size * 4 + sz)
		return;
	pa = data % (UINT64_C(1) << 43) / size * size + va % size;
	out->page_bytes = size;
	out->protection = KVMSAFE_READ + ((data >> 8) % 2 != 0 ? KVMSAFE_WRITE : 0U) +
	    ((data >> 11) % 2 != 0 ? KVMSAFE_EXECUTE : 0U);
	naive_settle(out, pa, find(&dump, pa));
}
