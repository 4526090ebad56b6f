/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables of one level: how far holes reach, where walks end, tables that cannot be read. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define TABLE_BYTES 4096

static struct kvs_entry
flat_decode(uint64_t raw, unsigned level)
{
	(void)level;
	return (struct kvs_entry){
		.kind = (raw & 1) != 0 ? KVS_ENTRY_PAGE : KVS_ENTRY_INVALID,
		.pa = raw & ~UINT64_C(0xfff),
	};
}

static const struct kvs_radix flat = {
	.levels = 1,
	.entry_bytes = 8,
	.level = { { 12, 9 } },
	.decode = flat_decode,
};

static void
flat_world(struct world *world, const uint8_t *table, uint64_t last)
{
	const struct kvs_range range = {
		.first = 0,
		.last = last,
		.method = &kvs_radix_walk,
		.table = { KVS_IN_FILE, KVS_LE, 0, TABLE_BYTES / 8 },
		.form = &flat,
	};

	world_init(world, table, TABLE_BYTES);
	world_settle(world);
	kvs_space_add(&world->space, &range);
}

static void
a_hole_ends_where_the_next_entry_is_valid(void **state)
{
	static uint8_t table[TABLE_BYTES] = { 0 };
	struct kvmsafe_translation got;
	static struct world world;

	(void)state;
	put64(table + 40 * 8, 0x5001);
	flat_world(&world, table, UINT64_MAX);
	assert_int_equal(kvs_space_find(&world.space, 0x3010, &got, NULL), KVMSAFE_NOT_MAPPED);
	assert_int_equal(got.bytes, 37 * 4096 - 0x10);
	assert_int_equal(kvs_space_find(&world.space, 0x27fff, &got, NULL), KVMSAFE_NOT_MAPPED);
	assert_int_equal(got.bytes, 1);
	assert_int_equal(kvs_space_find(&world.space, 0x28000, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 4096);
	/* The last entries of the table: no more than there are. */
	assert_int_equal(kvs_space_find(&world.space, 0x1fe000, &got, NULL), KVMSAFE_NOT_MAPPED);
	assert_int_equal(got.bytes, 0x2000);
	assert_int_equal(kvs_space_find(&world.space, 0x200000, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, UINT64_MAX - 0x200000 + 1);
	world_fini(&world);
}

static void
a_walk_over_an_empty_table_takes_few_steps(void **state)
{
	static uint8_t table[TABLE_BYTES] = { 0 };
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got;
	bool found, done = false;
	static struct world world;
	unsigned steps = 0;

	(void)state;
	put64(table + 511 * 8, 0x7001);
	flat_world(&world, table, UINT64_MAX);
	for (found = false; !found; steps++) {
		kvs_space_next(&world.space, &cursor, &got, &found, &done);
		assert_false(done);
	}
	assert_int_equal(got.va, 511 * 4096);
	assert_in_range(steps, 1, 16);
	for (steps = 0; !done; steps++)
		kvs_space_next(&world.space, &cursor, &got, &found, &done);
	assert_in_range(steps, 1, 3);
	world_fini(&world);
}

static void
a_walk_ends_with_the_range(void **state)
{
	static uint8_t table[TABLE_BYTES];
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got;
	bool found, done = false;
	static struct world world;
	uint64_t pages = 0, last_bytes = 0;

	(void)state;
	for (unsigned i = 0; i < 512; i++)
		put64(table + i * 8, i << 12 | 1);
	flat_world(&world, table, 0x2fff);
	while (!done) {
		kvs_space_next(&world.space, &cursor, &got, &found, &done);
		if (!found)
			continue;
		last_bytes = got.bytes;
		pages++;
	}
	assert_int_equal(pages, 3);
	assert_int_equal(last_bytes, 0x1000);
	world_fini(&world);
}

static const struct kvs_radix giant = {
	.levels = 1,
	.entry_bytes = 8,
	.level = { { 60, 4 } },
	.decode = flat_decode,
};

static void
a_walk_stops_at_the_end_of_the_largest_table(void **state)
{
	const struct kvs_range range = {
		.last = (UINT64_C(15) << 60) - 1,
		.method = &kvs_radix_walk,
		.table = { KVS_IN_FILE, KVS_LE, 0, 15 },
		.form = &giant,
	};
	uint8_t table[128] = { 0 };
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got = { 0 };
	bool found, done = false;
	static struct world world;
	unsigned steps = 0, seen = 0;

	(void)state;
	put64(table, 1);
	put64(table + 112, 1);
	world_init(&world, table, sizeof(table));
	world_settle(&world);
	kvs_space_add(&world.space, &range);
	for (; !done; steps++) {
		assert_in_range(steps, 0, 8);
		kvs_space_next(&world.space, &cursor, &got, &found, &done);
		if (!found)
			continue;
		assert_int_equal(got.va, seen == 0 ? 0 : UINT64_C(14) << 60);
		assert_int_equal(got.bytes, UINT64_C(1) << 60);
		seen++;
	}
	assert_int_equal(seen, 2);
	assert_int_equal(kvs_space_find(&world.space, 0, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, UINT64_C(1) << 60);
	assert_int_equal(kvs_space_find(&world.space, range.last, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 1);
	world_fini(&world);
}

/* ---- A source that fails ---- */

static enum kvmsafe_status
read_nothing(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	(void)buf;
	(void)len;
	(void)offset;
	*got = 0;
	++*(unsigned *)ctx;
	memset(err, 0, sizeof(*err));
	err->status = KVMSAFE_IO;
	err->sys_errno = 5;
	strcpy(err->message, "the disk is gone");
	return KVMSAFE_IO;
}

static void
a_failed_read_of_a_table_keeps_its_reason(void **state)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_nothing };
	static uint8_t table[TABLE_BYTES] = { 0 };
	struct kvmsafe_source *source;
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got;
	struct kvmsafe_error err;
	static struct world world;
	bool found, done = false;
	unsigned reads = 0;

	(void)state;
	flat_world(&world, table, UINT64_MAX);
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops, &reads, TABLE_BYTES, &source, NULL), KVMSAFE_OK);
	world.physical.source = source;
	assert_int_equal(kvs_space_find(&world.space, 0x3010, &got, &err), KVMSAFE_IO);
	assert_non_null(strstr(err.message, "the disk is gone"));
	assert_int_equal(err.sys_errno, 5);
	assert_int_equal(err.at, 0x3010);
	assert_int_equal(got.bytes, 0xff0);
	assert_int_equal(reads, 1);
	while (!done) {
		kvs_space_next(&world.space, &cursor, &got, &found, &done);
		assert_false(found);
		assert_in_range(reads, 1, 1 + 512);
	}
	kvmsafe_source_close(source);
	world_fini(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hole_ends_where_the_next_entry_is_valid),
		cmocka_unit_test(a_walk_over_an_empty_table_takes_few_steps),
		cmocka_unit_test(a_walk_ends_with_the_range),
		cmocka_unit_test(a_walk_stops_at_the_end_of_the_largest_table),
		cmocka_unit_test(a_failed_read_of_a_table_keeps_its_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
