/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: the tool kvmsafe: tool_run, tool_finish */
/*
 * The tool, in process: its arguments, its text, its JSON. Oracles: the exit code is that of its
 * table and fits what was printed; JSON parses and has the members of doc/kvmsafe-json.md; nothing
 * drives a terminal; the second run prints what the first did; text, JSON and bytes of `read` agree.
 * Input: KSF1, whose file 2 holds the arguments, NUL-ended; DUMP and KERNEL are the other files, and
 * BITS is enum bits. Without file 2: `info DUMP`.
 */
#include <string.h>

#include "fuzz/check.h"
#include "fuzz/json_check.h"
#include "fuzz/tool_host.h"
#include "tools/exit.h"
#include "tools/table.h"

#define ARGUMENTS_MAX 24
#define TEXT_MAX 4096 /* of all arguments */
#define OUTPUT_MAX (256 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum bits {
	OUTPUT_TERMINAL = 1,
	ERRORS_TERMINAL = 2,
	OUTPUT_DUMP = 4,
	OUTPUT_SMALL = 8, /* bits 8 to 23: bytes that it takes */
	OUTPUT_ONCE = 32, /* its first write fails */
	JSON_FAILS = 16 /* bits 32 to 47: which of jansson's allocations */
};

struct arguments {
	int n;
	char *word[ARGUMENTS_MAX + 3];
	char text[TEXT_MAX + 1];
};

/* One run, kept. */
struct answer {
	int code;
	struct kvs_stream out, err;
};

struct run {
	struct kvs_tool_host host;
	struct arguments arguments;
	uint32_t given;
	const char *command;
	bool faulty; /* memory lacks, or the output does not take all: only shapes are checked */
	struct answer answer;
};

static char texts[6][OUTPUT_MAX]; /* of streams; no input's */

/* ---- Running ---- */

static void
take_arguments(struct arguments *arguments, const struct kvs_sparse *sparse)
{
	static const char usual[] = "info\0DUMP";
	static char name[] = "kvmsafe";
	size_t len = sizeof(usual);

	memset(arguments, 0, sizeof(*arguments));
	memcpy(arguments->text, usual, sizeof(usual));
	if (sparse->has[2]) {
		len = sparse->len[2] < TEXT_MAX ? (size_t)sparse->len[2] : TEXT_MAX;
		kvs_sparse_get(sparse, 2, 0, arguments->text, len);
		arguments->text[len] = '\0';
	}
	arguments->word[arguments->n++] = name;
	for (size_t at = 0; at < len && arguments->n <= ARGUMENTS_MAX;) {
		arguments->word[arguments->n++] = arguments->text + at;
		at += strlen(arguments->text + at) + 1;
	}
}

/* Run with `extra` as first argument, where it is not NULL; `which` of the texts holds it. */
static struct answer
run_tool(struct run *run, const char *extra, char *first, char *second)
{
	struct arguments *const all = &run->arguments;
	char *words[ARGUMENTS_MAX + 4] = { all->word[0] }, more[16];
	struct answer answer;
	int n = 1;

	if (extra != NULL) {
		(void)snprintf(more, sizeof(more), "%s", extra);
		words[n++] = more;
	}
	for (int i = 1; i < all->n; i++)
		words[n++] = all->word[i];
	run->host.out.text = first;
	run->host.err.text = second;
	answer.code = kvs_tool_host_run(&run->host, n, words);
	answer.out = run->host.out;
	answer.err = run->host.err;
	return answer;
}

static bool
given(const struct run *run, enum tool_option_id id)
{
	return (run->given & TOOL_BIT(id)) != 0;
}

/* ---- What was printed ---- */

static void
check_printable(const struct kvs_stream *stream)
{
	for (size_t i = 0; i < stream->len; i++) {
		const char c = stream->text[i];

		CHECK((c >= 0x20 && c <= 0x7e) || c == '\n' || c == '\t');
	}
}

static bool
begins(const struct kvs_stream *stream, const char *with)
{
	return stream->len >= strlen(with) && strncmp(stream->text, with, strlen(with)) == 0;
}

static bool
ends(const struct kvs_stream *stream, const char *with)
{
	const size_t len = strlen(with);

	return stream->len >= len && strncmp(stream->text + stream->len - len, with, len) == 0;
}

static struct kvs_json
json_of(const struct kvs_stream *stream)
{
	return (struct kvs_json){ stream->text, stream->len };
}

