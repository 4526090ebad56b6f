/* SPDX-License-Identifier: BSD-2-Clause */
/* A session is shared without locks: eight threads get the answers that one gets. */
#include <pthread.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/corpus.h"

#define THREADS 8
#define PASSES 3
#define PLACES_MAX 400

/* All that was answered, as one number. */
struct digest {
	uint64_t hash;
};

static void
mix(struct digest *digest, const void *bytes, size_t len)
{
	const uint8_t *const p = bytes;

	for (size_t i = 0; i < len; i++)
		digest->hash = (digest->hash ^ p[i]) * UINT64_C(0x100000001b3); /* FNV-1a */
}

static void
mix_number(struct digest *digest, uint64_t value)
{
	mix(digest, &value, sizeof(value));
}

struct places {
	uint64_t va[PLACES_MAX], pa[PLACES_MAX];
	size_t nva, npa;
};

/* Addresses of mappings and pages, and some that lead nowhere. */
static void
find_places(const struct kvmsafe_session *session, struct places *places)
{
	static const enum kvmsafe_walk_order orders[] = { KVMSAFE_WALK_PAGES,
		KVMSAFE_WALK_MAPPINGS };

	for (size_t i = 0; i < 2; i++) {
		struct kvmsafe_page_walk walk = { .order = orders[i] };
		struct kvmsafe_page page;
		bool done = false;

		while (places->nva < PLACES_MAX - 1 && places->npa < PLACES_MAX - 1 &&
		    kvmsafe_page_next(session, &walk, &page, &done, NULL) == KVMSAFE_OK && !done) {
			places->pa[places->npa++] = page.pa;
			if (orders[i] == KVMSAFE_WALK_MAPPINGS)
				places->va[places->nva++] = page.va;
		}
	}
	places->va[places->nva++] = 0x1000;
	places->pa[places->npa++] = UINT64_MAX - 100;
}

/* The sum of the answers: threads begin at different places. */
static void
ask_va(const struct kvmsafe_session *session, const struct places *places, size_t first,
    struct digest *digest)
{
	for (size_t n = 0; n < places->nva; n++) {
		const uint64_t va = places->va[(first + n) % places->nva];
		struct digest one = { UINT64_C(0xcbf29ce484222325) };
		struct kvmsafe_translation at = { .va = 0 };
		uint8_t buf[300] = { 0 };
		size_t got = 0;

		mix_number(
		    &one, (uint64_t)kvmsafe_read_va(session, va + 3900, buf, 300, &got, NULL));
		mix_number(&one, got);
		mix(&one, buf, got);
		mix_number(&one, (uint64_t)kvmsafe_translate(session, va + 7, &at, NULL));
		mix_number(&one, at.pa);
		mix_number(&one, at.file_offset);
		mix_number(&one, at.steps);
		digest->hash += one.hash;
	}
}

static void
ask_pa(const struct kvmsafe_session *session, const struct places *places, size_t first,
    struct digest *digest)
{
	for (size_t n = 0; n < places->npa; n++) {
		const uint64_t pa = places->pa[(first + n) % places->npa];
		struct digest one = { UINT64_C(0xcbf29ce484222325) };
		struct kvmsafe_error err = { .at = 0 };
		uint8_t buf[300] = { 0 };
		size_t got = 0;

		mix_number(
		    &one, (uint64_t)kvmsafe_read_pa(session, pa + 3900, buf, 300, &got, &err));
		mix_number(&one, got);
		mix_number(&one, err.at);
		mix(&one, buf, got);
		digest->hash += one.hash;
	}
}

static void
ask_walks(const struct kvmsafe_session *session, struct digest *digest)
{
	for (uint32_t order = KVMSAFE_WALK_PAGES; order <= KVMSAFE_WALK_MAPPINGS; order++) {
		struct kvmsafe_page_walk walk = { .order = order };
		struct kvmsafe_page page;
		bool done = false;

		for (unsigned n = 0; n < 500 && !done; n++) {
			if (kvmsafe_page_next(session, &walk, &page, &done, NULL) != KVMSAFE_OK)
				break;
			if (!done) {
				mix_number(digest, page.pa);
				mix_number(digest, page.va);
				mix_number(digest, page.file_offset);
			}
		}
	}
}

static void
ask_symbols(const struct kvmsafe_session *session, struct digest *digest)
{
	struct kvmsafe_symbol list[] = { { .name = "version" }, { .name = "panicstr" },
		{ .name = "_vnet0" }, { .name = "dpcpu_off" }, { .name = "nobody" },
		{ .name = "msgbufp" } };
	size_t unresolved = 0;

	mix_number(digest, (uint64_t)kvmsafe_symbols(session, NULL, list, 6, &unresolved, NULL));
	mix_number(digest, unresolved);
	for (size_t i = 0; i < 6; i++)
		mix_number(digest, list[i].value);
}

