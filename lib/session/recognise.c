/* SPDX-License-Identifier: BSD-2-Clause */
/* Which machine, which format, which version: elimination over the ABIs of all machines. */
#include "session/recognise.h"

#include <string.h>

#include "format/identify.h"
#include "util/error.h"

/* Why candidates fell away, and the best one so far. */
struct tally {
	const struct kvs_binding *binding;
	const struct kvs_view *head;
	struct kvs_recognised best;
	unsigned score; /* of best; 0: none yet */
	unsigned ties; /* candidates that could be it as well */
	const struct kvs_arch *marked; /* a machine whose mark the file bears */
	bool bound; /* of which some ABI agrees with caller and kernel */
	bool knew_version;
	bool others_know; /* an ABI that does not agree with them knows the version it reads */
	uint64_t version; /* one that is not known */
};

static bool
has_name(const struct kvs_arch *arch, const struct kvs_abi *abi, const char *name)
{
	if (strcmp(arch->name, name) == 0 || (abi->arch != NULL && strcmp(abi->arch, name) == 0))
		return true;
	for (const char *const *n = abi->names; *n != NULL; n++)
		if (strcmp(*n, name) == 0)
			return true;
	return false;
}

/* FreeBSD lib/libkvm/kvm_private.c, _kvm_probe_elf_kernel; EI_DATA and e_flags are ours to add. What
   is not ET_EXEC is ET_DYN: kvs_kernel_header_read. */
static bool
kernel_fits(
    const struct kvs_arch *arch, const struct kvs_abi *abi, const struct kvs_elf_header *kernel)
{
	return kernel->machine == arch->elf_machine && kernel->elf_class == abi->elf_class &&
	    kernel->data == abi->elf_data && (kernel->flags & abi->flags_mask) == abi->flags &&
	    (kernel->type == KVS_ET_EXEC || arch->dyn_kernel);
}

static bool
is_bound(const struct kvs_arch *arch, const struct kvs_abi *abi, const struct kvs_binding *binding)
{
	return (binding->arch == NULL || has_name(arch, abi, binding->arch)) &&
	    (binding->kernel == NULL || kernel_fits(arch, abi, binding->kernel));
}

/* Keep the first candidate, or the first that the kernel dump header names. */
static void
consider(struct tally *tally, const struct kvs_recognised *candidate)
{
	const char *const name = tally->binding->machine_arch;
	const unsigned score =
	    name != NULL && has_name(candidate->arch, candidate->abi, name) ? 2 : 1;

	if (score == tally->score)
		tally->ties++;
	if (score <= tally->score)
		return;
	tally->score = score;
	tally->ties = 0;
	tally->best = *candidate;
}

/* What is the only one left, or the only one named, is no guess. */
static enum kvmsafe_status
finish(const struct tally *tally, struct kvs_recognised *out)
{
	*out = tally->best;
	out->guessed = tally->ties > 0;
	return KVMSAFE_OK;
}

static bool
kernel_is_of(const struct kvs_arch *arch, const struct kvs_elf_header *kernel)
{
	for (size_t i = 0; i < arch->nabis; i++)
		if (kernel_fits(arch, &arch->abis[i], kernel))
			return true;
	return false;
}

/* The file is of `tally->marked`, but caller or kernel says otherwise: the kernel, unless it is of
   that machine too. */
static enum kvmsafe_status
contradiction(const struct tally *tally, const char *format, struct kvmsafe_error *err)
{
	const struct kvs_elf_header *const kernel = tally->binding->kernel;
	const char *const word = tally->binding->arch;

	if (kernel != NULL && (word == NULL || !kernel_is_of(tally->marked, kernel)))
		return kvs_fail(err, KVMSAFE_BAD_KERNEL,
		    "kernel: the dump is a %s of %s, the kernel file is for ELF machine %u, class "
		    "%u, data %u, type %u",
		    format, tally->marked->name, (unsigned)kernel->machine,
		    (unsigned)kernel->elf_class, (unsigned)kernel->data, (unsigned)kernel->type);
	return kvs_fail(err, KVMSAFE_USAGE, "arch: the dump is a %s of %s, the caller says %s",
	    format, tally->marked->name, word);
}

