/* SPDX-License-Identifier: BSD-2-Clause */
/* Aims at: kvmsafe_source_memory, kvmsafe_source_callbacks, kvmsafe_source_fd,
 * kvmsafe_source_path, kvmsafe_source_bytes, kvmsafe_source_read, kvmsafe_source_close,
 * kvs_source_window */
/*
 * Sources that answer short, fail, lie and are interrupted give what memory gives, or the error
 * that was injected, at its place. Input: struct input below, the reads, three bytes each (u16
 * offset, u8 length), and the bytes.
 */
#include "source/source.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"
#include "fuzz/fd_hook.h"

#define HEAD 16
#define BYTES_MAX 65536
#define LONGEST ((size_t)1 << 30) /* no call asks for more */
#define OPS_MAX 4096 /* no struct of the caller's is longer */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	WORDS = 1, /* the callback leaves an error of its own */
	WORDS_VA = 2, /* which is about an address */
	WORDS_BARE = 4, /* whose text is not printable and does not end */
	NO_ERR = 8, /* nobody wants to know */
	NO_CLOSE = 16,
	NO_READ = 32, /* no read function */
	LAST_BYTE = 64 /* the struct's last byte is set */
};

struct input {
	unsigned chunk; /* u16: most bytes a call delivers */
	unsigned fails, lies, ends; /* u8 each: the call that does so */
	unsigned offset; /* u16: where window and descriptor's source begin */
	/* u8: number of reads */
	enum kvs_fd_kind kind; /* u8: kind, and << 3 the call beside pread that fails */
	enum kvs_fd_call call;
	unsigned flags; /* u8 */
	int why; /* u8: errno of what fails; 0: EIO */
	unsigned interrupts; /* u8 */
	unsigned allocation; /* u8: the one that fails */
	uint64_t
	    more; /* u8: 2^(low six bits) more than there are, where bit 6; less, where bit 7 */
	size_t ops; /* u16: size of the caller's struct; 0: as it is */
	size_t nreads;
	const uint8_t *reads;
	const uint8_t *bytes;
	size_t len;
};

/* A source, and what its answers must be. */
struct asked {
	const struct kvmsafe_source *source;
	uint64_t claimed; /* its length */
	const uint8_t *bytes;
	uint64_t there; /* so many can be had */
	struct kvs_read_plan *plan; /* NULL: nothing ever fails */
	uint64_t base; /* its offset 0 in the plan's */
	struct kvmsafe_error fault; /* of a call that fails; place NOWHERE: where the call read */
	bool no_err;
};

struct caller {
	const struct input *in;
	struct kvs_read_plan plan;
	unsigned closed;
};

static unsigned
u16(const uint8_t *p)
{
	return p[0] | (unsigned)p[1] << 8;
}

static bool
decode(struct input *in, const uint8_t *data, size_t size)
{
	if (size < HEAD)
		return false;
	*in = (struct input){ .chunk = u16(data),
		.fails = data[2],
		.lies = data[3],
		.ends = data[4],
		.offset = u16(data + 5),
		.nreads = data[7] & 31,
		.kind = (enum kvs_fd_kind)((data[8] & 7) % (KVS_FD_BLOCK + 1)),
		.call = (enum kvs_fd_call)((data[8] >> 3) % (KVS_FD_SET + 1)),
		.flags = data[9],
		.why = data[10] != 0 ? data[10] : EIO,
		.interrupts = data[11],
		.allocation = data[12],
		.ops = u16(data + 14),
		.reads = data + HEAD };
	if (data[13] & 64)
		in->more = UINT64_C(1) << (data[13] & 63);
	if (data[13] & 128)
		in->more = 0 - in->more;
	if (in->nreads > (size - HEAD) / 3)
		in->nreads = (size - HEAD) / 3;
	in->bytes = in->reads + 3 * in->nreads;
	in->len = size - HEAD - 3 * in->nreads;
	if (in->len > BYTES_MAX)
		in->len = BYTES_MAX;
	return true;
}

static struct kvs_read_plan
plan_of(const struct input *in)
{
	return (struct kvs_read_plan){ .chunk = in->chunk, .fails = in->fails, .ends = in->ends };
}

/* ---- One read ---- */

static void
check_words(const struct kvmsafe_error *err)
{
	const size_t len = strnlen(err->message, sizeof(err->message));

	CHECK(len > 0 && len < sizeof(err->message));
	for (size_t i = 0; i < len; i++)
		CHECK(err->message[i] >= ' ' && err->message[i] <= '~');
}

