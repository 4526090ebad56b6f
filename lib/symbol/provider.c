/* SPDX-License-Identifier: BSD-2-Clause */
/* How a name is asked for: lib/libkvm/kvm_private.c, kvm_fdnlist and _kvm_nlist (2019 revision). */
#include "symbol/provider.h"

#include <string.h>

#include "symbol/nlist.h"
#include "util/error.h"

#define LIVE_NAME_MAX 1023 /* kldsym(2) is asked through a buffer of 1,024 bytes */

bool
kvs_provider_exists(const struct kvs_provider *provider)
{
	return provider->callbacks.lookup != NULL || provider->index != NULL;
}

void
kvs_provider_fini(struct kvs_provider *provider)
{
	kvs_elfsym_destroy(provider->index);
	*provider = (struct kvs_provider){ 0 };
}

static enum kvmsafe_status
not_found(const char *name, struct kvmsafe_error *err)
{
	return kvs_fail(err, KVMSAFE_NOT_FOUND, "symbol %s: not found", name);
}

/* Ask the caller's function for exactly this name. */
static enum kvmsafe_status
ask(const struct kvs_provider *provider, const char *name, struct kvmsafe_symbol *out,
    struct kvmsafe_error *err)
{
	const struct kvmsafe_symbol_provider *const callbacks = &provider->callbacks;
	struct kvmsafe_symbol answer = { .name = name };
	struct kvmsafe_error said = { 0 };
	enum kvmsafe_status status;

	if (name[0] == '\0')
		return not_found(name, err);
	status = callbacks->lookup(callbacks->ctx, name, &answer, &said);
	if (status != KVMSAFE_OK) {
		if (said.status != (int32_t)status)
			return kvs_fail(err, status, "symbol %s: its provider failed: %s", name,
			    kvmsafe_status_name(status));
		return kvs_fail_as(err, &said);
	}
	answer.name = out->name;
	answer.found = true;
	answer.rule = KVMSAFE_SYM_PLAIN;
	if (answer.nlist_type == 0)
		answer.nlist_type = callbacks->live ? KVS_N_TEXT : KVS_N_DATA | KVS_N_EXT;
	*out = answer;
	return KVMSAFE_OK;
}

/* kldsym(2)'s rule: one leading '_' always goes. */
static enum kvmsafe_status
ask_live(const struct kvs_provider *provider, const char *name, struct kvmsafe_symbol *out,
    struct kvmsafe_error *err)
{
	if (strlen(name) > LIVE_NAME_MAX)
		return not_found(name, err);
	return ask(provider, name[0] == '_' ? name + 1 : name, out, err);
}

enum kvmsafe_status
kvs_provider_lookup(const struct kvs_provider *provider, const char *name,
    struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	struct kvmsafe_error first = { 0 };
	enum kvmsafe_status status;

	if (provider->callbacks.lookup == NULL) {
		if (provider->index != NULL && kvs_elfsym_lookup(provider->index, name, out))
			return KVMSAFE_OK;
		return not_found(name, err);
	}
	if (provider->callbacks.live)
		return ask_live(provider, name, out, err);
	status = ask(provider, name, out, &first);
	if (status == KVMSAFE_NOT_FOUND && name[0] == '_')
		return ask(provider, name + 1, out, err);
	return status == KVMSAFE_OK ? KVMSAFE_OK : kvs_fail_as(err, &first);
}

enum kvmsafe_status
kvs_provider_value(const struct kvs_provider *provider, const char *name, struct kvs_value *out,
    struct kvmsafe_error *err)
{
	struct kvmsafe_symbol symbol = { .name = name };
	struct kvmsafe_error why = { 0 };
	const enum kvmsafe_status status = kvs_provider_lookup(provider, name, &symbol, &why);

	*out = (struct kvs_value){ status == KVMSAFE_OK, symbol.value, symbol.bytes };
	return status == KVMSAFE_OK || status == KVMSAFE_NOT_FOUND ? KVMSAFE_OK
								   : kvs_fail_as(err, &why);
}
