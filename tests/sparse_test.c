/* SPDX-License-Identifier: BSD-2-Clause */
/* The fuzz targets' input format: what its records make of virtual files. */
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuzz/sparse.h"

/* The string constant's bytes, its NUL left out. */
#define BYTES(text) (const uint8_t *)(text), sizeof(text) - 1

static struct kvs_sparse *
decode(const uint8_t *bytes, size_t len)
{
	return kvs_sparse_create(bytes, len);
}

static void
without_magic_the_input_is_the_dump(void **state)
{
	struct kvs_sparse *const sparse = decode(BYTES("KSF2 \x01 as it stands"));
	char have[20] = { 0 };

	(void)state;
	assert_true(sparse->has[0]);
	assert_false(sparse->has[1]);
	assert_int_equal(sparse->len[0], 19);
	kvs_sparse_get(sparse, 0, 0, have, 19);
	assert_memory_equal(have, "KSF2 \x01 as it stands", 19);
	kvs_sparse_destroy(sparse);
}

static void
data_lies_at_its_offset_and_holes_are_zero(void **state)
{
	struct kvs_sparse *const sparse =
	    decode(BYTES("KSF1\x01\x04\0\0\0\0\0\x02\0ab\x01\x08\0\0\0\0\0\x01\0c"));
	char have[16];

	(void)state;
	assert_int_equal(sparse->len[0], 9);
	kvs_sparse_get(sparse, 0, 0, have, sizeof(have));
	assert_memory_equal(have, "\0\0\0\0ab\0\0c\0\0\0\0\0\0\0", 16);
	kvs_sparse_destroy(sparse);
}

static void
later_records_win(void **state)
{
	struct kvs_sparse *const sparse =
	    decode(BYTES("KSF1\x01\0\0\0\0\0\0\x04\0abcd\x01\x01\0\0\0\0\0\x02\0XY"));
	char have[4];

	(void)state;
	kvs_sparse_get(sparse, 0, 0, have, 4);
	assert_memory_equal(have, "aXYd", 4);
	kvs_sparse_destroy(sparse);
}

static void
a_run_is_a_table_in_either_byte_order(void **state)
{
	static const uint8_t little[] = "\x10\0\x20\0\x30\0", big[] = "\0\x10\0\x20\0\x30";
	struct kvs_sparse *sparse = decode(BYTES("KSF1\x02\0\0\0\0\0\0\x03\0\0\0\x01"
						 "\x10\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0"));
	uint8_t have[6];

	(void)state;
	assert_int_equal(sparse->len[0], 6);
	kvs_sparse_get(sparse, 0, 0, have, 6);
	assert_memory_equal(have, little, 6);
	kvs_sparse_destroy(sparse);
	sparse = decode(BYTES("KSF1\x02\0\0\0\0\0\0\x03\0\0\0\x81"
			      "\x10\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0"));
	kvs_sparse_get(sparse, 0, 0, have, 6);
	assert_memory_equal(have, big, 6);
	/* from the middle of a number */
	kvs_sparse_get(sparse, 0, 3, have, 3);
	assert_memory_equal(have, big + 3, 3);
	kvs_sparse_destroy(sparse);
}

static void
a_run_of_gigabytes_costs_its_28_bytes(void **state)
{
	struct kvs_sparse *const sparse = decode(BYTES("KSF1\x02\0\0\0\0\0\x01\xff\xff\xff\xff\x03"
						       "\xff\xff\xff\xff\xff\xff\xff\xff"
						       "\0\0\0\0\0\0\0\0"));
	uint8_t have[2] = { 0 };

	(void)state;
	assert_int_equal(sparse->len[0], (UINT64_C(1) << 40) + 8 * (uint64_t)UINT32_MAX);
	kvs_sparse_get(sparse, 0, (UINT64_C(1) << 40) - 1, have, 2);
	assert_int_equal(have[0], 0);
	assert_int_equal(have[1], 0xff);
	kvs_sparse_destroy(sparse);
}

