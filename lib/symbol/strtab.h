/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A string table and a hash of every name in it. Names overlap: a hostile table makes each of its
 * bytes the start of a name that ends at the table's end, so hashing names one by one would cost
 * bytes squared. Here hashes run backwards, from the name's end: one pass leaves a mark every few
 * bytes, and the hash of any name is at most that many steps away.
 */
#ifndef KVS_SYMBOL_STRTAB_H
#define KVS_SYMBOL_STRTAB_H

#include <kvmsafe/kvmsafe.h>

#include "util/alloc.h"

struct kvs_strtab {
	struct kvs_memory *memory;
	uint8_t *bytes;
	size_t len; /* up to and with the last NUL: names behind it have no end */
	size_t unterminated; /* bytes behind that */
	uint64_t *marks; /* hash of the name at each MARK_BYTES; until kvs_strtab_seal */
	uint32_t base[2]; /* of the two hashes, from the table's contents */
};

/* Copy [offset, offset + bytes) of the file, which lies within it. */
enum kvmsafe_status kvs_strtab_read(struct kvs_strtab *strtab, struct kvs_memory *memory,
    const struct kvmsafe_source *source, uint64_t offset, uint64_t bytes,
    struct kvmsafe_error *err);
void kvs_strtab_fini(struct kvs_strtab *strtab);

/* No more kvs_strtab_hash_at: frees what it needs. */
void kvs_strtab_seal(struct kvs_strtab *strtab);

/* Hash of the name at `offset`, which is below len. O(1). */
uint64_t kvs_strtab_hash_at(const struct kvs_strtab *strtab, size_t offset);

/* Hash of a caller's name of `bytes` bytes without its NUL. */
uint64_t kvs_strtab_hash(const struct kvs_strtab *strtab, const char *name, size_t bytes);

/* Is the name at `offset`, which is below len, this one of `bytes` bytes and a NUL? */
bool kvs_strtab_equal(
    const struct kvs_strtab *strtab, size_t offset, const char *name, size_t bytes);

#endif
