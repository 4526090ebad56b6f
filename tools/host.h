/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tool asks of its host besides streams; a fuzz target answers in its place. */
#ifndef TOOL_HOST_H
#define TOOL_HOST_H

#include <stdbool.h>

#include <kvmsafe/kvmsafe.h>

/* A dump or kernel, to be closed. */
enum kvmsafe_status tool_host_open(
    const char *path, struct kvmsafe_source **out, struct kvmsafe_error *err);

bool tool_host_exists(const char *path);

/* Is it the file that standard output goes into? */
bool tool_host_is_output(const char *path);

bool tool_host_output_is_terminal(void);
bool tool_host_errors_are_terminal(void);

#endif
