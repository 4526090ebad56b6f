/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvs_merge, kvs_set_value, kvs_provider_lookup, kvs_provider_value */
/*
 * The three passes over a list of names against naive ones. Input: a byte of flags, five u16
 * (VNET start, size; DPCPU start, size; base), then symbols and list entries: a byte (bits 0-1: 0
 * symbol, 1 list entry, 2 an entry that comes in found, 3 the provider fails here; bits 2-3 prefix
 * of the name; bits 4-5: leading '_'; bits 6-7 of symbols: the provider talks, knows the type), a
 * byte that is the name's letter (239: none), for symbols a u16 value. Flags: bits 0-3 which sets
 * there are and which relocate, 4: 32-bit, 5: live, 6-7: a session without what it needs.
 */
#include "symbol/merge.h"

#include <string.h>

#include "fuzz/check.h"

#define MOST 48
#define NAME_BYTES 1100
/* bytes of memory where there is little */
#define LITTLE 20
#define NEXT_TO_NOTHING 4
#define WORDS "the provider says why"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct known {
	char name[40];
	uint64_t value;
	bool fails; /* the provider's own error */
	bool talks; /* fails: says why; else: writes into fields that are not its own */
	bool typed; /* fails: says something else; else: knows the type */
};

enum mode { SOUND, LITTLE_MEMORY, NAMELESS, NO_PROVIDER };

struct bench {
	struct known known[MOST];
	size_t nknown;
	char name[MOST][NAME_BYTES];
	struct kvmsafe_symbol list[MOST], want[MOST];
	size_t n;
	bool live;
	enum mode mode;
	uint64_t memory;
	const struct known *failed; /* whose error is to be told */
};

static struct bench bench; /* too large for the stack */

static const struct known *
find_known(const char *name)
{
	for (size_t i = 0; i < bench.nknown; i++)
		if (strcmp(bench.known[i].name, name) == 0)
			return &bench.known[i];
	return NULL;
}

static enum kvmsafe_status
lookup(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	const struct known *const known = find_known(name);

	CHECK(name[0] != 0);
	CHECK(ctx == &bench);
	CHECK(!bench.live || strlen(name) <= 1023);
	CHECK(out->value == 0 && out->nlist_type == 0 && out->bytes == 0);
	if (known == NULL)
		return KVMSAFE_NOT_FOUND;
	if (known->fails) {
		if (known->talks) {
			err->status = known->typed ? KVMSAFE_NOT_FOUND : KVMSAFE_IO;
			strcpy(err->message, WORDS);
		}
		return KVMSAFE_IO;
	}
	if (known->talks) {
		out->name = "not the caller's";
		out->found = false;
		out->rule = KVMSAFE_SYM_DPCPU;
	}
	if (known->typed)
		out->nlist_type = 9;
	out->value = known->value;
	out->bytes = 8;
	return KVMSAFE_OK;
}

/* One question of the naive look-up, as the provider's rule has it: as written, then less one
   '_'; live: always less one, nothing above 1,023 bytes. */
static const struct known *
ask(const char *name)
{
	const struct known *known = NULL;

	if (bench.live)
		return strlen(name) <= 1023 ? find_known(name + (name[0] == '_')) : NULL;
	known = find_known(name);
	return known == NULL && name[0] == '_' ? find_known(name + 1) : known;
}

/* There is no room for the prefixes' longest name. */
static bool
too_long(void)
{
	size_t longest = 0;
	bool any = false;

	for (size_t i = 0; i < bench.n; i++) {
		const size_t bytes = strlen(bench.want[i].name);

		if (bench.want[i].found)
			continue;
		any = true;
		longest = bytes > longest ? bytes : longest;
	}
	return any && longest + sizeof("vnet_entry_") > bench.memory;
}

static uint64_t
moved(const struct kvs_set *set, unsigned pointer_bytes, uint64_t value)
{
	if (!set->relocates || value == 0 || value < set->start || value >= set->stop)
		return value;
	return pointer_bytes == 4 ? (uint32_t)(value + set->base) : value + set->base;
}

