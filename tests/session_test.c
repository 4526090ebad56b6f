/* SPDX-License-Identifier: BSD-2-Clause */
/* Sessions as a caller meets them: options, limits, findings, reads, walks, texts. */
#include <kvmsafe/bitmap.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/corpus.h"

#define EXAMPLE "amd64-v3-example.vmcore" /* specification of amd64, section 7 */
#define KERNBASE UINT64_C(0xfffffe0000000000)

/* ---- Opening ---- */

static void
open_wants_a_dump_a_kernel_or_symbols(void **state)
{
	struct kvmsafe_session *session = (void *)&session;
	struct kvmsafe_error err = { .status = 0 };

	(void)state;
	assert_int_equal(kvmsafe_open(NULL, NULL, &session, &err), KVMSAFE_USAGE);
	assert_int_equal(err.status, KVMSAFE_USAGE);
	assert_ptr_equal(session, &session); /* untouched */
	assert_int_equal(kvmsafe_open(NULL, NULL, &session, NULL), KVMSAFE_USAGE);
}

/* A size that was never set: what it covers is not the struct's. */
static void
a_size_beyond_all_reason_is_refused(void **state)
{
	struct kvmsafe_source *const dump = corpus_source(EXAMPLE);
	union {
		struct kvmsafe_options known;
		uint8_t bytes[8192];
	} options = { .bytes = { 0 } };
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;

	(void)state;
	options.known.size = 4097;
	assert_int_equal(kvmsafe_open(dump, &options.known, &session, &err), KVMSAFE_USAGE);
	assert_null(session);
	options.known.size = 4096;
	assert_int_equal(kvmsafe_open(dump, &options.known, &session, &err), KVMSAFE_OK);
	kvmsafe_close(session);
	kvmsafe_source_close(dump);
}

/* Each program header costs memory, and a file of 2^16 of them is no sound dump. */
static void
program_headers_are_limited_also_by_default(void **state)
{
	const size_t bytes = 128 + 65537 * (size_t)56;
	uint8_t *const file = calloc(1, bytes);
	struct kvmsafe_source *source;
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;

	(void)state;
	assert_non_null(file);
	memcpy(file, "\177ELF\2\1\1\377", 8);
	file[16] = 4;
	file[18] = 62;
	file[32] = 128;
	file[40] = 64;
	file[52] = 64;
	file[54] = 56;
	file[56] = file[57] = 0xff; /* their number is in section header 0 */
	file[58] = 64;
	file[64 + 44] = file[64 + 46] = 1;
	assert_int_equal(kvmsafe_source_memory(file, bytes, &source, &err), KVMSAFE_OK);
	assert_int_equal(kvmsafe_open(source, NULL, &session, &err), KVMSAFE_LIMIT);
	assert_null(session);
	kvmsafe_source_close(source);
	free(file);
}

static void
every_sized_struct_is_checked(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	struct kvmsafe_limits limits = { .size = 1 };
	struct kvmsafe_symbol_provider provider = { .size = sizeof(provider) };
	struct kvmsafe_options options = { .size = sizeof(options), .limits = &limits };
	struct kvmsafe_description is = { .size = 8, .page_bytes = 77 };
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_open(corpus.dump, &options, &session, &err), KVMSAFE_USAGE);
	options.limits = NULL;
	options.symbols = &provider; /* without a function */
	assert_int_equal(kvmsafe_open(corpus.dump, &options, &session, &err), KVMSAFE_USAGE);
	provider.size = 3;
	assert_int_equal(kvmsafe_open(corpus.dump, &options, &session, &err), KVMSAFE_USAGE);
	assert_int_equal(kvmsafe_describe(corpus.session, &is, &err), KVMSAFE_USAGE);
	assert_int_equal(is.page_bytes, 77);
	corpus_close(&corpus);
}

