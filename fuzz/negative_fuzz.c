/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: nothing of the library; must fail, in the way that KVS_NEGATIVE names. */
/*
 * Proves of a build that its sanitizers, checks and limits report: overflow (AddressSanitizer),
 * undefined, uninit (MemorySanitizer), wrong (CHECK), leak, slow (a time limit), memory (a memory
 * limit). No mode: passes, and so do one to four bytes: AFL++ wants a seed that does,
 * and its driver begins with bytes of its own.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "fuzz/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Volatile: no compiler may know that a mode is wrong. */
static volatile size_t one = 1;
static volatile int sink;
static void *volatile lost;

/* A block whose contents no compiler can follow. */
static volatile uint8_t *
fresh(size_t bytes)
{
	static void *volatile hidden;

	hidden = malloc(bytes);
	CHECK(hidden != NULL);
	return hidden;
}

static void
overflow(void)
{
	sink = fresh(one)[one];
}

static void
undefined(void)
{
	const volatile int most = INT32_MAX;

	sink = most + (int)one;
}

static void
uninit(void)
{
	volatile uint8_t *const block = fresh(16);

	if (block[one] == 7)
		sink = 1;
	lost = (void *)(uintptr_t)block; /* reachable: no leak */
}

static void
leak(void)
{
	lost = malloc(100);
	CHECK(lost != NULL);
	lost = NULL;
}

static void
slow(void)
{
	for (;;)
		sink = 1;
}

static void
memory(void)
{
	void **last = NULL;

	for (;;) {
		void **const block = malloc(8 << 20);

		CHECK(block != NULL);
		memset(block, 1, 8 << 20);
		block[0] = last;
		last = block;
		lost = last;
	}
}

static void
wrong(void)
{
	CHECK(one == 2);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} modes[] = { { "overflow", overflow }, { "undefined", undefined }, { "uninit", uninit },
		{ "wrong", wrong }, { "leak", leak }, { "slow", slow }, { "memory", memory } };
	const char *const mode = getenv("KVS_NEGATIVE");
	bool known = false;

	(void)data;
	if (mode == NULL || mode[0] == 0 || (size >= 1 && size <= 4))
		return 0;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(mode, modes[i].name) == 0) {
			known = true;
			modes[i].run();
		}
	CHECK(known);
	return 0;
}
