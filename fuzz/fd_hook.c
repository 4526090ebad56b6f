/* SPDX-License-Identifier: BSD-2-Clause */
/* The wrapped calls; all but the planned descriptor's go through. */
#include "fuzz/fd_hook.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

/* glibc's 64-bit offsets rename the functions. */
#ifdef __GLIBC__
#define REAL(name) __real_##name##64
#define WRAP(name) __wrap_##name##64
#else
#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name
#endif

int REAL(open)(const char *path, int flags, ...);
int WRAP(open)(const char *path, int flags, ...);
int REAL(fstat)(int fd, struct stat *st);
int WRAP(fstat)(int fd, struct stat *st);
ssize_t REAL(pread)(int fd, void *buf, size_t len, off_t offset);
ssize_t WRAP(pread)(int fd, void *buf, size_t len, off_t offset);
off_t REAL(lseek)(int fd, off_t offset, int whence);
off_t WRAP(lseek)(int fd, off_t offset, int whence);
int __real_close(int fd);
int __wrap_close(int fd);

static struct kvs_fd *planned; /* a program's own state, not the library's */

void
kvs_fd_use(struct kvs_fd *fd)
{
	planned = fd;
}

size_t
kvs_read_plan_next(struct kvs_read_plan *plan, uint64_t offset, size_t len)
{
	plan->calls++;
	plan->at = offset;
	plan->failed |= plan->calls == plan->fails;
	plan->lied |= plan->calls == plan->lies;
	plan->ended |= plan->calls == plan->ends;
	return plan->chunk != 0 && plan->chunk < len ? plan->chunk : len;
}

static bool
fails(enum kvs_fd_call call)
{
	if (planned->fails == call)
		errno = planned->why;
	return planned->fails == call;
}

int
WRAP(open)(const char *path, int flags, ...)
{
	va_list args;
	mode_t mode = 0;

	if (planned != NULL && strcmp(path, KVS_FD_PATH) == 0) {
		planned->flags = flags;
		if (fails(KVS_FD_OPEN))
			return -1;
		planned->opened++;
		return KVS_FD;
	}
	if ((flags & O_CREAT) != 0) {
		va_start(args, flags);
		mode = (mode_t)va_arg(args, unsigned);
		va_end(args);
	}
	return REAL(open)(path, flags, mode);
}

int
__wrap_close(int fd)
{
	if (planned == NULL || fd != KVS_FD)
		return __real_close(fd);
	planned->closed++;
	return 0;
}

int
WRAP(fstat)(int fd, struct stat *st)
{
	static const mode_t modes[] = { [KVS_FD_FILE] = S_IFREG,
		[KVS_FD_FOLDER] = S_IFDIR,
		[KVS_FD_PIPE] = S_IFIFO,
		[KVS_FD_CHARACTER] = S_IFCHR,
		[KVS_FD_BLOCK] = S_IFBLK };

	if (planned == NULL || fd != KVS_FD)
		return REAL(fstat)(fd, st);
	planned->stats++;
	if (fails(KVS_FD_STAT))
		return -1;
	memset(st, 0, sizeof(*st));
	st->st_mode = modes[planned->kind];
	st->st_size = planned->size;
	return 0;
}

off_t
WRAP(lseek)(int fd, off_t offset, int whence)
{
	if (planned == NULL || fd != KVS_FD)
		return REAL(lseek)(fd, offset, whence);
	if (fails(whence == SEEK_CUR ? KVS_FD_CUR : whence == SEEK_END ? KVS_FD_END : KVS_FD_SET))
		return -1;
	if (whence != SEEK_CUR)
		planned->position = whence == SEEK_END ? planned->size + offset : offset;
	return planned->position;
}

ssize_t
WRAP(pread)(int fd, void *buf, size_t len, off_t offset)
{
	const uint64_t at = (uint64_t)offset;
	size_t n;

	if (planned == NULL || fd != KVS_FD)
		return REAL(pread)(fd, buf, len, offset);
	if (len > planned->longest)
		planned->longest = len;
	if (planned->interrupts > 0) {
		planned->interrupts--;
		errno = EINTR;
		return -1;
	}
	n = kvs_read_plan_next(&planned->reads, at, len);
	if (planned->reads.failed) {
		errno = planned->why;
		planned->reads.failed = planned->why != EINTR; /* it is asked again */
		return -1;
	}
	if (planned->reads.ended || at >= planned->len) {
		planned->reads.ended = true;
		return 0;
	}
	if (n > planned->len - at)
		n = (size_t)(planned->len - at);
	memcpy(buf, planned->bytes + at, n);
	return (ssize_t)n;
}
