/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump in memory, and all that a machine's builder sees of it, made without a session. */
#include "support/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum kvmsafe_status
look_up(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	const struct world *world = ctx;

	for (size_t i = 0; i < world->symbols; i++) {
		if (strcmp(world->symbol[i].name, name) != 0)
			continue;
		out->value = world->symbol[i].value;
		return KVMSAFE_OK;
	}
	return kvs_fail(err, KVMSAFE_NOT_FOUND, "symbol: not found");
}

void
world_init(struct world *world, const void *bytes, size_t len)
{
	memset(world, 0, sizeof(*world));
	world->memory.allocation_limit = world->memory.limit = UINT64_C(1) << 30;
	kvs_findings_init(&world->findings, &world->memory, 64);
	assert_int_equal(kvmsafe_source_memory(bytes, len, &world->source, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvs_segments_init(&world->physical.segments, &world->memory, 64, NULL), KVMSAFE_OK);
	world->physical.kind = KVS_PHYSICAL_SEGMENTS;
	world->physical.source = world->source;
	world->physical.page_shift = 12;
	world->physical.memory = &world->memory;
	world->provider.callbacks.size = sizeof(world->provider.callbacks);
	world->provider.callbacks.ctx = world;
	world->dump.order = KVS_LE;
	world->dump.page_shift = 12;
	world->dump.source = world->source;
	world->dump.core = &world->core;
	world->dump.physical = &world->physical;
	world->dump.provider = &world->provider;
	world->dump.findings = &world->findings;
	kvs_space_init(&world->space, &world->physical, 64);
}

void
world_fini(struct world *world)
{
	kvs_physical_fini(&world->physical);
	kvs_findings_fini(&world->findings);
	kvmsafe_source_close(world->source);
	assert_int_equal(world->memory.used, 0);
}

void
world_segment(struct world *world, uint64_t pa, uint64_t bytes, uint64_t offset, uint64_t dumped)
{
	const struct kvs_segment segment = {
		.address = pa, .bytes = bytes, .offset = offset, .dumped = dumped
	};

	assert_int_equal(kvs_segments_add(&world->physical.segments, &segment,
			     kvmsafe_source_bytes(world->source), NULL),
	    KVMSAFE_OK);
}

void
world_settle(struct world *world)
{
	assert_int_equal(
	    kvs_segments_settle(&world->physical.segments, &world->findings, NULL), KVMSAFE_OK);
}

/* A region of the file as a view on memory of our own. */
static struct kvs_view
region_view(struct world *world, const struct kvs_region *region, void **block)
{
	size_t got;

	assert_int_equal(
	    kvs_alloc(&world->memory, region->bytes, 1, "region", block, NULL), KVMSAFE_OK);
	assert_int_equal(kvmsafe_source_read(world->source, region->offset, *block,
			     (size_t)region->bytes, &got, NULL),
	    KVMSAFE_OK);
	return (struct kvs_view){ .bytes = *block, .len = got, .file_offset = region->offset };
}

static void
read_header(struct world *world, const struct kvs_arch *arch)
{
	uint8_t head[KVS_MINIDUMP_HEADER_MAX];
	struct kvs_view view = { .bytes = head };
	uint64_t version;

	assert_int_equal(
	    kvmsafe_source_read(world->source, 0, head, sizeof(head), &view.len, NULL), KVMSAFE_OK);
	assert_true(kvs_minidump_magic_is(&view, arch->minidump->magic));
	version = kvs_view_uint(&view, arch->minidump->version_offset, 4);
	for (size_t i = 0; i < arch->minidump->nframes; i++) {
		if (arch->minidump->frames[i].version == version)
			world->dump.frame = &arch->minidump->frames[i];
	}
	assert_non_null(world->dump.frame);
	assert_int_equal(
	    kvs_header_read(world->dump.frame, &view, &world->dump.header, NULL), KVMSAFE_OK);
	kvs_layout_compute(world->dump.frame, &world->dump.header, arch->page_shift, 0,
	    kvmsafe_source_bytes(world->source), &world->dump.layout);
}

void
world_minidump(struct world *world, const struct kvs_arch *arch)
{
	const struct kvs_layout *layout = &world->dump.layout;
	const struct kvs_avail_form form = { 8, 12, UINT64_C(1) << 52 };
	struct kvmsafe_bitmap *bitmap;
	struct kvs_dump_avail avail;
	struct kvs_view view;
	void *block;

	read_header(world, arch);
	kvs_segments_fini(&world->physical.segments);
	memset(&world->physical.segments, 0, sizeof(world->physical.segments));
	view = region_view(world, &layout->avail, &block);
	if (layout->avail.bytes > 0)
		assert_int_equal(kvs_dump_avail_create(
				     &avail, &world->memory, &view, &form, &world->findings, NULL),
		    KVMSAFE_OK);
	else
		assert_int_equal(kvs_dump_avail_implied(
				     &avail, &world->memory, layout->bitmap.bytes * 8, 12, NULL),
		    KVMSAFE_OK);
	kvs_free(&world->memory, block);
	view = region_view(world, &layout->bitmap, &world->physical.bits);
	assert_int_equal(kvmsafe_bitmap_create(
			     view.bytes, view.len, avail.pages, KVMSAFE_BITS_LE, &bitmap, NULL),
	    KVMSAFE_OK);
	world->physical.kind = KVS_PHYSICAL_PAGEMAP;
	kvs_pagemap_init(&world->physical.pagemap, bitmap, &avail, arch->page_shift,
	    layout->pages_offset, kvmsafe_source_bytes(world->source));
}

void
world_symbol(struct world *world, const char *name, uint64_t value)
{
	assert_true(world->symbols < WORLD_SYMBOLS_MAX);
	world->provider.callbacks.lookup = look_up;
	world->symbol[world->symbols].name = name;
	world->symbol[world->symbols++].value = value;
}

enum kvmsafe_status
world_translate(const struct world *world, uint64_t va, struct kvmsafe_translation *out)
{
	struct kvmsafe_error err;
	struct kvs_extent extent;
	enum kvmsafe_status status = kvs_space_find(&world->space, va, out, &err);

	if (status != KVMSAFE_OK) {
		assert_int_equal(err.status, status);
		assert_int_equal(err.place, KVMSAFE_VA);
		assert_int_equal(err.at, va);
		return status;
	}
	status = kvs_physical_find(&world->physical, out->pa, &extent);
	out->file_offset = extent.file_offset;
	return status;
}

void
put32(uint8_t *at, uint32_t value)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

void
put64(uint8_t *at, uint64_t value)
{
	put32(at, (uint32_t)value);
	put32(at + 4, (uint32_t)(value >> 32));
}
