/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_source_memory, kvmsafe_source_callbacks, kvmsafe_source_fd,
 * kvmsafe_source_bytes, kvmsafe_source_read, kvmsafe_source_close, kvs_source_window */
/*
 * Sources that answer short, fail and lie give what memory gives, or an error. Input: u16 chunk,
 * u8 n of the call that fails, u8 n of the one that lies, u8 n of the one that ends early, u16
 * where the descriptor's source begins, u8 number of reads; three bytes each: u16 offset, u8
 * length; the bytes.
 */
#include "source/source.h"

#include <string.h>
#include <unistd.h>

#include "fuzz/check.h"

#define HEAD 8
#define BYTES_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct caller {
	const uint8_t *bytes;
	size_t len;
	size_t chunk;
	unsigned calls, fails, lies, ends, closed;
};

static unsigned
u16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	struct caller *const caller = ctx;

	(void)err;
	CHECK(len > 0 && offset < caller->len && len <= caller->len - offset);
	caller->calls++;
	*got = caller->chunk != 0 && caller->chunk < len ? caller->chunk : len;
	memcpy(buf, caller->bytes + offset, *got);
	if (caller->calls == caller->fails)
		return KVMSAFE_NOT_FOUND; /* a status that no source has by itself */
	if (caller->calls == caller->lies)
		*got = len + 1;
	if (caller->calls == caller->ends)
		*got = 0;
	return KVMSAFE_OK;
}

static void
close_caller(void *ctx)
{
	((struct caller *)ctx)->closed++;
}

/* One read; bytes behind *got stay. `faulty`: it may fail where the bytes are there. */
static void
compare_read(const struct kvmsafe_source *source, const uint8_t *bytes, size_t len, uint64_t offset,
    size_t want, bool faulty)
{
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	uint8_t *const buf = malloc(want + 1);
	const size_t there = offset >= len ? 0 : want < len - offset ? want : len - (size_t)offset;
	enum kvmsafe_status status;
	size_t got = 12345;

	CHECK(buf != NULL);
	memset(buf, 0xa5, want + 1);
	status = kvmsafe_source_read(source, offset, buf, want, &got, &err);
	CHECK(got <= there && (status == KVMSAFE_OK) == (got == want));
	CHECK(got == 0 || memcmp(buf, bytes + offset, got) == 0);
	for (size_t i = faulty ? want : got; i < want + 1; i++)
		CHECK(buf[i] == 0xa5);
	if (!faulty)
		CHECK(got == there && (status == KVMSAFE_OK || status == KVMSAFE_TRUNCATED));
	if (status != KVMSAFE_OK)
		CHECK(err.status == (int)status && err.message[0] != 0);
	free(buf);
}

static void
compare(const struct kvmsafe_source *source, const uint8_t *bytes, size_t len, const uint8_t *reads,
    size_t nreads, bool faulty)
{
	CHECK(kvmsafe_source_bytes(source) == len);
	for (size_t i = 0; i < nreads; i++)
		compare_read(source, bytes, len, u16(reads + 3 * i), reads[3 * i + 2], faulty);
	compare_read(source, bytes, len, 0, len, faulty);
	compare_read(source, bytes, len, 0, len + 1, faulty);
	compare_read(source, bytes, len, UINT64_MAX, 16, faulty);
	compare_read(source, bytes, len, UINT64_MAX - 8, 16, faulty);
	compare_read(source, bytes, len, len, 0, faulty);
}

static void
run_window(const struct kvmsafe_source *memory, const uint8_t *bytes, size_t len, uint64_t offset,
    const uint8_t *reads, size_t nreads)
{
	struct kvmsafe_source *window = NULL;
	const size_t start = offset < len ? (size_t)offset : len;
	const size_t half = (len - start) / 2;

	CHECK(kvs_source_window(memory, offset, half, &window, NULL) == KVMSAFE_OK);
	compare(window, bytes + start, half, reads, nreads, false);
	kvmsafe_source_close(window);
	window = NULL;
	CHECK(kvs_source_window(memory, offset, UINT64_MAX, &window, NULL) == KVMSAFE_OK);
	compare(window, bytes + start, len - start, reads, nreads, false);
	kvmsafe_source_close(window);
}

static void
run_descriptor(
    const uint8_t *bytes, size_t len, uint64_t offset, const uint8_t *reads, size_t nreads)
{
	static FILE *file;
	struct kvmsafe_source *source = NULL;
	enum kvmsafe_status status;

	if (file == NULL)
		file = tmpfile();
	CHECK(file != NULL && ftruncate(fileno(file), 0) == 0);
	CHECK(pwrite(fileno(file), bytes, len, 0) == (ssize_t)len);
	status = kvmsafe_source_fd(fileno(file), offset, &source, NULL);
	if (offset > len) {
		CHECK(status == KVMSAFE_USAGE && source == NULL);
		return;
	}
	CHECK(status == KVMSAFE_OK);
	compare(source, bytes + offset, len - (size_t)offset, reads, nreads, false);
	/* the file shrinks while it is open: an error, no made-up bytes */
	CHECK(ftruncate(fileno(file), (off_t)(offset + (len - offset) / 2)) == 0);
	for (size_t i = 0; i < nreads; i++)
		compare_read(source, bytes + offset, len - (size_t)offset, u16(reads + 3 * i),
		    reads[3 * i + 2], true);
	kvmsafe_source_close(source);
}

static void
run_callbacks(struct caller *caller, const uint8_t *reads, size_t nreads)
{
	struct kvmsafe_source_ops ops = {
		.size = sizeof(ops), .read_at = read_at, .close = close_caller
	};
	struct kvmsafe_source *source = NULL;

	CHECK(kvmsafe_source_callbacks(&ops, caller, caller->len, &source, NULL) == KVMSAFE_OK);
	compare(source, caller->bytes, caller->len, reads, nreads,
	    caller->fails != 0 || caller->lies != 0 || caller->ends != 0);
	CHECK(caller->closed == 0);
	kvmsafe_source_close(source);
	CHECK(caller->closed == 1);
	ops.size = 1;
	source = NULL;
	CHECK(kvmsafe_source_callbacks(&ops, caller, 1, &source, NULL) == KVMSAFE_USAGE);
	CHECK(source == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_source *memory = NULL;
	struct caller caller = { .chunk = 0 };
	const uint8_t *const reads = data + HEAD;
	uint64_t offset;
	size_t nreads;

	if (size < HEAD)
		return 0;
	nreads = data[7] & 31;
	if (nreads > (size - HEAD) / 3)
		nreads = (size - HEAD) / 3;
	caller.bytes = reads + 3 * nreads;
	caller.len = size - HEAD - 3 * nreads;
	if (caller.len > BYTES_MAX)
		caller.len = BYTES_MAX;
	caller.chunk = u16(data);
	caller.fails = data[2];
	caller.lies = data[3];
	caller.ends = data[4];
	offset = u16(data + 5);
	CHECK(kvmsafe_source_memory(caller.bytes, caller.len, &memory, NULL) == KVMSAFE_OK);
	compare(memory, caller.bytes, caller.len, reads, nreads, false);
	run_window(memory, caller.bytes, caller.len, offset, reads, nreads);
	kvmsafe_source_close(memory);
	run_callbacks(&caller, reads, nreads);
	run_descriptor(caller.bytes, caller.len, offset, reads, nreads);
	return 0;
}
