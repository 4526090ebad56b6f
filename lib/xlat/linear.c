/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges without a table: to a physical address by a sum, to a file offset by segments. */
#include "xlat/space.h"

#include "util/error.h"

/* pa = (va & mask) + base: minidump_vatop of libkvm's machines with a direct map. */
static enum kvmsafe_status
linear_find(const struct kvs_space *space, const struct kvs_range *range, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	const uint64_t mask = range->mask != 0 ? range->mask : UINT64_MAX;
	const uint64_t pa = (va & mask) + range->base;
	const bool wrapped = range->mask == 0 && pa < range->first + range->base;

	(void)space;
	out->bytes = UINT64_MAX;
	if (wrapped)
		return kvs_fail_at(err, KVMSAFE_OUTSIDE_MEMORY, KVMSAFE_VA, va,
		    "direct map: its physical address passes 2^64");
	out->pa = pa;
	if (pa != 0)
		out->bytes = UINT64_MAX - pa + 1;
	return KVMSAFE_OK;
}

static enum kvmsafe_status
to_file_find(const struct kvs_space *space, const struct kvs_range *range, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	const struct kvs_segments *segments = range->form;
	struct kvs_extent extent;
	const enum kvmsafe_status status = kvs_segments_find(segments, va, &extent);

	out->bytes = extent.bytes;
	if (status == KVMSAFE_OUTSIDE_MEMORY)
		return kvs_fail_at(err, KVMSAFE_NO_MAP, KVMSAFE_VA, va, "%s", space->outside_words);
	if (status != KVMSAFE_OK)
		return kvs_fail_at(err, status, KVMSAFE_VA, va, "virtual segment: %s",
		    kvs_physical_reason(status));
	out->file_offset = extent.file_offset;
	return KVMSAFE_OK;
}

static enum kvmsafe_status
hole_find(const struct kvs_space *space, const struct kvs_range *range, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	(void)range;
	out->bytes = UINT64_MAX;
	return kvs_fail_at(err, KVMSAFE_NO_MAP, KVMSAFE_VA, va, "%s", space->outside_words);
}

const struct kvs_method kvs_hole = { .find = hole_find };

const struct kvs_method kvs_linear = { .find = linear_find };

const struct kvs_method kvs_alias = { .find = NULL };

const struct kvs_method kvs_to_file = { .find = to_file_find };
