/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * amd64: minidumps of versions 1 to 3, full cores with four and five levels of page tables.
 *
 * Sources: FreeBSD 12.1 and main of early 2025, sys/amd64/amd64/minidump_machdep.c,
 * sys/amd64/include/minidump.h, vmparam.h and pmap.h (header, map, bits of an entry);
 * lib/libkvm/kvm_minidump_amd64.c and kvm_amd64.c (order of tests, protection); FreeBSD 13.1,
 * sys/amd64/amd64/locore.S and sys/conf/ldscript.amd64 (kernphys, a kernel at any 2 MiB).
 *
 * The map of a minidump: version 1 has the page-table entries themselves, flat from kernbase;
 * versions 2 and 3 have the page directory's, whose tables are ordinary pages of the dump. It is
 * asked before the direct map. In a core the direct map is in the page tables.
 */
#include "arch/arch.h"

#include <inttypes.h>

#include "util/checked.h"
#include "util/error.h"

#define PAGE_SHIFT 12
#define LARGE_SHIFT 21
#define LARGE_PAGE (UINT64_C(1) << LARGE_SHIFT)
#define ENTRY_BYTES 8

#define PG_V UINT64_C(0x1)
#define PG_RW UINT64_C(0x2)
#define PG_PS UINT64_C(0x80) /* in an entry of level 0: PAT */
#define PG_NX (UINT64_C(1) << 63)
#define PG_FRAME UINT64_C(0x000ffffffffff000)

#define KERNEL_BELOW (UINT64_C(1) << 39) /* physical: loaders stay below 4 GiB, where they can */
#define KERNBASE UINT64_C(0xffffffff80000000) /* of the image: vmparam.h, all versions */

static const char *const names[] = { "amd64", NULL };

static const struct kvs_abi abi = {
	.names = names,
	.elf_class = 2,
	.elf_data = 1,
	.pointer_bytes = 8,
	.va_bits = 64,
	.pa_bits = 52,
};

/* Versions 1 and 2 have one layout; the map's entries differ. */
#define FIELDS_OF_VERSION_1                                                                        \
	.msgbufsize = { 28, 4 }, .bitmapsize = { 32, 4 }, .mapsize = { 36, 4 },                    \
	.kernbase = { 40, 8 }, .dmapbase = { 48, 8 }, .dmapend = { 56, 8 }, .bitmap_word = 8

static const struct kvs_frame frames[] = {
	{ .version = 1, .header_bytes = 64, FIELDS_OF_VERSION_1 },
	{ .version = 2, .header_bytes = 64, FIELDS_OF_VERSION_1 },
	{ .version = 3, .header_bytes = 68, FIELDS_OF_VERSION_1, .dumpavailsize = { 64, 4 } },
};

static const struct kvs_minidump minidump = {
	.magic = "minidump FreeBSD/amd64",
	.version_offset = 24,
	.frames = frames,
	.nframes = sizeof(frames) / sizeof(frames[0]),
};

/* Of the last entry alone, as libkvm has it: what a table above takes away is not looked at. */
static uint32_t
protection(uint64_t raw)
{
	return KVMSAFE_READ | ((raw & PG_RW) != 0 ? KVMSAFE_WRITE : 0U) |
	    ((raw & PG_NX) == 0 ? KVMSAFE_EXECUTE : 0U);
}

/* Levels: 0 page table, 1 page directory, 2 pointers to those, 3 PML4, 4 PML5. */
static struct kvs_entry
decode(uint64_t raw, unsigned level)
{
	const bool page = level == 0 || (raw & PG_PS) != 0;
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	if ((raw & PG_V) == 0)
		return entry;
	entry.pa = raw & PG_FRAME; /* bit 12 of a large page is PAT: the walk clears it */
	if (!page) {
		entry.kind = KVS_ENTRY_TABLE;
	} else if (level < 3) {
		entry.kind = KVS_ENTRY_PAGE;
		entry.protection = protection(raw);
	} else {
		entry.kind = KVS_ENTRY_REFUSED; /* PS is reserved up there */
	}
	return entry;
}

