/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvs_elf_header_read, kvs_kernel_header_read, kvs_elfcore_read,
 * kvs_elfcore_fini, kvs_segments_find, kvs_segments_count, kvs_physical_next, kvs_physical_at,
 * kvs_physical_read */
/*
 * ELF headers, and program headers of a core as memory, against a linear search over the headers as
 * they are in the file. Input: KSF1 or a core. Option BITS: 1 cuts to 32 bits as i386 does; 2 n: in
 * the n-th piece libelf fails.
 */
#include "format/elfcore.h"
#include "format/kernel.h"
#include "index/physical.h"

#include <libelf.h>
#include <string.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"
#include "fuzz/error_check.h"
#include "fuzz/models/core_pages.h"
#include "fuzz/models/elf.h"

#define PAGE_SHIFT KVS_MODEL_PAGE_SHIFT
#define LOADS_MAX 48 /* of a core whose pages are compared one by one */
#define READ_MAX 256
#define FINDINGS_MAX 1500 /* each 300 bytes */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
Elf *__real_elf_memory(char *image, size_t size);
Elf *__wrap_elf_memory(char *image, size_t size);

static struct kvs_core_model model; /* too large for the stack, as are these */
static struct kvs_core_pages pages;
static uint64_t pieces, failing_piece;

/* What libelf answers when it has no memory left. */
Elf *
__wrap_elf_memory(char *image, size_t size)
{
	return ++pieces == failing_piece ? NULL : __real_elf_memory(image, size);
}

/* ---- Headers ---- */

static void
compare_header(
    const struct kvs_elf_header *have, const struct kvs_elf_model *want, bool phdrs, bool shdrs)
{
	CHECK(have->elf_class == (want->wide ? 2 : 1) && have->data == (want->big ? 2 : 1));
	CHECK(have->osabi == want->osabi && have->type == want->type);
	CHECK(have->machine == want->machine && have->flags == want->flags);
	CHECK(have->phoff == want->phoff && have->shoff == want->shoff);
	CHECK(!phdrs || have->phnum == want->phnum);
	CHECK(!shdrs || have->shnum == want->shnum);
}

static void
check_failure(enum kvmsafe_status status, uint64_t at, enum kvmsafe_status want,
    const struct kvmsafe_error *err)
{
	CHECK(status == want);
	kvs_error_check(status, err);
	CHECK(err->place == KVMSAFE_FILE_OFFSET && err->at == at);
}

/* Each choice of tables, without faults. */
static void
check_headers(const struct kvs_sparse *sparse)
{
	struct kvs_sparse_file file = { .sparse = sparse };
	struct kvmsafe_source *const source = kvs_sparse_source(&file);

	for (unsigned choice = 0; choice < 4; choice++) {
		const struct kvs_elf_wanted wanted = { .what = "core",
			.status = KVMSAFE_DAMAGED,
			.phdrs = (choice & 1) != 0,
			.shdrs = (choice & 2) != 0 };
		struct kvmsafe_error err = { .status = KVMSAFE_OK };
		struct kvs_elf_header header = { .phnum = 12345 };
		struct kvs_elf_model want;
		const enum kvmsafe_status status =
		    kvs_elf_header_read(source, &wanted, &header, &err);

		kvs_elf_model_read(sparse, 0, wanted.phdrs, wanted.shdrs, &want);
		if (want.fails)
			check_failure(status, want.at, KVMSAFE_DAMAGED, &err);
		else
			CHECK(status == KVMSAFE_OK);
		if (status == KVMSAFE_OK)
			compare_header(&header, &want, wanted.phdrs, wanted.shdrs);
		else
			CHECK(header.phnum == 12345 && header.elf_class == 0);
	}
	kvmsafe_source_close(source);
}

static bool
ends_with(const char *text, const char *end)
{
	const size_t len = strlen(text), bytes = strlen(end);

	return len >= bytes && strcmp(text + len - bytes, end) == 0;
}

/* Did a read get what it was not asked for? One that ends early, the first, leaves an empty file. */
static bool
read_failed(const struct kvs_sparse_file *file, bool ends)
{
	const uint64_t *const option = file->sparse->option;

	return (option[KVS_OPTION_FAIL_READ] - 1 < file->reads) ||
	    (option[KVS_OPTION_LIE_READ] - 1 < file->reads) ||
	    (ends && option[KVS_OPTION_SHORT_READ] - 1 < file->reads);
}

