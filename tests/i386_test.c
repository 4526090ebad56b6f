/* SPDX-License-Identifier: BSD-2-Clause */
/* i386: entries, minidumps with and without PAE against the naive walk, refused headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/i386.h"
#include "session/session.h"
#include "support/opened.h"

#define KERNBASE UINT64_C(0x800000)
#define HIGH UINT64_C(0x100000000)
#define PAGE 4096
#define NONE KVMSAFE_NONE

static uint8_t file[0x20000];

static void
put32(uint8_t *at, uint64_t value)
{
	put(at, 4, false, value);
}

static void
put64(uint8_t *at, uint64_t value)
{
	put(at, 8, false, value);
}

/* Regions of a page each, in the order of the file; version 1 has no dump_avail. */
struct regions {
	uint8_t *avail, *bitmap, *map, *pages;
};

static struct regions
put_header(unsigned version, uint32_t paemode)
{
	struct regions at = { .avail = file + 2 * PAGE };

	memset(file, 0, sizeof(file));
	memcpy(file, "minidump FreeBSD/i386", 21);
	put32(file + 24, version);
	put32(file + 28, 0x800);
	put32(file + 32, PAGE);
	put32(file + 36, PAGE);
	put32(file + 40, KERNBASE);
	put32(file + 44, paemode);
	if (version >= 2)
		put32(file + 48, PAGE);
	at.bitmap = at.avail + (version >= 2 ? PAGE : 0);
	at.map = at.bitmap + PAGE;
	at.pages = at.map + PAGE;
	return at;
}

static void
put_range(uint8_t *at, uint64_t start, uint64_t end)
{
	put64(at, start);
	put64(at + 8, end);
}

#define EXAMPLE_BYTES 0x8000

/* As the specification works it out. */
static void
put_example(void)
{
	const struct regions at = put_header(2, 1);

	put_range(at.avail, 0x800000, 0x804000);
	put_range(at.avail + 16, HIGH, HIGH + 0x2000);
	at.bitmap[0] = 0x32;
	put64(at.map, UINT64_C(0x0000000000801063));
	put64(at.map + 8, UINT64_C(0x8000000100001063));
	put64(at.map + 16, UINT64_C(0x0000000000802063));
	put64(at.map + 24, UINT64_C(0x0000000100000002));
}

static void
put_plain_example(void)
{
	const struct regions at = put_header(1, 0);

	at.bitmap[0x100] = 0x02;
	put32(at.map, 0x00801063);
}

static void
open_sound(struct opened *opened, size_t len)
{
	struct kvmsafe_error err;

	if (opened_init(opened, file, len, NULL, &err) != KVMSAFE_OK)
		fail_msg("%s", err.message);
}

#define EXPECT(opened, rows) opened_expect(opened, rows, sizeof(rows) / sizeof((rows)[0]))

static const struct opened_row example[] = {
	{ 0x00800010, KVMSAFE_OK, 0x801010, 0x5010 },
	{ 0x00801abc, KVMSAFE_OK, HIGH + 0x1abc, 0x7abc },
	{ 0x00802000, KVMSAFE_NOT_DUMPED, 0x802000, NONE },
	{ 0x00803000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0x00a00000, KVMSAFE_NO_MAP, NONE, NONE },
	{ 0x007ff000, KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT32_MAX, KVMSAFE_NO_MAP, NONE, NONE },
};

static void
pae_reads_as_the_specification_works_it_out(void **state)
{
	struct opened opened;

	(void)state;
	put_example();
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, example);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
	opened_fini(&opened);
}

