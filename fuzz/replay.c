/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fuzz target without an engine: runs it over files and folders, each input in a heap block of
 * its exact size, so that a sanitizer sees the first byte read beyond it. With KVS_REPLAY_NAMES in
 * the environment it says which input it is at.
 */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define DEPTH_MAX 8
#define PATH_BYTES 1024

struct folders {
	DIR *dir[DEPTH_MAX];
	size_t path_len[DEPTH_MAX];
	char path[PATH_BYTES];
	unsigned depth;
};

static unsigned long inputs;

static int
run_file(const char *path, size_t size)
{
	uint8_t *const data = malloc(size);
	FILE *const file = fopen(path, "rb");
	int rc = 1;

	if ((data == NULL && size > 0) || file == NULL)
		fprintf(stderr, "%s: cannot be opened\n", path);
	else if (fread(data, 1, size, file) != size)
		fprintf(stderr, "%s: cannot be read\n", path);
	else
		rc = 0;
	if (file != NULL)
		fclose(file);
	if (rc == 0 && getenv("KVS_REPLAY_NAMES") != NULL)
		fprintf(stderr, "input %s\n", path);
	if (rc == 0) {
		(void)LLVMFuzzerTestOneInput(data, size);
		inputs++;
	}
	free(data);
	return rc;
}

/* Enter a folder, or run a file. */
static int
visit(struct folders *at)
{
	struct stat st;

	if (stat(at->path, &st) != 0) {
		perror(at->path);
		return 1;
	}
	if (!S_ISDIR(st.st_mode))
		return run_file(at->path, (size_t)st.st_size);
	if (at->depth == DEPTH_MAX || (at->dir[at->depth] = opendir(at->path)) == NULL) {
		fprintf(stderr, "%s: cannot be listed\n", at->path);
		return 1;
	}
	at->path_len[at->depth++] = strlen(at->path);
	return 0;
}

static int
run(const char *path)
{
	struct folders at = { .depth = 0 };
	int rc;

	snprintf(at.path, sizeof(at.path), "%s", path);
	rc = visit(&at);
	while (at.depth > 0) {
		const size_t len = at.path_len[at.depth - 1];
		const struct dirent *const entry = readdir(at.dir[at.depth - 1]);

		if (entry == NULL)
			closedir(at.dir[--at.depth]);
		if (entry == NULL || entry->d_name[0] == '.')
			continue;
		snprintf(at.path + len, sizeof(at.path) - len, "/%s", entry->d_name);
		rc |= visit(&at);
	}
	return rc;
}

int
main(int argc, char **argv)
{
	int rc = 0;

	for (int i = 1; i < argc; i++)
		rc |= run(argv[i]);
	printf("%lu inputs\n", inputs);
	return inputs == 0 ? 1 : rc;
}