static enum kvmsafe_status
naive_pass(const struct kvs_set *set, unsigned pointer_bytes, const char *prefix, uint8_t rule)
{
	static char whole[NAME_BYTES + 16];

	if (set != NULL && too_long())
		return KVMSAFE_LIMIT;
	for (size_t i = 0; i < bench.n; i++) {
		struct kvmsafe_symbol *const entry = &bench.want[i];
		const struct known *known;

		if (entry->found)
			continue;
		if (set == NULL)
			strcpy(whole, entry->name);
		else
			snprintf(whole, sizeof(whole), "%s%s", prefix,
			    entry->name + (entry->name[0] == '_'));
		known = ask(whole);
		if (known == NULL)
			continue;
		if (known->fails) {
			bench.failed = known;
			return KVMSAFE_IO;
		}
		entry->found = true;
		entry->rule = rule;
		entry->nlist_type = known->typed ? 9 : bench.live ? 4 : 7;
		entry->value = set == NULL ? known->value : moved(set, pointer_bytes, known->value);
	}
	return KVMSAFE_OK;
}

static size_t
missing(const struct kvmsafe_symbol *list)
{
	size_t n = 0;

	for (size_t i = 0; i < bench.n; i++)
		n += !list[i].found;
	return n;
}

static enum kvmsafe_status
naive(const struct kvs_sets *sets)
{
	enum kvmsafe_status status;

	bench.failed = NULL;
	if (bench.mode == NAMELESS && bench.n > 0)
		return KVMSAFE_USAGE;
	if (bench.mode == NO_PROVIDER)
		return KVMSAFE_KERNEL_NEEDED;
	status = naive_pass(NULL, sets->pointer_bytes, "", KVMSAFE_SYM_PLAIN);
	if (status == KVMSAFE_OK && sets->vnet.initialised)
		status =
		    naive_pass(&sets->vnet, sets->pointer_bytes, "vnet_entry_", KVMSAFE_SYM_VNET);
	if (status == KVMSAFE_OK && sets->dpcpu.initialised)
		status =
		    naive_pass(&sets->dpcpu, sets->pointer_bytes, "pcpu_entry_", KVMSAFE_SYM_DPCPU);
	return status;
}

static void
compare(enum kvmsafe_status status, size_t unresolved, enum kvmsafe_status want)
{
	CHECK(status == want);
	for (size_t i = 0; i < bench.n; i++) {
		const struct kvmsafe_symbol *const have = &bench.list[i],
						   *const model = &bench.want[i];

		CHECK(have->name == model->name);
		if (want != KVMSAFE_OK) {
			CHECK(!have->found && have->value == 0 && have->nlist_type == 0);
			continue;
		}
		CHECK(have->found == model->found);
		CHECK(have->value == (have->found ? model->value : 0));
		CHECK(have->rule == (have->found ? model->rule : 0));
		CHECK(have->nlist_type == (have->found ? model->nlist_type : 0));
	}
	if (want == KVMSAFE_OK)
		CHECK(unresolved == missing(bench.list) && unresolved == missing(bench.want));
}

#define NO_LETTER 239

static void
make_name(char *out, size_t room, uint8_t flags, uint8_t letter)
{
	static const char *const prefixes[] = { "", "vnet_entry_", "pcpu_entry_", "" };
	static const char *const underscores[] = { "", "_", "__", "___" };

	snprintf(out, room, "%s%s%c", underscores[flags >> 4 & 3], prefixes[flags >> 2 & 3],
	    letter == NO_LETTER ? 0 : 'a' + letter % 6);
}

static void
add_entry(uint8_t flags, uint8_t letter)
{
	struct kvmsafe_symbol *const entry = &bench.list[bench.n];
	char *const name = bench.name[bench.n];

	make_name(name, NAME_BYTES, flags, letter);
	/* at the live limit: 1,022, 1,023, 1,024 bytes and a few more with a prefix */
	if (letter >= 240) {
		memset(name, 'x', NAME_BYTES);
		name[letter < 248 ? 1020U + letter - 240U : 1005U + letter - 248U] = 0;
	}
	memset(entry, 0, sizeof(*entry));
	entry->name = name;
	/* something old in it, which a look-up must clear */
	entry->value = letter;
	if ((flags & 3) == 2) {
		entry->found = true;
		entry->nlist_type = 4;
	}
	bench.n++;
}

