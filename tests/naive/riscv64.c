/* SPDX-License-Identifier: BSD-2-Clause */
/* The riscv64 specification, sections 1 to 3, step by step. */
#include "naive/riscv64.h"

#define PAGE 4096

static struct naive_dump
dump_of(const uint8_t *file, uint64_t bytes)
{
	struct naive_dump dump = { .file = file, .bytes = bytes, .word = 8, .page_bytes = PAGE };

	dump.pa_limit = UINT64_C(1) << 56;
	naive_regions(&dump, naive_number(&dump, 24, 4) == 1 ? 0 : 72, true);
	return dump;
}

static void
kernel_map(const struct naive_dump *dump, uint64_t va, struct naive_answer *out)
{
	const uint64_t index = (va - naive_number(dump, 40, 8)) / PAGE;
	uint64_t entry, pa;
	bool valid, readable, writable, executable;

	if (index >= dump->map_bytes / 8)
		return;
	out->status = KVMSAFE_TRUNCATED;
	if (dump->map + index * 8 + 8 > dump->bytes)
		return;
	entry = naive_number(dump, dump->map + index * 8, 8);
	valid = entry % 2 != 0;
	readable = entry / 2 % 2 != 0;
	writable = entry / 4 % 2 != 0;
	executable = entry / 8 % 2 != 0;
	out->status = KVMSAFE_NOT_MAPPED;
	if (!valid || (!readable && !writable && !executable))
		return;
	pa = entry % (UINT64_C(1) << 54) / 1024 * PAGE + va % PAGE;
	out->page_bytes = PAGE;
	out->protection =
	    KVMSAFE_READ + (writable ? KVMSAFE_WRITE : 0U) + (executable ? KVMSAFE_EXECUTE : 0U);
	naive_settle(out, pa, naive_minidump_find(dump, pa));
}

void
naive_riscv64(const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out)
{
	const struct naive_dump dump = dump_of(file, bytes);
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
