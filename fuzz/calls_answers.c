/* SPDX-License-Identifier: BSD-2-Clause */
/* What each line of the target `calls` asks of a session, and what was told about the answer. */
#include "fuzz/calls.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/check.h"
#include "fuzz/error_check.h"

#define BYTES_MAX 4096 /* of a read or a text */
#define GUARD 16 /* bytes behind them that nobody may touch */

static uint8_t buffer[BYTES_MAX + GUARD];

/* ---- Words ---- */

uint64_t
calls_number(const char *word)
{
	return strcmp(word, "-") == 0 ? KVMSAFE_NONE : (uint64_t)strtoull(word, NULL, 0);
}

_Noreturn static void
wrong(const char *want, const char *have)
{
	fprintf(stderr, "told %s, found %s\n", want, have);
	kvs_check_failed(__FILE__, __LINE__, "the answer is not the one that was told");
}

void
calls_expect_word(const struct calls *calls, const char *want, const char *have)
{
	if (calls->told && strcmp(want, "*") != 0 && strcmp(want, have) != 0)
		wrong(want, have);
}

void
calls_expect_number(const struct calls *calls, const char *want, uint64_t have)
{
	char text[32];

	snprintf(text, sizeof(text), "%#llx", (unsigned long long)have);
	if (calls->told && strcmp(want, "*") != 0 && calls_number(want) != have)
		wrong(want, text);
}

void
calls_expect_bytes(const struct calls *calls, const char *want, const void *have, size_t len)
{
	static char hex[2 * BYTES_MAX + 1];
	static const char digits[] = "0123456789abcdef";
	const uint8_t *const bytes = have;

	if (!calls->told || strcmp(want, "*") == 0)
		return;
	CHECK(len <= BYTES_MAX);
	for (size_t i = 0; i < len; i++) {
		hex[2 * i] = digits[bytes[i] >> 4];
		hex[2 * i + 1] = digits[bytes[i] & 15];
	}
	hex[2 * len] = 0;
	calls_expect_word(calls, want, len > 0 ? hex : "-");
}

void
calls_expect_status(const struct calls *calls, const struct calls_line *line, size_t first,
    enum kvmsafe_status status, const struct kvmsafe_error *err)
{
	static const char *const places[] = { "-", "file", "va", "pa" };
	const char *const *const want = &line->word[first];

	if (!calls->quiet) {
		kvs_error_after(status, err);
		CHECK(status == KVMSAFE_OK ||
		    (err->place >= KVMSAFE_NOWHERE && err->place <= KVMSAFE_PA));
	}
	calls_expect_word(calls, want[0], kvmsafe_status_name(status));
	if (status == KVMSAFE_OK || calls->quiet)
		return;
	if (first + 1 < CALLS_WORDS)
		calls_expect_word(calls, want[1], places[err->place]);
	if (first + 2 < CALLS_WORDS)
		calls_expect_number(calls, want[2], err->at);
}

/* Where errors go: nowhere, for a caller who does not want them. */
static struct kvmsafe_error *
errors(const struct calls *calls, struct kvmsafe_error *err)
{
	kvs_error_init(err);
	return calls->quiet ? NULL : err;
}

static const char *
yes_or_no(bool is)
{
	return is ? "yes" : "no";
}

static const char *
or_dash(const char *text)
{
	return text != NULL ? text : "-";
}

/* ---- Descriptions and findings ---- */

