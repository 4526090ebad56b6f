/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's sized structs: checked, copied, defaults filled in. */
#include "session/options.h"

#include <inttypes.h>
#include <string.h>

#include "util/error.h"
#include "util/sized.h"

static enum kvmsafe_status
check_pointed_to(const struct kvmsafe_options *options, struct kvmsafe_error *err)
{
	enum kvmsafe_status status = KVMSAFE_OK;

	if (options->limits != NULL)
		status = kvs_sized_check(
		    options->limits, sizeof(*options->limits), "struct kvmsafe_limits", err);
	if (status == KVMSAFE_OK && options->symbols != NULL)
		status = kvs_sized_check(options->symbols, sizeof(*options->symbols),
		    "struct kvmsafe_symbol_provider", err);
	if (status == KVMSAFE_OK && options->symbols != NULL && options->symbols->lookup == NULL)
		status = kvs_fail(
		    err, KVMSAFE_USAGE, "struct kvmsafe_symbol_provider: lookup must be there");
	return status;
}

/* Sizes that some machine may have, whatever this dump's is. */
static enum kvmsafe_status
check_sizes(const struct kvmsafe_options *options, struct kvmsafe_error *err)
{
	const uint32_t page = options->page_bytes, entry = options->entry_bytes;

	if (page != 0 && (page < 4096 || (page & (page - 1)) != 0))
		return kvs_fail(err, KVMSAFE_USAGE,
		    "page size: a power of two from 4096 on expected, found %" PRIu32, page);
	if (entry != 0 && entry != 4 && entry != 8)
		return kvs_fail(
		    err, KVMSAFE_USAGE, "entry size: 4 or 8 bytes expected, found %" PRIu32, entry);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_options_copy(
    const struct kvmsafe_options *options, struct kvmsafe_options *out, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;

	memset(out, 0, sizeof(*out));
	if (options == NULL)
		return KVMSAFE_OK;
	status = kvs_sized_check(options, sizeof(*options), "struct kvmsafe_options", err);
	if (status != KVMSAFE_OK)
		return status;
	status = check_pointed_to(options, err);
	if (status == KVMSAFE_OK)
		status = check_sizes(options, err);
	if (status != KVMSAFE_OK)
		return status;
	*out = *options;
	return KVMSAFE_OK;
}

static uint64_t
or_default(uint64_t value, uint64_t standard)
{
	return value != 0 ? value : standard;
}

void
kvs_limits_fill(const struct kvmsafe_limits *limits, struct kvmsafe_limits *out)
{
	static const struct kvmsafe_limits none;

	*out = limits != NULL ? *limits : none;
	out->size = sizeof(*out);
	/* A header's sizes are 32-bit: its bitmap always fits the first, with its index the second. */
	out->allocation = or_default(out->allocation, UINT64_C(1) << 32);
	out->memory = or_default(out->memory, UINT64_C(1) << 33);
	out->program_headers = or_default(out->program_headers, UINT64_C(1) << 16);
	out->symbols = or_default(out->symbols, UINT64_C(1) << 24);
	out->findings = or_default(out->findings, 1024);
	out->messages = or_default(out->messages, UINT64_C(32) << 20);
}
