/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes powerpc64 minidumps by the tables of their specification. */
#include "support/powerpc64_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

uint8_t ppc64_file[PPC64_FILE_BYTES];

void
ppc64_put(const struct ppc64 *dump, uint8_t *at, unsigned width, uint64_t value)
{
	put(at, width, dump->big_endian, value);
}

struct ppc64
ppc64_header(
    bool big_endian, unsigned version, const char *mmu, uint64_t msgbuf, uint64_t map_bytes)
{
	const uint64_t words[] = { KERNBASE, UINT64_C(0xc0080007ffffffff), DMAPBASE,
		UINT64_C(0xc007ffffffffffff) };
	struct ppc64 dump = { .big_endian = big_endian,
		.table_big_endian = big_endian || strcmp(mmu, "mmu_phyp") != 0,
		.version = version,
		.map_bytes = map_bytes };

	memset(ppc64_file, 0, sizeof(ppc64_file));
	memcpy(ppc64_file, "minidump FreeBSD/powerpc64", 27);
	memcpy(ppc64_file + 32, mmu, strlen(mmu));
	ppc64_put(&dump, ppc64_file + 64, 4, version);
	ppc64_put(&dump, ppc64_file + 68, 4, msgbuf);
	ppc64_put(&dump, ppc64_file + 72, 4, PAGE);
	ppc64_put(&dump, ppc64_file + 76, 4, map_bytes);
	for (unsigned i = 0; i < 4; i++)
		ppc64_put(&dump, ppc64_file + 80 + 8 * i, 8, words[i]);
	if (version == 2)
		ppc64_put(&dump, ppc64_file + 136, 4, PAGE);
	dump.avail = ppc64_file + PAGE + msgbuf;
	dump.bitmap = dump.avail + (version == 2 ? PAGE : 0);
	dump.map = dump.bitmap + PAGE;
	dump.pages = dump.map + map_bytes;
	return dump;
}

void
ppc64_bit(const struct ppc64 *dump, uint64_t n)
{
	const uint64_t byte = dump->big_endian ? 8 * (n / 64) + 7 - n % 64 / 8 : n / 8;

	dump->bitmap[byte] |= (uint8_t)(1 << n % 8);
}

void
ppc64_range(const struct ppc64 *dump, size_t n, uint64_t start, uint64_t end)
{
	ppc64_put(dump, dump->avail + 16 * n, 8, start);
	ppc64_put(dump, dump->avail + 16 * n + 8, 8, end);
}

void
ppc64_entry(const struct ppc64 *dump, uint64_t n, uint64_t hi, uint64_t lo)
{
	put(dump->map + 16 * n, 8, dump->table_big_endian, hi);
	put(dump->map + 16 * n + 8, 8, dump->table_big_endian, lo);
}

size_t
ppc64_hashed_example(struct ppc64 *out, bool big_endian, unsigned version, bool hypervisor)
{
	static const uint64_t entries[][3] = {
		{ 0x22180, 0x0001d800ecc40001, 0x00101012 },
		{ 0x1dde0, 0x0001d800ecc40003, 0x00103012 },
		{ 0x075b0, 0x0001d80228740f01, 0x02041012 },
		{ 0x222a0, 0x0001d800ecc40001, 0x00103012 },
		{ 0x222d0, 0x0001d800ecc40001, 0x00105012 },
		{ 0x22370, 0x0001d800ecc40001, 0x00105012 },
		{ 0x1dc80, 0x0001d800ecc40003, 0x00101012 },
		{ 0x22390, 0x0001d800ecc40005, 0x02000012 },
		{ 0x22410, 0x0001d800ecc40000, 0x00101012 },
		{ 0x22490, 0x4001d800ecc40001, 0x00101012 },
		{ 0x22510, 0x0001d800ecc40001, 0x00102012 },
		{ 0x22590, 0x0001d800ecc40001, 0x00200013 },
		{ 0x22140, 0x00010000ecc40205, 0x02000012 },
	};
	static const uint64_t bits[][2] = { { 0x101, 1 }, { 0x103, 3 }, { 0x105, 5 },
		{ 0x2000, 16 }, { 0x2041, 81 } };
	const struct ppc64 dump =
	    ppc64_header(big_endian, version, hypervisor ? "mmu_phyp" : "mmu_g5", PAGE, HPT_BYTES);

	ppc64_put(&dump, ppc64_file + 112, 4, hypervisor ? 0 : 1);
	ppc64_put(&dump, ppc64_file + 120, 8, UINT64_C(0xc000000000100100));
	ppc64_put(&dump, ppc64_file + 128, 8, UINT64_C(0xc000000000104100));
	if (version == 2) {
		ppc64_range(&dump, 0, 0x100000, 0x110000);
		ppc64_range(&dump, 1, 0x2000000, 0x3000000);
	}
	for (size_t i = 0; i < 5; i++)
		ppc64_bit(&dump, bits[i][version - 1]);
	for (size_t i = 0; i < sizeof(entries) / sizeof(entries[0]); i++)
		ppc64_entry(&dump, entries[i][0] / 16, entries[i][1], entries[i][2]);
	*out = dump;
	return (size_t)(dump.pages - ppc64_file) + 5 * PAGE;
}

size_t
ppc64_radix_example(struct ppc64 *out, bool big_endian, bool with_map)
{
	static const uint64_t bits[] = { 1, 2, 3, 4, 19, 530 };
	static const uint64_t tables[][2] = { { 0, 0x8000000000002009 }, { 8, 0xc00000004000018e },
		{ 0x1000, 0x8000000000003009 }, { 0x1008, 0xc00000000020018e },
		{ 0x1010, 0x8000000000005009 }, { 0x2028, 0xc00000000000418e },
		{ 0x2030, 0x8000000000004009 }, { 0x2040, 0xc00000000000618e },
		{ 0x2048, 0xc00000000900018d } };
	const struct ppc64 dump = ppc64_header(big_endian, 2, "mmu_radix", 0, with_map ? 65536 : 0);

	ppc64_put(&dump, ppc64_file + 120, 8, UINT64_C(0xc000000000003100));
	ppc64_put(&dump, ppc64_file + 128, 8, UINT64_C(0xc000000000005100));
	ppc64_range(&dump, 0, 0, 0x10000);
	ppc64_range(&dump, 1, 0x200000, 0x400000);
	ppc64_range(&dump, 2, 0x40000000, 0x40010000);
	for (size_t i = 0; i < 6; i++)
		ppc64_bit(&dump, bits[i]);
	if (with_map)
		put(dump.map + 4096 * 8, 8, true, UINT64_C(0x8000000000001009));
	for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
		put(dump.pages + tables[i][0], 8, true, tables[i][1]);
	*out = dump;
	return (size_t)(dump.pages - ppc64_file) + 6 * PAGE;
}

void
ppc64_open(struct opened *opened, const struct ppc64 *dump, size_t len)
{
	const struct opened_how how = { .arch = dump->big_endian ? "powerpc64" : "powerpc64le" };
	struct kvmsafe_error err;

	if (opened_init(opened, ppc64_file, len, &how, &err) != KVMSAFE_OK)
		fail_msg("%s: %s", how.arch, err.message);
}

void
ppc64_compare(const struct opened *opened, const struct ppc64 *dump, size_t len, uint64_t va)
{
	struct naive_answer want;

	naive_powerpc64(ppc64_file, len, dump->table_big_endian, va, &want);
	opened_compare(opened, va, &want);
}
