/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * libkvmsafe: read FreeBSD kernel crash dumps on any host, hostile or damaged as they may be.
 *
 * The order of calls: make a source for the dump (and one for the kernel file, where there is one),
 * open a session on it, ask, close the session, close the sources.
 *
 *   struct kvmsafe_source *dump;
 *   struct kvmsafe_session *session;
 *   struct kvmsafe_error err;
 *   uint64_t hz_va = ...;
 *   unsigned char hz[4];
 *   size_t got;
 *
 *   if (kvmsafe_source_path("vmcore.0", &dump, &err) != KVMSAFE_OK) ...
 *   if (kvmsafe_open(dump, NULL, &session, &err) != KVMSAFE_OK) ...
 *   if (kvmsafe_read_va(session, hz_va, hz, sizeof(hz), &got, &err) != KVMSAFE_OK) ...
 *   kvmsafe_close(session);
 *   kvmsafe_source_close(dump);
 *
 * Rules that hold everywhere:
 *
 * - Trust. The dump and the kernel file are hostile; the caller is not. Pointers that are not said
 *   to be optional must be valid.
 * - Threads. A session does not change after kvmsafe_open: any number of threads may ask the same
 *   session at once, without locks. Opening and closing belong to one thread each. Where libelf is
 *   elftoolchain's (FreeBSD), sessions are opened by one thread at a time.
 * - Errors. See error.h. Output parameters are untouched on failure unless their text says
 *   otherwise.
 * - Time and memory are bounded by the sizes of the files and by struct kvmsafe_limits.
 * - Evidence. Sources are only ever read.
 */
#ifndef KVMSAFE_KVMSAFE_H
#define KVMSAFE_KVMSAFE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <kvmsafe/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Version ---- */

/** To compare with: #if KVMSAFE_VERSION >= KVMSAFE_MKVER(0, 1, 0). */
#define KVMSAFE_MKVER(major, minor, patch) (((major) << 16) | ((minor) << 8) | (patch))
#define KVMSAFE_VERSION KVMSAFE_MKVER(0, 1, 0)

/** Version of the library that runs, as KVMSAFE_MKVER. Threads: any. */
KVMSAFE_API uint32_t kvmsafe_version(void);

/**
 * Can this build do `feature`? Names: those of the machines ("amd64"), "kldsym" (live kernel's
 * symbols). Unknown names: false. Threads: any.
 */
KVMSAFE_API bool kvmsafe_has(const char *feature);

/** No address, no offset, no number: 0 is one. */
#define KVMSAFE_NONE UINT64_MAX

/* ---- Sources: where bytes come from ---- */

/** A readable range of bytes. Never written to; must outlive the sessions opened on it. */
struct kvmsafe_source;

/** A caller's own source. */
struct kvmsafe_source_ops {
	size_t size; /**< sizeof(struct kvmsafe_source_ops), as in all structs that begin so */
	/**
	 * Read up to `len` bytes at `offset`. Called from every thread that reads a session.
	 *
	 * @param[out] got  bytes delivered, 1 to len; 0 means that the bytes end here. A number above
	 *                  len is refused as an error of the callback.
	 * @return KVMSAFE_OK, or the status that the session shall report; err may be filled
	 */
	enum kvmsafe_status (*read_at)(void *ctx, uint64_t offset, void *buf, size_t len,
	    size_t *got, struct kvmsafe_error *err);
	void (*close)(void *ctx); /**< called by kvmsafe_source_close; may be NULL */
};

