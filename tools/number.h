/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers and addresses as users type them. */
#ifndef TOOL_NUMBER_H
#define TOOL_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Decimal, or hexadecimal behind 0x. false: anything else, a sign, 2^64 or more. */
bool tool_number(const char *text, uint64_t *out);

/* As typed: a number, or a symbol with an offset. */
struct tool_address {
	const char *text; /* the operand: the symbol is its first symbol_bytes */
	size_t symbol_bytes; /* 0: offset is the address */
	uint64_t offset;
};

/* What begins with a digit or a sign is a number. false: neither number nor SYMBOL[+OFFSET]. */
bool tool_address_parse(const char *text, struct tool_address *out);

#endif