static unsigned
count(struct kvs_json json, const char *what)
{
	const size_t len = strlen(what);
	unsigned n = 0;

	for (size_t i = 0; len <= json.len && i <= json.len - len; i++)
		n += strncmp(json.text + i, what, len) == 0;
	return n;
}

/* ---- Text ---- */

/* A wrong option is the command's affair, no file's. */
static void
check_usage(const struct run *run, const struct answer *answer)
{
	char start[32];

	(void)snprintf(start, sizeof(start), "kvmsafe: %s: ", run->command);
	CHECK(begins(&answer->err, start));
}

/* The last line of info and check is the exit code in words. */
static void
check_text(const struct run *run, const struct answer *answer)
{
	const bool last_word =
	    strcmp(run->command, "info") == 0 || strcmp(run->command, "check") == 0;

	if (answer->code == TOOL_USAGE || answer->code == TOOL_NO_DUMP)
		CHECK(answer->out.len == 0);
	if (answer->code == TOOL_USAGE && !run->host.output_is_dump && run->command[0] != '\0')
		check_usage(run, answer);
	if (answer->code == TOOL_FINDINGS && !last_word)
		CHECK(answer->err.len > 0);
	if (answer->code <= TOOL_FINDINGS)
		CHECK(answer->out.len == 0 || answer->out.text[answer->out.len - 1] == '\n' ||
		    given(run, TOOL_RAW));
	if (!last_word || answer->code > TOOL_FINDINGS)
		return;
	if (strcmp(run->command, "info") == 0)
		CHECK(ends(&answer->out,
		    answer->code == TOOL_SOUND ? "\nsound:     yes\n" : "\nsound:     no\n"));
	else if (answer->code == TOOL_SOUND)
		CHECK(ends(&answer->out, "\nsound\n"));
	else
		CHECK(ends(&answer->out, " findings\n") || ends(&answer->out, "\n1 finding\n"));
}

/* ---- JSON ---- */

static bool
is_failure(struct kvs_json json)
{
	return count(json, "{\"schema\": 1, \"error\": {\"status\": \"") == 1 &&
	    strncmp(json.text, "{\"schema\": 1, \"error\": ", 23) == 0;
}

static bool
has_members(struct kvs_json json, const char *const *keys)
{
	for (; *keys != NULL; keys++)
		if (kvs_json_member(json, *keys).text == NULL)
			return false;
	return true;
}

static void
check_read_json(const struct run *run, struct kvs_json json, int code)
{
	static const char *const keys[] = { "length", "bytes", "got", "error", NULL };
	const struct kvs_json bytes = kvs_json_member(json, "bytes");
	const struct kvs_json got = kvs_json_member(json, "got");
	char expected[24];

	CHECK(has_members(json, keys));
	CHECK(kvs_json_member(json, given(run, TOOL_PHYS) ? "pa" : "va").text != NULL);
	CHECK(bytes.len % 2 == 0);
	(void)snprintf(expected, sizeof(expected), "%lu", (unsigned long)(bytes.len / 2 - 1));
	CHECK(kvs_json_is(got, expected));
	CHECK(kvs_json_is(kvs_json_member(json, "error"), "null") == (code <= TOOL_FINDINGS));
	if (code <= TOOL_FINDINGS)
		CHECK(kvs_json_is(kvs_json_member(json, "length"), expected));
}

static void
check_symbols_json(struct kvs_json json, int code)
{
	static const char *const keys[] = { "symbols", "unresolved", NULL };
	char expected[24];

	CHECK(has_members(json, keys));
	(void)snprintf(expected, sizeof(expected), "%u", count(json, "\"found\": false"));
	CHECK(kvs_json_is(kvs_json_member(json, "unresolved"), expected));
	CHECK((count(json, "\"found\": false") > 0) == (code == TOOL_NO_ANSWER));
}

/* A line a page; the last one may say why there is no more. */
static void
check_pages_json(struct kvs_json json, int code)
{
	static const char *const keys[] = { "pa", "va", "direct_va", "file_offset", "bytes",
		"protection", NULL };

	while (json.len > 0) {
		const char *const end = memchr(json.text, '\n', json.len);
		const struct kvs_json line = { json.text,
			end != NULL ? (size_t)(end - json.text) : json.len };

		CHECK(end != NULL && kvs_json_is_valid(line));
		json.text += line.len + 1;
		json.len -= line.len + 1;
		CHECK(has_members(line, keys) ||
		    (is_failure(line) && json.len == 0 && code > TOOL_FINDINGS));
	}
}

