/* SPDX-License-Identifier: BSD-2-Clause */
/* kvmsafe check: every structural check, one line each. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cmdline.h"
#include "exit.h"
#include "json.h"
#include "target.h"

#define TEXT_BYTES 256 /* that it can be read is what counts */

/* What is told of each finding, as text or into a list. */
struct checking {
	json_t *list; /* NULL: text */
	int failed; /* no memory for the list */
	uint64_t problems;
};

static void
line(const struct checking *checking, const char *mark, const char *subject)
{
	if (checking->list == NULL)
		(void)printf("%-5s%s", mark, subject);
}

static void
tell(struct checking *checking, const struct kvmsafe_error *finding)
{
	const bool problem = tool_is_problem(finding);

	checking->problems += problem;
	if (checking->list != NULL) {
		checking->failed |= json_array_append_new(checking->list, tool_json_error(finding));
		return;
	}
	line(checking, problem ? "bad" : "note", "");
	tool_write_error(stdout, finding);
}

static void
check_header(const struct checking *checking, const struct kvmsafe_description *about)
{
	if (checking->list != NULL)
		return;
	line(checking, "ok", "format: ");
	(void)fputs(about->format != NULL ? about->format : "unknown", stdout);
	if (about->version != KVMSAFE_NONE)
		(void)printf(", version %" PRIu64, about->version);
	(void)printf("\n");
	line(checking, about->arch_guessed ? "note" : "ok", "machine: ");
	(void)printf("%s, %s-endian\n", about->arch != NULL ? about->arch : "unknown",
	    about->big_endian ? "big" : "little");
	line(checking, about->has_map ? "ok" : "-", "map: ");
	(void)puts(
	    about->has_map ? "virtual addresses can be translated" : "physical addresses only");
}

/* The library's findings; cut off pages are one even where none says so. */
static void
check_session(struct checking *checking, const struct tool_target *target)
{
	const struct kvmsafe_description *const about = &target->about;
	struct kvmsafe_error finding;
	bool told = false;

	for (uint64_t n = 0; kvmsafe_finding(target->session, n, &finding); n++) {
		told |= finding.status == KVMSAFE_TRUNCATED;
		tell(checking, &finding);
	}
	if (checking->list == NULL && about->pages_promised == 0) {
		line(checking, "-", "pages: none is promised\n");
	} else if (checking->list == NULL && about->pages_truncated == 0) {
		line(checking, "ok", "pages: ");
		(void)printf("all %" PRIu64 " are in the file\n", about->pages_promised);
	}
	if (about->pages_truncated == 0 || told)
		return;
	finding = (struct kvmsafe_error){ .status = KVMSAFE_TRUNCATED };
	(void)snprintf(finding.message, sizeof(finding.message),
	    "pages: %" PRIu64 " promised, %" PRIu64 " are wholly in the file",
	    about->pages_promised, about->pages_present);
	tell(checking, &finding);
}

/*
 * What could not be had: a finding, unless a sound dump may lack it. Why may be about an address
 * alone, so a line says first what was looked for.
 */
static void
tell_missing(struct checking *checking, const char *what, const struct kvmsafe_error *why)
{
	const bool absent = tool_is_absence(why->status);
	const size_t len = strlen(what);

	if (!absent)
		checking->problems++;
	if (checking->list == NULL) {
		line(checking, absent ? "-" : "bad", "");
		if (strncmp(why->message, what, len) != 0)
			(void)printf("%s: ", what);
		tool_write_error(stdout, why);
	} else if (!absent) {
		checking->failed |= json_array_append_new(checking->list, tool_json_error(why));
	}
}

static void
check_text(struct checking *checking, const struct kvmsafe_session *session,
    enum kvmsafe_text which, const char *what)
{
	struct kvmsafe_error why = { .status = KVMSAFE_OK };
	char text[TEXT_BYTES];
	size_t len;

	if (kvmsafe_kernel_text(session, which, text, sizeof(text), &len, &why) != KVMSAFE_OK) {
		tell_missing(checking, what, &why);
	} else if (checking->list == NULL) {
		line(checking, "ok", what);
		(void)puts(": it can be read");
	}
}

static void
check_messages(struct checking *checking, const struct kvmsafe_session *session)
{
	struct kvmsafe_error finding = { .status = KVMSAFE_OK };
	struct kvmsafe_messages *messages = NULL;
	uint64_t bytes;

	if (kvmsafe_messages_create(session, &messages, &finding) != KVMSAFE_OK) {
		tell_missing(checking, "message buffer", &finding);
		return;
	}
	(void)kvmsafe_messages_bytes(messages, &bytes);
	if (checking->list == NULL) {
		line(checking, "ok", "message buffer: ");
		(void)printf("%" PRIu64 " bytes of text\n", bytes);
	}
	for (uint64_t n = 0; kvmsafe_messages_finding(messages, n, &finding); n++)
		tell(checking, &finding);
	kvmsafe_messages_destroy(messages);
}

static int
answer(const struct tool_target *target, bool json)
{
	struct checking checking = { .list = json ? json_array() : NULL };
	int code;

	if (json && checking.list == NULL)
		return tool_no_memory();
	check_header(&checking, &target->about);
	check_session(&checking, target);
	check_text(&checking, target->session, KVMSAFE_TEXT_VERSION, "version");
	check_text(&checking, target->session, KVMSAFE_TEXT_PANIC, "panic");
	check_messages(&checking, target->session);
	code = checking.problems == 0 ? TOOL_SOUND : TOOL_FINDINGS;
	if (checking.failed) {
		json_decref(checking.list);
		return tool_no_memory();
	}
	if (json)
		return tool_worse(code,
		    tool_json_print(json_pack("{s:i, s:b, s:o}", "schema", TOOL_SCHEMA, "sound",
			checking.problems == 0, "findings", checking.list)));
	if (checking.problems == 0)
		(void)puts("sound");
	else
		(void)printf("%" PRIu64 " finding%s\n", checking.problems,
		    checking.problems == 1 ? "" : "s");
	return code;
}

int
tool_cmd_check(const struct tool_options *options)
{
	struct tool_target target;
	int code = tool_target_init(&target, options);

	if (code == 0)
		code = answer(&target, tool_given(options, TOOL_JSON));
	tool_target_fini(&target);
	return code;
}