/**
 * Open a file or block device, read-only. A message about a long path has its end behind "...".
 *
 * @return OK; IO with errno: cannot be opened, or its size cannot be known (a pipe); NO_MEMORY
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_source_path(
    const char *path, struct kvmsafe_source **out, struct kvmsafe_error *err);

/**
 * Use an open descriptor, which stays the caller's: its file position is neither used nor moved,
 * and it is not closed.
 *
 * @param offset  where in the file byte 0 of the source is (a dump behind other data)
 * @return OK; USAGE: offset beyond the end; IO with errno; NO_MEMORY
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_source_fd(
    int fd, uint64_t offset, struct kvmsafe_source **out, struct kvmsafe_error *err);

/**
 * Use `len` bytes of memory, which stay the caller's and must outlive the source.
 *
 * @return OK; USAGE: bytes NULL with len > 0; NO_MEMORY
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_source_memory(
    const void *bytes, size_t len, struct kvmsafe_source **out, struct kvmsafe_error *err);

/**
 * Use the caller's functions.
 *
 * @param ops  copied; size must be set, read_at must be there
 * @param ctx  handed to them
 * @param len  bytes that the source has; reads are never asked for beyond
 * @return OK; USAGE: size too small, or a byte set behind what this library knows; no read_at;
 *         NO_MEMORY
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_source_callbacks(
    const struct kvmsafe_source_ops *ops, void *ctx, uint64_t len, struct kvmsafe_source **out,
    struct kvmsafe_error *err);

/** Bytes that the source has. */
KVMSAFE_API uint64_t kvmsafe_source_bytes(const struct kvmsafe_source *source);

/**
 * Read from a source, as sessions do.
 *
 * @param[out] got  bytes read from offset on, set in every case
 * @return OK when *got == len; TRUNCATED: the source ends; IO; or what a callback answered
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_source_read(
    const struct kvmsafe_source *source, uint64_t offset, void *buf, size_t len, size_t *got,
    struct kvmsafe_error *err);

/** Close; sessions on it must be closed before. NULL is fine. */
KVMSAFE_API void kvmsafe_source_close(struct kvmsafe_source *source);

/* ---- Symbols ---- */

/** Which rule found a symbol. */
enum kvmsafe_symbol_rule {
	KVMSAFE_SYM_PLAIN, /**< under its own name */
	KVMSAFE_SYM_VNET, /**< as a variable of each network stack: "vnet_entry_" before its name */
	KVMSAFE_SYM_DPCPU /**< as a variable of each CPU: "pcpu_entry_" before its name */
};

/** An entry of a list to look up; the caller sets name. Ownership of name stays the caller's. */
struct kvmsafe_symbol {
	const char *name;
	uint64_t value; /**< as linked, or in the VNET or DPCPU area: read it as it is */
	uint64_t bytes; /**< st_size; 0: unknown */
	uint8_t type, binding; /**< STT_*, STB_* */
	uint8_t nlist_type; /**< N_* of nlist(3), never 0 when found */
	uint8_t rule; /**< enum kvmsafe_symbol_rule */
	bool found;
};

/** Names answered by the caller, in place of or without a kernel file. */
struct kvmsafe_symbol_provider {
	size_t size;
	void *ctx;
	/**
	 * @param[out] out  value, and bytes, type, binding where known; zeroed before, name is set.
	 *                  nlist_type 0 is taken as N_DATA | N_EXT (live: N_TEXT).
	 * @return OK; NOT_FOUND: the next name is asked; any other: the whole look-up stops with
	 *         it; where kvmsafe_open looked, that is a finding
	 */
	enum kvmsafe_status (*lookup)(
	    void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err);
	/**
	 * false: asked for each name as written, then less one leading '_', as a debugger's resolver.
	 * true: the rule of a live kernel (lib/libkvm/kvm_private.c, _kvm_nlist with kldsym(2)): one
	 * leading '_' always dropped, names above 1,023 bytes never asked.
	 */
	bool live;
};

/**
 * The provider of the running kernel's own symbols, kldsym(2): for sessions without a dump.
 *
 * @param[out] out  a live provider without state, to be given as options->symbols; needs no release
 * @return OK; UNSUPPORTED: the library was not built for FreeBSD (kvmsafe_has("kldsym"))
 *
 * A name that the kernel lacks is NOT_FOUND; any other failure of the call is IO with errno.
 * Threads: any. Rule: lib/libkvm/kvm_private.c, _kvm_nlist, of a live kernel.
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_symbols_provider_kldsym(
    struct kvmsafe_symbol_provider *out, struct kvmsafe_error *err);

/** Whose copies of VNET and DPCPU variables. NULL where it is taken: CPU 0 and vnet0. */
struct kvmsafe_scope {
	size_t size;
	uint32_t cpu; /**< whose DPCPU area */
	uint32_t reserved; /**< 0 */
	uint64_t vnet; /**< VA of a struct vnet in the kernel's list; 0: vnet0 */
};

/* ---- Sessions ---- */

