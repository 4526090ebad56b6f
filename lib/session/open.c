/* SPDX-License-Identifier: BSD-2-Clause */
/* Opening: kernel file, recognition, memory, address space, symbol sets, in that order. */
#include "format/identify.h"
#include "format/kernel.h"
#include "session/options.h"
#include "session/session.h"
#include "session/sets.h"
#include "source/source.h"
#include "util/error.h"

static enum kvmsafe_status
create(
    const struct kvmsafe_options *options, struct kvmsafe_session **out, struct kvmsafe_error *err)
{
	struct kvs_memory memory = { 0 };
	struct kvmsafe_limits limits;
	enum kvmsafe_status status;
	void *block;

	kvs_limits_fill(options->limits, &limits);
	memory.allocation_limit = limits.allocation;
	memory.limit = limits.memory;
	status = kvs_alloc(&memory, 1, sizeof(struct kvmsafe_session), "session", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	*out = block;
	(*out)->memory = memory;
	(*out)->limits = limits;
	kvs_findings_init(&(*out)->findings, &(*out)->memory, limits.findings);
	kvs_space_init(&(*out)->space, &(*out)->physical, 64);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
open_kernel(struct kvmsafe_session *session, const struct kvmsafe_options *options,
    struct kvmsafe_error *err)
{
	const struct kvs_elfsym_file file = {
		.source = options->kernel,
		.header = &session->kernel,
		.symbol_limit = session->limits.symbols,
	};
	enum kvmsafe_status status;

	if (options->symbols != NULL)
		session->provider.callbacks = *options->symbols;
	if (options->kernel == NULL)
		return KVMSAFE_OK;
	status = kvs_kernel_header_read(options->kernel, &session->kernel, err);
	if (status != KVMSAFE_OK)
		return status;
	session->has_kernel = true;
	return kvs_elfsym_create(
	    &session->memory, &file, &session->findings, &session->provider.index, err);
}

static uint64_t
bytes_from(const struct kvmsafe_source *source, uint64_t offset)
{
	const uint64_t bytes = kvmsafe_source_bytes(source);

	return bytes - kvs_min(offset, bytes);
}

/* The start of a dump of at most `most` bytes, in a block of its own. */
static enum kvmsafe_status
read_head(struct kvmsafe_session *session, uint64_t offset, uint64_t most, struct kvs_view *head,
    struct kvmsafe_error *err)
{
	const uint64_t bytes = kvs_min(bytes_from(session->source, offset), most);
	const size_t want = (size_t)kvs_min(kvs_recognise_head_bytes(), bytes);
	enum kvmsafe_status status;
	void *block;
	size_t got;

	status = kvs_alloc(&session->memory, 1, want, "start of the dump", &block, err);
	if (status != KVMSAFE_OK)
		return status;
	*head = (struct kvs_view){ .bytes = block, .len = want, .file_offset = offset };
	return kvmsafe_source_read(session->source, offset, block, want, &got, err);
}

/* The dump is so many bytes of the file from base on; from now on the file ends with them. */
static enum kvmsafe_status
cut_out(struct kvmsafe_session *session, uint64_t base, uint64_t bytes, struct kvmsafe_error *err)
{
	const uint64_t len = kvs_min(bytes_from(session->source, base), bytes);
	const enum kvmsafe_status status =
	    kvs_source_window(session->source, 0, base + len, &session->front, err);

	if (status != KVMSAFE_OK)
		return status;
	session->source = session->front;
	session->base = base;
	return kvs_source_window(session->front, base, UINT64_MAX, &session->window, err);
}

/*
 * A kernel dump header in front (a dump taken over the network, the start of a partition's dump):
 * the dump begins behind its 512 bytes, or behind its block. On a partition the leader is not at
 * offset 0: that is not looked for here.
 */
static enum kvmsafe_status
skip_kerneldump(struct kvmsafe_session *session, uint64_t bytes, struct kvs_view *head,
    struct kvmsafe_error *err)
{
	const uint64_t block = session->kerneldump.block_bytes;
	const uint64_t at[] = { KVS_KERNELDUMP_BYTES, block };
	const bool block_sane = block > 512 && block <= 65536 && (block & (block - 1)) == 0;
	enum kvs_file_kind kind = KVS_FILE_ZEROS; /* of what lies at `where` */
	uint64_t where = 0;
	enum kvmsafe_status status = KVMSAFE_OK;

	for (size_t i = 0; i < (block_sane ? 2 : 1); i++) {
		kvs_free(&session->memory, (void *)(uintptr_t)head->bytes);
		head->bytes = NULL;
		status = read_head(session, at[i], bytes, head, err);
		if (status != KVMSAFE_OK)
			return status;
		if (kvs_recognise_start(head))
			return cut_out(session, at[i], bytes, err);
		if (kind == KVS_FILE_ZEROS) {
			kind = kvs_identify(head);
			where = at[i];
		}
	}
	return kvs_fail_at(err, KVMSAFE_NOT_A_DUMP, KVMSAFE_FILE_OFFSET, where,
	    "dump: a minidump or an ELF core expected behind the kernel dump header, found %s",
	    kvs_file_kind_words(kind));
}

/*
 * What of the bytes behind it is the dump. On a partition stale ones follow, of dumps and of swap:
 * where the header does not say how many, there is nothing but the file's end.
 */
static uint64_t
data_bytes(struct kvmsafe_session *session)
{
	const struct kvs_kerneldump *const header = &session->kerneldump;

	if (!header->parity_good) {
		kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, 508,
		    "kernel dump header: its parity is wrong");
		return UINT64_MAX;
	}
	if (header->dump_bytes == 0) {
		kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, 40,
		    "kernel dump header: the length of a dump expected, found 0");
		return UINT64_MAX;
	}
	return header->dump_bytes;
}

