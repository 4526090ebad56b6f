/* SPDX-License-Identifier: BSD-2-Clause */
/* What the target `calls` is told: lines of words, what they set up, what they ask and expect. */
#ifndef KVS_FUZZ_CALLS_H
#define KVS_FUZZ_CALLS_H

#include <kvmsafe/kvmsafe.h>

#include "fuzz/sparse.h"

#define CALLS_LINES 96
#define CALLS_WORDS 10 /* of a line; more are left out */
#define CALLS_PROVIDED 24 /* symbols of the caller's own provider */

struct calls_line {
	const char *word[CALLS_WORDS]; /* never NULL: what is missing is "*" */
	bool taken; /* it set something up */
};

/* A name that the caller's provider answers. */
struct calls_provided {
	const char *name;
	uint64_t value, bytes;
	enum kvmsafe_status status;
};

struct calls {
	struct calls_line line[CALLS_LINES];
	size_t lines;
	bool told; /* the lines' answers are the input's own: they must be given */
	bool faulty; /* a fault is injected: a call may fail that did not before */
	bool quiet; /* err is NULL wherever it may be */
	struct calls_provided provided[CALLS_PROVIDED];
	size_t nprovided;
	uint64_t size_delta[2]; /* what is added to the sizes of description and scope */
	struct kvmsafe_scope scope;
	uint64_t reads; /* of the dump, that opening made */
	struct kvmsafe_session *session;
	struct kvmsafe_messages *messages;
	struct kvmsafe_page_walk walk;
};

enum { CALLS_DESCRIPTION, CALLS_SCOPE }; /* of size_delta */

/* Ask what a line asks, where a session is open; where the answers were told, they must be those.
   False: no such word. */
bool calls_ask(struct calls *calls, const struct calls_line *line);

/* A number of a line: as in C, "-" is KVMSAFE_NONE, anything else 0. */
uint64_t calls_number(const char *word);

/* Compare, where told. "*" fits everything. */
void calls_expect_word(const struct calls *calls, const char *want, const char *have);
void calls_expect_number(const struct calls *calls, const char *want, uint64_t have);
void calls_expect_bytes(const struct calls *calls, const char *want, const void *have, size_t len);

/* The words at `first`: status, place, address. An error is one in every input. */
void calls_expect_status(const struct calls *calls, const struct calls_line *line, size_t first,
    enum kvmsafe_status status, const struct kvmsafe_error *err);

#endif
