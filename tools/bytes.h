/* SPDX-License-Identifier: BSD-2-Clause */
/* How read writes the bytes it gets: a writer is fed pieces in order. */
#ifndef TOOL_BYTES_H
#define TOOL_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tool_bytes {
	uint32_t format; /* TOOL_BIT of one of TOOL_FORMATS */
	bool big_endian;
	bool ended; /* a string met its NUL: no more is wanted */
	uint64_t at; /* address of the next byte */
	unsigned rest; /* bytes of a number that the last piece cut off */
	unsigned char cut[8];
};

/* Bytes of one unit of a format: of --u32 4, of a row of --hex 16, else 1. */
size_t tool_bytes_unit(uint32_t format);

/* Every piece but the last is a multiple of the unit. Errors stay in stdout. */
void tool_bytes_write(struct tool_bytes *writer, const unsigned char *piece, size_t len);

/* Behind the last piece: end the line; a number that was cut off goes to stderr. */
void tool_bytes_end(const struct tool_bytes *writer);

#endif
