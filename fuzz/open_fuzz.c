/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_open, kvmsafe_close, kvmsafe_describe, kvmsafe_finding */
/*
 * Opening alone: all that comes from a header, at many times the speed of whole sessions. Oracles:
 * a refusal has words and leaves nothing behind; the description adds up and fits the file; as many
 * findings as it says. Input: KSF1, or the dump as it stands.
 */
#include <kvmsafe/kvmsafe.h>

#include <string.h>

#include "fuzz/check.h"
#include "fuzz/error_check.h"
#include "fuzz/opening.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_description(const struct kvs_sparse *sparse, const struct kvmsafe_session *session)
{
	const bool empty = sparse->len[0] == 0;
	struct kvmsafe_description is = { .size = sizeof(is) };
	struct kvmsafe_error err;

	CHECK(kvmsafe_describe(session, &is, NULL) == KVMSAFE_OK);
	CHECK(!empty && is.format != NULL && is.arch != NULL);
	CHECK(is.page_bytes >= 4096 && (is.page_bytes & (is.page_bytes - 1)) == 0);
	CHECK(is.pages_promised == is.pages_present + is.pages_truncated);
	/* segments of a core may share bytes of the file, pages of a minidump do not */
	if (strcmp(is.format, "minidump") == 0)
		CHECK(is.pages_present <= sparse->len[0] / is.page_bytes);
	CHECK(!kvmsafe_finding(session, is.findings, &err));
	if (is.findings > 0) {
		CHECK(kvmsafe_finding(session, is.findings - 1, &err));
		kvs_error_check((enum kvmsafe_status)err.status, &err);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvmsafe_session *session = NULL;
	struct kvs_opening opening;

	kvs_opening_init(&opening, data, size);
	if (kvs_opening_open(&opening, &session) == KVMSAFE_OK) {
		check_description(opening.sparse, session);
		kvmsafe_close(session);
	}
	kvs_opening_fini(&opening);
	return 0;
}
