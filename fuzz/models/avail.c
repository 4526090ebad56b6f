/* SPDX-License-Identifier: BSD-2-Clause */
/* A minidump's pages: the n-th set bit is the n-th page of the file (sys/vm/vm_dumpset.h). */
#include "fuzz/models/avail.h"

#include <string.h>

#include "fuzz/check.h"
#include "index/bitmap.h"
#include "index/physical.h"

#define PAGES_OFFSET 0x3000
#define READ_MAX 200
#define POINTS_MAX 300 /* pages that are asked for, of all ranges together */

uint64_t
kvs_avail_model_first(const struct kvs_avail_model *model, size_t i)
{
	return model->start[i] >> model->shift;
}

uint64_t
kvs_avail_model_end(const struct kvs_avail_model *model, size_t i)
{
	const uint64_t mask = (UINT64_C(1) << model->shift) - 1;

	return (model->end[i] >> model->shift) + ((model->end[i] & mask) != 0);
}

bool
kvs_avail_model_bit(const struct kvs_avail_model *model, uint64_t page, uint64_t *bit)
{
	uint64_t base = 0;

	for (size_t i = 0; i < model->n; i++) {
		const uint64_t first = kvs_avail_model_first(model, i);
		const uint64_t end = kvs_avail_model_end(model, i);

		if (page >= first && page < end) {
			*bit = base + page - first;
			return true;
		}
		base += end - first;
	}
	return false;
}

static const struct kvs_avail_model *model;
static const struct kvs_pages_input *input;
static uint32_t before[8 * KVS_MODEL_BITMAP + 65]; /* set bits below each; a last word may be cut */
static uint64_t nbits;

static bool
is_set(uint64_t bit)
{
	static const unsigned word_bytes[] = { 1, 4, 8 };
	const unsigned width = word_bytes[input->order];
	const uint64_t byte = bit / (8 * width) * width + (width - 1 - bit % (8 * width) / 8);

	return bit < 8 * (uint64_t)input->bytes && byte < input->bytes &&
	    (input->bits[byte] >> bit % 8 & 1) != 0;
}

static void
count_bits(void)
{
	nbits = 8 * (uint64_t)input->bytes;
	for (uint64_t bit = 0; bit < nbits; bit++)
		before[bit + 1] = before[bit] + is_set(bit);
}

/* Bytes from a page of the file on that are there. */
static uint64_t
left(uint64_t offset)
{
	return offset < input->file_bytes ? input->file_bytes - offset : 0;
}

static enum kvmsafe_status
find(uint64_t pa, uint64_t *offset)
{
	const uint64_t page = pa >> model->shift;
	uint64_t bit;

	if (!kvs_avail_model_bit(model, page, &bit)) {
		const bool above =
		    model->n == 0 || page >= kvs_avail_model_end(model, model->n - 1);

		return above && input->avail_cut ? KVMSAFE_TRUNCATED : KVMSAFE_OUTSIDE_MEMORY;
	}
	if (input->knows && bit >= input->known_bits && bit < nbits)
		return KVMSAFE_TRUNCATED;
	if (!is_set(bit))
		return KVMSAFE_NOT_DUMPED;
	*offset =
	    PAGES_OFFSET + ((uint64_t)before[bit] << model->shift) + (pa - (page << model->shift));
	return left(*offset) > 0 ? KVMSAFE_OK : KVMSAFE_TRUNCATED;
}

static void
compare_at(const struct kvs_physical *physical, uint64_t pa)
{
	struct kvs_extent extent = { 0, 0 };
	const enum kvmsafe_status status = kvs_physical_find(physical, pa, &extent);
	uint64_t offset = 0, last;

	CHECK(status == find(pa, &offset) && extent.bytes > 0);
	CHECK(extent.file_offset == (status == KVMSAFE_OK ? offset : KVMSAFE_NONE));
	if (extent.bytes == UINT64_MAX) {
		CHECK(find(UINT64_MAX, &offset) == status);
		return;
	}
	CHECK(extent.bytes - 1 <= UINT64_MAX - pa);
	last = pa + (extent.bytes - 1);
	CHECK(find(last, &offset) == status);
	if (status == KVMSAFE_OK)
		CHECK(offset == extent.file_offset + (extent.bytes - 1));
}

