/* SPDX-License-Identifier: BSD-2-Clause */
/* Cuts KSF1 inputs into records; reads and writes numbers of the files that they lay out. */
#include "fuzz/mutate/records.h"

#include <string.h>

bool
kvs_is_ksf(const uint8_t *data, size_t size)
{
	return size >= KVS_MAGIC_BYTES && memcmp(data, "KSF1", KVS_MAGIC_BYTES) == 0;
}

static size_t
record_bytes(const uint8_t *p, size_t left)
{
	static const size_t sizes[] = { 1, KVS_SPARSE_DATA_HEAD, KVS_SPARSE_RUN_BYTES,
		KVS_SPARSE_LEN_BYTES, KVS_SPARSE_OPTION_BYTES, KVS_SPARSE_OP_BYTES };
	const unsigned kind = p[0] & 15;
	size_t bytes;

	if (kind < KVS_SPARSE_DATA || kind > KVS_SPARSE_OP)
		return 1;
	bytes = sizes[kind];
	if (bytes > left)
		return left;
	if (kind == KVS_SPARSE_DATA)
		bytes += p[7] | (size_t)p[8] << 8;
	return bytes < left ? bytes : left;
}

size_t
kvs_spans(const uint8_t *data, size_t size, struct kvs_span span[KVS_SPANS_MAX])
{
	size_t n = 0;

	for (size_t at = KVS_MAGIC_BYTES; at < size && n < KVS_SPANS_MAX;) {
		const size_t bytes = record_bytes(data + at, size - at);

		span[n++] = (struct kvs_span){ at, bytes };
		at += bytes;
	}
	return n;
}

void
kvs_cut(struct kvs_input *in)
{
	in->n = kvs_spans(in->data, in->size, in->span);
}

uint64_t
kvs_random(uint64_t *random)
{
	/* splitmix64 */
	uint64_t z = *random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

size_t
kvs_below(uint64_t *random, size_t n)
{
	return n == 0 ? 0 : (size_t)(kvs_random(random) % n);
}

uint64_t
kvs_odd_number(uint64_t *random, uint64_t old)
{
	static const uint64_t values[] = { 0, 1, 7, 8, 0xfff, 0x1000, 0x1001, 0xffff, 0x10000,
		UINT64_C(1) << 31, UINT32_MAX, UINT64_C(1) << 32, UINT64_C(1) << 40,
		UINT64_C(1) << 52, UINT64_C(1) << 63, UINT64_MAX };
	const uint64_t steps[] = { 1, 8, 0x1000, 0x200000, UINT64_C(1) << kvs_below(random, 64) };
	const uint64_t step = steps[kvs_below(random, 5)];

	switch (kvs_below(random, 4)) {
	case 0:
		return values[kvs_below(random, sizeof(values) / sizeof(values[0]))];
	case 1:
		return old + step;
	case 2:
		return old - step;
	default:
		return old ^ step;
	}
}

void
kvs_put(uint8_t *p, unsigned width, uint64_t value, bool big)
{
	for (unsigned i = 0; i < width; i++)
		p[big ? width - 1 - i : i] = (uint8_t)(value >> 8 * i);
}

uint64_t
kvs_get(const uint8_t *p, unsigned width, bool big)
{
	uint64_t value = 0;

	for (unsigned i = 0; i < width; i++)
		value |= (uint64_t)p[big ? width - 1 - i : i] << 8 * i;
	return value;
}

bool
kvs_insert(struct kvs_input *in, size_t at, const uint8_t *bytes, size_t n)
{
	if (n > in->most - in->size)
		return false;
	memmove(in->data + at + n, in->data + at, in->size - at);
	memcpy(in->data + at, bytes, n);
	in->size += n;
	return true;
}

void
kvs_drop(struct kvs_input *in, struct kvs_span span)
{
	memmove(
	    in->data + span.at, in->data + span.at + span.bytes, in->size - span.at - span.bytes);
	in->size -= span.bytes;
}

/* The payload byte of a DATA record that lies at `offset` of `file`; NULL: none. */
static uint8_t *
data_byte(const struct kvs_input *in, size_t i, unsigned file, uint64_t offset)
{
	const struct kvs_span span = in->span[i];
	uint8_t *const p = in->data + span.at;
	uint64_t start;

	if (span.bytes <= KVS_SPARSE_DATA_HEAD || p[0] != (KVS_SPARSE_DATA | file << 4))
		return NULL;
	start = kvs_get(p + 1, 6, false);
	if (offset < start || offset - start >= span.bytes - KVS_SPARSE_DATA_HEAD)
		return NULL;
	return p + KVS_SPARSE_DATA_HEAD + (offset - start);
}

/* Has a RUN this byte? Its value in *out. */
static bool
run_byte(const struct kvs_input *in, size_t i, unsigned file, uint64_t offset, uint8_t *out)
{
	const uint8_t *const p = in->data + in->span[i].at;
	unsigned width, byte;
	uint64_t start, at;

	if (in->span[i].bytes != KVS_SPARSE_RUN_BYTES || p[0] != (KVS_SPARSE_RUN | file << 4))
		return false;
	width = 1U << (p[11] & 3);
	start = kvs_get(p + 1, 6, false);
	at = (offset - start) / width;
	if (offset < start || at >= kvs_get(p + 7, 4, false))
		return false;
	byte = (unsigned)(offset - start) % width;
	if ((p[11] & 128) != 0)
		byte = width - 1 - byte;
	*out = (uint8_t)((kvs_get(p + 12, 8, false) + at * kvs_get(p + 20, 8, false)) >> 8 * byte);
	return true;
}

static uint8_t
byte_of(const struct kvs_input *in, unsigned file, uint64_t offset)
{
	uint8_t value = 0;

	for (size_t i = in->n; i-- > 0;) { /* later records win */
		const uint8_t *const p = data_byte(in, i, file, offset);

		if (p != NULL)
			return *p;
		if (run_byte(in, i, file, offset, &value))
			return value;
	}
	return 0;
}

uint64_t
kvs_peek(const struct kvs_input *in, unsigned file, uint64_t offset, unsigned width, bool big)
{
	uint8_t bytes[8] = { 0 };

	for (unsigned i = 0; i < width; i++)
		bytes[i] = byte_of(in, file, offset + i);
	return kvs_get(bytes, width, big);
}

void
kvs_poke(
    struct kvs_input *in, unsigned file, uint64_t offset, unsigned width, uint64_t value, bool big)
{
	uint8_t record[KVS_SPARSE_DATA_HEAD + 8] = { (uint8_t)(KVS_SPARSE_DATA | file << 4) };
	uint8_t other;

	for (size_t i = in->n; i-- > 0;) {
		uint8_t *const p = data_byte(in, i, file, offset);

		if (p != NULL && data_byte(in, i, file, offset + width - 1) != NULL) {
			kvs_put(p, width, value, big);
			return;
		}
		if (p != NULL || run_byte(in, i, file, offset, &other))
			break; /* it would hide a change of what came before it */
	}
	kvs_put(record + 1, 6, offset, false);
	kvs_put(record + 7, 2, width, false);
	kvs_put(record + KVS_SPARSE_DATA_HEAD, width, value, big);
	if (kvs_insert(in, in->size, record, KVS_SPARSE_DATA_HEAD + width))
		kvs_cut(in);
}
