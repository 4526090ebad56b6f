/* SPDX-License-Identifier: BSD-2-Clause */
/* Elimination: caller's word, kernel, the file's own marks, a kernel dump header's name, guesses. */
#include "session/recognise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "support/opened.h"

#define HEAD 512

/* A file that begins with this, in zeros. */
struct start {
	uint8_t bytes[8192];
	size_t len;
	struct kvs_recognised got;
	struct kvmsafe_error err;
};

static struct start *
start_with(const void *bytes, size_t len)
{
	static struct start start;

	memset(&start, 0, sizeof(start));
	memcpy(start.bytes, bytes, len);
	start.len = sizeof(start.bytes);
	return &start;
}

/* magic and its zero, then a version. */
static struct start *
minidump_of(const char *magic, bool big, uint32_t version)
{
	struct start *const start = start_with(magic, strlen(magic));

	put(start->bytes + 24, 4, big, version);
	return start;
}

static struct start *
elf_of(unsigned class, unsigned data, unsigned type, unsigned machine)
{
	const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', (uint8_t) class, (uint8_t)data, 1 };
	struct start *const start = start_with(ident, sizeof(ident));

	put(start->bytes + 16, 2, data == 2, type);
	put(start->bytes + 18, 2, data == 2, machine);
	put(start->bytes + (class == 1 ? 40 : 52), 2, data == 2, class == 1 ? 52 : 64);
	return start;
}

static enum kvmsafe_status
recognise(struct start *start, const char *word, const struct kvs_elf_header *kernel,
    const char *machine_arch)
{
	const struct kvs_binding binding = { word, kernel, machine_arch };
	const struct kvs_view head = { .bytes = start->bytes,
		.len = start->len < HEAD ? start->len : HEAD };
	struct kvmsafe_source *source;
	enum kvmsafe_status status;

	assert_int_equal(
	    kvmsafe_source_memory(start->bytes, start->len, &source, NULL), KVMSAFE_OK);
	status = kvs_recognise(source, &head, &binding, &start->got, &start->err);
	kvmsafe_source_close(source);
	if (status != KVMSAFE_OK)
		assert_int_equal(start->err.status, status);
	return status;
}

static void
expect_kind(const struct start *start, const char *name, bool guessed)
{
	assert_string_equal(start->got.abi->names[0], name);
	assert_int_equal(start->got.guessed, guessed);
}

static struct kvs_elf_header
kernel_of(unsigned machine, unsigned class, unsigned data)
{
	return (struct kvs_elf_header){ .machine = (uint16_t)machine,
		.elf_class = (uint8_t) class,
		.data = (uint8_t)data,
		.type = 2 };
}

/* ---- Minidumps ---- */

static void
a_minidump_is_of_the_machine_of_its_magic(void **state)
{
	static const struct {
		const char *magic;
		bool big;
		uint32_t version;
		const char *name;
	} rows[] = {
		{ "minidump FreeBSD/amd64", false, 3, "amd64" },
		{ "minidump FreeBSD/i386", false, 2, "i386" },
		{ "minidump FreeBSD/arm", false, 1, "armv7" },
		{ "minidump FreeBSD/arm", true, 1, "armeb" },
		{ "minidump FreeBSD/arm64", false, 3, "aarch64" },
		{ "minidump FreeBSD/riscv", false, 2, "riscv64" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct start *const start =
		    minidump_of(rows[i].magic, rows[i].big, rows[i].version);

		assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_OK);
		expect_kind(start, rows[i].name, false);
		assert_int_equal(start->got.format, KVS_FORMAT_MINIDUMP);
		assert_int_equal(start->got.frame->version, rows[i].version);
		assert_int_equal(start->got.header.version, rows[i].version);
	}
}

