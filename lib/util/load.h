/* SPDX-License-Identifier: BSD-2-Clause */
/* Multi-byte numbers out of a dump: by width and the dump's byte order, at any alignment. */
#ifndef KVS_UTIL_LOAD_H
#define KVS_UTIL_LOAD_H

#include <stdint.h>

enum kvs_order { KVS_LE, KVS_BE };

/* Shifts, not casts: right on every host, and compilers turn each into one load. */
static inline uint64_t
kvs_load64le(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24 |
	    (uint64_t)p[4] << 32 | (uint64_t)p[5] << 40 | (uint64_t)p[6] << 48 |
	    (uint64_t)p[7] << 56;
}

static inline uint64_t
kvs_load64be(const uint8_t *p)
{
	return (uint64_t)p[7] | (uint64_t)p[6] << 8 | (uint64_t)p[5] << 16 | (uint64_t)p[4] << 24 |
	    (uint64_t)p[3] << 32 | (uint64_t)p[2] << 40 | (uint64_t)p[1] << 48 |
	    (uint64_t)p[0] << 56;
}

/* width: 1 to 8 bytes */
static inline uint64_t
kvs_load(const uint8_t *p, unsigned width, enum kvs_order order)
{
	uint64_t value = 0;

	if (width == 8)
		return order == KVS_LE ? kvs_load64le(p) : kvs_load64be(p);
	for (unsigned i = 0; i < width; i++)
		value = value << 8 | p[order == KVS_LE ? width - 1 - i : i];
	return value;
}

#endif
