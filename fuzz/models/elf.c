/* SPDX-License-Identifier: BSD-2-Clause */
/* System V ABI, "ELF Header" and "Program Header"; sys/kern/kern_dump.c: one step after the other. */
#include "fuzz/models/elf.h"

#include <string.h>

#define PT_LOAD 1
#define PT_DUMP_DELTA 0x6fb5d000
#define PN_XNUM 0xffff

/* ---- The header ---- */

struct reader {
	const struct kvs_sparse *sparse;
	unsigned file;
	bool big;
};

static uint64_t
get(const struct reader *reader, uint64_t offset, unsigned width)
{
	return kvs_sparse_number(reader->sparse, reader->file, offset, width, reader->big);
}

static bool
refuse(struct kvs_elf_model *out, uint64_t at)
{
	out->fails = true;
	out->at = at;
	return false;
}

static bool
read_ident(struct reader *reader, struct kvs_elf_model *out)
{
	const uint64_t len = reader->sparse->len[reader->file];

	if (len < 16 || get(reader, 0, 4) != 0x464c457f)
		return refuse(out, 0);
	if (get(reader, 4, 1) != 1 && get(reader, 4, 1) != 2)
		return refuse(out, 4);
	if (get(reader, 5, 1) != 1 && get(reader, 5, 1) != 2)
		return refuse(out, 5);
	if (get(reader, 6, 1) != 1)
		return refuse(out, 6);
	out->wide = get(reader, 4, 1) == 2;
	out->big = reader->big = get(reader, 5, 1) == 2;
	out->osabi = (uint8_t)get(reader, 7, 1);
	return len >= (out->wide ? 64 : 52) || refuse(out, len);
}

/* Section header 0 has the counts that the header has no room for. */
static bool
resolve(const struct reader *reader, bool phdrs, bool shdrs, struct kvs_elf_model *out)
{
	const uint64_t len = reader->sparse->len[reader->file];
	const uint64_t entry = out->wide ? 64 : 40;
	const bool segments = out->phnum == PN_XNUM, sections = out->shnum == 0;

	if (out->shoff == 0) {
		out->shnum = 0;
		if (segments && phdrs)
			return refuse(out, out->wide ? 56 : 44);
		return true;
	}
	if (!segments && !(sections && shdrs))
		return true;
	if (out->shoff > len || entry > len - out->shoff)
		return refuse(out, out->shoff);
	if (segments)
		out->phnum = get(reader, out->shoff + (out->wide ? 44 : 28), 4);
	if (sections)
		out->shnum = get(reader, out->shoff + (out->wide ? 32 : 20), out->wide ? 8 : 4);
	return true;
}

static bool
fits(uint64_t offset, uint64_t count, uint64_t entry, uint64_t len)
{
	return count == 0 || (offset <= len && count <= (len - offset) / entry);
}

static bool
read_fields(const struct reader *reader, bool shdrs, struct kvs_elf_model *out)
{
	const unsigned word = out->wide ? 8 : 4;
	const unsigned flags = out->wide ? 48 : 36;
	bool sections;

	out->type = (uint16_t)get(reader, 16, 2);
	out->machine = (uint16_t)get(reader, 18, 2);
	out->phoff = get(reader, 24 + word, word);
	out->shoff = get(reader, 24 + 2 * word, word);
	out->flags = (uint32_t)get(reader, flags, 4);
	out->phnum = get(reader, flags + 8, 2);
	out->shnum = get(reader, flags + 12, 2);
	if (get(reader, 20, 4) > 1)
		return refuse(out, 20);
	if (get(reader, flags + 4, 2) != (out->wide ? 64 : 52))
		return refuse(out, flags + 4);
	if (out->phnum != 0 && get(reader, flags + 6, 2) != (out->wide ? 56 : 32))
		return refuse(out, flags + 6);
	sections = out->shnum != 0 || (out->shoff != 0 && (shdrs || out->phnum == PN_XNUM));
	if (sections && get(reader, flags + 10, 2) != (out->wide ? 64 : 40))
		return refuse(out, flags + 10);
	return true;
}

void
kvs_elf_model_read(const struct kvs_sparse *sparse, unsigned file, bool phdrs, bool shdrs,
    struct kvs_elf_model *out)
{
	struct reader reader = { .sparse = sparse, .file = file };
	const uint64_t len = sparse->len[file];

	*out = (struct kvs_elf_model){ .fails = false };
	if (!read_ident(&reader, out) || !read_fields(&reader, shdrs, out) ||
	    !resolve(&reader, phdrs, shdrs, out))
		return;
	if (phdrs && !fits(out->phoff, out->phnum, out->wide ? 56 : 32, len))
		(void)refuse(out, out->phoff);
	else if (shdrs && !fits(out->shoff, out->shnum, out->wide ? 64 : 40, len))
		(void)refuse(out, out->shoff);
}

