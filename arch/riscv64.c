/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * riscv64: minidumps of versions 1 and 2, of kernels with Sv39 and Sv48; of full cores, memory
 * alone.
 *
 * Sources: FreeBSD 12.1 and main of early 2025, sys/riscv/riscv/minidump_machdep.c,
 * sys/riscv/include/minidump.h, vmparam.h and pte.h; lib/libkvm/kvm_minidump_riscv.c.
 *
 * The map is flat, a leaf entry for each 4 KiB from kernbase on, so the number of levels that the
 * machine walks plays no part. The direct map is asked first.
 */
#include "arch/arch.h"

#define ENTRY_BYTES 8
#define PTE_V UINT64_C(0x1)
#define PTE_R UINT64_C(0x2)
#define PTE_W UINT64_C(0x4)
#define PTE_X UINT64_C(0x8)
/* Bits 63..54 are memory attributes (Svpbmt, Svnapot, of vendors): no part of the address. */
#define PTE_PPN_SHIFT 10
#define PTE_PPN UINT64_C(0x00000fffffffffff)

static const char *const names[] = { "riscv64", "riscv64sf", NULL };

static const struct kvs_abi abi = {
	.names = names,
	.elf_class = 2,
	.elf_data = 1,
	.pointer_bytes = 8,
	.va_bits = 64,
	.pa_bits = 56,
};

#define FIELDS_OF_VERSION_1                                                                        \
	.msgbufsize = { 28, 4 }, .bitmapsize = { 32, 4 }, .mapsize = { 36, 4 },                    \
	.kernbase = { 40, 8 }, .dmapphys = { 48, 8 }, .dmapbase = { 56, 8 }, .dmapend = { 64, 8 }, \
	.bitmap_word = 8

static const struct kvs_frame frames[] = {
	{ .version = 1, .header_bytes = 72, FIELDS_OF_VERSION_1 },
	{ .version = 2, .header_bytes = 76, FIELDS_OF_VERSION_1, .dumpavailsize = { 72, 4 } },
};

static const struct kvs_minidump minidump = {
	.magic = "minidump FreeBSD/riscv",
	.version_offset = 24,
	.frames = frames,
	.nframes = sizeof(frames) / sizeof(frames[0]),
};

/* Without R, W and X an entry points to a next level: the flat map has none. */
static struct kvs_entry
decode(uint64_t raw, unsigned level)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	(void)level;
	if ((raw & PTE_V) == 0 || (raw & (PTE_R | PTE_W | PTE_X)) == 0)
		return entry;
	entry.kind = KVS_ENTRY_PAGE;
	entry.pa = (raw >> PTE_PPN_SHIFT & PTE_PPN) << 12;
	entry.protection = KVMSAFE_READ | ((raw & PTE_W) != 0 ? KVMSAFE_WRITE : 0U) |
	    ((raw & PTE_X) != 0 ? KVMSAFE_EXECUTE : 0U);
	return entry;
}

static const struct kvs_radix flat = {
	.levels = 1, .entry_bytes = ENTRY_BYTES, .level = { { 12, 9 } }, .decode = decode
};

static enum kvmsafe_status
minidump_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const enum kvmsafe_status status = kvs_dump_add_direct_map(dump, space, err);

	return status != KVMSAFE_OK ? status : kvs_dump_add_map(dump, &flat, 0, space, err);
}

static const struct kvs_core core = { .delta = NULL }; /* physical addresses only */

const struct kvs_arch kvs_arch_riscv64 = {
	.name = "riscv64",
	.elf_machine = 243,
	.page_shift = 12,
	.abis = &abi,
	.nabis = 1,
	.minidump = &minidump,
	.space = minidump_space,
	.core = &core,
};
