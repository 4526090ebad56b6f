/* SPDX-License-Identifier: BSD-2-Clause */
/* The ELF header: identification, fields, sizes, counts, tables, each checked before the next. */
#include "format/elfheader.h"

#include <inttypes.h>
#include <string.h>

#include "source/view.h"
#include "util/error.h"

enum { PN_XNUM = 0xffff, E_ENTRY = 24 };

/* Who is read, and what is wanted of it. */
struct subject {
	const struct kvmsafe_source *source;
	const struct kvs_elf_wanted *wanted;
};

static enum kvmsafe_status
malformed(const struct subject *subject, struct kvmsafe_error *err, uint64_t at, const char *field,
    uint64_t expected, uint64_t found)
{
	return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, at,
	    "%s: ELF header: %s %" PRIu64 " expected, found %" PRIu64, subject->wanted->what, field,
	    expected, found);
}

/* The identification: what decides how the rest is read. */
static enum kvmsafe_status
check_ident(const struct subject *subject, const struct kvs_view *view, struct kvmsafe_error *err)
{
	const uint8_t *const ident = view->bytes;

	if (view->len < KVS_E_TYPE || memcmp(ident, "\177ELF", 4) != 0)
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, 0,
		    "%s: an ELF file expected, found %s", subject->wanted->what,
		    view->len < KVS_E_TYPE ? "fewer bytes than ELF's identification has"
					   : "other bytes at its start");
	if (ident[KVS_EI_CLASS] != 1 && ident[KVS_EI_CLASS] != 2)
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, KVS_EI_CLASS,
		    "%s: ELF class 1 or 2 expected, found %u", subject->wanted->what,
		    (unsigned)ident[KVS_EI_CLASS]);
	if (ident[KVS_EI_DATA] != 1 && ident[KVS_EI_DATA] != 2)
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, KVS_EI_DATA,
		    "%s: ELF data encoding 1 or 2 expected, found %u", subject->wanted->what,
		    (unsigned)ident[KVS_EI_DATA]);
	if (ident[KVS_EI_VERSION] != 1)
		return malformed(
		    subject, err, KVS_EI_VERSION, "EI_VERSION", 1, ident[KVS_EI_VERSION]);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
read_head(const struct subject *subject, uint8_t buf[KVS_ELF_HEADER_MAX], struct kvs_view *view,
    struct kvmsafe_error *err)
{
	const size_t want =
	    (size_t)kvs_min(KVS_ELF_HEADER_MAX, kvmsafe_source_bytes(subject->source));
	size_t got = 0;
	enum kvmsafe_status status;

	status = kvmsafe_source_read(subject->source, 0, buf, want, &got, err);
	if (status != KVMSAFE_OK && status != KVMSAFE_TRUNCATED)
		return status;
	*view = (struct kvs_view){ .bytes = buf, .len = got };
	return check_ident(subject, view, err);
}

/* Fields as written; counts may still be the marks of extended numbering. */
static enum kvmsafe_status
load_fields(const struct subject *subject, struct kvs_view *view, struct kvs_elf_header *header,
    struct kvmsafe_error *err)
{
	const struct kvs_elf_place at = kvs_elf_place_of(header->elf_class);
	const uint64_t version = kvs_view_uint(view, KVS_E_VERSION, 4);
	const uint64_t ehsize = kvs_view_uint(view, at.ehsize, 2);

	header->type = (uint16_t)kvs_view_uint(view, KVS_E_TYPE, 2);
	header->machine = (uint16_t)kvs_view_uint(view, KVS_E_MACHINE, 2);
	header->flags = (uint32_t)kvs_view_uint(view, at.flags, 4);
	header->phoff = kvs_view_uint(view, at.phoff, at.word);
	header->shoff = kvs_view_uint(view, at.shoff, at.word);
	header->phentsize = (uint32_t)kvs_view_uint(view, at.phentsize, 2);
	header->phnum = kvs_view_uint(view, at.phnum, 2);
	header->shentsize = (uint32_t)kvs_view_uint(view, at.shentsize, 2);
	header->shnum = kvs_view_uint(view, at.shnum, 2);
	(void)kvs_view_uint(view, (size_t)header->header_bytes - 1, 1); /* e_shstrndx: not used */
	if (view->overran)
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, view->len,
		    "%s: ELF header: %" PRIu64 " bytes expected, the file has %zu",
		    subject->wanted->what, header->header_bytes, view->len);
	/* kern_dump.c leaves e_version of cores 0. */
	if (version > 1)
		return malformed(subject, err, KVS_E_VERSION, "e_version 0 or", 1, version);
	if (ehsize != header->header_bytes)
		return malformed(subject, err, at.ehsize, "e_ehsize", header->header_bytes, ehsize);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
