/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvs_elf_header_read, kvs_elfcore_read, kvs_elfcore_fini, kvs_segments_find,
 * kvs_segments_count */
/*
 * Program headers of a core against a linear search over the headers as they are in the file.
 * Input: KSF1 or a core; OPTION 5: 1 cuts to 32 bits as i386 does (no model then).
 */
#include "format/elfcore.h"
#include "index/physical.h"

#include <string.h>

#include "fuzz/check.h"
#include "fuzz/sparse.h"

#define PT_LOAD 1
#define HEADERS_MAX 512 /* of the model, which is quadratic */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct load {
	uint64_t offset, vaddr, paddr, filesz, memsz;
	bool own_vaddr; /* p_vaddr is an address, and not p_paddr once more */
};

static struct load loads[HEADERS_MAX];
static size_t nloads;

static uint64_t
field(const uint8_t *p, unsigned at, unsigned width, bool big)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)p[at + i] << 8 * (big ? width - 1 - i : i);
	return value;
}

/* An end at 2^64 itself is none. */
static bool
wraps(uint64_t a, uint64_t b)
{
	return b > 0 && a + (b - 1) < a;
}

/* The PT_LOADs that a sound reader keeps, in file order. */
static void
read_loads(const struct kvs_sparse *sparse, const struct kvs_elf_header *header)
{
	const bool wide = header->elf_class == 2, big = header->data == 2;
	const unsigned entry = wide ? 56 : 32, word = wide ? 8 : 4;
	const uint64_t none = wide ? UINT64_MAX : UINT32_MAX;

	nloads = 0;
	for (uint64_t i = 0; i < header->phnum; i++) {
		uint8_t raw[56];
		struct load load;

		kvs_sparse_get(sparse, 0, header->phoff + i * entry, raw, entry);
		if (field(raw, 0, 4, big) != PT_LOAD)
			continue;
		load.offset = field(raw, wide ? 8 : 4, word, big);
		load.vaddr = field(raw, wide ? 16 : 8, word, big);
		load.paddr = field(raw, wide ? 24 : 12, word, big);
		load.filesz = field(raw, wide ? 32 : 16, word, big);
		load.memsz = field(raw, wide ? 40 : 20, word, big);
		if (load.filesz > load.memsz)
			load.filesz = load.memsz; /* a segment is no larger than its memory */
		load.own_vaddr = load.paddr == none ||
		    (header->osabi != 255 && load.vaddr != none && load.vaddr != load.paddr);
		loads[nloads++] = load;
	}
}

static uint64_t top; /* the highest address of the core's class */

static bool
sound(const struct load *load, uint64_t address)
{
	return load->memsz > 0 && !wraps(address, load->memsz) &&
	    address + (load->memsz - 1) <= top && !wraps(load->offset, load->filesz);
}

/* The first in file order that dumped the byte; NOT_DUMPED where only memory is promised. */
static enum kvmsafe_status
model_find(uint64_t address, bool by_va, uint64_t file_bytes, uint64_t *offset)
{
	enum kvmsafe_status status = KVMSAFE_OUTSIDE_MEMORY;

	for (size_t i = 0; i < nloads; i++) {
		const uint64_t start = by_va ? loads[i].vaddr : loads[i].paddr;

		if ((by_va && !loads[i].own_vaddr) || !sound(&loads[i], start) || address < start ||
		    address - start >= loads[i].memsz)
			continue;
		status = KVMSAFE_NOT_DUMPED;
		if (address - start >= loads[i].filesz)
			continue;
		*offset = loads[i].offset + (address - start);
		return *offset < file_bytes ? KVMSAFE_OK : KVMSAFE_TRUNCATED;
	}
	return status;
}

