/* SPDX-License-Identifier: BSD-2-Clause */
/* Guessing where the kernel lies: the tables confirm a guess, or it is dropped. */
#include "xlat/bootstrap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "util/error.h"

#define VA 0x5000

/* A machine whose "tables" map VA to `mapped`, whatever the guess; NONE: to nothing. */
struct machine {
	uint64_t guesses[4];
	unsigned nguesses, asked, built;
	uint64_t mapped;
	enum kvmsafe_status fails[4]; /* of each build */
	enum kvmsafe_status ends; /* of guessing; OK: there are no more */
};

static enum kvmsafe_status
next_guess(void *ctx, uint64_t *cursor, uint64_t *delta, struct kvmsafe_error *err)
{
	struct machine *machine = ctx;

	machine->asked++;
	if (*cursor >= machine->nguesses)
		return machine->ends == KVMSAFE_OK ? KVMSAFE_NOT_FOUND
						   : kvs_fail(err, machine->ends, "no guess");
	*delta = machine->guesses[(*cursor)++];
	return KVMSAFE_OK;
}

static enum kvmsafe_status
build(void *ctx, uint64_t delta, struct kvs_space *space, uint64_t *va, uint64_t *pa,
    struct kvmsafe_error *err)
{
	struct machine *machine = ctx;
	const enum kvmsafe_status status = machine->fails[machine->built++];
	const struct kvs_range range = {
		.first = VA,
		.last = VA + 0xfff,
		.method = &kvs_linear,
		.base = machine->mapped - VA,
	};

	assert_int_equal(space->ranges, 0); /* nothing is left of an earlier guess */
	if (machine->mapped != KVMSAFE_NONE)
		kvs_space_add(space, &range);
	space->displacement = delta;
	*va = VA;
	*pa = VA + delta;
	return status == KVMSAFE_OK
	    ? status
	    : kvs_fail_at(err, status, KVMSAFE_PA, *pa, "build %u failed", machine->built);
}

static enum kvmsafe_status
run(struct machine *machine, struct kvs_space *space, struct kvmsafe_error *err)
{
	const struct kvs_bootstrap bootstrap = { machine, next_guess, build };

	kvs_space_init(space, NULL, 64);
	return kvs_bootstrap_run(&bootstrap, space, err);
}

static void
the_guess_that_the_tables_confirm_is_taken(void **state)
{
	struct machine machine = { .guesses = { 0x100, 0x200, 0x300 }, .nguesses = 3 };
	struct kvmsafe_error err = { .status = 77 };
	struct kvs_space space;

	(void)state;
	machine.mapped = VA + 0x200;
	assert_int_equal(run(&machine, &space, &err), KVMSAFE_OK);
	assert_int_equal(machine.built, 2);
	assert_int_equal(space.displacement, 0x200);
	assert_int_equal(space.ranges, 1);
	assert_int_equal(err.status, 77); /* untouched by guesses that failed before */
}

static void
a_root_that_leads_elsewhere_is_not_taken(void **state)
{
	struct machine machine = { .guesses = { 0x100, 0x200 }, .nguesses = 2, .mapped = 0x9000 };
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	assert_int_equal(run(&machine, &space, &err), KVMSAFE_DAMAGED);
	assert_non_null(strstr(err.message, "root page table not found"));
	assert_non_null(strstr(err.message, "0x5100")); /* the first guess's */
	assert_int_equal(err.at, VA);
	assert_int_equal(machine.built, 2);
	assert_int_equal(space.ranges, 0);
	assert_int_equal(space.displacement, 0);
}

static void
a_root_that_maps_nothing_is_not_taken(void **state)
{
	struct machine machine = { .guesses = { 0x100 }, .nguesses = 1, .mapped = KVMSAFE_NONE };
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	assert_int_equal(run(&machine, &space, &err), KVMSAFE_DAMAGED);
	assert_non_null(strstr(err.message, "NO_MAP"));
}

static void
a_build_that_fails_is_followed_by_the_next_guess(void **state)
{
	struct machine machine = { .guesses = { 0x100, 0x200, 0x300 }, .nguesses = 3 };
	struct kvs_space space;

	(void)state;
	machine.fails[0] = KVMSAFE_NOT_DUMPED;
	machine.fails[1] = KVMSAFE_OUTSIDE_MEMORY;
	machine.mapped = VA + 0x300;
	assert_int_equal(run(&machine, &space, NULL), KVMSAFE_OK);
	assert_int_equal(machine.built, 3);
}

static void
what_keeps_a_guess_from_being_made_is_told(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 3; n++) {
		struct machine machine = {
			.guesses = { 0x100, 0x200 }, .nguesses = n, .mapped = 0x9000
		};
		struct kvmsafe_error err;
		struct kvs_space space;

		machine.ends = KVMSAFE_IO;
		assert_int_equal(run(&machine, &space, &err), KVMSAFE_IO);
		assert_string_equal(err.message, "no guess");
		assert_int_equal(space.ranges, 0);
	}
}

static void
the_first_reason_is_told(void **state)
{
	struct machine machine = { .guesses = { 0x100, 0x200 }, .nguesses = 2, .mapped = 0x9000 };
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	machine.fails[0] = KVMSAFE_NOT_DUMPED;
	machine.fails[1] = KVMSAFE_OUTSIDE_MEMORY;
	assert_int_equal(run(&machine, &space, &err), KVMSAFE_NOT_DUMPED);
	assert_string_equal(err.message, "build 1 failed");
	assert_int_equal(err.at, VA + 0x100);
	machine.built = 0;
	assert_int_equal(run(&machine, &space, NULL), KVMSAFE_NOT_DUMPED);
}

static void
a_missing_symbol_ends_the_guessing(void **state)
{
	struct machine machine = { .guesses = { 0x100, 0x200, 0x300 }, .nguesses = 3 };
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	machine.fails[0] = KVMSAFE_NOT_DUMPED;
	machine.fails[1] = KVMSAFE_KERNEL_NEEDED;
	machine.mapped = VA + 0x300;
	assert_int_equal(run(&machine, &space, &err), KVMSAFE_KERNEL_NEEDED);
	assert_string_equal(err.message, "build 2 failed");
	assert_int_equal(machine.built, 2);
	assert_int_equal(space.ranges, 0);
}

static void
a_machine_without_guesses_has_no_root(void **state)
{
	struct machine machine = { .guesses = { 0x100, 0x200, 0x300 }, .nguesses = 3 };
	struct kvmsafe_error err;
	struct kvs_space space;

	(void)state;
	machine.mapped = VA + 0x300;
	assert_int_equal(run(&machine, &space, &err), KVMSAFE_OK);
	assert_int_equal(machine.built, 3);
	machine.nguesses = machine.built = 0;
	assert_int_equal(run(&machine, &space, &err), KVMSAFE_DAMAGED);
	assert_int_equal(machine.built, 0);
	assert_non_null(strstr(err.message, "root page table not found"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_guess_that_the_tables_confirm_is_taken),
		cmocka_unit_test(a_root_that_leads_elsewhere_is_not_taken),
		cmocka_unit_test(a_root_that_maps_nothing_is_not_taken),
		cmocka_unit_test(a_build_that_fails_is_followed_by_the_next_guess),
		cmocka_unit_test(what_keeps_a_guess_from_being_made_is_told),
		cmocka_unit_test(the_first_reason_is_told),
		cmocka_unit_test(a_missing_symbol_ends_the_guessing),
		cmocka_unit_test(a_machine_without_guesses_has_no_root),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