/* A call that fails is told as it failed. */
static void
check_fault(const struct asked *asked, const struct kvmsafe_error *err)
{
	const struct kvmsafe_error *const fault = &asked->fault;
	uint64_t at = fault->at;

	CHECK(err->sys_errno == fault->sys_errno);
	if (fault->message[0] != '\0' && fault->message[0] != 1)
		CHECK(strcmp(err->message, fault->message) == 0);
	if (fault->message[0] == 1) /* escaped, as many as find room */
		CHECK(memcmp(err->message, "\\x01\\x01", 8) == 0 && strlen(err->message) == 228);
	if (fault->place == KVMSAFE_NOWHERE) {
		CHECK(
		    err->place == KVMSAFE_FILE_OFFSET && err->at == asked->plan->at - asked->base);
		return;
	}
	/* a window's offsets are its own, where they can be */
	if (fault->place == KVMSAFE_FILE_OFFSET && at >= asked->base)
		at -= asked->base;
	CHECK(err->place == fault->place && err->at == at);
}

/* The words say where the source ends: where it should, or where it did. */
static void
check_truncated(const struct asked *asked, uint64_t offset, uint64_t want, uint64_t got,
    const struct kvmsafe_error *err)
{
	const bool early = offset < asked->claimed && got < want && got < asked->claimed - offset;
	char words[sizeof(err->message)];

	CHECK(err->place == KVMSAFE_FILE_OFFSET && err->at == offset + got);
	(void)snprintf(words, sizeof(words),
	    "%llu bytes at offset %llu expected, the source ends after %llu",
	    (unsigned long long)want, (unsigned long long)offset,
	    (unsigned long long)(early ? offset + got : asked->claimed));
	CHECK(strcmp(err->message, words) == 0);
}

static void
check_status(const struct asked *asked, uint64_t offset, uint64_t want, uint64_t got,
    enum kvmsafe_status status, const struct kvmsafe_error *err)
{
	const uint64_t left = offset < asked->there ? asked->there - offset : 0;
	const struct kvs_read_plan *const plan = asked->plan;
	enum kvmsafe_status expected = got == want ? KVMSAFE_OK : KVMSAFE_TRUNCATED;

	if (plan != NULL && plan->failed)
		expected = (enum kvmsafe_status)asked->fault.status;
	else if (plan != NULL && plan->lied)
		expected = KVMSAFE_IO;
	CHECK(status == expected && got <= want && got <= left);
	CHECK((status == KVMSAFE_OK) == (got == want));
	if (plan == NULL || !(plan->failed || plan->lied || plan->ended))
		CHECK(got == (want < left ? want : left));
	if (asked->no_err || status == KVMSAFE_OK) {
		CHECK(err->status == KVMSAFE_OK && err->message[0] == '\0');
		return;
	}
	check_words(err);
	CHECK(err->status == (int)status);
	if (status == KVMSAFE_TRUNCATED && (plan == NULL || !plan->failed))
		check_truncated(asked, offset, want, got, err);
	else if (plan->failed)
		check_fault(asked, err);
	else
		CHECK(err->place == KVMSAFE_FILE_OFFSET && err->at == plan->at - asked->base);
}

/* `room`: of the buffer; less than `want` where so much cannot come. */
static void
compare_read(const struct asked *asked, uint64_t offset, size_t want, size_t room)
{
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	uint8_t *const buf = malloc(room + 1);
	const struct kvs_read_plan *const plan = asked->plan;
	enum kvmsafe_status status;
	size_t got = 12345;

	CHECK(buf != NULL);
	memset(buf, 0xa5, room + 1);
	if (plan != NULL)
		asked->plan->failed = asked->plan->lied = asked->plan->ended = false;
	status = kvmsafe_source_read(
	    asked->source, offset, buf, want, &got, asked->no_err ? NULL : &err);
	check_status(asked, offset, want, got, status, &err);
	CHECK(got == 0 || memcmp(buf, asked->bytes + offset, got) == 0);
	for (size_t i = plan != NULL && (plan->failed || plan->lied || plan->ended) ? room : got;
	     i < room + 1; i++)
		CHECK(buf[i] == 0xa5);
	free(buf);
}

