/* SPDX-License-Identifier: BSD-2-Clause */
/* Loads by width and order at any alignment; the view that remembers its first missing field. */
#include "source/view.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const uint8_t bytes[] = { 0xee, 0x81, 0x22, 0x43, 0x64, 0x85, 0xa6, 0xc7, 0xe8, 0xee };

static void
load_reads_every_width_in_both_orders(void **state)
{
	static const struct {
		uint64_t le, be;
	} expected[] = { { 0, 0 }, { 0x81, 0x81 }, { 0x2281, 0x8122 }, { 0x432281, 0x812243 },
		{ 0x64432281, 0x81224364 }, { UINT64_C(0x8564432281), UINT64_C(0x8122436485) },
		{ UINT64_C(0xa68564432281), UINT64_C(0x8122436485a6) },
		{ UINT64_C(0xc7a68564432281), UINT64_C(0x8122436485a6c7) },
		{ UINT64_C(0xe8c7a68564432281), UINT64_C(0x8122436485a6c7e8) } };

	(void)state;
	for (unsigned width = 1; width <= 8; width++) {
		assert_true(kvs_load(bytes + 1, width, KVS_LE) == expected[width].le);
		assert_true(kvs_load(bytes + 1, width, KVS_BE) == expected[width].be);
	}
	assert_true(kvs_load64le(bytes + 1) == expected[8].le);
	assert_true(kvs_load64be(bytes + 1) == expected[8].be);
}

static void
view_reads_up_to_its_last_byte(void **state)
{
	struct kvs_view view = { .bytes = bytes + 1, .len = 8, .order = KVS_BE };

	(void)state;
	assert_true(kvs_view_uint(&view, 0, 8) == UINT64_C(0x8122436485a6c7e8));
	assert_true(kvs_view_uint(&view, 7, 1) == 0xe8);
	assert_false(view.overran);
	view.order = KVS_LE;
	assert_true(kvs_view_uint(&view, 4, 4) == 0xe8c7a685);
	assert_false(view.overran);
}

static void
view_remembers_the_first_field_that_is_missing(void **state)
{
	struct kvs_view view = { .bytes = bytes, .len = 8, .file_offset = 1000 };

	(void)state;
	assert_true(kvs_view_uint(&view, 5, 4) == 0);
	assert_true(view.overran);
	assert_true(view.overran_at == 1005);
	assert_true(kvs_view_uint(&view, 100, 8) == 0);
	assert_true(view.overran_at == 1005);
	assert_true(kvs_view_uint(&view, 0, 1) == 0xee);
	assert_true(view.overran);
}

static void
view_of_a_wrapping_offset_is_missing(void **state)
{
	struct kvs_view view = { .bytes = bytes, .len = 8 };

	(void)state;
	assert_true(kvs_view_uint(&view, SIZE_MAX, 2) == 0);
	assert_true(view.overran);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(load_reads_every_width_in_both_orders),
		cmocka_unit_test(view_reads_up_to_its_last_byte),
		cmocka_unit_test(view_remembers_the_first_field_that_is_missing),
		cmocka_unit_test(view_of_a_wrapping_offset_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
