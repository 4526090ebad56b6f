/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_open, kvmsafe_close, kvmsafe_describe, kvmsafe_finding, kvmsafe_symbols,
 * kvmsafe_kernel_displacement */
/*
 * Opening a kernel file and its symbols against a naive reader: whether it opens, why not, how many
 * symbols and findings it has, and each name's answer. Input: KSF1 with a kernel (file 1), or the
 * kernel as it stands. Names: those that OPs point at, and the first ones of the tables, also with a
 * '_' before or without theirs. Option BITS: in the n-th piece libelf fails.
 */
#include <kvmsafe/kvmsafe.h>

#include <libelf.h>
#include <string.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"
#include "fuzz/models/elfsym.h"

#define NAMES 48

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
Elf *__real_elf_memory(char *image, size_t size);
Elf *__wrap_elf_memory(char *image, size_t size);

static struct kvs_elfsym_model model; /* too large for the stack */
static char names[NAMES][KVS_MODEL_NAME];
static struct kvmsafe_symbol list[NAMES];
static size_t nnames;
static uint64_t pieces, failing_piece;

/* What libelf answers when it has no memory left. It is to see 4,096 symbols at most. */
Elf *
__wrap_elf_memory(char *image, size_t size)
{
	CHECK(size <= 4096 * 24 + 256);
	return ++pieces == failing_piece ? NULL : __real_elf_memory(image, size);
}

static void
add_name(const char *name, const char *before)
{
	const size_t len = strlen(name), more = strlen(before);

	if (nnames == NAMES || len == 0 || len + more >= KVS_MODEL_NAME)
		return;
	memcpy(names[nnames], before, more);
	memcpy(names[nnames] + more, name, len + 1);
	nnames++;
}

/* Names of a table's first and last symbols. */
static void
add_names_of(const struct kvs_model_table *table)
{
	char name[KVS_MODEL_NAME] = { 0 };

	if (!table->read)
		return;
	for (uint64_t i = 0; i < table->count; i++) {
		if ((i >= 10 && i + 2 < table->count) ||
		    table->symbol[i].name >= table->strings_bytes)
			continue;
		strncpy(name, table->strings + table->symbol[i].name, KVS_MODEL_NAME - 1);
		add_name(name, "");
		add_name(name, "_");
		if (name[0] == '_')
			add_name(name + 1, "");
	}
}

static void
gather_names(void)
{
	const struct kvs_sparse_record *op;
	char name[KVS_MODEL_NAME] = { 0 };
	size_t at = 0;

	nnames = 0;
	add_name("_", "");
	add_name("zzz_absent", "");
	while ((op = kvs_sparse_op(model.sparse, &at)) != NULL) {
		if (op->code != KVS_OP_SYMBOL || op->file >= KVS_SPARSE_FILES)
			continue;
		kvs_sparse_get(model.sparse, op->file, op->offset, name, KVS_MODEL_NAME - 1);
		add_name(name, "");
	}
	add_names_of(&model.table[0]);
	add_names_of(&model.table[1]);
}

static void
compare_one(const struct kvmsafe_symbol *have)
{
	const struct kvs_model_symbol *const want = kvs_elfsym_model_find(&model, have->name);

	CHECK(have->found == (have->nlist_type != 0));
	CHECK(have->found || (have->value == 0 && have->bytes == 0));
	if (!model.judged)
		return;
	if (want == NULL) {
		CHECK(!have->found || have->rule != KVMSAFE_SYM_PLAIN); /* by a prefix */
		return;
	}
	CHECK(have->found && have->rule == KVMSAFE_SYM_PLAIN);
	CHECK(have->value == want->value && have->bytes == want->bytes);
	CHECK(have->type == (want->info & 15) && have->binding == want->info >> 4);
	CHECK(have->nlist_type == want->nlist_type);
}

static void
compare_description(const struct kvmsafe_session *session, bool faults)
{
	struct kvmsafe_description description = { .size = sizeof(description) };
	struct kvmsafe_error finding = { .status = KVMSAFE_OK };

	CHECK(kvmsafe_describe(session, &description, NULL) == KVMSAFE_OK);
	CHECK(description.format == NULL && description.pages_promised == 0);
	CHECK(kvmsafe_kernel_displacement(session) == 0);
	for (uint64_t i = 0; i < description.findings; i++)
		CHECK(kvmsafe_finding(session, i, &finding) && finding.status != KVMSAFE_OK &&
		    finding.message[0] != 0);
	CHECK(!kvmsafe_finding(session, description.findings, &finding));
	if (!model.judged)
		return;
	CHECK(description.symbols == model.symbols);
	CHECK(faults || description.findings == model.findings);
}