check_entry_sizes(
    const struct subject *subject, const struct kvs_elf_header *header, struct kvmsafe_error *err)
{
	const struct kvs_elf_place at = kvs_elf_place_of(header->elf_class);
	const bool sections = header->shnum != 0 ||
	    (header->shoff != 0 && subject->wanted->shdrs) ||
	    (header->shoff != 0 && header->phnum == PN_XNUM);

	if (header->phnum != 0 && header->phentsize != kvs_elf_phentsize(header))
		return malformed(subject, err, at.phentsize, "e_phentsize",
		    kvs_elf_phentsize(header), header->phentsize);
	if (sections && header->shentsize != kvs_elf_shentsize(header))
		return malformed(subject, err, at.shentsize, "e_shentsize",
		    kvs_elf_shentsize(header), header->shentsize);
	return KVMSAFE_OK;
}

/* Section header 0, which holds the counts that the ELF header has no room for. */
static enum kvmsafe_status
read_section_0(const struct subject *subject, const struct kvs_elf_header *header,
    uint64_t *sections, uint64_t *segments, struct kvmsafe_error *err)
{
	const struct kvs_elf_section_place at = kvs_elf_section_place_of(header->elf_class);
	const uint32_t bytes = kvs_elf_shentsize(header);
	uint8_t buf[KVS_ELF_SHDR_MAX];
	size_t got = 0;

	if (!kvs_within(header->shoff, bytes, kvmsafe_source_bytes(subject->source)))
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, header->shoff,
		    "%s: section header 0 expected in the file's %" PRIu64
		    " bytes, it is at %" PRIu64,
		    subject->wanted->what, kvmsafe_source_bytes(subject->source), header->shoff);
	const enum kvmsafe_status status =
	    kvmsafe_source_read(subject->source, header->shoff, buf, bytes, &got, err);
	if (status != KVMSAFE_OK)
		return status;
	*sections = kvs_load(buf + at.bytes, at.word, kvs_elf_order(header));
	*segments = kvs_load(buf + at.info, 4, kvs_elf_order(header));
	return KVMSAFE_OK;
}

/* e_shnum 0 and e_phnum PN_XNUM: System V ABI, "ELF Header". */
static enum kvmsafe_status
resolve_counts(
    const struct subject *subject, struct kvs_elf_header *header, struct kvmsafe_error *err)
{
	const bool many_segments = header->phnum == PN_XNUM;
	const bool many_sections = header->shnum == 0;
	uint64_t sections = 0, segments = 0;

	if (header->shoff == 0) {
		if (many_segments && subject->wanted->phdrs)
			return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET,
			    kvs_elf_place_of(header->elf_class).phnum,
			    "%s: ELF header: e_phnum is PN_XNUM, a section header 0 expected, "
			    "found none",
			    subject->wanted->what);
		header->shnum = 0;
	}
	if (header->shoff != 0 && (many_segments || (many_sections && subject->wanted->shdrs))) {
		const enum kvmsafe_status status =
		    read_section_0(subject, header, &sections, &segments, err);

		if (status != KVMSAFE_OK)
			return status;
	}
	if (many_segments)
		header->phnum = segments;
	if (many_sections)
		header->shnum = sections;
	return KVMSAFE_OK;
}

