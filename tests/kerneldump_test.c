/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel dump header: each layout's fields at their places, parity, strings without an end. */
#include "format/kerneldump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "support/opened.h"

static uint8_t header[KVS_KERNELDUMP_BYTES];

/* By the table of layouts, written down once more. */
struct places {
	size_t time, keysize, blocksize, version_string, panic_string, panic_bytes, compression;
};

static const struct places places[] = {
	{ 48, 0, 56, 124, 316, 192, 0 },
	{ 48, 56, 60, 128, 320, 188, 0 },
	{ 56, 64, 68, 137, 329, 179, 72 },
	{ 48, 56, 60, 128, 320, 175, 495 },
};

static void
put_parity(void)
{
	uint8_t sum[4] = { 0 };

	memset(header + 508, 0, 4);
	for (size_t i = 0; i < sizeof(header); i++)
		sum[i % 4] ^= header[i];
	memcpy(header + 508, sum, 4);
}

static void
put_header(unsigned version)
{
	const struct places *const at = &places[version - 1];

	memset(header, 0, sizeof(header));
	memcpy(header, "FreeBSD Kernel Dump", 19);
	memcpy(header + 20, "mips64elhf", 10);
	put(header + 32, 4, true, version);
	put(header + 36, 4, true, 7);
	put(header + 40, 8, true, UINT64_C(0x123456789a));
	put(header + at->time, 8, true, UINT64_C(0x5e4a6f28));
	if (at->keysize != 0)
		put(header + at->keysize, 4, true, 0x1000);
	put(header + at->blocksize, 4, true, 512);
	memcpy(header + at->version_string, "FreeBSD 12", 10);
	memcpy(header + at->panic_string, "page fault", 10);
	if (at->compression != 0)
		header[at->compression] = 2;
	put_parity();
}

/* Is there one? */
static bool
read_bytes(size_t len, struct kvs_kerneldump *out)
{
	const struct kvs_view view = { .bytes = header, .len = len };

	out->version = 77;
	assert_int_equal(kvs_kerneldump_read(view, out, NULL), KVMSAFE_OK);
	return out->version != 77;
}

static void
fields_lie_where_each_version_has_them(void **state)
{
	(void)state;
	for (unsigned version = 1; version <= 4; version++) {
		const struct places *const at = &places[version - 1];
		struct kvs_kerneldump got;

		put_header(version);
		memset(&got, 0xff, sizeof(got));
		assert_true(read_bytes(sizeof(header), &got));
		assert_int_equal(got.version, version);
		assert_string_equal(got.machine_arch, "mips64elhf");
		assert_string_equal(got.version_string, "FreeBSD 12");
		assert_string_equal(got.panic_string, "page fault");
		assert_int_equal(got.arch_version, 7);
		assert_int_equal(got.dump_bytes, UINT64_C(0x123456789a));
		assert_int_equal(got.time, UINT64_C(0x5e4a6f28));
		assert_int_equal(got.block_bytes, 512);
		assert_int_equal(got.key_bytes, at->keysize != 0 ? 0x1000 : 0);
		assert_int_equal(got.compression, at->compression != 0 ? 2 : 0);
		assert_true(got.parity_good);
	}
}

static void
other_magics_and_lengths_are_none(void **state)
{
	static const char *const not [] = { "FreeBSD Text Dump", "Cleared Kernel Dump",
		"FreeBSD Kernel Dumq", "" };
	struct kvs_kerneldump got = { .version = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++) {
		put_header(4);
		memset(header, 0, 20);
		memcpy(header, not [i], strlen(not [i]));
		assert_false(read_bytes(sizeof(header), &got));
	}
	put_header(4);
	header[19] = 1; /* the magic's zero is part of it */
	assert_false(read_bytes(sizeof(header), &got));
	put_header(4);
	assert_false(read_bytes(sizeof(header) - 1, &got));
	assert_false(read_bytes(0, &got));
}

