/* SPDX-License-Identifier: BSD-2-Clause */
/* Options of an input into options of the library. */
#include "fuzz/opening.h"

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"
#include "fuzz/error_check.h"

#define WALK_USUAL 256 /* steps; an input that needs more says so */
#define WALK_MAX 65536

static uint64_t
limit(const struct kvs_sparse *sparse, enum kvs_sparse_option option, uint64_t most)
{
	const uint64_t value = sparse->option[option];

	return value != 0 && value < most ? value : most;
}

static void
take_limits(const struct kvs_sparse *sparse, struct kvmsafe_limits *out)
{
	const uint64_t walk = sparse->option[KVS_OPTION_WALK_ENTRIES];

	*out = (struct kvmsafe_limits){ .size = sizeof(*out),
		.allocation = limit(sparse, KVS_OPTION_ALLOCATION, KVS_OPENING_ALLOCATION),
		.memory = limit(sparse, KVS_OPTION_MEMORY, 2 * (uint64_t)KVS_OPENING_ALLOCATION),
		.program_headers = limit(sparse, KVS_OPTION_PROGRAM_HEADERS, 1 << 16),
		.symbols = limit(sparse, KVS_OPTION_SYMBOLS, 1 << 18),
		.walk_entries = walk != 0 && walk < WALK_MAX ? walk : WALK_USUAL,
		.findings = limit(sparse, KVS_OPTION_FINDINGS, 256) };
}

void
kvs_opening_init(struct kvs_opening *opening, const uint8_t *data, size_t size)
{
	struct kvs_sparse *const sparse = kvs_sparse_create(data, size);
	const uint64_t *const option = sparse->option;

	opening->sparse = sparse;
	opening->dump = (struct kvs_sparse_file){ .sparse = sparse, .faults = true };
	opening->kernel = (struct kvs_sparse_file){ .sparse = sparse, .file = 1 };
	opening->source = kvs_sparse_source(&opening->dump);
	opening->kernel_source = sparse->has[1] ? kvs_sparse_source(&opening->kernel) : NULL;
	take_limits(sparse, &opening->limits);
	opening->options = (struct kvmsafe_options){ .size = sizeof(opening->options),
		.kernel = opening->kernel_source,
		.limits = &opening->limits,
		.page_bytes = (uint32_t)option[KVS_OPTION_PAGE_BYTES],
		.entry_bytes = (uint32_t)option[KVS_OPTION_ENTRY_BYTES] };
	opening->faulty = kvs_sparse_is_faulty(sparse);
	kvs_alloc_fail_at(option[KVS_OPTION_FAIL_ALLOCATION]);
}

/* What no machine has; all else about them is ignored, or the dump's own affair. */
static bool
sizes_are_impossible(const struct kvmsafe_options *options)
{
	uint64_t page = 4096;

	while (page < options->page_bytes)
		page *= 2;
	return (options->page_bytes != 0 && options->page_bytes != page) ||
	    (options->entry_bytes != 0 && options->entry_bytes != 4 && options->entry_bytes != 8);
}

enum kvmsafe_status
kvs_opening_open(const struct kvs_opening *opening, struct kvmsafe_session **session)
{
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	*session = NULL;
	status = kvmsafe_open(opening->source, &opening->options, session, &err);
	CHECK((status == KVMSAFE_OK) == (*session != NULL));
	CHECK((status == KVMSAFE_USAGE) == sizes_are_impossible(&opening->options));
	kvs_error_after(status, &err);
	CHECK(opening->faulty || (status != KVMSAFE_IO && status != KVMSAFE_NO_MEMORY));
	return status;
}

void
kvs_opening_fini(struct kvs_opening *opening)
{
	CHECK(kvs_alloc_largest() <= KVS_OPENING_ALLOCATION + 4096);
	kvs_alloc_fail_at(0);
	kvmsafe_source_close(opening->source);
	kvmsafe_source_close(opening->kernel_source);
	kvs_sparse_destroy(opening->sparse);
}
