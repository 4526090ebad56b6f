/* SPDX-License-Identifier: BSD-2-Clause */
/* Ranges without a table: direct maps, segments of memory by mask, virtual segments. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum kvmsafe_status
find(const struct kvs_range *range, uint64_t va, struct kvmsafe_translation *out)
{
	struct kvs_space space;

	kvs_space_init(&space, NULL, 64);
	kvs_space_add(&space, range);
	return kvs_space_find(&space, va, out, NULL);
}

static uint64_t
direct_va(const struct kvs_range *range, uint64_t pa)
{
	struct kvs_space space;

	kvs_space_init(&space, NULL, 64);
	kvs_space_add(&space, range);
	return kvs_space_direct_va(&space, pa);
}

static const struct kvs_range direct = {
	.first = UINT64_C(0xfffff80000000000),
	.last = UINT64_C(0xfffffbffffffffff),
	.method = &kvs_linear,
	.base = UINT64_C(0x40000000) - UINT64_C(0xfffff80000000000),
};

static void
a_direct_map_answers_to_its_end(void **state)
{
	struct kvmsafe_translation got;

	(void)state;
	assert_int_equal(find(&direct, UINT64_C(0xfffff80000200040), &got), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x40200040);
	assert_int_equal(got.bytes, (UINT64_C(1) << 42) - 0x200040);
	assert_int_equal(got.page_bytes, 0);
	assert_int_equal(got.protection, 0);
	assert_int_equal(got.steps, 0);
	assert_int_equal(find(&direct, UINT64_C(0xfffffbffffffffff), &got), KVMSAFE_OK);
	assert_int_equal(got.bytes, 1);
	assert_int_equal(find(&direct, UINT64_C(0xfffffc0000000000), &got), KVMSAFE_NO_MAP);
	assert_int_equal(find(&direct, UINT64_C(0xfffff7ffffffffff), &got), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 1);
}

static void
a_direct_map_does_not_wrap_to_low_memory(void **state)
{
	const struct kvs_range range = {
		.first = 0x10000,
		.last = 0x1ffff,
		.method = &kvs_linear,
		.base = UINT64_C(0xffffffffffffe000) - 0x10000,
	};
	struct kvmsafe_translation got;

	(void)state;
	assert_int_equal(find(&range, 0x11ff8, &got), KVMSAFE_OK);
	assert_int_equal(got.pa, UINT64_C(0xfffffffffffffff8));
	assert_int_equal(got.bytes, 8);
	assert_int_equal(find(&range, 0x12000, &got), KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(got.pa, KVMSAFE_NONE);
	assert_int_equal(got.bytes, 0xe000);
	assert_int_equal(direct_va(&range, UINT64_C(0xffffffffffffe008)), 0x10008);
	assert_int_equal(direct_va(&range, 0), KVMSAFE_NONE);
}

/* mips: kseg1, the second view of the first 512 MiB. */
static const struct kvs_range kseg = {
	.first = 0xa0000000,
	.last = 0xbfffffff,
	.method = &kvs_linear,
	.mask = 0x1fffffff,
};

static void
a_masked_range_says_how_far_it_rises(void **state)
{
	struct kvmsafe_translation got;

	(void)state;
	assert_int_equal(find(&kseg, 0xa0003010, &got), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x3010);
	assert_int_equal(got.bytes, 0x20000000 - 0x3010);
	assert_int_equal(find(&kseg, 0xbfffffff, &got), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x1fffffff);
	assert_int_equal(got.bytes, 1);
	assert_int_equal(find(&kseg, 0x9fffffff, &got), KVMSAFE_NO_MAP);
	assert_int_equal(find(&kseg, 0xc0000000, &got), KVMSAFE_NO_MAP);
}

static void
the_direct_address_of_a_page_is_the_inverse(void **state)
{
	(void)state;
	assert_int_equal(direct_va(&direct, 0x40200040), UINT64_C(0xfffff80000200040));
	assert_int_equal(direct_va(&direct, 0x3fffffff), KVMSAFE_NONE);
	assert_int_equal(direct_va(&direct, 0x40000000 + (UINT64_C(1) << 42)), KVMSAFE_NONE);
	/* A segment that cuts bits off is no map of all memory: libkvm reports none on mips. */
	assert_int_equal(direct_va(&kseg, 0x3010), KVMSAFE_NONE);
}

static void
an_earlier_range_takes_the_direct_address_away(void **state)
{
	const struct kvs_range first = {
		.first = UINT64_C(0xfffff80000200000),
		.last = UINT64_C(0xfffff80000200fff),
		.method = &kvs_linear,
		.base = UINT64_C(0x9000) - UINT64_C(0xfffff80000200000),
	};
	struct kvs_space space;

	(void)state;
	kvs_space_init(&space, NULL, 64);
	kvs_space_add(&space, &first);
	kvs_space_add(&space, &direct);
	assert_int_equal(kvs_space_direct_va(&space, 0x40200040), KVMSAFE_NONE);
	assert_int_equal(kvs_space_direct_va(&space, 0x40201040), UINT64_C(0xfffff80000201040));
	assert_int_equal(kvs_space_direct_va(&space, 0x9040), UINT64_C(0xfffff80000200040));
}

static void
virtual_segments_lead_to_the_file(void **state)
{
	static const uint8_t file[0x2000];
	struct kvmsafe_translation got;
	struct kvmsafe_error err;
	struct kvs_range range = { .last = UINT64_MAX, .method = &kvs_to_file };
	static struct world world;

	(void)state;
	world_init(&world, file, sizeof(file));
	world_segment(&world, 0xd0000000, 0x3000, 0x1000, 0x2000);
	world_settle(&world);
	range.form = &world.physical.segments;
	kvs_space_add(&world.space, &range);
	assert_int_equal(kvs_space_find(&world.space, 0xd0000010, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.file_offset, 0x1010);
	assert_int_equal(got.pa, KVMSAFE_NONE);
	assert_int_equal(got.bytes, 0xff0);
	assert_int_equal(kvs_space_find(&world.space, 0xd0001008, &got, &err), KVMSAFE_TRUNCATED);
	assert_int_equal(got.bytes, 0xff8);
	assert_int_equal(err.at, 0xd0001008);
	assert_int_equal(kvs_space_find(&world.space, 0xd0002000, &got, &err), KVMSAFE_NOT_DUMPED);
	assert_int_equal(got.bytes, 0x1000);
	assert_int_equal(kvs_space_find(&world.space, 0xd0003000, &got, &err), KVMSAFE_NO_MAP);
	assert_int_equal(kvs_space_find(&world.space, 0xcfffffff, &got, &err), KVMSAFE_NO_MAP);
	assert_int_equal(got.bytes, 1);
	world_fini(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_direct_map_answers_to_its_end),
		cmocka_unit_test(a_direct_map_does_not_wrap_to_low_memory),
		cmocka_unit_test(a_masked_range_says_how_far_it_rises),
		cmocka_unit_test(the_direct_address_of_a_page_is_the_inverse),
		cmocka_unit_test(an_earlier_range_takes_the_direct_address_away),
		cmocka_unit_test(virtual_segments_lead_to_the_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