static void
compare(const struct asked *asked, const struct input *in)
{
	const size_t all = asked->there < in->len ? (size_t)asked->there : in->len;

	CHECK(kvmsafe_source_bytes(asked->source) == asked->claimed);
	for (size_t i = 0; i < in->nreads; i++)
		compare_read(
		    asked, u16(in->reads + 3 * i), in->reads[3 * i + 2], in->reads[3 * i + 2]);
	compare_read(asked, 0, all, all);
	compare_read(asked, 0, all + 1, all + 1);
	compare_read(asked, UINT64_MAX, 16, 16);
	compare_read(asked, UINT64_MAX - 8, 16, 16);
	compare_read(asked, asked->claimed, 0, 0);
	compare_read(asked, asked->claimed - 1, 2, 2);
}

/* Both of its halves, and more of it than there is. */
static void
run_windows(const struct asked *parent, const struct input *in)
{
	const uint64_t start = in->offset < parent->claimed ? in->offset : parent->claimed;
	const uint64_t rest = parent->claimed - start;
	const uint64_t lengths[] = { rest / 2, UINT64_MAX };

	for (size_t i = 0; i < 2; i++) {
		struct kvmsafe_source *window = NULL;
		struct asked asked = *parent;

		CHECK(kvs_source_window(parent->source, in->offset, lengths[i], &window, NULL) ==
		    KVMSAFE_OK);
		asked.source = window;
		asked.claimed = lengths[i] < rest ? lengths[i] : rest;
		asked.base += start;
		asked.bytes += start < parent->there ? start : parent->there;
		asked.there = start < parent->there ? parent->there - start : 0;
		if (asked.there > asked.claimed)
			asked.there = asked.claimed;
		compare(&asked, in);
		kvmsafe_source_close(window);
	}
}

/* ---- Memory ---- */

static void
run_memory(const struct input *in)
{
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	struct asked asked = { .claimed = in->len, .bytes = in->bytes, .there = in->len };

	CHECK(kvmsafe_source_memory(in->bytes, in->len, &source, NULL) == KVMSAFE_OK);
	asked.source = source;
	compare(&asked, in);
	run_windows(&asked, in);
	kvmsafe_source_close(source);
	source = NULL;
	CHECK(kvmsafe_source_memory(NULL, 0, &source, NULL) == KVMSAFE_OK);
	kvmsafe_source_close(source);
	source = NULL;
	CHECK(kvmsafe_source_memory(NULL, in->len + 1, &source, &err) == KVMSAFE_USAGE);
	CHECK(source == NULL && err.status == KVMSAFE_USAGE);
	kvmsafe_source_close(NULL);
}

/* Each maker says that there is no memory, and keeps nothing. */
static void
run_no_memory(const struct input *in)
{
	const struct kvmsafe_source_ops ops = { .size = sizeof(ops), .read_at = NULL };
	struct kvmsafe_source *memory = NULL, *none = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };

	CHECK(kvmsafe_source_memory(in->bytes, in->len, &memory, NULL) == KVMSAFE_OK);
	kvs_alloc_fail_at(1);
	CHECK(kvmsafe_source_memory(in->bytes, in->len, &none, &err) == KVMSAFE_NO_MEMORY);
	CHECK(none == NULL && err.status == KVMSAFE_NO_MEMORY);
	kvs_alloc_fail_at(1);
	CHECK(kvs_source_window(memory, 0, in->len, &none, &err) == KVMSAFE_NO_MEMORY);
	kvs_alloc_fail_at(0);
	CHECK(
	    none == NULL && kvmsafe_source_callbacks(&ops, NULL, 1, &none, &err) == KVMSAFE_USAGE);
	CHECK(none == NULL);
	kvmsafe_source_close(memory);
}

/* ---- The caller's functions ---- */

static struct kvmsafe_error
words_of(const struct input *in)
{
	struct kvmsafe_error words = { .status = KVMSAFE_IO,
		.sys_errno = in->why,
		.place = in->flags & WORDS_VA ? KVMSAFE_VA : KVMSAFE_FILE_OFFSET,
		.at = in->more != 0 ? in->more : 7 };

	if (!(in->flags & (WORDS | WORDS_BARE)))
		return (struct kvmsafe_error){ .status = KVMSAFE_OK };
	strcpy(words.message, "tape: it tore");
	if (in->flags & WORDS_BARE)
		memset(words.message, 1, sizeof(words.message));
	return words;
}

