/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the fields of minidumps and ELF files lie, and which changes of them mean something. Sizes
 * can change together with all that lies behind: the rest of the dump stays as good as it was.
 */
#include "fuzz/mutate/dump.h"

#define PAGE 4096

/* Minidump headers: version, msgbufsize, bitmapsize and mapsize follow each other. */
struct machine {
	const char *magic;
	unsigned version, avail; /* offsets */
	unsigned entry; /* bytes, of the page table */
};

static const struct machine machines[] = {
	{ "minidump FreeBSD/amd64", 24, 64, 8 },
	{ "minidump FreeBSD/arm64", 24, 72, 8 },
	{ "minidump FreeBSD/arm", 24, 52, 4 },
	{ "minidump FreeBSD/i386", 24, 48, 4 },
	{ "minidump FreeBSD/mips", 24, 64, 8 },
	{ "minidump FreeBSD/powerpc64", 64, 136, 8 },
	{ "minidump FreeBSD/riscv", 24, 72, 8 },
};

struct minidump {
	const struct machine *is;
	bool big;
	uint64_t size[4]; /* msgbuf, avail, bitmap, map: in the file's order */
	unsigned field[4]; /* where the header has them */
	uint64_t start[4];
};

static uint64_t
padded(uint64_t bytes)
{
	return (bytes + PAGE - 1) / PAGE * PAGE;
}

static const struct machine *
machine_of(const struct kvs_input *in)
{
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++) {
		const char *const magic = machines[i].magic;
		size_t at = 0;

		while (magic[at] != 0 && kvs_peek(in, 0, at, 1, false) == (uint8_t)magic[at])
			at++;
		if (magic[at] == 0)
			return &machines[i];
	}
	return NULL;
}

static bool
minidump_of(const struct kvs_input *in, struct minidump *out)
{
	uint64_t at = PAGE;

	out->is = machine_of(in);
	if (out->is == NULL)
		return false;
	/* the order in which the version is small */
	out->big = kvs_peek(in, 0, out->is->version, 1, false) == 0;
	out->field[0] = out->is->version + 4;
	out->field[1] = out->is->avail;
	out->field[2] = out->is->version + 8;
	out->field[3] = out->is->version + 12;
	for (unsigned i = 0; i < 4; i++) {
		out->size[i] = kvs_peek(in, 0, out->field[i], 4, out->big);
		out->start[i] = at;
		at += padded(out->size[i]);
	}
	return true;
}

/* Any field: a word of the header. */
static void
change_field(struct kvs_input *in, const struct minidump *dump)
{
	const unsigned width = kvs_below(&in->random, 2) ? 4 : 8;
	const unsigned at = dump->is->version + 4 * (unsigned)kvs_below(&in->random, 20);
	const uint64_t old = kvs_peek(in, 0, at, width, dump->big);

	if (at == dump->is->version)
		kvs_poke(in, 0, at, 4, 1 + kvs_below(&in->random, 4), dump->big);
	else
		kvs_poke(in, 0, at, width, kvs_odd_number(&in->random, old), dump->big);
}

/* A region grows or shrinks, and what is behind it moves. */
static void
change_size(struct kvs_input *in, const struct minidump *dump)
{
	static const uint64_t steps[] = { 1, 4, 8, PAGE - 8, PAGE, PAGE + 8, 1 << 20,
		UINT64_C(0x7ffff000) };
	const size_t which = kvs_below(&in->random, 4);
	const uint64_t end = dump->start[which] + padded(dump->size[which]);
	const uint64_t step = steps[kvs_below(&in->random, sizeof(steps) / sizeof(steps[0]))];
	const bool more = kvs_below(&in->random, 2) != 0;
	const uint64_t size = more     ? dump->size[which] + step
	    : dump->size[which] < step ? 0
				       : dump->size[which] - step;
	const uint64_t shift = padded(size) - padded(dump->size[which]);

	for (size_t i = 0; i < in->n; i++) {
		uint8_t *const p = in->data + in->span[i].at;
		const bool lays =
		    p[0] == KVS_SPARSE_DATA || p[0] == KVS_SPARSE_RUN || p[0] == KVS_SPARSE_LEN;

		if (!lays || in->span[i].bytes < 7 || kvs_get(p + 1, 6, false) < end)
			continue;
		kvs_put(p + 1, 6, kvs_get(p + 1, 6, false) + shift, false);
	}
	kvs_poke(in, 0, dump->field[which], 4, size, dump->big);
}

