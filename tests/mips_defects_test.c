/* SPDX-License-Identifier: BSD-2-Clause */
/* mips: what other readers get wrong, by the row of the specification's table. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "support/mips_file.h"

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

static void
mips_mp1_words_of_a_big_endian_bitmap_are_swapped(void **state)
{
	static const uint8_t bitmap[] = { 0, 0, 2, 0, 0, 0, 2, 5, 0, 0, 0, 0, 0, 0, 0, 0x40 };
	static const struct opened_row rows[] = {
		{ XKPHYS, KVMSAFE_OK, 0, 0x5000 },
		{ XKPHYS + 0x2000, KVMSAFE_OK, 0x2000, 0x6000 },
		{ XKPHYS + 0x100001000, KVMSAFE_OK, 0x100001000, 0x7000 },
		{ XKPHYS + 0x100021000, KVMSAFE_OK, 0x100021000, 0x8000 },
		{ XKPHYS + 0x10003e000, KVMSAFE_OK, 0x10003e000, 0x9000 },
		{ XKPHYS + 0x1000, KVMSAFE_NOT_DUMPED, 0x1000, NONE },
		{ XKPHYS + 0x100009000, KVMSAFE_NOT_DUMPED, 0x100009000, NONE },
	};
	struct opened opened;
	size_t len;

	(void)state;
	len = mips_example(N64, 2);
	memcpy(mips_file + 0x3000, bitmap, sizeof(bitmap));
	mips_open(&opened, N64, len);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
mips_mp2_words_have_4_bytes_in_version_1_and_on_32_bit_kernels(void **state)
{
	static const uint8_t bitmap[] = { 0, 0, 2, 5, 0, 0, 2, 0, 0, 0, 0, 0x40 };
	static const uint64_t pages[] = { 0, 2, 9, 41, 70 };

	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i += 2) { /* big-endian */
		struct opened opened;
		const size_t len = mips_example(&mips_kinds[i], 1);

		memset(mips_file + 0x2000, 0, PAGE);
		memcpy(mips_file + 0x2000, bitmap, sizeof(bitmap));
		mips_open(&opened, &mips_kinds[i], len);
		for (uint64_t page = 0; page < 103; page++) {
			const uint64_t va =
			    (mips_kinds[i].naive.n64 ? KSEG_64 : 0x80000000) + page * PAGE;
			struct opened_row row = { va, KVMSAFE_NOT_DUMPED, page * PAGE, NONE };

			for (size_t n = 0; n < 5; n++)
				if (pages[n] == page) {
					row.status = KVMSAFE_OK;
					row.file_offset = 0x4000 + n * PAGE;
				}
			opened_expect(&opened, &row, 1);
		}
		opened_fini(&opened);
	}
}

static void
mips_mp3_a_global_bit_alone_is_not_mapped(void **state)
{
	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i++)
		for (uint64_t value = 0; value < 2; value++) {
			const struct opened_row row = { mips_kinds[i].kernbase + 0x2000,
				KVMSAFE_NOT_MAPPED, NONE, NONE };
			const size_t len = mips_example(&mips_kinds[i], 2);
			struct opened opened;

			mips_put_entry(&mips_kinds[i], mips_file + 0x4000, 2, value);
			mips_open(&opened, &mips_kinds[i], len);
			opened_expect(&opened, &row, 1);
			opened_fini(&opened);
		}
}

static void
mips_mp4_xkphys_has_no_memory_above_40_bits(void **state)
{
	static const struct opened_row rows[] = {
		{ UINT64_C(0x8001180000000000), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0x8000010000000000), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0x8400000000000000), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xbfffffffffffffff), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xb800000000000000), KVMSAFE_OK, 0, 0x5000 },
	};
	struct opened opened;

	(void)state;
	mips_open(&opened, N64, mips_example(N64, 2));
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
mips_mp5_addresses_past_the_map_have_none(void **state)
{
	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i++) {
		const uint64_t covered = PAGE / mips_kinds[i].naive.entry_bytes * PAGE;
		const struct opened_row rows[] = {
			{ mips_kinds[i].kernbase + covered - 1, KVMSAFE_NOT_MAPPED, NONE, NONE },
			{ mips_kinds[i].kernbase + covered, KVMSAFE_NO_MAP, NONE, NONE },
			{ 0xffffffff, KVMSAFE_NO_MAP, NONE, NONE },
			{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE },
		};
		struct opened opened;

		mips_open(&opened, &mips_kinds[i], mips_example(&mips_kinds[i], 2));
		EXPECT(&opened, rows);
		opened_fini(&opened);
	}
}

/* A hint only: the caller decides, and then there is none. */
static void
check_hint(const struct mips_kind *kind, unsigned version, uint32_t entry_bytes, bool hint)
{
	const struct opened_how how = { .arch = kind->arch, .entry_bytes = entry_bytes };
	struct mips_kind narrow = *kind;
	struct kvmsafe_error found;
	struct opened opened;

	narrow.naive.entry_bytes = 4;
	mips_header(&narrow, version);
	assert_int_equal(
	    opened_init(&opened, mips_file, sizeof(mips_file), &how, NULL), KVMSAFE_OK);
	assert_int_equal(mips_finding(&opened, "FreeBSD 8", &found), hint);
	opened_fini(&opened);
}

