/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * mips, both byte orders, ABIs o32, n32 and n64: minidumps of versions 1 and 2.
 *
 * Sources: FreeBSD 8.3, 9.3, 11.3, 12.2 and main of 2020 and 2021, sys/mips/mips/minidump_machdep.c,
 * pmap.c, sys/mips/include/minidump.h, pte.h, cpuregs.h, vmparam.h; lib/libkvm/kvm_minidump_mips.c
 * of 8.3 to 12.x.
 *
 * Addresses in segments that need no table (kseg0, kseg1, xkphys) are told by their upper bits. The
 * map is flat, an entry for each 4 KiB from kernbase on. The dump does not say its ABI: the kernel
 * file does. No full core of this machine holds memory: its writer dumped the wrong addresses.
 */
#include "arch/arch.h"

#include "util/checked.h"

/* Of an entry. G (bit 0) alone is what an unmapped kernel page holds. */
#define PTE_V UINT64_C(0x2)
#define PTE_FRAME_SHIFT 6
#define PTE_FRAME_32 UINT64_C(0x1fffffc0)
#define PTE_READ_ONLY_32 (UINT64_C(1) << 29)
#define PTE_FRAME_64 UINT64_C(0x3ffffffc0)
#define PTE_READ_ONLY_64 (UINT64_C(1) << 55)
/* 8.x: 32-bit entries on all ABIs, one software bit fewer */
#define PTE_FRAME_8X UINT64_C(0x3fffffc0)
#define PTE_READ_ONLY_8X (UINT64_C(1) << 30)

#define KSEG_BYTES UINT64_C(0x20000000) /* of kseg0 and of kseg1 */
#define KSEG0_32 UINT64_C(0x80000000)
#define KSEG0_64 UINT64_C(0xffffffff80000000)
#define XKPHYS UINT64_C(0x8000000000000000)
#define XKPHYS_CACHE_SHIFT 59
#define XKPHYS_BYTES (UINT64_C(1) << 40)

static const char *const o32_le[] = { "mipsel", "mipselhf", NULL };
static const char *const o32_be[] = { "mips", "mipshf", NULL };
static const char *const n32_le[] = { "mipsn32el", "mipsn32elhf", NULL };
static const char *const n32_be[] = { "mipsn32", "mipsn32hf", NULL };
static const char *const n64_le[] = { "mips64el", "mips64elhf", NULL };
static const char *const n64_be[] = { "mips64", "mips64hf", NULL };

#define EF_ABI2 0x20 /* n32 */

#define O32 .elf_class = 1, .flags_mask = EF_ABI2, .pointer_bytes = 4, .va_bits = 32, .pa_bits = 32
#define N32                                                                                        \
	.elf_class = 1, .flags_mask = EF_ABI2, .flags = EF_ABI2, .pointer_bytes = 4,               \
	.va_bits = 32, .pa_bits = 40
#define N64 .elf_class = 2, .pointer_bytes = 8, .va_bits = 64, .pa_bits = 40, .arch = "mips64"

/* An o32 and an n32 dump look alike: of equal guesses the first counts. */
static const struct kvs_abi abis[] = {
	{ .names = o32_le, .elf_data = 1, O32 },
	{ .names = o32_be, .elf_data = 2, O32 },
	{ .names = n64_le, .elf_data = 1, N64 },
	{ .names = n64_be, .elf_data = 2, N64 },
	{ .names = n32_le, .elf_data = 1, N32 },
	{ .names = n32_be, .elf_data = 2, N32 },
};

/* dmapbase and dmapend (48, 56) are declared and never set. */
#define FIELDS_OF_VERSION_1                                                                        \
	.msgbufsize = { 28, 4 }, .bitmapsize = { 32, 4 }, .mapsize = { 36, 4 },                    \
	.kernbase = { 40, 8 }

static const struct kvs_frame frames[] = {
	{ .version = 1, .header_bytes = 64, FIELDS_OF_VERSION_1, .bitmap_word = 4 },
	{ .version = 2,
	    .header_bytes = 68,
	    FIELDS_OF_VERSION_1,
	    .dumpavailsize = { 64, 4 },
	    .bitmap_word = 0 }, /* uint32_t became long */
};

static bool
fits(const struct kvs_header *header, const struct kvs_abi *abi)
{
	return abi->va_bits == 64 || header->kernbase <= UINT32_MAX;
}

static const struct kvs_minidump minidump = {
	.magic = "minidump FreeBSD/mips",
	.version_offset = 24,
	.frames = frames,
	.nframes = sizeof(frames) / sizeof(frames[0]),
	.fits = fits,
};

static struct kvs_entry
decode(uint64_t raw, uint64_t frame, uint64_t read_only)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	if ((raw & PTE_V) == 0)
		return entry;
	entry.kind = KVS_ENTRY_PAGE;
	entry.pa = ((raw & frame) >> PTE_FRAME_SHIFT) << 12;
	entry.protection =
	    KVMSAFE_READ | KVMSAFE_EXECUTE | ((raw & read_only) == 0 ? KVMSAFE_WRITE : 0U);
	return entry;
}

