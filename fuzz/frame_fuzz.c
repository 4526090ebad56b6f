/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_open, kvmsafe_describe, kvmsafe_finding, kvmsafe_memory_range_at, kvmsafe_page_at,
 * kvmsafe_page_next, kvmsafe_read_pa */
/*
 * What surrounds the pages of a dump, for each machine: may it be opened, where its regions lie, how
 * many pages it promises and has, their order and offsets, ranges of memory; segments of cores.
 * Against a reading of the header by the specification's tables (models/frame.h). Inputs with faults
 * are not followed; with a kernel file, only what must be refused is. Input: KSF1, or the dump.
 */
#include <kvmsafe/kvmsafe.h>

#include <string.h>

#include "fuzz/check.h"
#include "fuzz/error_check.h"
#include "fuzz/models/frame.h"
#include "fuzz/opening.h"
#include "naive/sparc64.h"

#define BITMAP_MAX (1 << 18) /* larger ones are slow to count bit by bit */
#define AVAIL_MAX 65536
#define PAGES_MAX 12
#define RANGES_MAX 6
#define HEADERS_MAX 64
#define DIRECT UINT64_C(0xfffff80000000000) /* of sparc64 */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	const struct kvs_frame_model *model;
	const struct kvs_sparse *sparse;
	const struct kvmsafe_session *session;
	struct kvmsafe_description is;
};

/* ---- Opening ---- */

/* Do limits, a kernel file or a leading header decide too? */
static bool
is_bound(const struct kvs_opening *opening, const struct kvs_frame_model *model)
{
	const uint64_t *const option = opening->sparse->option;
	const bool limited = option[KVS_OPTION_ALLOCATION] != 0 || option[KVS_OPTION_MEMORY] != 0 ||
	    option[KVS_OPTION_FINDINGS] != 0 || option[KVS_OPTION_PROGRAM_HEADERS] != 0;

	return opening->sparse->has[1] || model->image.base != 0 || limited ||
	    option[KVS_OPTION_PAGE_BYTES] != 0 || option[KVS_OPTION_ENTRY_BYTES] != 0 ||
	    model->dump.bitmap_bytes > BITMAP_MAX || strcmp(model->format, "elf-core") == 0;
}

static void
check_opening(const struct kvs_opening *opening, const struct kvs_frame_model *model,
    enum kvmsafe_status status)
{
	const bool certain =
	    strcmp(model->format, "sparc64") != 0 || kvs_image_is_sparc64(&model->image, 0);

	if (model->image.base == 0 && model->status != KVMSAFE_OK)
		CHECK(status != KVMSAFE_OK);
	if (is_bound(opening, model))
		return;
	if (!certain) {
		CHECK(status == KVMSAFE_NOT_A_DUMP); /* nothing says what it is */
		return;
	}
	if (model->status == KVMSAFE_OK || model->exact)
		CHECK(status == model->status);
	else
		CHECK(status == KVMSAFE_DAMAGED || status == KVMSAFE_UNSUPPORTED ||
		    status == KVMSAFE_TRUNCATED);
}

/* ---- Minidumps ---- */

static bool
is_cut(const struct naive_dump *dump, uint64_t start, uint64_t bytes)
{
	return bytes > 0 && (start > dump->bytes || bytes > dump->bytes - start);
}

static void
check_findings(const struct run *run)
{
	const struct naive_dump *const dump = &run->model->dump;
	const bool cut[] = { is_cut(dump, dump->page_bytes, run->model->msgbuf_bytes),
		is_cut(dump, dump->avail, dump->avail_bytes),
		is_cut(dump, dump->bitmap, dump->bitmap_bytes),
		is_cut(dump, dump->map, dump->map_bytes),
		run->is.pages_present < run->is.pages_promised };
	struct kvmsafe_error finding;
	size_t want = 0, told = 0;

	if (run->sparse->has[1])
		return; /* its symbols are looked for in memory */
	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++)
		want += cut[i];
	for (uint64_t n = 0; n < 300 && kvmsafe_finding(run->session, n, &finding); n++) {
		told += finding.status == KVMSAFE_TRUNCATED;
		if (finding.status == KVMSAFE_LIMIT)
			return; /* not all are kept */
	}
	CHECK(told == want);
}

/* A bit that only a cut word could tell about is neither. */
static bool
counts_are_known(const struct naive_dump *dump)
{
	return !dump->big_endian ||
	    (!is_cut(dump, dump->bitmap, dump->bitmap_bytes) && dump->bitmap_bytes % 8 == 0);
}

static void
check_counts(const struct run *run)
{
	const struct naive_dump *const dump = &run->model->dump;
	const uint64_t promised = naive_promised(dump);
	const uint64_t room =
	    dump->bytes > dump->pages ? (dump->bytes - dump->pages) / dump->page_bytes : 0;

	CHECK(run->is.page_bytes == dump->page_bytes && run->is.version == run->model->version);
	CHECK(run->is.big_endian == dump->big_endian);
	CHECK(run->is.has_map == run->model->has_map);
	if (!counts_are_known(dump))
		return;
	CHECK(run->is.pages_promised == promised);
	CHECK(run->is.pages_present == (promised < room ? promised : room));
	CHECK(run->is.pages_truncated == promised - run->is.pages_present);
}

