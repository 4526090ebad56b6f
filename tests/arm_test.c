/* SPDX-License-Identifier: BSD-2-Clause */
/* arm: descriptors, minidumps of both byte orders against the naive walk, refused headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/arm.h"
#include "session/session.h"
#include "support/opened.h"

#define KERNBASE UINT64_C(0xc0000000)
#define RAM UINT64_C(0x10000000)
#define RAM2 UINT64_C(0x80000000)
#define PAGE 4096
#define NONE KVMSAFE_NONE

static uint8_t file[0x40000];

static void
put32(uint8_t *at, uint64_t value)
{
	put(at, 4, false, value);
}

/* Regions in the order of the file: a page each, but for the map; version 1 has no dump_avail. */
struct regions {
	uint8_t *avail, *bitmap, *map, *pages;
};

static struct regions
put_header(unsigned version, bool big, unsigned mmuformat, uint32_t map_bytes)
{
	struct regions at = { .avail = file + 2 * PAGE };

	memset(file, 0, sizeof(file));
	memcpy(file, "minidump FreeBSD/arm", 20);
	put(file + 24, 4, big, version);
	put(file + 28, 4, big, PAGE);
	put(file + 32, 4, big, PAGE);
	put(file + 36, 4, big, map_bytes);
	put(file + 40, 4, big, KERNBASE);
	put(file + 44, 4, big, 7);
	put(file + 48, 4, big, mmuformat);
	if (version >= 2)
		put(file + 52, 4, big, PAGE);
	at.bitmap = at.avail + (version >= 2 ? PAGE : 0);
	at.map = at.bitmap + PAGE;
	at.pages = at.map + map_bytes;
	return at;
}

static void
put_range(uint8_t *at, bool big, uint64_t start, uint64_t end)
{
	put(at, 8, big, start);
	put(at + 8, 8, big, end);
}

#define EXAMPLE_BYTES 0x7c00

/* As the specification works it out. */
static void
put_example(void)
{
	const struct regions at = put_header(2, false, 2, 0xc00);

	put_range(at.avail, false, RAM, RAM + 0x4000);
	put_range(at.avail + 16, false, RAM2, RAM2 + 0x20000);
	memcpy(at.bitmap, "\x06\x00\x40", 3);
	put32(at.map, 0x10001412);
	put32(at.map + 4, 0x10002413);
	put32(at.map + 12, 0x10003410);
	for (unsigned i = 16; i < 32; i++)
		put32(at.map + 4 * i, 0x80010411);
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
	{ KERNBASE + 0x10, KVMSAFE_OK, 0x10001010, 0x4c10 },
	{ KERNBASE + 0x1ff0, KVMSAFE_OK, 0x10002ff0, 0x6bf0 },
	{ KERNBASE + 0x2000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ KERNBASE + 0x3000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ KERNBASE + 0x12345, KVMSAFE_OK, 0x80012345, 0x6f45 },
	{ KERNBASE + 0x13000, KVMSAFE_NOT_DUMPED, 0x80013000, NONE },
	{ KERNBASE + 0x300000, KVMSAFE_NO_MAP, NONE, NONE },
	{ KERNBASE - 1, KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT64_C(0x1c0000010), KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT64_C(0xffffffffc0000010), KVMSAFE_NO_MAP, NONE, NONE },
};

static void
version_2_reads_as_the_specification_works_it_out(void **state)
{
	struct opened opened;

	(void)state;
	put_example();
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, example);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
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
		{ 2, 40, 0xc0000800, KVMSAFE_DAMAGED },
		{ 2, 40, 0xc0001000, KVMSAFE_OK },
		{ 2, 40, 0, KVMSAFE_OK },
		{ 2, 40, 0xfffff000, KVMSAFE_OK },
		{ 2, 44, UINT32_MAX, KVMSAFE_OK }, /* whatever the compiler's number */
		{ 2, 48, 0, KVMSAFE_OK },
		{ 2, 48, 1, KVMSAFE_OK },
		{ 2, 48, 3, KVMSAFE_UNSUPPORTED }, /* LPAE: defined, never written */
		{ 2, 48, 4, KVMSAFE_UNSUPPORTED },
		{ 2, 48, UINT32_MAX, KVMSAFE_UNSUPPORTED },
		{ 1, 52, UINT32_MAX, KVMSAFE_OK }, /* no field of version 1 */
		{ 0, 24, 0, KVMSAFE_UNSUPPORTED },
		{ 3, 24, 3, KVMSAFE_UNSUPPORTED },
		{ 2, 24, 0x10000, KVMSAFE_UNSUPPORTED },
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

static void
the_version_tells_the_byte_order(void **state)
{
	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		struct kvmsafe_description description = { .size = sizeof(description) };
		struct opened opened;

		put_header(1, big != 0, 2, 0x400);
		open_sound(&opened, 0x4000);
		assert_int_equal(kvmsafe_describe(opened.session, &description, NULL), KVMSAFE_OK);
		assert_int_equal(description.big_endian, big);
		assert_false(description.arch_guessed);
		assert_string_equal(description.machine_arch, big != 0 ? "armeb" : "armv7");
		opened_fini(&opened);
	}
}

