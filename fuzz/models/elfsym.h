/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A kernel file's symbols, the naive way: header and sections as the ELF specification has them, each
 * table searched from its first symbol to its last. Shares no code with the library.
 */
#ifndef KVS_FUZZ_MODELS_ELFSYM_H
#define KVS_FUZZ_MODELS_ELFSYM_H

#include "fuzz/sparse.h"

#define KVS_MODEL_SYMBOLS 4200 /* of a table */
#define KVS_MODEL_STRINGS 16384
#define KVS_MODEL_NAME 64 /* longest name asked for, with its NUL */

struct kvs_model_symbol {
	uint64_t value, bytes;
	uint32_t name;
	uint16_t section;
	uint8_t info, nlist_type;
};

/* A table of symbols. */
struct kvs_model_table {
	bool present, read; /* read: it was sound */
	uint64_t index, offset, bytes, entry_bytes, flags, link; /* its section */
	uint64_t indices, nindices; /* of SHT_SYMTAB_SHNDX's words: offset, how many there are */
	uint64_t count, strings_bytes, strings_end; /* the file has; end: behind the last NUL */
	struct kvs_model_symbol symbol[KVS_MODEL_SYMBOLS];
	char strings[KVS_MODEL_STRINGS + KVS_MODEL_NAME]; /* zero behind its end */
};

struct kvs_elfsym_model {
	const struct kvs_sparse *sparse;
	unsigned file;
	bool wide, big;
	uint64_t shoff, shnum;
	struct kvs_model_table table[2]; /* .symtab, .dynsym */
	/* What an open without faults says. */
	bool judged; /* false: too large for the model, it says nothing */
	bool machine_known; /* false: may be refused as of no machine */
	enum kvmsafe_status status;
	uint64_t at; /* where err must point; KVMSAFE_NONE: not modelled */
	uint64_t symbols, findings;
};

/* limit: symbols that may be read, 0: the default. */
void kvs_elfsym_model_read(
    struct kvs_elfsym_model *model, const struct kvs_sparse *sparse, unsigned file, uint64_t limit);

/* The exact name, .symtab before .dynsym; then less one '_'. NULL: none. */
const struct kvs_model_symbol *kvs_elfsym_model_find(
    const struct kvs_elfsym_model *model, const char *name);

#endif
