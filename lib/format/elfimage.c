/* SPDX-License-Identifier: BSD-2-Clause */
/* Where fields of ELF files lie, by class: System V ABI, "ELF Header" and "Sections". */
#include "format/elfimage.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

#include "util/error.h"

#define EHDR_BYTES_MAX 64
#define SHDR_BYTES_MAX 64
#define SHDRS_IN_IMAGE 2

enum { PN_XNUM_RAW = 0xffff };

/* Offsets in the ELF header; those behind three words of the class's width follow from it. */
enum {
	EI_CLASS_AT = 4,
	EI_DATA_AT = 5,
	EI_VERSION_AT = 6,
	EI_OSABI_AT = 7,
	E_TYPE_AT = 16,
	E_MACHINE_AT = 18,
	E_VERSION_AT = 20,
	E_ENTRY_AT = 24
};

struct place {
	unsigned word; /* bytes of an address or offset: 4, 8 */
	size_t phoff, shoff, flags, ehsize, phentsize, phnum, shentsize, shnum;
};

/* In a section header, whose words widen with the class. */
struct section_place {
	unsigned word;
	size_t type, flags, offset, bytes, link, info, align, entsize;
};

static struct place
place_of(unsigned elf_class)
{
	const size_t word = elf_class == 2 ? 8 : 4;
	const size_t flags = E_ENTRY_AT + 3 * word;

	return (struct place){
		.word = (unsigned)word,
		.phoff = E_ENTRY_AT + word,
		.shoff = E_ENTRY_AT + 2 * word,
		.flags = flags,
		.ehsize = flags + 4,
		.phentsize = flags + 6,
		.phnum = flags + 8,
		.shentsize = flags + 10,
		.shnum = flags + 12,
	};
}

static struct section_place
section_place_of(unsigned elf_class)
{
	const size_t word = elf_class == 2 ? 8 : 4;

	return (struct section_place){
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

	if (view->len < E_TYPE_AT || memcmp(ident, "\177ELF", 4) != 0)
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, 0,
		    "%s: an ELF file expected, found %s", subject->wanted->what,
		    view->len < E_TYPE_AT ? "fewer bytes than ELF's identification has"
					  : "other bytes at its start");
	if (ident[EI_CLASS_AT] != 1 && ident[EI_CLASS_AT] != 2)
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, EI_CLASS_AT,
		    "%s: ELF class 1 or 2 expected, found %u", subject->wanted->what,
		    (unsigned)ident[EI_CLASS_AT]);
	if (ident[EI_DATA_AT] != 1 && ident[EI_DATA_AT] != 2)
		return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET, EI_DATA_AT,
		    "%s: ELF data encoding 1 or 2 expected, found %u", subject->wanted->what,
		    (unsigned)ident[EI_DATA_AT]);
	if (ident[EI_VERSION_AT] != 1)
		return malformed(
		    subject, err, EI_VERSION_AT, "EI_VERSION", 1, ident[EI_VERSION_AT]);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
read_head(const struct subject *subject, uint8_t buf[EHDR_BYTES_MAX], struct kvs_view *view,
    struct kvmsafe_error *err)
{
	const size_t want = (size_t)kvs_min(EHDR_BYTES_MAX, kvmsafe_source_bytes(subject->source));
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
	const struct place at = place_of(header->elf_class);
	const uint64_t version = kvs_view_uint(view, E_VERSION_AT, 4);
	const uint64_t ehsize = kvs_view_uint(view, at.ehsize, 2);

