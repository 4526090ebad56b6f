/* SPDX-License-Identifier: BSD-2-Clause */
/* The dump and the kernel of a command line, opened. */
#ifndef TOOL_TARGET_H
#define TOOL_TARGET_H

#include <kvmsafe/kvmsafe.h>

#include "number.h"

struct tool_options;

struct tool_target {
	struct kvmsafe_source *dump, *kernel;
	struct kvmsafe_session *session;
	struct kvmsafe_description about;
	const char *name; /* of the dump, else of the kernel: what messages begin with */
};

/* Answers 0, or the exit code of a failure that was reported. tool_target_fini in every case. */
int tool_target_init(struct tool_target *target, const struct tool_options *options);
void tool_target_fini(struct tool_target *target);

/*
 * TOOL_SOUND, or TOOL_FINDINGS when opening met a real problem; then one line on stderr says so,
 * since the exit code alone would not.
 */
int tool_target_soundness(const struct tool_target *target);

/* Has the dump a problem? As above, without a word. */
bool tool_target_is_sound(const struct tool_target *target);

/* A typed address: looks its symbol up. err->status stays KVMSAFE_OK when *va was found. */
void tool_target_address(const struct tool_target *target, const struct tool_address *address,
    uint64_t *va, struct kvmsafe_error *err);

#endif
