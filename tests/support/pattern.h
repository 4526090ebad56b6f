/* SPDX-License-Identifier: BSD-2-Clause */
/* Bytes that tell where they come from, and what every source of them must answer. */
#ifndef KVS_TESTS_PATTERN_H
#define KVS_TESTS_PATTERN_H

#include <stddef.h>
#include <stdint.h>

#include <kvmsafe/kvmsafe.h>

#define PATTERN_BYTES 10000

extern uint8_t pattern[PATTERN_BYTES];

void pattern_fill(void);

/* The source holds `len` bytes of the pattern from `skip` on, and not one more. */
void pattern_check(const struct kvmsafe_source *source, size_t skip, size_t len);

#endif
