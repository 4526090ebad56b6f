/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables that are indexed by bits of the address, level by level. One loop for all forms. */
#include "xlat/space.h"

#include <inttypes.h>
#include <string.h>

#include "util/checked.h"
#include "util/error.h"

/* Of a table that is looked through for the end of a hole, read at a time. */
#define HOLE_READ 512

_Static_assert(KVS_LEVELS_MAX <= KVMSAFE_STEPS_MAX, "a step for each level");

/* An entry on the way down. */
struct place {
	const struct kvs_space *space;
	const struct kvs_radix *form;
	struct kvs_table table;
	unsigned level;
	uint64_t index;
	uint64_t va;
};

static uint64_t
span_of(const struct place *place)
{
	return UINT64_C(1) << place->form->level[place->level].shift;
}

/* Bytes from va to the end of what the entry maps. */
static uint64_t
rest_of(const struct place *place)
{
	return span_of(place) - (place->va & (span_of(place) - 1));
}

/* This entry and `more` whole ones behind it: no table covers 2^64 (space.h). */
static uint64_t
rest_and(const struct place *place, uint64_t more)
{
	return more * span_of(place) + rest_of(place);
}

static struct place
root_of(const struct kvs_space *space, const struct kvs_range *range, uint64_t va)
{
	const struct kvs_radix *form = range->form;

	return (struct place){
		.space = space,
		.form = form,
		.table = range->table,
		.level = range->level,
		.index = (va - range->base) >> form->level[range->level].shift,
		.va = va,
	};
}

static void
descend(struct place *place, uint64_t table_pa)
{
	const unsigned level = place->level - 1;
	const uint64_t entries = UINT64_C(1) << place->form->level[level].bits;

	place->table.where = KVS_IN_MEMORY;
	place->table.at = table_pa;
	place->table.entries = entries;
	place->level = level;
	place->index = (place->va >> place->form->level[level].shift) & (entries - 1);
}

/* Bytes of zeros in front, in whole blocks: no entry of them is valid, and most of a table is. */
static size_t
zeros(const uint8_t *raw, size_t len)
{
	static const uint8_t none[64];
	size_t n = 0;

	while (len - n >= sizeof(none) && memcmp(raw + n, none, sizeof(none)) == 0)
		n += sizeof(none);
	return n;
}

/* How many entries right behind this one are invalid, as far as one read tells. */
static uint64_t
count_invalid(const struct place *place)
{
	const unsigned width = place->form->entry_bytes;
	const uint64_t behind = place->table.entries - place->index - 1;
	uint8_t raw[HOLE_READ];
	struct kvmsafe_step step;
	uint64_t bytes, want;
	size_t got, n;

	/* What is not in the dump has no offset: nothing of it is read below. */
	(void)kvs_table_locate(place->space, &place->table, place->index + 1, width, &step, &bytes);
	want = kvs_min(kvs_min(behind, bytes / width) * width, HOLE_READ);
	/* What could not be read ends the hole; whoever asks for it is told why. */
	if (kvmsafe_source_read(place->space->physical->source, step.entry_offset, raw,
		(size_t)want, &got, NULL) != KVMSAFE_OK)
		want = got;
	n = zeros(raw, (size_t)want) / width;
	while ((n + 1) * width <= want) {
		const uint64_t entry = kvs_load(raw + n * width, width, place->table.order);

		if (place->form->decode(entry, place->level).kind != KVS_ENTRY_INVALID)
			break;
		n++;
	}
	return n;
}

/* An entry that cannot be loaded, and those behind it that fail for the same reason. */
static enum kvmsafe_status
unreadable(const struct place *place, enum kvmsafe_status status, const struct kvmsafe_error *cause,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	const bool in_file = place->table.where == KVS_IN_FILE;
	const char *reason = status == KVMSAFE_DAMAGED ? "crosses the end of a segment"
						       : kvs_physical_reason(status);
	struct kvmsafe_step step;
	uint64_t bytes, failing = 1;

	if (cause->status != KVMSAFE_OK) {
		reason = cause->message;
	} else {
		(void)kvs_table_locate(place->space, &place->table, place->index,
		    place->form->entry_bytes, &step, &bytes);
		failing =
		    kvs_min(bytes / place->form->entry_bytes, place->table.entries - place->index);
	}
	out->bytes = rest_and(place, failing > 0 ? failing - 1 : 0);
	kvs_fail_at(err, status, KVMSAFE_VA, place->va,
	    "level %u table at %s 0x%" PRIx64 ": %s (entry %" PRIu64 ")", place->level,
	    in_file ? "file offset" : "PA", place->table.at, reason, place->index);
	if (err != NULL)
		err->sys_errno = cause->sys_errno;
	return status;
}