static void
a_scope_is_sized_and_names_what_is_there(void **state)
{
	struct corpus corpus = corpus_open("symbols-dump.vmcore", "symbols-dump.kernel");
	struct kvmsafe_scope scope = { .size = sizeof(scope), .cpu = 2 };
	struct kvmsafe_symbol p = { .name = "p" };
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_symbols(corpus.session, &scope, &p, 1, NULL, &err), KVMSAFE_OK);
	assert_int_equal(p.value, 0x9010);
	scope.cpu = 1; /* has no area */
	assert_int_equal(
	    kvmsafe_symbols(corpus.session, &scope, &p, 1, NULL, &err), KVMSAFE_NOT_FOUND);
	assert_false(p.found);
	assert_int_equal(p.value, 0);
	scope.cpu = 3; /* beyond mp_maxcpus */
	assert_int_equal(
	    kvmsafe_symbols(corpus.session, &scope, &p, 1, NULL, &err), KVMSAFE_NOT_FOUND);
	scope = (struct kvmsafe_scope){ .size = sizeof(scope), .vnet = KERNBASE + 0x100 };
	assert_int_equal(kvmsafe_symbols(corpus.session, &scope, &p, 1, NULL, &err), KVMSAFE_OK);
	assert_int_equal(p.value, 0x8010);
	scope.vnet++;
	assert_int_not_equal(
	    kvmsafe_symbols(corpus.session, &scope, &p, 1, NULL, &err), KVMSAFE_OK);
	scope.size = 4;
	assert_int_equal(kvmsafe_symbols(corpus.session, &scope, &p, 1, NULL, &err), KVMSAFE_USAGE);
	corpus_close(&corpus);
}

static void
arch_binds_or_is_refused(void **state)
{
	struct kvmsafe_source *const dump = corpus_source(EXAMPLE);
	struct kvmsafe_options options = { .size = sizeof(options), .arch = "amd64" };
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_open(dump, &options, &session, &err), KVMSAFE_OK);
	kvmsafe_close(session);
	session = NULL;
	options.arch = "i386";
	assert_int_not_equal(kvmsafe_open(dump, &options, &session, &err), KVMSAFE_OK);
	assert_non_null(strstr(err.message, "amd64"));
	assert_non_null(strstr(err.message, "i386"));
	options.arch = "pdp11";
	assert_int_not_equal(kvmsafe_open(dump, &options, &session, &err), KVMSAFE_OK);
	assert_non_null(strstr(err.message, "pdp11"));
	assert_null(session);
	kvmsafe_source_close(dump);
}

static void
null_is_fine_where_it_says_so(void **state)
{
	(void)state;
	kvmsafe_close(NULL);
	kvmsafe_source_close(NULL);
	kvmsafe_messages_destroy(NULL);
	kvmsafe_bitmap_destroy(NULL);
}

/* ---- Describing ---- */

static void
a_description_is_of_the_example(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	struct kvmsafe_description is = { .size = sizeof(is) };
	struct kvmsafe_memory_range range = { 7, 7 };
	struct kvmsafe_error err = { .status = 77 };

	(void)state;
	assert_int_equal(kvmsafe_describe(corpus.session, &is, &err), KVMSAFE_OK);
	assert_int_equal(err.status, 77); /* left as it was */
	assert_string_equal(is.format, "minidump");
	assert_string_equal(is.arch, "amd64");
	assert_string_equal(is.machine_arch, "amd64");
	assert_int_equal(is.version, 3);
	assert_false(is.big_endian);
	assert_int_equal(is.pointer_bytes, 8);
	assert_int_equal(is.pages_promised, 4);
	assert_int_equal(is.pages_present, 4);
	assert_int_equal(is.ranges, 2);
	assert_true(is.has_map);
	assert_true(kvmsafe_memory_range_at(corpus.session, 1, &range));
	assert_int_equal(range.start, 0x200000);
	assert_int_equal(range.end, 0x204000);
	assert_false(kvmsafe_memory_range_at(corpus.session, 2, &range));
	assert_int_equal(range.start, 0x200000); /* untouched */
	assert_false(kvmsafe_finding(corpus.session, 0, &err));
	corpus_close(&corpus);
}

static void
a_session_on_a_kernel_alone_answers_symbols_only(void **state)
{
	struct corpus corpus = corpus_open(NULL, "symbols-example.kernel");
	struct kvmsafe_description is = { .size = sizeof(is) };
	struct kvmsafe_symbol list[] = { { .name = "text" }, { .name = "v" }, { .name = "zz" } };
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_translation at;
	struct kvmsafe_messages *messages = NULL;
	struct kvmsafe_page page;
	struct kvmsafe_error err;
	size_t unresolved = 9, got = 9;
	bool done = false;
	char byte = 'x';

	(void)state;
	assert_int_equal(kvmsafe_describe(corpus.session, &is, &err), KVMSAFE_OK);
	assert_null(is.format);
	assert_string_equal(is.arch, "amd64");
	assert_int_equal(
	    kvmsafe_symbols(corpus.session, NULL, list, 3, &unresolved, &err), KVMSAFE_OK);
	assert_int_equal(unresolved, 1);
	assert_int_equal(list[0].value, 0x800);
	assert_int_equal(list[1].value, 0x5000); /* as linked */
	assert_int_equal(list[1].rule, KVMSAFE_SYM_VNET);
	assert_int_not_equal(
	    kvmsafe_read_va(corpus.session, KERNBASE, &byte, 1, &got, &err), KVMSAFE_OK);
	assert_int_equal(got, 0);
	assert_int_not_equal(kvmsafe_read_pa(corpus.session, 0, &byte, 1, &got, &err), KVMSAFE_OK);
	assert_int_equal(byte, 'x');
	assert_int_not_equal(kvmsafe_translate(corpus.session, 0, &at, &err), KVMSAFE_OK);
	assert_int_not_equal(kvmsafe_messages_create(corpus.session, &messages, &err), KVMSAFE_OK);
	assert_int_equal(kvmsafe_page_at(corpus.session, 0, &page, &err), KVMSAFE_NOT_FOUND);
	assert_true(
	    kvmsafe_page_next(corpus.session, &walk, &page, &done, &err) != KVMSAFE_OK || done);
	walk = (struct kvmsafe_page_walk){ .order = KVMSAFE_WALK_PAGES };
	assert_true(
	    kvmsafe_page_next(corpus.session, &walk, &page, &done, &err) != KVMSAFE_OK || done);
	corpus_close(&corpus);
}

