/* SPDX-License-Identifier: BSD-2-Clause */
/* Decodes the fuzz targets' input and serves its virtual files. */
#include "fuzz/sparse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/check.h"

#define OFFSET_BYTES 6

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
	static const size_t sizes[] = { 1, KVS_SPARSE_DATA_HEAD, KVS_SPARSE_RUN_BYTES,
		KVS_SPARSE_LEN_BYTES, KVS_SPARSE_OPTION_BYTES, KVS_SPARSE_OP_BYTES };
	const size_t size = sizes[out->kind] - 1; /* the tag is behind us */

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

/* Bytes of the file that a record lays. */
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
	} else if (r->end > *len && !ends[r->file]) {
		*len = r->end;
	}
	sparse->record[sparse->nrecords++] = *r;
}

/* The record at `at`, which moves behind it; false: the input ends. */
static bool
next_record(const uint8_t *data, size_t size, size_t *at, struct kvs_sparse_record *out)
{
	while (*at < size) {
		size_t used;

		*out = (struct kvs_sparse_record){ .kind = data[*at] & 15, .file = data[*at] >> 4 };
		++*at;
		if (out->kind < KVS_SPARSE_DATA || out->kind > KVS_SPARSE_OP)
			continue;
		used = record(data + *at, size - *at, out);
		if (used == 0)
			return false;
		*at += used;
		if (out->file >= KVS_SPARSE_FILES)
			continue;
		out->end = record_bytes(out) > 0 ? out->offset + record_bytes(out) : 0;
		return true;
	}
	return false;
}

static size_t
count_records(const uint8_t *data, size_t size)
{
	struct kvs_sparse_record r;
	size_t at = 0, n = 0;

	while (n < KVS_SPARSE_RECORDS && next_record(data, size, &at, &r))
		n++;
	return n;
}

/* At most n records; options are none of those that stay. */
static void
decode(struct kvs_sparse *sparse, const uint8_t *data, size_t size, size_t n)
{
	bool ends[KVS_SPARSE_FILES] = { false };
	struct kvs_sparse_record r;

	for (size_t at = 0; n > 0 && next_record(data, size, &at, &r); n--)
		take(sparse, &r, ends);
}

