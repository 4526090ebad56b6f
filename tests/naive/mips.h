/* SPDX-License-Identifier: BSD-2-Clause */
/* The mips specification as plain steps over a dump in memory: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_MIPS_H
#define KVS_TESTS_NAIVE_MIPS_H

#include "naive/memory.h"

/* What the kernel file or the caller says. */
struct naive_mips {
	bool big_endian, n64;
	unsigned entry_bytes; /* 4: o32, or FreeBSD 8 on the others */
	unsigned pa_bits; /* 32: o32; else 40 */
};

/* Of a minidump whose header is sound. */
void naive_mips(const uint8_t *file, uint64_t bytes, const struct naive_mips *kind, uint64_t va,
    struct naive_answer *out);

#endif
