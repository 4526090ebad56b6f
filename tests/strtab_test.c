/* SPDX-License-Identifier: BSD-2-Clause */
/* Hashes of names against hashing each by itself, and what equality reads. */
#include "symbol/strtab.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct kvs_memory memory = { UINT64_MAX, UINT64_MAX, 0 };

static void
read_strings(struct kvs_strtab *strtab, const void *bytes, size_t len)
{
	struct kvmsafe_source *source;

	assert_int_equal(kvmsafe_source_memory(bytes, len, &source, NULL), KVMSAFE_OK);
	assert_int_equal(kvs_strtab_read(strtab, &memory, source, 0, len, NULL), KVMSAFE_OK);
	kvmsafe_source_close(source);
}

static void
finish(struct kvs_strtab *strtab)
{
	kvs_strtab_fini(strtab);
	assert_int_equal(memory.used, 0);
}

/* Names around the distance of the marks, so that they begin, cross and end at one. */
static void
a_suffix_hashes_as_the_name_by_itself(void **state)
{
	static char bytes[4096];
	struct kvs_strtab strtab = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (char)('a' + i % 23);
	for (size_t i = 0; i < sizeof(bytes); i += 1 + i % 700)
		bytes[i] = '\0';
	bytes[256] = bytes[511] = bytes[1024] = bytes[sizeof(bytes) - 1] = '\0';
	read_strings(&strtab, bytes, sizeof(bytes));
	assert_int_equal(strtab.len, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++) {
		const size_t len = strlen(bytes + i);

		assert_int_equal(
		    kvs_strtab_hash_at(&strtab, i), kvs_strtab_hash(&strtab, bytes + i, len));
		assert_true(kvs_strtab_equal(&strtab, i, bytes + i, len));
	}
	finish(&strtab);
}

static void
different_names_hash_differently(void **state)
{
	/* "a\0b..." : all names of two bytes, then a Thue-Morse pair, equal modulo 2^64 for any base */
	static char bytes[3 * 26 * 26 + 2 * 1025];
	struct kvs_strtab strtab = { 0 };
	const size_t pair = 3 * 26 * 26;

	(void)state;
	for (size_t i = 0; i < 26 * 26; i++) {
		bytes[3 * i] = (char)('a' + i / 26);
		bytes[3 * i + 1] = (char)('a' + i % 26);
	}
	for (size_t i = 0; i < 1024; i++) {
		bool odd = false;

		for (size_t bits = i; bits != 0; bits >>= 1)
			odd ^= bits & 1;
		bytes[pair + i] = odd ? 'a' : 'b';
		bytes[pair + 1025 + i] = odd ? 'b' : 'a';
	}
	read_strings(&strtab, bytes, sizeof(bytes));
	for (size_t i = 0; i < 26 * 26; i++)
		for (size_t k = 0; k < i; k++)
			assert_int_not_equal(
			    kvs_strtab_hash_at(&strtab, 3 * i), kvs_strtab_hash_at(&strtab, 3 * k));
	assert_int_not_equal(
	    kvs_strtab_hash_at(&strtab, pair), kvs_strtab_hash_at(&strtab, pair + 1025));
	finish(&strtab);
}

static void
the_bases_depend_on_every_byte(void **state)
{
	static const char *const tables[] = { "\0ab\0cd", "\0ab\0ce", "\0bb\0cd", "\0ab\0cd\0" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < i; k++) {
			struct kvs_strtab a = { 0 }, b = { 0 };

			read_strings(&a, tables[i], i == 3 ? 8 : 7);
			read_strings(&b, tables[k], k == 3 ? 8 : 7);
			assert_true(a.base[0] != b.base[0] && a.base[1] != b.base[1]);
			kvs_strtab_fini(&a);
			finish(&b);
		}
	}
}

static void
equality_wants_the_end_of_the_name_and_stays_inside(void **state)
{
	struct kvs_strtab strtab = { 0 };

	(void)state;
	read_strings(&strtab, "\0abc\0de\0xyz", 11); /* "xyz" has no end */
	assert_int_equal(strtab.len, 8);
	assert_int_equal(strtab.unterminated, 3);
	assert_true(kvs_strtab_equal(&strtab, 1, "abc", 3));
	assert_true(kvs_strtab_equal(&strtab, 2, "bc", 2));
	assert_false(kvs_strtab_equal(&strtab, 1, "ab", 2)); /* goes on */
	assert_false(kvs_strtab_equal(&strtab, 1, "abd", 3));
	assert_false(kvs_strtab_equal(&strtab, 1, "abcd", 4)); /* longer than the name... */
	assert_true(kvs_strtab_equal(&strtab, 5, "de", 2));
	assert_false(kvs_strtab_equal(&strtab, 5, "de more", 7)); /* ...or than the table */
	finish(&strtab);
}

static void
a_table_without_nul_has_no_names(void **state)
{
	struct kvs_strtab strtab = { 0 };

	(void)state;
	read_strings(&strtab, "abc", 3);
	assert_int_equal(strtab.len, 0);
	assert_int_equal(strtab.unterminated, 3);
	assert_false(kvs_strtab_equal(&strtab, 0, "abc", 3));
	finish(&strtab);

	read_strings(&strtab, "", 0);
	assert_int_equal(strtab.len, 0);
	assert_int_equal(strtab.unterminated, 0);
	finish(&strtab);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_suffix_hashes_as_the_name_by_itself),
		cmocka_unit_test(different_names_hash_differently),
		cmocka_unit_test(the_bases_depend_on_every_byte),
		cmocka_unit_test(equality_wants_the_end_of_the_name_and_stays_inside),
		cmocka_unit_test(a_table_without_nul_has_no_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
