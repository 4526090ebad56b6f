/* SPDX-License-Identifier: BSD-2-Clause */
/* A sorted array of symbols: merge sort, binary search. */
#include "symbol/symtab.h"

#include <assert.h>

#include "util/checked.h"

_Static_assert(sizeof(struct kvs_symtab_entry) == 32, "32 bytes a symbol are promised");

enum kvmsafe_status
kvs_symtab_init(
    struct kvs_symtab *symtab, struct kvs_memory *memory, uint64_t most, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	void *entries;

	status = kvs_alloc(memory, most, sizeof(*symtab->entries), "symbols", &entries, err);
	if (status == KVMSAFE_OK)
		*symtab = (struct kvs_symtab){
			.memory = memory, .entries = entries, .capacity = (size_t)most
		};
	return status;
}

void
kvs_symtab_fini(struct kvs_symtab *symtab)
{
	kvs_strtab_fini(&symtab->names);
	kvs_free(symtab->memory, symtab->entries);
	*symtab = (struct kvs_symtab){ 0 };
}

/* STB_GLOBAL 1, STB_WEAK 2, STB_LOCAL 0; the live kernel prefers globals too: link_elf.c, 12.1. */
static uint8_t
rank_of(uint8_t info)
{
	static const uint8_t ranks[] = { 2, 0, 1 };
	const unsigned binding = info >> 4;

	return binding < sizeof(ranks) ? ranks[binding] : 3;
}

void
kvs_symtab_add(struct kvs_symtab *symtab, struct kvs_symtab_entry entry)
{
	assert(symtab->n < symtab->capacity);
	entry.hash = kvs_strtab_hash_at(&symtab->names, entry.name);
	entry.rank = rank_of(entry.info);
	symtab->entries[symtab->n++] = entry;
}

static bool
before(const struct kvs_symtab_entry *a, const struct kvs_symtab_entry *b)
{
	return a->hash < b->hash || (a->hash == b->hash && a->rank < b->rank);
}

/* Merge the sorted [0, middle) and [middle, n) of `from`; equal ones keep their order. */
static void
merge(const struct kvs_symtab_entry *from, size_t middle, size_t n, struct kvs_symtab_entry *to)
{
	size_t a = 0, b = middle;

	for (size_t i = 0; i < n; i++) {
		if (a < middle && (b == n || !before(&from[b], &from[a])))
			to[i] = from[a++];
		else
			to[i] = from[b++];
	}
}

enum kvmsafe_status
kvs_symtab_settle(struct kvs_symtab *symtab, struct kvmsafe_error *err)
{
	const size_t n = symtab->n;
	struct kvs_symtab_entry *from = symtab->entries, *to;
	enum kvmsafe_status status;
	void *spare;

	status = kvs_alloc(symtab->memory, symtab->capacity, sizeof(*from), "symbols", &spare, err);
	if (status != KVMSAFE_OK)
		return status;
	to = spare;
	/* n entries of 32 bytes are in memory: twice a run does not wrap. */
	for (size_t run = 1; run < n; run *= 2) {
		struct kvs_symtab_entry *const swap = from;

		for (size_t at = 0; at < n; at += 2 * run) {
			const size_t len = (size_t)kvs_min(n - at, 2 * run);

			merge(from + at, (size_t)kvs_min(run, len), len, to + at);
		}
		from = to;
		to = swap;
	}
	symtab->entries = from;
	kvs_free(symtab->memory, to);
	return KVMSAFE_OK;
}

/* The first entry of this hash, or where it would be. */
static size_t
lower_bound(const struct kvs_symtab *symtab, uint64_t hash)
{
	size_t low = 0, high = symtab->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (symtab->entries[middle].hash < hash)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct kvs_symtab_entry *
kvs_symtab_find(const struct kvs_symtab *symtab, const char *name, size_t bytes)
{
	const uint64_t hash = kvs_strtab_hash(&symtab->names, name, bytes);

	for (size_t i = lower_bound(symtab, hash); i < symtab->n; i++) {
		const struct kvs_symtab_entry *const entry = &symtab->entries[i];

		if (entry->hash != hash)
			return NULL;
		if (kvs_strtab_equal(&symtab->names, entry->name, name, bytes))
			return entry;
	}
	return NULL;
}
