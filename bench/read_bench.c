/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads of 8 bytes by the million through the direct map of a minidump, against plain pread at
 * offsets that are known: in one page, and all over a dump of 64 MiB. Each word is checked.
 */
#include "dump_file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <unistd.h>

#include <kvmsafe/kvmsafe.h>

#define PAGES (UINT64_C(1) << 15) /* 128 MiB of memory, every other page dumped */
#define READS 1000000
#define ROUNDS 5

static uint64_t
every_other(uint64_t n)
{
	(void)n;
	return UINT64_C(0x5555555555555555);
}

/* Address of the n-th read's word; span: how many dumped pages they are spread over. */
static uint64_t
address(uint64_t n, uint64_t span)
{
	const uint64_t mixed = n * UINT64_C(0x9e3779b97f4a7c15) >> 20;

	return mixed % span * 2 * DUMP_PAGE + (mixed >> 20) % (DUMP_PAGE / 8) * 8;
}

static uint64_t
little(const uint8_t bytes[8])
{
	uint64_t value = 0;

	for (unsigned i = 8; i-- > 0;)
		value = value << 8 | bytes[i];
	return value;
}

static void
check(const uint8_t bytes[8], uint64_t pa)
{
	if (little(bytes) != pa / DUMP_PAGE * DUMP_PAGE) {
		fprintf(stderr, "read_bench: wrong bytes at physical address %llx\n",
		    (unsigned long long)pa);
		exit(1);
	}
}

static double
time_session(const struct kvmsafe_session *session, uint64_t span)
{
	const double start = seconds();
	struct kvmsafe_error err;
	uint8_t bytes[8];
	size_t got;

	for (uint64_t n = 0; n < READS; n++) {
		const uint64_t pa = address(n, span);

		if (kvmsafe_read_va(session, DUMP_DIRECT_MAP + pa, bytes, sizeof(bytes), &got,
			&err) != KVMSAFE_OK) {
			fprintf(stderr, "read_bench: %s\n", err.message);
			exit(1);
		}
		check(bytes, pa);
	}
	return seconds() - start;
}

static double
time_pread(const struct dump_file *file, uint64_t span)
{
	const double start = seconds();
	uint8_t bytes[8] = { 0 };

	for (uint64_t n = 0; n < READS; n++) {
		const uint64_t pa = address(n, span);
		const uint64_t at =
		    file->pages_offset + pa / DUMP_PAGE / 2 * DUMP_PAGE + pa % DUMP_PAGE;

		if (pread(file->fd, bytes, sizeof(bytes), (off_t)at) != (ssize_t)sizeof(bytes))
			exit(1);
		check(bytes, pa);
	}
	return seconds() - start;
}

static void
measure(const char *name, const struct dump_file *file, const struct kvmsafe_session *session,
    uint64_t span)
{
	double ours[ROUNDS], plain[ROUNDS], ns, plain_ns;

	for (unsigned i = 0; i < ROUNDS; i++) {
		ours[i] = time_session(session, span);
		plain[i] = time_pread(file, span);
	}
	ns = 1e9 * median(ours, ROUNDS) / READS;
	plain_ns = 1e9 * median(plain, ROUNDS) / READS;
	printf("%-9s session %.0f ns, pread %.0f ns a read: ratio %.2f\n", name, ns, plain_ns,
	    ns / plain_ns);
}

int
main(void)
{
	const struct dump_plan plan = { .pages = PAGES, .word = every_other, .filled = true };
	const struct dump_file file = dump_file_create(&plan);
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err;

	if (kvmsafe_source_fd(file.fd, 0, &source, &err) != KVMSAFE_OK ||
	    kvmsafe_open(source, NULL, &session, &err) != KVMSAFE_OK) {
		fprintf(stderr, "read_bench: %s\n", err.message);
		return 1;
	}
	measure("one page", &file, session, 1);
	measure("all over", &file, session, file.pages);
	kvmsafe_close(session);
	kvmsafe_source_close(source);
	close(file.fd);
	return 0;
}
