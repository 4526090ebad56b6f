/* SPDX-License-Identifier: BSD-2-Clause */
/* The translation storage buffer of sparc64: one probe, the tag decides. */
#include "xlat/tsb.h"

#include <inttypes.h>

#include "util/error.h"

#define PAGE_SHIFT 13
#define PAGE (UINT64_C(1) << PAGE_SHIFT)

/* Second word of an entry; the first is the tag. */
#define TD_VALID (UINT64_C(1) << 63)
#define TD_SIZE(data) ((unsigned)((data) >> 61 & 3)) /* pages of 8 KiB << 3 * size */
#define TD_FRAME UINT64_C(0x7ffffffe000)
#define TD_EXECUTE (UINT64_C(1) << 11)
#define TD_WRITE (UINT64_C(1) << 8)

struct tte {
	uint64_t tag, data;
};

static unsigned
shift_of(const struct tte *tte)
{
	return PAGE_SHIFT + 3 * TD_SIZE(tte->data);
}

/* Entry `index`: tag and data, each read whole; 0 where it is not. */
static enum kvmsafe_status
load(const struct kvs_space *space, const struct kvs_table *table, uint64_t index, struct tte *out,
    struct kvmsafe_step *step, struct kvmsafe_error *err)
{
	const uint64_t word = index * (KVS_TSB_ENTRY_BYTES / 8);
	enum kvmsafe_status status = kvs_table_load(space, table, word, 8, step, err);

	out->tag = step->entry;
	if (status == KVMSAFE_OK)
		status = kvs_table_load(space, table, word + 1, 8, step, err);
	out->data = step->entry;
	return status;
}

static void
answer(const struct tte *tte, uint64_t va, struct kvmsafe_translation *out)
{
	const uint64_t bytes = UINT64_C(1) << shift_of(tte);

	out->pa = (tte->data & TD_FRAME & ~(bytes - 1)) + (va & (bytes - 1));
	out->page_bytes = bytes;
	out->protection = KVMSAFE_READ | ((tte->data & TD_WRITE) != 0 ? KVMSAFE_WRITE : 0U) |
	    ((tte->data & TD_EXECUTE) != 0 ? KVMSAFE_EXECUTE : 0U);
}

/* Firmware's mappings have a larger size in their data and an 8 KiB tag: not mapped, as upstream. */
static bool
tag_fits(const struct tte *tte, uint64_t va)
{
	return tte->tag == (va >> shift_of(tte) << 2) + TD_SIZE(tte->data);
}

static enum kvmsafe_status
tsb_find(const struct kvs_space *space, const struct kvs_range *range, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	const uint64_t index = va >> PAGE_SHIFT & range->mask;
	struct kvmsafe_error cause = { 0 };
	struct kvmsafe_step step;
	struct tte tte;
	const enum kvmsafe_status status = load(space, &range->table, index, &tte, &step, &cause);

	/* One slot speaks for 8 KiB, whatever the size in it: a neighbour may have an empty one. */
	out->bytes = PAGE - (va & (PAGE - 1));
	if (status != KVMSAFE_OK) {
		kvs_fail_at(err, status, KVMSAFE_VA, va,
		    "TSB entry %" PRIu64 " at PA 0x%" PRIx64 ": %s", index,
		    range->table.at + index * KVS_TSB_ENTRY_BYTES,
		    cause.status != 0 ? cause.message : kvs_physical_reason(status));
		if (err != NULL)
			err->sys_errno = cause.sys_errno;
		return status;
	}
	out->step[out->steps++] = step;
	if ((tte.data & TD_VALID) == 0 || !tag_fits(&tte, va))
		return kvs_fail_at(err, KVMSAFE_NOT_MAPPED, KVMSAFE_VA, va,
		    "TSB entry %" PRIu64 ": tag 0x%" PRIx64 ", data 0x%" PRIx64
		    " is not of this address",
		    index, tte.tag, tte.data);
	answer(&tte, va, out);
	return KVMSAFE_OK;
}

/* The 8 KiB that a slot speaks for. false: no look-up ends in it, or not with this tag. */
static bool
address_of(const struct kvs_range *range, const struct tte *tte, uint64_t slot, uint64_t *va)
{
	const uint64_t page = tte->tag >> 2 << shift_of(tte);
	const uint64_t parts = UINT64_C(1) << (shift_of(tte) - PAGE_SHIFT);

	*va = page | (slot & (parts - 1)) << PAGE_SHIFT;
	return (tte->data & TD_VALID) != 0 && (*va >> PAGE_SHIFT & range->mask) == slot &&
	    tag_fits(tte, *va) && *va <= range->last;
}

/* *at is the index of the next slot. One that cannot be read is stepped over; from one that is not in
   the file on, none is: a TSB lies in one region. */
static void
tsb_next(const struct kvs_space *space, const struct kvs_range *range, uint64_t *at,
    struct kvmsafe_translation *out, bool *found, bool *done)
{
	const uint64_t slot = (*at)++;
	enum kvmsafe_status status = KVMSAFE_TRUNCATED;
	struct kvmsafe_step step = { 0 };
	struct tte tte = { 0 };

	if (slot < range->table.entries)
		status = load(space, &range->table, slot, &tte, &step, NULL);
	*done = status == KVMSAFE_TRUNCATED;
	*found = address_of(range, &tte, slot, &out->va); /* what was not read is not valid */
	out->step[out->steps++] = step;
	answer(&tte, out->va, out);
	out->bytes = PAGE;
}

const struct kvs_method kvs_tsb_walk = { .find = tsb_find, .next = tsb_next };
