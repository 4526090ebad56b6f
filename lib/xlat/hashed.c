/* SPDX-License-Identifier: BSD-2-Clause */
/* The hashed page table: a look-up of two groups, a walk over all slots. */
#include "xlat/hashed.h"

#include <inttypes.h>

#include "util/checked.h"
#include "util/error.h"

#define PAGE_SHIFT 12
#define PAGE (UINT64_C(1) << PAGE_SHIFT)
#define LARGE_SHIFT 24
#define SEGMENT_SHIFT 28 /* of 256 MiB */
#define GROUP_BYTES ((size_t)KVS_HASHED_GROUP * KVS_HASHED_ENTRY_BYTES)
#define HASH_MASK ((UINT64_C(1) << 39) - 1)

/* First word of an entry. */
#define HI_VALID UINT64_C(1)
#define HI_SECONDARY UINT64_C(2)
#define HI_LARGE UINT64_C(4)
#define HI_AVA(hi) ((hi) >> 7 & 0x1f) /* upper 5 bits of the 16-bit page index */
#define HI_VSID(hi) ((hi) >> 12 & ((UINT64_C(1) << 50) - 1))
#define HI_SEGMENT_SIZE(hi) ((hi) >> 62) /* 0: 256 MiB */

/* Second word. */
#define LO_FRAME UINT64_C(0x0ffffffffffff000)
#define LO_FRAME_LARGE UINT64_C(0x0fffffffff000000)
#define LO_NO_EXECUTE UINT64_C(4)
#define LO_PP UINT64_C(3)
#define LO_READ_ONLY UINT64_C(3) /* a value of PP */

/* slb.h: a kernel's VSID is its ESID, scattered by a product modulo 2^36; bit 36 marks kernels. */
#define VSID_FACTOR UINT64_C(0x13bb)
#define VSID_INVERSE UINT64_C(0x614fb973) /* of the factor, modulo 2^36 */
#define VSID_MASK ((UINT64_C(1) << 36) - 1)
#define VSID_KERNEL (UINT64_C(1) << 36)
#define VSID_REAL_MODE UINT64_C(0x1ffffff) /* upper bits: the hypervisor's real-mode area */

struct slot {
	uint64_t hi, lo;
};

/* Neighbouring entries, at most as many as a group has. */
struct run {
	uint8_t raw[GROUP_BYTES];
	size_t entries; /* that came whole */
	uint64_t offset; /* of the first in the file */
};

static uint64_t
vsid_of(uint64_t va)
{
	const uint64_t esid = va >> SEGMENT_SHIFT;

	return (((esid << 8 | esid >> 28) * VSID_FACTOR) & VSID_MASK) | VSID_KERNEL;
}

static uint64_t
segment_of(uint64_t vsid)
{
	const uint64_t x = ((vsid & VSID_MASK) * VSID_INVERSE) & VSID_MASK;

	return (x >> 8 | (x & 0xff) << 28) << SEGMENT_SHIFT;
}

static uint32_t
protection_of(uint64_t lo)
{
	return KVMSAFE_READ | ((lo & LO_PP) != LO_READ_ONLY ? KVMSAFE_WRITE : 0U) |
	    ((lo & LO_NO_EXECUTE) == 0 ? KVMSAFE_EXECUTE : 0U);
}

static struct slot
slot_at(const uint8_t *raw, size_t n, enum kvs_order order)
{
	const uint8_t *const entry = raw + n * KVS_HASHED_ENTRY_BYTES;

	return (struct slot){ kvs_load(entry, 8, order), kvs_load(entry + 8, 8, order) };
}

/* Entries from `index` on. *err is filled only where the source could not be read. */
static enum kvmsafe_status
load(const struct kvs_space *space, const struct kvs_table *table, uint64_t index, struct run *out,
    struct kvmsafe_error *err)
{
	const uint64_t left = (table->entries - index) * KVS_HASHED_ENTRY_BYTES;
	struct kvmsafe_step step;
	uint64_t bytes;
	size_t got;
	enum kvmsafe_status status =
	    kvs_table_locate(space, table, index, KVS_HASHED_ENTRY_BYTES, &step, &bytes);

