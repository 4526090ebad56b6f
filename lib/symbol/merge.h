/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The three passes over a list of names: plain, VNET, DPCPU. Knows no dump: the sets and their
 * bases are arguments. Rule: lib/libkvm/kvm_private.c, _kvm_nlist and kvm_fdnlist_prefix; the
 * count is a recount of the list.
 */
#ifndef KVS_SYMBOL_MERGE_H
#define KVS_SYMBOL_MERGE_H

#include "symbol/provider.h"
#include "util/alloc.h"

/* A linker set whose variables have a copy elsewhere. */
struct kvs_set {
	bool initialised; /* false: the pass is left out */
	bool relocates; /* false: names are found, values stay as linked */
	uint64_t start, stop; /* as linked */
	uint64_t base; /* added to a value in [start, stop), modulo 2^(8 * pointer_bytes) */
};

struct kvs_sets {
	struct kvs_set vnet, dpcpu;
	uint8_t pointer_bytes; /* 4, 8 */
};

/* A list to fill. */
struct kvs_names {
	struct kvmsafe_symbol *list; /* NULL only if n is 0 */
	size_t n;
	size_t unresolved; /* entries not found; set on OK */
};

/*
 * Fill the entries, whatever but a name stands in them. On failure all are cleared, but for their
 * names. USAGE: a NULL name; KERNEL_NEEDED: no provider; a provider's own error. memory: for names
 * with a prefix.
 */
enum kvmsafe_status kvs_merge(const struct kvs_provider *provider, const struct kvs_sets *sets,
    struct kvs_memory *memory, struct kvs_names *names, struct kvmsafe_error *err);

/* What a failure leaves: all but the names is zeroed. */
void kvs_names_clear(const struct kvs_names *names);

/* The value rule by itself, in an initialised set. */
uint64_t kvs_set_value(const struct kvs_set *set, uint8_t pointer_bytes, uint64_t value);

#endif