static enum kvmsafe_status
look_behind_header(
    struct kvmsafe_session *session, struct kvs_view *head, struct kvmsafe_error *err)
{
	struct kvs_kerneldump *const header = &session->kerneldump;
	const enum kvmsafe_status status = kvs_kerneldump_read(*head, header, err);

	if (header->version == 0) /* no such header, or one that we cannot read */
		return status;
	if (header->compression != 0 || header->key_bytes != 0)
		return kvs_fail_at(err, KVMSAFE_UNSUPPORTED, KVMSAFE_FILE_OFFSET, 0,
		    "kernel dump header: the dump behind it is %s: unpack it first",
		    header->key_bytes != 0 ? "encrypted" : "compressed");
	return skip_kerneldump(session, data_bytes(session), head, err);
}

enum kvmsafe_status
kvs_rebase(
    const struct kvmsafe_session *session, enum kvmsafe_status status, struct kvmsafe_error *err)
{
	if (status != KVMSAFE_OK && err != NULL && err->place == KVMSAFE_FILE_OFFSET)
		err->at += session->base;
	return status;
}

static enum kvmsafe_status
recognise(struct kvmsafe_session *session, const struct kvmsafe_options *options,
    struct kvmsafe_error *err)
{
	const struct kvs_binding binding = {
		.arch = options->arch,
		.kernel = session->has_kernel ? &session->kernel : NULL,
		.machine_arch =
		    session->kerneldump.version != 0 ? session->kerneldump.machine_arch : NULL,
	};
	struct kvs_recognised *const recognised = &session->recognised;
	enum kvmsafe_status status;

	if (session->source == NULL)
		return session->has_kernel ? kvs_recognise_kernel(&binding, recognised, err)
					   : KVMSAFE_OK;
	status = kvs_recognise(session->window != NULL ? session->window : session->source,
	    &session->dump.head, &binding, recognised, err);
	status = kvs_rebase(session, status, err);
	if (status == KVMSAFE_OK && recognised->guessed)
		kvs_findings_note(&session->findings, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, 0,
		    "guess: nothing in the dump tells its kind of kernel for sure; taken for %s",
		    recognised->abi->names[0]);
	return status;
}

