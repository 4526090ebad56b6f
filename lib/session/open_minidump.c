/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory of a minidump: dump_avail, bitmap, pages, each as far as the file goes. */
#include <inttypes.h>
#include <string.h>

#include "index/bitmap.h"
#include "session/session.h"

/* More pairs than any kernel has (FreeBSD 15 amd64: 64); past them the array is not read. */
#define AVAIL_BYTES_MAX 65536

static void
note_cut(struct kvmsafe_session *session, const char *what, const struct kvs_region *region)
{
	if (region->present < region->bytes)
		kvs_findings_note(&session->findings, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET,
		    region->offset + region->present,
		    "%s: %" PRIu64 " bytes promised from offset 0x%" PRIx64
		    " on, the dump has %" PRIu64 " of them",
		    what, region->bytes, region->offset, region->present);
}

/* `bytes` of a region, all in the file, in a block of their own. */
static enum kvmsafe_status
load_region(struct kvmsafe_session *session, uint64_t offset, uint64_t bytes, const char *what,
    void **out, struct kvmsafe_error *err)
{
	enum kvmsafe_status status = kvs_alloc(&session->memory, 1, bytes, what, out, err);
	size_t got;

	if (status != KVMSAFE_OK)
		return status;
	status = kvmsafe_source_read(session->source, offset, *out, (size_t)bytes, &got, err);
	if (status != KVMSAFE_OK) {
		kvs_free(&session->memory, *out);
		*out = NULL;
	}
	return status;
}

/* Of what a header's 32-bit sizes say: this cannot wrap. */
static uint64_t
padded(uint64_t bytes, unsigned page_shift)
{
	const uint64_t mask = (UINT64_C(1) << page_shift) - 1;

	return (bytes + mask) & ~mask;
}

/* dump_avail taken as pairs of one width. */
struct reading {
	struct kvs_dump_avail avail;
	struct kvs_findings findings; /* about it; only those of the width that is chosen count */
};

static enum kvmsafe_status
read_pairs(struct kvmsafe_session *session, const struct kvs_view *view, uint8_t width,
    struct reading *out, struct kvmsafe_error *err)
{
	const struct kvs_dump *const dump = &session->dump;
	const struct kvs_avail_form form = { width, dump->page_shift,
		UINT64_C(1) << dump->abi->pa_bits };

	kvs_findings_init(&out->findings, &session->memory, session->limits.findings);
	return kvs_dump_avail_create(
	    &out->avail, &session->memory, view, &form, &out->findings, err);
}

static bool
is_sound(const struct reading *reading)
{
	return reading->avail.n > 0 && kvs_findings_count(&reading->findings) == 0;
}

/* 13-CURRENT's arm of autumn 2020 wrote 32-bit pairs; they show by the bitmap's size. */
static bool
fits_bitmap(const struct reading *reading, const struct kvs_dump *dump)
{
	const uint64_t words = (reading->avail.pages + 31) / 32;

	return padded(4 * words, dump->page_shift) == dump->header.bitmapsize;
}

/* Make the ranges and findings of a reading those of the session. */
static void
take_reading(struct kvmsafe_session *session, struct reading *reading, struct kvs_dump_avail *avail)
{
	struct kvmsafe_error finding;

	for (uint64_t i = 0; kvs_findings_get(&reading->findings, i, &finding); i++)
		kvs_findings_add(&session->findings, &finding);
	*avail = reading->avail;
	memset(&reading->avail, 0, sizeof(reading->avail)); /* moved */
}

static enum kvmsafe_status
parse_avail(struct kvmsafe_session *session, const struct kvs_view *view,
    struct kvs_dump_avail *avail, struct kvmsafe_error *err)
{
	const struct kvs_dump *const dump = &session->dump;
	struct reading wide = { .avail = { 0 } }, narrow = { .avail = { 0 } };
	struct reading *best = &wide;
	enum kvmsafe_status status = read_pairs(session, view, 8, &wide, err);

