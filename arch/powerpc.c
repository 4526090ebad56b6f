/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * powerpc, 32-bit: full cores, by kernel address or by physical address. No minidump exists.
 *
 * Sources: FreeBSD main of about 2021, sys/kern/kern_dump.c, sys/powerpc/include/dump.h,
 * lib/libkvm/kvm_powerpc.c; main of 2024, sys/powerpc/powerpc/pmap_dispatch.c and scan_init of
 * each MMU. Which of the two a core is shows in its program headers (format/elfcore.c); nothing in
 * it tells how far the kernel was displaced.
 */
#include "arch/arch.h"

static const char *const names[] = { "powerpc", "powerpcspe", NULL };

static const struct kvs_abi abi = {
	.names = names,
	.elf_class = 1,
	.elf_data = 2,
	.pointer_bytes = 4,
	.va_bits = 32,
	.pa_bits = 36,
};

static const struct kvs_core core = { .delta = NULL };

const struct kvs_arch kvs_arch_powerpc = {
	.name = "powerpc",
	.elf_machine = 20,
	.dyn_kernel = true,
	.page_shift = 12,
	.abis = &abi,
	.nabis = 1,
	.core = &core,
};
