/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvs_dump_avail_create, kvs_dump_avail_implied, kvs_dump_avail_bit, kvs_dump_avail_page,
 * kvs_dump_avail_fini, kvs_pagemap_find, kvs_pagemap_promised, kvs_pagemap_present, kvs_physical_next,
 * kvs_physical_at, kvs_physical_read */
/*
 * dump_avail, and pages of a bitmap over it, against a linear search over the pairs and a count of
 * the bits. Input: a byte (bit 0 width 4, bit 1 big-endian, bits 2-3 page size, bit 4: the implied
 * range instead, bit 5: pages), a byte that chooses pa_limit (255: none), then the array; with pages
 * struct kvs_pages_input, the array, the bitmap.
 */
#include "index/dump_avail.h"

#include <string.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/models/avail.h"
#include "fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct kvs_avail_model model; /* 4 KiB: not on the stack */

static uint64_t
number(const uint8_t *p, unsigned width, bool big)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)p[i] << 8 * (big ? width - 1 - i : i);
	return value;
}

static void
model_read(const uint8_t *p, size_t len, unsigned width, bool big, uint64_t pa_limit)
{
	model.n = 0;
	model.cut = false;
	for (size_t at = 0; at + 2 * width <= len && model.n < KVS_MODEL_PAIRS; at += 2 * width) {
		const uint64_t start = number(p + at, width, big);
		const uint64_t end = number(p + at + width, width, big);

		if (end == 0)
			return;
		model.wrong = start >= end ? "a start below the end"
		    : end > pa_limit	   ? "an end within the machine's"
		    : model.n > 0 && start < model.end[model.n - 1]
		    ? "a start at or above the end before it"
		    : NULL;
		model.cut = model.wrong != NULL;
		if (model.cut)
			return;
		model.start[model.n] = start;
		model.end[model.n++] = end;
	}
}

static uint64_t
model_next(uint64_t page)
{
	for (size_t i = 0; i < model.n; i++)
		if (kvs_avail_model_first(&model, i) > page)
			return kvs_avail_model_first(&model, i);
	return UINT64_MAX;
}

static void
compare_page(const struct kvs_dump_avail *avail, uint64_t page)
{
	uint64_t bit = 0, next = 0, want = 0, back = 0;
	const bool found = kvs_dump_avail_bit(avail, page, &bit, &next);

	CHECK(found == kvs_avail_model_bit(&model, page, &want));
	if (!found) {
		CHECK(next == model_next(page));
		return;
	}
	CHECK(bit == want && bit < avail->pages);
	CHECK(kvs_dump_avail_page(avail, bit, &back) && back == page);
}

static void
compare(const struct kvs_dump_avail *avail)
{
	uint64_t base = 0, page = 0;

	CHECK(avail->n == model.n);
	for (size_t i = 0; i < model.n; i++) {
		const uint64_t pages =
		    kvs_avail_model_end(&model, i) - kvs_avail_model_first(&model, i);
		const uint64_t around[] = { kvs_avail_model_first(&model, i),
			kvs_avail_model_first(&model, i) + 1, kvs_avail_model_end(&model, i) - 1,
			kvs_avail_model_end(&model, i), kvs_avail_model_end(&model, i) + 1,
			kvs_avail_model_first(&model, i) + pages / 2 };

		CHECK(avail->ranges[i].start == model.start[i]);
		CHECK(avail->ranges[i].end == model.end[i]);
		CHECK(avail->ranges[i].page == kvs_avail_model_first(&model, i));
		CHECK(avail->ranges[i].pages == pages && avail->ranges[i].bit == base);
		for (size_t k = 0; k < sizeof(around) / sizeof(around[0]); k++)
			compare_page(avail, around[k]);
		if (kvs_avail_model_first(&model, i) > 0)
			compare_page(avail, kvs_avail_model_first(&model, i) - 1);
		CHECK(kvs_dump_avail_page(avail, base, &page) &&
		    page == kvs_avail_model_first(&model, i));
		CHECK(kvs_dump_avail_page(avail, base + pages - 1, &page));
		CHECK(page == kvs_avail_model_end(&model, i) - 1);
		base += pages;
	}
	CHECK(avail->pages == base);
	CHECK(!kvs_dump_avail_page(avail, base, &page));
	CHECK(!kvs_dump_avail_page(avail, UINT64_MAX, &page));
	compare_page(avail, 0);
	compare_page(avail, UINT64_MAX);
	compare_page(avail, UINT64_MAX >> model.shift);
}