/* savecore(8), sys/sys/kerneldump.h: what lies beside a dump, by its first 512 bytes. */
const char *
kvs_elf_model_looks(const struct kvs_sparse *sparse, unsigned file)
{
	static const struct {
		unsigned at, len;
		const char *bytes, *words;
	} kinds[] = {
		{ 0, 8, "minidump", "a minidump" },
		{ 0, 4, "\177ELF", NULL },
		{ 0, 20, "FreeBSD Kernel Dump", "the dump lies behind it" },
		{ 0, 18, "FreeBSD Text Dump", "a text dump: no memory is in it" },
		{ 0, 20, "Cleared Kernel Dump", "the dump was extracted before" },
		{ 0, 2, "\x1f\x8b", "gzip -d)" },
		{ 0, 4, "\x28\xb5\x2f\xfd", "zstd -d)" },
		{ 0, 6, "\xfd\x37zXZ", "xz -d)" },
		{ 0, 3, "BZh", "bzip2 -d)" },
		{ 257, 5, "ustar", "an extracted text dump: no memory is in it" },
		{ 0, 23, "Dump header from device", "the vmcore file beside it" },
	};
	const uint64_t len = sparse->len[file];
	const size_t have = len < 512 ? (size_t)len : 512;
	uint8_t head[512];
	unsigned modulus = 0, any = 0;

	kvs_sparse_get(sparse, file, 0, head, sizeof(head)); /* zero behind its end */
	if (have == 0)
		return "an empty file";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (kinds[i].at + kinds[i].len <= have &&
		    memcmp(head + kinds[i].at, kinds[i].bytes, kinds[i].len) == 0)
			return kinds[i].words;
	for (size_t i = 0; i < have; i++)
		any |= head[i];
	if (any == 0)
		return "nothing but zeros at its start";
	for (size_t i = 33; i < 37; i++)
		modulus = modulus << 8 | head[i];
	for (unsigned bytes = 128; bytes <= 1024; bytes *= 2) /* RSA of 1024 to 8192 bits */
		if (have >= 37 && (head[0] == 1 || head[0] == 2) && modulus == bytes)
			return "the dump is the file beside it";
	return "an encrypted dump looks like this";
}

/* ---- The program headers ---- */

/* An end at 2^64 itself is none. */
static bool
wraps(uint64_t a, uint64_t b)
{
	return b > 0 && a + (b - 1) < a;
}

static void
read_loads(const struct reader *reader, struct kvs_core_model *out)
{
	const struct kvs_elf_model *const header = out->header;
	const bool wide = header->wide;
	const unsigned word = wide ? 8 : 4;

	for (uint64_t i = 0; i < header->phnum; i++) {
		const uint64_t at = header->phoff + i * (wide ? 56 : 32);
		const uint64_t type = get(reader, at, 4);
		struct kvs_model_load load = { .at = at };

		if (type != PT_LOAD && type != PT_DUMP_DELTA)
			continue;
		load.offset = get(reader, at + word, word);
		load.vaddr = get(reader, at + 2 * word, word);
		load.paddr = get(reader, at + 3 * word, word);
		load.written = get(reader, at + 4 * word, word);
		load.memsz = get(reader, at + 5 * word, word);
		out->too_many = type == PT_LOAD && out->n == KVS_MODEL_LOADS;
		if (out->too_many)
			return;
		if (type == PT_LOAD) {
			out->load[out->n++] = load;
		} else if (type == PT_DUMP_DELTA && !out->has_delta) {
			out->has_delta = true;
			out->delta[0] = load.vaddr;
			out->delta[1] = load.paddr;
			out->delta[2] = get(reader, at + (wide ? 48 : 28), word);
		}
	}
}

static void
fail(struct kvs_core_model *out, uint64_t at)
{
	out->status = KVMSAFE_DAMAGED;
	out->failed_at = at;
}

/* Numbers cut to 32 bits that fall have passed another 4 GiB; the file ends where the last does. */
static void
rebuild(struct kvs_core_model *out)
{
	const uint64_t step = UINT64_C(1) << 32;
	uint64_t pa = 0, offset = 0;
	const struct kvs_model_load *last = NULL;

	for (size_t i = 0; i < out->n; i++) {
		struct kvs_model_load *const load = &out->load[i];

		if (last != NULL && load->paddr < last->paddr % step)
			pa += step;
		if (last != NULL && load->offset < last->offset % step)
			offset += step;
		load->paddr += pa;
		load->offset += offset;
		last = load;
	}
	if (last == NULL || (pa == 0 && offset == 0))
		return;
	out->top = UINT64_MAX;
	if (last->offset + last->written != out->file_bytes)
		fail(out, last->at);
}

static uint64_t
start_of(const struct kvs_model_load *load, bool by_va)
{
	return by_va ? load->vaddr : load->paddr;
}