static void
versions_without_a_layout_are_refused_with_their_number(void **state)
{
	static const struct {
		uint32_t version;
		const char *words;
	} rows[] = { { 0, "found 0" }, { 5, "found 5" }, { 0x04000000, "found 67108864" },
		{ UINT32_MAX, "found 4294967295" } };
	struct kvs_kerneldump got = { .version = 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err;
		struct opened opened;

		put_header(4);
		put(header + 32, 4, true, rows[i].version);
		assert_int_equal(
		    kvs_kerneldump_read(
			(struct kvs_view){ .bytes = header, .len = sizeof(header) }, &got, NULL),
		    KVMSAFE_UNSUPPORTED);
		assert_int_equal(got.version, 77);
		assert_int_equal(
		    opened_init(&opened, header, sizeof(header), NULL, &err), KVMSAFE_UNSUPPORTED);
		assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
		assert_int_equal(err.at, 32);
		assert_non_null(strstr(err.message, rows[i].words));
		opened_fini(&opened);
	}
}

/* In a block of 4096, zeros follow the header's 512 bytes. */
static void
what_lies_behind_is_told_with_its_own_place(void **state)
{
	static const struct {
		size_t block, gzip, bytes, at;
		const char *words;
	} rows[] = { { 4096, 512, 8192, 512, "a gzip file" },
		{ 4096, 4096, 8192, 4096, "a gzip file" }, { 512, 512, 8192, 512, "a gzip file" },
		{ 512, 4096, 8192, 512, "zeros" }, { 4096, 0, 8192, 4096, "zeros" },
		{ 4096, 0, 600, 4096, "an empty file" }, { 512, 0, 512, 512, "an empty file" } };
	static uint8_t file[8192];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err;
		struct opened opened;

		put_header(1); /* neither key nor compression */
		put(header + 56, 4, true, rows[i].block);
		put_parity();
		memset(file, 0, sizeof(file));
		if (rows[i].gzip != 0)
			memcpy(file + rows[i].gzip, "\x1f\x8b\x08", 3);
		memcpy(file, header, sizeof(header));
		assert_int_equal(
		    opened_init(&opened, file, rows[i].bytes, NULL, &err), KVMSAFE_NOT_A_DUMP);
		assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
		assert_int_equal(err.at, rows[i].at);
		assert_non_null(strstr(err.message, rows[i].words));
		opened_fini(&opened);
	}
}

static void
a_changed_bit_breaks_the_parity(void **state)
{
	(void)state;
	for (unsigned version = 1; version <= 4; version++)
		for (size_t at = 36; at < sizeof(header); at++) {
			struct kvs_kerneldump got;

			put_header(version);
			header[at] ^= 0x10;
			assert_true(read_bytes(sizeof(header), &got));
			assert_false(got.parity_good);
			if (at + 4 >= sizeof(header))
				continue;
			header[at + 4] ^= 0x10; /* and the same one of the next word mends it */
			assert_true(read_bytes(sizeof(header), &got));
			assert_true(got.parity_good);
		}
}

/* Each ends with its field, and the next field's bytes are not in it. */
static void
strings_without_an_end_end_with_their_field(void **state)
{
	(void)state;
	for (unsigned version = 1; version <= 4; version++) {
		const struct places *const at = &places[version - 1];
		struct kvs_kerneldump got;

		put_header(version);
		memset(header + 20, 'a', 12);
		memset(header + at->version_string, 'v', 192);
		memset(header + at->panic_string, 'p', at->panic_bytes);
		assert_true(read_bytes(sizeof(header), &got));
		assert_int_equal(strlen(got.machine_arch), 12);
		assert_int_equal(strspn(got.machine_arch, "a"), 12);
		assert_int_equal(strlen(got.version_string), 192);
		assert_int_equal(strspn(got.version_string, "v"), 192);
		assert_int_equal(strlen(got.panic_string), at->panic_bytes);
		assert_int_equal(strspn(got.panic_string, "p"), at->panic_bytes);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_lie_where_each_version_has_them),
		cmocka_unit_test(other_magics_and_lengths_are_none),
		cmocka_unit_test(versions_without_a_layout_are_refused_with_their_number),
		cmocka_unit_test(what_lies_behind_is_told_with_its_own_place),
		cmocka_unit_test(a_changed_bit_breaks_the_parity),
		cmocka_unit_test(strings_without_an_end_end_with_their_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
