/* SPDX-License-Identifier: BSD-2-Clause */
/* Memory, the caller's functions and windows as sources; functions that lie, fail and end early. */
#include "source/source.h"

#include <errno.h>
#include <string.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/pattern.h"

void *__real_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);

static bool no_memory;

void *
__wrap_calloc(size_t n, size_t bytes)
{
	return no_memory ? NULL : __real_calloc(n, bytes);
}

static int
fill(void **state)
{
	(void)state;
	pattern_fill();
	return 0;
}

static void
memory_is_a_source(void **state)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(
	    kvmsafe_source_memory(pattern, sizeof(pattern), &source, &err), KVMSAFE_OK);
	pattern_check(source, 0, PATTERN_BYTES);
	kvmsafe_source_close(source);
	assert_int_equal(kvmsafe_source_memory(NULL, 0, &source, &err), KVMSAFE_OK);
	assert_true(kvmsafe_source_bytes(source) == 0);
	kvmsafe_source_close(source);
	assert_int_equal(kvmsafe_source_memory(NULL, 1, &source, &err), KVMSAFE_USAGE);
}

/* A caller's own functions, of several characters. */
struct teller {
	size_t most; /* bytes a call gives; 0: all */
	size_t lie; /* added to the count */
	uint64_t end; /* of its bytes; 0: as long as it said */
	enum kvmsafe_status status;
	const char *words;
	unsigned closed;
	uint64_t highest;
};

static enum kvmsafe_status
tell(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	struct teller *const teller = ctx;
	const size_t most = teller->most > 0 && teller->most < len ? teller->most : len;

	if (offset + len > teller->highest)
		teller->highest = offset + len;
	if (teller->status != KVMSAFE_OK) {
		if (teller->words != NULL) {
			err->sys_errno = ENXIO;
			err->place = KVMSAFE_PA;
			err->at = 5;
			memset(err->message, 'x', sizeof(err->message));
			memcpy(err->message, teller->words, strlen(teller->words));
		}
		return teller->status;
	}
	if (teller->end > 0 && offset >= teller->end)
		return KVMSAFE_OK; /* *got left as it was */
	memcpy(buf, pattern + offset, most);
	*got = most + teller->lie;
	return KVMSAFE_OK;
}

static void
tell_closed(void *ctx)
{
	((struct teller *)ctx)->closed++;
}

static struct kvmsafe_source *
open_teller(struct teller *teller)
{
	const struct kvmsafe_source_ops ops = {
		.size = sizeof(ops), .read_at = tell, .close = tell_closed
	};
	struct kvmsafe_source *source = NULL;

	assert_int_equal(
	    kvmsafe_source_callbacks(&ops, teller, PATTERN_BYTES, &source, NULL), KVMSAFE_OK);
	return source;
}

static void
callbacks_are_asked_within_their_length(void **state)
{
	struct teller teller = { .most = 13 };
	struct kvmsafe_source *const source = open_teller(&teller);

	(void)state;
	pattern_check(source, 0, PATTERN_BYTES);
	assert_true(teller.highest == PATTERN_BYTES);
	assert_int_equal(teller.closed, 0);
	kvmsafe_source_close(source);
	assert_int_equal(teller.closed, 1);
}

static void
callback_that_counts_too_much_is_an_error(void **state)
{
	struct teller teller = { .lie = 1 };
	struct kvmsafe_source *const source = open_teller(&teller);
	struct kvmsafe_error err;
	uint8_t buf[8];
	size_t got;

	(void)state;
	assert_int_equal(kvmsafe_source_read(source, 6, buf, 8, &got, &err), KVMSAFE_IO);
	assert_int_equal(got, 0);
	assert_true(err.at == 6);
	assert_non_null(strstr(err.message, "at most 8 bytes"));
	teller.lie = SIZE_MAX - 7; /* 8 more would wrap to 0 */
	assert_int_equal(kvmsafe_source_read(source, 6, buf, 7, &got, &err), KVMSAFE_IO);
	kvmsafe_source_close(source);
}

static void
callback_that_gives_nothing_has_ended(void **state)
{
	struct teller teller = { .end = 50, .most = 10 };
	struct kvmsafe_source *const source = open_teller(&teller);
	struct kvmsafe_error err;
	uint8_t buf[100];
	size_t got;

	(void)state;
	assert_int_equal(kvmsafe_source_read(source, 5, buf, 100, &got, &err), KVMSAFE_TRUNCATED);
	assert_int_equal(got, 50);
	assert_memory_equal(buf, pattern + 5, 50);
	assert_true(err.at == 55);
	kvmsafe_source_close(source);
}

static void
callback_that_fails_is_quoted(void **state)
{
	struct teller teller = { .status = KVMSAFE_NOT_MAPPED, .words = "no \x01" };
	struct kvmsafe_source *const source = open_teller(&teller);
	struct kvmsafe_error err;
	uint8_t buf[8];
	size_t got;

	(void)state;
	assert_int_equal(kvmsafe_source_read(source, 6, buf, 8, &got, &err), KVMSAFE_NOT_MAPPED);
	assert_int_equal(err.status, KVMSAFE_NOT_MAPPED);
	assert_int_equal(err.sys_errno, ENXIO);
	assert_int_equal(err.place, KVMSAFE_PA);
	assert_true(err.at == 5);
	assert_ptr_equal(strstr(err.message, "no \\x01xx"), err.message);
	assert_true(strlen(err.message) < sizeof(err.message)); /* the callback's had no end */
	assert_int_equal(kvmsafe_source_read(source, 6, buf, 8, &got, NULL), KVMSAFE_NOT_MAPPED);
	teller.words = NULL;
	assert_int_equal(kvmsafe_source_read(source, 6, buf, 8, &got, &err), KVMSAFE_NOT_MAPPED);
	assert_int_equal(err.status, KVMSAFE_NOT_MAPPED);
	assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
	assert_true(err.at == 6);
	assert_int_equal(err.sys_errno, 0);
	kvmsafe_source_close(source);
}