/* describe STATUS; describe NAME VALUE */
static void
ask_describe(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_description is = { .size = sizeof(is) +
		    (size_t)calls->size_delta[CALLS_DESCRIPTION] };
	struct kvmsafe_error err;
	const enum kvmsafe_status status =
	    kvmsafe_describe(calls->session, &is, errors(calls, &err));
	const struct {
		const char *name, *text;
		uint64_t number;
	} fields[] = {
		{ "format", or_dash(is.format), 0 },
		{ "arch", or_dash(is.arch), 0 },
		{ "abi", or_dash(is.machine_arch), 0 },
		{ "big", yes_or_no(is.big_endian), 0 },
		{ "guessed", yes_or_no(is.arch_guessed), 0 },
		{ "map", yes_or_no(is.has_map), 0 },
		{ "version", NULL, is.version },
		{ "pointer", NULL, is.pointer_bytes },
		{ "page", NULL, is.page_bytes },
		{ "promised", NULL, is.pages_promised },
		{ "present", NULL, is.pages_present },
		{ "truncated", NULL, is.pages_truncated },
		{ "ranges", NULL, is.ranges },
		{ "findings", NULL, is.findings },
		{ "symbols", NULL, is.symbols },
	};

	if (status != KVMSAFE_OK) {
		CHECK(status == KVMSAFE_USAGE && is.format == NULL);
		calls_expect_status(calls, line, 1, status, &err);
		return;
	}
	if (!calls->quiet)
		kvs_error_after(KVMSAFE_OK, &err);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcmp(line->word[1], fields[i].name) != 0)
			continue;
		if (fields[i].text != NULL)
			calls_expect_word(calls, line->word[2], fields[i].text);
		else
			calls_expect_number(calls, line->word[2], fields[i].number);
		return;
	}
	calls_expect_word(calls, line->word[1], "OK");
}

/* range N START END; range N - */
static void
ask_range(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_memory_range range = { KVMSAFE_NONE, KVMSAFE_NONE };
	const uint64_t n = calls_number(line->word[1]);

	if (kvmsafe_memory_range_at(calls->session, n, &range))
		CHECK(range.start < range.end || range.end == 0);
	calls_expect_number(calls, line->word[2], range.start);
	calls_expect_number(calls, line->word[3], range.end);
}

/* finding N STATUS PLACE AT; finding N - */
static void
ask_finding(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_error finding;

	if (kvmsafe_finding(calls->session, calls_number(line->word[1]), &finding))
		calls_expect_status(calls, line, 2, (enum kvmsafe_status)finding.status, &finding);
	else
		calls_expect_word(calls, line->word[2], "-");
}

/* ---- Memory ---- */

/* va ADDRESS BYTES GOT HEX STATUS PLACE AT; pa ... */
static void
ask_read(struct calls *calls, const struct calls_line *line)
{
	const uint64_t address = calls_number(line->word[1]);
	const uint64_t asked = calls_number(line->word[2]);
	const size_t len = asked < BYTES_MAX ? (size_t)asked : BYTES_MAX;
	struct kvmsafe_error err;
	enum kvmsafe_status status;
	size_t got = 1;

	memset(buffer, 0xa5, len + GUARD);
	if (line->word[0][0] == 'v')
		status = kvmsafe_read_va(
		    calls->session, address, buffer, len, &got, errors(calls, &err));
	else
		status = kvmsafe_read_pa(
		    calls->session, address, buffer, len, &got, errors(calls, &err));
	CHECK(got <= len && (status == KVMSAFE_OK ? got == len : got < len || len == 0));
	for (size_t i = got; i < len + GUARD; i++)
		CHECK(buffer[i] == 0xa5);
	calls_expect_number(calls, line->word[3], got);
	calls_expect_bytes(calls, line->word[4], buffer, got);
	calls_expect_status(calls, line, 5, status, &err);
}

/* xlat ADDRESS PA OFFSET BYTES STATUS */
static void
ask_translation(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_translation at;
	struct kvmsafe_error err;
	const uint64_t va = calls_number(line->word[1]);
	const enum kvmsafe_status status =
	    kvmsafe_translate(calls->session, va, &at, errors(calls, &err));

	CHECK(at.va == va && (status == KVMSAFE_OK) == (at.file_offset != KVMSAFE_NONE));
	calls_expect_number(calls, line->word[2], at.pa);
	calls_expect_number(calls, line->word[3], at.file_offset);
	calls_expect_number(calls, line->word[4], at.bytes);
	calls_expect_status(calls, line, 5, status, &err);
}

static void
expect_page(const struct calls *calls, const struct calls_line *line, size_t first,
    const struct kvmsafe_page *page)
{
	calls_expect_number(calls, line->word[first], page->pa);
	calls_expect_number(calls, line->word[first + 1], page->file_offset);
	calls_expect_number(calls, line->word[first + 2], page->bytes);
}

