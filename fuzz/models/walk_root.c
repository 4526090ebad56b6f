/* SPDX-License-Identifier: BSD-2-Clause */
/* Where a full core's page tables begin: each machine's rules, tried in turn, checked by a walk. */
#include "fuzz/models/walk.h"

#include "naive/amd64.h"
#include "naive/arm.h"
#include "naive/i386.h"

#define LARGE (UINT64_C(1) << 21)
#define PLACES_MAX 64

/* The value of a symbol; false: the kernel has none of that name. */
static bool
symbol(const struct kvs_model *model, const char *name, uint64_t *value)
{
	struct kvmsafe_symbol list = { .name = name };

	if (kvmsafe_symbols(model->session, NULL, &list, 1, NULL, NULL) != KVMSAFE_OK ||
	    !list.found || list.rule != KVMSAFE_SYM_PLAIN)
		return false;
	*value = list.value;
	return true;
}

static struct naive_spot
find(const struct kvs_model *model, uint64_t pa)
{
	const struct naive_dump dump = { .file = model->image.file,
		.bytes = model->image.bytes,
		.big_endian = model->big_endian };

	return model->is.pointer_bytes == 8 ? naive_core64_find(&dump, pa)
					    : naive_core32_find(&dump, pa);
}

/* A variable, byte by byte; the status of the first that is not there. */
static enum kvmsafe_status
load(const struct kvs_model *model, uint64_t pa, unsigned width, uint64_t *value)
{
	*value = 0;
	for (unsigned i = 0; i < width; i++) {
		const unsigned byte = model->big_endian ? width - 1 - i : i;
		const struct naive_spot spot = find(model, pa + i);

		if (pa + i < pa)
			return KVMSAFE_OUTSIDE_MEMORY;
		if (spot.status != KVMSAFE_OK)
			return spot.status;
		*value |= kvs_image_number(&model->image, spot.offset, 1, false) << 8 * byte;
	}
	return KVMSAFE_OK;
}

/* A guess was tried; is it the one? Of several failures the first is told, or that of the kernel. */
static bool
settled(struct kvs_model *model, enum kvmsafe_status status)
{
	if (status == KVMSAFE_KERNEL_NEEDED || (!model->mapped && model->unmapped == KVMSAFE_OK))
		model->unmapped = status;
	model->mapped = status == KVMSAFE_OK;
	return model->mapped || status == KVMSAFE_KERNEL_NEEDED;
}

/* The variable that named the root must be mapped to where it was read. */
static enum kvmsafe_status
leads_back(const struct naive_answer *answer, uint64_t pa)
{
	return answer->status == KVMSAFE_OK && answer->pa == pa ? KVMSAFE_OK : KVMSAFE_DAMAGED;
}

/* The first header that says where the kernel was put. */
static bool
dump_delta(const struct kvs_model *model, uint64_t *va, uint64_t *pa, uint64_t *align)
{
	const bool wide = model->is.pointer_bytes == 8;
	const unsigned width = wide ? 8 : 4;
	const struct kvs_image *const image = &model->image;
	const uint64_t first = kvs_image_number(image, wide ? 32 : 28, width, model->big_endian);
	const uint64_t count = kvs_image_number(image, wide ? 56 : 44, 2, model->big_endian);

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = first + i * (wide ? 56 : 32);

		if (kvs_image_number(image, at, 4, model->big_endian) != 0x6fb5d000)
			continue;
		*va = kvs_image_number(image, at + (wide ? 16 : 8), width, model->big_endian);
		*pa = kvs_image_number(image, at + (wide ? 24 : 12), width, model->big_endian);
		*align = kvs_image_number(image, at + (wide ? 48 : 28), width, model->big_endian);
		return true;
	}
	return false;
}

/* ---- amd64 ---- */

/* The address of a page that a variable holds; 0: the kernel has none of that name. */
static enum kvmsafe_status
load_root(
    const struct kvs_model *model, const char *name, uint64_t delta, uint64_t *at, uint64_t *root)
{
	enum kvmsafe_status status;

	*root = 0;
	if (!symbol(model, name, at))
		return KVMSAFE_NOT_FOUND;
	status = load(model, *at + delta, 8, root);
	if (status != KVMSAFE_OK)
		return status;
	return *root % 4096 != 0 || *root >> 52 != 0 ? KVMSAFE_DAMAGED : KVMSAFE_OK;
}

/* On the rule that a symbol lies at its value plus delta. */
static enum kvmsafe_status
guess_amd64(struct kvs_model *model, uint64_t delta)
{
	struct naive_answer answer;
	uint64_t symbol4, symbol5, root4, root5;
	enum kvmsafe_status status = load_root(model, "KPML4phys", delta, &symbol4, &root4);

	if (status != KVMSAFE_OK)
		return status == KVMSAFE_NOT_FOUND ? KVMSAFE_KERNEL_NEEDED : status;
	status = load_root(model, "KPML5phys", delta, &symbol5, &root5);
	if (status != KVMSAFE_OK && status != KVMSAFE_NOT_FOUND)
		return status;
	model->levels = root5 != 0 ? 5 : 4;
	model->root = root5 != 0 ? root5 : root4;
	naive_amd64_core(
	    model->image.file, model->image.bytes, model->root, model->levels, symbol4, &answer);
	return leads_back(&answer, symbol4 + delta);
}

static bool
try_amd64(struct kvs_model *model, uint64_t delta)
{
	return settled(model, guess_amd64(model, delta));
}

