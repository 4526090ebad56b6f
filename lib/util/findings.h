/* SPDX-License-Identifier: BSD-2-Clause */
/* A list of errors that stopped nothing. */
#ifndef KVS_UTIL_FINDINGS_H
#define KVS_UTIL_FINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "util/alloc.h"
#include "util/error.h"

struct kvs_findings {
	struct kvs_memory *memory; /* whose budget; outlives the list */
	struct kvmsafe_error *list;
	uint64_t count, capacity;
	uint64_t limit; /* the last place of `limit` counts those that were left out */
	uint64_t dropped;
	uint64_t file_base; /* added to file offsets: where the dump begins in its file */
};

void kvs_findings_init(struct kvs_findings *findings, struct kvs_memory *memory, uint64_t limit);
void kvs_findings_fini(struct kvs_findings *findings);

/* Never fails: what finds no room is counted as dropped. No list (NULL): nobody wants to know. */
void kvs_findings_add(struct kvs_findings *findings, const struct kvmsafe_error *finding);

/* Both in one: build a finding about a place. */
void kvs_findings_note(struct kvs_findings *findings, enum kvmsafe_status status,
    enum kvmsafe_place place, uint64_t at, const char *format, ...) KVS_PRINTF(5, 6);

/* The n-th; behind the last one, if some were dropped, one that says how many. */
bool kvs_findings_get(const struct kvs_findings *findings, uint64_t n, struct kvmsafe_error *out);
uint64_t kvs_findings_count(const struct kvs_findings *findings);

#endif
