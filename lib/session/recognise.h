/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which machine, which format, which version: elimination over the ABIs of all machines. The
 * caller's word and the kernel file bind; then the file's own marks count; a contradiction is an
 * error that names both sides. The name in a kernel dump header only chooses among what is left.
 */
#ifndef KVS_SESSION_RECOGNISE_H
#define KVS_SESSION_RECOGNISE_H

#include "arch/arch.h"

enum kvs_format { KVS_FORMAT_NONE, KVS_FORMAT_MINIDUMP, KVS_FORMAT_CORE, KVS_FORMAT_OWN };

/* What is known before the dump is looked at; each may be NULL. */
struct kvs_binding {
	const char *arch; /* the caller's word: a machine or a MACHINE_ARCH */
	const struct kvs_elf_header *kernel;
	const char *machine_arch; /* of a kernel dump header; does not bind */
};

struct kvs_recognised {
	enum kvs_format format;
	const struct kvs_arch *arch;
	const struct kvs_abi *abi;
	bool guessed; /* more than one ABI was left, and nothing chose */
	const struct kvs_frame *frame; /* of a minidump */
	struct kvs_header header; /* of a minidump */
	struct kvs_elf_header elf; /* of a core */
};

/* Bytes of the file's start that recognising wants to see, if it is that long. */
size_t kvs_recognise_head_bytes(void);

/* Does it begin as some dump does? */
bool kvs_recognise_start(const struct kvs_view *head);

/*
 * Recognise the dump whose first bytes are head. NOT_A_DUMP, UNSUPPORTED, BAD_KERNEL (the kernel is
 * of another machine), USAGE (the caller's word contradicts the file, or names no machine),
 * TRUNCATED, DAMAGED, IO.
 */
enum kvmsafe_status kvs_recognise(const struct kvmsafe_source *source, const struct kvs_view *head,
    const struct kvs_binding *binding, struct kvs_recognised *out, struct kvmsafe_error *err);

/* Machine and ABI of a kernel file alone; BAD_KERNEL if it is of none. */
enum kvmsafe_status kvs_recognise_kernel(
    const struct kvs_binding *binding, struct kvs_recognised *out, struct kvmsafe_error *err);

#endif