static void
unknown_machines_and_versions_are_named(void **state)
{
	struct start *start = minidump_of("minidump FreeBSD/vax", false, 1);

	(void)state;
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_UNSUPPORTED);
	assert_int_equal(start->err.at, 0);
	assert_non_null(strstr(start->err.message, "FreeBSD/vax"));
	start = minidump_of("minidump FreeBSD/amd64x", false, 1);
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_UNSUPPORTED);
	for (unsigned version = 0; version < 6; version += version == 0 ? 4 : 1) {
		start = minidump_of("minidump FreeBSD/arm64", false, version);
		assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_UNSUPPORTED);
		assert_int_equal(start->err.at, 24);
		assert_non_null(strstr(start->err.message, "version 1 to 3 expected"));
	}
}

static void
a_minidump_that_ends_in_its_header_is_cut(void **state)
{
	(void)state;
	for (size_t len = 8; len < 80; len++) {
		struct start *const start = minidump_of("minidump FreeBSD/arm64", false, 3);

		start->len = len;
		assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_TRUNCATED);
		assert_int_equal(start->err.place, KVMSAFE_FILE_OFFSET);
		assert_int_equal(start->err.at, len);
	}
}

static void
word_and_kernel_must_agree_with_the_minidump(void **state)
{
	const struct kvs_elf_header right = kernel_of(183, 2, 1), wrong = kernel_of(62, 2, 1);
	const struct kvs_elf_header swapped = kernel_of(183, 2, 2);
	struct kvs_elf_header dyn = right;
	static const struct {
		const char *word;
		int kernel; /* 0: none, 1: right, 2: wrong, 3: byte-swapped, 4: ET_DYN */
		enum kvmsafe_status status;
	} rows[] = {
		{ "arm64", 0, KVMSAFE_OK },
		{ "aarch64", 0, KVMSAFE_OK },
		{ "aarch64", 1, KVMSAFE_OK },
		{ NULL, 1, KVMSAFE_OK },
		{ NULL, 2, KVMSAFE_BAD_KERNEL },
		{ NULL, 3, KVMSAFE_BAD_KERNEL },
		{ NULL, 4, KVMSAFE_BAD_KERNEL }, /* of PowerPC alone */
		{ "arm64", 2, KVMSAFE_BAD_KERNEL },
		{ "amd64", 2, KVMSAFE_BAD_KERNEL },
		{ "amd64", 0, KVMSAFE_USAGE },
		{ "amd64", 1, KVMSAFE_USAGE }, /* not the kernel's fault */
		{ "arm", 0, KVMSAFE_USAGE },
		{ "vax", 0, KVMSAFE_USAGE },
		{ "", 0, KVMSAFE_USAGE },
	};

	(void)state;
	dyn.type = 3;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct kvs_elf_header *const kernels[] = { NULL, &right, &wrong, &swapped,
			&dyn };
		struct start *const start = minidump_of("minidump FreeBSD/arm64", false, 3);

		assert_int_equal(
		    recognise(start, rows[i].word, kernels[rows[i].kernel], NULL), rows[i].status);
		if (rows[i].status == KVMSAFE_BAD_KERNEL)
			assert_non_null(strstr(start->err.message, "arm64"));
	}
}

/* A kernel of the other byte order is of the machine, but not of the dump. */
static void
a_kernel_of_the_other_byte_order_is_not_the_dump_s(void **state)
{
	(void)state;
	for (unsigned big = 0; big < 2; big++)
		for (unsigned data = 1; data <= 2; data++) {
			const struct kvs_elf_header kernel = kernel_of(40, 1, data);
			struct start *const start =
			    minidump_of("minidump FreeBSD/arm", big != 0, 2);

			assert_int_equal(recognise(start, NULL, &kernel, NULL),
			    data == big + 1 ? KVMSAFE_OK : KVMSAFE_BAD_KERNEL);
			assert_int_equal(
			    recognise(start, data == 1 ? "armv6" : "armeb", NULL, NULL),
			    data == big + 1 ? KVMSAFE_OK : KVMSAFE_USAGE);
		}
}

/* ---- Guesses ---- */

static struct start *
mips_of(bool big, uint64_t kernbase)
{
	struct start *const start = minidump_of("minidump FreeBSD/mips", big, 2);

	put(start->bytes + 40, 8, big, kernbase);
	return start;
}

