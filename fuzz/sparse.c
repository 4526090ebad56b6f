/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes the fuzz targets' input and serves its virtual files. */
#include "fuzz/sparse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/check.h"

#define OFFSET_BYTES 6
#define RUN_BYTES 27 /* behind the tag */
#define OPTION_BYTES 9
#define OP_BYTES 13
#define DATA_BYTES 8

static uint64_t
number(const uint8_t *p, unsigned width)
{
	uint64_t value = 0;

	while (width-- > 0)
		value = value << 8 | p[width];
	return value;
}

/* Fill the record behind a tag; bytes that it takes, 0: the input ends in it. */
static size_t
record(const uint8_t *p, size_t left, struct kvs_sparse_record *out)
{
	static const size_t sizes[] = { 0, DATA_BYTES, RUN_BYTES, OFFSET_BYTES, OPTION_BYTES,
		OP_BYTES };
	const size_t size = sizes[out->kind];

	if (left < size)
		return 0;
	out->offset = number(p, OFFSET_BYTES);
	switch (out->kind) {
	case KVS_SPARSE_DATA:
		out->len = (size_t)number(p + 6, 2);
		if (out->len > left - size)
			out->len = left - size;
		out->bytes = p + size;
		return size + out->len;
	case KVS_SPARSE_RUN:
		out->count = (uint32_t)number(p + 6, 4);
		out->code = p[10];
		out->first = number(p + 11, 8);
		out->step = number(p + 19, 8);
		break;
	case KVS_SPARSE_OPTION:
	case KVS_SPARSE_OP:
		out->code = p[0];
		out->offset = number(p + 1, 8);
		if (out->kind == KVS_SPARSE_OP)
			out->count = (uint32_t)number(p + 9, 4);
		break;
	default:
		break;
	}
	return size;
}

static uint64_t
record_bytes(const struct kvs_sparse_record *r)
{
	if (r->kind == KVS_SPARSE_RUN)
		return (uint64_t)r->count << (r->code & 3);
	return r->kind == KVS_SPARSE_DATA ? r->len : 0;
}

static void
take(struct kvs_sparse *sparse, const struct kvs_sparse_record *r, bool ends[KVS_SPARSE_FILES])
{
	uint64_t *const len = &sparse->len[r->file];

	if (r->kind == KVS_SPARSE_OPTION) {
		if (r->code < KVS_OPTIONS)
			sparse->option[r->code] = r->offset;
		return;
	}
	if (r->kind != KVS_SPARSE_OP)
		sparse->has[r->file] = true;
	if (r->kind == KVS_SPARSE_LEN) {
		*len = r->offset;
		ends[r->file] = true;
	} else if (record_bytes(r) > 0 && !ends[r->file] && r->offset + record_bytes(r) > *len) {
		*len = r->offset + record_bytes(r);
	}
	sparse->record[sparse->nrecords++] = *r;
}

static void
decode(struct kvs_sparse *sparse, const uint8_t *data, size_t size)
{
	bool ends[KVS_SPARSE_FILES] = { false };

	for (size_t at = 0; at < size && sparse->nrecords < KVS_SPARSE_RECORDS;) {
		struct kvs_sparse_record r = { .kind = data[at] & 15, .file = data[at] >> 4 };
		size_t used;

		at++;
		if (r.kind < KVS_SPARSE_DATA || r.kind > KVS_SPARSE_OP)
			continue;
		used = record(data + at, size - at, &r);
		if (used == 0)
			return;
		at += used;
		if (r.file < KVS_SPARSE_FILES)
			take(sparse, &r, ends);
	}
}

