/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads at the start, in the middle, across the end and far beyond it. */
#include "support/pattern.h"

#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

uint8_t pattern[PATTERN_BYTES];

void
pattern_fill(void)
{
	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)(i * 7 + i / 256);
}

void
pattern_check(const struct kvmsafe_source *source, size_t skip, size_t len)
{
	struct kvmsafe_error err;
	static uint8_t buf[PATTERN_BYTES + 1];
	size_t got = 99;

	assert_true(kvmsafe_source_bytes(source) == len);
	assert_int_equal(kvmsafe_source_read(source, 0, buf, len, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got, len);
	assert_memory_equal(buf, pattern + skip, len);
	assert_int_equal(kvmsafe_source_read(source, len / 2, buf, 3, &got, NULL), KVMSAFE_OK);
	assert_memory_equal(buf, pattern + skip + len / 2, 3);
	assert_int_equal(kvmsafe_source_read(source, len, buf, 0, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got, 0);

	memset(buf, 0xee, sizeof(buf));
	memset(&err, 0, sizeof(err));
	assert_int_equal(
	    kvmsafe_source_read(source, len - 2, buf, 7, &got, &err), KVMSAFE_TRUNCATED);
	assert_int_equal(got, 2);
	assert_memory_equal(buf, pattern + skip + len - 2, 2);
	assert_int_equal(buf[2], 0xee);
	assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
	assert_true(err.at == len);
	assert_int_equal(
	    kvmsafe_source_read(source, UINT64_MAX, buf, 7, &got, &err), KVMSAFE_TRUNCATED);
	assert_int_equal(got, 0);
	assert_true(err.at == UINT64_MAX);
}
