/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checks every line of the generator's answers files against the public interface.
 * Arguments: answers files or folders of them; without: the folder KVMSAFE_CORPUS.
 * The lines are described in corpus/README.md.
 */
#include <kvmsafe/kvmsafe.h>

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/cut.h"
#include "support/words.h"

#define PATH_BYTES 1024
#define WORDS_MAX 8

struct check {
	struct place place;
	char folder[PATH_BYTES];
	unsigned long lines;
	/* what is being asked */
	struct kvmsafe_source *dump, *kernel;
	struct kvmsafe_options options;
	char arch[32];
	struct kvmsafe_session *session;
	bool opened; /* there was an `open` line */
	struct kvmsafe_scope scope;
	uint64_t ranges, message;
	struct kvmsafe_page_walk walk;
	bool walking;
	struct kvmsafe_messages *messages;
};

static unsigned long files, checked, wrong_lines;

/* ---- Lines: opening ---- */

static void
take_source(struct check *check, const char *name, struct kvmsafe_source **out)
{
	char path[PATH_BYTES + 256];
	char damaged[256];
	struct kvmsafe_error err;

	snprintf(path, sizeof(path), "%s/%s", check->folder, name);
	snprintf(damaged, sizeof(damaged), "%.*s", (int)strcspn(name, "."), name);
	if (kvmsafe_source_path(path, out, &err) != KVMSAFE_OK &&
	    !cut_open(check->folder, damaged, out))
		wrong(&check->place, "%s: %s", path, err.message);
}

static void
line_dump(struct check *check, char **word)
{
	take_source(check, word[1], &check->dump);
}

static void
line_kernel(struct check *check, char **word)
{
	take_source(check, word[1], &check->kernel);
	check->options.kernel = check->kernel;
}

static void
line_option(struct check *check, char **word)
{
	if (strcmp(word[1], "arch") == 0) {
		snprintf(check->arch, sizeof(check->arch), "%s", word[2]);
		check->options.arch = check->arch;
	} else if (strcmp(word[1], "page_bytes") == 0) {
		check->options.page_bytes = (uint32_t)number(word[2]);
	} else if (strcmp(word[1], "entry_bytes") == 0) {
		check->options.entry_bytes = (uint32_t)number(word[2]);
	} else {
		wrong(&check->place, "option %s is not known", word[1]);
	}
}

static void
line_open(struct check *check, char **word)
{
	struct kvmsafe_error err = { .message = "" };
	enum kvmsafe_status status;

	check->opened = true;
	status = kvmsafe_open(check->dump, &check->options, &check->session, &err);
	compare_status(&check->place, "open", word[1], status, &err);
}

/* ---- Lines: describing ---- */

static void
compare_text(struct check *check, enum kvmsafe_text text, const char *hex)
{
	char buf[1025];
	size_t len = 0;
	struct kvmsafe_error err = { .message = "" };
	const enum kvmsafe_status status =
	    kvmsafe_kernel_text(check->session, text, buf, sizeof(buf), &len, &err);

	if (status != KVMSAFE_OK)
		len = 0;
	if (status != KVMSAFE_OK && !none(hex))
		wrong(&check->place, "text: expected one, found %s", err.message);
	compare_bytes(&check->place, "text", hex, buf, len);
}

static void
compare_pages(struct check *check, const struct kvmsafe_description *is, char **word)
{
	compare_number(&check->place, "pages promised", number(word[2]), is->pages_promised);
	compare_number(&check->place, "pages present", number(word[3]), is->pages_present);
	compare_number(&check->place, "pages truncated", number(word[4]), is->pages_truncated);
}

static void
compare_range(struct check *check, char **word)
{
	struct kvmsafe_memory_range range = { 0, 0 };

	if (!kvmsafe_memory_range_at(check->session, check->ranges++, &range)) {
		wrong(&check->place, "memory: expected a range, found no more");
		return;
	}
	compare_number(&check->place, "memory start", number(word[2]), range.start);
	compare_number(&check->place, "memory end", number(word[3]), range.end);
}

