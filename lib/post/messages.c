/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message buffer as text: in order, cut into lines, priorities taken off.
 * Rule: sbin/dmesg/dmesg.c and sys/kern/subr_msgbuf.c, FreeBSD 12.1 to 15.
 */
#include <stdlib.h>
#include <string.h>

#include "post/msgbuf.h"
#include "util/error.h"

struct line {
	size_t start, bytes; /* in text, without mark and newline */
	int64_t priority;
	bool hidden;
};

struct kvmsafe_messages {
	struct kvs_memory memory;
	struct kvs_findings findings;
	enum kvmsafe_messages_source source;
	char *block; /* the ring, turned so that the oldest byte comes first */
	const char *text; /* in block, behind the leading NULs */
	size_t bytes; /* of text */
	bool starts_whole; /* NULs came first: the first line is not cut */
	struct line *lines;
	size_t nlines;
};

/* ---- Order ---- */

/* A run of NULs on the ring taken as a circle. */
struct gap {
	size_t end; /* index behind it, below the ring's length */
	size_t bytes;
};

/* The longest run of NULs, and how many there are. NUL is never logged: it marks unwritten space. */
static struct gap
longest_gap(const uint8_t *ring, size_t len, size_t *gaps)
{
	struct gap best = { 0, 0 };
	size_t first = 0, run = 0;

	*gaps = 0;
	while (first < len && ring[first] == 0)
		first++;
	/* From behind the run at the start, all the way round and through it. */
	for (size_t i = first; first < len && i <= first + len; i++) {
		const bool nul = i < first + len && ring[i % len] == 0;

		if (nul) {
			run++;
			continue;
		}
		if (run > 0) {
			++*gaps;
			if (run > best.bytes)
				best = (struct gap){ i % len, run };
		}
		run = 0;
	}
	return best;
}

/* Where the oldest byte is, by the bytes alone. */
static size_t
start_without_indices(struct kvmsafe_messages *messages, const struct kvs_ring *ring)
{
	size_t gaps;
	const struct gap gap = longest_gap(ring->bytes, ring->len, &gaps);

	if (gaps == 0)
		kvs_findings_note(&messages->findings, KVMSAFE_DAMAGED, KVMSAFE_NOWHERE, 0,
		    "msgbuf-start-unknown: no indices, and the ring is full: its order may be "
		    "wrong");
	if (gaps > 1)
		kvs_findings_note(&messages->findings, KVMSAFE_DAMAGED, KVMSAFE_NOWHERE, 0,
		    "msgbuf-start-guessed: no indices, and %zu gaps in the ring: taken to begin "
		    "behind "
		    "the longest",
		    gaps);
	/* A gap before the first byte of the turned ring marks it as whole: start at the gap. */
	return gaps == 0 ? 0 : (gap.end + ring->len - gap.bytes) % ring->len;
}

static void
check_sum(struct kvmsafe_messages *messages, const struct kvs_ring *ring)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < ring->len; i++)
		sum += ring->bytes[i];
	if (sum != ring->msgbuf.checksum)
		kvs_findings_note(&messages->findings, KVMSAFE_DAMAGED, KVMSAFE_VA,
		    ring->msgbuf.ring_va,
		    "msgbuf-checksum: %#x computed, %#llx stored: edited, torn, or still being "
		    "written",
		    (unsigned)sum, (unsigned long long)ring->msgbuf.checksum);
}

static bool
is_empty(const struct kvs_ring *ring)
{
	for (size_t i = 0; i < ring->len; i++)
		if (ring->bytes[i] != 0)
			return false;
	return true;
}

static size_t
start_of(struct kvmsafe_messages *messages, const struct kvs_ring *ring)
{
	const bool indices = ring->msgbuf.valid && ring->len == ring->msgbuf.size;

	messages->source = indices ? KVMSAFE_MESSAGES_MSGBUF : KVMSAFE_MESSAGES_RING;
	if (indices) {
		check_sum(messages, ring);
		return (size_t)(ring->msgbuf.write_seq % ring->msgbuf.size);
	}
	return is_empty(ring) ? 0 : start_without_indices(messages, ring);
}

static enum kvmsafe_status
turn(struct kvmsafe_messages *messages, const struct kvs_ring *ring, struct kvmsafe_error *err)
{
	const size_t start = start_of(messages, ring);
	size_t nuls = 0;
	void *block;
	const enum kvmsafe_status status =
	    kvs_alloc(&messages->memory, 1, ring->len, "messages", &block, err);

	if (status != KVMSAFE_OK)
		return status;
	messages->block = block;
	memcpy(messages->block, ring->bytes + start, ring->len - start);
	memcpy(messages->block + ring->len - start, ring->bytes, start);
	while (nuls < ring->len && messages->block[nuls] == '\0')
		nuls++;
	messages->text = messages->block + nuls;
	messages->bytes = ring->len - nuls;
	messages->starts_whole = nuls > 0;
	return KVMSAFE_OK;
}

