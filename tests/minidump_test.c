/* SPDX-License-Identifier: BSD-2-Clause */
/* The frame of minidumps: fields by table, the magic's zero, regions at their extremes. */
#include "format/minidump.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "support/opened.h"

#define GIB4 UINT64_C(0x100000000)

static const struct kvs_frame frame = { .version = 9,
	.header_bytes = 72,
	.msgbufsize = { 28, 4 },
	.bitmapsize = { 32, 4 },
	.mapsize = { 36, 4 },
	.kernbase = { 40, 8 },
	.dmapbase = { 48, 8 },
	.own = { [0] = { 56, 4 }, [3] = { 60, 8 } } };

/* ---- Header ---- */

static void
fields_are_read_by_offset_width_and_byte_order(void **state)
{
	(void)state;
	for (unsigned big = 0; big < 2; big++) {
		uint8_t bytes[72];
		struct kvs_view view = {
			.bytes = bytes, .len = sizeof(bytes), .order = big != 0 ? KVS_BE : KVS_LE
		};
		struct kvs_header got;

		memset(bytes, 0xee, sizeof(bytes));
		put(bytes + 28, 4, big != 0, 0x11223344);
		put(bytes + 32, 4, big != 0, UINT32_MAX);
		put(bytes + 36, 4, big != 0, 0);
		put(bytes + 40, 8, big != 0, UINT64_C(0xfffffe0000000001));
		put(bytes + 48, 8, big != 0, UINT64_MAX);
		put(bytes + 56, 4, big != 0, 0x99aabbcc);
		put(bytes + 60, 8, big != 0, UINT64_C(0x0102030405060708));
		assert_int_equal(kvs_header_read(&frame, &view, &got, NULL), KVMSAFE_OK);
		assert_int_equal(got.version, 9);
		assert_int_equal(got.msgbufsize, 0x11223344);
		assert_int_equal(got.bitmapsize, UINT32_MAX);
		assert_int_equal(got.mapsize, 0);
		assert_int_equal(got.kernbase, UINT64_C(0xfffffe0000000001));
		assert_int_equal(got.dmapbase, UINT64_MAX);
		assert_int_equal(got.own[0], 0x99aabbcc);
		assert_int_equal(got.own[3], UINT64_C(0x0102030405060708));
		/* What this version does not have reads as 0. */
		assert_int_equal(got.dumpavailsize, 0);
		assert_int_equal(got.dmapend, 0);
		assert_int_equal(got.dmapphys, 0);
		assert_int_equal(got.own[1], 0);
		assert_int_equal(got.own[2], 0);
	}
}

/* All used bytes must be there, also those behind the last field. */
static void
a_header_that_ends_early_is_cut(void **state)
{
	static const uint8_t bytes[72];

	(void)state;
	for (size_t len = 0; len <= sizeof(bytes); len++) {
		struct kvs_view view = { .bytes = bytes, .len = len };
		struct kvs_header got = { .version = 77 };
		struct kvmsafe_error err = { .status = 0 };
		const enum kvmsafe_status status = kvs_header_read(&frame, &view, &got, &err);

		assert_int_equal(status, len < sizeof(bytes) ? KVMSAFE_TRUNCATED : KVMSAFE_OK);
		assert_int_equal(got.version, len < sizeof(bytes) ? 77 : 9);
		if (status == KVMSAFE_OK)
			continue;
		assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
		assert_int_equal(err.at, len);
	}
}

static void
the_zero_of_a_magic_is_part_of_it(void **state)
{
	static const char field[24] = "minidump FreeBSD/arm64";
	static const char full[24] = { 'm', 'i', 'n', 'i', 'd', 'u', 'm', 'p', ' ', 'x', 'x', 'x',
		'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x', 'x' };
	struct kvs_view view = { .bytes = (const uint8_t *)field, .len = sizeof(field) };

	(void)state;
	assert_true(kvs_minidump_magic_is(&view, "minidump FreeBSD/arm64"));
	assert_false(kvs_minidump_magic_is(&view, "minidump FreeBSD/arm"));
	assert_false(kvs_minidump_magic_is(&view, "minidump FreeBSD/arm64x"));
	view.len = 23;
	assert_true(kvs_minidump_magic_is(&view, "minidump FreeBSD/arm64"));
	view.len = 22;
	assert_false(kvs_minidump_magic_is(&view, "minidump FreeBSD/arm64"));
	/* A magic that fills its field has no zero. */
	view = (struct kvs_view){ .bytes = (const uint8_t *)full, .len = sizeof(full) };
	assert_false(kvs_minidump_magic_is(&view, "minidump xxxxxxxxxxxxxxx"));
}

/* ---- Layout ---- */

static uint64_t
up(uint64_t bytes, uint64_t page)
{
	return (bytes + page - 1) / page * page;
}

static uint64_t
present(uint64_t offset, uint64_t bytes, uint64_t file_bytes)
{
	if (offset >= file_bytes)
		return 0;
	return bytes < file_bytes - offset ? bytes : file_bytes - offset;
}

static void
expect_region(const struct kvs_region *got, uint64_t offset, uint64_t bytes, uint64_t file_bytes)
{
	assert_int_equal(got->offset, offset);
	assert_int_equal(got->bytes, bytes);
	assert_int_equal(got->present, present(offset, bytes, file_bytes));
}

static void
check_layout(const struct kvs_header *header, bool unpadded, unsigned page_shift, uint64_t base,
    uint64_t file_bytes)
{
	const struct kvs_frame kind = { .version = 1, .map_unpadded = unpadded };
	const uint64_t page = UINT64_C(1) << page_shift;
	uint64_t at = base + page;
	struct kvs_layout got;

	kvs_layout_compute(&kind, header, page_shift, base, file_bytes, &got);
	expect_region(&got.msgbuf, at, header->msgbufsize, file_bytes);
	assert_int_equal(got.msgbuf_padded, present(at, up(header->msgbufsize, page), file_bytes));
	at += up(header->msgbufsize, page);
	expect_region(&got.avail, at, header->dumpavailsize, file_bytes);
	at += up(header->dumpavailsize, page);
	expect_region(&got.bitmap, at, header->bitmapsize, file_bytes);
	at += up(header->bitmapsize, page);
	expect_region(&got.map, at, header->mapsize, file_bytes);
	at += unpadded ? header->mapsize : up(header->mapsize, page);
	assert_int_equal(got.pages_offset, at);
}

/* Every combination of sizes at 0, around a page, and at both ends of 32 bits. */
static void
regions_follow_each_other_whatever_their_sizes(void **state)
{
	static const uint64_t sizes[] = { 0, 1, 0xfff, 0x1000, 0x1001, 0x80000000, GIB4 - 1 };
	static const uint64_t files[] = { 0, 0x1800, 0x3801, GIB4, 8 * GIB4 };

	(void)state;
	for (unsigned i = 0; i < 7 * 7 * 7 * 7; i++) {
		const struct kvs_header header = { .msgbufsize = sizes[i % 7],
			.dumpavailsize = sizes[i / 7 % 7],
			.bitmapsize = sizes[i / 49 % 7],
			.mapsize = sizes[i / 343] };

		for (unsigned j = 0; j < 5; j++) {
			check_layout(&header, i % 2 != 0, 12, 0, files[j]);
			check_layout(&header, false, 14, 512, files[j]);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fields_are_read_by_offset_width_and_byte_order),
		cmocka_unit_test(a_header_that_ends_early_is_cut),
		cmocka_unit_test(the_zero_of_a_magic_is_part_of_it),
		cmocka_unit_test(regions_follow_each_other_whatever_their_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