static enum kvmsafe_status
read_at(void *ctx, uint64_t offset, void *buf, size_t len, size_t *got, struct kvmsafe_error *err)
{
	struct caller *const caller = ctx;

	CHECK(len > 0 && offset < caller->in->len && len <= caller->in->len - offset);
	*got = kvs_read_plan_next(&caller->plan, offset, len);
	memcpy(buf, caller->in->bytes + offset, *got);
	if (caller->plan.failed)
		*err = words_of(caller->in);
	if (caller->plan.failed)
		return KVMSAFE_NOT_FOUND; /* a status that no source has by itself */
	if (caller->plan.lied)
		*got = len + 1;
	else if (caller->plan.ended)
		*got = 0;
	return KVMSAFE_OK;
}

static void
close_caller(void *ctx)
{
	((struct caller *)ctx)->closed++;
}

/* Is the struct as the input has it refused? A later header may have made it longer. */
static bool
is_refused(const struct input *in)
{
	const size_t size = in->ops != 0 ? in->ops : sizeof(struct kvmsafe_source_ops);

	return size < sizeof(struct kvmsafe_source_ops) || size > OPS_MAX ||
	    (size > sizeof(struct kvmsafe_source_ops) && in->flags & LAST_BYTE) ||
	    in->flags & NO_READ;
}

static void
run_callbacks(const struct input *in)
{
	union {
		struct kvmsafe_source_ops ops;
		uint8_t bytes[OPS_MAX]; /* longer ones are refused unread */
	} *const given = calloc(1, sizeof(*given));
	struct caller caller = { .in = in, .plan = plan_of(in) };
	struct asked asked = { .claimed = in->len,
		.bytes = in->bytes,
		.there = in->len,
		.plan = &caller.plan,
		.fault = words_of(in),
		.no_err = in->flags & NO_ERR };
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;

	CHECK(given != NULL);
	caller.plan.lies = in->lies;
	asked.fault.status = KVMSAFE_NOT_FOUND;
	given->ops =
	    (struct kvmsafe_source_ops){ .size = in->ops != 0 ? in->ops : sizeof(given->ops),
		    .read_at = in->flags & NO_READ ? NULL : read_at,
		    .close = in->flags & NO_CLOSE ? NULL : close_caller };
	if (given->ops.size > sizeof(given->ops) && given->ops.size <= OPS_MAX)
		given->bytes[given->ops.size - 1] = in->flags & LAST_BYTE ? 1 : 0;
	kvs_alloc_fail_at(in->allocation);
	status = kvmsafe_source_callbacks(&given->ops, &caller, in->len, &source, &err);
	kvs_alloc_fail_at(0);
	if (is_refused(in) || in->allocation == 1) {
		CHECK(source == NULL && err.status == (int)status);
		CHECK(status == (is_refused(in) ? KVMSAFE_USAGE : KVMSAFE_NO_MEMORY));
	} else {
		CHECK(status == KVMSAFE_OK && err.status == KVMSAFE_OK);
		memset(given, 0, sizeof(*given)); /* the struct was copied */
		asked.source = source;
		compare(&asked, in);
		run_windows(&asked, in);
		CHECK(caller.closed == 0);
		kvmsafe_source_close(source);
		CHECK(caller.closed == (in->flags & NO_CLOSE ? 0 : 1));
	}
	free(given);
}

/* ---- Descriptors ---- */

/* What fstat and lseek make of the plan: the length, or the error. */
static int
expected_length(const struct kvs_fd *fd, uint64_t *length)
{
	*length = fd->size < 0 ? 0 : (uint64_t)fd->size;
	if (fd->fails == KVS_FD_STAT)
		return fd->why;
	if (fd->kind == KVS_FD_FILE)
		return 0;
	if (fd->kind == KVS_FD_FOLDER)
		return EISDIR;
	if (fd->kind == KVS_FD_PIPE)
		return ESPIPE;
	if (fd->fails == KVS_FD_CUR || fd->fails == KVS_FD_END || fd->fails == KVS_FD_SET)
		return fd->why;
	return fd->kind == KVS_FD_CHARACTER && fd->size == 0 ? ESPIPE : 0;
}

static void
compare_descriptor(
    const struct kvmsafe_source *source, struct kvs_fd *fd, uint64_t length, const struct input *in)
{
	const uint64_t offset = fd->opened > 0 ? 0 : in->offset;
	struct asked asked = { .source = source,
		.claimed = length - offset,
		.bytes = in->bytes + (offset < in->len ? offset : in->len),
		.there = offset < in->len ? in->len - offset : 0,
		.plan = &fd->reads,
		.base = offset,
		.fault = { .status = KVMSAFE_IO, .sys_errno = in->why },
		.no_err = in->flags & NO_ERR };

	if (asked.there > asked.claimed)
		asked.there = asked.claimed;
	compare(&asked, in);
	if (asked.claimed > LONGEST + 5)
		compare_read(&asked, 5, LONGEST + 5, in->len);
	CHECK(fd->longest <= LONGEST);
}

