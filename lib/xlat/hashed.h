/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The hashed page table of old PowerPC kernels (HPT): groups of eight entries of 16 bytes, found by
 * a hash of segment and page. Sources: FreeBSD main of 2019 to 2024, sys/powerpc/include/pte.h,
 * slb.h, sys/powerpc/aim/mmu_oea64.c; lib/libkvm/kvm_minidump_powerpc64_hpt.c.
 */
#ifndef KVS_XLAT_HASHED_H
#define KVS_XLAT_HASHED_H

#include "xlat/space.h"

/*
 * Method of a range over all addresses: table is the whole HPT in the file, its `entries` 8 times
 * a power of two; base and mask are the first and last address of the direct map, where alone
 * large pages are believed. next answers in the order of slots.
 */
extern const struct kvs_method kvs_hashed_walk;

#define KVS_HASHED_ENTRY_BYTES 16
#define KVS_HASHED_GROUP 8 /* entries */

/*
 * In which byte order a table was written, by counting the kernel's valid entries both ways;
 * little-endian where that does not tell. Of 64 MiB and more, pieces of 1 KiB are asked, evenly apart: a
 * table that claims 2 GiB is not to cost a second, and a segment's pages lie together, in 8 MiB.
 * Time: O(bytes asked).
 */
enum kvs_order kvs_hashed_order(const struct kvmsafe_source *source, const struct kvs_table *table);

#endif
