/* SPDX-License-Identifier: BSD-2-Clause */
/* The machines that this build knows: the rows of arches.def. */
#include "arch/arch.h"

#define KVS_ARCH(name) extern const struct kvs_arch kvs_arch_##name;
#include "arch/arches.def"
#undef KVS_ARCH

const struct kvs_arch *const kvs_arches[] = {
#define KVS_ARCH(name) &kvs_arch_##name,
#include "arch/arches.def"
#undef KVS_ARCH
};

const size_t kvs_narches = sizeof(kvs_arches) / sizeof(kvs_arches[0]);
