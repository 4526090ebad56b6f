/* SPDX-License-Identifier: BSD-2-Clause */
/* Files and disks as sources: short reads, signals, failing disks, files that shrink. */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "support/pattern.h"

/* glibc's 64-bit offsets rename the functions. */
#ifdef __GLIBC__
#define REAL(name) __real_##name##64
#define WRAP(name) __wrap_##name##64
#else
#define REAL(name) __real_##name
#define WRAP(name) __wrap_##name
#endif

void *__real_calloc(size_t n, size_t bytes);
void *__wrap_calloc(size_t n, size_t bytes);
ssize_t REAL(pread)(int fd, void *buf, size_t len, off_t offset);
ssize_t WRAP(pread)(int fd, void *buf, size_t len, off_t offset);
off_t REAL(lseek)(int fd, off_t offset, int whence);
off_t WRAP(lseek)(int fd, off_t offset, int whence);

static struct {
	bool no_memory;
	unsigned interrupts; /* reads that a signal interrupts */
	size_t most; /* bytes a read gives; 0: all */
	int error; /* of each read at or beyond error_at */
	off_t error_at;
	bool pretend; /* reads succeed and touch nothing */
	size_t longest;
	unsigned reads;
	off_t disk_bytes; /* where SEEK_END leads; 0: to the end */
	off_t position; /* where SEEK_SET led last */
} fault;

void *
__wrap_calloc(size_t n, size_t bytes)
{
	return fault.no_memory ? NULL : __real_calloc(n, bytes);
}

ssize_t
WRAP(pread)(int fd, void *buf, size_t len, off_t offset)
{
	fault.reads++;
	if (len > fault.longest)
		fault.longest = len;
	if (fault.interrupts > 0) {
		fault.interrupts--;
		errno = EINTR;
		return -1;
	}
	if (fault.error != 0 && offset >= fault.error_at) {
		errno = fault.error;
		return -1;
	}
	if (fault.most > 0 && len > fault.most)
		len = fault.most;
	return fault.pretend ? (ssize_t)len : REAL(pread)(fd, buf, len, offset);
}

off_t
WRAP(lseek)(int fd, off_t offset, int whence)
{
	if (whence == SEEK_END && fault.disk_bytes != 0)
		return fault.disk_bytes;
	if (whence == SEEK_SET)
		fault.position = offset;
	return REAL(lseek)(fd, offset, whence);
}

#define FILE_BYTES PATTERN_BYTES

static char path[] = "/tmp/kvmsafe-source-XXXXXX";

static int
make_file(void **state)
{
	const int fd = mkstemp(path);

	(void)state;
	pattern_fill();
	if (fd < 0 || write(fd, pattern, sizeof(pattern)) != FILE_BYTES || fchmod(fd, 0444) != 0)
		return -1;
	return close(fd);
}

static int
remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static int
no_fault(void **state)
{
	(void)state;
	memset(&fault, 0, sizeof(fault));
	return 0;
}

static struct kvmsafe_source *
open_path(void)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;

	assert_int_equal(kvmsafe_source_path(path, &source, &err), KVMSAFE_OK);
	return source;
}

static void
path_is_read_to_its_end_and_no_further(void **state)
{
	struct kvmsafe_source *const source = open_path();
	struct kvmsafe_error err;
	uint8_t buf[20];
	size_t got;

	(void)state;
	pattern_check(source, 0, FILE_BYTES);
	(void)!kvmsafe_source_read(source, FILE_BYTES - 4, buf, 20, &got, &err);
	assert_string_equal(
	    err.message, "20 bytes at offset 9996 expected, the source ends after 10000");
	kvmsafe_source_close(source);
	kvmsafe_source_close(NULL);
}

static void
path_is_opened_for_reading_only(void **state)
{
	struct kvmsafe_source *const source = open_path();
	const int fd = source->u.file.fd;

	(void)state;
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(write(fd, "x", 1), -1);
	kvmsafe_source_close(source);
	assert_int_equal(fcntl(fd, F_GETFD), -1);
}

static void
path_that_is_not_there_says_so(void **state)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_source_path("/nonexistent/vm\ncore", &source, &err), KVMSAFE_IO);
	assert_int_equal(err.sys_errno, ENOENT);
	assert_ptr_equal(strstr(err.message, "/nonexistent/vm\\x0Acore: "), err.message);
	assert_null(source);
}

static void
refuse_fd(int fd, int why)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;

	assert_int_equal(kvmsafe_source_fd(fd, 0, &source, &err), KVMSAFE_IO);
	assert_int_equal(err.sys_errno, why);
	assert_null(source);
}

