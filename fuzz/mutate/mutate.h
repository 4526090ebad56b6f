/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes inputs of the KSF1 format record by record; knows no engine. */
#ifndef KVS_FUZZ_MUTATE_MUTATE_H
#define KVS_FUZZ_MUTATE_MUTATE_H

#include <stddef.h>
#include <stdint.h>

/*
 * One change, in place; the new size, at most `most`; 0: `size` is more. Not KSF1: bytes, or the
 * dump becomes a record. All randomness comes from `seed`.
 */
size_t kvs_mutate(uint8_t *data, size_t size, size_t most, unsigned seed);

/* Records of two inputs, taken in turn; the size of `out`, at most `most`; 0: not of KSF1. */
size_t kvs_cross(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size, uint8_t *out,
    size_t most, unsigned seed);

#endif
