/* SPDX-License-Identifier: BSD-2-Clause */
/* Full cores: what becomes of sound and of hostile program headers. */
#include "format/elfcore.h"
#include "index/physical.h"
#include "support/elf_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define LOAD 1
#define NOTE 4
#define DELTA 0x6fb5d000
#define FOUR_GIB (UINT64_C(1) << 32)
#define NOTHING64 UINT64_MAX
#define NOTHING32 UINT64_C(0xffffffff)

struct world {
	struct elf_builder elf;
	uint64_t file_bytes; /* 0: those of elf; more is zeros that need no memory */
	uint64_t phdr_limit;
	bool wraps;
	struct kvs_memory memory;
	struct kvs_findings findings;
	struct kvmsafe_source *source;
	struct kvs_elfcore core;
	struct kvmsafe_error err;
};

static void
setup(struct world *world, enum elf_class class, enum elf_data data)
{
	*world = (struct world){ .phdr_limit = 1 << 18 };
	elf_init(&world->elf, class, data);
}

static void
add(struct world *world, uint32_t type, uint64_t offset, uint64_t vaddr, uint64_t paddr,
    uint64_t filesz, uint64_t memsz)
{
	elf_add_phdr(
	    &world->elf, (struct elf_phdr){ type, offset, vaddr, paddr, filesz, memsz, 0x1000 });
}

/* As kern_dump.c writes it. */
static void
add_range(struct world *world, uint64_t offset, uint64_t paddr, uint64_t bytes)
{
	add(world, LOAD, offset, paddr, paddr, bytes, bytes);
}

static enum kvmsafe_status
serve(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	const struct elf_builder *const elf = ctx;
	uint8_t *const to = buf;

	(void)err;
	for (size_t i = 0; i < len; i++)
		to[i] = offset + i < elf->len ? elf->bytes[offset + i] : 0;
	*got = len;
	return KVMSAFE_OK;
}

static enum kvmsafe_status
read_core(struct world *world)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = serve };
	const struct kvs_elf_wanted wanted = {
		.what = "core", .status = KVMSAFE_DAMAGED, .phdrs = true
	};
	struct kvs_elf_header header;
	struct kvs_elfcore_file file = { NULL, &header, world->phdr_limit, world->wraps };
	enum kvmsafe_status status;

	if (world->elf.bytes == NULL) {
		elf_finish(&world->elf);
		elf_set(&world->elf, E_TYPE_F, 4);
		elf_set(&world->elf, E_VERSION_F, 0);
		elf_set(&world->elf, EI_OSABI_F, 255);
	}
	if (world->file_bytes == 0)
		world->file_bytes = world->elf.len;
	world->memory = (struct kvs_memory){ UINT64_C(1) << 32, UINT64_C(1) << 32, 0 };
	kvs_findings_init(&world->findings, &world->memory, 64);
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops, &world->elf, world->file_bytes, &world->source, NULL),
	    KVMSAFE_OK);
	file.source = world->source;
	status = kvs_elf_header_read(world->source, &wanted, &header, &world->err);
	if (status != KVMSAFE_OK)
		return status;
	return kvs_elfcore_read(&world->core, &world->memory, &file, &world->findings, &world->err);
}

/* In a file of so many bytes. */
static enum kvmsafe_status
read_core_of(struct world *world, uint64_t file_bytes)
{
	world->file_bytes = file_bytes;
	return read_core(world);
}

static void
teardown(struct world *world)
{
	kvs_elfcore_fini(&world->core);
	kvs_findings_fini(&world->findings);
	assert_int_equal(world->memory.used, 0);
	kvmsafe_source_close(world->source);
	elf_fini(&world->elf);
}

static void
assert_finding(const struct world *world, uint64_t n, enum kvmsafe_status status)
{
	struct kvmsafe_error finding;

	assert_true(kvs_findings_get(&world->findings, n, &finding));
	assert_int_equal(finding.status, status);
}

