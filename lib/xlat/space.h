/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An address space as data: ranges of kernel virtual addresses, each with a method that says what
 * holds at an address. Machines build it once (arch/); after that no code asks which machine it is.
 *
 * Ranges are added in the order of the specification's tests: of two that hold an address the first
 * added answers. One primitive, kvs_space_find, answers for an address and for how many bytes from
 * it on; reading, translating and walking are loops over it. What it answers is where the address
 * leads (a physical address or a file offset): whether the dump has that page is index/physical.h's
 * to say.
 */
#ifndef KVS_XLAT_SPACE_H
#define KVS_XLAT_SPACE_H

#include "index/physical.h"
#include "util/load.h"

struct kvs_space;
struct kvs_range;

/* Where a walk over mappings is; zero it to start. */
struct kvs_space_cursor {
	uint64_t range; /* index of the range */
	uint64_t at; /* the method's own: 0 at the start of a range */
};

struct kvs_method {
	/*
	 * What holds at va, which the range covers. Sets pa or file_offset, bytes, page_bytes,
	 * protection and steps of *out (va is set, the rest zero or NONE). Status and message are of
	 * the walk alone: OK, NOT_MAPPED, NO_MAP, DAMAGED, or why a table could not be read. `bytes` is
	 * set in every case and at least 1; space.c cuts it to the range. NULL: kvs_alias, which
	 * space.c resolves.
	 */
	enum kvmsafe_status (*find)(const struct kvs_space *space, const struct kvs_range *range,
	    uint64_t va, struct kvmsafe_translation *out, struct kvmsafe_error *err);
	/*
	 * One step of a walk: look at *at, move it. *found: out is a valid entry. *done: the range has
	 * no more. A table that cannot be read is stepped over. NULL: the range has no table (linear).
	 */
	void (*next)(const struct kvs_space *space, const struct kvs_range *range, uint64_t *at,
	    struct kvmsafe_translation *out, bool *found, bool *done);
};

/* ---- Entries and forms ---- */

enum kvs_entry_kind {
	KVS_ENTRY_INVALID, /* not mapped */
	KVS_ENTRY_TABLE, /* pa is the next table's */
	KVS_ENTRY_PAGE,
	KVS_ENTRY_REFUSED /* a value that no sound table holds */
};

struct kvs_entry {
	enum kvs_entry_kind kind;
	uint8_t shift; /* of a page larger than its entry's span; 0: the level's */
	uint32_t protection;
	uint64_t pa; /* of a page: the walk clears the bits below its size */
};

#define KVS_LEVELS_MAX 5

/* A paging form: levels from 0, the one that maps the smallest pages. */
struct kvs_radix {
	uint8_t levels, entry_bytes;
	struct {
		uint8_t shift, bits; /* index = (va >> shift) & (2^bits - 1) */
	} level[KVS_LEVELS_MAX];
	/* Pure. At every level 0 is invalid; at level 0 nothing is a TABLE. */
	struct kvs_entry (*decode)(uint64_t raw, unsigned level);
};

/* Where a range's own table is. Lower tables of a radix tree are in memory, in `order` too. */
struct kvs_table {
	enum { KVS_IN_FILE, KVS_IN_MEMORY } where;
	enum kvs_order order; /* not always the dump's */
	uint64_t at; /* file offset or physical address */
	/* Past the last: no map. Whoever builds one sees that all end below 2^64, and cover less. */
	uint64_t entries;
};

/* What the fields behind method mean is the method's: for others than these hashed.h, tsb.h. */
struct kvs_range {
	uint64_t first, last; /* both inclusive */
	const struct kvs_method *method;
	/* radix: VA of the table's entry 0; linear, alias: what to add, modulo 2^64 */
	uint64_t base;
	/* linear: low bits that va is cut to before base is added, which the range's addresses differ in
	   alone; 0: all bits */
	uint64_t mask;
	struct kvs_table table;
	unsigned level; /* radix: of the table */
	const void *form; /* struct kvs_radix or kvs_segments; outlives the space */
};

/* The methods, each in a file of its own. */
extern const struct kvs_method kvs_linear; /* to a physical address: (va & mask) + base */
/* To va + base in the ranges that are no alias: there are some. It covers less than all addresses. */
extern const struct kvs_method kvs_alias;
extern const struct kvs_method kvs_to_file; /* form: struct kvs_segments by virtual address */
extern const struct kvs_method kvs_hole; /* no map, whatever ranges follow */
/* form: struct kvs_radix; the range ends where an entry of its table does */
extern const struct kvs_method kvs_radix_walk;

/* ---- The space ---- */

#define KVS_RANGES_MAX 16

struct kvs_space {
	struct kvs_range range[KVS_RANGES_MAX];
	size_t ranges;
	const struct kvs_physical *physical; /* borrowed: tables in memory, and file offsets */
	uint8_t va_bits; /* 32: addresses above are no map */
	uint64_t displacement; /* kvm_kerndisp */
	enum kvmsafe_status outside; /* of an address in no range: NO_MAP, or a reason */
	const char *outside_words; /* a constant string for the message */
};

void kvs_space_init(struct kvs_space *space, const struct kvs_physical *physical, uint8_t va_bits);

/* Add a range, cut to va_bits. Whatever a dump says, first is not above last, nor above va_bits, and
   a machine has KVS_RANGES_MAX at most: else it is a mistake of ours, and asserted. */
void kvs_space_add(struct kvs_space *space, const struct kvs_range *range);

/*
 * What holds at va. out is filled in every case, also by a failure, with bytes the extent of the
 * answer. Errors have place VA and at va; the message names a table's address where one could not
 * be read. Depth is bounded by the form.
 */
enum kvmsafe_status kvs_space_find(const struct kvs_space *space, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err);

/* One step of a walk over all ranges that have a table, in their order. As kvs_method.next. */
void kvs_space_next(const struct kvs_space *space, struct kvs_space_cursor *cursor,
    struct kvmsafe_translation *out, bool *found, bool *done);

/* The address at which a linear range maps pa; KVMSAFE_NONE: none does. */
uint64_t kvs_space_direct_va(const struct kvs_space *space, uint64_t pa);

/*
 * Where an entry of a table, or what is behind its last one, lies: entry_offset and entry_pa of
 * *step, and for how many bytes from its first on the answer holds. The status is the reason of the
 * page that holds it; TRUNCATED in the file; DAMAGED for an entry that crosses the end of a segment.
 */
enum kvmsafe_status kvs_table_locate(const struct kvs_space *space, const struct kvs_table *table,
    uint64_t index, unsigned entry_bytes, struct kvmsafe_step *step, uint64_t *bytes);

/*
 * An entry of a table: from the file or from memory. As kvs_table_locate, and sets `entry`. *err is
 * filled only where the source could not be read.
 */
enum kvmsafe_status kvs_table_load(const struct kvs_space *space, const struct kvs_table *table,
    uint64_t index, unsigned entry_bytes, struct kvmsafe_step *step, struct kvmsafe_error *err);

#endif
