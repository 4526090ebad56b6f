/* SPDX-License-Identifier: BSD-2-Clause */
/* Headers of the machines by offset, as the tables of the specification have them. */
#include "fuzz/models/frame.h"

#include <string.h>

#include "naive/arm.h"

#define VERSIONS 3
#define BITMAP_MAX (1 << 20) /* a larger one is not counted, and so no file made for it is known */

struct machine {
	const char *arch, *magic;
	unsigned version, sizes; /* where: that of message buffer, bitmap, map */
	bool both_orders;
	unsigned used[VERSIONS]; /* bytes of the header, 0: no such version */
	unsigned avail[VERSIONS]; /* where the size of dump_avail is, 0: nowhere */
	unsigned word, pa_bits;
	/* Are the other fields such that a dump can have them? */
	bool (*is_sound)(const struct kvs_frame_model *model);
};

static uint64_t
field(const struct kvs_frame_model *model, uint64_t offset, unsigned width)
{
	return kvs_image_number(&model->image, offset, width, model->dump.big_endian);
}

/* ---- Soundness ---- */

static bool
direct_map(const struct kvs_frame_model *model, uint64_t phys, uint64_t base, uint64_t end)
{
	return phys % model->dump.page_bytes == 0 && base % model->dump.page_bytes == 0 &&
	    base <= end;
}

static bool
amd64(const struct kvs_frame_model *model)
{
	return field(model, 40, 8) % (model->version == 1 ? 4096 : 1 << 21) == 0 &&
	    direct_map(model, 0, field(model, 48, 8), field(model, 56, 8));
}

static bool
arm(const struct kvs_frame_model *model)
{
	return field(model, 40, 4) % 4096 == 0 && field(model, 48, 4) <= 2;
}

static bool
with_phys(const struct kvs_frame_model *model)
{
	return field(model, 40, 8) % model->dump.page_bytes == 0 &&
	    direct_map(model, field(model, 48, 8), field(model, 56, 8), field(model, 64, 8));
}

static bool
i386(const struct kvs_frame_model *model)
{
	return field(model, 40, 4) % 4096 == 0;
}

static bool
mips(const struct kvs_frame_model *model)
{
	return field(model, 40, 8) % 4096 == 0;
}

static bool
is_mmu(const struct kvs_frame_model *model, const char *name)
{
	return kvs_image_is(&model->image, 32, name);
}

/* Sizes of the map by the kind of memory management. */
static bool
powerpc64_map(const struct kvs_frame_model *model)
{
	const uint64_t bytes = field(model, 76, 4);
	const bool hashed = is_mmu(model, "mmu_g5") || is_mmu(model, "mmu_phyp");

	if (bytes == 0)
		return hashed || is_mmu(model, "mmu_radix") || is_mmu(model, "mmu_booke");
	if (hashed)
		return bytes >= 0x40000 && (bytes & (bytes - 1)) == 0;
	return is_mmu(model, "mmu_radix") && bytes == 65536;
}

static bool
powerpc64(const struct kvs_frame_model *model)
{
	const uint64_t kernbase = field(model, 80, 8), kernend = field(model, 88, 8);
	const uint64_t dmapbase = field(model, 96, 8), dmapend = field(model, 104, 8);
	const uint64_t image = field(model, 128, 8) - field(model, 120, 8);
	uint64_t unit = 1;

	while (unit != 0 && unit <= dmapend - dmapbase)
		unit *= 2;
	if (!powerpc64_map(model) || kernbase >= kernend || dmapbase > dmapend ||
	    (unit == 0 ? dmapbase != 0 : dmapbase % unit != 0))
		return false;
	if (!is_mmu(model, "mmu_radix") && !is_mmu(model, "mmu_booke") && kernbase % (1 << 28) != 0)
		return false;
	return field(model, 128, 8) >= field(model, 120, 8) &&
	    image <= UINT64_MAX - 0x100100 - 4095;
}

/* ---- Maps ---- */

/* Bytes of an entry of the kernel's map, 0 where a direct map is always there, on mips and powerpc64. */
static unsigned
entry_bytes(const struct kvs_frame_model *model)
{
	if (strcmp(model->arch, "arm") == 0)
		return 4;
	if (strcmp(model->arch, "i386") == 0)
		return field(model, 44, 4) == 0 ? 4 : 8; /* paemode */
	return strncmp(model->arch, "mips", 4) == 0 || strcmp(model->arch, "powerpc64") == 0 ? 0
											     : 8;
}

/* Is there an address that the map covers? */
static bool
has_map(const struct kvs_frame_model *model)
{
	const unsigned entry = entry_bytes(model);
	const unsigned direct = strcmp(model->arch, "amd64") == 0 ? 48 : 56; /* dmapbase, dmapend */

	if (entry == 8 && strcmp(model->arch, "i386") != 0 &&
	    field(model, direct, 8) < field(model, direct + 8, 8))
		return true;
	return entry == 0 || model->dump.map_bytes >= entry;
}

/* ---- Minidumps ---- */