	header->type = (uint16_t)kvs_view_uint(view, E_TYPE_AT, 2);
	header->machine = (uint16_t)kvs_view_uint(view, E_MACHINE_AT, 2);
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
		return malformed(subject, err, E_VERSION_AT, "e_version 0 or", 1, version);
	if (ehsize != header->header_bytes)
		return malformed(subject, err, at.ehsize, "e_ehsize", header->header_bytes, ehsize);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
check_entry_sizes(
    const struct subject *subject, const struct kvs_elf_header *header, struct kvmsafe_error *err)
{
	const struct place at = place_of(header->elf_class);
	const bool sections = header->shnum != 0 ||
	    (header->shoff != 0 && subject->wanted->shdrs) ||
	    (header->shoff != 0 && header->phnum == PN_XNUM_RAW);

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
	const struct section_place at = section_place_of(header->elf_class);
	const uint32_t bytes = kvs_elf_shentsize(header);
	uint8_t buf[SHDR_BYTES_MAX];
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
	const bool many_segments = header->phnum == PN_XNUM_RAW;
	const bool many_sections = header->shnum == 0 && header->shoff != 0;
	uint64_t sections = 0, segments = 0;

	if (header->shoff == 0) {
		if (many_segments && subject->wanted->phdrs)
			return kvs_fail_at(err, subject->wanted->status, KVMSAFE_FILE_OFFSET,
			    place_of(header->elf_class).phnum,
			    "%s: ELF header: e_phnum is PN_XNUM, a section header 0 expected, "
			    "found none",
			    subject->wanted->what);
		header->shnum = 0;
	}
	if ((many_segments && (subject->wanted->phdrs || header->shoff != 0)) ||
	    (many_sections && subject->wanted->shdrs)) {
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
	uint8_t buf[EHDR_BYTES_MAX];
	struct kvs_view view;
	enum kvmsafe_status status;

	status = read_head(subject, buf, &view, err);
	if (status != KVMSAFE_OK)
		return status;
	*header = (struct kvs_elf_header){
		.elf_class = buf[EI_CLASS_AT],
		.data = buf[EI_DATA_AT],
		.osabi = buf[EI_OSABI_AT],
		.header_bytes = buf[EI_CLASS_AT] == 2 ? 64 : 52,
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
	const struct section_place at = section_place_of(header->elf_class);
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

static void
put(struct kvs_elfimage *image, size_t at, unsigned width, enum kvs_order order, uint64_t value)
{
	assert(kvs_within(at, width, image->len));
	for (unsigned i = 0; i < width; i++) {
		const unsigned byte = order == KVS_LE ? i : width - 1 - i;

		image->bytes[at + i] = (uint8_t)(value >> (8 * byte));
	}
}

/* An ELF header of the file's class, order and machine with nothing in it that we did not say. */
static void
put_header(struct kvs_elfimage *image, const struct kvs_elf_header *header)
{
	const struct place at = place_of(header->elf_class);
	const enum kvs_order order = kvs_elf_order(header);

	memcpy(image->bytes, "\177ELF", 4);
	image->bytes[EI_CLASS_AT] = header->elf_class;
	image->bytes[EI_DATA_AT] = header->data;
	image->bytes[EI_VERSION_AT] = 1;
	image->bytes[EI_OSABI_AT] = header->osabi;
	put(image, E_TYPE_AT, 2, order, header->type);
	put(image, E_MACHINE_AT, 2, order, header->machine);
	put(image, E_VERSION_AT, 4, order, 1);
	put(image, at.flags, 4, order, header->flags);
	put(image, at.ehsize, 2, order, header->header_bytes);
	put(image, at.phentsize, 2, order, kvs_elf_phentsize(header));
	put(image, at.shentsize, 2, order, kvs_elf_shentsize(header));
}

/* The header, then `bytes` bytes of the file from `offset` on at 64, then `tail` zero bytes. */
static enum kvmsafe_status
create(struct kvs_elfimage *image, const struct kvmsafe_source *source,
    const struct kvs_elf_section *piece, uint64_t tail, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	uint64_t total;
	void *bytes;
	size_t got = 0;

	if (!kvs_round_up(piece->bytes, 3, &total) ||
	    !kvs_add(total, EHDR_BYTES_MAX + tail, &total))
		return kvs_fail(
		    err, KVMSAFE_LIMIT, "ELF table: %" PRIu64 " bytes are too many", piece->bytes);
	status = kvs_alloc(image->memory, total, 1, "ELF table", &bytes, err);
	if (status != KVMSAFE_OK)
		return status;
	image->bytes = bytes;
	image->len = (size_t)total;
	status = kvmsafe_source_read(
	    source, piece->offset, image->bytes + EHDR_BYTES_MAX, (size_t)piece->bytes, &got, err);
	if (status != KVMSAFE_OK)
		kvs_elfimage_fini(image);
	return status;
}

enum kvmsafe_status
kvs_elfimage_of_phdrs(struct kvs_elfimage *image, const struct kvmsafe_source *source,
    const struct kvs_elf_header *header, uint64_t first, uint64_t n, struct kvmsafe_error *err)
{
	const struct place at = place_of(header->elf_class);
	const struct kvs_elf_section piece = {
		.offset = header->phoff + first * kvs_elf_phentsize(header),
		.bytes = n * kvs_elf_phentsize(header),
	};
	enum kvmsafe_status status;

	assert(n < PN_XNUM_RAW && first <= header->phnum && n <= header->phnum - first);
	status = create(image, source, &piece, 0, err);
	if (status != KVMSAFE_OK)
		return status;
	put_header(image, header);
	put(image, at.phoff, at.word, kvs_elf_order(header), EHDR_BYTES_MAX);
	put(image, at.phnum, 2, kvs_elf_order(header), n);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_elfimage_of_section(struct kvs_elfimage *image, const struct kvmsafe_source *source,
    const struct kvs_elf_header *header, const struct kvs_elf_section *section,
    struct kvmsafe_error *err)
{
	const struct place at = place_of(header->elf_class);
	const struct section_place in = section_place_of(header->elf_class);
	const enum kvs_order order = kvs_elf_order(header);
	const uint32_t shdr_bytes = kvs_elf_shentsize(header);
	const uint64_t tail = SHDRS_IN_IMAGE * (uint64_t)shdr_bytes;
	enum kvmsafe_status status;
	size_t shdr;

	status = create(image, source, section, tail, err);
	if (status != KVMSAFE_OK)
		return status;
	put_header(image, header);
	put(image, at.shoff, at.word, order, image->len - tail);
	put(image, at.shnum, 2, order, SHDRS_IN_IMAGE);
	shdr = image->len - shdr_bytes;
	put(image, shdr + in.type, 4, order, section->type);
	put(image, shdr + in.offset, in.word, order, EHDR_BYTES_MAX);
	put(image, shdr + in.bytes, in.word, order, section->bytes);
	put(image, shdr + in.align, in.word, order, 8);
	put(image, shdr + in.entsize, in.word, order, section->entsize);
	return KVMSAFE_OK;
}

void
kvs_elfimage_fini(struct kvs_elfimage *image)
{
	kvs_free(image->memory, image->bytes);
	image->bytes = NULL;
	image->len = 0;
}