static void
callbacks_of_another_size_are_refused(void **state)
{
	struct {
		struct kvmsafe_source_ops ops;
		uint64_t later;
	} ops = { .ops = { .size = sizeof(ops), .read_at = tell } };
	struct kvmsafe_source *source = NULL;
	struct teller teller = { .most = 0 };

	(void)state;
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops.ops, &teller, PATTERN_BYTES, &source, NULL), KVMSAFE_OK);
	pattern_check(source, 0, PATTERN_BYTES);
	kvmsafe_source_close(source); /* no close function */
	source = NULL;
	ops.later = UINT64_C(1) << 63;
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops.ops, &teller, 1, &source, NULL), KVMSAFE_USAGE);
	ops.ops.size = sizeof(ops.ops) - 1;
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops.ops, &teller, 1, &source, NULL), KVMSAFE_USAGE);
	ops.ops.size = 0;
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops.ops, &teller, 1, &source, NULL), KVMSAFE_USAGE);
	ops.ops.size = sizeof(ops.ops);
	ops.ops.read_at = NULL;
	assert_int_equal(
	    kvmsafe_source_callbacks(&ops.ops, &teller, 1, &source, NULL), KVMSAFE_USAGE);
	assert_null(source);
}

static struct kvmsafe_source *
open_window(const struct kvmsafe_source *parent, uint64_t offset, uint64_t len)
{
	struct kvmsafe_source *source = NULL;

	assert_int_equal(kvs_source_window(parent, offset, len, &source, NULL), KVMSAFE_OK);
	return source;
}

static void
window_is_cut_to_its_parent(void **state)
{
	struct teller teller = { .most = 0 };
	struct kvmsafe_source *const parent = open_teller(&teller);
	struct kvmsafe_source *const inner = open_window(parent, 1000, 500);
	struct kvmsafe_source *const innermost = open_window(inner, 100, UINT64_MAX);
	struct kvmsafe_source *const tail = open_window(parent, PATTERN_BYTES - 50, UINT64_MAX);
	struct kvmsafe_source *const beyond = open_window(parent, UINT64_MAX, UINT64_MAX);

	(void)state;
	pattern_check(inner, 1000, 500);
	pattern_check(innermost, 1100, 400);
	pattern_check(tail, PATTERN_BYTES - 50, 50);
	assert_true(kvmsafe_source_bytes(beyond) == 0);
	kvmsafe_source_close(beyond);
	kvmsafe_source_close(tail);
	kvmsafe_source_close(innermost);
	kvmsafe_source_close(inner);
	pattern_check(parent, 0, PATTERN_BYTES);
	kvmsafe_source_close(parent);
}

static void
window_counts_errors_from_its_own_start(void **state)
{
	struct teller teller = { .most = 0 };
	struct kvmsafe_source *const parent = open_teller(&teller);
	struct kvmsafe_source *const window = open_window(parent, 1000, 500);
	struct kvmsafe_error err;
	uint8_t buf[100];
	size_t got;

	(void)state;
	teller.status = KVMSAFE_IO;
	assert_int_equal(kvmsafe_source_read(window, 30, buf, 100, &got, &err), KVMSAFE_IO);
	assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
	assert_true(err.at == 30);
	assert_int_equal(kvmsafe_source_read(window, 30, buf, 100, &got, NULL), KVMSAFE_IO);
	kvmsafe_source_close(window);
	kvmsafe_source_close(parent);
}

static void
sources_report_a_host_without_memory(void **state)
{
	struct teller teller = { .most = 0 };
	const struct kvmsafe_source_ops ops = {
		.size = sizeof(ops), .read_at = tell, .close = tell_closed
	};
	struct kvmsafe_source *const parent = open_teller(&teller);
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;
	enum kvmsafe_status status[3];

	(void)state;
	no_memory = true;
	status[0] = kvmsafe_source_memory(pattern, 5, &source, &err);
	status[1] = kvmsafe_source_callbacks(&ops, &teller, 5, &source, &err);
	status[2] = kvs_source_window(parent, 0, 5, &source, &err);
	no_memory = false;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(status[i], KVMSAFE_NO_MEMORY);
	assert_int_equal(err.status, KVMSAFE_NO_MEMORY);
	assert_null(source);
	assert_int_equal(teller.closed, 0);
	kvmsafe_source_close(parent);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_a_source),
		cmocka_unit_test(callbacks_are_asked_within_their_length),
		cmocka_unit_test(callback_that_counts_too_much_is_an_error),
		cmocka_unit_test(callback_that_gives_nothing_has_ended),
		cmocka_unit_test(callback_that_fails_is_quoted),
		cmocka_unit_test(callbacks_of_another_size_are_refused),
		cmocka_unit_test(window_is_cut_to_its_parent),
		cmocka_unit_test(window_counts_errors_from_its_own_start),
		cmocka_unit_test(sources_report_a_host_without_memory),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
