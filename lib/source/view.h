/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The sticky reader of fixed layouts: fields by offset, in the file's byte order. A field beyond
 * the view reads as 0 and is remembered, so a parser asks for all its fields and tests once.
 */
#ifndef KVS_SOURCE_VIEW_H
#define KVS_SOURCE_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "util/checked.h"
#include "util/load.h"

struct kvs_view {
	const uint8_t *bytes;
	size_t len;
	uint64_t file_offset; /* of bytes[0], for messages */
	enum kvs_order order;
	bool overran; /* a field was not there */
	uint64_t overran_at; /* file offset of the first such field */
};

static inline uint64_t
kvs_view_uint(struct kvs_view *view, size_t offset, unsigned width)
{
	if (kvs_within(offset, width, view->len))
		return kvs_load(view->bytes + offset, width, view->order);
	if (!view->overran)
		view->overran_at = view->file_offset + offset;
	view->overran = true;
	return 0;
}

#endif
