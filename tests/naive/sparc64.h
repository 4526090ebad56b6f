/* SPDX-License-Identifier: BSD-2-Clause */
/* The sparc64 specification as plain steps over a dump in memory: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_SPARC64_H
#define KVS_TESTS_NAIVE_SPARC64_H

#include "naive/memory.h"

/* Of a dump whose header is sound. */
void naive_sparc64(const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out);

#endif
