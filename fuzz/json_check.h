/* SPDX-License-Identifier: BSD-2-Clause */
/* A strict reader of JSON that is printable ASCII: RFC 8259, without recursion or memory. */
#ifndef KVS_FUZZ_JSON_CHECK_H
#define KVS_FUZZ_JSON_CHECK_H

#include <stdbool.h>
#include <stddef.h>

struct kvs_json {
	const char *text;
	size_t len;
};

/* Is it one value, and nothing besides? Deeper than 64 levels: no. */
bool kvs_json_is_valid(struct kvs_json json);

/* The value of a member of a valid object, as it is written; text NULL: it has none. */
struct kvs_json kvs_json_member(struct kvs_json object, const char *key);

/* Is the value written so? */
bool kvs_json_is(struct kvs_json value, const char *text);

#endif
