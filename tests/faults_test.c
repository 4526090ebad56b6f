/* SPDX-License-Identifier: BSD-2-Clause */
/* What happens to a session when the host runs out of memory, or a read fails, at any moment. */
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/corpus.h"

/* ---- The library's allocations ---- */

void *__real_calloc(size_t count, size_t bytes);
void *__wrap_calloc(size_t count, size_t bytes);
void __real_free(void *block);
void __wrap_free(void *block);

static uint64_t calls, fail_at;
static int64_t live;

void *
__wrap_calloc(size_t count, size_t bytes)
{
	void *const block = ++calls == fail_at ? NULL : __real_calloc(count, bytes);

	live += block != NULL;
	return block;
}

void
__wrap_free(void *block)
{
	live -= block != NULL;
	__real_free(block);
}

/* ---- Faults ---- */

/* A source over another one whose n-th read fails, in one of three ways. */
struct flaky {
	struct kvmsafe_source *whole;
	uint64_t reads, fails;
	size_t chunk; /* 0: as much as is asked for */
	enum { FAIL, END, LIE } how;
};

static enum kvmsafe_status
flaky_read(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	struct flaky *const flaky = ctx;
	const size_t part = flaky->chunk != 0 && flaky->chunk < len ? flaky->chunk : len;
	const enum kvmsafe_status status =
	    kvmsafe_source_read(flaky->whole, offset, buf, part, got, err);

	if (++flaky->reads != flaky->fails)
		return status;
	if (flaky->how == FAIL)
		return KVMSAFE_IO;
	*got = flaky->how == END ? 0 : len + 1;
	return KVMSAFE_OK;
}

static struct kvmsafe_source *
flaky_source(struct flaky *flaky)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = flaky_read };
	struct kvmsafe_source *source = NULL;

	assert_int_equal(kvmsafe_source_callbacks(
			     &ops, flaky, kvmsafe_source_bytes(flaky->whole), &source, NULL),
	    KVMSAFE_OK);
	return source;
}

struct sweep {
	struct kvmsafe_source *dump, *kernel;
	enum kvmsafe_status worst; /* NO_MEMORY, else the last answer that was not OK */
};

static void
note(struct sweep *sweep, enum kvmsafe_status status)
{
	if (status != KVMSAFE_OK && sweep->worst != KVMSAFE_NO_MEMORY)
		sweep->worst = status;
}

/* All that a caller can ask that allocates or reads. */
static void
ask_everything(struct sweep *sweep, const struct kvmsafe_session *session)
{
	struct kvmsafe_symbol list[] = { { .name = "version" }, { .name = "vnet_thing" },
		{ .name = "zz" } };
	struct kvmsafe_messages *messages = NULL;
	struct kvmsafe_error err;
	enum kvmsafe_status status;
	char buf[128];
	size_t got = 0;

	status = kvmsafe_messages_create(session, &messages, &err);
	kvmsafe_messages_destroy(messages);
	note(sweep, status);
	status = kvmsafe_symbols(session, NULL, list, 3, NULL, &err);
	note(sweep, status);
	status = kvmsafe_kernel_text(session, KVMSAFE_TEXT_PANIC, buf, sizeof(buf), &got, &err);
	note(sweep, status);
}

static void
open_and_ask(struct sweep *sweep)
{
	struct kvmsafe_options options = { .size = sizeof(options), .kernel = sweep->kernel };
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err = { .status = 0 };

	sweep->worst = kvmsafe_open(sweep->dump, &options, &session, &err);
	if (sweep->worst == KVMSAFE_OK) {
		ask_everything(sweep, session);
		kvmsafe_close(session);
		return;
	}
	assert_null(session);
	assert_int_equal(err.status, sweep->worst);
	assert_true(err.message[0] != 0);
}

static const char *const swept[][2] = {
	{ "amd64-v3.vmcore", "amd64-v3.kernel" },
	{ "amd64-full.vmcore", "amd64-full.kernel" },
	{ "amd64-v2-ring32-zeros.vmcore", NULL },
};

