/* SPDX-License-Identifier: BSD-2-Clause */
/* The three passes spelled out: every question that is asked, in order. */
#include "naive/merge.h"

#include <stdio.h>
#include <string.h>

static bool
knows(const struct naive_kernel *kernel, const char *name, uint64_t *value)
{
	for (size_t i = 0; i < kernel->nknown; i++) {
		if (kernel->known[i].there && strcmp(kernel->known[i].name, name) == 0) {
			*value = kernel->known[i].value;
			return true;
		}
	}
	return false;
}

static bool
answers(const struct naive_kernel *kernel, const char *name, uint64_t *value)
{
	if (kernel->live) {
		if (strlen(name) >= 1024)
			return false;
		return knows(kernel, name[0] == '_' ? &name[1] : name, value);
	}
	if (knows(kernel, name, value))
		return true;
	return name[0] == '_' && knows(kernel, &name[1], value);
}

static uint64_t
moved(const struct naive_kernel *kernel, const struct naive_set *set, uint64_t value)
{
	if (!set->moves || value == 0)
		return value;
	if (!(set->start <= value && value < set->stop))
		return value;
	if (kernel->word_is_32_bits)
		return (uint32_t)((uint32_t)value + (uint32_t)set->base);
	return value + set->base;
}

void
naive_merge_entry(const struct naive_kernel *kernel, struct kvmsafe_symbol *entry)
{
	const struct {
		const struct naive_set *set;
		const char *prefix;
		uint8_t rule;
	} passes[] = { { &kernel->vnet, "vnet_entry_", KVMSAFE_SYM_VNET },
		{ &kernel->dpcpu, "pcpu_entry_", KVMSAFE_SYM_DPCPU } };
	const char *const name = entry->name;
	uint64_t value = 0;

	memset(entry, 0, sizeof(*entry));
	entry->name = name;
	if (answers(kernel, name, &value)) {
		entry->found = true;
		entry->value = value;
		entry->rule = KVMSAFE_SYM_PLAIN;
		return;
	}
	for (size_t i = 0; i < 2; i++) {
		char longer[256];

		snprintf(longer, sizeof(longer), "%s%s", passes[i].prefix,
		    name[0] == '_' ? &name[1] : name);
		if (passes[i].set->on && answers(kernel, longer, &value)) {
			entry->found = true;
			entry->value = moved(kernel, passes[i].set, value);
			entry->rule = passes[i].rule;
			return;
		}
	}
}
