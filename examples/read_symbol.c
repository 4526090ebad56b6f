/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints a 32-bit variable of a crashed kernel: read_symbol KERNEL VMCORE NAME. */
#include <inttypes.h>
#include <stdio.h>

#include <kvmsafe/kvmsafe.h>

/* A word as the dumping machine stored it. */
static uint32_t
word_of(const struct kvmsafe_description *about, const uint8_t byte[4])
{
	uint32_t value = 0;

	for (unsigned i = 0; i < 4; i++)
		value = value << 8 | byte[about->big_endian ? i : 3 - i];
	return value;
}

static enum kvmsafe_status
print_variable(const struct kvmsafe_session *session, const char *name, struct kvmsafe_error *err)
{
	struct kvmsafe_description about = { .size = sizeof(about) };
	struct kvmsafe_symbol symbol = { .name = name };
	enum kvmsafe_status status;
	uint8_t bytes[4];
	size_t got;

	if ((status = kvmsafe_describe(session, &about, err)) != KVMSAFE_OK ||
	    (status = kvmsafe_symbols(session, NULL, &symbol, 1, NULL, err)) != KVMSAFE_OK)
		return status;
	if (!symbol.found) {
		snprintf(err->message, sizeof(err->message), "no such symbol");
		return KVMSAFE_NOT_FOUND;
	}
	status = kvmsafe_read_va(session, symbol.value, bytes, sizeof(bytes), &got, err);
	if (status == KVMSAFE_OK)
		printf("%s (0x%" PRIx64 ") = %" PRIu32 "\n", name, symbol.value,
		    word_of(&about, bytes));
	return status;
}

int
main(int argc, char **argv)
{
	struct kvmsafe_options options = { .size = sizeof(options) };
	struct kvmsafe_source *dump = NULL;
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;

	if (argc != 4) {
		fprintf(stderr, "usage: read_symbol KERNEL VMCORE NAME\n");
		return 2;
	}
	status = kvmsafe_source_path(argv[1], &options.kernel, &err);
	if (status == KVMSAFE_OK)
		status = kvmsafe_source_path(argv[2], &dump, &err);
	if (status == KVMSAFE_OK)
		status = kvmsafe_open(dump, &options, &session, &err);
	if (status == KVMSAFE_OK)
		status = print_variable(session, argv[3], &err);
	if (status != KVMSAFE_OK)
		fprintf(stderr, "read_symbol: %s: %s\n", kvmsafe_status_name(status), err.message);
	kvmsafe_close(session);
	kvmsafe_source_close(dump);
	kvmsafe_source_close(options.kernel);
	return status == KVMSAFE_OK ? 0 : 1;
}