/* The same file as a kernel. */
static void
check_kernel(const struct kvs_sparse *sparse)
{
	struct kvs_sparse_file file = { .sparse = sparse, .faults = true };
	struct kvmsafe_source *const source = kvs_sparse_source(&file);
	const char *const looks = kvs_elf_model_looks(sparse, 0);
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	struct kvs_elf_header header;
	struct kvs_elf_model want;
	const enum kvmsafe_status status = kvs_kernel_header_read(source, &header, &err);

	kvs_elf_model_read(sparse, 0, false, true, &want);
	if (sparse->option[KVS_OPTION_SHORT_READ] == 1 && sparse->len[0] > 0) {
		CHECK(status == KVMSAFE_BAD_KERNEL && ends_with(err.message, "an empty file"));
	} else if (read_failed(&file, true)) {
		CHECK(status != KVMSAFE_OK);
		CHECK(status == KVMSAFE_IO || !read_failed(&file, false));
	} else if (looks != NULL) {
		check_failure(status, 0, KVMSAFE_BAD_KERNEL, &err);
		CHECK(ends_with(err.message, looks));
	} else if (want.fails) {
		check_failure(status, want.at, KVMSAFE_BAD_KERNEL, &err);
	} else if (want.type != 2 && want.type != 3) {
		check_failure(status, 16, KVMSAFE_BAD_KERNEL, &err);
		CHECK(ends_with(err.message, "a core file") == (want.type == 4));
	} else {
		CHECK(status == KVMSAFE_OK);
		compare_header(&header, &want, false, true);
	}
	kvmsafe_source_close(source);
}

/* ---- Finding ---- */

static void
compare_at(const struct kvs_segments *segments, bool by_va, uint64_t address)
{
	struct kvs_extent extent = { 0, 0 };
	const enum kvmsafe_status status = kvs_segments_find(segments, address, &extent);
	uint64_t offset = 0;

	CHECK(status == kvs_core_model_find(&model, by_va, address, &offset, NULL));
	CHECK(extent.bytes > 0);
	CHECK(extent.file_offset == (status == KVMSAFE_OK ? offset : KVMSAFE_NONE));
	if (extent.bytes != UINT64_MAX && extent.bytes - 1 <= UINT64_MAX - address) {
		/* the answer holds to its last byte */
		const uint64_t last = address + (extent.bytes - 1);

		CHECK(kvs_core_model_find(&model, by_va, last, &offset, NULL) == status);
		if (status == KVMSAFE_OK)
			CHECK(offset == extent.file_offset + extent.bytes - 1);
	}
	if (status == KVMSAFE_OK)
		CHECK(extent.file_offset + extent.bytes <= model.file_bytes);
}

static void
compare_segments(const struct kvs_segments *segments, bool by_va)
{
	size_t kept = 0;

	compare_at(segments, by_va, 0);
	compare_at(segments, by_va, UINT64_MAX);
	for (size_t i = 0; i < model.n; i++) {
		const struct kvs_model_load *const load = &model.load[i];
		const uint64_t start = by_va ? load->vaddr : load->paddr;
		const uint64_t cut = model.file_bytes - load->offset;
		const uint64_t at[] = { start, start - 1, start + load->filesz,
			start + load->filesz - 1, start + load->memsz, start + load->memsz - 1,
			start + cut, start + cut - 1, start + load->memsz / 2 };

		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++)
			compare_at(segments, by_va, at[k]);
		if (!kvs_core_model_keeps(&model, i, by_va))
			continue;
		CHECK(segments->ranges[kept].start == start);
		CHECK(segments->ranges[kept++].end - start == load->memsz ||
		    segments->ranges[kept - 1].end == UINT64_MAX);
	}
	CHECK(segments->nranges == kept);
	for (size_t i = 0; i + 1 < segments->n; i++) {
		const struct kvs_segment *const a = &segments->list[i];

		CHECK(a->address + a->bytes <= segments->list[i + 1].address);
		CHECK(a->present <= a->dumped && a->dumped <= a->bytes);
	}
}

/* ---- Pages ---- */

static void
same_page(const struct kvs_physical_page *have, const struct kvs_physical_page *want)
{
	CHECK(have->pa == want->pa && have->file_offset == want->file_offset);
	CHECK(have->bytes == want->bytes);
}