struct kvs_sparse *
kvs_sparse_create(const uint8_t *data, size_t size)
{
	const bool is_ksf = size >= 4 && memcmp(data, "KSF1", 4) == 0;
	const size_t n = is_ksf ? count_records(data + 4, size - 4) : 1;
	struct kvs_sparse *const sparse = malloc(sizeof(*sparse) + n * sizeof(sparse->record[0]));

	CHECK(sparse != NULL);
	memset(sparse, 0, sizeof(*sparse));
	if (is_ksf) {
		decode(sparse, data + 4, size - 4, n);
	} else {
		sparse->record[0] = (struct kvs_sparse_record){
			.kind = KVS_SPARSE_DATA, .bytes = data, .len = size, .end = size
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

/* n numbers; where width and order are constants, a number is one store. */
static inline void
put_numbers(uint8_t *out, size_t n, unsigned width, bool big, uint64_t value, uint64_t step)
{
	for (size_t i = 0; i < n; i++, value += step, out += width)
		for (unsigned byte = 0; byte < width; byte++)
			out[byte] = (uint8_t)(value >> 8 * (big ? width - 1 - byte : byte));
}

/* Numbers of a run from byte `at` of it on, which begins one; whole ones that fit in len. */
static size_t
run_numbers(const struct kvs_sparse_record *r, uint64_t at, uint8_t *out, size_t len)
{
	const unsigned shift = r->code & 3, width = 1U << shift;
	const size_t n = len >> shift, first = r->step == 0 && n > 0 ? 1 : n;
	const uint64_t value = r->first + (at >> shift) * r->step;
	const bool big = (r->code & 128) != 0;

	if (shift == 3 && big)
		put_numbers(out, first, 8, true, value, r->step);
	else if (shift == 3)
		put_numbers(out, first, 8, false, value, r->step);
	else if (shift == 2 && !big)
		put_numbers(out, first, 4, false, value, r->step);
	else
		put_numbers(out, first, width, big, value, r->step);
	/* all alike: what is there, once more */
	for (size_t done = first << shift; done < n << shift;) {
		const size_t left = (n << shift) - done, part = left < done ? left : done;

		memcpy(out + done, out, part);
		done += part;
	}
	return n << shift;
}

/* Bytes of a run, from byte `at` of it on. */
static void
run_bytes(const struct kvs_sparse_record *r, uint64_t at, uint8_t *out, size_t len)
{
	while (len > 0) {
		const unsigned width = 1U << (r->code & 3);
		const size_t into = (size_t)(at & (width - 1));
		size_t n = into == 0 ? run_numbers(r, at, out, len) : 0;

		if (n == 0) { /* a part of a number */
			uint8_t number_bytes[8];

			(void)run_numbers(r, at - into, number_bytes, width);
			n = width - into < len ? width - into : len;
			memcpy(out, number_bytes + into, n);
		}
		out += n;
		at += n;
		len -= n;
	}
}

/* Where a record has bytes of [offset, offset + len), put them into out. */
static void
lay(const struct kvs_sparse_record *r, uint64_t offset, uint8_t *out, size_t len)
{
	const uint64_t start = r->offset > offset ? r->offset : offset;
	const uint64_t end = r->end < offset + len ? r->end : offset + len;

	if (start >= end)
		return;
	if (r->kind == KVS_SPARSE_DATA)
		memcpy(
		    out + (start - offset), r->bytes + (start - r->offset), (size_t)(end - start));
	else
		run_bytes(r, start - r->offset, out + (start - offset), (size_t)(end - start));
}

/* The last record that touches [offset, offset + len) of a file goes before all others. */
static size_t
last_of(const struct kvs_sparse *sparse, unsigned file, uint64_t offset, size_t len)
{
	size_t n = sparse->nrecords;

	for (; n > 0; n--) {
		const struct kvs_sparse_record *const r = &sparse->record[n - 1];

		if (r->end > offset && r->offset < offset + len && r->file == file)
			break;
	}
	return n;
}

void
kvs_sparse_get(
    const struct kvs_sparse *sparse, unsigned file, uint64_t offset, void *buf, size_t len)
{
	const uint64_t left = offset < sparse->len[file] ? sparse->len[file] - offset : 0;
	const size_t n = left < len ? (size_t)left : len;
	const size_t last = last_of(sparse, file, offset, n);
	const struct kvs_sparse_record *const r = &sparse->record[last - (last > 0)];
	uint8_t *const out = buf;

	if (last > 0 && r->offset <= offset && r->end >= offset + n) {
		lay(r, offset, out, n);
		memset(out + n, 0, len - n);
		return;
	}
	memset(out, 0, len);
	for (size_t i = 0; i < last; i++)
		if (sparse->record[i].file == file)
			lay(&sparse->record[i], offset, out, n);
}

uint64_t
kvs_sparse_number(
    const struct kvs_sparse *sparse, unsigned file, uint64_t offset, unsigned width, bool big)
{
	uint8_t raw[8];
	uint64_t value = 0;

	kvs_sparse_get(sparse, file, offset, raw, width);
	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)raw[i] << 8 * (big ? width - 1 - i : i);
	return value;
}

bool
kvs_sparse_is_faulty(const struct kvs_sparse *sparse)
{
	const uint64_t *const option = sparse->option;

	return (option[KVS_OPTION_FAIL_ALLOCATION] | option[KVS_OPTION_FAIL_READ] |
		   option[KVS_OPTION_LIE_READ] | option[KVS_OPTION_SHORT_READ]) != 0;
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
	if (chunk != 0 && chunk < len && file->reads <= KVS_SPARSE_CHUNKS)
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
	memset(buf, 0xa5, len); /* a sanitizer sees its bounds also where this file has none */
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
