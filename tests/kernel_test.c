/* SPDX-License-Identifier: BSD-2-Clause */
/* Which files can be kernels, and what the message says of the others. */
#include "format/kernel.h"
#include "support/elf_builder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static enum kvmsafe_status
read_bytes(const void *bytes, size_t len, struct kvs_elf_header *out, struct kvmsafe_error *err)
{
	struct kvmsafe_source *source;
	enum kvmsafe_status status;

	assert_int_equal(kvmsafe_source_memory(bytes, len, &source, NULL), KVMSAFE_OK);
	status = kvs_kernel_header_read(source, out, err);
	kvmsafe_source_close(source);
	return status;
}

static void
executables_and_shared_objects_can_be_kernels_other_types_not(void **state)
{
	(void)state;
	for (unsigned type = 0; type < 6; type++) {
		struct kvmsafe_error err = { 0 };
		struct kvs_elf_header header = { 0 };
		struct elf_builder elf;
		enum kvmsafe_status status;

		elf_init(&elf, ELF_64, ELF_MSB);
		elf_finish(&elf);
		elf_set(&elf, E_TYPE_F, type);
		status = read_bytes(elf.bytes, elf.len, &header, &err);
		if (type == 2 || type == 3) {
			assert_int_equal(status, KVMSAFE_OK);
			assert_int_equal(header.type, type);
			assert_int_equal(header.data, ELF_MSB);
			assert_int_equal(err.status, 0);
		} else {
			assert_int_equal(status, KVMSAFE_BAD_KERNEL);
			assert_int_equal(err.at, 16);
			assert_int_equal(header.elf_class, 0);
		}
		if (type == 4)
			assert_non_null(strstr(err.message, "core"));
		elf_fini(&elf);
	}
}

static void
other_files_are_named_for_what_they_look_like(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *word;
	} rows[] = {
		{ "", 0, "empty" },
		{ "minidump FreeBSD/amd64\0", 24, "minidump" },
		{ "\037\213\010\0", 4, "gzip" },
		{ "\050\265\057\375", 4, "zstd" },
		{ "FreeBSD Kernel Dump", 20, "kernel dump header" },
		{ "\0\0\0\0", 4, "zeros" },
		{ "#!/bin/sh\n", 10, "nothing that we know" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct kvmsafe_error err = { 0 };
		struct kvs_elf_header header = { 0 };

		assert_int_equal(
		    read_bytes(rows[i].bytes, rows[i].len, &header, &err), KVMSAFE_BAD_KERNEL);
		assert_memory_equal(err.message, "kernel: ", 8);
		assert_non_null(strstr(err.message, rows[i].word));
	}
}

/* "40 bytes with ELF magic": the two libelfs disagree; ours says no. */
static void
an_elf_magic_alone_is_no_kernel(void **state)
{
	uint8_t bytes[40] = { 0x7f, 'E', 'L', 'F', 2, 1, 1 };
	struct kvs_elf_header header;
	struct kvmsafe_error err = { 0 };

	(void)state;
	for (size_t len = 4; len <= sizeof(bytes); len++)
		assert_int_equal(read_bytes(bytes, len, &header, &err), KVMSAFE_BAD_KERNEL);
	assert_int_equal(err.at, 40);
}

static void
section_headers_must_be_in_the_file_program_headers_need_not(void **state)
{
	struct elf_builder elf;
	struct kvs_elf_header header;

	(void)state;
	elf_init(&elf, ELF_32, ELF_LSB);
	elf_add_section(&elf, (struct elf_section){ .type = 1, .len = 16 });
	elf_finish(&elf);
	elf_set(&elf, E_PHENTSIZE_F, 32);
	elf_set(&elf, E_PHNUM_F, 0xfffe);
	assert_int_equal(read_bytes(elf.bytes, elf.len, &header, NULL), KVMSAFE_OK);
	assert_int_equal(read_bytes(elf.bytes, elf.len - 1, &header, NULL), KVMSAFE_BAD_KERNEL);
	elf_set(&elf, E_PHENTSIZE_F, 31);
	assert_int_equal(read_bytes(elf.bytes, elf.len, &header, NULL), KVMSAFE_BAD_KERNEL);
	elf_fini(&elf);
}

static enum kvmsafe_status
fail_with_io(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	(void)ctx, (void)offset, (void)buf, (void)len, (void)err;
	*got = 0;
	return KVMSAFE_IO;
}

static void
a_read_that_fails_is_passed_up(void **state)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = fail_with_io };
	struct kvs_elf_header header;
	struct kvmsafe_source *source;

	(void)state;
	assert_int_equal(kvmsafe_source_callbacks(&ops, NULL, 4096, &source, NULL), KVMSAFE_OK);
	assert_int_equal(kvs_kernel_header_read(source, &header, NULL), KVMSAFE_IO);
	kvmsafe_source_close(source);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(executables_and_shared_objects_can_be_kernels_other_types_not),
		cmocka_unit_test(other_files_are_named_for_what_they_look_like),
		cmocka_unit_test(an_elf_magic_alone_is_no_kernel),
		cmocka_unit_test(section_headers_must_be_in_the_file_program_headers_need_not),
		cmocka_unit_test(a_read_that_fails_is_passed_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