static void
compare_pages(const struct kvs_physical *physical)
{
	struct kvs_physical_page page;
	uint64_t cursor = 0, promised = 0, present = 0, whole = 0;

	for (size_t i = 0; i < pages.n; i++) {
		const struct kvs_core_page *const want = &pages.page[i];

		CHECK(kvs_physical_at(physical, i, &page));
		same_page(&page, &want->first);
		whole += want->whole;
		if (want->first.bytes == 0)
			continue;
		CHECK(kvs_physical_next(physical, &cursor, &page));
		same_page(&page, &want->first);
	}
	for (unsigned i = 0; i < 2; i++)
		CHECK(!kvs_physical_next(physical, &cursor, &page));
	CHECK(!kvs_physical_at(physical, pages.n, &page));
	CHECK(!kvs_physical_at(physical, UINT64_MAX, &page));
	kvs_segments_count(&physical->segments, PAGE_SHIFT, &promised, &present);
	CHECK(promised == pages.n && present == whole);
}

/* ---- Reading ---- */

static const char *
reason(enum kvmsafe_status status)
{
	return status == KVMSAFE_NOT_DUMPED    ? "not in the dump"
	    : status == KVMSAFE_OUTSIDE_MEMORY ? "outside physical memory"
	    : status == KVMSAFE_TRUNCATED      ? "beyond the end of the file"
					       : "";
}

static void
compare_read(const struct kvs_physical *physical, const struct kvs_sparse *sparse, uint64_t pa)
{
	uint8_t have[READ_MAX + 1], want[READ_MAX];
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status expected = KVMSAFE_OK, status;
	uint64_t offset = 0;
	size_t got = 12345, n = 0;

	memset(have, 0xa5, sizeof(have));
	status = kvs_physical_read(physical, pa, have, READ_MAX, &got, &err);
	for (; n < READ_MAX && n <= UINT64_MAX - pa; n++) {
		expected = kvs_core_model_find(&model, false, pa + n, &offset, NULL);
		if (expected != KVMSAFE_OK)
			break;
		kvs_sparse_get(sparse, 0, offset, &want[n], 1);
	}
	CHECK(got == n && memcmp(have, want, n) == 0);
	for (size_t i = n; i <= READ_MAX; i++)
		CHECK(have[i] == 0xa5);
	if (n == READ_MAX) {
		CHECK(status == KVMSAFE_OK);
	} else if (expected == KVMSAFE_OK) { /* past the top */
		CHECK(status == KVMSAFE_OUTSIDE_MEMORY && err.at == UINT64_MAX);
		CHECK(err.place == KVMSAFE_PA && strstr(err.message, "2^64 is the end") != NULL);
	} else {
		CHECK(status == expected && err.status == (int)status);
		CHECK(err.place == KVMSAFE_PA && err.at == pa + n);
		CHECK(ends_with(err.message, reason(status)));
	}
}

/* A read that fails below says so, and what came before it is there. */
static void
check_failing_read(
    const struct kvs_physical *physical, const struct kvs_sparse_file *file, uint64_t pa)
{
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	uint8_t have[READ_MAX];
	size_t got = 12345;
	const enum kvmsafe_status status =
	    kvs_physical_read(physical, pa, have, sizeof(have), &got, &err);

	CHECK(got <= sizeof(have) && (status == KVMSAFE_OK) == (got == sizeof(have)));
	if (status != KVMSAFE_OK && got <= UINT64_MAX - pa)
		CHECK(err.place == KVMSAFE_PA && err.at == pa + got);
	if (read_failed(file, true)) /* a fault is met once */
		CHECK(kvs_physical_read(physical, pa, have, 1, &got, NULL) == status || got == 1);
}