/* ---- The source of the pages: each offset has its byte ---- */

static uint8_t
byte_at(uint64_t offset)
{
	return (uint8_t)(offset * 29 + (offset >> 8) * 7 + (offset >> 16));
}

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	(void)ctx;
	(void)err;
	for (size_t i = 0; i < len; i++)
		((uint8_t *)buf)[i] = byte_at(offset + i);
	*got = len;
	return KVMSAFE_OK;
}

static void
compare_read(const struct kvs_physical *physical, uint64_t pa)
{
	uint8_t have[READ_MAX + 1], want[READ_MAX];
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status expected = KVMSAFE_OK, status;
	uint64_t offset = 0;
	size_t got = 12345, n = 0;

	memset(have, 0xa5, sizeof(have));
	status = kvs_physical_read(physical, pa, have, READ_MAX, &got, &err);
	for (; n < READ_MAX && n <= UINT64_MAX - pa; n++) {
		expected = find(pa + n, &offset);
		if (expected != KVMSAFE_OK)
			break;
		want[n] = byte_at(offset);
	}
	CHECK(got == n && memcmp(have, want, n) == 0 && have[n] == 0xa5);
	if (n < READ_MAX && expected == KVMSAFE_OK) { /* past the top */
		CHECK(status == KVMSAFE_OUTSIDE_MEMORY && err.at == UINT64_MAX);
		return;
	}
	CHECK(status == (n == READ_MAX ? KVMSAFE_OK : expected));
	if (status != KVMSAFE_OK)
		CHECK(err.place == KVMSAFE_PA && err.at == pa + n);
}

static void
compare_page(const struct kvs_physical *physical, uint64_t page)
{
	const uint64_t pa = page << model->shift, bytes = UINT64_C(1) << model->shift;
	const uint64_t cut = left(PAGES_OFFSET) & (bytes - 1);
	const uint64_t at[] = { pa, pa + bytes - 1, pa + cut, pa + cut - 1, pa + bytes / 2 };

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		compare_at(physical, at[i]);
}

static void
compare_ranges(const struct kvs_physical *physical)
{
	unsigned points = 0;

	compare_at(physical, 0);
	compare_at(physical, UINT64_MAX);
	compare_read(physical, UINT64_MAX - 100);
	for (size_t i = 0; i < model->n && i < 16; i++) {
		const uint64_t first = kvs_avail_model_first(model, i);
		const uint64_t end = kvs_avail_model_end(model, i);

		for (uint64_t n = 0; n < end - first && points < POINTS_MAX; n++, points++)
			compare_page(physical, first + n);
		compare_page(physical, end - 1);
		compare_page(physical, end & UINT64_MAX >> model->shift);
		compare_page(physical, first == 0 ? 0 : first - 1);
		for (uint64_t n = 0; n < end - first && n < 40 && points < POINTS_MAX; n++)
			compare_read(physical, ((first + n + 1) << model->shift) - 100);
	}
}

/* ---- One page after the other ---- */

/* The page of a set bit, the n-th of the file. */
static void
page_of(uint64_t bit, struct kvs_physical_page *out)
{
	const uint64_t bytes = UINT64_C(1) << model->shift, n = before[bit];
	uint64_t base = 0, again;

	out->file_offset = PAGES_OFFSET + (n << model->shift);
	out->bytes = left(out->file_offset) < bytes ? left(out->file_offset) : bytes;
	if (out->bytes == 0)
		out->file_offset = KVMSAFE_NONE;
	out->pa = KVMSAFE_NONE;
	for (size_t i = 0; i < model->n; i++) {
		const uint64_t first = kvs_avail_model_first(model, i);
		const uint64_t pages = kvs_avail_model_end(model, i) - first;

		if (bit >= base && bit - base < pages &&
		    kvs_avail_model_bit(model, first + (bit - base), &again) && again == bit)
			out->pa = (first + (bit - base)) << model->shift;
		base += pages;
	}
}