static void
line_describe(struct check *check, char **word)
{
	struct kvmsafe_description is = { .size = sizeof(is) };
	const char *const what = word[1];

	if (kvmsafe_describe(check->session, &is, NULL) != KVMSAFE_OK)
		wrong(&check->place, "describe fails");
	else if (strcmp(what, "format") == 0)
		compare_words(&check->place, what, word[2], is.format);
	else if (strcmp(what, "version") == 0)
		compare_number(&check->place, what, number(word[2]), is.version);
	else if (strcmp(what, "arch") == 0)
		compare_words(&check->place, what, word[2], is.arch);
	else if (strcmp(what, "endian") == 0)
		compare_words(&check->place, what, word[2], is.big_endian ? "big" : "little");
	else if (strcmp(what, "page_size") == 0)
		compare_number(&check->place, what, number(word[2]), is.page_bytes);
	else if (strcmp(what, "pages") == 0)
		compare_pages(check, &is, word);
	else if (strcmp(what, "memory") == 0)
		compare_range(check, word);
	else if (strcmp(what, "displacement") == 0)
		compare_number(&check->place, what, number(word[2]),
		    kvmsafe_kernel_displacement(check->session));
	else if (strcmp(what, "kernel") == 0)
		compare_text(check, KVMSAFE_TEXT_VERSION, word[2]);
	else if (strcmp(what, "panic") == 0)
		compare_text(check, KVMSAFE_TEXT_PANIC, word[2]);
	else
		wrong(&check->place, "describe %s is not known", what);
}

static void
line_finding(struct check *check, char **word)
{
	struct kvmsafe_error finding;

	for (uint64_t n = 0; kvmsafe_finding(check->session, n, &finding); n++)
		if (strcmp(word[1], "any") == 0 ||
		    strcmp(word[1], kvmsafe_status_name((enum kvmsafe_status)finding.status)) == 0)
			return;
	wrong(&check->place, "finding: expected %s, found none", word[1]);
}

static void
line_findings(struct check *check, char **word)
{
	struct kvmsafe_error finding;

	if (kvmsafe_finding(check->session, number(word[1]), &finding))
		wrong(&check->place, "findings: expected %s, found more: %s", word[1],
		    finding.message);
}

/* ---- Lines: reading and translating ---- */

static void
compare_read(struct check *check, char **word, bool physical)
{
	const uint64_t at = number(word[1]);
	const size_t len = (size_t)number(word[2]);
	uint8_t *const buf = malloc(len + 16);
	struct kvmsafe_error err = { .message = "" };
	enum kvmsafe_status status;
	size_t got = 0;

	if (buf == NULL)
		abort();
	memset(buf, 0xa5, len + 16);
	if (physical)
		status = kvmsafe_read_pa(check->session, at, buf, len, &got, &err);
	else
		status = kvmsafe_read_va(check->session, at, buf, len, &got, &err);
	compare_number(&check->place, "bytes read", number(word[3]), got);
	compare_status(&check->place, "read", word[4], status, &err);
	compare_bytes(&check->place, "read", word[5], buf, got);
	for (size_t i = got; i < len + 16; i++)
		if (buf[i] != 0xa5) {
			wrong(&check->place, "read: byte %zu behind %zu was written", i, got);
			break;
		}
	if (status != KVMSAFE_OK)
		compare_number(&check->place, "err->at", at + got, err.at);
	free(buf);
}

static void
line_va(struct check *check, char **word)
{
	compare_read(check, word, false);
}

static void
line_pa(struct check *check, char **word)
{
	compare_read(check, word, true);
}

static void
line_xlat(struct check *check, char **word)
{
	struct kvmsafe_translation at;
	struct kvmsafe_error err = { .message = "" };
	const enum kvmsafe_status status =
	    kvmsafe_translate(check->session, number(word[1]), &at, &err);

	compare_status(&check->place, "xlat", word[2], status, &err);
	compare_number(&check->place, "pa", number(word[3]), at.pa);
	compare_number(&check->place, "file offset", number(word[4]), at.file_offset);
	if (!none(word[5]))
		compare_number(&check->place, "page bytes", number(word[5]), at.page_bytes);
	if (!none(word[6]))
		compare_number(&check->place, "protection", protection(word[6]), at.protection);
}

/* ---- Lines: pages ---- */

static bool
next(struct check *check, enum kvmsafe_walk_order order, struct kvmsafe_page *out)
{
	struct kvmsafe_error err = { .message = "" };
	bool done = false;

	if (!check->walking)
		check->walk = (struct kvmsafe_page_walk){ .order = order };
	check->walking = true;
	if (kvmsafe_page_next(check->session, &check->walk, out, &done, &err) != KVMSAFE_OK) {
		wrong(&check->place, "walk: %s", err.message);
		return false;
	}
	return !done;
}

static void
line_page(struct check *check, char **word)
{
	struct kvmsafe_page page;

	if (!next(check, KVMSAFE_WALK_PAGES, &page)) {
		wrong(&check->place, "page: expected %s, found no more", word[1]);
		return;
	}
	compare_number(&check->place, "pa", number(word[1]), page.pa);
	compare_number(&check->place, "file offset", number(word[2]), page.file_offset);
	compare_number(&check->place, "bytes", number(word[3]), page.bytes);
	compare_number(&check->place, "direct va", number(word[4]), page.direct_va);
}

