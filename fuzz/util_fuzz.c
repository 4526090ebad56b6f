/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_has, kvmsafe_version, kvmsafe_status_name, kvmsafe_symbols_provider_kldsym,
 * kvs_add, kvs_mul, kvs_within, kvs_round_up, kvs_load, kvs_view_uint, kvs_alloc, kvs_free,
 * kvs_findings_add, kvs_findings_get, kvs_fail_at, kvs_sized_check */
/*
 * The ground floor against models that go byte by byte. Input: steps, each a byte that says which
 * (enum step) and its operands, read by kvs_tape_number(): a number's first byte is its width and what stands
 * in the higher bytes.
 */
#include <kvmsafe/kvmsafe.h>

#include <stddef.h>
#include <string.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"
#include "fuzz/models/wide.h"
#include "fuzz/tape.h"
#include "fuzz/util_error.h"
#include "source/view.h"
#include "util/alloc.h"
#include "util/checked.h"
#include "util/findings.h"
#include "util/sized.h"

#define STEPS_MAX 256
#define BLOCKS 4
#define BLOCK_MAX 65536 /* larger blocks are asked for where the host has no memory */
#define PREFIX sizeof(max_align_t)
#define FINDINGS_MAX 64
#define BEYOND 4200 /* the longest struct, and more than any header may know */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum step { ARITHMETIC, LOAD, VIEW, ALLOC, FREE, LIMITS, FIND, ERROR, SIZED, NAMES, STEPS };

struct block {
	void *at;
	uint64_t bytes;
	bool counted;
};

struct findings {
	uint64_t count, limit, dropped; /* the model's */
	struct kvmsafe_error list[FINDINGS_MAX];
	struct kvs_memory memory;
	struct kvs_findings is;
};

struct state {
	struct kvs_memory memory;
	uint64_t used; /* the model's */
	struct block blocks[BLOCKS];
	struct findings findings;
};

/* ---- Numbers ---- */

static void
run_arithmetic(struct kvs_tape *tape)
{
	const uint64_t a = kvs_tape_number(tape), b = kvs_tape_number(tape),
		       c = kvs_tape_number(tape);
	const unsigned shift = kvs_tape_byte(tape) & 63;
	const struct kvs_wide sum = kvs_wide_add(a, b), product = kvs_wide_mul(a, b);
	const struct kvs_wide size = kvs_wide(c), first = kvs_wide(a), second = kvs_wide(b);
	uint64_t want, have = 4711;
	struct kvs_wide up;
	bool fits = kvs_wide_narrow(&sum, &want);

	CHECK(kvs_add(a, b, &have) == fits && have == (fits ? want : 4711));
	have = 4711;
	fits = kvs_wide_narrow(&product, &want);
	CHECK(kvs_mul(a, b, &have) == fits && have == (fits ? want : 4711));
	CHECK(kvs_within(a, b, c) == !kvs_wide_less(&size, &sum));
	CHECK(kvs_min(a, b) == (kvs_wide_less(&first, &second) ? a : b));
	/* up to a multiple: add what is missing to it, below the shift */
	want = a % (UINT64_C(1) << shift);
	up = kvs_wide_add(a, want == 0 ? 0 : (UINT64_C(1) << shift) - want);
	have = 4711;
	fits = kvs_wide_narrow(&up, &want);
	CHECK(kvs_round_up(a, shift, &have) == fits && have == (fits ? want : 4711));
}

/* A number of the file's, by its powers of 256. */
static uint64_t
model_load(const uint8_t *bytes, unsigned width, bool big)
{
	uint64_t value = 0, power = 1;

	for (unsigned i = 0; i < width; i++) {
		value += power * bytes[big ? width - 1 - i : i];
		power *= 256;
	}
	return value;
}

static void
run_load(struct kvs_tape *tape)
{
	const uint8_t how = kvs_tape_byte(tape);
	const unsigned width = 1 + (how & 7);
	const uint8_t *const bytes = kvs_tape_bytes(tape, width);

	if (bytes == NULL)
		return;
	CHECK(
	    kvs_load(bytes, width, how & 8 ? KVS_BE : KVS_LE) == model_load(bytes, width, how & 8));
}

