/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes bytes as rows, numbers, text or as they are. */
#include "bytes.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "escape.h"
#include "table.h"

#define ROW 16

size_t
tool_bytes_unit(uint32_t format)
{
	static const struct {
		uint32_t format;
		size_t bytes;
	} units[] = { { TOOL_BIT(TOOL_U8), 1 }, { TOOL_BIT(TOOL_U16), 2 },
		{ TOOL_BIT(TOOL_U32), 4 }, { TOOL_BIT(TOOL_U64), 8 }, { TOOL_BIT(TOOL_HEX), ROW } };

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].format == format)
			return units[i].bytes;
	return 1;
}

/* Printing byte by byte would take most of the time of a long dump. */
static void
write_row(uint64_t at, const unsigned char *row, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	char hex[3 * ROW + 2], text[ROW + 1];
	size_t n = 0;

	for (size_t i = 0; i < ROW; i++) {
		const bool plain = i < len && row[i] >= 0x20 && row[i] <= 0x7e;

		if (i == ROW / 2)
			hex[n++] = ' ';
		hex[n++] = ' ';
		hex[n++] = (char)(i < len ? digits[row[i] >> 4] : ' ');
		hex[n++] = (char)(i < len ? digits[row[i] & 15] : ' ');
		text[i] = (char)(i >= len ? '\0' : plain ? row[i] : '.');
	}
	hex[n] = '\0';
	text[ROW] = '\0';
	(void)printf("0x%016" PRIx64 " %s  |%s|\n", at, hex, text);
}

static uint64_t
load(const unsigned char *bytes, size_t len, bool big_endian)
{
	uint64_t value = 0;

	for (size_t i = 0; i < len; i++)
		value = value << 8 | bytes[big_endian ? i : len - 1 - i];
	return value;
}

static void
write_string(struct tool_bytes *writer, const unsigned char *piece, size_t len)
{
	for (size_t i = 0; i < len && !writer->ended; i++) {
		char text[TOOL_ESCAPED_MAX];

		if (piece[i] == '\0') {
			writer->ended = true;
		} else {
			(void)tool_escape_byte(piece[i], text);
			(void)fputs(text, stdout);
		}
	}
}

void
tool_bytes_write(struct tool_bytes *writer, const unsigned char *piece, size_t len)
{
	const size_t unit = tool_bytes_unit(writer->format);
	size_t i = 0;

	if (writer->format == TOOL_BIT(TOOL_RAW)) {
		(void)fwrite(piece, 1, len, stdout);
	} else if (writer->format == TOOL_BIT(TOOL_STRING)) {
		write_string(writer, piece, len);
	} else if (writer->format == TOOL_BIT(TOOL_HEX)) {
		for (; i < len; i += unit)
			write_row(writer->at + i, piece + i, len - i < unit ? len - i : unit);
	} else {
		for (; len - i >= unit; i += unit)
			(void)printf("0x%" PRIx64 "\n", load(piece + i, unit, writer->big_endian));
		writer->rest = (unsigned)(len - i);
		memcpy(writer->cut, piece + i, len - i);
	}
	writer->at += len;
}

void
tool_bytes_end(const struct tool_bytes *writer)
{
	if (writer->format == TOOL_BIT(TOOL_STRING))
		(void)fputc('\n', stdout);
	if (writer->rest == 0)
		return;
	(void)fflush(stdout);
	(void)fputs("kvmsafe: the number that was cut off begins with the bytes", stderr);
	for (unsigned i = 0; i < writer->rest; i++)
		(void)fprintf(stderr, " %02x", (unsigned)writer->cut[i]);
	(void)fputc('\n', stderr);
}
