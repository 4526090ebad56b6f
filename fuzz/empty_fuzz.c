/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: nothing; how fast the engine alone is, the yardstick of the other targets. */
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static volatile uint8_t sink;

	if (size > 0)
		sink = data[size - 1];
	(void)sink;
	return 0;
}
