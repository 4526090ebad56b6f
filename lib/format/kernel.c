/* SPDX-License-Identifier: BSD-2-Clause */
/* Which ELF files can be kernels. */
#include "format/kernel.h"

#include "format/identify.h"
#include "util/error.h"

/* Somebody who mixes up the arguments hands us the dump, or a kernel that is still compressed. */
static enum kvmsafe_status
check_looks(const struct kvmsafe_source *source, struct kvmsafe_error *err)
{
	uint8_t buf[KVS_IDENTIFY_BYTES];
	const size_t want = (size_t)kvs_min(sizeof(buf), kvmsafe_source_bytes(source));
	size_t got = 0;
	const enum kvmsafe_status status = kvmsafe_source_read(source, 0, buf, want, &got, err);
	const struct kvs_view head = { .bytes = buf, .len = got };
	enum kvs_file_kind kind;

	if (status != KVMSAFE_OK && status != KVMSAFE_TRUNCATED)
		return status;
	kind = kvs_identify(&head);
	if (kind == KVS_FILE_ELF)
		return KVMSAFE_OK;
	return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, 0,
	    "kernel: an ELF file expected, found %s", kvs_file_kind_words(kind));
}

enum kvmsafe_status
kvs_kernel_header_read(
    const struct kvmsafe_source *source, struct kvs_elf_header *out, struct kvmsafe_error *err)
{
	const struct kvs_elf_wanted wanted = {
		.what = "kernel", .status = KVMSAFE_BAD_KERNEL, .shdrs = true
	};
	struct kvs_elf_header header;
	enum kvmsafe_status status;

	status = check_looks(source, err);
	if (status != KVMSAFE_OK)
		return status;
	status = kvs_elf_header_read(source, &wanted, &header, err);
	if (status != KVMSAFE_OK)
		return status;
	if (header.type != KVS_ET_EXEC && header.type != KVS_ET_DYN)
		return kvs_fail_at(err, KVMSAFE_BAD_KERNEL, KVMSAFE_FILE_OFFSET, KVS_E_TYPE,
		    "kernel: ELF type 2 (ET_EXEC) or 3 (ET_DYN) expected, found %u%s",
		    (unsigned)header.type, header.type == KVS_ET_CORE ? ", a core file" : "");
	*out = header;
	return KVMSAFE_OK;
}