/* Fields, some beyond the end: the first of those is remembered. */
static void
run_view(struct kvs_tape *tape)
{
	const uint8_t how = kvs_tape_byte(tape);
	const size_t len = kvs_tape_byte(tape);
	const uint64_t base = kvs_tape_number(tape);
	const uint8_t *const bytes = kvs_tape_bytes(tape, len);
	struct kvs_view view = {
		.bytes = bytes, .len = len, .file_offset = base, .order = how & 8 ? KVS_BE : KVS_LE
	};
	uint64_t overran_at = 0;
	bool overran = false;

	if (bytes == NULL)
		return;
	for (unsigned n = 1 + (how & 7); n > 0; n--) {
		const size_t offset = (size_t)kvs_tape_number(tape);
		const unsigned width = 1 + (kvs_tape_byte(tape) & 7);
		const bool there = offset < len && width <= len - offset;
		const uint64_t have = kvs_view_uint(&view, offset, width);

		CHECK(have == (there ? model_load(bytes + offset, width, how & 8) : 0));
		if (!there && !overran)
			overran_at = base + offset;
		overran = overran || !there;
		CHECK(view.overran == overran && view.overran_at == overran_at);
	}
}

/* ---- Names ---- */

/* The statuses as error.h numbers them, and those that say that bytes cannot be had. */
static void
check_status(unsigned status)
{
	static const struct {
		unsigned status;
		const char *name;
		bool absence;
	} names[] = { { 0, "OK", false }, { 100, "USAGE", false }, { 200, "IO", false },
		{ 201, "NO_MEMORY", false }, { 300, "NOT_A_DUMP", false },
		{ 301, "UNSUPPORTED", false }, { 400, "DAMAGED", true },
		{ 401, "BAD_KERNEL", false }, { 500, "NOT_DUMPED", true },
		{ 501, "OUTSIDE_MEMORY", true }, { 502, "TRUNCATED", true },
		{ 503, "NOT_MAPPED", true }, { 504, "NOT_FOUND", true }, { 505, "NO_MAP", true },
		{ 506, "KERNEL_NEEDED", true }, { 600, "LIMIT", false } };
	const char *want = "UNKNOWN";

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].status == status) {
			want = names[i].name;
			CHECK(
			    kvs_status_is_absence((enum kvmsafe_status)status) == names[i].absence);
		}
	CHECK(strcmp(kvmsafe_status_name((enum kvmsafe_status)status), want) == 0);
}

static void
check_feature(const char *name)
{
	static const char *const features[] = { "amd64", "arm", "arm64", "i386", "mips", "powerpc",
		"powerpc64", "riscv64", "sparc64" };
	struct kvmsafe_symbol_provider provider = { .size = 0 };
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	bool has = false;

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++)
		has = has || strcmp(features[i], name) == 0;
#ifdef __FreeBSD__
	CHECK(kvmsafe_has("kldsym"));
	CHECK(kvmsafe_symbols_provider_kldsym(&provider, &err) == KVMSAFE_OK);
	CHECK(provider.size == sizeof(provider) && provider.live && provider.lookup != NULL);
	has = has || strcmp(name, "kldsym") == 0;
#else
	CHECK(!kvmsafe_has("kldsym"));
	CHECK(kvmsafe_symbols_provider_kldsym(&provider, &err) == KVMSAFE_UNSUPPORTED);
	CHECK(err.status == KVMSAFE_UNSUPPORTED && provider.size == 0 && provider.lookup == NULL);
#endif
	CHECK(kvmsafe_has(name) == has);
}

static void
run_names(struct kvs_tape *tape)
{
	const unsigned status = (unsigned)kvs_tape_number(tape) & 1023;
	char feature[12] = { 0 };
	const uint8_t *const bytes = kvs_tape_bytes(tape, sizeof(feature) - 1);

	if (bytes != NULL)
		memcpy(feature, bytes, sizeof(feature) - 1);
	check_status(status);
	check_feature(feature);
	CHECK(kvmsafe_version() == KVMSAFE_VERSION && KVMSAFE_VERSION == KVMSAFE_MKVER(0, 1, 0));
}

static void
run_sized(struct kvs_tape *tape)
{
	const size_t size = (size_t)kvs_tape_number(tape),
		     known = sizeof(size) + kvs_tape_byte(tape);
	const size_t at = (size_t)kvs_tape_number(tape);
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	uint8_t *const bytes = calloc(1, BEYOND);
	bool good = size >= known && size <= 4096;

	CHECK(bytes != NULL);
	memcpy(bytes, &size, sizeof(size));
	if (at >= sizeof(size) && at < BEYOND)
		bytes[at] = 1;
	good = good && (at < known || at >= size);
	CHECK(kvs_sized_check(bytes, known, "struct thing", &err) ==
	    (good ? KVMSAFE_OK : KVMSAFE_USAGE));
	CHECK(err.status == (good ? KVMSAFE_OK : KVMSAFE_USAGE));
	CHECK(good || strncmp(err.message, "struct thing: ", 14) == 0);
	free(bytes);
}

