/* SPDX-License-Identifier: BSD-2-Clause */
/* What the program headers of a full core mean: sys/kern/kern_dump.c, FreeBSD 12.1 to 15. */
#include "format/elfcore.h"

#include <gelf.h>
#include <inttypes.h>
#include <libelf.h>

#include "format/elfimage.h"
#include "util/checked.h"
#include "util/error.h"

#define PT_DUMP_DELTA_TYPE 0x6fb5d000
#define OSABI_STANDALONE 255
#define CHUNK 1024 /* program headers that libelf sees at once */
#define TOP_32 (UINT64_C(1) << 32)

/* A PT_LOAD as written, widened. */
struct load {
	uint64_t at; /* of its program header in the file */
	uint64_t vaddr, paddr, offset, filesz, memsz;
};

struct reader {
	struct kvs_memory *memory;
	const struct kvmsafe_source *source;
	struct kvs_findings *findings;
	struct kvs_elfcore *core;
	struct load *loads; /* in file order */
	uint64_t nloads;
	bool rebuilt; /* addresses may lie above 4 GiB in a file of class 32 */
};

/* "No address", in this class's width. */
static uint64_t
all_ones(const struct reader *reader)
{
	return reader->core->header.elf_class == 2 ? UINT64_MAX : UINT32_MAX;
}

static enum kvmsafe_status
refused_by_libelf(struct kvmsafe_error *err)
{
	return kvs_fail(err, KVMSAFE_DAMAGED,
	    "core: program headers expected to be readable, libelf says: %s", elf_errmsg(-1));
}

static void
take(struct reader *reader, uint64_t at, const GElf_Phdr *phdr)
{
	struct kvs_dump_delta *const delta = &reader->core->delta;

	if (phdr->p_type == PT_LOAD) {
		reader->loads[reader->nloads++] = (struct load){ at, phdr->p_vaddr, phdr->p_paddr,
			phdr->p_offset, phdr->p_filesz, phdr->p_memsz };
	} else if (phdr->p_type == PT_DUMP_DELTA_TYPE && !delta->present) {
		*delta =
		    (struct kvs_dump_delta){ true, phdr->p_vaddr, phdr->p_paddr, phdr->p_align };
	}
}

static enum kvmsafe_status
take_all(struct reader *reader, const struct kvs_elfimage *image, uint64_t first, uint64_t n,
    struct kvmsafe_error *err)
{
	const struct kvs_elf_header *const header = &reader->core->header;
	enum kvmsafe_status status = KVMSAFE_OK;
	Elf *elf;

	/* Each call takes the failure of the one before, and says that it failed. */
	(void)elf_version(EV_CURRENT);
	elf = elf_memory((char *)image->bytes, image->len);
	for (int i = 0; (uint64_t)i < n; i++) {
		GElf_Phdr phdr = { 0 };

		if (gelf_getphdr(elf, i, &phdr) == NULL) {
			status = refused_by_libelf(err);
			break;
		}
		take(reader, header->phoff + (first + (uint64_t)i) * header->phentsize, &phdr);
	}
	(void)elf_end(elf);
	return status;
}

static enum kvmsafe_status
read_program_headers(struct reader *reader, struct kvmsafe_error *err)
{
	const struct kvs_elf_header *const header = &reader->core->header;
	struct kvs_elfimage image = { .memory = reader->memory };
	enum kvmsafe_status status = KVMSAFE_OK;
	uint64_t n;

	for (uint64_t first = 0; first < header->phnum && status == KVMSAFE_OK; first += n) {
		n = kvs_min(CHUNK, header->phnum - first);
		status = kvs_elfimage_of_phdrs(&image, reader->source, header, first, n, err);
		if (status != KVMSAFE_OK)
			break;
		status = take_all(reader, &image, first, n, err);
		kvs_elfimage_fini(&image);
	}
	return status;
}

