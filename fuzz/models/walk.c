/* SPDX-License-Identifier: BSD-2-Clause */
/* Machines and their models: what each presumes of a header is asked here, by offset. */
#include "fuzz/models/walk.h"

#include <string.h>

#include "naive/amd64.h"
#include "naive/arm.h"
#include "naive/arm64.h"
#include "naive/i386.h"
#include "naive/mips.h"
#include "naive/powerpc64.h"
#include "naive/riscv64.h"
#include "naive/sparc64.h"

#define BITMAP_MAX (1 << 20) /* larger ones are slow to count bit by bit */
#define AVAIL_MAX 65536
#define HEADERS_MAX 64

/* A field of the minidump's header, in the dump's order. */
static uint64_t
field(const struct kvs_model *model, uint64_t offset, unsigned width)
{
	return kvs_image_number(&model->image, offset, width, model->is.big_endian);
}

static void
edge(struct kvs_model *model, uint64_t va)
{
	model->edges[model->nedges++] = va;
}

static bool
are_pages(uint64_t address, uint64_t unit)
{
	return address % unit == 0;
}

/* A direct map [base, end) whose physical address is at phys; 0: there is no such field. */
static bool
direct_map(struct kvs_model *model, uint64_t base, uint64_t end, uint64_t phys)
{
	edge(model, base);
	edge(model, end);
	edge(model, base - phys);
	return base <= end && are_pages(base, model->is.page_bytes) &&
	    are_pages(phys, model->is.page_bytes);
}

/* Edges of a map of so many entries of so many bytes, each for `span` of addresses. */
static bool
map_of(struct kvs_model *model, uint64_t kernbase, unsigned width, uint64_t span)
{
	edge(model, kernbase);
	edge(model, kernbase + field(model, 36, 4) / width * span);
	return are_pages(kernbase, span);
}

/* ---- Minidumps ---- */

static void
translate_amd64(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	naive_amd64_minidump(model->image.file, model->image.bytes, va, out);
}

static bool
take_amd64(struct kvs_model *model)
{
	const uint64_t span = model->is.version == 1 ? 4096 : 1 << 21;

	model->translate = translate_amd64;
	return map_of(model, field(model, 40, 8), 8, span) &&
	    direct_map(model, field(model, 48, 8), field(model, 56, 8), 0);
}

static void
translate_arm(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	naive_arm_minidump(model->image.file, model->image.bytes, model->is.big_endian, va, out);
}

static bool
take_arm(struct kvs_model *model)
{
	model->translate = translate_arm;
	return map_of(model, field(model, 40, 4), 4, 4096) && field(model, 48, 4) <= 2;
}

static void
translate_arm64(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	naive_arm64(
	    model->image.file, model->image.bytes, model->opening->options.page_bytes, va, out);
}

static bool
take_arm64(struct kvs_model *model)
{
	model->translate = translate_arm64;
	return map_of(model, field(model, 40, 8), 8, model->is.page_bytes) &&
	    direct_map(model, field(model, 56, 8), field(model, 64, 8), field(model, 48, 8));
}

static void
translate_i386(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	naive_i386_minidump(model->image.file, model->image.bytes, va, out);
}

static bool
take_i386(struct kvs_model *model)
{
	model->translate = translate_i386;
	return map_of(model, field(model, 40, 4), field(model, 44, 4) != 0 ? 8 : 4, 4096);
}

static struct naive_mips
mips_of(const struct kvs_model *model)
{
	const bool n32 = strstr(model->is.machine_arch, "n32") != NULL;
	const bool n64 = strstr(model->is.machine_arch, "64") != NULL;
	const bool narrow = model->opening->options.entry_bytes == 4;

	return (struct naive_mips){ model->is.big_endian, n64, (n32 || n64) && !narrow ? 8 : 4,
		n32 || n64 ? 40 : 32 };
}

static void
translate_mips(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	const struct naive_mips kind = mips_of(model);

	naive_mips(model->image.file, model->image.bytes, &kind, va, out);
}

static bool
take_mips(struct kvs_model *model)
{
	const struct naive_mips kind = mips_of(model);

	model->translate = translate_mips;
	edge(model, UINT64_C(0x80000000));
	edge(model, UINT64_C(0xffffffff80000000));
	edge(model, UINT64_C(0x9800000000000000));
	return map_of(model, field(model, 40, 8), kind.entry_bytes, 4096) &&
	    (kind.n64 || field(model, 40, 8) <= UINT32_MAX);
}

static void
translate_powerpc64(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	naive_powerpc64(model->image.file, model->image.bytes, model->table_big_endian, va, out);
}

/* Entries that look like a kernel's, were the table in this order. */
static uint64_t
plausible(const struct kvs_model *model, uint64_t map, uint64_t bytes, bool big_endian)
{
	uint64_t n = 0;

	for (uint64_t at = 0; at + 16 <= bytes && map + at + 16 <= model->image.bytes; at += 16) {
		const uint64_t hi = kvs_image_number(&model->image, map + at, 8, big_endian);

		n += hi != 0 && hi % 2 != 0 && hi >> 62 == 0 && (hi >> 48) % 2 != 0;
	}
	return n;
}

