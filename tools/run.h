/* SPDX-License-Identifier: BSD-2-Clause */
/* The tool but for the end of its program. */
#ifndef TOOL_RUN_H
#define TOOL_RUN_H

/* Answers the exit code, which tool_finish may still make worse. Nothing outlives a call. */
int tool_run(int argc, char *argv[]);

#endif