/*
 * Ranges ascend and so do offsets. Where a 32-bit number falls from one header to the next, the
 * writer has passed another 4 GiB. Sizes of 4 GiB and more cannot be told apart this way: then the
 * last segment does not end where the file does.
 */
static enum kvmsafe_status
rebuild(struct reader *reader, struct kvmsafe_error *err)
{
	const uint64_t file_bytes = kvmsafe_source_bytes(reader->source);
	uint64_t high_paddr = 0, high_offset = 0, end = 0;

	for (uint64_t i = 0; i < reader->nloads; i++) {
		struct load *const load = &reader->loads[i];
		const uint32_t paddr = (uint32_t)load->paddr, offset = (uint32_t)load->offset;
		const bool copied = load->vaddr == load->paddr;

		if (i > 0 && paddr < (uint32_t)load[-1].paddr)
			high_paddr += TOP_32; /* at most 2^32 headers: cannot wrap */
		if (i > 0 && offset < (uint32_t)load[-1].offset)
			high_offset += TOP_32;
		load->paddr = high_paddr + paddr;
		load->vaddr = copied ? load->paddr : load->vaddr;
		load->offset = high_offset + offset;
		end = load->offset + load->filesz;
	}
	reader->rebuilt = high_paddr != 0 || high_offset != 0;
	if (!reader->rebuilt || end == file_bytes)
		return KVMSAFE_OK;
	return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
	    reader->loads[reader->nloads - 1].at,
	    "core: addresses or offsets were cut to 32 bits; rebuilt, the last segment is expected "
	    "to end with the file's %" PRIu64 " bytes, it ends at %" PRIu64,
	    file_bytes, end);
}

/* The first PT_LOAD says which kind of core this is: FreeBSD 13.1 powerpc, scan_init(). */
static enum kvmsafe_status
decide_kind(struct reader *reader, struct kvmsafe_error *err)
{
	struct kvs_elfcore *const core = reader->core;

	if (reader->nloads == 0)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, core->header.phoff,
		    "core: at least one PT_LOAD expected, %" PRIu64 " program headers have none",
		    core->header.phnum);
	core->has_physical = reader->loads[0].paddr != all_ones(reader);
	for (uint64_t i = 1; i < reader->nloads; i++)
		if ((reader->loads[i].paddr != all_ones(reader)) != core->has_physical)
			return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
			    reader->loads[i].at,
			    "core: PT_LOADs with%s physical address expected, as the first, found "
			    "one with%s",
			    core->has_physical ? "" : "out", core->has_physical ? "out" : "");
	return KVMSAFE_OK;
}

/* Is p_vaddr an address of its own? kern_dump.c writes p_paddr into both. */
static bool
has_own_vaddr(const struct reader *reader, const struct load *load)
{
	if (!reader->core->has_physical)
		return true;
	return reader->core->header.osabi != OSABI_STANDALONE && load->vaddr != all_ones(reader) &&
	    load->vaddr != load->paddr;
}

static void
note_load(
    struct reader *reader, const struct load *load, enum kvmsafe_status status, const char *text)
{
	kvs_findings_note(reader->findings, status, KVMSAFE_FILE_OFFSET, load->at,
	    "core: PT_LOAD of %" PRIu64 " bytes, %" PRIu64 " of them at offset %" PRIu64
	    " in the file: %s",
	    load->memsz, load->filesz, load->offset, text);
}

static void
add(struct reader *reader, const struct load *load, struct kvs_segments *segments, uint64_t address)
{
	const uint64_t top = reader->core->header.elf_class == 2 || reader->rebuilt ? 0 : TOP_32;
	const struct kvs_segment segment = { .address = address,
		.bytes = load->memsz,
		.offset = load->offset,
		.dumped = load->filesz };

	if (top != 0 && load->memsz > top - address) /* not rebuilt: it has 32 bits */
		note_load(reader, load, KVMSAFE_DAMAGED, "left out, it passes address 2^32");
	else if (kvs_segments_add(segments, &segment, kvmsafe_source_bytes(reader->source), NULL) !=
	    KVMSAFE_OK)
		note_load(reader, load, KVMSAFE_DAMAGED, "left out, its address or offset wraps");
}