/* ---- Minidumps ---- */

static const struct kvs_frame *
frame_of(const struct kvs_minidump *minidump, uint64_t version)
{
	for (size_t i = 0; i < minidump->nframes; i++)
		if (minidump->frames[i].version == version)
			return &minidump->frames[i];
	return NULL;
}

/* The version as an ABI's byte order has it; 0, which is none, beyond the file's end. */
static uint64_t
version_of(
    const struct tally *tally, const struct kvs_minidump *minidump, const struct kvs_abi *abi)
{
	struct kvs_view view = *tally->head;

	view.order = kvs_abi_order(abi);
	return kvs_view_uint(&view, minidump->version_offset, 4);
}

static enum kvmsafe_status
consider_minidump(struct tally *tally, const struct kvs_arch *arch, const struct kvs_abi *abi,
    struct kvmsafe_error *err)
{
	const struct kvs_minidump *const minidump = arch->minidump;
	struct kvs_recognised candidate = {
		.format = KVS_FORMAT_MINIDUMP, .arch = arch, .abi = abi
	};
	struct kvs_view view = *tally->head;
	const uint64_t version = version_of(tally, minidump, abi);
	enum kvmsafe_status status;

	view.order = kvs_abi_order(abi);
	candidate.frame = frame_of(minidump, version);
	if (candidate.frame == NULL) {
		tally->version = version;
		return KVMSAFE_OK;
	}
	tally->knew_version = true;
	status = kvs_header_read(candidate.frame, &view, &candidate.header, err);
	if (status != KVMSAFE_OK)
		return status;
	if (minidump->fits == NULL || minidump->fits(&candidate.header, abi))
		consider(tally, &candidate);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
no_minidump(const struct tally *tally, struct kvmsafe_error *err)
{
	const struct kvs_minidump *minidump;

	if (tally->marked == NULL && tally->head->len < KVS_MINIDUMP_MAGIC_MAX)
		return kvs_fail_at(err, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET, tally->head->len,
		    "minidump magic: the file ends after %zu bytes", tally->head->len);
	if (tally->marked == NULL)
		return kvs_fail_at(err, KVMSAFE_UNSUPPORTED, KVMSAFE_FILE_OFFSET, 0,
		    "minidump magic: of no machine that we know: \"%.*s\"", KVS_MINIDUMP_MAGIC_MAX,
		    (const char *)tally->head->bytes);
	if (!tally->bound || (!tally->knew_version && tally->others_know))
		return contradiction(tally, "minidump", err);
	minidump = tally->marked->minidump;
	if (tally->head->len < (size_t)minidump->version_offset + 4)
		return kvs_fail_at(err, KVMSAFE_TRUNCATED, KVMSAFE_FILE_OFFSET, tally->head->len,
		    "minidump header: the file ends after %zu bytes", tally->head->len);
	if (!tally->knew_version)
		return kvs_fail_at(err, KVMSAFE_UNSUPPORTED, KVMSAFE_FILE_OFFSET,
		    minidump->version_offset,
		    "minidump header of %s: version %u to %u expected, found %u",
		    tally->marked->name, (unsigned)minidump->frames[0].version,
		    (unsigned)minidump->frames[minidump->nframes - 1].version,
		    (unsigned)tally->version);
	return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_FILE_OFFSET, 0,
	    "minidump header of %s: no kind of kernel fits its fields", tally->marked->name);
}