static void
symbols_without_kernel_or_provider_are_refused(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	struct kvmsafe_symbol list[] = { { .name = "version", .value = 7, .found = true } };
	size_t unresolved = 9;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_symbols(corpus.session, NULL, list, 1, &unresolved, &err),
	    KVMSAFE_KERNEL_NEEDED);
	assert_false(list[0].found);
	assert_int_equal(list[0].value, 0);
	corpus_close(&corpus);
}

/* ---- Limits and findings ---- */

static enum kvmsafe_status
open_limited(
    const char *dump, const char *kernel, const struct kvmsafe_limits *limits, struct corpus *out)
{
	struct kvmsafe_options options = { .size = sizeof(options), .limits = limits };
	struct kvmsafe_error err;

	*out = (struct corpus){ NULL, NULL, NULL };
	if (dump != NULL)
		out->dump = corpus_source(dump);
	if (kernel != NULL)
		out->kernel = options.kernel = corpus_source(kernel);
	return kvmsafe_open(out->dump, &options, &out->session, &err);
}

static void
limits_are_answers_not_aborts(void **state)
{
	static const struct {
		const char *dump, *kernel;
		struct kvmsafe_limits limits;
	} cases[] = {
		{ EXAMPLE, NULL, { .allocation = 4095 } }, /* the bitmap is a page */
		{ EXAMPLE, NULL, { .memory = 4096 } },
		{ "amd64-full.vmcore", "amd64-full.kernel", { .symbols = 3 } },
		{ "amd64-full-unsorted.vmcore", NULL, { .program_headers = 1 } },
	};
	struct corpus corpus;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kvmsafe_limits limits = cases[i].limits;

		limits.size = sizeof(limits);
		assert_int_equal(
		    open_limited(cases[i].dump, cases[i].kernel, &limits, &corpus), KVMSAFE_LIMIT);
		corpus_close(&corpus);
		limits = (struct kvmsafe_limits){ .size = sizeof(limits),
			.allocation = 1 << 24,
			.memory = 1 << 25,
			.symbols = 1000,
			.program_headers = 10 };
		assert_int_equal(
		    open_limited(cases[i].dump, cases[i].kernel, &limits, &corpus), KVMSAFE_OK);
		corpus_close(&corpus);
	}
}

static void
a_walk_over_mappings_ends_at_its_limit(void **state)
{
	const struct kvmsafe_limits limits = { .size = sizeof(limits), .walk_entries = 3 };
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_MAPPINGS };
	struct kvmsafe_page page;
	struct corpus corpus;
	enum kvmsafe_status status = KVMSAFE_OK;
	bool done = false;

	(void)state;
	assert_int_equal(open_limited(EXAMPLE, NULL, &limits, &corpus), KVMSAFE_OK);
	for (unsigned n = 0; n < 4 && status == KVMSAFE_OK && !done; n++)
		status = kvmsafe_page_next(corpus.session, &walk, &page, &done, NULL);
	assert_int_equal(status, KVMSAFE_LIMIT);
	corpus_close(&corpus);
}

