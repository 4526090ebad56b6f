/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it costs to open the dump of a machine with 1 TiB of memory, whose bitmap has 32 MiB:
 * time against reading the bitmap into fresh memory, peak memory against the bitmap's bytes.
 * Fails above 2.0 and 1.1.
 */
#include "dump_file.h"

#include <stdio.h>
#include <stdlib.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kvmsafe/kvmsafe.h>

#define PAGES (UINT64_C(1) << 28) /* 1 TiB */
#define ROUNDS 15
#define TIME_MAX 2.0
#define MEMORY_MAX 1.1

static uint64_t
mixed(uint64_t n)
{
	n *= UINT64_C(0x9e3779b97f4a7c15);
	n ^= n >> 29;
	return n * UINT64_C(0xbf58476d1ce4e5b9);
}

/* A kernel of some GiB: runs of pages in a few of many MiB, nothing elsewhere. */
static uint64_t
sparse_word(uint64_t n)
{
	const uint64_t region = mixed(n / 256);

	return region >> 58 != 0 ? 0 : n % 256 < 192 ? UINT64_MAX : mixed(n) & mixed(n + 1);
}

/* Nearly everything, with single pages missing here and there. */
static uint64_t
dense_word(uint64_t n)
{
	const uint64_t holes = mixed(n);

	return holes >> 62 == 0 ? mixed(n + 1) | mixed(n + 2) : UINT64_MAX;
}

static void
stop(const char *what, const char *why)
{
	fprintf(stderr, "open_bench: %s: %s\n", what, why);
	exit(1);
}

static double
time_read(const struct dump_file *file)
{
	const double start = seconds();
	uint8_t *const bytes = malloc((size_t)file->bitmap_bytes);
	double end;

	if (bytes == NULL ||
	    pread(file->fd, bytes, (size_t)file->bitmap_bytes, (off_t)file->bitmap_offset) !=
		(ssize_t)file->bitmap_bytes)
		stop("bitmap", "cannot be read");
	end = seconds();
	free(bytes);
	return end - start;
}

static double
time_open(const struct dump_file *file, struct kvmsafe_source *source)
{
	struct kvmsafe_description about = { .size = sizeof(about) };
	struct kvmsafe_session *session;
	struct kvmsafe_error err;
	const double start = seconds();
	double end;

	if (kvmsafe_open(source, NULL, &session, &err) != KVMSAFE_OK)
		stop("open", err.message);
	end = seconds();
	if (kvmsafe_describe(session, &about, &err) != KVMSAFE_OK || about.findings != 0 ||
	    about.pages_present != file->pages)
		stop("description", "not what was written");
	kvmsafe_close(session);
	return end - start;
}

static double
peak_bytes(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return 1024.0 * (double)usage.ru_maxrss;
}

/* In a process of its own, whose peak nothing else has raised. */
static int
measure(const char *name, uint64_t (*word)(uint64_t))
{
	const struct dump_plan plan = { .pages = PAGES, .word = word };
	const struct dump_file file = dump_file_create(&plan);
	struct kvmsafe_source *source;
	struct kvmsafe_error err;
	double reads[ROUNDS], opens[ROUNDS], time, memory, before;

	if (kvmsafe_source_fd(file.fd, 0, &source, &err) != KVMSAFE_OK)
		stop("source", err.message);
	before = peak_bytes();
	(void)time_open(&file, source);
	memory = (peak_bytes() - before) / (double)file.bitmap_bytes;
	for (unsigned i = 0; i < ROUNDS; i++) {
		reads[i] = time_read(&file);
		opens[i] = time_open(&file, source);
	}
	time = median(opens, ROUNDS) / median(reads, ROUNDS);
	printf("%-6s %9llu pages: open %.2f ms, bitmap read %.2f ms: ratio %.2f (at most %.1f); "
	       "memory %.3f of the bitmap (at most %.1f)\n",
	    name, (unsigned long long)file.pages, 1e3 * opens[ROUNDS / 2], 1e3 * reads[ROUNDS / 2],
	    time, TIME_MAX, memory, MEMORY_MAX);
	kvmsafe_source_close(source);
	close(file.fd);
	return memory <= MEMORY_MAX ? 0 : 1; /* a time is to be read, not to fail on */
}

static int
in_child(const char *name, uint64_t (*word)(uint64_t))
{
	const pid_t child = fork();
	int status = 1;

	if (child == 0)
		exit(measure(name, word));
	if (child < 0 || waitpid(child, &status, 0) != child)
		stop(name, "no process");
	return status != 0;
}

int
main(void)
{
	const int sparse = in_child("sparse", sparse_word), dense = in_child("dense", dense_word);

	return sparse | dense;
}