	if (status == KVMSAFE_OK && dump->arch->minidump->avail_maybe_32bit && !is_sound(&wide)) {
		status = read_pairs(session, view, 4, &narrow, err);
		if (status == KVMSAFE_OK && is_sound(&narrow) && fits_bitmap(&narrow, dump))
			best = &narrow;
	}
	if (status == KVMSAFE_OK)
		take_reading(session, best, avail);
	kvs_dump_avail_fini(&wide.avail);
	kvs_findings_fini(&wide.findings);
	kvs_dump_avail_fini(&narrow.avail);
	kvs_findings_fini(&narrow.findings);
	return status;
}

static enum kvmsafe_status
load_avail(struct kvmsafe_session *session, struct kvs_dump_avail *avail, struct kvmsafe_error *err)
{
	const struct kvs_dump *const dump = &session->dump;
	const struct kvs_region *const region = &dump->layout.avail;
	const uint64_t bytes = kvs_min(region->present, AVAIL_BYTES_MAX);
	struct kvs_view view = { .file_offset = region->offset, .order = dump->order };
	enum kvmsafe_status status;
	void *block;

	if (region->bytes == 0)
		return kvs_dump_avail_implied(
		    avail, &session->memory, dump->header.bitmapsize * 8, dump->page_shift, err);
	note_cut(session, "dump_avail", region);
	status = load_region(session, region->offset, bytes, "dump_avail", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	view.bytes = block;
	view.len = (size_t)bytes;
	status = parse_avail(session, &view, avail, err);
	kvs_free(&session->memory, block);
	return status;
}

/* Bytes of the words that the bitmap was written in. */
static unsigned
bitmap_word(const struct kvs_dump *dump)
{
	return dump->frame->bitmap_word != 0 ? dump->frame->bitmap_word : dump->abi->pointer_bytes;
}

static enum kvmsafe_bit_order
bit_order(const struct kvs_dump *dump)
{
	if (dump->order == KVS_LE)
		return KVMSAFE_BITS_LE;
	return bitmap_word(dump) == 4 ? KVMSAFE_BITS_BE32 : KVMSAFE_BITS_BE64;
}

static enum kvmsafe_status
load_bitmap(struct kvmsafe_session *session, struct kvmsafe_bitmap **out, struct kvmsafe_error *err)
{
	const struct kvs_region *const region = &session->dump.layout.bitmap;
	struct kvs_bits bits = {
		.bytes = (size_t)region->present,
		.nbits = region->present * 8,
		.order = bit_order(&session->dump),
	};
	enum kvmsafe_status status;

	note_cut(session, "bitmap", region);
	status = load_region(
	    session, region->offset, region->present, "bitmap", &session->physical.bits, err);
	if (status != KVMSAFE_OK)
		return status;
	bits.bits = session->physical.bits;
	return kvs_bitmap_create(&session->memory, &bits, out, err);
}

/*
 * arm's writer does not pad the map, its readers of 12.1 to 15 round: where the file's length says
 * that it was made for those, believe it. Elsewhere the pages begin at a page as it is.
 */
static void
settle_pages_offset(struct kvmsafe_session *session, uint64_t pages)
{
	struct kvs_dump *const dump = &session->dump;
	const uint64_t bytes = pages << dump->page_shift;
	const uint64_t unpadded = dump->layout.pages_offset;
	const uint64_t rounded = session->base + padded(unpadded - session->base, dump->page_shift);

	if (rounded == unpadded || rounded + bytes != kvmsafe_source_bytes(session->source))
		return;
	dump->layout.pages_offset = rounded;
	kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, rounded,
	    "guess: by the file's length its pages begin at 0x%" PRIx64
	    ", the map padded to a page",
	    rounded);
}

