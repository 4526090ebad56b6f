/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One test for each function of lib/libkvm/kvm_private.c that this library replaces, named after
 * it: what it did for sound dumps is still so, what hostile files did to it no longer is.
 */
#include <kvmsafe/bitmap.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/corpus.h"

#define EXAMPLE "amd64-v3-example.vmcore" /* specification of amd64, section 7 */
#define KERNBASE UINT64_C(0xfffffe0000000000)

/* A file of the corpus in memory, to be changed and opened. */
struct copy {
	uint8_t *bytes;
	size_t len;
	struct kvmsafe_source *source;
	struct kvmsafe_session *session;
	struct kvmsafe_error err;
};

static struct copy
copy_of(const char *name)
{
	struct kvmsafe_source *const whole = corpus_source(name);
	struct copy copy = { .len = (size_t)kvmsafe_source_bytes(whole) };
	size_t got = 0;

	copy.bytes = test_malloc(copy.len + 1);
	assert_int_equal(
	    kvmsafe_source_read(whole, 0, copy.bytes, copy.len, &got, NULL), KVMSAFE_OK);
	kvmsafe_source_close(whole);
	return copy;
}

static void
put(struct copy *copy, size_t at, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		copy->bytes[at + i] = (uint8_t)(value >> 8 * i);
}

static enum kvmsafe_status
open_copy(struct copy *copy, const struct kvmsafe_limits *limits)
{
	const struct kvmsafe_options options = { .size = sizeof(options), .limits = limits };

	copy->err.message[0] = 0;
	assert_int_equal(
	    kvmsafe_source_memory(copy->bytes, copy->len, &copy->source, NULL), KVMSAFE_OK);
	return kvmsafe_open(copy->source, &options, &copy->session, &copy->err);
}

static void
free_copy(struct copy *copy)
{
	kvmsafe_close(copy->session);
	kvmsafe_source_close(copy->source);
	test_free(copy->bytes);
}

static enum kvmsafe_status
status_at(const struct kvmsafe_session *session, uint64_t va, struct kvmsafe_error *err)
{
	struct kvmsafe_translation at;

	return kvmsafe_translate(session, va, &at, err);
}

/* ---- Errors and memory ---- */

static void
kvm_err_gives_a_code_a_place_and_prints_nothing(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	struct kvmsafe_error first = { .status = 0 }, second = { .status = 0 };
	FILE *const caught = tmpfile();
	const int saved = dup(2);

	(void)state;
	assert_non_null(caught);
	fflush(stderr);
	dup2(fileno(caught), 2);
	assert_int_equal(status_at(corpus.session, KERNBASE + 0x8000, &first), KVMSAFE_NOT_MAPPED);
	assert_int_equal(status_at(corpus.session, 0, &second), KVMSAFE_NO_MAP);
	fflush(stderr);
	dup2(saved, 2);
	close(saved);
	assert_int_equal(lseek(fileno(caught), 0, SEEK_END), 0); /* nothing on stderr */
	fclose(caught);
	assert_int_equal(first.status, KVMSAFE_NOT_MAPPED); /* the caller's, no shared buffer */
	assert_int_equal(first.place, KVMSAFE_VA);
	assert_int_equal(first.at, KERNBASE + 0x8000);
	assert_int_equal(second.at, 0);
	corpus_close(&corpus);
}

static void
kvm_syserr_keeps_errno_as_it_was(void **state)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err = { .sys_errno = 0 };

	(void)state;
	errno = EDOM;
	assert_int_equal(kvmsafe_source_path("/nonexistent/vmcore", &source, &err), KVMSAFE_IO);
	assert_int_equal(err.sys_errno, ENOENT);
	errno = EDOM;
	assert_non_null(strstr(err.message, strerror(ENOENT)));
	assert_null(source);
}

