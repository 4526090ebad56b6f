/* SPDX-License-Identifier: BSD-2-Clause */
/* The powerpc64 specification, sections 1 to 4, step by step; one entry at a time. */
#include "naive/powerpc64.h"

#define PAGE 4096
#define LINKED 0x100100
#define LAST_39 UINT64_C(0x7fffffffff)

static uint64_t
pages_of(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static struct naive_dump
dump_of(const uint8_t *file, uint64_t bytes)
{
	struct naive_dump dump = { .file = file,
		.bytes = bytes,
		.word = 8,
		.page_bytes = PAGE,
		.pa_limit = UINT64_C(1) << 56 };
	uint64_t version;

	dump.big_endian = naive_number(&dump, 67, 1) != 0;
	version = naive_number(&dump, 64, 4);
	dump.avail = PAGE + pages_of(naive_number(&dump, 68, 4));
	dump.avail_bytes = version == 1 ? 0 : naive_number(&dump, 136, 4);
	dump.bitmap = dump.avail + pages_of(dump.avail_bytes);
	dump.bitmap_bytes = naive_number(&dump, 72, 4);
	dump.map = dump.bitmap + pages_of(dump.bitmap_bytes);
	dump.map_bytes = naive_number(&dump, 76, 4);
	dump.pages = dump.map + pages_of(dump.map_bytes);
	return dump;
}

static bool
is_radix(const struct naive_dump *dump)
{
	static const char name[] = "mmu_radix";

	for (size_t i = 0; i < sizeof(name); i++)
		if (naive_number(dump, 32 + i, 1) != (uint8_t)name[i])
			return false;
	return true;
}

static void
settle(const struct naive_dump *dump, uint64_t pa, struct naive_answer *out)
{
	naive_settle(out, pa, naive_minidump_find(dump, pa));
}

uint64_t
naive_powerpc64_vsid(uint64_t va)
{
	const uint64_t esid = va / (UINT64_C(1) << 28);
	const uint64_t turned = esid * 256 + esid / (UINT64_C(1) << 28);

	return turned * 0x13bb % (UINT64_C(1) << 36) + (UINT64_C(1) << 36);
}

/* The group where va is looked for first, and second. */
static uint64_t
group_of(uint64_t va, bool second, uint64_t groups)
{
	const uint64_t hash = naive_powerpc64_vsid(va) % (LAST_39 + 1) ^ va / PAGE % 65536;

	return (second ? LAST_39 - hash : hash) % groups;
}

/* Is an entry of the right group one for va? */
static bool
speaks_for(uint64_t hi, bool second, uint64_t va)
{
	const uint64_t index = va / PAGE % 65536;

	return hi % 2 != 0 && hi >> 62 == 0 && hi / 4 % 2 == 0 && (hi / 2 % 2 != 0) == second &&
	    (hi >> 12) % (UINT64_C(1) << 50) == naive_powerpc64_vsid(va) &&
	    hi / 128 % 32 == index / 2048;
}

static uint32_t
protection_of(uint64_t lo)
{
	return KVMSAFE_READ + (lo % 4 != 3 ? KVMSAFE_WRITE : 0U) +
	    (lo / 4 % 2 == 0 ? KVMSAFE_EXECUTE : 0U);
}

static void
hashed(const struct naive_dump *map, uint64_t va, struct naive_answer *out,
    const struct naive_dump *dump)
{
	for (unsigned second = 0; second < 2; second++) {
		const uint64_t group = group_of(va, second != 0, map->map_bytes / 128);

		for (uint64_t e = group * 8; e < group * 8 + 8; e++) {
			uint64_t lo;

			if (map->map + e * 16 + 16 > map->bytes ||
			    !speaks_for(naive_number(map, map->map + e * 16, 8), second != 0, va))
				continue;
			lo = naive_number(map, map->map + e * 16 + 8, 8);
			out->page_bytes = PAGE;
			out->protection = protection_of(lo);
			settle(dump, (lo & UINT64_C(0x0ffffffffffff000)) + va % PAGE, out);
			return;
		}
		out->status = KVMSAFE_TRUNCATED; /* the answer may have been in what is cut off */
		if (map->map + (group + 1) * 128 > map->bytes)
			return;
	}
	out->status = KVMSAFE_NOT_MAPPED;
}

static void
radix(const struct naive_dump *dump, uint64_t va, struct naive_answer *out)
{
	static const unsigned shift[] = { 39, 30, 21, 12 };
	struct naive_dump entries = *dump;
	struct naive_spot spot = { KVMSAFE_OK, 0, dump->map + (va >> 39) % 8192 * 8 };
	uint64_t entry, size, pa;

	entries.big_endian = true;
	for (unsigned level = 0; level < 4; level++) {
		size = UINT64_C(1) << shift[level];
		out->status = spot.status;
		if (spot.status == KVMSAFE_OK && spot.offset + 8 > dump->bytes)
			out->status = KVMSAFE_TRUNCATED;
		if (out->status != KVMSAFE_OK)
			return;
		entry = naive_number(&entries, spot.offset, 8);
		out->status = KVMSAFE_NOT_MAPPED;
		if (entry >> 63 == 0)
			return;
		pa = entry % (UINT64_C(1) << 56) / PAGE * PAGE;
		if (entry >> 62 == 3) {
			out->status = KVMSAFE_DAMAGED;
			if (level == 0)
				return;
			out->page_bytes = size;
			out->protection = (entry / 2 % 4 != 0 ? KVMSAFE_READ : 0U) +
			    (entry / 2 % 2 != 0 ? KVMSAFE_WRITE : 0U) +
			    (entry % 2 != 0 ? KVMSAFE_EXECUTE : 0U);
			settle(dump, pa / size * size + va % size, out);
			return;
		}
		if (level < 3)
			spot = naive_minidump_find(dump, pa + (va >> shift[level + 1]) % 512 * 8);
	}
}

void
naive_powerpc64(const uint8_t *file, uint64_t bytes, bool table_big_endian, uint64_t va,
    struct naive_answer *out)
{
	const struct naive_dump dump = dump_of(file, bytes);
	struct naive_dump map = dump;
	const uint64_t kernbase = naive_number(&dump, 80, 8);
	const uint64_t start = naive_number(&dump, 120, 8);
	const uint64_t image = pages_of(LINKED + (naive_number(&dump, 128, 8) - start));

	map.big_endian = table_big_endian;
	*out = naive_failure(KVMSAFE_NO_MAP);
	if (va >= 0x100000 && va < image)
		va += start - LINKED;
	if (va >= naive_number(&dump, 96, 8) && va <= naive_number(&dump, 104, 8)) {
		settle(&dump, va - naive_number(&dump, 96, 8), out);
	} else if (dump.map_bytes == 0) {
		return;
	} else if (!is_radix(&dump)) {
		hashed(&map, va, out, &dump);
	} else if (va >= kernbase && va >> 52 == kernbase >> 52) {
		radix(&dump, va, out);
	}
}

/* Is an entry one for this page? But for bits of the hash that a table above 256 KiB has more. */
static bool
says(const struct naive_dump *map, uint64_t entry, const struct kvmsafe_page *page)
{
	const uint64_t at = map->map + entry * 16, index = page->va / PAGE % 65536;
	const uint64_t hi = naive_number(map, at, 8);
	const bool large = hi / 4 % 2 != 0;
	const uint64_t size = large ? 4096 * PAGE : PAGE;
	uint64_t lo;

	if (hi % 2 == 0 || hi >> 62 != 0 || page->bytes != size || page->va % size != 0 ||
	    (hi >> 12) % (UINT64_C(1) << 37) != naive_powerpc64_vsid(page->va) ||
	    hi / 128 % 32 / (large ? 2 : 1) != index / (large ? 4096 : 2048))
		return false;
	if (!large && entry / 8 % 2048 != group_of(page->va, hi / 2 % 2 != 0, 2048))
		return false;
	lo = naive_number(map, at + 8, 8);
	return page->pa == lo % (UINT64_C(1) << 60) / size * size &&
	    page->protection == protection_of(lo);
}

bool
naive_powerpc64_has(
    const uint8_t *file, uint64_t bytes, bool table_big_endian, const struct kvmsafe_page *page)
{
	struct naive_dump map = dump_of(file, bytes);
	const uint64_t room = map.bytes > map.map ? map.bytes - map.map : 0;
	const uint64_t entries = (room < map.map_bytes ? room : map.map_bytes) / 16;

	map.big_endian = table_big_endian;
	for (uint64_t entry = 0; entry < entries; entry++)
		if (says(&map, entry, page))
			return true;
	return false;
}