/* page N STATUS PA OFFSET BYTES */
static void
ask_page(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_page page = { .pa = 0 };
	struct kvmsafe_error err;
	const enum kvmsafe_status status = kvmsafe_page_at(
	    calls->session, calls_number(line->word[1]), &page, errors(calls, &err));
	const struct calls_line want = { .word = { line->word[2], "*", "*" } };

	CHECK(status == KVMSAFE_OK || status == KVMSAFE_NOT_FOUND || status == KVMSAFE_TRUNCATED);
	calls_expect_status(calls, &want, 0, status, &err);
	expect_page(calls, line, 3, &page);
}

/* next STATUS or "done" PA OFFSET BYTES VA DIRECT_VA */
static void
ask_next(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_page page = { .pa = 0 };
	struct kvmsafe_error err;
	bool done = true; /* a failure leaves it alone */
	const enum kvmsafe_status status =
	    kvmsafe_page_next(calls->session, &calls->walk, &page, &done, errors(calls, &err));
	const struct calls_line want = { .word = { line->word[1], "*", "*" } };

	CHECK(status == KVMSAFE_OK || done);
	CHECK(!done || (page.pa == 0 && page.bytes == 0));
	if (status == KVMSAFE_OK && done) {
		if (!calls->quiet)
			kvs_error_after(status, &err);
		calls_expect_word(calls, line->word[1], "done");
		return;
	}
	calls_expect_status(calls, &want, 0, status, &err);
	if (done)
		return;
	expect_page(calls, line, 2, &page);
	calls_expect_number(calls, line->word[5], page.va);
	calls_expect_number(calls, line->word[6], page.direct_va);
}

/* ---- Symbols, texts, messages ---- */

/* symbol NAME STATUS VALUE RULE: a list of one, with and without a count of what is missing, and
   whatever stood in it before */
static void
ask_symbol(struct calls *calls, const struct calls_line *line)
{
	static const char *const rules[] = { "plain", "vnet", "dpcpu" };
	struct kvmsafe_scope scope = calls->scope;
	struct kvmsafe_symbol symbol = { .name = line->word[1] };
	struct kvmsafe_symbol again = {
		.name = symbol.name, .value = 12345, .nlist_type = 4, .rule = 1, .found = true
	};
	const struct calls_line want = { .word = { line->word[2], "*", "*" } };
	struct kvmsafe_error err;
	size_t unresolved = 12345;
	enum kvmsafe_status status, first;

	scope.size = sizeof(scope) + (size_t)calls->size_delta[CALLS_SCOPE];
	first = kvmsafe_symbols(calls->session, &scope, &again, 1, NULL, NULL);
	status =
	    kvmsafe_symbols(calls->session, &scope, &symbol, 1, &unresolved, errors(calls, &err));
	CHECK(calls->faulty || (status == first && symbol.found == again.found));
	CHECK(calls->faulty || (symbol.value == again.value && symbol.rule == again.rule));
	CHECK(symbol.found == (symbol.nlist_type != 0) && again.found == (again.nlist_type != 0));
	CHECK(unresolved == (status == KVMSAFE_OK ? !symbol.found : 12345));
	CHECK(status == KVMSAFE_OK || !symbol.found);
	calls_expect_status(calls, &want, 0, status, &err);
	calls_expect_number(calls, line->word[3], symbol.found ? symbol.value : KVMSAFE_NONE);
	calls_expect_word(calls, line->word[4], rules[symbol.rule]);
}

/* text KIND SIZE HEX STATUS PLACE AT */
static void
ask_text(struct calls *calls, const struct calls_line *line)
{
	const uint64_t asked = calls_number(line->word[2]);
	const size_t size = asked < BYTES_MAX ? (size_t)asked : BYTES_MAX;
	struct kvmsafe_error err;
	enum kvmsafe_status status;
	size_t len = 12345;

	memset(buffer, 0xa5, size + GUARD);
	status = kvmsafe_kernel_text(calls->session,
	    (enum kvmsafe_text)(calls_number(line->word[1]) & 15), (char *)buffer, size, &len,
	    errors(calls, &err));
	for (size_t i = size; i < size + GUARD; i++)
		CHECK(buffer[i] == 0xa5);
	CHECK(status == KVMSAFE_OK ? len < size && buffer[len] == 0 : len == 12345);
	calls_expect_bytes(calls, line->word[3], buffer, status == KVMSAFE_OK ? len : 0);
	calls_expect_status(calls, line, 4, status, &err);
}

