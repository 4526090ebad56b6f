/* SPDX-License-Identifier: BSD-2-Clause */
/* The i386 specification as plain loops over a dump in memory: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_I386_H
#define KVS_TESTS_NAIVE_I386_H

#include "naive/memory.h"

/* Of a minidump whose header is sound: version 1 or 2, kernbase aligned. */
void naive_i386_minidump(
    const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out);

/* Of a full core: root is the physical address of the directory, or of the four entries of PAE. */
void naive_i386_core(const uint8_t *file, uint64_t bytes, uint64_t root, bool pae, uint64_t va,
    struct naive_answer *out);

#endif
