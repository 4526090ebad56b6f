/* SPDX-License-Identifier: BSD-2-Clause */
/* The TSB by itself: masks with holes, tags, slots that nobody asks, sources that fail. */
#include "xlat/tsb.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "support/opened.h"

#define BYTES 0x6000
#define SLOTS (BYTES / KVS_TSB_ENTRY_BYTES)
#define MASK 0x2ff /* a hole at bit 8 */
#define LAST UINT64_C(0xfffff7ffffffffff)
#define VALID (UINT64_C(1) << 63)

static uint8_t file[BYTES];

struct fixture {
	struct kvs_memory memory;
	struct kvs_findings findings;
	struct kvmsafe_source *source;
	struct kvs_physical physical;
	struct kvs_space space;
	uint64_t broken; /* reads of this byte fail */
};

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	const struct fixture *const f = ctx;

	*got = 0;
	if (offset <= f->broken && f->broken - offset < len) {
		if (err != NULL) {
			err->status = KVMSAFE_IO;
			err->sys_errno = 5;
			strcpy(err->message, "the disk is gone");
		}
		return KVMSAFE_IO;
	}
	memcpy(buf, file + offset, len);
	*got = len;
	return KVMSAFE_OK;
}

/* The table at PA 0 in segments that promise all of it; the file has `bytes`. */
static void
fixture_init(struct fixture *f, size_t bytes)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_at };
	const struct kvs_segment segment = { .bytes = BYTES, .dumped = BYTES };
	const struct kvs_range range = { .first = 0,
		.last = LAST,
		.method = &kvs_tsb_walk,
		.mask = MASK,
		.table = { KVS_IN_MEMORY, KVS_BE, 0, SLOTS } };

	memset(f, 0, sizeof(*f));
	f->broken = UINT64_MAX;
	f->memory.allocation_limit = f->memory.limit = 1 << 20;
	f->physical.kind = KVS_PHYSICAL_SEGMENTS;
	f->physical.page_shift = 13;
	f->physical.memory = &f->memory;
	kvs_findings_init(&f->findings, &f->memory, 10);
	assert_int_equal(kvmsafe_source_callbacks(&ops, f, bytes, &f->source, NULL), KVMSAFE_OK);
	f->physical.source = f->source;
	assert_int_equal(kvs_segments_init(&f->physical.segments, &f->memory, 1, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvs_segments_add(&f->physical.segments, &segment, bytes, NULL), KVMSAFE_OK);
	kvs_space_init(&f->space, &f->physical, 64);
	kvs_space_add(&f->space, &range);
}

static void
fixture_fini(struct fixture *f)
{
	kvs_physical_fini(&f->physical);
	kvs_findings_fini(&f->findings);
	kvmsafe_source_close(f->source);
}

static void
put_slot(uint64_t slot, uint64_t tag, uint64_t data)
{
	put(file + 32 * slot, 8, true, tag);
	put(file + 32 * slot + 8, 8, true, data);
}

static uint64_t
tag_of(uint64_t va, unsigned sz)
{
	return (va >> (13 + 3 * sz) << 2) + sz;
}

static void
pages_are_found_in_the_slot_of_their_cut_number(void **state)
{
	static const uint64_t vas[] = { 0, 0x2000, 0x1fe000, 0x200000, 0x400000, 0x5fe000,
		0xc0402000, LAST - 0x1fff };
	struct kvmsafe_translation got;
	struct fixture f;

	(void)state;
	fixture_init(&f, BYTES);
	for (size_t i = 0; i < sizeof(vas) / sizeof(vas[0]); i++) {
		const uint64_t slot = vas[i] >> 13 & MASK;

		memset(file, 0, sizeof(file));
		put_slot(slot, tag_of(vas[i], 0), VALID | 0x4000);
		assert_int_equal(kvs_space_find(&f.space, vas[i] + 8, &got, NULL), KVMSAFE_OK);
		assert_int_equal(got.pa, 0x4008);
		assert_int_equal(got.bytes, 0x1ff8);
		assert_int_equal(got.page_bytes, 0x2000);
		assert_int_equal(got.protection, KVMSAFE_READ);
		assert_int_equal(got.steps, 1);
		assert_int_equal(got.step[0].entry_pa, 32 * slot + 8);
		assert_int_equal(got.step[0].entry, VALID | 0x4000);
		assert_int_equal(kvs_space_find(&f.space, vas[i] ^ 0x200000, &got, NULL),
		    KVMSAFE_NOT_MAPPED); /* the same slot */
	}
	fixture_fini(&f);
}