static void
ask_texts(const struct kvmsafe_session *session, struct digest *digest)
{
	struct kvmsafe_messages *messages = NULL;
	struct kvmsafe_message line;
	struct kvmsafe_error finding;
	char text[300];
	size_t len = 0;

	mix_number(digest, (uint64_t)kvmsafe_messages_create(session, &messages, NULL));
	for (uint64_t n = 0; messages != NULL && kvmsafe_messages_line(messages, n, &line); n++)
		mix(digest, line.text, (size_t)line.bytes);
	kvmsafe_messages_destroy(messages);
	if (kvmsafe_kernel_text(session, KVMSAFE_TEXT_VERSION, text, sizeof(text), &len, NULL) ==
	    KVMSAFE_OK)
		mix(digest, text, len);
	for (uint64_t n = 0; kvmsafe_finding(session, n, &finding); n++)
		mix_number(digest, (uint64_t)finding.status);
}

struct job {
	const struct kvmsafe_session *session;
	const struct places *places;
	size_t first;
	struct digest digest[PASSES];
};

static void
ask_all(struct job *job, struct digest *digest)
{
	*digest = (struct digest){ UINT64_C(0xcbf29ce484222325) };
	ask_walks(job->session, digest);
	ask_symbols(job->session, digest);
	ask_texts(job->session, digest);
	ask_va(job->session, job->places, job->first, digest);
	ask_pa(job->session, job->places, job->first, digest);
}

static void *
run_job(void *arg)
{
	struct job *const job = arg;

	for (size_t pass = 0; pass < PASSES; pass++)
		ask_all(job, &job->digest[pass]);
	return NULL;
}

static void
compare_threads(const struct kvmsafe_session *session)
{
	static struct places places;
	struct job job[THREADS], alone = { .session = session, .places = &places };
	pthread_t thread[THREADS];
	struct digest want;

	places.nva = places.npa = 0;
	find_places(session, &places);
	assert_true(places.npa > 1);
	ask_all(&alone, &want);
	for (size_t i = 0; i < THREADS; i++) {
		job[i] = (struct job){ session, &places, 17 * i, { { 0 } } };
		assert_int_equal(pthread_create(&thread[i], NULL, run_job, &job[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(thread[i], NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		for (size_t pass = 0; pass < PASSES; pass++)
			assert_int_equal(job[i].digest[pass].hash, want.hash);
}

static void
threads_share_a_minidump(void **state)
{
	struct corpus corpus = corpus_open("amd64-v3.vmcore", "amd64-v3.kernel");

	(void)state;
	compare_threads(corpus.session);
	corpus_close(&corpus);
}

static void
threads_share_a_core(void **state)
{
	struct corpus corpus = corpus_open("amd64-full.vmcore", "amd64-full.kernel");

	(void)state;
	compare_threads(corpus.session);
	corpus_close(&corpus);
}

/* A callback is called from every thread: this one keeps no state. */
static enum kvmsafe_status
read_whole(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	return kvmsafe_source_read(ctx, offset, buf, len, got, err);
}

static void
threads_share_a_callers_source(void **state)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = read_whole };
	struct kvmsafe_source *const whole = corpus_source("amd64-v2.vmcore");
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_session *session = NULL;

	(void)state;
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops, whole, kvmsafe_source_bytes(whole), &source, NULL),
	    KVMSAFE_OK);
	assert_int_equal(kvmsafe_open(source, NULL, &session, NULL), KVMSAFE_OK);
	compare_threads(session);
	kvmsafe_close(session);
	kvmsafe_source_close(source);
	kvmsafe_source_close(whole);
}

/* A digest that sees nothing would let every thread pass. */
static void
different_dumps_have_different_digests(void **state)
{
	static struct places places;
	struct corpus one = corpus_open("amd64-v2.vmcore", "amd64-v2.kernel");
	struct corpus two = corpus_open("amd64-v3.vmcore", "amd64-v3.kernel");
	struct job first = { .session = one.session, .places = &places };
	struct job second = { .session = two.session, .places = &places };
	struct digest a, b;

	(void)state;
	find_places(one.session, &places);
	ask_all(&first, &a);
	ask_all(&second, &b);
	assert_int_not_equal(a.hash, b.hash);
	corpus_close(&one);
	corpus_close(&two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(threads_share_a_minidump),
		cmocka_unit_test(threads_share_a_core),
		cmocka_unit_test(threads_share_a_callers_source),
		cmocka_unit_test(different_dumps_have_different_digests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