static const struct kvs_radix la48 = {
	.levels = 4,
	.entry_bytes = ENTRY_BYTES,
	.level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 } },
	.decode = decode,
};

static const struct kvs_radix la57 = {
	.levels = 5,
	.entry_bytes = ENTRY_BYTES,
	.level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 9 }, { 48, 9 } },
	.decode = decode,
};

/* ---- Minidumps ---- */

/* PA 0 is at the start of the direct map: the header has no dmapphys, which so reads as 0. */
static enum kvmsafe_status
minidump_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const unsigned level = dump->header.version == 1 ? 0 : 1;
	const enum kvmsafe_status status = kvs_dump_add_map(dump, &la48, level, space, err);

	return status != KVMSAFE_OK ? status : kvs_dump_add_direct_map(dump, space, err);
}

/* ---- Full cores ---- */

/* Guesses in turn; a cursor of LARGE_PAGE and up is the next place of a moved kernel to look at. */
enum guess { GUESS_HEADER, GUESS_HEADER_WITHOUT_ALIGN, GUESS_KERNBASE, GUESSES };

static enum kvmsafe_status
kernbase_of(const struct kvs_dump *dump, uint64_t *kernbase, struct kvmsafe_error *err)
{
	struct kvs_value symbol;
	const enum kvmsafe_status status =
	    kvs_provider_value(dump->provider, "kernbase", &symbol, err);

	*kernbase = symbol.known ? symbol.value : KERNBASE;
	return status;
}

/* The next multiple of 2 MiB at or above *pa that the file holds. */
static bool
next_large(const struct kvs_dump *dump, uint64_t *pa)
{
	struct kvs_extent extent;

	while (
	    *pa < KERNEL_BELOW && kvs_physical_find(dump->physical, *pa, &extent) != KVMSAFE_OK) {
		*pa += kvs_min(extent.bytes, KERNEL_BELOW);
		*pa = (*pa + (LARGE_PAGE - 1)) & ~(LARGE_PAGE - 1);
	}
	return *pa < KERNEL_BELOW;
}

/*
 * Since 13.1 the kernel can lie at any multiple K of 2 MiB; what is mapped there is kernbase +
 * 2 MiB, and its variable kernphys holds K. (In older kernels kernphys is an absolute symbol of
 * value 2 MiB: what lies there says nothing, and the self check has the last word.) A file of holes
 * has room for any number of places: those looked at end at KERNEL_BELOW.
 */
static enum kvmsafe_status
next_moved(const struct kvs_dump *dump, uint64_t *place, uint64_t *delta, struct kvmsafe_error *err)
{
	struct kvs_value kernphys;
	uint64_t kernbase = 0, held;
	enum kvmsafe_status status = kvs_provider_value(dump->provider, "kernphys", &kernphys, err);

	if (status == KVMSAFE_OK)
		status = kernbase_of(dump, &kernbase, err);
	if (status != KVMSAFE_OK)
		return status;
	while (kernphys.known && next_large(dump, place)) {
		const uint64_t k = *place;

		*place += LARGE_PAGE;
		*delta = k - (kernbase + LARGE_PAGE);
		if (kvs_dump_load(dump, kernphys.value + *delta, ENTRY_BYTES, &held, NULL) ==
			KVMSAFE_OK &&
		    held == k)
			return KVMSAFE_OK;
	}
	return KVMSAFE_NOT_FOUND;
}

