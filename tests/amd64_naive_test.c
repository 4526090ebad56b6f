/* SPDX-License-Identifier: BSD-2-Clause */
/* amd64: many addresses of random dumps against the naive walk. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "naive/amd64.h"

extern const struct kvs_arch kvs_arch_amd64;

#define KERNBASE UINT64_C(0xfffffe0000000000)
#define DMAPBASE UINT64_C(0xfffff80000000000)
#define DMAPEND UINT64_C(0xfffffc0000000000)

#define MEMORY 0x1000 /* where the memory of segment 0 begins */

struct core {
	uint8_t *file;
	size_t segments, len;
	struct world world;
};

/* A PT_LOAD: in the file's headers, and in the world that reads them. */
static void
add_segment(struct core *core, uint64_t pa, uint64_t bytes, uint64_t offset, uint64_t dumped)
{
	uint8_t *at = core->file + 64 + core->segments++ * 56;

	put32(at, 1);
	put64(at + 8, offset);
	put64(at + 24, pa);
	put64(at + 32, dumped);
	put64(at + 40, bytes);
	put32(core->file + 56, (uint32_t)core->segments);
	world_segment(&core->world, pa, bytes, offset, dumped);
}

static uint8_t *
at_pa(struct core *core, uint64_t pa)
{
	return core->file + MEMORY + pa;
}

static struct core *
core_create(size_t len)
{
	static struct core core;

	core = (struct core){ .file = calloc(len, 1), .len = len };
	assert_non_null(core.file);
	put64(core.file + 32, 64); /* e_phoff */
	world_init(&core.world, core.file, len);
	core.world.dump.arch = &kvs_arch_amd64;
	core.world.dump.abi = kvs_arch_amd64.abis;
	return &core;
}

static void
core_destroy(struct core *core)
{
	world_fini(&core->world);
	free(core->file);
}

/* ---- Many addresses against the naive walk ---- */

static uint64_t random_state;

