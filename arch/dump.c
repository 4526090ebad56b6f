/* SPDX-License-Identifier: BSD-2-Clause */
/* What builders ask of a dump: a variable by its physical address, the table in the map region. */
#include "arch/arch.h"

#include "util/error.h"

enum kvmsafe_status
kvs_dump_load(const struct kvs_dump *dump, uint64_t pa, unsigned bytes, uint64_t *value,
    struct kvmsafe_error *err)
{
	uint8_t raw[sizeof(uint64_t)];
	size_t got;
	const enum kvmsafe_status status =
	    kvs_physical_read(dump->physical, pa, raw, bytes, &got, err);

	if (status == KVMSAFE_OK)
		*value = kvs_load(raw, bytes, dump->order);
	return status;
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