static void
version_1_without_pae_reads_as_the_specification_works_it_out(void **state)
{
	static const struct opened_row rows[] = {
		{ 0x00800010, KVMSAFE_OK, 0x801010, 0x4010 },
		{ 0x00801000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0x00bfffff, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0x00c00000, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_plain_example();
	open_sound(&opened, 0x5000);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* ---- Headers ---- */

static void
headers_that_cannot_be_are_refused(void **state)
{
	static const struct {
		unsigned version, field;
		uint32_t value;
		enum kvmsafe_status status;
	} rows[] = {
		{ 2, 40, 0x00800800, KVMSAFE_DAMAGED },
		{ 2, 40, 0x00801000, KVMSAFE_OK },
		{ 2, 40, 0, KVMSAFE_OK },
		{ 2, 40, 0xfffff000, KVMSAFE_OK },
		{ 2, 40, UINT32_MAX, KVMSAFE_DAMAGED },
		{ 2, 44, UINT32_MAX, KVMSAFE_OK }, /* any but 0 is PAE */
		{ 1, 48, UINT32_MAX, KVMSAFE_OK }, /* no field of version 1 */
		{ 2, 52, UINT32_MAX, KVMSAFE_OK }, /* no field of version 2 */
		{ 0, 24, 0, KVMSAFE_UNSUPPORTED },
		{ 3, 24, 3, KVMSAFE_UNSUPPORTED },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err = { .status = 0 };
		struct opened opened;

		put_example();
		put32(file + 24, rows[i].version);
		put32(file + rows[i].field, rows[i].value);
		assert_int_equal(
		    opened_init(&opened, file, EXAMPLE_BYTES, NULL, &err), rows[i].status);
		if (rows[i].status != KVMSAFE_OK) {
			assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
			assert_int_equal(err.at, rows[i].field);
		}
		opened_fini(&opened);
	}
}

/* A map from 0xfffff000 on ends with its first entry: addresses have 32 bits. */
static void
the_map_ends_at_4_gib(void **state)
{
	static const struct opened_row rows[] = {
		{ UINT64_C(0xfffff010), KVMSAFE_OK, 0x801010, 0x5010 },
		{ HIGH, KVMSAFE_NO_MAP, NONE, NONE },
		{ HIGH + 0xabc, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example();
	put32(file + 40, 0xfffff000);
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* ---- Entries ---- */

static const struct kvs_radix *
form_of(struct opened *opened)
{
	return opened->session->space.range[0].form;
}

/* By section 2 and 4 of the rules, written down once more. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw, bool pae, unsigned level)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };
	const bool large = level == 1 && raw / 128 % 2 != 0;

	if (raw % 2 == 0)
		return entry;
	entry.pa = pae ? raw << 12 >> 24 << 12 : raw >> 12 << 12;
	entry.kind = level == 0 || large ? KVS_ENTRY_PAGE : KVS_ENTRY_TABLE;
	if (entry.kind == KVS_ENTRY_PAGE)
		entry.protection = 1U + (raw / 2 % 2 != 0 ? 2U : 0U) + (raw >> 63 == 0 ? 4U : 0U);
	return entry;
}

static void
entries_are_decoded_for_all_bits_that_matter(void **state)
{
	static const unsigned bits[] = { 0, 1, 2, 6, 7, 8, 11, 12, 21, 22, 31, 32, 51, 52, 62, 63 };

	(void)state;
	for (unsigned pae = 0; pae < 2; pae++) {
		const unsigned nbits = pae != 0 ? 16 : 11;
		struct opened opened;

		put_header(2, pae);
		open_sound(&opened, 0x5000);
		for (uint32_t set = 0; set < 1U << nbits; set++) {
			uint64_t raw = 0;

			for (unsigned i = 0; i < nbits; i++)
				raw |= (uint64_t)(set >> i & 1) << bits[i];
			for (unsigned level = 0; level < 2 + pae; level++) {
				const struct kvs_entry got = form_of(&opened)->decode(raw, level);
				const struct kvs_entry want =
				    entry_by_the_rules(raw, pae != 0, level);

				if (got.kind != want.kind || got.pa != want.pa ||
				    got.protection != want.protection || got.shift != 0)
					fail_msg("entry %#llx", (unsigned long long)raw);
			}
		}
		opened_fini(&opened);
	}
}

/* ---- Every page of small spaces against the naive walk ---- */

static uint64_t random_state;

static uint64_t
random_entry(uint64_t from)
{
	const uint64_t n = opened_random(&random_state);
	const uint64_t entry = (n & UINT64_C(0xfff0000000000ffe)) | (n / 7 % 8 == 0 ? 0 : 1);

	if (n / 11 % 16 == 0)
		return entry | (opened_random(&random_state) & UINT64_C(0x000ffffffffff000));
	return entry | (from + ((n >> 20) % 24 << 12));
}

/* Ranges with unaligned ends and a hole, or bits from 0 on; a map with a tail; pages, one cut. */
static size_t
put_random(unsigned version, bool pae)
{
	const struct regions at = put_header(version, pae ? 0x80000000 : 0);
	const uint64_t second = pae ? HIGH : 0x40000000;

	put32(file + 36, PAGE - 2);
	if (version >= 2) {
		put_range(at.avail, 0x800800, 0x808c00);
		put_range(at.avail + 16, second, second + 0x5000);
	}
	put64(at.bitmap, opened_random(&random_state) & (version >= 2 ? 0x3fff : 0xfff));
	for (unsigned i = 0; i < (pae ? 512U : 1024U); i++)
		put(at.map + i * (pae ? 8 : 4), pae ? 8 : 4, false,
		    random_entry(version == 1 ? 0
			    : i % 2 == 0      ? 0x800000
					      : second));
	return (size_t)(at.pages - file) + (size_t)(opened_random(&random_state) % (12 * PAGE));
}

static void
compare(const struct opened *opened, size_t len, uint64_t va)
{
	struct naive_answer want;

	naive_i386_minidump(file, len, va, &want);
	opened_compare(opened, va, &want);
}

static void
every_page_agrees_with_the_naive_walk(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 0x808, 0xfff };

	(void)state;
	random_state = 386;
	for (unsigned round = 0; round < 60; round++) {
		const size_t len = put_random(round % 2 + 1, round / 2 % 2 != 0);
		struct opened opened;

		open_sound(&opened, len);
		for (uint64_t n = 0; n < 1030; n++)
			for (unsigned i = 0; i < 4; i++)
				compare(&opened, len, KERNBASE + (n - 2) * PAGE + offsets[i]);
		for (uint64_t n = 0; n < 4; n++) {
			compare(&opened, len, UINT32_MAX + n - 1);
			compare(&opened, len, n - 2);
			compare(&opened, len, (n << 32) + KERNBASE);
		}
		opened_fini(&opened);
	}
}

/* ---- What other readers get wrong ---- */

static void
i386_i1_addresses_above_32_bits_are_refused(void **state)
{
	static const struct opened_row rows[] = {
		{ UINT64_C(0x100800010), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xffffffff00800010), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0xffffffffc0000000), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_MAX, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example();
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

static void
i386_i8_an_index_past_the_map_is_no_map_and_pages_follow_it_rounded(void **state)
{
	static const struct opened_row rows[] = {
		{ 0x00800010, KVMSAFE_OK, 0x801010, 0x5010 },
		{ 0x00801abc, KVMSAFE_OK, HIGH + 0x1abc, 0x7abc },
		{ 0x00802000, KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT32_MAX, KVMSAFE_NO_MAP, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example();
	put32(file + 36, 16 + 7); /* two entries and a tail */
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

/* Also without PAE, also where they would make sense as pairs of 32 bits. */
static void
i386_i9_pairs_of_dump_avail_have_64_bits(void **state)
{
	struct kvmsafe_memory_range range;
	struct opened opened;

	(void)state;
	for (uint32_t paemode = 0; paemode < 2; paemode++) {
		put_example();
		put32(file + 44, paemode);
		open_sound(&opened, EXAMPLE_BYTES);
		assert_true(kvmsafe_memory_range_at(opened.session, 1, &range));
		assert_int_equal(range.start, HIGH);
		assert_int_equal(range.end, HIGH + 0x2000);
		opened_fini(&opened);
		memset(file + 0x2000, 0, 32);
		put32(file + 0x2000, 0x800000);
		put32(file + 0x2004, 0x804000);
		open_sound(&opened, EXAMPLE_BYTES);
		assert_false(kvmsafe_memory_range_at(opened.session, 0, &range));
		opened_fini(&opened);
	}
}

/* Nothing but the header says how wide entries are. */
static void
i386_i10_the_header_says_how_wide_entries_are(void **state)
{
	static const struct opened_row rows[] = {
		{ 0x00800010, KVMSAFE_OK, 0x801010, 0x5010 },
		{ 0x00801000, KVMSAFE_NOT_MAPPED, NONE, NONE }, /* an upper half */
		{ 0x00802000, KVMSAFE_OUTSIDE_MEMORY, 0x1000, NONE },
		{ 0x00803000, KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ 0x00804000, KVMSAFE_NOT_DUMPED, 0x802000, NONE },
		{ 0x00bff000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct opened opened;

	(void)state;
	put_example();
	put64(file + 0x4008, UINT64_C(0x8000000000001063));
	put32(file + 44, 0);
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, rows);
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pae_reads_as_the_specification_works_it_out),
		cmocka_unit_test(version_1_without_pae_reads_as_the_specification_works_it_out),
		cmocka_unit_test(headers_that_cannot_be_are_refused),
		cmocka_unit_test(the_map_ends_at_4_gib),
		cmocka_unit_test(entries_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(every_page_agrees_with_the_naive_walk),
		cmocka_unit_test(i386_i1_addresses_above_32_bits_are_refused),
		cmocka_unit_test(
		    i386_i8_an_index_past_the_map_is_no_map_and_pages_follow_it_rounded),
		cmocka_unit_test(i386_i9_pairs_of_dump_avail_have_64_bits),
		cmocka_unit_test(i386_i10_the_header_says_how_wide_entries_are),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