static void
run_symbols(const struct kvmsafe_session *session)
{
	size_t unresolved = 0, missing = 0;

	gather_names();
	memset(list, 0, sizeof(list));
	for (size_t i = 0; i < nnames; i++)
		list[i].name = names[i];
	CHECK(kvmsafe_symbols(session, NULL, list, nnames, &unresolved, NULL) == KVMSAFE_OK);
	for (size_t i = 0; i < nnames; i++) {
		compare_one(&list[i]);
		missing += !list[i].found;
	}
	CHECK(unresolved == missing);
}

/* The answer to a kernel file of these symbols; one for a machine that we lack may be refused. */
static bool
is_usual(enum kvmsafe_status status)
{
	return status == model.status ||
	    (!model.machine_known && model.status == KVMSAFE_OK && status == KVMSAFE_BAD_KERNEL);
}

/* Is this what the open had to say? */
static void
compare_status(enum kvmsafe_status status, const struct kvmsafe_error *err)
{
	const uint64_t *const option = model.sparse->option;
	const bool both = model.table[0].present && model.table[1].present;

	if (option[KVS_OPTION_FAIL_ALLOCATION] != 0 &&
	    kvs_alloc_count() >= option[KVS_OPTION_FAIL_ALLOCATION]) {
		/* it opens without memory for a finding, or for libelf to read .dynsym next to .symtab;
		   what a libelf that is linked statically lacks comes as BAD_KERNEL */
		CHECK(status == KVMSAFE_NO_MEMORY || status == KVMSAFE_BAD_KERNEL ||
		    !model.judged || (is_usual(status) && (model.findings > 0 || both)));
		return;
	}
	if (failing_piece != 0 && pieces >= failing_piece) {
		CHECK(status == KVMSAFE_BAD_KERNEL ||
		    (both && (failing_piece > 1 || model.table[0].count == 0)));
		return;
	}
	if (!model.judged)
		return;
	CHECK(is_usual(status));
	if (model.status != KVMSAFE_OK && model.at != KVMSAFE_NONE)
		CHECK(err->place == KVMSAFE_FILE_OFFSET && err->at == model.at);
}

/* Open, without and with a place for the reason: it must be the same. */
static enum kvmsafe_status
open_twice(const struct kvs_sparse *sparse, struct kvs_sparse_file *file,
    struct kvmsafe_session **session, struct kvmsafe_error *err)
{
	const struct kvmsafe_limits limits = { .size = sizeof(limits),
		.allocation = 1 << 18,
		.memory = 1 << 20,
		.symbols = sparse->option[KVS_OPTION_SYMBOLS],
		.findings = 16 };
	struct kvmsafe_options options = { .size = sizeof(options), .limits = &limits };
	struct kvmsafe_source *const source = kvs_sparse_source(file);
	enum kvmsafe_status status[2];

	options.kernel = source;
	for (unsigned i = 0; i < 2; i++) {
		file->reads = pieces = 0;
		failing_piece = sparse->option[KVS_OPTION_BITS];
		kvs_alloc_fail_at(sparse->option[KVS_OPTION_FAIL_ALLOCATION]);
		*session = NULL;
		status[i] = kvmsafe_open(NULL, &options, session, i == 0 ? NULL : err);
		if (i == 0)
			kvmsafe_close(*session);
	}
	CHECK(status[0] == status[1]);
	kvmsafe_source_close(source);
	return status[1];
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kvs_sparse *const sparse = kvs_sparse_create(data, size);
	struct kvs_sparse_file file = { .sparse = sparse, .file = sparse->has[1], .faults = true };
	const uint64_t *const option = sparse->option;
	const bool faulty_reads = option[KVS_OPTION_FAIL_READ] != 0 ||
	    option[KVS_OPTION_LIE_READ] != 0 || option[KVS_OPTION_SHORT_READ] != 0;
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;

	kvs_elfsym_model_read(&model, sparse, file.file, option[KVS_OPTION_SYMBOLS]);
	status = open_twice(sparse, &file, &session, &err);
	if (!faulty_reads)
		compare_status(status, &err);
	kvs_alloc_fail_at(0);
	failing_piece = 0;
	if (status == KVMSAFE_OK) {
		/* libelf failed, for lack of memory perhaps: a table may be missing next to the other */
		if (option[KVS_OPTION_BITS] != 0 ||
		    (option[KVS_OPTION_FAIL_ALLOCATION] != 0 && model.table[0].present &&
			model.table[1].present))
			model.judged = false;
		compare_description(session, option[KVS_OPTION_FAIL_ALLOCATION] != 0);
		run_symbols(session);
		kvmsafe_close(session);
	} else {
		CHECK(session == NULL && err.status == (int)status && err.message[0] != 0);
	}
	kvs_sparse_destroy(sparse);
	return 0;
}
