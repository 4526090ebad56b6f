/* SPDX-License-Identifier: BSD-2-Clause */
/* What libelf gets to see of an ELF file: one piece of it, and a header of ours. */
#include "format/elfimage.h"
#include "support/elf_builder.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const struct {
	enum elf_class class;
	enum elf_data data;
} kinds[] = { { ELF_32, ELF_LSB }, { ELF_32, ELF_MSB }, { ELF_64, ELF_LSB }, { ELF_64, ELF_MSB } };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* Two program headers, three sections. */
static void
build(struct elf_builder *elf, size_t kind)
{
	elf_init(elf, kinds[kind].class, kinds[kind].data);
	elf_add_phdr(elf, (struct elf_phdr){ .type = 1, .offset = 0x1234, .memsz = 5 });
	elf_add_phdr(elf, (struct elf_phdr){ .type = 0x6fb5d000, .vaddr = 0x80001000 });
	elf_add_section(
	    elf, (struct elf_section){ .type = 1, .flags = 3, .data = "abcdefghij", .len = 10 });
	elf_add_section(elf,
	    (struct elf_section){ .type = 2, .link = 1, .entsize = 24, .data = NULL, .len = 24 });
	elf_finish(elf);
	elf_set(elf, E_FLAGS_F, 0x60000001);
}

static const struct kvs_elf_wanted wanted = { "image", KVMSAFE_DAMAGED, true, true };

static struct kvs_elf_header
header_of(const struct elf_builder *elf)
{
	struct kvs_elf_header header;
	struct kvmsafe_source *source;

	assert_int_equal(kvmsafe_source_memory(elf->bytes, elf->len, &source, NULL), KVMSAFE_OK);
	assert_int_equal(kvs_elf_header_read(source, &wanted, &header, NULL), KVMSAFE_OK);
	kvmsafe_source_close(source);
	return header;
}

static void
an_image_holds_only_the_asked_piece(void **state)
{
	(void)state;
	for (size_t kind = 0; kind < KINDS; kind++) {
		struct kvs_memory memory = { UINT64_MAX, UINT64_MAX, 0 };
		struct kvs_elfimage image = { .memory = &memory };
		struct kvmsafe_source *source;
		struct kvs_elf_section piece = { .type = 1, .bytes = 10, .entsize = 5 };
		struct elf_builder elf;
		struct kvs_elf_header header;
		struct kvs_elf_header again;
		const size_t phent = kind < 2 ? 32 : 56;

		build(&elf, kind);
		header = header_of(&elf);
		assert_int_equal(
		    kvmsafe_source_memory(elf.bytes, elf.len, &source, NULL), KVMSAFE_OK);
		assert_int_equal(
		    kvs_elfimage_of_phdrs(&image, source, &header, 1, 1, NULL), KVMSAFE_OK);
		assert_memory_equal(image.bytes + 64, elf.bytes + header.phoff + phent, phent);
		kvs_elfimage_fini(&image);

		piece.offset = elf_get_section(&elf, 1, SH_OFFSET_F);
		assert_int_equal(
		    kvs_elfimage_of_section(&image, source, &header, &piece, NULL), KVMSAFE_OK);
		assert_memory_equal(image.bytes + 64, "abcdefghij\0\0\0\0\0\0", 16);
		kvmsafe_source_close(source);

		/* The image is an ELF file by our own rules. */
		assert_int_equal(
		    kvmsafe_source_memory(image.bytes, image.len, &source, NULL), KVMSAFE_OK);
		assert_int_equal(kvs_elf_header_read(source, &wanted, &again, NULL), KVMSAFE_OK);
		assert_int_equal(again.shnum, 2);
		assert_int_equal(again.phnum, 0);
		assert_int_equal(again.flags, 0x60000001);
		kvmsafe_source_close(source);
		kvs_elfimage_fini(&image);
		assert_int_equal(memory.used, 0);
		elf_fini(&elf);
	}
}

static void
an_image_beyond_the_limit_or_the_file_is_refused(void **state)
{
	struct kvs_memory memory = { 100, 100, 0 };
	struct kvs_elfimage image = { .memory = &memory };
	struct kvmsafe_source *source;
	struct kvs_elf_section piece = { .type = 1, .bytes = 10 };
	struct elf_builder elf;
	struct kvs_elf_header header;

	(void)state;
	build(&elf, 2);
	header = header_of(&elf);
	assert_int_equal(kvmsafe_source_memory(elf.bytes, elf.len, &source, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvs_elfimage_of_section(&image, source, &header, &piece, NULL), KVMSAFE_LIMIT);
	memory = (struct kvs_memory){ 4096, 4096, 0 };
	piece = (struct kvs_elf_section){ .type = 1, .offset = elf.len - 4, .bytes = 10 };
	assert_int_equal(
	    kvs_elfimage_of_section(&image, source, &header, &piece, NULL), KVMSAFE_TRUNCATED);
	assert_null(image.bytes);
	assert_int_equal(memory.used, 0);
	kvmsafe_source_close(source);
	elf_fini(&elf);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_image_holds_only_the_asked_piece),
		cmocka_unit_test(an_image_beyond_the_limit_or_the_file_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