/* A bit, or a whole word, of the bitmap. */
static void
change_bitmap(struct kvs_input *in, const struct minidump *dump)
{
	/* the first words are those that small dumps use; the last one has a tail */
	const uint64_t words = dump->size[2] / 8 + (dump->size[2] % 8 != 0);
	const uint64_t word = words > 8 && kvs_below(&in->random, 4) == 0
	    ? words - 1
	    : kvs_below(&in->random, words < 8 ? (size_t)words : 8);
	const uint64_t at = dump->start[2] + 8 * word;
	const uint64_t old = kvs_peek(in, 0, at, 8, dump->big);
	const uint64_t values[] = { 0, UINT64_MAX, old << 1, old >> 1 };

	if (kvs_below(&in->random, 3) == 0)
		kvs_poke(in, 0, at, 8, values[kvs_below(&in->random, 4)], dump->big);
	else
		kvs_poke(in, 0, at, 8, old ^ UINT64_C(1) << kvs_below(&in->random, 64), dump->big);
}

/* Where an entry of the page table is that some record has, or any. */
static uint64_t
entry_at(struct kvs_input *in, const struct minidump *dump)
{
	const size_t i = kvs_below(&in->random, in->n);
	const uint8_t *const p = in->data + in->span[i].at;
	uint64_t at = (kvs_random(&in->random) >> kvs_below(&in->random, 60)) % dump->size[3];

	if (p[0] == KVS_SPARSE_DATA && in->span[i].bytes > KVS_SPARSE_DATA_HEAD) {
		const uint64_t inside = kvs_get(p + 1, 6, false) - dump->start[3] +
		    kvs_below(&in->random, in->span[i].bytes - KVS_SPARSE_DATA_HEAD);

		if (inside < dump->size[3])
			at = inside;
	}
	return dump->start[3] + at / dump->is->entry * dump->is->entry;
}

/* An entry: valid, size and protection bits; its frame; or another entry's value. */
static void
change_entry(struct kvs_input *in, const struct minidump *dump)
{
	static const unsigned char bits[] = { 0, 1, 2, 3, 5, 7, 10, 12, 20, 31, 47, 52, 54, 63 };
	const unsigned width = dump->is->entry;
	uint64_t at, value;

	if (dump->size[3] < width)
		return;
	at = entry_at(in, dump);
	value = kvs_peek(in, 0, at, width, dump->big);
	switch (kvs_below(&in->random, 4)) {
	case 0:
		value += kvs_below(&in->random, 2) ? PAGE : 0x200000;
		break;
	case 1:
		value = kvs_peek(in, 0, entry_at(in, dump), width, dump->big);
		break;
	case 2: /* near the end of memory, of tables, of 32 bits */
		value ^= (kvs_random(&in->random) << 12) & UINT64_C(0x0000fffffffff000);
		break;
	default:
		value ^= UINT64_C(1) << bits[kvs_below(&in->random, sizeof(bits))];
	}
	kvs_poke(in, 0, at, width, value, dump->big);
}

/* ---- ELF ---- */

struct elf {
	unsigned file;
	bool wide, big;
};

/* Offsets and widths of fields, 64-bit then 32-bit; offset << 4 | width. */
struct table {
	unsigned char n, bytes[2]; /* of fields; of a header */
	unsigned short field[2][10];
};

