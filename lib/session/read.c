/* SPDX-License-Identifier: BSD-2-Clause */
/* Reading memory: page by page, neighbours in the file together. */
#include "session/locate.h"
#include "util/error.h"

/* Bytes of the file that answer a piece of the range asked for. */
struct run {
	uint64_t offset, bytes;
};

/* Read a run into its place; *got grows by what came. */
static enum kvmsafe_status
flush(const struct kvmsafe_session *session, const struct run *run, uint8_t *buf, uint64_t va,
    size_t *got, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	size_t piece = 0;

	status = kvmsafe_source_read(
	    session->source, run->offset, buf + *got, (size_t)run->bytes, &piece, err);
	*got += piece;
	if (status != KVMSAFE_OK && err != NULL) {
		err->place = KVMSAFE_VA;
		err->at = va + *got;
	}
	return status;
}

/* The longest run from va on, at most `most` bytes. Its status is that of byte va + run->bytes. */
static enum kvmsafe_status
gather(const struct kvmsafe_session *session, uint64_t va, uint64_t most, struct run *run,
    struct kvmsafe_error *err)
{
	struct kvmsafe_translation answer;

	*run = (struct run){ 0, 0 };
	while (run->bytes < most) {
		const enum kvmsafe_status status =
		    kvs_locate(session, va + run->bytes, &answer, err);

		if (status != KVMSAFE_OK)
			return status;
		if (run->bytes == 0)
			run->offset = answer.file_offset;
		else if (answer.file_offset != run->offset + run->bytes)
			return KVMSAFE_OK;
		run->bytes += kvs_min(answer.bytes, most - run->bytes);
	}
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvmsafe_read_va(const struct kvmsafe_session *session, uint64_t va, void *buf, size_t len,
    size_t *got, struct kvmsafe_error *err)
{
	const uint64_t to_top = UINT64_MAX - va; /* one less than the bytes up to 2^64 */
	const size_t wanted = len > 0 && len - 1 > to_top ? (size_t)(to_top + 1) : len;
	enum kvmsafe_status status = KVMSAFE_OK;
	size_t done = 0;

	*got = 0;
	if (session->source == NULL)
		return kvs_fail(err, KVMSAFE_USAGE, "read: this session was opened without a dump");
	while (status == KVMSAFE_OK && done < wanted) {
		struct run run;
		/* What came before a hole is read before the hole is reported. */
		const enum kvmsafe_status end =
		    gather(session, va + done, wanted - done, &run, err);

		status = flush(session, &run, buf, va, &done, err);
		if (status == KVMSAFE_OK)
			status = end;
	}
	*got = done; /* not before: it may lie in buf, whose bytes are the dump's */
	if (status == KVMSAFE_OK && wanted < len)
		return kvs_fail_at(err, KVMSAFE_NO_MAP, KVMSAFE_VA, 0,
		    "virtual address: the range passes the top of the address space");
	return status;
}

enum kvmsafe_status
kvmsafe_read_pa(const struct kvmsafe_session *session, uint64_t pa, void *buf, size_t len,
    size_t *got, struct kvmsafe_error *err)
{
	*got = 0;
	if (session->source == NULL)
		return kvs_fail(err, KVMSAFE_USAGE, "read: this session was opened without a dump");
	if (session->physical.kind == KVS_PHYSICAL_NONE && len > 0)
		return kvs_fail_at(err, KVMSAFE_NO_MAP, KVMSAFE_PA, pa,
		    "physical address: this dump records virtual addresses only");
	return kvs_physical_read(&session->physical, pa, buf, len, got, err);
}
