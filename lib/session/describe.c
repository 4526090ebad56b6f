/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session was opened on, and what this library is. */
#include <string.h>

#include "session/session.h"
#include "util/error.h"

static void
describe_format(const struct kvmsafe_session *session, struct kvmsafe_description *out)
{
	static const char *const names[] = {
		[KVS_FORMAT_NONE] = NULL,
		[KVS_FORMAT_MINIDUMP] = "minidump",
		[KVS_FORMAT_CORE] = "elf-core",
		[KVS_FORMAT_OWN] = "sparc64", /* the only machine with one */
	};
	const struct kvs_recognised *const recognised = &session->recognised;

	out->format = names[recognised->format];
	out->version = recognised->frame != NULL ? recognised->frame->version : KVMSAFE_NONE;
	out->arch_guessed = recognised->guessed;
	if (recognised->abi == NULL)
		return;
	out->arch = recognised->abi->arch != NULL ? recognised->abi->arch : recognised->arch->name;
	out->machine_arch = recognised->abi->names[0];
	out->big_endian = kvs_abi_order(recognised->abi) == KVS_BE;
	out->pointer_bytes = recognised->abi->pointer_bytes;
}

static void
describe_pages(const struct kvmsafe_session *session, struct kvmsafe_description *out)
{
	const struct kvs_physical *const physical = &session->physical;

	out->page_bytes = UINT64_C(1) << session->dump.page_shift;
	if (physical->kind == KVS_PHYSICAL_PAGEMAP) {
		out->pages_promised = kvs_pagemap_promised(&physical->pagemap);
		out->pages_present = kvs_pagemap_present(&physical->pagemap);
		out->ranges = physical->pagemap.avail.n;
	} else {
		const struct kvs_segments *const segments = physical->kind == KVS_PHYSICAL_SEGMENTS
		    ? &physical->segments
		    : &session->core.virtual;

		kvs_segments_count(
		    segments, session->dump.page_shift, &out->pages_promised, &out->pages_present);
		out->ranges = segments->nranges;
	}
	out->pages_truncated = out->pages_promised - out->pages_present;
}

/* A direct map, segments by virtual address, or a table that has entries. powerpc64's image leads into
   these. */
static bool
maps_some(const struct kvs_space *space)
{
	for (size_t i = 0; i < space->ranges; i++) {
		const struct kvs_range *const range = &space->range[i];

		if (range->method == &kvs_linear || range->method == &kvs_to_file ||
		    range->table.entries > 0)
			return true;
	}
	return false;
}

enum kvmsafe_status
kvmsafe_describe(const struct kvmsafe_session *session, struct kvmsafe_description *out,
    struct kvmsafe_error *err)
{
	struct kvmsafe_description answer;

	/* An output: what a newer header has behind ours stays as the caller left it. */
	if (out->size < sizeof(answer))
		return kvs_fail(err, KVMSAFE_USAGE,
		    "struct kvmsafe_description: size at least %zu, found %zu", sizeof(answer),
		    out->size);
	memset(&answer, 0, sizeof(answer));
	answer.size = out->size;
	answer.findings = kvs_findings_count(&session->findings);
	if (session->provider.index != NULL)
		answer.symbols = kvs_elfsym_count(session->provider.index);
	describe_format(session, &answer);
	if (session->source != NULL) {
		describe_pages(session, &answer);
		answer.has_map = maps_some(&session->space);
	}
	*out = answer;
	return KVMSAFE_OK;
}

bool
kvmsafe_memory_range_at(
    const struct kvmsafe_session *session, uint64_t n, struct kvmsafe_memory_range *out)
{
	const struct kvs_physical *const physical = &session->physical;
	const struct kvs_segments *const segments = physical->kind == KVS_PHYSICAL_SEGMENTS
	    ? &physical->segments
	    : &session->core.virtual;

	if (physical->kind == KVS_PHYSICAL_PAGEMAP) {
		if (n >= physical->pagemap.avail.n)
			return false;
		out->start = physical->pagemap.avail.ranges[n].start;
		out->end = physical->pagemap.avail.ranges[n].end;
		return true;
	}
	if (n >= segments->nranges)
		return false;
	*out = segments->ranges[n];
	return true;
}

bool
kvmsafe_finding(const struct kvmsafe_session *session, uint64_t n, struct kvmsafe_error *out)
{
	return kvs_findings_get(&session->findings, n, out);
}

uint32_t
kvmsafe_version(void)
{
	return KVMSAFE_VERSION;
}

bool
kvmsafe_has(const char *feature)
{
	for (size_t i = 0; i < kvs_narches; i++)
		if (strcmp(kvs_arches[i]->name, feature) == 0)
			return true;
#ifdef __FreeBSD__
	return strcmp(feature, "kldsym") == 0;
#else
	return false;
#endif
}
