/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's options: what a later header would have set, and sizes that no machine has. */
#include <kvmsafe/kvmsafe.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/corpus.h"

#define EXAMPLE "amd64-v3-example.vmcore"

/* A struct with bytes behind it, as a newer header would have. */
struct newer {
	struct kvmsafe_options known;
	uint64_t unknown;
};

static void
options_grow_at_their_end_and_unknown_bytes_must_be_zero(void **state)
{
	struct kvmsafe_source *const dump = corpus_source(EXAMPLE);
	struct newer options = { .known = { .size = sizeof(options) } };
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_open(dump, &options.known, &session, &err), KVMSAFE_OK);
	kvmsafe_close(session);
	session = NULL;
	options.unknown = 1;
	assert_int_equal(kvmsafe_open(dump, &options.known, &session, &err), KVMSAFE_USAGE);
	options.known.size = sizeof(options.known) - 1;
	assert_int_equal(kvmsafe_open(dump, &options.known, &session, &err), KVMSAFE_USAGE);
	options.known.size = 0;
	assert_int_equal(kvmsafe_open(dump, &options.known, &session, &err), KVMSAFE_USAGE);
	assert_null(session);
	kvmsafe_source_close(dump);
}

static enum kvmsafe_status
open_with_sizes(uint32_t page_bytes, uint32_t entry_bytes, struct kvmsafe_error *err)
{
	struct kvmsafe_source *const dump = corpus_source(EXAMPLE);
	const struct kvmsafe_options options = {
		.size = sizeof(options), .page_bytes = page_bytes, .entry_bytes = entry_bytes
	};
	struct kvmsafe_description is = { .size = sizeof(is) };
	struct kvmsafe_session *session = NULL;
	const enum kvmsafe_status status = kvmsafe_open(dump, &options, &session, err);

	if (status == KVMSAFE_OK) {
		assert_int_equal(kvmsafe_describe(session, &is, NULL), KVMSAFE_OK);
		assert_int_equal(is.page_bytes, 4096);
	}
	assert_int_equal(status == KVMSAFE_OK, session != NULL);
	kvmsafe_close(session);
	kvmsafe_source_close(dump);
	return status;
}

static void
sizes_that_no_machine_has_are_refused_and_others_ignored(void **state)
{
	static const uint32_t none[] = { 1, 3, 5, 32, 2048, 4095, 4097, 5000, 12288, UINT32_MAX };
	struct kvmsafe_error err;

	(void)state;
	for (uint32_t page = 4096; page != 0; page *= 2)
		assert_int_equal(open_with_sizes(page, page % 8192 == 0 ? 4 : 8, &err), KVMSAFE_OK);
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		assert_int_equal(open_with_sizes(none[i], 0, &err), KVMSAFE_USAGE);
		assert_ptr_equal(strstr(err.message, "page size: "), err.message);
		assert_int_equal(open_with_sizes(0, none[i], &err), KVMSAFE_USAGE);
		assert_ptr_equal(strstr(err.message, "entry size: "), err.message);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_grow_at_their_end_and_unknown_bytes_must_be_zero),
		cmocka_unit_test(sizes_that_no_machine_has_are_refused_and_others_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