/* What arch/ is shown; the rest is filled by kind. */
static void
prepare_dump(struct kvmsafe_session *session, const struct kvmsafe_options *options)
{
	const struct kvs_recognised *const recognised = &session->recognised;
	struct kvs_dump *const dump = &session->dump;

	dump->arch = recognised->arch;
	dump->abi = recognised->abi;
	dump->order = kvs_abi_order(recognised->abi);
	dump->head.order = dump->order;
	dump->page_shift = recognised->arch->page_shift;
	dump->entry_bytes = options->entry_bytes;
	dump->source = session->source;
	dump->frame = recognised->frame;
	dump->header = recognised->header;
	dump->physical = &session->physical;
	dump->provider = &session->provider;
	dump->findings = &session->findings;
	session->physical.source = session->source;
	session->physical.memory = &session->memory;
	kvs_space_init(&session->space, &session->physical, recognised->abi->va_bits);
}

static enum kvmsafe_status
choose_page_size(struct kvmsafe_session *session, const struct kvmsafe_options *options,
    struct kvmsafe_error *err)
{
	const struct kvs_minidump *const minidump = session->recognised.arch->minidump;
	struct kvs_dump *const dump = &session->dump;

	if (session->recognised.format == KVS_FORMAT_MINIDUMP && minidump->page_shift != NULL)
		dump->page_shift = minidump->page_shift(&dump->header, options->page_bytes);
	if (dump->page_shift == 0)
		return kvs_fail(err, KVMSAFE_UNSUPPORTED,
		    "page size of %s: the minidump header, or the caller, says one that we lack",
		    dump->arch->name);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
open_dump(struct kvmsafe_session *session, const struct kvmsafe_options *options,
    struct kvmsafe_error *err)
{
	enum kvmsafe_status status;

	prepare_dump(session, options);
	status = choose_page_size(session, options, err);
	if (status != KVMSAFE_OK)
		return status;
	if (session->recognised.format == KVS_FORMAT_MINIDUMP)
		status = kvs_open_minidump(session, err);
	else if (session->recognised.format == KVS_FORMAT_CORE)
		status = kvs_open_core(session, err);
	else
		status = kvs_open_own(session, err);
	session->findings.file_base = 0;
	if (status == KVMSAFE_OK)
		kvs_sets_find(session);
	return status;
}

static enum kvmsafe_status
fill(struct kvmsafe_session *session, struct kvmsafe_source *dump,
    const struct kvmsafe_options *options, struct kvmsafe_error *err)
{
	enum kvmsafe_status status = open_kernel(session, options, err);

	session->source = dump;
	if (status == KVMSAFE_OK && dump != NULL)
		status = read_head(session, 0, UINT64_MAX, &session->dump.head, err);
	if (status == KVMSAFE_OK && dump != NULL)
		status = look_behind_header(session, &session->dump.head, err);
	if (status == KVMSAFE_OK)
		status = recognise(session, options, err);
	if (status != KVMSAFE_OK)
		return status;
	if (dump != NULL)
		return open_dump(session, options, err);
	kvs_sets_as_linked(session);
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvmsafe_open(struct kvmsafe_source *dump, const struct kvmsafe_options *options,
    struct kvmsafe_session **out, struct kvmsafe_error *err)
{
	struct kvmsafe_options copy;
	struct kvmsafe_session *session;
	enum kvmsafe_status status = kvs_options_copy(options, &copy, err);

	if (status != KVMSAFE_OK)
		return status;
	if (dump == NULL && copy.kernel == NULL && copy.symbols == NULL)
		return kvs_fail(
		    err, KVMSAFE_USAGE, "open: no dump, no kernel file and no symbols given");
	status = create(&copy, &session, err);
	if (status != KVMSAFE_OK)
		return status;
	status = fill(session, dump, &copy, err);
	if (status != KVMSAFE_OK) {
		kvmsafe_close(session);
		return status;
	}
	*out = session;
	return KVMSAFE_OK;
}

void
kvmsafe_close(struct kvmsafe_session *session)
{
	struct kvs_memory memory;

	if (session == NULL)
		return;
	kvs_physical_fini(&session->physical);
	kvs_elfcore_fini(&session->core);
	kvs_provider_fini(&session->provider);
	kvs_free(&session->memory, (void *)(uintptr_t)session->dump.head.bytes);
	kvmsafe_source_close(session->window);
	kvmsafe_source_close(session->front);
	kvs_findings_fini(&session->findings);
	memory = session->memory;
	kvs_free(&memory, session);
}
