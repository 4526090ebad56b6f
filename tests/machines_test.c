/* SPDX-License-Identifier: BSD-2-Clause */
/* What holds for every machine of arches.def: its tables, and its generated dumps. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "arch/arch.h"
#include "support/elf_builder.h"

#define KVS_ARCH(name) #name,
static const char *const machines[] = {
#include "arch/arches.def"
};
#undef KVS_ARCH

#define MACHINES (sizeof(machines) / sizeof(machines[0]))

/* ---- The tables ---- */

static void
each_row_is_a_machine_that_the_library_says_it_has(void **state)
{
	static const char *const not [] = { "", "vax", "amd6", "amd64 ", "AMD64" };

	(void)state;
	assert_int_equal(kvs_narches, MACHINES);
	for (size_t i = 0; i < MACHINES; i++) {
		assert_string_equal(kvs_arches[i]->name, machines[i]);
		assert_true(kvmsafe_has(machines[i]));
		assert_true(kvs_arches[i]->nabis > 0);
		assert_true(kvs_arches[i]->minidump != NULL || kvs_arches[i]->core != NULL ||
		    kvs_arches[i]->own != NULL);
		assert_true((kvs_arches[i]->minidump == NULL && kvs_arches[i]->own == NULL) ==
		    (kvs_arches[i]->space == NULL));
	}
	for (size_t i = 0; i < sizeof(not ) / sizeof(not [0]); i++)
		assert_false(kvmsafe_has(not [i]));
}

static size_t
count_names(const char *name)
{
	size_t n = 0;

	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++)
			for (const char *const *other = kvs_arches[i]->abis[j].names; *other;
			     other++)
				n += strcmp(*other, name) == 0;
	return n;
}

static void
names_are_of_one_kind_of_kernel_each(void **state)
{
	(void)state;
	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++) {
			const struct kvs_abi *const abi = &kvs_arches[i]->abis[j];

			assert_non_null(abi->names[0]);
			for (const char *const *name = abi->names; *name != NULL; name++) {
				assert_int_equal(count_names(*name), 1);
				assert_in_range(strlen(*name), 3, 12); /* of a kernel dump header */
				for (size_t k = 0; k < kvs_narches; k++)
					if (k != i)
						assert_string_not_equal(*name, machines[k]);
			}
		}
}

static void
kinds_of_kernels_say_what_can_be(void **state)
{
	(void)state;
	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++) {
			const struct kvs_abi *const abi = &kvs_arches[i]->abis[j];

			assert_in_range(abi->elf_class, 1, 2);
			assert_in_range(abi->elf_data, 1, 2);
			assert_true(abi->pointer_bytes == 4 || abi->pointer_bytes == 8);
			assert_true(abi->va_bits == 32 || abi->va_bits == 64);
			assert_in_range(abi->pa_bits, 32, 63);
			assert_int_equal(abi->flags & ~abi->flags_mask, 0);
			assert_true(abi->pointer_bytes * 8 == abi->va_bits || abi->elf_class == 1);
		}
}

/* ---- Frames ---- */

#define FIELDS (8 + KVS_OWN_FIELDS)

static void
list_fields(const struct kvs_frame *frame, struct kvs_field *out)
{
	const struct kvs_field common[] = { frame->msgbufsize, frame->bitmapsize, frame->mapsize,
		frame->dumpavailsize, frame->kernbase, frame->dmapbase, frame->dmapend,
		frame->dmapphys };

	memcpy(out, common, sizeof(common));
	memcpy(out + 8, frame->own, sizeof(frame->own));
}

/* Each field lies behind magic and version, within the header, and over no other. */
static void
check_frame(const struct kvs_minidump *minidump, const struct kvs_frame *frame)
{
	struct kvs_field fields[FIELDS];
	uint8_t taken[KVS_MINIDUMP_HEADER_MAX] = { 0 };
	unsigned end = minidump->version_offset + 4U;

	memset(taken, 1, end);
	assert_in_range(frame->header_bytes, end, KVS_MINIDUMP_HEADER_MAX);
	list_fields(frame, fields);
	for (size_t i = 0; i < FIELDS; i++) {
		if (fields[i].width == 0)
			continue;
		assert_true(fields[i].width == 4 || fields[i].width == 8);
		assert_int_equal(fields[i].offset % 4, 0);
		assert_true(fields[i].offset + fields[i].width <= frame->header_bytes);
		for (unsigned at = 0; at < fields[i].width; at++) {
			assert_int_equal(taken[fields[i].offset + at], 0);
			taken[fields[i].offset + at] = 1;
		}
	}
	assert_int_equal(frame->msgbufsize.width, 4);
	assert_int_equal(frame->bitmapsize.width, 4);
	assert_int_equal(frame->mapsize.width, 4);
	assert_true(frame->kernbase.width != 0);
	assert_true(frame->dumpavailsize.width == 0 || frame->dumpavailsize.width == 4);
	assert_true(frame->bitmap_word == 0 || frame->bitmap_word == 4 || frame->bitmap_word == 8);
}