/* ---- Memory ---- */

/* What a budget says; the model has room for sums beyond 2^64. */
static enum kvmsafe_status
expect_alloc(
    const struct state *state, uint64_t count, uint64_t bytes, bool counted, uint64_t *total)
{
	const struct kvs_wide product = kvs_wide_mul(count, bytes);
	struct kvs_wide sum, limit = kvs_wide(state->memory.limit);

	if (!kvs_wide_narrow(&product, total))
		return KVMSAFE_LIMIT;
	sum = kvs_wide_add(state->used, *total);
	if (counted && (*total > state->memory.allocation_limit || kvs_wide_less(&limit, &sum)))
		return KVMSAFE_LIMIT;
	return *total > BLOCK_MAX ? KVMSAFE_NO_MEMORY : KVMSAFE_OK;
}

static void
release(struct state *state, struct block *block)
{
	kvs_free(block->counted ? &state->memory : NULL, block->at);
	if (block->counted)
		state->used -= block->bytes;
	*block = (struct block){ .at = NULL };
	CHECK(state->memory.used == state->used);
}

static void
run_alloc(struct state *state, struct kvs_tape *tape)
{
	const uint8_t how = kvs_tape_byte(tape);
	struct block *const block = &state->blocks[how % BLOCKS];
	const bool counted = !(how & 4), fails = how & 8;
	const uint64_t count = kvs_tape_number(tape), bytes = kvs_tape_number(tape);
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	uint64_t total = 0;
	enum kvmsafe_status want, status;
	void *at = NULL;

	release(state, block);
	want = expect_alloc(state, count, bytes, counted, &total);
	if (want == KVMSAFE_OK && fails)
		want = KVMSAFE_NO_MEMORY;
	/* what no host can address, with what stands before a block, is not asked for */
	kvs_alloc_fail_at(want == KVMSAFE_NO_MEMORY && total <= SIZE_MAX - PREFIX ? 1 : 0);
	status = kvs_alloc(counted ? &state->memory : NULL, count, bytes, "thing", &at, &err);
	kvs_alloc_fail_at(0);
	CHECK(status == want && err.status == (int)want);
	if (status == KVMSAFE_OK) {
		const uint8_t *const zeros = at;

		for (uint64_t i = 0; i < total; i++)
			CHECK(zeros[i] == 0);
		memset(at, 0xa5, (size_t)total);
		*block = (struct block){ .at = at, .bytes = total, .counted = counted };
		state->used += counted ? total : 0;
	} else {
		CHECK(at == NULL && strncmp(err.message, "thing: ", 7) == 0);
	}
	CHECK(state->memory.used == state->used);
}

/* New limits, with all blocks given back. */
static void
run_limits(struct state *state, struct kvs_tape *tape)
{
	for (size_t i = 0; i < BLOCKS; i++)
		release(state, &state->blocks[i]);
	CHECK(state->memory.used == 0);
	state->memory.allocation_limit = kvs_tape_number(tape);
	state->memory.limit = kvs_tape_number(tape);
}

/* ---- Findings ---- */

static void
compare_findings(const struct findings *findings)
{
	const struct kvs_findings *const is = &findings->is;
	const uint64_t count = findings->count + (findings->dropped > 0);
	struct kvmsafe_error have;
	char words[sizeof(have.message)];

	CHECK(kvs_findings_count(is) == count);
	/* at most twice what is needed, never more than the limit */
	CHECK(findings->memory.used <= findings->limit * sizeof(have));
	CHECK(findings->memory.used <=
	    (findings->count <= 8 ? 16 : 2 * findings->count + 2) * sizeof(have));
	for (uint64_t n = 0; n < findings->count; n++) {
		CHECK(kvs_findings_get(is, n, &have));
		CHECK(memcmp(&have, &findings->list[n], sizeof(have)) == 0);
	}
	CHECK(kvs_findings_get(is, findings->count, &have) == (findings->dropped > 0));
	CHECK(!kvs_findings_get(is, findings->count + 1, &have));
	CHECK(!kvs_findings_get(is, UINT64_MAX, &have));
	if (findings->dropped == 0)
		return;
	CHECK(kvs_findings_get(is, findings->count, &have) && have.status == KVMSAFE_LIMIT);
	(void)snprintf(words, sizeof(words),
	    "findings: at most %llu are kept, %llu more were left out",
	    (unsigned long long)findings->limit, (unsigned long long)findings->dropped);
	CHECK(strcmp(words, have.message) == 0);
}

