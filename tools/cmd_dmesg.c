/* SPDX-License-Identifier: BSD-2-Clause */
/* kvmsafe dmesg: the message buffer, written line by line; a ring may hold gigabytes. */
#include <inttypes.h>
#include <stdio.h>

#include "cmdline.h"
#include "escape.h"
#include "exit.h"
#include "host.h"
#include "json.h"
#include "target.h"

static void
line_json(const struct kvmsafe_message *line)
{
	if (line->priority < 0)
		(void)fputs("{\"priority\": null, \"text\": ", stdout);
	else
		(void)printf("{\"priority\": %" PRId64 ", \"text\": ", line->priority);
	tool_json_write_text(stdout, line->text, line->bytes);
	(void)putchar('}');
}

static int
print_json(const struct kvmsafe_messages *messages, bool filter)
{
	const bool ring = kvmsafe_messages_source(messages) == KVMSAFE_MESSAGES_RING;
	struct kvmsafe_message line;
	struct kvmsafe_error finding;
	const char *comma = "";
	int code = 0;

	(void)printf("{\"schema\": %d, \"source\": \"%s\", \"lines\": [", TOOL_SCHEMA,
	    ring ? "ring" : "msgbuf");
	for (uint64_t n = 0; !ferror(stdout) && kvmsafe_messages_line(messages, n, &line); n++) {
		if (filter && line.hidden)
			continue;
		(void)fputs(comma, stdout);
		line_json(&line);
		comma = ", ";
	}
	(void)fputs("], \"findings\": [", stdout);
	for (uint64_t n = 0; code == 0 && kvmsafe_messages_finding(messages, n, &finding); n++) {
		(void)fputs(n > 0 ? ", " : "", stdout);
		code = tool_json_part(tool_json_error(&finding));
	}
	(void)fputs("]}\n", stdout);
	return code;
}

static void
print_lines(const struct kvmsafe_messages *messages, bool filter)
{
	struct kvmsafe_message line;

	for (uint64_t n = 0; !ferror(stdout) && kvmsafe_messages_line(messages, n, &line); n++) {
		if (filter && line.hidden)
			continue;
		tool_escape(stdout, line.text, (size_t)line.bytes);
		(void)fputc('\n', stdout);
	}
}

/* On stderr, since the text has no place for them; answers TOOL_FINDINGS when one is a problem. */
static int
report_findings(const struct tool_target *target, const struct kvmsafe_messages *messages)
{
	struct kvmsafe_error finding;
	int code = TOOL_SOUND;

	for (uint64_t n = 0; kvmsafe_messages_finding(messages, n, &finding); n++) {
		tool_report(target->name, &finding);
		if (tool_is_problem(&finding))
			code = TOOL_FINDINGS;
	}
	return tool_worse(code, tool_target_soundness(target));
}

static int
answer(const struct tool_options *options, const struct tool_target *target)
{
	const bool filter = tool_given(options, TOOL_KERNEL_LINES);
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	struct kvmsafe_messages *messages = NULL;
	int code = 0;

	if (kvmsafe_messages_create(target->session, &messages, &err) != KVMSAFE_OK)
		return tool_worse(TOOL_NO_ANSWER, tool_give_up(options, target->name, &err));
	if (tool_given(options, TOOL_JSON)) {
		code = print_json(messages, filter);
	} else if (tool_given(options, TOOL_RAW)) {
		uint64_t bytes;
		const char *const raw = kvmsafe_messages_bytes(messages, &bytes);

		(void)fwrite(raw, 1, (size_t)bytes, stdout);
	} else {
		print_lines(messages, filter);
	}
	code = tool_worse(code, report_findings(target, messages));
	kvmsafe_messages_destroy(messages);
	return code;
}

int
tool_cmd_dmesg(const struct tool_options *options)
{
	struct kvmsafe_error wrong = { .status = KVMSAFE_OK };
	struct tool_target target;
	int code;

	if (tool_given(options, TOOL_RAW) && tool_host_output_is_terminal()) {
		tool_usage(&wrong, "--raw: not to a terminal, which the dump would drive");
		return tool_refuse(options, &wrong);
	}
	code = tool_target_init(&target, options);
	if (code == 0)
		code = answer(options, &target);
	tool_target_fini(&target);
	return code;
}
