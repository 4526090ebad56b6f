/* SPDX-License-Identifier: BSD-2-Clause */
/* mips: entries, minidumps of all ABIs and both byte orders against the naive walk, bad headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "session/session.h"
#include "support/mips_file.h"

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

/* ---- Examples ---- */

static void
n64_reads_as_the_specification_works_it_out(void **state)
{
	static const struct opened_row rows[] = {
		{ BASE_64 + 0x123, KVMSAFE_OK, 0x2123, 0x6123 },
		{ BASE_64 + 0x1008, KVMSAFE_OK, 0x100001008, 0x7008 },
		{ BASE_64 + 0x2000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ BASE_64 + 0x3ff8, KVMSAFE_OK, 0x100021ff8, 0x8ff8 },
		{ BASE_64 + 0x4000, KVMSAFE_NOT_DUMPED, 0x5000, NONE },
		{ BASE_64 + 0x5000, KVMSAFE_OUTSIDE_MEMORY, 0xffffa000, NONE },
		{ BASE_64 + 0x200000, KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0x980000010003e010), KVMSAFE_OK, 0x10003e010, 0x9010 },
		{ UINT64_C(0x9000000000002040), KVMSAFE_OK, 0x2040, 0x6040 },
		{ UINT64_C(0x9800000000008000), KVMSAFE_OUTSIDE_MEMORY, 0x8000, NONE },
		{ KSEG_64 + 0x2100, KVMSAFE_OK, 0x2100, 0x6100 },
		{ KSEG_64 + 0x20000000, KVMSAFE_OK, 0, 0x5000 },
		{ KSEG_64 + 0x40000000, KVMSAFE_NO_MAP, NONE, NONE },
		{ 0x80002100, KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE },
	};

	(void)state;
	for (size_t i = 4; i < 6; i++) {
		struct opened opened;

		mips_open(&opened, &mips_kinds[i], mips_example(&mips_kinds[i], 2));
		EXPECT(&opened, rows);
		assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
		assert_int_equal(kvs_space_direct_va(&opened.session->space, 0x2000), NONE);
		opened_fini(&opened);
	}
}

static void
n32_has_the_entries_of_n64_and_the_words_of_o32(void **state)
{
	static const struct opened_row rows[] = {
		{ BASE_32 + 0x123, KVMSAFE_OK, 0x2123, 0x6123 },
		{ BASE_32 + 0x1008, KVMSAFE_OK, 0x100001008, 0x7008 },
		{ BASE_32 + 0x3ff8, KVMSAFE_OK, 0x100021ff8, 0x8ff8 },
		{ BASE_32 + 0x200000, KVMSAFE_NO_MAP, NONE, NONE },
		{ 0x80002100, KVMSAFE_OK, 0x2100, 0x6100 },
		{ 0xa0000000, KVMSAFE_OK, 0, 0x5000 },
		{ 0x980000010003e010, KVMSAFE_NO_MAP, NONE, NONE },
	};

	(void)state;
	for (size_t i = 2; i < 4; i++) {
		struct opened opened;

		mips_open(&opened, &mips_kinds[i], mips_example(&mips_kinds[i], 2));
		EXPECT(&opened, rows);
		opened_fini(&opened);
	}
}

static const struct opened_row o32_rows[] = {
	{ 0xc0000004, KVMSAFE_OK, 0x21004, 0x5004 },
	{ 0xc0001ffc, KVMSAFE_OK, 0x100ffc, 0x6ffc },
	{ 0xc0002000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0xc0003000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0xc0004000, KVMSAFE_NOT_DUMPED, 0x4000, NONE },
	{ 0xc0005000, KVMSAFE_OUTSIDE_MEMORY, 0x100000000, NONE },
	{ 0xc0400000, KVMSAFE_NO_MAP, NONE, NONE },
	{ 0x80003010, KVMSAFE_OK, 0x3010, 0x4010 },
	{ 0xa0100000, KVMSAFE_OK, 0x100000, 0x6000 },
	{ 0x9fffffff, KVMSAFE_OUTSIDE_MEMORY, 0x1fffffff, NONE },
	{ 0x7ffff000, KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT64_C(0xffffffff80003010), KVMSAFE_NO_MAP, NONE, NONE },
};

static void
o32_reads_as_the_specification_works_it_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct opened opened;

		mips_open(&opened, &mips_kinds[i], mips_example_o32(&mips_kinds[i]));
		EXPECT(&opened, o32_rows);
		opened_fini(&opened);
	}
}

/* ---- Every page of small spaces against the naive walk ---- */

static uint64_t seed = 88172645463325252;

