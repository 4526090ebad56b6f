/* SPDX-License-Identifier: BSD-2-Clause */
/* Exit codes, and errors on their way to the user. */
#ifndef TOOL_EXIT_H
#define TOOL_EXIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <kvmsafe/error.h>

struct tool_options;

enum { TOOL_SOUND = 0, TOOL_FINDINGS = 1, TOOL_USAGE = 2, TOOL_NO_DUMP = 3, TOOL_NO_ANSWER = 4 };

#ifdef __GNUC__
#define TOOL_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define TOOL_PRINTF(string, first)
#endif

/* By the class of a status. */
int tool_exit_of(int32_t status);

/* Of two codes the one that says more: a missing answer before findings before none. */
int tool_worse(int a, int b);

/* Fill a usage error, unless there is an error in it already. */
void tool_usage(struct kvmsafe_error *err, const char *format, ...) TOOL_PRINTF(2, 3);

/* Does a finding say that the dump is unsound? Guesses and the messages' checksum do not. */
bool tool_is_problem(const struct kvmsafe_error *finding);

/* Can a sound dump answer so when it is asked for a text or for its messages? */
bool tool_is_absence(int32_t status);

/* "message (file offset 0x...)" and a newline. */
void tool_write_error(FILE *out, const struct kvmsafe_error *err);

/* "kvmsafe: FILE: message (file offset 0x...)" on stderr, behind all output so far. */
void tool_report(const char *file, const struct kvmsafe_error *err);

/* A usage error: reported with the command's synopsis, or with the list of commands. */
int tool_refuse(const struct tool_options *options, const struct kvmsafe_error *err);

/*
 * Nothing could be answered: reported of the file, or of the command where what was typed is wrong;
 * with --json also on stdout. Answers the exit code.
 */
int tool_give_up(
    const struct tool_options *options, const char *file, const struct kvmsafe_error *err);

int tool_no_memory(void);

/* The last act: what could not be written turns the code into TOOL_NO_ANSWER. */
int tool_finish(int code);

#endif