	if (status != KVMSAFE_OK)
		return status;
	bytes = kvs_min(kvs_min(bytes, GROUP_BYTES), left);
	status = kvmsafe_source_read(
	    space->physical->source, step.entry_offset, out->raw, (size_t)bytes, &got, err);
	out->entries = got / KVS_HASHED_ENTRY_BYTES;
	out->offset = step.entry_offset;
	return status;
}

/* Entry n of a run is the one. */
static void
record(const struct run *run, size_t n, uint64_t lo, struct kvmsafe_translation *out)
{
	out->protection = protection_of(lo);
	out->step[0] = (struct kvmsafe_step){
		.entry_pa = KVMSAFE_NONE,
		.entry_offset = run->offset + n * KVS_HASHED_ENTRY_BYTES,
		.entry = lo,
	};
	out->steps = 1;
}

static bool
matches(const struct slot *slot, uint64_t va, bool secondary)
{
	const uint64_t hi = slot->hi;

	return (hi & HI_VALID) != 0 && HI_SEGMENT_SIZE(hi) == 0 && (hi & HI_LARGE) == 0 &&
	    ((hi & HI_SECONDARY) != 0) == secondary && HI_VSID(hi) == vsid_of(va) &&
	    HI_AVA(hi) == (va >> PAGE_SHIFT & 0xffff) >> 11;
}

/* One of the two groups where va's entry can be. NOT_FOUND: it is not in this one. */
static enum kvmsafe_status
search(const struct kvs_space *space, const struct kvs_range *range, uint64_t va, bool secondary,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	const struct kvs_table *const table = &range->table;
	const uint64_t hash = (vsid_of(va) & HASH_MASK) ^ (va >> PAGE_SHIFT & 0xffff);
	const uint64_t groups = table->entries / KVS_HASHED_GROUP;
	const uint64_t group = (secondary ? ~hash & HASH_MASK : hash) & (groups - 1);
	struct run run;
	const enum kvmsafe_status status = load(space, table, group * KVS_HASHED_GROUP, &run, err);

	if (status != KVMSAFE_OK)
		return status;
	for (size_t i = 0; i < run.entries; i++) {
		const struct slot slot = slot_at(run.raw, i, table->order);

		if (!matches(&slot, va, secondary))
			continue;
		record(&run, i, slot.lo, out);
		out->pa = (slot.lo & LO_FRAME) | (va & (PAGE - 1));
		out->page_bytes = PAGE;
		return KVMSAFE_OK;
	}
	return run.entries == KVS_HASHED_GROUP ? KVMSAFE_NOT_FOUND : KVMSAFE_TRUNCATED;
}

/* Neither group could be asked to its end. */
static enum kvmsafe_status
unreadable(const struct kvs_range *range, uint64_t va, enum kvmsafe_status status,
    const struct kvmsafe_error *cause, struct kvmsafe_error *err)
{
	kvs_fail_at(err, status, KVMSAFE_VA, va,
	    "hashed page table at file offset 0x%" PRIx64 ": %s", range->table.at,
	    status == KVMSAFE_TRUNCATED ? "the file ends before the groups of this address"
					: cause->message);
	if (err != NULL)
		err->sys_errno = cause->sys_errno;
	return status;
}

static enum kvmsafe_status
hashed_find(const struct kvs_space *space, const struct kvs_range *range, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	struct kvmsafe_error cause = { 0 };
	enum kvmsafe_status status = search(space, range, va, false, out, &cause);

	out->bytes = PAGE - (va & (PAGE - 1));
	if (status == KVMSAFE_NOT_FOUND)
		status = search(space, range, va, true, out, &cause);
	if (status == KVMSAFE_NOT_FOUND)
		return kvs_fail_at(err, KVMSAFE_NOT_MAPPED, KVMSAFE_VA, va,
		    "hashed page table: no entry for VSID 0x%" PRIx64 ", page %" PRIu64,
		    vsid_of(va), va >> PAGE_SHIFT & 0xffff);
	return status == KVMSAFE_OK ? status : unreadable(range, va, status, &cause, err);
}

