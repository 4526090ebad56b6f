/* SPDX-License-Identifier: BSD-2-Clause */
/* kvmsafe pages: a line a page or mapping, written as they come. */
#include <inttypes.h>
#include <stdio.h>

#include "cmdline.h"
#include "exit.h"
#include "json.h"
#include "progress.h"
#include "target.h"

static void
place(uint64_t value, char end)
{
	if (value == KVMSAFE_NONE)
		(void)printf("-%c", end);
	else
		(void)printf("0x%" PRIx64 "%c", value, end);
}

static void
print_line(const struct kvmsafe_page *page, bool mappings)
{
	char protection[4];

	if (mappings)
		place(page->va, ' ');
	place(page->pa, ' ');
	if (!mappings)
		place(page->direct_va, ' ');
	place(page->file_offset, ' ');
	(void)printf("%" PRIu64, page->bytes);
	if (mappings)
		(void)printf(" %s",
		    page->protection != 0 ? tool_protection(page->protection, protection) : "-");
	(void)fputc('\n', stdout);
}

static void
json_place(const char *key, uint64_t value)
{
	if (value == KVMSAFE_NONE)
		(void)printf("\"%s\": null, ", key);
	else
		(void)printf("\"%s\": \"0x%" PRIx64 "\", ", key, value);
}

/* By hand: there can be millions, and numbers need no escaping. */
static void
print_json(const struct kvmsafe_page *page)
{
	char protection[4];

	(void)putchar('{');
	json_place("pa", page->pa);
	json_place("va", page->va);
	json_place("direct_va", page->direct_va);
	json_place("file_offset", page->file_offset);
	(void)printf("\"bytes\": %" PRIu64 ", \"protection\": ", page->bytes);
	if (page->protection == 0)
		(void)fputs("null}\n", stdout);
	else
		(void)printf("\"%s\"}\n", tool_protection(page->protection, protection));
}

/* Answers an exit code; err is filled when the walk came to no good end. */
static int
walk(
    const struct tool_options *options, const struct tool_target *target, struct kvmsafe_error *err)
{
	const bool mappings = tool_given(options, TOOL_MAPPINGS);
	const bool json = tool_given(options, TOOL_JSON);
	struct kvmsafe_page_walk cursor = { .order = mappings ? KVMSAFE_WALK_MAPPINGS
							      : KVMSAFE_WALK_PAGES };
	struct tool_progress progress;
	int code = 0;

	tool_progress_init(&progress, options, mappings ? 0 : target->about.pages_present);
	for (uint64_t count = 0; code == 0 && !ferror(stdout); count++) {
		struct kvmsafe_page page;
		bool done = false;

		if (kvmsafe_page_next(target->session, &cursor, &page, &done, err) != KVMSAFE_OK) {
			code = TOOL_NO_ANSWER;
			break;
		}
		err->status = KVMSAFE_OK;
		if (done)
			break;
		if (json)
			print_json(&page);
		else
			print_line(&page, mappings);
		tool_progress_step(&progress, count);
	}
	tool_progress_fini(&progress);
	return code;
}

int
tool_cmd_pages(const struct tool_options *options)
{
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	struct tool_target target;
	int code = tool_target_init(&target, options);

	if (code == 0) {
		code = walk(options, &target, &err);
		if (err.status != KVMSAFE_OK)
			(void)tool_give_up(options, target.name, &err);
		else if (code == 0)
			code = tool_target_soundness(&target);
	}
	tool_target_fini(&target);
	return code;
}