/** Limits; 0 in a field is its default. A limit reached is KVMSAFE_LIMIT, never an abort. */
struct kvmsafe_limits {
	size_t size;
	uint64_t allocation; /**< bytes of the largest single allocation; default 4 GiB */
	uint64_t memory; /**< bytes of all of a session's; default 8 GiB */
	uint64_t program_headers; /**< of a full core; default 65,536 */
	uint64_t symbols; /**< of the kernel file; default 2^24 */
	uint64_t walk_entries; /**< steps of one walk over mappings; see kvmsafe_page_next */
	uint64_t findings; /**< kept; default 1,024. More are counted in one last finding */
	uint64_t messages; /**< bytes of a message buffer; default 32 MiB */
};

/** Zero it, set size, set what differs. It grows at its end; unknown bytes must be 0. */
struct kvmsafe_options {
	size_t size;
	const char *arch; /**< "amd64", or a MACHINE_ARCH name: "mipsn32"; NULL: recognise */
	struct kvmsafe_source *kernel; /**< the kernel file; NULL: do without */
	const struct kvmsafe_symbol_provider *symbols; /**< in place of the kernel's; copied */
	const struct kvmsafe_limits *limits; /**< NULL: defaults; copied */
	/**
	 * What some dumps do not record; where a dump records it, or its machine has but one, it is
	 * ignored. 0: the usual. What no machine has is USAGE: a page that is no power of two from
	 * 4,096 on, entries of other than 4 or 8 bytes.
	 */
	uint32_t page_bytes; /**< arm64 before version 3: 4,096 or 16,384 */
	uint32_t entry_bytes; /**< of the map, mips n32 and n64: 4 for FreeBSD 8's, 8 */
};

struct kvmsafe_session;

/**
 * Open a dump.
 *
 * A damaged dump opens as far as it is sound: what is wrong is in the findings. Open fails when
 * there is no header, no machine or no legal layout; without page-table root physical reads still
 * work (a finding says so, and reads of virtual addresses answer its reason).
 *
 * A kernel dump header in front is stepped over: of a dump taken over the network, or of a copy of a
 * partition that begins with the leader. The dump then ends after dumplength bytes: what follows in
 * the file is another's, what the dump promises beyond is TRUNCATED, as where the file itself ends
 * first. Where the length is 0, or the header's parity wrong, a finding says so, and the dump ends
 * with the file. A version other than 1 to 4, a compressed or encrypted dump behind it: UNSUPPORTED.
 *
 * @param dump     borrowed until kvmsafe_close. NULL: a session on options->kernel or
 *                 options->symbols alone, which answers symbols as linked
 * @param options  NULL: all defaults
 * @param[out] out to be given to kvmsafe_close
 * @return OK; USAGE; IO; NO_MEMORY; NOT_A_DUMP; UNSUPPORTED; DAMAGED; TRUNCATED: the file ends
 *         before its header does; BAD_KERNEL; KERNEL_NEEDED; LIMIT
 *
 * Time: O(bitmap + program headers * log + kernel's symbols and names); of a little-endian powerpc64
 * under a hypervisor (mmu_phyp) also of up to 64 MiB of its map, which tell in which order it was
 * written. Memory: the bitmap and 5 % of it; for physical and virtual addresses each 56 bytes a
 * program header, up to 176 where they overlap, and while it opens as much again; the kernel's string
 * tables, while it opens a 32nd of them more, and 32 bytes a symbol.
 * Rules: FreeBSD lib/libkvm/kvm.c, _kvm_open; kvm_minidump_<machine>.c, kvm_<machine>.c.
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_open(struct kvmsafe_source *dump,
    const struct kvmsafe_options *options, struct kvmsafe_session **out, struct kvmsafe_error *err);

/** Free everything but the sources. NULL is fine. */
KVMSAFE_API void kvmsafe_close(struct kvmsafe_session *session);

/**
 * The n-th finding: an error that did not stop kvmsafe_open. Complete when open returns, in the
 * order in which open met them.
 *
 * @param n  from 0
 * @return false: no more; *out is untouched
 */
KVMSAFE_API bool kvmsafe_finding(
    const struct kvmsafe_session *session, uint64_t n, struct kvmsafe_error *out);

/** A range of physical memory, [start, end). */
struct kvmsafe_memory_range {
	uint64_t start, end; /**< bytes */
};

