/* SPDX-License-Identifier: BSD-2-Clause */
/* Walking: over the pages of the dump, and over the mappings of its kernel map. */
#include <inttypes.h>

#include "session/locate.h"
#include "util/error.h"

/* What the caller's state[] holds. That a walk is done counts for neither limit: it is told as often as
   it is asked. */
enum { PAGE_CURSOR = 0, PAGES_SEEN = 1, MAP_RANGE = 0, MAP_AT = 1, MAP_STEPS = 2 };

static struct kvmsafe_page
page_of(const struct kvmsafe_session *session, const struct kvs_physical_page *page)
{
	return (struct kvmsafe_page){
		.pa = page->pa,
		.va = KVMSAFE_NONE,
		.direct_va = kvs_space_direct_va(&session->space, page->pa),
		.file_offset = page->file_offset,
		.bytes = page->bytes,
	};
}

/* Program headers may share bytes of the file; of a sound dump each page has its own. */
static uint64_t
page_limit(const struct kvmsafe_session *session)
{
	const uint64_t pages = kvmsafe_source_bytes(session->source) >> session->dump.page_shift;

	return pages + 2 * (uint64_t)session->physical.segments.n + 1; /* pages cut at two ends */
}

static enum kvmsafe_status
next_page(const struct kvmsafe_session *session, struct kvmsafe_page_walk *walk,
    struct kvmsafe_page *out, bool *done, struct kvmsafe_error *err)
{
	struct kvs_physical_page page;
	uint64_t cursor = walk->state[PAGE_CURSOR];
	const bool end = !kvs_physical_next(&session->physical, &cursor, &page);

	if (!end && walk->state[PAGES_SEEN]++ >= page_limit(session))
		return kvs_fail(err, KVMSAFE_LIMIT,
		    "walk: more pages than the file of %" PRIu64 " bytes has room for",
		    kvmsafe_source_bytes(session->source));
	walk->state[PAGE_CURSOR] = cursor;
	*done = end;
	if (!end)
		*out = page_of(session, &page);
	return KVMSAFE_OK;
}

/*
 * Tables may point at themselves and promise 2^36 pages. A sound map has fewer entries than the file
 * has room for: in a minidump each lies in it once; in a core, which may map its tables too, tables
 * are a small part of memory.
 */
static uint64_t
step_limit(const struct kvmsafe_session *session)
{
	const uint64_t bytes = kvmsafe_source_bytes(session->source);

	if (session->limits.walk_entries != 0)
		return session->limits.walk_entries;
	return bytes / session->dump.abi->pointer_bytes + 64;
}

static enum kvmsafe_status
next_mapping(const struct kvmsafe_session *session, struct kvmsafe_page_walk *walk,
    struct kvmsafe_page *out, bool *done, struct kvmsafe_error *err)
{
	const uint64_t limit = step_limit(session);
	struct kvs_space_cursor cursor = { walk->state[MAP_RANGE], walk->state[MAP_AT] };
	struct kvmsafe_translation found;
	struct kvs_extent extent = { KVMSAFE_NONE, 0 };
	bool is_mapping = false, end = false;

	while (!is_mapping && !end) {
		kvs_space_next(&session->space, &cursor, &found, &is_mapping, &end);
		if (!end && walk->state[MAP_STEPS]++ >= limit)
			return kvs_fail(err, KVMSAFE_LIMIT,
			    "walk: the map has more than %" PRIu64
			    " entries, as no sound one of this size",
			    limit);
	}
	walk->state[MAP_RANGE] = cursor.range;
	walk->state[MAP_AT] = cursor.at;
	*done = end;
	if (end)
		return KVMSAFE_OK;
	if (kvs_physical_find(&session->physical, found.pa, &extent) != KVMSAFE_OK)
		extent.file_offset = KVMSAFE_NONE;
	*out = (struct kvmsafe_page){
		.pa = found.pa,
		.va = found.va,
		.direct_va = kvs_space_direct_va(&session->space, found.pa),
		.file_offset = extent.file_offset,
		.bytes = found.bytes, /* of a large page that many entries make up: this entry's */
		.protection = found.protection,
	};
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvmsafe_page_next(const struct kvmsafe_session *session, struct kvmsafe_page_walk *walk,
    struct kvmsafe_page *out, bool *done, struct kvmsafe_error *err)
{
	if (session->source == NULL)
		return kvs_fail(err, KVMSAFE_USAGE, "walk: this session was opened without a dump");
	if (walk->order == KVMSAFE_WALK_PAGES)
		return next_page(session, walk, out, done, err);
	if (walk->order == KVMSAFE_WALK_MAPPINGS)
		return next_mapping(session, walk, out, done, err);
	return kvs_fail(
	    err, KVMSAFE_USAGE, "walk: an order expected, found %u", (unsigned)walk->order);
}

enum kvmsafe_status
kvmsafe_page_at(const struct kvmsafe_session *session, uint64_t n, struct kvmsafe_page *out,
    struct kvmsafe_error *err)
{
	struct kvs_physical_page page;

	if (!kvs_physical_at(&session->physical, n, &page))
		return kvs_fail(
		    err, KVMSAFE_NOT_FOUND, "page %" PRIu64 ": the dump promises fewer", n);
	*out = page_of(session, &page);
	if (page.bytes == 0)
		return kvs_fail_at(err, KVMSAFE_TRUNCATED, KVMSAFE_PA, page.pa,
		    "page %" PRIu64 " at PA 0x%" PRIx64 ": beyond the end of the file", n, page.pa);
	return KVMSAFE_OK;
}
