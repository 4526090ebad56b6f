/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens what the command line names. */
#include "target.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "escape.h"
#include "exit.h"
#include "host.h"

/* A slip of the shell (`>>`) that destroys evidence. */
static bool
is_output(const char *path)
{
	return path != NULL && tool_host_is_output(path);
}

/* Not as an object, whatever --json says: that is printed too. */
static int
refuse_output(const char *path)
{
	struct kvmsafe_error wrong = { .status = KVMSAFE_OK };

	tool_usage(&wrong, "standard output goes into this file, which is only to be read");
	tool_report(path, &wrong);
	return TOOL_USAGE;
}

static int
open_sources(struct tool_target *target, const struct tool_options *options)
{
	struct kvmsafe_error err = { .status = KVMSAFE_OK };

	if (is_output(options->vmcore))
		return refuse_output(options->vmcore);
	if (is_output(options->kernel))
		return refuse_output(options->kernel);
	if (options->vmcore != NULL &&
	    tool_host_open(options->vmcore, &target->dump, &err) != KVMSAFE_OK)
		return tool_give_up(options, NULL, &err); /* the message names it */
	if (options->kernel != NULL &&
	    tool_host_open(options->kernel, &target->kernel, &err) != KVMSAFE_OK)
		return tool_give_up(options, NULL, &err);
	return 0;
}

/* Whose failure is it? The kernel file's, which is read first, is the same without the dump. */
static const char *
failed_file(const struct tool_target *target, const struct tool_options *options,
    const struct kvmsafe_options *asked, const struct kvmsafe_error *err)
{
	struct kvmsafe_session *alone = NULL;
	struct kvmsafe_error again = { .status = KVMSAFE_OK };

	if (target->kernel == NULL)
		return target->name;
	if (err->status == KVMSAFE_BAD_KERNEL)
		return options->kernel;
	if (kvmsafe_open(NULL, asked, &alone, &again) == KVMSAFE_OK)
		kvmsafe_close(alone);
	return again.status == err->status && strcmp(again.message, err->message) == 0
	    ? options->kernel
	    : target->name;
}

int
tool_target_init(struct tool_target *target, const struct tool_options *options)
{
	struct kvmsafe_options asked = { .size = sizeof(asked),
		.arch = options->arch,
		.page_bytes = options->page_bytes,
		.entry_bytes = options->entry_bytes };
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	int code;

	*target = (struct tool_target){ .about = { .size = sizeof(target->about) },
		.name = options->vmcore != NULL ? options->vmcore : options->kernel };
	code = open_sources(target, options);
	if (code != 0)
		return code;
	asked.kernel = target->kernel;
	if (kvmsafe_open(target->dump, &asked, &target->session, &err) != KVMSAFE_OK)
		return tool_give_up(options, failed_file(target, options, &asked, &err), &err);
	if (kvmsafe_describe(target->session, &target->about, &err) != KVMSAFE_OK)
		return tool_give_up(options, target->name, &err);
	return 0;
}

void
tool_target_fini(struct tool_target *target)
{
	kvmsafe_close(target->session);
	kvmsafe_source_close(target->kernel);
	kvmsafe_source_close(target->dump);
}

static uint64_t
problems(const struct tool_target *target)
{
	struct kvmsafe_error finding;
	uint64_t count = 0;

	for (uint64_t n = 0; kvmsafe_finding(target->session, n, &finding); n++)
		count += tool_is_problem(&finding);
	if (count == 0 && target->about.pages_truncated != 0)
		count = 1;
	return count;
}

bool
tool_target_is_sound(const struct tool_target *target)
{
	return problems(target) == 0;
}

int
tool_target_soundness(const struct tool_target *target)
{
	const uint64_t count = problems(target);

	if (count == 0)
		return TOOL_SOUND;
	(void)fflush(stdout);
	(void)fputs("kvmsafe: ", stderr);
	tool_escape_name(stderr, target->name);
	(void)fprintf(stderr, ": not sound: %" PRIu64 " finding%s, shown by `kvmsafe check`\n",
	    count, count == 1 ? "" : "s");
	return TOOL_FINDINGS;
}

static void
not_found(const char *name, struct kvmsafe_error *err)
{
	char text[160];

	tool_escape_string(name, text, sizeof(text));
	*err = (struct kvmsafe_error){ .status = KVMSAFE_NOT_FOUND };
	(void)snprintf(err->message, sizeof(err->message), "symbol '%s': not found", text);
}

void
tool_target_address(const struct tool_target *target, const struct tool_address *address,
    uint64_t *va, struct kvmsafe_error *err)
{
	char *const name = strndup(address->text, address->symbol_bytes);
	struct kvmsafe_symbol symbol = { .name = name };

	if (address->symbol_bytes == 0) {
		*va = address->offset;
	} else if (name == NULL) {
		*err = (struct kvmsafe_error){ .status = KVMSAFE_NO_MEMORY,
			.message = "out of memory" };
	} else if (kvmsafe_symbols(target->session, NULL, &symbol, 1, NULL, err) != KVMSAFE_OK) {
		free(name);
		return; /* err is the library's */
	} else if (!symbol.found) {
		not_found(name, err);
	} else if (address->offset > UINT64_MAX - symbol.value) {
		tool_usage(err, "'%s' lies beyond 2^64", address->text);
	} else {
		*va = symbol.value + address->offset;
	}
	free(name);
}
