/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that is the caller's buffer. */
#include "source/source.h"

#include <string.h>

#include "util/error.h"

static enum kvmsafe_status
read_some(const struct kvmsafe_source *source, uint64_t offset, void *buf, size_t len, size_t *got,
    struct kvmsafe_error *err)
{
	(void)err;
	memcpy(buf, source->u.memory + (size_t)offset, len);
	*got = len;
	return KVMSAFE_OK;
}

static const struct kvs_source_class memory_class = { .read_some = read_some };

enum kvmsafe_status
kvmsafe_source_memory(
    const void *bytes, size_t len, struct kvmsafe_source **out, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;

	if (bytes == NULL && len > 0)
		return kvs_fail(
		    err, KVMSAFE_USAGE, "source: %zu bytes of memory expected, found NULL", len);
	status = kvs_source_create(&memory_class, len, out, err);
	if (status == KVMSAFE_OK)
		(*out)->u.memory = bytes;
	return status;
}
