/* SPDX-License-Identifier: BSD-2-Clause */
/* kvmsafe symbols: value, type and rule of names. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "escape.h"
#include "exit.h"
#include "json.h"
#include "target.h"

static const char *
rule_name(uint8_t rule)
{
	static const char *const names[] = { [KVMSAFE_SYM_PLAIN] = "plain",
		[KVMSAFE_SYM_VNET] = "vnet",
		[KVMSAFE_SYM_DPCPU] = "dpcpu" };

	return rule < sizeof(names) / sizeof(names[0]) ? names[rule] : "unknown";
}

/* N_* of FreeBSD's nlist(3), which other systems' headers lack. */
static const char *
type_name(uint8_t type, char text[16])
{
	static const struct {
		uint8_t type;
		const char *name;
	} names[] = { { 0x00, "undef" }, { 0x02, "abs" }, { 0x04, "text" }, { 0x06, "data" },
		{ 0x08, "bss" }, { 0x12, "comm" }, { 0x1e, "file" } };
	const char *const external = type & 1 ? ",ext" : "";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].type == (type & ~1U)) {
			(void)snprintf(text, 16, "%s%s", names[i].name, external);
			return text;
		}
	}
	(void)snprintf(text, 16, "0x%x", (unsigned)type);
	return text;
}

static json_t *
symbol_json(const struct kvmsafe_symbol *symbol)
{
	json_t *const name = tool_json_text(symbol->name, strlen(symbol->name));

	if (!symbol->found)
		return json_pack("{s:o, s:n, s:n, s:n, s:n, s:b}", "name", name, "value", "bytes",
		    "type", "rule", "found", 0);
	return json_pack("{s:o, s:o, s:o, s:i, s:s, s:b}", "name", name, "value",
	    tool_json_hex(symbol->value), "bytes", tool_json_count(symbol->bytes), "type",
	    (int)symbol->nlist_type, "rule", rule_name(symbol->rule), "found", 1);
}

static int
print_json(const struct kvmsafe_symbol *list, size_t n, size_t unresolved)
{
	json_t *const array = json_array();
	int failed = array == NULL;

	for (size_t i = 0; i < n && !failed; i++)
		failed = json_array_append_new(array, symbol_json(&list[i]));
	if (failed) {
		json_decref(array);
		return tool_no_memory();
	}
	return tool_json_print(json_pack("{s:i, s:o, s:o}", "schema", TOOL_SCHEMA, "symbols", array,
	    "unresolved", tool_json_count(unresolved)));
}

static void
print_lines(const struct kvmsafe_symbol *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct kvmsafe_symbol *const s = &list[i];
		char type[16];

		if (!s->found)
			continue;
		(void)printf("0x%016" PRIx64 " %8" PRIu64 " %-9s %-6s ", s->value, s->bytes,
		    type_name(s->nlist_type, type), rule_name(s->rule));
		tool_escape_name(stdout, s->name);
		(void)fputc('\n', stdout);
	}
}

static void
report_missing(const struct tool_options *options, const struct kvmsafe_symbol *list, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct kvmsafe_error missing = { .status = KVMSAFE_NOT_FOUND };
		char text[160];

		if (list[i].found)
			continue;
		tool_escape_string(list[i].name, text, sizeof(text));
		(void)snprintf(
		    missing.message, sizeof(missing.message), "symbol '%s': not found", text);
		tool_report(options->kernel, &missing);
	}
}

static int
answer(const struct tool_options *options, const struct tool_target *target,
    struct kvmsafe_symbol *list)
{
	const size_t n = options->noperands;
	const struct kvmsafe_scope scope = {
		.size = sizeof(scope), .cpu = options->cpu, .vnet = options->vnet
	};
	const bool scoped = tool_given(options, TOOL_CPU) || tool_given(options, TOOL_VNET);
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	size_t unresolved = 0;
	int code = 0;

	for (size_t i = 0; i < n; i++)
		list[i].name = options->operands[i];
	if (kvmsafe_symbols(target->session, scoped ? &scope : NULL, list, n, &unresolved, &err) !=
	    KVMSAFE_OK)
		return tool_give_up(options, target->name, &err);
	if (tool_given(options, TOOL_JSON))
		code = print_json(list, n, unresolved);
	else
		print_lines(list, n);
	report_missing(options, list, n);
	if (unresolved != 0)
		return TOOL_NO_ANSWER;
	return tool_worse(code, tool_target_soundness(target));
}

int
tool_cmd_symbols(const struct tool_options *options)
{
	struct kvmsafe_error wrong = { .status = KVMSAFE_OK };
	struct kvmsafe_symbol *list;
	struct tool_target target;
	int code;

	if (options->kernel == NULL) {
		tool_usage(&wrong, "-N KERNEL is missing: whose symbols?");
		return tool_refuse(options, &wrong);
	}
	list = calloc(options->noperands, sizeof(*list));
	if (list == NULL)
		return tool_no_memory();
	code = tool_target_init(&target, options);
	if (code == 0)
		code = answer(options, &target, list);
	tool_target_fini(&target);
	free(list);
	return code;
}