static enum kvmsafe_status
check_table(const struct subject *subject, const char *name, uint64_t offset, uint64_t count,
    uint64_t entry_bytes, struct kvmsafe_error *err)
{
	const uint64_t file_bytes = kvmsafe_source_bytes(subject->source);
	uint64_t bytes;

	if (count == 0)
		return KVMSAFE_OK;
	if (!kvs_mul(count, entry_bytes, &bytes) || !kvs_within(offset, bytes, file_bytes))
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, offset,
		    "%s: %s headers expected in the file's %" PRIu64 " bytes, found %" PRIu64
		    " of them at %" PRIu64,
		    subject->wanted->what, name, file_bytes, count, offset);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
read_header(const struct subject *subject, struct kvs_elf_header *header, struct kvmsafe_error *err)
{
	uint8_t buf[KVS_ELF_HEADER_MAX];
	struct kvs_view view;
	enum kvmsafe_status status;

	status = read_head(subject, buf, &view, err);
	if (status != KVMSAFE_OK)
		return status;
	*header = (struct kvs_elf_header){
		.elf_class = buf[KVS_EI_CLASS],
		.data = buf[KVS_EI_DATA],
		.osabi = buf[KVS_EI_OSABI],
		.header_bytes = buf[KVS_EI_CLASS] == 2 ? 64 : 52,
	};
	view.order = kvs_elf_order(header);
	status = load_fields(subject, &view, header, err);
	if (status == KVMSAFE_OK)
		status = check_entry_sizes(subject, header, err);
	return status;
}

enum kvmsafe_status
kvs_elf_header_read(const struct kvmsafe_source *source, const struct kvs_elf_wanted *wanted,
    struct kvs_elf_header *out, struct kvmsafe_error *err)
{
	const struct subject subject = { source, wanted };
	struct kvs_elf_header header;
	enum kvmsafe_status status;

	status = read_header(&subject, &header, err);
	if (status == KVMSAFE_OK)
		status = resolve_counts(&subject, &header, err);
	if (status == KVMSAFE_OK && wanted->phdrs)
		status = check_table(
		    &subject, "program", header.phoff, header.phnum, header.phentsize, err);
	if (status == KVMSAFE_OK && wanted->shdrs)
		status = check_table(
		    &subject, "section", header.shoff, header.shnum, header.shentsize, err);
	if (status == KVMSAFE_OK)
		*out = header;
	return status;
}

struct kvs_elf_section
kvs_elf_section_load(const struct kvs_elf_header *header, const uint8_t *bytes)
{
	const struct kvs_elf_section_place at = kvs_elf_section_place_of(header->elf_class);
	const enum kvs_order order = kvs_elf_order(header);

	return (struct kvs_elf_section){
		.type = (uint32_t)kvs_load(bytes + at.type, 4, order),
		.flags = kvs_load(bytes + at.flags, at.word, order),
		.offset = kvs_load(bytes + at.offset, at.word, order),
		.bytes = kvs_load(bytes + at.bytes, at.word, order),
		.link = (uint32_t)kvs_load(bytes + at.link, 4, order),
		.entsize = kvs_load(bytes + at.entsize, at.word, order),
	};
}

struct kvs_elf_place
kvs_elf_place_of(unsigned elf_class)
{
	const size_t word = elf_class == 2 ? 8 : 4;
	const size_t flags = E_ENTRY + 3 * word;

	return (struct kvs_elf_place){
		.word = (unsigned)word,
		.phoff = E_ENTRY + word,
		.shoff = E_ENTRY + 2 * word,
		.flags = flags,
		.ehsize = flags + 4,
		.phentsize = flags + 6,
		.phnum = flags + 8,
		.shentsize = flags + 10,
		.shnum = flags + 12,
	};
}

struct kvs_elf_section_place
kvs_elf_section_place_of(unsigned elf_class)
{
	const size_t word = elf_class == 2 ? 8 : 4;

	return (struct kvs_elf_section_place){
		.word = (unsigned)word,
		.type = 4,
		.flags = 8,
		.offset = 8 + 2 * word,
		.bytes = 8 + 3 * word,
		.link = 8 + 4 * word,
		.info = 12 + 4 * word,
		.align = 16 + 4 * word,
		.entsize = 16 + 5 * word,
	};
}
