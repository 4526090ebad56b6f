/* SPDX-License-Identifier: BSD-2-Clause */
/* What a session consists of. Built by open.c and what it calls; nothing changes afterwards. */
#ifndef KVS_SESSION_SESSION_H
#define KVS_SESSION_SESSION_H

#include "arch/arch.h"
#include "format/kerneldump.h"
#include "session/recognise.h"
#include "symbol/merge.h"

struct kvmsafe_session {
	struct kvs_memory memory; /* of everything below and of the session itself */
	struct kvmsafe_limits limits; /* no field 0, but for walk_entries as in options.h */
	struct kvs_findings findings;
	const struct kvmsafe_source *source; /* the file to where the dump ends; NULL: no dump */
	uint64_t base; /* where in it the dump begins: behind a kernel dump header, else 0 */
	struct kvmsafe_source *front; /* owned: `source`, if base is not 0 */
	struct kvmsafe_source *window; /* owned: the dump alone, if base is not 0 */
	struct kvs_kerneldump kerneldump; /* that header; version 0: there was none */
	bool has_kernel;
	struct kvs_elf_header kernel; /* of the kernel file */
	struct kvs_provider provider;
	struct kvs_recognised recognised;
	struct kvs_elfcore core;
	struct kvs_physical physical;
	struct kvs_dump dump; /* what arch/ was shown */
	struct kvs_space space;
	struct kvs_sets sets; /* of vnet0 and CPU 0 */
};

/*
 * Whoever reads a header counts from the dump's start: make the file offset of such an error count
 * from the file's. Returns the status.
 */
enum kvmsafe_status kvs_rebase(
    const struct kvmsafe_session *session, enum kvmsafe_status status, struct kvmsafe_error *err);

/* The rest of kvmsafe_open, by kind of dump. Each fills physical and space. */
enum kvmsafe_status kvs_open_minidump(struct kvmsafe_session *session, struct kvmsafe_error *err);
enum kvmsafe_status kvs_open_core(struct kvmsafe_session *session, struct kvmsafe_error *err);
enum kvmsafe_status kvs_open_own(struct kvmsafe_session *session, struct kvmsafe_error *err);

#endif
