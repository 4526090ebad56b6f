/* SPDX-License-Identifier: BSD-2-Clause */
/* Errors byte by byte: place and number as given, words printable and cut where the room ends. */
#include "fuzz/util_error.h"

#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "fuzz/check.h"
#include "util/error.h"

/* Are the words printable, and `from` escaped and cut to its room? */
static void
check_escaped(const char *have, const char *from)
{
	static const char digits[] = "0123456789ABCDEF";
	const size_t room = sizeof(((struct kvmsafe_error *)NULL)->message) - 1;
	size_t at = 0;

	for (; *from != '\0'; from++) {
		const unsigned char c = (unsigned char)*from;
		const size_t width = c >= 32 && c <= 126 ? 1 : 4;

		if (width > room - at)
			break;
		if (width == 1)
			CHECK(have[at] == *from);
		else
			CHECK(have[at] == '\\' && have[at + 1] == 'x' &&
			    have[at + 2] == digits[c / 16] && have[at + 3] == digits[c % 16]);
		at += width;
	}
	CHECK(have[at] == '\0');
}

static void
check_error(const struct kvmsafe_error *err, enum kvmsafe_status status, enum kvmsafe_place place,
    uint64_t at, int sys_errno)
{
	CHECK(err->status == (int)status && err->place == (int)place && err->at == at);
	CHECK(err->sys_errno == sys_errno && err->reserved == 0);
}

/* Errors that are handed on, and nowhere to put them. */
static void
check_passing_on(struct kvmsafe_error *err, const char *text)
{
	struct kvmsafe_error copy;

	CHECK(kvs_fail_as(&copy, err) == (enum kvmsafe_status)err->status);
	CHECK(memcmp(&copy, err, sizeof(copy)) == 0);
	CHECK(kvs_fail_as(NULL, err) == (enum kvmsafe_status)err->status);
	CHECK(kvs_fail(NULL, KVMSAFE_USAGE, "%s", text) == KVMSAFE_USAGE);
	/* a format that cannot be carried out leaves no words, not half of them */
	CHECK(kvs_fail(err, KVMSAFE_USAGE, "half %lc", (wint_t)0x7fffffff) == KVMSAFE_USAGE);
	CHECK(err->message[0] == '\0');
}

/* A file's name: whole, or as much of its end as the words leave, which are always all there. */
static void
check_file_error(const char *name, int sys_errno)
{
	static const char words[] = ": cannot be opened: ";
	struct kvmsafe_error err;
	size_t shown, width = 0;
	char part[512];

	memset(&err, 0xa5, sizeof(err));
	CHECK(kvs_fail_file(NULL, sys_errno, name, "cannot be opened") == KVMSAFE_IO);
	CHECK(kvs_fail_file(&err, sys_errno, name, "cannot be opened") == KVMSAFE_IO);
	check_error(&err, KVMSAFE_IO, KVMSAFE_NOWHERE, 0, sys_errno);
	for (shown = sizeof(err.message); shown > 0; shown--) /* the last of such words */
		if (strncmp(err.message + shown - 1, words, strlen(words)) == 0)
			break;
	CHECK(shown-- > 0);
	CHECK(sys_errno != 255 || strcmp(err.message + shown + strlen(words), "errno 255") == 0);
	for (size_t i = 0; name[i] != '\0'; i++)
		width += name[i] >= ' ' && name[i] <= '~' ? 1 : 4;
	(void)snprintf(part, sizeof(part), "%.*s", (int)shown, err.message);
	if (width + strlen("...") + strlen(err.message + shown) < sizeof(err.message)) {
		CHECK(shown == width);
		check_escaped(part, name);
		return;
	}
	/* at most what an escape leaves is not used; the name's last bytes, one by one */
	CHECK(strncmp(part, "...", 3) == 0 && strlen(err.message) + 4 >= sizeof(err.message));
	while (width > shown - 3) {
		width -= *name >= ' ' && *name <= '~' ? 1 : 4;
		name++;
	}
	CHECK(width == shown - 3);
	check_escaped(part + 3, name);
}

void
kvs_util_error(struct kvs_tape *tape)
{
	const uint8_t how = kvs_tape_byte(tape);
	const int sys_errno = kvs_tape_byte(tape);
	const uint64_t at = kvs_tape_number(tape);
	const size_t len = kvs_tape_number(tape) & 511;
	const uint8_t *const bytes = kvs_tape_bytes(tape, len);
	struct kvmsafe_error err;
	char text[512], expected[sizeof(err.message)];

	if (bytes == NULL)
		return;
	memcpy(text, bytes, len);
	text[len] = '\0';
	/* what vsnprintf leaves: its room's worth */
	(void)snprintf(expected, sizeof(expected), "%.*s", (int)sizeof(expected) - 1, text);
	memset(&err, 0xa5, sizeof(err));
	CHECK(kvs_fail(&err, KVMSAFE_DAMAGED, "%s", text) == KVMSAFE_DAMAGED);
	check_error(&err, KVMSAFE_DAMAGED, KVMSAFE_NOWHERE, 0, 0);
	check_escaped(err.message, expected);
	memset(&err, 0xa5, sizeof(err));
	CHECK(kvs_fail_at(&err, KVMSAFE_LIMIT, KVMSAFE_PA, at, "%s", text) == KVMSAFE_LIMIT);
	check_error(&err, KVMSAFE_LIMIT, KVMSAFE_PA, at, 0);
	check_escaped(err.message, expected);
	CHECK(kvs_fail_errno(&err, sys_errno, KVMSAFE_VA, at, "%s", text) == KVMSAFE_IO);
	check_error(&err, KVMSAFE_IO, KVMSAFE_VA, at, sys_errno);
	if (sys_errno == 255) { /* no system has it */
		const size_t used = strlen(expected);

		(void)snprintf(expected + used, sizeof(expected) - used, ": errno 255");
		check_escaped(err.message, expected);
	} else if (sys_errno != 0 && strlen(text) < 20 && !memchr(text, ':', strlen(text))) {
		CHECK(strstr(err.message, ": ") != NULL);
	}
	if (sys_errno != 0)
		check_file_error(text, sys_errno);
	if (how & 1)
		check_passing_on(&err, text);
}