static void
assert_at(const struct kvs_segments *segments, uint64_t address, enum kvmsafe_status status,
    uint64_t offset, uint64_t bytes)
{
	struct kvs_extent extent = { 0 };

	assert_int_equal(kvs_segments_find(segments, address, &extent), status);
	if (status == KVMSAFE_OK) {
		assert_int_equal(extent.file_offset, offset);
		assert_int_equal(extent.bytes, bytes);
	}
}

static void
ranges_become_physical_segments_in_each_class_and_order(void **state)
{
	(void)state;
	for (int kind = 0; kind < 4; kind++) {
		struct world world;

		setup(&world, kind & 1 ? ELF_64 : ELF_32, kind & 2 ? ELF_MSB : ELF_LSB);
		add_range(&world, 0x1000, 0, 0x2000);
		add_range(&world, 0x3000, 0x100000, 0x3000);
		assert_int_equal(read_core_of(&world, 0x6000), KVMSAFE_OK);
		assert_true(world.core.has_physical);
		assert_false(world.core.has_virtual); /* p_vaddr repeats p_paddr */
		assert_false(world.core.delta.present);
		assert_int_equal(kvs_findings_count(&world.findings), 0);
		assert_at(&world.core.physical, 0x1004, KVMSAFE_OK, 0x2004, 0xffc);
		assert_at(&world.core.physical, 0x2000, KVMSAFE_OUTSIDE_MEMORY, 0, 0);
		assert_at(&world.core.physical, 0x102ffc, KVMSAFE_OK, 0x5ffc, 4);
		teardown(&world);
	}
}

static void
the_first_dump_delta_counts_and_other_headers_do_not(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, 0, 0, 0x5000, 0x5000, 0x1000, 0x1000); /* PT_NULL: arm64 leaves one empty */
	add(&world, NOTE, 0x1000, 0x7000, 0x7000, 0x1000, 0x1000);
	add_range(&world, 0x1000, 0, 0x1000);
	elf_add_phdr(&world.elf,
	    (struct elf_phdr){ DELTA, 0, UINT64_C(0xffffffff80000000), 0x1a00000, 0, 0, 0x200000 });
	elf_add_phdr(&world.elf, (struct elf_phdr){ DELTA, 0, 1, 2, 0, 0, 3 });
	assert_int_equal(read_core_of(&world, 0x2000), KVMSAFE_OK);
	assert_true(world.core.delta.present);
	assert_int_equal(world.core.delta.vaddr, UINT64_C(0xffffffff80000000));
	assert_int_equal(world.core.delta.paddr, 0x1a00000);
	assert_int_equal(world.core.delta.align, 0x200000);
	assert_at(&world.core.physical, 0x7000, KVMSAFE_OUTSIDE_MEMORY, 0, 0); /* D14 */
	assert_at(&world.core.physical, 0x5000, KVMSAFE_OUTSIDE_MEMORY, 0, 0);
	teardown(&world);
}

static void
a_core_without_pt_load_is_damaged(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, NOTE, 0, 0, 0, 0x40, 0x40);
	assert_int_equal(read_core(&world), KVMSAFE_DAMAGED);
	assert_int_equal(world.err.at, 64);
	teardown(&world);

	setup(&world, ELF_64, ELF_LSB);
	assert_int_equal(read_core(&world), KVMSAFE_DAMAGED);
	teardown(&world);
}

/* powerpc: FreeBSD 13.1, scan_init() of each MMU. */
static void
all_ones_for_p_paddr_makes_a_virtual_core(void **state)
{
	(void)state;
	for (int kind = 0; kind < 2; kind++) {
		const uint64_t nothing = kind == 0 ? NOTHING32 : NOTHING64;
		struct world world;

		setup(&world, kind == 0 ? ELF_32 : ELF_64, ELF_MSB);
		add(&world, LOAD, 0x1000, 0xd0001000, nothing, 0x1000, 0x3000);
		add(&world, LOAD, 0x2000, 0xfffff000, nothing, 0x1000, 0x1000);
		assert_int_equal(read_core_of(&world, 0x3000), KVMSAFE_OK);
		assert_false(world.core.has_physical);
		assert_true(world.core.has_virtual);
		assert_at(&world.core.virtual, 0xd0001004, KVMSAFE_OK, 0x1004, 0xffc);
		assert_at(&world.core.virtual, 0xd0002000, KVMSAFE_NOT_DUMPED, 0, 0);
		/* A segment may end at 2^32 exactly. */
		assert_at(&world.core.virtual, 0xffffffff, KVMSAFE_OK, 0x2fff, 1);
		teardown(&world);
	}
}

