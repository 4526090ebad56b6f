/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes the library's allocations fail, and counts them: for programs linked with --wrap=calloc. */
#ifndef KVS_FUZZ_ALLOC_HOOK_H
#define KVS_FUZZ_ALLOC_HOOK_H

#include <stddef.h>
#include <stdint.h>

/* From now on the n-th allocation fails, n from 1; 0: none does. */
void kvs_alloc_fail_at(uint64_t n);

/* Allocations since kvs_alloc_fail_at, and the largest in bytes. */
uint64_t kvs_alloc_count(void);
size_t kvs_alloc_largest(void);

void *__wrap_calloc(size_t count, size_t bytes);

#endif
