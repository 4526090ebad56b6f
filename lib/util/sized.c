/* SPDX-License-Identifier: BSD-2-Clause */
/* A caller built with a later header may have fields that we do not know, unless it uses them. */
#include "util/sized.h"

#include <string.h>

#include "util/error.h"

/* No header will know more: a size that was never set must not lead far out of the struct. */
#define SIZE_MOST 4096

enum kvmsafe_status
kvs_sized_check(const void *sized, size_t known, const char *what, struct kvmsafe_error *err)
{
	const unsigned char *const bytes = sized;
	size_t size;

	memcpy(&size, bytes, sizeof(size));
	if (size < known)
		return kvs_fail(
		    err, KVMSAFE_USAGE, "%s: size at least %zu, found %zu", what, known, size);
	if (size > SIZE_MOST)
		return kvs_fail(
		    err, KVMSAFE_USAGE, "%s: size at most %d, found %zu", what, SIZE_MOST, size);
	for (size_t i = known; i < size; i++)
		if (bytes[i] != 0)
			return kvs_fail(err, KVMSAFE_USAGE,
			    "%s: byte %zu is set, this library knows %zu bytes of it", what, i,
			    known);
	return KVMSAFE_OK;
}