/* The planned descriptor, by its number and by its path. */
static void
run_planned(const struct input *in, bool by_path)
{
	struct kvs_fd fd = { .kind = in->kind,
		.bytes = in->bytes,
		.len = in->len,
		.size = (int64_t)(in->len + in->more),
		.fails = in->call,
		.why = in->why,
		.reads = plan_of(in),
		.interrupts = in->interrupts,
		.position = 1234 };
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err = { .status = KVMSAFE_OK };
	enum kvmsafe_status status;
	uint64_t length;
	int why;

	if (fd.kind >= KVS_FD_CHARACTER && fd.size < 0)
		fd.size = 0; /* lseek answers no such position */
	why = expected_length(&fd, &length);
	if (by_path && fd.fails == KVS_FD_OPEN)
		why = fd.why;
	kvs_fd_use(&fd);
	kvs_alloc_fail_at(in->allocation);
	status = by_path ? kvmsafe_source_path(KVS_FD_PATH, &source, &err)
			 : kvmsafe_source_fd(KVS_FD, in->offset, &source, &err);
	kvs_alloc_fail_at(0);
	if (fd.stats == 0 && why != fd.why) { /* a C library whose fstat is no function */
		kvs_fd_use(NULL);
		return;
	}
	CHECK(fd.position == 1234 || fd.fails == KVS_FD_SET);
	CHECK(status == KVMSAFE_OK || (source == NULL && err.status == (int)status));
	if (why != 0)
		CHECK(status == KVMSAFE_IO && err.sys_errno == why && err.place == KVMSAFE_NOWHERE);
	else if (!by_path && in->offset > length)
		CHECK(status == KVMSAFE_USAGE);
	else
		CHECK(status == (in->allocation == 1 ? KVMSAFE_NO_MEMORY : KVMSAFE_OK));
	if (status == KVMSAFE_OK) {
		CHECK(fd.closed == 0);
		compare_descriptor(source, &fd, length, in);
	} else {
		check_words(&err);
	}
	kvmsafe_source_close(source);
	kvs_fd_use(NULL);
	CHECK(fd.closed == fd.opened); /* one of the caller's stays open */
	CHECK(!by_path || ((fd.flags & O_ACCMODE) == O_RDONLY && (fd.flags & O_NONBLOCK) != 0));
}

/* A file of the system's that shrinks while it is open: an error, no made-up bytes. */
static void
run_file(const struct input *in)
{
	static FILE *file;
	struct kvmsafe_source *source = NULL;
	struct asked asked = { .bytes = in->bytes + in->offset };
	enum kvmsafe_status status;

	if (file == NULL)
		file = tmpfile();
	CHECK(file != NULL && ftruncate(fileno(file), 0) == 0);
	CHECK(pwrite(fileno(file), in->bytes, in->len, 0) == (ssize_t)in->len);
	status = kvmsafe_source_fd(fileno(file), in->offset, &source, NULL);
	if (in->offset > in->len) {
		CHECK(status == KVMSAFE_USAGE && source == NULL);
		return;
	}
	CHECK(status == KVMSAFE_OK);
	asked.source = source;
	asked.claimed = asked.there = in->len - in->offset;
	compare(&asked, in);
	CHECK(ftruncate(fileno(file), (off_t)(in->offset + asked.there / 2)) == 0);
	asked.there /= 2;
	compare(&asked, in);
	kvmsafe_source_close(source);
}

/* What no system opens as a file. */
static void
run_paths(void)
{
	static const struct {
		const char *path;
		int why;
	} paths[] = { { "", ENOENT }, { "/", EISDIR }, { "/dev/null", ESPIPE } };
	struct kvmsafe_source *source = NULL;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct kvmsafe_error err = { .status = KVMSAFE_OK };

		CHECK(kvmsafe_source_path(paths[i].path, &source, &err) == KVMSAFE_IO);
		CHECK(source == NULL && err.sys_errno == paths[i].why);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in;

	if (!decode(&in, data, size))
		return 0;
	run_memory(&in);
	run_no_memory(&in);
	run_callbacks(&in);
	run_planned(&in, false);
	run_planned(&in, true);
	run_file(&in);
	run_paths();
	return 0;
}
