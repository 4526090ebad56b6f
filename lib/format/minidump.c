/* SPDX-License-Identifier: BSD-2-Clause */
/* The minidump's frame: header fields by table, regions by arithmetic. */
#include "format/minidump.h"

#include <string.h>

#include "util/checked.h"
#include "util/error.h"

static uint64_t
field(struct kvs_view *view, struct kvs_field where)
{
	return where.width == 0 ? 0 : kvs_view_uint(view, where.offset, where.width);
}

static struct kvs_region
region(uint64_t offset, uint64_t bytes, uint64_t file_bytes)
{
	const uint64_t left = offset < file_bytes ? file_bytes - offset : 0;

	return (struct kvs_region){ offset, bytes, kvs_min(bytes, left) };
}

/* Sizes are 32-bit fields, so this cannot wrap. */
static uint64_t
padded(uint64_t bytes, unsigned page_shift)
{
	const uint64_t mask = (UINT64_C(1) << page_shift) - 1;

	return (bytes + mask) & ~mask;
}

enum kvmsafe_status
kvs_header_read(const struct kvs_frame *frame, struct kvs_view *view, struct kvs_header *out,
    struct kvmsafe_error *err)
{
	struct kvs_header header = {
		.version = frame->version,
		.msgbufsize = field(view, frame->msgbufsize),
		.bitmapsize = field(view, frame->bitmapsize),
		.mapsize = field(view, frame->mapsize),
		.dumpavailsize = field(view, frame->dumpavailsize),
		.kernbase = field(view, frame->kernbase),
		.dmapbase = field(view, frame->dmapbase),
		.dmapend = field(view, frame->dmapend),
		.dmapphys = field(view, frame->dmapphys),
	};

	for (size_t i = 0; i < KVS_OWN_FIELDS; i++)
		header.own[i] = field(view, frame->own[i]);
	if (view->len < frame->header_bytes) /* all fields are in these */
		return kvs_fail_at(err, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET, view->len,
		    "minidump header: version %u has %u bytes, the file ends after %zu",
		    (unsigned)frame->version, (unsigned)frame->header_bytes, view->len);
	*out = header;
	return KVMSAFE_OK;
}

bool
kvs_minidump_magic_is(const struct kvs_view *view, const char *magic)
{
	const size_t len = strlen(magic) + 1; /* "minidump FreeBSD/arm" begins that of arm64 */

	return len <= view->len && memcmp(view->bytes, magic, len) == 0;
}

void
kvs_layout_compute(const struct kvs_frame *frame, const struct kvs_header *header,
    unsigned page_shift, uint64_t base, uint64_t file_bytes, struct kvs_layout *out)
{
	uint64_t offset = base + (UINT64_C(1) << page_shift);

	out->msgbuf = region(offset, header->msgbufsize, file_bytes);
	out->msgbuf_padded =
	    region(offset, padded(header->msgbufsize, page_shift), file_bytes).present;
	offset += padded(header->msgbufsize, page_shift);
	out->avail = region(offset, header->dumpavailsize, file_bytes);
	offset += padded(header->dumpavailsize, page_shift);
	out->bitmap = region(offset, header->bitmapsize, file_bytes);
	offset += padded(header->bitmapsize, page_shift);
	out->map = region(offset, header->mapsize, file_bytes);
	/* arm's minidumpsys() writes exactly ptesize bytes: FreeBSD 12.1 to 15 arm */
	offset += frame->map_unpadded ? header->mapsize : padded(header->mapsize, page_shift);
	out->pages_offset = offset;
}
