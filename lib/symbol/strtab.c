/* SPDX-License-Identifier: BSD-2-Clause */
/* A copy of a string table, and polynomial hashes of its suffixes modulo 2^31 - 1. */
#include "symbol/strtab.h"

#include <assert.h>
#include <string.h>

#define PRIME UINT32_C(0x7fffffff)
#define MARK_BYTES 256 /* the marks are 1/32 of the table */

/* One byte in front of a suffix. Two independent residues side by side make 62 bits. */
static uint64_t
step(const struct kvs_strtab *strtab, uint64_t hash, uint8_t byte)
{
	uint64_t lane[2] = { hash & PRIME, hash >> 31 };

	for (unsigned i = 0; i < 2; i++)
		lane[i] = (lane[i] * strtab->base[i] + byte) % PRIME;
	return lane[1] << 31 | lane[0];
}

/* Bases that whoever wrote the names could only know when all names were written. */
static void
choose_bases(struct kvs_strtab *strtab)
{
	uint64_t seed = UINT64_C(0x9e3779b97f4a7c15) ^ strtab->len;

	for (size_t i = 0; i < strtab->len; i++) {
		seed = (seed ^ strtab->bytes[i]) * UINT64_C(0x100000001b3);
		seed ^= seed >> 29;
	}
	for (unsigned i = 0; i < 2; i++) {
		seed = (seed ^ seed >> 32) * UINT64_C(0xd6e8feb86659fd93);
		strtab->base[i] = 256 + (uint32_t)((seed >> 32) % (PRIME - 256));
	}
}

static enum kvmsafe_status
make_marks(struct kvs_strtab *strtab, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	uint64_t hash = 0;
	void *marks;

	status = kvs_alloc(strtab->memory, strtab->len / MARK_BYTES + 1, sizeof(*strtab->marks),
	    "hashes of symbol names", &marks, err);
	if (status != KVMSAFE_OK)
		return status;
	strtab->marks = marks;
	for (size_t n = strtab->len; n > 0; n--) {
		const size_t i = n - 1;

		hash = strtab->bytes[i] == 0 ? 0 : step(strtab, hash, strtab->bytes[i]);
		if (i % MARK_BYTES == 0)
			strtab->marks[i / MARK_BYTES] = hash;
	}
	return KVMSAFE_OK;
}

static enum kvmsafe_status
fill(struct kvs_strtab *strtab, const struct kvmsafe_source *source, uint64_t offset, size_t bytes,
    struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	size_t got;

	status = kvmsafe_source_read(source, offset, strtab->bytes, bytes, &got, err);
	if (status != KVMSAFE_OK)
		return status;
	for (size_t i = 0; i < bytes; i++)
		if (strtab->bytes[i] == 0)
			strtab->len = i + 1;
	strtab->unterminated = bytes - strtab->len;
	choose_bases(strtab);
	return make_marks(strtab, err);
}

enum kvmsafe_status
kvs_strtab_read(struct kvs_strtab *strtab, struct kvs_memory *memory,
    const struct kvmsafe_source *source, uint64_t offset, uint64_t bytes, struct kvmsafe_error *err)
{
	struct kvs_strtab built = { .memory = memory };
	enum kvmsafe_status status;
	void *copy;

	status = kvs_alloc(memory, bytes, 1, "symbol names", &copy, err);
	if (status != KVMSAFE_OK)
		return status;
	built.bytes = copy;
	status = fill(&built, source, offset, (size_t)bytes, err);
	if (status != KVMSAFE_OK)
		kvs_strtab_fini(&built);
	else
		*strtab = built;
	return status;
}

void
kvs_strtab_fini(struct kvs_strtab *strtab)
{
	kvs_strtab_seal(strtab);
	kvs_free(strtab->memory, strtab->bytes);
	*strtab = (struct kvs_strtab){ 0 };
}

void
kvs_strtab_seal(struct kvs_strtab *strtab)
{
	kvs_free(strtab->memory, strtab->marks);
	strtab->marks = NULL;
}

uint64_t
kvs_strtab_hash_at(const struct kvs_strtab *strtab, size_t offset)
{
	uint64_t hash = 0;
	size_t end = offset;

	assert(strtab->marks != NULL && offset < strtab->len);
	/* The byte at len - 1 is 0, so this ends there at the latest. */
	while (strtab->bytes[end] != 0 && (end == offset || end % MARK_BYTES != 0))
		end++;
	if (strtab->bytes[end] != 0)
		hash = strtab->marks[end / MARK_BYTES];
	for (; end > offset; end--)
		hash = step(strtab, hash, strtab->bytes[end - 1]);
	return hash;
}

uint64_t
kvs_strtab_hash(const struct kvs_strtab *strtab, const char *name, size_t bytes)
{
	uint64_t hash = 0;

	for (; bytes > 0; bytes--)
		hash = step(strtab, hash, (uint8_t)name[bytes - 1]);
	return hash;
}

bool
kvs_strtab_equal(const struct kvs_strtab *strtab, size_t offset, const char *name, size_t bytes)
{
	return bytes < strtab->len - offset && memcmp(strtab->bytes + offset, name, bytes + 1) == 0;
}
