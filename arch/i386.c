/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * i386, with and without PAE: minidumps of versions 1 and 2, full cores.
 *
 * Sources: FreeBSD 12.1, sys/i386/i386/minidump_machdep.c, sys/i386/include/minidump.h, pmap.h,
 * vmparam.h; 13-CURRENT of April 2019, sys/i386/i386/pmap.c; main of early 2025,
 * sys/i386/i386/minidump_machdep_base.c, lib/libkvm/kvm_i386.c and kvm_minidump_i386.c.
 *
 * The map is flat, a page-table entry for each 4 KiB from kernbase on: the writer expands large
 * pages. There is no direct map. Since 12.0 the kernel has an address space of its own, in which
 * its image lies at virtual addresses equal to the physical ones.
 */
#include "arch/arch.h"

#include <inttypes.h>

#include "util/error.h"

#define PG_V UINT64_C(0x1)
#define PG_RW UINT64_C(0x2)
#define PG_PS UINT64_C(0x80) /* in an entry of level 0: PAT */
#define PG_NX (UINT64_C(1) << 63)
#define PG_FRAME UINT64_C(0xfffff000)
#define PG_FRAME_PAE UINT64_C(0x000ffffffffff000)

#define PAEMODE 0 /* index in own[] */

/* Below it, kernels of 12.0 and later are linked, whose image is mapped one to one. */
#define ONE_TO_ONE_BELOW UINT64_C(0x10000000)

static const char *const names[] = { "i386", NULL };

static const struct kvs_abi abi = {
	.names = names,
	.elf_class = 1,
	.elf_data = 1,
	.pointer_bytes = 4,
	.va_bits = 32,
	.pa_bits = 52,
};

#define FIELDS_OF_VERSION_1                                                                        \
	.msgbufsize = { 28, 4 }, .bitmapsize = { 32, 4 }, .mapsize = { 36, 4 },                    \
	.kernbase = { 40, 4 }, .own = { [PAEMODE] = { 44, 4 } }, .bitmap_word = 4

static const struct kvs_frame frames[] = {
	{ .version = 1, .header_bytes = 48, FIELDS_OF_VERSION_1 },
	{ .version = 2, .header_bytes = 52, FIELDS_OF_VERSION_1, .dumpavailsize = { 48, 4 } },
};

static const struct kvs_minidump minidump = {
	.magic = "minidump FreeBSD/i386",
	.version_offset = 24,
	.frames = frames,
	.nframes = sizeof(frames) / sizeof(frames[0]),
};

static struct kvs_entry
decode(uint64_t raw, bool table, uint64_t frame)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	if ((raw & PG_V) == 0)
		return entry;
	entry.kind = table ? KVS_ENTRY_TABLE : KVS_ENTRY_PAGE;
	entry.pa = raw & frame;
	if (!table)
		entry.protection = KVMSAFE_READ | ((raw & PG_RW) != 0 ? KVMSAFE_WRITE : 0U) |
		    ((raw & PG_NX) == 0 ? KVMSAFE_EXECUTE : 0U);
	return entry;
}

static struct kvs_entry
decode_plain(uint64_t raw, unsigned level)
{
	return decode(raw, level > 0 && (raw & PG_PS) == 0, PG_FRAME);
}

/* The four entries of level 2 have no large pages: their PS bit is reserved, as all but V. */
static struct kvs_entry
decode_pae(uint64_t raw, unsigned level)
{
	return decode(raw, level == 2 || (level > 0 && (raw & PG_PS) == 0), PG_FRAME_PAE);
}

static const struct kvs_radix plain = {
	.levels = 2,
	.entry_bytes = 4,
	.level = { { 12, 10 }, { 22, 10 } },
	.decode = decode_plain,
};

static const struct kvs_radix pae = {
	.levels = 3,
	.entry_bytes = 8,
	.level = { { 12, 9 }, { 21, 9 }, { 30, 2 } },
	.decode = decode_pae,
};

static enum kvmsafe_status
minidump_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	return kvs_dump_add_map(
	    dump, dump->header.own[PAEMODE] != 0 ? &pae : &plain, 0, space, err);
}

/* ---- Full cores ---- */