/* messages SOURCE HEX STATUS PLACE AT */
static void
ask_messages(struct calls *calls, const struct calls_line *line)
{
	static const char *const sources[] = { "msgbuf", "ring" };
	struct kvmsafe_error err;
	enum kvmsafe_status status;
	const char *text;
	uint64_t bytes;

	kvmsafe_messages_destroy(calls->messages);
	calls->messages = NULL;
	status = kvmsafe_messages_create(calls->session, &calls->messages, errors(calls, &err));
	CHECK((status == KVMSAFE_OK) == (calls->messages != NULL));
	calls_expect_status(calls, line, 3, status, &err);
	if (status != KVMSAFE_OK)
		return;
	text = kvmsafe_messages_bytes(calls->messages, &bytes);
	calls_expect_word(calls, line->word[1], sources[kvmsafe_messages_source(calls->messages)]);
	if (bytes <= BYTES_MAX)
		calls_expect_bytes(calls, line->word[2], text, (size_t)bytes);
}

/* message N HEX PRIORITY HIDDEN; message N - - - */
static void
ask_message(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_message message = { .text = "", .priority = -1 };
	const uint64_t n = calls_number(line->word[1]);

	if (calls->messages == NULL)
		return;
	if (!kvmsafe_messages_line(calls->messages, n, &message)) {
		calls_expect_word(calls, line->word[4], "-");
		return;
	}
	if (message.bytes <= BYTES_MAX)
		calls_expect_bytes(calls, line->word[2], message.text, (size_t)message.bytes);
	calls_expect_number(calls, line->word[3], (uint64_t)message.priority);
	calls_expect_word(calls, line->word[4], yes_or_no(message.hidden));
}

/* odd N STATUS PLACE AT; odd N -: a finding about the messages */
static void
ask_odd(struct calls *calls, const struct calls_line *line)
{
	struct kvmsafe_error finding;

	if (calls->messages == NULL)
		return;
	if (kvmsafe_messages_finding(calls->messages, calls_number(line->word[1]), &finding))
		calls_expect_status(calls, line, 2, (enum kvmsafe_status)finding.status, &finding);
	else
		calls_expect_word(calls, line->word[2], "-");
}

/* ---- Which line asks what ---- */

/* scope CPU VNET RESERVED */
static void
set_scope(struct calls *calls, const struct calls_line *line)
{
	calls->scope.cpu = (uint32_t)calls_number(line->word[1]);
	calls->scope.vnet = calls_number(line->word[2]);
	calls->scope.reserved = (uint32_t)calls_number(line->word[3]);
}

/* walk ORDER */
static void
set_walk(struct calls *calls, const struct calls_line *line)
{
	calls->walk = (struct kvmsafe_page_walk){ .order = (uint32_t)calls_number(line->word[1]) };
}

/* displacement N */
static void
ask_displacement(struct calls *calls, const struct calls_line *line)
{
	calls_expect_number(calls, line->word[1], kvmsafe_kernel_displacement(calls->session));
}

bool
calls_ask(struct calls *calls, const struct calls_line *line)
{
	static const struct {
		const char *name;
		void (*ask)(struct calls *calls, const struct calls_line *line);
	} asks[] = {
		{ "describe", ask_describe },
		{ "range", ask_range },
		{ "finding", ask_finding },
		{ "va", ask_read },
		{ "pa", ask_read },
		{ "xlat", ask_translation },
		{ "page", ask_page },
		{ "walk", set_walk },
		{ "next", ask_next },
		{ "scope", set_scope },
		{ "symbol", ask_symbol },
		{ "displacement", ask_displacement },
		{ "text", ask_text },
		{ "messages", ask_messages },
		{ "message", ask_message },
		{ "odd", ask_odd },
	};

	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		if (strcmp(line->word[0], asks[i].name) != 0)
			continue;
		if (calls->session != NULL)
			asks[i].ask(calls, line);
		return true;
	}
	return false;
}