static const struct machine machines[] = {
	{ "amd64", "minidump FreeBSD/amd64", 24, 28, false, { 64, 64, 68 }, { 0, 0, 64 }, 8, 52,
	    amd64 },
	{ "arm", "minidump FreeBSD/arm", 24, 28, true, { 52, 56, 0 }, { 0, 52, 0 }, 4, 32, arm },
	{ "arm64", "minidump FreeBSD/arm64", 24, 28, false, { 72, 76, 80 }, { 0, 72, 72 }, 8, 52,
	    with_phys },
	{ "i386", "minidump FreeBSD/i386", 24, 28, false, { 48, 52, 0 }, { 0, 48, 0 }, 4, 52,
	    i386 },
	{ "mips", "minidump FreeBSD/mips", 24, 28, true, { 64, 68, 0 }, { 0, 64, 0 }, 4, 32, mips },
	{ "powerpc64", "minidump FreeBSD/powerpc64", 64, 68, true, { 136, 140, 0 }, { 0, 136, 0 },
	    8, 56, powerpc64 },
	{ "riscv64", "minidump FreeBSD/riscv", 24, 28, false, { 72, 76, 0 }, { 0, 72, 0 }, 8, 56,
	    with_phys },
};

static void
refuse(struct kvs_frame_model *model, enum kvmsafe_status status, bool exact)
{
	model->status = status;
	model->exact = exact;
}

/* The byte order in which the version is one of the machine's. */
static bool
find_version(struct kvs_frame_model *model, const struct machine *machine)
{
	for (unsigned big = 0; big <= machine->both_orders; big++) {
		const uint64_t version =
		    kvs_image_number(&model->image, machine->version, 4, big != 0);

		if (version < 1 || version > VERSIONS || machine->used[version - 1] == 0)
			continue;
		model->version = version;
		model->dump.big_endian = big != 0;
		return true;
	}
	return false;
}

static uint64_t
whole_pages(const struct kvs_frame_model *model, uint64_t bytes)
{
	return (bytes + model->dump.page_bytes - 1) / model->dump.page_bytes *
	    model->dump.page_bytes;
}

static void
find_regions(struct kvs_frame_model *model, const struct machine *machine)
{
	struct naive_dump *const dump = &model->dump;
	const unsigned avail = machine->avail[model->version - 1];

	model->msgbuf_bytes = field(model, machine->sizes, 4);
	dump->avail = dump->page_bytes + whole_pages(model, model->msgbuf_bytes);
	dump->avail_bytes = avail == 0 ? 0 : field(model, avail, 4);
	dump->bitmap = dump->avail + whole_pages(model, dump->avail_bytes);
	dump->bitmap_bytes = field(model, machine->sizes + 4, 4);
	dump->map = dump->bitmap + whole_pages(model, dump->bitmap_bytes);
	dump->map_bytes = field(model, machine->sizes + 8, 4);
	dump->pages = dump->map + whole_pages(model, dump->map_bytes);
	if (machine->is_sound == arm) {
		dump->pages = dump->map + dump->map_bytes;
		if (dump->bitmap_bytes <= BITMAP_MAX)
			naive_arm_settle(dump);
	}
}

/* 4 KiB; arm64 since version 3 says it, before that only the caller can. false: one we lack. */
static bool
find_page_size(struct kvs_frame_model *model, uint64_t page_bytes)
{
	const uint64_t flags = model->version == 3 ? field(model, 76, 4) % 4 : 0;

	model->dump.page_bytes = 4096;
	if (strcmp(model->arch, "arm64") != 0)
		return true;
	if (flags == 1 || (model->version < 3 && page_bytes == 16384))
		model->dump.page_bytes = 16384;
	return flags <= 1;
}

static void
read_minidump(struct kvs_frame_model *model, const struct machine *machine, uint64_t page_bytes)
{
	model->arch = machine->arch;
	if (model->image.bytes < machine->version + 4) {
		refuse(model, KVMSAFE_TRUNCATED, true);
	} else if (!find_version(model, machine)) {
		refuse(model, KVMSAFE_UNSUPPORTED, true);
	} else if (model->image.bytes < machine->used[model->version - 1]) {
		refuse(model, KVMSAFE_TRUNCATED, true);
	} else if (!find_page_size(model, page_bytes)) {
		refuse(model, KVMSAFE_UNSUPPORTED, true);
	} else {
		const bool wide = machine->is_sound == mips && field(model, 40, 8) > UINT32_MAX;

		model->dump.word = wide && model->version == 2 ? 8 : machine->word;
		model->dump.pa_limit = UINT64_C(1) << (wide ? 40 : machine->pa_bits);
		if (wide)
			model->arch = "mips64";
		find_regions(model, machine);
		model->status = KVMSAFE_OK;
		model->has_map = has_map(model);
		if (!machine->is_sound(model))
			refuse(model, KVMSAFE_DAMAGED, false);
	}
}

/* ---- sparc64 ---- */

struct region {
	uint64_t pa, bytes, offset;
};

static struct region
region_at(const struct kvs_frame_model *model, uint64_t n)
{
	const uint64_t at = 40 + 24 * n;

	return (struct region){ field(model, at, 8), field(model, at + 8, 8),
		field(model, at + 16, 8) };
}

