/* SPDX-License-Identifier: BSD-2-Clause */
/* Help out of the table. */
#ifndef TOOL_HELP_H
#define TOOL_HELP_H

#include <stdio.h>

#include "table.h"

/* --help of a command, or of all for NULL. */
void tool_help(const struct tool_command *command);

/* What a usage error ends in: the command's synopsis, or for NULL the commands there are. */
void tool_help_short(FILE *out, const struct tool_command *command);

void tool_version(void);

#endif
