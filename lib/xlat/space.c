/* SPDX-License-Identifier: BSD-2-Clause */
/* Which range of an address space answers for an address, how far, and where table entries lie. */
#include "xlat/space.h"

#include <assert.h>
#include <inttypes.h>

#include "util/checked.h"
#include "util/error.h"

/* The highest address of the space. */
static uint64_t
top(const struct kvs_space *space)
{
	return space->va_bits >= 64 ? UINT64_MAX : (UINT64_C(1) << space->va_bits) - 1;
}

/* The first added range that holds va; aliases are passed over on request. */
static const struct kvs_range *
range_of(const struct kvs_space *space, uint64_t va, bool aliases)
{
	for (size_t i = 0; i < space->ranges; i++) {
		const struct kvs_range *range = &space->range[i];

		if (!aliases && range->method == &kvs_alias)
			continue;
		if (range->first <= va && va <= range->last)
			return range;
	}
	return NULL;
}

/* The last address up to which the answer of `range` (NULL: of none) for va can hold. */
static uint64_t
last_of(const struct kvs_space *space, const struct kvs_range *range, uint64_t va, bool aliases)
{
	const size_t before = range != NULL ? (size_t)(range - space->range) : space->ranges;
	uint64_t last = range != NULL ? range->last : top(space);

	for (size_t i = 0; i < before; i++) {
		const struct kvs_range *other = &space->range[i];

		if (!aliases && other->method == &kvs_alias)
			continue;
		if (other->first > va && other->first <= last)
			last = other->first - 1;
	}
	return last;
}

/* 0 where the count is 2^64. */
static uint64_t
bytes_to(uint64_t va, uint64_t last)
{
	return last - va + 1;
}

static void
clear(struct kvmsafe_translation *out, uint64_t va)
{
	*out = (struct kvmsafe_translation){
		.va = va,
		.pa = KVMSAFE_NONE,
		.file_offset = KVMSAFE_NONE,
	};
}

/* Ask the range's method, and cut its answer to the range. */
static enum kvmsafe_status
ask(const struct kvs_space *space, uint64_t va, bool aliases, struct kvmsafe_translation *out,
    struct kvmsafe_error *err)
{
	const struct kvs_range *range = range_of(space, va, aliases);
	enum kvmsafe_status status;
	uint64_t most;

	if (va > top(space)) {
		out->bytes = bytes_to(va, UINT64_MAX);
		return kvs_fail_at(err, KVMSAFE_NO_MAP, KVMSAFE_VA, va,
		    "address: this machine's have %u bits, found 0x%" PRIx64, space->va_bits, va);
	}
	most = bytes_to(va, last_of(space, range, va, aliases));
	out->bytes = most;
	if (range == NULL)
		return kvs_fail_at(err, space->outside, KVMSAFE_VA, va, "%s", space->outside_words);
	status = range->method->find(space, range, va, out, err);
	if (most != 0)
		out->bytes = kvs_min(out->bytes, most);
	return status;
}

/* The other address is asked for in the ranges that are no alias, so this ends. */
static enum kvmsafe_status
ask_alias(const struct kvs_space *space, const struct kvs_range *range, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	const uint64_t most = bytes_to(va, last_of(space, range, va, true));
	const enum kvmsafe_status status = ask(space, va + range->base, false, out, err);

	/* neither is 2^64, see kvs_alias */
	out->bytes = kvs_min(out->bytes, most);
	if (status != KVMSAFE_OK && err != NULL)
		err->at = va;
	return status;
}

void
kvs_space_init(struct kvs_space *space, const struct kvs_physical *physical, uint8_t va_bits)
{
	*space = (struct kvs_space){
		.physical = physical,
		.va_bits = va_bits,
		.outside = KVMSAFE_NO_MAP,
		.outside_words = "no map of this dump covers the address",
	};
}

void
kvs_space_add(struct kvs_space *space, const struct kvs_range *range)
{
	struct kvs_range cut = *range;

	cut.last = kvs_min(cut.last, top(space));
	assert(cut.first <= cut.last && space->ranges < KVS_RANGES_MAX);
	space->range[space->ranges++] = cut;
}

enum kvmsafe_status
kvs_space_find(const struct kvs_space *space, uint64_t va, struct kvmsafe_translation *out,
    struct kvmsafe_error *err)
{
	const struct kvs_range *range = range_of(space, va, true);

