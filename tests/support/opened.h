/* SPDX-License-Identifier: BSD-2-Clause */
/* A session on bytes in memory, with a few symbols, and what its answers are compared with. */
#ifndef KVS_TESTS_SUPPORT_OPENED_H
#define KVS_TESTS_SUPPORT_OPENED_H

#include "naive/memory.h"

struct opened_symbol {
	const char *name;
	uint64_t value;
};

/* How to open; all may be absent. */
struct opened_how {
	const char *arch;
	uint32_t page_bytes;
	uint32_t entry_bytes;
	const struct opened_symbol *symbols; /* ends in a name NULL */
};

struct opened {
	struct kvmsafe_source *source;
	struct kvmsafe_session *session;
	const struct opened_symbol *symbols;
};

/* The bytes stay the caller's. err is filled as kvmsafe_open does; how may be NULL. */
enum kvmsafe_status opened_init(struct opened *opened, const void *bytes, size_t len,
    const struct opened_how *how, struct kvmsafe_error *err);
/* The same on a source, which becomes its. */
enum kvmsafe_status opened_source(struct opened *opened, struct kvmsafe_source *source,
    const struct opened_how *how, struct kvmsafe_error *err);
/* Also after a failure. */
void opened_fini(struct opened *opened);

struct opened_row {
	uint64_t va;
	enum kvmsafe_status status;
	uint64_t pa, file_offset;
};

/* Does each address lead where its row says? */
void opened_expect(const struct opened *opened, const struct opened_row *rows, size_t n);

/* Is the answer for va that of the naive walk? */
void opened_compare(const struct opened *opened, uint64_t va, const struct naive_answer *want);

/* Number of findings of this status. */
unsigned opened_findings(const struct opened *opened, enum kvmsafe_status status);

/* A generator of numbers that repeats: 0 is no state. */
uint64_t opened_random(uint64_t *state);

/* Numbers into a buffer. */
void put(uint8_t *at, unsigned width, bool big_endian, uint64_t value);

#endif
