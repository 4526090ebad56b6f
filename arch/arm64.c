/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arm64: minidumps of versions 1 to 3 with pages of 4 or 16 KiB; of full cores, memory alone.
 *
 * Sources: FreeBSD 12.1 and main of 2022 to early 2025, sys/arm64/arm64/minidump_machdep.c,
 * sys/arm64/include/minidump.h, vmparam.h and pte.h; lib/libkvm/kvm_minidump_aarch64.c.
 *
 * The map is flat, a level-3 descriptor a page from kernbase on: the writer expands blocks. The
 * direct map is asked first, since its addresses lie above kernbase. FreeBSD never wrote a full
 * core of this machine that libkvm could read: its physical addresses are served.
 */
#include "arch/arch.h"

#define ENTRY_BYTES 8
#define DESCRIPTOR_TYPE UINT64_C(3) /* 3 is a page at level 3; all else is not valid there */
#define ATTR_READ_ONLY (UINT64_C(1) << 7)
#define ATTR_NO_EXECUTE (UINT64_C(3) << 53) /* privileged or not */
#define ATTR_FRAME UINT64_C(0x0003fffffffff000)

/* Bits 1..0 of the header's flags: the page size. 2 is kept for 64 KiB, 3 is nothing. */
#define FLAGS 0 /* index in own[] */
#define FLAGS_PAGE_SIZE UINT64_C(3)

static const char *const names[] = { "aarch64", NULL };

static const struct kvs_abi abi = {
	.names = names,
	.elf_class = 2,
	.elf_data = 1,
	.pointer_bytes = 8,
	.va_bits = 64,
	.pa_bits = 52,
};

#define FIELDS_OF_VERSION_1                                                                        \
	.msgbufsize = { 28, 4 }, .bitmapsize = { 32, 4 }, .mapsize = { 36, 4 },                    \
	.kernbase = { 40, 8 }, .dmapphys = { 48, 8 }, .dmapbase = { 56, 8 }, .dmapend = { 64, 8 }, \
	.bitmap_word = 8

static const struct kvs_frame frames[] = {
	{ .version = 1, .header_bytes = 72, FIELDS_OF_VERSION_1 },
	{ .version = 2, .header_bytes = 76, FIELDS_OF_VERSION_1, .dumpavailsize = { 72, 4 } },
	{ .version = 3,
	    .header_bytes = 80,
	    FIELDS_OF_VERSION_1,
	    .dumpavailsize = { 72, 4 },
	    .own = { [FLAGS] = { 76, 4 } } },
};

/* 16 KiB kernels from before version 3 do not say so: the caller may. */
static unsigned
page_shift(const struct kvs_header *header, uint32_t page_bytes)
{
	if (page_bytes != 0 && header->version < 3)
		return page_bytes == 4096 ? 12 : page_bytes == 16384 ? 14 : 0;
	switch (header->own[FLAGS] & FLAGS_PAGE_SIZE) {
	case 0:
		return 12;
	case 1:
		return 14;
	default:
		return 0;
	}
}

static const struct kvs_minidump minidump = {
	.magic = "minidump FreeBSD/arm64",
	.version_offset = 24,
	.frames = frames,
	.nframes = sizeof(frames) / sizeof(frames[0]),
	.page_shift = page_shift,
};

static struct kvs_entry
decode(uint64_t raw, unsigned level)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	(void)level; /* the map has one */
	if ((raw & DESCRIPTOR_TYPE) != DESCRIPTOR_TYPE)
		return entry;
	entry.kind = KVS_ENTRY_PAGE;
	entry.pa = raw & ATTR_FRAME;
	entry.protection = KVMSAFE_READ | ((raw & ATTR_READ_ONLY) == 0 ? KVMSAFE_WRITE : 0U) |
	    ((raw & ATTR_NO_EXECUTE) == 0 ? KVMSAFE_EXECUTE : 0U);
	return entry;
}

/* One level: the writer flattened the others. */
static const struct kvs_radix pages_of_4k = {
	.levels = 1, .entry_bytes = ENTRY_BYTES, .level = { { 12, 9 } }, .decode = decode
};

static const struct kvs_radix pages_of_16k = {
	.levels = 1, .entry_bytes = ENTRY_BYTES, .level = { { 14, 11 } }, .decode = decode
};

static enum kvmsafe_status
minidump_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const enum kvmsafe_status status = kvs_dump_add_direct_map(dump, space, err);

	if (status != KVMSAFE_OK)
		return status;
	return kvs_dump_add_map(
	    dump, dump->page_shift == 14 ? &pages_of_16k : &pages_of_4k, 0, space, err);
}

static const struct kvs_core core = { .delta = NULL }; /* physical addresses only */

const struct kvs_arch kvs_arch_arm64 = {
	.name = "arm64",
	.elf_machine = 183,
	.page_shift = 12,
	.abis = &abi,
	.nabis = 1,
	.minidump = &minidump,
	.space = minidump_space,
	.core = &core,
};
