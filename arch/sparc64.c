/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sparc64: full dumps in a format of its own, no ELF, no magic, always big-endian.
 *
 * Sources: FreeBSD 8.3, 10.0, 11.3, 12.2 and main of late 2019, sys/sparc64/sparc64/
 * dump_machdep.c, sys/sparc64/include/kerneldump.h, vmparam.h; lib/libkvm/kvm_sparc64.c.
 *
 * The header names the memory banks in the firmware's order and where the kernel's TSB lies. Above
 * the hole of the address space all is the direct map; below it the TSB decides.
 */
#include "arch/arch.h"

#include <inttypes.h>

#include "util/checked.h"
#include "util/error.h"
#include "xlat/tsb.h"

#define PAGE_SHIFT 13
#define PA_END (UINT64_C(1) << 43)
#define DIRECT_FIRST UINT64_C(0xfffff80000000000)
#define REGIONS_MAX 128 /* of the firmware's list */

/* The header, 40 bytes, and its region descriptors of 24. */
enum { HDR_SIZE = 0, TSB_PA = 8, TSB_SIZE = 16, TSB_MASK = 24, NREGIONS = 32, HEADER_BYTES = 40 };
enum { DR_PA = 0, DR_SIZE = 8, DR_OFFSET = 16, DESCRIPTOR_BYTES = 24 };

static const char *const names[] = { "sparc64", NULL };

static const struct kvs_abi abi = {
	.names = names,
	.elf_class = 2,
	.elf_data = 2,
	.pointer_bytes = 8,
	.va_bits = 64,
	.pa_bits = 43,
};

static struct kvs_view
big_endian(const struct kvs_view *head)
{
	struct kvs_view view = *head;

	view.order = KVS_BE;
	return view;
}

/* Regions that the header names; 0: not a number of regions. */
static uint64_t
count_regions(struct kvs_view *view)
{
	const uint64_t n =
	    kvs_view_uint(view, NREGIONS, 4); /* signed there: negative is too large */

	return n <= REGIONS_MAX ? n : 0;
}

static size_t
descriptor(uint64_t n)
{
	return HEADER_BYTES + (size_t)n * DESCRIPTOR_BYTES;
}

/* What hdr_size should be: the header goes out in blocks of 512 bytes. */
static uint64_t
header_bytes(uint64_t n)
{
	return (descriptor(n) + 511) & ~UINT64_C(511);
}

/* What every known writer makes true: it stands for the magic. */
static bool
probe(const struct kvs_view *head)
{
	struct kvs_view view = big_endian(head);
	const uint64_t n = count_regions(&view);
	uint64_t expected = header_bytes(n);

	if (n == 0 || kvs_view_uint(&view, HDR_SIZE, 8) != expected ||
	    kvs_view_uint(&view, TSB_SIZE, 8) !=
		KVS_TSB_ENTRY_BYTES * (kvs_view_uint(&view, TSB_MASK, 8) + 1))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (kvs_view_uint(&view, descriptor(i) + DR_OFFSET, 8) != expected)
			return false;
		expected += kvs_view_uint(&view, descriptor(i) + DR_SIZE, 8);
	}
	return !view.overran;
}

static enum kvmsafe_status
add_region(struct kvs_view *view, uint64_t i, uint64_t file_bytes, struct kvs_segments *segments,
    struct kvmsafe_error *err)
{
	const size_t at = descriptor(i);
	const uint64_t pa = kvs_view_uint(view, at + DR_PA, 8);
	const uint64_t bytes = kvs_view_uint(view, at + DR_SIZE, 8);
	const uint64_t offset = kvs_view_uint(view, at + DR_OFFSET, 8);

	if (!kvs_within(pa, bytes, PA_END))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, at,
		    "region %" PRIu64 ": it ends above 2^43: PA 0x%" PRIx64 ", 0x%" PRIx64 " bytes",
		    i, pa, bytes);
	if (bytes > 0 && (offset < descriptor(count_regions(view)) || bytes > UINT64_MAX - offset))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, at + DR_OFFSET,
		    "region %" PRIu64 ": its data at 0x%" PRIx64 " lie in the header or pass 2^64",
		    i, offset);
	return kvs_segments_add(segments,
	    &(struct kvs_segment){
		.address = pa, .bytes = bytes, .offset = offset, .dumped = bytes },
	    file_bytes, err);
}

/* What no writer does, though it can be read: sizes that are no pages, offsets that are no chain. */
static void
note_suspects(struct kvs_view *view, uint64_t n, struct kvs_findings *findings)
{
	uint64_t expected = kvs_view_uint(view, HDR_SIZE, 8);

	if (expected != header_bytes(n))
		kvs_findings_note(findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, HDR_SIZE,
		    "hdr_size: %" PRIu64 " expected for %" PRIu64 " regions, found %" PRIu64,
		    header_bytes(n), n, expected);
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t bytes = kvs_view_uint(view, descriptor(i) + DR_SIZE, 8);
		const uint64_t offset = kvs_view_uint(view, descriptor(i) + DR_OFFSET, 8);

		if (bytes % (UINT64_C(1) << PAGE_SHIFT) != 0)
			kvs_findings_note(findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
			    descriptor(i) + DR_SIZE,
			    "region %" PRIu64 ": whole pages expected, found 0x%" PRIx64 " bytes",
			    i, bytes);
		if (offset != expected)
			kvs_findings_note(findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
			    descriptor(i) + DR_OFFSET,
			    "region %" PRIu64 ": data at 0x%" PRIx64 " expected, found 0x%" PRIx64,
			    i, expected, offset);
		expected = offset + bytes;
	}
}