static void
mips_mp6_a_map_of_narrow_entries_is_noted(void **state)
{
	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i++) {
		check_hint(&mips_kinds[i], 1, 0, i >= 2);
		check_hint(&mips_kinds[i], 1, 4, false);
		check_hint(&mips_kinds[i], 2, 0, false);
	}
}

static void
mips_mp6_the_hint_names_the_entry_also_behind_another_header(void **state)
{
	struct kvmsafe_error found;
	struct opened opened;
	struct mips_kind kind = *N64;

	(void)state;
	kind.naive.entry_bytes = 4;
	mips_header(&kind, 1);
	for (size_t i = 0; i < 300; i++) /* of the entries of 8 bytes no pair is left */
		mips_put_entry(N64, mips_file + 0x3000, i, 0x9f);
	memmove(mips_file + 512, mips_file, 0x6000);
	memset(mips_file, 0, 512);
	memcpy(mips_file, "FreeBSD Kernel Dump", 20);
	memcpy(mips_file + 20, "mips64", 7);
	put(mips_file + 32, 4, true, 4);
	assert_int_equal(opened_init(&opened, mips_file, 0x6000, NULL, NULL), KVMSAFE_OK);
	assert_true(mips_finding(&opened, "FreeBSD 8", &found));
	assert_int_equal(found.place, KVMSAFE_FILE_OFFSET);
	assert_int_equal(found.at, 512 + 0x3000 + 300 * 8);
	opened_fini(&opened);
}

static void
mips_mp7_an_n64_dump_is_not_read_as_o32(void **state)
{
	struct opened opened;
	const struct opened_how how = { .arch = "mipsel" };
	const size_t len = mips_example(&mips_kinds[5], 2);

	(void)state;
	assert_int_equal(opened_init(&opened, mips_file, len, &how, NULL), KVMSAFE_DAMAGED);
	opened_fini(&opened);
}

static void
expect_protection(
    const struct opened *opened, uint64_t va, enum kvmsafe_status status, uint32_t want)
{
	struct kvmsafe_translation got;

	assert_int_equal(kvmsafe_translate(opened->session, va, &got, NULL), status);
	assert_int_equal(got.protection, want);
}

static void
mips_mp8_read_only_is_bit_30_in_narrow_entries_of_freebsd_8(void **state)
{
	struct mips_kind kind = *N64;
	const struct opened_how how = { .arch = kind.arch, .entry_bytes = 4 };
	struct opened opened;
	struct mips_regions at;

	(void)state;
	kind.naive.entry_bytes = 4;
	at = mips_header(&kind, 1);
	mips_put_entry(&kind, at.map, 0, UINT64_C(0x4000005b));
	mips_put_entry(&kind, at.map, 1, UINT64_C(0x2000005f));
	assert_int_equal(opened_init(&opened, mips_file, 0x6000, &how, NULL), KVMSAFE_OK);
	expect_protection(&opened, BASE_64, KVMSAFE_NOT_DUMPED, 5);
	expect_protection(&opened, BASE_64 + PAGE, KVMSAFE_OUTSIDE_MEMORY, 7);
	opened_fini(&opened);
}

/* MP9: an address that is not mapped is an answer. */
static void
mips_mp9_what_is_not_mapped_fails_no_other_read(void **state)
{
	struct opened opened;
	uint8_t buf[PAGE + 1];
	struct kvmsafe_error err;
	size_t got;

	(void)state;
	mips_open(&opened, N64, mips_example(N64, 2));
	assert_int_equal(
	    kvmsafe_read_va(opened.session, BASE_64 + 0x1000, buf, sizeof(buf), &got, &err),
	    KVMSAFE_NOT_MAPPED);
	assert_int_equal(got, PAGE);
	assert_int_equal(err.at, BASE_64 + 0x2000);
	assert_int_equal(
	    kvmsafe_read_va(opened.session, BASE_64 + 0x3000, buf, 8, &got, &err), KVMSAFE_OK);
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mips_mp1_words_of_a_big_endian_bitmap_are_swapped),
		cmocka_unit_test(mips_mp2_words_have_4_bytes_in_version_1_and_on_32_bit_kernels),
		cmocka_unit_test(mips_mp3_a_global_bit_alone_is_not_mapped),
		cmocka_unit_test(mips_mp4_xkphys_has_no_memory_above_40_bits),
		cmocka_unit_test(mips_mp5_addresses_past_the_map_have_none),
		cmocka_unit_test(mips_mp6_a_map_of_narrow_entries_is_noted),
		cmocka_unit_test(mips_mp6_the_hint_names_the_entry_also_behind_another_header),
		cmocka_unit_test(mips_mp7_an_n64_dump_is_not_read_as_o32),
		cmocka_unit_test(mips_mp8_read_only_is_bit_30_in_narrow_entries_of_freebsd_8),
		cmocka_unit_test(mips_mp9_what_is_not_mapped_fails_no_other_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
