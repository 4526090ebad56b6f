/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the pages that a dump holds, by physical address: list_pages VMCORE. */
#include <inttypes.h>
#include <stdio.h>

#include <kvmsafe/kvmsafe.h>

static enum kvmsafe_status
print_pages(const struct kvmsafe_session *session, struct kvmsafe_error *err)
{
	struct kvmsafe_page_walk walk = { .order = KVMSAFE_WALK_PAGES };
	struct kvmsafe_page page;
	enum kvmsafe_status status;
	uint64_t pages = 0;
	bool done;

	while ((status = kvmsafe_page_next(session, &walk, &page, &done, err)) == KVMSAFE_OK &&
	    !done) {
		printf("0x%016" PRIx64 "  %" PRIu64 " bytes at offset 0x%" PRIx64 "\n", page.pa,
		    page.bytes, page.file_offset);
		pages++;
	}
	if (status == KVMSAFE_OK)
		printf("%" PRIu64 " pages\n", pages);
	return status;
}

int
main(int argc, char **argv)
{
	struct kvmsafe_source *dump = NULL;
	struct kvmsafe_session *session = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;

	if (argc != 2) {
		fprintf(stderr, "usage: list_pages VMCORE\n");
		return 2;
	}
	status = kvmsafe_source_path(argv[1], &dump, &err);
	if (status == KVMSAFE_OK)
		status = kvmsafe_open(dump, NULL, &session, &err);
	/* What open met and survived is worth a look before the answers are trusted. */
	for (uint64_t n = 0; status == KVMSAFE_OK && kvmsafe_finding(session, n, &err); n++)
		fprintf(stderr, "list_pages: finding: %s\n", err.message);
	if (status == KVMSAFE_OK)
		status = print_pages(session, &err);
	if (status != KVMSAFE_OK)
		fprintf(stderr, "list_pages: %s: %s\n", kvmsafe_status_name(status), err.message);
	kvmsafe_close(session);
	kvmsafe_source_close(dump);
	return status == KVMSAFE_OK ? 0 : 1;
}
