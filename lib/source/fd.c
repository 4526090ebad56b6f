/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that is a file or a disk, read with pread and never opened for anything else. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#include "util/error.h"

/* Kernels cut or refuse longer reads, each at a length of its own. */
#define READ_MOST ((size_t)1 << 30)

static enum kvmsafe_status
read_some(const struct kvmsafe_source *source, uint64_t offset, void *buf, size_t len, size_t *got,
    struct kvmsafe_error *err)
{
	const size_t most = len < READ_MOST ? len : READ_MOST;
	ssize_t n;

	do { /* an off_t: the source ends where fstat or lseek said, which is one */
		n = pread(source->u.file.fd, buf, most, (off_t)(source->u.file.offset + offset));
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return kvs_fail_errno(err, errno, KVMSAFE_FILE_OFFSET, offset,
		    "read of %zu bytes at offset %" PRIu64, most, offset);
	*got = (size_t)n;
	return KVMSAFE_OK;
}

static void
fini(struct kvmsafe_source *source)
{
	if (source->u.file.owned)
		(void)close(source->u.file.fd);
}

static const struct kvs_source_class file_class = { .read_some = read_some, .fini = fini };

/* Where a disk ends; the position is the caller's and is put back. */
static enum kvmsafe_status
disk_bytes(int fd, const char *name, uint64_t *bytes, struct kvmsafe_error *err)
{
	const off_t before = lseek(fd, 0, SEEK_CUR);
	const off_t end = before < 0 ? before : lseek(fd, 0, SEEK_END);
	const int why = errno;

	if (end >= 0 && lseek(fd, before, SEEK_SET) < 0)
		return kvs_fail_file(err, errno, name, "its position cannot be put back");
	if (end < 0)
		return kvs_fail_file(err, why, name, "the size of the device is not known");
	*bytes = (uint64_t)end;
	return KVMSAFE_OK;
}

/* FreeBSD's disks are character devices, and lseek(2) finds their end: sys/kern/vfs_vnops.c. */
static enum kvmsafe_status
file_bytes(int fd, const char *name, uint64_t *bytes, struct kvmsafe_error *err)
{
	enum kvmsafe_status status;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return kvs_fail_file(err, errno, name, "cannot be asked for its size");
	if (S_ISREG(st.st_mode)) {
		*bytes = st.st_size < 0 ? 0 : (uint64_t)st.st_size;
		return KVMSAFE_OK;
	}
	if (S_ISDIR(st.st_mode))
		return kvs_fail_file(err, EISDIR, name, "a file or a disk expected");
	if (!S_ISBLK(st.st_mode) && !S_ISCHR(st.st_mode))
		return kvs_fail_file(
		    err, ESPIPE, name, "a file or a disk expected, found a pipe or socket");
	status = disk_bytes(fd, name, bytes, err);
	if (status == KVMSAFE_OK && *bytes == 0 && S_ISCHR(st.st_mode))
		return kvs_fail_file(
		    err, ESPIPE, name, "a file or a disk expected, found a character device");
	return status;
}

static enum kvmsafe_status
create(int fd, const char *name, uint64_t offset, struct kvmsafe_source **out,
    struct kvmsafe_error *err)
{
	uint64_t bytes = 0;
	enum kvmsafe_status status = file_bytes(fd, name, &bytes, err);

	if (status != KVMSAFE_OK)
		return status;
	if (offset > bytes)
		return kvs_fail(err, KVMSAFE_USAGE,
		    "%s: an offset of at most %" PRIu64 " expected, found %" PRIu64, name, bytes,
		    offset);
	status = kvs_source_create(&file_class, bytes - offset, out, err);
	if (status != KVMSAFE_OK)
		return status;
	(*out)->u.file.fd = fd;
	(*out)->u.file.offset = offset;
	return KVMSAFE_OK;
}

/* O_NONBLOCK: a FIFO is refused, not waited for. It changes nothing for files and disks. */
enum kvmsafe_status
kvmsafe_source_path(const char *path, struct kvmsafe_source **out, struct kvmsafe_error *err)
{
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	enum kvmsafe_status status;

	if (fd < 0)
		return kvs_fail_file(err, errno, path, "cannot be opened");
	status = create(fd, path, 0, out, err);
	if (status != KVMSAFE_OK) {
		(void)close(fd);
		return status;
	}
	(*out)->u.file.owned = true;
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvmsafe_source_fd(int fd, uint64_t offset, struct kvmsafe_source **out, struct kvmsafe_error *err)
{
	return create(fd, "descriptor", offset, out, err);
}
