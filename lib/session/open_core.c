/* SPDX-License-Identifier: BSD-2-Clause */
/* Full cores and formats of a machine's own: segments, then the root of the page tables. */
#include <inttypes.h>
#include <string.h>

#include "session/session.h"
#include "xlat/bootstrap.h"

static enum kvmsafe_status
next_delta(void *ctx, uint64_t *cursor, uint64_t *delta, struct kvmsafe_error *err)
{
	const struct kvs_dump *const dump = ctx;

	return dump->arch->core->delta(dump, cursor, delta, err);
}

static enum kvmsafe_status
build_space(void *ctx, uint64_t delta, struct kvs_space *space, uint64_t *witness_va,
    uint64_t *witness_pa, struct kvmsafe_error *err)
{
	const struct kvs_dump *const dump = ctx;
	struct kvs_witness seen = { 0 };
	const enum kvmsafe_status status = dump->arch->core->space(dump, delta, space, &seen, err);

	*witness_va = seen.va;
	*witness_pa = seen.pa;
	return status;
}

/* No virtual addresses: reads of them say why, physical ones still work. */
static void
give_up(struct kvmsafe_session *session, enum kvmsafe_status status, const char *why)
{
	kvs_space_init(&session->space, &session->physical, session->dump.abi->va_bits);
	session->space.outside = status;
	session->space.outside_words = why;
}

static void
find_root(struct kvmsafe_session *session)
{
	const struct kvs_bootstrap bootstrap = {
		.ctx = &session->dump, .delta = next_delta, .build = build_space
	};
	struct kvmsafe_error why;
	enum kvmsafe_status status;

	if (!kvs_provider_exists(&session->provider)) {
		give_up(session, KVMSAFE_KERNEL_NEEDED,
		    "a full core does not say where its page tables are: the kernel file is "
		    "needed");
		return;
	}
	memset(&why, 0, sizeof(why));
	status = kvs_bootstrap_run(&bootstrap, &session->space, &why);
	if (status == KVMSAFE_OK)
		return;
	kvs_findings_add(&session->findings, &why);
	give_up(session, status, "the root of the page tables was not found");
}

/* The cores of powerpc that record virtual addresses alone. */
static void
map_by_segments(struct kvmsafe_session *session)
{
	const struct kvs_range range = {
		.first = 0,
		.last = UINT64_MAX,
		.method = &kvs_to_file,
		.form = &session->core.virtual,
	};

	kvs_space_add(&session->space, &range);
}

static void
note_missing(struct kvmsafe_session *session, const struct kvs_segments *segments)
{
	uint64_t promised, present;

	kvs_segments_count(segments, session->dump.page_shift, &promised, &present);
	if (present < promised)
		kvs_findings_note(&session->findings, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET,
		    kvmsafe_source_bytes(session->source),
		    "pages: %" PRIu64 " promised, the dump has %" PRIu64 " of them", promised,
		    present);
}

enum kvmsafe_status
kvs_open_core(struct kvmsafe_session *session, struct kvmsafe_error *err)
{
	const struct kvs_core *const kind = session->dump.arch->core;
	struct kvs_elfcore *const core = &session->core;
	const struct kvs_elfcore_file file = {
		.source = session->window != NULL ? session->window : session->source,
		.header = &session->recognised.elf,
		.phdr_limit = session->limits.program_headers,
		.wraps = kind->wraps,
	};
	enum kvmsafe_status status;

	session->findings.file_base = session->base;
	status = kvs_elfcore_read(core, &session->memory, &file, &session->findings, err);
	session->findings.file_base = 0;
	if (status != KVMSAFE_OK)
		return kvs_rebase(session, status, err);
	kvs_segments_move(&core->physical, session->base);
	kvs_segments_move(&core->virtual, session->base);
	session->dump.core = core;
	session->physical.page_shift = session->dump.page_shift;
	if (core->has_physical) {
		session->physical.kind = KVS_PHYSICAL_SEGMENTS;
		session->physical.segments = core->physical;
		memset(&core->physical, 0, sizeof(core->physical)); /* moved */
		note_missing(session, &session->physical.segments);
	}
	if (core->has_virtual) {
		map_by_segments(session);
		if (!core->has_physical)
			note_missing(session, &core->virtual);
	} else if (kind->delta != NULL) {
		find_root(session);
	} else {
		give_up(session, KVMSAFE_NO_MAP, "this dump records physical addresses only");
	}
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvs_open_own(struct kvmsafe_session *session, struct kvmsafe_error *err)
{
	const struct kvs_own *const own = session->dump.arch->own;
	struct kvs_segments *const segments = &session->physical.segments;
	enum kvmsafe_status status;

	status = kvs_segments_init(segments, &session->memory, own->most_segments, err);
	session->physical.kind = KVS_PHYSICAL_SEGMENTS;
	session->physical.page_shift = session->dump.page_shift;
	session->findings.file_base = session->base;
	if (status == KVMSAFE_OK)
		status = own->segments(&session->dump.head,
		    kvmsafe_source_bytes(session->source) - session->base, segments,
		    &session->findings, err);
	if (status == KVMSAFE_OK)
		status = kvs_segments_settle(segments, &session->findings, err);
	session->findings.file_base = 0;
	if (status != KVMSAFE_OK)
		return kvs_rebase(session, status, err);
	kvs_segments_move(segments, session->base);
	note_missing(session, segments);
	return kvs_rebase(
	    session, session->dump.arch->space(&session->dump, &session->space, err), err);
}
