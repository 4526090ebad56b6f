/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_open, kvmsafe_close, kvmsafe_describe, kvmsafe_finding, kvmsafe_symbols,
 * kvmsafe_page_next, kvmsafe_kernel_text, kvmsafe_messages_create, kvmsafe_has, kvmsafe_version */
/*
 * A caller's own words: arch, sizes, limits, a symbol provider, no dump, no err; and what a session
 * must answer then. Input: lines of words, then the KSF1 input of dump and kernel. Lines set up
 * (take_line), the rest asks (calls_answers.c); a line may say the answer. A first line "told SUM"
 * makes the answers binding: SUM is the FNV-1a of all that follows it, so that a changed input is
 * asked the same, but no longer has answers.
 */
#include "fuzz/calls.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"
#include "fuzz/error_check.h"

#define TEXT_MAX 8192
#define MEMORY_MAX (1U << 22)
#define SMALL_FILE (1U << 17)
#define WALK_MAX (1U << 14) /* steps; tables that point at themselves promise any number */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What the caller hands to kvmsafe_open. The tails are what a newer header might have. */
struct caller {
	struct {
		struct kvmsafe_options value;
		uint8_t tail[16];
	} options;
	struct {
		struct kvmsafe_limits value;
		uint8_t tail[16];
	} limits;
	struct {
		struct kvmsafe_symbol_provider value;
		uint8_t tail[16];
	} provider;
	bool no_dump, no_options, no_limits;
};

/* ---- Lines ---- */

static uint32_t
sum_of(const uint8_t *data, size_t size)
{
	uint32_t sum = 2166136261U;

	for (size_t i = 0; i < size; i++)
		sum = (uint32_t)((sum ^ data[i]) * UINT64_C(16777619));
	return sum;
}

/* Where the KSF1 part begins: at the start of a line. */
static size_t
text_bytes(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i + 4 <= size; i++)
		if (memcmp(data + i, "KSF1", 4) == 0 && (i == 0 || data[i - 1] == '\n'))
			return i;
	return size;
}

/* Cut the text into lines of words, in place. It ends with NUL. */
static void
cut(struct calls *calls, char *text)
{
	while (*text != 0 && calls->lines < CALLS_LINES) {
		struct calls_line *const line = &calls->line[calls->lines++];
		const size_t len = strcspn(text, "\n");
		char *const next = text + len + (text[len] == '\n');
		size_t n = 0;

		text[len] = 0;
		for (size_t i = 0; i < CALLS_WORDS; i++)
			line->word[i] = "*";
		while (*text != 0 && n < CALLS_WORDS) {
			const size_t word = strcspn(text, " ");

			line->word[n++] = text;
			text += word + (text[word] == ' ');
			if (text[-1] == ' ')
				text[-1] = 0;
		}
		text = next;
	}
}

static bool
is(const char *word, const char *name)
{
	return strcmp(word, name) == 0;
}

/* ---- Setting up ---- */

/* size WHAT DELTA TAIL: the size it claims, and a byte behind what this library knows */
static void
set_size(struct calls *calls, struct caller *caller, const struct calls_line *line)
{
	const uint64_t delta = calls_number(line->word[2]) & 31;
	const size_t size = (size_t)delta - 16; /* 16 is none */
	const uint8_t byte = (uint8_t)calls_number(line->word[3]);

	if (is(line->word[1], "options")) {
		caller->options.value.size += size;
		caller->options.tail[3] = byte;
	} else if (is(line->word[1], "limits")) {
		caller->limits.value.size += size;
		caller->limits.tail[3] = byte;
	} else if (is(line->word[1], "provider")) {
		caller->provider.value.size += size;
		caller->provider.tail[3] = byte;
	} else if (is(line->word[1], "description")) {
		calls->size_delta[CALLS_DESCRIPTION] = (uint64_t)size;
	} else if (is(line->word[1], "scope") && size > 16) {
		calls->size_delta[CALLS_SCOPE] = (uint64_t)size; /* smaller only */
	}
}

