/* SPDX-License-Identifier: BSD-2-Clause */
/* Types of nlist(3), as FreeBSD's sys/nlist_aout.h has them. */
#ifndef KVS_SYMBOL_NLIST_H
#define KVS_SYMBOL_NLIST_H

enum {
	KVS_N_EXT = 1, /* a bit: global or weak */
	KVS_N_ABS = 2,
	KVS_N_TEXT = 4,
	KVS_N_DATA = 6,
	KVS_N_BSS = 8,
	KVS_N_FN = 0x1e
};

#endif
