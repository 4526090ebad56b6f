/* SPDX-License-Identifier: BSD-2-Clause */
/* An error's words: printable, and ended within their room. */
#include "fuzz/error_check.h"

#include <string.h>

#include "fuzz/check.h"

void
kvs_error_check(enum kvmsafe_status status, const struct kvmsafe_error *err)
{
	const size_t len = strnlen(err->message, sizeof(err->message));

	CHECK(status != KVMSAFE_OK && err->status == (int)status);
	CHECK(len > 0 && len < sizeof(err->message));
	for (size_t i = 0; i < len; i++)
		CHECK(err->message[i] >= ' ' && err->message[i] <= '~');
	CHECK(strcmp(kvmsafe_status_name(status), "UNKNOWN") != 0);
}
