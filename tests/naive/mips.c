/* SPDX-License-Identifier: BSD-2-Clause */
/* The mips specification, sections 1 to 4, step by step. */
#include "naive/mips.h"

#define PAGE 4096
#define TOP_32 UINT64_C(0x100000000)

/* Frame, read-only bit; FreeBSD 8 on n32 and n64 has one bit of frame more. */
static uint64_t
frame_of(const struct naive_mips *kind, uint64_t entry)
{
	if (kind->entry_bytes == 8)
		return (entry & UINT64_C(0x3ffffffc0)) >> 6;
	return (entry & (kind->pa_bits == 32 ? 0x1fffffc0 : 0x3fffffc0)) >> 6;
}

static bool
is_read_only(const struct naive_mips *kind, uint64_t entry)
{
	const unsigned bit = kind->entry_bytes == 8 ? 55 : kind->pa_bits == 32 ? 29 : 30;

	return (entry >> bit & 1) != 0;
}

/* A segment that needs no table. false: va is in none; *pa NONE: nothing may be there. */
static bool
segment(const struct naive_mips *kind, uint64_t va, uint64_t *pa)
{
	const uint64_t kseg0 = kind->n64 ? UINT64_C(0xffffffff80000000) : UINT64_C(0x80000000);

	if (va >= kseg0 && va - kseg0 < UINT64_C(0x40000000)) {
		*pa = va % UINT64_C(0x20000000);
		return true;
	}
	if (kind->n64 && va >> 62 == 2) {
		*pa = (va >> 40) % (1 << 19) != 0 ? KVMSAFE_NONE : va % (UINT64_C(1) << 40);
		return true;
	}
	return false;
}

static void
kernel_map(const struct naive_dump *dump, const struct naive_mips *kind, uint64_t va,
    struct naive_answer *out)
{
	const uint64_t index = (va - naive_number(dump, 40, 8)) / PAGE;
	const unsigned width = kind->entry_bytes;
	uint64_t entry, pa;

	if (index >= dump->map_bytes / width)
		return;
	out->status = KVMSAFE_TRUNCATED;
	if (dump->map + (index + 1) * width > dump->bytes)
		return;
	out->status = KVMSAFE_NOT_MAPPED;
	entry = naive_number(dump, dump->map + index * width, width);
	if (entry / 2 % 2 == 0)
		return;
	pa = frame_of(kind, entry) * PAGE + va % PAGE;
	out->page_bytes = PAGE;
	out->protection = KVMSAFE_READ + KVMSAFE_EXECUTE;
	if (!is_read_only(kind, entry))
		out->protection += KVMSAFE_WRITE;
	naive_settle(out, pa, naive_minidump_find(dump, pa));
}

void
naive_mips(const uint8_t *file, uint64_t bytes, const struct naive_mips *kind, uint64_t va,
    struct naive_answer *out)
{
	struct naive_dump dump = { .file = file,
		.bytes = bytes,
		.big_endian = kind->big_endian,
		.page_bytes = PAGE,
		.pa_limit = UINT64_C(1) << kind->pa_bits };
	const bool second = naive_number(&dump, 24, 4) == 2;
	uint64_t pa;

	dump.word = second && kind->n64 ? 8 : 4;
	naive_regions(&dump, second ? 64 : 0, true);
	*out = naive_failure(KVMSAFE_NO_MAP);
	if (!kind->n64 && va >= TOP_32)
		return;
	if (segment(kind, va, &pa)) {
		if (pa != KVMSAFE_NONE)
			naive_settle(out, pa, naive_minidump_find(&dump, pa));
	} else if (va >= naive_number(&dump, 40, 8)) {
		kernel_map(&dump, kind, va, out);
	}
}
