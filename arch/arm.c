/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * arm, 32-bit: minidumps of versions 1 and 2, full cores; the descriptors of v6/v7 and of v4/v5.
 *
 * Sources: FreeBSD 12.1, sys/arm/arm/minidump_machdep.c, dump_machdep.c, pmap-v6.c, pmap-v4.c,
 * sys/arm/include/minidump.h, pte-v6.h; main of early 2025, sys/arm/arm/minidump_machdep.c,
 * lib/libkvm/kvm_arm.c and kvm_minidump_arm.c.
 *
 * The map is flat, a second-level descriptor for each 4 KiB from kernbase on, collected one by one:
 * its size is no multiple of a page, and the writer does not pad it. There is no direct map.
 */
#include "arch/arch.h"

#include <inttypes.h>

#include "util/error.h"

#define ENTRY_BYTES 4

/* Second level. */
#define L2_TYPE UINT64_C(3)
#define L2_INVALID 0
#define L2_LARGE 1
#define L2_SMALL 2 /* 3: small, not executable (v6); tiny (v4) */
#define L2_LARGE_FRAME UINT64_C(0xffff0000)
#define L2_SMALL_FRAME UINT64_C(0xfffff000)
#define L2_READ_ONLY (UINT64_C(1) << 7) /* v6 as FreeBSD sets it: libkvm's test */
#define L2_NO_EXECUTE UINT64_C(1) /* v6 */
#define L2_WRITABLE_V4 (UINT64_C(1) << 4)

/* First level. */
#define L1_ENTRIES 4096
#define L1_TABLE 1
#define L1_SECTION 2
#define L1_TABLE_FRAME UINT64_C(0xfffffc00)
#define L1_SECTION_FRAME UINT64_C(0xfff00000)
#define L1_SUPER (UINT64_C(1) << 18)
#define L1_SUPER_FRAME UINT64_C(0xff000000)
#define L1_SUPER_HIGH UINT64_C(0x00f001e0) /* address bits above 32, which no kernel sets */
#define L1_READ_ONLY (UINT64_C(1) << 15)
#define L1_NO_EXECUTE (UINT64_C(1) << 4)
#define SUPER_SHIFT 24

#define MMUFORMAT 0 /* index in own[] */

enum mmuformat { MMU_UNKNOWN, MMU_V4, MMU_V6, MMU_V6_LPAE };

static const char *const names_le[] = { "armv7", "armv6", "arm", "armv6hf", NULL };
static const char *const names_be[] = { "armeb", "armv6eb", NULL };

static const struct kvs_abi abis[] = {
	{ .names = names_le,
	    .elf_class = 1,
	    .elf_data = 1,
	    .pointer_bytes = 4,
	    .va_bits = 32,
	    .pa_bits = 32 },
	{ .names = names_be, /* up to 12.x */
	    .elf_class = 1,
	    .elf_data = 2,
	    .pointer_bytes = 4,
	    .va_bits = 32,
	    .pa_bits = 32 },
};

/* The oldest headers of version 1 end at 44, with zeros behind; at 44 is the compiler's arch. */
#define FIELDS_OF_VERSION_1                                                                        \
	.msgbufsize = { 28, 4 }, .bitmapsize = { 32, 4 }, .mapsize = { 36, 4 },                    \
	.kernbase = { 40, 4 }, .own = { [MMUFORMAT] = { 48, 4 } }, .bitmap_word = 4,               \
	.map_unpadded = true

static const struct kvs_frame frames[] = {
	{ .version = 1, .header_bytes = 52, FIELDS_OF_VERSION_1 },
	{ .version = 2, .header_bytes = 56, FIELDS_OF_VERSION_1, .dumpavailsize = { 52, 4 } },
};

static const struct kvs_minidump minidump = {
	.magic = "minidump FreeBSD/arm",
	.version_offset = 24,
	.frames = frames,
	.nframes = sizeof(frames) / sizeof(frames[0]),
	.avail_maybe_32bit = true,
};