static enum kvmsafe_status
core_delta(
    const struct kvs_dump *dump, uint64_t *cursor, uint64_t *delta, struct kvmsafe_error *err)
{
	const struct kvs_dump_delta *header = &dump->core->delta;
	enum kvmsafe_status status = KVMSAFE_OK;
	uint64_t kernbase;

	if (*cursor == GUESS_HEADER && !header->present)
		*cursor = GUESS_KERNBASE;
	switch (*cursor) {
	case GUESS_HEADER:
		*delta = header->paddr - header->vaddr - header->align;
		break;
	case GUESS_HEADER_WITHOUT_ALIGN: /* no kernel is known to mean that */
		*delta = header->paddr - header->vaddr;
		break;
	case GUESS_KERNBASE:
		status = kernbase_of(dump, &kernbase, err);
		*delta = -kernbase;
		break;
	default:
		if (*cursor == GUESSES)
			*cursor = LARGE_PAGE; /* PA 0 holds 0 in every empty page */
		return next_moved(dump, cursor, delta, err);
	}
	++*cursor;
	return status;
}

/* A root that a variable of 8 bytes holds. */
static enum kvmsafe_status
load_root(const struct kvs_dump *dump, const char *name, uint64_t pa, uint64_t *root,
    struct kvmsafe_error *err)
{
	const enum kvmsafe_status status = kvs_dump_load(dump, pa, ENTRY_BYTES, root, err);

	if (status == KVMSAFE_OK && (*root & ~PG_FRAME) != 0)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_PA, pa,
		    "%s: the address of a page expected, found 0x%" PRIx64, name, *root);
	return status;
}

/* Both halves of the canonical addresses over one root: all between them is in no range. */
static void
add_halves(struct kvs_space *space, const struct kvs_radix *form, uint64_t root)
{
	const unsigned level = form->levels - 1U;
	const uint64_t half = UINT64_C(1)
	    << (form->level[level].shift + form->level[level].bits - 1U);
	const struct kvs_range lower = {
		.first = 0,
		.last = half - 1,
		.method = &kvs_radix_walk,
		.table = { KVS_IN_MEMORY, KVS_LE, root, UINT64_C(1) << form->level[level].bits },
		.level = level,
		.form = form,
	};
	struct kvs_range upper = lower;

	upper.first = -half;
	upper.last = UINT64_MAX;
	upper.base = -(2 * half); /* so that the first entry of the upper half is number 256 */
	kvs_space_add(space, &lower);
	kvs_space_add(space, &upper);
}

/*
 * With five levels KPML4phys is only the table of the last entry (kernbase and up): its walk would
 * alias the direct map (libkvm: _amd64_vatop).
 */
static enum kvmsafe_status
core_space(const struct kvs_dump *dump, uint64_t delta, struct kvs_space *space,
    struct kvs_witness *seen, struct kvmsafe_error *err)
{
	struct kvs_value at4, at5 = { .known = false };
	uint64_t root4 = 0, root5 = 0;
	enum kvmsafe_status status = kvs_provider_value(dump->provider, "KPML4phys", &at4, err);

	if (status == KVMSAFE_OK && !at4.known)
		return kvs_fail(err, KVMSAFE_KERNEL_NEEDED,
		    "page-table root: the symbol KPML4phys is needed, the kernel does not have it");
	seen->va = at4.value;
	seen->pa = at4.value + delta;
	if (status == KVMSAFE_OK)
		status = load_root(dump, "KPML4phys", seen->pa, &root4, err);
	if (status == KVMSAFE_OK)
		status = kvs_provider_value(dump->provider, "KPML5phys", &at5, err);
	if (at5.known)
		status = load_root(dump, "KPML5phys", at5.value + delta, &root5, err);
	if (status != KVMSAFE_OK)
		return status;
	if (root5 != 0)
		add_halves(space, &la57, root5);
	else
		add_halves(space, &la48, root4);
	return KVMSAFE_OK;
}

static const struct kvs_core core = { .delta = core_delta, .space = core_space };

const struct kvs_arch kvs_arch_amd64 = {
	.name = "amd64",
	.elf_machine = 62,
	.libkvm_repeats = true,
	.page_shift = PAGE_SHIFT,
	.abis = &abi,
	.nabis = 1,
	.minidump = &minidump,
	.space = minidump_space,
	.core = &core,
};
