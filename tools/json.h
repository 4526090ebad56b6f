/* SPDX-License-Identifier: BSD-2-Clause */
/* The JSON of every command: schema 1, as doc/kvmsafe-json.md states it. */
#ifndef TOOL_JSON_H
#define TOOL_JSON_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include <kvmsafe/error.h>

#define TOOL_SCHEMA 1

/* Each answers a new reference, or NULL when there is no memory. */

json_t *tool_json_hex(uint64_t value); /* "0x..." */
json_t *tool_json_place(uint64_t value); /* the same; null for KVMSAFE_NONE */
json_t *tool_json_count(uint64_t value); /* a number */
json_t *tool_json_text(const char *bytes, size_t len); /* a byte is the code point of its value */
/* The same as text, at once: a line of messages can be as long as the ring. */
void tool_json_write_text(FILE *out, const char *bytes, uint64_t len);
json_t *tool_json_protection(uint32_t protection); /* "rwx"; null: none known */
json_t *tool_json_error(const struct kvmsafe_error *err); /* E; null for KVMSAFE_OK */

/* Print and release an object (or NULL: no memory), with a newline; 0, or the exit code. */
int tool_json_print(json_t *object);

/* The same without newline, as a part of an answer that is written piece by piece. */
int tool_json_part(json_t *value);

/* {"schema": 1, "error": E} */
void tool_json_failure(const struct kvmsafe_error *err);

/* The letters of a protection: "rw". */
const char *tool_protection(uint32_t protection, char text[4]);

#endif