static struct kvs_entry
large_page(uint64_t raw, uint32_t protection)
{
	return (struct kvs_entry){ .kind = KVS_ENTRY_PAGE,
		.shift = 16,
		.pa = raw & L2_LARGE_FRAME,
		.protection = protection };
}

static struct kvs_entry
small_page(uint64_t raw, uint32_t protection)
{
	return (struct kvs_entry){
		.kind = KVS_ENTRY_PAGE, .pa = raw & L2_SMALL_FRAME, .protection = protection
	};
}

static struct kvs_entry
decode_l2_v6(uint64_t raw)
{
	const uint32_t protection = KVMSAFE_READ |
	    ((raw & L2_READ_ONLY) == 0 ? KVMSAFE_WRITE : 0U) |
	    ((raw & L2_NO_EXECUTE) == 0 ? KVMSAFE_EXECUTE : 0U);

	switch (raw & L2_TYPE) {
	case L2_INVALID:
		return (struct kvs_entry){ .kind = KVS_ENTRY_INVALID };
	case L2_LARGE:
		return large_page(raw, protection);
	default:
		return small_page(raw, protection);
	}
}

static struct kvs_entry
decode_v4(uint64_t raw, unsigned level)
{
	const uint32_t protection =
	    KVMSAFE_READ | ((raw & L2_WRITABLE_V4) != 0 ? KVMSAFE_WRITE : 0U);

	(void)level; /* of minidumps alone, whose map has one */
	switch (raw & L2_TYPE) {
	case L2_INVALID:
		return (struct kvs_entry){ .kind = KVS_ENTRY_INVALID };
	case L2_LARGE:
		return large_page(raw, protection);
	case L2_SMALL:
		return small_page(raw, protection);
	default:
		return (struct kvs_entry){ .kind = KVS_ENTRY_REFUSED }; /* tiny pages */
	}
}

static struct kvs_entry
decode_section(uint64_t raw)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_PAGE, .pa = raw & L1_SECTION_FRAME };

	entry.protection = KVMSAFE_READ | ((raw & L1_READ_ONLY) == 0 ? KVMSAFE_WRITE : 0U) |
	    ((raw & L1_NO_EXECUTE) == 0 ? KVMSAFE_EXECUTE : 0U);
	if ((raw & L1_SUPER) == 0)
		return entry;
	entry.pa = raw & L1_SUPER_FRAME;
	entry.shift = SUPER_SHIFT;
	if ((raw & L1_SUPER_HIGH) != 0)
		entry.kind = KVS_ENTRY_REFUSED;
	return entry;
}

static struct kvs_entry
decode_v6(uint64_t raw, unsigned level)
{
	if (level == 0)
		return decode_l2_v6(raw);
	switch (raw & L2_TYPE) {
	case L2_INVALID:
		return (struct kvs_entry){ .kind = KVS_ENTRY_INVALID };
	case L1_TABLE:
		return (struct kvs_entry){ .kind = KVS_ENTRY_TABLE, .pa = raw & L1_TABLE_FRAME };
	case L1_SECTION:
		return decode_section(raw);
	default:
		return (struct kvs_entry){ .kind = KVS_ENTRY_REFUSED }; /* FreeBSD writes none */
	}
}

static const struct kvs_radix v6 = {
	.levels = 2,
	.entry_bytes = ENTRY_BYTES,
	.level = { { 12, 8 }, { 20, 12 } },
	.decode = decode_v6,
};

static const struct kvs_radix v4 = {
	.levels = 1,
	.entry_bytes = ENTRY_BYTES,
	.level = { { 12, 8 } },
	.decode = decode_v4,
};

static enum kvmsafe_status
minidump_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const uint64_t mmuformat = dump->header.own[MMUFORMAT];

	if (mmuformat > MMU_V6)
		return kvs_fail_at(err, KVMSAFE_UNSUPPORTED, KVMSAFE_FILE_OFFSET,
		    dump->frame->own[MMUFORMAT].offset,
		    "mmuformat: 0 to 2 expected (3 is LPAE, which we lack), found %" PRIu64,
		    mmuformat);
	return kvs_dump_add_map(dump, mmuformat == MMU_V4 ? &v4 : &v6, 0, space, err);
}

