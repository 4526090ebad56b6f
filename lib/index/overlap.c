/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settling segments: a sweep over rising addresses, with those that hold the address in a heap, so
 * that each address goes to the first in the file's order whose bytes in the file hold it, as
 * libkvm's linear search has it; the rest of a segment, which was not dumped, hides nobody's bytes.
 * O(n log n) for every order and every overlap: the headers are hostile, and may be 2^16.
 */
#include <inttypes.h>

#include "index/segments.h"

struct sweep {
	const struct kvs_segment *in; /* parts by split(): the index is the rank */
	const size_t *order; /* indices by address */
	size_t n, started; /* of order */
	size_t *heap; /* those that began, ended ones perhaps among them; the smallest on top */
	size_t nheap;
	uint64_t last; /* the highest address of those that began */
	struct kvs_segment *out;
	size_t nout, owner; /* of the last piece; n: there is none */
};

static uint64_t
last_of(const struct kvs_segment *segment)
{
	return segment->address + (segment->bytes - 1);
}

/* Stable, so that findings about equal addresses come in the file's order. */
static void
merge(const struct kvs_segment *in, const size_t *from, size_t *to, size_t left, size_t middle,
    size_t high)
{
	size_t right = middle;

	for (size_t i = left; i < high; i++) {
		to[i] = from[left < middle &&
			    (right >= high || in[from[left]].address <= in[from[right]].address)
			? left++
			: right++];
	}
}

/* Indices by address, in one of the two arrays; *other is the other one. */
static size_t *
sort(const struct kvs_segment *in, size_t n, size_t *from, size_t *to, size_t **other)
{
	for (size_t i = 0; i < n; i++)
		from[i] = i;
	for (size_t width = 1; width < n; width *= 2) {
		size_t *const swap = from;

		for (size_t low = 0; low < n; low += 2 * width)
			merge(in, from, to, low, low + width, (size_t)kvs_min(low + 2 * width, n));
		from = to;
		to = swap;
	}
	*other = to;
	return from;
}

static void
push(struct sweep *sweep, size_t index)
{
	size_t at = sweep->nheap++;

	for (; at > 0 && sweep->heap[(at - 1) / 2] > index; at = (at - 1) / 2)
		sweep->heap[at] = sweep->heap[(at - 1) / 2];
	sweep->heap[at] = index;
}

static void
pop(struct sweep *sweep)
{
	const size_t index = sweep->heap[--sweep->nheap];
	size_t at = 0, child;

	for (child = 1; child < sweep->nheap; child = 2 * at + 1) {
		if (child + 1 < sweep->nheap && sweep->heap[child + 1] < sweep->heap[child])
			child++;
		if (sweep->heap[child] >= index)
			break;
		sweep->heap[at] = sweep->heap[child];
		at = child;
	}
	sweep->heap[at] = index;
}

/* A piece [from, last] of a segment; one that follows a piece of the same segment goes on where that
   ended, and is that piece. */
static void
emit(struct sweep *sweep, size_t index, uint64_t from, uint64_t last)
{
	const struct kvs_segment *const whole = &sweep->in[index];
	const bool more = sweep->owner == index;
	const uint64_t start = more ? sweep->out[sweep->nout - 1].address : from;
	const uint64_t skip = start - whole->address;
	const uint64_t bytes = last - start + 1;
	const struct kvs_segment piece = { .address = start,
		.bytes = bytes,
		.offset = whole->offset + skip,
		.dumped = kvs_min(bytes, whole->dumped), /* a part is dumped, or it is not */
		.present = kvs_min(bytes, whole->present - kvs_min(skip, whole->present)) };

	if (!more)
		sweep->nout++;
	sweep->out[sweep->nout - 1] = piece;
	sweep->owner = index;
}

