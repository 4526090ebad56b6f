/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel dump header: four layouts, one parity. */
#include "format/kerneldump.h"

#include <inttypes.h>
#include <string.h>

#include "util/error.h"

/* Offsets of what moved between versions; 0: not in it. */
struct layout {
	uint16_t time, keysize, blocksize, versionstring, panicstring, panic_bytes, compression;
};

static const struct layout layouts[] = {
	{ 48, 0, 56, 124, 316, 192, 0 },
	{ 48, 56, 60, 128, 320, 188, 0 },
	{ 56, 64, 68, 137, 329, 179, 72 },
	{ 48, 56, 60, 128, 320, 175, 495 },
};

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static const char magic[] = "FreeBSD Kernel Dump";

/* A zero-filled string; one without a zero ends with its field. */
static void
copy_string(char *to, const struct kvs_view *view, size_t offset, size_t bytes)
{
	memcpy(to, view->bytes + offset, bytes);
	to[bytes] = '\0';
}

static bool
parity_good(struct kvs_view *view)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < KVS_KERNELDUMP_BYTES; i += 4)
		sum ^= kvs_view_uint(view, i, 4);
	return sum == 0;
}

enum kvmsafe_status
kvs_kerneldump_read(struct kvs_view view, struct kvs_kerneldump *out, struct kvmsafe_error *err)
{
	const struct layout *layout;
	uint64_t version;

	view.order = KVS_BE;
	if (view.len < KVS_KERNELDUMP_BYTES || memcmp(view.bytes, magic, sizeof(magic)) != 0)
		return KVMSAFE_OK;
	version = kvs_view_uint(&view, 32, 4);
	if (version < 1 || version > LAYOUTS)
		return kvs_fail_at(err, KVMSAFE_UNSUPPORTED, KVMSAFE_FILE_OFFSET, 32,
		    "kernel dump header: version 1 to %zu expected, found %" PRIu64, LAYOUTS,
		    version);
	layout = &layouts[version - 1];
	memset(out, 0, sizeof(*out));
	out->version = (uint32_t)version;
	copy_string(out->machine_arch, &view, 20, 12);
	copy_string(out->version_string, &view, layout->versionstring, 192);
	copy_string(out->panic_string, &view, layout->panicstring, layout->panic_bytes);
	out->arch_version = (uint32_t)kvs_view_uint(&view, 36, 4);
	out->dump_bytes = kvs_view_uint(&view, 40, 8);
	out->time = kvs_view_uint(&view, layout->time, 8);
	out->block_bytes = (uint32_t)kvs_view_uint(&view, layout->blocksize, 4);
	if (layout->keysize != 0)
		out->key_bytes = (uint32_t)kvs_view_uint(&view, layout->keysize, 4);
	if (layout->compression != 0)
		out->compression = view.bytes[layout->compression];
	out->parity_good = parity_good(&view);
	return KVMSAFE_OK;
}