static void
what_nothing_tells_for_sure_is_a_guess(void **state)
{
	const struct kvs_elf_header o32 = kernel_of(8, 1, 2);
	struct kvs_elf_header n32 = o32;
	struct start *start = mips_of(true, 0xc0000000);

	(void)state;
	n32.flags = 0x20;
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_OK);
	expect_kind(start, "mips", true);
	assert_int_equal(recognise(start, "mips", NULL, NULL), KVMSAFE_OK);
	expect_kind(start, "mips", true); /* the machine's name as well */
	assert_int_equal(recognise(start, "mipsn32", NULL, NULL), KVMSAFE_OK);
	expect_kind(start, "mipsn32", false);
	assert_int_equal(recognise(start, NULL, &o32, NULL), KVMSAFE_OK);
	expect_kind(start, "mips", false);
	assert_int_equal(recognise(start, NULL, &n32, NULL), KVMSAFE_OK);
	expect_kind(start, "mipsn32", false);
	start = mips_of(true, UINT64_C(0xc000000000000000));
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_OK);
	expect_kind(start, "mips64", false);
	start = mips_of(false, 0xc0000000);
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_OK);
	expect_kind(start, "mipsel", true);
}

/* It chooses among what is left, and binds nothing. */
static void
the_name_in_a_kernel_dump_header_only_chooses(void **state)
{
	const struct kvs_elf_header o32 = kernel_of(8, 1, 2);
	struct start *start = mips_of(true, 0xc0000000);

	(void)state;
	assert_int_equal(recognise(start, NULL, NULL, "mipsn32"), KVMSAFE_OK);
	expect_kind(start, "mipsn32", false);
	assert_int_equal(recognise(start, NULL, NULL, "mips64"), KVMSAFE_OK);
	expect_kind(start, "mips64", false);
	assert_int_equal(recognise(start, NULL, NULL, "mipsel"), KVMSAFE_OK);
	expect_kind(start, "mips", true); /* of the other byte order */
	assert_int_equal(recognise(start, NULL, &o32, "mipsn32"), KVMSAFE_OK);
	expect_kind(start, "mips", false);
	assert_int_equal(recognise(start, "mipsn32", NULL, "mips"), KVMSAFE_OK);
	expect_kind(start, "mipsn32", false);
	start = mips_of(true, UINT64_C(0xc000000000000000));
	assert_int_equal(recognise(start, NULL, NULL, "mipsn32"), KVMSAFE_OK);
	expect_kind(start, "mips64", false); /* which is sure */
	start = minidump_of("minidump FreeBSD/amd64", false, 3);
	assert_int_equal(recognise(start, NULL, NULL, "riscv64"), KVMSAFE_OK);
	expect_kind(start, "amd64", false);
}

static void
a_word_that_no_field_fits_is_damage(void **state)
{
	struct start *const start = mips_of(true, UINT64_C(0xc000000000000000));

	(void)state;
	assert_int_equal(recognise(start, "mipsn32", NULL, NULL), KVMSAFE_DAMAGED);
	assert_non_null(strstr(start->err.message, "mips"));
}

/* ---- Full cores ---- */

static void
a_core_is_of_the_machine_of_its_elf_header(void **state)
{
	static const struct {
		unsigned class, data, machine;
		const char *name;
	} rows[] = { { 2, 1, 62, "amd64" }, { 1, 1, 3, "i386" }, { 1, 1, 40, "armv7" },
		{ 1, 2, 40, "armeb" }, { 2, 1, 183, "aarch64" }, { 2, 1, 243, "riscv64" },
		{ 1, 2, 20, "powerpc" }, { 2, 2, 21, "powerpc64" }, { 2, 1, 21, "powerpc64le" } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct start *const start = elf_of(rows[i].class, rows[i].data, 4, rows[i].machine);

		assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_OK);
		expect_kind(start, rows[i].name, false);
		assert_int_equal(start->got.format, KVS_FORMAT_CORE);
		assert_int_equal(start->got.elf.machine, rows[i].machine);
		assert_null(start->got.frame);
	}
}

