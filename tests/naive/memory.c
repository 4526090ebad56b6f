/* SPDX-License-Identifier: BSD-2-Clause */
/* The common part of the specification: one byte, one bit, one program header at a time. */
#include "naive/memory.h"

#include <string.h>

uint8_t (*naive_peek)(uint64_t offset);

uint64_t
naive_number(const struct naive_dump *dump, uint64_t offset, unsigned width)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++) {
		const uint64_t at = offset + (dump->big_endian ? i : width - 1 - i);

		value *= 256;
		if (at < dump->bytes)
			value += dump->file != NULL ? dump->file[at] : naive_peek(at);
	}
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

/* Pair n of dump_avail, where that is in the file, of those before the end. */
static bool
pair(const struct naive_dump *dump, uint64_t n, uint64_t *start, uint64_t *end)
{
	const unsigned width = dump->avail_width != 0 ? dump->avail_width : 8;
	const uint64_t at = dump->avail + n * 2 * width;

	if ((n + 1) * 2 * width > dump->avail_bytes || at + 2 * width > dump->bytes)
		return false;
	*start = naive_number(dump, at, width);
	*end = naive_number(dump, at + width, width);
	return *end != 0;
}

/* Where a page is among the pairs that are sound, or how many pages they have. */
struct search {
	uint64_t page, bit; /* NONE: in no pair */
	uint64_t pairs, pages;
	uint64_t last_page; /* behind the last pair */
	bool all_sound;
};

static void
search(const struct naive_dump *dump, struct search *at)
{
	const uint64_t size = dump->page_bytes;
	uint64_t start, end, last_end = 0;

	for (; pair(dump, at->pairs, &start, &end); at->pairs++) {
		if (start >= end || start < last_end || end > dump->pa_limit) {
			at->all_sound = false;
			return;
		}
		if (at->bit == KVMSAFE_NONE && at->page >= start / size &&
		    at->page < whole_pages(dump, end) / size)
			at->bit = at->pages + at->page - start / size;
		at->pages += whole_pages(dump, end) / size - start / size;
		at->last_page = whole_pages(dump, end) / size;
		last_end = end;
	}
}

uint64_t
naive_avail_pairs(const struct naive_dump *dump, uint64_t *pages, bool *all_sound)
{
	struct search at = { .page = KVMSAFE_NONE, .bit = KVMSAFE_NONE, .all_sound = true };

	search(dump, &at);
	*pages = at.pages;
	*all_sound = at.all_sound;
	return at.pairs;
}

/* The bit of a page; KVMSAFE_NONE: no range has it, and why. */
static uint64_t
bit_of(const struct naive_dump *dump, uint64_t page, enum kvmsafe_status *why)
{
	struct search at = { .page = page, .bit = KVMSAFE_NONE, .all_sound = true };

	*why = KVMSAFE_OUTSIDE_MEMORY;
	if (dump->avail_bytes == 0)
		return page < dump->bitmap_bytes * 8 ? page : KVMSAFE_NONE;
	search(dump, &at);
	if (page >= at.last_page && dump->avail + dump->avail_bytes > dump->bytes)
		*why = KVMSAFE_TRUNCATED; /* there may have been one more range */
	return at.bit;
}

/* Bytes of the bitmap that the file has; of a word that is cut, nothing is known. */
static uint64_t
known_bytes(const struct naive_dump *dump)
{
	if (dump->bitmap + dump->bitmap_bytes <= dump->bytes)
		return dump->bitmap_bytes;
	if (dump->bitmap >= dump->bytes)
		return 0;
	return (dump->bytes - dump->bitmap) / dump->word * dump->word;
}

static bool
bit_is_set(const struct naive_dump *dump, uint64_t bit)
{
	const uint64_t in_word = bit / 8 % dump->word;
	const uint64_t byte =
	    bit / 8 - in_word + (dump->big_endian ? dump->word - 1 - in_word : in_word);

	return bit < dump->bitmap_bytes * 8 && byte < dump->bitmap_bytes &&
	    dump->bitmap + byte < dump->bytes &&
	    (naive_number(dump, dump->bitmap + byte, 1) >> bit % 8) % 2 != 0;
}

/* Most of a bitmap is zeros: not worth a look at each bit. */
static uint64_t
set_in_eight(const struct naive_dump *dump, uint64_t offset)
{
	uint64_t raw = 1;

	if (dump->file != NULL && offset + 8 <= dump->bytes)
		memcpy(&raw, dump->file + offset, 8);
	if (raw == 0)
		return 0;
	return (uint64_t)__builtin_popcountll(naive_number(dump, offset, 8));
}

/* Of the bits below `bit`. Eight bytes at a time, as their order does not matter. */
static uint64_t
set_below(const struct naive_dump *dump, uint64_t bit)
{
	const uint64_t whole =
	    bit / 64 * 8 < known_bytes(dump) / 8 * 8 ? bit / 64 : known_bytes(dump) / 8;
	uint64_t n = 0;

	for (uint64_t i = 0; i < whole; i++)
		n += set_in_eight(dump, dump->bitmap + i * 8);
	for (uint64_t i = whole * 64; i < bit && i / 8 < known_bytes(dump) + 8; i++)
		n += bit_is_set(dump, i);
	return n;
}

uint64_t
naive_promised(const struct naive_dump *dump)
{
	return set_below(dump, dump->bitmap_bytes * 8);
}

