/* SPDX-License-Identifier: BSD-2-Clause */
/* kvmsafe info: what a dump is, and how sound. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline.h"
#include "escape.h"
#include "exit.h"
#include "json.h"
#include "target.h"

#define TEXT_BYTES 1024
#define RANGES_SHOWN 16
#define TEXTS 2

/* A text of the kernel's, and why there is none. */
struct text {
	const char *key;
	enum kvmsafe_text which;
	bool found;
	size_t len;
	struct kvmsafe_error err; /* KVMSAFE_OK: found, or this dump has none */
	char bytes[TEXT_BYTES];
};

/* Which texts a dump has depends on its kind: that it has none is no warning. */
static void
text_init(struct text *text, const char *key, enum kvmsafe_text which,
    const struct kvmsafe_session *session)
{
	*text = (struct text){ .key = key, .which = which };
	text->found = kvmsafe_kernel_text(session, which, text->bytes, sizeof(text->bytes),
			  &text->len, &text->err) == KVMSAFE_OK;
	if (text->found || tool_is_absence(text->err.status))
		text->err.status = KVMSAFE_OK;
}

static const char *
endian(const struct kvmsafe_description *about)
{
	return about->big_endian ? "big" : "little";
}

static json_t *
memory_json(const struct kvmsafe_session *session)
{
	json_t *const list = json_array();
	struct kvmsafe_memory_range range;

	for (uint64_t n = 0; kvmsafe_memory_range_at(session, n, &range); n++) {
		json_t *const item = json_pack("{s:o, s:o}", "start", tool_json_hex(range.start),
		    "end", tool_json_hex(range.end));

		if (json_array_append_new(list, item) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static json_t *
warnings_json(const struct kvmsafe_session *session, const struct text *texts)
{
	json_t *const list = json_array();
	struct kvmsafe_error finding;
	int failed = list == NULL;

	for (uint64_t n = 0; !failed && kvmsafe_finding(session, n, &finding); n++)
		failed = json_array_append_new(list, tool_json_error(&finding));
	for (size_t i = 0; i < TEXTS && !failed; i++)
		if (texts[i].err.status != KVMSAFE_OK)
			failed = json_array_append_new(list, tool_json_error(&texts[i].err));
	if (!failed)
		return list;
	json_decref(list);
	return NULL;
}

static json_t *
text_json(const struct text *text)
{
	return text->found ? tool_json_text(text->bytes, text->len) : json_null();
}

static int
print_json(const struct tool_target *target, const struct text *texts)
{
	const struct kvmsafe_description *const about = &target->about;
	json_t *const pages =
	    json_pack("{s:o, s:o, s:o}", "promised", tool_json_count(about->pages_promised),
		"present", tool_json_count(about->pages_present), "truncated",
		tool_json_count(about->pages_truncated));

	return tool_json_print(json_pack(
	    "{s:i, s:s?, s:o, s:s?, s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "schema", TOOL_SCHEMA,
	    "format", about->format, "version",
	    about->version == KVMSAFE_NONE ? json_null() : tool_json_count(about->version), "arch",
	    about->arch, "endian", endian(about), "page_size", tool_json_count(about->page_bytes),
	    "memory", memory_json(target->session), "pages", pages, "kernel", text_json(&texts[0]),
	    "panic", text_json(&texts[1]), "warnings", warnings_json(target->session, texts)));
}

static void
key(const char *name)
{
	(void)printf("%-11s", name);
}

static void
print_memory(const struct tool_target *target)
{
	struct kvmsafe_memory_range range;
	const uint64_t all = target->about.ranges;

	for (uint64_t n = 0;
	     n < RANGES_SHOWN && kvmsafe_memory_range_at(target->session, n, &range); n++) {
		key(n == 0 ? "memory:" : "");
		(void)printf("0x%" PRIx64 " to 0x%" PRIx64 "\n", range.start, range.end);
	}
	if (all > RANGES_SHOWN) {
		key("");
		(void)printf("%" PRIu64 " more ranges, shown by --json\n", all - RANGES_SHOWN);
	}
}

static void
print_text(const struct text *text)
{
	if (!text->found)
		return;
	key(text->key);
	for (size_t i = 0; i < text->len; i++) { /* a line of output stays one */
		const char c = text->bytes[i];

		if (c != '\n')
			tool_escape(stdout, &c, 1);
		else if (i + 1 < text->len)
			(void)fputs("\\n", stdout);
	}
	(void)fputc('\n', stdout);
}

static void
print_format(const struct kvmsafe_description *about)
{
	key("format:");
	(void)fputs(about->format != NULL ? about->format : "none", stdout);
	if (about->version != KVMSAFE_NONE)
		(void)printf(", version %" PRIu64, about->version);
	(void)fputc('\n', stdout);
	key("machine:");
	(void)printf("%s (%s), %s-endian%s\n", about->arch != NULL ? about->arch : "unknown",
	    about->machine_arch != NULL ? about->machine_arch : "unknown", endian(about),
	    about->arch_guessed ? ", guessed" : "");
}

static void
print_warning(const struct kvmsafe_error *warning)
{
	key("warning:");
	tool_write_error(stdout, warning);
}

static void
print_lines(const struct tool_target *target, const struct text *texts)
{
	const struct kvmsafe_description *const about = &target->about;
	struct kvmsafe_error finding;

	key("dump:");
	tool_escape_name(stdout, target->name);
	(void)fputc('\n', stdout);
	print_format(about);
	key("page size:");
	(void)printf("%" PRIu64 "\n", about->page_bytes);
	print_memory(target);
	key("pages:");
	(void)printf("%" PRIu64 " promised, %" PRIu64 " present, %" PRIu64 " truncated\n",
	    about->pages_promised, about->pages_present, about->pages_truncated);
	for (size_t i = 0; i < TEXTS; i++)
		print_text(&texts[i]);
	for (uint64_t n = 0; kvmsafe_finding(target->session, n, &finding); n++)
		print_warning(&finding);
	for (size_t i = 0; i < TEXTS; i++)
		if (texts[i].err.status != KVMSAFE_OK)
			print_warning(&texts[i].err);
}

static int
answer(const struct tool_target *target, bool json)
{
	struct text *const texts = calloc(TEXTS, sizeof(*texts));
	int code = tool_target_is_sound(target) ? TOOL_SOUND : TOOL_FINDINGS;

	if (texts == NULL)
		return tool_no_memory();
	text_init(&texts[0], "kernel:", KVMSAFE_TEXT_VERSION, target->session);
	text_init(&texts[1], "panic:", KVMSAFE_TEXT_PANIC, target->session);
	for (size_t i = 0; i < TEXTS; i++)
		if (texts[i].err.status != KVMSAFE_OK)
			code = TOOL_FINDINGS;
	if (json)
		code = tool_worse(code, print_json(target, texts));
	else
		print_lines(target, texts);
	if (!json) {
		key("sound:");
		(void)puts(code == TOOL_SOUND ? "yes" : "no");
	}
	free(texts);
	return code;
}

int
tool_cmd_info(const struct tool_options *options)
{
	struct tool_target target;
	int code = tool_target_init(&target, options);

	if (code == 0)
		code = answer(&target, tool_given(options, TOOL_JSON));
	tool_target_fini(&target);
	return code;
}
