/* SPDX-License-Identifier: BSD-2-Clause */
/* Page tables of a tiny form: every address against a model, byte by byte; what messages say. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/*
 * A form small enough to try all its addresses: three levels of 8, 4 and 4 entries over pages of 16
 * bytes, 2048 addresses in all. Bits of an entry: 0 valid, 1 page, 2 refused, 3 a page twice as
 * large as its entry, 4 a page of half its entry, 5 and 6 protection, 8 and up the address.
 */
#define PAGE_BITS 4
#define ADDRESSES 2048
#define MEMORY 0x400

static struct kvs_entry
tiny_decode(uint64_t raw, unsigned level)
{
	struct kvs_entry entry = { .pa = raw >> 8 & 0xfff, .protection = (uint32_t)(raw >> 5 & 3) };
	const unsigned shift = PAGE_BITS + 2 * level;

	if ((raw & 1) == 0)
		return (struct kvs_entry){ .kind = KVS_ENTRY_INVALID };
	if ((raw & 4) != 0)
		return (struct kvs_entry){ .kind = KVS_ENTRY_REFUSED };
	entry.kind = level == 0 || (raw & 2) != 0 ? KVS_ENTRY_PAGE : KVS_ENTRY_TABLE;
	if (entry.kind == KVS_ENTRY_TABLE)
		entry.pa &= 0xff0;
	else if ((raw & 8) != 0)
		entry.shift = (uint8_t)(shift + 1);
	return entry;
}

static const struct kvs_radix tiny4 = {
	.levels = 3,
	.entry_bytes = 4,
	.level = { { 4, 2 }, { 6, 2 }, { 8, 3 } },
	.decode = tiny_decode,
};

static const struct kvs_radix tiny8 = {
	.levels = 3,
	.entry_bytes = 8,
	.level = { { 4, 2 }, { 6, 2 }, { 8, 3 } },
	.decode = tiny_decode,
};

/* ---- The model: tables byte by byte ---- */

struct answer {
	enum kvmsafe_status status;
	uint64_t pa, page_bytes, span; /* span: of the last entry asked for */
	uint32_t protection;
};

struct model {
	const uint8_t *file;
	bool in_file, big;
	unsigned width;
	uint64_t root, entries, base;
};

/* Segments 0 to 0xff and 0x110 to 0x2f5 (no multiple of an entry), 0x300 to 0x3bf of which the
   file has all but 0x3a0 and up and which promises 0x3c0 to 0x3ff. */
static enum kvmsafe_status
place_of(uint64_t pa, uint64_t *offset, unsigned *segment)
{
	*segment = pa < 0x100 ? 0 : pa < 0x2f6 ? 1 : 2;
	*offset = pa + 0x40;
	if (pa < 0x100 || (pa >= 0x110 && pa < 0x2f6) || (pa >= 0x300 && pa < 0x3a0))
		return KVMSAFE_OK;
	if (pa >= 0x3a0 && pa < 0x3c0)
		return KVMSAFE_TRUNCATED;
	return pa >= 0x3c0 && pa < 0x400 ? KVMSAFE_NOT_DUMPED : KVMSAFE_OUTSIDE_MEMORY;
}

#define FILE_BYTES (0x3a0 + 0x40)

static enum kvmsafe_status
model_entry(const struct model *model, bool in_file, uint64_t at, uint64_t *value)
{
	unsigned first = 0, segment;
	uint64_t offset = at;

	*value = 0;
	for (unsigned i = 0; i < model->width; i++) {
		const unsigned shift = 8 * (model->big ? model->width - 1 - i : i);

		if (in_file) {
			if (at + i >= FILE_BYTES)
				return KVMSAFE_TRUNCATED;
			offset = at + i;
		} else {
			const enum kvmsafe_status status = place_of(at + i, &offset, &segment);

			if (status != KVMSAFE_OK)
				return status;
			if (i > 0 && segment != first)
				return KVMSAFE_DAMAGED;
			first = segment;
		}
		*value |= (uint64_t)model->file[offset] << shift;
	}
	return KVMSAFE_OK;
}

