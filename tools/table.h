/* SPDX-License-Identifier: BSD-2-Clause */
/* The one table of commands and options: parsing, help, manual and completions come from it. */
#ifndef TOOL_TABLE_H
#define TOOL_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tool_options;

enum tool_option_id {
	TOOL_HELP,
	TOOL_VERSION,
	TOOL_JSON,
	TOOL_QUIET,
	TOOL_DUMP,
	TOOL_KERNEL,
	TOOL_ARCH,
	TOOL_PAGE_SIZE,
	TOOL_ENTRY_SIZE,
	TOOL_PHYS,
	TOOL_RAW,
	TOOL_HEX,
	TOOL_U8,
	TOOL_U16,
	TOOL_U32,
	TOOL_U64,
	TOOL_STRING,
	TOOL_VNET,
	TOOL_CPU,
	TOOL_MAPPINGS,
	TOOL_KERNEL_LINES,
	TOOL_OPTIONS /* how many there are */
};

#define TOOL_BIT(id) (UINT32_C(1) << (id))

struct tool_option {
	enum tool_option_id id;
	char letter; /* 0: none */
	const char *name; /* NULL: none */
	const char *argument; /* NULL: takes none */
	const char *help;
};

/* Does a command take a dump as its first operand? */
enum tool_takes { TOOL_NEEDS_DUMP, TOOL_MAY_HAVE_DUMP };

#define TOOL_OPERANDS_MAX 2

struct tool_command {
	const char *name;
	const char *synopsis; /* what follows the name */
	const char *summary;
	const char *details; /* what the output is; lines, the last without newline */
	const char *examples; /* a command line each */
	uint32_t options; /* TOOL_BIT of each that it takes besides TOOL_EVERYWHERE */
	enum tool_takes takes;
	const char *operands[TOOL_OPERANDS_MAX]; /* behind the dump; NULL from the first unused */
	bool repeats; /* the last operand may be given many times */
	int (*run)(const struct tool_options *options); /* answers the exit code */
};

#define TOOL_EVERYWHERE                                                                            \
	(TOOL_BIT(TOOL_HELP) | TOOL_BIT(TOOL_VERSION) | TOOL_BIT(TOOL_JSON) |                      \
	    TOOL_BIT(TOOL_QUIET) | TOOL_BIT(TOOL_DUMP) | TOOL_BIT(TOOL_KERNEL) |                   \
	    TOOL_BIT(TOOL_ARCH) | TOOL_BIT(TOOL_PAGE_SIZE) | TOOL_BIT(TOOL_ENTRY_SIZE))

/* How read writes bytes; one at most. */
#define TOOL_FORMATS                                                                               \
	(TOOL_BIT(TOOL_RAW) | TOOL_BIT(TOOL_HEX) | TOOL_BIT(TOOL_U8) | TOOL_BIT(TOOL_U16) |        \
	    TOOL_BIT(TOOL_U32) | TOOL_BIT(TOOL_U64) | TOOL_BIT(TOOL_STRING))

extern const struct tool_option tool_option_table[TOOL_OPTIONS]; /* by id */
extern const struct tool_command tool_command_table[]; /* ends in a NULL name */
extern const char *const tool_exit_codes; /* lines, the last without newline */

/* NULL: there is none of that name. */
const struct tool_command *tool_command_find(const char *name);

int tool_cmd_info(const struct tool_options *options);
int tool_cmd_check(const struct tool_options *options);
int tool_cmd_read(const struct tool_options *options);
int tool_cmd_symbols(const struct tool_options *options);
int tool_cmd_translate(const struct tool_options *options);
int tool_cmd_pages(const struct tool_options *options);
int tool_cmd_dmesg(const struct tool_options *options);

#endif