static void
cores_that_cannot_be_are_refused(void **state)
{
	const struct kvs_elf_header kernel = kernel_of(62, 2, 1);
	static const struct {
		unsigned class, data, type, machine;
		const char *word;
		enum kvmsafe_status status;
	} rows[] = {
		{ 2, 1, 4, 1, NULL, KVMSAFE_UNSUPPORTED }, /* no machine of ours */
		{ 1, 1, 4, 62, NULL, KVMSAFE_UNSUPPORTED }, /* of another class */
		{ 2, 2, 4, 62, NULL, KVMSAFE_UNSUPPORTED }, /* of another byte order */
		{ 1, 2, 4, 8, NULL, KVMSAFE_UNSUPPORTED }, /* mips has no cores */
		{ 2, 1, 2, 62, NULL, KVMSAFE_NOT_A_DUMP }, /* a kernel */
		{ 2, 1, 3, 62, NULL, KVMSAFE_NOT_A_DUMP },
		{ 2, 1, 1, 62, NULL, KVMSAFE_NOT_A_DUMP },
		{ 3, 1, 4, 62, NULL, KVMSAFE_DAMAGED },
		{ 2, 3, 4, 62, NULL, KVMSAFE_DAMAGED },
		{ 2, 1, 4, 62, "i386", KVMSAFE_USAGE },
		{ 2, 1, 4, 62, "amd64", KVMSAFE_OK },
	};
	struct start *start;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		start = elf_of(rows[i].class, rows[i].data, rows[i].type, rows[i].machine);
		assert_int_equal(recognise(start, rows[i].word, NULL, NULL), rows[i].status);
	}
	start = elf_of(2, 1, 4, 62);
	assert_int_equal(recognise(start, NULL, &kernel, NULL), KVMSAFE_OK);
	start = elf_of(2, 1, 4, 243);
	assert_int_equal(recognise(start, NULL, &kernel, NULL), KVMSAFE_BAD_KERNEL);
	start = elf_of(2, 1, 2, 62);
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_NOT_A_DUMP);
	assert_non_null(strstr(start->err.message, "a kernel file, perhaps"));
	start->len = 20;
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_DAMAGED);
}

/* ---- Files that are no dump ---- */

static void
a_file_that_is_no_dump_is_named_for_what_it_is(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *words;
	} rows[] = {
		{ "", 0, "an empty file" },
		{ "FreeBSD Kernel Dump", 20, "behind it" },
		{ "FreeBSD Text Dump", 18, "a text dump" },
		{ "Cleared Kernel Dump", 20, "extracted before" },
		{ "\037\213\010", 3, "gzip -d" },
		{ "\050\265\057\375", 4, "zstd -d" },
		{ "\3757zXZ", 6, "xz -d" },
		{ "BZh9", 4, "bzip2 -d" },
		{ "Dump header from device: /dev/ada0p3", 36, "info file" },
		{ "\0", 1, "nothing but zeros" },
		{ "MZ", 2, "nothing that we know" },
		{ "minidum", 7, "nothing that we know" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct start *const start = start_with(rows[i].bytes, rows[i].len);

		if (rows[i].len == 0)
			start->len = 0;
		assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_NOT_A_DUMP);
		assert_int_equal(start->err.place, KVMSAFE_FILE_OFFSET);
		assert_int_equal(start->err.at, 0);
		assert_non_null(strstr(start->err.message, rows[i].words));
		assert_int_equal(recognise(start, "amd64", NULL, NULL), KVMSAFE_NOT_A_DUMP);
		assert_int_equal(start->got.format, KVS_FORMAT_NONE);
	}
}

/* ---- sparc64, which has no magic ---- */

/* Header and one region, as the writer makes them. */
static struct start *
sparc64_dump(void)
{
	struct start *const start = start_with("", 0);

	put(start->bytes, 8, true, 0x1000);
	return start;
}