/* Load the entry and remember that it was looked at. */
static enum kvmsafe_status
load(const struct place *place, struct kvmsafe_translation *out, struct kvs_entry *entry,
    struct kvmsafe_error *err)
{
	struct kvmsafe_error cause;
	struct kvmsafe_step step;
	enum kvmsafe_status status;

	cause.status = KVMSAFE_OK;
	cause.sys_errno = 0;
	status = kvs_table_load(
	    place->space, &place->table, place->index, place->form->entry_bytes, &step, &cause);
	if (status != KVMSAFE_OK)
		return unreadable(place, status, &cause, out, err);
	step.level = place->level;
	out->step[out->steps++] = step;
	*entry = place->form->decode(step.entry, place->level);
	return KVMSAFE_OK;
}

/* Neither a table nor a page: invalid, or a value that no sound table holds. */
static enum kvmsafe_status
dead_end(const struct place *place, enum kvs_entry_kind kind, struct kvmsafe_translation *out,
    struct kvmsafe_error *err)
{
	const struct kvmsafe_step *step = &out->step[out->steps - 1];
	const bool invalid = kind == KVS_ENTRY_INVALID;

	out->bytes = rest_and(place, invalid ? count_invalid(place) : 0);
	return kvs_fail_at(err, invalid ? KVMSAFE_NOT_MAPPED : KVMSAFE_DAMAGED, KVMSAFE_VA,
	    place->va, "level %u entry %" PRIu64 " at %s 0x%" PRIx64 ": 0x%" PRIx64 " %s",
	    place->level, place->index, step->entry_pa == KVMSAFE_NONE ? "file offset" : "PA",
	    step->entry_pa == KVMSAFE_NONE ? step->entry_offset : step->entry_pa, step->entry,
	    invalid ? "is not valid" : "is in no sound table");
}

/* Bytes end with the entry even where the page goes on: the next entry may say otherwise. */
static void
page(const struct place *place, const struct kvs_entry *entry, struct kvmsafe_translation *out)
{
	const uint64_t bytes = entry->shift != 0 ? UINT64_C(1) << entry->shift : span_of(place);
	const uint64_t within = place->va & (bytes - 1);

	out->pa = (entry->pa & ~(bytes - 1)) + within;
	out->page_bytes = bytes;
	out->protection = entry->protection;
	out->bytes = rest_of(place);
}

/* *place is the last entry looked at. */
static enum kvmsafe_status
walk(struct place *place, struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	struct kvs_entry entry;

	for (;;) {
		const enum kvmsafe_status status = load(place, out, &entry, err);

		if (status != KVMSAFE_OK)
			return status;
		if (entry.kind != KVS_ENTRY_TABLE)
			break;
		descend(place, entry.pa);
	}
	if (entry.kind != KVS_ENTRY_PAGE)
		return dead_end(place, entry.kind, out, err);
	page(place, &entry, out);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
radix_find(const struct kvs_space *space, const struct kvs_range *range, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	struct place place = root_of(space, range, va);

	if (place.index < place.table.entries)
		return walk(&place, out, err);
	out->bytes = UINT64_MAX;
	return kvs_fail_at(err, KVMSAFE_NO_MAP, KVMSAFE_VA, va,
	    "kernel map: it has %" PRIu64 " entries, the address is of entry %" PRIu64,
	    place.table.entries, place.index);
}

/* *at counts from the range's first address and only rises. */
static void
radix_next(const struct kvs_space *space, const struct kvs_range *range, uint64_t *at,
    struct kvmsafe_translation *out, bool *found, bool *done)
{
	const uint64_t length = range->last - range->first;
	struct place place = root_of(space, range, range->first + *at);

	*done = *at > length || place.index >= place.table.entries;
	*found = false;
	if (*done)
		return;
	out->va = place.va;
	*found = walk(&place, out, NULL) == KVMSAFE_OK;
	*at += out->bytes;
}

const struct kvs_method kvs_radix_walk = { .find = radix_find, .next = radix_next };
