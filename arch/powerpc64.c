/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * powerpc64, both byte orders: minidumps of versions 1 and 2 of kernels with a hashed page table
 * (mmu_g5, mmu_phyp) or radix tables (mmu_radix); full cores by kernel or physical address.
 *
 * Sources: FreeBSD 13-CURRENT of October 2019 and main of 2024, sys/powerpc/powerpc/
 * minidump_machdep.c, sys/powerpc/aim/mmu_oea64.c, moea64_native.c, mmu_radix.c, sys/powerpc/
 * pseries/mmu_phyp.c, sys/powerpc/include/minidump.h; lib/libkvm/kvm_minidump_powerpc64*.c of 2021
 * and 2026; kvm_powerpc64.c.
 *
 * The kernel is linked at a low address and runs elsewhere: link addresses are an alias of the
 * image in the direct map. Tables are big-endian whatever the kernel's order, but for those that
 * mmu_phyp copies out of the hypervisor's answers.
 */
#include "arch/arch.h"

#include <inttypes.h>
#include <string.h>

#include "util/checked.h"
#include "util/error.h"
#include "xlat/hashed.h"

#define PAGE_SHIFT 12
#define MMU_NAME 32 /* offset and bytes of its name in the header */
#define LINK_START UINT64_C(0x100100) /* `kernbase`: startkernel is where it runs */
#define IMAGE_FIRST UINT64_C(0x100000) /* what boots the kernel lies below */

/* Indices in own[]. */
enum { KERNEND, HW_DIRECT_MAP, STARTKERNEL, ENDKERNEL };

static const char *const names_be[] = { "powerpc64", NULL };
static const char *const names_le[] = { "powerpc64le", NULL };

static const struct kvs_abi abis[] = {
	{ .names = names_be,
	    .elf_class = 2,
	    .elf_data = 2,
	    .pointer_bytes = 8,
	    .va_bits = 64,
	    .pa_bits = 56 },
	{ .names = names_le,
	    .elf_class = 2,
	    .elf_data = 1,
	    .pointer_bytes = 8,
	    .va_bits = 64,
	    .pa_bits = 56 },
};

#define FIELDS_OF_VERSION_1                                                                        \
	.msgbufsize = { 68, 4 }, .bitmapsize = { 72, 4 }, .mapsize = { 76, 4 },                    \
	.kernbase = { 80, 8 }, .dmapbase = { 96, 8 }, .dmapend = { 104, 8 },                       \
	.own = { [KERNEND] = { 88, 8 },                                                            \
		[HW_DIRECT_MAP] = { 112, 4 },                                                      \
		[STARTKERNEL] = { 120, 8 },                                                        \
		[ENDKERNEL] = { 128, 8 } },                                                        \
	.bitmap_word = 8

static const struct kvs_frame frames[] = {
	{ .version = 1, .header_bytes = 136, FIELDS_OF_VERSION_1 },
	{ .version = 2, .header_bytes = 140, FIELDS_OF_VERSION_1, .dumpavailsize = { 136, 4 } },
};

static const struct kvs_minidump minidump = {
	.magic = "minidump FreeBSD/powerpc64",
	.version_offset = 64,
	.frames = frames,
	.nframes = sizeof(frames) / sizeof(frames[0]),
};

/* ---- Radix tables ---- */

#define RPTE_VALID (UINT64_C(1) << 63)
#define RPTE_LEAF (UINT64_C(1) << 62)
#define RPTE_FRAME UINT64_C(0x00fffffffffff000)
#define RPTE_READ UINT64_C(6) /* read, or write and read */
#define RPTE_WRITE UINT64_C(2)
#define RPTE_EXECUTE UINT64_C(1)
#define ROOT_LEVEL 3
#define ROOT_ENTRIES (UINT64_C(1) << 13)
#define RADIX_SHIFT 52 /* what the root's index does not cover must be that of kernbase */

static struct kvs_entry
decode_radix(uint64_t raw, unsigned level)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID, .pa = raw & RPTE_FRAME };

	if ((raw & RPTE_VALID) == 0)
		return entry;
	if ((raw & RPTE_LEAF) == 0) {
		entry.kind = level == 0 ? KVS_ENTRY_INVALID : KVS_ENTRY_TABLE;
		return entry;
	}
	entry.kind = level == ROOT_LEVEL ? KVS_ENTRY_REFUSED : KVS_ENTRY_PAGE;
	entry.protection = ((raw & RPTE_READ) != 0 ? KVMSAFE_READ : 0U) |
	    ((raw & RPTE_WRITE) != 0 ? KVMSAFE_WRITE : 0U) |
	    ((raw & RPTE_EXECUTE) != 0 ? KVMSAFE_EXECUTE : 0U);
	return entry;
}