static void
what_has_no_size_is_refused(void **state)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;
	char fifo[sizeof(path) + 5];
	int ends[2];

	(void)state;
	assert_int_equal(kvmsafe_source_path("/tmp", &source, &err), KVMSAFE_IO);
	assert_int_equal(err.sys_errno, EISDIR);
	assert_int_equal(kvmsafe_source_path("/dev/null", &source, &err), KVMSAFE_IO);
	assert_int_equal(err.sys_errno, ESPIPE);
	assert_int_equal(pipe(ends), 0);
	refuse_fd(ends[0], ESPIPE);
	close(ends[0]);
	close(ends[1]);
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
	refuse_fd(ends[0], ESPIPE);
	close(ends[0]);
	close(ends[1]);
	refuse_fd(-1, EBADF);

	/* A FIFO that nobody writes to: no waiting for a writer. */
	strcpy(fifo, path);
	strcat(fifo, ".fifo");
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(kvmsafe_source_path(fifo, &source, &err), KVMSAFE_IO);
	assert_int_equal(err.sys_errno, ESPIPE);
	unlink(fifo);
	assert_null(source);
}

static void
disk_ends_where_lseek_says(void **state)
{
	struct kvmsafe_source *source = NULL;
	const int fd = open("/dev/null", O_RDONLY);

	(void)state;
	fault.disk_bytes = 8192;
	fault.position = -1;
	assert_int_equal(kvmsafe_source_fd(fd, 512, &source, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_source_bytes(source) == 8192 - 512);
	assert_int_equal(fault.position, 0);
	kvmsafe_source_close(source);
	fault.disk_bytes = -1;
	errno = ENXIO;
	refuse_fd(fd, ENXIO);
	close(fd);
}

static void
descriptor_is_borrowed_and_its_position_kept(void **state)
{
	struct kvmsafe_source *source = NULL;
	const int fd = open(path, O_RDONLY);

	(void)state;
	assert_int_equal(lseek(fd, 123, SEEK_SET), 123);
	assert_int_equal(kvmsafe_source_fd(fd, 0, &source, NULL), KVMSAFE_OK);
	pattern_check(source, 0, FILE_BYTES);
	kvmsafe_source_close(source);
	assert_int_equal(lseek(fd, 0, SEEK_CUR), 123);
	assert_int_equal(close(fd), 0);
}

static void
descriptor_with_an_offset_begins_there(void **state)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;
	const int fd = open(path, O_RDONLY);

	(void)state;
	assert_int_equal(kvmsafe_source_fd(fd, 777, &source, NULL), KVMSAFE_OK);
	pattern_check(source, 777, FILE_BYTES - 777);
	kvmsafe_source_close(source);
	assert_int_equal(kvmsafe_source_fd(fd, FILE_BYTES, &source, NULL), KVMSAFE_OK);
	assert_true(kvmsafe_source_bytes(source) == 0);
	kvmsafe_source_close(source);
	source = NULL;
	assert_int_equal(kvmsafe_source_fd(fd, FILE_BYTES + 1, &source, &err), KVMSAFE_USAGE);
	assert_int_equal(kvmsafe_source_fd(fd, UINT64_MAX, &source, &err), KVMSAFE_USAGE);
	assert_null(source);
	close(fd);
}

static void
short_and_interrupted_reads_go_on(void **state)
{
	struct kvmsafe_source *const source = open_path();

	(void)state;
	fault.most = 7;
	pattern_check(source, 0, FILE_BYTES);
	assert_true(fault.reads > FILE_BYTES / 7);
	fault.interrupts = 3;
	pattern_check(source, 0, FILE_BYTES);
	assert_int_equal(fault.interrupts, 0);
	kvmsafe_source_close(source);
}

static void
failing_disk_gives_what_came_before(void **state)
{
	struct kvmsafe_source *const source = open_path();
	struct kvmsafe_error err;
	uint8_t buf[100];
	size_t got;

	(void)state;
	fault.most = 10;
	fault.error = EIO;
	fault.error_at = 4130;
	memset(buf, 0xee, sizeof(buf));
	assert_int_equal(
	    kvmsafe_source_read(source, 4100, buf, sizeof(buf), &got, &err), KVMSAFE_IO);
	assert_int_equal(got, 30);
	assert_memory_equal(buf, pattern + 4100, 30);
	assert_int_equal(buf[30], 0xee);
	assert_int_equal(err.sys_errno, EIO);
	assert_int_equal(err.place, KVMSAFE_FILE_OFFSET);
	assert_true(err.at == 4130);
	assert_int_equal(kvmsafe_source_read(source, 0, buf, sizeof(buf), &got, &err), KVMSAFE_OK);
	kvmsafe_source_close(source);
}

