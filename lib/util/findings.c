/* SPDX-License-Identifier: BSD-2-Clause */
/* A list that grows up to its limit and counts what comes after. */
#include "util/findings.h"

#include <inttypes.h>
#include <string.h>

#include "util/checked.h"

#define FIRST_CAPACITY 16

void
kvs_findings_init(struct kvs_findings *findings, struct kvs_memory *memory, uint64_t limit)
{
	*findings = (struct kvs_findings){ .memory = memory, .limit = limit };
}

void
kvs_findings_fini(struct kvs_findings *findings)
{
	kvs_free(findings->memory, findings->list);
	findings->list = NULL;
	findings->count = findings->capacity = findings->dropped = 0;
}

/* Room for one more, in a list twice as long; the old one stays when there is none. */
static bool
grow(struct kvs_findings *findings)
{
	const uint64_t capacity = kvs_min(
	    findings->limit, findings->capacity == 0 ? FIRST_CAPACITY : 2 * findings->capacity);
	void *list;

	if (findings->count < findings->capacity)
		return true;
	if (kvs_alloc(findings->memory, capacity, sizeof(*findings->list), "findings", &list,
		NULL) != KVMSAFE_OK)
		return false;
	if (findings->count > 0)
		memcpy(list, findings->list, (size_t)findings->count * sizeof(*findings->list));
	kvs_free(findings->memory, findings->list);
	findings->list = list;
	findings->capacity = capacity;
	return true;
}

void
kvs_findings_add(struct kvs_findings *findings, const struct kvmsafe_error *finding)
{
	if (findings == NULL)
		return;
	if (kvs_findings_count(findings) < findings->limit && grow(findings)) {
		findings->list[findings->count] = *finding;
		if (finding->place == KVMSAFE_FILE_OFFSET)
			findings->list[findings->count].at += findings->file_base;
		findings->count++;
		return;
	}
	/* The list is full of findings: the last one makes room for the number. */
	if (findings->count == findings->limit && findings->count > 0) {
		findings->count--;
		findings->dropped++;
	}
	findings->dropped++;
}

void
kvs_findings_note(struct kvs_findings *findings, enum kvmsafe_status status,
    enum kvmsafe_place place, uint64_t at, const char *format, ...)
{
	const struct kvs_failure failure = { .status = status, .place = place, .at = at };
	struct kvmsafe_error finding;
	va_list args;

	va_start(args, format);
	kvs_error_fill(&finding, &failure, format, args);
	va_end(args);
	kvs_findings_add(findings, &finding);
}

bool
kvs_findings_get(const struct kvs_findings *findings, uint64_t n, struct kvmsafe_error *out)
{
	if (n < findings->count) {
		*out = findings->list[n];
		return true;
	}
	if (n > findings->count || findings->dropped == 0)
		return false;
	(void)kvs_fail(out, KVMSAFE_LIMIT,
	    "findings: at most %" PRIu64 " are kept, %" PRIu64 " more were left out",
	    findings->limit, findings->dropped);
	return true;
}

uint64_t
kvs_findings_count(const struct kvs_findings *findings)
{
	return findings->count + (findings->dropped > 0 ? 1 : 0);
}