static const struct kvs_radix radix = {
	.levels = 4,
	.entry_bytes = 8,
	.level = { { 12, 9 }, { 21, 9 }, { 30, 9 }, { 39, 13 } },
	.decode = decode_radix,
};

static void
add_radix(const struct kvs_dump *dump, struct kvs_space *space)
{
	const uint64_t kernbase = dump->header.kernbase;
	const uint64_t base = kernbase >> RADIX_SHIFT << RADIX_SHIFT;
	const struct kvs_range range = {
		.first = kernbase,
		.last = base + ((UINT64_C(1) << RADIX_SHIFT) - 1),
		.method = &kvs_radix_walk,
		.base = base,
		.table = { KVS_IN_FILE, KVS_BE, dump->layout.map.offset, ROOT_ENTRIES },
		.level = ROOT_LEVEL,
		.form = &radix,
	};

	kvs_space_add(space, &range);
}

/* ---- The hashed table ---- */

#define HASHED_BYTES_MIN UINT64_C(0x40000)
#define SEGMENT_BYTES (UINT64_C(1) << 28)

static void
add_hashed(const struct kvs_dump *dump, bool hypervisor, struct kvs_space *space)
{
	struct kvs_range range = {
		.first = 0,
		.last = UINT64_MAX,
		.method = &kvs_hashed_walk,
		.base = dump->header.dmapbase,
		.mask = dump->header.dmapend,
		.table = kvs_dump_map_table(dump, KVS_HASHED_ENTRY_BYTES),
	};

	struct kvs_table present = range.table;

	present.entries = dump->layout.map.present / KVS_HASHED_ENTRY_BYTES;
	range.table.order = KVS_BE;
	if (hypervisor && dump->order == KVS_LE)
		range.table.order = kvs_hashed_order(dump->source, &present);
	kvs_space_add(space, &range);
}

/* ---- What both have in common ---- */

enum mmu { MMU_HASHED, MMU_HYPERVISOR, MMU_RADIX, MMU_BOOKE, MMUS };

static const char *const mmus[] = {
	[MMU_HASHED] = "mmu_g5",
	[MMU_HYPERVISOR] = "mmu_phyp",
	[MMU_RADIX] = "mmu_radix",
	[MMU_BOOKE] = "mmu_booke",
};

static enum kvmsafe_status
find_mmu(const struct kvs_dump *dump, enum mmu *out, struct kvmsafe_error *err)
{
	const char *const name = (const char *)dump->head.bytes + MMU_NAME;

	if (memchr(name, '\0', MMU_NAME) == NULL)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, MMU_NAME,
		    "mmu_name: a zero within its %d bytes expected, found \"%.*s\"", MMU_NAME,
		    MMU_NAME, name);
	for (unsigned i = 0; i < MMUS; i++)
		if (strncmp(name, mmus[i], MMU_NAME) == 0) {
			*out = (enum mmu)i;
			return KVMSAFE_OK;
		}
	return kvs_fail_at(err, KVMSAFE_UNSUPPORTED, KVMSAFE_FILE_OFFSET, MMU_NAME,
	    "mmu_name: mmu_g5, mmu_phyp, mmu_radix or mmu_booke expected, found \"%.*s\"", MMU_NAME,
	    name);
}

static bool
is_hashed(enum mmu mmu)
{
	return mmu == MMU_HASHED || mmu == MMU_HYPERVISOR;
}

/* Sizes of the map that each MMU writes; 0 is a machine whose writer has no map. */
static enum kvmsafe_status
check_map(const struct kvs_dump *dump, enum mmu mmu, struct kvmsafe_error *err)
{
	const uint64_t bytes = dump->header.mapsize;

	if (bytes == 0 || (mmu == MMU_RADIX && bytes == ROOT_ENTRIES * 8) ||
	    (is_hashed(mmu) && bytes >= HASHED_BYTES_MIN && (bytes & (bytes - 1)) == 0))
		return KVMSAFE_OK;
	return kvs_fail_at(err, mmu == MMU_BOOKE ? KVMSAFE_UNSUPPORTED : KVMSAFE_DAMAGED,
	    KVMSAFE_FILE_OFFSET, dump->frame->mapsize.offset,
	    "pmapsize: no map of %s has 0x%" PRIx64 " bytes", mmus[mmu], bytes);
}

