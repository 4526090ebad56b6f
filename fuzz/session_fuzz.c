/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_open, kvmsafe_close, kvmsafe_finding, kvmsafe_describe,
 * kvmsafe_memory_range_at, kvmsafe_read_va, kvmsafe_read_pa, kvmsafe_translate, kvmsafe_page_next,
 * kvmsafe_page_at, kvmsafe_symbols, kvmsafe_kernel_displacement, kvmsafe_kernel_text,
 * kvmsafe_messages_create, kvmsafe_messages_destroy, kvmsafe_messages_line,
 * kvmsafe_messages_bytes, kvmsafe_messages_source, kvmsafe_messages_finding, kvmsafe_status_name */
/*
 * A whole session on dump and kernel, then the input's OPs and some that every input gets.
 * Oracles: a read is its translations, byte for byte out of the file; a translation holds as far as
 * it says; pages rise and are readable; nothing is written behind *got. With an injected fault only
 * the shape of answers is checked. Input: KSF1, or the dump as it stands.
 */
#include <kvmsafe/kvmsafe.h>

#include <string.h>

#include "fuzz/check.h"
#include "fuzz/error_check.h"
#include "fuzz/models/image.h"
#include "fuzz/opening.h"

#define READ_MAX 20000
#define PAGES_MAX 16 /* of a walk */
#define ENDS 64 /* bytes at both ends of a page that are compared */
#define LINES_MAX 256

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
	const struct kvs_sparse *sparse;
	const struct kvmsafe_session *session;
	struct kvmsafe_description is;
	uint64_t end; /* of the dump in its file */
	bool faulty; /* answers may be errors that the input does not explain */
};

static uint8_t buffer[READ_MAX + 16], model[READ_MAX];

/* ---- Reading and translating ---- */

/* A translation; the shape of its answer is checked. */
static enum kvmsafe_status
translate(const struct run *run, uint64_t va, struct kvmsafe_translation *out)
{
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	memset(out, 0xa5, sizeof(*out));
	status = kvmsafe_translate(run->session, va, out, &err);
	CHECK(out->va == va && out->steps <= KVMSAFE_STEPS_MAX);
	CHECK(status != KVMSAFE_OK || (out->file_offset != KVMSAFE_NONE && out->bytes > 0));
	CHECK(status == KVMSAFE_OK || out->file_offset == KVMSAFE_NONE);
	kvs_error_after(status, &err);
	CHECK(status == KVMSAFE_OK || (err.place == KVMSAFE_VA && err.at == va));
	return status;
}

static void
check_translation(const struct run *run, uint64_t va)
{
	struct kvmsafe_translation first, last;
	const enum kvmsafe_status status = translate(run, va, &first);
	const uint64_t more = first.bytes - 1; /* bytes 0: to the top, wraps to all ones */

	if (run->faulty)
		return;
	if (first.bytes == 0 || more > UINT64_MAX - va) {
		CHECK(status != KVMSAFE_OK);
		CHECK(translate(run, UINT64_MAX, &last) == status);
		return;
	}
	CHECK(translate(run, va + more, &last) == status);
	if (status == KVMSAFE_OK) {
		CHECK(last.file_offset == first.file_offset + more);
		CHECK(first.file_offset + first.bytes <= run->end);
		CHECK(last.page_bytes == first.page_bytes && last.protection == first.protection);
	}
	if (first.pa != KVMSAFE_NONE)
		CHECK(last.pa == first.pa + more);
}

/* A read is the translations of its bytes. */
static void
model_va(const struct run *run, uint64_t va, size_t len, size_t *got, enum kvmsafe_status *status)
{
	*got = 0;
	*status = KVMSAFE_OK;
	while (*got < len) {
		struct kvmsafe_translation at;
		uint64_t bytes = len - *got;

		if (va > UINT64_MAX - *got) {
			*status = KVMSAFE_NO_MAP; /* past the top */
			return;
		}
		*status = translate(run, va + *got, &at);
		if (*status != KVMSAFE_OK)
			return;
		if (at.bytes < bytes)
			bytes = at.bytes;
		kvs_sparse_get(run->sparse, 0, at.file_offset, model + *got, (size_t)bytes);
		*got += (size_t)bytes;
	}
}

static bool
is_untouched(const uint8_t *p, size_t n)
{
	return p[0] == 0xa5 && memcmp(p, p + 1, n - 1) == 0;
}

static void
check_read_shape(enum kvmsafe_status status, size_t got, size_t len,
    const struct kvmsafe_error *err, enum kvmsafe_place place, uint64_t address)
{
	CHECK(got <= len && (status == KVMSAFE_OK) == (got == len));
	CHECK(is_untouched(buffer + got, len + 16 - got));
	CHECK(status == KVMSAFE_OK || (err->place == (int)place && err->at == address + got));
}

