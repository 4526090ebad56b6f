/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading from any source: never beyond its length, and on until all is there or it ends. */
#include "source/source.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>

#include "util/checked.h"
#include "util/error.h"

enum kvmsafe_status
kvs_source_create(const struct kvs_source_class *class, uint64_t bytes, struct kvmsafe_source **out,
    struct kvmsafe_error *err)
{
	/* Sources are made before there is a session with a budget. */
	struct kvmsafe_source *const source = calloc(1, sizeof(*source));

	if (source == NULL)
		return kvs_fail(err, KVMSAFE_NO_MEMORY, "source: no memory left for %zu bytes",
		    sizeof(*source));
	source->class = class;
	source->bytes = bytes;
	*out = source;
	return KVMSAFE_OK;
}

uint64_t
kvmsafe_source_bytes(const struct kvmsafe_source *source)
{
	return source->bytes;
}

enum kvmsafe_status
kvmsafe_source_read(const struct kvmsafe_source *source, uint64_t offset, void *buf, size_t len,
    size_t *got, struct kvmsafe_error *err)
{
	const uint64_t left = offset < source->bytes ? source->bytes - offset : 0;
	const size_t want = (size_t)kvs_min(len, left);
	enum kvmsafe_status status = KVMSAFE_OK;
	size_t done = 0, part;

	/* *got only at the end: where it lies in buf, bytes of the file would steer the loop. */
	while (done < want) {
		part = 0;
		status = source->class->read_some(
		    source, offset + done, (uint8_t *)buf + done, want - done, &part, err);
		if (part == 0)
			break; /* it failed, or is shorter than it said: a file that shrank */
		assert(part <= want - done);
		done += part;
	}
	*got = done;
	if (status != KVMSAFE_OK || done == len)
		return status;
	return kvs_fail_at(err, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET, offset + done,
	    "%zu bytes at offset %" PRIu64 " expected, the source ends after %" PRIu64, len, offset,
	    done < want ? offset + done : source->bytes);
}

void
kvmsafe_source_close(struct kvmsafe_source *source)
{
	if (source == NULL)
		return;
	if (source->class->fini != NULL)
		source->class->fini(source);
	free(source);
}