static enum kvmsafe_status
recognise_minidump(struct tally *tally, struct kvs_recognised *out, struct kvmsafe_error *err)
{
	for (size_t i = 0; i < kvs_narches; i++) {
		const struct kvs_arch *const arch = kvs_arches[i];
		const struct kvs_minidump *const minidump = arch->minidump;

		if (minidump == NULL || !kvs_minidump_magic_is(tally->head, minidump->magic))
			continue;
		tally->marked = arch;
		for (size_t j = 0; j < arch->nabis; j++) {
			enum kvmsafe_status status = KVMSAFE_OK;

			if (is_bound(arch, &arch->abis[j], tally->binding)) {
				tally->bound = true;
				status = consider_minidump(tally, arch, &arch->abis[j], err);
			} else if (frame_of(minidump,
				       version_of(tally, minidump, &arch->abis[j])) != NULL) {
				tally->others_know = true;
			}
			if (status != KVMSAFE_OK)
				return status;
		}
	}
	return tally->score > 0 ? finish(tally, out) : no_minidump(tally, err);
}

/* ---- Full cores ---- */

static enum kvmsafe_status
no_core(const struct tally *tally, const struct kvs_elf_header *elf, struct kvmsafe_error *err)
{
	if (tally->marked == NULL)
		return kvs_fail_at(err, KVMSAFE_UNSUPPORTED, KVMSAFE_FILE_OFFSET, KVS_E_MACHINE,
		    "ELF core: of ELF machine %u, class %u, data %u, which we lack",
		    (unsigned)elf->machine, (unsigned)elf->elf_class, (unsigned)elf->data);
	return contradiction(tally, "full core", err);
}

static enum kvmsafe_status
recognise_core(const struct kvmsafe_source *source, struct tally *tally, struct kvs_recognised *out,
    struct kvmsafe_error *err)
{
	const struct kvs_elf_wanted wanted = {
		.what = "core", .status = KVMSAFE_DAMAGED, .phdrs = true
	};
	struct kvs_elf_header elf = { 0 };
	const enum kvmsafe_status status = kvs_elf_header_read(source, &wanted, &elf, err);

	if (status != KVMSAFE_OK)
		return status;
	if (elf.type != KVS_ET_CORE)
		return kvs_fail_at(err, KVMSAFE_NOT_A_DUMP, KVMSAFE_FILE_OFFSET, KVS_E_TYPE,
		    "dump: ELF type 4 (core) expected, found %u%s", (unsigned)elf.type,
		    elf.type == KVS_ET_EXEC || elf.type == KVS_ET_DYN ? ": a kernel file, perhaps"
								      : "");
	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++) {
			const struct kvs_abi *const abi = &kvs_arches[i]->abis[j];
			const struct kvs_recognised candidate = { .format = KVS_FORMAT_CORE,
				.arch = kvs_arches[i],
				.abi = abi,
				.elf = elf };

			if (candidate.arch->elf_machine != elf.machine ||
			    abi->elf_class != elf.elf_class || abi->elf_data != elf.data)
				continue;
			tally->marked = candidate.arch;
			if (is_bound(candidate.arch, abi, tally->binding))
				consider(tally, &candidate);
		}
	if (tally->score == 0)
		return no_core(tally, &elf, err);
	if (tally->best.arch->core == NULL)
		return kvs_fail(err, KVMSAFE_UNSUPPORTED,
		    "ELF core: full dumps of %s are not supported", tally->best.arch->name);
	return finish(tally, out);
}

/* ---- Formats without magic, and files that are none ---- */

static enum kvmsafe_status
recognise_own(struct tally *tally, enum kvs_file_kind kind, struct kvs_recognised *out,
    struct kvmsafe_error *err)
{
	const bool bound = tally->binding->arch != NULL || tally->binding->kernel != NULL;