static void
a_format_without_magic_is_taken_on_the_caller_s_word(void **state)
{
	const struct kvs_elf_header sparc64 = kernel_of(43, 2, 2), amd64 = kernel_of(62, 2, 1);
	struct start *const start = sparc64_dump();

	(void)state;
	assert_int_equal(recognise(start, NULL, NULL, NULL), KVMSAFE_NOT_A_DUMP);
	assert_int_equal(recognise(start, "sparc64", NULL, NULL), KVMSAFE_OK);
	expect_kind(start, "sparc64", false);
	assert_int_equal(start->got.format, KVS_FORMAT_OWN);
	assert_int_equal(recognise(start, NULL, &sparc64, NULL), KVMSAFE_OK);
	assert_int_equal(recognise(start, NULL, &amd64, NULL), KVMSAFE_NOT_A_DUMP);
	assert_int_equal(recognise(start, "amd64", &sparc64, NULL), KVMSAFE_NOT_A_DUMP);
}

/* ---- A kernel alone ---- */

static void
a_kernel_alone_tells_machine_and_kind(void **state)
{
	const struct kvs_elf_header armeb = kernel_of(40, 1, 2), vax = kernel_of(75, 1, 1);
	struct kvs_elf_header dyn = kernel_of(21, 2, 1);
	struct kvs_binding binding = { NULL, &armeb, NULL };
	struct kvs_recognised got;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvs_recognise_kernel(&binding, &got, &err), KVMSAFE_OK);
	assert_string_equal(got.abi->names[0], "armeb");
	assert_int_equal(got.format, KVS_FORMAT_NONE);
	binding.arch = "armv7";
	assert_int_equal(kvs_recognise_kernel(&binding, &got, &err), KVMSAFE_BAD_KERNEL);
	binding.arch = "vax";
	assert_int_equal(kvs_recognise_kernel(&binding, &got, &err), KVMSAFE_USAGE);
	binding = (struct kvs_binding){ NULL, &vax, NULL };
	assert_int_equal(kvs_recognise_kernel(&binding, &got, &err), KVMSAFE_BAD_KERNEL);
	assert_non_null(strstr(err.message, "ELF machine 75"));
	dyn.type = 3;
	binding.kernel = &dyn;
	assert_int_equal(kvs_recognise_kernel(&binding, &got, &err), KVMSAFE_OK);
	assert_string_equal(got.abi->names[0], "powerpc64le");
}

static void
recognising_wants_to_see_what_any_machine_wants(void **state)
{
	(void)state;
	assert_true(kvs_recognise_head_bytes() >= HEAD);
	for (size_t i = 0; i < kvs_narches; i++)
		if (kvs_arches[i]->own != NULL)
			assert_true(kvs_recognise_head_bytes() >= kvs_arches[i]->own->head_bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_minidump_is_of_the_machine_of_its_magic),
		cmocka_unit_test(unknown_machines_and_versions_are_named),
		cmocka_unit_test(a_minidump_that_ends_in_its_header_is_cut),
		cmocka_unit_test(word_and_kernel_must_agree_with_the_minidump),
		cmocka_unit_test(a_kernel_of_the_other_byte_order_is_not_the_dump_s),
		cmocka_unit_test(what_nothing_tells_for_sure_is_a_guess),
		cmocka_unit_test(the_name_in_a_kernel_dump_header_only_chooses),
		cmocka_unit_test(a_word_that_no_field_fits_is_damage),
		cmocka_unit_test(a_core_is_of_the_machine_of_its_elf_header),
		cmocka_unit_test(cores_that_cannot_be_are_refused),
		cmocka_unit_test(a_file_that_is_no_dump_is_named_for_what_it_is),
		cmocka_unit_test(a_format_without_magic_is_taken_on_the_caller_s_word),
		cmocka_unit_test(a_kernel_alone_tells_machine_and_kind),
		cmocka_unit_test(recognising_wants_to_see_what_any_machine_wants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
