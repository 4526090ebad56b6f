/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * The bitmap index: rank and select over a bitmap as a dump stores it. Usable without a dump.
 *
 * A minidump's bitmap has a bit for each physical page; the pages whose bit is set follow in order,
 * so page number rank(bit) of the file is the page of that bit, and select(n) is the bit of the
 * n-th page. The index borrows the bitmap's bytes, never changes them, and adds at most 5 % of
 * their size and 128 bytes. Rank costs O(1), select O(log bytes), both without allocation; creating
 * costs one pass over the bytes.
 *
 * Threads: an index does not change after it was created; share it freely.
 */
#ifndef KVMSAFE_BITMAP_H
#define KVMSAFE_BITMAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmsafe/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the dumping machine laid bits into bytes: by the order and width of the words it wrote. */
enum kvmsafe_bit_order {
	KVMSAFE_BITS_LE, /**< bit i is bit i % 8 of byte i / 8, whatever the word */
	KVMSAFE_BITS_BE32, /**< bit i is bit i % 32 of the big-endian 32-bit word i / 32 */
	KVMSAFE_BITS_BE64 /**< bit i is bit i % 64 of the big-endian 64-bit word i / 64 */
};

struct kvmsafe_bitmap;

/**
 * Build the index.
 *
 * @param[in]  bits   `bytes` bytes of bitmap; stays the caller's, must outlive the index and not
 *                    change. NULL only if bytes is 0.
 * @param[in]  bytes  may end inside a word: what is not there counts as 0
 * @param[in]  nbits  bits from there on count as clear, whatever the bytes hold; may exceed
 *                    8 * bytes
 * @param[out] out    the index, to be given to kvmsafe_bitmap_destroy; untouched on failure
 * @return OK; USAGE: bits NULL with bytes > 0, or no such order; NO_MEMORY
 *
 * Rule: sys/sys/bitset.h and sys/vm/vm_page.h of FreeBSD 12.1 to 15 (the writer's bit order);
 * lib/libkvm/kvm_private.c, _kvm_pt_init (the reader that this replaces).
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_bitmap_create(const void *bits, size_t bytes,
    uint64_t nbits, enum kvmsafe_bit_order order, struct kvmsafe_bitmap **out,
    struct kvmsafe_error *err);

/** Free the index, not the bits. NULL is fine. */
KVMSAFE_API void kvmsafe_bitmap_destroy(struct kvmsafe_bitmap *map);

/** Number of set bits below nbits. */
KVMSAFE_API uint64_t kvmsafe_bitmap_count(const struct kvmsafe_bitmap *map);

/** Is this bit set? false at and beyond nbits. */
KVMSAFE_API bool kvmsafe_bitmap_test(const struct kvmsafe_bitmap *map, uint64_t bit);

/** Number of set bits with a number below `bit`; the count of all for a bit at or beyond nbits. */
KVMSAFE_API uint64_t kvmsafe_bitmap_rank(const struct kvmsafe_bitmap *map, uint64_t bit);

/**
 * The n-th set bit, n counting from 0.
 *
 * @param[out] bit  its number; untouched on false
 * @return false if n is at or above the count
 */
KVMSAFE_API bool kvmsafe_bitmap_select(const struct kvmsafe_bitmap *map, uint64_t n, uint64_t *bit);

/** Bytes of memory that the index takes, without the bits. */
KVMSAFE_API size_t kvmsafe_bitmap_overhead(const struct kvmsafe_bitmap *map);

#ifdef __cplusplus
}
#endif
#endif