static void
compare_reads(struct kvs_physical *physical, const struct kvs_sparse *sparse)
{
	struct kvs_sparse_file sound = { .sparse = sparse };
	struct kvs_sparse_file failing = { .sparse = sparse, .faults = true };
	struct kvs_sparse_file quiet = { .sparse = sparse, .faults = true };
	struct kvmsafe_source *const sources[] = { kvs_sparse_source(&sound),
		kvs_sparse_source(&failing), kvs_sparse_source(&quiet) };
	uint8_t buf[READ_MAX];
	size_t got;

	for (size_t i = 0; i < model.n && i < 8; i++) {
		const struct kvs_model_load *const load = &model.load[i];
		const uint64_t cut = model.file_bytes - load->offset;
		const uint64_t at[] = { load->paddr, load->paddr + load->filesz - 100,
			load->paddr + load->memsz - 100, load->paddr + cut - 100 };

		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++) {
			physical->source = sources[0];
			compare_read(physical, sparse, at[k]);
			physical->source = sources[1];
			check_failing_read(physical, &failing, at[k]);
			physical->source = sources[2];
			(void)kvs_physical_read(physical, at[k], buf, sizeof(buf), &got, NULL);
		}
	}
	physical->source = sources[0];
	compare_read(physical, sparse, UINT64_MAX - 100);
	for (size_t i = 0; i < 3; i++)
		kvmsafe_source_close(sources[i]);
}

/* ---- A core ---- */

static void
check_findings(const struct kvs_findings *findings, bool without_memory)
{
	uint64_t core = 0, overlap = 0;
	struct kvmsafe_error finding;

	for (uint64_t n = 0; kvs_findings_get(findings, n, &finding); n++) {
		core += strncmp(finding.message, "core: ", 6) == 0;
		overlap += strncmp(finding.message, "segments: ", 10) == 0;
	}
	if (without_memory || model.core_findings + model.overlap_findings >= FINDINGS_MAX)
		return;
	CHECK(core == model.core_findings && overlap == model.overlap_findings);
}

/* Do its PT_LOADs rise, apart from each other, as sound dumps have them? */
static bool
in_order(void)
{
	bool rise = model.core_findings + model.overlap_findings == 0 && model.has_physical &&
	    !model.has_virtual;

	for (size_t i = 1; i < model.n; i++)
		rise &= model.load[i].paddr > model.load[i - 1].paddr;
	return rise;
}

static void
check_core(const struct kvs_sparse *sparse, const struct kvs_elfcore *core)
{
	struct kvs_physical physical = {
		.kind = KVS_PHYSICAL_SEGMENTS, .page_shift = PAGE_SHIFT, .segments = core->physical
	};

	CHECK(core->has_physical == model.has_physical && core->has_virtual == model.has_virtual);
	CHECK(core->delta.present == model.has_delta);
	CHECK(core->delta.vaddr == model.delta[0] && core->delta.paddr == model.delta[1]);
	CHECK(core->delta.align == model.delta[2]);
	if (core->has_virtual)
		compare_segments(&core->virtual, true);
	if (!core->has_physical)
		return;
	compare_segments(&core->physical, false);
	if (model.n <= LOADS_MAX && kvs_core_pages_gather(&model, &pages))
		compare_pages(&physical);
	if (model.n <= LOADS_MAX)
		compare_reads(&physical, sparse);
}

/* What a fault that was injected and met turns into; OK: none was met. */
static enum kvmsafe_status
fault(const struct kvs_sparse_file *file)
{
	const uint64_t *const option = file->sparse->option;

	if (option[KVS_OPTION_FAIL_ALLOCATION] - 1 < kvs_alloc_count())
		return KVMSAFE_NO_MEMORY;
	if (read_failed(file, false))
		return KVMSAFE_IO;
	if (read_failed(file, true))
		return KVMSAFE_TRUNCATED;
	return failing_piece - 1 < pieces ? KVMSAFE_DAMAGED : KVMSAFE_OK;
}

/* What reading a core gave. */
struct reading {
	struct kvs_elfcore core;
	struct kvs_findings findings;
	enum kvmsafe_status status,
	    met; /* met: what the fault must turn it into, OK: none was met */
	struct kvmsafe_error err;
	size_t largest; /* allocation */
};

static void
read_core(struct reading *reading, struct kvs_memory *memory, const struct kvs_sparse_file *file,
    const struct kvs_elfcore_file *from)
{
	memset(reading, 0, sizeof(*reading));
	kvs_findings_init(&reading->findings, memory, FINDINGS_MAX);
	kvs_alloc_fail_at(file->sparse->option[KVS_OPTION_FAIL_ALLOCATION]);
	reading->status =
	    kvs_elfcore_read(&reading->core, memory, from, &reading->findings, &reading->err);
	reading->met = fault(file);
	reading->largest = kvs_alloc_largest();
	kvs_alloc_fail_at(0);
	if (reading->status != KVMSAFE_OK)
		kvs_error_check(reading->status, &reading->err);
}