/* The smallest power of two above n, 0 for 2^64. */
static uint64_t
power_above(uint64_t n)
{
	uint64_t power = 1;

	while (power != 0 && power <= n)
		power <<= 1;
	return power;
}

/* kernend and dmapend are inclusive. */
static enum kvmsafe_status
check_bases(const struct kvs_dump *dump, enum mmu mmu, struct kvmsafe_error *err)
{
	const struct kvs_header *const header = &dump->header;
	const uint64_t unit = power_above(header->dmapend - header->dmapbase);
	uint16_t at = 0;

	if (header->kernbase >= header->own[KERNEND])
		at = dump->frame->own[KERNEND].offset;
	else if (is_hashed(mmu) && (header->kernbase & (SEGMENT_BYTES - 1)) != 0)
		at = dump->frame->kernbase.offset;
	else if (header->dmapbase > header->dmapend)
		at = dump->frame->dmapend.offset;
	else if ((header->dmapbase & (unit - 1)) != 0)
		at = dump->frame->dmapbase.offset;
	else if (header->own[ENDKERNEL] < header->own[STARTKERNEL])
		at = dump->frame->own[ENDKERNEL].offset;
	if (at == 0)
		return KVMSAFE_OK;
	return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, at,
	    "minidump header: bases that no %s has: kernbase 0x%" PRIx64 ", kernend 0x%" PRIx64
	    ", dmapbase 0x%" PRIx64 ", dmapend 0x%" PRIx64,
	    mmus[mmu], header->kernbase, header->own[KERNEND], header->dmapbase, header->dmapend);
}

/* Link addresses of the image, to where it runs; and the direct map, right under every MMU. */
static enum kvmsafe_status
add_image_and_direct_map(
    const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const struct kvs_header *const header = &dump->header;
	const uint64_t displacement = header->own[STARTKERNEL] - LINK_START;
	struct kvs_range image = {
		.first = IMAGE_FIRST, .method = &kvs_alias, .base = displacement
	};
	const struct kvs_range direct = {
		.first = header->dmapbase,
		.last = header->dmapend,
		.method = &kvs_linear,
		.base = -header->dmapbase,
	};
	uint64_t end;

	if (!kvs_add(LINK_START, header->own[ENDKERNEL] - header->own[STARTKERNEL], &end) ||
	    !kvs_round_up(end, PAGE_SHIFT, &end))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
		    dump->frame->own[ENDKERNEL].offset,
		    "endkernel: an image from 0x%" PRIx64 " to 0x%" PRIx64 " passes 2^64 as linked",
		    header->own[STARTKERNEL], header->own[ENDKERNEL]);
	image.last = end - 1;
	space->displacement = displacement;
	kvs_space_add(space, &image);
	kvs_space_add(space, &direct);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
minidump_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	enum mmu mmu = MMU_HASHED;
	enum kvmsafe_status status = find_mmu(dump, &mmu, err);

	if (status == KVMSAFE_OK)
		status = check_map(dump, mmu, err);
	if (status == KVMSAFE_OK)
		status = check_bases(dump, mmu, err);
	if (status == KVMSAFE_OK)
		status = add_image_and_direct_map(dump, space, err);
	if (status != KVMSAFE_OK || dump->header.mapsize == 0)
		return status;
	if (mmu == MMU_RADIX)
		add_radix(dump, space);
	else
		add_hashed(dump, mmu == MMU_HYPERVISOR, space);
	return KVMSAFE_OK;
}

static const struct kvs_core core = { .delta = NULL };

const struct kvs_arch kvs_arch_powerpc64 = {
	.name = "powerpc64",
	.elf_machine = 21,
	.dyn_kernel = true,
	.page_shift = PAGE_SHIFT,
	.abis = abis,
	.nabis = sizeof(abis) / sizeof(abis[0]),
	.minidump = &minidump,
	.space = minidump_space,
	.core = &core,
};