/* Each region by itself, and against those before it. */
static bool
regions_are_sound(const struct kvs_frame_model *model, uint64_t count)
{
	const uint64_t top = UINT64_C(1) << 43;

	for (uint64_t i = 0; i < count; i++) {
		const struct region a = region_at(model, i);

		if (a.pa > top || a.bytes > top - a.pa)
			return false;
		if (a.bytes > 0 && (a.offset < 40 + 24 * count || a.bytes > UINT64_MAX - a.offset))
			return false;
		for (uint64_t j = 0; j < i; j++) {
			const struct region b = region_at(model, j);

			if (a.pa < b.pa + b.bytes && b.pa < a.pa + a.bytes)
				return false;
		}
	}
	return true;
}

static bool
table_is_sound(const struct kvs_frame_model *model, uint64_t count)
{
	const uint64_t pa = field(model, 8, 8), bytes = field(model, 16, 8);
	const uint64_t mask = field(model, 24, 8);

	if (pa % 32 != 0 || mask >= UINT64_C(1) << 38 || (mask + 1) * 32 > bytes)
		return false;
	for (uint64_t i = 0; i < count; i++) {
		const struct region region = region_at(model, i);

		if (pa >= region.pa && pa - region.pa <= region.bytes &&
		    bytes <= region.bytes - (pa - region.pa))
			return true;
	}
	return false;
}

/* A file of no magic: sparc64 where that is certain, or said by the kernel file. */
static void
read_sparc64(struct kvs_frame_model *model)
{
	uint64_t count;

	model->dump.big_endian = true;
	count = field(model, 32, 4);
	model->format = "sparc64";
	model->arch = "sparc64";
	if (model->image.bytes < 36 ||
	    (count >= 1 && count <= 128 && 40 + 24 * count > model->image.bytes))
		refuse(model, KVMSAFE_TRUNCATED, false);
	else if (count < 1 || count > 128 || !regions_are_sound(model, count) ||
	    !table_is_sound(model, count))
		refuse(model, KVMSAFE_DAMAGED, false);
}

/*
 * A kernel dump header in front whose layout no source read has, or behind which the dump is
 * compressed or encrypted: what follows is not looked at.
 */
static bool
leader_refuses(const struct kvs_sparse *sparse)
{
	static const struct {
		unsigned keysize, compression; /* offsets; 0: not in this version */
	} layouts[] = { { 0, 0 }, { 56, 0 }, { 64, 72 }, { 56, 495 } };
	uint8_t leader[512];
	uint64_t version = 0, key = 0;

	if (sparse->len[0] < sizeof(leader))
		return false;
	kvs_sparse_get(sparse, 0, 0, leader, sizeof(leader));
	if (memcmp(leader, "FreeBSD Kernel Dump", 20) != 0)
		return false;
	for (unsigned i = 0; i < 4; i++)
		version = version << 8 | leader[32 + i];
	if (version < 1 || version > 4)
		return true;
	for (unsigned i = 0; i < 4 && layouts[version - 1].keysize != 0; i++)
		key |= leader[layouts[version - 1].keysize + i];
	return key != 0 ||
	    (layouts[version - 1].compression != 0 &&
		leader[layouts[version - 1].compression] != 0);
}

void
kvs_frame_model_read(
    struct kvs_frame_model *model, const struct kvs_sparse *sparse, uint64_t page_bytes)
{
	*model = (struct kvs_frame_model){ .status = KVMSAFE_OK };
	kvs_image_init(&model->image, sparse);
	model->dump.file = model->image.file;
	model->dump.bytes = model->image.bytes;
	if (leader_refuses(sparse)) {
		model->format = "";
		model->image.base = 0;
		refuse(model, KVMSAFE_UNSUPPORTED, true);
		return;
	}
	if (kvs_image_number(&model->image, 0, 4, true) == 0x7f454c46) {
		model->format = "elf-core";
		return;
	}
	if (kvs_image_number(&model->image, 0, 8, true) != UINT64_C(0x6d696e6964756d70)) {
		read_sparc64(model);
		return;
	}
	model->format = "minidump";
	for (size_t i = 0; i < sizeof(machines) / sizeof(machines[0]); i++)
		if (kvs_image_is(&model->image, 0, machines[i].magic)) {
			read_minidump(model, &machines[i], page_bytes);
			return;
		}
	refuse(model, model->image.bytes < 32 ? KVMSAFE_TRUNCATED : KVMSAFE_UNSUPPORTED, true);
}

void
kvs_frame_model_take_abi(struct kvs_frame_model *model, const char *machine_arch)
{
	const bool n32 = strncmp(machine_arch, "mipsn32", 7) == 0;
	const bool n64 = strncmp(machine_arch, "mips64", 6) == 0;

	if (strncmp(model->arch, "mips", 4) != 0)
		return;
	model->arch = n64 ? "mips64" : "mips";
	model->dump.word = n64 && model->version == 2 ? 8 : 4;
	model->dump.pa_limit = UINT64_C(1) << (n32 || n64 ? 40 : 32);
}
