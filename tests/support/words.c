/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of an answers file, and how a wrong one is reported. */
#include "support/words.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
wrong(struct place *place, const char *format, ...)
{
	va_list args;

	place->wrong++;
	if (place->wrong > SHOWN_MAX)
		return;
	printf("%s:%lu: ", place->path, place->line);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
}

bool
none(const char *word)
{
	return strcmp(word, "-") == 0;
}

uint64_t
number(const char *word)
{
	return none(word) ? KVMSAFE_NONE : strtoull(word, NULL, 0);
}

void
compare_number(struct place *place, const char *what, uint64_t expected, uint64_t found)
{
	if (expected != found)
		wrong(place, "%s: expected %#" PRIx64 ", found %#" PRIx64, what, expected, found);
}

void
compare_status(struct place *place, const char *what, const char *expected,
    enum kvmsafe_status found, const struct kvmsafe_error *err)
{
	if (strcmp(expected, kvmsafe_status_name(found)) != 0)
		wrong(place, "%s: expected %s, found %s (%s)", what, expected,
		    kvmsafe_status_name(found), found == KVMSAFE_OK ? "" : err->message);
}

void
compare_words(struct place *place, const char *what, const char *expected, const char *found)
{
	if (strcmp(expected, found != NULL ? found : "-") != 0)
		wrong(place, "%s: expected %s, found %s", what, expected, found);
}

/* Bytes against hexadecimal digits; "-" is none. */
void
compare_bytes(struct place *place, const char *what, const char *hex, const void *bytes, size_t len)
{
	const uint8_t *const have = bytes;
	const size_t want = none(hex) ? 0 : strlen(hex) / 2;

	if (want != len) {
		wrong(place, "%s: expected %zu bytes, found %zu", what, want, len);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		const char digits[] = { hex[2 * i], hex[2 * i + 1], 0 };

		if (strtoul(digits, NULL, 16) != have[i]) {
			wrong(place, "%s: byte %zu expected %s, found %02x", what, i, digits,
			    have[i]);
			return;
		}
	}
}

uint32_t
protection(const char *word)
{
	uint32_t bits = 0;

	bits |= strchr(word, 'r') != NULL ? KVMSAFE_READ : 0;
	bits |= strchr(word, 'w') != NULL ? KVMSAFE_WRITE : 0;
	bits |= strchr(word, 'x') != NULL ? KVMSAFE_EXECUTE : 0;
	return bits;
}