static void
check_members(const struct run *run, struct kvs_json json, int code)
{
	static const char *const info[] = { "format", "version", "arch", "endian", "page_size",
		"memory", "pages", "kernel", "panic", "warnings", NULL };
	static const char *const check[] = { "sound", "findings", NULL };
	static const char *const translate[] = { "translations", NULL };
	static const char *const dmesg[] = { "source", "lines", "findings", NULL };

	CHECK(kvs_json_is(kvs_json_member(json, "schema"), "1"));
	if (strcmp(run->command, "info") == 0) {
		CHECK(has_members(json, info) && code <= TOOL_FINDINGS);
	} else if (strcmp(run->command, "check") == 0) {
		CHECK(has_members(json, check) && code <= TOOL_FINDINGS);
		CHECK(kvs_json_is(
		    kvs_json_member(json, "sound"), code == TOOL_SOUND ? "true" : "false"));
	} else if (strcmp(run->command, "read") == 0) {
		check_read_json(run, json, code);
	} else if (strcmp(run->command, "symbols") == 0) {
		check_symbols_json(json, code);
	} else if (strcmp(run->command, "translate") == 0) {
		CHECK(has_members(json, translate));
		CHECK((count(json, "\"error\": {") > 0) == (code == TOOL_NO_ANSWER));
	} else {
		CHECK(strcmp(run->command, "dmesg") == 0 && has_members(json, dmesg));
		CHECK(code <= TOOL_FINDINGS);
	}
}

static void
check_json(const struct run *run, const struct answer *answer)
{
	struct kvs_json json = json_of(&answer->out);

	for (size_t i = 0; i < json.len; i++)
		CHECK(json.text[i] != '\t');
	/* what goes into the dump itself is not even an error as JSON */
	if (json.len == 0) {
		CHECK(answer->code == TOOL_USAGE
			? begins(&answer->err, "kvmsafe: DUMP: standard output")
			: strcmp(run->command, "pages") == 0);
		return;
	}
	CHECK(json.text[json.len - 1] == '\n');
	if (strcmp(run->command, "pages") == 0) {
		check_pages_json(json, answer->code);
		return;
	}
	json.len--;
	CHECK(kvs_json_is_valid(json));
	if (!is_failure(json)) {
		CHECK(answer->code != TOOL_USAGE && answer->code != TOOL_NO_DUMP);
		check_members(run, json, answer->code);
		return;
	}
	CHECK(answer->code >= TOOL_USAGE);
	CHECK((answer->code == TOOL_USAGE) == (count(json, "\"status\": \"USAGE\"") == 1));
}

/* ---- Answers beside each other ---- */

static void
check_answer(const struct run *run, const struct answer *answer, bool json)
{
	const bool words = given(run, TOOL_HELP) || given(run, TOOL_VERSION);

	CHECK(answer->code >= TOOL_SOUND && answer->code <= TOOL_NO_ANSWER);
	check_printable(&answer->err);
	CHECK(answer->err.len == 0 || begins(&answer->err, "kvmsafe: "));
	CHECK(answer->err.len > 0 || answer->code <= TOOL_FINDINGS);
	if (!given(run, TOOL_RAW))
		check_printable(&answer->out);
	if (answer->out.failed)
		CHECK(answer->code == TOOL_NO_ANSWER &&
		    count(json_of(&answer->err), "kvmsafe: standard output: ") == 1);
	if (run->faulty || answer->out.failed)
		return;
	if (words)
		CHECK(answer->code == TOOL_SOUND && answer->out.len > 0 && answer->err.len == 0);
	else if (json)
		check_json(run, answer);
	else
		check_text(run, answer);
}

static bool
is_same(const struct kvs_stream *a, const struct kvs_stream *b)
{
	return a->len == b->len && a->failed == b->failed && memcmp(a->text, b->text, a->len) == 0;
}

/* The same again: nothing outlives a run. */
static void
check_again(struct run *run)
{
	const struct answer again = run_tool(run, NULL, texts[2], texts[3]);

	CHECK(again.code == run->answer.code && is_same(&again.out, &run->answer.out));
	CHECK(is_same(&again.err, &run->answer.err));
}

