/* SPDX-License-Identifier: BSD-2-Clause */
/* Values as schema 1 writes them. */
#include "json.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <kvmsafe/kvmsafe.h>

#include "exit.h"

json_t *
tool_json_hex(uint64_t value)
{
	char text[2 + 16 + 1];

	(void)snprintf(text, sizeof(text), "0x%" PRIx64, value);
	return json_string(text);
}

json_t *
tool_json_place(uint64_t value)
{
	return value == KVMSAFE_NONE ? json_null() : tool_json_hex(value);
}

/* jansson's integers are signed: a hostile size above them is a real, as readers would take it. */
json_t *
tool_json_count(uint64_t value)
{
	if (value > INT64_MAX)
		return json_real((double)value);
	return json_integer((json_int_t)value);
}

json_t *
tool_json_text(const char *bytes, size_t len)
{
	char *const utf8 = len <= SIZE_MAX / 2 - 1 ? malloc(2 * len + 1) : NULL;
	json_t *string = NULL;
	size_t n = 0;

	if (utf8 == NULL)
		return NULL;
	for (size_t i = 0; i < len; i++) {
		const unsigned char byte = (unsigned char)bytes[i];

		if (byte < 0x80) {
			utf8[n++] = (char)byte;
		} else {
			utf8[n++] = (char)(0xc0 | byte >> 6);
			utf8[n++] = (char)(0x80 | (byte & 0x3f));
		}
	}
	string = json_stringn(utf8, n);
	free(utf8);
	return string;
}

void
tool_json_write_text(FILE *out, const char *bytes, uint64_t len)
{
	(void)putc('"', out);
	for (uint64_t i = 0; i < len; i++) {
		const unsigned char byte = (unsigned char)bytes[i];

		if (byte < 0x20 || byte > 0x7e)
			(void)fprintf(out, "\\u%04x", (unsigned)byte);
		else if (byte == '"' || byte == '\\')
			(void)fprintf(out, "\\%c", byte);
		else
			(void)putc(byte, out);
	}
	(void)putc('"', out);
}

const char *
tool_protection(uint32_t protection, char text[4])
{
	size_t n = 0;

	if (protection & KVMSAFE_READ)
		text[n++] = 'r';
	if (protection & KVMSAFE_WRITE)
		text[n++] = 'w';
	if (protection & KVMSAFE_EXECUTE)
		text[n++] = 'x';
	text[n] = '\0';
	return text;
}

json_t *
tool_json_protection(uint32_t protection)
{
	char text[4];

	return protection == 0 ? json_null() : json_string(tool_protection(protection, text));
}

static json_t *
place_name(int32_t place)
{
	if (place == KVMSAFE_FILE_OFFSET)
		return json_string("file");
	if (place == KVMSAFE_VA)
		return json_string("va");
	return place == KVMSAFE_PA ? json_string("pa") : json_null();
}

json_t *
tool_json_error(const struct kvmsafe_error *err)
{
	if (err->status == KVMSAFE_OK)
		return json_null();
	return json_pack("{s:s, s:o, s:o, s:s}", "status",
	    kvmsafe_status_name((enum kvmsafe_status)err->status), "place", place_name(err->place),
	    "at", err->place == KVMSAFE_NOWHERE ? json_null() : tool_json_hex(err->at), "message",
	    err->message);
}

/* What jansson takes for ASCII has one byte that is no character: DEL. It stands in strings alone.
   A failure to write stays in stdout, where tool_finish finds it. */
static int
put_printable(const char *bytes, size_t len, void *out)
{
	for (size_t i = 0; i < len; i++) {
		if (bytes[i] == 0x7f)
			(void)fputs("\\u007f", out);
		else
			(void)putc(bytes[i], out);
	}
	return 0;
}

int
tool_json_part(json_t *value)
{
	if (value == NULL)
		return tool_no_memory();
	(void)json_dump_callback(value, put_printable, stdout, JSON_ENSURE_ASCII | JSON_ENCODE_ANY);
	json_decref(value);
	return 0;
}

int
tool_json_print(json_t *object)
{
	const int code = tool_json_part(object);

	if (code == 0)
		(void)fputc('\n', stdout);
	return code;
}

void
tool_json_failure(const struct kvmsafe_error *err)
{
	(void)tool_json_print(
	    json_pack("{s:i, s:o}", "schema", TOOL_SCHEMA, "error", tool_json_error(err)));
}
