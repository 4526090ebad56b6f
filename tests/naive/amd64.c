/* SPDX-License-Identifier: BSD-2-Clause */
/* The amd64 specification as plain loops: one bit, one entry, one program header at a time. */
#include "naive/amd64.h"

#include <string.h>

/* Where a physical address is: in which page or segment, and at which offset of the file. */
struct spot {
	enum kvmsafe_status status;
	uint64_t piece, offset;
};

struct dump {
	const uint8_t *file;
	uint64_t bytes;
	struct spot (*find)(const struct dump *dump, uint64_t pa);
};

static uint64_t
number(const struct dump *dump, uint64_t offset, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = width; i > 0; i--)
		value = value * 256 + dump->file[offset + i - 1];
	return value;
}

static uint64_t
whole_pages(uint64_t bytes)
{
	return (bytes + 4095) / 4096 * 4096;
}

static struct spot
failure(enum kvmsafe_status status)
{
	return (struct spot){ status, 0, KVMSAFE_NONE };
}

/* ---- Physical memory of a minidump ---- */

struct regions {
	uint64_t avail, avail_bytes, bitmap, bitmap_bytes, map, map_bytes, pages;
};

static struct regions
regions_of(const struct dump *dump)
{
	struct regions at;

	at.avail = 4096 + whole_pages(number(dump, 28, 4));
	at.avail_bytes = number(dump, 24, 4) >= 3 ? number(dump, 64, 4) : 0;
	at.bitmap = at.avail + whole_pages(at.avail_bytes);
	at.bitmap_bytes = number(dump, 32, 4);
	at.map = at.bitmap + whole_pages(at.bitmap_bytes);
	at.map_bytes = number(dump, 36, 4);
	at.pages = at.map + whole_pages(at.map_bytes);
	return at;
}

/* The bit of a page, counted range by range; KVMSAFE_NONE: no range has it. */
static uint64_t
bit_of(const struct dump *dump, const struct regions *at, uint64_t page)
{
	uint64_t bit = 0, last_end = 0;

	if (at->avail_bytes == 0)
		return page < at->bitmap_bytes * 8 ? page : KVMSAFE_NONE;
	for (uint64_t i = 0; i + 16 <= at->avail_bytes; i += 16) {
		uint64_t start, end;

		if (at->avail + i + 16 > dump->bytes)
			break;
		start = number(dump, at->avail + i, 8);
		end = number(dump, at->avail + i + 8, 8);
		if (end == 0 || start >= end || start < last_end || end > UINT64_C(1) << 52)
			break;
		if (page >= start / 4096 && page < whole_pages(end) / 4096)
			return bit + page - start / 4096;
		bit += whole_pages(end) / 4096 - start / 4096;
		last_end = end;
	}
	return KVMSAFE_NONE;
}

static bool
bit_is_set(const struct dump *dump, const struct regions *at, uint64_t bit)
{
	return bit < at->bitmap_bytes * 8 &&
	    (dump->file[at->bitmap + bit / 8] & 1U << bit % 8) != 0;
}

static struct spot
minidump_find(const struct dump *dump, uint64_t pa)
{
	const struct regions at = regions_of(dump);
	const uint64_t bit = bit_of(dump, &at, pa / 4096);
	uint64_t before = 0, offset;

	if (bit == KVMSAFE_NONE)
		return failure(KVMSAFE_OUTSIDE_MEMORY);
	if (at.bitmap + at.bitmap_bytes > dump->bytes)
		return failure(KVMSAFE_TRUNCATED);
	if (!bit_is_set(dump, &at, bit))
		return failure(KVMSAFE_NOT_DUMPED);
	for (uint64_t i = 0; i < bit; i++)
		before += bit_is_set(dump, &at, i);
	offset = at.pages + before * 4096 + pa % 4096;
	if (offset >= dump->bytes)
		return failure(KVMSAFE_TRUNCATED);
	return (struct spot){ KVMSAFE_OK, before, offset };
}

/* ---- Physical memory of a core ---- */