/** What a session was opened on. Strings are constants and outlive everything. */
struct kvmsafe_description {
	size_t size; /**< set by the caller */
	const char *format; /**< "minidump", "elf-core" or "sparc64"; NULL: no dump */
	const char *arch; /**< "amd64"; NULL: unknown, symbols from a provider alone */
	const char *machine_arch; /**< MACHINE_ARCH name of the kind of kernel: "mips64el" */
	uint64_t version; /**< of the header; KVMSAFE_NONE where the format has none */
	bool big_endian; /**< byte order of the dump */
	bool arch_guessed; /**< nothing in the file binds the machine or its ABI */
	uint8_t pointer_bytes; /**< of the kernel: 4 or 8 */
	uint8_t reserved[5];
	uint64_t page_bytes;
	uint64_t pages_promised; /**< by bitmap or program headers */
	uint64_t pages_present; /**< wholly in the file */
	uint64_t pages_truncated; /**< promised - present: cut off, one perhaps in its middle */
	uint64_t ranges; /**< for kvmsafe_memory_range_at */
	uint64_t findings; /**< for kvmsafe_finding */
	uint64_t symbols; /**< indexed from the kernel file */
	bool has_map; /**< a direct map, a table with entries, or segments by virtual address */
};

/** @return OK; USAGE: size too small */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_describe(
    const struct kvmsafe_session *session, struct kvmsafe_description *out,
    struct kvmsafe_error *err);

/**
 * The n-th range of physical memory: dump_avail's pairs, the segments of a core, else the one range
 * that the bitmap covers.
 *
 * @return false: no more
 */
KVMSAFE_API bool kvmsafe_memory_range_at(
    const struct kvmsafe_session *session, uint64_t n, struct kvmsafe_memory_range *out);

/* ---- Reading ---- */

/**
 * Read kernel virtual memory.
 *
 * @param[in]  va, len  first address; bytes wanted, across pages and mappings
 * @param[out] buf  len bytes; those from *got on are left as they were
 * @param[out] got  bytes read, from va on without a gap; set in every case
 * @return KVMSAFE_OK when *got == len. Else why byte va + *got could not be had:
 *         NOT_MAPPED, NO_MAP, KERNEL_NEEDED, NOT_DUMPED, OUTSIDE_MEMORY, TRUNCATED, DAMAGED
 *         or IO, with err->place KVMSAFE_VA and err->at = va + *got. A range that passes the top
 *         of the address space ends there with NO_MAP. USAGE: the session has no dump.
 *
 * Time: O(len / page + mappings touched). Threads: any number on one session.
 * Rule: lib/libkvm/kvm.c, kvm_read2(): a hole answers -1, an early end of the file a short
 *       count. Here both are a short *got with its reason.
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_read_va(const struct kvmsafe_session *session,
    uint64_t va, void *buf, size_t len, size_t *got, struct kvmsafe_error *err);

/** Read physical memory: as kvmsafe_read_va, with err->place KVMSAFE_PA. */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_read_pa(const struct kvmsafe_session *session,
    uint64_t pa, void *buf, size_t len, size_t *got, struct kvmsafe_error *err);

/* ---- Translating ---- */

/** Bits of `protection`. */
enum kvmsafe_protection { KVMSAFE_READ = 1, KVMSAFE_WRITE = 2, KVMSAFE_EXECUTE = 4 };

#define KVMSAFE_STEPS_MAX 6

/** One table entry that a translation looked at. */
struct kvmsafe_step {
	uint64_t entry_pa; /**< where the entry lies; KVMSAFE_NONE: in the dump's own map */
	uint64_t entry_offset; /**< where it lies in the file */
	uint64_t entry; /**< its raw value */
	uint32_t level; /**< 0 is the level that maps the smallest pages */
	uint32_t reserved;
};

/** The answer to a translation; fields without one are KVMSAFE_NONE. */
struct kvmsafe_translation {
	uint64_t va;
	uint64_t pa; /**< also set when the page is not dumped, outside memory or cut off */
	uint64_t file_offset; /**< of byte va */
	uint64_t bytes; /**< from va on that the answer, or the failure, holds; 0: to 2^64 */
	uint64_t page_bytes; /**< of the mapping that holds va; 0: none */
	uint32_t protection; /**< enum kvmsafe_protection; 0: none known */
	uint32_t steps;
	struct kvmsafe_step step[KVMSAFE_STEPS_MAX]; /**< the first looked at first */
};

