/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual address to its bytes in the file, and the public translation, which is the same. */
#include "session/locate.h"

#include <inttypes.h>

#include "util/error.h"

enum kvmsafe_status
kvs_locate(const struct kvmsafe_session *session, uint64_t va, struct kvmsafe_translation *out,
    struct kvmsafe_error *err)
{
	struct kvs_extent extent;
	enum kvmsafe_status status = kvs_space_find(&session->space, va, out, err);

	if (status != KVMSAFE_OK || out->file_offset != KVMSAFE_NONE)
		return status; /* failed, or went straight to the file */
	status = kvs_physical_find(&session->physical, out->pa, &extent);
	out->bytes = kvs_min(out->bytes, extent.bytes);
	out->file_offset = extent.file_offset;
	if (status != KVMSAFE_OK)
		return kvs_fail_at(err, status, KVMSAFE_VA, va, "page at PA 0x%" PRIx64 ": %s",
		    out->pa, kvs_physical_reason(status));
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvmsafe_translate(const struct kvmsafe_session *session, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err)
{
	return kvs_locate(session, va, out, err);
}
