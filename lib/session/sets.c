/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the copies of VNET and DPCPU variables lie, out of a dump. */
#include "session/sets.h"

#include <inttypes.h>
#include <string.h>

#include "util/error.h"
#include "util/sized.h"

#define VNET_LIST_MAX 65536 /* steps: more stacks than a kernel was ever given */
#define MAXCPU_MAX 65536

static const uint32_t vnet_magics[] = { 0x3e0d8f29, 0x5e4a6f28 }; /* to 12.1; from 13.1 */

/* A number of the kernel's by its address; of no use on failure. */
static enum kvmsafe_status
load(const struct kvmsafe_session *session, uint64_t va, unsigned bytes, uint64_t *value,
    struct kvmsafe_error *err)
{
	uint8_t raw[8] = { 0 };
	size_t got;
	const enum kvmsafe_status status = kvmsafe_read_va(session, va, raw, bytes, &got, err);

	*value = kvs_load(raw, bytes, session->dump.order);
	return status;
}

/* NOT_FOUND: the kernel has no such symbol, which is no fault. */
static enum kvmsafe_status
symbol(const struct kvmsafe_session *session, const char *name, struct kvs_value *out,
    struct kvmsafe_error *err)
{
	const enum kvmsafe_status status = kvs_provider_value(&session->provider, name, out, err);

	if (status == KVMSAFE_OK && !out->known)
		return kvs_fail(err, KVMSAFE_NOT_FOUND, "%s: not in the kernel's symbols", name);
	return status;
}

/* Start and stop of a linker set. */
static enum kvmsafe_status
bounds(const struct kvmsafe_session *session, const char *start, const char *stop,
    struct kvs_set *set, struct kvmsafe_error *err)
{
	struct kvs_value first, end = { .known = false };
	enum kvmsafe_status status = symbol(session, start, &first, err);

	if (status == KVMSAFE_OK)
		status = symbol(session, stop, &end, err);
	if (status != KVMSAFE_OK)
		return status;
	set->start = first.value;
	set->stop = end.value;
	if (set->start >= set->stop)
		return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_VA, set->start,
		    "%s: below %s expected, found 0x%" PRIx64 " and 0x%" PRIx64, start, stop,
		    set->start, set->stop);
	return KVMSAFE_OK;
}

/* ---- VNET ---- */

static bool
is_magic(uint64_t magic)
{
	for (size_t i = 0; i < sizeof(vnet_magics) / sizeof(vnet_magics[0]); i++)
		if (magic == vnet_magics[i])
			return true;
	return false;
}

static uint64_t
modulo_pointer(uint64_t value, uint8_t pointer_bytes)
{
	return pointer_bytes == 4 ? value & UINT32_MAX : value;
}

/*
 * The base out of a struct vnet. vnet_data_base = vnet_data_mem - start of the set, which the
 * kernel computes where it runs: counted from the set as linked, mem says enough, and the stored
 * base is a check that also tells the two layouts of 32-bit kernels apart (10.4: no vnet_state).
 */
static enum kvmsafe_status
vnet_base(const struct kvmsafe_session *session, uint64_t vnet, struct kvs_set *set,
    struct kvmsafe_error *err)
{
	const uint8_t p = session->dump.abi->pointer_bytes;
	const unsigned mem_at[] = { p == 8 ? 32 : 24, 20 };
	const uint64_t start = set->start + session->space.displacement;
	uint64_t magic, mem, base;
	enum kvmsafe_status status = load(session, vnet + 2 * (uint64_t)p, 4, &magic, err);

	if (status != KVMSAFE_OK)
		return status;
	if (!is_magic(magic))
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, vnet,
		    "struct vnet: magic 0x3e0d8f29 or 0x5e4a6f28 expected, found 0x%" PRIx64,
		    magic);
	for (size_t i = 0; i < (p == 8 ? 1 : 2); i++) {
		status = load(session, vnet + mem_at[i], p, &mem, err);
		if (status == KVMSAFE_OK)
			status = load(session, vnet + mem_at[i] + p, p, &base, err);
		if (status != KVMSAFE_OK)
			return status;
		if (base == modulo_pointer(mem - start, p)) {
			set->base = modulo_pointer(mem - set->start, p);
			return KVMSAFE_OK;
		}
	}
	return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, vnet,
	    "struct vnet: vnet_data_base 0x%" PRIx64 " is not vnet_data_mem 0x%" PRIx64
	    " less the set's start 0x%" PRIx64,
	    base, mem, start);
}

/* vnet0; without it the last of the list, which grows at its head. want: a stack to look for. */
static enum kvmsafe_status
search_list(
    const struct kvmsafe_session *session, uint64_t want, uint64_t *vnet, struct kvmsafe_error *err)
{
	const uint8_t p = session->dump.abi->pointer_bytes;
	struct kvs_value head;
	uint64_t at, next = 0;
	enum kvmsafe_status status = symbol(session, "vnet_head", &head, err);

	if (status != KVMSAFE_OK)
		return status;
	at = head.value;
	*vnet = 0;
	for (unsigned steps = 0; steps < VNET_LIST_MAX; steps++) {
		status = load(session, at, p, &next, err);
		if (status != KVMSAFE_OK)
			return status;
		if (next == 0)
			break;
		*vnet = at = next;
		if (next == want)
			return KVMSAFE_OK;
	}
	if (want != 0 || *vnet == 0)
		return kvs_fail_at(err, KVMSAFE_NOT_FOUND, KVMSAFE_VA, want,
		    want != 0 ? "VNET: no stack of the kernel's list is at this address"
			      : "VNET: the kernel's list is empty");
	if (next != 0)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, next,
		    "VNET: the kernel's list does not end after %d stacks", VNET_LIST_MAX);
	return KVMSAFE_OK;
}

