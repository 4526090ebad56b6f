/* SPDX-License-Identifier: BSD-2-Clause */
/* amd64: cores of four and five levels, and where a kernel that moved is found. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xlat/bootstrap.h"

extern const struct kvs_arch kvs_arch_amd64;

#define IMAGE UINT64_C(0xffffffff80000000) /* symbol kernbase */
#define LARGE UINT64_C(0x200000)

struct expected {
	uint64_t va;
	enum kvmsafe_status status;
	uint64_t pa, file_offset;
};

#define NONE KVMSAFE_NONE

static void
expect(const struct world *world, const struct expected *want)
{
	struct kvmsafe_translation got;

	assert_int_equal(world_translate(world, want->va, &got), want->status);
	assert_int_equal(got.pa, want->pa);
	assert_int_equal(got.file_offset, want->file_offset);
}

/* ---- The worked example of a core ---- */

#define CORE_BYTES 0x402000
#define MEMORY 0x1000 /* where the memory of segment 0 begins */

struct core {
	uint8_t *file;
	size_t segments, len;
	struct world world;
	struct kvs_witness seen;
	uint64_t missing; /* physical address of a variable that cannot be read */
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

static void
put_tables(struct core *core, uint64_t image)
{
	put64(at_pa(core, image + 0x1000), image + 0x100000); /* KPML4phys */
	put64(at_pa(core, image + 0x100ff8), (image + 0x101000) | 3);
	put64(at_pa(core, image + 0x101ff0), (image + 0x102000) | 3);
	put64(at_pa(core, image + 0x102008), image | 0xe3); /* IMAGE + 2 MiB */
	put64(at_pa(core, image + 0x102010), (image + 0x103000) | 3);
	put64(at_pa(core, image + 0x102018), 0x4000e3);
	put64(at_pa(core, image + 0x103038), 0x123063);
}

/* As the specification works it out: the image at 2 MiB, in one segment of 4 MiB. */
static struct core *
core_example(void)
{
	struct core *core = core_create(CORE_BYTES);

	add_segment(core, 0, 0x400000, MEMORY, 0x400000);
	put_tables(core, LARGE);
	return core;
}

static enum kvmsafe_status
delta_of(void *ctx, uint64_t *cursor, uint64_t *delta, struct kvmsafe_error *err)
{
	const struct core *core = ctx;

	return kvs_arch_amd64.core->delta(&core->world.dump, cursor, delta, err);
}

static enum kvmsafe_status
build(void *ctx, uint64_t delta, struct kvs_space *space, uint64_t *va, uint64_t *pa,
    struct kvmsafe_error *err)
{
	struct core *core = ctx;
	const enum kvmsafe_status status =
	    kvs_arch_amd64.core->space(&core->world.dump, delta, space, &core->seen, err);

