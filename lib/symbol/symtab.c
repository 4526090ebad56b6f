/* SPDX-License-Identifier: BSD-2-Clause */
/* A sorted array of symbols: radix exchange sort, binary search. */
#include "symbol/symtab.h"

#include <assert.h>

/* An entry's key from its top bit on: upper bits of the hash, rank, upper bits of the place. */
#define HASH_SHIFT 13
#define RANK_SHIFT 11
#define HASH_DROPPED 11 /* low bits of the hash's 62, for which there is no room */
#define PLACE_BITS 16 /* lower bits of the place, beside the key */
#define KEY_BITS 64
#define SORT_BITS (KEY_BITS + PLACE_BITS)
#define FEW 12 /* entries that are sorted one by one */

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

/* The lowest key of a name with this hash. */
static uint64_t
hash_key(uint64_t hash)
{
	return hash >> HASH_DROPPED << HASH_SHIFT;
}

void
kvs_symtab_add(struct kvs_symtab *symtab, struct kvs_symtab_entry entry)
{
	const uint64_t place = symtab->n;

	assert(symtab->n < symtab->capacity && place < KVS_SYMTAB_MOST);
	entry.key = hash_key(kvs_strtab_hash_at(&symtab->names, entry.name)) |
	    (uint64_t)rank_of(entry.info) << RANK_SHIFT | place >> PLACE_BITS;
	entry.place = (uint16_t)place;
	symtab->entries[symtab->n++] = entry;
}

static bool
before(const struct kvs_symtab_entry *a, const struct kvs_symtab_entry *b)
{
	return a->key < b->key || (a->key == b->key && a->place < b->place);
}

/* Bit n from the top of what the entries are sorted by. */
static bool
bit_of(const struct kvs_symtab_entry *entry, unsigned n)
{
	return n < KEY_BITS ? (entry->key >> (KEY_BITS - 1 - n) & 1) != 0
			    : (entry->place >> (SORT_BITS - 1 - n) & 1) != 0;
}

static void
swap(struct kvs_symtab_entry *a, struct kvs_symtab_entry *b)
{
	const struct kvs_symtab_entry held = *a;

	*a = *b;
	*b = held;
}

/* Of n entries those whose bit is clear to the front; how many they are. */
static size_t
partition(struct kvs_symtab_entry *entries, size_t n, unsigned bit)
{
	size_t low = 0;

	while (low < n) {
		if (!bit_of(&entries[low], bit))
			low++;
		else
			swap(&entries[low], &entries[--n]);
	}
	return low;
}

static void
sort_few(struct kvs_symtab_entry *entries, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t j = i + 1; j < n; j++)
			if (before(&entries[j], &entries[i]))
				swap(&entries[i], &entries[j]);
}

/*
 * Radix exchange: a part whose bits down to some bit are alike is parted by the next one. No two
 * entries are alike in all bits, so parts become few before the bits end. Waiting parts lie side by
 * side: the end of each is enough.
 */
void
kvs_symtab_settle(struct kvs_symtab *symtab)
{
	size_t ends[SORT_BITS + 1] = { symtab->n }, at = 0;
	uint8_t bits[SORT_BITS + 1] = { 0 };
	unsigned waiting = 1;

	while (waiting > 0) {
		struct kvs_symtab_entry *const part = symtab->entries + at;
		const size_t n = ends[waiting - 1] - at;
		const uint8_t bit = bits[waiting - 1];

		if (n <= FEW) {
			sort_few(part, n);
			at = ends[--waiting];
			continue;
		}
		bits[waiting - 1] = bits[waiting] = (uint8_t)(bit + 1);
		ends[waiting++] = at + partition(part, n, bit);
	}
}

/* The first entry of this key or above. */
static size_t
lower_bound(const struct kvs_symtab *symtab, uint64_t key)
{
	size_t low = 0, high = symtab->n;

	while (low < high) {
		const size_t middle = low + (high - low) / 2;

		if (symtab->entries[middle].key < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct kvs_symtab_entry *
kvs_symtab_find(const struct kvs_symtab *symtab, const char *name, size_t bytes)
{
	const uint64_t key = hash_key(kvs_strtab_hash(&symtab->names, name, bytes));

	for (size_t i = lower_bound(symtab, key); i < symtab->n; i++) {
		const struct kvs_symtab_entry *const entry = &symtab->entries[i];

		if (entry->key >> HASH_SHIFT != key >> HASH_SHIFT)
			return NULL;
		if (kvs_strtab_equal(&symtab->names, entry->name, name, bytes))
			return entry;
	}
	return NULL;
}