static void
check_read_va(const struct run *run, uint64_t va, size_t len)
{
	enum kvmsafe_status status, want;
	size_t got = 12345, expected;
	struct kvmsafe_error err;

	kvs_error_init(&err);
	memset(buffer, 0xa5, len + 16);
	status = kvmsafe_read_va(run->session, va, buffer, len, &got, &err);
	kvs_error_after(status, &err);
	if (run->faulty) {
		CHECK(got <= len && (status == KVMSAFE_OK) == (got == len));
		return;
	}
	check_read_shape(status, got, len, &err, KVMSAFE_VA, va);
	model_va(run, va, len, &expected, &want);
	CHECK(status == want && got == expected);
	CHECK(memcmp(buffer, model, got) == 0);
}

static void
check_read_pa(const struct run *run, uint64_t pa, size_t len)
{
	enum kvmsafe_status status;
	size_t got = 12345, again = 0;
	struct kvmsafe_error err;

	kvs_error_init(&err);
	memset(buffer, 0xa5, len + 16);
	status = kvmsafe_read_pa(run->session, pa, buffer, len, &got, &err);
	kvs_error_after(status, &err);
	if (run->faulty) {
		CHECK(got <= len && (status == KVMSAFE_OK) == (got == len));
		return;
	}
	check_read_shape(status, got, len, &err, KVMSAFE_PA, pa);
	/* the same bytes, one half after the other */
	if (got < 2)
		return;
	CHECK(kvmsafe_read_pa(run->session, pa, model, got / 2, &again, NULL) == KVMSAFE_OK);
	CHECK(kvmsafe_read_pa(run->session, pa + got / 2, model + got / 2, got - got / 2, &again,
		  NULL) == KVMSAFE_OK);
	CHECK(memcmp(buffer, model, got) == 0);
}

/* ---- Pages ---- */

/* Bytes of a page are those of the file. */
static void
check_bytes(const struct run *run, uint64_t pa, uint64_t file_offset, size_t len)
{
	size_t got = 0;

	CHECK(kvmsafe_read_pa(run->session, pa, buffer, len, &got, NULL) == KVMSAFE_OK);
	kvs_sparse_get(run->sparse, 0, file_offset, model, len);
	CHECK(got == len && memcmp(buffer, model, len) == 0);
}

static void
check_page(const struct run *run, const struct kvmsafe_page *page)
{
	const size_t len = page->bytes < ENDS ? (size_t)page->bytes : ENDS;

	CHECK(page->bytes > 0 && page->bytes <= run->is.page_bytes);
	CHECK(page->pa % run->is.page_bytes == 0 || strcmp(run->is.format, "minidump") != 0);
	CHECK(page->va == KVMSAFE_NONE && page->file_offset < run->end);
	if (run->faulty)
		return;
	check_bytes(run, page->pa, page->file_offset, len);
	check_bytes(
	    run, page->pa + (page->bytes - len), page->file_offset + (page->bytes - len), len);
}

/* The next page of a walk. */
static enum kvmsafe_status
next_page(
    const struct run *run, struct kvmsafe_page_walk *walk, struct kvmsafe_page *page, bool *done)
{
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	status = kvmsafe_page_next(run->session, walk, page, done, &err);
	kvs_error_after(status, &err);
	return status;
}

static void
walk_pages(const struct run *run)
{
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_PAGES };
	struct kvmsafe_page page = { .pa = 0 };
	uint64_t n = 0, end = 0;
	bool done = false;

	for (; n < PAGES_MAX; n++) {
		const enum kvmsafe_status status = next_page(run, &walk, &page, &done);

		if (status == KVMSAFE_LIMIT) { /* headers that share bytes of the file */
			CHECK(n > run->end / run->is.page_bytes);
			CHECK(strcmp(run->is.format, "minidump") != 0);
			break;
		}
		CHECK(status == KVMSAFE_OK);
		if (done)
			break;
		CHECK(n == 0 || page.pa >= end);
		end = page.pa + page.bytes;
		check_page(run, &page);
	}
	if (done)
		CHECK(n <= run->is.pages_present + (run->is.pages_truncated > 0) ||
		    strcmp(run->is.format, "minidump") != 0);
	walk = (struct kvmsafe_page_walk){ .order = 17 };
	CHECK(kvmsafe_page_next(run->session, &walk, &page, &done, NULL) == KVMSAFE_USAGE);
}

/* A mapping's middle and both its ends. */
static void
check_around(const struct run *run, const struct kvmsafe_page *page, size_t len)
{
	check_translation(run, page->va + page->bytes / 2);
	check_read_va(run, page->va - 8, len);
	check_read_va(run, page->va + page->bytes - 8, 16);
}