struct naive_spot
naive_minidump_find(const struct naive_dump *dump, uint64_t pa)
{
	enum kvmsafe_status why;
	const uint64_t bit = bit_of(dump, pa / dump->page_bytes, &why);
	uint64_t before, offset;

	if (bit == KVMSAFE_NONE)
		return nowhere(why);
	if (bit < dump->bitmap_bytes * 8 && bit >= known_bytes(dump) * 8)
		return nowhere(KVMSAFE_TRUNCATED);
	if (!bit_is_set(dump, bit))
		return nowhere(KVMSAFE_NOT_DUMPED);
	before = set_below(dump, bit);
	offset = dump->pages + before * dump->page_bytes + pa % dump->page_bytes;
	if (offset >= dump->bytes)
		return nowhere(KVMSAFE_TRUNCATED);
	return (struct naive_spot){ KVMSAFE_OK, before, offset };
}

/* ---- Cores ---- */

#define EM_386 3

struct segment {
	uint64_t type, offset, start, in_file, in_memory;
};

static struct segment
segment_at(const struct naive_dump *dump, bool wide, bool virtual, uint64_t n)
{
	const uint64_t address = virtual ? (wide ? 16 : 8) : (wide ? 24 : 12);
	const unsigned width = wide ? 8 : 4;
	const uint64_t at =
	    wide ? naive_number(dump, 32, 8) + n * 56 : naive_number(dump, 28, 4) + n * 32;

	return (struct segment){ naive_number(dump, at, 4),
		naive_number(dump, at + (wide ? 8 : 4), width),
		naive_number(dump, at + address, width),
		naive_number(dump, at + (wide ? 32 : 16), width),
		naive_number(dump, at + (wide ? 40 : 20), width) };
}

/* Of some use: neither its addresses nor its bytes pass the top. An end at the top is one. */
static bool
is_sound(const struct segment *segment, bool wide)
{
	const uint64_t last = wide ? UINT64_MAX : UINT32_MAX;
	const uint64_t in_file =
	    segment->in_file < segment->in_memory ? segment->in_file : segment->in_memory;

	return segment->type == 1 && segment->in_memory > 0 &&
	    segment->in_memory - 1 <= last - segment->start &&
	    (in_file == 0 || in_file - 1 <= UINT64_MAX - segment->offset);
}

/* i386: numbers cut to 32 bits that fall have passed another 4 GiB. *past: the PT_LOAD before. */
static struct segment
rebuilt(const struct naive_dump *dump, uint64_t n, struct segment *past)
{
	struct segment segment = segment_at(dump, false, false, n);

	if (segment.type != 1)
		return segment;
	segment.start += past->start >> 32 << 32;
	segment.offset += past->offset >> 32 << 32;
	if (segment.start < past->start)
		segment.start += UINT64_C(1) << 32;
	if (segment.offset < past->offset)
		segment.offset += UINT64_C(1) << 32;
	*past = segment;
	return segment;
}

/* The first that holds the address in its bytes of the file, else one that only promises it. */
static struct naive_spot
core_find(const struct naive_dump *dump, bool wide, bool virtual, uint64_t pa)
{
	const uint64_t count = naive_number(dump, wide ? 56 : 44, 2);
	const bool falls = !wide && !virtual && naive_number(dump, 18, 2) == EM_386;
	enum kvmsafe_status status = KVMSAFE_OUTSIDE_MEMORY;
	struct segment past = { 0 };
	bool passes = false;

	if (falls) {
		for (uint64_t i = 0; i < count; i++)
			(void)rebuilt(dump, i, &past);
		passes = past.start > UINT32_MAX || past.offset > UINT32_MAX;
		past = (struct segment){ 0 };
	}
	for (uint64_t i = 0; i < count; i++) {
		const struct segment segment =
		    falls ? rebuilt(dump, i, &past) : segment_at(dump, wide, virtual, i);
		const uint64_t distance = pa - segment.start;

		if (!is_sound(&segment, wide || passes) || pa < segment.start ||
		    distance >= segment.in_memory)
			continue;
		status = KVMSAFE_NOT_DUMPED;
		if (distance >= segment.in_file)
			continue;
		if (segment.offset + distance >= dump->bytes)
			return nowhere(KVMSAFE_TRUNCATED);
		return (struct naive_spot){ KVMSAFE_OK, i, segment.offset + distance };
	}
	return nowhere(status);
}

struct naive_spot
naive_core32_find(const struct naive_dump *dump, uint64_t pa)
{
	return core_find(dump, false, false, pa);
}

struct naive_spot
naive_core64_find(const struct naive_dump *dump, uint64_t pa)
{
	return core_find(dump, true, false, pa);
}

struct naive_spot
naive_virtual_find(const struct naive_dump *dump, bool wide, uint64_t va)
{
	return core_find(dump, wide, true, va);
}

enum kvmsafe_status
naive_entry(
    const struct naive_dump *dump, naive_find *find, uint64_t pa, unsigned width, uint64_t *entry)
{
	const struct naive_spot first = find(dump, pa);

	for (unsigned i = 0; i < width; i++) {
		const struct naive_spot spot = find(dump, pa + i);

		if (spot.status != KVMSAFE_OK)
			return spot.status;
		if (spot.piece != first.piece)
			return KVMSAFE_DAMAGED;
	}
	*entry = naive_number(dump, first.offset, width);
	return KVMSAFE_OK;
}