static void
findings_beyond_their_limit_are_counted(void **state)
{
	const struct kvmsafe_limits limits = { .size = sizeof(limits), .findings = 1 };
	struct kvmsafe_error all = { .status = 0 }, last = { .status = 0 };
	struct corpus corpus = corpus_open("amd64-full-cut.vmcore", "amd64-full-cut.kernel");
	uint64_t n = 0;

	(void)state;
	assert_true(kvmsafe_finding(corpus.session, 0, &all));
	while (kvmsafe_finding(corpus.session, n, &last))
		n++;
	corpus_close(&corpus);
	assert_true(n >= 2);
	assert_int_equal(
	    open_limited("amd64-full-cut.vmcore", "amd64-full-cut.kernel", &limits, &corpus),
	    KVMSAFE_OK);
	assert_true(kvmsafe_finding(corpus.session, 0, &last));
	assert_false(
	    kvmsafe_finding(corpus.session, 1, &last) && kvmsafe_finding(corpus.session, 2, &last));
	corpus_close(&corpus);
}

static void
a_cut_dump_opens_and_says_so(void **state)
{
	struct corpus corpus = corpus_open("amd64-full-cut.vmcore", "amd64-full-cut.kernel");
	struct kvmsafe_description is = { .size = sizeof(is) };
	struct kvmsafe_error finding = { .status = 0 };

	(void)state;
	assert_true(kvmsafe_finding(corpus.session, 0, &finding));
	assert_int_equal(finding.status, KVMSAFE_TRUNCATED);
	assert_true(finding.message[0] != 0);
	assert_int_equal(kvmsafe_describe(corpus.session, &is, NULL), KVMSAFE_OK);
	assert_true(is.pages_truncated > 0);
	assert_int_equal(is.pages_promised, is.pages_present + is.pages_truncated);
	corpus_close(&corpus);
}

/* ---- Reading and walking ---- */