static void
line_mapping(struct check *check, char **word)
{
	struct kvmsafe_page page;

	if (!next(check, KVMSAFE_WALK_MAPPINGS, &page)) {
		wrong(&check->place, "mapping: expected %s, found no more", word[1]);
		return;
	}
	compare_number(&check->place, "va", number(word[1]), page.va);
	compare_number(&check->place, "pa", number(word[2]), page.pa);
	compare_number(&check->place, "bytes", number(word[3]), page.bytes);
	compare_number(&check->place, "protection", protection(word[4]), page.protection);
	compare_number(&check->place, "file offset", number(word[5]), page.file_offset);
}

static void
end_walk(struct check *check, enum kvmsafe_walk_order order)
{
	struct kvmsafe_page page;

	if (next(check, order, &page))
		wrong(&check->place, "walk: expected no more, found pa %#" PRIx64 " va %#" PRIx64,
		    page.pa, page.va);
	check->walking = false;
}

static void
line_pages_end(struct check *check, char **word)
{
	(void)word;
	end_walk(check, KVMSAFE_WALK_PAGES);
}

static void
line_mappings_end(struct check *check, char **word)
{
	(void)word;
	end_walk(check, KVMSAFE_WALK_MAPPINGS);
}

/* ---- Lines: symbols, messages ---- */

static void
line_scope(struct check *check, char **word)
{
	check->scope = (struct kvmsafe_scope){ .size = sizeof(check->scope) };
	if (strcmp(word[1], "cpu") == 0)
		check->scope.cpu = (uint32_t)number(word[2]);
	else if (strcmp(word[1], "vnet") == 0)
		check->scope.vnet = number(word[2]);
	else if (strcmp(word[1], "default") != 0)
		wrong(&check->place, "scope %s is not known", word[1]);
}

static void
line_symbol(struct check *check, char **word)
{
	static const char *const rules[] = { "plain", "vnet", "dpcpu" };
	struct kvmsafe_symbol symbol = { .name = word[1] };
	struct kvmsafe_error err = { .message = "" };
	enum kvmsafe_status status;

	status = kvmsafe_symbols(check->session, &check->scope, &symbol, 1, NULL, &err);
	/* no such CPU or stack: what does not belong to one is the same in every scope */
	if (status == KVMSAFE_NOT_FOUND && none(word[2]))
		return;
	if (status == KVMSAFE_NOT_FOUND)
		status = kvmsafe_symbols(check->session, NULL, &symbol, 1, NULL, &err);
	if (status != KVMSAFE_OK)
		wrong(&check->place, "symbol: %s", err.message);
	else if (symbol.found == none(word[2]))
		wrong(&check->place, "symbol %s: expected %s, found %#" PRIx64, word[1], word[2],
		    symbol.value);
	if (status != KVMSAFE_OK || !symbol.found || none(word[2]))
		return;
	compare_number(&check->place, "value", number(word[2]), symbol.value);
	compare_number(&check->place, "type", number(word[3]), symbol.nlist_type);
	compare_words(
	    &check->place, "rule", word[4], symbol.rule < 3 ? rules[symbol.rule] : "none");
	compare_number(&check->place, "bytes", number(word[5]), symbol.bytes);
}

static bool
have_messages(struct check *check)
{
	struct kvmsafe_error err = { .message = "" };

	if (check->messages == NULL &&
	    kvmsafe_messages_create(check->session, &check->messages, &err) != KVMSAFE_OK)
		wrong(&check->place, "messages: %s", err.message);
	return check->messages != NULL;
}

static void
line_message(struct check *check, char **word)
{
	struct kvmsafe_message line;

	if (!have_messages(check))
		return;
	if (!kvmsafe_messages_line(check->messages, check->message++, &line)) {
		wrong(&check->place, "message: expected one, found no more");
		return;
	}
	compare_number(&check->place, "priority", number(word[1]), (uint64_t)line.priority);
	compare_bytes(&check->place, "message", word[2], line.text, (size_t)line.bytes);
}

static void
line_messages_end(struct check *check, char **word)
{
	struct kvmsafe_message line;

	(void)word;
	if (have_messages(check) && kvmsafe_messages_line(check->messages, check->message, &line))
		wrong(&check->place, "messages: expected no more, found \"%.*s\"", (int)line.bytes,
		    line.text);
}

/* ---- Files ---- */