static void
kvm_malloc_is_bounded_by_the_file_not_by_its_header(void **state)
{
	const struct kvmsafe_limits limits = {
		.size = sizeof(limits), .allocation = 1 << 16, .memory = 1 << 17
	};
	static const size_t sizes[] = { 28, 32, 36, 64 }; /* msgbuf, bitmap, map, dump_avail */

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct copy copy = copy_of(EXAMPLE);

		put(&copy, sizes[i], 4, 0xfffff000);
		/* the file has less than 64 KiB: so little is asked for that no limit is met */
		assert_int_equal(open_copy(&copy, &limits), KVMSAFE_OK);
		assert_true(kvmsafe_finding(copy.session, 0, &copy.err));
		free_copy(&copy);
	}
}

/* ---- Recognising ---- */

static enum kvmsafe_status
open_with_kernel(const char *kernel, struct kvmsafe_error *err)
{
	struct kvmsafe_source *const dump = corpus_source(EXAMPLE);
	struct kvmsafe_options options = { .size = sizeof(options),
		.kernel = corpus_source(kernel) };
	struct kvmsafe_session *session = NULL;
	const enum kvmsafe_status status = kvmsafe_open(dump, &options, &session, err);

	kvmsafe_close(session);
	kvmsafe_source_close(dump);
	kvmsafe_source_close(options.kernel);
	return status;
}

static void
kvm_probe_elf_kernel_looks_at_data_version_and_sizes_too(void **state)
{
	static const char *const wrong[] = { "kernel-data-big.kernel", "kernel-class-32.kernel",
		"kernel-type-rel.kernel", "kernel-ident-version-0.kernel",
		"kernel-machine-unknown.kernel", "kernel-phentsize-57.kernel",
		"kernel-shentsize-63.kernel", "kernel-empty.kernel", "kernel-text.kernel",
		"kernel-40-bytes.kernel" };
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(open_with_kernel("kernel-sound.kernel", &err), KVMSAFE_OK);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		assert_int_equal(open_with_kernel(wrong[i], &err), KVMSAFE_BAD_KERNEL);
}

static void
kvm_is_minidump_says_what_the_file_is_instead(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		const char *word;
	} files[] = {
		{ "", 0, "empty" },
		{ "\x1f\x8b\x08", 3, "gzip" },
		{ "\x28\xb5\x2f\xfd", 4, "zstd" },
		{ "FreeBSD Text Dump", 18, "text dump" },
		{ "Cleared Kernel Dump", 20, "extracted" },
		{ "mini", 4, "" }, /* too short to be one */
		{ "nothing that is known", 21, "" },
	};

	static uint8_t file[4096]; /* behind the first bytes, something that is not all zero */

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct kvmsafe_source *source = NULL;
		struct kvmsafe_session *session = NULL;
		struct kvmsafe_error err = { .message = "" };
		const size_t len = files[i].len > 4 ? sizeof(file) : files[i].len;

		memset(file, 0x5b, sizeof(file));
		memcpy(file, files[i].bytes, files[i].len);
		assert_int_equal(kvmsafe_source_memory(file, len, &source, NULL), KVMSAFE_OK);
		assert_int_equal(kvmsafe_open(source, NULL, &session, &err), KVMSAFE_NOT_A_DUMP);
		if (strstr(err.message, files[i].word) == NULL)
			fail_msg("%s: expected the word %s", err.message, files[i].word);
		kvmsafe_source_close(source);
	}
}

/* Offsets in the 64-bit header of an ELF file and in its first program header. */
enum { PHOFF = 32, PHNUM = 56, P_OFFSET = 64 + 8, P_PADDR = 64 + 24, P_FILESZ = 64 + 32 };

