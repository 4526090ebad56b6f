/* SPDX-License-Identifier: BSD-2-Clause */
/* Checked arithmetic: right below the edge, refused above it. */
#include "util/checked.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
add_answers_false_instead_of_wrapping(void **state)
{
	uint64_t sum = 7;

	(void)state;
	assert_true(kvs_add(UINT64_MAX - 1, 1, &sum));
	assert_true(sum == UINT64_MAX);
	assert_true(kvs_add(0, 0, &sum));
	assert_true(sum == 0);
	sum = 7;
	assert_false(kvs_add(UINT64_MAX, 1, &sum));
	assert_false(kvs_add(1, UINT64_MAX, &sum));
	assert_false(kvs_add(UINT64_C(1) << 63, UINT64_C(1) << 63, &sum));
	assert_true(sum == 7);
}

static void
mul_answers_false_instead_of_wrapping(void **state)
{
	uint64_t product = 7;

	(void)state;
	assert_true(kvs_mul(UINT64_C(0xffffffff), UINT64_C(0x100000001), &product));
	assert_true(product == UINT64_MAX);
	assert_true(kvs_mul(0, UINT64_MAX, &product));
	assert_true(product == 0);
	assert_true(kvs_mul(UINT64_MAX, 0, &product));
	assert_true(product == 0);
	product = 7;
	assert_false(kvs_mul(UINT64_C(1) << 32, UINT64_C(1) << 32, &product));
	assert_false(kvs_mul(UINT64_MAX, 2, &product));
	assert_true(product == 7);
}

static void
within_holds_at_the_end_and_never_adds(void **state)
{
	(void)state;
	assert_true(kvs_within(0, 0, 0));
	assert_true(kvs_within(10, 0, 10));
	assert_true(kvs_within(4, 6, 10));
	assert_false(kvs_within(4, 7, 10));
	assert_false(kvs_within(11, 0, 10));
	assert_false(kvs_within(UINT64_MAX, 1, 10));
	assert_false(kvs_within(2, UINT64_MAX, 10));
	assert_true(kvs_within(1, UINT64_MAX - 1, UINT64_MAX));
}

static void
round_up_answers_false_at_the_top(void **state)
{
	uint64_t rounded = 7;

	(void)state;
	assert_true(kvs_round_up(0, 12, &rounded));
	assert_true(rounded == 0);
	assert_true(kvs_round_up(1, 12, &rounded));
	assert_true(rounded == 4096);
	assert_true(kvs_round_up(4096, 12, &rounded));
	assert_true(rounded == 4096);
	assert_true(kvs_round_up(UINT64_MAX - 4095, 12, &rounded));
	assert_true(rounded == UINT64_MAX - 4095);
	rounded = 7;
	assert_false(kvs_round_up(UINT64_MAX - 4094, 12, &rounded));
	assert_false(kvs_round_up(UINT64_MAX, 12, &rounded));
	assert_true(rounded == 7);
}

static void
min_is_the_lower_one(void **state)
{
	(void)state;
	assert_true(kvs_min(1, 2) == 1);
	assert_true(kvs_min(2, 1) == 1);
	assert_true(kvs_min(UINT64_MAX, 0) == 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(add_answers_false_instead_of_wrapping),
		cmocka_unit_test(mul_answers_false_instead_of_wrapping),
		cmocka_unit_test(within_holds_at_the_end_and_never_adds),
		cmocka_unit_test(round_up_answers_false_at_the_top),
		cmocka_unit_test(min_is_the_lower_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