static void
add_symbol(uint8_t flags, uint8_t letter, uint64_t value)
{
	struct known *const known = &bench.known[bench.nknown];

	make_name(known->name, sizeof(known->name), flags, letter);
	known->value = value;
	known->fails = (flags & 3) == 3;
	known->talks = (flags & 64) != 0;
	known->typed = (flags & 128) != 0;
	if (known->name[0] != 0 && find_known(known->name) == NULL)
		bench.nknown++;
}

static void
fill(const uint8_t *data, size_t size)
{
	bench.n = bench.nknown = 0;
	for (size_t at = 0; at + 2 <= size && bench.n < MOST && bench.nknown < MOST; at += 2) {
		const uint8_t kind = data[at] & 3;

		if (kind == 1 || kind == 2) {
			add_entry(data[at], data[at + 1]);
			continue;
		}
		if (size - at < 4)
			return;
		add_symbol(data[at], data[at + 1], data[at + 2] | (uint64_t)data[at + 3] << 8);
		at += 2;
	}
}

static void
read_sets(const uint8_t *data, struct kvs_sets *sets)
{
	uint64_t word[5];

	for (unsigned i = 0; i < 5; i++)
		word[i] = data[1 + 2 * i] | (uint64_t)data[2 + 2 * i] << 8;
	*sets = (struct kvs_sets){
		.vnet = { (data[0] & 1) != 0, (data[0] & 2) != 0, word[0], word[0] + word[1],
		    word[4] - 0x8000 },
		.dpcpu = { (data[0] & 4) != 0, (data[0] & 8) != 0, word[2], word[2] + word[3],
		    word[4] << 16 },
		.pointer_bytes = data[0] & 16 ? 4 : 8,
	};
}

/* What a failure says, where it is told at all. */
static void
compare_error(const struct kvmsafe_error *err, enum kvmsafe_status want)
{
	const bool told = bench.failed != NULL && bench.failed->talks && !bench.failed->typed;

	if (want == KVMSAFE_OK)
		return;
	CHECK(err->status == (int)want && err->message[0] != 0);
	CHECK(told == (strcmp(err->message, WORDS) == 0));
}

/* What the list must become. */
static void
make_wanted(void)
{
	memcpy(bench.want, bench.list, sizeof(bench.want));
	for (size_t i = 0; i < bench.n; i++) {
		bench.want[i].found = false;
		bench.want[i].value = 0;
	}
	if (bench.mode == NAMELESS && bench.n > 0)
		bench.list[bench.n - 1].name = bench.want[bench.n - 1].name = NULL;
}

/* Without a place for the error and with one: it must be the same. */
static void
run(const struct kvs_provider *provider, const struct kvs_sets *sets)
{
	static struct kvmsafe_symbol before[MOST];
	const enum kvmsafe_status want = naive(sets);
	struct kvs_memory memory = { .allocation_limit = 1 << 20, .limit = bench.memory };
	struct kvs_names names = { .list = bench.list, .n = bench.n };
	struct kvmsafe_error err = { .status = KVMSAFE_OK };

	memcpy(before, bench.list, sizeof(before));
	for (unsigned i = 0; i < 2; i++) {
		enum kvmsafe_status status;

		memcpy(bench.list, before, sizeof(before));
		status = kvs_merge(provider, sets, &memory, &names, i == 0 ? NULL : &err);
		compare(status, names.unresolved, want);
		CHECK(memory.used == 0);
	}
	compare_error(&err, want);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvs_provider provider = {
		.callbacks = { .size = sizeof(provider.callbacks), .ctx = &bench, .lookup = lookup }
	};
	struct kvs_sets sets;

	if (size < 11)
		return 0;
	read_sets(data, &sets);
	bench.mode = (enum mode)(data[0] >> 6);
	bench.live = provider.callbacks.live = (data[0] & 32) != 0;
	bench.memory = bench.mode != LITTLE_MEMORY ? 1 << 20
	    : bench.live			   ? NEXT_TO_NOTHING
						   : LITTLE;
	if (bench.mode == NO_PROVIDER)
		provider.callbacks = (struct kvmsafe_symbol_provider){ 0 };
	fill(data + 11, size - 11);
	make_wanted();
	run(&provider, &sets);
	return 0;
}