static void
add_load(struct reader *reader, const struct load *written)
{
	const uint64_t file_bytes = kvmsafe_source_bytes(reader->source);
	struct kvs_elfcore *const core = reader->core;
	struct load load = *written;
	uint64_t end;

	if (load.filesz > load.memsz) {
		note_load(reader, &load, KVMSAFE_DAMAGED, "more in the file than in memory, cut");
		load.filesz = load.memsz;
	}
	if (core->has_physical)
		add(reader, &load, &core->physical, load.paddr);
	if (has_own_vaddr(reader, written))
		add(reader, &load, &core->virtual, load.vaddr);
	if (load.filesz > 0 && kvs_add(load.offset, load.filesz, &end) && end > file_bytes)
		note_load(reader, &load, KVMSAFE_TRUNCATED, "the file ends before it does");
}

static enum kvmsafe_status
add_loads(struct reader *reader, struct kvmsafe_error *err)
{
	struct kvs_elfcore *const core = reader->core;
	enum kvmsafe_status status;

	status = kvs_segments_init(&core->physical, reader->memory, reader->nloads, err);
	if (status == KVMSAFE_OK)
		status = kvs_segments_init(&core->virtual, reader->memory, reader->nloads, err);
	core->virtual.place = KVMSAFE_VA;
	if (status != KVMSAFE_OK)
		return status;
	for (uint64_t i = 0; i < reader->nloads; i++)
		add_load(reader, &reader->loads[i]);
	status = kvs_segments_settle(&core->physical, reader->findings, err);
	if (status == KVMSAFE_OK)
		status = kvs_segments_settle(&core->virtual, reader->findings, err);
	if (status != KVMSAFE_OK)
		return status;
	core->has_virtual = core->virtual.n > 0;
	if (core->physical.n == 0 && core->virtual.n == 0)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, core->header.phoff,
		    "core: a PT_LOAD with memory expected, none of %" PRIu64 " is of use",
		    reader->nloads);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
read_core(struct reader *reader, bool wraps, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;

	status = read_program_headers(reader, err);
	if (status == KVMSAFE_OK)
		status = decide_kind(reader, err);
	if (status == KVMSAFE_OK && wraps && reader->core->header.elf_class == 1 &&
	    reader->core->has_physical)
		status = rebuild(reader, err);
	if (status == KVMSAFE_OK)
		status = add_loads(reader, err);
	return status;
}

enum kvmsafe_status
kvs_elfcore_read(struct kvs_elfcore *core, struct kvs_memory *memory,
    const struct kvs_elfcore_file *file, struct kvs_findings *findings, struct kvmsafe_error *err)
{
	const struct kvs_elf_header *const header = file->header;
	struct kvs_elfcore built = { .header = *header };
	struct reader reader = {
		.memory = memory, .source = file->source, .findings = findings, .core = &built
	};
	enum kvmsafe_status status;
	void *loads;

	if (header->phnum > file->phdr_limit)
		return kvs_fail_at(err, KVMSAFE_LIMIT, KVMSAFE_FILE_OFFSET, header->phoff,
		    "core: at most %" PRIu64 " program headers are read, found %" PRIu64,
		    file->phdr_limit, header->phnum);
	status =
	    kvs_alloc(memory, header->phnum, sizeof(*reader.loads), "program headers", &loads, err);
	if (status != KVMSAFE_OK)
		return status;
	reader.loads = loads;
	status = read_core(&reader, file->wraps, err);
	kvs_free(memory, loads);
	if (status != KVMSAFE_OK)
		kvs_elfcore_fini(&built);
	else
		*core = built;
	return status;
}

void
kvs_elfcore_fini(struct kvs_elfcore *core)
{
	kvs_segments_fini(&core->physical);
	kvs_segments_fini(&core->virtual);
	*core = (struct kvs_elfcore){ 0 };
}