/* ---- Descriptors ---- */

/* By section 3 of the rules, written down once more. */
static struct kvs_entry
entry_by_the_rules(uint64_t raw, bool v4)
{
	struct kvs_entry entry = { .kind = KVS_ENTRY_INVALID };
	const unsigned type = raw % 4;
	bool writable, executable;

	if (type == 0)
		return entry;
	entry.kind = v4 && type == 3 ? KVS_ENTRY_REFUSED : KVS_ENTRY_PAGE;
	if (entry.kind == KVS_ENTRY_REFUSED)
		return entry;
	entry.shift = type == 1 ? 16 : 0;
	entry.pa = type == 1 ? raw >> 16 << 16 : raw >> 12 << 12;
	writable = v4 ? raw / 16 % 2 == 1 : raw / 128 % 2 == 0;
	executable = !v4 && type == 2;
	entry.protection = 1U + (writable ? 2U : 0U) + (executable ? 4U : 0U);
	return entry;
}

static void
second_level_descriptors_are_decoded_for_all_bits_that_matter(void **state)
{
	static const unsigned bits[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 15, 16, 30, 31 };

	(void)state;
	for (unsigned mmuformat = 0; mmuformat <= 2; mmuformat++) {
		const struct kvs_radix *form;
		struct opened opened;

		put_header(2, false, mmuformat, 0x400);
		open_sound(&opened, 0x5000);
		form = opened.session->space.range[0].form;
		for (uint32_t set = 0; set < 1U << 16; set++) {
			struct kvs_entry got, want;
			uint64_t raw = 0;

			for (unsigned i = 0; i < 16; i++)
				raw |= (uint64_t)(set >> i & 1) << bits[i];
			got = form->decode(raw, 0);
			want = entry_by_the_rules(raw, mmuformat == 1);
			if (got.kind != want.kind || got.pa != want.pa ||
			    got.protection != want.protection || got.shift != want.shift)
				fail_msg("descriptor %#llx", (unsigned long long)raw);
		}
		opened_fini(&opened);
	}
}

/* ---- Every page of small spaces against the naive walk ---- */

static uint64_t random_state;

static uint64_t
random_descriptor(uint64_t from)
{
	const uint64_t n = opened_random(&random_state);

	if (n / 7 % 8 == 0)
		return n >> 20;
	return from + ((n >> 40) % 24 << 12) + n % 4096;
}

static size_t
put_random(unsigned version, bool big, unsigned mmuformat, uint32_t map_bytes)
{
	const struct regions at = put_header(version, big, mmuformat, map_bytes);

	if (version >= 2) {
		put_range(at.avail, big, RAM + 0x800, RAM + 0x18c00);
		put_range(at.avail + 16, big, RAM2, RAM2 + 0x15000);
	}
	for (unsigned i = 0; i < 8; i++)
		put(at.bitmap + 4 * i, 4, big,
		    version == 1 && i > 0 ? 0 : opened_random(&random_state) & 0x50505050);
	for (unsigned i = 0; i < map_bytes / 4; i++)
		put(at.map + i * 4, 4, big,
		    random_descriptor(version == 1 ? 0
			    : i % 2 == 0	   ? RAM
						   : RAM2));
	return (size_t)(at.pages - file) + (size_t)(opened_random(&random_state) % (16 * PAGE));
}

static void
compare(const struct opened *opened, size_t len, bool big, uint64_t va)
{
	struct naive_answer want;

	naive_arm_minidump(file, len, big, va, &want);
	opened_compare(opened, va, &want);
}

static void
every_page_agrees_with_the_naive_walk(void **state)
{
	static const uint64_t offsets[] = { 0, 1, 0x808, 0xfff };
	static const uint32_t sizes[] = { 0x400, 0xc00, 0x1000, 0x7fc, 0x1400 };

	(void)state;
	random_state = 32;
	for (unsigned round = 0; round < 60; round++) {
		const uint32_t map_bytes = sizes[round % 5];
		const bool big = round / 2 % 2 != 0;
		const size_t len = put_random(round % 2 + 1, big, round / 4 % 3, map_bytes);
		struct opened opened;

		open_sound(&opened, len);
		for (uint64_t n = 0; n < map_bytes / 4 + 4; n++)
			for (unsigned i = 0; i < 4; i++)
				compare(&opened, len, big, KERNBASE + (n - 2) * PAGE + offsets[i]);
		for (uint64_t n = 0; n < 4; n++) {
			compare(&opened, len, big, UINT32_MAX + n - 1);
			compare(&opened, len, big, n - 2);
			compare(&opened, len, big, (n << 32) + KERNBASE);
		}
		opened_fini(&opened);
	}
}

/* ---- What other readers get wrong ---- */

