/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file is, or looks like, by its first bytes. Facts: savecore(8), sys/sys/kerneldump.h. */
#ifndef KVS_FORMAT_IDENTIFY_H
#define KVS_FORMAT_IDENTIFY_H

#include "source/view.h"

enum kvs_file_kind {
	KVS_FILE_EMPTY,
	KVS_FILE_MINIDUMP, /* begins "minidump" */
	KVS_FILE_ELF,
	KVS_FILE_KERNEL_DUMP_HEADER, /* "FreeBSD Kernel Dump": dump behind it, or a partition */
	KVS_FILE_TEXT_DUMP_HEADER, /* "FreeBSD Text Dump" */
	KVS_FILE_CLEARED, /* "Cleared Kernel Dump": extracted already */
	KVS_FILE_GZIP,
	KVS_FILE_ZSTD,
	KVS_FILE_XZ,
	KVS_FILE_BZIP2,
	KVS_FILE_TAR, /* a text dump as savecore leaves it, perhaps */
	KVS_FILE_INFO, /* info.N */
	KVS_FILE_KEY, /* key.N, perhaps */
	KVS_FILE_ZEROS, /* nothing but 0 in what was looked at */
	KVS_FILE_UNKNOWN
};

/* How much of a file kvs_identify wants to see, if it is that long. */
#define KVS_IDENTIFY_BYTES 512

enum kvs_file_kind kvs_identify(const struct kvs_view *head);

/* Words for messages, with the next step where there is one:
   "a gzip file: decompress it first (gzip -d)". */
const char *kvs_file_kind_words(enum kvs_file_kind kind);

#endif
