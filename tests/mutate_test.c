/* SPDX-License-Identifier: BSD-2-Clause */
/* The mutator: what it makes still decodes, comes from its seed alone and changes what it aims at. */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuzz/mutate/mutate.h"
#include "fuzz/mutate/dump.h"
#include "fuzz/sparse.h"

#define MOST 1024
#define GUARD 16
#define SEEDS 20000

/* mutate/afl.c declares its hooks itself: afl-fuzz finds them by name. */
void *afl_custom_init(void *afl, unsigned seed);
size_t afl_custom_fuzz(void *data, uint8_t *buf, size_t size, uint8_t **out, uint8_t *other,
    size_t other_size, size_t most);
void afl_custom_deinit(void *data);

struct buffer {
	size_t size;
	uint8_t bytes[MOST + GUARD];
};

static struct kvs_input input;

static void
add(struct buffer *to, const void *bytes, size_t n)
{
	assert_true(to->size + n <= MOST);
	memcpy(to->bytes + to->size, bytes, n);
	to->size += n;
}

static void
add_data(struct buffer *to, unsigned file, uint64_t offset, const void *bytes, size_t n)
{
	uint8_t head[9] = { (uint8_t)(1 | file << 4) };

	kvs_put(head + 1, 6, offset, false);
	kvs_put(head + 7, 2, n, false);
	add(to, head, sizeof(head));
	add(to, bytes, n);
}

/* amd64, version 3: msgbuf and dump_avail a page each, a bitmap of 8 bytes, a map of a page. */
static void
amd64_dump(struct buffer *to)
{
	uint8_t header[68] = "minidump FreeBSD/amd64";
	static const uint32_t words[][2] = { { 24, 3 }, { 28, 4096 }, { 32, 8 }, { 36, 4096 },
		{ 64, 32 } };
	static const uint8_t run[28] = { 2, 0, 0x20, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0xff };
	const uint64_t entry = 0x3163;

	*to = (struct buffer){ .size = 0 };
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		kvs_put(header + words[i][0], 4, words[i][1], false);
	add(to, "KSF1", 4);
	add_data(to, 0, 0, header, sizeof(header));
	add_data(to, 0, 4096, "ring", 4);
	add(to, run, sizeof(run)); /* the bitmap */
	kvs_put(to->bytes + to->size - 27, 6, 12288, false);
	add_data(to, 0, 16384 + 8, &entry, 8);
	add_data(to, 0, 20480, "page", 4);
	add(to, "\5\0\0\0\0\0\0\376\377\377\x10\0\0\0", 14);
}

/* A core of 32 or 64 bits with two program headers, as the kernel or the dump. */
static void
elf_file(struct buffer *to, unsigned file, bool wide, bool big)
{
	uint8_t bytes[64 + 2 * 56] = { 0x7f, 'E', 'L', 'F', wide ? 2 : 1, big ? 2 : 1, 1 };

	kvs_put(bytes + (wide ? 32 : 28), wide ? 8 : 4, wide ? 64 : 52, big);
	kvs_put(bytes + (wide ? 56 : 44), 2, 2, big);
	add(to, "KSF1", 4);
	add_data(to, file, 0, bytes, sizeof(bytes));
}

static struct kvs_input *
take(struct buffer *buffer, unsigned seed)
{
	input.data = buffer->bytes;
	input.size = buffer->size;
	input.most = MOST;
	input.random = seed;
	kvs_cut(&input);
	return &input;
}

/* Every record is whole: nothing is left at the end. */
static void
assert_framed(const uint8_t *data, size_t size)
{
	static struct kvs_span span[KVS_SPANS_MAX];
	static const size_t least[] = { 1, 9, 28, 7, 10, 14 };
	const size_t n = kvs_spans(data, size, span);
	struct kvs_sparse *sparse;

	assert_true(kvs_is_ksf(data, size));
	for (size_t i = 0; i < n; i++) {
		const unsigned kind = data[span[i].at] & 15;

		assert_in_range(kind, 1, 5);
		assert_true(span[i].bytes >= least[kind]);
		if (kind == 1)
			assert_int_equal(
			    span[i].bytes, 9 + kvs_get(data + span[i].at + 7, 2, false));
	}
	sparse = kvs_sparse_create(data, size);
	assert_true(sparse->nrecords <= n);
	kvs_sparse_destroy(sparse);
}