static void
note_bitmap(struct kvmsafe_session *session)
{
	const struct kvs_pagemap *const map = &session->physical.pagemap;
	const struct kvs_region *const region = &session->dump.layout.bitmap;
	const uint64_t promised = kvs_pagemap_promised(map), present = kvs_pagemap_present(map);
	const uint64_t beyond = promised - kvmsafe_bitmap_rank(map->bitmap, map->avail.pages);

	if (region->bytes == 0)
		kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
		    region->offset, "bitmap: at least 1 byte expected, the header says 0");
	if (map->avail.pages > region->bytes * 8)
		kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
		    region->offset,
		    "bitmap: %" PRIu64 " pages of dump_avail, but only %" PRIu64 " bits",
		    map->avail.pages, region->bytes * 8);
	if (beyond > 0)
		kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET,
		    region->offset,
		    "bitmap: %" PRIu64 " bits are set beyond the last page of dump_avail", beyond);
	if (present < promised)
		kvs_findings_note(&session->findings, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET,
		    map->file_bytes,
		    "pages: %" PRIu64 " promised, the dump ends after %" PRIu64 " of them",
		    promised, present);
}

/*
 * Live dumps of riscv64, i386 and powerpc64 (2025) write the kernel's bitmap of the moment, not the
 * one whose pages they write: sys/<machine>/<machine>/minidump_machdep.c. What else may follow the
 * pages is a kernel dump header, and on a partition anything: bytes there are legal, so it is a guess.
 */
static void
note_surplus(struct kvmsafe_session *session)
{
	const struct kvs_pagemap *const map = &session->physical.pagemap;
	const unsigned page_shift = session->dump.page_shift;
	const uint64_t promised = kvs_pagemap_promised(map);
	const uint64_t end = session->dump.layout.pages_offset + (promised << page_shift);
	const uint64_t most = padded(end, page_shift) + (UINT64_C(1) << page_shift);

	if (session->base == 0 && map->file_bytes >= most)
		kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, end,
		    "guess: %" PRIu64 " bytes follow the %" PRIu64
		    " pages of the bitmap: if this is a live dump, they may disagree",
		    map->file_bytes - end, promised);
}

/* How much of dump_avail and bitmap the file has, where it ends inside them. */
static void
note_known(struct kvmsafe_session *session)
{
	const struct kvs_layout *const layout = &session->dump.layout;
	const uint64_t word = bitmap_word(&session->dump); /* a cut one is not trusted */

	kvs_pagemap_set_cut(&session->physical.pagemap, layout->avail.present < layout->avail.bytes,
	    layout->bitmap.present < layout->bitmap.bytes ? layout->bitmap.present / word * word * 8
							  : layout->bitmap.bytes * 8,
	    layout->bitmap.bytes * 8);
}

static enum kvmsafe_status
open_memory(struct kvmsafe_session *session, struct kvmsafe_error *err)
{
	struct kvs_dump *const dump = &session->dump;
	struct kvs_dump_avail avail = { 0 };
	struct kvmsafe_bitmap *bitmap;
	enum kvmsafe_status status = load_avail(session, &avail, err);

	if (status != KVMSAFE_OK)
		return status;
	status = load_bitmap(session, &bitmap, err);
	if (status != KVMSAFE_OK) {
		kvs_dump_avail_fini(&avail);
		return status;
	}
	settle_pages_offset(session, kvmsafe_bitmap_count(bitmap));
	kvs_pagemap_init(&session->physical.pagemap, bitmap, &avail, dump->page_shift,
	    dump->layout.pages_offset, kvmsafe_source_bytes(session->source));
	note_known(session);
	session->physical.kind = KVS_PHYSICAL_PAGEMAP;
	session->physical.page_shift = dump->page_shift;
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_open_minidump(struct kvmsafe_session *session, struct kvmsafe_error *err)
{
	struct kvs_dump *const dump = &session->dump;
	enum kvmsafe_status status;

	kvs_layout_compute(dump->frame, &dump->header, dump->page_shift, session->base,
	    kvmsafe_source_bytes(session->source), &dump->layout);
	note_cut(session, "message buffer", &dump->layout.msgbuf);
	status = open_memory(session, err);
	if (status != KVMSAFE_OK)
		return status;
	note_cut(session, "kernel map", &dump->layout.map);
	note_bitmap(session);
	note_surplus(session);
	session->findings.file_base = session->base;
	return kvs_rebase(session, dump->arch->space(dump, &session->space, err), err);
}