static void
all_ones_of_the_other_width_is_an_address(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, LOAD, 0x1000, 0x1000, NOTHING32, 1, 1);
	assert_int_equal(read_core_of(&world, 0x2000), KVMSAFE_OK);
	assert_true(world.core.has_physical);
	assert_at(&world.core.physical, NOTHING32, KVMSAFE_OK, 0x1000, 1);
	teardown(&world);
}

static void
a_raw_powerpc_core_has_physical_addresses_alone(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_32, ELF_MSB);
	add(&world, LOAD, 0x1000, NOTHING32, 0, 0x2000, 0x2000);
	assert_int_equal(read_core_of(&world, 0x3000), KVMSAFE_OK);
	assert_true(world.core.has_physical);
	assert_false(world.core.has_virtual);
	teardown(&world);
}

static void
pt_loads_of_both_kinds_in_one_core_are_damaged(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		struct world world;

		setup(&world, ELF_64, ELF_MSB);
		add(&world, LOAD, 0x1000, 0x5000, first == 0 ? NOTHING64 : 0x5000, 0x10, 0x10);
		add(&world, LOAD, 0x1000, 0x8000, first == 0 ? 0x8000 : NOTHING64, 0x10, 0x10);
		assert_int_equal(read_core_of(&world, 0x3000), KVMSAFE_DAMAGED);
		assert_int_equal(world.err.at, 64 + 56);
		teardown(&world);
	}
}

static void
a_converted_core_has_both_kinds_of_address(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, LOAD, 0x1000, UINT64_C(0xfffff80000005000), 0x5000, 0x1000, 0x1000);
	add(&world, LOAD, 0x2000, NOTHING64, 0x9000, 0x1000, 0x1000);
	add(&world, LOAD, 0x3000, 0xc000, 0xc000, 0x1000, 0x1000);
	elf_finish(&world.elf); /* OS/ABI 9 */
	assert_int_equal(read_core_of(&world, 0x4000), KVMSAFE_OK);
	assert_true(world.core.has_physical);
	assert_true(world.core.has_virtual);
	assert_at(&world.core.physical, 0x5001, KVMSAFE_OK, 0x1001, 0xfff);
	assert_at(&world.core.physical, 0x9000, KVMSAFE_OK, 0x2000, 0x1000);
	assert_at(&world.core.virtual, UINT64_C(0xfffff80000005001), KVMSAFE_OK, 0x1001, 0xfff);
	assert_int_equal(world.core.virtual.n, 1);
	assert_int_equal(kvs_findings_count(&world.findings), 0);
	teardown(&world);

	/* The kernel's own writer, OS/ABI 255, means nothing by p_vaddr. */
	setup(&world, ELF_64, ELF_LSB);
	add(&world, LOAD, 0x1000, UINT64_C(0xfffff80000005000), 0x5000, 0x1000, 0x1000);
	assert_int_equal(read_core_of(&world, 0x4000), KVMSAFE_OK);
	assert_false(world.core.has_virtual);
	teardown(&world);
}

static void
more_bytes_in_the_file_than_in_memory_are_cut(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, LOAD, 0x1000, 0x1000, 0x1000, 0x3000, 0x1000);
	assert_int_equal(read_core_of(&world, 0x5000), KVMSAFE_OK);
	assert_int_equal(kvs_findings_count(&world.findings), 1);
	assert_finding(&world, 0, KVMSAFE_DAMAGED);
	assert_at(&world.core.physical, 0x1000, KVMSAFE_OK, 0x1000, 0x1000);
	assert_at(&world.core.physical, 0x2000, KVMSAFE_OUTSIDE_MEMORY, 0, 0);
	teardown(&world);
}

