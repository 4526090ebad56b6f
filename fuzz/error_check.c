/* SPDX-License-Identifier: BSD-2-Clause */
/* An error's words: printable, and ended within their room. Without an error: untouched. */
#include "fuzz/error_check.h"

#include <string.h>

#include "fuzz/check.h"

#define UNTOUCHED 0xa5

void
kvs_error_init(struct kvmsafe_error *err)
{
	memset(err, UNTOUCHED, sizeof(*err));
}

void
kvs_error_after(enum kvmsafe_status status, const struct kvmsafe_error *err)
{
	const uint8_t *const bytes = (const uint8_t *)err;

	if (status != KVMSAFE_OK)
		kvs_error_check(status, err);
	else
		CHECK(bytes[0] == UNTOUCHED && memcmp(bytes, bytes + 1, sizeof(*err) - 1) == 0);
}

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