/*
 * The model: what is kept are the first `limit`, or one less and the number of the others; once one
 * is lost, so are all behind it, unless memory lacked and comes back.
 */
static void
model_finding(struct findings *findings, const struct kvmsafe_error *err, uint64_t base, bool lost)
{
	const uint64_t kept = findings->count + (findings->dropped > 0);

	if (kept < findings->limit && !lost) {
		findings->list[findings->count] = *err;
		if (err->place == KVMSAFE_FILE_OFFSET)
			findings->list[findings->count].at += base;
		findings->count++;
		return;
	}
	if (findings->count == findings->limit && findings->count > 0) {
		findings->count--;
		findings->dropped++;
	}
	findings->dropped++;
}

/* The list grows at 0, 16, 32: only then can memory lack. */
static bool
needs_memory(const struct findings *findings)
{
	return findings->count == findings->is.capacity;
}

static void
run_find(struct findings *findings, struct kvs_tape *tape)
{
	const uint8_t how = kvs_tape_byte(tape);
	const unsigned adds = 1 + (kvs_tape_byte(tape) & 63);
	const enum kvmsafe_place place = (enum kvmsafe_place)(how & 3);
	struct kvmsafe_error err = { .status = KVMSAFE_DAMAGED, .place = (int)place };

	if (how & 4) { /* anew */
		kvs_findings_fini(&findings->is);
		CHECK(findings->memory.used == 0);
		memset(findings, 0, sizeof(*findings));
		findings->limit = kvs_tape_byte(tape) % FINDINGS_MAX;
		findings->memory = (struct kvs_memory){ UINT64_MAX, UINT64_MAX, 0 };
		if (how & 32) /* room for sixteen: thirty-two never come */
			findings->memory.limit = 20 * sizeof(err);
		kvs_findings_init(&findings->is, &findings->memory, findings->limit);
		findings->is.file_base = kvs_tape_number(tape) >> 1; /* no file is longer */
	}
	for (unsigned i = 0; i < adds; i++) {
		const bool room = !needs_memory(findings) ||
		    (!(how & 8) && (findings->memory.limit == UINT64_MAX || findings->count < 16));

		err.at = i;
		(void)snprintf(err.message, sizeof(err.message), "it: %u", i);
		kvs_alloc_fail_at(how & 8 ? 1 : 0);
		if (how & 16)
			kvs_findings_add(&findings->is, &err);
		else
			kvs_findings_note(&findings->is, KVMSAFE_DAMAGED, place, i, "it: %u", i);
		kvs_alloc_fail_at(0);
		model_finding(findings, &err, findings->is.file_base, !room);
	}
	compare_findings(findings);
	kvs_findings_add(NULL, &err);
}

static void
run_step(struct state *state, struct kvs_tape *tape)
{
	switch ((enum step)(kvs_tape_byte(tape) % STEPS)) {
	case ARITHMETIC:
		run_arithmetic(tape);
		break;
	case LOAD:
		run_load(tape);
		break;
	case VIEW:
		run_view(tape);
		break;
	case ALLOC:
		run_alloc(state, tape);
		break;
	case FREE:
		release(state, &state->blocks[kvs_tape_byte(tape) % BLOCKS]);
		break;
	case LIMITS:
		run_limits(state, tape);
		break;
	case FIND:
		run_find(&state->findings, tape);
		break;
	case ERROR:
		kvs_util_error(tape);
		break;
	case SIZED:
		run_sized(tape);
		break;
	case NAMES:
	case STEPS:
		run_names(tape);
		break;
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvs_tape tape = { .bytes = data, .left = size };
	struct state *const state = calloc(1, sizeof(*state));

	CHECK(state != NULL);
	state->memory = (struct kvs_memory){ BLOCK_MAX, BLOCK_MAX, 0 };
	kvs_findings_init(&state->findings.is, &state->findings.memory, 0);
	for (unsigned n = 0; n < STEPS_MAX && tape.left > 0; n++)
		run_step(state, &tape);
	for (size_t i = 0; i < BLOCKS; i++)
		release(state, &state->blocks[i]);
	kvs_findings_fini(&state->findings.is);
	CHECK(state->findings.memory.used == 0 && state->memory.used == 0);
	kvs_free(&state->memory, NULL);
	free(state);
	return 0;
}
