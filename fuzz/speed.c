/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Executions a second of a target over a fixed corpus: TARGET_speed SECONDS FOLDER... All inputs
 * are read first, and the processor's time counts, not the clock's: other work does not matter.
 * Rates of a fuzzer that runs freely say nothing: what it runs differs each time.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define INPUTS_MAX 65536
#define BYTES_MAX (1 << 20) /* of an input */

struct input {
	uint8_t *data;
	size_t size;
};

static struct input inputs[INPUTS_MAX];
static size_t ninputs;

static double
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
by_content(const void *a, const void *b)
{
	const struct input *const x = a, *const y = b;
	const size_t both = x->size < y->size ? x->size : y->size;
	const int differ = memcmp(x->data, y->data, both);

	return differ != 0 ? differ : (x->size > y->size) - (x->size < y->size);
}

/* Files that are no plain files, or larger than an engine makes them, are left out. */
static int
load_file(const char *path)
{
	struct input *const in = &inputs[ninputs];
	struct stat st;
	FILE *file;
	size_t got;

	if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) || st.st_size > BYTES_MAX ||
	    ninputs == INPUTS_MAX)
		return 0;
	in->size = (size_t)st.st_size;
	in->data = malloc(in->size + 1);
	file = fopen(path, "rb");
	if (in->data == NULL || file == NULL) {
		perror(path);
		return 1;
	}
	got = fread(in->data, 1, in->size, file);
	fclose(file);
	ninputs++;
	return got != in->size;
}

static int
load_folder(const char *path)
{
	DIR *const dir = opendir(path);
	const struct dirent *entry;
	char name[1024];
	int rc = 0;

	if (dir == NULL) {
		perror(path);
		return 1;
	}
	while ((entry = readdir(dir)) != NULL) {
		snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
		rc |= load_file(name);
	}
	closedir(dir);
	return rc;
}

static int
measure(int argc, char **argv)
{
	const double seconds = argc > 2 ? atof(argv[1]) : 0;
	double start, end;
	uint64_t runs = 0;

	for (int i = 2; i < argc; i++)
		if (load_folder(argv[i]) != 0)
			return 1;
	if (seconds <= 0 || ninputs == 0) {
		fprintf(stderr, "usage: %s SECONDS FOLDER...\n", argv[0]);
		return 2;
	}
	/* the same order on every machine, as a folder's is not */
	qsort(inputs, ninputs, sizeof(inputs[0]), by_content);
	start = now();
	do {
		for (size_t i = 0; i < ninputs; i++)
			(void)LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].size);
		runs += ninputs;
		end = now();
	} while (end - start < seconds);
	printf("%zu inputs, %" PRIu64 " executions, %.0f a second\n", ninputs, runs,
	    (double)runs / (end - start));
	for (size_t i = 0; i < ninputs; i++)
		free(inputs[i].data);
	return 0;
}

#ifdef KVS_ENGINE
/* libFuzzer has a main: it calls this first, with all that it counts and compares at work. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	exit(measure(*argc, *argv));
}
#else
int
main(int argc, char **argv)
{
	return measure(argc, argv);
}
#endif
