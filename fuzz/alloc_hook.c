/* SPDX-License-Identifier: BSD-2-Clause */
/* The wrapped calloc, the one name through which the library allocates. */
#include "fuzz/alloc_hook.h"

#include <stdatomic.h>
#include <stdlib.h>

void *__real_calloc(size_t count, size_t bytes);

/* A program's own state, not the library's; atomic for programs with threads. */
static _Atomic uint64_t countdown, calls;
static _Atomic size_t largest;

void
kvs_alloc_fail_at(uint64_t n)
{
	countdown = n;
	calls = 0;
	largest = 0;
}

uint64_t
kvs_alloc_count(void)
{
	return calls;
}

size_t
kvs_alloc_largest(void)
{
	return largest;
}

void *
__wrap_calloc(size_t count, size_t bytes)
{
	const size_t size = bytes != 0 && count > SIZE_MAX / bytes ? SIZE_MAX : count * bytes;

	if (size > largest)
		largest = size;
	if (++calls == countdown)
		return NULL;
	return __real_calloc(count, bytes);
}

/*
 * AddressSanitizer holds back so much freed memory, not 256 MiB of it: more than an input can free
 * at once, and memory that the processor still has at hand.
 */
const char *__asan_default_options(void);

const char *
__asan_default_options(void)
{
	return "quarantine_size_mb=8";
}
