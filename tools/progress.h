/* SPDX-License-Identifier: BSD-2-Clause */
/* A bar on stderr for work that lasts. */
#ifndef TOOL_PROGRESS_H
#define TOOL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

struct tool_options;

struct tool_progress {
	bool on, drawn;
	uint64_t total; /* 0: unknown */
	unsigned calls;
	struct timespec next; /* when to draw */
};

/* Nothing is ever drawn with --quiet, or when stderr is no terminal or stdout is one too. */
void tool_progress_init(
    struct tool_progress *progress, const struct tool_options *options, uint64_t total);

/* Cheap enough for each page. */
void tool_progress_step(struct tool_progress *progress, uint64_t done);

/* Erase the bar; before any message. */
void tool_progress_fini(struct tool_progress *progress);

#endif
