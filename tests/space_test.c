/* SPDX-License-Identifier: BSD-2-Clause */
/* Which range answers, for how many bytes, and what an address in none is told. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct kvs_range
linear(uint64_t first, uint64_t last, uint64_t pa)
{
	return (struct kvs_range){
		.first = first, .last = last, .method = &kvs_linear, .base = pa - first
	};
}

static void
add(struct kvs_space *space, struct kvs_range range)
{
	kvs_space_add(space, &range);
}

static void
the_first_added_of_two_ranges_answers(void **state)
{
	struct kvmsafe_translation got;
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 64);
	add(&space, linear(0x5000, 0x5fff, 0x90000));
	add(&space, linear(0x1000, 0x8fff, 0x1000));
	assert_int_equal(kvs_space_find(&space, 0x5010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x90010);
	assert_int_equal(got.bytes, 0xff0);
	/* The later one: up to the earlier, then from behind it on. */
	assert_int_equal(kvs_space_find(&space, 0x1010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x1010);
	assert_int_equal(got.bytes, 0x5000 - 0x1010);
	assert_int_equal(kvs_space_find(&space, 0x6000, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 0x3000);
}

static void
a_later_range_does_not_cut_an_earlier_one(void **state)
{
	struct kvmsafe_translation got;
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 64);
	add(&space, linear(0x1000, 0x8fff, 0x1000));
	add(&space, linear(0x5000, 0x5fff, 0x90000));
	assert_int_equal(kvs_space_find(&space, 0x1010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 0x8000 - 0x10);
	assert_int_equal(kvs_space_find(&space, 0x5010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x5010);
}

static void
a_hole_reaches_to_the_next_range(void **state)
{
	struct kvmsafe_translation got;
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 64);
	assert_int_equal(kvs_space_find(&space, 0, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 0); /* to 2^64 */
	add(&space, linear(0x9000, 0x9fff, 0));
	add(&space, linear(0x5000, 0x5fff, 0));
	assert_int_equal(kvs_space_find(&space, 0x10, &got, &err), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 0x5000 - 0x10);
	assert_int_equal(err.place, KVMSAFE_VA);
	assert_int_equal(err.at, 0x10);
	assert_string_equal(err.message, "no map of this dump covers the address");
	assert_int_equal(kvs_space_find(&space, 0x6000, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 0x3000);
	assert_int_equal(kvs_space_find(&space, 0xa000, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, UINT64_MAX - 0xa000 + 1);
	assert_int_equal(got.pa, KVMSAFE_NONE);
	assert_int_equal(got.file_offset, KVMSAFE_NONE);
}

static void
an_address_in_no_range_is_told_the_reason(void **state)
{
	struct kvmsafe_translation got;
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 64);
	space.outside = KVMSAFE_KERNEL_NEEDED;
	space.outside_words = "100% of the kernel is needed";
	assert_int_equal(kvs_space_find(&space, 0x10, &got, &err), KVMSAFE_KERNEL_NEEDED);
	assert_string_equal(err.message, "100% of the kernel is needed");
}

static void
addresses_end_with_their_bits(void **state)
{
	struct kvmsafe_translation got;
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 32);
	add(&space, linear(0xc0000000, UINT64_MAX, 0));
	assert_int_equal(kvs_space_find(&space, 0xffffffff, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 1);
	assert_int_equal(kvs_space_find(&space, UINT64_C(0x100000000), &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, UINT64_MAX - UINT64_C(0xffffffff));
	assert_int_equal(
	    kvs_space_find(&space, UINT64_C(0xffffffffc0000000), &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(kvs_space_find(&space, 0x10, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 0xc0000000 - 0x10);
}

static void
there_is_room_for_the_ranges_of_any_machine(void **state)
{
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 32);
	for (unsigned i = 0; i < KVS_RANGES_MAX; i++)
		add(&space, linear(0x1000 * i, 0x1000 * i + 0xfff, 0));
	assert_int_equal(space.ranges, KVS_RANGES_MAX);
}

static struct kvs_range
alias(uint64_t first, uint64_t last, uint64_t target)
{
	return (struct kvs_range){
		.first = first, .last = last, .method = &kvs_alias, .base = target - first
	};
}

static void
an_alias_is_resolved_in_the_other_ranges(void **state)
{
	struct kvmsafe_translation got;
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 64);
	add(&space, alias(0x100000, 0x10ffff, UINT64_C(0xc000000000004000)));
	add(&space, linear(UINT64_C(0xc000000000000000), UINT64_C(0xc000000000005fff), 0x7000));
	assert_int_equal(kvs_space_find(&space, 0x100010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.va, 0x100010);
	assert_int_equal(got.pa, 0xb010);
	assert_int_equal(got.bytes, 0x1ff0); /* the range behind ends first */
	assert_int_equal(kvs_space_find(&space, 0x102000, &got, &err), KVMSAFE_NO_MAP);
	assert_int_equal(err.at, 0x102000);
	assert_int_equal(got.bytes, 0xe000); /* the alias ends first */
	assert_int_equal(kvs_space_find(&space, 0x110000, &got, NULL), KVMSAFE_NO_MAP);
}

static void
an_alias_does_not_lead_to_an_alias(void **state)
{
	struct kvmsafe_translation got;
	static struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 64);
	add(&space, alias(0x1000, 0x1fff, 0x3000));
	add(&space, alias(0x3000, 0x3fff, 0x1000));
	add(&space, alias(0x5000, 0x5fff, 0x5000)); /* to itself */
	add(&space, linear(0x3800, 0x5fff, 0x70000));
	assert_int_equal(kvs_space_find(&space, 0x1010, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 0x7f0);
	assert_int_equal(kvs_space_find(&space, 0x3010, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(kvs_space_find(&space, 0x1810, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x70010);
	assert_int_equal(got.bytes, 0x7f0);
	assert_int_equal(kvs_space_find(&space, 0x5010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x71810);
	/* Nor does one that the address behind the alias runs into cut the answer. */
	add(&space, alias(0x10000, 0x17fff, 0x20000));
	add(&space, alias(0x20800, 0x20fff, 0x1000));
	add(&space, linear(0x20000, 0x2ffff, 0));
	assert_int_equal(kvs_space_find(&space, 0x10010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 0x7ff0);
}

static void
an_alias_may_wrap_but_not_pass_the_address_bits(void **state)
{
	struct kvmsafe_translation got;
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 32);
	add(&space, alias(0xf000, 0xffff, UINT64_C(0xfffff800)));
	add(&space, linear(0, 0xfff, 0x70000));
	add(&space, linear(UINT64_C(0xfffff000), UINT64_C(0xffffffff), 0x90000));
	assert_int_equal(kvs_space_find(&space, 0xf7f8, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x90ff8);
	assert_int_equal(got.bytes, 8);
	assert_int_equal(kvs_space_find(&space, 0xf800, &got, NULL), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 0x800);
}

/* ---- Tables of one level in the file, for walks over several ranges ---- */

static struct kvs_entry
decode(uint64_t raw, unsigned level)
{
	(void)level;
	return (struct kvs_entry){
		.kind = raw != 0 ? KVS_ENTRY_PAGE : KVS_ENTRY_INVALID,
		.pa = raw,
	};
}

static const struct kvs_radix form = {
	.levels = 1,
	.entry_bytes = 8,
	.level = { { 12, 9 } },
	.decode = decode,
};

static struct kvs_range
table(uint64_t first, uint64_t offset, uint64_t entries)
{
	return (struct kvs_range){
		.first = first,
		.last = UINT64_MAX,
		.method = &kvs_radix_walk,
		.base = first,
		.table = { KVS_IN_FILE, KVS_LE, offset, entries },
		.form = &form,
	};
}

static void
a_walk_takes_the_tables_of_all_ranges_in_order(void **state)
{
	static const uint64_t expected[] = { 0x90000, 0x92000, 0x10000, 0x11000 };
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got;
	uint8_t file[64] = { 0 };
	static struct world world;
	bool found, done = false;
	size_t n = 0;

	(void)state;
	put64(file, 0x1000);
	put64(file + 16, 0x2000);
	put64(file + 32, 0x3000);
	put64(file + 40, 0x4000);
	world_init(&world, file, sizeof(file));
	world_settle(&world);
	add(&world.space,
	    linear(0x91000, 0x92fff, 0)); /* hides entry 2, which is walked all the same */
	add(&world.space, table(0x90000, 0, 3));
	add(&world.space, alias(0x1000, 0x1fff, 0x90000));
	add(&world.space, table(0x10000, 32, 3));
	for (unsigned calls = 0; !done; calls++) {
		assert_in_range(calls, 0, 20);
		kvs_space_next(&world.space, &cursor, &got, &found, &done);
		if (!found)
			continue;
		assert_in_range(n, 0, 3);
		assert_int_equal(got.va, expected[n]);
		assert_int_equal(got.pa, 0x1000 * (n + 1));
		n++;
	}
	assert_int_equal(n, 4);
	kvs_space_next(&world.space, &cursor, &got, &found, &done);
	assert_true(done);
	assert_false(found);
	world_fini(&world);
}

static void
a_table_entry_is_loaded_whole_or_not_at_all(void **state)
{
	uint8_t file[0x30];
	struct kvs_table at = { KVS_IN_MEMORY, KVS_BE, 0x1000, 4 };
	struct kvmsafe_step step;
	static struct world world;

	(void)state;
	for (unsigned i = 0; i < sizeof(file); i++)
		file[i] = (uint8_t)i;
	world_init(&world, file, sizeof(file));
	world_segment(&world, 0x1000, 0xc, 0x10, 0xc); /* ends in entry 1 */
	world_segment(&world, 0x2000, 0x18, 0x20, 0x18); /* the file ends in entry 2 */
	world_segment(&world, 0x3000, 0xc, 0x0, 0xc);
	world_segment(&world, 0x300c, 0xc, 0x0c, 0xc); /* entry 1 is in two segments */
	world_settle(&world);
	assert_int_equal(kvs_table_load(&world.space, &at, 0, 8, &step, NULL), KVMSAFE_OK);
	assert_int_equal(step.entry, UINT64_C(0x1011121314151617));
	assert_int_equal(step.entry_pa, 0x1000);
	assert_int_equal(step.entry_offset, 0x10);
	assert_int_equal(
	    kvs_table_load(&world.space, &at, 1, 8, &step, NULL), KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(step.entry_pa, 0x1008);
	at.at = 0x2004;
	at.order = KVS_LE;
	assert_int_equal(kvs_table_load(&world.space, &at, 0, 8, &step, NULL), KVMSAFE_OK);
	assert_int_equal(step.entry, UINT64_C(0x2b2a292827262524));
	assert_int_equal(kvs_table_load(&world.space, &at, 1, 8, &step, NULL), KVMSAFE_TRUNCATED);
	at.at = 0x3000;
	assert_int_equal(kvs_table_load(&world.space, &at, 1, 8, &step, NULL), KVMSAFE_DAMAGED);
	world_fini(&world);
}

static void
tables_end_with_the_file(void **state)
{
	static const uint8_t file[0x30];
	struct kvs_table at = { KVS_IN_FILE, KVS_LE, UINT64_C(0xfffffffffffffff4), 4 };
	struct kvmsafe_step step;
	static struct world world;

	(void)state;
	world_init(&world, file, sizeof(file));
	world_settle(&world);
	assert_int_equal(kvs_table_load(&world.space, &at, 1, 8, &step, NULL), KVMSAFE_TRUNCATED);
	at.at = 0x28;
	assert_int_equal(kvs_table_load(&world.space, &at, 0, 8, &step, NULL), KVMSAFE_OK);
	assert_int_equal(step.entry_pa, KVMSAFE_NONE);
	at.at = 0x29;
	assert_int_equal(kvs_table_load(&world.space, &at, 0, 8, &step, NULL), KVMSAFE_TRUNCATED);
	world_fini(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_added_of_two_ranges_answers),
		cmocka_unit_test(a_later_range_does_not_cut_an_earlier_one),
		cmocka_unit_test(a_hole_reaches_to_the_next_range),
		cmocka_unit_test(an_address_in_no_range_is_told_the_reason),
		cmocka_unit_test(addresses_end_with_their_bits),
		cmocka_unit_test(there_is_room_for_the_ranges_of_any_machine),
		cmocka_unit_test(an_alias_is_resolved_in_the_other_ranges),
		cmocka_unit_test(an_alias_does_not_lead_to_an_alias),
		cmocka_unit_test(an_alias_may_wrap_but_not_pass_the_address_bits),
		cmocka_unit_test(a_walk_takes_the_tables_of_all_ranges_in_order),
		cmocka_unit_test(a_table_entry_is_loaded_whole_or_not_at_all),
		cmocka_unit_test(tables_end_with_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