/**
 * Translate a virtual address.
 *
 * @param[out] out  filled on failure too, as far as the walk came
 * @return OK: byte va is at out->file_offset. NOT_MAPPED, NO_MAP, KERNEL_NEEDED, DAMAGED; the
 *         reason of the page (NOT_DUMPED, OUTSIDE_MEMORY, TRUNCATED), or of a table's page, whose
 *         address err->message names
 *
 * Rules: lib/libkvm/kvm_minidump_<machine>.c, _<machine>_minidump_vatop; see arch/.
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_translate(
    const struct kvmsafe_session *session, uint64_t va, struct kvmsafe_translation *out,
    struct kvmsafe_error *err);

/* ---- Pages ---- */

enum kvmsafe_walk_order {
	KVMSAFE_WALK_PAGES, /**< each page of which the file holds a byte, once, by physical address */
	KVMSAFE_WALK_MAPPINGS /**< each valid entry of the kernel map, in the table's order */
};

/** A page or a mapping; KVMSAFE_NONE: has none, or not looked for. */
struct kvmsafe_page {
	uint64_t pa;
	uint64_t va; /**< mappings only */
	uint64_t direct_va; /**< where the direct map has it */
	uint64_t file_offset; /**< of its first byte */
	uint64_t bytes; /**< pages: those in the file; mappings: those that the entry maps */
	uint32_t protection; /**< mappings only */
	uint32_t reserved;
};

/** Where a walk is. The caller's: zero it, set order; copy it to remember a place. */
struct kvmsafe_page_walk {
	uint32_t order; /**< enum kvmsafe_walk_order */
	uint32_t reserved;
	uint64_t state[7];
};

/**
 * The next page of a walk.
 *
 * @param[in,out] walk
 * @param[out] out   untouched when *done
 * @param[out] done  true: there is none left, now and whenever it is asked again
 * @return OK; USAGE: no such order, or the session has no dump; LIMIT, as below
 *
 * A mapping whose table cannot be read is skipped with its whole span; of a hashed table, with what
 * was not read of its group of eight. Time: O(log n) a page; of mappings, besides, linear in the bytes
 * of the tables that the call passes over to the next valid entry, up to all that the file has of them,
 * or to the limit of steps: a map of gibibytes of zeros takes seconds in one call.
 * A walk over pages ends with LIMIT behind more of them than the file has room for, which only
 * program headers that share bytes promise; a walk over mappings takes at most limits.walk_entries
 * steps in all (default: 64 more than the pointers that the file has room for; no sound map has
 * more entries).
 * Rule: lib/libkvm/kvm_minidump_<machine>.c, _<machine>_minidump_walk_pages, first loop.
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_page_next(
    const struct kvmsafe_session *session, struct kvmsafe_page_walk *walk, struct kvmsafe_page *out,
    bool *done, struct kvmsafe_error *err);

/**
 * The n-th page that the dump promises (select).
 *
 * @param n  from 0, by physical address
 * @return OK; NOT_FOUND: there are fewer; TRUNCATED: promised, but no byte is in the file (*out is
 *         filled, file_offset NONE)
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_page_at(const struct kvmsafe_session *session,
    uint64_t n, struct kvmsafe_page *out, struct kvmsafe_error *err);

/* ---- Symbols of a session ---- */

/**
 * Look up a list of names: plain, then VNET, then DPCPU, each entry by itself.
 *
 * @param scope            NULL: vnet0, CPU 0
 * @param[in,out] list     n entries; all but name is set, whatever stood there
 * @param[out] unresolved  how many entries are not found, a true recount; may be NULL
 * @return OK, also when some are not found; USAGE: a NULL name, a scope of another size or with
 *         bytes set that this library does not know; KERNEL_NEEDED: neither kernel file
 *         nor provider; NOT_FOUND: scope names a VNET or CPU that the dump lacks; else a provider's
 *         own error. On failure all entries are cleared.
 *
 * A kernel's own names only match exactly, then less one leading '_'.
 * Time: O(n) look-ups. Rule: lib/libkvm/kvm_private.c, _kvm_nlist; lib/libc/gen/nlist.c.
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_symbols(const struct kvmsafe_session *session,
    const struct kvmsafe_scope *scope, struct kvmsafe_symbol *list, size_t n, size_t *unresolved,
    struct kvmsafe_error *err);

/**
 * What must be added to a link-time address to get the run-time one; modulo 2^64. 0 where the
 * kernel did not move, or where the dump does not say (lib/libkvm/kvm.c, kvm_kerndisp).
 */
