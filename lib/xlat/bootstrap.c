/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding the page-table root of a full core: guess, build, the tables confirm. */
#include "xlat/bootstrap.h"

#include <inttypes.h>

#include "util/error.h"

/*
 * The variable that the root was read through must be mapped to where it was read: a wrong guess
 * reads some other page as the root, whose "tables" do not lead back (libkvm: _kvm_initvtop of each
 * machine trusts its first guess).
 */
static enum kvmsafe_status
self_check(const struct kvs_space *space, uint64_t va, uint64_t pa, struct kvmsafe_error *err)
{
	struct kvmsafe_translation seen;
	const enum kvmsafe_status status = kvs_space_find(space, va, &seen, NULL);

	if (status == KVMSAFE_OK && seen.pa == pa)
		return KVMSAFE_OK;
	return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, va,
	    "root page table not found: its variable was read at PA 0x%" PRIx64
	    ", the tables answer %s",
	    pa, status == KVMSAFE_OK ? "another" : kvmsafe_status_name(status));
}

static enum kvmsafe_status
try_guess(const struct kvs_bootstrap *bootstrap, uint64_t delta, struct kvs_space *space,
    struct kvmsafe_error *err)
{
	uint64_t va, pa;
	const enum kvmsafe_status status =
	    bootstrap->build(bootstrap->ctx, delta, space, &va, &pa, err);

	return status != KVMSAFE_OK ? status : self_check(space, va, pa, err);
}

/* Take back what a guess built. */
static void
restore(struct kvs_space *space, size_t ranges, uint64_t displacement)
{
	space->ranges = ranges;
	space->displacement = displacement;
}

enum kvmsafe_status
kvs_bootstrap_run(
    const struct kvs_bootstrap *bootstrap, struct kvs_space *space, struct kvmsafe_error *err)
{
	const size_t ranges = space->ranges;
	const uint64_t displacement = space->displacement;
	enum kvmsafe_status answer = KVMSAFE_OK;
	struct kvmsafe_error reason = { 0 };
	uint64_t cursor = 0, delta;

	while (answer != KVMSAFE_KERNEL_NEEDED) {
		struct kvmsafe_error failed = { 0 };
		enum kvmsafe_status status =
		    bootstrap->delta(bootstrap->ctx, &cursor, &delta, &failed);

		if (status == KVMSAFE_NOT_FOUND)
			break;
		if (status != KVMSAFE_OK)
			return kvs_fail_as(err, &failed);
		status = try_guess(bootstrap, delta, space, &failed);
		if (status == KVMSAFE_OK)
			return KVMSAFE_OK;
		restore(space, ranges, displacement);
		if (answer != KVMSAFE_OK && status != KVMSAFE_KERNEL_NEEDED)
			continue; /* the first guess is the likeliest: its reason is told */
		answer = status;
		reason = failed;
	}
	if (answer == KVMSAFE_OK)
		return kvs_fail(err, KVMSAFE_DAMAGED,
		    "root page table not found: nothing says where the kernel lies");
	return kvs_fail_as(err, &reason);
}