static void
file_that_shrank_is_truncated(void **state)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err;
	char name[] = "/tmp/kvmsafe-shrink-XXXXXX";
	uint8_t buf[200];
	size_t got;
	const int fd = mkstemp(name);

	(void)state;
	assert_int_equal(unlink(name), 0);
	assert_int_equal(write(fd, pattern, 1000), 1000);
	assert_int_equal(kvmsafe_source_fd(fd, 100, &source, NULL), KVMSAFE_OK);
	assert_int_equal(ftruncate(fd, 600), 0);
	assert_int_equal(kvmsafe_source_read(source, 400, buf, 200, &got, &err), KVMSAFE_TRUNCATED);
	assert_int_equal(got, 100);
	assert_memory_equal(buf, pattern + 500, 100);
	assert_true(err.at == 500);
	assert_string_equal(
	    err.message, "200 bytes at offset 400 expected, the source ends after 500");
	/* One that grew keeps the length that it had. */
	assert_int_equal(ftruncate(fd, 4000), 0);
	assert_int_equal(kvmsafe_source_read(source, 850, buf, 200, &got, &err), KVMSAFE_TRUNCATED);
	assert_int_equal(got, 50);
	kvmsafe_source_close(source);
	close(fd);
}

static void
long_read_is_cut_into_calls_of_a_gibibyte(void **state)
{
	struct kvmsafe_source *source = NULL;
	char name[] = "/tmp/kvmsafe-long-XXXXXX";
	uint8_t nothing;
	size_t got;
	const size_t len = ((size_t)2 << 30) + 5;
	const int fd = mkstemp(name);

	(void)state;
	assert_int_equal(unlink(name), 0);
	assert_int_equal(ftruncate(fd, (off_t)3 << 30), 0);
	assert_int_equal(kvmsafe_source_fd(fd, 0, &source, NULL), KVMSAFE_OK);
	fault.pretend = true;
	assert_int_equal(kvmsafe_source_read(source, 9, &nothing, len, &got, NULL), KVMSAFE_OK);
	assert_int_equal(got, len);
	assert_int_equal(fault.reads, 3);
	assert_int_equal(fault.longest, (size_t)1 << 30);
	kvmsafe_source_close(source);
	close(fd);
}

static void
files_report_a_host_without_memory(void **state)
{
	struct kvmsafe_source *source = NULL;
	const int lowest = open(path, O_RDONLY);
	struct kvmsafe_error err;
	enum kvmsafe_status status[2];

	(void)state;
	fault.no_memory = true;
	status[0] = kvmsafe_source_path(path, &source, &err);
	status[1] = kvmsafe_source_fd(lowest, 0, &source, &err);
	fault.no_memory = false;
	assert_int_equal(status[0], KVMSAFE_NO_MEMORY);
	assert_int_equal(status[1], KVMSAFE_NO_MEMORY);
	assert_int_equal(err.status, KVMSAFE_NO_MEMORY);
	assert_null(source);
	assert_int_equal(fcntl(lowest + 1, F_GETFD), -1); /* the path's descriptor was closed */
	close(lowest);
}

/* The count that the bytes make, and a piece more, is 0: the loop would never end. */
static void
the_count_may_lie_in_the_buffer(void **state)
{
	size_t bytes = (size_t)0 - sizeof(bytes), both = 0;
	struct kvmsafe_source *source;
	struct kvmsafe_error err;

	(void)state;
	assert_int_equal(kvmsafe_source_memory(&bytes, sizeof(bytes), &source, &err), KVMSAFE_OK);
	assert_int_equal(
	    kvmsafe_source_read(source, 0, &both, sizeof(both), &both, &err), KVMSAFE_OK);
	assert_int_equal(both, sizeof(both));
	kvmsafe_source_close(source);
}

#define TEST(name) cmocka_unit_test_setup(name, no_fault)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(path_is_read_to_its_end_and_no_further),
		TEST(path_is_opened_for_reading_only),
		TEST(path_that_is_not_there_says_so),
		TEST(what_has_no_size_is_refused),
		TEST(disk_ends_where_lseek_says),
		TEST(descriptor_is_borrowed_and_its_position_kept),
		TEST(descriptor_with_an_offset_begins_there),
		TEST(short_and_interrupted_reads_go_on),
		TEST(failing_disk_gives_what_came_before),
		TEST(file_that_shrank_is_truncated),
		TEST(long_read_is_cut_into_calls_of_a_gibibyte),
		TEST(files_report_a_host_without_memory),
		TEST(the_count_may_lie_in_the_buffer),
	};

	return cmocka_run_group_tests(tests, make_file, remove_file);
}