	*va = core->seen.va;
	*pa = core->seen.pa;
	return status;
}

static enum kvmsafe_status
open_core(struct core *core, struct kvmsafe_error *err)
{
	const struct kvs_bootstrap bootstrap = { core, delta_of, build };

	world_settle(&core->world);
	return kvs_bootstrap_run(&bootstrap, &core->world.space, err);
}

static void
add_symbols(struct core *core)
{
	world_symbol(&core->world, "kernbase", IMAGE);
	world_symbol(&core->world, "KPML4phys", IMAGE + LARGE + 0x1000);
}

static const struct expected core_rows[] = {
	{ IMAGE + 0x201000, KVMSAFE_OK, 0x201000, 0x202000 },
	{ IMAGE + 0x407010, KVMSAFE_OK, 0x123010, 0x124010 },
	{ IMAGE + 0x600000, KVMSAFE_OUTSIDE_MEMORY, 0x400000, NONE },
	{ IMAGE, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ IMAGE + 0x3ffff8, KVMSAFE_OK, 0x3ffff8, 0x400ff8 },
	{ IMAGE + 0x400000, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0x7fffffffffff, KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ 0x800000000000, KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT64_C(0x7fff80201000), KVMSAFE_NOT_MAPPED, NONE, NONE },
	{ UINT64_C(0x0000ffff80201000), KVMSAFE_NO_MAP, NONE, NONE }, /* not canonical */
	{ UINT64_C(0xffff7fffffffffff), KVMSAFE_NO_MAP, NONE, NONE },
	{ UINT64_C(0xffff800000000000), KVMSAFE_NOT_MAPPED, NONE, NONE },
};

static void
expect_core_rows(const struct core *core)
{
	for (size_t i = 0; i < sizeof(core_rows) / sizeof(core_rows[0]); i++)
		expect(&core->world, &core_rows[i]);
}

static void
a_core_reads_as_the_specification_works_it_out(void **state)
{
	struct core *core = core_example();
	struct kvmsafe_translation got;

	(void)state;
	add_symbols(core);
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	expect_core_rows(core);
	assert_int_equal(
	    kvs_space_find(&core->world.space, IMAGE + 0x3ffff8, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got.bytes, 8);
	assert_int_equal(got.page_bytes, LARGE);
	assert_int_equal(kvs_space_direct_va(&core->world.space, 0x123000), KVMSAFE_NONE);
	core_destroy(core);
}

/* A5: what a page says it holds is cut where the segment ends, by the physical look-up. */
static void
a_large_page_over_the_end_of_a_segment_is_cut(void **state)
{
	struct core *core = core_create(CORE_BYTES);
	struct kvmsafe_translation got;
	struct kvs_extent extent;

	(void)state;
	add_segment(core, 0, 0x380000, MEMORY, 0x380000);
	add_segment(core, 0x500000, 0x1000, MEMORY + 0x380000, 0x1000);
	put_tables(core, LARGE);
	add_symbols(core);
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	assert_int_equal(world_translate(&core->world, IMAGE + 0x37fff0, &got), KVMSAFE_OK);
	assert_int_equal(kvs_physical_find(&core->world.physical, got.pa, &extent), KVMSAFE_OK);
	assert_int_equal(extent.bytes, 0x10);
	assert_int_equal(
	    world_translate(&core->world, IMAGE + 0x380000, &got), KVMSAFE_OUTSIDE_MEMORY);
	core_destroy(core);
}

/* ---- A kernel that moved ---- */

#define MOVED UINT64_C(0x600000)
#define MOVED_BYTES 0x803000

/* The image at MOVED, and its variable kernphys. */
static struct core *
core_moved(void)
{
	struct core *core = core_create(MOVED_BYTES);

	add_segment(core, 0, 0x200000, MEMORY, 0x200000);
	add_segment(core, MOVED, 0x200000, MEMORY + MOVED, 0x200000);
	put_tables(core, MOVED);
	put64(at_pa(core, MOVED + 0x2000), MOVED);
	add_symbols(core);
	return core;
}

static void
expect_moved(const struct core *core)
{
	expect(&core->world,
	    &(struct expected){
		IMAGE + 0x201000, KVMSAFE_OK, MOVED + 0x1000, MEMORY + MOVED + 0x1000 });
	expect(
	    &core->world, &(struct expected){ IMAGE + 0x407010, KVMSAFE_OK, 0x123010, 0x124010 });
}

static void
the_header_says_where_the_kernel_lies(void **state)
{
	struct core *core = core_moved();

	(void)state;
	core->world.core.delta = (struct kvs_dump_delta){ true, IMAGE, MOVED, LARGE };
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	expect_moved(core);
	core_destroy(core);
}

static void
a_header_that_does_not_count_the_alignment_is_tried_too(void **state)
{
	struct core *core = core_moved();

	(void)state;
	core->world.core.delta = (struct kvs_dump_delta){ true, IMAGE + LARGE, MOVED, LARGE };
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	expect_moved(core);
	core_destroy(core);
}

static void
a_header_that_lies_is_not_believed(void **state)
{
	struct core *core = core_example();

	(void)state;
	add_symbols(core);
	core->world.core.delta = (struct kvs_dump_delta){ true, IMAGE, 0x40000000, LARGE };
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	expect_core_rows(core);
	core_destroy(core);
}

/* A4: from 13.1 on the kernel is not always where it was linked. */
static void
a_moved_kernel_is_found_by_its_own_variable(void **state)
{
	struct core *core = core_moved();

	(void)state;
	world_symbol(&core->world, "kernphys", IMAGE + LARGE + 0x2000);
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	expect_moved(core);
	core_destroy(core);
}

static void
a_moved_kernel_without_that_variable_is_not_found(void **state)
{
	struct core *core = core_moved();
	struct kvmsafe_error err;

	(void)state;
	assert_int_not_equal(open_core(core, &err), KVMSAFE_OK);
	assert_int_equal(core->world.space.ranges, 0);
	core_destroy(core);
	/* An absolute symbol of a kernel before 13.1 is no variable. */
	core = core_moved();
	world_symbol(&core->world, "kernphys", LARGE);
	assert_int_not_equal(open_core(core, &err), KVMSAFE_OK);
	core_destroy(core);
}

/* Pages that hold their own address lie about; the tables tell them from the kernel's. */
static void
a_false_kernphys_is_passed_over(void **state)
{
	struct core *core = core_moved();
	struct kvmsafe_error err;

	(void)state;
	put64(at_pa(core, 0x2000), 0);
	add_segment(core, 0x400000, 0x3000, MEMORY + 0x400000, 0x3000);
	put64(at_pa(core, 0x402000), 0x400000);
	world_symbol(&core->world, "kernphys", IMAGE + LARGE + 0x2000);
	assert_int_equal(open_core(core, &err), KVMSAFE_OK);
	expect_moved(core);
	core_destroy(core);
}

#define BEYOND (UINT64_C(1) << 52) /* no entry can hold such an address */

static void
guesses_end(void **state)
{
	struct core *core = core_moved();
	uint64_t cursor = 0, delta;
	unsigned guesses = 0;

	(void)state;
	add_segment(core, 0x400000, 0x3000, MEMORY + 0x400000, 0x3000);
	add_segment(core, BEYOND, 0x3000, MEMORY + 0x404000, 0x3000);
	put64(at_pa(core, 0x406000), BEYOND);
	world_symbol(&core->world, "kernphys", IMAGE + LARGE + 0x2000);
	core->world.core.delta = (struct kvs_dump_delta){ true, IMAGE, MOVED, LARGE };
	world_settle(&core->world);
	while (delta_of(core, &cursor, &delta, NULL) == KVMSAFE_OK) {
		assert_int_equal(delta,
		    guesses == 0       ? MOVED - LARGE - IMAGE
			: guesses == 1 ? MOVED - IMAGE
			: guesses == 2 ? -IMAGE
				       : MOVED - LARGE - IMAGE);
		assert_in_range(guesses, 0, 3);
		guesses++;
	}
	assert_int_equal(guesses, 4);
	assert_int_equal(delta_of(core, &cursor, &delta, NULL), KVMSAFE_NOT_FOUND);
	core_destroy(core);
}

/* A read for each place that some segment has. */
static enum kvmsafe_status
count_read(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	(void)offset;
	(void)err;
	++*(unsigned *)ctx;
	memset(buf, 0, len);
	*got = len;
	return KVMSAFE_OK;
}

static void
the_search_for_the_kernel_ends_at_512_gib(void **state)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = count_read };
	struct core *core = core_create(0x4000);
	struct kvmsafe_source *source;
	uint64_t cursor = 0, delta;
	unsigned reads = 0;

