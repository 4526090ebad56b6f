/* SPDX-License-Identifier: BSD-2-Clause */
/* Inputs that ci/guards found missing: each test is named after the guard that only it notices. */
#include "index/pagemap.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "index/bitmap.h"
#include "index/physical.h"

#define SHIFT 12
#define PAGE UINT64_C(4096)

/*
 * A bitmap of 32-bit words whose second one is cut: its bytes are there, but are not trusted. Clear
 * bits before the cut are pages that were not dumped; those from the cut on may have been.
 */
static void
find_bit_ends_a_run_where_the_known_bits_end(void **state)
{
	static const uint8_t bits[7];
	struct kvmsafe_bitmap *bitmap;
	struct kvs_dump_avail avail;
	struct kvs_pagemap map;
	struct kvs_extent extent;

	(void)state;
	assert_int_equal(kvs_dump_avail_implied(&avail, NULL, 64, SHIFT, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvmsafe_bitmap_create(bits, sizeof(bits), 56, KVMSAFE_BITS_LE, &bitmap, NULL),
	    KVMSAFE_OK);
	kvs_pagemap_init(&map, bitmap, &avail, SHIFT, PAGE, PAGE);
	kvs_pagemap_set_cut(&map, false, 32, 64);

	assert_int_equal(kvs_pagemap_find(&map, 31 * PAGE, &extent), KVMSAFE_NOT_DUMPED);
	assert_int_equal(extent.bytes, PAGE);
	assert_int_equal(kvs_pagemap_find(&map, 32 * PAGE, &extent), KVMSAFE_TRUNCATED);
	kvs_pagemap_fini(&map);
}

/* More bytes than have bits of a number: who says so can still ask for the first of them. */
static void
bit_limit_of_more_bytes_than_have_numbers_is_that_of_the_bits(void **state)
{
	static const uint8_t bits[16] = { [0] = 1, [12] = 0x18 };
	struct kvmsafe_bitmap *bitmap;

	(void)state;
	assert_int_equal(
	    kvmsafe_bitmap_create(bits, SIZE_MAX, 100, KVMSAFE_BITS_LE, &bitmap, NULL), KVMSAFE_OK);
	assert_int_equal(kvmsafe_bitmap_count(bitmap), 2); /* bit 100 is none of them */
	kvmsafe_bitmap_destroy(bitmap);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(find_bit_ends_a_run_where_the_known_bits_end),
		cmocka_unit_test(bit_limit_of_more_bytes_than_have_numbers_is_that_of_the_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
