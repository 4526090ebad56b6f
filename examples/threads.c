/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several threads read one session without a lock: each counts the bytes that are not zero in its
 * share of a dump's pages. threads VMCORE.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include <kvmsafe/kvmsafe.h>

#define THREADS 4

struct share {
	pthread_t thread;
	const struct kvmsafe_session *session;
	uint64_t first, page_bytes; /* pages first, first + THREADS, ... are this thread's */
	uint64_t used; /* bytes that are not zero */
	enum kvmsafe_status status;
	struct kvmsafe_error err; /* each thread has its own */
};

static void
count_page(struct share *share, const struct kvmsafe_page *page, uint8_t *buf)
{
	size_t got;

	share->status =
	    kvmsafe_read_pa(share->session, page->pa, buf, (size_t)page->bytes, &got, &share->err);
	for (size_t i = 0; i < got; i++)
		share->used += buf[i] != 0;
}

static void *
count(void *arg)
{
	struct share *const share = arg;
	uint8_t *const buf = malloc((size_t)share->page_bytes);
	struct kvmsafe_page page;

	if (buf == NULL) {
		share->status = KVMSAFE_NO_MEMORY;
		return NULL;
	}
	for (uint64_t n = share->first; share->status == KVMSAFE_OK; n += THREADS) {
		share->status = kvmsafe_page_at(share->session, n, &page, &share->err);
		if (share->status == KVMSAFE_OK)
			count_page(share, &page, buf);
		else if (share->status == KVMSAFE_TRUNCATED)
			share->status = KVMSAFE_OK; /* not in the file: the next one may be */
	}
	if (share->status == KVMSAFE_NOT_FOUND)
		share->status = KVMSAFE_OK; /* there are no more */
	free(buf);
	return NULL;
}

static enum kvmsafe_status
count_all(const struct kvmsafe_session *session, struct kvmsafe_error *err)
{
	struct kvmsafe_description about = { .size = sizeof(about) };
	enum kvmsafe_status status = kvmsafe_describe(session, &about, err);
	struct share share[THREADS] = { { .first = 0 } };
	uint64_t used = 0;
	unsigned started = 0;

	for (; status == KVMSAFE_OK && started < THREADS; started++) {
		share[started].session = session;
		share[started].first = started;
		share[started].page_bytes = about.page_bytes;
		if (pthread_create(&share[started].thread, NULL, count, &share[started]) != 0) {
			status = KVMSAFE_NO_MEMORY;
			break;
		}
	}
	for (unsigned i = 0; i < started; i++) {
		pthread_join(share[i].thread, NULL);
		used += share[i].used;
		if (share[i].status != KVMSAFE_OK) {
			status = share[i].status;
			*err = share[i].err;
		}
	}
	if (status == KVMSAFE_OK)
		printf("%" PRIu64 " bytes of %" PRIu64 " pages are not zero\n", used,
		    about.pages_present);
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
		fprintf(stderr, "usage: threads VMCORE\n");
		return 2;
	}
	status = kvmsafe_source_path(argv[1], &dump, &err);
	if (status == KVMSAFE_OK)
		status = kvmsafe_open(dump, NULL, &session, &err);
	if (status == KVMSAFE_OK)
		status = count_all(session, &err);
	if (status != KVMSAFE_OK)
		fprintf(stderr, "threads: %s: %s\n", kvmsafe_status_name(status), err.message);
	kvmsafe_close(session);
	kvmsafe_source_close(dump);
	return status == KVMSAFE_OK ? 0 : 1;
}