static void
set_limit(struct caller *caller, const struct calls_line *line)
{
	struct kvmsafe_limits *const limits = &caller->limits.value;
	const struct {
		const char *name;
		uint64_t *field;
	} fields[] = {
		{ "allocation", &limits->allocation },
		{ "memory", &limits->memory },
		{ "program_headers", &limits->program_headers },
		{ "symbols", &limits->symbols },
		{ "walk_entries", &limits->walk_entries },
		{ "findings", &limits->findings },
		{ "messages", &limits->messages },
	};
	const uint64_t value = calls_number(line->word[2]);

	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (is(line->word[1], fields[i].name))
			*fields[i].field = value < MEMORY_MAX ? value : MEMORY_MAX;
	if (limits->walk_entries == 0 || limits->walk_entries > WALK_MAX)
		limits->walk_entries = WALK_MAX;
}

/* provide NAME VALUE BYTES [fails] */
static void
add_symbol(struct calls *calls, const struct calls_line *line)
{
	if (calls->nprovided == CALLS_PROVIDED)
		return;
	calls->provided[calls->nprovided++] = (struct calls_provided){
		.name = line->word[1],
		.value = calls_number(line->word[2]),
		.bytes = calls_number(line->word[3]),
		.status = is(line->word[4], "fails") ? KVMSAFE_IO : KVMSAFE_OK,
	};
}

static enum kvmsafe_status
look_up(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	const struct calls *const calls = ctx;

	(void)err;
	for (size_t i = 0; i < calls->nprovided; i++) {
		const struct calls_provided *const symbol = &calls->provided[i];

		if (!is(symbol->name, name))
			continue;
		out->value = symbol->value;
		out->bytes = symbol->bytes;
		out->nlist_type = 6;
		return symbol->status;
	}
	return KVMSAFE_NOT_FOUND;
}

/* without WHAT */
static void
leave_out(struct calls *calls, struct caller *caller, const char *what)
{
	caller->no_dump = caller->no_dump || is(what, "dump");
	caller->no_options = caller->no_options || is(what, "options");
	caller->no_limits = caller->no_limits || is(what, "limits");
	calls->quiet = calls->quiet || is(what, "err");
}

/* provider: the names that `provide` lines give; provider none: without its function; provider live:
   by a live kernel's rule */
static void
set_provider(struct calls *calls, struct caller *caller, const struct calls_line *line)
{
	caller->provider.value.ctx = calls;
	caller->provider.value.lookup = is(line->word[1], "none") ? NULL : look_up;
	caller->provider.value.live = is(line->word[1], "live");
	caller->options.value.symbols = &caller->provider.value;
}

/* False: it sets nothing up. */
static bool
take_line(struct calls *calls, struct caller *caller, const struct calls_line *line)
{
	if (is(line->word[0], "arch"))
		caller->options.value.arch = line->word[1];
	else if (is(line->word[0], "page_bytes"))
		caller->options.value.page_bytes = (uint32_t)calls_number(line->word[1]);
	else if (is(line->word[0], "entry_bytes"))
		caller->options.value.entry_bytes = (uint32_t)calls_number(line->word[1]);
	else if (is(line->word[0], "size"))
		set_size(calls, caller, line);
	else if (is(line->word[0], "limit"))
		set_limit(caller, line);
	else if (is(line->word[0], "provide"))
		add_symbol(calls, line);
	else if (is(line->word[0], "provider"))
		set_provider(calls, caller, line);
	else if (is(line->word[0], "without"))
		leave_out(calls, caller, line->word[1]);
	else
		return is(line->word[0], "told");
	return true;
}

/* ---- The session ---- */

