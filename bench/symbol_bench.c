/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What it costs to open kernel files with many symbols: time a symbol, a look-up's time, and peak
 * memory against the file's tables. Fails where the peak is more than 64 MiB above the tables.
 */
#include "dump_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <kvmsafe/kvmsafe.h>

#define NAME_BYTES 24
#define SYMBOL_BYTES 24
#define SYMBOLS_AT 512
#define LOOK_UPS (1 << 18)
#define ABOVE_MAX (64.0 * 1048576)

static void
stop(const char *what, const char *why)
{
	fprintf(stderr, "symbol_bench: %s: %s\n", what, why);
	exit(1);
}

static void
put(uint8_t *at, unsigned width, uint64_t value)
{
	for (unsigned i = 0; i < width; i++)
		at[i] = (uint8_t)(value >> 8 * i);
}

static void
name_of(uint64_t n, char out[NAME_BYTES])
{
	(void)snprintf(out, NAME_BYTES, "vfs_bench_%09" PRIu32, (uint32_t)n);
}

static void
put_section(uint8_t *at, uint32_t type, uint64_t offset, uint64_t bytes)
{
	put(at + 4, 4, type);
	put(at + 24, 8, offset);
	put(at + 32, 8, bytes);
	put(at + 40, 4, 2); /* sh_link: the strings */
	put(at + 56, 8, SYMBOL_BYTES);
}

/* An ELF file for amd64: header, three section headers, symbols, strings. Returns its bytes. */
static uint64_t
write_kernel(int fd, uint64_t n)
{
	static const uint8_t ident[] = { 0x7f, 'E', 'L', 'F', 2, 1, 1, 9 };
	const uint64_t strings_at = SYMBOLS_AT + n * SYMBOL_BYTES;
	uint8_t head[SYMBOLS_AT] = { 0 };
	FILE *const out = fdopen(dup(fd), "w");

	if (out == NULL)
		stop("file", "cannot be made");
	memcpy(head, ident, sizeof(ident));
	put(head + 16, 2, 2); /* ET_EXEC */
	put(head + 18, 2, 62);
	put(head + 20, 4, 1);
	put(head + 40, 8, 64); /* e_shoff */
	put(head + 52, 2, 64);
	put(head + 58, 2, 64);
	put(head + 60, 2, 3);
	put_section(head + 128, 2, SYMBOLS_AT, n * SYMBOL_BYTES);
	put_section(head + 192, 3, strings_at, n * NAME_BYTES);
	fwrite(head, 1, sizeof(head), out);
	for (uint64_t i = 0; i < n; i++) {
		uint8_t symbol[SYMBOL_BYTES] = { 0 };

		put(symbol, 4, i * NAME_BYTES);
		symbol[4] = 0x11; /* a global object */
		put(symbol + 6, 2, 0xfff1); /* SHN_ABS */
		put(symbol + 8, 8, i + 1);
		fwrite(symbol, 1, sizeof(symbol), out);
	}
	for (uint64_t i = 0; i < n; i++) {
		char name[NAME_BYTES] = { 0 };

		name_of(i, name);
		fwrite(name, 1, sizeof(name), out);
	}
	if (fclose(out) != 0)
		stop("file", "cannot be written");
	return n * (SYMBOL_BYTES + NAME_BYTES);
}

static double
look_up(const struct kvmsafe_session *session, uint64_t n)
{
	const double start = seconds();

	for (uint64_t i = 0; i < LOOK_UPS; i++) {
		const uint64_t wanted = i * 2654435761U % n;
		struct kvmsafe_symbol symbol = { .name = NULL };
		char name[NAME_BYTES];
		size_t unresolved;

		name_of(wanted, name);
		symbol.name = name;
		if (kvmsafe_symbols(session, NULL, &symbol, 1, &unresolved, NULL) != KVMSAFE_OK ||
		    symbol.value != wanted + 1)
			stop(name, "not what was written");
	}
	return (seconds() - start) / LOOK_UPS;
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
measure(uint64_t n)
{
	FILE *const file = tmpfile();
	struct kvmsafe_options options = { .size = sizeof(options) };
	struct kvmsafe_session *session;
	struct kvmsafe_error err;
	double start, opened, above, looked;
	uint64_t tables;

	if (file == NULL)
		stop("file", "cannot be made");
	tables = write_kernel(fileno(file), n);
	if (kvmsafe_source_fd(fileno(file), 0, &options.kernel, &err) != KVMSAFE_OK)
		stop("source", err.message);
	above = peak_bytes() + (double)tables;
	start = seconds();
	if (kvmsafe_open(NULL, &options, &session, &err) != KVMSAFE_OK)
		stop("open", err.message);
	opened = seconds() - start;
	above = peak_bytes() - above;
	looked = look_up(session, n);
	printf("%9" PRIu64
	       " symbols: open %.0f ms, %.0f ns a symbol; look-up %.0f ns; peak %.1f MiB "
	       "above the tables' %.1f (at most %.0f)\n",
	    n, 1e3 * opened, 1e9 * opened / (double)n, 1e9 * looked, above / 1048576,
	    (double)tables / 1048576, ABOVE_MAX / 1048576);
	kvmsafe_close(session);
	kvmsafe_source_close(options.kernel);
	fclose(file);
	return above <= ABOVE_MAX ? 0 : 1;
}

static int
in_child(uint64_t n)
{
	const pid_t child = fork();
	int status = 1;

	if (child == 0)
		exit(measure(n));
	if (child < 0 || waitpid(child, &status, 0) != child)
		stop("child", "no process");
	return status != 0;
}

int
main(void)
{
	return in_child(1 << 16) | in_child(1 << 20) | in_child(1 << 22);
}