static void
bytes_behind_filesz_are_not_dumped(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, LOAD, 0x1000, 0x1000, 0x1000, 0x800, 0x1000);
	assert_int_equal(read_core_of(&world, 0x2000), KVMSAFE_OK);
	assert_at(&world.core.physical, 0x17ff, KVMSAFE_OK, 0x17ff, 1);
	assert_at(&world.core.physical, 0x1800, KVMSAFE_NOT_DUMPED, 0, 0); /* D14 */
	teardown(&world);
}

static void
a_segment_past_the_end_is_kept_as_truncated(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add_range(&world, 0x1000, 0, 0x3000);
	add_range(&world, 0x4000, 0x10000, 0x1000);
	assert_int_equal(read_core_of(&world, 0x2800), KVMSAFE_OK);
	assert_int_equal(kvs_findings_count(&world.findings), 2);
	assert_finding(&world, 0, KVMSAFE_TRUNCATED);
	assert_finding(&world, 1, KVMSAFE_TRUNCATED);
	assert_at(&world.core.physical, 0x17ff, KVMSAFE_OK, 0x27ff, 1);
	assert_at(&world.core.physical, 0x1800, KVMSAFE_TRUNCATED, 0, 0);
	assert_at(&world.core.physical, 0x10000, KVMSAFE_TRUNCATED, 0, 0);
	teardown(&world);
}

/* D14: sums that wrap. One bad header does not take the good ones with it. */
static void
pt_loads_that_wrap_are_left_out(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, LOAD, 0x1000, 0, NOTHING64 - 0xfff, 0x1000, 0x2000);
	add(&world, LOAD, NOTHING64 - 0xff, 0, 0x8000, 0x1000, 0x1000);
	add_range(&world, 0x1000, 0x4000, 0x1000);
	assert_int_equal(read_core_of(&world, 0x2000), KVMSAFE_OK);
	assert_int_equal(kvs_findings_count(&world.findings), 2);
	assert_finding(&world, 0, KVMSAFE_DAMAGED);
	assert_finding(&world, 1, KVMSAFE_DAMAGED);
	assert_int_equal(world.core.physical.n, 1);
	assert_at(&world.core.physical, 0x4000, KVMSAFE_OK, 0x1000, 0x1000);
	teardown(&world);

	setup(&world, ELF_32, ELF_LSB);
	add(&world, LOAD, 0x1000, 0, 0xfffff000, 0x1000, 0x1001); /* passes 2^32 */
	add(&world, LOAD, 0x1000, 0, 0xffffe000, 0x1000, 0x1000);
	assert_int_equal(read_core_of(&world, 0x2000), KVMSAFE_OK);
	assert_int_equal(world.core.physical.n, 1);
	assert_finding(&world, 0, KVMSAFE_DAMAGED);
	teardown(&world);
}

static void
nothing_left_but_headers_that_wrap_is_damaged(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add(&world, LOAD, 0x1000, 0, NOTHING64 - 1, 0x1000, 0x2000);
	assert_int_equal(read_core_of(&world, 0x2000), KVMSAFE_DAMAGED);
	assert_null(world.core.physical.list);
	teardown(&world);
}

static void
of_overlapping_ranges_the_first_in_file_order_answers(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add_range(&world, 0x4000, 0x2000, 0x2000);
	add_range(&world, 0x1000, 0x1000, 0x3000);
	assert_int_equal(read_core_of(&world, 0x6000), KVMSAFE_OK);
	assert_true(kvs_findings_count(&world.findings) > 0);
	assert_at(&world.core.physical, 0x2000, KVMSAFE_OK, 0x4000, 0x2000);
	assert_at(&world.core.physical, 0x1000, KVMSAFE_OK, 0x1000, 0x1000);
	teardown(&world);
}

