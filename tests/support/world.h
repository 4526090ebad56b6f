/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump in memory, and all that a machine's builder sees of it, made without a session. */
#ifndef KVS_TESTS_SUPPORT_WORLD_H
#define KVS_TESTS_SUPPORT_WORLD_H

#include "arch/arch.h"

#define WORLD_SYMBOLS_MAX 8

struct world {
	struct kvs_memory memory;
	struct kvs_findings findings;
	struct kvmsafe_source *source;
	struct kvs_physical physical;
	struct kvs_elfcore core;
	struct kvs_provider provider;
	struct {
		const char *name;
		uint64_t value;
	} symbol[WORLD_SYMBOLS_MAX];
	size_t symbols;
	struct kvs_dump dump;
	struct kvs_space space; /* empty, of 64 bits */
};

/* The bytes stay the caller's. Then the one or the other; and world_fini. */
void world_init(struct world *world, const void *bytes, size_t len);
void world_fini(struct world *world);

/* Physical memory by segments: add, then settle. */
void world_segment(
    struct world *world, uint64_t pa, uint64_t bytes, uint64_t offset, uint64_t dumped);
void world_settle(struct world *world);

/* Physical memory by a minidump's header, dump_avail and bitmap (of which the file has all). */
void world_minidump(struct world *world, const struct kvs_arch *arch);

/* Answer this name from now on. */
void world_symbol(struct world *world, const char *name, uint64_t value);

/* Find in the space, then in physical memory: the status of both together. */
enum kvmsafe_status world_translate(
    const struct world *world, uint64_t va, struct kvmsafe_translation *out);

/* Numbers into a buffer, little-endian. */
void put32(uint8_t *at, uint32_t value);
void put64(uint8_t *at, uint64_t value);

#endif
