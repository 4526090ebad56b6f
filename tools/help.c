/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes help and version out of the table. */
#include "help.h"

#include <string.h>

#include <kvmsafe/kvmsafe.h>

/* Lines of `text`, each behind `prefix`. */
static void
lines(FILE *out, const char *prefix, const char *text)
{
	while (*text != '\0') {
		const size_t n = strcspn(text, "\n");

		(void)fprintf(out, "%s%.*s\n", prefix, (int)n, text);
		text += n + (text[n] == '\n');
	}
}

static void
commands(FILE *out)
{
	(void)fputs("Commands:\n", out);
	for (const struct tool_command *c = tool_command_table; c->name != NULL; c++)
		(void)fprintf(out, "  %-10s %s\n", c->name, c->summary);
}

/* One line an option of the set. */
static void
options(FILE *out, uint32_t set)
{
	for (int id = 0; id < TOOL_OPTIONS; id++) {
		const struct tool_option *const o = &tool_option_table[id];
		const char letter[] = { '-', o->letter, '\0' };
		char text[64];

		if ((set & TOOL_BIT(id)) == 0)
			continue;
		(void)snprintf(text, sizeof(text), "%s%s%s%s%s%s", o->letter != 0 ? letter : "   ",
		    o->letter == 0 || o->name == NULL ? "" : ",", o->name == NULL ? "" : " --",
		    o->name == NULL ? "" : o->name, o->argument == NULL ? "" : " ",
		    o->argument == NULL ? "" : o->argument);
		(void)fprintf(out, "  %-20s %s\n", text, o->help);
	}
}

static void
synopsis(FILE *out, const struct tool_command *command)
{
	const char *text = command->synopsis;
	const char *before = "Usage: kvmsafe ";
	const char *name = command->name;

	while (*text != '\0') {
		const size_t n = strcspn(text, "\n");

		(void)fprintf(out, "%s%s %.*s\n", before, name, (int)n, text);
		before = "           ";
		name = "";
		text += n + (text[n] == '\n');
	}
}

static void
help_command(const struct tool_command *command)
{
	synopsis(stdout, command);
	(void)printf("\n%s: %s.\n", command->name, command->summary);
	lines(stdout, "", command->details);
	if (command->options != 0) {
		(void)fputs("\nOptions of this command:\n", stdout);
		options(stdout, command->options);
	}
	(void)fputs("\nOptions of all commands:\n", stdout);
	options(stdout, TOOL_EVERYWHERE);
	(void)printf("\nNumbers are decimal, or hexadecimal behind 0x.\n\nExit codes:\n%s\n",
	    tool_exit_codes);
	(void)fputs("\nExamples:\n", stdout);
	lines(stdout, "  ", command->examples);
}

void
tool_help(const struct tool_command *command)
{
	if (command != NULL) {
		help_command(command);
		return;
	}
	(void)fputs("Usage: kvmsafe COMMAND [OPTION]... OPERAND...\n"
		    "\nReads FreeBSD kernel crash dumps. `kvmsafe COMMAND --help` says more.\n\n",
	    stdout);
	commands(stdout);
	(void)fputs(
	    "\nOptions of all commands, before or after operands (-- ends them):\n", stdout);
	options(stdout, TOOL_EVERYWHERE);
	(void)printf("\nNumbers are decimal, or hexadecimal behind 0x.\n\nExit codes:\n%s\n",
	    tool_exit_codes);
	(void)fputs("\nExamples:\n", stdout);
	for (const struct tool_command *c = tool_command_table; c->name != NULL; c++)
		lines(stdout, "  ", c->examples);
}

void
tool_help_short(FILE *out, const struct tool_command *command)
{
	if (command != NULL) {
		synopsis(out, command);
		(void)fprintf(out, "`kvmsafe %s --help` says more.\n", command->name);
		return;
	}
	(void)fputs("Usage: kvmsafe COMMAND [OPTION]... OPERAND...\n", out);
	commands(out);
	(void)fputs("`kvmsafe --help` says more.\n", out);
}

static void
version_line(const char *name, uint32_t version)
{
	(void)printf("%s %u.%u.%u\n", name, (unsigned)(version >> 16),
	    (unsigned)(version >> 8 & 0xff), (unsigned)(version & 0xff));
}

void
tool_version(void)
{
	static const char *const machines[] = { "amd64", "i386", "arm64", "arm", "riscv64",
		"powerpc", "powerpc64", "mips", "mips64", "sparc64" };

	version_line("kvmsafe", KVMSAFE_VERSION);
	version_line("libkvmsafe", kvmsafe_version());
	(void)fputs("machines:", stdout);
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (kvmsafe_has(machines[i]))
			(void)printf(" %s", machines[i]);
	(void)fputc('\n', stdout);
}