static void
addresses_cut_to_32_bits_are_rebuilt_if_the_length_fits(void **state)
{
	static const uint64_t paddr[] = { 0, 0x100000, FOUR_GIB, FOUR_GIB + 0xc0001000 };
	static const uint64_t bytes[] = { 0x9f000, 0xbfe00000, 0xc0000000, 0x5000 };
	struct world world;
	uint64_t offset = 0x1000;

	(void)state;
	for (int wraps = 0; wraps < 2; wraps++) {
		setup(&world, ELF_32, ELF_LSB);
		offset = 0x1000;
		for (int i = 0; i < 4; i++) {
			add_range(&world, offset & NOTHING32, paddr[i] & NOTHING32, bytes[i]);
			offset += bytes[i];
		}
		world.wraps = wraps != 0;
		assert_int_equal(read_core_of(&world, offset), KVMSAFE_OK);
		if (wraps) {
			assert_at(&world.core.physical, 0x5000, KVMSAFE_OK, 0x6000, 0x9a000);
			assert_at(&world.core.physical, FOUR_GIB + 8, KVMSAFE_OK,
			    0x1000 + 0x9f000 + UINT64_C(0xbfe00000) + 8, 0xc0000000 - 8);
			/* Its offset is above 4 GiB, too. */
			assert_at(&world.core.physical, FOUR_GIB + 0xc0001000, KVMSAFE_OK,
			    offset - 0x5000, 0x5000);
			assert_int_equal(kvs_findings_count(&world.findings), 0);
		} else {
			assert_at(&world.core.physical, FOUR_GIB + 8, KVMSAFE_OUTSIDE_MEMORY, 0, 0);
		}
		teardown(&world);
	}
}

static void
cut_addresses_whose_length_does_not_fit_are_refused(void **state)
{
	(void)state;
	for (int extra = -1; extra <= 1; extra++) {
		struct world world;

		setup(&world, ELF_32, ELF_LSB);
		add_range(&world, 0x1000, 0x100000, 0x1000);
		add_range(&world, 0x2000, 0, 0x1000);
		world.wraps = true;
		assert_int_equal(read_core_of(&world, (uint64_t)(0x3000 + extra)),
		    extra == 0 ? KVMSAFE_OK : KVMSAFE_DAMAGED);
		if (extra == 0)
			assert_at(&world.core.physical, FOUR_GIB, KVMSAFE_OK, 0x2000, 0x1000);
		teardown(&world);
	}
}

static void
nothing_is_rebuilt_where_nothing_wrapped(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_32, ELF_LSB);
	add_range(&world, 0x1000, 0x1000, 0x1000);
	add_range(&world, 0x2000, 0x100000, 0x1000);
	world.wraps = true;
	world.file_bytes = 0x2800; /* cut off: no reason to refuse it */
	assert_int_equal(read_core(&world), KVMSAFE_OK);
	assert_finding(&world, 0, KVMSAFE_TRUNCATED);
	teardown(&world);

	/* Class 64 has room for its addresses: falling ones are just out of order. */
	setup(&world, ELF_64, ELF_LSB);
	add_range(&world, 0x1000, 0x100000, 0x1000);
	add_range(&world, 0x2000, 0x1000, 0x1000);
	world.wraps = true;
	assert_int_equal(read_core_of(&world, 0x4000), KVMSAFE_OK);
	assert_at(&world.core.physical, 0x1000, KVMSAFE_OK, 0x2000, 0x1000);
	teardown(&world);
}

/* D13: the count sizes nothing before it met the file's length and the limit. */
static void
too_many_program_headers_are_a_limit(void **state)
{
	struct world world;

	(void)state;
	for (int over = 0; over < 2; over++) {
		setup(&world, ELF_64, ELF_LSB);
		for (int i = 0; i < 3000; i++) /* several of libelf's chunks */
			add_range(&world, 0x100000, (uint64_t)i * 0x2000, 0x1000);
		world.file_bytes = 0x200000;
		world.phdr_limit = 3000 - (uint64_t)over;
		assert_int_equal(read_core(&world), over ? KVMSAFE_LIMIT : KVMSAFE_OK);
		if (!over) {
			assert_int_equal(world.core.physical.n, 3000);
			assert_at(&world.core.physical, 2999 * UINT64_C(0x2000), KVMSAFE_OK,
			    0x100000, 0x1000);
		}
		teardown(&world);
	}
}

