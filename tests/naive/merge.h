/* SPDX-License-Identifier: BSD-2-Clause */
/* What a list of names becomes, one entry at a time, out of public types alone. */
#ifndef KVS_TESTS_NAIVE_MERGE_H
#define KVS_TESTS_NAIVE_MERGE_H

#include <kvmsafe/kvmsafe.h>

struct naive_known {
	const char *name;
	uint64_t value;
	bool there; /* false: the kernel lacks it */
};

struct naive_set {
	bool on, moves;
	uint64_t start, stop, base;
};

struct naive_kernel {
	const struct naive_known *known;
	size_t nknown;
	bool live;
	bool word_is_32_bits;
	struct naive_set vnet, dpcpu;
};

/* value, rule and found of one entry, by its name alone. */
void naive_merge_entry(const struct naive_kernel *kernel, struct kvmsafe_symbol *entry);

#endif