/* Valid or not, to pages that are dumped, not dumped and outside, with bits that mean nothing. */
static uint64_t
random_entry(void)
{
	static const uint64_t frames[] = { 0, 1, 2, 7, 8, 0xfffff, 0x100000, 0x100001, 0x10000f,
		0x100010, 0x7fffff, 0x800000, 0xfffffff };
	const uint64_t n = opened_random(&seed);
	const uint64_t frame = frames[(n >> 32) % 13];

	if (n % 8 == 0)
		return n >> 40 & ~UINT64_C(2);
	return (n & UINT64_C(0xff80000060000000)) | frame << 6 | 2 | (n & 0x3d);
}

static size_t
put_random(const struct mips_kind *kind, unsigned version)
{
	const struct mips_regions at = mips_header(kind, version);
	const bool high = kind->naive.pa_bits > 32;

	mips_put8(kind, at.avail + 8, 0x8000);
	mips_put8(kind, at.avail + 16, high ? UINT64_C(0x100000000) : 0x100000);
	mips_put8(kind, at.avail + 24, high ? UINT64_C(0x100010800) : 0x110800);
	for (unsigned i = 0; i < 24; i++)
		at.bitmap[i] = (uint8_t)opened_random(&seed);
	for (size_t i = 0; i < PAGE / kind->naive.entry_bytes; i++)
		mips_put_entry(kind, at.map, i, random_entry());
	return sizeof(mips_file) - 0x10000 + opened_random(&seed) % 0x10000;
}

static void
compare(const struct opened *opened, const struct mips_kind *kind, size_t len, uint64_t va)
{
	struct naive_answer want;

	naive_mips(mips_file, len, &kind->naive, va, &want);
	opened_compare(opened, va, &want);
}

static const uint64_t edges[] = { 0, 0x7fffffff, 0x80000000, 0x8000ffff, 0x9fffffff, 0xa0000000,
	0xa0001234, 0xbfffffff, 0xc0000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, XKPHYS,
	XKPHYS + 0x1234, XKPHYS + 0x100000000, XKPHYS + 0xffffffffff, XKPHYS + 0x10000000000,
	XKPHYS + 0x07ffffffffffffff, XKPHYS + 0x0800000000000000, XKPHYS + 0x0800010000000000,
	0xb800000000002345, 0xb800000100002345, 0xb800010000000000, 0xbfffffffffffffff,
	0xc000000000000000, 0xffffffff7fffffff, 0xffffffff80000000, 0xffffffff80007fff,
	0xffffffff9fffffff, 0xffffffffa0000000, 0xffffffffbfffffff, 0xffffffffc0000000,
	UINT64_MAX };

static void
compare_all(const struct opened *opened, const struct mips_kind *kind, size_t len)
{
	const uint64_t entries = PAGE / kind->naive.entry_bytes;

	for (uint64_t i = 0; i < entries + 2; i++) {
		compare(opened, kind, len, kind->kernbase + i * PAGE);
		compare(opened, kind, len, kind->kernbase + i * PAGE + 0x7f8);
		compare(opened, kind, len, kind->kernbase + i * PAGE + 0xfff);
	}
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		compare(opened, kind, len, edges[i]);
	for (uint64_t pa = 0; pa < 0x12000; pa += 0x800) {
		compare(opened, kind, len, 0x80000000 + pa);
		compare(opened, kind, len, KSEG_64 + 0x20000000 + pa);
		compare(opened, kind, len, XKPHYS + pa);
		compare(opened, kind, len, XKPHYS + (UINT64_C(3) << 59) + 0x100000000 + pa);
	}
}

static void
every_page_is_where_the_naive_walk_finds_it(void **state)
{
	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i++)
		for (unsigned version = 1; version <= 2; version++) {
			const size_t len = put_random(&mips_kinds[i], version);
			struct opened opened;

			mips_open(&opened, &mips_kinds[i], len);
			compare_all(&opened, &mips_kinds[i], len);
			opened_fini(&opened);
		}
}

/* FreeBSD 8: narrow entries on n32 and n64, if the caller says so. */
static void
narrow_entries_are_read_where_the_caller_says_so(void **state)
{
	(void)state;
	for (size_t i = 2; i < MIPS_KINDS; i++) {
		struct mips_kind kind = mips_kinds[i];
		const struct opened_how how = { .arch = kind.arch, .entry_bytes = 4 };
		struct opened opened;
		size_t len;

		kind.naive.entry_bytes = 4;
		len = put_random(&kind, 1);
		assert_int_equal(opened_init(&opened, mips_file, len, &how, NULL), KVMSAFE_OK);
		compare_all(&opened, &kind, len);
		opened_fini(&opened);
	}
}