/* e_phnum PN_XNUM, the count in a section header 0 at the file's end. */
static void
count_in_section_0(struct world *world, uint64_t count)
{
	struct elf_builder *const elf = &world->elf;
	size_t shoff;

	elf_finish(elf);
	shoff = elf->len;
	elf_resize(elf, shoff + 64);
	elf_set(elf, E_PHNUM_F, 0xffff);
	elf_set(elf, E_SHOFF_F, shoff);
	elf_put(elf, elf->bytes + shoff + 0x2c, 4, count);
}

static void
a_count_in_section_0_is_honoured(void **state)
{
	struct world world;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	for (int i = 0; i < 70000; i++)
		add(&world, i == 69999 ? LOAD : NOTE, 0x1000, 0, 0x5000, 0x1000, 0x1000);
	count_in_section_0(&world, 70000);
	assert_int_equal(read_core(&world), KVMSAFE_OK);
	assert_at(&world.core.physical, 0x5000, KVMSAFE_OK, 0x1000, 0x1000);
	teardown(&world);

	/* D13: 2^32 - 1 of them do not fit. */
	setup(&world, ELF_64, ELF_LSB);
	add_range(&world, 0x1000, 0, 0x1000);
	count_in_section_0(&world, UINT32_MAX);
	assert_int_equal(read_core(&world), KVMSAFE_DAMAGED);
	teardown(&world);
}

static void
a_budget_that_is_too_small_is_a_limit_and_leaks_nothing(void **state)
{
	struct kvs_memory memory = { 4096, 0, 0 };
	struct kvs_findings findings;
	struct kvs_elf_header header;
	struct world world;
	enum kvmsafe_status status;
	uint64_t limit;

	(void)state;
	setup(&world, ELF_64, ELF_LSB);
	add_range(&world, 0x1000, 0, 0x1000);
	assert_int_equal(read_core_of(&world, 0x2000), KVMSAFE_OK);
	header = world.core.header;
	for (limit = 0; limit < 4096; limit += 8) {
		const struct kvs_elfcore_file file = { world.source, &header, 10, false };
		struct kvs_elfcore core = { 0 };

		memory.limit = limit;
		kvs_findings_init(&findings, &memory, 0);
		status = kvs_elfcore_read(&core, &memory, &file, &findings, NULL);
		if (status == KVMSAFE_OK) {
			kvs_elfcore_fini(&core);
			break;
		}
		assert_int_equal(status, KVMSAFE_LIMIT);
		assert_int_equal(memory.used, 0);
	}
	assert_true(limit > 0 && limit < 4096);
	assert_int_equal(memory.used, 0);
	teardown(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ranges_become_physical_segments_in_each_class_and_order),
		cmocka_unit_test(the_first_dump_delta_counts_and_other_headers_do_not),
		cmocka_unit_test(a_core_without_pt_load_is_damaged),
		cmocka_unit_test(all_ones_for_p_paddr_makes_a_virtual_core),
		cmocka_unit_test(all_ones_of_the_other_width_is_an_address),
		cmocka_unit_test(a_raw_powerpc_core_has_physical_addresses_alone),
		cmocka_unit_test(pt_loads_of_both_kinds_in_one_core_are_damaged),
		cmocka_unit_test(a_converted_core_has_both_kinds_of_address),
		cmocka_unit_test(more_bytes_in_the_file_than_in_memory_are_cut),
		cmocka_unit_test(bytes_behind_filesz_are_not_dumped),
		cmocka_unit_test(a_segment_past_the_end_is_kept_as_truncated),
		cmocka_unit_test(pt_loads_that_wrap_are_left_out),
		cmocka_unit_test(nothing_left_but_headers_that_wrap_is_damaged),
		cmocka_unit_test(of_overlapping_ranges_the_first_in_file_order_answers),
		cmocka_unit_test(addresses_cut_to_32_bits_are_rebuilt_if_the_length_fits),
		cmocka_unit_test(cut_addresses_whose_length_does_not_fit_are_refused),
		cmocka_unit_test(nothing_is_rebuilt_where_nothing_wrapped),
		cmocka_unit_test(too_many_program_headers_are_a_limit),
		cmocka_unit_test(a_count_in_section_0_is_honoured),
		cmocka_unit_test(a_budget_that_is_too_small_is_a_limit_and_leaks_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