static void
compare_at(const struct kvs_segments *segments, bool by_va, uint64_t file_bytes, uint64_t address)
{
	struct kvs_extent extent = { 0, 0 };
	const enum kvmsafe_status status = kvs_segments_find(segments, address, &extent);
	uint64_t offset = 0;

	CHECK(status == model_find(address, by_va, file_bytes, &offset));
	CHECK(extent.bytes > 0);
	CHECK(extent.file_offset == (status == KVMSAFE_OK ? offset : KVMSAFE_NONE));
	if (extent.bytes != UINT64_MAX && !wraps(address, extent.bytes - 1)) {
		/* the answer holds to its last byte */
		const uint64_t last = address + extent.bytes - 1;

		CHECK(model_find(last, by_va, file_bytes, &offset) == status);
		if (status == KVMSAFE_OK)
			CHECK(offset == extent.file_offset + extent.bytes - 1);
	}
	if (status == KVMSAFE_OK)
		CHECK(extent.file_offset + extent.bytes <= file_bytes);
}

static void
compare(const struct kvs_segments *segments, bool by_va, uint64_t file_bytes)
{
	compare_at(segments, by_va, file_bytes, 0);
	compare_at(segments, by_va, file_bytes, UINT64_MAX);
	for (size_t i = 0; i < nloads; i++) {
		const uint64_t start = by_va ? loads[i].vaddr : loads[i].paddr;
		const uint64_t cut = file_bytes - loads[i].offset;
		const uint64_t at[] = { start, start - 1, start + loads[i].filesz,
			start + loads[i].filesz - 1, start + loads[i].memsz,
			start + loads[i].memsz - 1, start + cut, start + cut - 1,
			start + loads[i].memsz / 2 };

		for (size_t k = 0; k < sizeof(at) / sizeof(at[0]); k++)
			compare_at(segments, by_va, file_bytes, at[k]);
	}
	for (size_t i = 0; i + 1 < segments->n; i++) {
		const struct kvs_segment *const a = &segments->list[i];

		CHECK(a->address + a->bytes <= segments->list[i + 1].address);
		CHECK(a->present <= a->dumped && a->dumped <= a->bytes);
	}
}

static void
check_core(const struct kvs_sparse *sparse, const struct kvs_elfcore *core, bool rebuilt)
{
	const uint64_t file_bytes = sparse->len[0];
	uint64_t promised = 0, present = 0;

	if (core->has_physical) {
		kvs_segments_count(&core->physical, 12, &promised, &present);
		CHECK(present <= promised);
	}
	if (rebuilt || core->header.phnum > HEADERS_MAX)
		return;
	top = core->header.elf_class == 2 ? UINT64_MAX : UINT32_MAX;
	read_loads(sparse, &core->header);
	if (core->has_physical)
		compare(&core->physical, false, file_bytes);
	if (core->has_virtual)
		compare(&core->virtual, true, file_bytes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvs_memory memory = { .allocation_limit = 1 << 24, .limit = 1 << 25 };
	struct kvs_sparse *const sparse = kvs_sparse_create(data, size);
	struct kvs_sparse_file file = { .sparse = sparse, .faults = true };
	struct kvmsafe_source *const source = kvs_sparse_source(&file);
	const bool rebuilt = sparse->option[KVS_OPTION_BITS] == 1;
	const struct kvs_elf_wanted wanted = {
		.what = "core", .status = KVMSAFE_DAMAGED, .phdrs = true
	};
	struct kvs_findings findings;
	struct kvs_elf_header header;
	const struct kvs_elfcore_file from = { source, &header, 65536, rebuilt };
	struct kvs_elfcore core;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;

	memset(&core, 0, sizeof(core));
	kvs_findings_init(&findings, &memory, 16);
	status = kvs_elf_header_read(source, &wanted, &header, &err);
	if (status == KVMSAFE_OK)
		status = kvs_elfcore_read(&core, &memory, &from, &findings, &err);
	if (status == KVMSAFE_OK) {
		check_core(sparse, &core, rebuilt);
		kvs_elfcore_fini(&core);
	} else {
		CHECK(err.status == (int)status && err.message[0] != 0);
	}
	kvs_findings_fini(&findings);
	CHECK(memory.used == 0);
	kvmsafe_source_close(source);
	kvs_sparse_destroy(sparse);
	return 0;
}
