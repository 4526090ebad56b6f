/* SPDX-License-Identifier: BSD-2-Clause */
/* Sums and products as by hand, digit by digit; a digit is a byte. */
#include "fuzz/models/wide.h"

struct kvs_wide
kvs_wide(uint64_t value)
{
	struct kvs_wide wide = { { 0 } };

	for (unsigned i = 0; i < 8; i++)
		wide.byte[i] = (uint8_t)(value >> 8 * i);
	return wide;
}

bool
kvs_wide_narrow(const struct kvs_wide *wide, uint64_t *value)
{
	bool fits = true;

	*value = 0;
	for (unsigned i = 0; i < 8; i++) {
		*value |= (uint64_t)wide->byte[i] << 8 * i;
		fits = fits && wide->byte[8 + i] == 0;
	}
	return fits;
}

static void
add_at(struct kvs_wide *sum, unsigned at, unsigned value)
{
	for (; value != 0; at++) {
		value += sum->byte[at];
		sum->byte[at] = (uint8_t)value;
		value >>= 8;
	}
}

struct kvs_wide
kvs_wide_add(uint64_t a, uint64_t b)
{
	const struct kvs_wide second = kvs_wide(b);
	struct kvs_wide sum = kvs_wide(a);

	for (unsigned i = 0; i < 8; i++)
		add_at(&sum, i, second.byte[i]);
	return sum;
}

struct kvs_wide
kvs_wide_mul(uint64_t a, uint64_t b)
{
	const struct kvs_wide left = kvs_wide(a), right = kvs_wide(b);
	struct kvs_wide product = { { 0 } };

	for (unsigned i = 0; i < 8; i++)
		for (unsigned j = 0; j < 8; j++)
			add_at(&product, i + j, (unsigned)left.byte[i] * right.byte[j]);
	return product;
}

bool
kvs_wide_less(const struct kvs_wide *a, const struct kvs_wide *b)
{
	for (unsigned i = 16; i > 0; i--)
		if (a->byte[i - 1] != b->byte[i - 1])
			return a->byte[i - 1] < b->byte[i - 1];
	return false;
}
