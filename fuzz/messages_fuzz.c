/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_messages_create, kvmsafe_messages_destroy, kvmsafe_messages_line,
 * kvmsafe_messages_bytes, kvmsafe_messages_source, kvmsafe_messages_finding */
/*
 * The order of the message ring and its lines against a naive reading. The ring is put into a small
 * amd64 minidump. Input: a byte (bit 0 a struct msgbuf behind the ring, bit 1 its magic is wrong,
 * bit 2 its size, bit 3 its seqmod; bits 4-5: the ring's length is the bytes, twice, four, eight
 * times them; bit 6 wseq, bit 7 rseq is 16 * length too large), u32 wseq, u32 rseq (both modulo
 * 16 * length), the ring's first bytes.
 */
#include <kvmsafe/kvmsafe.h>

#include <string.h>

#include "fuzz/check.h"

#define PAGE 4096
#define RING_MAX 3000
#define HEAD 9
#define FILE_BYTES (4 * PAGE)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint8_t file[FILE_BYTES];
static uint8_t want[2 * RING_MAX];
static size_t run_before[RING_MAX];

struct ring {
	const uint8_t *bytes;
	size_t len;
	bool trusted; /* the struct is there and right */
	uint64_t wseq;
};

static void
put(uint8_t *at, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static uint32_t
u32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Header, ring with its struct, an empty bitmap, an empty map. */
static void
build(const uint8_t *data, size_t len, struct ring *ring)
{
	const unsigned times = 1U << (data[0] >> 4 & 3);
	uint8_t *const tail = file + PAGE + len * times;
	const uint64_t seqmod = 16 * (uint64_t)len * times;

	memset(file, 0, sizeof(file));
	memcpy(file, "minidump FreeBSD/amd64", 22);
	put(file + 24, 4, 2);
	put(file + 28, 4, len * times);
	put(file + 32, 4, PAGE);
	put(file + 36, 4, PAGE);
	put(file + 40, 8, UINT64_C(0xfffffe0000000000));
	put(file + 48, 8, UINT64_C(0xfffff80000000000));
	put(file + 56, 8, UINT64_C(0xfffffc0000000000));
	memcpy(file + PAGE, data + HEAD, len);
	ring->bytes = file + PAGE;
	ring->len = len * times;
	ring->wseq = u32(data + 1) % seqmod;
	ring->trusted = (data[0] & 0xcf) == 1;
	if ((data[0] & 1) == 0)
		return;
	put(tail, 8, UINT64_C(0xfffff80000001000));
	put(tail + 8, 4, data[0] & 2 ? 0x63063 : 0x63062);
	put(tail + 12, 4, ring->len + (data[0] & 4 ? 1 : 0));
	put(tail + 16, 4, ring->wseq + (data[0] & 64 ? seqmod : 0));
	put(tail + 20, 4, u32(data + 5) % seqmod + (data[0] & 128 ? seqmod : 0));
	put(tail + 28, 4, data[0] & 8 ? 1 : seqmod);
}

/* Oldest byte first from `start` on, NULs in front left out. */
static size_t
rotate(const struct ring *ring, size_t start)
{
	size_t n = 0;

	for (size_t i = 0; i < ring->len; i++) {
		const uint8_t byte = ring->bytes[(start + i) % ring->len];

		if (n > 0 || byte != 0)
			want[n++] = byte;
	}
	return n;
}

/* The length of the run of NULs that ends before each byte, on the circle: all of a ring of NULs. */
static void
count_runs(const struct ring *ring)
{
	size_t n = 0;

	for (size_t i = 0; i < 2 * ring->len; i++) {
		run_before[i % ring->len] = n;
		if (ring->bytes[i % ring->len] != 0)
			n = 0;
		else if (n < ring->len)
			n++;
	}
}

static size_t
without_tail(const uint8_t *bytes, size_t len)
{
	while (len > 0 && bytes[len - 1] == 0)
		len--;
	return len;
}

/* Without indices: text begins behind a longest run of NULs, or where the ring does. */
static bool
fits_some_start(const struct ring *ring, const uint8_t *bytes, size_t len)
{
	size_t longest = 0;

	for (size_t i = 0; i < ring->len; i++)
		if (run_before[i] > longest)
			longest = run_before[i];
	for (size_t i = 0; i < ring->len; i++) {
		size_t n;

		if (run_before[i] != longest || (longest == 0 && i > 0))
			continue;
		n = without_tail(want, rotate(ring, i));
		if (n == without_tail(bytes, len) && memcmp(bytes, want, n) == 0)
			return true;
	}
	return false;
}

/* With indices: the sum, which build() leaves 0. Without: no run of NULs, or several to choose from;
   nothing of a ring of NULs. */
static uint64_t
findings_of(const struct ring *ring)
{
	uint64_t sum = 0, runs = 0;

	for (size_t i = 0; i < ring->len; i++) {
		sum += ring->bytes[i];
		runs += ring->bytes[i] != 0 && run_before[i] > 0;
	}
	return sum == 0 ? 0 : ring->trusted ? 1 : runs != 1;
}

/* "<118>": its length, and the number; 0: none. */
static size_t
priority_mark(const uint8_t *text, size_t len, int64_t *priority)
{
	int64_t value = 0;
	size_t at = 1;

	if (len < 3 || text[0] != '<' || text[1] == '>')
		return 0;
	for (; at < len && text[at] >= '0' && text[at] <= '9'; at++) {
		value = value * 10 + (text[at] - '0');
		if (value > INT32_MAX)
			return 0;
	}
	if (at == len || text[at] != '>' || at == 1)
		return 0;
	*priority = value;
	return at + 1;
}

/* The lines of `bytes`. dmesg(8) hides those of others than the kernel, and a first one that may
   have lost its beginning: in a ring without unwritten room before it. */
static void
compare_lines(
    const struct kvmsafe_messages *messages, const uint8_t *bytes, size_t len, bool first_is_cut)
{
	struct kvmsafe_message line = { .text = NULL };
	uint64_t n = 0;

	for (size_t at = 0; at < len; n++) {
		const uint8_t *const newline = memchr(bytes + at, '\n', len - at);
		const size_t end = newline != NULL ? (size_t)(newline - bytes) : len;
		int64_t priority = -1;
		const size_t mark = priority_mark(bytes + at, end - at, &priority);

		CHECK(kvmsafe_messages_line(messages, n, &line));
		CHECK(line.priority == priority);
		CHECK(line.bytes == end - at - mark);
		CHECK(memcmp(line.text, bytes + at + mark, (size_t)line.bytes) == 0);
		CHECK(line.hidden == (priority >= 8 || (n == 0 && first_is_cut)));
		at = end + 1;
	}
	CHECK(!kvmsafe_messages_line(messages, n, &line));
}

static void
compare(const struct kvmsafe_messages *messages, const struct ring *ring)
{
	struct kvmsafe_error finding;
	uint64_t len = 0, findings = 0;
	const char *const text = kvmsafe_messages_bytes(messages, &len);
	const uint8_t *const bytes = (const uint8_t *)text;

	count_runs(ring);
	CHECK(len <= ring->len);
	CHECK((kvmsafe_messages_source(messages) == KVMSAFE_MESSAGES_MSGBUF) == ring->trusted);
	if (ring->trusted) {
		CHECK(len == rotate(ring, (size_t)(ring->wseq % ring->len)));
		CHECK(memcmp(bytes, want, (size_t)len) == 0);
	} else {
		CHECK(fits_some_start(ring, bytes, (size_t)len));
	}
	compare_lines(messages, bytes, (size_t)len, len == ring->len);
	for (; kvmsafe_messages_finding(messages, findings, &finding); findings++)
		CHECK(finding.message[0] != 0 && finding.status == KVMSAFE_DAMAGED);
	CHECK(findings == findings_of(ring));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_messages *messages = NULL;
	struct ring ring;
	size_t len, most;

	if (size <= HEAD)
		return 0;
	len = size - HEAD;
	most = (size_t)RING_MAX >> (data[0] >> 4 & 3);
	if (len > most)
		len = most;
	build(data, len, &ring);
	CHECK(kvmsafe_source_memory(file, sizeof(file), &source, NULL) == KVMSAFE_OK);
	CHECK(kvmsafe_open(source, NULL, &session, NULL) == KVMSAFE_OK);
	CHECK(kvmsafe_messages_create(session, &messages, NULL) == KVMSAFE_OK);
	kvmsafe_close(session); /* the answer is a copy */
	compare(messages, &ring);
	kvmsafe_messages_destroy(messages);
	kvmsafe_source_close(source);
	return 0;
}
