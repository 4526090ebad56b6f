/* SPDX-License-Identifier: BSD-2-Clause */
/* Findings: kept in order up to the limit, counted above it, never a failure. */
#include "util/findings.h"

#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct kvs_memory
plenty(void)
{
	return (struct kvs_memory){ .allocation_limit = 1 << 20, .limit = 1 << 20 };
}

static void
note(struct kvs_findings *findings, uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n < to; n++)
		kvs_findings_note(findings, KVMSAFE_DAMAGED, KVMSAFE_PA, n, "number %d", (int)n);
}

static void
findings_come_back_in_order(void **state)
{
	struct kvs_memory memory = plenty();
	struct kvs_findings findings;
	struct kvmsafe_error got;

	(void)state;
	kvs_findings_init(&findings, &memory, 1000);
	assert_true(kvs_findings_count(&findings) == 0);
	assert_false(kvs_findings_get(&findings, 0, &got));
	note(&findings, 0, 100);
	assert_true(kvs_findings_count(&findings) == 100);
	for (uint64_t n = 0; n < 100; n++) {
		assert_true(kvs_findings_get(&findings, n, &got));
		assert_true(got.at == n);
		assert_int_equal(got.status, KVMSAFE_DAMAGED);
		assert_int_equal(got.place, KVMSAFE_PA);
	}
	assert_string_equal(got.message, "number 99");
	memset(&got, 0xee, sizeof(got));
	assert_false(kvs_findings_get(&findings, 100, &got));
	assert_int_equal(got.message[0], (char)0xee);
	kvs_findings_fini(&findings);
	assert_true(memory.used == 0);
}

static void
findings_at_the_limit_are_all_kept(void **state)
{
	struct kvs_memory memory = plenty();
	struct kvs_findings findings;
	struct kvmsafe_error got;

	(void)state;
	kvs_findings_init(&findings, &memory, 5);
	note(&findings, 0, 5);
	assert_true(kvs_findings_count(&findings) == 5);
	assert_true(kvs_findings_get(&findings, 4, &got));
	assert_true(got.at == 4);
	kvs_findings_fini(&findings);
}

static void
findings_above_the_limit_are_counted_in_its_last_place(void **state)
{
	struct kvs_memory memory = plenty();
	struct kvs_findings findings;
	struct kvmsafe_error got;

	(void)state;
	kvs_findings_init(&findings, &memory, 5);
	note(&findings, 0, 12);
	assert_true(kvs_findings_count(&findings) == 5);
	assert_true(kvs_findings_get(&findings, 3, &got));
	assert_true(got.at == 3);
	assert_true(kvs_findings_get(&findings, 4, &got));
	assert_int_equal(got.status, KVMSAFE_LIMIT);
	assert_string_equal(got.message, "findings: at most 5 are kept, 8 more were left out");
	assert_false(kvs_findings_get(&findings, 5, &got));
	kvs_findings_fini(&findings);
}

static void
findings_without_memory_are_counted(void **state)
{
	struct kvs_memory memory = { .allocation_limit = 6000, .limit = 6000 };
	struct kvs_findings findings;
	struct kvmsafe_error got;

	(void)state;
	kvs_findings_init(&findings, &memory, 1000); /* 16 fit, 32 do not */
	note(&findings, 0, 20);
	assert_true(kvs_findings_count(&findings) == 17);
	assert_true(kvs_findings_get(&findings, 15, &got));
	assert_true(got.at == 15);
	assert_true(kvs_findings_get(&findings, 16, &got));
	assert_int_equal(got.status, KVMSAFE_LIMIT);
	assert_non_null(strstr(got.message, " 4 more"));
	kvs_findings_fini(&findings);
	assert_true(memory.used == 0);
}

static void
findings_of_limit_one_and_of_no_list(void **state)
{
	struct kvs_memory memory = plenty();
	struct kvs_findings findings;
	struct kvmsafe_error got;

	(void)state;
	kvs_findings_init(&findings, &memory, 1);
	note(&findings, 0, 1);
	assert_true(kvs_findings_get(&findings, 0, &got));
	assert_int_equal(got.status, KVMSAFE_DAMAGED);
	note(&findings, 1, 2);
	assert_true(kvs_findings_count(&findings) == 1);
	assert_true(kvs_findings_get(&findings, 0, &got));
	assert_int_equal(got.status, KVMSAFE_LIMIT);
	assert_non_null(strstr(got.message, " 2 more"));
	kvs_findings_fini(&findings);
	note(NULL, 0, 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(findings_come_back_in_order),
		cmocka_unit_test(findings_at_the_limit_are_all_kept),
		cmocka_unit_test(findings_above_the_limit_are_counted_in_its_last_place),
		cmocka_unit_test(findings_without_memory_are_counted),
		cmocka_unit_test(findings_of_limit_one_and_of_no_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
