/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_translate, kvmsafe_read_va, kvmsafe_page_next */
/*
 * Virtual addresses of every machine against the specification's walk, one entry at a time
 * (models/walk.h): the same status, physical address, file offset, page and protection, at both ends of
 * what an answer holds for; the bytes read are those of the model's offset; each mapping of the walk
 * is one. Addresses: the input's OPs, edges of the header and of mappings, some from all over the
 * map. Input: KSF1, or the dump as it stands; inputs with faults are not followed.
 */
#include <kvmsafe/kvmsafe.h>

#include <string.h>

#include "fuzz/check.h"
#include "fuzz/error_check.h"
#include "fuzz/models/walk.h"

#define READ_MAX 64
#define MAPPINGS_MAX 12
#define PAGES_MAX 3
#define OPS_MAX 64
#define SPREAD 16
#define PATIENCE 300 /* of the model, in pages of bitmap counted */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned patience;

/* Does the library's answer say what the model's does? */
static void
compare(enum kvmsafe_status status, const struct kvmsafe_translation *have,
    const struct naive_answer *want)
{
	CHECK(status == want->status);
	CHECK(have->pa == want->pa);
	CHECK(have->file_offset == want->file_offset);
	CHECK(want->page_bytes == 0 || have->page_bytes == want->page_bytes);
	CHECK(want->protection == 0 || have->protection == want->protection);
}

static enum kvmsafe_status
translate(const struct kvs_model *model, uint64_t va, struct kvmsafe_translation *have)
{
	struct naive_answer want;
	struct kvmsafe_error err;
	enum kvmsafe_status status;

	kvs_error_init(&err);
	status = kvmsafe_translate(model->session, va, have, &err);
	kvs_error_after(status, &err);
	kvs_model_translate(model, va, &want);
	compare(status, have, &want);
	return status;
}

/* A few bytes: each is where the model says. */
static void
read_some(
    const struct kvs_model *model, const struct kvmsafe_translation *at, enum kvmsafe_status status)
{
	uint8_t have[READ_MAX], want[READ_MAX];
	const size_t len = at->bytes == 0 || at->bytes > READ_MAX ? READ_MAX : (size_t)at->bytes;
	size_t got = 12345;
	const enum kvmsafe_status read =
	    kvmsafe_read_va(model->session, at->va, have, len, &got, NULL);

	CHECK(read == status);
	CHECK(got == (status == KVMSAFE_OK ? len : 0));
	kvs_sparse_get(model->opening->sparse, 0, at->file_offset, want, got);
	CHECK(memcmp(have, want, got) == 0);
}

/* An address, and the last one that its answer holds for. */
static void
ask(const struct kvs_model *model, uint64_t va)
{
	struct kvmsafe_translation first, last;
	enum kvmsafe_status status;
	uint64_t more;

	if (patience < model->cost)
		return;
	patience -= model->cost;
	status = translate(model, va, &first);
	more = first.bytes - 1; /* bytes 0: to the top */
	read_some(model, &first, status);
	if (first.bytes == 1)
		return;
	CHECK(translate(model, more > UINT64_MAX - va ? UINT64_MAX : va + more, &last) == status);
	if (first.pa != KVMSAFE_NONE)
		CHECK(last.pa == first.pa + more);
}

static void
ask_around(const struct kvs_model *model, uint64_t va)
{
	ask(model, va - 1);
	ask(model, va);
}

/* The walk's mappings: the table itself, whatever range goes before it. */
static void
check_mapping(const struct kvs_model *model, const struct kvmsafe_page *page)
{
	struct kvmsafe_translation at;

	CHECK(page->bytes > 0);
	(void)translate(model, page->va, &at);
	if (model->hashed) { /* another entry of the groups may answer for this address */
		CHECK(kvs_model_has_hashed(model, page));
	} else if (at.steps > 0) { /* not by another range */
		CHECK(at.pa == page->pa && at.file_offset == page->file_offset);
		CHECK(at.protection == page->protection);
	}
	ask_around(model, page->va);
	ask(model, page->va + page->bytes / 2 + 5);
	ask_around(model, page->va + page->bytes);
}

/* The direct map's address of a page leads back to it. */
static void
check_direct(const struct kvs_model *model, const struct kvmsafe_page *page)
{
	struct kvmsafe_translation at;

	if (page->pa == KVMSAFE_NONE || page->direct_va == KVMSAFE_NONE)
		return;
	(void)translate(model, page->direct_va, &at);
	CHECK(at.pa == page->pa);
}

static void
walk(const struct kvs_model *model, enum kvmsafe_walk_order order, unsigned most)
{
	struct kvmsafe_page_walk walk = { .order = order };
	struct kvmsafe_page page;
	struct kvmsafe_error err;

	for (unsigned n = 0; n < most; n++) {
		enum kvmsafe_status status;
		bool done = false;

		kvs_error_init(&err);
		status = kvmsafe_page_next(model->session, &walk, &page, &done, &err);
		kvs_error_after(status, &err);
		if (status != KVMSAFE_OK || done)
			return;
		check_direct(model, &page);
		if (order == KVMSAFE_WALK_MAPPINGS)
			check_mapping(model, &page);
	}
}

/* Addresses from all over: near each other first, then ever farther, behind each edge. */
static void
spread(const struct kvs_model *model)
{
	const uint64_t base = model->nedges > 0 ? model->edges[0] : 0;
	struct kvmsafe_memory_range range;

	for (unsigned n = 0; n < SPREAD; n++)
		ask(model, base + n * UINT64_C(0x1234) + (n > 9 ? UINT64_C(1) << (n * 2) : 0));
	for (uint64_t n = 0; n < 3 && kvmsafe_memory_range_at(model->session, n, &range); n++)
		for (size_t i = 0; i < model->nedges && i < 5; i++) {
			ask(model, model->edges[i] + range.start);
			ask(model, model->edges[i] + range.end - 1);
		}
}

static void
check(const struct kvs_model *model)
{
	const struct kvs_sparse_record *op;
	size_t at = 0;

	patience = PATIENCE;
	ask(model, 0);
	ask(model, UINT64_MAX);
	ask_around(model, UINT64_C(1) << 32);
	for (unsigned n = 0;
	     n < OPS_MAX && (op = kvs_sparse_op(model->opening->sparse, &at)) != NULL; n++)
		ask(model, op->offset);
	for (size_t i = 0; i < model->nedges; i++)
		ask_around(model, model->edges[i]);
	walk(model, KVMSAFE_WALK_PAGES, PAGES_MAX);
	walk(model, KVMSAFE_WALK_MAPPINGS, MAPPINGS_MAX);
	spread(model);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_session *session = NULL;
	struct kvs_opening opening;
	struct kvs_model model;

	kvs_opening_init(&opening, data, size);
	if (!opening.faulty && kvs_opening_open(&opening, &session) == KVMSAFE_OK) {
		if (kvs_model_take(&model, &opening, session))
			check(&model);
		kvmsafe_close(session);
	}
	kvs_opening_fini(&opening);
	return 0;
}