static void
walk_mappings(const struct run *run)
{
	const bool hashed = run->is.arch != NULL &&
	    (strncmp(run->is.arch, "powerpc", 7) == 0 || strcmp(run->is.arch, "sparc64") == 0);
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_translation at;
	struct kvmsafe_page page;

	for (unsigned n = 0; n < PAGES_MAX; n++) {
		bool done = false;
		const enum kvmsafe_status status = next_page(run, &walk, &page, &done);

		CHECK(status == KVMSAFE_OK || status == KVMSAFE_LIMIT || run->faulty);
		if (status != KVMSAFE_OK || done)
			return;
		CHECK(page.bytes > 0);
		if (n < 4)
			check_around(run, &page, n == 0 ? 5000 : 16);
		(void)translate(run, page.va, &at);
		/* a range that goes before the table's, or another entry of a hash table, may answer */
		if (run->faulty || hashed || at.steps == 0)
			continue;
		CHECK(at.pa == page.pa && at.file_offset == page.file_offset);
	}
}

static void
check_select(const struct run *run, uint64_t n)
{
	struct kvmsafe_page page = { .pa = 0 };
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	status = kvmsafe_page_at(run->session, n, &page, &err);
	kvs_error_after(status, &err);
	if (status == KVMSAFE_TRUNCATED)
		CHECK(page.file_offset == KVMSAFE_NONE);
	else if (status == KVMSAFE_OK &&
	    page.pa != KVMSAFE_NONE) /* a bit beyond all ranges has none */
		check_page(run, &page);
	else if (status != KVMSAFE_OK)
		CHECK(status == KVMSAFE_NOT_FOUND);
	CHECK(status == KVMSAFE_NOT_FOUND || n < run->is.pages_promised ||
	    strcmp(run->is.format, "minidump") != 0);
}

/* ---- The rest ---- */

static void
check_symbol(const struct run *run, const struct kvs_sparse_record *op)
{
	static const char *const usual[] = { "version", "panicstr", "msgbufp", "vnet0", "nobody" };
	char name[64] = { 0 };
	struct kvmsafe_symbol list[6] = { { .name = name } };
	const struct kvmsafe_scope scope = { .size = sizeof(scope),
		.cpu = (uint32_t)run->sparse->option[KVS_OPTION_CPU],
		.vnet = run->sparse->option[KVS_OPTION_VNET] };
	size_t unresolved = 0, missing = 0;
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	if (op != NULL)
		kvs_sparse_get(run->sparse, op->file, op->offset, name, sizeof(name) - 1);
	for (size_t i = 0; i < 5; i++)
		list[i + 1].name = usual[i];
	kvs_error_init(&err);
	status = kvmsafe_symbols(run->session, &scope, list, 6, &unresolved, &err);
	kvs_error_after(status, &err);
	for (size_t i = 0; i < 6; i++) {
		CHECK(list[i].found == (list[i].nlist_type != 0));
		CHECK(list[i].found || list[i].value == 0);
		missing += !list[i].found;
	}
	if (status == KVMSAFE_OK)
		CHECK(unresolved == missing);
	else
		CHECK(missing == 6);
}

/* Into so many bytes; the status. */
static enum kvmsafe_status
check_text(const struct run *run, enum kvmsafe_text text, size_t size, size_t *len)
{
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	memset(buffer, 0xa5, size + 16);
	*len = 12345;
	status = kvmsafe_kernel_text(run->session, text, (char *)buffer, size, len, &err);
	CHECK(is_untouched(buffer + size, 16));
	kvs_error_after(status, &err);
	CHECK(status != KVMSAFE_OK || (*len < size && strlen((char *)buffer) == *len));
	return status;
}

static void
check_texts(const struct run *run)
{
	static const enum kvmsafe_text texts[] = { KVMSAFE_TEXT_VERSION, KVMSAFE_TEXT_PANIC };
	size_t len, cut;

	for (size_t i = 0; i < 2; i++) {
		CHECK(check_text(run, texts[i], 0, &len) == KVMSAFE_USAGE);
		if (check_text(run, texts[i], 300, &len) != KVMSAFE_OK || run->faulty)
			continue;
		memcpy(model, buffer, 8);
		CHECK(check_text(run, texts[i], 9, &cut) == KVMSAFE_OK);
		CHECK(cut == (len < 8 ? len : 8) && memcmp(model, buffer, cut) == 0);
	}
}

