/* SPDX-License-Identifier: BSD-2-Clause */
/* The common part of the specification: one byte, one bit, one program header at a time. */
#include "naive/memory.h"

uint64_t
naive_number(const struct naive_dump *dump, uint64_t offset, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value = value * 256 + dump->file[offset + (dump->big_endian ? i : width - 1 - i)];
	return value;
}

struct naive_answer
naive_failure(enum kvmsafe_status status)
{
	return (struct naive_answer){ status, KVMSAFE_NONE, KVMSAFE_NONE, 0, 0 };
}

static struct naive_spot
nowhere(enum kvmsafe_status status)
{
	return (struct naive_spot){ status, 0, KVMSAFE_NONE };
}

void
naive_settle(struct naive_answer *out, uint64_t pa, struct naive_spot spot)
{
	out->pa = pa;
	out->status = spot.status;
	out->file_offset = spot.offset;
}

/* ---- Minidumps ---- */

static uint64_t
whole_pages(const struct naive_dump *dump, uint64_t bytes)
{
	return (bytes + dump->page_bytes - 1) / dump->page_bytes * dump->page_bytes;
}

void
naive_regions(struct naive_dump *dump, uint64_t avail_field, bool map_padded)
{
	dump->avail = dump->page_bytes + whole_pages(dump, naive_number(dump, 28, 4));
	dump->avail_bytes = avail_field == 0 ? 0 : naive_number(dump, avail_field, 4);
	dump->bitmap = dump->avail + whole_pages(dump, dump->avail_bytes);
	dump->bitmap_bytes = naive_number(dump, 32, 4);
	dump->map = dump->bitmap + whole_pages(dump, dump->bitmap_bytes);
	dump->map_bytes = naive_number(dump, 36, 4);
	dump->pages =
	    dump->map + (map_padded ? whole_pages(dump, dump->map_bytes) : dump->map_bytes);
}

/* The bit of a page, counted range by range; KVMSAFE_NONE: no range has it. */
static uint64_t
bit_of(const struct naive_dump *dump, uint64_t page)
{
	const uint64_t size = dump->page_bytes;
	uint64_t bit = 0, last_end = 0;

	if (dump->avail_bytes == 0)
		return page < dump->bitmap_bytes * 8 ? page : KVMSAFE_NONE;
	for (uint64_t i = 0; i + 16 <= dump->avail_bytes; i += 16) {
		const uint64_t start = naive_number(dump, dump->avail + i, 8);
		const uint64_t end = naive_number(dump, dump->avail + i + 8, 8);

		if (end == 0 || start >= end || start < last_end || end > dump->pa_limit)
			break;
		if (page >= start / size && page < whole_pages(dump, end) / size)
			return bit + page - start / size;
		bit += whole_pages(dump, end) / size - start / size;
		last_end = end;
	}
	return KVMSAFE_NONE;
}

static bool
bit_is_set(const struct naive_dump *dump, uint64_t bit)
{
	const uint64_t in_word = bit / 8 % dump->word;
	const uint64_t byte =
	    bit / 8 - in_word + (dump->big_endian ? dump->word - 1 - in_word : in_word);

	return bit < dump->bitmap_bytes * 8 &&
	    (dump->file[dump->bitmap + byte] >> bit % 8) % 2 != 0;
}

struct naive_spot
naive_minidump_find(const struct naive_dump *dump, uint64_t pa)
{
	const uint64_t bit = bit_of(dump, pa / dump->page_bytes);
	uint64_t before = 0, offset;

	if (bit == KVMSAFE_NONE)
		return nowhere(KVMSAFE_OUTSIDE_MEMORY);
	if (!bit_is_set(dump, bit))
		return nowhere(KVMSAFE_NOT_DUMPED);
	for (uint64_t i = 0; i < bit; i++)
		before += bit_is_set(dump, i);
	offset = dump->pages + before * dump->page_bytes + pa % dump->page_bytes;
	if (offset >= dump->bytes)
		return nowhere(KVMSAFE_TRUNCATED);
	return (struct naive_spot){ KVMSAFE_OK, before, offset };
}

/* ---- Cores of class 32 ---- */

struct naive_spot
naive_core32_find(const struct naive_dump *dump, uint64_t pa)
{
	const uint64_t first = naive_number(dump, 28, 4), count = naive_number(dump, 44, 2);

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = first + i * 32;
		const uint64_t offset = naive_number(dump, at + 4, 4);
		const uint64_t start = naive_number(dump, at + 12, 4);
		const uint64_t in_file = naive_number(dump, at + 16, 4);
		const uint64_t in_memory = naive_number(dump, at + 20, 4);

		if (naive_number(dump, at, 4) != 1 || pa < start || pa - start >= in_memory)
			continue;
		if (pa - start >= in_file)
			return nowhere(KVMSAFE_NOT_DUMPED);
		if (offset + (pa - start) >= dump->bytes)
			return nowhere(KVMSAFE_TRUNCATED);
		return (struct naive_spot){ KVMSAFE_OK, i, offset + (pa - start) };
	}
	return nowhere(KVMSAFE_OUTSIDE_MEMORY);
}

enum kvmsafe_status
naive_core32_entry(const struct naive_dump *dump, uint64_t pa, unsigned width, uint64_t *entry)
{
	const struct naive_spot first = naive_core32_find(dump, pa);

	for (unsigned i = 0; i < width; i++) {
		const struct naive_spot spot = naive_core32_find(dump, pa + i);

		if (spot.status != KVMSAFE_OK)
			return spot.status;
		if (spot.piece != first.piece)
			return KVMSAFE_DAMAGED;
	}
	*entry = naive_number(dump, first.offset, width);
	return KVMSAFE_OK;
}