static const struct kind {
	const char *word;
	size_t words;
	bool before_open;
	void (*run)(struct check *check, char **word);
} kinds[] = {
	{ "dump", 2, true, line_dump },
	{ "kernel", 2, true, line_kernel },
	{ "option", 3, true, line_option },
	{ "open", 2, true, line_open },
	{ "describe", 3, false, line_describe },
	{ "finding", 2, false, line_finding },
	{ "findings", 2, false, line_findings },
	{ "va", 6, false, line_va },
	{ "pa", 6, false, line_pa },
	{ "xlat", 7, false, line_xlat },
	{ "page", 5, false, line_page },
	{ "pages-end", 1, false, line_pages_end },
	{ "mapping", 6, false, line_mapping },
	{ "mappings-end", 1, false, line_mappings_end },
	{ "scope", 2, false, line_scope },
	{ "symbol", 3, false, line_symbol },
	{ "message", 3, false, line_message },
	{ "messages-end", 1, false, line_messages_end },
};

static void
run_line(struct check *check, char *line)
{
	char *word[WORDS_MAX + 1] = { NULL }, *rest = NULL;
	size_t n = 0;

	for (char *at = strtok_r(line, " \n", &rest); at != NULL && n < WORDS_MAX;
	     at = strtok_r(NULL, " \n", &rest))
		word[n++] = at;
	if (n == 0 || word[0][0] == '#')
		return;
	check->lines++;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i].word, word[0]) != 0)
			continue;
		if (n < kinds[i].words)
			wrong(&check->place, "%s: expected %zu words, found %zu", word[0],
			    kinds[i].words, n);
		else if (!kinds[i].before_open && check->session == NULL)
			wrong(&check->place, "%s: there is no session", word[0]);
		else
			kinds[i].run(check, word);
		return;
	}
	wrong(&check->place, "%s: no such line", word[0]);
}

static void
end_file(struct check *check)
{
	struct kvmsafe_memory_range range;

	if (!check->opened || check->lines == 0)
		wrong(&check->place, "nothing was asked");
	if (check->ranges > 0 && kvmsafe_memory_range_at(check->session, check->ranges, &range))
		wrong(&check->place, "memory: expected no more, found %#" PRIx64, range.start);
	if (check->walking)
		wrong(&check->place, "a walk is not ended");
	kvmsafe_messages_destroy(check->messages);
	kvmsafe_close(check->session);
	kvmsafe_source_close(check->dump);
	kvmsafe_source_close(check->kernel);
	files++;
	checked += check->lines;
	wrong_lines += check->place.wrong;
	if (check->place.wrong > SHOWN_MAX)
		printf("%s: %lu wrong in all\n", check->place.path, check->place.wrong);
}

static void
run_file(const char *path)
{
	struct check check = { .place = { .path = path },
		.options = { .size = sizeof(check.options) },
		.scope = { .size = sizeof(check.scope) } };
	FILE *const file = fopen(path, "r");
	char *line = NULL, *slash;
	size_t room = 0;

	snprintf(check.folder, sizeof(check.folder), "%s", path);
	slash = strrchr(check.folder, '/');
	snprintf(slash != NULL ? slash : check.folder, 2, slash != NULL ? "" : ".");
	if (file == NULL) {
		wrong(&check.place, "cannot be opened");
	} else {
		while (getline(&line, &room, file) > 0) {
			check.place.line++;
			run_line(&check, line);
		}
		fclose(file);
	}
	free(line);
	end_file(&check);
}

static void
run_folder(const char *folder)
{
	struct dirent **entry = NULL;
	const int n = scandir(folder, &entry, NULL, alphasort);

	for (int i = 0; i < n; i++) {
		const char *const dot = strrchr(entry[i]->d_name, '.');
		char path[PATH_BYTES];

		snprintf(path, sizeof(path), "%s/%s", folder, entry[i]->d_name);
		if (dot != NULL && strcmp(dot, ".answers") == 0)
			run_file(path);
		free(entry[i]);
	}
	free(entry);
}

/* A folder with that of its cut dumps, or a file. */
static void
run(const char *path)
{
	char damaged[PATH_BYTES];
	struct stat st;

	if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode)) {
		run_file(path);
		return;
	}
	run_folder(path);
	snprintf(damaged, sizeof(damaged), "%s/damaged", path);
	run_folder(damaged);
}

int
main(int argc, char **argv)
{
	const char *const corpus = getenv("KVMSAFE_CORPUS");

	for (int i = 1; i < argc; i++)
		run(argv[i]);
	if (argc == 1 && corpus != NULL)
		run(corpus);
	cut_fini();
	printf("[==========] %lu files, %lu lines checked.\n", files, checked);
	printf("[  %s  ] %lu\n", wrong_lines == 0 && files > 0 ? "PASSED" : "FAILED", wrong_lines);
	return wrong_lines == 0 && files > 0 ? 0 : 1;
}
