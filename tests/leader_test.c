/* SPDX-License-Identifier: BSD-2-Clause */
/* Dumps behind a kernel dump header, as a copy of a partition has them: where they end. */
#include <kvmsafe/kvmsafe.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LED_BYTES (512 + 6 * 4096) /* the last page is stale */

static void
put_number(uint8_t *to, uint64_t number, unsigned bytes, bool big_endian)
{
	for (unsigned i = 0; i < bytes; i++)
		to[big_endian ? bytes - 1 - i : i] = (uint8_t)(number >> 8 * i);
}

/* Version 2 of amd64 with pages 0 and 1, behind a leader of version 4. */
static void
put_led_dump(uint8_t *file, uint64_t length, bool parity_good)
{
	uint8_t *const dump = file + 512;

	memset(file, 0, LED_BYTES);
	memcpy(dump, "minidump FreeBSD/amd64", 22);
	put_number(dump + 24, 2, 4, false);
	put_number(dump + 32, 4096, 4, false); /* bitmap */
	put_number(dump + 36, 4096, 4, false); /* map */
	dump[4096] = 3;
	memset(dump + 3 * 4096, 0x11, 4096);
	memset(dump + 4 * 4096, 0x22, 4096);
	memset(dump + 5 * 4096, 0x99, 4096);
	memcpy(file, "FreeBSD Kernel Dump", 20);
	memcpy(file + 20, "amd64", 6);
	put_number(file + 32, 4, 4, true);
	put_number(file + 40, length, 8, true);
	put_number(file + 60, 512, 4, true);
	for (unsigned i = 0; i < 508; i++)
		file[508 + i % 4] ^= file[i];
	file[511] ^= !parity_good;
}

static void
a_dump_behind_a_leader_ends_where_that_says(void **state)
{
	static uint8_t file[LED_BYTES];
	static const struct {
		uint64_t length, present;
		bool parity_good;
		int32_t finding;
		uint64_t at;
	} rows[] = {
		{ 5 * 4096, 2, true, KVMSAFE_OK, 0 },
		{ 4 * 4096, 1, true, KVMSAFE_TRUNCATED, 512 + 4 * 4096 },
		{ 5 * 4096 - 1, 1, true, KVMSAFE_TRUNCATED, 512 + 5 * 4096 - 1 },
		{ UINT64_MAX, 2, true, KVMSAFE_OK, 0 },
		{ 0, 2, true, KVMSAFE_DAMAGED, 40 },
		{ 4 * 4096, 2, false, KVMSAFE_DAMAGED, 508 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_description is = { .size = sizeof(is) };
		struct kvmsafe_session *session;
		struct kvmsafe_source *source;
		struct kvmsafe_error err;
		uint8_t byte = 0;
		size_t got;

		put_led_dump(file, rows[i].length, rows[i].parity_good);
		assert_int_equal(
		    kvmsafe_source_memory(file, sizeof(file), &source, NULL), KVMSAFE_OK);
		assert_int_equal(kvmsafe_open(source, NULL, &session, NULL), KVMSAFE_OK);
		assert_int_equal(kvmsafe_describe(session, &is, NULL), KVMSAFE_OK);
		assert_int_equal(is.pages_promised, 2);
		assert_int_equal(is.pages_present, rows[i].present);
		assert_int_equal(is.findings, rows[i].finding != KVMSAFE_OK);
		if (kvmsafe_finding(session, 0, &err)) {
			assert_int_equal(err.status, rows[i].finding);
			assert_int_equal(err.at, rows[i].at);
		}
		assert_int_equal(kvmsafe_read_pa(session, 0x1fff, &byte, 1, &got, NULL),
		    rows[i].present == 2 ? KVMSAFE_OK : KVMSAFE_TRUNCATED);
		assert_int_equal(byte, rows[i].present == 2 ? 0x22 : 0);
		kvmsafe_close(session);
		kvmsafe_source_close(source);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_dump_behind_a_leader_ends_where_that_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
