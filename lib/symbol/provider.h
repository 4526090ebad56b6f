/* SPDX-License-Identifier: BSD-2-Clause */
/* One face over the kernel file's index and a caller's provider. */
#ifndef KVS_SYMBOL_PROVIDER_H
#define KVS_SYMBOL_PROVIDER_H

#include "symbol/elfsym.h"

struct kvs_provider {
	struct kvs_elfsym *index; /* owned, or NULL */
	struct kvmsafe_symbol_provider callbacks; /* all zero: none; go before the index */
};

bool kvs_provider_exists(const struct kvs_provider *provider);
void kvs_provider_fini(struct kvs_provider *provider);

/*
 * Look one name up: exact, then less one leading '_' (a live provider: always less one).
 * A live provider is never asked for names above 1,023 bytes.
 * *out keeps its name; found, rule PLAIN and the values are set on OK only.
 * OK; NOT_FOUND; a provider's own error.
 */
enum kvmsafe_status kvs_provider_lookup(const struct kvs_provider *provider, const char *name,
    struct kvmsafe_symbol *out, struct kvmsafe_error *err);

struct kvs_value {
	bool known;
	uint64_t value, bytes; /* bytes: st_size; 0: unknown */
};

/* For code that can do without: OK also where there is no such symbol; else why the provider
   failed, which must be passed on: nobody knows what it would have said. */
enum kvmsafe_status kvs_provider_value(const struct kvs_provider *provider, const char *name,
    struct kvs_value *out, struct kvmsafe_error *err);

#endif
