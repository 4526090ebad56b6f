/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors: every field is set, and the text is printable whatever the file said. */
#include "util/error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
error_escapes_what_is_not_printable(void **state)
{
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(
	    kvs_fail(&err, KVMSAFE_DAMAGED, "name: %s", "a\x01\n~ \x7f\xff\\"), KVMSAFE_DAMAGED);
	assert_string_equal(err.message, "name: a\\x01\\x0A~ \\x7F\\xFF\\");
}

static void
error_never_cuts_an_escape(void **state)
{
	struct kvmsafe_error err;
	char hostile[512];

	(void)state;
	memset(hostile, 1, sizeof(hostile));
	hostile[sizeof(hostile) - 1] = '\0';
	for (int lead = 0; lead < 4; lead++) {
		(void)kvs_fail(&err, KVMSAFE_DAMAGED, "%.*s%s", lead, "abcd", hostile);
		const size_t len = strlen(err.message);

		assert_true(len < sizeof(err.message) && len > sizeof(err.message) - 6);
		assert_int_equal((len - (size_t)lead) % 4, 0);
		assert_string_equal(err.message + len - 4, "\\x01");
	}
}

static void
error_cuts_a_long_message(void **state)
{
	struct kvmsafe_error err;

	(void)state;
	(void)kvs_fail(&err, KVMSAFE_DAMAGED, "%0500d", 1);
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
}

static void
error_sets_every_field(void **state)
{
	struct kvmsafe_error err;

	(void)state;
	memset(&err, 0xee, sizeof(err));
	assert_int_equal(kvs_fail_at(&err, KVMSAFE_TRUNCATED, KVMSAFE_VA, UINT64_MAX, "word %d", 3),
	    KVMSAFE_TRUNCATED);
	assert_int_equal(err.status, KVMSAFE_TRUNCATED);
	assert_int_equal(err.sys_errno, 0);
	assert_int_equal(err.place, KVMSAFE_VA);
	assert_int_equal(err.reserved, 0);
	assert_true(err.at == UINT64_MAX);
	assert_string_equal(err.message, "word 3");
	for (size_t i = strlen(err.message); i < sizeof(err.message); i++)
		assert_int_equal(err.message[i], 0);
	memset(&err, 0xee, sizeof(err));
	assert_int_equal(kvs_fail(&err, KVMSAFE_USAGE, "word"), KVMSAFE_USAGE);
	assert_int_equal(err.place, KVMSAFE_NOWHERE);
	assert_true(err.at == 0);
}

static void
error_of_the_system_keeps_errno_and_its_text(void **state)
{
	struct kvmsafe_error err;
	char expected[200];

	(void)state;
	assert_int_equal(
	    kvs_fail_errno(&err, EIO, KVMSAFE_FILE_OFFSET, 4096, "read of %d bytes", 5),
	    KVMSAFE_IO);
	assert_int_equal(err.status, KVMSAFE_IO);
	assert_int_equal(err.sys_errno, EIO);
	assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
	assert_true(err.at == 4096);
	snprintf(expected, sizeof(expected), "read of 5 bytes: %s", strerror(EIO));
	assert_string_equal(err.message, expected);
	(void)kvs_fail_errno(&err, 99999, KVMSAFE_NOWHERE, 0, "read");
	assert_int_equal(err.sys_errno, 99999);
	assert_non_null(strstr(err.message, "99999"));
}