static struct answer
model_find(const struct model *model, uint64_t va)
{
	struct answer out = { .span = 256 };
	uint64_t index = (va - model->base) / 256, at = model->root, value;
	bool in_file = model->in_file;

	if (index >= model->entries) {
		out.status = KVMSAFE_NO_MAP;
		return out;
	}
	for (;; in_file = false) {
		out.status = model_entry(model, in_file, at + index * model->width, &value);
		if (out.status != KVMSAFE_OK)
			return out;
		out.status = (value & 1) == 0 ? KVMSAFE_NOT_MAPPED : KVMSAFE_DAMAGED;
		if ((value & 1) == 0 || (value & 4) != 0)
			return out;
		if (out.span == 16 || (value & 2) != 0)
			break;
		at = value >> 8 & 0xff0;
		out.span /= 4;
		index = va / out.span % 4;
	}
	out.status = KVMSAFE_OK;
	out.page_bytes = (value & 8) != 0 ? out.span * 2 : out.span;
	out.pa = (value >> 8 & 0xfff) / out.page_bytes * out.page_bytes + va % out.page_bytes;
	out.protection = value >> 5 & 3;
	return out;
}

/* ---- Every address of a tiny space ---- */

static uint64_t random_state;

static uint64_t
random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Tables that reach over the end of a segment, or of what the file has of it. */
static const uint64_t edges[] = { 0xf0, 0x110, 0x2f0, 0x390, 0x3b0 };

/* Entries everywhere, `valid` in four of them valid, most tables inside memory, many at its edges. */
static void
fill(uint8_t *file, const struct model *model, unsigned valid)
{
	for (size_t i = 0; i + model->width <= FILE_BYTES; i += model->width) {
		uint64_t value = random_number() & 0x3ff7e;

		if (random_number() % 4 == 0)
			value = (value & 0xff) | edges[random_number() % 5] << 8;
		if (random_number() % 4 < valid)
			value |= 1;
		if (random_number() % 8 != 0)
			value &= ~UINT64_C(4);
		if (random_number() % 4 != 0)
			value &= ~UINT64_C(8);
		for (unsigned b = 0; b < model->width; b++)
			file[i + (model->big ? model->width - 1 - b : b)] =
			    (uint8_t)(value >> 8 * b);
	}
}

static void
tiny_world(struct world *world, const uint8_t *file, const struct model *model)
{
	const struct kvs_range range = {
		.first = model->base,
		.last = model->base + ADDRESSES + 255, /* one entry more than there is */
		.method = &kvs_radix_walk,
		.base = model->base,
		.table = { model->in_file ? KVS_IN_FILE : KVS_IN_MEMORY,
		    model->big ? KVS_BE : KVS_LE, model->root, model->entries },
		.level = 2,
		.form = model->width == 4 ? &tiny4 : &tiny8,
	};

	world_init(world, file, FILE_BYTES);
	world_segment(world, 0, 0x100, 0x40, 0x100);
	world_segment(world, 0x110, 0x1e6, 0x150, 0x1e6);
	world_segment(world, 0x300, 0x100, 0x340, 0xc0);
	world_settle(world);
	kvs_space_add(&world->space, &range);
}

/* Same answer as the model, and the model agrees for as long as the answer says that it holds. */
static void
compare(
    const struct world *world, const struct model *model, const struct answer *answers, uint64_t i)
{
	const struct answer *want = &answers[i];
	const uint64_t va = model->base + i;
	struct kvmsafe_translation got;
	struct kvmsafe_error err;

	assert_int_equal(kvs_space_find(&world->space, va, &got, &err), want->status);
	assert_true(got.bytes >= 1 && got.bytes <= ADDRESSES + 256 - i);
	assert_int_equal(got.va, va);
	if (want->status == KVMSAFE_OK) {
		assert_int_equal(got.pa, want->pa);
		assert_int_equal(got.page_bytes, want->page_bytes);
		assert_int_equal(got.protection, want->protection);
	} else {
		assert_int_equal(got.pa, KVMSAFE_NONE);
		assert_int_equal(err.at, va);
		assert_int_equal(err.place, KVMSAFE_VA);
	}
	for (uint64_t k = 1; k < got.bytes; k++) {
		assert_int_equal(answers[i + k].status, want->status);
		if (want->status == KVMSAFE_OK)
			assert_int_equal(answers[i + k].pa, want->pa + k);
	}
}