static struct kvs_entry
decode_32(uint64_t raw, unsigned level)
{
	(void)level; /* the map has one */
	return decode(raw, PTE_FRAME_32, PTE_READ_ONLY_32);
}

static struct kvs_entry
decode_64(uint64_t raw, unsigned level)
{
	(void)level;
	return decode(raw, PTE_FRAME_64, PTE_READ_ONLY_64);
}

static struct kvs_entry
decode_8x(uint64_t raw, unsigned level)
{
	(void)level;
	return decode(raw, PTE_FRAME_8X, PTE_READ_ONLY_8X);
}

static const struct kvs_radix flat_32 = {
	.levels = 1, .entry_bytes = 4, .level = { { 12, 10 } }, .decode = decode_32
};
static const struct kvs_radix flat_64 = {
	.levels = 1, .entry_bytes = 8, .level = { { 12, 9 } }, .decode = decode_64
};
static const struct kvs_radix flat_8x = {
	.levels = 1, .entry_bytes = 4, .level = { { 12, 10 } }, .decode = decode_8x
};

/* Entries are 32-bit on o32, else 64-bit; 8.x had 32-bit ones everywhere, which only the caller
   can know. */
static const struct kvs_radix *
form_of(const struct kvs_dump *dump)
{
	const bool o32 = dump->abi->pa_bits == 32;

	if (o32)
		return &flat_32;
	return dump->entry_bytes == 4 ? &flat_8x : &flat_64;
}

static void
add_segment(struct kvs_space *space, uint64_t first, uint64_t bytes, uint64_t mask)
{
	const struct kvs_range range = {
		.first = first, .last = first + (bytes - 1), .method = &kvs_linear, .mask = mask
	};

	kvs_space_add(space, &range);
}

/* No map, wherever a hostile kernbase says that the kernel's begins. */
static const struct kvs_range rest_of_xkphys = {
	.first = XKPHYS,
	.last = XKPHYS + ((UINT64_C(1) << 62) - 1),
	.method = &kvs_hole,
};

static void
add_segments(struct kvs_space *space, bool n64)
{
	const uint64_t kseg0 = n64 ? KSEG0_64 : KSEG0_32;

	/* Bits 61-59 are a cache attribute, any value; 58-40 must be 0 (libkvm drops them). */
	for (unsigned cache = 0; n64 && cache < 8; cache++)
		add_segment(space, XKPHYS | (uint64_t)cache << XKPHYS_CACHE_SHIFT, XKPHYS_BYTES,
		    XKPHYS_BYTES - 1);
	if (n64)
		kvs_space_add(space, &rest_of_xkphys);
	add_segment(space, kseg0, KSEG_BYTES, KSEG_BYTES - 1);
	add_segment(space, kseg0 + KSEG_BYTES, KSEG_BYTES, KSEG_BYTES - 1);
}

/* A pair of unmapped entries of 8.x, as one of 64 bits: no later kernel writes it. */
#define PAIR_8X UINT64_C(0x0000000100000001)
#define LOOKED_AT_MAX (UINT64_C(1) << 20) /* of the map: one page of entries would do */

/* Nothing in a dump of 8.x tells its narrow entries: a hint for the caller, who can. */
static void
note_8x(const struct kvs_dump *dump)
{
	const uint64_t bytes = kvs_min(dump->layout.map.present, LOOKED_AT_MAX);
	uint8_t raw[1024];

	for (uint64_t at = 0; at < bytes; at += sizeof(raw)) {
		size_t got;

		if (kvmsafe_source_read(dump->source, dump->layout.map.offset + at, raw,
			(size_t)kvs_min(bytes - at, sizeof(raw)), &got, NULL) != KVMSAFE_OK)
			return;
		for (size_t i = 0; i + 8 <= got; i += 8)
			if (kvs_load(raw + i, 8, dump->order) == PAIR_8X) {
				kvs_findings_note(dump->findings, KVMSAFE_DAMAGED,
				    KVMSAFE_FILE_OFFSET,
				    dump->layout.map.offset - dump->head.file_offset + at + i,
				    "kernel map: it looks like one of FreeBSD 8, whose entries "
				    "have 4 bytes; they are read as 8");
				return;
			}
	}
}

static enum kvmsafe_status
minidump_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const bool n64 = dump->abi->va_bits == 64;

	add_segments(space, n64);
	if (form_of(dump) == &flat_64 && dump->frame->version == 1)
		note_8x(dump);
	return kvs_dump_add_map(dump, form_of(dump), 0, space, err);
}

const struct kvs_arch kvs_arch_mips = {
	.name = "mips",
	.elf_machine = 8,
	.dyn_kernel = true, /* libkvm does not look at the type */
	.page_shift = 12,
	.abis = abis,
	.nabis = sizeof(abis) / sizeof(abis[0]),
	.minidump = &minidump,
	.space = minidump_space,
};
