/* SPDX-License-Identifier: BSD-2-Clause */
/* Pages that a core's program headers promise, naively: in the order of their addresses. */
#ifndef KVS_FUZZ_MODELS_CORE_PAGES_H
#define KVS_FUZZ_MODELS_CORE_PAGES_H

#include "fuzz/models/elf.h"
#include "index/physical.h"

#define KVS_MODEL_PAGE_SHIFT 12
#define KVS_MODEL_PAGES 256

struct kvs_core_page {
	uint64_t number;
	struct kvs_physical_page first; /* from its first byte in the file on; bytes 0: none */
	bool whole; /* no promised byte is missing */
};

struct kvs_core_pages {
	size_t n;
	struct kvs_core_page page[KVS_MODEL_PAGES];
};

/* By physical address. false: there are too many. */
bool kvs_core_pages_gather(const struct kvs_core_model *core, struct kvs_core_pages *out);

#endif
