/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The message buffer as text: in order, cut into lines, priorities taken off.
 * Rule: sbin/dmesg/dmesg.c and sys/kern/subr_msgbuf.c, FreeBSD 12.1 to 15.
 */
#include <inttypes.h>
#include <string.h>

#include "post/msgbuf.h"

#define LINES_PER_MARK 16

/* A hostile ring can be all newlines: lines are found again from the mark before them. */
struct kvmsafe_messages {
	struct kvs_memory memory;
	struct kvs_findings findings;
	enum kvmsafe_messages_source source;
	struct kvs_ring ring; /* turned so that the oldest byte comes first */
	const char *text; /* in it, behind the leading NULs */
	size_t bytes; /* of text */
	bool starts_whole; /* NULs came first: the first line is not cut */
	uint64_t *marks; /* where each LINES_PER_MARK-th line starts in text */
	uint64_t nlines;
};

/* ---- Order ---- */

/* A run of NULs on the ring taken as a circle. */
struct gap {
	size_t end; /* index behind it, below the ring's length */
	size_t bytes;
};

/* Bytes of the run of NULs that the ring begins with from `at` on. */
static size_t
nuls_at(const uint8_t *ring, size_t len, size_t at)
{
	static const uint8_t none[64];
	size_t end = at;

	while (len - end >= sizeof(none) && memcmp(ring + end, none, sizeof(none)) == 0)
		end += sizeof(none);
	while (end < len && ring[end] == 0)
		end++;
	return end - at;
}

/* The longest run of NULs, and how many there are, in a ring with some other byte. NUL is never
   logged: it marks unwritten space. */
static struct gap
longest_gap(const uint8_t *ring, size_t len, size_t *gaps)
{
	const size_t first = nuls_at(ring, len, 0);
	struct gap best = { 0, 0 };
	size_t end;

	*gaps = 0;
	for (size_t at = first; at < len; at = end) {
		const uint8_t *const nul = memchr(ring + at, 0, len - at);
		const size_t start = nul != NULL ? (size_t)(nul - ring) : len;
		size_t run;

		end = start + nuls_at(ring, len, start);
		run = end - start;
		if (end == len)
			run += first; /* round the circle, through the run at the start */
		if (run > 0)
			++*gaps;
		if (run > best.bytes)
			best = (struct gap){ end == len ? first : end, run };
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
		    "behind the longest",
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
		    "msgbuf-checksum: %#x computed, 0x%" PRIx64
		    " stored: edited, torn, or still being written",
		    (unsigned)sum, ring->msgbuf.checksum);
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
	return nuls_at(ring->bytes, ring->len, 0) == ring->len
	    ? 0
	    : start_without_indices(messages, ring);
}

static void
reverse(uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len / 2; i++) {
		const uint8_t byte = bytes[i];

		bytes[i] = bytes[len - 1 - i];
		bytes[len - 1 - i] = byte;
	}
}

/* In place: a ring can be as large as the limit allows, and needs no second one. */
static void
turn(struct kvmsafe_messages *messages)
{
	struct kvs_ring *const ring = &messages->ring;
	const size_t start = start_of(messages, ring);
	size_t nuls;

	if (start > 0) {
		reverse(ring->bytes, start);
		reverse(ring->bytes + start, ring->len - start);
		reverse(ring->bytes, ring->len);
	}
	nuls = nuls_at(ring->bytes, ring->len, 0);
	messages->text = (const char *)ring->bytes + nuls;
	messages->bytes = ring->len - nuls;
	messages->starts_whole = nuls > 0;
}

/* ---- Lines ---- */

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "<N>" at the start of a line, N below 2^31. Returns its length, 0 if there is none. A line has a
   byte at `line`, if only its newline. */
static size_t
priority_mark(const char *line, size_t len, int64_t *priority)
{
	int64_t n = 0;
	size_t i = 1;

	*priority = -1;
	if (line[0] != '<')
		return 0;
	while (i < len && is_digit(line[i]) && n <= INT32_MAX)
		n = n * 10 + (line[i++] - '0');
	if (i == 1 || i == len || line[i] != '>' || n > INT32_MAX)
		return 0;
	*priority = n;
	return i + 1;
}

static size_t
line_end(const struct kvmsafe_messages *messages, size_t start)
{
	const char *const newline = memchr(messages->text + start, '\n', messages->bytes - start);

	return newline != NULL ? (size_t)(newline - messages->text) : messages->bytes;
}

static struct kvmsafe_message
line_at(const struct kvmsafe_messages *messages, size_t start)
{
	const char *const text = messages->text + start;
	const size_t bytes = line_end(messages, start) - start;
	struct kvmsafe_message line = { .priority = -1 };
	const size_t mark = priority_mark(text, bytes, &line.priority);
	const bool cut = start == 0 && !messages->starts_whole;

	line.text = text + mark;
	line.bytes = bytes - mark;
	line.hidden = cut || line.priority >> 3 > 0; /* another facility than the kernel's */
	return line;
}

static enum kvmsafe_status
mark_lines(struct kvmsafe_messages *messages, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	void *block;
	uint64_t n = 0;

	for (size_t at = 0; at < messages->bytes; at = line_end(messages, at) + 1)
		messages->nlines++;
	status = kvs_alloc(&messages->memory, messages->nlines / LINES_PER_MARK + 1,
	    sizeof(*messages->marks), "lines of messages", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	messages->marks = block;
	for (size_t at = 0; at < messages->bytes; at = line_end(messages, at) + 1, n++)
		if (n % LINES_PER_MARK == 0)
			messages->marks[n / LINES_PER_MARK] = at;
	return KVMSAFE_OK;
}

/* ---- What the public header declares ---- */

static enum kvmsafe_status
fill(const struct kvmsafe_session *session, struct kvmsafe_messages *messages,
    struct kvmsafe_error *err)
{
	const enum kvmsafe_status status =
	    kvs_ring_read(session, &messages->memory, &messages->findings, &messages->ring, err);

	if (status != KVMSAFE_OK)
		return status;
	turn(messages);
	return mark_lines(messages, err);
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
	kvs_free(&messages->memory, messages->marks);
	kvs_free(&messages->memory, messages->ring.bytes);
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
	size_t at;

	if (n >= messages->nlines)
		return false;
	at = (size_t)messages->marks[n / LINES_PER_MARK];
	for (uint64_t i = 0; i < n % LINES_PER_MARK; i++)
		at = line_end(messages, at) + 1;
	*out = line_at(messages, at);
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
