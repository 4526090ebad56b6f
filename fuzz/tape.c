/* SPDX-License-Identifier: BSD-2-Clause */
/* What is left of the input, and how far it has been read. */
#include "fuzz/tape.h"

const uint8_t *
kvs_tape_bytes(struct kvs_tape *tape, size_t n)
{
	const uint8_t *const bytes = tape->bytes;

	if (n > tape->left) {
		tape->left = 0;
		return NULL;
	}
	tape->bytes += n;
	tape->left -= n;
	return bytes;
}

uint8_t
kvs_tape_byte(struct kvs_tape *tape)
{
	const uint8_t *const byte = kvs_tape_bytes(tape, 1);

	return byte != NULL ? *byte : 0;
}

uint64_t
kvs_tape_number(struct kvs_tape *tape)
{
	const uint8_t first = kvs_tape_byte(tape);
	const unsigned width = (first & 15) > 8 ? 8 : first & 15;
	const uint8_t *const bytes = kvs_tape_bytes(tape, width);
	uint64_t value = first & 16 ? UINT64_MAX : 0;

	if (bytes == NULL)
		return value;
	for (unsigned i = width; i > 0; i--)
		value = value << 8 | bytes[i - 1];
	return value;
}