static void
each_bit_of_the_tag_counts(void **state)
{
	const uint64_t va = 0xc0002000;
	struct kvmsafe_translation got;
	struct fixture f;

	(void)state;
	fixture_init(&f, BYTES);
	memset(file, 0, sizeof(file));
	for (unsigned sz = 0; sz < 4; sz++)
		for (unsigned bit = 0; bit < 64; bit++) {
			const uint64_t data = VALID | (uint64_t)sz << 61 | 0x900;

			put_slot(1, tag_of(va, sz), data);
			assert_int_equal(kvs_space_find(&f.space, va, &got, NULL), KVMSAFE_OK);
			assert_int_equal(got.page_bytes, UINT64_C(8192) << 3 * sz);
			assert_int_equal(got.protection, 7);
			assert_int_equal(got.bytes, 0x2000);
			put_slot(1, tag_of(va, sz) ^ UINT64_C(1) << bit, data);
			assert_int_equal(
			    kvs_space_find(&f.space, va, &got, NULL), KVMSAFE_NOT_MAPPED);
		}
	put_slot(1, tag_of(va, 0), 0x900);
	assert_int_equal(kvs_space_find(&f.space, va, &got, NULL), KVMSAFE_NOT_MAPPED);
	fixture_fini(&f);
}

/* Entries of a walk: those that a look-up finds, and no others. */
static unsigned
count_walk(const struct fixture *f)
{
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got, again;
	unsigned n = 0;
	bool found, done = false;

	for (unsigned steps = 0; !done; steps++) {
		assert_in_range(steps, 0, SLOTS + 1);
		kvs_space_next(&f->space, &cursor, &got, &found, &done);
		if (!found)
			continue;
		n++;
		assert_int_equal(kvs_space_find(&f->space, got.va, &again, NULL), KVMSAFE_OK);
		assert_int_equal(again.pa, got.pa);
		assert_int_equal(again.bytes, got.bytes);
		assert_int_equal(again.protection, got.protection);
		assert_int_equal(again.step[0].entry_pa, got.step[0].entry_pa);
	}
	return n;
}

static void
a_walk_lists_what_a_look_up_finds(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, BYTES);
	memset(file, 0, sizeof(file));
	put_slot(1, tag_of(0xc0002000, 0), VALID);
	put_slot(9, tag_of(0xc0010000, 1), VALID | UINT64_C(1) << 61); /* a part */
	put_slot(0x2ff, tag_of(0x5fe000, 0), VALID);
	assert_int_equal(count_walk(&f), 3);
	put_slot(2, tag_of(0xc0002000, 0), VALID); /* not its slot */
	put_slot(0x101, tag_of(0x202000, 0), VALID); /* in the hole of the mask */
	put_slot(3, tag_of(0xc0006000, 1), VALID); /* tag and data disagree */
	put_slot(4, tag_of(0xc0008000, 0), 0);
	put_slot(5, UINT64_MAX << 2, VALID); /* more bits than addresses have */
	put_slot(6, tag_of(LAST + 0xc001, 0), VALID); /* of the direct map */
	assert_int_equal(count_walk(&f), 3);
	fixture_fini(&f);
}

static void
a_walk_over_a_cut_table_lists_what_is_there(void **state)
{
	static const struct {
		size_t bytes;
		unsigned found;
	} rows[] = { { 0, 0 }, { 32, 1 }, { 39, 1 }, { 47, 1 }, { 48, 2 }, { 63, 2 },
		{ BYTES, 3 } };

	(void)state;
	memset(file, 0, sizeof(file));
	put_slot(0, tag_of(0xc0000000, 0), VALID);
	put_slot(1, tag_of(0xc0002000, 0), VALID);
	put_slot(0x2ff, tag_of(0x5fe000, 0), VALID);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fixture f;

		fixture_init(&f, rows[i].bytes);
		assert_int_equal(count_walk(&f), rows[i].found);
		fixture_fini(&f);
	}
}

static void
a_source_that_fails_is_named_with_the_address(void **state)
{
	struct fixture f;

	(void)state;
	fixture_init(&f, BYTES);
	memset(file, 0, sizeof(file));
	put_slot(0, tag_of(0xc0000000, 0), VALID);
	put_slot(1, tag_of(0xc0002000, 0), VALID);
	put_slot(2, tag_of(0xc0004000, 0), VALID);
	for (uint64_t at = 32; at < 48; at += 8) { /* the tag, the data */
		struct kvmsafe_error err = { .status = 0 };
		struct kvmsafe_translation got;

		f.broken = at;
		assert_int_equal(kvs_space_find(&f.space, 0xc0002008, &got, &err), KVMSAFE_IO);
		assert_int_equal(err.place, KVMSAFE_VA);
		assert_int_equal(err.at, 0xc0002008);
		assert_int_equal(err.sys_errno, 5);
		assert_non_null(strstr(err.message, "the disk is gone"));
		assert_int_equal(got.bytes, 0x1ff8);
		assert_int_equal(kvs_space_find(&f.space, 0xc0002008, &got, NULL), KVMSAFE_IO);
		assert_int_equal(count_walk(&f), 2); /* the others */
	}
	fixture_fini(&f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_are_found_in_the_slot_of_their_cut_number),
		cmocka_unit_test(each_bit_of_the_tag_counts),
		cmocka_unit_test(a_walk_lists_what_a_look_up_finds),
		cmocka_unit_test(a_walk_over_a_cut_table_lists_what_is_there),
		cmocka_unit_test(a_source_that_fails_is_named_with_the_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
