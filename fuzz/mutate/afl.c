/* SPDX-License-Identifier: BSD-2-Clause */
/* AFL++'s hooks, in a shared object that afl-fuzz loads: AFL_CUSTOM_MUTATOR_LIBRARY. */
#include <stdlib.h>
#include <string.h>

#include "fuzz/mutate/mutate.h"

#define CROSSED 8 /* one call of so many crosses two inputs */

struct mutator {
	uint64_t random;
	uint8_t *out; /* AFL++ may read it until the next call */
	size_t bytes;
};

void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *other,
    size_t other_size, size_t most);
void afl_custom_deinit(void *data);

void *
afl_custom_init(void *afl, unsigned seed)
{
	struct mutator *const mutator = calloc(1, sizeof(*mutator));

	(void)afl;
	if (mutator != NULL)
		mutator->random = seed;
	return mutator;
}

/* 0 would end afl-fuzz: the input as it is then. */
size_t
afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *other,
    size_t other_size, size_t most)
{
	struct mutator *const mutator = data;
	/* Knuth's 64-bit multiplier: the high bits are good enough for a seed */
	const unsigned seed =
	    (unsigned)((mutator->random = mutator->random * UINT64_C(6364136223846793005) +
			       UINT64_C(1442695040888963407)) >>
		33);
	size_t made = 0;

	*out = buf;
	if (size > most)
		return most;
	if (mutator->bytes < most) {
		free(mutator->out);
		mutator->out = malloc(most);
		mutator->bytes = mutator->out != NULL ? most : 0;
	}
	if (mutator->out == NULL)
		return size;
	if (other != NULL && seed % CROSSED == 0)
		made = kvs_cross(buf, size, other, other_size, mutator->out, most, seed);
	if (made == 0) {
		memcpy(mutator->out, buf, size);
		made = kvs_mutate(mutator->out, size, most, seed);
	}
	if (made == 0)
		return size;
	*out = mutator->out;
	return made;
}

void
afl_custom_deinit(void *data)
{
	struct mutator *const mutator = data;

	free(mutator->out);
	free(mutator);
}
