/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the bitmap index costs, as ratios within one run: creating it against copying and reading
 * the same bytes, rank and select against a loop over bits. Fails when creating takes longer than
 * reading: a dump would take more than twice the time of reading its bitmap to open.
 */
#include <kvmsafe/bitmap.h>

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BYTES ((size_t)32 << 20)
#define NBITS ((uint64_t)BYTES * 8)
#define ROUNDS 15
#define QUESTIONS 2000000
#define NAIVE_QUESTIONS 20

static uint64_t sink; /* keeps answers alive */

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static uint64_t
next_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}

static void
die(const char *what)
{
	perror(what);
	exit(2);
}

static double
best(double a, double b)
{
	return a < b ? a : b;
}

struct times {
	double copy, read, create;
};

/* The three by turns, so that a busy machine is busy for all; the best round of each counts. */
static struct times
measure(uint8_t *bits, uint8_t *copy, int fd, enum kvmsafe_bit_order order)
{
	struct times times = { 1e9, 1e9, 1e9 };
	struct kvmsafe_bitmap *map;
	double start;

	for (int i = 0; i < ROUNDS; i++) {
		start = now();
		memcpy(copy, bits, BYTES);
		times.copy = best(times.copy, now() - start);
		sink += copy[BYTES / 2];
		start = now();
		if (pread(fd, copy, BYTES, 0) != (ssize_t)BYTES)
			die("pread");
		times.read = best(times.read, now() - start);
		start = now();
		if (kvmsafe_bitmap_create(bits, BYTES, NBITS, order, &map, NULL) != KVMSAFE_OK)
			die("create");
		times.create = best(times.create, now() - start);
		sink += kvmsafe_bitmap_count(map);
		kvmsafe_bitmap_destroy(map);
	}
	return times;
}

static double
rank_seconds(const struct kvmsafe_bitmap *map)
{
	const double start = now();
	uint64_t seed = 11;

	for (int i = 0; i < QUESTIONS; i++)
		sink += kvmsafe_bitmap_rank(map, next_random(&seed) % NBITS);
	return (now() - start) / QUESTIONS;
}

static double
select_seconds(const struct kvmsafe_bitmap *map)
{
	const uint64_t count = kvmsafe_bitmap_count(map);
	const double start = now();
	uint64_t seed = 12, bit = 0;

	for (int i = 0; i < QUESTIONS; i++)
		if (kvmsafe_bitmap_select(map, next_random(&seed) % count, &bit))
			sink += bit;
	return (now() - start) / QUESTIONS;
}

/* A loop over bytes of the bitmap, which answers rank and select alike. */
static double
naive_seconds(const uint8_t *bits)
{
	const double start = now();
	uint64_t seed = 13;

	for (int i = 0; i < NAIVE_QUESTIONS; i++) {
		const uint64_t bit = next_random(&seed) % NBITS;

		for (uint64_t at = 0; at < bit; at++)
			sink += bits[at / 8] >> (at % 8) & 1;
	}
	return (now() - start) / NAIVE_QUESTIONS;
}

static int
run(const char *name, uint8_t *bits, int fd, enum kvmsafe_bit_order order)
{
	uint8_t *const copy = malloc(BYTES);
	struct kvmsafe_bitmap *map = NULL;
	struct times times;
	double naive;

	if (copy == NULL ||
	    kvmsafe_bitmap_create(bits, BYTES, NBITS, order, &map, NULL) != KVMSAFE_OK)
		die("memory");
	memset(copy, 1, BYTES); /* its pages are there before the clock runs */
	times = measure(bits, copy, fd, order);
	naive = naive_seconds(bits);
	printf("%-12s create %.2f ms, %.2f of memcpy, %.2f of pread; index %.2f %%\n", name,
	    times.create * 1e3, times.create / times.copy, times.create / times.read,
	    100.0 * (double)kvmsafe_bitmap_overhead(map) / (double)BYTES);
	printf("%-12s rank %.1f M/s, %.0f times the loop\n", name, 1e-6 / rank_seconds(map),
	    naive / rank_seconds(map));
	if (kvmsafe_bitmap_count(map) > 0)
		printf("%-12s select %.1f M/s, %.0f times the loop\n", name,
		    1e-6 / select_seconds(map), naive / select_seconds(map));
	kvmsafe_bitmap_destroy(map);
	free(copy);
	return times.create > times.read;
}

int
main(void)
{
	char name[] = "/tmp/kvmsafe-bench-XXXXXX";
	const int fd = mkstemp(name);
	uint8_t *const bits = malloc(BYTES);
	uint64_t seed = 1;
	int slow = 0;

	if (fd < 0 || unlink(name) != 0 || bits == NULL)
		die("setup");
	for (size_t i = 0; i < BYTES; i++)
		bits[i] = (uint8_t)next_random(&seed);
	if (write(fd, bits, BYTES) != (ssize_t)BYTES)
		die("write");
	slow |= run("LE", bits, fd, KVMSAFE_BITS_LE);
	slow |= run("BE32", bits, fd, KVMSAFE_BITS_BE32);
	slow |= run("BE64", bits, fd, KVMSAFE_BITS_BE64);
	memset(bits, 0, BYTES);
	slow |= run("LE, empty", bits, fd, KVMSAFE_BITS_LE);
	printf("%s (%" PRIu64 ")\n", slow ? "SLOW: create takes longer than pread" : "ok", sink);
	free(bits);
	close(fd);
	return 0; /* a time is to be read, not to fail on */
}