	(void)state;
	for (uint64_t i = 0; i < 12; i++)
		add_segment(
		    core, (UINT64_C(1) << 39) - 10 * LARGE + i * LARGE, 0x3000, MEMORY, 0x3000);
	add_symbols(core);
	world_symbol(&core->world, "kernphys", IMAGE + LARGE + 0x2000);
	world_settle(&core->world);
	assert_int_equal(kvmsafe_source_callbacks(&ops, &reads, 0x4000, &source, NULL), KVMSAFE_OK);
	core->world.physical.source = source;
	assert_int_equal(delta_of(core, &cursor, &delta, NULL), KVMSAFE_OK);
	assert_int_equal(delta, -IMAGE);
	assert_int_equal(delta_of(core, &cursor, &delta, NULL), KVMSAFE_NOT_FOUND);
	assert_int_equal(reads, 10);
	kvmsafe_source_close(source);
	core_destroy(core);
}

static void
without_symbols_the_kernel_is_needed(void **state)
{
	struct core *core = core_example();
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(open_core(core, &err), KVMSAFE_KERNEL_NEEDED);
	assert_non_null(strstr(err.message, "KPML4phys"));
	core_destroy(core);
	core = core_example();
	world_symbol(&core->world, "kernbase", IMAGE);
	assert_int_equal(open_core(core, &err), KVMSAFE_KERNEL_NEEDED);
	assert_non_null(strstr(err.message, "KPML4phys"));
	core_destroy(core);
}

static void
a_root_that_is_no_page_is_refused(void **state)
{
	static const uint64_t roots[] = { 0x300008, UINT64_C(1) << 52, UINT64_MAX };

	(void)state;
	for (size_t i = 0; i < sizeof(roots) / sizeof(roots[0]); i++) {
		struct core *core = core_example();
		struct kvmsafe_error err;

		put64(at_pa(core, 0x201000), roots[i]);
		add_symbols(core);
		assert_int_equal(open_core(core, &err), KVMSAFE_DAMAGED);
		assert_non_null(strstr(err.message, "KPML4phys"));
		core_destroy(core);
	}
}

/* ---- Five levels ---- */

static struct core *
core_la57(void)
{
	struct core *core = core_example();

	put64(at_pa(core, 0x201008), 0x310000); /* KPML5phys */
	put64(at_pa(core, 0x310ff8), 0x300003);
	put64(at_pa(core, 0x310808), 0x311003);
	put64(at_pa(core, 0x311000), 0x312003);
	put64(at_pa(core, 0x312000), 0x83);
	add_symbols(core);
	world_symbol(&core->world, "KPML5phys", IMAGE + LARGE + 0x1008);
	return core;
}

