/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel's translation storage buffer of sparc64: a table in memory that is indexed by the
 * number of the 8 KiB page, one probe, no chain; the tag decides. Sources: FreeBSD 8.3 to 12.2,
 * sys/sparc64/include/tsb.h, tte.h, sys/sparc64/sparc64/pmap.c; lib/libkvm/kvm_sparc64.c.
 */
#ifndef KVS_XLAT_TSB_H
#define KVS_XLAT_TSB_H

#include "xlat/space.h"

#define KVS_TSB_ENTRY_BYTES 32

/* Method: table in memory, entries of 32 bytes; mask is what the page's number is cut by, which
   may have holes. mask < entries. */
extern const struct kvs_method kvs_tsb_walk;

#endif
