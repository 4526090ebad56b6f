/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads a dump through functions of the caller's own, and counts what they were asked for:
 * callbacks_source VMCORE. In their place could be a network, a container, a process's memory.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <kvmsafe/kvmsafe.h>

struct counted {
	int fd;
	uint64_t calls, bytes;
};

/* Sessions shared by threads would want atomic counters here. */
static enum kvmsafe_status
counted_read(
    void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	struct counted *const counted = ctx;
	const ssize_t n = pread(counted->fd, buf, len, (off_t)offset);

	if (n < 0) {
		if (err != NULL)
			err->sys_errno = errno;
		return KVMSAFE_IO;
	}
	counted->calls++;
	counted->bytes += (uint64_t)n;
	*got = (size_t)n; /* may be short; 0 means that the bytes end here */
	return KVMSAFE_OK;
}

static enum kvmsafe_status
describe(struct counted *counted, uint64_t bytes, struct kvmsafe_error *err)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = counted_read };
	struct kvmsafe_description about = { .size = sizeof(about) };
	struct kvmsafe_source *dump = NULL;
	struct kvmsafe_session *session = NULL;
	enum kvmsafe_status status;

	status = kvmsafe_source_callbacks(&ops, counted, bytes, &dump, err);
	if (status == KVMSAFE_OK)
		status = kvmsafe_open(dump, NULL, &session, err);
	if (status == KVMSAFE_OK)
		status = kvmsafe_describe(session, &about, err);
	if (status == KVMSAFE_OK)
		printf("%s of %s, %" PRIu64 " pages\nopened with %" PRIu64 " reads of %" PRIu64
		       " bytes\n",
		    about.format, about.arch, about.pages_promised, counted->calls, counted->bytes);
	kvmsafe_close(session);
	kvmsafe_source_close(dump);
	return status;
}

int
main(int argc, char **argv)
{
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	struct counted counted = { .fd = -1 };
	enum kvmsafe_status status;
	struct stat st;

	if (argc != 2) {
		fprintf(stderr, "usage: callbacks_source VMCORE\n");
		return 2;
	}
	counted.fd = open(argv[1], O_RDONLY);
	if (counted.fd < 0 || fstat(counted.fd, &st) != 0) {
		perror(argv[1]);
		return 1;
	}
	status = describe(&counted, (uint64_t)st.st_size, &err);
	if (status != KVMSAFE_OK)
		fprintf(
		    stderr, "callbacks_source: %s: %s\n", kvmsafe_status_name(status), err.message);
	close(counted.fd);
	return status == KVMSAFE_OK ? 0 : 1;
}