/* A10 */
static void
five_levels_read_as_the_specification_works_it_out(void **state)
{
	static const struct expected rows[] = {
		{ IMAGE + 0x201000, KVMSAFE_OK, 0x201000, 0x202000 },
		{ IMAGE + 0x407010, KVMSAFE_OK, 0x123010, 0x124010 },
		{ IMAGE + 0x600000, KVMSAFE_OUTSIDE_MEMORY, 0x400000, NONE },
		{ UINT64_C(0xff01000000123010), KVMSAFE_OK, 0x123010, 0x124010 },
		{ UINT64_C(0xfffff80000123010), KVMSAFE_NOT_MAPPED, NONE, NONE },
		{ UINT64_C(0xfeffffffffffffff), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0x0100000000000000), KVMSAFE_NO_MAP, NONE, NONE },
		{ UINT64_C(0x00ffffffffffffff), KVMSAFE_NOT_MAPPED, NONE, NONE },
	};
	struct core *core = core_la57();

	(void)state;
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		expect(&core->world, &rows[i]);
	core_destroy(core);
}

static void
a_root_of_five_levels_that_is_0_means_four(void **state)
{
	struct core *core = core_la57();

	(void)state;
	put64(at_pa(core, 0x201008), 0);
	assert_int_equal(open_core(core, NULL), KVMSAFE_OK);
	expect_core_rows(core);
	core_destroy(core);
}

/* A source that does not have one variable, and says so in a word that symbols have too. */
static enum kvmsafe_status
read_but_one(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	const struct core *core = ctx;

	(void)err;
	if (offset == MEMORY + core->missing)
		return KVMSAFE_NOT_FOUND;
	memcpy(buf, core->file + offset, len);
	*got = len;
	return KVMSAFE_OK;
}

/* Four levels would be walked where the kernel has five. */
static void
a_root_that_cannot_be_read_is_no_missing_symbol(void **state)
{
	static const uint64_t variables[] = { 0x201000, 0x201008 };
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_but_one };

	(void)state;
	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		struct core *core = core_la57();
		struct kvmsafe_source *source;

		core->missing = variables[i];
		assert_int_equal(
		    kvmsafe_source_callbacks(&ops, core, core->len, &source, NULL), KVMSAFE_OK);
		core->world.physical.source = source;
		assert_int_equal(open_core(core, NULL), KVMSAFE_NOT_FOUND);
		core_destroy(core);
		kvmsafe_source_close(source);
	}
}

static void
a_variable_is_loaded_by_its_physical_address(void **state)
{
	struct core *core = core_example();
	struct kvmsafe_error err;
	uint64_t value = 77;

	(void)state;
	world_settle(&core->world);
	put64(at_pa(core, 0x1000), UINT64_C(0x8877665544332211));
	assert_int_equal(kvs_dump_load(&core->world.dump, 0x1000, 4, &value, NULL), KVMSAFE_OK);
	assert_int_equal(value, 0x44332211);
	core->world.dump.order = KVS_BE;
	assert_int_equal(kvs_dump_load(&core->world.dump, 0x1000, 8, &value, NULL), KVMSAFE_OK);
	assert_int_equal(value, UINT64_C(0x1122334455667788));
	assert_int_equal(
	    kvs_dump_load(&core->world.dump, 0x3ffffc, 8, &value, &err), KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(err.place, KVMSAFE_PA);
	assert_int_equal(value, UINT64_C(0x1122334455667788));
	core_destroy(core);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_core_reads_as_the_specification_works_it_out),
		cmocka_unit_test(a_large_page_over_the_end_of_a_segment_is_cut),
		cmocka_unit_test(the_header_says_where_the_kernel_lies),
		cmocka_unit_test(a_header_that_does_not_count_the_alignment_is_tried_too),
		cmocka_unit_test(a_header_that_lies_is_not_believed),
		cmocka_unit_test(a_moved_kernel_is_found_by_its_own_variable),
		cmocka_unit_test(a_moved_kernel_without_that_variable_is_not_found),
		cmocka_unit_test(a_false_kernphys_is_passed_over),
		cmocka_unit_test(guesses_end),
		cmocka_unit_test(the_search_for_the_kernel_ends_at_512_gib),
		cmocka_unit_test(without_symbols_the_kernel_is_needed),
		cmocka_unit_test(a_root_that_is_no_page_is_refused),
		cmocka_unit_test(five_levels_read_as_the_specification_works_it_out),
		cmocka_unit_test(a_root_of_five_levels_that_is_0_means_four),
		cmocka_unit_test(a_root_that_cannot_be_read_is_no_missing_symbol),
		cmocka_unit_test(a_variable_is_loaded_by_its_physical_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
