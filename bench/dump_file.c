/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes a version 3 minidump of amd64: one range of memory, a direct map, an empty kernel map. */
#include "dump_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BUFFER 65536

static void
put(uint8_t *at, unsigned bytes, uint64_t value)
{
	for (unsigned i = 0; i < bytes; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static bool
write_at(int fd, const void *buf, size_t len, uint64_t offset)
{
	return pwrite(fd, buf, len, (off_t)offset) == (ssize_t)len;
}

static bool
write_header(const struct dump_plan *plan, const struct dump_file *file)
{
	uint8_t page[128] = "minidump FreeBSD/amd64", avail[16] = { 0 };

	put(page + 24, 4, 3); /* version */
	put(page + 28, 4, DUMP_PAGE); /* message buffer */
	put(page + 32, 4, file->bitmap_bytes);
	put(page + 36, 4, DUMP_PAGE); /* kernel map */
	put(page + 40, 8, UINT64_C(0xfffffe0000000000));
	put(page + 48, 8, DUMP_DIRECT_MAP);
	put(page + 56, 8, UINT64_C(0xfffffc0000000000));
	put(page + 64, 4, DUMP_PAGE); /* dump_avail */
	put(avail + 8, 8, plan->pages * DUMP_PAGE);
	return write_at(file->fd, page, sizeof(page), 0) &&
	    write_at(file->fd, avail, sizeof(avail), 2 * DUMP_PAGE);
}

static bool
write_page(struct dump_file *file, uint64_t pa)
{
	static uint8_t page[DUMP_PAGE];

	for (unsigned i = 0; i < DUMP_PAGE; i += 8)
		put(page + i, 8, pa);
	return write_at(file->fd, page, DUMP_PAGE, file->pages_offset + file->pages * DUMP_PAGE);
}

/* The pages of a bitmap's word. */
static bool
write_word(const struct dump_plan *plan, struct dump_file *file, uint64_t n)
{
	const uint64_t word = plan->word(n);

	for (unsigned bit = 0; bit < 64; bit++) {
		if ((word >> bit & 1) == 0)
			continue;
		if (plan->filled && !write_page(file, (64 * n + bit) * DUMP_PAGE))
			return false;
		file->pages++;
	}
	return true;
}

static bool
write_bitmap(const struct dump_plan *plan, struct dump_file *file)
{
	uint8_t *const buf = malloc(BUFFER);
	bool ok = buf != NULL;

	for (uint64_t at = 0; ok && at < file->bitmap_bytes; at += BUFFER) {
		const uint64_t left = file->bitmap_bytes - at, len = left < BUFFER ? left : BUFFER;

		memset(buf, 0, BUFFER);
		for (uint64_t i = 0; i < len && (at + i) / 8 < plan->pages / 64 && ok; i += 8) {
			put(buf + i, 8, plan->word((at + i) / 8));
			ok = write_word(plan, file, (at + i) / 8);
		}
		ok = ok && write_at(file->fd, buf, (size_t)len, file->bitmap_offset + at);
	}
	free(buf);
	return ok;
}

struct dump_file
dump_file_create(const struct dump_plan *plan)
{
	const char *const folder = getenv("TMPDIR");
	const uint64_t bitmap = (plan->pages / 8 + DUMP_PAGE - 1) / DUMP_PAGE * DUMP_PAGE;
	char path[512];
	struct dump_file file = {
		.bitmap_offset = 3 * DUMP_PAGE,
		.bitmap_bytes = bitmap,
		.pages_offset = 4 * DUMP_PAGE + bitmap,
	};

	snprintf(path, sizeof(path), "%s/kvmsafe-bench.XXXXXX", folder ? folder : "/tmp");
	file.fd = mkstemp(path);
	if (file.fd >= 0)
		unlink(path);
	if (file.fd < 0 || !write_header(plan, &file) || !write_bitmap(plan, &file) ||
	    ftruncate(file.fd, (off_t)(file.pages_offset + file.pages * DUMP_PAGE)) != 0) {
		perror(path);
		exit(1);
	}
	return file;
}

double
seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int
by_size(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double
median(double *samples, unsigned n)
{
	qsort(samples, n, sizeof(*samples), by_size);
	return samples[n / 2];
}
