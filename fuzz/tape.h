/* SPDX-License-Identifier: BSD-2-Clause */
/* An input as a tape that is read once, from its start: bytes, and numbers of any width. */
#ifndef KVS_FUZZ_TAPE_H
#define KVS_FUZZ_TAPE_H

#include <stddef.h>
#include <stdint.h>

struct kvs_tape {
	const uint8_t *bytes;
	size_t left;
};

/* The next n bytes; NULL: fewer are left, and then none are. */
const uint8_t *kvs_tape_bytes(struct kvs_tape *tape, size_t n);

/* 0 behind the end. */
uint8_t kvs_tape_byte(struct kvs_tape *tape);

/* The first byte: low four bits are how many follow, at most 8; bit 4: ones above them. */
uint64_t kvs_tape_number(struct kvs_tape *tape);

#endif