/* What every caller can ask, whatever is open. */
static void
ask_library(void)
{
	static const char *const machines[] = { "amd64", "arm", "arm64", "i386", "mips",
		"powerpc64", "riscv64", "sparc64" };
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;

	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		CHECK(kvmsafe_has(machines[i]));
	CHECK(!kvmsafe_has("vax") && !kvmsafe_has(""));
	CHECK(kvmsafe_version() == KVMSAFE_VERSION);
	CHECK(kvmsafe_open(NULL, NULL, &session, &err) == KVMSAFE_USAGE && session == NULL);
	kvmsafe_close(NULL);
	kvmsafe_messages_destroy(NULL);
}

static void
ask_all(struct calls *calls, enum kvmsafe_status status, const struct kvmsafe_error *err)
{
	for (size_t i = 0; i < calls->lines; i++) {
		const struct calls_line *const line = &calls->line[i];

		if (is(line->word[0], "open"))
			calls_expect_status(calls, line, 1, status, err);
		else if (is(line->word[0], "reads"))
			CHECK(!calls->told || calls->reads <= calls_number(line->word[1]));
		else if (!line->taken && !calls_ask(calls, line))
			CHECK(!calls->told); /* a misspelt line would be one that cannot fail */
	}
}

/* Open as the lines say, and ask what they ask. */
static void
run(struct calls *calls, const struct kvs_sparse *sparse)
{
	struct kvs_sparse_file dump = { .sparse = sparse, .faults = true };
	struct kvs_sparse_file kernel = { .sparse = sparse, .file = 1, .faults = true };
	struct kvmsafe_source *const sources[] = { kvs_sparse_source(&dump),
		kvs_sparse_source(&kernel) };
	struct caller caller = { .no_dump = false };
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	caller.options.value.size = sizeof(caller.options.value);
	caller.limits.value.size = sizeof(caller.limits.value);
	caller.limits.value.allocation = caller.limits.value.memory = MEMORY_MAX;
	caller.limits.value.walk_entries = WALK_MAX;
	caller.provider.value.size = sizeof(caller.provider.value);
	for (size_t i = 0; i < calls->lines; i++)
		calls->line[i].taken = take_line(calls, &caller, &calls->line[i]);
	/* the default limits are for files that are there in full */
	if (sparse->len[0] > SMALL_FILE || sparse->len[1] > SMALL_FILE)
		caller.no_options = caller.no_limits = false;
	caller.options.value.limits = caller.no_limits ? NULL : &caller.limits.value;
	caller.options.value.kernel = sparse->has[1] ? sources[1] : NULL;
	kvs_alloc_fail_at(sparse->option[KVS_OPTION_FAIL_ALLOCATION]);
	status = kvmsafe_open(caller.no_dump ? NULL : sources[0],
	    caller.no_options ? NULL : &caller.options.value, &calls->session,
	    calls->quiet ? NULL : &err);
	CHECK((status == KVMSAFE_OK) == (calls->session != NULL));
	if (!calls->quiet)
		kvs_error_after(status, &err);
	calls->reads = dump.reads;
	ask_all(calls, status, &err);
	kvmsafe_close(calls->session);
	kvmsafe_messages_destroy(calls->messages);
	kvs_alloc_fail_at(0);
	kvmsafe_source_close(sources[0]);
	kvmsafe_source_close(sources[1]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char text[TEXT_MAX + 1];
	static struct calls calls;
	const size_t all = text_bytes(data, size);
	const size_t len = all < TEXT_MAX ? all : TEXT_MAX;
	struct kvs_sparse *const sparse = kvs_sparse_create(data + all, size - all);
	const size_t head = 14; /* "told ", a sum of eight digits, newline */

	memset(&calls, 0, sizeof(calls));
	memcpy(text, data, len);
	text[len] = 0;
	calls.faulty = kvs_sparse_is_faulty(sparse);
	calls.told = len > head && memcmp(text, "told ", 5) == 0 && text[head - 1] == '\n' &&
	    strtoul(text + 5, NULL, 16) == sum_of(data + head, size - head);
	cut(&calls, text);
	ask_library();
	run(&calls, sparse);
	kvs_sparse_destroy(sparse);
	return 0;
}
