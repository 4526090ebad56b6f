/* SPDX-License-Identifier: BSD-2-Clause */
/* What the command line says. */
#ifndef TOOL_CMDLINE_H
#define TOOL_CMDLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "table.h"

struct tool_options {
	const struct tool_command *command; /* NULL: none was given */
	uint32_t given; /* TOOL_BIT of each */
	const char *vmcore; /* NULL: none, where the command may do without */
	const char *kernel;
	const char *arch;
	uint32_t page_bytes, entry_bytes, cpu;
	uint64_t vnet;
	const char **operands; /* behind the dump */
	size_t noperands;
	const char **words; /* memory of operands */
};

/*
 * Parse. Answers 0, or the exit code of a usage error that was reported; with --help or --version
 * nothing else is checked. tool_options_fini in every case.
 */
int tool_options_init(struct tool_options *options, int argc, char *argv[]);
void tool_options_fini(struct tool_options *options);

bool tool_given(const struct tool_options *options, enum tool_option_id id);

#endif