static void
every_mutation_decodes_and_keeps_its_bounds(void **state)
{
	struct buffer good, changed;
	size_t different = 0;

	(void)state;
	amd64_dump(&good);
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		const size_t most = good.size + seed % 40;

		changed = good;
		memset(changed.bytes + most, 0xa5, sizeof(changed.bytes) - most);
		changed.size = kvs_mutate(changed.bytes, changed.size, most, seed);
		assert_in_range(changed.size, 4, most);
		for (size_t i = most; i < sizeof(changed.bytes); i++)
			assert_int_equal(changed.bytes[i], 0xa5);
		assert_framed(changed.bytes, changed.size);
		different +=
		    changed.size != good.size || memcmp(changed.bytes, good.bytes, good.size) != 0;
	}
	assert_true(different > SEEDS * 6 / 10);
}

static void
mutations_of_mutations_decode(void **state)
{
	struct buffer at;

	(void)state;
	amd64_dump(&at);
	for (unsigned seed = 0; seed < SEEDS; seed++) {
		at.size = kvs_mutate(at.bytes, at.size, MOST, seed);
		assert_in_range(at.size, 4, MOST);
		assert_framed(at.bytes, at.size);
	}
}

static void
the_same_seed_gives_the_same_change(void **state)
{
	struct buffer good, a, b;
	size_t other = 0;

	(void)state;
	amd64_dump(&good);
	for (unsigned seed = 0; seed < 2000; seed++) {
		a = b = good;
		a.size = kvs_mutate(a.bytes, a.size, MOST, seed);
		(void)kvs_mutate(
		    input.data = good.bytes, 0, 0, seed + 1); /* nothing stays behind */
		b.size = kvs_mutate(b.bytes, b.size, MOST, seed);
		assert_int_equal(a.size, b.size);
		assert_memory_equal(a.bytes, b.bytes, a.size);
		b = good;
		b.size = kvs_mutate(b.bytes, b.size, MOST, seed + 1);
		other += a.size != b.size || memcmp(a.bytes, b.bytes, a.size) != 0;
	}
	assert_true(other > 1500);
}

static void
input_that_ends_in_a_record_is_changed_within_its_bounds(void **state)
{
	struct buffer good, cut;

	(void)state;
	amd64_dump(&good);
	for (size_t size = 0; size <= good.size; size++)
		for (unsigned seed = 0; seed < 50; seed++) {
			uint8_t *const exact = malloc(size + 8); /* a sanitizer sees a byte more */

			assert_non_null(exact);
			memcpy(exact, good.bytes, size);
			cut.size = kvs_mutate(exact, size, size + 8, seed);
			assert_in_range(cut.size, size == 0 ? 1 : size < 4 ? 1 : 4, size + 8);
			free(exact);
		}
}

static void
bytes_of_no_format_change_by_one_bit(void **state)
{
	uint8_t bytes[8], one[1] = { 0 };

	(void)state;
	for (unsigned seed = 0; seed < 500; seed++) {
		unsigned bits = 0;

		memset(bytes, 0, sizeof(bytes));
		assert_int_equal(kvs_mutate(bytes, 8, 8, seed), 8);
		for (size_t i = 0; i < 64; i++)
			bits += bytes[i / 8] >> i % 8 & 1;
		assert_int_equal(bits, 1);
	}
	assert_int_equal(kvs_mutate(one, 0, 0, 1), 0);
	assert_int_equal(kvs_mutate(one, 0, 1, 1), 1);
	assert_int_equal(kvs_mutate(bytes, 8, 7, 1), 0);
}

static void
a_dump_as_it_stands_becomes_a_record(void **state)
{
	unsigned framed = 0;

	(void)state;
	for (unsigned seed = 0; seed < 400; seed++) {
		uint8_t bytes[256] = "minidump FreeBSD/amd64";

		if (kvs_mutate(bytes, 100, sizeof(bytes), seed) > 100 &&
		    kvs_is_ksf(bytes, sizeof(bytes)))
			framed++;
	}
	assert_in_range(framed, 10, 100);
}

static void
numbers_of_files_are_read_and_changed_where_they_are(void **state)
{
	struct buffer at;
	struct kvs_input *in;
	size_t size;

	(void)state;
	amd64_dump(&at);
	in = take(&at, 1);
	assert_int_equal(kvs_peek(in, 0, 24, 4, false), 3);
	assert_int_equal(kvs_peek(in, 0, 24, 4, true), 0x03000000);
	assert_int_equal(kvs_peek(in, 0, 12288, 8, false), 0xff); /* of a RUN */
	assert_int_equal(kvs_peek(in, 0, 12296, 8, false), 0);
	assert_int_equal(kvs_peek(in, 1, 24, 4, false), 0); /* the other file */
	size = in->size;
	kvs_poke(in, 0, 24, 4, 2, false);
	assert_int_equal(in->size, size);
	assert_int_equal(kvs_peek(in, 0, 24, 4, false), 2);
	kvs_poke(in, 0, 12288, 8, 0x7f, false); /* over the RUN: a record more */
	assert_int_equal(in->size, size + 17);
	assert_int_equal(kvs_peek(in, 0, 12288, 8, false), 0x7f);
	kvs_poke(in, 0, 12288, 2, 0x1234, true);
	assert_int_equal(in->size, size + 17);
	assert_int_equal(kvs_peek(in, 0, 12288, 2, true), 0x1234);
	assert_framed(in->data, in->size);
}