/* Two banks at one address cannot be: unlike program headers, these come from the firmware. */
static enum kvmsafe_status
check_overlap(struct kvs_view *view, uint64_t n, struct kvmsafe_error *err)
{
	for (uint64_t i = 0; i < n; i++)
		for (uint64_t j = 0; j < i; j++) {
			const uint64_t a = kvs_view_uint(view, descriptor(i) + DR_PA, 8);
			const uint64_t b = kvs_view_uint(view, descriptor(j) + DR_PA, 8);
			const uint64_t a_end = a + kvs_view_uint(view, descriptor(i) + DR_SIZE, 8);
			const uint64_t b_end = b + kvs_view_uint(view, descriptor(j) + DR_SIZE, 8);

			if (a < b_end && b < a_end)
				return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
				    descriptor(i),
				    "region %" PRIu64 " at PA 0x%" PRIx64
				    ": it overlaps region %" PRIu64 " at PA 0x%" PRIx64,
				    i, a, j, b);
		}
	return KVMSAFE_OK;
}

static enum kvmsafe_status
segments(const struct kvs_view *head, uint64_t file_bytes, struct kvs_segments *segments,
    struct kvs_findings *findings, struct kvmsafe_error *err)
{
	struct kvs_view view = big_endian(head);
	const uint64_t n = count_regions(&view);
	enum kvmsafe_status status = KVMSAFE_OK;

	if (view.overran || (n > 0 && descriptor(n) > view.len))
		return kvs_fail_at(err, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET, view.len,
		    "sparc64 header: the file ends after %zu bytes", view.len);
	if (n == 0)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, NREGIONS,
		    "sparc64 header: 1 to %d regions expected, found %" PRIu64, REGIONS_MAX,
		    kvs_view_uint(&view, NREGIONS, 4));
	for (uint64_t i = 0; i < n && status == KVMSAFE_OK; i++)
		status = add_region(&view, i, file_bytes, segments, err);
	if (status == KVMSAFE_OK)
		status = check_overlap(&view, n, err);
	if (status != KVMSAFE_OK)
		return status;
	note_suspects(&view, n, findings);
	return KVMSAFE_OK;
}

static const struct kvs_own own = {
	.probe = probe,
	.segments = segments,
	.head_bytes = HEADER_BYTES + REGIONS_MAX * DESCRIPTOR_BYTES,
	.most_segments = REGIONS_MAX,
};

/* Is the TSB inside one region, as the header promises it? */
static bool
tsb_in_memory(const struct kvs_dump *dump, uint64_t pa, uint64_t bytes)
{
	struct kvs_view view = big_endian(&dump->head);
	const uint64_t n = count_regions(&view);

	for (uint64_t i = 0; i < n; i++) {
		const uint64_t start = kvs_view_uint(&view, descriptor(i) + DR_PA, 8);
		const uint64_t size = kvs_view_uint(&view, descriptor(i) + DR_SIZE, 8);

		if (pa >= start && kvs_within(pa - start, bytes, size))
			return true;
	}
	return false;
}

static enum kvmsafe_status
add_tsb(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	struct kvs_view view = big_endian(&dump->head);
	const uint64_t pa = kvs_view_uint(&view, TSB_PA, 8);
	const uint64_t bytes = kvs_view_uint(&view, TSB_SIZE, 8);
	const uint64_t mask = kvs_view_uint(&view, TSB_MASK, 8);
	const struct kvs_range range = {
		.first = 0,
		.last = DIRECT_FIRST - 1,
		.method = &kvs_tsb_walk,
		.mask = mask,
		.table = { KVS_IN_MEMORY, KVS_BE, pa, mask + 1 },
	};

	if (mask >= UINT64_C(1) << 38 || (mask + 1) * KVS_TSB_ENTRY_BYTES > bytes)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, TSB_MASK,
		    "tsb_mask: 0x%" PRIx64 " has no room in a TSB of 0x%" PRIx64 " bytes", mask,
		    bytes);
	if (pa % KVS_TSB_ENTRY_BYTES != 0 || !tsb_in_memory(dump, pa, bytes))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, TSB_PA,
		    "tsb_pa: the TSB is not in the dump: PA 0x%" PRIx64 ", 0x%" PRIx64 " bytes", pa,
		    bytes);
	kvs_space_add(space, &range);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
build_space(const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const struct kvs_range direct = {
		.first = DIRECT_FIRST,
		.last = UINT64_MAX,
		.method = &kvs_linear,
		.base = -DIRECT_FIRST, /* 43 bits of address, from 0 on */
	};

	kvs_space_add(space, &direct);
	return add_tsb(dump, space, err);
}

const struct kvs_arch kvs_arch_sparc64 = {
	.name = "sparc64",
	.elf_machine = 43,
	.page_shift = PAGE_SHIFT,
	.abis = &abi,
	.nabis = 1,
	.own = &own,
	.space = build_space,
};
