/* SPDX-License-Identifier: BSD-2-Clause */
/* The arm64 specification, sections 1 to 3, step by step. */
#include "naive/arm64.h"

static struct naive_dump
dump_of(const uint8_t *file, uint64_t bytes, uint64_t page_bytes)
{
	struct naive_dump dump = { .file = file, .bytes = bytes, .word = 8 };
	const uint64_t version = naive_number(&dump, 24, 4);

	dump.page_bytes = page_bytes != 0 ? page_bytes : 4096;
	if (version == 3)
		dump.page_bytes = naive_number(&dump, 76, 4) % 4 == 1 ? 16384 : 4096;
	dump.pa_limit = UINT64_C(1) << 52;
	naive_regions(&dump, version >= 2 ? 72 : 0, true);
	return dump;
}

static uint64_t
bit(uint64_t value, unsigned number)
{
	return value >> number & 1;
}

static void
kernel_map(const struct naive_dump *dump, uint64_t va, struct naive_answer *out)
{
	const uint64_t size = dump->page_bytes;
	const uint64_t index = (va - naive_number(dump, 40, 8)) / size;
	uint64_t entry, pa = 0;

	if (index >= dump->map_bytes / 8)
		return;
	out->status = KVMSAFE_TRUNCATED;
	if (dump->map + index * 8 + 8 > dump->bytes)
		return;
	out->status = KVMSAFE_NOT_MAPPED;
	entry = naive_number(dump, dump->map + index * 8, 8);
	if (entry % 4 != 3)
		return;
	for (unsigned i = 12; i <= 49; i++)
		pa |= bit(entry, i) << i;
	out->page_bytes = size;
	out->protection = KVMSAFE_READ;
	if (bit(entry, 7) == 0)
		out->protection += KVMSAFE_WRITE;
	if (bit(entry, 53) == 0 && bit(entry, 54) == 0)
		out->protection += KVMSAFE_EXECUTE;
	pa = pa / size * size + va % size;
	naive_settle(out, pa, naive_minidump_find(dump, pa));
}

void
naive_arm64(
    const uint8_t *file, uint64_t bytes, uint64_t page_bytes, uint64_t va, struct naive_answer *out)
{
	const struct naive_dump dump = dump_of(file, bytes, page_bytes);
	const uint64_t phys = naive_number(&dump, 48, 8);
	const uint64_t start = naive_number(&dump, 56, 8), end = naive_number(&dump, 64, 8);

	*out = naive_failure(KVMSAFE_NO_MAP);
	if (va >= start && va < end) {
		if (va - start > UINT64_MAX - phys)
			out->status = KVMSAFE_OUTSIDE_MEMORY;
		else
			naive_settle(
			    out, va - start + phys, naive_minidump_find(&dump, va - start + phys));
	} else if (va >= naive_number(&dump, 40, 8)) {
		kernel_map(&dump, va, out);
	}
}