static void
numbers_across_the_end_of_a_record_get_their_own(void **state)
{
	struct buffer at = { .size = 0 };
	struct kvs_input *in;

	(void)state;
	add(&at, "KSF1", 4);
	add_data(&at, 0, 0, "abcdefgh", 8);
	in = take(&at, 1);
	kvs_poke(in, 0, 6, 4, 0x04030201, false);
	assert_int_equal(kvs_peek(in, 0, 4, 8, false), UINT64_C(0x0000040302016665));
	assert_memory_equal(in->data + 13, "abcdefgh", 8);
	in->most = in->size;
	kvs_poke(in, 0, 100, 4, 1, false); /* no room: nothing happens */
	assert_int_equal(kvs_peek(in, 0, 100, 4, false), 0);
}

static void
numbers_under_a_later_run_get_their_own(void **state)
{
	struct buffer at = { .size = 0 };
	struct kvs_input *in;
	uint8_t run[28] = { 2, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 3, 0x55 };

	(void)state;
	add(&at, "KSF1", 4);
	add_data(&at, 0, 0, "abcdefgh", 8);
	add(&at, run, sizeof(run));
	in = take(&at, 1);
	kvs_poke(in, 0, 0, 4, 0x04030201, false);
	assert_int_equal(kvs_peek(in, 0, 0, 4, false), 0x04030201);
	assert_memory_equal(in->data + 13, "abcdefgh", 8);
}

static void
long_records_stay_where_they_are(void **state)
{
	static const uint8_t many[700];
	struct buffer good = { .size = 0 }, at;

	(void)state;
	add(&good, "KSF1", 4);
	add_data(&good, 0, 0, many, sizeof(many));
	for (unsigned seed = 0; seed < 1000; seed++) {
		at = good;
		at.size = kvs_mutate(at.bytes, at.size, MOST, seed);
		assert_framed(at.bytes, at.size);
		assert_true(at.size < good.size + 100); /* not there twice */
	}
}

/* Where the four regions lie must stay what the header says: the page's record tells. */
static void
sizes_change_with_what_lies_behind(void **state)
{
	struct buffer good, at;
	unsigned moved = 0;

	(void)state;
	amd64_dump(&good);
	for (unsigned seed = 0; seed < 4000; seed++) {
		struct kvs_input *in;
		uint64_t end = 4096;
		static const unsigned fields[] = { 28, 64, 32, 36 };

		at = good;
		in = take(&at, seed);
		assert_true(kvs_mutate_dump(in));
		for (size_t i = 0; i < 4; i++)
			end += (kvs_peek(in, 0, fields[i], 4, false) + 4095) / 4096 * 4096;
		if (end == 20480 || kvs_peek(in, 0, end, 4, true) != 0x70616765)
			continue;
		moved++;
	}
	assert_in_range(moved, 100, 1000);
}

static void
every_part_of_a_minidump_is_changed(void **state)
{
	struct buffer good, at;
	unsigned header = 0, bitmap = 0, map = 0;

	(void)state;
	amd64_dump(&good);
	for (unsigned seed = 0; seed < 2000; seed++) {
		struct kvs_input *in;

		at = good;
		in = take(&at, seed);
		assert_true(kvs_mutate_dump(in));
		assert_int_equal(kvs_peek(in, 0, 0, 8, true), UINT64_C(0x6d696e6964756d70));
		header += memcmp(good.bytes + 13 + 24, at.bytes + 13 + 24, 44) != 0;
		bitmap += kvs_peek(in, 0, 12288, 8, false) != 0xff;
		for (uint64_t entry = 16384; entry < 20480; entry += 8)
			map += kvs_peek(in, 0, entry, 8, false) != (entry == 16392 ? 0x3163 : 0);
	}
	assert_true(header > 400 && bitmap > 200 && map > 500);
}

