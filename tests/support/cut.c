/* SPDX-License-Identifier: BSD-2-Clause */
/* The list of the damaged family, sorted, and sources that end where a line of it says. */
#include "support/cut.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_BYTES 1024

struct cut {
	struct kvmsafe_source *whole;
};

static char **lines;
static size_t nlines;

static int
compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* To the first blank, which is where a name ends. */
static int
compare_name(const void *name, const void *line)
{
	const char *const text = *(char *const *)line;
	const size_t len = strcspn(text, " ");
	const int order = strncmp(name, text, len);

	return order != 0 ? order : (int)strlen(name) - (int)len;
}

static void
load(const char *folder)
{
	char path[PATH_BYTES], *line = NULL;
	size_t room = 0, capacity = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/LIST", folder);
	file = fopen(path, "r");
	if (file == NULL)
		return;
	while (getline(&line, &room, file) > 0) {
		if (nlines == capacity) {
			capacity = 2 * capacity + 1024;
			lines = realloc(lines, capacity * sizeof(*lines));
			if (lines == NULL)
				abort();
		}
		lines[nlines++] = strdup(line);
	}
	free(line);
	fclose(file);
	qsort(lines, nlines, sizeof(*lines), compare);
}

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	return kvmsafe_source_read(((struct cut *)ctx)->whole, offset, buf, len, got, err);
}

static void
close_cut(void *ctx)
{
	struct cut *const cut = ctx;

	kvmsafe_source_close(cut->whole);
	free(cut);
}

bool
cut_open(const char *folder, const char *name, struct kvmsafe_source **out)
{
	const struct kvmsafe_source_ops ops = {
		.size = sizeof(ops), .read_at = read_at, .close = close_cut
	};
	char path[PATH_BYTES / 2], base[PATH_BYTES / 4];
	unsigned long long len;
	struct cut *cut;
	char **line;

	if (lines == NULL)
		load(folder);
	line = lines == NULL ? NULL : bsearch(name, lines, nlines, sizeof(*lines), compare_name);
	if (line == NULL || sscanf(*line, "%*s %255s truncate=%llu", base, &len) != 2)
		return false;
	snprintf(path, sizeof(path), "%s/../%s", folder, base);
	cut = malloc(sizeof(*cut));
	if (cut == NULL || kvmsafe_source_path(path, &cut->whole, NULL) != KVMSAFE_OK ||
	    kvmsafe_source_callbacks(&ops, cut, len, out, NULL) != KVMSAFE_OK)
		abort();
	return true;
}

void
cut_fini(void)
{
	for (size_t i = 0; i < nlines; i++)
		free(lines[i]);
	free(lines);
	lines = NULL;
	nlines = 0;
}
