/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rank and select: the set bits before each block of 512 bits are counted once, in 16 bits relative
 * to a superblock of 2^16 bits, whose own count has 64. That is 264 bytes for 8 KiB: 3.2 %.
 */
#include "index/bitmap.h"

#include <assert.h>
#include <string.h>

#include "util/checked.h"
#include "util/error.h"
#include "util/load.h"

#define WORD_BITS 64
#define BLOCK_BITS 512
#define BLOCK_WORDS (BLOCK_BITS / WORD_BITS)
#define BLOCK_BYTES (BLOCK_BITS / 8)
#define SUPER_BITS 65536
#define SUPER_BLOCKS (SUPER_BITS / BLOCK_BITS)

struct kvmsafe_bitmap {
	struct kvs_memory *memory; /* NULL: none */
	const uint8_t *bits;
	size_t bytes;
	uint64_t limit; /* from there on all bits are clear */
	uint64_t count;
	uint64_t nblocks, nsupers;
	size_t overhead;
	enum kvmsafe_bit_order order;
	const uint16_t *blocks; /* set bits in the superblock before each block */
	uint64_t supers[]; /* set bits before each superblock; the blocks lie behind */
};

static unsigned
popcount(uint64_t word)
{
	word -= word >> 1 & UINT64_C(0x5555555555555555);
	word = (word & UINT64_C(0x3333333333333333)) + (word >> 2 & UINT64_C(0x3333333333333333));
	word = (word + (word >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(word * UINT64_C(0x0101010101010101) >> 56);
}

/*
 * Of BLOCK_BYTES bytes, of any order: who only counts need not know it. Compilers make vectors of
 * this, as fast as memory gives the bytes: no need to ask which instructions the processor has.
 */
static unsigned
block_count(const uint8_t *bytes)
{
	uint64_t words[BLOCK_WORDS], any = 0;
	unsigned count = 0;

	memcpy(words, bytes, sizeof(words));
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		any |= words[i];
	if (any == 0)
		return 0;
	for (unsigned i = 0; i < BLOCK_WORDS; i++)
		count += popcount(words[i]);
	return count;
}

/* All whole blocks. */
static uint64_t
count_blocks(struct kvmsafe_bitmap *map, uint16_t *blocks, uint64_t nblocks)
{
	uint64_t total = 0, before = 0;

	for (uint64_t i = 0; i < nblocks; i++) {
		if (i % SUPER_BLOCKS == 0)
			map->supers[i / SUPER_BLOCKS] = before = total;
		blocks[i] = (uint16_t)(total - before);
		total += block_count(map->bits + (size_t)i * BLOCK_BYTES);
	}
	return total;
}

/* The word with bits 64 n and up, as the dump's order has them; 64 n is below the limit. */
static uint64_t
word_at(const struct kvmsafe_bitmap *map, uint64_t n)
{
	const size_t at = (size_t)n * 8;
	const size_t left = map->bytes - at;
	const uint64_t nbits = map->limit - n * WORD_BITS;
	const uint8_t *bytes = map->bits + at;
	uint8_t tail[8] = { 0 };
	uint64_t word;

	assert(bytes != NULL); /* without bytes there is no word */
	if (left < sizeof(tail)) {
		memcpy(tail, bytes, left);
		bytes = tail;
	}
	word = map->order == KVMSAFE_BITS_LE ? kvs_load64le(bytes) : kvs_load64be(bytes);
	if (map->order == KVMSAFE_BITS_BE32)
		word = word << 32 | word >> 32;
	return nbits >= WORD_BITS ? word : word & ((UINT64_C(1) << nbits) - 1);
}

/* Set bits in words [first, last), none of which is the last one of the bitmap. */
static unsigned
count_words(const struct kvmsafe_bitmap *map, uint64_t first, uint64_t last)
{
	unsigned count = 0;

	for (uint64_t n = first; n < last; n++)
		count += popcount(kvs_load64le(map->bits + (size_t)n * 8));
	return count;
}

static void
build(struct kvmsafe_bitmap *map, uint16_t *blocks)
{
	const uint64_t whole = kvs_min(map->limit / BLOCK_BITS, map->bytes / BLOCK_BYTES);
	const uint64_t nwords = map->limit / WORD_BITS + (map->limit % WORD_BITS != 0);

	map->count = count_blocks(map, blocks, whole);
	if (whole == map->nblocks)
		return;
	/* What is left is less than a block. */
	if (whole % SUPER_BLOCKS == 0)
		map->supers[whole / SUPER_BLOCKS] = map->count;
	blocks[whole] = (uint16_t)(map->count - map->supers[whole / SUPER_BLOCKS]);
	for (uint64_t n = whole * BLOCK_WORDS; n < nwords; n++)
		map->count += popcount(word_at(map, n));
}

/* Bits that there are: below nbits, and in words of which there is a byte. */
static uint64_t
bit_limit(size_t bytes, uint64_t nbits)
{
	const uint64_t words = (uint64_t)bytes / 8 + (bytes % 8 != 0);

	return words > UINT64_MAX / WORD_BITS ? nbits : kvs_min(nbits, words * WORD_BITS);
}

static enum kvmsafe_status
check(const struct kvs_bits *bits, struct kvmsafe_error *err)
{
	if (bits->bits == NULL && bits->bytes > 0)
		return kvs_fail(
		    err, KVMSAFE_USAGE, "bitmap: %zu bytes expected, found NULL", bits->bytes);
	if (bits->order != KVMSAFE_BITS_LE && bits->order != KVMSAFE_BITS_BE32 &&
	    bits->order != KVMSAFE_BITS_BE64)
		return kvs_fail(err, KVMSAFE_USAGE,
		    "bitmap: a bit order of 0, 1 or 2 expected, found %d", (int)bits->order);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_bitmap_create(struct kvs_memory *memory, const struct kvs_bits *bits,
    struct kvmsafe_bitmap **out, struct kvmsafe_error *err)
{
	const uint64_t limit = bit_limit(bits->bytes, bits->nbits);
	const uint64_t nblocks = limit / BLOCK_BITS + (limit % BLOCK_BITS != 0);
	const uint64_t nsupers = limit / SUPER_BITS + (limit % SUPER_BITS != 0);
	const uint64_t total =
	    sizeof(struct kvmsafe_bitmap) + nsupers * sizeof(uint64_t) + nblocks * sizeof(uint16_t);
	enum kvmsafe_status status = check(bits, err);
	struct kvmsafe_bitmap *map;
	uint16_t *blocks;
	void *block;

	if (status != KVMSAFE_OK)
		return status;
	status = kvs_alloc(memory, 1, total, "bitmap index", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	map = block;
	*map = (struct kvmsafe_bitmap){ .memory = memory,
		.bits = bits->bits,
		.bytes = bits->bytes,
		.limit = limit,
		.nblocks = nblocks,
		.nsupers = nsupers,
		.overhead = (size_t)total,
		.order = bits->order };
	blocks = (uint16_t *)(map->supers + nsupers);
	map->blocks = blocks;
	build(map, blocks);
	*out = map;
	return KVMSAFE_OK;
}

unsigned
kvs_bitmap_run(const struct kvmsafe_bitmap *map, uint64_t bit, bool *set)
{
	const unsigned at = (unsigned)(bit % WORD_BITS);
	uint64_t word = bit < map->limit ? word_at(map, bit / WORD_BITS) >> at : 0;
	unsigned run = 0;

	*set = (word & 1) != 0;
	if (*set)
		word = ~word;
	/* Bits shifted in at the top differ from those of a run of set bits, not of clear ones. */
	while (run < WORD_BITS - at && (word & 1) == 0) {
		word >>= 1;
		run++;
	}
	return run;
}

enum kvmsafe_status
kvmsafe_bitmap_create(const void *bits, size_t bytes, uint64_t nbits, enum kvmsafe_bit_order order,
    struct kvmsafe_bitmap **out, struct kvmsafe_error *err)
{
	const struct kvs_bits all = {
		.bits = bits, .bytes = bytes, .nbits = nbits, .order = order
	};

	return kvs_bitmap_create(NULL, &all, out, err);
}

void
kvmsafe_bitmap_destroy(struct kvmsafe_bitmap *map)
{
	if (map != NULL)
		kvs_free(map->memory, map);
}

uint64_t
kvmsafe_bitmap_count(const struct kvmsafe_bitmap *map)
{
	return map->count;
}

bool
kvmsafe_bitmap_test(const struct kvmsafe_bitmap *map, uint64_t bit)
{
	return bit < map->limit && (word_at(map, bit / WORD_BITS) >> (bit % WORD_BITS) & 1) != 0;
}

uint64_t
kvmsafe_bitmap_rank(const struct kvmsafe_bitmap *map, uint64_t bit)
{
	const uint64_t block = bit / BLOCK_BITS, word = bit / WORD_BITS;
	const uint64_t below = (UINT64_C(1) << (bit % WORD_BITS)) - 1;

	if (bit >= map->limit)
		return map->count;
	return map->supers[bit / SUPER_BITS] + map->blocks[block] +
	    count_words(map, block * BLOCK_WORDS, word) + popcount(word_at(map, word) & below);
}

/* The last superblock before which there are at most n set bits. */
static uint64_t
find_super(const struct kvmsafe_bitmap *map, uint64_t n)
{
	uint64_t low = 0, high = map->nsupers;

	while (high - low > 1) {
		const uint64_t middle = low + (high - low) / 2;

		if (map->supers[middle] <= n)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The same of the blocks in a superblock. */
static uint64_t
find_block(const struct kvmsafe_bitmap *map, uint64_t super, uint64_t n)
{
	uint64_t low = super * SUPER_BLOCKS;
	uint64_t high = kvs_min(low + SUPER_BLOCKS, map->nblocks);

	while (high - low > 1) {
		const uint64_t middle = low + (high - low) / 2;

		if (map->blocks[middle] <= n)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The n-th set bit of a word that has more than n: halves, then halves of halves. */
static unsigned
select_in_word(uint64_t word, unsigned n)
{
	unsigned bit = 0;

	for (unsigned half = WORD_BITS / 2; half > 0; half /= 2) {
		const unsigned low = popcount(word & ((UINT64_C(1) << half) - 1));

		if (n < low)
			continue;
		n -= low;
		word >>= half;
		bit += half;
	}
	return bit;
}

bool
kvmsafe_bitmap_select(const struct kvmsafe_bitmap *map, uint64_t n, uint64_t *bit)
{
	uint64_t super, block, left, word, at;
	unsigned count;

	if (n >= map->count)
		return false;
	super = find_super(map, n);
	left = n - map->supers[super];
	block = find_block(map, super, left);
	left -= map->blocks[block];
	for (at = block * BLOCK_WORDS;; at++) {
		word = word_at(map, at);
		count = popcount(word);
		if (left < count)
			break;
		left -= count;
	}
	*bit = at * WORD_BITS + select_in_word(word, (unsigned)left);
	return true;
}

size_t
kvmsafe_bitmap_overhead(const struct kvmsafe_bitmap *map)
{
	return map->overhead;
}