static void
elf_headers_are_changed_in_both_classes_and_orders(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < 8; kind++) {
		const bool wide = kind & 1, big = kind & 2;
		const unsigned file = kind >> 2;
		const size_t start = wide ? 64 : 52, end = start + (wide ? 112 : 64);
		unsigned changed = 0;

		for (unsigned seed = 0; seed < 500; seed++) {
			struct buffer good = { .size = 0 }, at;
			struct kvs_input *in;

			elf_file(&good, file, wide, big);
			at = good;
			in = take(&at, seed);
			if (!kvs_mutate_dump(in)) {
				assert_int_equal(file, 1);
				continue;
			}
			assert_framed(in->data, in->size);
			assert_memory_equal(at.bytes, good.bytes, 13 + 16); /* e_ident stays */
			assert_int_equal(in->size, good.size);
			assert_memory_equal(at.bytes + 13 + end, good.bytes + 13 + end, 176 - end);
			changed += memcmp(at.bytes + 13 + start, good.bytes + 13 + start,
				       end - start) != 0;
		}
		assert_true(changed > (file == 0 ? 200 : 50));
	}
}

static void
what_is_no_dump_is_left_alone(void **state)
{
	struct buffer at = { .size = 0 };
	const struct buffer before = at;

	(void)state;
	add(&at, "KSF1", 4);
	add_data(&at, 0, 0, "minidump FreeBSD/vax", 20);
	assert_false(kvs_mutate_dump(take(&at, 0)));
	assert_int_equal(input.size, 4 + 9 + 20);
	assert_memory_equal(at.bytes + 13, "minidump FreeBSD/vax", 20);
	assert_int_equal(before.size, 0);
}

static void
a_cross_has_whole_records_of_both(void **state)
{
	struct buffer a, b = { .size = 0 };
	uint8_t out[2 * MOST];
	unsigned first = 0, second = 0;

	(void)state;
	amd64_dump(&a);
	add(&b, "KSF1", 4);
	for (unsigned i = 0; i < 10; i++)
		add_data(&b, 1, i, "kernel", 6);
	for (unsigned seed = 0; seed < 2000; seed++) {
		const size_t most = 4 + seed % 600;
		const size_t size = kvs_cross(a.bytes, a.size, b.bytes, b.size, out, most, seed);
		static struct kvs_span span[KVS_SPANS_MAX];

		assert_in_range(size, 4, most);
		assert_framed(out, size);
		for (size_t i = kvs_spans(out, size, span); i-- > 0;) {
			const bool of_b = out[span[i].at] == 0x11;

			first += !of_b;
			second += of_b;
		}
	}
	assert_true(first > 1000 && second > 1000);
	assert_int_equal(kvs_cross(a.bytes, a.size, b.bytes, 3, out, 100, 1), 0);
	assert_int_equal(kvs_cross(a.bytes, a.size, b.bytes, b.size, out, 3, 1), 0);
}

static void
the_hooks_of_afl_give_something_within_bounds(void **state)
{
	struct buffer a, twice[2];
	uint8_t *out;
	size_t size;

	(void)state;
	amd64_dump(&a);
	for (unsigned round = 0; round < 2; round++) {
		void *const data = afl_custom_init(NULL, 7);

		assert_non_null(data);
		for (unsigned i = 0; i < 2000; i++) {
			const size_t most = a.size + i % 100;

			out = NULL;
			size = afl_custom_fuzz(data, a.bytes, a.size, &out, a.bytes, a.size, most);
			assert_in_range(size, 1, most);
			assert_framed(out, size);
		}
		assert_int_equal(afl_custom_fuzz(data, a.bytes, a.size, &out, NULL, 0, 5), 5);
		size = afl_custom_fuzz(data, a.bytes, a.size, &out, NULL, 0, MOST);
		twice[round].size = size;
		memcpy(twice[round].bytes, out, size);
		afl_custom_deinit(data);
	}
	assert_int_equal(twice[0].size, twice[1].size);
	assert_memory_equal(twice[0].bytes, twice[1].bytes, twice[0].size);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_mutation_decodes_and_keeps_its_bounds),
		cmocka_unit_test(mutations_of_mutations_decode),
		cmocka_unit_test(the_same_seed_gives_the_same_change),
		cmocka_unit_test(input_that_ends_in_a_record_is_changed_within_its_bounds),
		cmocka_unit_test(bytes_of_no_format_change_by_one_bit),
		cmocka_unit_test(a_dump_as_it_stands_becomes_a_record),
		cmocka_unit_test(numbers_of_files_are_read_and_changed_where_they_are),
		cmocka_unit_test(numbers_across_the_end_of_a_record_get_their_own),
		cmocka_unit_test(numbers_under_a_later_run_get_their_own),
		cmocka_unit_test(long_records_stay_where_they_are),
		cmocka_unit_test(sizes_change_with_what_lies_behind),
		cmocka_unit_test(every_part_of_a_minidump_is_changed),
		cmocka_unit_test(elf_headers_are_changed_in_both_classes_and_orders),
		cmocka_unit_test(what_is_no_dump_is_left_alone),
		cmocka_unit_test(a_cross_has_whole_records_of_both),
		cmocka_unit_test(the_hooks_of_afl_give_something_within_bounds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
