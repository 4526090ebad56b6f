/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The kernel dump header: 512 bytes in front of a dump on a partition, over the network, or behind
 * a live dump. Numbers are big-endian on every machine. Rule: sys/sys/kerneldump.h, FreeBSD 10.4
 * to 15; layouts 1 to 4.
 */
#ifndef KVS_FORMAT_KERNELDUMP_H
#define KVS_FORMAT_KERNELDUMP_H

#include <kvmsafe/kvmsafe.h>

#include "source/view.h"

#define KVS_KERNELDUMP_BYTES 512

struct kvs_kerneldump {
	char machine_arch[13]; /* "amd64" */
	char version_string[193], panic_string[193]; /* escaped by whoever prints them */
	uint32_t version, arch_version, block_bytes, key_bytes;
	uint64_t dump_bytes; /* of the data behind it; more may follow that are not the dump's */
	uint64_t time; /* seconds since 1970 */
	uint8_t compression; /* 0 none, 1 gzip, 2 zstd */
	bool parity_good; /* XOR of all words is 0 */
};

/*
 * The header in the first 512 bytes of view; where they are none, *out stays as it is.
 *
 * @return OK; UNSUPPORTED: a version whose layout we lack
 */
enum kvmsafe_status kvs_kerneldump_read(
    struct kvs_view view, struct kvs_kerneldump *out, struct kvmsafe_error *err);

#endif
