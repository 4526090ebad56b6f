/* SPDX-License-Identifier: BSD-2-Clause */
/* How a fuzz target says that an answer is wrong: not assert, which NDEBUG removes. */
#ifndef KVS_FUZZ_CHECK_H
#define KVS_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

_Noreturn static inline void
kvs_check_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: wrong: %s\n", file, line, condition);
	abort();
}

#define CHECK(condition) ((condition) ? (void)0 : kvs_check_failed(__FILE__, __LINE__, #condition))

#endif