/* The lowest multiple of 2 MiB from `from` on that some header has in the file; 0: none. */
static uint64_t
next_place(const struct kvs_model *model, uint64_t from)
{
	const uint64_t first = kvs_image_number(&model->image, 32, 8, false);
	const uint64_t count = kvs_image_number(&model->image, 56, 2, false);
	uint64_t best = 0;

	for (uint64_t i = 0; i < count; i++) {
		const uint64_t at = first + i * 56;
		const uint64_t start = kvs_image_number(&model->image, at + 24, 8, false);
		const uint64_t low = start > from ? start : from;
		const uint64_t place = low / LARGE * LARGE + (low % LARGE != 0 ? LARGE : 0);

		if (kvs_image_number(&model->image, at, 4, false) == 1 && place >= from &&
		    find(model, place).status == KVMSAFE_OK && (best == 0 || place < best))
			best = place;
	}
	return best;
}

/* A kernel at any multiple of 2 MiB, whose variable kernphys holds it. */
static bool
try_moved(struct kvs_model *model, uint64_t kernbase)
{
	uint64_t kernphys, value, place = LARGE;

	if (!symbol(model, "kernphys", &kernphys))
		return true;
	for (unsigned n = 0; n < PLACES_MAX; n++) {
		const uint64_t here = next_place(model, place);
		const uint64_t delta = here - kernbase - LARGE;

		if (here == 0 || here >> 39 != 0)
			return true;
		if (load(model, kernphys + delta, 8, &value) == KVMSAFE_OK && value == here &&
		    try_amd64(model, delta))
			return true;
		place = here + LARGE;
	}
	return false; /* too many to try all */
}

bool
kvs_model_root_amd64(struct kvs_model *model)
{
	uint64_t va, pa, align, kernbase = UINT64_C(0xffffffff80000000);

	model->levels = 4;
	(void)symbol(model, "kernbase", &kernbase);
	if (dump_delta(model, &va, &pa, &align) &&
	    (try_amd64(model, pa - va - align) || try_amd64(model, pa - va)))
		return true;
	return try_amd64(model, -kernbase) || try_moved(model, kernbase);
}

/* ---- i386 ---- */

static enum kvmsafe_status
guess_i386(struct kvs_model *model, uint64_t delta)
{
	struct naive_answer answer;
	uint64_t at, value = 0;
	enum kvmsafe_status status = KVMSAFE_OK;

	if (symbol(model, "pae_mode", &at) || symbol(model, "IdlePDPT", &at))
		status = load(model, at + delta, 4, &value);
	if (status != KVMSAFE_OK)
		return status;
	model->pae = value != 0;
	if (model->pae ? !symbol(model, "IdlePDPT", &at)
		       : !symbol(model, "IdlePTD_nopae", &at) && !symbol(model, "IdlePTD", &at))
		return KVMSAFE_KERNEL_NEEDED;
	status = load(model, at + delta, 4, &model->root);
	if (status != KVMSAFE_OK)
		return status;
	if (model->root % (model->pae ? 32 : 4096) != 0)
		return KVMSAFE_DAMAGED;
	naive_i386_core(
	    model->image.file, model->image.bytes, model->root, model->pae, at, &answer);
	return leads_back(&answer, at + delta);
}

static bool
try_i386(struct kvs_model *model, uint64_t delta)
{
	return settled(model, guess_i386(model, delta));
}

/* Since 12.0 the kernel's image is mapped one to one. */
bool
kvs_model_root_i386(struct kvs_model *model)
{
	uint64_t kernbase = 0;
	const bool known = symbol(model, "kernbase", &kernbase);

	if (kernbase < 0x10000000) {
		if (!try_i386(model, 0) && known)
			(void)try_i386(model, -kernbase);
	} else if (!try_i386(model, -kernbase)) {
		(void)try_i386(model, 0);
	}
	return true;
}

/* ---- arm ---- */

static enum kvmsafe_status
guess_arm(struct kvs_model *model, uint64_t delta)
{
	uint64_t at, pa, value;
	enum kvmsafe_status status;

	if (!symbol(model, "kernel_l1pa", &at))
		return KVMSAFE_KERNEL_NEEDED;
	pa = (at + delta) % (UINT64_C(1) << 32);
	status = load(model, pa, 4, &value);
	for (unsigned n = 0; n < 2; n++) { /* its value is a virtual address, or a physical one */
		struct naive_answer answer;

		if (status != KVMSAFE_OK)
			return status;
		model->root = n == 0 ? (value + delta) % (UINT64_C(1) << 32) : value;
		if (model->root % 16384 != 0)
			continue;
		naive_arm_core(model->image.file, model->image.bytes, model->big_endian,
		    model->root, at, &answer);
		if (leads_back(&answer, pa) == KVMSAFE_OK)
			return KVMSAFE_OK;
	}
	return KVMSAFE_DAMAGED;
}

static bool
try_arm(struct kvs_model *model, uint64_t delta)
{
	return settled(model, guess_arm(model, delta));
}

bool
kvs_model_root_arm(struct kvs_model *model)
{
	uint64_t va, pa, align;

	if (dump_delta(model, &va, &pa, &align) && try_arm(model, pa - va))
		return true;
	if (symbol(model, "kernbase", &va) && symbol(model, "physaddr", &pa))
		(void)try_arm(model, pa - va);
	if (!model->mapped && model->unmapped == KVMSAFE_OK)
		model->unmapped = KVMSAFE_DAMAGED; /* nothing says where the kernel lies */
	return true;
}
