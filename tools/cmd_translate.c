/* SPDX-License-Identifier: BSD-2-Clause */
/* kvmsafe translate: where virtual addresses lie, and how the walk came there. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "cmdline.h"
#include "exit.h"
#include "json.h"
#include "target.h"

struct answer {
	struct kvmsafe_translation at;
	struct kvmsafe_error err;
};

/* A field without an answer is NONE; also all of them when a symbol has no address. */
static void
ask(const struct tool_target *target, const struct tool_address *address, struct answer *answer)
{
	uint64_t va;

	*answer = (struct answer){
		.at = { .va = KVMSAFE_NONE, .pa = KVMSAFE_NONE, .file_offset = KVMSAFE_NONE }
	};
	tool_target_address(target, address, &va, &answer->err);
	if (answer->err.status != KVMSAFE_OK)
		return;
	answer->at.va = va;
	answer->err.status =
	    (int32_t)kvmsafe_translate(target->session, va, &answer->at, &answer->err);
}

static json_t *
steps_json(const struct kvmsafe_translation *at)
{
	json_t *const list = json_array();

	for (uint32_t i = 0; i < at->steps && i < KVMSAFE_STEPS_MAX; i++) {
		const struct kvmsafe_step *const step = &at->step[i];
		json_t *const item =
		    json_pack("{s:o, s:o, s:o}", "level", tool_json_count(step->level), "entry_pa",
			tool_json_place(step->entry_pa), "entry", tool_json_hex(step->entry));

		if (json_array_append_new(list, item) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
answer_json(const struct answer *answer, bool has_va)
{
	const struct kvmsafe_translation *const at = &answer->at;

	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "va",
	    has_va ? tool_json_hex(at->va) : json_null(), "pa", tool_json_place(at->pa),
	    "file_offset", tool_json_place(at->file_offset), "page_bytes",
	    at->page_bytes == 0 || at->page_bytes == KVMSAFE_NONE ? json_null()
								  : tool_json_count(at->page_bytes),
	    "protection", tool_json_protection(at->protection), "steps", steps_json(at), "error",
	    tool_json_error(&answer->err));
}

static void
field(const char *name, uint64_t value)
{
	if (value != KVMSAFE_NONE)
		(void)printf("  %s 0x%" PRIx64, name, value);
}

static void
print_lines(const struct answer *answer)
{
	const struct kvmsafe_translation *const at = &answer->at;
	char protection[4];

	if (at->pa == KVMSAFE_NONE && at->file_offset == KVMSAFE_NONE && at->steps == 0)
		return; /* nothing is known: the error on stderr says all */
	(void)printf("0x%" PRIx64, at->va);
	field("physical", at->pa);
	field("file", at->file_offset);
	if (at->page_bytes != 0 && at->page_bytes != KVMSAFE_NONE)
		(void)printf("  page %" PRIu64, at->page_bytes);
	if (at->protection != 0)
		(void)printf("  %s", tool_protection(at->protection, protection));
	(void)fputc('\n', stdout);
	for (uint32_t i = 0; i < at->steps && i < KVMSAFE_STEPS_MAX; i++) {
		const struct kvmsafe_step *const step = &at->step[i];

		(void)printf("  level %" PRIu32 "  entry 0x%" PRIx64, step->level, step->entry);
		field("physical", step->entry_pa);
		field("file", step->entry_offset);
		(void)fputc('\n', stdout);
	}
}

/* One address; list NULL: as text. Answers the exit code that it is worth. */
static int
translate(const struct tool_target *target, const struct tool_address *address, json_t *list)
{
	struct answer answer;
	bool has_va;
	int code = 0;

	ask(target, address, &answer);
	has_va = answer.err.status == KVMSAFE_OK || answer.at.va != KVMSAFE_NONE ||
	    address->symbol_bytes == 0;
	if (list == NULL)
		print_lines(&answer);
	else if (json_array_append_new(list, answer_json(&answer, has_va)) != 0)
		code = tool_no_memory();
	if (answer.err.status == KVMSAFE_OK)
		return code;
	tool_report(target->name, &answer.err);
	return TOOL_NO_ANSWER;
}

static int
translate_all(const struct tool_options *options, const struct tool_address *addresses)
{
	struct tool_target target;
	json_t *list = NULL;
	int code = tool_target_init(&target, options);

	if (code == 0) {
		if (tool_given(options, TOOL_JSON))
			list = json_array();
		for (size_t i = 0; i < options->noperands && !ferror(stdout); i++)
			code = tool_worse(code, translate(&target, &addresses[i], list));
		if (tool_given(options, TOOL_JSON))
			code = tool_worse(code,
			    tool_json_print(json_pack(
				"{s:i, s:o}", "schema", TOOL_SCHEMA, "translations", list)));
		if (code == TOOL_SOUND)
			code = tool_target_soundness(&target);
	}
	tool_target_fini(&target);
	return code;
}

int
tool_cmd_translate(const struct tool_options *options)
{
	struct kvmsafe_error wrong = { .status = KVMSAFE_OK };
	struct tool_address *const addresses = calloc(options->noperands, sizeof(*addresses));
	int code;

	if (addresses == NULL)
		return tool_no_memory();
	for (size_t i = 0; i < options->noperands; i++) {
		if (!tool_address_parse(options->operands[i], &addresses[i]))
			tool_usage(&wrong,
			    "ADDRESS: a number or SYMBOL[+OFFSET] is expected, found '%s'",
			    options->operands[i]);
		else if (addresses[i].symbol_bytes != 0 && options->kernel == NULL)
			tool_usage(&wrong,
			    "'%s': symbols need -N KERNEL, hexadecimal numbers a leading 0x",
			    options->operands[i]);
	}
	if (wrong.status != KVMSAFE_OK)
		code = tool_refuse(options, &wrong);
	else
		code = translate_all(options, addresses);
	free(addresses);
	return code;
}
