/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel file: what machine it is for; its symbols are symbol/elfsym.h's. */
#ifndef KVS_FORMAT_KERNEL_H
#define KVS_FORMAT_KERNEL_H

#include "format/elfheader.h"

/*
 * Check that a file can be a kernel: ELF, ET_EXEC or ET_DYN, class and data known, section headers
 * in the file. Whether it fits a machine is session/recognise.c's to say. BAD_KERNEL (the message
 * says what the file looks like instead), IO.
 */
enum kvmsafe_status kvs_kernel_header_read(
    const struct kvmsafe_source *source, struct kvs_elf_header *out, struct kvmsafe_error *err);

#endif
