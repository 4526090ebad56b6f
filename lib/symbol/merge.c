/* SPDX-License-Identifier: BSD-2-Clause */
/* Which pass answers for which entry, and what its value becomes. */
#include "symbol/merge.h"

#include <string.h>

#include "util/error.h"

struct pass {
	const char *prefix;
	const struct kvs_set *set;
	enum kvmsafe_symbol_rule rule;
};

struct merge {
	const struct kvs_provider *provider;
	const struct kvs_sets *sets;
	struct kvs_memory *memory;
	struct kvmsafe_symbol *list;
	size_t n;
};

uint64_t
kvs_set_value(const struct kvs_set *set, uint8_t pointer_bytes, uint64_t value)
{
	if (value == 0 || !set->relocates || value < set->start || value >= set->stop)
		return value;
	/* Modulo the kernel's word: bases of sets below their copy are negative. */
	value += set->base;
	return pointer_bytes == 4 ? value & UINT32_MAX : value;
}

static void
clear(struct kvmsafe_symbol *symbol)
{
	*symbol = (struct kvmsafe_symbol){ .name = symbol->name };
}

static size_t
count_missing(const struct merge *merge)
{
	size_t missing = 0;

	for (size_t i = 0; i < merge->n; i++)
		missing += merge->list[i].found ? 0 : 1;
	return missing;
}

/* A name that is not found is no failure. */
static enum kvmsafe_status
look_up(const struct merge *merge, const char *name, struct kvmsafe_symbol *entry,
    struct kvmsafe_error *err)
{
	struct kvmsafe_error why;
	const enum kvmsafe_status status = kvs_provider_lookup(merge->provider, name, entry, &why);

	if (status == KVMSAFE_OK || status == KVMSAFE_NOT_FOUND)
		return KVMSAFE_OK;
	return kvs_fail_as(err, &why);
}

static enum kvmsafe_status
plain_pass(const struct merge *merge, struct kvmsafe_error *err)
{
	for (size_t i = 0; i < merge->n; i++) {
		struct kvmsafe_symbol *const entry = &merge->list[i];
		enum kvmsafe_status status;

		/* libkvm leaves what comes in found, of a live kernel, but who uses a list again may have
		   changed its names */
		clear(entry);
		status = look_up(merge, entry->name, entry, err);
		if (status != KVMSAFE_OK)
			return status;
	}
	return KVMSAFE_OK;
}

/* Bytes of the longest name that is still missing. */
static size_t
longest_missing(const struct merge *merge)
{
	size_t longest = 0;

	for (size_t i = 0; i < merge->n; i++) {
		const size_t bytes = merge->list[i].found ? 0 : strlen(merge->list[i].name);

		longest = bytes > longest ? bytes : longest;
	}
	return longest;
}

static enum kvmsafe_status
look_up_prefixed(
    const struct merge *merge, const struct pass *pass, char *name, struct kvmsafe_error *err)
{
	const size_t prefix = strlen(pass->prefix);

	memcpy(name, pass->prefix, prefix);
	for (size_t i = 0; i < merge->n; i++) {
		struct kvmsafe_symbol *const entry = &merge->list[i];
		const char *const own = entry->name[0] == '_' ? entry->name + 1 : entry->name;
		enum kvmsafe_status status;

		if (entry->found)
			continue;
		memcpy(name + prefix, own, strlen(own) + 1);
		status = look_up(merge, name, entry, err);
		if (status != KVMSAFE_OK)
			return status;
		if (!entry->found)
			continue;
		entry->rule = (uint8_t)pass->rule;
		entry->value = kvs_set_value(pass->set, merge->sets->pointer_bytes, entry->value);
	}
	return KVMSAFE_OK;
}

static enum kvmsafe_status
prefix_pass(const struct merge *merge, const struct pass *pass, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	void *name;

	if (!pass->set->initialised || count_missing(merge) == 0)
		return KVMSAFE_OK;
	/* The name is in memory, so there is room for a few bytes more in a size. */
	status = kvs_alloc(merge->memory, longest_missing(merge) + strlen(pass->prefix) + 1, 1,
	    "symbol name", &name, err);
	if (status != KVMSAFE_OK)
		return status;
	status = look_up_prefixed(merge, pass, name, err);
	kvs_free(merge->memory, name);
	return status;
}

static enum kvmsafe_status
check_arguments(const struct merge *merge, struct kvmsafe_error *err)
{
	for (size_t i = 0; i < merge->n; i++)
		if (merge->list[i].name == NULL)
			return kvs_fail(err, KVMSAFE_USAGE,
			    "symbols: entry %zu: a name expected, found NULL", i);
	if (!kvs_provider_exists(merge->provider))
		return kvs_fail(err, KVMSAFE_KERNEL_NEEDED,
		    "symbols: a kernel file or a symbol provider expected, the session has none");
	return KVMSAFE_OK;
}

static enum kvmsafe_status
run(const struct merge *merge, struct kvmsafe_error *err)
{
	const struct pass passes[] = {
		{ "vnet_entry_", &merge->sets->vnet, KVMSAFE_SYM_VNET },
		{ "pcpu_entry_", &merge->sets->dpcpu, KVMSAFE_SYM_DPCPU },
	};
	enum kvmsafe_status status;

	status = check_arguments(merge, err);
	if (status == KVMSAFE_OK)
		status = plain_pass(merge, err);
	for (size_t i = 0; i < 2 && status == KVMSAFE_OK; i++)
		status = prefix_pass(merge, &passes[i], err);
	return status;
}

enum kvmsafe_status
kvs_merge(const struct kvs_provider *provider, const struct kvs_sets *sets,
    struct kvs_memory *memory, struct kvs_names *names, struct kvmsafe_error *err)
{
	const struct merge merge = { provider, sets, memory, names->list, names->n };
	const enum kvmsafe_status status = run(&merge, err);

	if (status != KVMSAFE_OK) {
		kvs_names_clear(names);
		return status;
	}
	names->unresolved = count_missing(&merge);
	return KVMSAFE_OK;
}

void
kvs_names_clear(const struct kvs_names *names)
{
	for (size_t i = 0; i < names->n; i++)
		clear(&names->list[i]);
}
