/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes mips minidumps by the tables of their specification. */
#include "support/mips_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

const struct mips_kind mips_kinds[MIPS_KINDS] = {
	{ "mips", { true, false, 4, 32 }, BASE_32 },
	{ "mipsel", { false, false, 4, 32 }, BASE_32 },
	{ "mipsn32", { true, false, 8, 40 }, BASE_32 },
	{ "mipsn32el", { false, false, 8, 40 }, BASE_32 },
	{ "mips64", { true, true, 8, 40 }, BASE_64 },
	{ "mips64el", { false, true, 8, 40 }, BASE_64 },
};

uint8_t mips_file[MIPS_FILE_BYTES];

void
mips_put4(const struct mips_kind *kind, uint8_t *at, uint64_t value)
{
	put(at, 4, kind->naive.big_endian, value);
}

void
mips_put8(const struct mips_kind *kind, uint8_t *at, uint64_t value)
{
	put(at, 8, kind->naive.big_endian, value);
}

void
mips_put_entry(const struct mips_kind *kind, uint8_t *map, size_t n, uint64_t value)
{
	const unsigned width = kind->naive.entry_bytes;

	put(map + n * width, width, kind->naive.big_endian, value);
}

/* A map of one page, all unmapped as kernels write it. */
struct mips_regions
mips_header(const struct mips_kind *kind, unsigned version)
{
	struct mips_regions at = { .avail = mips_file + 2 * PAGE };

	memset(mips_file, 0, sizeof(mips_file));
	memcpy(mips_file, "minidump FreeBSD/mips", 22);
	mips_put4(kind, mips_file + 24, version);
	for (unsigned i = 0; i < 3; i++)
		mips_put4(kind, mips_file + 28 + 4 * i, PAGE);
	mips_put8(kind, mips_file + 40, kind->kernbase);
	if (version == 2)
		mips_put4(kind, mips_file + 64, PAGE);
	at.bitmap = at.avail + (version == 2 ? PAGE : 0);
	at.map = at.bitmap + PAGE;
	at.pages = at.map + PAGE;
	for (size_t i = 0; i < PAGE / kind->naive.entry_bytes; i++)
		mips_put_entry(kind, at.map, i, 1);
	return at;
}

/* The first worked example, or its twin of version 1; returns its length. */
size_t
mips_example(const struct mips_kind *kind, unsigned version)
{
	static const uint64_t entries[] = { 0x9f, UINT64_C(0x010000000400005f), 1,
		UINT64_C(0x008000000400085b), 0x15f, 0x3fffe97 };
	const struct mips_regions at = mips_header(kind, version);

	mips_put8(kind, at.avail + 8, 0x8000);
	mips_put8(kind, at.avail + 16, UINT64_C(0x100000000));
	mips_put8(kind, at.avail + 24, UINT64_C(0x100080000));
	memset(at.bitmap, 0, PAGE);
	if (version == 2 && kind->naive.n64) {
		mips_put8(kind, at.bitmap, 0x20000000205);
		mips_put8(kind, at.bitmap + 8, 0x40);
	} else {
		mips_put4(kind, at.bitmap, 0x205);
		mips_put4(kind, at.bitmap + 4, 0x200);
		mips_put4(kind, at.bitmap + 8, 0x40);
	}
	for (size_t i = 0; i < 6; i++)
		mips_put_entry(kind, at.map, i, entries[i]);
	return (size_t)(at.pages - mips_file) + 5 * PAGE;
}

/* The second one. */
size_t
mips_example_o32(const struct mips_kind *kind)
{
	static const uint64_t entries[] = { 0x85f, 0x2000401b, 1, 0, 0x11f, 0x0400001f };
	const struct mips_regions at = mips_header(kind, 1);

	mips_put4(kind, mips_file + 28, 0xff0);
	mips_put4(kind, at.bitmap, 1 << 3);
	mips_put4(kind, at.bitmap + 4, 1 << 1);
	mips_put4(kind, at.bitmap + 32, 1);
	for (size_t i = 0; i < 6; i++)
		mips_put_entry(kind, at.map, i, entries[i]);
	return 0x7000;
}

void
mips_open(struct opened *opened, const struct mips_kind *kind, size_t len)
{
	const struct opened_how how = { .arch = kind->arch };
	struct kvmsafe_error err;

	if (opened_init(opened, mips_file, len, &how, &err) != KVMSAFE_OK)
		fail_msg("%s: %s", kind->arch, err.message);
}

/* The finding whose message has these words. */
bool
mips_finding(const struct opened *opened, const char *words, struct kvmsafe_error *out)
{
	for (uint64_t i = 0; kvmsafe_finding(opened->session, i, out); i++)
		if (strstr(out->message, words) != NULL)
			return true;
	return false;
}
