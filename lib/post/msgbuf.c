/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the message buffer is: region, its tail, msgbufp. */
#include "post/msgbuf.h"

#include <inttypes.h>
#include <string.h>

#include "util/error.h"

#define MSG_MAGIC 0x063062
#define MSGBUF_BYTES_MAX 32 /* of the fields that we use, behind a pointer of up to 8 bytes */

/* The fields in the order of the structure, all of which view has; p: bytes of a pointer. */
static struct kvs_msgbuf
decode(struct kvs_view *view, unsigned p)
{
	const uint64_t magic = kvs_view_uint(view, p, 4);
	const uint64_t modulus = kvs_view_uint(view, p + 20, 4);
	struct kvs_msgbuf msgbuf = {
		.ring_va = kvs_view_uint(view, 0, p),
		.size = kvs_view_uint(view, p + 4, 4),
		.write_seq = kvs_view_uint(view, p + 8, 4),
		.read_seq = kvs_view_uint(view, p + 12, 4),
		.checksum = kvs_view_uint(view, p + 16, 4),
	};

	/* msg_seqmod is 16 * msg_size: subr_msgbuf.c, msgbuf_init(); a 32-bit product there. It is
	   above a number, so it is not 0, nor is the size. */
	msgbuf.valid = magic == MSG_MAGIC && modulus == (16 * msgbuf.size & UINT32_MAX) &&
	    msgbuf.write_seq < modulus && msgbuf.read_seq < modulus;
	return msgbuf;
}

/* The struct that lies in the rounding tail of a minidump's first region. */
static struct kvs_msgbuf
in_tail(const struct kvmsafe_session *session, struct kvs_findings *findings)
{
	const struct kvs_layout *const layout = &session->dump.layout;
	const unsigned p = session->dump.abi->pointer_bytes;
	const struct kvs_msgbuf none = { 0 };
	uint8_t raw[MSGBUF_BYTES_MAX];
	struct kvs_view view = { .bytes = raw, .len = p + 24, .order = session->dump.order };
	struct kvs_msgbuf msgbuf;
	struct kvmsafe_error why;
	size_t got;

	if (layout->msgbuf.bytes + view.len > layout->msgbuf_padded) /* of 32 bits each */
		return none;
	if (kvmsafe_source_read(session->source, layout->msgbuf.offset + layout->msgbuf.bytes, raw,
		view.len, &got, &why) != KVMSAFE_OK) {
		kvs_findings_add(findings, &why);
		return none;
	}
	msgbuf = decode(&view, p);
	msgbuf.valid = msgbuf.valid && msgbuf.size == layout->msgbuf.bytes;
	return msgbuf;
}

static enum kvmsafe_status
through_pointer(
    const struct kvmsafe_session *session, struct kvs_msgbuf *out, struct kvmsafe_error *err)
{
	const unsigned p = session->dump.abi->pointer_bytes;
	uint8_t raw[MSGBUF_BYTES_MAX];
	struct kvs_view view = { .bytes = raw, .len = p + 24, .order = session->dump.order };
	struct kvs_value msgbufp;
	enum kvmsafe_status status;
	uint64_t at;
	size_t got;

	if (!kvs_provider_exists(&session->provider))
		return kvs_fail(err, KVMSAFE_KERNEL_NEEDED,
		    "message buffer: only the kernel's symbol msgbufp says where it is");
	status = kvs_provider_value(&session->provider, "msgbufp", &msgbufp, err);
	if (status != KVMSAFE_OK)
		return status;
	if (!msgbufp.known)
		return kvs_fail(err, KVMSAFE_NOT_FOUND, "msgbufp: not in the kernel's symbols");
	status = kvmsafe_read_va(session, msgbufp.value, raw, p, &got, err);
	if (status != KVMSAFE_OK)
		return status;
	at = kvs_load(raw, p, session->dump.order);
	status = kvmsafe_read_va(session, at, raw, view.len, &got, err);
	if (status != KVMSAFE_OK)
		return status;
	*out = decode(&view, p);
	if (!out->valid)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, at,
		    "struct msgbuf: its magic, size and sequence numbers do not agree");
	return KVMSAFE_OK;
}

/* The writer prints its progress into the buffer after region 1 was written, before memory is. */
static bool
only_goes_on(const struct kvs_msgbuf *region, const struct kvs_msgbuf *memory)
{
	return region->ring_va == memory->ring_va && region->size == memory->size &&
	    region->read_seq == memory->read_seq && region->write_seq <= memory->write_seq;
}

static void
compare(
    const struct kvs_msgbuf *region, const struct kvs_msgbuf *memory, struct kvs_findings *findings)
{
	if (!only_goes_on(region, memory))
		kvs_findings_note(findings, KVMSAFE_DAMAGED, KVMSAFE_VA, memory->ring_va,
		    "msgbuf-differs: the dump's first region says %" PRIu64 " bytes, %" PRIu64
		    " written; memory says %" PRIu64 " and %" PRIu64,
		    region->size, region->write_seq, memory->size, memory->write_seq);
}

