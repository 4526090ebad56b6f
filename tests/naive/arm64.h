/* SPDX-License-Identifier: BSD-2-Clause */
/* The arm64 specification as plain loops over a dump in memory: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_ARM64_H
#define KVS_TESTS_NAIVE_ARM64_H

#include "naive/memory.h"

/*
 * Of a minidump whose header is sound. page_bytes: what the caller says of one before version 3; 0:
 * nothing.
 */
void naive_arm64(const uint8_t *file, uint64_t bytes, uint64_t page_bytes, uint64_t va,
    struct naive_answer *out);

#endif