static void
same_page(const struct kvs_physical_page *have, const struct kvs_physical_page *want)
{
	CHECK(have->pa == want->pa && have->bytes == want->bytes);
	CHECK(have->file_offset == want->file_offset);
}

static void
compare_pages(const struct kvs_physical *physical)
{
	struct kvs_physical_page want, have = { 0 };
	uint64_t n = 0, cursor = 0, whole = 0;

	for (uint64_t bit = 0; bit < nbits; bit++) {
		if (!is_set(bit))
			continue;
		page_of(bit, &want);
		whole += want.bytes == UINT64_C(1) << model->shift;
		CHECK(kvs_physical_at(physical, n++, &have));
		same_page(&have, &want);
		if (want.pa == KVMSAFE_NONE || want.bytes == 0)
			continue;
		CHECK(kvs_physical_next(physical, &cursor, &have));
		same_page(&have, &want);
	}
	for (unsigned i = 0; i < 2; i++)
		CHECK(!kvs_physical_next(physical, &cursor, &have));
	CHECK(
	    !kvs_physical_at(physical, n, &have) && !kvs_physical_at(physical, UINT64_MAX, &have));
	CHECK(kvs_pagemap_promised(&physical->pagemap) == n);
	CHECK(kvs_pagemap_present(&physical->pagemap) == whole);
}

static void
build(struct kvs_physical *physical, struct kvs_memory *memory)
{
	const struct kvs_view view = { .bytes = input->array,
		.len = input->array_bytes,
		.order = input->big ? KVS_BE : KVS_LE };
	struct kvs_bits bits = { .bytes = input->bytes, .nbits = nbits, .order = input->order };
	struct kvs_dump_avail avail = { .n = 0 };
	struct kvmsafe_bitmap *bitmap = NULL;

	if (input->implied)
		CHECK(kvs_dump_avail_implied(&avail, memory, nbits, model->shift, NULL) ==
		    KVMSAFE_OK);
	else
		CHECK(kvs_dump_avail_create(&avail, memory, &view, &input->form, NULL, NULL) ==
		    KVMSAFE_OK);
	CHECK(kvs_alloc(memory, 1, input->bytes, "bitmap", &physical->bits, NULL) == KVMSAFE_OK);
	memcpy(physical->bits, input->bits, input->bytes);
	bits.bits = physical->bits;
	CHECK(kvs_bitmap_create(memory, &bits, &bitmap, NULL) == KVMSAFE_OK);
	kvs_pagemap_init(
	    &physical->pagemap, bitmap, &avail, model->shift, PAGES_OFFSET, input->file_bytes);
	kvs_pagemap_set_cut(
	    &physical->pagemap, input->avail_cut, input->knows ? input->known_bits : nbits, nbits);
}

void
kvs_pages_compare(const struct kvs_avail_model *ranges, const struct kvs_pages_input *in)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_at };
	struct kvs_memory memory = { .allocation_limit = 1 << 20, .limit = 1 << 20 };
	struct kvs_physical physical = {
		.kind = KVS_PHYSICAL_PAGEMAP, .page_shift = ranges->shift, .memory = &memory
	};
	struct kvmsafe_source *source = NULL;

	model = ranges;
	input = in;
	count_bits();
	CHECK(kvmsafe_source_callbacks(&ops, NULL, in->file_bytes, &source, NULL) == KVMSAFE_OK);
	physical.source = source;
	build(&physical, &memory);
	compare_ranges(&physical);
	compare_pages(&physical);
	kvs_physical_fini(&physical);
	CHECK(memory.used == 0);
	kvmsafe_source_close(source);
}