/* The walk reports what the model says of the first address of each entry. */
static void
compare_walk(const struct world *world, const struct model *model, const struct answer *answers)
{
	struct kvs_space_cursor cursor = { 0 };
	struct kvmsafe_translation got;
	bool found = false, done = false;

	for (uint64_t i = 0; i < ADDRESSES; i += answers[i].span) {
		const struct answer *want = &answers[i];

		if (want->status != KVMSAFE_OK)
			continue;
		do {
			kvs_space_next(&world->space, &cursor, &got, &found, &done);
			assert_false(done);
		} while (!found);
		assert_int_equal(got.va, model->base + i);
		assert_int_equal(got.pa, want->pa);
		assert_int_equal(got.page_bytes, want->page_bytes);
		assert_int_equal(got.protection, want->protection);
		assert_in_range(got.bytes, 1, want->span);
	}
	while (!done) {
		kvs_space_next(&world->space, &cursor, &got, &found, &done);
		assert_false(found);
	}
}

static void
run_tiny(struct model *model, unsigned rounds)
{
	struct answer *answers = calloc(ADDRESSES + 256, sizeof(*answers));
	static uint8_t file[FILE_BYTES];
	static struct world world;

	assert_non_null(answers);
	random_state = UINT64_C(0x9e3779b97f4a7c15) + model->width;
	model->file = file;
	for (unsigned round = 0; round < rounds; round++) {
		model->root = random_number() % MEMORY & ~UINT64_C(15);
		model->entries = random_number() % 9;
		if (round % 4 == 0) {
			model->root = 0x2e0; /* a segment ends in it */
			model->entries = 8;
		}
		fill(file, model, round % 4 == 0 ? 1 : 3);
		tiny_world(&world, file, model);
		for (uint64_t i = 0; i < ADDRESSES + 256; i++)
			answers[i] = model_find(model, model->base + i);
		for (uint64_t i = 0; i < ADDRESSES + 256; i++)
			compare(&world, model, answers, i);
		compare_walk(&world, model, answers);
		world_fini(&world);
	}
	free(answers);
}

static void
every_address_of_tables_in_memory_is_as_the_model_says(void **state)
{
	(void)state;
	run_tiny(&(struct model){ .width = 4, .base = 0x10000 }, 100);
	run_tiny(&(struct model){ .width = 8, .base = 0 }, 100);
	run_tiny(&(struct model){ .width = 4, .big = true, .base = 0x800 }, 100);
	run_tiny(&(struct model){ .width = 8, .big = true, .base = -UINT64_C(4096) }, 100);
}

static void
every_address_of_a_root_in_the_file_is_as_the_model_says(void **state)
{
	(void)state;
	run_tiny(&(struct model){ .width = 4, .in_file = true, .base = 0x10000 }, 100);
	run_tiny(&(struct model){ .width = 8, .in_file = true, .base = 0x800 }, 100);
	run_tiny(&(struct model){ .width = 8, .in_file = true, .big = true, .base = 0x800 }, 100);
}

/* ---- Messages and steps ---- */

/* One table entry of the tiny form in the file, the rest of memory as place_of has it. */
static enum kvmsafe_status
find_with_root(
    uint64_t value, bool in_file, struct kvmsafe_translation *got, struct kvmsafe_error *err)
{
	static uint8_t file[FILE_BYTES];
	const struct model model = { .file = file,
		.in_file = in_file,
		.width = 4,
		.root = in_file ? 0 : 0x20,
		.entries = 8 };
	static struct world world;
	enum kvmsafe_status status;

	memset(file, 0, sizeof(file));
	put32(file + (in_file ? 0 : 0x60) + 8, (uint32_t)value);
	tiny_world(&world, file, &model);
	status = kvs_space_find(&world.space, 0x215, got, err);
	world_fini(&world);
	return status;
}