static void
fields_of_frames_lie_in_their_header_and_do_not_overlap(void **state)
{
	(void)state;
	for (size_t i = 0; i < kvs_narches; i++) {
		const struct kvs_minidump *const minidump = kvs_arches[i]->minidump;

		for (size_t j = 0; minidump != NULL && j < minidump->nframes; j++) {
			check_frame(minidump, &minidump->frames[j]);
			assert_int_equal(minidump->frames[j].version, j + 1);
			if (j > 0)
				assert_true(minidump->frames[j].header_bytes >=
				    minidump->frames[j - 1].header_bytes);
		}
	}
}

static void
a_magic_is_that_of_one_machine_with_its_zero(void **state)
{
	(void)state;
	for (size_t i = 0; i < kvs_narches; i++) {
		const struct kvs_minidump *const minidump = kvs_arches[i]->minidump;
		uint8_t head[KVS_MINIDUMP_MAGIC_MAX];
		const struct kvs_view view = { .bytes = head, .len = sizeof(head) };

		if (minidump == NULL)
			continue;
		assert_in_range(strlen(minidump->magic), 1, KVS_MINIDUMP_MAGIC_MAX - 1);
		assert_true(minidump->version_offset > strlen(minidump->magic));
		memset(head, 0xff, sizeof(head));
		memcpy(head, minidump->magic, strlen(minidump->magic) + 1);
		for (size_t j = 0; j < kvs_narches; j++) {
			const struct kvs_minidump *const other = kvs_arches[j]->minidump;

			if (other != NULL)
				assert_int_equal(
				    kvs_minidump_magic_is(&view, other->magic), i == j);
		}
		head[strlen(minidump->magic)] = 'x';
		assert_false(kvs_minidump_magic_is(&view, minidump->magic));
	}
}

/* ---- Generated dumps ---- */

static const struct kvs_arch *
arch_of(const char *machine_arch)
{
	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++)
			if (strcmp(kvs_arches[i]->abis[j].names[0], machine_arch) == 0)
				return kvs_arches[i];
	fail_msg("%s: of no machine", machine_arch);
	return NULL;
}

static enum kvmsafe_status
open_as(struct kvmsafe_source *dump, const char *arch, struct kvmsafe_source *kernel,
    struct kvmsafe_description *out)
{
	const struct kvmsafe_options options = {
		.size = sizeof(options), .arch = arch, .kernel = kernel
	};
	struct kvmsafe_session *session;
	const enum kvmsafe_status status = kvmsafe_open(dump, &options, &session, NULL);

	memset(out, 0, sizeof(*out));
	out->size = sizeof(*out);
	if (status != KVMSAFE_OK)
		return status;
	assert_int_equal(kvmsafe_describe(session, out, NULL), KVMSAFE_OK);
	kvmsafe_close(session);
	return status;
}

static void
same(const struct kvmsafe_description *a, const struct kvmsafe_description *b)
{
	assert_string_equal(a->format, b->format);
	assert_string_equal(a->arch, b->arch);
	assert_string_equal(a->machine_arch, b->machine_arch);
	assert_int_equal(a->version, b->version);
	assert_int_equal(a->page_bytes, b->page_bytes);
	assert_int_equal(a->pages_promised, b->pages_promised);
	assert_int_equal(a->pages_present, b->pages_present);
	assert_int_equal(a->ranges, b->ranges);
	assert_int_equal(a->has_map, b->has_map);
}

/* As the caller may say it: the machine, the kind of kernel; any other machine is a mistake. */
static void
check_words(struct kvmsafe_source *dump, const struct kvmsafe_description *plain)
{
	const struct kvs_arch *const arch = arch_of(plain->machine_arch);
	struct kvmsafe_description said;

	assert_int_equal(open_as(dump, plain->machine_arch, NULL, &said), KVMSAFE_OK);
	same(plain, &said);
	if (strcmp(plain->machine_arch, arch->name) != 0) /* "mips" is any of its kinds */
		assert_false(said.arch_guessed);
	assert_int_equal(open_as(dump, plain->arch, NULL, &said), KVMSAFE_OK);
	same(plain, &said);
	for (size_t i = 0; i < MACHINES; i++)
		if (kvs_arches[i] != arch)
			assert_int_equal(open_as(dump, machines[i], NULL, &said), KVMSAFE_USAGE);
	assert_int_equal(open_as(dump, "vax", NULL, &said), KVMSAFE_USAGE);
}