/* In the map, in the bitmap, in the pages. */
static void
cut_files_answer_as_the_naive_walk(void **state)
{
	static const size_t cuts[] = { 0x3ffc, 0x4000, 0x4014, 0x4fff, 0x5000, 0x5001, 0x7800 };

	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i++)
		for (size_t cut = 0; cut < sizeof(cuts) / sizeof(cuts[0]); cut++) {
			struct opened opened;

			put_random(&mips_kinds[i], 2);
			mips_open(&opened, &mips_kinds[i], cuts[cut]);
			if (cuts[cut] >= 0x4000)
				compare_all(&opened, &mips_kinds[i], cuts[cut]);
			assert_true(opened_findings(&opened, KVMSAFE_TRUNCATED) > 0);
			opened_fini(&opened);
		}
}

/* ---- Entries ---- */

/* By section 2 of the rules, written down once more. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw, unsigned frame_bits, unsigned read_only)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };

	if (raw / 2 % 2 == 0)
		return entry;
	entry.kind = KVS_ENTRY_PAGE;
	entry.pa = raw / 64 % (UINT64_C(1) << frame_bits) * PAGE;
	entry.protection = (raw >> read_only) % 2 != 0 ? 5 : 7;
	return entry;
}

static void
check_form(
    const struct mips_kind *kind, uint32_t entry_bytes, unsigned frame_bits, unsigned read_only)
{
	static const unsigned bits[] = { 0, 1, 2, 3, 5, 6, 7, 28, 29, 30, 31, 33, 34, 55, 56, 63 };
	const struct opened_how how = { .arch = kind->arch, .entry_bytes = entry_bytes };
	const struct kvs_space *space;
	const struct kvs_radix *form;
	struct opened opened;

	mips_header(kind, 1);
	assert_int_equal(
	    opened_init(&opened, mips_file, sizeof(mips_file), &how, NULL), KVMSAFE_OK);
	space = &opened.session->space;
	form = space->range[space->ranges - 1].form;
	assert_int_equal(form->entry_bytes, read_only == 55 ? 8 : 4);
	for (uint32_t set = 0; set < 1U << 16; set++) {
		struct kvs_entry got, want;
		uint64_t raw = 0;

		for (unsigned i = 0; i < 16; i++)
			raw |= (uint64_t)(set >> i & 1) << bits[i];
		if (form->entry_bytes == 4)
			raw &= UINT32_MAX;
		got = form->decode(raw, 0);
		want = entry_by_the_rules(raw, frame_bits, read_only);
		if (got.kind != want.kind || got.pa != want.pa ||
		    got.protection != want.protection || got.shift != 0)
			fail_msg("%s: entry %#llx", kind->arch, (unsigned long long)raw);
	}
	opened_fini(&opened);
}

static void
entries_are_decoded_for_all_bits_that_matter(void **state)
{
	(void)state;
	check_form(O32, 0, 23, 29);
	check_form(O32, 4, 23, 29);
	check_form(N32, 0, 28, 55);
	check_form(N64, 0, 28, 55);
	check_form(N64, 8, 28, 55);
	check_form(N32, 4, 24, 30);
	check_form(N64, 4, 24, 30);
}

/* ---- Headers ---- */

static void
a_kernbase_that_cannot_be_is_refused(void **state)
{
	static const struct {
		const struct mips_kind *kind;
		uint64_t value;
		enum kvmsafe_status status;
	} rows[] = {
		{ O32, BASE_32 + 0x800, KVMSAFE_DAMAGED },
		{ N32, BASE_32 + 1, KVMSAFE_DAMAGED },
		{ N64, BASE_64 + 0x800, KVMSAFE_DAMAGED },
		{ N64, UINT64_MAX, KVMSAFE_DAMAGED },
		{ O32, 0, KVMSAFE_OK },
		{ O32, 0xfffff000, KVMSAFE_OK },
		{ N64, 0, KVMSAFE_OK },
		{ N64, BASE_64 + PAGE, KVMSAFE_OK },
		{ N64, UINT64_MAX - 0xfff, KVMSAFE_OK },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct opened_how how = { .arch = rows[i].kind->arch };
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;
		const size_t len = mips_example(rows[i].kind, 2);

		mips_put8(rows[i].kind, mips_file + 40, rows[i].value);
		assert_int_equal(opened_init(&opened, mips_file, len, &how, &err), rows[i].status);
		if (rows[i].status != KVMSAFE_OK) {
			assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
			assert_int_equal(err.at, 40);
		}
		opened_fini(&opened);
	}
}