static void
len_cuts_and_extends_whatever_comes_behind_it(void **state)
{
	struct kvs_sparse *sparse =
	    decode(BYTES("KSF1\x03\x02\0\0\0\0\0\x01\0\0\0\0\0\0\x04\0abcd"));
	char have[4];

	(void)state;
	assert_int_equal(sparse->len[0], 2);
	kvs_sparse_get(sparse, 0, 0, have, 4);
	assert_memory_equal(have, "ab\0\0", 4); /* nothing beyond the end */
	kvs_sparse_destroy(sparse);
	sparse = decode(BYTES("KSF1\x01\0\0\0\0\0\0\x01\0a\x03\0\0\0\0\0\x80"));
	assert_int_equal(sparse->len[0], UINT64_C(0x800000000000));
	kvs_sparse_destroy(sparse);
}

static void
files_are_told_apart_and_others_skipped(void **state)
{
	struct kvs_sparse *const sparse = decode(
	    BYTES("KSF1\x11\0\0\0\0\0\0\x01\0k\xf1\0\0\0\0\0\0\x01\0z\x01\0\0\0\0\0\0\x01\0d"));
	char have[2];

	(void)state;
	assert_int_equal(sparse->nrecords, 2);
	kvs_sparse_get(sparse, 0, 0, have, 1);
	kvs_sparse_get(sparse, 1, 0, have + 1, 1);
	assert_memory_equal(have, "dk", 2);
	assert_true(sparse->has[0] && sparse->has[1]);
	kvs_sparse_destroy(sparse);
}

static void
options_and_ops_are_found(void **state)
{
	struct kvs_sparse *const sparse =
	    decode(BYTES("KSF1\x04\x03\x07\0\0\0\0\0\0\0\x05\x01\x34\x12\0\0\0\0\0\0\x08\0\0\0"
			 "\x04\xff\x07\0\0\0\0\0\0\0"));
	const struct kvs_sparse_record *op;
	size_t at = 0;

	(void)state;
	assert_int_equal(sparse->option[KVS_OPTION_FAIL_READ], 7);
	op = kvs_sparse_op(sparse, &at);
	assert_non_null(op);
	assert_int_equal(op->code, KVS_OP_TRANSLATE);
	assert_int_equal(op->offset, 0x1234);
	assert_int_equal(op->count, 8);
	assert_null(kvs_sparse_op(sparse, &at));
	assert_false(sparse->has[0]); /* they make no file */
	kvs_sparse_destroy(sparse);
}

static void
cut_input_decodes_at_every_length(void **state)
{
	static const uint8_t whole[] = "KSF1\x01\0\0\0\0\0\0\x02\0ab\x02\0\0\0\0\0\0\x03\0\0\0\x01"
				       "\x10\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x03\x09\0\0\0\0\0\x0f"
				       "\x04\x01\x01\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\0\0\x01\0\0\0";

	(void)state;
	for (size_t len = 0; len < sizeof(whole); len++) {
		/* exact, so that a sanitizer sees the byte beyond */
		uint8_t *const bytes = test_malloc(len + 1);
		struct kvs_sparse *sparse;
		uint8_t have[8];

		memcpy(bytes + 1, whole, len);
		sparse = decode(bytes + 1, len);
		kvs_sparse_get(sparse, 0, 0, have, sizeof(have));
		kvs_sparse_get(sparse, 1, 0, have, sizeof(have));
		kvs_sparse_destroy(sparse);
		test_free(bytes);
	}
}

static void
a_cut_data_record_keeps_what_is_there(void **state)
{
	struct kvs_sparse *const sparse = decode(BYTES("KSF1\x01\0\0\0\0\0\0\x64\0abc"));

	(void)state;
	assert_int_equal(sparse->len[0], 3);
	kvs_sparse_destroy(sparse);
}

static void
records_are_bounded(void **state)
{
	const size_t many = KVS_SPARSE_RECORDS + 100;
	uint8_t *const bytes = test_malloc(4 + 7 * many);
	struct kvs_sparse *sparse;

	(void)state;
	memcpy(bytes, "KSF1", 4);
	for (size_t i = 0; i < many; i++)
		memcpy(bytes + 4 + 7 * i, "\x03\x01\0\0\0\0\0", 7);
	sparse = decode(bytes, 4 + 7 * many);
	assert_int_equal(sparse->nrecords, KVS_SPARSE_RECORDS);
	kvs_sparse_destroy(sparse);
	test_free(bytes);
}