/* Without symbols, of this kind. */
static enum kvmsafe_status
open_with_kernel(struct kvmsafe_source *dump, const char *word, const struct kvs_arch *arch,
    const struct kvs_abi *abi)
{
	struct kvmsafe_description said;
	struct kvmsafe_source *kernel;
	struct elf_builder elf;
	enum kvmsafe_status status;

	elf_init(
	    &elf, abi->elf_class == 1 ? ELF_32 : ELF_64, abi->elf_data == 1 ? ELF_LSB : ELF_MSB);
	elf_finish(&elf);
	elf_set(&elf, E_MACHINE_F, arch->elf_machine);
	if (abi->flags != 0)
		elf_put(&elf, elf.bytes + (abi->elf_class == 1 ? 36 : 48), 4, abi->flags);
	assert_int_equal(kvmsafe_source_memory(elf.bytes, elf.len, &kernel, NULL), KVMSAFE_OK);
	status = open_as(dump, word, kernel, &said);
	kvmsafe_source_close(kernel);
	elf_fini(&elf);
	return status;
}

static void
check_kernels(struct kvmsafe_source *dump, const struct kvmsafe_description *plain)
{
	const struct kvs_arch *const arch = arch_of(plain->machine_arch);

	for (size_t i = 0; i < kvs_narches; i++)
		for (size_t j = 0; j < kvs_arches[i]->nabis; j++) {
			const struct kvs_abi *const abi = &kvs_arches[i]->abis[j];
			const enum kvmsafe_status status =
			    open_with_kernel(dump, NULL, kvs_arches[i], abi);

			if (strcmp(abi->names[0], plain->machine_arch) == 0) {
				assert_int_equal(status, KVMSAFE_OK);
				/* The kernel is right, the word is not. */
				assert_int_equal(
				    open_with_kernel(dump, i == 0 ? "arm" : "amd64", arch, abi),
				    KVMSAFE_USAGE);
			} else if (kvs_arches[i] != arch) {
				assert_int_equal(status, KVMSAFE_BAD_KERNEL);
			}
		}
}

#define FORMATS 3

/* How many dumps of each machine and format were seen. */
struct seen {
	unsigned dumps[16][FORMATS];
};

static unsigned *
place_of(struct seen *seen, const struct kvmsafe_description *plain)
{
	const char initial = plain->format[0];
	const unsigned format = initial == 'm' ? 0 : initial == 'e' ? 1 : 2;
	size_t i = 0;

	while (kvs_arches[i] != arch_of(plain->machine_arch))
		assert_true(++i < MACHINES);
	return &seen->dumps[i][format];
}

static void
check_file(const char *path, struct seen *seen)
{
	struct kvmsafe_description plain;
	struct kvmsafe_source *dump;
	unsigned *place;

	assert_int_equal(kvmsafe_source_path(path, &dump, NULL), KVMSAFE_OK);
	/* Headers that are refused, and what needs a kernel or an option, are answers_test's. */
	if (open_as(dump, NULL, NULL, &plain) == KVMSAFE_OK) {
		check_words(dump, &plain);
		place = place_of(seen, &plain);
		if (++*place <= 4)
			check_kernels(dump, &plain);
	}
	kvmsafe_source_close(dump);
}

/* With the caller's word and without; with a kernel of another machine; with a wrong word. */
static void
every_dump_is_known_for_what_it_is(void **state)
{
	const char *const folder = getenv("KVMSAFE_CORPUS");
	struct seen seen = { { { 0 } } };
	const struct dirent *entry;
	DIR *dir;

	(void)state;
	assert_non_null(folder);
	dir = opendir(folder);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		const char *const end = strrchr(entry->d_name, '.');
		char path[1024];

		if (end == NULL || strcmp(end, ".vmcore") != 0)
			continue;
		snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
		check_file(path, &seen);
	}
	closedir(dir);
	for (size_t i = 0; i < MACHINES; i++) {
		assert_true(kvs_arches[i]->minidump == NULL || seen.dumps[i][0] > 10);
		assert_true(kvs_arches[i]->core == NULL || seen.dumps[i][1] > 0);
		assert_true(kvs_arches[i]->own == NULL || seen.dumps[i][2] > 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_row_is_a_machine_that_the_library_says_it_has),
		cmocka_unit_test(names_are_of_one_kind_of_kernel_each),
		cmocka_unit_test(kinds_of_kernels_say_what_can_be),
		cmocka_unit_test(fields_of_frames_lie_in_their_header_and_do_not_overlap),
		cmocka_unit_test(a_magic_is_that_of_one_machine_with_its_zero),
		cmocka_unit_test(every_dump_is_known_for_what_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
