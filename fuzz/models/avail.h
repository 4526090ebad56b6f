/* SPDX-License-Identifier: BSD-2-Clause */
/* dump_avail's pairs and the pages of a minidump, naively: one pair, one bit, one byte at a time. */
#ifndef KVS_FUZZ_MODELS_AVAIL_H
#define KVS_FUZZ_MODELS_AVAIL_H

#include <kvmsafe/bitmap.h>

#include "index/dump_avail.h"

#define KVS_MODEL_PAIRS 256
#define KVS_MODEL_BITMAP 256 /* bytes */

struct kvs_avail_model {
	uint64_t start[KVS_MODEL_PAIRS], end[KVS_MODEL_PAIRS]; /* as in the array */
	size_t n;
	bool cut; /* a pair was not legal */
	const char *wrong; /* with it */
	unsigned shift;
};

/* Pages of a range: the first, and the one behind the last. */
uint64_t kvs_avail_model_first(const struct kvs_avail_model *model, size_t i);
uint64_t kvs_avail_model_end(const struct kvs_avail_model *model, size_t i);

/* Page to bit: the first range that holds it. */
bool kvs_avail_model_bit(const struct kvs_avail_model *model, uint64_t page, uint64_t *bit);

struct kvs_pages_input {
	struct kvs_avail_form form;
	bool big, implied;
	enum kvmsafe_bit_order order; /* u8, bits 0-1; modulo 3 */
	bool avail_cut; /* bit 2: the file ends inside the array */
	bool knows; /* bit 3: the file ends inside the bitmap, of which it has... */
	uint64_t known_bits; /* u16: ...so many bits */
	uint64_t file_bytes; /* u48; the pages begin at 0x3000 */
	size_t array_bytes; /* u16 */
	const uint8_t *array, *bits;
	size_t bytes;
};

/* Build the pages and compare all that can be asked of them; the model has the array's ranges. */
void kvs_pages_compare(const struct kvs_avail_model *model, const struct kvs_pages_input *in);

#endif
