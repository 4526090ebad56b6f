/* SPDX-License-Identifier: BSD-2-Clause */
/* The encoding of vis(3) with flags 0 in the C locale: contrib/libc-vis/vis.c of FreeBSD. */
#include "escape.h"

#include <stdbool.h>
#include <string.h>

static bool
is_plain(unsigned char byte)
{
	return (byte >= 0x20 && byte <= 0x7e && byte != '\\') || byte == '\t' || byte == '\n';
}

static char
octal(unsigned digit)
{
	return (char)('0' + (digit & 7));
}

size_t
tool_escape_byte(unsigned char byte, char out[TOOL_ESCAPED_MAX])
{
	const unsigned low = byte & 0x7fU;
	size_t n = 0;

	if (is_plain(byte)) {
		out[n++] = (char)byte;
	} else if (byte == '\\') {
		out[n++] = '\\';
		out[n++] = '\\';
	} else if (low == ' ') { /* \M- and a space would not be seen: vis writes octal */
		out[n++] = '\\';
		out[n++] = octal(byte >> 6);
		out[n++] = octal(byte >> 3);
		out[n++] = octal(byte);
	} else {
		out[n++] = '\\';
		if (byte & 0x80)
			out[n++] = 'M';
		out[n++] = low < 0x20 || low == 0x7f ? '^' : '-';
		out[n++] = (char)(low == 0x7f ? '?' : low < 0x20 ? low + '@' : low);
	}
	out[n] = '\0';
	return n;
}

void
tool_escape(FILE *out, const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		char text[TOOL_ESCAPED_MAX];
		const size_t n = tool_escape_byte((unsigned char)bytes[i], text);

		if (fwrite(text, 1, n, out) != n)
			return;
	}
}

static size_t
escape_in_line(char c, char out[TOOL_ESCAPED_MAX])
{
	if (c != '\t' && c != '\n')
		return tool_escape_byte((unsigned char)c, out);
	memcpy(out, c == '\t' ? "\\^I" : "\\^J", 4);
	return 3;
}

void
tool_escape_name(FILE *out, const char *name)
{
	for (; *name != '\0'; name++) {
		char text[TOOL_ESCAPED_MAX];

		(void)escape_in_line(*name, text);
		(void)fputs(text, out);
	}
}

void
tool_escape_string(const char *string, char *out, size_t size)
{
	size_t used = 0;

	for (; *string != '\0'; string++) {
		char text[TOOL_ESCAPED_MAX];
		const size_t n = escape_in_line(*string, text);

		if (n >= size - used)
			break;
		memcpy(out + used, text, n);
		used += n;
	}
	out[used] = '\0';
}
