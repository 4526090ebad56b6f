/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An input's dump as the naive models read it: in memory where it is small, else block by block
 * when it is asked for, so that a model follows regions above 4 GiB. One at a time.
 */
#ifndef KVS_FUZZ_MODELS_IMAGE_H
#define KVS_FUZZ_MODELS_IMAGE_H

#include "fuzz/sparse.h"

struct kvs_image {
	const uint8_t *file; /* NULL: naive_peek has the bytes */
	uint64_t bytes; /* of the dump: behind a leader as many as it says, if the file has them */
	uint64_t base; /* where in the input's dump it begins: behind a kernel dump header */
};

void kvs_image_init(struct kvs_image *image, const struct kvs_sparse *sparse);

/* Where in the input's dump the dump ends: with it, unless a leader says otherwise. */
uint64_t kvs_image_end(const struct kvs_sparse *sparse);

/* A number of `width` bytes, zero beyond the end. */
uint64_t kvs_image_number(
    const struct kvs_image *image, uint64_t offset, unsigned width, bool big_endian);

/* Are these the bytes at offset, with the zero behind them? */
bool kvs_image_is(const struct kvs_image *image, uint64_t offset, const char *text);

/* What every writer of sparc64 makes true: its files have no magic. */
bool kvs_image_is_sparc64(const struct kvs_image *image, uint64_t at);

#endif