static void
kvm_read_core_phdrs_checks_every_number(void **state)
{
	static const struct {
		size_t at;
		unsigned width;
		uint64_t value;
		bool opens; /* what is wrong is a finding */
	} cases[] = {
		{ PHOFF, 8, UINT64_C(1) << 40, false },
		{ PHOFF, 8, UINT64_MAX - 8, false },
		{ PHNUM, 2, 0xfffe, false },
		{ PHNUM, 2, 0xffff, false }, /* section 0 would say how many */
		{ 54, 2, 55, false }, /* e_phentsize */
		{ P_PADDR, 8, UINT64_MAX - 0xfff, true },
		{ P_OFFSET, 8, UINT64_MAX - 0xfff, true },
		{ P_FILESZ, 8, UINT64_C(1) << 63, true },
	};
	struct copy copy = copy_of("amd64-full-no-kernel.vmcore");

	(void)state;
	assert_int_equal(open_copy(&copy, NULL), KVMSAFE_OK);
	free_copy(&copy);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum kvmsafe_status status;
		bool found = false;

		copy = copy_of("amd64-full-no-kernel.vmcore");
		put(&copy, cases[i].at, cases[i].width, cases[i].value);
		status = open_copy(&copy, NULL);
		for (uint64_t n = 0; status == KVMSAFE_OK; n++) {
			if (!kvmsafe_finding(copy.session, n, &copy.err))
				break;
			found |= copy.err.status == KVMSAFE_DAMAGED ||
			    copy.err.status == KVMSAFE_TRUNCATED;
		}
		/* with one segment only, leaving it out may leave nothing */
		assert_true(cases[i].opens ? found || status == KVMSAFE_DAMAGED
					   : status == KVMSAFE_DAMAGED);
		free_copy(&copy);
	}
}

/* ---- The bitmap index ---- */

static void
kvm_bitmask_range_counts_past_2_to_32_and_within_a_cut_word(void **state)
{
	const size_t bytes = (size_t)600 << 20;
	uint8_t *const bits = calloc(bytes, 1); /* untouched but for three bytes */
	struct kvmsafe_bitmap *map = NULL;
	uint64_t bit = 0;

	(void)state;
	if (bits == NULL)
		skip();
	bits[0] = 1;
	bits[bytes / 2] = 0x10;
	bits[bytes - 1] = 0x80;
	assert_int_equal(
	    kvmsafe_bitmap_create(bits, bytes, UINT64_MAX, KVMSAFE_BITS_LE, &map, NULL),
	    KVMSAFE_OK);
	assert_int_equal(kvmsafe_bitmap_count(map), 3);
	assert_true(kvmsafe_bitmap_select(map, 2, &bit));
	assert_int_equal(bit, 8 * (uint64_t)bytes - 1);
	assert_true(bit > UINT32_MAX);
	assert_int_equal(kvmsafe_bitmap_rank(map, bit), 2);
	assert_true(kvmsafe_bitmap_overhead(map) <= bytes / 20);
	kvmsafe_bitmap_destroy(map);
	map = NULL;
	/* three bytes of a big-endian word: only bits 31 to 8 are there */
	memcpy(bits, "\x80\x01\x01", 3);
	assert_int_equal(
	    kvmsafe_bitmap_create(bits, 3, UINT64_MAX, KVMSAFE_BITS_BE32, &map, NULL), KVMSAFE_OK);
	assert_int_equal(kvmsafe_bitmap_count(map), 3);
	assert_true(kvmsafe_bitmap_test(map, 31) && kvmsafe_bitmap_test(map, 16) &&
	    kvmsafe_bitmap_test(map, 8));
	kvmsafe_bitmap_destroy(map);
	free(bits);
}

static void
kvm_pt_init_counts_right_whatever_is_left_of_1024(void **state)
{
	static const uint64_t lengths[] = { 1, 104, 511, 512, 513, 1023, 1024, 1025, 1535, 1536,
		2048, 3071, 32768 };

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		const size_t bytes = (size_t)(lengths[i] + 7) / 8; /* no multiple of 8, mostly */
		uint8_t *const bits = test_malloc(bytes);
		struct kvmsafe_bitmap *map = NULL;
		uint64_t bit;

		memset(bits, 0xff, bytes);
		assert_int_equal(
		    kvmsafe_bitmap_create(bits, bytes, lengths[i], KVMSAFE_BITS_LE, &map, NULL),
		    KVMSAFE_OK);
		assert_int_equal(kvmsafe_bitmap_count(map), lengths[i]);
		for (uint64_t n = 0; n < lengths[i]; n++) {
			assert_true(kvmsafe_bitmap_select(map, n, &bit));
			assert_int_equal(bit, n);
			assert_int_equal(kvmsafe_bitmap_rank(map, n), n);
		}
		assert_false(kvmsafe_bitmap_select(map, lengths[i], &bit));
		kvmsafe_bitmap_destroy(map);
		test_free(bits);
	}
}

