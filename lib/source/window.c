/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that is a part of another one; its offsets, also in errors, count from its own start. */
#include "source/source.h"

#include "util/checked.h"

static enum kvmsafe_status
read_some(const struct kvmsafe_source *source, uint64_t offset, void *buf, size_t len, size_t *got,
    struct kvmsafe_error *err)
{
	const struct kvmsafe_source *const parent = source->u.window.parent;
	const uint64_t start = source->u.window.offset;
	const enum kvmsafe_status status =
	    parent->class->read_some(parent, start + offset, buf, len, got, err);

	if (status != KVMSAFE_OK && err != NULL && err->place == KVMSAFE_FILE_OFFSET &&
	    err->at >= start)
		err->at -= start;
	return status;
}

static const struct kvs_source_class window_class = { .read_some = read_some };

enum kvmsafe_status
kvs_source_window(const struct kvmsafe_source *parent, uint64_t offset, uint64_t len,
    struct kvmsafe_source **out, struct kvmsafe_error *err)
{
	const uint64_t start = kvs_min(offset, parent->bytes);
	const uint64_t bytes = kvs_min(len, parent->bytes - start);
	const enum kvmsafe_status status = kvs_source_create(&window_class, bytes, out, err);

	if (status != KVMSAFE_OK)
		return status;
	(*out)->u.window.parent = parent;
	(*out)->u.window.offset = start;
	return KVMSAFE_OK;
}
