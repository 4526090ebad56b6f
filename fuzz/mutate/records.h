/* SPDX-License-Identifier: BSD-2-Clause */
/* The records of a KSF1 input as the mutator sees them: where each lies, and bytes of the files. */
#ifndef KVS_FUZZ_MUTATE_RECORDS_H
#define KVS_FUZZ_MUTATE_RECORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "fuzz/sparse.h"

#define KVS_MAGIC_BYTES 4
#define KVS_SPANS_MAX 256 /* records behind these stay as they are */

struct kvs_span {
	size_t at, bytes; /* with the tag */
};

/* An input under change. */
struct kvs_input {
	uint8_t *data;
	size_t size, most;
	uint64_t random;
	size_t n;
	struct kvs_span span[KVS_SPANS_MAX];
};

bool kvs_is_ksf(const uint8_t *data, size_t size);

/* Where records lie; their number. */
size_t kvs_spans(const uint8_t *data, size_t size, struct kvs_span span[KVS_SPANS_MAX]);

/* Find the records anew: after the size changed. */
void kvs_cut(struct kvs_input *in);

uint64_t kvs_random(uint64_t *random);
/* Below n; 0 when n is 0. */
size_t kvs_below(uint64_t *random, size_t n);
/* A number that breaks arithmetic, or the old one a little or a page off. */
uint64_t kvs_odd_number(uint64_t *random, uint64_t old);

void kvs_put(uint8_t *p, unsigned width, uint64_t value, bool big);
uint64_t kvs_get(const uint8_t *p, unsigned width, bool big);

/* Insert bytes before `at`, or nothing where they do not fit; true: they are in. */
bool kvs_insert(struct kvs_input *in, size_t at, const uint8_t *bytes, size_t n);
void kvs_drop(struct kvs_input *in, struct kvs_span span);

/* A number of a file, at most 8 bytes; holes are zero. */
uint64_t kvs_peek(
    const struct kvs_input *in, unsigned file, uint64_t offset, unsigned width, bool big);
/* Change it: in the record that has it, else in a new one at the end. */
void kvs_poke(
    struct kvs_input *in, unsigned file, uint64_t offset, unsigned width, uint64_t value, bool big);

#endif
