/* SPDX-License-Identifier: BSD-2-Clause */
/* The amd64 specification as plain loops over a dump in memory: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_AMD64_H
#define KVS_TESTS_NAIVE_AMD64_H

#include "naive/memory.h"

/* Of a minidump whose header is sound: version 1 to 3, bases aligned. */
void naive_amd64_minidump(
    const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out);

/* Of a full core whose header and program headers are in the file; levels: 4 or 5. */
void naive_amd64_core(const uint8_t *file, uint64_t bytes, uint64_t root, unsigned levels,
    uint64_t va, struct naive_answer *out);

#endif