static void
a_message_names_the_entry_that_is_not_valid(void **state)
{
	struct kvmsafe_translation got;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(find_with_root(0xaa00, true, &got, &err), KVMSAFE_NOT_MAPPED);
	assert_string_equal(err.message, "level 2 entry 2 at file offset 0x8: 0xaa00 is not valid");
	assert_int_equal(find_with_root(0xaa00, false, &got, &err), KVMSAFE_NOT_MAPPED);
	assert_string_equal(err.message, "level 2 entry 2 at PA 0x28: 0xaa00 is not valid");
	assert_int_equal(find_with_root(0x10005, false, &got, &err), KVMSAFE_DAMAGED);
	assert_non_null(strstr(err.message, "level 2 entry 2 at PA 0x28: 0x10005"));
	assert_int_equal(got.bytes, 0x100 - 0x15);
}

static void
a_message_names_the_table_that_is_not_there(void **state)
{
	static const struct {
		uint64_t entry;
		enum kvmsafe_status status;
		const char *table;
	} rows[] = {
		{ 0x3d001, KVMSAFE_NOT_DUMPED, "level 1 table at PA 0x3d0: " },
		{ 0x3b001, KVMSAFE_TRUNCATED, "level 1 table at PA 0x3b0: " },
		{ 0x50001, KVMSAFE_OUTSIDE_MEMORY, "level 1 table at PA 0x500: " },
		{ 0xfff001, KVMSAFE_OUTSIDE_MEMORY, "level 1 table at PA 0xff0: " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_translation got;
		struct kvmsafe_error err;

		assert_int_equal(find_with_root(rows[i].entry, true, &got, &err), rows[i].status);
		assert_non_null(strstr(err.message, rows[i].table));
		assert_non_null(strstr(err.message, kvs_physical_reason(rows[i].status)));
		assert_int_equal(err.at, 0x215);
		/* The whole table is missing, so all that the root's entry maps is. */
		assert_int_equal(got.bytes, 0x100 - 0x15);
		assert_int_equal(got.steps, 1);
		assert_int_equal(got.step[0].entry, rows[i].entry);
		assert_int_equal(got.step[0].level, 2);
	}
}

static void
steps_say_where_each_entry_lies(void **state)
{
	static uint8_t file[FILE_BYTES];
	const struct model model = { .file = file, .in_file = true, .width = 4, .entries = 8 };
	struct kvmsafe_translation got;
	static struct world world;

	(void)state;
	put32(file + 8, 0x20001);
	put32(file + 0x240, 0x12001); /* PA 0x200, entry 0 */
	put32(file + 0x160 + 4, 0x12361); /* PA 0x120, entry 1 */
	tiny_world(&world, file, &model);
	assert_int_equal(kvs_space_find(&world.space, 0x215, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.pa, 0x125);
	assert_int_equal(got.bytes, 11);
	assert_int_equal(got.protection, 3);
	assert_int_equal(got.steps, 3);
	assert_int_equal(got.step[0].entry_pa, KVMSAFE_NONE);
	assert_int_equal(got.step[0].entry_offset, 8);
	assert_int_equal(got.step[1].entry_pa, 0x200);
	assert_int_equal(got.step[1].entry_offset, 0x240);
	assert_int_equal(got.step[1].level, 1);
	assert_int_equal(got.step[2].entry_pa, 0x124);
	assert_int_equal(got.step[2].entry, 0x12361);
	assert_int_equal(got.step[2].level, 0);
	world_fini(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_address_of_tables_in_memory_is_as_the_model_says),
		cmocka_unit_test(every_address_of_a_root_in_the_file_is_as_the_model_says),
		cmocka_unit_test(a_message_names_the_entry_that_is_not_valid),
		cmocka_unit_test(a_message_names_the_table_that_is_not_there),
		cmocka_unit_test(steps_say_where_each_entry_lies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
