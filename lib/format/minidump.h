/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The frame that all minidumps share: a header described by a table of fields, then regions in a
 * fixed order, each rounded up to a page, each as far as the file goes.
 * Rule: sys/<machine>/<machine>/minidump_machdep.c, FreeBSD 8 to 15.
 */
#ifndef KVS_FORMAT_MINIDUMP_H
#define KVS_FORMAT_MINIDUMP_H

#include <kvmsafe/kvmsafe.h>

#include "source/view.h"

#define KVS_MINIDUMP_MAGIC_MAX 32
#define KVS_MINIDUMP_HEADER_MAX 256
#define KVS_OWN_FIELDS 4

struct kvs_field {
	uint16_t offset;
	uint8_t width; /* bytes; 0: not in this version */
};

/* One version of a machine's header. */
struct kvs_frame {
	uint32_t version;
	uint16_t header_bytes; /* used ones: these must be in the file */
	struct kvs_field msgbufsize, bitmapsize, mapsize, dumpavailsize;
	struct kvs_field kernbase, dmapbase, dmapend, dmapphys;
	struct kvs_field own[KVS_OWN_FIELDS]; /* what one machine alone has, in its own order */
	uint8_t bitmap_word; /* bytes of the writer's words: 4, 8; 0: of a pointer (a long) */
	bool map_unpadded; /* arm: pages follow the map without rounding */
};

struct kvs_header {
	uint32_t version;
	uint64_t msgbufsize, bitmapsize, mapsize, dumpavailsize; /* bytes; fit in 32 bits */
	uint64_t kernbase, dmapbase, dmapend, dmapphys;
	uint64_t own[KVS_OWN_FIELDS];
};

/* Read the fields of a frame. TRUNCATED: the file ends inside the used bytes. */
enum kvmsafe_status kvs_header_read(const struct kvs_frame *frame, struct kvs_view *view,
    struct kvs_header *out, struct kvmsafe_error *err);

/* Does view begin with `magic` and its zero? */
bool kvs_minidump_magic_is(const struct kvs_view *view, const char *magic);

struct kvs_region {
	uint64_t offset, bytes; /* as promised */
	uint64_t present; /* of bytes: those in the file */
};

struct kvs_layout {
	struct kvs_region msgbuf, avail, bitmap, map;
	uint64_t msgbuf_padded; /* bytes of it and its rounding tail that the file has */
	uint64_t pages_offset;
};

/*
 * Where everything lies in a file whose minidump begins at `base` (below 2^17: behind a kernel dump
 * header). Cannot fail: sizes are 32-bit, sums are 64-bit.
 */
void kvs_layout_compute(const struct kvs_frame *frame, const struct kvs_header *header,
    unsigned page_shift, uint64_t base, uint64_t file_bytes, struct kvs_layout *out);

#endif