static uint64_t
rounded(uint64_t bytes)
{
	return (bytes + 4095) / 4096 * 4096;
}

/* Only a hypervisor's table of a little-endian kernel can be in either order. */
static bool
order_of_table(const struct kvs_model *model)
{
	const uint64_t avail = model->is.version == 1 ? 0 : field(model, 136, 4);
	const uint64_t map =
	    4096 + rounded(field(model, 68, 4)) + rounded(avail) + rounded(field(model, 72, 4));
	const uint64_t bytes = field(model, 76, 4);

	if (model->is.big_endian || !kvs_image_is(&model->image, 32, "mmu_phyp"))
		return true;
	return plausible(model, map, bytes, true) > plausible(model, map, bytes, false);
}

static bool
take_powerpc64(struct kvs_model *model)
{
	const uint64_t start = field(model, 120, 8), end = field(model, 128, 8);

	if (field(model, 76, 4) > 1 << 20 || end < start || end - start > UINT64_MAX - (2 << 20))
		return false;
	model->translate = translate_powerpc64;
	model->hashed = !kvs_image_is(&model->image, 32, "mmu_radix");
	model->table_big_endian = order_of_table(model);
	edge(model, 0x100000);
	edge(model, rounded(0x100100 + (end - start)));
	edge(model, field(model, 80, 8)); /* kernbase */
	edge(model, field(model, 80, 8) + (UINT64_C(1) << 52));
	edge(model, field(model, 96, 8)); /* dmapbase, dmapend */
	edge(model, field(model, 104, 8));
	return true;
}

static void
translate_riscv64(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	naive_riscv64(model->image.file, model->image.bytes, va, out);
}

static bool
take_riscv64(struct kvs_model *model)
{
	model->translate = translate_riscv64;
	return map_of(model, field(model, 40, 8), 8, 4096) &&
	    direct_map(model, field(model, 56, 8), field(model, 64, 8), field(model, 48, 8));
}

/* ---- sparc64 ---- */

static void
translate_sparc64(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	naive_sparc64(model->image.file, model->image.bytes, va, out);
}

static bool
take_sparc64(struct kvs_model *model)
{
	model->translate = translate_sparc64;
	edge(model, UINT64_C(0xfffff80000000000));
	return true;
}

/* ---- Full cores ---- */

static void
translate_core(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	const uint8_t *const file = model->image.file;
	const uint64_t bytes = model->image.bytes;

	if (model->is.pointer_bytes == 4 && va > UINT32_MAX)
		*out = naive_failure(KVMSAFE_NO_MAP);
	else if (!model->mapped)
		*out = naive_failure(model->unmapped);
	else if (model->levels >= 4)
		naive_amd64_core(file, bytes, model->root, model->levels, va, out);
	else if (strcmp(model->is.arch, "arm") == 0)
		naive_arm_core(file, bytes, model->big_endian, model->root, va, out);
	else
		naive_i386_core(file, bytes, model->root, model->pae, va, out);
}

/* Headers that say what they mean: none of all ones. */
static bool
headers_are_plain(const struct kvs_model *model, bool wide)
{
	const uint64_t first = field(model, wide ? 32 : 28, wide ? 8 : 4);
	const uint64_t count = field(model, wide ? 56 : 44, 2), size = wide ? 56 : 32;
	const unsigned width = wide ? 8 : 4;
	const uint64_t ones = wide ? UINT64_MAX : UINT32_MAX;

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = first + i * size;
		const uint64_t va = field(model, at + (wide ? 16 : 8), width);
		const uint64_t pa = field(model, at + (wide ? 24 : 12), width);

		if (field(model, at, 4) != 1)
			continue;
		if (pa == ones || (va != pa && va != ones && field(model, 7, 1) != 255))
			return false; /* by virtual address, or another writer's, with both */
	}
	return count <= HEADERS_MAX;
}

/* By virtual address. */
static void
translate_virtual(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	const struct naive_dump dump = { .file = model->image.file,
		.bytes = model->image.bytes,
		.big_endian = model->is.big_endian };
	const struct naive_spot spot = naive_virtual_find(&dump, model->is.pointer_bytes == 8, va);

	*out = naive_failure(spot.status == KVMSAFE_OUTSIDE_MEMORY ? KVMSAFE_NO_MAP : spot.status);
	out->file_offset = spot.offset;
}