/* With --json it is worth the same, unless that excludes what was given. Answers the members. */
static struct kvs_json
check_as_json(struct run *run)
{
	const struct answer json = run_tool(run, "--json", texts[2], texts[3]);
	const bool excluded = (run->given & TOOL_FORMATS) != 0;

	check_answer(run, &json, true);
	if (json.out.failed || run->answer.out.failed)
		return (struct kvs_json){ .text = NULL };
	CHECK(excluded ? json.code == TOOL_USAGE : json.code == run->answer.code);
	CHECK(excluded || is_same(&json.err, &run->answer.err));
	return (struct kvs_json){ json.out.text, json.out.len - (json.out.len > 0) };
}

static int
nibble(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The bytes in rows of --hex are those of --raw. */
static void
compare_rows(const struct kvs_stream *hex, const struct kvs_stream *raw)
{
	const char *at = hex->text, *const end = hex->text + hex->len;
	size_t n = 0;

	while (at < end) {
		const char *c = at + 19; /* behind 0x, 16 digits and a blank */

		for (; c[0] == ' '; c++)
			while (c[0] == ' ' && nibble(c[1]) >= 0) {
				CHECK(n < raw->len && c[1] != '|');
				CHECK(
				    (nibble(c[1]) << 4 | nibble(c[2])) == (uint8_t)raw->text[n++]);
				c += 3;
			}
		CHECK(c[0] == '|');
		at = (const char *)memchr(c, '\n', (size_t)(end - c)) + 1;
	}
	CHECK(n == raw->len);
}

/* Which byte orders may numbers have? Both where opening takes an option that was typed. */
static void
take_order(const struct kvs_opening *opening, bool *little, bool *big)
{
	struct kvmsafe_description about = { .size = sizeof(about) };
	struct kvmsafe_session *session = NULL;

	*little = *big = true;
	if (kvmsafe_open(opening->source, &opening->options, &session, NULL) != KVMSAFE_OK)
		return;
	if (kvmsafe_describe(session, &about, NULL) == KVMSAFE_OK && !about.arch_guessed) {
		*little = !about.big_endian;
		*big = about.big_endian;
	}
	kvmsafe_close(session);
}

/* And so are those of JSON, two digits each. */
static void
compare_json(struct kvs_json json, const struct kvs_stream *raw)
{
	const struct kvs_json bytes = json.text != NULL ? kvs_json_member(json, "bytes") : json;

	if (bytes.text == NULL)
		return; /* no answer, or one that excludes it */
	CHECK(bytes.len == 2 * raw->len + 2);
	for (size_t i = 0; i < raw->len; i++)
		CHECK((nibble(bytes.text[2 * i + 1]) << 4 | nibble(bytes.text[2 * i + 2])) ==
		    (uint8_t)raw->text[i]);
}

/* And so are the numbers of --u8 to --u64, in the dump's byte order. */
static void
compare_numbers(const struct run *run, const struct kvs_stream *raw, size_t unit)
{
	const struct kvs_stream *const text = &run->answer.out;
	bool little, big;
	size_t n = 0;

	take_order(run->host.opening, &little, &big);

	for (size_t at = 0; at < text->len; n += unit) {
		uint64_t value = 0;

		CHECK(text->len - at > 3 && strncmp(text->text + at, "0x", 2) == 0);
		for (at += 2; text->text[at] != '\n'; at++)
			value = value << 4 | (unsigned)nibble(text->text[at]);
		at++;
		CHECK(raw->len - n >= unit);
		for (size_t i = 0; i < unit; i++) {
			const uint8_t byte = (uint8_t)raw->text[n + i];

			little = little && byte == (uint8_t)(value >> 8 * i);
			big = big && byte == (uint8_t)(value >> 8 * (unit - 1 - i));
		}
	}
	CHECK((little || big) && raw->len - n < unit);
}

/* `read` in its format and as JSON, and as it is in the file. */
static void
check_raw(struct run *run, struct kvs_json json)
{
	static const struct {
		enum tool_option_id id;
		const char *word;
		size_t unit;
	} formats[] = { { TOOL_HEX, "--hex", 0 }, { TOOL_U8, "--u8", 1 }, { TOOL_U16, "--u16", 2 },
		{ TOOL_U32, "--u32", 4 }, { TOOL_U64, "--u64", 8 } };
	struct arguments *const all = &run->arguments;
	char quiet[] = "-q";
	struct answer raw;
	size_t unit = 0;
	int swapped = 0;

	for (size_t f = 0; f < sizeof(formats) / sizeof(formats[0]); f++)
		for (int i = 1; i < all->n && given(run, formats[f].id); i++)
			if (strcmp(all->word[i], formats[f].word) == 0) {
				all->word[i] = quiet;
				unit = formats[f].unit;
				swapped++;
			}
	if (swapped == 0 && (run->given & TOOL_FORMATS) != 0)
		return; /* abbreviated, or another format */
	raw = run_tool(run, "--raw", texts[4], texts[5]);
	if (raw.out.failed || raw.code == TOOL_USAGE)
		return;
	CHECK(raw.code == run->answer.code);
	compare_json(json, &raw.out);
	if (unit == 0)
		compare_rows(&run->answer.out, &raw.out);
	else
		compare_numbers(run, &raw.out, unit);
}

static enum kvmsafe_status
opened(const struct kvs_opening *opening, bool dump, bool kernel)
{
	const struct kvmsafe_options options = { .size = sizeof(options),
		.kernel = kernel ? opening->kernel_source : NULL,
		.limits = &opening->limits };
	struct kvmsafe_session *session = NULL;
	const enum kvmsafe_status status =
	    kvmsafe_open(dump ? opening->source : NULL, &options, &session, NULL);

	kvmsafe_close(session);
	return status;
}

/* Of two files the message names the one that is why they do not open. */
static void
check_name_of_file(const struct run *run)
{
	const struct kvs_opening *const opening = run->host.opening;
	char *const *const word = run->arguments.word;
	const bool plain = run->arguments.n > 4 && strcmp(word[2], "-N") == 0 &&
	    strcmp(word[3], "KERNEL") == 0 && strcmp(word[4], "DUMP") == 0 &&
	    !given(run, TOOL_ARCH) && !given(run, TOOL_PAGE_SIZE) && !given(run, TOOL_ENTRY_SIZE);
	enum kvmsafe_status both, kernel;

	if (!plain || opening->kernel_source == NULL)
		return;
	both = opened(opening, true, true);
	if (both == KVMSAFE_OK)
		return; /* what failed was asked later */
	kernel = opened(opening, false, true);
	if (begins(&run->answer.err, "kvmsafe: KERNEL: "))
		CHECK(both == KVMSAFE_BAD_KERNEL || kernel == both);
	else
		CHECK(begins(&run->answer.err, "kvmsafe: DUMP: ") && both != KVMSAFE_BAD_KERNEL &&
		    (kernel != both || opened(opening, true, false) != KVMSAFE_OK));
}

static void
run_all(struct run *run)
{
	const bool json = given(run, TOOL_JSON);
	const bool words = given(run, TOOL_HELP) || given(run, TOOL_VERSION);
	struct kvs_json as_json;

	run->answer = run_tool(run, NULL, texts[0], texts[1]);
	check_answer(run, &run->answer, json);
	check_again(run);
	if (run->faulty || run->answer.out.failed || words || json ||
	    run->answer.code == TOOL_USAGE)
		return;
	check_name_of_file(run);
	as_json = check_as_json(run);
	if (strcmp(run->command, "read") == 0 && !run->host.output_is_terminal)
		check_raw(run, as_json);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvs_opening opening;
	struct run run = { .host = { .opening = &opening } };
	uint64_t bits, small;

	kvs_opening_init(&opening, data, size);
	bits = opening.sparse->option[KVS_OPTION_BITS];
	small = bits >> 8 & 0xffff;
	take_arguments(&run.arguments, opening.sparse);
	run.host.output_is_terminal = bits & OUTPUT_TERMINAL;
	run.host.errors_are_terminal = bits & ERRORS_TERMINAL;
	run.host.output_is_dump = bits & OUTPUT_DUMP;
	run.host.out.text = texts[0];
	run.host.err.text = texts[1];
	run.host.out.most = run.host.err.most = OUTPUT_MAX;
	run.given =
	    kvs_tool_host_given(&run.host, run.arguments.n, run.arguments.word, &run.command);
	if (bits & OUTPUT_SMALL)
		run.host.out.most = (size_t)small;
	run.host.out.once = bits & OUTPUT_ONCE;
	if (bits & JSON_FAILS)
		run.host.json_fails = bits >> 32 & 0xffff;
	run.faulty = opening.faulty || run.host.json_fails != 0;
	run_all(&run);
	kvs_opening_fini(&opening);
	return 0;
}
