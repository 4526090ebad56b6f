/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which naive walk follows a dump that the library has opened: a row a machine. Roots of page
 * tables are found anew, by the specification's rules and the kernel's symbols.
 */
#ifndef KVS_FUZZ_MODELS_WALK_H
#define KVS_FUZZ_MODELS_WALK_H

#include "fuzz/models/image.h"
#include "fuzz/opening.h"
#include "naive/memory.h"

struct kvs_model {
	struct kvs_image image;
	const struct kvs_opening *opening;
	const struct kvmsafe_session *session;
	struct kvmsafe_description is;
	void (*translate)(const struct kvs_model *model, uint64_t va, struct naive_answer *out);
	/* Of full cores: */
	bool big_endian, pae;
	unsigned levels;
	uint64_t root;
	bool mapped; /* else no virtual address leads anywhere, and why: */
	enum kvmsafe_status unmapped;
	bool hashed, table_big_endian; /* of powerpc64: has it a hashed table, in which order */
	/* Edges worth asking about. */
	uint64_t edges[8];
	size_t nedges;
	unsigned cost; /* of one address, in units of a page of bitmap */
};

/* false: no model follows this dump. */
bool kvs_model_take(struct kvs_model *model, const struct kvs_opening *opening,
    const struct kvmsafe_session *session);

/* File offsets count from the start of the input's dump. */
void kvs_model_translate(const struct kvs_model *model, uint64_t va, struct naive_answer *out);

/* Is a mapping an entry of a hashed table? */
bool kvs_model_has_hashed(const struct kvs_model *model, const struct kvmsafe_page *page);

/* Of a core: find where the page tables begin. false: the model cannot tell. */
bool kvs_model_root_amd64(struct kvs_model *model);
bool kvs_model_root_arm(struct kvs_model *model);
bool kvs_model_root_i386(struct kvs_model *model);

#endif
