/* SPDX-License-Identifier: BSD-2-Clause */
/* Turns statuses into exit codes and errors into lines. */
#include "exit.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cmdline.h"
#include "escape.h"
#include "help.h"
#include "json.h"

int
tool_exit_of(int32_t status)
{
	if (status == KVMSAFE_OK)
		return TOOL_SOUND;
	if (status / 100 == KVMSAFE_USAGE / 100)
		return TOOL_USAGE;
	return status / 100 == KVMSAFE_NOT_A_DUMP / 100 ? TOOL_NO_DUMP : TOOL_NO_ANSWER;
}

int
tool_worse(int a, int b)
{
	return a > b ? a : b;
}

void
tool_usage(struct kvmsafe_error *err, const char *format, ...)
{
	char text[sizeof(err->message)];
	va_list args;

	if (err->status != KVMSAFE_OK)
		return;
	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	*err = (struct kvmsafe_error){ .status = KVMSAFE_USAGE, .place = KVMSAFE_NOWHERE };
	tool_escape_string(text, err->message, sizeof(err->message));
}

bool
tool_is_problem(const struct kvmsafe_error *finding)
{
	static const char *const harmless[] = {
		"guess:", "msgbuf-checksum:", "msgbuf-start-guessed:", "msgbuf-start-unknown:"
	};

	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strncmp(finding->message, harmless[i], strlen(harmless[i])) == 0)
			return false;
	return true;
}

bool
tool_is_absence(int32_t status)
{
	return status == KVMSAFE_NOT_FOUND || status == KVMSAFE_KERNEL_NEEDED ||
	    status == KVMSAFE_NO_MAP;
}

void
tool_write_error(FILE *out, const struct kvmsafe_error *err)
{
	if (err->message[0] != '\0')
		(void)fputs(err->message, out); /* escaped where it was made */
	else
		(void)fputs(kvmsafe_status_name((enum kvmsafe_status)err->status), out);
	if (err->place == KVMSAFE_FILE_OFFSET)
		(void)fprintf(out, " (file offset 0x%" PRIx64 ")", err->at);
	else if (err->place == KVMSAFE_VA)
		(void)fprintf(out, " (virtual address 0x%" PRIx64 ")", err->at);
	else if (err->place == KVMSAFE_PA)
		(void)fprintf(out, " (physical address 0x%" PRIx64 ")", err->at);
	(void)fputc('\n', out);
}

void
tool_report(const char *file, const struct kvmsafe_error *err)
{
	(void)fflush(stdout);
	(void)fputs("kvmsafe: ", stderr);
	if (file != NULL) {
		tool_escape_name(stderr, file);
		(void)fputs(": ", stderr);
	}
	tool_write_error(stderr, err);
}

int
tool_refuse(const struct tool_options *options, const struct kvmsafe_error *err)
{
	tool_report(options->command != NULL ? options->command->name : NULL, err);
	tool_help_short(stderr, options->command);
	if (tool_given(options, TOOL_JSON))
		tool_json_failure(err);
	return TOOL_USAGE;
}

int
tool_give_up(const struct tool_options *options, const char *file, const struct kvmsafe_error *err)
{
	tool_report(err->status == KVMSAFE_USAGE ? options->command->name : file, err);
	if (tool_given(options, TOOL_JSON))
		tool_json_failure(err);
	return tool_exit_of(err->status);
}

int
tool_no_memory(void)
{
	(void)fputs("kvmsafe: out of memory\n", stderr);
	return TOOL_NO_ANSWER;
}

/* A reader that went away (head, a pager) wanted no more: where SIGPIPE is ignored, be as quiet. */
int
tool_finish(int code)
{
	const bool failed = ferror(stdout) != 0;

	errno = 0;
	if (fclose(stdout) == 0 && !failed)
		return code;
	if (errno != EPIPE)
		(void)fprintf(stderr, "kvmsafe: standard output: %s\n",
		    errno != 0 ? strerror(errno) : "not all could be written");
	return TOOL_NO_ANSWER;
}
