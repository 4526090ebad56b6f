/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the message buffer is and where its text begins: struct msgbuf behind the ring in a
 * minidump's first region, else through the variable msgbufp, else by the bytes alone.
 * Rule: sys/sys/msgbuf.h, sys/kern/subr_msgbuf.c, sys/<machine>/<machine>/minidump_machdep.c,
 * FreeBSD 8 to 15.
 */
#ifndef KVS_POST_MSGBUF_H
#define KVS_POST_MSGBUF_H

#include "session/session.h"

/* struct msgbuf, as far as it is used. */
struct kvs_msgbuf {
	bool valid; /* magic, sizes and sequence numbers agree */
	uint64_t ring_va;
	uint64_t size; /* bytes of the ring */
	uint64_t write_seq, read_seq, checksum;
};

/* The ring's bytes, as many as could be had, and what is known of them. */
struct kvs_ring {
	uint8_t *bytes; /* owned, of the budget given */
	size_t len; /* that were read */
	uint64_t size; /* that there should be */
	struct kvs_msgbuf msgbuf; /* valid: its indices can be used */
};

/*
 * Read the ring. Findings: msgbuf-differs, a ring cut short. NOT_FOUND: this dump has none;
 * KERNEL_NEEDED: only the kernel's symbols say where it is; else why it could not be read.
 */
enum kvmsafe_status kvs_ring_read(const struct kvmsafe_session *session, struct kvs_memory *memory,
    struct kvs_findings *findings, struct kvs_ring *out, struct kvmsafe_error *err);

#endif