static enum kvmsafe_status
find_vnet(const struct kvmsafe_session *session, uint64_t want, struct kvs_set *set,
    struct kvmsafe_error *err)
{
	struct kvs_value vnet0 = { .known = false };
	uint64_t vnet = 0;
	enum kvmsafe_status status =
	    bounds(session, "__start_set_vnet", "__stop_set_vnet", set, err);

	if (status == KVMSAFE_OK && want == 0)
		status = kvs_provider_value(&session->provider, "vnet0", &vnet0, err);
	if (status != KVMSAFE_OK)
		return status;
	if (vnet0.known)
		status = load(session, vnet0.value, session->dump.abi->pointer_bytes, &vnet, err);
	else
		status = search_list(session, want, &vnet, err);
	if (status != KVMSAFE_OK)
		return status;
	if (vnet == 0)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, vnet0.value,
		    "vnet0: a stack expected, found 0");
	status = vnet_base(session, vnet, set, err);
	set->initialised = set->relocates = status == KVMSAFE_OK;
	return status;
}

/* ---- DPCPU ---- */

static enum kvmsafe_status
find_dpcpu(const struct kvmsafe_session *session, uint32_t cpu, struct kvs_set *set,
    struct kvmsafe_error *err)
{
	const uint8_t p = session->dump.abi->pointer_bytes;
	struct kvs_value offsets, maxcpus_at;
	uint64_t maxcpus, most, base;
	enum kvmsafe_status status =
	    bounds(session, "__start_set_pcpu", "__stop_set_pcpu", set, err);

	if (status == KVMSAFE_OK)
		status = symbol(session, "dpcpu_off", &offsets, err);
	if (status == KVMSAFE_OK)
		status = symbol(session, "mp_maxcpus", &maxcpus_at, err);
	if (status == KVMSAFE_OK)
		status = load(session, maxcpus_at.value, 4, &maxcpus, err);
	if (status != KVMSAFE_OK)
		return status;
	most = kvs_min(offsets.bytes != 0 ? offsets.bytes / p : MAXCPU_MAX, MAXCPU_MAX);
	if (maxcpus < 1 || maxcpus > most)
		return kvs_fail_at(err, KVMSAFE_DAMAGED, KVMSAFE_VA, maxcpus_at.value,
		    "mp_maxcpus: 1 to %" PRIu64 " expected, found %" PRIu64, most, maxcpus);
	if (cpu >= maxcpus)
		return kvs_fail(err, KVMSAFE_NOT_FOUND, "CPU: below %" PRIu64 " expected, found %u",
		    maxcpus, (unsigned)cpu);
	status = load(session, offsets.value + (uint64_t)cpu * p, p, &base, err);
	if (status != KVMSAFE_OK)
		return status;
	if (base == 0)
		return kvs_fail(
		    err, KVMSAFE_NOT_FOUND, "CPU %u: this machine has none", (unsigned)cpu);
	/* dpcpu_off counts from the set where it runs */
	set->base = modulo_pointer(base + session->space.displacement, p);
	set->initialised = set->relocates = true;
	return KVMSAFE_OK;
}

/* ---- Both ---- */

static void
note(struct kvmsafe_session *session, enum kvmsafe_status status, const struct kvmsafe_error *why)
{
	if (status != KVMSAFE_OK && status != KVMSAFE_NOT_FOUND)
		kvs_findings_add(&session->findings, why);
}

void
kvs_sets_find(struct kvmsafe_session *session)
{
	struct kvmsafe_error why;

	session->sets.pointer_bytes = session->dump.abi->pointer_bytes;
	if (session->space.ranges == 0)
		return;
	memset(&why, 0, sizeof(why));
	note(session, find_vnet(session, 0, &session->sets.vnet, &why), &why);
	note(session, find_dpcpu(session, 0, &session->sets.dpcpu, &why), &why);
}

void
kvs_sets_as_linked(struct kvmsafe_session *session)
{
	session->sets.vnet.initialised = session->sets.dpcpu.initialised = true;
	session->sets.pointer_bytes =
	    session->recognised.abi != NULL ? session->recognised.abi->pointer_bytes : 8;
}

enum kvmsafe_status
kvs_sets_for(const struct kvmsafe_session *session, const struct kvmsafe_scope *scope,
    struct kvs_sets *out, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;

	*out = session->sets;
	if (scope == NULL)
		return KVMSAFE_OK;
	status = kvs_sized_check(scope, sizeof(*scope), "struct kvmsafe_scope", err);
	if (status != KVMSAFE_OK)
		return status;
	if (scope->reserved != 0)
		return kvs_fail(err, KVMSAFE_USAGE,
		    "struct kvmsafe_scope: reserved must be 0, found %u",
		    (unsigned)scope->reserved);
	if (session->source == NULL && (scope->vnet != 0 || scope->cpu != 0))
		return kvs_fail(err, KVMSAFE_NOT_FOUND,
		    "scope: network stacks and CPUs are in a dump, and none was opened");
	if (scope->vnet != 0)
		status = find_vnet(session, scope->vnet, &out->vnet, err);
	if (status == KVMSAFE_OK && scope->cpu != 0)
		status = find_dpcpu(session, scope->cpu, &out->dpcpu, err);
	return status;
}
