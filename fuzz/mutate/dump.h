/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of what a dump is made of: header fields, bitmap, page tables, ELF headers. */
#ifndef KVS_FUZZ_MUTATE_DUMP_H
#define KVS_FUZZ_MUTATE_DUMP_H

#include "fuzz/mutate/records.h"

/* One change of the dump or the kernel; false: it is of no known kind, nothing was changed. */
bool kvs_mutate_dump(struct kvs_input *in);

#endif
