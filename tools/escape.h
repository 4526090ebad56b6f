/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that nobody vouches for, made fit for a terminal. */
#ifndef TOOL_ESCAPE_H
#define TOOL_ESCAPE_H

#include <stddef.h>
#include <stdio.h>

#define TOOL_ESCAPED_MAX 5 /* bytes of an escaped byte, with the NUL behind them */

/* One byte as vis(3) with flags 0 writes it in the C locale; answers its length. */
size_t tool_escape_byte(unsigned char byte, char out[TOOL_ESCAPED_MAX]);

/* Write bytes escaped; errors stay in the stream. */
void tool_escape(FILE *out, const char *bytes, size_t len);

/* A name, which stays on its line: tabs and newlines are escaped too, as VIS_TAB | VIS_NL has it. */
void tool_escape_name(FILE *out, const char *name);

/* The same, into at most size bytes; cut where it does not fit. */
void tool_escape_string(const char *string, char *out, size_t size);

#endif