static void
a_source_serves_chunks_and_injected_faults(void **state)
{
	struct kvs_sparse *const sparse =
	    decode(BYTES("KSF1\x01\0\0\0\0\0\0\x06\0abcdef\x04\x01\x02\0\0\0\0\0\0\0"
			 "\x04\x03\x02\0\0\0\0\0\0\0"));
	struct kvs_sparse_file file = { .sparse = sparse, .faults = true };
	struct kvmsafe_source *source = kvs_sparse_source(&file);
	struct kvmsafe_error err;
	char have[6] = { 0 };
	size_t got = 0;

	(void)state;
	assert_int_equal(kvmsafe_source_bytes(source), 6);
	assert_int_equal(kvmsafe_source_read(source, 0, have, 6, &got, &err), KVMSAFE_IO);
	assert_int_equal(got, 2); /* the second call failed */
	assert_memory_equal(have, "ab", 2);
	kvmsafe_source_close(source);
	file = (struct kvs_sparse_file){ .sparse = sparse };
	source = kvs_sparse_source(&file);
	assert_int_equal(kvmsafe_source_read(source, 0, have, 6, &got, &err), KVMSAFE_OK);
	assert_memory_equal(have, "abcdef", 6);
	assert_int_equal(file.reads, 3);
	kvmsafe_source_close(source);
	kvs_sparse_destroy(sparse);
}

/* Each width, order and step: a piece from anywhere is what the whole has there. */
static void
a_piece_of_a_run_is_what_the_whole_has_there(void **state)
{
	static const uint8_t codes[] = { 0, 1, 2, 3, 0x80, 0x81, 0x82, 0x83 };
	uint8_t input[] =
	    "KSF1\x02\0\0\0\0\0\0\x07\0\0\0c\xf1\x22\x33\x44\x55\x66\x77\x88s\x01\0\0\0\0\0\0";

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(codes); i++) {
		struct kvs_sparse *sparse;
		uint8_t whole[64], piece[64];
		unsigned width;

		input[15] = codes[i / 2];
		input[24] = i % 2 == 0 ? 0 : 0x57; /* step */
		input[25] = i % 2 == 0 ? 0 : 1;
		width = 1U << (codes[i / 2] & 3);
		sparse = decode(input, sizeof(input) - 1);
		assert_int_equal(sparse->len[0], 7 * width);
		kvs_sparse_get(sparse, 0, 0, whole, sizeof(whole));
		for (unsigned n = 0; n < 7 * width; n++) {
			const unsigned byte =
			    codes[i / 2] & 0x80 ? width - 1 - n % width : n % width;
			const uint64_t value = UINT64_C(0x88776655443322f1) +
			    n / width * (i % 2 == 0 ? 0 : UINT64_C(0x157));

			assert_int_equal(whole[n], value >> 8 * byte & 0xff);
		}
		for (unsigned at = 0; at < 7 * width; at++)
			for (unsigned len = 0; len <= 7 * width - at; len++) {
				kvs_sparse_get(sparse, 0, at, piece, len);
				assert_memory_equal(piece, whole + at, len);
			}
		kvs_sparse_destroy(sparse);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_magic_the_input_is_the_dump),
		cmocka_unit_test(data_lies_at_its_offset_and_holes_are_zero),
		cmocka_unit_test(later_records_win),
		cmocka_unit_test(a_run_is_a_table_in_either_byte_order),
		cmocka_unit_test(a_piece_of_a_run_is_what_the_whole_has_there),
		cmocka_unit_test(a_run_of_gigabytes_costs_its_28_bytes),
		cmocka_unit_test(len_cuts_and_extends_whatever_comes_behind_it),
		cmocka_unit_test(files_are_told_apart_and_others_skipped),
		cmocka_unit_test(options_and_ops_are_found),
		cmocka_unit_test(cut_input_decodes_at_every_length),
		cmocka_unit_test(a_cut_data_record_keeps_what_is_there),
		cmocka_unit_test(records_are_bounded),
		cmocka_unit_test(a_source_serves_chunks_and_injected_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