static void
error_of_a_file_cuts_its_name_and_not_the_reason(void **state)
{
	struct kvmsafe_error err;
	char name[1024], words[200];

	(void)state;
	(void)snprintf(words, sizeof(words), ": cannot be opened: %s", strerror(ENOENT));
	for (size_t len = 0; len < sizeof(name); len++) {
		for (size_t i = 0; i < len; i++)
			name[i] = (char)('a' + i % 26);
		name[len] = '\0';
		assert_int_equal(kvs_fail_file(&err, ENOENT, name, "cannot be opened"), KVMSAFE_IO);
		assert_int_equal(err.sys_errno, ENOENT);
		assert_int_equal(err.place, KVMSAFE_NOWHERE);

		const size_t room = sizeof(err.message) - 1 - strlen(words) - 3;
		const size_t shown = strlen(err.message) - strlen(words);
		const bool whole = len <= room;

		assert_string_equal(err.message + shown, words);
		assert_int_equal(shown, whole ? len : room + 3);
		assert_int_equal(strncmp(err.message, "...", 3) == 0, !whole);
		assert_memory_equal(err.message + (whole ? 0 : 3), whole ? name : name + len - room,
		    whole ? len : room);
	}
	memset(name, '\xd0', 55);
	name[55] = '\0';
	(void)kvs_fail_file(&err, ENOENT, name, "cannot be opened");
	assert_memory_equal(err.message, "...\\xD0\\xD0", 11);
	assert_string_equal(err.message + strlen(err.message) - strlen(words), words);
	memset(words, 'w', sizeof(words) - 1);
	words[sizeof(words) - 1] = '\0';
	(void)kvs_fail_file(&err, ENOENT, name, words); /* no room for any of it */
	assert_int_equal(strlen(err.message), sizeof(err.message) - 1);
	assert_int_equal(kvs_fail_file(NULL, ENOENT, name, words), KVMSAFE_IO);
}

static void
error_may_be_unwanted(void **state)
{
	(void)state;
	assert_int_equal(kvs_fail(NULL, KVMSAFE_LIMIT, "%d", 1), KVMSAFE_LIMIT);
	assert_int_equal(
	    kvs_fail_at(NULL, KVMSAFE_DAMAGED, KVMSAFE_PA, 1, "%d", 1), KVMSAFE_DAMAGED);
	assert_int_equal(kvs_fail_errno(NULL, EIO, KVMSAFE_PA, 1, "%d", 1), KVMSAFE_IO);
}

static void
status_names_are_those_of_the_header(void **state)
{
	static const struct {
		int status;
		const char *name;
	} names[] = { { 0, "OK" }, { 100, "USAGE" }, { 200, "IO" }, { 201, "NO_MEMORY" },
		{ 300, "NOT_A_DUMP" }, { 301, "UNSUPPORTED" }, { 400, "DAMAGED" },
		{ 401, "BAD_KERNEL" }, { 500, "NOT_DUMPED" }, { 501, "OUTSIDE_MEMORY" },
		{ 502, "TRUNCATED" }, { 503, "NOT_MAPPED" }, { 504, "NOT_FOUND" },
		{ 505, "NO_MAP" }, { 506, "KERNEL_NEEDED" }, { 600, "LIMIT" } };
	size_t known = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_string_equal(
		    kvmsafe_status_name((enum kvmsafe_status)names[i].status), names[i].name);
	for (int i = 0; i < 1000; i++)
		if (strcmp(kvmsafe_status_name((enum kvmsafe_status)i), "UNKNOWN") != 0)
			known++;
	assert_int_equal(known, sizeof(names) / sizeof(names[0]));
}

static void
absence_is_the_500s_and_damage(void **state)
{
	(void)state;
	for (int i = KVMSAFE_NOT_DUMPED; i <= KVMSAFE_KERNEL_NEEDED; i++)
		assert_true(kvs_status_is_absence((enum kvmsafe_status)i));
	assert_true(kvs_status_is_absence(KVMSAFE_DAMAGED));
	assert_false(kvs_status_is_absence(KVMSAFE_OK));
	assert_false(kvs_status_is_absence(KVMSAFE_USAGE));
	assert_false(kvs_status_is_absence(KVMSAFE_IO));
	assert_false(kvs_status_is_absence(KVMSAFE_NO_MEMORY));
	assert_false(kvs_status_is_absence(KVMSAFE_BAD_KERNEL));
	assert_false(kvs_status_is_absence(KVMSAFE_LIMIT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(error_escapes_what_is_not_printable),
		cmocka_unit_test(error_never_cuts_an_escape),
		cmocka_unit_test(error_cuts_a_long_message),
		cmocka_unit_test(error_sets_every_field),
		cmocka_unit_test(error_of_the_system_keeps_errno_and_its_text),
		cmocka_unit_test(error_of_a_file_cuts_its_name_and_not_the_reason),
		cmocka_unit_test(error_may_be_unwanted),
		cmocka_unit_test(status_names_are_those_of_the_header),
		cmocka_unit_test(absence_is_the_500s_and_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
