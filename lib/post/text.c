/* SPDX-License-Identifier: BSD-2-Clause */
/* Texts that a kernel keeps about itself: its version, why it panicked. */
#include <string.h>

#include "session/session.h"
#include "util/error.h"

#define PANIC_BYTES_MAX 256 /* vpanic()'s buffer: sys/kern/kern_shutdown.c */
#define VERSION_BYTES_MAX 1024

/* The caller's room, and how much of it was used. */
struct room {
	char *buf;
	size_t size; /* at least 1 */
	size_t len;
};

/* A string at va, of at most `most` bytes; what came before a hole is kept, before a failure is not. */
static enum kvmsafe_status
read_string(const struct kvmsafe_session *session, uint64_t va, uint64_t most, struct room *out,
    struct kvmsafe_error *err)
{
	const size_t want = (size_t)kvs_min(most, out->size - 1);
	size_t got;
	const enum kvmsafe_status status = kvmsafe_read_va(session, va, out->buf, want, &got, err);

	out->buf[got] = '\0';
	out->len = strlen(out->buf);
	if (out->len < got || (got > 0 && kvs_status_is_absence(status)))
		return KVMSAFE_OK;
	return status;
}

static enum kvmsafe_status
copy_text(const char *text, uint64_t bytes, struct room *out)
{
	/* A logged line may hold NULs. */
	out->len = strnlen(text, (size_t)kvs_min(bytes, out->size - 1));
	memcpy(out->buf, text, out->len);
	out->buf[out->len] = '\0';
	return KVMSAFE_OK;
}

static enum kvmsafe_status
version_text(const struct kvmsafe_session *session, struct room *out, struct kvmsafe_error *err)
{
	const char *const recorded = session->kerneldump.version_string;
	struct kvs_value at;
	enum kvmsafe_status status = kvs_provider_value(&session->provider, "version", &at, err);

	if (status != KVMSAFE_OK)
		return status;
	if (at.known)
		status = read_string(session, at.value,
		    kvs_min(at.bytes != 0 ? at.bytes : VERSION_BYTES_MAX, VERSION_BYTES_MAX), out,
		    err);
	if (recorded[0] != '\0' && (!at.known || kvs_status_is_absence(status)))
		return copy_text(recorded, strlen(recorded), out);
	if (at.known)
		return status;
	if (!kvs_provider_exists(&session->provider))
		return kvs_fail(err, KVMSAFE_KERNEL_NEEDED,
		    "version: only the kernel's symbols say where it is");
	return kvs_fail(err, KVMSAFE_NOT_FOUND, "version: not in the kernel's symbols");
}

/* The last line that begins "panic: ", which another boot may have logged too. */
static enum kvmsafe_status
logged_panic(const struct kvmsafe_session *session, struct room *out, struct kvmsafe_error *err)
{
	static const char mark[] = "panic: ";
	struct kvmsafe_messages *messages;
	struct kvmsafe_message line, last = { .text = NULL };
	enum kvmsafe_status status = kvmsafe_messages_create(session, &messages, err);

	if (status != KVMSAFE_OK)
		return status;
	for (uint64_t n = 0; kvmsafe_messages_line(messages, n, &line); n++)
		if (line.bytes >= sizeof(mark) - 1 &&
		    memcmp(line.text, mark, sizeof(mark) - 1) == 0)
			last = line;
	if (last.text != NULL)
		status = copy_text(last.text, last.bytes, out);
	else
		status = kvs_fail(err, KVMSAFE_NOT_FOUND, "panic: no such line was logged");
	kvmsafe_messages_destroy(messages);
	return status;
}

/* What panicstr points to. *none: it is 0. */
static enum kvmsafe_status
pointed_panic(
    const struct kvmsafe_session *session, struct room *out, bool *none, struct kvmsafe_error *err)
{
	const uint8_t pointer_bytes = session->dump.abi->pointer_bytes;
	struct kvs_value panicstr;
	uint8_t raw[8] = { 0 };
	uint64_t va;
	size_t got;
	enum kvmsafe_status status =
	    kvs_provider_value(&session->provider, "panicstr", &panicstr, err);

	if (status == KVMSAFE_OK && !panicstr.known)
		return kvs_fail(err, KVMSAFE_NOT_FOUND, "panicstr: not in the kernel's symbols");
	if (status == KVMSAFE_OK)
		status = kvmsafe_read_va(session, panicstr.value, raw, pointer_bytes, &got, err);
	if (status != KVMSAFE_OK)
		return status;
	va = kvs_load(raw, pointer_bytes, session->dump.order);
	*none = va == 0;
	return *none ? kvs_fail(err, KVMSAFE_NOT_FOUND, "panicstr: 0, so there was no panic")
		     : read_string(session, va, PANIC_BYTES_MAX, out, err);
}

/* Another way is tried only where one leads nowhere, not where the host fails. */
static enum kvmsafe_status
panic_text(const struct kvmsafe_session *session, struct room *out, struct kvmsafe_error *err)
{
	const char *const recorded = session->kerneldump.panic_string;
	bool none = false;
	enum kvmsafe_status status = pointed_panic(session, out, &none, err);

	if (none || !kvs_status_is_absence(status))
		return status;
	if (recorded[0] != '\0')
		return copy_text(recorded, strlen(recorded), out);
	status = logged_panic(session, out, err);
	if (!kvs_status_is_absence(status))
		return status; /* OK, or that the host has no memory says nothing about the dump */
	return kvs_fail(
	    err, KVMSAFE_NOT_FOUND, "panic: neither panicstr nor a line logged names one");
}

enum kvmsafe_status
kvmsafe_kernel_text(const struct kvmsafe_session *session, enum kvmsafe_text text, char *buf,
    size_t size, size_t *len, struct kvmsafe_error *err)
{
	struct room out = { .buf = buf, .size = size };
	struct kvmsafe_error why; /* of what was tried: an answer may come in spite of it */
	enum kvmsafe_status status;

	if (size == 0 || session->source == NULL)
		return kvs_fail(err, KVMSAFE_USAGE, "text: a dump and room for a NUL expected");
	switch (text) {
	case KVMSAFE_TEXT_VERSION:
		status = version_text(session, &out, &why);
		break;
	case KVMSAFE_TEXT_PANIC:
		status = panic_text(session, &out, &why);
		break;
	default:
		status = kvs_fail(
		    &why, KVMSAFE_USAGE, "text: version or panic expected, found %d", (int)text);
	}
	if (status != KVMSAFE_OK)
		return kvs_fail_as(err, &why);
	*len = out.len;
	return KVMSAFE_OK;
}