static void
check_sound(const struct kvs_sparse *sparse, const struct reading *reading,
    const struct kvs_elf_header *header)
{
	CHECK(model.status == KVMSAFE_OK);
	/* only findings go without their memory in silence */
	CHECK(reading->met == KVMSAFE_OK ||
	    (reading->met == KVMSAFE_NO_MEMORY && reading->findings.dropped > 0));
	check_findings(&reading->findings, reading->met != KVMSAFE_OK);
	/* who is in order needs no room for sorting */
	CHECK(!in_order() || reading->largest <= 64 * header->phnum + 512);
	check_core(sparse, &reading->core);
}

/* A refusal is the fault's that was met, else the model's. */
static void
check_refusal(const struct reading *reading)
{
	if (reading->met == KVMSAFE_OK)
		check_failure(reading->status, model.failed_at, model.status, &reading->err);
	else if (reading->met == KVMSAFE_DAMAGED)
		CHECK(reading->status == KVMSAFE_DAMAGED);
	else
		CHECK(reading->status == reading->met || model.status != KVMSAFE_OK);
}

static void
run_core(const struct kvs_sparse *sparse, struct kvs_memory *memory,
    const struct kvs_sparse_file *file, const struct kvmsafe_source *source,
    const struct kvs_elf_header *header)
{
	const uint64_t limit = sparse->option[KVS_OPTION_PROGRAM_HEADERS];
	const bool wraps = (sparse->option[KVS_OPTION_BITS] & 1) != 0;
	const struct kvs_elfcore_file from = { source, header, limit == 0 ? 65536 : limit, wraps };
	struct kvs_elf_model want;
	struct reading reading;

	read_core(&reading, memory, file, &from);
	if (header->phnum > from.phdr_limit) {
		check_failure(reading.status, header->phoff, KVMSAFE_LIMIT, &reading.err);
	} else if (header->phnum <= KVS_MODEL_HEADERS) {
		kvs_elf_model_read(sparse, 0, true, false, &want);
		kvs_core_model_read(sparse, &want, wraps, &model);
		if (!model.too_many && reading.status == KVMSAFE_OK)
			check_sound(sparse, &reading, header);
		else if (!model.too_many)
			check_refusal(&reading);
	}
	kvs_elfcore_fini(&reading.core);
	kvs_findings_fini(&reading.findings);
}

/*
 * One kind of fault an input: what two of them turn into depends on which is met first. A read that
 * ends early among pieces is none for who has seen enough, so it comes whole.
 */
static void
keep_one_fault(struct kvs_sparse *sparse)
{
	static const enum kvs_sparse_option kinds[] = { KVS_OPTION_FAIL_ALLOCATION,
		KVS_OPTION_FAIL_READ, KVS_OPTION_LIE_READ, KVS_OPTION_SHORT_READ };
	bool met = failing_piece != 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (met)
			sparse->option[kinds[i]] = 0;
		met = met || sparse->option[kinds[i]] != 0;
	}
	if (sparse->option[KVS_OPTION_SHORT_READ] != 0)
		sparse->option[KVS_OPTION_CHUNK] = 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvs_memory memory = { .allocation_limit = 1 << 24, .limit = 1 << 25 };
	struct kvs_sparse *const sparse = kvs_sparse_create(data, size);
	struct kvs_sparse_file file = { .sparse = sparse, .faults = true };
	struct kvmsafe_source *const source = kvs_sparse_source(&file);
	const struct kvs_elf_wanted wanted = {
		.what = "core", .status = KVMSAFE_DAMAGED, .phdrs = true
	};
	struct kvs_elf_header header;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;

	pieces = 0;
	failing_piece = sparse->option[KVS_OPTION_BITS] / 2;
	keep_one_fault(sparse);
	check_headers(sparse);
	check_kernel(sparse);
	status = kvs_elf_header_read(source, &wanted, &header, &err);
	if (status != KVMSAFE_OK)
		kvs_error_check(status, &err);
	CHECK(status == KVMSAFE_IO || !read_failed(&file, false));
	if (status == KVMSAFE_OK)
		run_core(sparse, &memory, &file, source, &header);
	CHECK(memory.used == 0);
	kvmsafe_source_close(source);
	kvs_sparse_destroy(sparse);
	return 0;
}
