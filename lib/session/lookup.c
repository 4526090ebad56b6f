/* SPDX-License-Identifier: BSD-2-Clause */
/* Symbols of a session: the three passes in a caller's scope. */
#include "session/session.h"
#include "session/sets.h"
#include "util/error.h"

enum kvmsafe_status
kvmsafe_symbols(const struct kvmsafe_session *session, const struct kvmsafe_scope *scope,
    struct kvmsafe_symbol *list, size_t n, size_t *unresolved, struct kvmsafe_error *err)
{
	/* A budget of this call's own: the session's is not to change. */
	struct kvs_memory memory = { .allocation_limit = session->limits.allocation,
		.limit = session->limits.memory };
	struct kvs_names names = { .list = list, .n = n };
	struct kvs_sets sets;
	enum kvmsafe_status status;

	if (!kvs_provider_exists(&session->provider))
		status = kvs_fail(err, KVMSAFE_KERNEL_NEEDED,
		    "symbols: neither a kernel file nor a provider was given");
	else
		status = kvs_sets_for(session, scope, &sets, err);
	if (status != KVMSAFE_OK) {
		kvs_names_clear(&names);
		return status;
	}
	status = kvs_merge(&session->provider, &sets, &memory, &names, err);
	if (status == KVMSAFE_OK && unresolved != NULL)
		*unresolved = names.unresolved;
	return status;
}

uint64_t
kvmsafe_kernel_displacement(const struct kvmsafe_session *session)
{
	return session->space.displacement;
}