bool
kvs_core_model_keeps(const struct kvs_core_model *core, size_t n, bool by_va)
{
	const struct kvs_model_load *const load = &core->load[n];
	const uint64_t start = start_of(load, by_va);

	return (by_va ? load->own_vaddr : core->has_physical) && load->memsz > 0 &&
	    !wraps(start, load->memsz) && start + (load->memsz - 1) <= core->top &&
	    !wraps(load->offset, load->filesz);
}

/* Findings about one PT_LOAD. */
static unsigned
suspects(const struct kvs_core_model *core, size_t n)
{
	const struct kvs_model_load *const load = &core->load[n];
	unsigned count = load->written > load->memsz;

	for (unsigned by_va = 0; by_va < 2; by_va++)
		count += load->memsz > 0 && (by_va ? load->own_vaddr : core->has_physical) &&
		    !kvs_core_model_keeps(core, n, by_va);
	if (load->filesz > 0 && load->offset + load->filesz > load->offset &&
	    load->offset + load->filesz > core->file_bytes)
		count++;
	return count;
}

/* Overlaps, a finding each part (what is dumped, then what is not) that begins inside another. */
static unsigned
overlaps(const struct kvs_core_model *core, bool by_va)
{
	static struct {
		uint64_t first, last;
	} part[2 * KVS_MODEL_LOADS];
	size_t n = 0;
	unsigned count = 0;

	for (unsigned rest = 0; rest < 2; rest++)
		for (size_t i = 0; i < core->n; i++) {
			const struct kvs_model_load *const load = &core->load[i];
			const uint64_t start = start_of(load, by_va) + (rest ? load->filesz : 0);
			const uint64_t bytes = rest ? load->memsz - load->filesz : load->filesz;

			if (!kvs_core_model_keeps(core, i, by_va) || bytes == 0)
				continue;
			part[n].first = start;
			part[n++].last = start + (bytes - 1);
		}
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < n; j++)
			if (part[j].last >= part[i].first &&
			    (part[j].first < part[i].first ||
				(part[j].first == part[i].first && j < i))) {
				count++;
				break;
			}
	return count;
}

static void
decide(struct kvs_core_model *out, uint64_t none)
{
	out->has_physical = out->n > 0 && out->load[0].paddr != none;
	if (out->n == 0)
		fail(out, out->header->phoff);
	for (size_t i = 1; i < out->n && out->status == KVMSAFE_OK; i++)
		if ((out->load[i].paddr != none) != out->has_physical)
			fail(out, out->load[i].at);
}

void
kvs_core_model_read(const struct kvs_sparse *sparse, const struct kvs_elf_model *header,
    bool cut_to_32, struct kvs_core_model *out)
{
	const struct reader reader = { .sparse = sparse, .big = header->big };
	const uint64_t none = header->wide ? UINT64_MAX : UINT32_MAX;
	bool physical = false;

	memset(out, 0, sizeof(*out));
	out->header = header;
	out->file_bytes = sparse->len[0];
	out->top = none;
	read_loads(&reader, out);
	decide(out, none);
	for (size_t i = 0; i < out->n; i++) /* as written, not as rebuilt */
		out->load[i].own_vaddr = !out->has_physical ||
		    (header->osabi != 255 && out->load[i].vaddr != none &&
			out->load[i].vaddr != out->load[i].paddr);
	if (out->status == KVMSAFE_OK && cut_to_32 && !header->wide && out->has_physical)
		rebuild(out);
	if (out->status != KVMSAFE_OK)
		return;
	for (size_t i = 0; i < out->n; i++) {
		struct kvs_model_load *const load = &out->load[i];

		load->filesz = load->written < load->memsz ? load->written : load->memsz;
		physical |= kvs_core_model_keeps(out, i, false);
		out->has_virtual |= kvs_core_model_keeps(out, i, true);
	}
	for (size_t i = 0; i < out->n; i++)
		out->core_findings += suspects(out, i);
	out->overlap_findings = overlaps(out, false) + overlaps(out, true);
	if (!physical && !out->has_virtual)
		fail(out, header->phoff);
}

enum kvmsafe_status
kvs_core_model_find(const struct kvs_core_model *core, bool by_va, uint64_t address,
    uint64_t *offset, size_t *owner)
{
	enum kvmsafe_status status = KVMSAFE_OUTSIDE_MEMORY;

	for (size_t i = 0; i < core->n; i++) {
		const struct kvs_model_load *const load = &core->load[i];
		const uint64_t start = start_of(load, by_va);

		if (!kvs_core_model_keeps(core, i, by_va) || address < start ||
		    address - start >= load->memsz)
			continue;
		status = KVMSAFE_NOT_DUMPED;
		if (address - start >= load->filesz)
			continue;
		*offset = load->offset + (address - start);
		if (owner != NULL)
			*owner = i;
		return *offset < core->file_bytes ? KVMSAFE_OK : KVMSAFE_TRUNCATED;
	}
	return status;
}
