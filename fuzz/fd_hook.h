/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A descriptor that no system has: open, fstat, lseek, pread and close answer for it as a plan
 * says. For programs linked with --wrap= of each, and of its name with 64 behind it.
 */
#ifndef KVS_FUZZ_FD_HOOK_H
#define KVS_FUZZ_FD_HOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KVS_FD 0x0fdfdfd /* larger than any that a system gives */
#define KVS_FD_PATH "/planned" /* opens it */

/* Reads that deliver little, fail, lie and end: the n-th call does, from 1; 0: none. */
struct kvs_read_plan {
	size_t chunk; /* at most so many bytes a call; 0: all */
	unsigned fails, lies, ends;
	unsigned calls; /* so far */
	bool failed, lied, ended; /* since the caller's last look */
	uint64_t at; /* where the last call read */
};

/* The next call: bytes that it delivers of `len`. What else it does is in the three flags. */
size_t kvs_read_plan_next(struct kvs_read_plan *plan, uint64_t offset, size_t len);

enum kvs_fd_kind { KVS_FD_FILE, KVS_FD_FOLDER, KVS_FD_PIPE, KVS_FD_CHARACTER, KVS_FD_BLOCK };

enum kvs_fd_call { KVS_FD_NO_CALL, KVS_FD_OPEN, KVS_FD_STAT, KVS_FD_CUR, KVS_FD_END, KVS_FD_SET };

struct kvs_fd {
	enum kvs_fd_kind kind;
	const uint8_t *bytes; /* what can be read */
	uint64_t len;
	int64_t size; /* what fstat and lseek say */
	enum kvs_fd_call fails; /* this call fails with `why` */
	int why;
	struct kvs_read_plan reads; /* a read that fails does so with `why`; none lies */
	unsigned interrupts; /* so many reads are interrupted by a signal first */
	int64_t position;
	/* What was seen. */
	unsigned opened, closed, stats;
	int flags; /* of open */
	size_t longest; /* read asked for */
};

/* From now on; NULL: no more. */
void kvs_fd_use(struct kvs_fd *fd);

#endif
