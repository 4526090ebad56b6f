/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fuzz targets' input: virtual files of any length out of a few bytes.
 *
 * "KSF1", then records, little-endian. The tag byte is kind | file << 4; file 0 is the dump, file 1
 * the kernel, file 2 a target's own.
 *
 *   1 DATA    u48 offset, u16 n, n bytes         later records win, holes are zero
 *   2 RUN     u48 offset, u32 count, u8 width, u64 first, u64 step
 *                                                count numbers of 2^(width & 3) bytes: first,
 *                                                first + step, ...; bit 7 of width: big-endian
 *   3 LEN     u48 length                         the last one counts; without: the last extent's end
 *   4 OPTION  u8 id, u64 value                   enum kvs_sparse_option; the last one counts
 *   5 OP      u8 code, u64 address, u32 length   enum kvs_sparse_op
 *
 * Every byte string decodes: a tag of no kind is skipped by itself, records of other files are
 * skipped, a record that the input ends in is cut (DATA) or left out. Without the magic the input
 * is the dump, as it stands.
 */
#ifndef KVS_FUZZ_SPARSE_H
#define KVS_FUZZ_SPARSE_H

#include <kvmsafe/kvmsafe.h>

#define KVS_SPARSE_FILES 3
#define KVS_SPARSE_RECORDS 4096 /* more are ignored */
#define KVS_SPARSE_CHUNKS 512 /* reads of a file that OPTION_CHUNK cuts: all would be slow */

enum kvs_sparse_kind {
	KVS_SPARSE_DATA = 1,
	KVS_SPARSE_RUN,
	KVS_SPARSE_LEN,
	KVS_SPARSE_OPTION,
	KVS_SPARSE_OP
};

/* Bytes of a record, with its tag; DATA's own bytes follow. */
#define KVS_SPARSE_DATA_HEAD 9
#define KVS_SPARSE_RUN_BYTES 28
#define KVS_SPARSE_LEN_BYTES 7
#define KVS_SPARSE_OPTION_BYTES 10
#define KVS_SPARSE_OP_BYTES 14

enum kvs_sparse_option {
	KVS_OPTION_CHUNK = 1, /* each of the first reads delivers at most so many bytes */
	KVS_OPTION_FAIL_ALLOCATION, /* the n-th allocation of the library fails, from 1 */
	KVS_OPTION_FAIL_READ, /* the n-th read fails */
	KVS_OPTION_LIE_READ, /* the n-th read claims a byte more than was asked for */
	KVS_OPTION_BITS, /* a target's own number */
	KVS_OPTION_ALLOCATION, /* the fields of struct kvmsafe_limits */
	KVS_OPTION_MEMORY,
	KVS_OPTION_PROGRAM_HEADERS,
	KVS_OPTION_SYMBOLS,
	KVS_OPTION_WALK_ENTRIES,
	KVS_OPTION_FINDINGS,
	KVS_OPTION_PAGE_BYTES, /* of struct kvmsafe_options */
	KVS_OPTION_ENTRY_BYTES,
	KVS_OPTION_CPU, /* of struct kvmsafe_scope */
	KVS_OPTION_VNET,
	KVS_OPTION_SHORT_READ, /* the n-th read says that the bytes end there */
	KVS_OPTIONS
};

enum kvs_sparse_op {
	KVS_OP_READ, /* length bytes at virtual address */
	KVS_OP_TRANSLATE,
	KVS_OP_PAGE, /* length bytes, 0 is a page's, at physical address */
	KVS_OP_SYMBOL, /* the name at this offset of the record's file */
	KVS_OP_SELECT, /* the n-th page, n is the address */
	KVS_OPS
};

struct kvs_sparse_record {
	uint8_t kind, file;
	uint8_t code; /* of OPTION and OP; width of RUN */
	uint32_t count; /* of RUN, length of OP */
	uint64_t offset; /* value of LEN and OPTION, address of OP */
	uint64_t end; /* behind the last byte that it lays; 0: it lays none */
	uint64_t first, step; /* of RUN */
	const uint8_t *bytes; /* of DATA: in the input */
	size_t len;
};

struct kvs_sparse {
	size_t nrecords;
	uint64_t len[KVS_SPARSE_FILES];
	bool has[KVS_SPARSE_FILES]; /* some record is about this file */
	uint64_t option[KVS_OPTIONS];
	struct kvs_sparse_record record[];
};

/* The input must outlive it. Never NULL. */
struct kvs_sparse *kvs_sparse_create(const uint8_t *data, size_t size);
void kvs_sparse_destroy(struct kvs_sparse *sparse);

/* The next OP at or behind *at, which moves behind it; NULL: none left. */
const struct kvs_sparse_record *kvs_sparse_op(const struct kvs_sparse *sparse, size_t *at);

/* Bytes of a file, zero beyond its end. */
void kvs_sparse_get(
    const struct kvs_sparse *sparse, unsigned file, uint64_t offset, void *buf, size_t len);

/* A number of `width` bytes at offset, zero beyond the end. */
uint64_t kvs_sparse_number(
    const struct kvs_sparse *sparse, unsigned file, uint64_t offset, unsigned width, bool big);

/* Does an option inject a fault? Then answers may be errors that the files do not explain. */
bool kvs_sparse_is_faulty(const struct kvs_sparse *sparse);

/* A file as a source, with the faults of the options where `faults`. */
struct kvs_sparse_file {
	const struct kvs_sparse *sparse;
	unsigned file;
	bool faults;
	uint64_t reads; /* made so far */
};

/* Make the source; `file` must outlive it. */
struct kvmsafe_source *kvs_sparse_source(struct kvs_sparse_file *file);

#endif
