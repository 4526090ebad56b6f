/* SPDX-License-Identifier: BSD-2-Clause */
/* The powerpc64 specification as plain steps over a minidump: slow, and with no lib/ code. */
#ifndef KVS_TESTS_NAIVE_POWERPC64_H
#define KVS_TESTS_NAIVE_POWERPC64_H

#include "naive/memory.h"

/* Of a minidump whose header is sound. table_big_endian: the entries of a hashed table. */
void naive_powerpc64(const uint8_t *file, uint64_t bytes, bool table_big_endian, uint64_t va,
    struct naive_answer *out);

/* Has the hashed table an entry for the page at page->va, with its physical address and protection? It
   may be one that no look-up of the address finds. */
bool naive_powerpc64_has(
    const uint8_t *file, uint64_t bytes, bool table_big_endian, const struct kvmsafe_page *page);

/* A kernel's VSID of an address. */
uint64_t naive_powerpc64_vsid(uint64_t va);

#endif