static enum kvmsafe_status
allocate(const struct kvmsafe_session *session, struct kvs_memory *memory, uint64_t bytes,
    struct kvs_ring *ring, struct kvmsafe_error *err)
{
	const uint64_t most = session->limits.messages;
	enum kvmsafe_status status;
	void *block;

	if (bytes > most)
		return kvs_fail(err, KVMSAFE_LIMIT,
		    "message buffer: at most %" PRIu64 " bytes are allowed, it has %" PRIu64, most,
		    bytes);
	status = kvs_alloc(memory, 1, bytes, "message buffer", &block, err);
	if (status == KVMSAFE_OK)
		ring->bytes = block;
	return status;
}

/* The ring of a minidump: its first region, as far as the file goes. */
static enum kvmsafe_status
read_region(const struct kvmsafe_session *session, struct kvs_memory *memory, struct kvs_ring *ring,
    struct kvmsafe_error *err)
{
	const struct kvs_region *const region = &session->dump.layout.msgbuf;
	enum kvmsafe_status status = allocate(session, memory, region->present, ring, err);

	if (status != KVMSAFE_OK)
		return status;
	ring->size = region->bytes;
	status = kvmsafe_source_read(
	    session->source, region->offset, ring->bytes, (size_t)region->present, &ring->len, err);
	return status == KVMSAFE_TRUNCATED ? KVMSAFE_OK : status;
}

/* The ring in memory. What follows a hole is not looked at. */
static enum kvmsafe_status
read_memory(const struct kvmsafe_session *session, struct kvs_memory *memory, struct kvs_ring *ring,
    struct kvmsafe_error *err)
{
	const struct kvs_msgbuf *const msgbuf = &ring->msgbuf;
	enum kvmsafe_status status;

	/* Tables can map one page many times: a ring larger than the file is a lie. */
	if (msgbuf->size > kvmsafe_source_bytes(session->source))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, msgbuf->ring_va,
		    "struct msgbuf: a ring of %" PRIu64 " bytes is larger than the dump",
		    msgbuf->size);
	status = allocate(session, memory, msgbuf->size, ring, err);
	if (status != KVMSAFE_OK)
		return status;
	ring->size = msgbuf->size;
	status = kvmsafe_read_va(
	    session, msgbuf->ring_va, ring->bytes, (size_t)msgbuf->size, &ring->len, err);
	return ring->len > 0 && kvs_status_is_absence(status) ? KVMSAFE_OK : status;
}

static void
note_cut(const struct kvs_ring *ring, struct kvs_findings *findings)
{
	if (ring->len < ring->size)
		kvs_findings_note(findings, KVMSAFE_TRUNCATED, KVMSAFE_NOWHERE, 0,
		    "message buffer: %" PRIu64 " bytes expected, %zu could be read", ring->size,
		    ring->len);
}

static enum kvmsafe_status
read_minidump(const struct kvmsafe_session *session, struct kvs_memory *memory,
    struct kvs_findings *findings, struct kvs_ring *ring, struct kvmsafe_error *err)
{
	struct kvs_msgbuf pointed = { .valid = false };
	struct kvmsafe_error why;
	const enum kvmsafe_status status = through_pointer(session, &pointed, &why);

	/* Without it the region and its tail say enough; that the host failed is told. */
	if (status != KVMSAFE_OK && !kvs_status_is_absence(status))
		kvs_findings_add(findings, &why);
	ring->msgbuf = in_tail(session, findings);
	if (pointed.valid && ring->msgbuf.valid)
		compare(&ring->msgbuf, &pointed, findings);
	else if (pointed.valid && pointed.size == session->dump.layout.msgbuf.bytes)
		ring->msgbuf = pointed;
	return read_region(session, memory, ring, err);
}

enum kvmsafe_status
kvs_ring_read(const struct kvmsafe_session *session, struct kvs_memory *memory,
    struct kvs_findings *findings, struct kvs_ring *out, struct kvmsafe_error *err)
{
	struct kvmsafe_error why; /* of what was tried: an answer may come in spite of it */
	enum kvmsafe_status status;

	memset(out, 0, sizeof(*out));
	if (session->source == NULL)
		return kvs_fail(
		    err, KVMSAFE_USAGE, "message buffer: this session was opened without a dump");
	if (session->recognised.format == KVS_FORMAT_MINIDUMP &&
	    session->dump.layout.msgbuf.bytes > 0) {
		status = read_minidump(session, memory, findings, out, &why);
	} else {
		status = through_pointer(session, &out->msgbuf, &why);
		if (status == KVMSAFE_OK)
			status = read_memory(session, memory, out, &why);
	}
	if (status == KVMSAFE_OK) {
		note_cut(out, findings);
		return KVMSAFE_OK;
	}
	kvs_free(memory, out->bytes);
	out->bytes = NULL;
	return kvs_fail_as(err, &why);
}
