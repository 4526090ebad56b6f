/* SPDX-License-Identifier: BSD-2-Clause */
/* libFuzzer's hooks: half of the changes are the engine's own, with its dictionary. */
#include "fuzz/mutate/mutate.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
    uint8_t *out, size_t most, unsigned seed);

/* Weak: other engines lack it and would not link. */
__attribute__((weak)) size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most);

size_t
LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
	if (LLVMFuzzerMutate != NULL && (seed & 1) != 0)
		return LLVMFuzzerMutate(data, size, most);
	return kvs_mutate(data, size, most, seed);
}

size_t
LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_size, const uint8_t *b, size_t b_size,
    uint8_t *out, size_t most, unsigned seed)
{
	return kvs_cross(a, a_size, b, b_size, out, most, seed);
}