/* Two guesses: one to one, and less kernbase; the likelier by kernbase comes first. */
static enum kvmsafe_status
core_delta(
    const struct kvs_dump *dump, uint64_t *cursor, uint64_t *delta, struct kvmsafe_error *err)
{
	struct kvs_value kernbase; /* unknown: 0, and both guesses are one */
	const enum kvmsafe_status status =
	    kvs_provider_value(dump->provider, "kernbase", &kernbase, err);
	const bool one_to_one_first = kernbase.value < ONE_TO_ONE_BELOW;

	if (*cursor > 1)
		return KVMSAFE_NOT_FOUND;
	*delta = (*cursor == 0) == one_to_one_first ? 0 : -kernbase.value;
	++*cursor;
	return status;
}

/* The first of two names that the kernel has. */
static enum kvmsafe_status
either(const struct kvs_dump *dump, const char *name, const char *other, struct kvs_value *out,
    struct kvmsafe_error *err)
{
	const enum kvmsafe_status status = kvs_provider_value(dump->provider, name, out, err);

	return status == KVMSAFE_OK && !out->known
	    ? kvs_provider_value(dump->provider, other, out, err)
	    : status;
}

/*
 * Which of the two pmaps runs. Kernels of 13.0 and later hold both and say so in pae_mode; before,
 * IdlePDPT is there in PAE kernels alone.
 */
static enum kvmsafe_status
runs_pae(const struct kvs_dump *dump, uint64_t delta, bool *answer, struct kvmsafe_error *err)
{
	struct kvs_value at;
	uint64_t value = 0;
	enum kvmsafe_status status = either(dump, "pae_mode", "IdlePDPT", &at, err);

	if (at.known)
		status = kvs_dump_load(dump, at.value + delta, 4, &value, err);
	*answer = value != 0;
	return status;
}

/* The directory is a page; the four entries of PAE are aligned to their size. */
static enum kvmsafe_status
add_root(
    struct kvs_space *space, const struct kvs_radix *form, uint64_t root, struct kvmsafe_error *err)
{
	const unsigned level = form->levels - 1U;
	const uint64_t entries = UINT64_C(1) << form->level[level].bits;
	const struct kvs_range range = {
		.first = 0,
		.last = UINT32_MAX,
		.method = &kvs_radix_walk,
		.table = { KVS_IN_MEMORY, KVS_LE, root, entries },
		.level = level,
		.form = form,
	};

	if (root % (entries * form->entry_bytes) != 0)
		return kvs_fail(err, KVMSAFE_DAMAGED,
		    "page-table root: a multiple of 0x%" PRIx64 " expected, found 0x%" PRIx64,
		    entries * form->entry_bytes, root);
	kvs_space_add(space, &range);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
core_space(const struct kvs_dump *dump, uint64_t delta, struct kvs_space *space,
    struct kvs_witness *seen, struct kvmsafe_error *err)
{
	struct kvs_value at = { .known = false };
	uint64_t root = 0;
	bool is_pae;
	enum kvmsafe_status status = runs_pae(dump, delta, &is_pae, err);

	if (status == KVMSAFE_OK)
		status = is_pae ? kvs_provider_value(dump->provider, "IdlePDPT", &at, err)
				: either(dump, "IdlePTD_nopae", "IdlePTD", &at, err);
	if (status != KVMSAFE_OK)
		return status;
	if (!at.known)
		return kvs_fail(err, KVMSAFE_KERNEL_NEEDED,
		    "page-table root: the symbol %s is needed, the kernel does not have it",
		    is_pae ? "IdlePDPT" : "IdlePTD_nopae or IdlePTD");
	seen->va = at.value;
	seen->pa = at.value + delta;
	status = kvs_dump_load(dump, seen->pa, 4, &root, err);
	return status != KVMSAFE_OK ? status : add_root(space, is_pae ? &pae : &plain, root, err);
}

static const struct kvs_core core = { .wraps = true, .delta = core_delta, .space = core_space };

const struct kvs_arch kvs_arch_i386 = {
	.name = "i386",
	.elf_machine = 3,
	.page_shift = 12,
	.abis = &abi,
	.nabis = 1,
	.minidump = &minidump,
	.space = minidump_space,
	.core = &core,
};