static void
every_allocation_that_fails_is_reported_and_leaks_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(swept) / sizeof(swept[0]); i++) {
		struct sweep sweep = { .dump = corpus_source(swept[i][0]) };
		const int64_t before = live;
		uint64_t n, absorbed = 0;

		if (swept[i][1] != NULL)
			sweep.kernel = corpus_source(swept[i][1]);
		for (n = 1;; n++) {
			const int64_t start = live;

			calls = 0;
			fail_at = n;
			open_and_ask(&sweep);
			fail_at = 0;
			assert_int_equal(live, start);
			if (calls < n)
				break;
			/* a finding that finds no room is dropped, nothing else is */
			absorbed += sweep.worst != KVMSAFE_NO_MEMORY;
		}
		assert_true(n > 8);
		assert_true(absorbed <= 2);
		kvmsafe_source_close(sweep.dump);
		kvmsafe_source_close(sweep.kernel);
		assert_int_equal(live, before - 1); /* the dump's own source */
	}
}

static void
every_read_that_fails_is_reported_and_leaks_nothing(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (unsigned how = FAIL; how <= LIE; how++) {
			struct flaky dump = { .whole = corpus_source(swept[i][0]), .how = how };
			struct sweep sweep = { .dump = flaky_source(&dump),
				.kernel = corpus_source(swept[i][1]) };
			uint64_t n, reported = 0;

			for (n = 1;; n++) {
				const int64_t start = live;

				dump.reads = 0;
				dump.fails = n;
				open_and_ask(&sweep);
				assert_int_equal(live, start);
				if (dump.reads < n)
					break;
				reported += sweep.worst != KVMSAFE_OK;
				assert_int_not_equal(sweep.worst, KVMSAFE_NO_MEMORY);
			}
			assert_true(n > 3 && reported > 0);
			kvmsafe_source_close(sweep.dump);
			kvmsafe_source_close(sweep.kernel);
			kvmsafe_source_close(dump.whole);
		}
}

static void
a_kernel_file_whose_reads_fail_is_reported(void **state)
{
	struct flaky kernel = { .whole = corpus_source("amd64-v3.kernel") };
	struct sweep sweep = { .dump = corpus_source("amd64-v3.vmcore"),
		.kernel = flaky_source(&kernel) };
	uint64_t n;

	(void)state;
	for (n = 1;; n++) {
		const int64_t start = live;

		kernel.reads = 0;
		kernel.fails = n;
		open_and_ask(&sweep);
		assert_int_equal(live, start);
		if (kernel.reads < n)
			break;
		assert_int_equal(sweep.worst, KVMSAFE_IO);
	}
	assert_true(n > 3);
	kvmsafe_source_close(sweep.dump);
	kvmsafe_source_close(sweep.kernel);
	kvmsafe_source_close(kernel.whole);
}

static void
a_read_that_fails_midway_names_its_byte(void **state)
{
	static uint8_t buf[0x1000];
	const uint64_t va = UINT64_C(0xfffffe0000200000), pa = 0x200000; /* as the example has it */
	struct flaky dump = { .whole = corpus_source("amd64-v3-example.vmcore"), .chunk = 100 };
	struct kvmsafe_source *const source = flaky_source(&dump);
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;
	size_t got = 0;

	(void)state;
	assert_int_equal(kvmsafe_open(source, NULL, &session, &err), KVMSAFE_OK);
	dump.reads = 0;
	dump.fails = 3;
	assert_int_equal(kvmsafe_read_pa(session, pa, buf, sizeof(buf), &got, &err), KVMSAFE_IO);
	assert_int_equal(got, 200);
	assert_int_equal(err.place, KVMSAFE_PA);
	assert_int_equal(err.at, pa + 200);
	do { /* the reads of the tables come first */
		dump.reads = 0;
		dump.fails++;
		assert_int_equal(
		    kvmsafe_read_va(session, va, buf, sizeof(buf), &got, &err), KVMSAFE_IO);
		assert_int_equal(err.place, KVMSAFE_VA);
		assert_int_equal(err.at, va + got);
	} while (got < 500);
	dump.fails = 0;
	assert_int_equal(kvmsafe_read_va(session, va, buf, sizeof(buf), &got, &err), KVMSAFE_OK);
	kvmsafe_close(session);
	kvmsafe_source_close(source);
	kvmsafe_source_close(dump.whole);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_allocation_that_fails_is_reported_and_leaks_nothing),
		cmocka_unit_test(every_read_that_fails_is_reported_and_leaks_nothing),
		cmocka_unit_test(a_kernel_file_whose_reads_fail_is_reported),
		cmocka_unit_test(a_read_that_fails_midway_names_its_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