KVMSAFE_API uint64_t kvmsafe_kernel_displacement(const struct kvmsafe_session *session);

/* ---- What memory means ---- */

/** Texts that a kernel keeps about itself. */
enum kvmsafe_text {
	/** "FreeBSD 14.0-RELEASE ...": the array at symbol `version`, else the kernel dump header's */
	KVMSAFE_TEXT_VERSION,
	/** what `panicstr` points to, else the kernel dump header's, else the last "panic: " line
	    logged, maybe of a boot before */
	KVMSAFE_TEXT_PANIC
};

/**
 * Read one of them. What can be read of a text that ends in a hole is an answer, and another way is
 * taken where one leads nowhere; a source or a provider that fails (IO, say) is the answer at once.
 *
 * @param[out] buf  at most size - 1 bytes of it and a NUL; hostile bytes, escape before printing
 * @param[out] len  bytes before the NUL
 * @return OK; NOT_FOUND: this dump has none; USAGE: size 0, no such text, or the session has no
 *         dump; else why it could not be read
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_kernel_text(
    const struct kvmsafe_session *session, enum kvmsafe_text text, char *buf, size_t size,
    size_t *len, struct kvmsafe_error *err);

/** The kernel's message buffer: a copy, in order, cut into lines, with findings of its own. */
struct kvmsafe_messages;

/** What said where the text begins. */
enum kvmsafe_messages_source {
	KVMSAFE_MESSAGES_MSGBUF, /**< the kernel's struct msgbuf */
	KVMSAFE_MESSAGES_RING /**< the bytes alone */
};

struct kvmsafe_message {
	const char *text; /**< without priority mark and newline; hostile bytes, no NUL behind */
	uint64_t bytes; /**< of text */
	int64_t priority; /**< the number in <N>; -1: the line has none */
	bool hidden; /**< dmesg(8) leaves it out without -a */
};

/**
 * Copy the message buffer. Where a source or a provider fails on the way to the struct msgbuf of a
 * minidump, its ring says enough: that is a finding of the messages.
 *
 * @param[out] out  to be given to kvmsafe_messages_destroy; independent of the session
 * @return OK; NOT_FOUND: the dump has none; USAGE: the session has no dump; else why it could not
 *         be read; NO_MEMORY; LIMIT
 *
 * Memory: the ring's bytes, and 8 for 16 lines. Rules: sys/sys/msgbuf.h, sys/kern/subr_msgbuf.c,
 * sbin/dmesg/dmesg.c of FreeBSD 12.1 to 15.
 */
KVMSAFE_API KVMSAFE_CHECK enum kvmsafe_status kvmsafe_messages_create(
    const struct kvmsafe_session *session, struct kvmsafe_messages **out,
    struct kvmsafe_error *err);

/** NULL is fine. */
KVMSAFE_API void kvmsafe_messages_destroy(struct kvmsafe_messages *messages);

KVMSAFE_API enum kvmsafe_messages_source kvmsafe_messages_source(
    const struct kvmsafe_messages *messages);

/** The n-th line, the oldest is 0; texts live as long as `messages`. false: no more. */
KVMSAFE_API bool kvmsafe_messages_line(
    const struct kvmsafe_messages *messages, uint64_t n, struct kvmsafe_message *out);

/** All bytes, oldest first, leading NULs left out, priority marks included. */
KVMSAFE_API const char *kvmsafe_messages_bytes(
    const struct kvmsafe_messages *messages, uint64_t *bytes);

/** What is odd about the buffer; as kvmsafe_finding. */
KVMSAFE_API bool kvmsafe_messages_finding(
    const struct kvmsafe_messages *messages, uint64_t n, struct kvmsafe_error *out);

#ifdef __cplusplus
}
#endif
#endif
