/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Symbols from elsewhere than a kernel file: the program's operands, as a debugger would ask its
 * own tables. own_symbols VMCORE NAME=ADDRESS...; prints the 8 bytes that lie at each.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <kvmsafe/kvmsafe.h>

struct table {
	char **rows; /* NAME=ADDRESS */
	int nrows;
};

static enum kvmsafe_status
table_lookup(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	const struct table *const table = ctx;
	const size_t len = strlen(name);

	(void)err;
	for (int i = 0; i < table->nrows; i++) {
		const char *const row = table->rows[i];

		if (strncmp(row, name, len) == 0 && row[len] == '=') {
			out->value = strtoull(row + len + 1, NULL, 0);
			return KVMSAFE_OK;
		}
	}
	return KVMSAFE_NOT_FOUND; /* not an error: the next name is asked */
}

static enum kvmsafe_status
print_row(const struct kvmsafe_session *session, const char *row, struct kvmsafe_error *err)
{
	char name[64];
	struct kvmsafe_symbol symbol = { .name = name };
	enum kvmsafe_status status;
	uint8_t bytes[8];
	size_t got;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(row, "="), row);
	status = kvmsafe_symbols(session, NULL, &symbol, 1, NULL, err);
	if (status != KVMSAFE_OK)
		return status;
	if (!symbol.found) {
		printf("%s: unknown\n", name);
		return KVMSAFE_OK;
	}
	status = kvmsafe_read_va(session, symbol.value, bytes, sizeof(bytes), &got, err);
	printf("%s at 0x%" PRIx64 ":", name, symbol.value);
	for (size_t i = 0; i < got; i++)
		printf(" %02x", bytes[i]);
	printf("\n");
	return status;
}

int
main(int argc, char **argv)
{
	struct table table = { .rows = argv + 2, .nrows = argc - 2 };
	const struct kvmsafe_symbol_provider provider = {
		.size = sizeof(provider),
		.ctx = &table,
		.lookup = table_lookup,
	};
	const struct kvmsafe_options options = { .size = sizeof(options), .symbols = &provider };
	struct kvmsafe_source *dump = NULL;
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;

	if (argc < 3) {
		fprintf(stderr, "usage: own_symbols VMCORE NAME=ADDRESS...\n");
		return 2;
	}
	status = kvmsafe_source_path(argv[1], &dump, &err);
	if (status == KVMSAFE_OK)
		status = kvmsafe_open(dump, &options, &session, &err);
	for (int i = 0; i < table.nrows && status == KVMSAFE_OK; i++)
		status = print_row(session, table.rows[i], &err);
	if (status != KVMSAFE_OK)
		fprintf(stderr, "own_symbols: %s: %s\n", kvmsafe_status_name(status), err.message);
	kvmsafe_close(session);
	kvmsafe_source_close(dump);
	return status == KVMSAFE_OK ? 0 : 1;
}
