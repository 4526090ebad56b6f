/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the copies of VNET and DPCPU variables lie, out of a dump. Rules: sys/net/vnet.h, vnet.c,
 * sys/kern/subr_pcpu.c, FreeBSD 10.4 to 15; unlike lib/libkvm/kvm_vnet.c and kvm_pcpu.c they are
 * followed by the dump's own layouts, on any host, for any machine.
 */
#ifndef KVS_SESSION_SETS_H
#define KVS_SESSION_SETS_H

#include "session/session.h"

/* Fill session->sets for vnet0 and CPU 0. What cannot be had is a finding and off. */
void kvs_sets_find(struct kvmsafe_session *session);

/* A session without dump: names of both sets are found, with the values as linked. */
void kvs_sets_as_linked(struct kvmsafe_session *session);

/*
 * The sets for a caller's scope. NOT_FOUND: a VNET that is not in the kernel's list, a CPU that it
 * lacks; else why memory could not be read.
 */
enum kvmsafe_status kvs_sets_for(const struct kvmsafe_session *session,
    const struct kvmsafe_scope *scope, struct kvs_sets *out, struct kvmsafe_error *err);

#endif