	for (size_t i = 0; i < kvs_narches; i++) {
		const struct kvs_arch *const arch = kvs_arches[i];
		const struct kvs_recognised candidate = {
			.format = KVS_FORMAT_OWN, .arch = arch, .abi = arch->abis
		};

		if (arch->own == NULL)
			continue;
		if (arch->own->probe(tally->head))
			tally->marked = arch;
		if (is_bound(arch, arch->abis, tally->binding) && (bound || tally->marked == arch))
			consider(tally, &candidate);
	}
	if (tally->score > 0)
		return finish(tally, out);
	if (tally->marked != NULL)
		return contradiction(tally, "full dump", err);
	return kvs_fail_at(err, KVMSAFE_NOT_A_DUMP, KVMSAFE_FILE_OFFSET, 0,
	    "dump: a minidump or an ELF core expected, found %s", kvs_file_kind_words(kind));
}

bool
kvs_recognise_start(const struct kvs_view *head)
{
	const enum kvs_file_kind kind = kvs_identify(head);

	for (size_t i = 0; i < kvs_narches; i++)
		if (kvs_arches[i]->own != NULL && kvs_arches[i]->own->probe(head))
			return true;
	return kind == KVS_FILE_MINIDUMP || kind == KVS_FILE_ELF;
}

size_t
kvs_recognise_head_bytes(void)
{
	size_t most = KVS_IDENTIFY_BYTES;

	for (size_t i = 0; i < kvs_narches; i++)
		if (kvs_arches[i]->own != NULL && kvs_arches[i]->own->head_bytes > most)
			most = kvs_arches[i]->own->head_bytes;
	return most;
}

/* Does the caller's word name anything? */
static enum kvmsafe_status
check_word(const struct kvs_binding *binding, struct kvmsafe_error *err)
{
	if (binding->arch == NULL)
		return KVMSAFE_OK;
	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++)
			if (has_name(kvs_arches[i], &kvs_arches[i]->abis[j], binding->arch))
				return KVMSAFE_OK;
	return kvs_fail(
	    err, KVMSAFE_USAGE, "arch: a machine expected, found \"%s\"", binding->arch);
}

enum kvmsafe_status
kvs_recognise(const struct kvmsafe_source *source, const struct kvs_view *head,
    const struct kvs_binding *binding, struct kvs_recognised *out, struct kvmsafe_error *err)
{
	struct tally tally = { .binding = binding, .head = head };
	const enum kvs_file_kind kind = kvs_identify(head);
	enum kvmsafe_status status = check_word(binding, err);

	if (status != KVMSAFE_OK)
		return status;
	if (kind == KVS_FILE_MINIDUMP)
		status = recognise_minidump(&tally, out, err);
	else if (kind == KVS_FILE_ELF)
		status = recognise_core(source, &tally, out, err);
	else if (kind == KVS_FILE_ZEROS || kind == KVS_FILE_UNKNOWN)
		status = recognise_own(&tally, kind, out, err);
	else
		status = kvs_fail_at(err, KVMSAFE_NOT_A_DUMP, KVMSAFE_FILE_OFFSET, 0,
		    "dump: a minidump or an ELF core expected, found %s",
		    kvs_file_kind_words(kind));
	return status;
}

enum kvmsafe_status
kvs_recognise_kernel(
    const struct kvs_binding *binding, struct kvs_recognised *out, struct kvmsafe_error *err)
{
	const struct kvs_elf_header *const kernel = binding->kernel;
	const enum kvmsafe_status status = check_word(binding, err);

	if (status != KVMSAFE_OK)
		return status;
	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++)
			if (is_bound(kvs_arches[i], &kvs_arches[i]->abis[j], binding)) {
				*out = (struct kvs_recognised){ .arch = kvs_arches[i],
					.abi = &kvs_arches[i]->abis[j] };
				return KVMSAFE_OK;
			}
	return kvs_fail(err, KVMSAFE_BAD_KERNEL,
	    "kernel: ELF machine %u, class %u, data %u, type %u is no kernel that we know",
	    (unsigned)kernel->machine, (unsigned)kernel->elf_class, (unsigned)kernel->data,
	    (unsigned)kernel->type);
}
