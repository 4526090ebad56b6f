/* SPDX-License-Identifier: BSD-2-Clause */
/* Numbers of sixteen bytes, lowest first: a model for what must not exceed 64 bits. */
#ifndef KVS_FUZZ_MODELS_WIDE_H
#define KVS_FUZZ_MODELS_WIDE_H

#include <stdbool.h>
#include <stdint.h>

struct kvs_wide {
	uint8_t byte[16];
};

struct kvs_wide kvs_wide(uint64_t value);
struct kvs_wide kvs_wide_add(uint64_t a, uint64_t b);
struct kvs_wide kvs_wide_mul(uint64_t a, uint64_t b);
bool kvs_wide_less(const struct kvs_wide *a, const struct kvs_wide *b);

/* The low eight bytes; false: there is more. */
bool kvs_wide_narrow(const struct kvs_wide *wide, uint64_t *value);

#endif