struct kvs_sparse *
kvs_sparse_create(const uint8_t *data, size_t size)
{
	/* a record takes seven bytes at least */
	const size_t most = size / 7 + 1 < KVS_SPARSE_RECORDS ? size / 7 + 1 : KVS_SPARSE_RECORDS;
	struct kvs_sparse *const sparse =
	    malloc(sizeof(*sparse) + most * sizeof(sparse->record[0]));

	CHECK(sparse != NULL);
	memset(sparse, 0, sizeof(*sparse));
	if (size >= 4 && memcmp(data, "KSF1", 4) == 0) {
		decode(sparse, data + 4, size - 4);
	} else {
		sparse->record[0] = (struct kvs_sparse_record){
			.kind = KVS_SPARSE_DATA, .bytes = data, .len = size
		};
		sparse->nrecords = 1;
		sparse->len[0] = size;
		sparse->has[0] = true;
	}
	return sparse;
}

void
kvs_sparse_destroy(struct kvs_sparse *sparse)
{
	free(sparse);
}

const struct kvs_sparse_record *
kvs_sparse_op(const struct kvs_sparse *sparse, size_t *at)
{
	while (*at < sparse->nrecords) {
		const struct kvs_sparse_record *const r = &sparse->record[(*at)++];

		if (r->kind == KVS_SPARSE_OP)
			return r;
	}
	return NULL;
}

/* Byte `at` of a run. */
static uint8_t
run_byte(const struct kvs_sparse_record *r, uint64_t at)
{
	const unsigned width = 1U << (r->code & 3);
	const unsigned byte = (unsigned)(at & (width - 1));
	const uint64_t value = r->first + (at >> (r->code & 3)) * r->step;

	return (uint8_t)(value >> 8 * (r->code & 128 ? width - 1 - byte : byte));
}

void
kvs_sparse_get(
    const struct kvs_sparse *sparse, unsigned file, uint64_t offset, void *buf, size_t len)
{
	uint8_t *const out = buf;

	memset(out, 0, len);
	if (offset >= sparse->len[file])
		return;
	if (len > sparse->len[file] - offset)
		len = (size_t)(sparse->len[file] - offset);
	for (size_t i = 0; i < sparse->nrecords; i++) {
		const struct kvs_sparse_record *const r = &sparse->record[i];
		const uint64_t start = r->offset > offset ? r->offset : offset;
		uint64_t end = r->offset + record_bytes(r);

		if (r->file != file || record_bytes(r) == 0)
			continue;
		if (end > offset + len)
			end = offset + len;
		if (start >= end)
			continue;
		if (r->kind == KVS_SPARSE_DATA)
			memcpy(out + (start - offset), r->bytes + (start - r->offset),
			    (size_t)(end - start));
		else
			for (uint64_t at = start; at < end; at++)
				out[at - offset] = run_byte(r, at - r->offset);
	}
}

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	struct kvs_sparse_file *const file = ctx;
	const uint64_t *const option = file->sparse->option;
	const uint64_t size = file->sparse->len[file->file];
	const uint64_t chunk = option[KVS_OPTION_CHUNK];

	CHECK(len > 0 && offset < size && len <= size - offset);
	file->reads++;
	*got = len;
	if (chunk != 0 && chunk < len)
		*got = (size_t)chunk;
	if (file->faults && option[KVS_OPTION_FAIL_READ] == file->reads) {
		if (err != NULL) {
			memset(err, 0, sizeof(*err));
			err->status = KVMSAFE_IO;
			err->sys_errno = EIO;
			strcpy(err->message, "injected");
		}
		return KVMSAFE_IO;
	}
	kvs_sparse_get(file->sparse, file->file, offset, buf, *got);
	if (file->faults && option[KVS_OPTION_LIE_READ] == file->reads)
		*got = len + 1;
	if (file->faults && option[KVS_OPTION_SHORT_READ] == file->reads)
		*got = 0;
	return KVMSAFE_OK;
}

struct kvmsafe_source *
kvs_sparse_source(struct kvs_sparse_file *file)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_at };
	struct kvmsafe_source *source = NULL;

	CHECK(kvmsafe_source_callbacks(&ops, file, file->sparse->len[file->file], &source, NULL) ==
	    KVMSAFE_OK);
	return source;
}