	clear(out, va);
	if (range != NULL && range->method == &kvs_alias)
		return ask_alias(space, range, va, out, err);
	return ask(space, va, true, out, err);
}

void
kvs_space_next(const struct kvs_space *space, struct kvs_space_cursor *cursor,
    struct kvmsafe_translation *out, bool *found, bool *done)
{
	const struct kvs_range *range =
	    cursor->range < space->ranges ? &space->range[(size_t)cursor->range] : NULL;
	bool end = true;

	*found = false;
	*done = range == NULL;
	if (range == NULL)
		return;
	clear(out, KVMSAFE_NONE);
	if (range->method->next != NULL)
		range->method->next(space, range, &cursor->at, out, found, &end);
	if (!end)
		return;
	cursor->range++;
	cursor->at = 0;
}

uint64_t
kvs_space_direct_va(const struct kvs_space *space, uint64_t pa)
{
	struct kvmsafe_translation seen;

	for (size_t i = 0; i < space->ranges; i++) {
		const struct kvs_range *range = &space->range[i];
		const uint64_t va = pa - range->base;

		/* A mask is for segments that only cut bits off (mips): no map of all memory. */
		if (range->method != &kvs_linear || range->mask != 0 ||
		    range_of(space, va, true) != range)
			continue;
		clear(&seen, va);
		if (range->method->find(space, range, va, &seen, NULL) == KVMSAFE_OK)
			return va;
	}
	return KVMSAFE_NONE;
}

static enum kvmsafe_status
locate_in_file(const struct kvs_space *space, uint64_t offset, unsigned entry_bytes,
    struct kvmsafe_step *step, uint64_t *bytes)
{
	const uint64_t file_bytes = kvmsafe_source_bytes(space->physical->source);

	if (offset + entry_bytes > file_bytes) { /* tables end below 2^64 */
		*bytes = UINT64_MAX; /* so are all that follow */
		return KVMSAFE_TRUNCATED;
	}
	step->entry_offset = offset;
	*bytes = file_bytes - offset;
	return KVMSAFE_OK;
}

static enum kvmsafe_status
locate_in_memory(const struct kvs_space *space, uint64_t pa, unsigned entry_bytes,
    struct kvmsafe_step *step, uint64_t *bytes)
{
	struct kvs_extent extent;
	enum kvmsafe_status status = kvs_physical_find(space->physical, pa, &extent);

	step->entry_pa = pa;
	*bytes = extent.bytes;
	if (status != KVMSAFE_OK)
		return status;
	if (extent.bytes >= entry_bytes) {
		step->entry_offset = extent.file_offset;
		return KVMSAFE_OK;
	}
	/* Read whole or not at all: the reason is that of the first byte which is missing. */
	status = kvs_physical_find(space->physical, pa + extent.bytes, &extent);
	*bytes = 1;
	return status != KVMSAFE_OK ? status : KVMSAFE_DAMAGED;
}

enum kvmsafe_status
kvs_table_locate(const struct kvs_space *space, const struct kvs_table *table, uint64_t index,
    unsigned entry_bytes, struct kvmsafe_step *step, uint64_t *bytes)
{
	const uint64_t at = table->at + index * entry_bytes;

	*step = (struct kvmsafe_step){
		.entry_pa = KVMSAFE_NONE,
		.entry_offset = KVMSAFE_NONE,
	};
	if (table->where == KVS_IN_FILE)
		return locate_in_file(space, at, entry_bytes, step, bytes);
	return locate_in_memory(space, at, entry_bytes, step, bytes);
}

enum kvmsafe_status
kvs_table_load(const struct kvs_space *space, const struct kvs_table *table, uint64_t index,
    unsigned entry_bytes, struct kvmsafe_step *step, struct kvmsafe_error *err)
{
	uint8_t raw[sizeof(uint64_t)];
	uint64_t bytes;
	size_t got;
	enum kvmsafe_status status =
	    kvs_table_locate(space, table, index, entry_bytes, step, &bytes);

	if (status != KVMSAFE_OK)
		return status;
	status = kvmsafe_source_read(
	    space->physical->source, step->entry_offset, raw, entry_bytes, &got, err);
	if (status != KVMSAFE_OK)
		return status;
	step->entry = kvs_load(raw, entry_bytes, table->order);
	return KVMSAFE_OK;
}
