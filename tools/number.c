/* SPDX-License-Identifier: BSD-2-Clause */
/* Strict numbers: strtoull takes signs, blanks and octal, so it is not used. */
#include "number.h"

#include <string.h>

static bool
digit(char c, unsigned base, unsigned *out)
{
	if (c >= '0' && c <= '9')
		*out = (unsigned)(c - '0');
	else if (base == 16 && c >= 'a' && c <= 'f')
		*out = (unsigned)(c - 'a') + 10;
	else if (base == 16 && c >= 'A' && c <= 'F')
		*out = (unsigned)(c - 'A') + 10;
	else
		return false;
	return true;
}

bool
tool_number(const char *text, uint64_t *out)
{
	const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	const unsigned base = hex ? 16 : 10;
	const char *c = hex ? text + 2 : text;
	uint64_t value = 0;

	if (*c == '\0')
		return false;
	for (; *c != '\0'; c++) {
		unsigned d;

		if (!digit(*c, base, &d) || value > (UINT64_MAX - d) / base)
			return false;
		value = value * base + d;
	}
	*out = value;
	return true;
}

bool
tool_address_parse(const char *text, struct tool_address *out)
{
	const char first = text[0];
	const char *plus;
	struct tool_address address = { .text = text };

	if ((first >= '0' && first <= '9') || first == '-' || first == '+' || first == '\0') {
		if (!tool_number(text, &address.offset))
			return false;
	} else {
		plus = strrchr(text, '+');
		address.symbol_bytes = plus != NULL ? (size_t)(plus - text) : strlen(text);
		if (plus != NULL && !tool_number(plus + 1, &address.offset))
			return false;
	}
	*out = address;
	return true;
}
