/* SPDX-License-Identifier: BSD-2-Clause */
/* Arithmetic on numbers from a file: it answers false instead of wrapping. */
#ifndef KVS_UTIL_CHECKED_H
#define KVS_UTIL_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

static inline bool
kvs_add(uint64_t a, uint64_t b, uint64_t *sum)
{
	if (b > UINT64_MAX - a)
		return false;
	*sum = a + b;
	return true;
}

static inline bool
kvs_mul(uint64_t a, uint64_t b, uint64_t *product)
{
	if (a != 0 && b > UINT64_MAX / a)
		return false;
	*product = a * b;
	return true;
}

/* Do `len` bytes from `start` on lie within `size`? Never adds, so cannot wrap. */
static inline bool
kvs_within(uint64_t start, uint64_t len, uint64_t size)
{
	return start <= size && len <= size - start;
}

/* Up to the next multiple of 2^shift. */
static inline bool
kvs_round_up(uint64_t a, unsigned shift, uint64_t *rounded)
{
	const uint64_t mask = (UINT64_C(1) << shift) - 1;

	if (a > UINT64_MAX - mask)
		return false;
	*rounded = (a + mask) & ~mask;
	return true;
}

static inline uint64_t
kvs_min(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

#endif
