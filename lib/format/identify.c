/* SPDX-License-Identifier: BSD-2-Clause */
/* What a file is, or looks like, by its first bytes. */
#include "format/identify.h"

#include <string.h>

struct magic {
	enum kvs_file_kind kind;
	uint16_t offset;
	uint8_t bytes;
	const char *text;
};

/* In the order of the test; those of dumps first. */
static const struct magic magics[] = {
	{ KVS_FILE_MINIDUMP, 0, 8, "minidump" },
	{ KVS_FILE_ELF, 0, 4, "\177ELF" },
	{ KVS_FILE_KERNEL_DUMP_HEADER, 0, 20, "FreeBSD Kernel Dump" },
	{ KVS_FILE_TEXT_DUMP_HEADER, 0, 18, "FreeBSD Text Dump" },
	{ KVS_FILE_CLEARED, 0, 20, "Cleared Kernel Dump" },
	{ KVS_FILE_GZIP, 0, 2, "\037\213" },
	{ KVS_FILE_ZSTD, 0, 4, "\050\265\057\375" },
	{ KVS_FILE_XZ, 0, 6,
	    "\375"
	    "7zXZ" },
	{ KVS_FILE_BZIP2, 0, 3, "BZh" },
	{ KVS_FILE_TAR, 257, 5, "ustar" },
	{ KVS_FILE_INFO, 0, 23, "Dump header from device" },
};

static const char *const words[] = {
	[KVS_FILE_EMPTY] = "an empty file",
	[KVS_FILE_MINIDUMP] = "a minidump",
	[KVS_FILE_ELF] = "an ELF file",
	[KVS_FILE_KERNEL_DUMP_HEADER] =
	    "a kernel dump header, as on a dump partition: the dump lies behind it",
	[KVS_FILE_TEXT_DUMP_HEADER] = "a text dump: no memory is in it",
	[KVS_FILE_CLEARED] =
	    "a kernel dump header that savecore(8) cleared: the dump was extracted before",
	[KVS_FILE_GZIP] = "a gzip file: decompress it first (gzip -d)",
	[KVS_FILE_ZSTD] = "a zstd file: decompress it first (zstd -d)",
	[KVS_FILE_XZ] = "an xz file: decompress it first (xz -d)",
	[KVS_FILE_BZIP2] = "a bzip2 file: decompress it first (bzip2 -d)",
	[KVS_FILE_TAR] = "a tar archive, perhaps an extracted text dump: no memory is in it",
	[KVS_FILE_INFO] = "savecore(8)'s info file: the dump is the vmcore file beside it",
	[KVS_FILE_KEY] = "a key block of an encrypted dump: the dump is the file beside it",
	[KVS_FILE_ZEROS] = "nothing but zeros at its start",
	[KVS_FILE_UNKNOWN] = "nothing that we know; an encrypted dump looks like this",
};

static bool
all_zero(const struct kvs_view *head)
{
	for (size_t i = 0; i < head->len; i++)
		if (head->bytes[i] != 0)
			return false;
	return true;
}

/*
 * struct kerneldumpkey, packed: u8 algorithm 1 or 2, 32 bytes of iv, u32 big-endian bytes of the
 * RSA modulus, then that many: sys/sys/kerneldump.h, FreeBSD 12.0 to 15.
 */
static bool
is_key(const struct kvs_view *head)
{
	struct kvs_view view = *head;
	uint64_t modulus;

	if (view.bytes[0] < 1 || view.bytes[0] > 2)
		return false;
	view.order = KVS_BE;
	modulus = kvs_view_uint(&view, 33, 4); /* 0 beyond the end */
	return modulus == 128 || modulus == 256 || modulus == 512 || modulus == 1024;
}

enum kvs_file_kind
kvs_identify(const struct kvs_view *head)
{
	if (head->len == 0)
		return KVS_FILE_EMPTY;
	for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
		const struct magic *const magic = &magics[i];

		if ((size_t)magic->offset + magic->bytes <= head->len &&
		    memcmp(head->bytes + magic->offset, magic->text, magic->bytes) == 0)
			return magic->kind;
	}
	if (all_zero(head))
		return KVS_FILE_ZEROS;
	return is_key(head) ? KVS_FILE_KEY : KVS_FILE_UNKNOWN;
}

const char *
kvs_file_kind_words(enum kvs_file_kind kind)
{
	return words[kind];
}