/* Let all begin that begin at or below an address. */
static void
begin(
    struct sweep *sweep, uint64_t address, enum kvmsafe_place place, struct kvs_findings *findings)
{
	while (sweep->started < sweep->n) {
		const size_t index = sweep->order[sweep->started];
		const struct kvs_segment *const segment = &sweep->in[index];

		if (segment->address > address)
			return;
		if (sweep->started > 0 && segment->address <= sweep->last)
			kvs_findings_note(findings, KVMSAFE_DAMAGED, place, segment->address,
			    "segments: a start above 0x%" PRIx64 " expected, found 0x%" PRIx64
			    ": where segments overlap, the first in the file counts",
			    sweep->last, segment->address);
		if (last_of(segment) > sweep->last)
			sweep->last = last_of(segment);
		push(sweep, index);
		sweep->started++;
	}
}

static void
run(struct sweep *sweep, enum kvmsafe_place place, struct kvs_findings *findings)
{
	uint64_t at = 0, last;

	for (;;) {
		begin(sweep, at, place, findings);
		while (sweep->nheap > 0 && last_of(&sweep->in[sweep->heap[0]]) < at)
			pop(sweep);
		if (sweep->nheap == 0 && sweep->started == sweep->n)
			return;
		if (sweep->nheap == 0) {
			at = sweep->in[sweep->order[sweep->started]].address;
			continue;
		}
		last = last_of(&sweep->in[sweep->heap[0]]);
		if (sweep->started < sweep->n)
			last = kvs_min(last, sweep->in[sweep->order[sweep->started]].address - 1);
		emit(sweep, sweep->heap[0], at, last);
		if (last == UINT64_MAX)
			return;
		at = last + 1;
	}
}

/* Are they in order and apart, as sound dumps have them? */
static bool
is_settled(const struct kvs_segments *segments)
{
	for (size_t i = 1; i < segments->n; i++)
		if (last_of(&segments->list[i - 1]) >= segments->list[i].address)
			return false;
	return true;
}

/* What was dumped of each, in the file's order, then what was not; returns how many parts. */
static size_t
split(const struct kvs_segments *segments, struct kvs_segment *parts)
{
	size_t n = 0;

	for (size_t i = 0; i < segments->n; i++) {
		parts[n] = segments->list[i];
		parts[n].bytes = parts[n].dumped;
		n += parts[n].bytes > 0;
	}
	for (size_t i = 0; i < segments->n; i++) {
		const struct kvs_segment *const whole = &segments->list[i];

		if (whole->bytes > whole->dumped)
			parts[n++] =
			    (struct kvs_segment){ .address = whole->address + whole->dumped,
				    .bytes = whole->bytes - whole->dumped };
	}
	return n;
}

/* *list becomes the pieces, in an order by address. */
static enum kvmsafe_status
sweep_parts(struct kvs_segments *segments, const struct kvs_segment *parts, size_t n,
    struct kvs_findings *findings, struct kvmsafe_error *err)
{
	struct sweep sweep = { .in = parts, .n = n, .owner = n };
	enum kvmsafe_status status;
	void *indices, *list;

	status = kvs_alloc(segments->memory, n, 2 * sizeof(size_t), "segments", &indices, err);
	if (status != KVMSAFE_OK)
		return status;
	/* Each begin and each end, but for the first and the last, starts at most one piece. */
	status = kvs_alloc(segments->memory, n, 2 * sizeof(*sweep.out), "segments", &list, err);
	if (status == KVMSAFE_OK) {
		sweep.order = sort(parts, n, indices, (size_t *)indices + n, &sweep.heap);
		sweep.out = list;
		run(&sweep, segments->place, findings);
		kvs_free(segments->memory, segments->list);
		segments->list = list;
		segments->n = sweep.nout;
	}
	kvs_free(segments->memory, indices);
	return status;
}

enum kvmsafe_status
kvs_segments_settle(
    struct kvs_segments *segments, struct kvs_findings *findings, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	void *parts;

	if (is_settled(segments))
		return KVMSAFE_OK;
	status = kvs_alloc(
	    segments->memory, segments->n, 2 * sizeof(struct kvs_segment), "segments", &parts, err);
	if (status != KVMSAFE_OK)
		return status;
	status = sweep_parts(segments, parts, split(segments, parts), findings, err);
	kvs_free(segments->memory, parts);
	return status;
}
