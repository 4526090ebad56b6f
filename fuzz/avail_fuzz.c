/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvs_dump_avail_create, kvs_dump_avail_implied, kvs_dump_avail_bit, kvs_dump_avail_page,
 * kvs_dump_avail_fini */
/*
 * dump_avail against a linear search over the pairs. Input: a byte (bit 0 width 4, bit 1
 * big-endian, bits 2-3 page size, bit 4: the implied range instead), a byte that chooses
 * pa_limit, the array.
 */
#include "index/dump_avail.h"

#include <string.h>

#include "fuzz/check.h"

#define PAIRS_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct model {
	uint64_t start[PAIRS_MAX], end[PAIRS_MAX]; /* as in the array */
	size_t n;
	bool cut; /* a pair was not legal */
	unsigned shift;
};

static struct model model; /* 4 KiB: not on the stack */

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
	for (size_t at = 0; at + 2 * width <= len && model.n < PAIRS_MAX; at += 2 * width) {
		const uint64_t start = number(p + at, width, big);
		const uint64_t end = number(p + at + width, width, big);

		if (end == 0)
			return;
		if (start >= end || end > pa_limit ||
		    (model.n > 0 && start < model.end[model.n - 1])) {
			model.cut = true;
			return;
		}
		model.start[model.n] = start;
		model.end[model.n++] = end;
	}
}

static uint64_t
first_page(size_t i)
{
	return model.start[i] >> model.shift;
}

static uint64_t
end_page(size_t i)
{
	const uint64_t mask = (UINT64_C(1) << model.shift) - 1;

	return (model.end[i] >> model.shift) + ((model.end[i] & mask) != 0);
}

/* Page to bit: the first range that holds it. */
static bool
model_bit(uint64_t page, uint64_t *bit)
{
	uint64_t base = 0;

	for (size_t i = 0; i < model.n; i++) {
		if (page >= first_page(i) && page < end_page(i)) {
			*bit = base + page - first_page(i);
			return true;
		}
		base += end_page(i) - first_page(i);
	}
	return false;
}

static uint64_t
model_next(uint64_t page)
{
	for (size_t i = 0; i < model.n; i++)
		if (first_page(i) > page)
			return first_page(i);
	return UINT64_MAX;
}

static void
compare_page(const struct kvs_dump_avail *avail, uint64_t page)
{
	uint64_t bit = 0, next = 0, want = 0, back = 0;
	const bool found = kvs_dump_avail_bit(avail, page, &bit, &next);

	CHECK(found == model_bit(page, &want));
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
		const uint64_t pages = end_page(i) - first_page(i);
		const uint64_t around[] = { first_page(i), first_page(i) + 1, end_page(i) - 1,
			end_page(i), end_page(i) + 1, first_page(i) + pages / 2 };

		CHECK(avail->ranges[i].start == model.start[i]);
		CHECK(avail->ranges[i].end == model.end[i]);
		CHECK(avail->ranges[i].page == first_page(i));
		CHECK(avail->ranges[i].pages == pages && avail->ranges[i].bit == base);
		for (size_t k = 0; k < sizeof(around) / sizeof(around[0]); k++)
			compare_page(avail, around[k]);
		if (first_page(i) > 0)
			compare_page(avail, first_page(i) - 1);
		CHECK(kvs_dump_avail_page(avail, base, &page) && page == first_page(i));
		CHECK(kvs_dump_avail_page(avail, base + pages - 1, &page));
		CHECK(page == end_page(i) - 1);
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
run_array(const uint8_t *data, size_t len, unsigned width, bool big, uint64_t pa_limit)
{
	struct kvs_memory memory = { .allocation_limit = 1 << 20, .limit = 1 << 20 };
	struct kvs_dump_avail avail = { .n = 0 };
	struct kvs_findings findings;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	const struct kvs_avail_form form = { width, model.shift, pa_limit };
	const struct kvs_view view = {
		.bytes = data, .len = len, .file_offset = 0x2000, .order = big ? KVS_BE : KVS_LE
	};

	kvs_findings_init(&findings, &memory, 8);
	model_read(data, len, width, big, pa_limit);
	CHECK(kvs_dump_avail_create(&avail, &memory, &view, &form, &findings, &err) == KVMSAFE_OK);
	compare(&avail);
	CHECK((kvs_findings_count(&findings) > 0) == model.cut);
	kvs_dump_avail_fini(&avail);
	kvs_findings_fini(&findings);
	CHECK(memory.used == 0);
}

static void
run_implied(uint64_t pages)
{
	struct kvs_memory memory = { .allocation_limit = 1 << 20, .limit = 1 << 20 };
	struct kvs_dump_avail avail = { .n = 0 };

	pages &= UINT64_MAX >> model.shift;
	model.n = pages > 0;
	model.start[0] = 0;
	model.end[0] = pages << model.shift;
	CHECK(kvs_dump_avail_implied(&avail, &memory, pages, model.shift, NULL) == KVMSAFE_OK);
	if (pages > 0)
		compare(&avail);
	CHECK(avail.pages == pages);
	kvs_dump_avail_fini(&avail);
	CHECK(memory.used == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const unsigned shifts[] = { 12, 13, 14, 16 };
	uint64_t pa_limit;

	if (size < 2)
		return 0;
	model.shift = shifts[data[0] >> 2 & 3];
	/* machines have 2^32 to 2^56: a rounded end cannot wrap */
	pa_limit = UINT64_C(1) << (32 + data[1] % 25);
	if (data[0] & 16)
		run_implied(number(data + 2, size - 2 < 8 ? (unsigned)size - 2 : 8, false));
	else
		run_array(data + 2, size - 2 < 16 * PAIRS_MAX ? size - 2 : 16 * PAIRS_MAX,
		    data[0] & 1 ? 4 : 8, (data[0] & 2) != 0, pa_limit);
	return 0;
}
