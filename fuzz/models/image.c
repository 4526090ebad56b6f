/* SPDX-License-Identifier: BSD-2-Clause */
/* A dump in one block, or a cache of blocks of a large one. */
#include "fuzz/models/image.h"

#include <string.h>

#include "naive/memory.h"

#define WHOLE_MAX (512 * 1024)
#define BLOCK 4096
#define BLOCKS 64

struct block {
	uint64_t number; /* NONE: empty */
	uint8_t bytes[BLOCK];
};

static uint8_t whole[WHOLE_MAX];
static struct block cache[BLOCKS];
static const struct kvs_sparse *current;
static uint64_t shift; /* base of the image that is read */

static uint8_t
peek(uint64_t offset)
{
	const uint64_t at = offset + shift, number = at / BLOCK;
	struct block *const block = &cache[number % BLOCKS];

	if (block->number != number) {
		block->number = number;
		kvs_sparse_get(current, 0, number * BLOCK, block->bytes, BLOCK);
	}
	return block->bytes[at % BLOCK];
}

uint64_t
kvs_image_number(const struct kvs_image *image, uint64_t offset, unsigned width, bool big_endian)
{
	const struct naive_dump dump = {
		.file = image->file, .bytes = image->bytes, .big_endian = big_endian
	};

	return offset <= image->bytes && width <= image->bytes - offset
	    ? naive_number(&dump, offset, width)
	    : 0;
}

bool
kvs_image_is(const struct kvs_image *image, uint64_t offset, const char *text)
{
	const size_t len = strlen(text) + 1;

	if (offset > image->bytes || len > image->bytes - offset)
		return false;
	for (size_t i = 0; i < len; i++)
		if (kvs_image_number(image, offset + i, 1, false) != (uint8_t)text[i])
			return false;
	return true;
}

bool
kvs_image_is_sparc64(const struct kvs_image *image, uint64_t at)
{
	const uint64_t n = kvs_image_number(image, at + 32, 4, true);
	uint64_t next = (40 + 24 * n + 511) / 512 * 512;

	if (n < 1 || n > 128 || kvs_image_number(image, at, 8, true) != next ||
	    kvs_image_number(image, at + 16, 8, true) !=
		32 * (kvs_image_number(image, at + 24, 8, true) + 1))
		return false;
	for (uint64_t i = 0; i < n; i++) {
		if (kvs_image_number(image, at + 56 + 24 * i, 8, true) != next)
			return false;
		next += kvs_image_number(image, at + 48 + 24 * i, 8, true);
	}
	return true;
}

/* A dumplength counts where the XOR of the 128 words is 0, and it is not 0 itself. */
static uint64_t
dumplength(const struct kvs_image *image)
{
	const uint64_t length = kvs_image_number(image, 40, 8, true);
	uint64_t sum = 0;

	for (uint64_t at = 0; at < 512; at += 4)
		sum ^= kvs_image_number(image, at, 4, true);
	return sum == 0 && length != 0 ? length : UINT64_MAX;
}

/* The file to where a dump that begins at `base` ends: what follows on a partition is stale. */
static struct kvs_image
without_tail(const struct kvs_image *image, uint64_t base)
{
	struct kvs_image dump = *image;
	const uint64_t length = dumplength(image);

	if (base < image->bytes && length < image->bytes - base)
		dump.bytes = base + length;
	return dump;
}

static bool
begins_at(struct kvs_image image, uint64_t offset)
{
	const uint64_t magic = kvs_image_number(&image, offset, 8, true);

	return magic == UINT64_C(0x6d696e6964756d70) ||
	    kvs_image_number(&image, offset, 4, true) == 0x7f454c46 ||
	    kvs_image_is_sparc64(&image, offset);
}

/* A dump over the network, or a copy of a partition's start, keeps its kernel dump header. */
static uint64_t
base_of(const struct kvs_image *image)
{
	const uint64_t block = kvs_image_number(image, 60, 4, true);

	if (begins_at(without_tail(image, 512), 512))
		return 512;
	return block < image->bytes ? block : 0;
}

/* Go behind a leader. */
static void
skip_leader(struct kvs_image *image)
{
	const uint64_t base = base_of(image);

	*image = without_tail(image, base);
	image->base = base;
	image->bytes -= base;
	shift = base;
	if (image->file != NULL)
		image->file += base;
}

void
kvs_image_init(struct kvs_image *image, const struct kvs_sparse *sparse)
{
	*image = (struct kvs_image){ .bytes = sparse->len[0] };
	current = sparse;
	shift = 0;
	naive_peek = peek;
	if (image->bytes <= WHOLE_MAX) {
		kvs_sparse_get(sparse, 0, 0, whole, (size_t)image->bytes);
		image->file = whole;
	}
	for (size_t i = 0; image->file == NULL && i < BLOCKS; i++)
		cache[i].number = KVMSAFE_NONE;
	if (kvs_image_is(image, 0, "FreeBSD Kernel Dump"))
		skip_leader(image);
}

uint64_t
kvs_image_end(const struct kvs_sparse *sparse)
{
	struct kvs_image image;
	uint8_t first = 0;

	kvs_sparse_get(sparse, 0, 0, &first, 1);
	if (first != 'F')
		return sparse->len[0]; /* without a copy of all */
	kvs_image_init(&image, sparse);
	return image.base + image.bytes;
}
