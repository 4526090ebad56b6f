/* SPDX-License-Identifier: BSD-2-Clause */
/* What builders ask of a dump, and the two ranges that most minidumps have. */
#include "arch/arch.h"

#include <inttypes.h>

#include "util/error.h"

enum kvmsafe_status
kvs_dump_load(const struct kvs_dump *dump, uint64_t pa, unsigned bytes, uint64_t *value,
    struct kvmsafe_error *err)
{
	uint8_t raw[sizeof(uint64_t)];
	size_t got;
	const enum kvmsafe_status status =
	    kvs_physical_read(dump->physical, pa, raw, bytes, &got, err);

	if (status != KVMSAFE_OK)
		return status;
	*value = kvs_load(raw, bytes, dump->order);
	return KVMSAFE_OK;
}

struct kvs_table
kvs_dump_map_table(const struct kvs_dump *dump, unsigned entry_bytes)
{
	return (struct kvs_table){
		.where = KVS_IN_FILE,
		.order = dump->order,
		.at = dump->layout.map.offset,
		.entries = dump->layout.map.bytes / entry_bytes, /* a tail is no entry */
	};
}

/* The bases of a header must be aligned: else offset and index come from different bases. */
static enum kvmsafe_status
check_aligned(const char *name, uint64_t value, unsigned shift, struct kvs_field field,
    struct kvmsafe_error *err)
{
	const uint64_t unit = UINT64_C(1) << shift;

	if ((value & (unit - 1)) == 0)
		return KVMSAFE_OK;
	return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, field.offset,
	    "%s: a multiple of 0x%" PRIx64 " expected, found 0x%" PRIx64, name, unit, value);
}

enum kvmsafe_status
kvs_dump_add_map(const struct kvs_dump *dump, const struct kvs_radix *form, unsigned level,
    struct kvs_space *space, struct kvmsafe_error *err)
{
	const uint64_t kernbase = dump->header.kernbase;
	const struct kvs_range map = {
		.first = kernbase,
		.last = UINT64_MAX,
		.method = &kvs_radix_walk,
		.base = kernbase,
		.table = kvs_dump_map_table(dump, form->entry_bytes),
		.level = level,
		.form = form,
	};
	const enum kvmsafe_status status = check_aligned(
	    "kernbase", kernbase, form->level[level].shift, dump->frame->kernbase, err);

	if (status != KVMSAFE_OK)
		return status;
	kvs_space_add(space, &map);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_dump_add_direct_map(
    const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err)
{
	const struct kvs_header *const header = &dump->header;
	const struct kvs_range direct = {
		.first = header->dmapbase,
		.last = header->dmapend - 1,
		.method = &kvs_linear,
		.base = header->dmapphys - header->dmapbase,
	};
	enum kvmsafe_status status = check_aligned(
	    "dmapbase", header->dmapbase, dump->page_shift, dump->frame->dmapbase, err);

	if (status == KVMSAFE_OK)
		status = check_aligned(
		    "dmapphys", header->dmapphys, dump->page_shift, dump->frame->dmapphys, err);
	if (status != KVMSAFE_OK)
		return status;
	if (header->dmapbase > header->dmapend)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
		    dump->frame->dmapend.offset,
		    "dmapend: at or above dmapbase 0x%" PRIx64 " expected, found 0x%" PRIx64,
		    header->dmapbase, header->dmapend);
	if (header->dmapbase < header->dmapend)
		kvs_space_add(space, &direct);
	return KVMSAFE_OK;
}