static void
check_ranges(const struct run *run)
{
	const struct naive_dump *const dump = &run->model->dump;
	const unsigned width = dump->avail_width != 0 ? dump->avail_width : 8;
	const uint64_t all = dump->bitmap_bytes * 8 * dump->page_bytes;
	struct kvmsafe_memory_range range;
	uint64_t pages, n = dump->bitmap_bytes > 0;
	bool sound;

	if (dump->avail_bytes != 0)
		n = naive_avail_pairs(dump, &pages, &sound);
	CHECK(run->is.ranges == n);
	for (uint64_t i = 0; i < n; i++) {
		const uint64_t at = dump->avail + i * 2 * width;
		const bool implied = dump->avail_bytes == 0;

		CHECK(kvmsafe_memory_range_at(run->session, i, &range));
		CHECK(range.start == (implied ? 0 : naive_number(dump, at, width)));
		CHECK(range.end == (implied ? all : naive_number(dump, at + width, width)));
	}
	CHECK(!kvmsafe_memory_range_at(run->session, n, &range));
}

/* A byte of physical memory is where the model finds it. */
static void
check_byte(const struct run *run, uint64_t pa, struct naive_spot spot)
{
	uint8_t have = 0, want = 0;
	size_t got = 9;
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	status = kvmsafe_read_pa(run->session, pa, &have, 1, &got, &err);
	kvs_error_after(status, &err);
	CHECK(status == spot.status && got == (status == KVMSAFE_OK));
	if (status == KVMSAFE_OK)
		kvs_sparse_get(run->sparse, 0, spot.offset + run->model->image.base, &want, 1);
	CHECK(have == want);
}

/* Page n of the file. */
static void
check_page(const struct run *run, uint64_t n)
{
	const struct naive_dump *const dump = &run->model->dump;
	const uint64_t size = dump->page_bytes, offset = dump->pages + n * size;
	struct kvmsafe_page page = { .pa = 0 };
	struct kvmsafe_error err;
	enum kvmsafe_status status;
	struct naive_spot spot;

	kvs_error_init(&err);
	status = kvmsafe_page_at(run->session, n, &page, &err);
	kvs_error_after(status, &err);
	if (n >= run->is.pages_promised) {
		CHECK(status == KVMSAFE_NOT_FOUND);
		return;
	}
	CHECK(status == (offset < dump->bytes ? KVMSAFE_OK : KVMSAFE_TRUNCATED));
	if (page.pa != KVMSAFE_NONE) {
		CHECK(page.pa % size == 0);
		spot = naive_minidump_find(dump, page.pa);
		CHECK(spot.status == status && (status != KVMSAFE_OK || spot.offset == offset));
		check_byte(run, page.pa, spot);
	}
	if (status != KVMSAFE_OK) {
		CHECK(page.file_offset == KVMSAFE_NONE);
		return;
	}
	CHECK(page.file_offset == offset + run->model->image.base);
	CHECK(page.bytes == (dump->bytes - offset < size ? dump->bytes - offset : size));
}

static void
check_around(const struct run *run, uint64_t pa)
{
	const struct naive_dump *const dump = &run->model->dump;
	const uint64_t size = dump->page_bytes;
	const uint64_t at[] = { pa, pa - 1, pa + size, pa - size, pa + size - 1 };

	for (size_t i = 0; i < sizeof(at) / sizeof(at[0]); i++)
		check_byte(run, at[i], naive_minidump_find(dump, at[i]));
}

/* Each page of the walk is the next one that an address leads to. */
static void
walk(const struct run *run)
{
	const struct naive_dump *const dump = &run->model->dump;
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_PAGES };
	struct kvmsafe_page page = { .pa = 0 };
	struct kvmsafe_error err;
	uint64_t last = 0;

	kvs_error_init(&err);
	for (unsigned n = 0; n < PAGES_MAX; n++) {
		bool done = false;
		struct naive_spot spot;

		CHECK(kvmsafe_page_next(run->session, &walk, &page, &done, &err) == KVMSAFE_OK);
		kvs_error_after(KVMSAFE_OK, &err);
		if (done)
			return;
		spot = naive_minidump_find(dump, page.pa);
		CHECK(spot.status == KVMSAFE_OK);
		CHECK(page.file_offset == spot.offset + run->model->image.base);
		CHECK(n == 0 || page.file_offset > last);
		last = page.file_offset;
	}
}

