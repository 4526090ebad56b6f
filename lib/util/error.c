/* SPDX-License-Identifier: BSD-2-Clause */
/* How an error is filled: the text is formatted, made printable and cut to its room. */
#include "util/error.h"

#include <stdio.h>
#include <string.h>

#define TEXT_BYTES sizeof(((struct kvmsafe_error *)NULL)->message)

static bool
printable(unsigned char c)
{
	return c >= 0x20 && c < 0x7f;
}

static size_t
width_of(char c)
{
	return printable((unsigned char)c) ? 1 : 4;
}

/* Names and strings in messages come from the file, so from whoever made it: no control bytes. */
static void
escape(char *to, size_t size, const char *from)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t used = 0;

	for (; *from != '\0'; from++) {
		const unsigned char c = (unsigned char)*from;
		const size_t width = width_of(*from);

		if (used + width >= size)
			break;
		if (width == 1) {
			to[used] = *from;
		} else {
			to[used] = '\\';
			to[used + 1] = 'x';
			to[used + 2] = digits[c >> 4];
			to[used + 3] = digits[c & 15];
		}
		used += width;
	}
	to[used] = '\0';
}

/* The XSI strerror_r; under _GNU_SOURCE its namesake returns a pointer and this does not compile. */
static void
append_errno(char *text, size_t size, int sys_errno)
{
	const size_t used = strlen(text);
	char reason[96];

	if (strerror_r(sys_errno, reason, sizeof(reason)) != 0)
		(void)snprintf(reason, sizeof(reason), "errno %d", sys_errno);
	(void)snprintf(text + used, size - used, ": %s", reason);
}

void
kvs_error_fill(
    struct kvmsafe_error *err, const struct kvs_failure *failure, const char *format, va_list args)
{
	char text[TEXT_BYTES];

	if (err == NULL)
		return;
	if (vsnprintf(text, sizeof(text), format, args) < 0)
		text[0] = '\0';
	if (failure->sys_errno != 0)
		append_errno(text, sizeof(text), failure->sys_errno);
	memset(err, 0, sizeof(*err));
	err->status = (int32_t)failure->status;
	err->sys_errno = failure->sys_errno;
	err->place = (int32_t)failure->place;
	err->at = failure->at;
	escape(err->message, sizeof(err->message), text);
}

enum kvmsafe_status
kvs_fail(struct kvmsafe_error *err, enum kvmsafe_status status, const char *format, ...)
{
	const struct kvs_failure failure = { .status = status };
	va_list args;

	va_start(args, format);
	kvs_error_fill(err, &failure, format, args);
	va_end(args);
	return status;
}

enum kvmsafe_status
kvs_fail_at(struct kvmsafe_error *err, enum kvmsafe_status status, enum kvmsafe_place place,
    uint64_t at, const char *format, ...)
{
	const struct kvs_failure failure = { .status = status, .place = place, .at = at };
	va_list args;

	va_start(args, format);
	kvs_error_fill(err, &failure, format, args);
	va_end(args);
	return status;
}

enum kvmsafe_status
kvs_fail_errno(struct kvmsafe_error *err, int sys_errno, enum kvmsafe_place place, uint64_t at,
    const char *format, ...)
{
	const struct kvs_failure failure = {
		.status = KVMSAFE_IO, .sys_errno = sys_errno, .place = place, .at = at
	};
	va_list args;

	va_start(args, format);
	kvs_error_fill(err, &failure, format, args);
	va_end(args);
	return KVMSAFE_IO;
}

/* In front of the words: of a name that is too long, what tells it from its neighbours. */
static void
put_name(struct kvmsafe_error *err, const char *name)
{
	static const char dots[] = "...";
	const char *from = name + strlen(name);
	char words[TEXT_BYTES];
	size_t used = strlen(dots) + strlen(err->message);

	memcpy(words, err->message, sizeof(words));
	while (from > name && used + width_of(from[-1]) < sizeof(words))
		used += width_of(*--from);
	used = from > name ? strlen(dots) : 0;
	memcpy(err->message, dots, used);
	escape(err->message + used, sizeof(err->message) - used, from);
	used = strlen(err->message);
	(void)snprintf(err->message + used, sizeof(err->message) - used, "%s", words);
}

enum kvmsafe_status
kvs_fail_file(struct kvmsafe_error *err, int sys_errno, const char *name, const char *words)
{
	const enum kvmsafe_status status =
	    kvs_fail_errno(err, sys_errno, KVMSAFE_NOWHERE, 0, ": %s", words);

	if (err != NULL)
		put_name(err, name);
	return status;
}

enum kvmsafe_status
kvs_fail_as(struct kvmsafe_error *err, const struct kvmsafe_error *why)
{
	if (err != NULL)
		*err = *why;
	return (enum kvmsafe_status)why->status;
}

bool
kvs_status_is_absence(enum kvmsafe_status status)
{
	return status == KVMSAFE_DAMAGED ||
	    (status >= KVMSAFE_NOT_DUMPED && status <= KVMSAFE_KERNEL_NEEDED);
}

const char *
kvmsafe_status_name(enum kvmsafe_status status)
{
	static const struct {
		enum kvmsafe_status status;
		const char *name;
	} names[] = {
		{ KVMSAFE_OK, "OK" },
		{ KVMSAFE_USAGE, "USAGE" },
		{ KVMSAFE_IO, "IO" },
		{ KVMSAFE_NO_MEMORY, "NO_MEMORY" },
		{ KVMSAFE_NOT_A_DUMP, "NOT_A_DUMP" },
		{ KVMSAFE_UNSUPPORTED, "UNSUPPORTED" },
		{ KVMSAFE_DAMAGED, "DAMAGED" },
		{ KVMSAFE_BAD_KERNEL, "BAD_KERNEL" },
		{ KVMSAFE_NOT_DUMPED, "NOT_DUMPED" },
		{ KVMSAFE_OUTSIDE_MEMORY, "OUTSIDE_MEMORY" },
		{ KVMSAFE_TRUNCATED, "TRUNCATED" },
		{ KVMSAFE_NOT_MAPPED, "NOT_MAPPED" },
		{ KVMSAFE_NOT_FOUND, "NOT_FOUND" },
		{ KVMSAFE_NO_MAP, "NO_MAP" },
		{ KVMSAFE_KERNEL_NEEDED, "KERNEL_NEEDED" },
		{ KVMSAFE_LIMIT, "LIMIT" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].status == status)
			return names[i].name;
	return "UNKNOWN";
}
