/* SPDX-License-Identifier: BSD-2-Clause */
/* The riscv64 specification as plain loops over a dump in memory: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_RISCV64_H
#define KVS_TESTS_NAIVE_RISCV64_H

#include "naive/memory.h"

/* Of a minidump whose header is sound: version 1 or 2, bases aligned. */
void naive_riscv64(const uint8_t *file, uint64_t bytes, uint64_t va, struct naive_answer *out);

#endif
