/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symbols sorted by the hash of their name, then by who is preferred: global, weak, local, other;
 * then file order. So a name's first entry is its answer.
 */
#ifndef KVS_SYMBOL_SYMTAB_H
#define KVS_SYMBOL_SYMTAB_H

#include "symbol/strtab.h"

/* Their place in the file is kept in 27 bits: ties of the sort, which needs no memory then. */
#define KVS_SYMTAB_MOST (UINT64_C(1) << 27)

struct kvs_symtab_entry {
	uint64_t key; /* 51 bits of the hash, 2 of the rank, 11 upper ones of the place */
	uint64_t value, bytes;
	uint32_t name; /* offset in the string table, below its len */
	uint8_t info; /* st_info: binding << 4 | type */
	uint8_t nlist_type;
	uint16_t place; /* its lower bits; key and place are set by kvs_symtab_add */
};

struct kvs_symtab {
	struct kvs_memory *memory;
	struct kvs_strtab names; /* owned; filled by the caller before the first add */
	struct kvs_symtab_entry *entries;
	size_t n, capacity;
};

/* Room for `most` symbols, up to KVS_SYMTAB_MOST. */
enum kvmsafe_status kvs_symtab_init(
    struct kvs_symtab *symtab, struct kvs_memory *memory, uint64_t most, struct kvmsafe_error *err);
void kvs_symtab_fini(struct kvs_symtab *symtab);

/* Add one, in file order; key and place are filled in. There must be room. */
void kvs_symtab_add(struct kvs_symtab *symtab, struct kvs_symtab_entry entry);

/* Sort, once, after the last add: in place, O(n) a bit of the keys at most, whatever the names. */
void kvs_symtab_settle(struct kvs_symtab *symtab);

/* The entry that answers for a name of `bytes` bytes; NULL: none. Also on a zeroed symtab. */
const struct kvs_symtab_entry *kvs_symtab_find(
    const struct kvs_symtab *symtab, const char *name, size_t bytes);

#endif