static uint64_t
random_number(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Tables of a few pages that point to each other, to themselves, to pages, and out of memory. */
static uint64_t
random_entry(void)
{
	uint64_t entry = random_number() & UINT64_C(0x8000000000000063);

	switch (random_number() % 16) {
	case 0:
		return entry & ~UINT64_C(1);
	case 1:
		return entry | 0x81 | (random_number() & UINT64_C(0x7ff00000c0201000));
	case 2:
		return entry | 1 | (random_number() & UINT64_C(0x000ffffffffff000));
	default:
		return entry | 1 | random_number() % 16 << 12;
	}
}

static const unsigned indexes[] = { 0, 1, 3, 255, 256, 257, 510, 511 };

#define INDEXES (sizeof(indexes) / sizeof(indexes[0]))

static void
fill_tables(uint8_t *first, unsigned pages)
{
	for (unsigned page = 0; page < pages; page++) {
		for (size_t i = 0; i < INDEXES; i++)
			put64(first + page * 4096 + indexes[i] * 8, random_entry());
	}
}

static void
compare(const struct world *world, const struct naive_answer *want, uint64_t va)
{
	struct kvmsafe_translation got;

	assert_int_equal(world_translate(world, va, &got), want->status);
	assert_int_equal(got.pa, want->pa);
	assert_int_equal(got.page_bytes, want->page_bytes);
	assert_int_equal(got.protection, want->protection);
	assert_int_equal(got.file_offset, want->file_offset);
}

/* All combinations of the indexes that tables have entries at, one offset each. */
static void
compare_core(const struct core *core, uint64_t root, unsigned levels, uint64_t combinations)
{
	for (uint64_t n = 0; n < combinations; n++) {
		struct naive_answer want;
		uint64_t va = random_number() % 4096, left = n;

		for (unsigned level = 0; level < levels; level++, left /= INDEXES)
			va |= (uint64_t)indexes[left % INDEXES] << (12 + 9 * level);
		if (random_number() % 16 != 0 && (va >> (11 + 9 * levels) & 1) != 0)
			va |= UINT64_MAX << (12 + 9 * levels);
		naive_amd64_core(core->file, core->len, root, levels, va, &want);
		compare(&core->world, &want, va);
	}
}

/* Memory of 16 pages: some left out, one cut off by a segment that ends in its middle. */
static struct core *
core_random(unsigned levels)
{
	struct core *core = core_create(MEMORY + 0xf000);
	struct kvs_witness seen;

	add_segment(core, 0, 0x6000, MEMORY, 0x6000);
	add_segment(core, 0x7000, 0x27fc, MEMORY + 0x7000, 0x27fc);
	add_segment(core, 0xa000, 0x4000, MEMORY + 0xa000, 0x3000);
	add_segment(core, 0xe000, 0x2000, MEMORY + 0xe000, 0x2000); /* the file ends in it */
	world_settle(&core->world);
	fill_tables(core->file + MEMORY, 15);
	put64(at_pa(core, 0x5008), 0x4000);
	put64(at_pa(core, 0x5010), levels == 5 ? 0x4000 : 0);
	world_symbol(&core->world, "KPML4phys", 0x5008);
	world_symbol(&core->world, "KPML5phys", 0x5010);
	assert_int_equal(
	    kvs_arch_amd64.core->space(&core->world.dump, 0, &core->world.space, &seen, NULL),
	    KVMSAFE_OK);
	return core;
}

static void
four_levels_agree_with_the_naive_walk(void **state)
{
	(void)state;
	random_state = 4;
	for (unsigned round = 0; round < 24; round++) {
		struct core *core = core_random(4);

		compare_core(core, 0x4000, 4, 8 * 8 * 8 * 8);
		core_destroy(core);
	}
}

static void
five_levels_agree_with_the_naive_walk(void **state)
{
	(void)state;
	random_state = 5;
	for (unsigned round = 0; round < 6; round++) {
		struct core *core = core_random(5);

		compare_core(core, 0x4000, 5, 8 * 8 * 8 * 8 * 8);
		core_destroy(core);
	}
}

static void
put_header(uint8_t *file, unsigned version)
{
	memcpy(file, "minidump FreeBSD/amd64", 22);
	put32(file + 24, version);
	put32(file + 28, 0x1000);
	put32(file + 32, 0x1000);
	put32(file + 36, 0x1000);
	put64(file + 40, KERNBASE);
	put64(file + 48, DMAPBASE);
	put64(file + 56, DMAPEND);
	if (version >= 3)
		put32(file + 64, 0x1000);
}

static enum kvmsafe_status
open_minidump(struct world *world, const uint8_t *file, size_t len, struct kvmsafe_error *err)
{
	world_init(world, file, len);
	world->dump.arch = &kvs_arch_amd64;
	world->dump.abi = kvs_arch_amd64.abis;
	world_minidump(world, &kvs_arch_amd64);
	return kvs_arch_amd64.space(&world->dump, &world->space, err);
}

/* Two ranges of memory, 16 pages of bits, a map of 512 entries, 14 pages, the last one cut. */
static size_t
put_random_minidump(uint8_t *file, unsigned version)
{
	uint8_t *at = file + 0x2000;

	memset(file, 0, 0x2000);
	put_header(file, version);
	if (version >= 3) {
		memset(at, 0, 0x1000);
		put64(at, 0x800);
		put64(at + 8, 0x8800);
		put64(at + 16, 0xa000);
		put64(at + 24, 0x10000);
		at += 0x1000;
	}
	memset(at, 0, 0x1000);
	put32(at, (uint32_t)random_number() | 0x10);
	fill_tables(at + 0x1000, 1 + 14);
	return (size_t)(at + 0x1000 - file) + 0x1000 + 13 * 4096 + 0xa04;
}

static void
minidumps_agree_with_the_naive_walk(void **state)
{
	static uint8_t file[0x14000];
	static struct world world;
	struct naive_answer want;

	(void)state;
	random_state = 6;
	for (unsigned round = 0; round < 90; round++) {
		const unsigned version = round % 3 + 1;
		const size_t len = put_random_minidump(file, version);

		assert_int_equal(open_minidump(&world, file, len, NULL), KVMSAFE_OK);
		for (unsigned n = 0; n < INDEXES * INDEXES; n++) {
			const uint64_t va = KERNBASE + random_number() % 4096 +
			    (version == 1 ? 0 : (uint64_t)indexes[n % INDEXES] << 12) +
			    ((uint64_t)indexes[n / INDEXES] << (version == 1 ? 12 : 21));

			naive_amd64_minidump(file, len, va, &want);
			compare(&world, &want, va);
		}
		for (uint64_t va = DMAPBASE - 0x1000; va < DMAPBASE + 0x14000; va += 0x7fc) {
			naive_amd64_minidump(file, len, va, &want);
			compare(&world, &want, va);
		}
		world_fini(&world);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(four_levels_agree_with_the_naive_walk),
		cmocka_unit_test(five_levels_agree_with_the_naive_walk),
		cmocka_unit_test(minidumps_agree_with_the_naive_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