/* The address that an entry is for, backwards through the hash. false: none of the kernel's. */
static bool
address_of(const struct kvs_range *range, const struct slot *slot, uint64_t index,
    struct kvmsafe_translation *out)
{
	const uint64_t vsid = HI_VSID(slot->hi);
	const uint64_t segment = segment_of(vsid);
	const uint64_t group = index / KVS_HASHED_GROUP;
	const uint64_t hash = (slot->hi & HI_SECONDARY) != 0 ? ~group : group;

	if ((slot->hi & HI_VALID) == 0 || HI_SEGMENT_SIZE(slot->hi) != 0 ||
	    (vsid & VSID_KERNEL) == 0 || vsid >> 12 == VSID_REAL_MODE)
		return false;
	if ((slot->hi & HI_LARGE) != 0) {
		out->va = segment | HI_AVA(slot->hi) >> 1 << LARGE_SHIFT;
		out->pa = slot->lo & LO_FRAME_LARGE;
		out->page_bytes = UINT64_C(1) << LARGE_SHIFT;
		return segment >= range->base && segment <= range->mask;
	}
	out->va = segment | (HI_AVA(slot->hi) << 11 | ((hash ^ vsid) & 0x7ff)) << PAGE_SHIFT;
	out->pa = slot->lo & LO_FRAME;
	out->page_bytes = PAGE;
	return true;
}

/* Is any entry valid, in either order? Most of a table is empty, and it is large. */
static bool
any_valid(const uint8_t *raw, size_t bytes)
{
	uint8_t any = 0;

	for (size_t at = 0; at + KVS_HASHED_ENTRY_BYTES <= bytes; at += KVS_HASHED_ENTRY_BYTES)
		any |= raw[at] | raw[at + 7];
	return (any & HI_VALID) != 0;
}

/* *at is the index of the next entry. A step passes over what is not valid in what it read. */
static void
hashed_next(const struct kvs_space *space, const struct kvs_range *range, uint64_t *at,
    struct kvmsafe_translation *out, bool *found, bool *done)
{
	struct run run;

	*found = false;
	*done = *at >= range->table.entries ||
	    load(space, &range->table, *at, &run, NULL) != KVMSAFE_OK; /* the file ends here */
	if (*done)
		return;
	if (!any_valid(run.raw, run.entries * KVS_HASHED_ENTRY_BYTES)) {
		*at += run.entries;
		return;
	}
	for (size_t i = 0; !*found && i < run.entries; i++) {
		const struct slot slot = slot_at(run.raw, i, range->table.order);

		*found = address_of(range, &slot, (*at)++, out);
		if (*found)
			record(&run, i, slot.lo, out);
	}
	out->bytes = out->page_bytes;
}

static bool
is_kernels(uint64_t hi)
{
	return (hi & HI_VALID) != 0 && HI_SEGMENT_SIZE(hi) == 0 && (HI_VSID(hi) & VSID_KERNEL) != 0;
}

enum kvs_order
kvs_hashed_order(const struct kvmsafe_source *source, const struct kvs_table *table)
{
	uint64_t little = 0, big = 0;
	uint8_t raw[1024];

	for (uint64_t at = 0; at < table->entries * KVS_HASHED_ENTRY_BYTES; at += sizeof(raw)) {
		size_t got;

		if (kvmsafe_source_read(source, table->at + at, raw, sizeof(raw), &got, NULL) !=
			KVMSAFE_OK &&
		    got < KVS_HASHED_ENTRY_BYTES)
			break;
		if (!any_valid(raw, got))
			continue;
		for (size_t i = 0; i < got / KVS_HASHED_ENTRY_BYTES; i++) {
			little += is_kernels(slot_at(raw, i, KVS_LE).hi);
			big += is_kernels(slot_at(raw, i, KVS_BE).hi);
		}
	}
	return big > little ? KVS_BE : KVS_LE;
}

const struct kvs_method kvs_hashed_walk = { .find = hashed_find, .next = hashed_next };