static void
arm_m1_pages_follow_the_unpadded_map(void **state)
{
	static const struct {
		size_t len;
		uint64_t pages;
		unsigned findings;
	} rows[] = {
		{ 0x7c00, 0x4c00, 0 }, /* the writer's */
		{ 0x8200, 0x4c00, 0 }, /* and the header of a live dump */
		{ 0x8000, 0x5000, 1 }, /* made for readers that round */
		{ 0x7fff, 0x4c00, 0 }, /* trailing bytes */
		{ 0x7bff, 0x4c00, 1 }, /* cut */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct opened_row expected[] = {
			{ KERNBASE + 0x10, KVMSAFE_OK, 0x10001010, rows[i].pages + 0x10 },
			{ KERNBASE + 0x1010, KVMSAFE_OK, 0x10002010, rows[i].pages + 0x1010 },
		};
		struct opened opened;

		put_example();
		memset(file + EXAMPLE_BYTES, 0, PAGE);
		put32(file + 0x4004, 0x10002413);
		file[0x3000] = 0x06;
		open_sound(&opened, rows[i].len);
		EXPECT(&opened, expected);
		assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED) +
			opened_findings(&opened, KVMSAFE_TRUNCATED),
		    rows[i].findings);
		opened_fini(&opened);
	}
}

static void
arm_m9_bytes_of_pages_are_read_where_they_are_not_aligned(void **state)
{
	struct opened opened;
	uint8_t buf[16];
	size_t got;

	(void)state;
	put_example();
	for (unsigned i = 0; i < PAGE; i++)
		file[0x4c00 + i] = (uint8_t)(i + i / 256);
	open_sound(&opened, EXAMPLE_BYTES);
	assert_int_equal(
	    kvmsafe_read_va(opened.session, KERNBASE + 0xff0, buf, 16, &got, NULL), KVMSAFE_OK);
	assert_memory_equal(buf, file + 0x4c00 + 0xff0, 16);
	opened_fini(&opened);
}

/* Releases write 64-bit pairs; a CURRENT of 2020 wrote 32-bit ones, which show by the bitmap. */
static void
arm_m10_pairs_of_64_bits_are_read_and_those_of_32_recognised(void **state)
{
	struct kvmsafe_memory_range range;
	struct opened opened;

	(void)state;
	put_example();
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, example);
	assert_true(kvmsafe_memory_range_at(opened.session, 1, &range));
	assert_int_equal(range.start, RAM2);
	assert_false(kvmsafe_memory_range_at(opened.session, 2, &range));
	opened_fini(&opened);
	put_example();
	memset(file + 0x2000, 0, 32);
	put32(file + 0x2000, RAM);
	put32(file + 0x2004, RAM + 0x4000);
	put32(file + 0x2008, RAM2);
	put32(file + 0x200c, RAM2 + 0x20000);
	open_sound(&opened, EXAMPLE_BYTES);
	EXPECT(&opened, example);
	opened_fini(&opened);
	/* Not where the bitmap is of another size. */
	put32(file + 0x200c, RAM2 + UINT64_C(0x10000000));
	open_sound(&opened, EXAMPLE_BYTES);
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED) > 0, 1);
	assert_false(kvmsafe_memory_range_at(opened.session, 1, &range));
	opened_fini(&opened);
}

/* An end of 2^32 is the last that 32 bits of address allow. */
static void
ranges_end_at_4_gib(void **state)
{
	struct kvmsafe_memory_range range;
	struct opened opened;

	(void)state;
	put_example();
	file[0x3002] = 0;
	put_range(file + 0x2010, false, UINT64_C(0xffff0000), UINT64_C(0x100000000));
	open_sound(&opened, EXAMPLE_BYTES - PAGE);
	assert_true(kvmsafe_memory_range_at(opened.session, 1, &range));
	assert_int_equal(range.end, UINT64_C(0x100000000));
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED), 0);
	opened_fini(&opened);
	put_range(file + 0x2010, false, UINT64_C(0xffff0000), UINT64_C(0x100001000));
	open_sound(&opened, EXAMPLE_BYTES - PAGE);
	assert_false(kvmsafe_memory_range_at(opened.session, 1, &range));
	assert_int_equal(opened_findings(&opened, KVMSAFE_DAMAGED) > 0, 1);
	opened_fini(&opened);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_2_reads_as_the_specification_works_it_out),
		cmocka_unit_test(headers_that_cannot_be_are_refused),
		cmocka_unit_test(the_version_tells_the_byte_order),
		cmocka_unit_test(second_level_descriptors_are_decoded_for_all_bits_that_matter),
		cmocka_unit_test(every_page_agrees_with_the_naive_walk),
		cmocka_unit_test(arm_m1_pages_follow_the_unpadded_map),
		cmocka_unit_test(arm_m9_bytes_of_pages_are_read_where_they_are_not_aligned),
		cmocka_unit_test(arm_m10_pairs_of_64_bits_are_read_and_those_of_32_recognised),
		cmocka_unit_test(ranges_end_at_4_gib),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