#define F(at, width) (unsigned short)((at) << 4 | (width))
static const struct table file_header = { 9, { 64, 52 },
	{ { F(16, 2), F(18, 2), F(32, 8), F(40, 8), F(54, 2), F(56, 2), F(58, 2), F(60, 2),
	      F(62, 2) },
	    { F(16, 2), F(18, 2), F(28, 4), F(32, 4), F(42, 2), F(44, 2), F(46, 2), F(48, 2),
		F(50, 2) } } };
static const struct table program_header = { 8, { 56, 32 },
	{ { F(0, 4), F(4, 4), F(8, 8), F(16, 8), F(24, 8), F(32, 8), F(40, 8), F(48, 8) },
	    { F(0, 4), F(24, 4), F(4, 4), F(8, 4), F(12, 4), F(16, 4), F(20, 4), F(28, 4) } } };
static const struct table section_header = { 10, { 64, 40 },
	{ { F(0, 4), F(4, 4), F(8, 8), F(16, 8), F(24, 8), F(32, 8), F(40, 4), F(44, 4), F(48, 8),
	      F(56, 8) },
	    { F(0, 4), F(4, 4), F(8, 4), F(12, 4), F(16, 4), F(20, 4), F(24, 4), F(28, 4), F(32, 4),
		F(36, 4) } } };
#undef F

static bool
elf_of(const struct kvs_input *in, unsigned file, struct elf *out)
{
	if (kvs_peek(in, file, 0, 4, true) != 0x7f454c46)
		return false;
	*out = (struct elf){ file, kvs_peek(in, file, 4, 1, false) != 1,
		kvs_peek(in, file, 5, 1, false) == 2 };
	return true;
}

/* Field `which` (in the file header's table) of the file. */
static uint64_t
elf_field(const struct kvs_input *in, const struct elf *elf, size_t which)
{
	const unsigned field = file_header.field[!elf->wide][which];

	return kvs_peek(in, elf->file, field >> 4, field & 15, elf->big);
}

/* A field of one of `count` headers at `start`: odd, or as its neighbour has it. */
static void
change_header(struct kvs_input *in, const struct elf *elf, const struct table *table,
    uint64_t start, size_t count)
{
	const size_t which = kvs_below(&in->random, table->n);
	const unsigned field = table->field[!elf->wide][which], width = field & 15;
	const unsigned bytes = table->bytes[!elf->wide];
	const uint64_t at = start + kvs_below(&in->random, count) * bytes + (field >> 4);
	const uint64_t other = start + kvs_below(&in->random, count) * bytes + (field >> 4);
	uint64_t value = kvs_peek(in, elf->file, at, width, elf->big);

	if (kvs_below(&in->random, 4) == 0)
		value = kvs_peek(in, elf->file, other, width, elf->big);
	else
		value = kvs_odd_number(&in->random, value);
	kvs_poke(in, elf->file, at, width, value, elf->big);
}

static void
change_elf(struct kvs_input *in, const struct elf *elf)
{
	const size_t segments = (size_t)elf_field(in, elf, 5),
		     sections = (size_t)elf_field(in, elf, 7);

	const size_t choice = kvs_below(&in->random, 5);

	if (choice == 0)
		change_header(in, elf, &file_header, 0, 1);
	else if (choice <= 2 && sections > 0)
		change_header(in, elf, &section_header, elf_field(in, elf, 3), sections);
	else
		change_header(in, elf, &program_header, elf_field(in, elf, 2), segments);
}

bool
kvs_mutate_dump(struct kvs_input *in)
{
	struct minidump dump;
	struct elf elf;

	/* a kernel that is there gets one change of four */
	if (kvs_below(&in->random, 4) == 0 && elf_of(in, 1, &elf)) {
		change_elf(in, &elf);
		return true;
	}
	if (elf_of(in, 0, &elf)) {
		change_elf(in, &elf);
		return true;
	}
	if (!minidump_of(in, &dump))
		return false;
	switch (kvs_below(&in->random, 6)) {
	case 0:
		change_field(in, &dump);
		break;
	case 1:
		change_size(in, &dump);
		break;
	case 2:
		change_bitmap(in, &dump);
		break;
	default:
		change_entry(in, &dump);
	}
	return true;
}
