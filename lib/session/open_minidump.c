/* SPDX-License-Identifier: BSD-2-Clause */
/* Physical memory of a minidump: dump_avail, bitmap, pages, each as far as the file goes. */
#include <inttypes.h>

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
		    " on, the file has %" PRIu64 " of them",
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

/* 13-CURRENT's arm of autumn 2020 wrote 32-bit pairs; they show by the bitmap's size. */
static bool
is_32bit_avail(const struct kvs_dump_avail *avail, uint64_t bitmap_bytes, unsigned page_shift)
{
	const uint64_t words = (avail->pages + 31) / 32;
	uint64_t rounded;

	return avail->n > 0 && kvs_round_up(4 * words, page_shift, &rounded) &&
	    rounded == bitmap_bytes;
}

static enum kvmsafe_status
try_32bit_avail(struct kvmsafe_session *session, const struct kvs_view *view,
    struct kvs_dump_avail *avail, bool *took, struct kvmsafe_error *err)
{
	const struct kvs_dump *const dump = &session->dump;
	const struct kvs_avail_form form = { 4, dump->page_shift,
		UINT64_C(1) << dump->abi->pa_bits };
	struct kvs_findings scratch;
	enum kvmsafe_status status;

	kvs_findings_init(&scratch, &session->memory, 1);
	status = kvs_dump_avail_create(avail, &session->memory, view, &form, &scratch, err);
	*took = status == KVMSAFE_OK && kvs_findings_count(&scratch) == 0 &&
	    is_32bit_avail(avail, dump->header.bitmapsize, dump->page_shift);
	if (status == KVMSAFE_OK && !*took)
		kvs_dump_avail_fini(avail);
	kvs_findings_fini(&scratch);
	return status;
}

static enum kvmsafe_status
parse_avail(struct kvmsafe_session *session, const struct kvs_view *view,
    struct kvs_dump_avail *avail, struct kvmsafe_error *err)
{
	const struct kvs_dump *const dump = &session->dump;
	const struct kvs_avail_form form = { 8, dump->page_shift,
		UINT64_C(1) << dump->abi->pa_bits };
	struct kvs_findings first;
	enum kvmsafe_status status;
	bool failed, took = false;

	kvs_findings_init(&first, &session->memory, session->limits.findings);
	status = kvs_dump_avail_create(avail, &session->memory, view, &form, &first, err);
	failed = status == KVMSAFE_OK && (kvs_findings_count(&first) > 0 || avail->n == 0);
	if (failed && dump->arch->minidump->avail_maybe_32bit) {
		struct kvs_dump_avail other = { 0 };

		status = try_32bit_avail(session, view, &other, &took, err);
		if (took) {
			kvs_dump_avail_fini(avail);
			*avail = other;
		} else if (status != KVMSAFE_OK) {
			kvs_dump_avail_fini(avail);
		}
	}
	for (uint64_t i = 0; !took && i < kvs_findings_count(&first); i++) {
		struct kvmsafe_error finding;

		if (kvs_findings_get(&first, i, &finding))
			kvs_findings_add(&session->findings, &finding);
	}
	kvs_findings_fini(&first);
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
 * that it was made for those, believe it.
 */
static void
settle_pages_offset(struct kvmsafe_session *session, uint64_t pages)
{
	struct kvs_dump *const dump = &session->dump;
	const uint64_t bytes = pages << dump->page_shift;
	const uint64_t unpadded = dump->layout.pages_offset;
	const uint64_t file_bytes = kvmsafe_source_bytes(session->source);
	uint64_t padded, live;

	if (!dump->frame->map_unpadded || !kvs_round_up(unpadded, dump->page_shift, &padded) ||
	    padded == unpadded || unpadded + bytes == file_bytes)
		return;
	if (kvs_round_up(unpadded + bytes, dump->page_shift, &live) &&
	    live + KVS_KERNELDUMP_BYTES == file_bytes)
		return;
	if (padded + bytes != file_bytes)
		return;
	dump->layout.pages_offset = padded;
	kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, padded,
	    "guess: by the file's length its pages begin at 0x%" PRIx64
	    ", the map padded to a page",
	    padded);
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
		    "pages: %" PRIu64 " promised, the file ends after %" PRIu64 " of them",
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
	uint64_t most;

	if (session->base == 0 && kvs_round_up(end, page_shift, &most) && most < map->file_bytes &&
	    map->file_bytes - most >= UINT64_C(1) << page_shift)
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
