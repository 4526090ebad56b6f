/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A dump's frame read anew by the specification's tables: machine and version by the first bytes,
 * regions by the sizes in the header, whether a reader must open it.
 */
#ifndef KVS_FUZZ_MODELS_FRAME_H
#define KVS_FUZZ_MODELS_FRAME_H

#include "fuzz/models/image.h"
#include "naive/memory.h"

struct kvs_frame_model {
	struct kvs_image image;
	/*
	 * What opening must answer. DAMAGED stands for UNSUPPORTED too, where a header has faults of
	 * both kinds. exact: no other answer will do. format "": it is none of the three.
	 */
	enum kvmsafe_status status;
	bool exact;
	const char *format, *arch; /* of status OK: "amd64"; mips is "mips" or "mips64" */
	uint64_t version;
	struct naive_dump dump; /* of a minidump */
	uint64_t msgbuf_bytes;
	bool has_map; /* of a minidump: a direct map, or one entry of the kernel's at least */
};

/* page_bytes: the caller's, of arm64 before version 3; 0. */
void kvs_frame_model_read(
    struct kvs_frame_model *model, const struct kvs_sparse *sparse, uint64_t page_bytes);

/* Of mips, where caller, kernel file or leader decided: the kind of kernel that it was taken for. */
void kvs_frame_model_take_abi(struct kvs_frame_model *model, const char *machine_arch);

#endif