/* ---- Full cores ---- */

/* Two guesses: the header that the writer adds, and two symbols that stand for it. */
static enum kvmsafe_status
core_delta(
    const struct kvs_dump *dump, uint64_t *cursor, uint64_t *delta, struct kvmsafe_error *err)
{
	const struct kvs_dump_delta *const header = &dump->core->delta;
	struct kvs_value kernbase, physaddr = { .known = false };
	enum kvmsafe_status status;

	if (*cursor == 0 && header->present) {
		*cursor = 1;
		*delta = header->paddr - header->vaddr;
		return KVMSAFE_OK;
	}
	if (*cursor > 1)
		return KVMSAFE_NOT_FOUND;
	status = kvs_provider_value(dump->provider, "kernbase", &kernbase, err);
	if (status == KVMSAFE_OK)
		status = kvs_provider_value(dump->provider, "physaddr", &physaddr, err);
	if (status != KVMSAFE_OK)
		return status;
	*cursor = 2;
	*delta = physaddr.value - kernbase.value;
	return kernbase.known && physaddr.known ? KVMSAFE_OK : KVMSAFE_NOT_FOUND;
}

/* Walk from this first-level table; does the variable that named it lead to where it was read? */
static bool
try_root(const struct kvs_dump *dump, uint64_t root, const struct kvs_witness *seen,
    struct kvs_space *space)
{
	const size_t ranges = space->ranges;
	const struct kvs_range range = {
		.first = 0,
		.last = UINT32_MAX,
		.method = &kvs_radix_walk,
		.table = { KVS_IN_MEMORY, dump->order, root, L1_ENTRIES },
		.level = 1,
		.form = &v6,
	};
	struct kvmsafe_translation answer;

	if (root % ((uint64_t)L1_ENTRIES * ENTRY_BYTES) != 0)
		return false;
	kvs_space_add(space, &range);
	if (kvs_space_find(space, seen->va, &answer, NULL) == KVMSAFE_OK && answer.pa == seen->pa)
		return true;
	space->ranges = ranges;
	return false;
}

/*
 * kernel_l1pa holds, despite its name, the table's virtual address (13.1); older kernels may have
 * meant its physical one. Sums are of 32 bits: memory may lie above the kernel's addresses.
 */
static enum kvmsafe_status
core_space(const struct kvs_dump *dump, uint64_t delta, struct kvs_space *space,
    struct kvs_witness *seen, struct kvmsafe_error *err)
{
	struct kvs_value at;
	uint64_t value = 0;
	enum kvmsafe_status status = kvs_provider_value(dump->provider, "kernel_l1pa", &at, err);

	if (status == KVMSAFE_OK && !at.known)
		return kvs_fail(err, KVMSAFE_KERNEL_NEEDED,
		    "page-table root: the symbol kernel_l1pa is needed, the kernel does not have "
		    "it");
	seen->va = at.value;
	seen->pa = (at.value + delta) & UINT32_MAX;
	if (status == KVMSAFE_OK)
		status = kvs_dump_load(dump, seen->pa, ENTRY_BYTES, &value, err);
	if (status != KVMSAFE_OK)
		return status;
	if (try_root(dump, (value + delta) & UINT32_MAX, seen, space) ||
	    try_root(dump, value, seen, space))
		return KVMSAFE_OK;
	return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_PA, seen->pa,
	    "root page table not found: kernel_l1pa is 0x%" PRIx64
	    ", no table there leads back to it",
	    value);
}

static const struct kvs_core core = { .delta = core_delta, .space = core_space };

const struct kvs_arch kvs_arch_arm = {
	.name = "arm",
	.elf_machine = 40,
	.page_shift = 12,
	.abis = abis,
	.nabis = sizeof(abis) / sizeof(abis[0]),
	.minidump = &minidump,
	.space = minidump_space,
	.core = &core,
};