static void
a_read_stops_at_the_first_hole_and_says_why(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	char buf[16];
	struct kvmsafe_error err;
	size_t got = 99;

	(void)state;
	memset(buf, '#', sizeof(buf));
	assert_int_equal(kvmsafe_read_va(corpus.session, KERNBASE + 0x5ffa, buf, 16, &got, &err),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(got, 6);
	assert_int_equal(err.place, KVMSAFE_VA);
	assert_int_equal(err.at, KERNBASE + 0x6000);
	assert_memory_equal(buf + 6, "##########", 10);
	/* without an error struct; nothing wanted is always there */
	assert_int_equal(kvmsafe_read_va(corpus.session, KERNBASE + 0x6000, buf, 1, &got, NULL),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(
	    kvmsafe_read_va(corpus.session, KERNBASE + 0x6000, buf, 0, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got, 0);
	assert_int_equal(
	    kvmsafe_read_pa(corpus.session, 0x4ff8, buf, 16, &got, &err), KVMSAFE_NOT_DUMPED);
	assert_int_equal(got, 8);
	assert_int_equal(err.place, KVMSAFE_PA);
	assert_int_equal(err.at, 0x5000);
	corpus_close(&corpus);
}

static void
a_read_past_the_top_ends_there(void **state)
{
	struct corpus corpus = corpus_open("amd64-v3.vmcore", "amd64-v3.kernel");
	char buf[32];
	struct kvmsafe_error err;
	size_t got = 99;

	(void)state;
	assert_int_not_equal(
	    kvmsafe_read_va(corpus.session, UINT64_MAX - 7, buf, 32, &got, &err), KVMSAFE_OK);
	assert_true(got <= 8);
	assert_int_equal(err.at, UINT64_MAX - 7 + got);
	assert_int_not_equal(
	    kvmsafe_read_pa(corpus.session, UINT64_MAX - 7, buf, 32, &got, &err), KVMSAFE_OK);
	assert_int_equal(got, 0);
	corpus_close(&corpus);
}

/* A caller that reads a number into the variable that counts: what the dump holds there must not
   steer the loops. */
static void
the_count_may_lie_in_the_buffer(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	struct kvmsafe_error err;
	size_t both = 0;

	(void)state;
	assert_int_equal(kvmsafe_read_va(corpus.session, UINT64_C(0xfffffe0000005120), &both,
			     sizeof(both), &both, &err),
	    KVMSAFE_OK);
	assert_int_equal(both, sizeof(both));
	assert_int_equal(
	    kvmsafe_read_pa(corpus.session, 0x4120, &both, sizeof(both), &both, &err), KVMSAFE_OK);
	assert_int_equal(both, sizeof(both));
	corpus_close(&corpus);
}

static void
a_walk_can_be_remembered_and_resumed(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_PAGES }, copy;
	struct kvmsafe_page first, second, again;
	bool done = true;

	(void)state;
	assert_int_equal(kvmsafe_page_next(corpus.session, &walk, &first, &done, NULL), KVMSAFE_OK);
	assert_false(done);
	copy = walk;
	assert_int_equal(
	    kvmsafe_page_next(corpus.session, &walk, &second, &done, NULL), KVMSAFE_OK);
	assert_int_equal(kvmsafe_page_next(corpus.session, &copy, &again, &done, NULL), KVMSAFE_OK);
	assert_int_equal(first.pa, 0x3000);
	assert_int_equal(second.pa, 0x4000);
	assert_int_equal(again.pa, 0x4000);
	walk.order = 2;
	assert_int_equal(
	    kvmsafe_page_next(corpus.session, &walk, &again, &done, NULL), KVMSAFE_USAGE);
	assert_int_equal(again.pa, 0x4000); /* untouched */
	corpus_close(&corpus);
}

static void
select_finds_the_nth_page_or_says_there_are_fewer(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	struct kvmsafe_page page = { .pa = 0 };
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_page_at(corpus.session, 3, &page, &err), KVMSAFE_OK);
	assert_int_equal(page.pa, 0x201000);
	assert_int_equal(page.file_offset, 0x8000);
	assert_int_equal(page.direct_va, UINT64_C(0xfffff80000201000));
	assert_int_equal(kvmsafe_page_at(corpus.session, 4, &page, &err), KVMSAFE_NOT_FOUND);
	assert_int_equal(
	    kvmsafe_page_at(corpus.session, UINT64_MAX, &page, &err), KVMSAFE_NOT_FOUND);
	corpus_close(&corpus);
}

static void
texts_fit_the_callers_buffer(void **state)
{
	struct corpus corpus = corpus_open("amd64-v3.vmcore", "amd64-v3.kernel");
	char whole[512], part[8];
	size_t len = 0, cut = 0;

	(void)state;
	assert_int_equal(kvmsafe_kernel_text(corpus.session, KVMSAFE_TEXT_VERSION, whole,
			     sizeof(whole), &len, NULL),
	    KVMSAFE_OK);
	assert_int_equal(strlen(whole), len);
	assert_true(len > 7);
	memset(part, '#', sizeof(part));
	assert_int_equal(
	    kvmsafe_kernel_text(corpus.session, KVMSAFE_TEXT_VERSION, part, 7, &cut, NULL),
	    KVMSAFE_OK);
	assert_int_equal(cut, 6);
	assert_memory_equal(part, whole, 6);
	assert_int_equal(part[6], 0);
	assert_int_equal(part[7], '#');
	assert_int_equal(
	    kvmsafe_kernel_text(corpus.session, KVMSAFE_TEXT_VERSION, part, 0, &cut, NULL),
	    KVMSAFE_USAGE);
	assert_int_equal(kvmsafe_kernel_text(
			     corpus.session, (enum kvmsafe_text)9, part, sizeof(part), &cut, NULL),
	    KVMSAFE_USAGE);
	corpus_close(&corpus);
}

static void
version_and_features_are_those_of_the_headers(void **state)
{
	(void)state;
	assert_int_equal(kvmsafe_version(), KVMSAFE_VERSION);
	assert_true(kvmsafe_has("amd64"));
	assert_false(kvmsafe_has("pdp11"));
	assert_false(kvmsafe_has(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(open_wants_a_dump_a_kernel_or_symbols),
		cmocka_unit_test(a_size_beyond_all_reason_is_refused),
		cmocka_unit_test(program_headers_are_limited_also_by_default),
		cmocka_unit_test(every_sized_struct_is_checked),
		cmocka_unit_test(a_scope_is_sized_and_names_what_is_there),
		cmocka_unit_test(arch_binds_or_is_refused),
		cmocka_unit_test(null_is_fine_where_it_says_so),
		cmocka_unit_test(a_description_is_of_the_example),
		cmocka_unit_test(a_session_on_a_kernel_alone_answers_symbols_only),
		cmocka_unit_test(symbols_without_kernel_or_provider_are_refused),
		cmocka_unit_test(limits_are_answers_not_aborts),
		cmocka_unit_test(a_walk_over_mappings_ends_at_its_limit),
		cmocka_unit_test(findings_beyond_their_limit_are_counted),
		cmocka_unit_test(a_cut_dump_opens_and_says_so),
		cmocka_unit_test(a_read_stops_at_the_first_hole_and_says_why),
		cmocka_unit_test(a_read_past_the_top_ends_there),
		cmocka_unit_test(the_count_may_lie_in_the_buffer),
		cmocka_unit_test(a_walk_can_be_remembered_and_resumed),
		cmocka_unit_test(select_finds_the_nth_page_or_says_there_are_fewer),
		cmocka_unit_test(texts_fit_the_callers_buffer),
		cmocka_unit_test(version_and_features_are_those_of_the_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
