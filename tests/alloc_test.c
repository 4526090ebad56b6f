/* SPDX-License-Identifier: BSD-2-Clause */
/* The allocator: what it counts, what it refuses, and what it says when the host has nothing. */
#include "util/alloc.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

void *__real_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);

static bool empty;

void *
__wrap_calloc(size_t n, size_t bytes)
{
	return empty ? NULL : __real_calloc(n, bytes);
}

static struct kvs_memory
budget(uint64_t one, uint64_t all)
{
	return (struct kvs_memory){ .allocation_limit = one, .limit = all };
}

static void
alloc_gives_zeroed_aligned_counted_blocks(void **state)
{
	struct kvs_memory memory = budget(1000, 1000);
	struct kvmsafe_error err;
	void *first, *second;

	(void)state;
	assert_int_equal(kvs_alloc(&memory, 100, 4, "thing", &first, &err), KVMSAFE_OK);
	assert_true(memory.used == 400);
	assert_int_equal(kvs_alloc(&memory, 1, 7, "thing", &second, &err), KVMSAFE_OK);
	assert_true(memory.used == 407);
	assert_int_equal((uintptr_t)first % alignof(max_align_t), 0);
	assert_int_equal((uintptr_t)second % alignof(max_align_t), 0);
	for (size_t i = 0; i < 400; i++)
		assert_int_equal(((const char *)first)[i], 0);
	memset(first, 0xff, 400);
	memset(second, 0xff, 7);
	kvs_free(&memory, first);
	assert_true(memory.used == 7);
	kvs_free(&memory, second);
	assert_true(memory.used == 0);
}

static void
alloc_of_nothing_is_a_valid_block(void **state)
{
	struct kvs_memory memory = budget(0, 0);
	void *block = NULL;

	(void)state;
	assert_int_equal(kvs_alloc(&memory, 0, 8, "thing", &block, NULL), KVMSAFE_OK);
	assert_non_null(block);
	assert_true(memory.used == 0);
	kvs_free(&memory, block);
	kvs_free(&memory, NULL);
	kvs_free(NULL, NULL);
}

static void
alloc_refuses_one_byte_above_either_limit(void **state)
{
	struct kvs_memory memory = budget(100, 150);
	struct kvmsafe_error err;
	void *block = &memory, *small;

	(void)state;
	assert_int_equal(kvs_alloc(&memory, 1, 101, "thing", &block, &err), KVMSAFE_LIMIT);
	assert_ptr_equal(block, &memory);
	assert_true(memory.used == 0);
	assert_int_equal(err.status, KVMSAFE_LIMIT);
	assert_string_equal(
	    err.message, "thing: at most 100 bytes may be allocated at once, it needs 101");
	assert_int_equal(kvs_alloc(&memory, 1, 100, "thing", &block, &err), KVMSAFE_OK);
	assert_int_equal(kvs_alloc(&memory, 1, 51, "thing", &small, &err), KVMSAFE_LIMIT);
	assert_string_equal(err.message,
	    "thing: at most 150 bytes may be allocated in all, 100 are, it needs 51 more");
	assert_int_equal(kvs_alloc(&memory, 1, 50, "thing", &small, &err), KVMSAFE_OK);
	assert_true(memory.used == 150);
	kvs_free(&memory, block);
	kvs_free(&memory, small);
}

static void
alloc_never_wraps(void **state)
{
	struct kvs_memory memory = budget(UINT64_MAX, UINT64_MAX);
	void *block;

	(void)state;
	assert_int_equal(
	    kvs_alloc(&memory, UINT64_C(1) << 32, UINT64_C(1) << 32, "thing", &block, NULL),
	    KVMSAFE_LIMIT);
	assert_int_equal(
	    kvs_alloc(&memory, 1, UINT64_MAX, "thing", &block, NULL), KVMSAFE_NO_MEMORY);
	assert_int_equal(
	    kvs_alloc(NULL, 1, UINT64_MAX - 8, "thing", &block, NULL), KVMSAFE_NO_MEMORY);
	assert_true(memory.used == 0);
}

static void
alloc_reports_a_host_without_memory(void **state)
{
	struct kvs_memory memory = budget(100, 100);
	struct kvmsafe_error err;
	void *block = &memory;

	(void)state;
	empty = true;
	const enum kvmsafe_status status = kvs_alloc(&memory, 2, 8, "thing", &block, &err);

	empty = false;
	assert_int_equal(status, KVMSAFE_NO_MEMORY);
	assert_int_equal(err.status, KVMSAFE_NO_MEMORY);
	assert_ptr_equal(block, &memory);
	assert_true(memory.used == 0);
}

static void
alloc_without_a_budget_has_no_limit(void **state)
{
	void *block;

	(void)state;
	assert_int_equal(kvs_alloc(NULL, 3, 8, "thing", &block, NULL), KVMSAFE_OK);
	kvs_free(NULL, block);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(alloc_gives_zeroed_aligned_counted_blocks),
		cmocka_unit_test(alloc_of_nothing_is_a_valid_block),
		cmocka_unit_test(alloc_refuses_one_byte_above_either_limit),
		cmocka_unit_test(alloc_never_wraps),
		cmocka_unit_test(alloc_reports_a_host_without_memory),
		cmocka_unit_test(alloc_without_a_budget_has_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
