/* SPDX-License-Identifier: BSD-2-Clause */
/* The arm specification as plain loops over a dump in memory: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_ARM_H
#define KVS_TESTS_NAIVE_ARM_H

#include "naive/memory.h"

/* Regions as they stand in the header: find where the pages begin, and how wide dump_avail is. */
void naive_arm_settle(struct naive_dump *dump);

/* Of a minidump whose header is sound. */
void naive_arm_minidump(
    const uint8_t *file, uint64_t bytes, bool big_endian, uint64_t va, struct naive_answer *out);

/* Of a full core with descriptors of v6: root is the physical address of the first level. */
void naive_arm_core(const uint8_t *file, uint64_t bytes, bool big_endian, uint64_t root,
    uint64_t va, struct naive_answer *out);

#endif
