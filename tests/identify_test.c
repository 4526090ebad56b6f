/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file is by its first bytes: every kind, at its shortest and one byte shorter. */
#include "format/identify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum kvs_file_kind
kind_of(const void *bytes, size_t len)
{
	const struct kvs_view head = { .bytes = bytes, .len = len };

	return kvs_identify(&head);
}

static void
each_magic_tells_its_kind_and_less_than_it_does_not(void **state)
{
	static const struct {
		const char *bytes;
		size_t len; /* the least that tells */
		enum kvs_file_kind kind;
	} rows[] = {
		{ "minidump", 8, KVS_FILE_MINIDUMP },
		{ "\177ELF", 4, KVS_FILE_ELF },
		{ "FreeBSD Kernel Dump", 20, KVS_FILE_KERNEL_DUMP_HEADER },
		{ "FreeBSD Text Dump", 18, KVS_FILE_TEXT_DUMP_HEADER },
		{ "Cleared Kernel Dump", 20, KVS_FILE_CLEARED },
		{ "\037\213", 2, KVS_FILE_GZIP },
		{ "\050\265\057\375", 4, KVS_FILE_ZSTD },
		{ "\3757zXZ", 6, KVS_FILE_XZ },
		{ "BZh", 3, KVS_FILE_BZIP2 },
		{ "Dump header from device", 23, KVS_FILE_INFO },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char changed[32] = { 0 };

		assert_int_equal(kind_of(rows[i].bytes, rows[i].len), rows[i].kind);
		assert_int_equal(kind_of(rows[i].bytes, rows[i].len - 1), KVS_FILE_UNKNOWN);
		for (size_t at = 0; at < rows[i].len; at++) {
			memcpy(changed, rows[i].bytes, rows[i].len);
			changed[at] ^= 0x20;
			assert_int_equal(kind_of(changed, rows[i].len), KVS_FILE_UNKNOWN);
		}
	}
}

static void
a_tar_archive_has_its_magic_further_on(void **state)
{
	uint8_t bytes[512] = { 'v', 'm' };

	(void)state;
	memcpy(bytes + 257, "ustar", 5);
	assert_int_equal(kind_of(bytes, 262), KVS_FILE_TAR);
	assert_int_equal(kind_of(bytes, 261), KVS_FILE_UNKNOWN);
	assert_int_equal(kind_of(bytes, sizeof(bytes)), KVS_FILE_TAR);
	memcpy(bytes, "minidump", 8); /* a dump whatever lies there */
	assert_int_equal(kind_of(bytes, sizeof(bytes)), KVS_FILE_MINIDUMP);
}

static void
nothing_and_nothing_but_zeros_are_kinds_of_their_own(void **state)
{
	uint8_t bytes[512] = { 0 };

	(void)state;
	assert_int_equal(kind_of("", 0), KVS_FILE_EMPTY);
	assert_int_equal(kind_of(bytes, 1), KVS_FILE_ZEROS);
	assert_int_equal(kind_of(bytes, sizeof(bytes)), KVS_FILE_ZEROS);
	bytes[511] = 1;
	assert_int_equal(kind_of(bytes, sizeof(bytes)), KVS_FILE_UNKNOWN);
	assert_int_equal(kind_of(bytes, 511), KVS_FILE_ZEROS);
}

/* struct kerneldumpkey: the algorithm, and the bytes of an RSA modulus. */
static void
a_key_block_is_told_by_its_two_numbers(void **state)
{
	static const struct {
		uint8_t algorithm, size[4];
		enum kvs_file_kind kind;
	} rows[] = {
		{ 1, { 0, 0, 1, 0 }, KVS_FILE_KEY },
		{ 2, { 0, 0, 2, 0 }, KVS_FILE_KEY },
		{ 2, { 0, 0, 0, 128 }, KVS_FILE_KEY },
		{ 1, { 0, 0, 4, 0 }, KVS_FILE_KEY },
		{ 0, { 0, 0, 1, 0 }, KVS_FILE_UNKNOWN },
		{ 3, { 0, 0, 1, 0 }, KVS_FILE_UNKNOWN },
		{ 1, { 0, 0, 1, 1 }, KVS_FILE_UNKNOWN },
		{ 1, { 0, 1, 0, 0 }, KVS_FILE_UNKNOWN }, /* little-endian */
		{ 1, { 0, 0, 0, 0 }, KVS_FILE_UNKNOWN },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t bytes[300] = { rows[i].algorithm, 0x55 };

		memcpy(bytes + 33, rows[i].size, 4);
		assert_int_equal(kind_of(bytes, 37), rows[i].kind);
		assert_int_equal(kind_of(bytes, sizeof(bytes)), rows[i].kind);
		assert_int_equal(kind_of(bytes, 36), KVS_FILE_UNKNOWN);
	}
}

static void
every_kind_has_words(void **state)
{
	(void)state;
	for (enum kvs_file_kind kind = KVS_FILE_EMPTY; kind <= KVS_FILE_UNKNOWN; kind++) {
		assert_non_null(kvs_file_kind_words(kind));
		assert_in_range(strlen(kvs_file_kind_words(kind)), 8, 90);
		for (enum kvs_file_kind other = KVS_FILE_EMPTY; other < kind; other++)
			assert_string_not_equal(
			    kvs_file_kind_words(kind), kvs_file_kind_words(other));
	}
	assert_non_null(strstr(kvs_file_kind_words(KVS_FILE_ZSTD), "zstd -d"));
	assert_non_null(strstr(kvs_file_kind_words(KVS_FILE_UNKNOWN), "encrypted"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_magic_tells_its_kind_and_less_than_it_does_not),
		cmocka_unit_test(a_tar_archive_has_its_magic_further_on),
		cmocka_unit_test(nothing_and_nothing_but_zeros_are_kinds_of_their_own),
		cmocka_unit_test(a_key_block_is_told_by_its_two_numbers),
		cmocka_unit_test(every_kind_has_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