static void
check_messages(const struct run *run)
{
	struct kvmsafe_messages *messages = NULL;
	struct kvmsafe_message line;
	struct kvmsafe_error err;
	enum kvmsafe_status status;
	const char *bytes;
	uint64_t len = 0, sum = 0;

	kvs_error_init(&err);
	status = kvmsafe_messages_create(run->session, &messages, &err);
	kvs_error_after(status, &err);
	CHECK((status == KVMSAFE_OK) == (messages != NULL));
	if (status != KVMSAFE_OK)
		return;
	bytes = kvmsafe_messages_bytes(messages, &len);
	CHECK(len == 0 || bytes[0] != 0);
	for (uint64_t n = 0; n < LINES_MAX && kvmsafe_messages_line(messages, n, &line); n++) {
		sum += line.bytes;
		CHECK(sum <= len && line.priority >= -1);
		CHECK(memchr(line.text, '\n', (size_t)line.bytes) == NULL);
	}
	CHECK(!kvmsafe_messages_line(messages, UINT64_MAX, &line));
	CHECK(kvmsafe_messages_source(messages) <= KVMSAFE_MESSAGES_RING);
	for (uint64_t n = 0; kvmsafe_messages_finding(messages, n, &err); n++)
		kvs_error_check((enum kvmsafe_status)err.status, &err);
	kvmsafe_messages_destroy(messages);
}

static void
check_description(struct run *run)
{
	struct kvmsafe_memory_range range = { 0, 0 };
	struct kvmsafe_error err;
	uint64_t n = 0;

	run->is.size = sizeof(run->is);
	kvs_error_init(&err);
	CHECK(kvmsafe_describe(run->session, &run->is, &err) == KVMSAFE_OK);
	kvs_error_after(KVMSAFE_OK, &err);
	CHECK(run->is.format != NULL && run->is.page_bytes > 0);
	CHECK(run->is.pages_promised == run->is.pages_present + run->is.pages_truncated);
	CHECK(run->is.pages_present <= run->end / run->is.page_bytes ||
	    strcmp(run->is.format, "minidump") != 0);
	while (n < 10000 && kvmsafe_finding(run->session, n, &err)) {
		kvs_error_check((enum kvmsafe_status)err.status, &err);
		n++;
	}
	CHECK(n == run->is.findings);
	for (n = 0; n < 1000 && kvmsafe_memory_range_at(run->session, n, &range); n++)
		CHECK(n < run->is.ranges && (range.start < range.end || ~range.end == 0));
	CHECK(n == 1000 || n == run->is.ranges);
}

/* OPs that every input gets: the ends of memory, and what the first mapping and page lead to. */
static void
usual_ops(const struct run *run)
{
	struct kvmsafe_memory_range range = { 0, 0 };

	check_translation(run, 0);
	check_translation(run, UINT64_MAX);
	check_read_va(run, UINT64_MAX - 100, 300);
	for (uint64_t n = 0; n < 4 && kvmsafe_memory_range_at(run->session, n, &range); n++) {
		check_read_pa(run, range.start, n == 0 ? 5000 : 16);
		check_read_pa(run, range.end - 1, 2);
		check_read_pa(run, range.start - 1, 2);
	}
	for (uint64_t n = 0; n < 3; n++) {
		check_select(run, n);
		check_select(run, run->is.pages_present + n - 1);
	}
	check_select(run, run->is.pages_promised);
	check_symbol(run, NULL);
}

static void
run_op(const struct run *run, const struct kvs_sparse_record *op)
{
	const size_t len = op->count < READ_MAX ? op->count : READ_MAX;

	switch (op->code) {
	case KVS_OP_READ:
		check_read_va(run, op->offset, len);
		break;
	case KVS_OP_TRANSLATE:
		check_translation(run, op->offset);
		break;
	case KVS_OP_PAGE:
		check_read_pa(run, op->offset, len > 0 ? len : 4096);
		break;
	case KVS_OP_SYMBOL:
		check_symbol(run, op);
		break;
	case KVS_OP_SELECT:
		check_select(run, op->offset);
		break;
	default:
		break;
	}
}

static void
run_session(const struct kvs_sparse *sparse, const struct kvmsafe_session *session, bool faulty)
{
	struct run run = { .sparse = sparse, .session = session, .faulty = faulty };
	const struct kvs_sparse_record *op;
	size_t at = 0;

	run.end = faulty ? sparse->len[0] : kvs_image_end(sparse);
	check_description(&run);
	usual_ops(&run);
	while ((op = kvs_sparse_op(sparse, &at)) != NULL)
		run_op(&run, op);
	walk_pages(&run);
	walk_mappings(&run);
	check_texts(&run);
	check_messages(&run);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_session *session = NULL;
	struct kvs_opening opening;

	kvs_opening_init(&opening, data, size);
	if (kvs_opening_open(&opening, &session) == KVMSAFE_OK) {
		run_session(opening.sparse, session, opening.faulty);
		kvmsafe_close(session);
	}
	kvs_opening_fini(&opening);
	return 0;
}