/* ---- Lines ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "<N>" at the start of a line, N below 2^31. Returns its length, 0 if there is none. */
static size_t
priority_mark(const char *line, size_t len, int64_t *priority)
{
	int64_t n = 0;
	size_t i = 1;

	*priority = -1;
	if (len < 3 || line[0] != '<')
		return 0;
	while (i < len && is_digit(line[i]) && n <= INT32_MAX)
		n = n * 10 + (line[i++] - '0');
	if (i == 1 || i == len || line[i] != '>' || n > INT32_MAX)
		return 0;
	*priority = n;
	return i + 1;
}

static struct line
line_at(const struct kvmsafe_messages *messages, size_t start, size_t bytes)
{
	struct line line = { .priority = -1 };
	const size_t mark = priority_mark(messages->text + start, bytes, &line.priority);
	const bool cut = start == 0 && !messages->starts_whole;

	line.start = start + mark;
	line.bytes = bytes - mark;
	line.hidden = cut || line.priority >> 3 > 0; /* another facility than the kernel's */
	return line;
}

static size_t
line_end(const struct kvmsafe_messages *messages, size_t start)
{
	const char *const newline = memchr(messages->text + start, '\n', messages->bytes - start);

	return newline != NULL ? (size_t)(newline - messages->text) : messages->bytes;
}

static enum kvmsafe_status
cut_lines(struct kvmsafe_messages *messages, struct kvmsafe_error *err)
{
	size_t n = 0;
	enum kvmsafe_status status;
	void *block;

	for (size_t at = 0; at < messages->bytes; at = line_end(messages, at) + 1)
		n++;
	status =
	    kvs_alloc(&messages->memory, n, sizeof(struct line), "lines of messages", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	messages->lines = block;
	for (size_t at = 0; at < messages->bytes;) {
		const size_t end = line_end(messages, at);

		messages->lines[messages->nlines++] = line_at(messages, at, end - at);
		at = end + 1;
	}
	return KVMSAFE_OK;
}

/* ---- What the public header declares ---- */

static enum kvmsafe_status
fill(const struct kvmsafe_session *session, struct kvmsafe_messages *messages,
    struct kvmsafe_error *err)
{
	struct kvs_ring ring;
	enum kvmsafe_status status;

	status = kvs_ring_read(session, &messages->memory, &messages->findings, &ring, err);
	if (status != KVMSAFE_OK)
		return status;
	status = turn(messages, &ring, err);
	kvs_free(&messages->memory, ring.bytes);
	return status == KVMSAFE_OK ? cut_lines(messages, err) : status;
}

enum kvmsafe_status
kvmsafe_messages_create(
    const struct kvmsafe_session *session, struct kvmsafe_messages **out, struct kvmsafe_error *err)
{
	/* A budget of its own: the session is not to change. */
	struct kvs_memory memory = { .allocation_limit = session->limits.allocation,
		.limit = session->limits.memory };
	struct kvmsafe_messages *messages;
	void *block;
	enum kvmsafe_status status =
	    kvs_alloc(&memory, 1, sizeof(struct kvmsafe_messages), "messages", &block, err);

	if (status != KVMSAFE_OK)
		return status;
	messages = block;
	messages->memory = memory;
	kvs_findings_init(&messages->findings, &messages->memory, session->limits.findings);
	status = fill(session, messages, err);
	if (status != KVMSAFE_OK) {
		kvmsafe_messages_destroy(messages);
		return status;
	}
	*out = messages;
	return KVMSAFE_OK;
}

void
kvmsafe_messages_destroy(struct kvmsafe_messages *messages)
{
	struct kvs_memory memory;

	if (messages == NULL)
		return;
	kvs_free(&messages->memory, messages->lines);
	kvs_free(&messages->memory, messages->block);
	kvs_findings_fini(&messages->findings);
	memory = messages->memory;
	kvs_free(&memory, messages);
}

enum kvmsafe_messages_source
kvmsafe_messages_source(const struct kvmsafe_messages *messages)
{
	return messages->source;
}

bool
kvmsafe_messages_line(
    const struct kvmsafe_messages *messages, uint64_t n, struct kvmsafe_message *out)
{
	const struct line *line;

	if (n >= messages->nlines)
		return false;
	line = &messages->lines[n];
	*out = (struct kvmsafe_message){
		.text = messages->text + line->start,
		.bytes = line->bytes,
		.priority = line->priority,
		.hidden = line->hidden,
	};
	return true;
}

const char *
kvmsafe_messages_bytes(const struct kvmsafe_messages *messages, uint64_t *bytes)
{
	*bytes = messages->bytes;
	return messages->text;
}

bool
kvmsafe_messages_finding(
    const struct kvmsafe_messages *messages, uint64_t n, struct kvmsafe_error *out)
{
	return kvs_findings_get(&messages->findings, n, out);
}