/* The word "mips" names the machine too. */
static void
a_wide_kernbase_is_no_32_bit_kernels(void **state)
{
	(void)state;
	for (size_t i = 1; i < 4; i++) {
		const struct opened_how how = { .arch = mips_kinds[i].arch };
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;
		const size_t len = mips_example(&mips_kinds[i], 2);

		mips_put8(&mips_kinds[i], mips_file + 40, UINT64_C(0x100000000));
		assert_int_equal(opened_init(&opened, mips_file, len, &how, &err), KVMSAFE_DAMAGED);
		assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
		opened_fini(&opened);
	}
}

/* Segments are asked first, wherever the header puts the map. */
static void
segments_go_before_a_map_over_them(void **state)
{
	static const uint64_t bases[] = { 0, XKPHYS, XKPHYS + 0x2000, 0x9fffffffffff0000,
		0xbfffffffffff0000, KSEG_64 - 0x2000, KSEG_64, KSEG_64 + 0x3ffff000 };

	(void)state;
	for (size_t i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
		struct mips_kind kind = *N64;
		struct opened opened;
		size_t len;

		kind.kernbase = bases[i];
		len = put_random(&kind, 2);
		mips_open(&opened, &kind, len);
		compare_all(&opened, &kind, len);
		opened_fini(&opened);
	}
}

static void
sizes_are_taken_as_they_are(void **state)
{
	static const uint32_t sizes[] = { 0, 1, 7, 8, 9, 0xfff };

	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i++)
		for (size_t j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
			struct opened opened;
			const size_t len = put_random(&mips_kinds[i], 2);

			mips_put4(&mips_kinds[i], mips_file + 36, sizes[j]);
			mips_open(&opened, &mips_kinds[i], len);
			compare_all(&opened, &mips_kinds[i], len);
			opened_fini(&opened);
		}
}

static void
the_kind_is_guessed_by_kernbase_and_version(void **state)
{
	static const char *const guesses[] = { "mips", "mipsel", "mips", "mipsel", "mips64",
		"mips64el" };

	(void)state;
	for (size_t i = 0; i < MIPS_KINDS; i++) {
		struct kvmsafe_description description = { .size = sizeof(description) };
		const size_t len = mips_example(&mips_kinds[i], 2);
		struct kvmsafe_error found;
		struct opened opened;

		assert_int_equal(opened_init(&opened, mips_file, len, NULL, NULL), KVMSAFE_OK);
		assert_int_equal(kvmsafe_describe(opened.session, &description, NULL), KVMSAFE_OK);
		assert_string_equal(description.machine_arch, guesses[i]);
		assert_string_equal(description.arch, i < 4 ? "mips" : "mips64");
		assert_int_equal(mips_finding(&opened, "guess", &found), i < 4);
		opened_fini(&opened);
	}
}

static void
a_full_core_is_refused_as_one_without_memory(void **state)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 2, 1, 255 };
	struct kvmsafe_error err = { .message = "" };
	struct opened opened;

	(void)state;
	memset(mips_file, 0, sizeof(mips_file));
	memcpy(mips_file, ident, sizeof(ident));
	put(mips_file + 16, 2, true, 4); /* ET_CORE */
	put(mips_file + 18, 2, true, 8);
	put(mips_file + 32, 8, true, 64);
	put(mips_file + 52, 2, true, 64);
	put(mips_file + 54, 2, true, 56);
	put(mips_file + 56, 2, true, 1);
	put(mips_file + 64, 4, true, 1);
	assert_int_equal(opened_init(&opened, mips_file, 0x2000, NULL, &err), KVMSAFE_UNSUPPORTED);
	assert_non_null(strstr(err.message, "mips"));
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(n64_reads_as_the_specification_works_it_out),
		cmocka_unit_test(n32_has_the_entries_of_n64_and_the_words_of_o32),
		cmocka_unit_test(o32_reads_as_the_specification_works_it_out),
		cmocka_unit_test(every_page_is_where_the_naive_walk_finds_it),
		cmocka_unit_test(narrow_entries_are_read_where_the_caller_says_so),
		cmocka_unit_test(cut_files_answer_as_the_naive_walk),
		cmocka_unit_test(entries_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(a_kernbase_that_cannot_be_is_refused),
		cmocka_unit_test(a_wide_kernbase_is_no_32_bit_kernels),
		cmocka_unit_test(segments_go_before_a_map_over_them),
		cmocka_unit_test(sizes_are_taken_as_they_are),
		cmocka_unit_test(the_kind_is_guessed_by_kernbase_and_version),
		cmocka_unit_test(a_full_core_is_refused_as_one_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