/* Headers with one address alone: all are virtual, or all physical, which leads nowhere. */
static bool
take_segments(struct kvs_model *model)
{
	const bool wide = model->is.pointer_bytes == 8;
	const uint64_t ones = wide ? UINT64_MAX : UINT32_MAX;
	const uint64_t first = field(model, wide ? 32 : 28, wide ? 8 : 4);
	const uint64_t count = field(model, wide ? 56 : 44, 2);

	model->translate = translate_core;
	for (uint64_t i = 0; i < count && model->nedges < 8; i++) {
		const uint64_t at = first + i * (wide ? 56 : 32);
		const uint64_t va = field(model, at + (wide ? 16 : 8), wide ? 8 : 4);
		const uint64_t pa = field(model, at + (wide ? 24 : 12), wide ? 8 : 4);

		if (field(model, at, 4) != 1)
			continue;
		if (pa == ones)
			model->translate = translate_virtual;
		else if (field(model, 7, 1) != 255 && va != ones && va != pa)
			return false; /* another writer's, with both */
		edge(model, va);
	}
	model->mapped = model->translate == translate_virtual;
	model->unmapped = KVMSAFE_NO_MAP; /* physical addresses only */
	return count <= HEADERS_MAX;
}

static bool
has_kernel(const struct kvs_model *model)
{
	struct kvmsafe_symbol list = { .name = "kernbase" };

	return kvmsafe_symbols(model->session, NULL, &list, 1, NULL, NULL) != KVMSAFE_KERNEL_NEEDED;
}

static bool
take_core(struct kvs_model *model)
{
	model->big_endian = model->is.big_endian;
	if (strcmp(model->is.arch, "amd64") != 0 && strcmp(model->is.arch, "arm") != 0 &&
	    strcmp(model->is.arch, "i386") != 0)
		return take_segments(model);
	model->translate = translate_core;
	if (!headers_are_plain(model, model->is.pointer_bytes == 8))
		return false;
	if (!has_kernel(model)) {
		model->unmapped = KVMSAFE_KERNEL_NEEDED;
		return true;
	}
	if (strcmp(model->is.arch, "amd64") == 0)
		return kvs_model_root_amd64(model);
	return strcmp(model->is.arch, "arm") == 0 ? kvs_model_root_arm(model)
						  : kvs_model_root_i386(model);
}

/* ---- Which ---- */

struct row {
	const char *format, *arch; /* NULL: any */
	bool (*take)(struct kvs_model *model);
	unsigned
	    avail[3]; /* of a minidump: where dumpavailsize of versions 1 to 3 is, 0: nowhere */
};

static const struct row rows[] = {
	{ "minidump", "amd64", take_amd64, { 0, 0, 64 } },
	{ "minidump", "arm", take_arm, { 0, 52, 0 } },
	{ "minidump", "arm64", take_arm64, { 0, 72, 72 } },
	{ "minidump", "i386", take_i386, { 0, 48, 0 } },
	{ "minidump", "mips", take_mips, { 0, 64, 0 } },
	{ "minidump", "powerpc64", take_powerpc64, { 0, 136, 0 } },
	{ "minidump", "riscv64", take_riscv64, { 0, 72, 0 } },
	{ "sparc64", NULL, take_sparc64, { 0 } },
	{ "elf-core", NULL, take_core, { 0 } },
};

static bool
is_quick(struct kvs_model *model, const struct row *row)
{
	const uint64_t version = model->is.version;
	uint64_t bitmap;

	model->cost = model->image.file == NULL ? 3 : 1;
	if (strcmp(row->format, "minidump") != 0)
		return true;
	if (version < 1 || version > 3)
		return false;
	bitmap = field(model, strcmp(row->arch, "powerpc64") == 0 ? 72 : 32, 4);
	if (bitmap > BITMAP_MAX)
		return false;
	model->cost += (unsigned)bitmap / (model->image.file == NULL ? 512 : 4096);
	return row->avail[version - 1] == 0 ||
	    field(model, row->avail[version - 1], 4) <= AVAIL_MAX;
}

bool
kvs_model_take(struct kvs_model *model, const struct kvs_opening *opening,
    const struct kvmsafe_session *session)
{
	*model = (struct kvs_model){
		.opening = opening, .session = session, .is = { .size = sizeof(model->is) }
	};
	if (kvmsafe_describe(session, &model->is, NULL) != KVMSAFE_OK || model->is.format == NULL)
		return false;
	kvs_image_init(&model->image, opening->sparse);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].format, model->is.format) == 0 &&
		    (rows[i].arch == NULL || strcmp(rows[i].arch, model->is.arch) == 0 ||
			(strcmp(rows[i].arch, "mips") == 0 &&
			    strncmp(model->is.arch, "mips", 4) == 0)))
			return is_quick(model, &rows[i]) && rows[i].take(model);
	return false;
}

void
kvs_model_translate(const struct kvs_model *model, uint64_t va, struct naive_answer *out)
{
	model->translate(model, va, out);
	if (out->file_offset != KVMSAFE_NONE)
		out->file_offset += model->image.base;
}

bool
kvs_model_has_hashed(const struct kvs_model *model, const struct kvmsafe_page *page)
{
	return naive_powerpc64_has(
	    model->image.file, model->image.bytes, model->table_big_endian, page);
}
