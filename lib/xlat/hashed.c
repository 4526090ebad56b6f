/* SPDX-License-Identifier: BSD-2-Clause */
/* The hashed page table: a look-up of two groups, a walk over all slots. */
#include "xlat/hashed.h"

#include <inttypes.h>

#include "util/error.h"

#define PAGE_SHIFT 12
#define PAGE (UINT64_C(1) << PAGE_SHIFT)
#define LARGE_SHIFT 24
#define SEGMENT_SHIFT 28 /* of 256 MiB */
#define GROUP_BYTES ((size_t)KVS_HASHED_GROUP * KVS_HASHED_ENTRY_BYTES)
#define PIECE 1024 /* of a table, to tell its byte order */
#define SAMPLE_BYTES (UINT64_C(64) << 20)
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
#define VSID_KERNEL_SHIFT 36
#define VSID_KERNEL (UINT64_C(1) << VSID_KERNEL_SHIFT)
#define VSID_REAL_MODE UINT64_C(0x1ffffff) /* upper bits: the hypervisor's real-mode area */

struct slot {
	uint64_t hi, lo;
};

struct group {
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

/* Read a group, as far as it is there: the status says why not all of it is. */
static enum kvmsafe_status
load(const struct kvs_space *space, const struct kvs_table *table, uint64_t number,
    struct group *out, struct kvmsafe_error *err)
{
	const uint64_t offset = table->at + number * GROUP_BYTES;
	size_t got;
	const enum kvmsafe_status status =
	    kvmsafe_source_read(space->physical->source, offset, out->raw, GROUP_BYTES, &got, err);

	out->entries = got / KVS_HASHED_ENTRY_BYTES;
	out->offset = offset;
	return status;
}

/* Entry n of a group is the one. */
static void
record(const struct group *group, size_t n, uint64_t lo, struct kvmsafe_translation *out)
{
	out->protection = protection_of(lo);
	out->step[0] = (struct kvmsafe_step){
		.entry_pa = KVMSAFE_NONE,
		.entry_offset = group->offset + n * KVS_HASHED_ENTRY_BYTES,
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

/* One of the two groups where va's entry can be. OK without a step: it is not in this one. A source
   may fail with any status, NOT_FOUND too. */
static enum kvmsafe_status
search(const struct kvs_space *space, const struct kvs_range *range, uint64_t va, bool secondary,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	const struct kvs_table *const table = &range->table;
	const uint64_t hash = (vsid_of(va) & HASH_MASK) ^ (va >> PAGE_SHIFT & 0xffff);
	const uint64_t groups = table->entries / KVS_HASHED_GROUP;
	struct group group;
	const enum kvmsafe_status status =
	    load(space, table, (secondary ? ~hash : hash) & (groups - 1), &group, err);

	for (size_t i = 0; i < group.entries; i++) {
		const struct slot slot = slot_at(group.raw, i, table->order);

		if (!matches(&slot, va, secondary))
			continue;
		record(&group, i, slot.lo, out);
		out->pa = (slot.lo & LO_FRAME) | (va & (PAGE - 1));
		out->page_bytes = PAGE;
		return KVMSAFE_OK;
	}
	return status;
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
	if (status == KVMSAFE_OK && out->steps == 0)
		status = search(space, range, va, true, out, &cause);
	if (status == KVMSAFE_OK && out->steps == 0)
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

/* *at is the index of the next entry. One step looks at what is left of a group; what could not be
   read of it is stepped over. Only where the file ends does the table. */
static void
hashed_next(const struct kvs_space *space, const struct kvs_range *range, uint64_t *at,
    struct kvmsafe_translation *out, bool *found, bool *done)
{
	size_t i = (size_t)(*at % KVS_HASHED_GROUP);
	const uint64_t behind = *at - i + KVS_HASHED_GROUP;
	enum kvmsafe_status status = KVMSAFE_TRUNCATED;
	struct group group = { .entries = 0 };

	*found = false;
	if (*at < range->table.entries)
		status = load(space, &range->table, *at / KVS_HASHED_GROUP, &group, NULL);
	*done = i >= group.entries && status == KVMSAFE_TRUNCATED;
	for (; !*found && i < group.entries; i++) {
		const struct slot slot = slot_at(group.raw, i, range->table.order);

		*found = address_of(range, &slot, (*at)++, out);
		if (*found)
			record(&group, i, slot.lo, out);
	}
	if (!*found)
		*at = behind;
	out->bytes = out->page_bytes;
}

/* 1 for a valid entry of the kernel in segments of 256 MiB. No compare, no branch: millions are
   asked, twice, and most are empty. */
static uint64_t
is_kernels(uint64_t hi)
{
	return hi & HI_VALID & ~(hi >> 62) & ~(hi >> 63) & HI_VSID(hi) >> VSID_KERNEL_SHIFT;
}

enum kvs_order
kvs_hashed_order(const struct kvmsafe_source *source, const struct kvs_table *table)
{
	const uint64_t bytes = table->entries * KVS_HASHED_ENTRY_BYTES;
	const uint64_t apart = (bytes / SAMPLE_BYTES + 1) * PIECE;
	uint64_t little = 0, big = 0;
	uint8_t raw[PIECE];

	for (uint64_t at = 0; at < bytes; at += apart) {
		size_t got;
		const enum kvmsafe_status status =
		    kvmsafe_source_read(source, table->at + at, raw, sizeof(raw), &got, NULL);

		(void)status; /* what cannot be read does not count */
		for (size_t i = 0; i + KVS_HASHED_ENTRY_BYTES <= got; i += KVS_HASHED_ENTRY_BYTES) {
			little += is_kernels(kvs_load(raw + i, 8, KVS_LE));
			big += is_kernels(kvs_load(raw + i, 8, KVS_BE));
		}
	}
	return big > little ? KVS_BE : KVS_LE;
}

const struct kvs_method kvs_hashed_walk = { .find = hashed_find, .next = hashed_next };