static void
run_array(const uint8_t *data, size_t len, const struct kvs_avail_form *form, bool big)
{
	struct kvs_memory memory = { .allocation_limit = 1 << 20, .limit = 1 << 20 };
	struct kvs_dump_avail avail = { .n = 0 };
	struct kvs_findings findings;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	const struct kvs_view view = {
		.bytes = data, .len = len, .file_offset = 0x2000, .order = big ? KVS_BE : KVS_LE
	};

	kvs_findings_init(&findings, &memory, 8);
	kvs_alloc_fail_at(1);
	CHECK(kvs_dump_avail_create(&avail, &memory, &view, form, &findings, &err) ==
	    KVMSAFE_NO_MEMORY);
	CHECK(err.status == KVMSAFE_NO_MEMORY && avail.ranges == NULL);
	kvs_alloc_fail_at(0);
	CHECK(kvs_dump_avail_create(&avail, &memory, &view, form, &findings, &err) == KVMSAFE_OK);
	compare(&avail);
	CHECK(kvs_findings_count(&findings) == model.cut);
	if (kvs_findings_get(&findings, 0, &err)) {
		CHECK(err.status == KVMSAFE_DAMAGED && err.place == KVMSAFE_FILE_OFFSET);
		CHECK(err.at == 0x2000 + model.n * 2 * form->width);
		CHECK(strstr(err.message, model.wrong) != NULL);
	}
	kvs_dump_avail_fini(&avail);
	kvs_findings_fini(&findings);
	CHECK(memory.used == 0);
}

static void
run_implied(uint64_t pages)
{
	struct kvs_memory memory = { .allocation_limit = 1 << 20, .limit = 1 << 20 };
	struct kvs_dump_avail avail = { .n = 0 };

	kvs_alloc_fail_at(1);
	CHECK(
	    kvs_dump_avail_implied(&avail, &memory, pages, model.shift, NULL) == KVMSAFE_NO_MEMORY);
	CHECK(avail.ranges == NULL);
	kvs_alloc_fail_at(0);
	CHECK(kvs_dump_avail_implied(&avail, &memory, pages, model.shift, NULL) == KVMSAFE_OK);
	if (pages > 0)
		compare(&avail);
	CHECK(avail.pages == pages && avail.n == model.n);
	kvs_dump_avail_fini(&avail);
	CHECK(memory.used == 0);
}

/* The array, or the implied range of so many pages, into the model. */
static void
read_ranges(const uint8_t *data, size_t len, uint64_t pages, const struct kvs_avail_form *form,
    const uint8_t flags)
{
	model.n = pages > 0;
	model.cut = false;
	model.start[0] = 0;
	model.end[0] = pages << model.shift;
	if (!(flags & 16))
		model_read(data, len, form->width, (flags & 2) != 0, form->pa_limit);
}

static void
run_pages(const uint8_t *data, size_t size, const struct kvs_avail_form *form, uint8_t flags)
{
	struct kvs_pages_input in = {
		.form = *form, .big = (flags & 2) != 0, .implied = (flags & 16) != 0
	};

	if (size < 11)
		return;
	in.order = (enum kvmsafe_bit_order)(data[0] % 3);
	in.avail_cut = (data[0] & 4) != 0;
	in.knows = (data[0] & 8) != 0;
	in.known_bits = number(data + 1, 2, false);
	in.file_bytes = number(data + 3, 6, false);
	in.array_bytes = (size_t)number(data + 9, 2, false);
	in.array = data + 11;
	if (in.array_bytes > size - 11)
		in.array_bytes = size - 11;
	if (in.array_bytes > 16 * KVS_MODEL_PAIRS)
		in.array_bytes = 16 * KVS_MODEL_PAIRS;
	in.bits = in.array + in.array_bytes;
	in.bytes = size - 11 - in.array_bytes;
	if (in.bytes > KVS_MODEL_BITMAP)
		in.bytes = KVS_MODEL_BITMAP;
	read_ranges(in.array, in.array_bytes, 8 * in.bytes, form, flags);
	kvs_pages_compare(&model, &in);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned shifts[] = { 12, 13, 14, 16 };
	struct kvs_avail_form form;
	uint64_t pages;
	size_t len;

	if (size < 2)
		return 0;
	model.shift = shifts[data[0] >> 2 & 3];
	/* machines have 2^32 to 2^56 */
	form = (struct kvs_avail_form){ data[0] & 1 ? 4 : 8, model.shift,
		data[1] == 255 ? UINT64_MAX : UINT64_C(1) << (32 + data[1] % 25) };
	len = size - 2 < 16 * KVS_MODEL_PAIRS ? size - 2 : 16 * KVS_MODEL_PAIRS;
	pages = number(data + 2, len < 8 ? (unsigned)len : 8, false) & UINT64_MAX >> model.shift;
	if (data[0] & 32) {
		run_pages(data + 2, size - 2, &form, data[0]);
		return 0;
	}
	read_ranges(data + 2, len, pages, &form, data[0]);
	if (data[0] & 16)
		run_implied(pages);
	else
		run_array(data + 2, len, &form, (data[0] & 2) != 0);
	return 0;
}