static void
kvm_pt_init_opens_an_empty_dump_and_one_that_is_cut(void **state)
{
	struct corpus empty = corpus_open("amd64-v3-empty.vmcore", NULL);
	struct copy cut = copy_of(EXAMPLE);
	struct kvmsafe_description is = { .size = sizeof(is) };

	(void)state;
	assert_int_equal(kvmsafe_describe(empty.session, &is, NULL), KVMSAFE_OK);
	assert_int_equal(is.pages_promised, 0);
	corpus_close(&empty);
	cut.len = 0x7800; /* in the middle of the third page */
	assert_int_equal(open_copy(&cut, NULL), KVMSAFE_OK);
	assert_int_equal(kvmsafe_describe(cut.session, &is, NULL), KVMSAFE_OK);
	assert_int_equal(is.pages_promised, 4);
	assert_int_equal(is.pages_present, 2);
	assert_int_equal(is.pages_truncated, 2);
	free_copy(&cut);
}

static void
kvm_pt_find_tells_not_dumped_outside_and_cut_off_apart(void **state)
{
	static uint8_t buf[4096];
	struct copy cut = copy_of(EXAMPLE);
	size_t got = 0;

	(void)state;
	cut.len = 0x7800;
	assert_int_equal(open_copy(&cut, NULL), KVMSAFE_OK);
	assert_int_equal(
	    kvmsafe_read_pa(cut.session, 0x5000, buf, 8, &got, NULL), KVMSAFE_NOT_DUMPED);
	assert_int_equal(
	    kvmsafe_read_pa(cut.session, 0x9000, buf, 8, &got, NULL), KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(
	    kvmsafe_read_pa(cut.session, 0x201000, buf, 8, &got, NULL), KVMSAFE_TRUNCATED);
	/* half of the page is there, and is served */
	assert_int_equal(
	    kvmsafe_read_pa(cut.session, 0x200000, buf, 4096, &got, NULL), KVMSAFE_TRUNCATED);
	assert_int_equal(got, 0x800);
	assert_int_equal(kvmsafe_read_pa(cut.session, 0x4000, buf, 4096, &got, NULL), KVMSAFE_OK);
	free_copy(&cut);
}

static void
kvm_pa_bit_id_does_not_alias_an_address_in_a_hole(void **state)
{
	struct corpus corpus = corpus_open(EXAMPLE, NULL);
	uint8_t buf[8];
	size_t got = 9;

	(void)state;
	/* PA 0x1fb000: one bit too few per page of the hole, and PA 0x4000 would answer */
	assert_int_equal(kvmsafe_read_va(corpus.session, KERNBASE + 0x6000, buf, 8, &got, NULL),
	    KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(got, 0);
	assert_int_equal(
	    kvmsafe_read_pa(corpus.session, 0x1fb000, buf, 8, &got, NULL), KVMSAFE_OUTSIDE_MEMORY);
	assert_int_equal(
	    kvmsafe_read_pa(corpus.session, 0, buf, 8, &got, NULL), KVMSAFE_OUTSIDE_MEMORY);
	corpus_close(&corpus);
}

static void
kvm_pa_bit_id_validates_the_array_once(void **state)
{
	/* last pair's end, then nothing that ends the array: pairs to the end of its page */
	struct copy copy = copy_of(EXAMPLE);
	struct kvmsafe_memory_range range;
	uint64_t n = 0;

	(void)state;
	for (size_t at = 0x2020; at < 0x3000; at += 16) {
		put(&copy, at, 8, 0x400000 + 0x10 * at);
		put(&copy, at + 8, 8, 0x400000 + 0x10 * at + 8);
	}
	assert_int_equal(open_copy(&copy, NULL), KVMSAFE_OK);
	while (kvmsafe_memory_range_at(copy.session, n, &range))
		n++;
	assert_int_equal(n, 256);
	free_copy(&copy);
	copy = copy_of(EXAMPLE);
	put(&copy, 0x2010, 8, 0x8000); /* the second pair begins inside the first */
	assert_int_equal(open_copy(&copy, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_finding(copy.session, 0, &copy.err));
	assert_true(kvmsafe_memory_range_at(copy.session, 0, &range));
	assert_false(kvmsafe_memory_range_at(copy.session, 1, &range));
	free_copy(&copy);
}

/* ---- Symbols ---- */

static size_t
look_up(const struct kvmsafe_session *session, struct kvmsafe_symbol *list, size_t n)
{
	size_t unresolved = 99;

	assert_int_equal(kvmsafe_symbols(session, NULL, list, n, &unresolved, NULL), KVMSAFE_OK);
	return unresolved;
}

static void
kvm_fdnlist_answers_each_name_whatever_else_is_in_the_list(void **state)
{
	struct corpus corpus = corpus_open(NULL, "symbols-example.kernel");
	struct kvmsafe_symbol alone[] = { { .name = "dup" } };
	struct kvmsafe_symbol list[] = { { .name = "dup" }, { .name = "nope" }, { .name = "text" },
		{ .name = "nope" }, { .name = "_text" }, { .name = "note" } };

	(void)state;
	assert_int_equal(look_up(corpus.session, alone, 1), 0);
	assert_int_equal(alone[0].value, 0x1100); /* the global one, not the first */
	assert_int_equal(alone[0].nlist_type, 7);
	/* the reference counts the two matches of dup and calls this 0 */
	assert_int_equal(look_up(corpus.session, list, 6), 2);
	assert_int_equal(list[0].value, 0x1100);
	assert_false(list[1].found || list[3].found);
	assert_int_equal(list[2].value, 0x800);
	assert_int_equal(list[4].value, 0x800);
	assert_int_equal(list[5].nlist_type, 2); /* type 0 always means "not found" */
	corpus_close(&corpus);
}

static void
kvm_fdnlist_prefix_recounts_the_list(void **state)
{
	struct corpus corpus = corpus_open("symbols-dump.vmcore", "symbols-dump.kernel");
	struct kvmsafe_symbol list[] = { { .name = "note" }, { .name = "v" }, { .name = "zz" },
		{ .name = "_s" }, { .name = "v" } };

	(void)state;
	assert_int_equal(look_up(corpus.session, list, 5), 1); /* the reference: 3, v not found */
	assert_int_equal(list[1].value, 0x1000);
	assert_int_equal(list[1].rule, KVMSAFE_SYM_VNET);
	assert_false(list[2].found);
	assert_int_equal(list[3].value, 0x1008);
	assert_int_equal(list[4].value, 0x1000); /* each duplicate is answered */
	corpus_close(&corpus);
}

static void
kvm_nlist_of_a_dead_kernel_makes_three_passes(void **state)
{
	struct corpus corpus = corpus_open("symbols-dump.vmcore", "symbols-dump.kernel");
	struct kvmsafe_symbol list[] = { { .name = "text" }, { .name = "v" }, { .name = "p" },
		{ .name = "far" }, { .name = "vnet_entry_v" } };

	(void)state;
	assert_int_equal(look_up(corpus.session, list, 5), 0);
	assert_int_equal(list[0].rule, KVMSAFE_SYM_PLAIN);
	assert_int_equal(list[1].rule, KVMSAFE_SYM_VNET);
	assert_int_equal(list[2].rule, KVMSAFE_SYM_DPCPU);
	assert_int_equal(list[2].value, 0x8010);
	assert_int_equal(list[3].value, 0x9000); /* not in the set: as linked */
	assert_int_equal(list[4].value, 0x5000); /* asked by its own name: as linked */
	assert_int_equal(list[4].rule, KVMSAFE_SYM_PLAIN);
	corpus_close(&corpus);
}

/* A provider that knows "known" and fails at "broken". */
static enum kvmsafe_status
lookup(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	(void)err;
	++*(unsigned *)ctx;
	if (strcmp(name, "broken") == 0)
		return KVMSAFE_IO;
	if (strcmp(name, "known") != 0 && strlen(name) < 1024)
		return KVMSAFE_NOT_FOUND;
	out->value = 0xabcd;
	return KVMSAFE_OK;
}

static struct kvmsafe_session *
open_provider(bool live, unsigned *asked)
{
	const struct kvmsafe_symbol_provider provider = {
		.size = sizeof(provider), .ctx = asked, .lookup = lookup, .live = live
	};
	const struct kvmsafe_options options = { .size = sizeof(options), .symbols = &provider };
	struct kvmsafe_session *session = NULL;

	assert_int_equal(kvmsafe_open(NULL, &options, &session, NULL), KVMSAFE_OK);
	return session;
}

static void
kvm_nlist_keeps_a_hard_error_and_the_count_apart(void **state)
{
	unsigned asked = 0;
	struct kvmsafe_session *const session = open_provider(false, &asked);
	struct kvmsafe_symbol list[] = { { .name = "known" }, { .name = "_known" },
		{ .name = "absent" } };
	struct kvmsafe_symbol failing[] = { { .name = "known" }, { .name = "broken" } };
	size_t unresolved = 99;

	(void)state;
	assert_int_equal(look_up(session, list, 3), 1);
	assert_int_equal(list[0].value, 0xabcd);
	assert_int_equal(list[0].nlist_type, 7); /* N_DATA | N_EXT */
	assert_int_equal(list[1].value, 0xabcd); /* as written, then less one '_' */
	assert_int_equal(kvmsafe_symbols(session, NULL, failing, 2, &unresolved, NULL), KVMSAFE_IO);
	assert_false(failing[0].found);
	assert_int_equal(failing[0].value, 0);
	kvmsafe_close(session);
}

static void
kvm_nlist_of_a_live_kernel_follows_kldsym(void **state)
{
	static char longest[1025];
	unsigned asked = 0;
	struct kvmsafe_session *const session = open_provider(true, &asked);
	struct kvmsafe_symbol list[] = { { .name = "_known" }, { .name = "__known" },
		{ .name = "resolved", .value = 77, .nlist_type = 4, .found = true },
		{ .name = longest } };

	(void)state;
	memset(longest, 'x', 1024);
	assert_int_equal(look_up(session, list, 4), 3);
	assert_int_equal(list[0].value, 0xabcd);
	assert_int_equal(list[0].nlist_type, 4); /* N_TEXT */
	assert_false(list[1].found); /* one '_' is dropped, not two */
	/* libkvm skips what comes in resolved, and counts it as missing: here it is looked up as all are */
	assert_false(list[2].found);
	assert_int_equal(list[2].value, 0);
	assert_false(list[3].found); /* never asked for: the provider would have known it */
	kvmsafe_close(session);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kvm_err_gives_a_code_a_place_and_prints_nothing),
		cmocka_unit_test(kvm_syserr_keeps_errno_as_it_was),
		cmocka_unit_test(kvm_malloc_is_bounded_by_the_file_not_by_its_header),
		cmocka_unit_test(kvm_probe_elf_kernel_looks_at_data_version_and_sizes_too),
		cmocka_unit_test(kvm_is_minidump_says_what_the_file_is_instead),
		cmocka_unit_test(kvm_read_core_phdrs_checks_every_number),
		cmocka_unit_test(kvm_bitmask_range_counts_past_2_to_32_and_within_a_cut_word),
		cmocka_unit_test(kvm_pt_init_counts_right_whatever_is_left_of_1024),
		cmocka_unit_test(kvm_pt_init_opens_an_empty_dump_and_one_that_is_cut),
		cmocka_unit_test(kvm_pt_find_tells_not_dumped_outside_and_cut_off_apart),
		cmocka_unit_test(kvm_pa_bit_id_does_not_alias_an_address_in_a_hole),
		cmocka_unit_test(kvm_pa_bit_id_validates_the_array_once),
		cmocka_unit_test(kvm_fdnlist_answers_each_name_whatever_else_is_in_the_list),
		cmocka_unit_test(kvm_fdnlist_prefix_recounts_the_list),
		cmocka_unit_test(kvm_nlist_of_a_dead_kernel_makes_three_passes),
		cmocka_unit_test(kvm_nlist_keeps_a_hard_error_and_the_count_apart),
		cmocka_unit_test(kvm_nlist_of_a_live_kernel_follows_kldsym),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
