/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a machine says of itself. Three ways to be a dump, each a const struct or NULL: a minidump,
 * a full core, a format of its own. A machine's file builds an address space out of a header and
 * symbols and reads no file but through the struct kvs_dump that it is given.
 */
#ifndef KVS_ARCH_ARCH_H
#define KVS_ARCH_ARCH_H

#include "format/elfcore.h"
#include "format/minidump.h"
#include "symbol/provider.h"
#include "xlat/space.h"

/* One kind of kernel; most machines have one. */
struct kvs_abi {
	const char *const *names; /* MACHINE_ARCH, ends in NULL: "mips64el", "mips64elhf" */
	uint8_t elf_class, elf_data; /* data is the byte order of header, dump_avail, bitmap */
	uint32_t flags_mask, flags; /* of e_flags: n32 */
	uint8_t pointer_bytes, va_bits, pa_bits;
	const char *arch; /* another name than the machine's, "mips64"; NULL: the machine's */
};

static inline enum kvs_order
kvs_abi_order(const struct kvs_abi *abi)
{
	return abi->elf_data == 2 ? KVS_BE : KVS_LE;
}

struct kvs_minidump {
	const char *magic;
	uint16_t version_offset; /* of the u32 version, in the byte order of the ABI */
	const struct kvs_frame *frames; /* one a version */
	size_t nframes;
	/* NULL: the machine's. 0: refuse. page_bytes: the caller's, or 0 */
	unsigned (*page_shift)(const struct kvs_header *header, uint32_t page_bytes);
	/* Can this kind of kernel have written it? NULL: any header fits */
	bool (*fits)(const struct kvs_header *header, const struct kvs_abi *abi);
	bool avail_maybe_32bit; /* arm: the heuristic of 32-bit dump_avail pairs */
};

/* What a page-table root was read through: the self check translates va and wants pa. */
struct kvs_witness {
	uint64_t va, pa;
};

struct kvs_dump;

struct kvs_core {
	bool wraps; /* the writer cuts addresses to 32 bits */
	/*
	 * The next guess of what to add to a symbol's VA to get its PA, modulo 2^64. *cursor is the
	 * machine's own, 0 at first. NOT_FOUND: no more; another failure ends the guessing. Bounded
	 * by the file's bytes. NULL: this machine's cores are read by what their program headers
	 * say alone.
	 */
	enum kvmsafe_status (*delta)(const struct kvs_dump *dump, uint64_t *cursor, uint64_t *delta,
	    struct kvmsafe_error *err);
	/*
	 * Build the space on that guess. KERNEL_NEEDED: a symbol is missing (ends the guessing);
	 * other failures: the next guess. NULL with delta.
	 */
	enum kvmsafe_status (*space)(const struct kvs_dump *dump, uint64_t delta,
	    struct kvs_space *space, struct kvs_witness *seen, struct kvmsafe_error *err);
};

/* A format without magic (sparc64). */
struct kvs_own {
	bool (*probe)(const struct kvs_view *head); /* the file may end behind it */
	/* Segments out of the header, not settled yet. DAMAGED, TRUNCATED, ... */
	enum kvmsafe_status (*segments)(const struct kvs_view *head, uint64_t file_bytes,
	    struct kvs_segments *segments, struct kvs_findings *findings,
	    struct kvmsafe_error *err);
	size_t head_bytes; /* how much of the file probe and segments want to see */
	uint64_t most_segments;
};

struct kvs_arch {
	const char *name;
	uint16_t elf_machine; /* EM_* */
	bool dyn_kernel; /* ET_DYN kernels exist */
	bool libkvm_repeats; /* libkvm walks mapped pages twice: amd64 */
	uint8_t page_shift;
	const struct kvs_abi *abis;
	size_t nabis;
	const struct kvs_minidump *minidump; /* each NULL: none, and we say so */
	const struct kvs_own *own;
	/*
	 * Space of a minidump or of an own format. DAMAGED: the header allows no layout. NULL only
	 * without either.
	 */
	enum kvmsafe_status (*space)(
	    const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err);
	const struct kvs_core *core; /* NULL: full cores are refused */
};

/* All that a builder sees. Everything is borrowed from the session that is being opened. */
struct kvs_dump {
	const struct kvs_arch *arch;
	const struct kvs_abi *abi;
	enum kvs_order order;
	unsigned page_shift;
	uint32_t entry_bytes; /* the caller's override, or 0 */
	const struct kvmsafe_source *source;
	struct kvs_view head; /* the first bytes of the file, for strings */
	const struct kvs_frame *frame; /* of a minidump; NULL else */
	struct kvs_header header; /* of a minidump */
	struct kvs_layout layout; /* of a minidump */
	struct kvs_elfcore *core; /* of a full core; NULL else */
	const struct kvs_physical *physical;
	const struct kvs_provider *provider;
	struct kvs_findings *findings;
};

/* Read a variable of `bytes` bytes by physical address, in the dump's order. */
enum kvmsafe_status kvs_dump_load(const struct kvs_dump *dump, uint64_t pa, unsigned bytes,
    uint64_t *value, struct kvmsafe_error *err);

/* The range of a minidump's map region: table in the file, entries of `entry_bytes`. */
struct kvs_table kvs_dump_map_table(const struct kvs_dump *dump, unsigned entry_bytes);

/*
 * The map region as a range from kernbase to the top, its entries of level `level` of the form.
 * DAMAGED: kernbase is not aligned to an entry's span.
 */
enum kvmsafe_status kvs_dump_add_map(const struct kvs_dump *dump, const struct kvs_radix *form,
    unsigned level, struct kvs_space *space, struct kvmsafe_error *err);

/* [dmapbase, dmapend) to dmapphys and up. DAMAGED: not aligned to pages, or upside down. */
enum kvmsafe_status kvs_dump_add_direct_map(
    const struct kvs_dump *dump, struct kvs_space *space, struct kvmsafe_error *err);

/* All machines, in no order. */
extern const struct kvs_arch *const kvs_arches[];
extern const size_t kvs_narches;

#endif
