/* SPDX-License-Identifier: BSD-2-Clause */
/* The arm specification, sections 1 to 4, step by step. */
#include "naive/arm.h"

#define PAGE 4096
#define TOP UINT64_C(0x100000000)

static void
finish(const struct naive_dump *dump, bool core, uint64_t pa, struct naive_answer *out)
{
	naive_settle(out, pa, core ? naive_core32_find(dump, pa) : naive_minidump_find(dump, pa));
}

/* A descriptor of the second level. */
static void
second(const struct naive_dump *dump, bool core, uint64_t d, bool v4, uint64_t va,
    struct naive_answer *out)
{
	const uint64_t size = d % 4 == 1 ? 65536 : PAGE;

	out->status = d % 4 == 0 ? KVMSAFE_NOT_MAPPED : KVMSAFE_DAMAGED;
	if (d % 4 == 0 || (v4 && d % 4 == 3))
		return;
	out->page_bytes = size;
	out->protection = KVMSAFE_READ;
	if (v4 ? d / 16 % 2 == 1 : d / 128 % 2 == 0)
		out->protection += KVMSAFE_WRITE;
	if (!v4 && d % 2 == 0)
		out->protection += KVMSAFE_EXECUTE;
	finish(dump, core, d / size * size + va % size, out);
}

static uint64_t
whole_pages(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

/* Section 2: a file for readers that round has the length that they expect. */
static void
find_pages(struct naive_dump *dump)
{
	const uint64_t pages = naive_promised(dump) * PAGE, unpadded = dump->pages;
	const uint64_t padded = dump->map + whole_pages(dump->map_bytes);

	if (dump->bytes != unpadded + pages && dump->bytes != whole_pages(unpadded + pages) + 512 &&
	    dump->bytes == padded + pages)
		dump->pages = padded;
}

/* Section 4.4 of the common part: pairs of 32 bits, where those of 64 bits are none. */
static void
find_avail(struct naive_dump *dump)
{
	uint64_t pages;
	bool sound;

	if (dump->avail_bytes == 0 || (naive_avail_pairs(dump, &pages, &sound) > 0 && sound))
		return;
	dump->avail_width = 4;
	if (naive_avail_pairs(dump, &pages, &sound) == 0 || !sound ||
	    dump->bitmap_bytes != whole_pages((pages + 31) / 32 * 4))
		dump->avail_width = 8;
}

void
naive_arm_settle(struct naive_dump *dump)
{
	find_avail(dump);
	find_pages(dump);
}

void
naive_arm_minidump(
    const uint8_t *file, uint64_t bytes, bool big_endian, uint64_t va, struct naive_answer *out)
{
	struct naive_dump dump = { .file = file,
		.bytes = bytes,
		.big_endian = big_endian,
		.word = 4,
		.page_bytes = PAGE,
		.pa_limit = TOP };
	const uint64_t kernbase = naive_number(&dump, 40, 4);
	uint64_t index;

	naive_regions(&dump, naive_number(&dump, 24, 4) == 1 ? 0 : 52, false);
	naive_arm_settle(&dump);
	*out = naive_failure(KVMSAFE_NO_MAP);
	if (va >= TOP || va < kernbase)
		return;
	index = (va - kernbase) / PAGE;
	if (index >= dump.map_bytes / 4)
		return;
	out->status = KVMSAFE_TRUNCATED;
	if (dump.map + index * 4 + 4 <= bytes)
		second(&dump, false, naive_number(&dump, dump.map + index * 4, 4),
		    naive_number(&dump, 48, 4) == 1, va, out);
}

/* A section of 1 MiB, or one of 16. */
static void
section(const struct naive_dump *dump, uint64_t e, uint64_t va, struct naive_answer *out)
{
	const bool super = (e & 0x40000) != 0;
	const uint64_t size = super ? 0x1000000 : 0x100000;

	out->status = KVMSAFE_DAMAGED;
	if (super && ((e & 0xf00000) != 0 || (e & 0x1e0) != 0))
		return;
	out->page_bytes = size;
	out->protection = KVMSAFE_READ + ((e & 0x8000) == 0 ? KVMSAFE_WRITE : 0U) +
	    ((e & 0x10) == 0 ? KVMSAFE_EXECUTE : 0U);
	finish(dump, true, e / size * size + va % size, out);
}

void
naive_arm_core(const uint8_t *file, uint64_t bytes, bool big_endian, uint64_t root, uint64_t va,
    struct naive_answer *out)
{
	const struct naive_dump dump = { .file = file, .bytes = bytes, .big_endian = big_endian };
	uint64_t e, d;

	*out = naive_failure(KVMSAFE_NO_MAP);
	if (va >= TOP)
		return;
	out->status = naive_entry(&dump, naive_core32_find, root + va / 0x100000 * 4, 4, &e);
	if (out->status != KVMSAFE_OK)
		return;
	out->status = e % 4 == 0 ? KVMSAFE_NOT_MAPPED : KVMSAFE_DAMAGED;
	if (e % 4 == 0 || e % 4 == 3)
		return;
	if (e % 4 == 2) {
		section(&dump, e, va, out);
		return;
	}
	out->status =
	    naive_entry(&dump, naive_core32_find, e / 1024 * 1024 + va / PAGE % 256 * 4, 4, &d);
	if (out->status == KVMSAFE_OK)
		second(&dump, true, d, false, va, out);
}