static void
check_minidump(const struct run *run)
{
	const struct naive_dump *const dump = &run->model->dump;
	const struct kvs_sparse_record *op;
	struct kvmsafe_memory_range range;
	size_t at = 0;

	CHECK(strcmp(run->is.arch, run->model->arch) == 0);
	if (dump->bitmap_bytes > BITMAP_MAX || dump->avail_bytes > AVAIL_MAX)
		return;
	check_counts(run);
	check_ranges(run);
	check_findings(run);
	if (!counts_are_known(dump))
		return;
	for (uint64_t n = 0; n < 3; n++) {
		check_page(run, n);
		check_page(run, run->is.pages_present + n - 1);
	}
	check_page(run, run->is.pages_promised / 2);
	check_page(run, run->is.pages_promised - 1);
	for (uint64_t n = 0; n < RANGES_MAX && kvmsafe_memory_range_at(run->session, n, &range);
	     n++) {
		check_around(run, range.start);
		check_around(run, range.end);
	}
	for (unsigned n = 0; n < 16 && (op = kvs_sparse_op(run->sparse, &at)) != NULL; n++)
		if (op->code == KVS_OP_SELECT)
			check_page(run, op->offset);
		else if (op->code == KVS_OP_PAGE)
			check_around(run, op->offset);
	walk(run);
}

/* ---- Segments ---- */

static void
check_sparc64(const struct run *run)
{
	const struct kvs_image *const image = &run->model->image;
	const uint64_t count = kvs_image_number(image, 32, 4, true);

	for (uint64_t i = 0; i < count && i < RANGES_MAX; i++) {
		const uint64_t start = kvs_image_number(image, 40 + 24 * i, 8, true);
		const uint64_t end = start + kvs_image_number(image, 48 + 24 * i, 8, true);
		const uint64_t at[] = { start, start - 1, end, end - 1, start / 2 + end / 2 };

		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
			struct naive_answer want;

			if (at[k] >> 43 != 0)
				continue;
			naive_sparc64(image->file, image->bytes, DIRECT + at[k], &want);
			check_byte(
			    run, at[k], (struct naive_spot){ want.status, 0, want.file_offset });
		}
	}
}

/* The first PT_LOAD says whether they have physical addresses. */
static bool
is_virtual(const struct kvs_image *image, bool wide, bool big, uint64_t first, uint64_t count)
{
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = first + i * (wide ? 56 : 32);
		const uint64_t pa =
		    kvs_image_number(image, at + (wide ? 24 : 12), wide ? 8 : 4, big);

		if (kvs_image_number(image, at, 4, big) == 1)
			return pa == (wide ? UINT64_MAX : UINT32_MAX);
	}
	return false;
}

/* A core in whose headers nothing was cut to 32 bits; physical addresses. */
static void
check_core(const struct run *run)
{
	const struct kvs_image *const image = &run->model->image;
	const bool wide = run->is.pointer_bytes == 8, big = run->is.big_endian;
	const unsigned width = wide ? 8 : 4;
	const struct naive_dump dump = {
		.file = image->file, .bytes = image->bytes, .big_endian = big
	};
	const uint64_t first = kvs_image_number(image, wide ? 32 : 28, width, big);
	const uint64_t count = kvs_image_number(image, wide ? 56 : 44, 2, big);

	if (count > HEADERS_MAX || strcmp(run->is.arch, "i386") == 0 ||
	    is_virtual(image, wide, big, first, count))
		return;
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = first + i * (wide ? 56 : 32);
		const uint64_t start = kvs_image_number(image, at + (wide ? 24 : 12), width, big);
		const uint64_t bytes = kvs_image_number(image, at + (wide ? 32 : 16), width, big);
		const uint64_t more = kvs_image_number(image, at + (wide ? 40 : 20), width, big);
		const uint64_t ask[] = { start, start - 1, start + bytes - 1, start + bytes,
			start + more - 1, start + more };

		for (size_t k = 0; k < sizeof(ask) / sizeof(ask[0]) && i < RANGES_MAX; k++)
			check_byte(run, ask[k],
			    wide ? naive_core64_find(&dump, ask[k])
				 : naive_core32_find(&dump, ask[k]));
	}
}

static void
check(const struct kvs_opening *opening, struct kvs_frame_model *model,
    const struct kvmsafe_session *session)
{
	struct run run = { .model = model,
		.sparse = opening->sparse,
		.session = session,
		.is = { .size = sizeof(run.is) } };

	CHECK(kvmsafe_describe(session, &run.is, NULL) == KVMSAFE_OK);
	if (model->image.base != 0 && strcmp(run.is.format, model->format) != 0)
		return;
	CHECK(strcmp(run.is.format, model->format) == 0);
	if (strcmp(model->format, "minidump") == 0) {
		if (model->status != KVMSAFE_OK)
			return;
		if (is_bound(opening, model))
			kvs_frame_model_take_abi(model, run.is.machine_arch);
		check_minidump(&run);
	} else if (strcmp(model->format, "sparc64") == 0) {
		check_sparc64(&run);
	} else {
		check_core(&run);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_session *session = NULL;
	struct kvs_opening opening;
	struct kvs_frame_model model;
	enum kvmsafe_status status;

	kvs_opening_init(&opening, data, size);
	if (!opening.faulty) {
		status = kvs_opening_open(&opening, &session);
		kvs_frame_model_read(&model, opening.sparse, opening.options.page_bytes);
		check_opening(&opening, &model, status);
		if (status == KVMSAFE_OK)
			check(&opening, &model, session);
		kvmsafe_close(session);
	}
	kvs_opening_fini(&opening);
	return 0;
}