/* The first PT_LOAD in the file's order that holds the address. */
static struct spot
core_find(const struct dump *dump, uint64_t pa)
{
	const uint64_t first = number(dump, 32, 8), count = number(dump, 56, 2);

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = first + i * 56;
		const uint64_t offset = number(dump, at + 8, 8), start = number(dump, at + 24, 8);
		const uint64_t in_file = number(dump, at + 32, 8);
		const uint64_t in_memory = number(dump, at + 40, 8);

		if (number(dump, at, 4) != 1 || pa < start || pa - start >= in_memory)
			continue;
		if (pa - start >= in_file)
			return failure(KVMSAFE_NOT_DUMPED);
		if (offset + (pa - start) >= dump->bytes)
			return failure(KVMSAFE_TRUNCATED);
		return (struct spot){ KVMSAFE_OK, i, offset + (pa - start) };
	}
	return failure(KVMSAFE_OUTSIDE_MEMORY);
}

/* ---- Tables ---- */

/* One entry, byte by byte, all in one page or segment. */
static enum kvmsafe_status
entry_at(const struct dump *dump, uint64_t pa, uint64_t *entry)
{
	const struct spot first = dump->find(dump, pa);

	for (unsigned i = 0; i < 8; i++) {
		const struct spot spot = dump->find(dump, pa + i);

		if (spot.status != KVMSAFE_OK)
			return spot.status;
		if (spot.piece != first.piece)
			return KVMSAFE_DAMAGED;
	}
	*entry = number(dump, first.offset, 8);
	return KVMSAFE_OK;
}

static void
settle(const struct dump *dump, uint64_t pa, struct naive_answer *out)
{
	const struct spot spot = dump->find(dump, pa);

	out->pa = pa;
	out->status = spot.status;
	out->file_offset = spot.offset;
}

/* From an entry of `level` (1: page table) down to the page. */
static void
follow(
    const struct dump *dump, uint64_t entry, unsigned level, uint64_t va, struct naive_answer *out)
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
			settle(dump, entry % (UINT64_C(1) << 52) / span * span + va % span, out);
			return;
		}
		table = entry % (UINT64_C(1) << 52) / 4096 * 4096;
		out->status = entry_at(dump, table + va / spans[level - 1] % 512 * 8, &entry);
		if (out->status != KVMSAFE_OK)
			return;
	}
}

static void
kernel_map(const struct dump *dump, uint64_t va, struct naive_answer *out)
{
	const struct regions at = regions_of(dump);
	const uint64_t distance = va - number(dump, 40, 8);
	const unsigned level = number(dump, 24, 4) == 1 ? 1 : 2;
	const uint64_t index = distance / (level == 1 ? 4096 : 512 * 4096);

	if (index >= at.map_bytes / 8)
		out->status = KVMSAFE_NO_MAP;
	else if (at.map + index * 8 + 8 > dump->bytes)
		out->status = KVMSAFE_TRUNCATED;
	else
		follow(dump, number(dump, at.map + index * 8, 8), level, va, out);
}

void
naive_amd64_minidump(const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out)
{
	const struct dump dump = { file, bytes, minidump_find };
	const uint64_t start = number(&dump, 48, 8), end = number(&dump, 56, 8);

	*out = (struct naive_answer){ KVMSAFE_NO_MAP, KVMSAFE_NONE, KVMSAFE_NONE, 0, 0 };
	if (va >= number(&dump, 40, 8))
		kernel_map(&dump, va, out);
	else if (va >= start && va < end)
		settle(&dump, va - start, out);
}

void
naive_amd64_core(const uint8_t *file, uint64_t bytes, uint64_t root, unsigned levels, uint64_t va,
    struct naive_answer *out)
{
	const struct dump dump = { file, bytes, core_find };
	const unsigned unused = levels == 5 ? 57 : 48;
	const uint64_t sign = va >> (unused - 1);
	uint64_t entry;

	*out = (struct naive_answer){ KVMSAFE_NO_MAP, KVMSAFE_NONE, KVMSAFE_NONE, 0, 0 };
	if (sign != 0 && sign != UINT64_MAX >> (unused - 1))
		return; /* not canonical */
	out->status = entry_at(&dump, root + (va >> (unused - 9)) % 512 * 8, &entry);
	if (out->status == KVMSAFE_OK)
		follow(&dump, entry, levels, va, out);
}
