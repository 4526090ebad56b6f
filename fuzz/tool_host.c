/* SPDX-License-Identifier: BSD-2-Clause */
/* Stands in for tools/host.c, and takes the place of the standard streams: they are variables. */
#include "fuzz/tool_host.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>

#include "fuzz/alloc_hook.h"
#include "fuzz/check.h"
#include "tools/cmdline.h"
#include "tools/exit.h"
#include "tools/host.h"
#include "tools/run.h"

static struct kvs_tool_host *now; /* a program's own state, not the tool's */
static uint64_t countdown;

enum kvmsafe_status __real_kvmsafe_open(struct kvmsafe_source *dump,
    const struct kvmsafe_options *options, struct kvmsafe_session **out, struct kvmsafe_error *err);
enum kvmsafe_status __wrap_kvmsafe_open(struct kvmsafe_source *dump,
    const struct kvmsafe_options *options, struct kvmsafe_session **out, struct kvmsafe_error *err);
void __real_kvmsafe_source_close(struct kvmsafe_source *source);
void __wrap_kvmsafe_source_close(struct kvmsafe_source *source);

/* The tool has no option for limits: a hostile dump would take seconds. */
enum kvmsafe_status
__wrap_kvmsafe_open(struct kvmsafe_source *dump, const struct kvmsafe_options *options,
    struct kvmsafe_session **out, struct kvmsafe_error *err)
{
	struct kvmsafe_options limited = *options;

	if (now == NULL) /* the target's own */
		return __real_kvmsafe_open(dump, options, out, err);
	limited.limits = &now->opening->limits;
	return __real_kvmsafe_open(dump, &limited, out, err);
}

/* The two files outlive the runs. */
void
__wrap_kvmsafe_source_close(struct kvmsafe_source *source)
{
	if (now != NULL && source != NULL &&
	    (source == now->opening->source || source == now->opening->kernel_source))
		now->open_sources--;
	else
		__real_kvmsafe_source_close(source);
}

/* ---- tools/host.h ---- */

static struct kvmsafe_source *
file_of(const char *path)
{
	if (strcmp(path, "DUMP") == 0)
		return now->opening->source;
	return strcmp(path, "KERNEL") == 0 ? now->opening->kernel_source : NULL;
}

enum kvmsafe_status
tool_host_open(const char *path, struct kvmsafe_source **out, struct kvmsafe_error *err)
{
	struct kvmsafe_source *const file = file_of(path);

	if (file == NULL) {
		*err = (struct kvmsafe_error){
			.status = KVMSAFE_IO, .sys_errno = ENOENT, .message = "no such file"
		};
		return KVMSAFE_IO;
	}
	CHECK(!tool_host_is_output(path)); /* evidence is lost */
	*out = file;
	now->open_sources++;
	return KVMSAFE_OK;
}

bool
tool_host_exists(const char *path)
{
	return file_of(path) != NULL;
}

bool
tool_host_is_output(const char *path)
{
	return now->output_is_dump && strcmp(path, "DUMP") == 0;
}

bool
tool_host_output_is_terminal(void)
{
	return now->output_is_terminal;
}

bool
tool_host_errors_are_terminal(void)
{
	return now->errors_are_terminal;
}

/* ---- Streams ---- */

static ssize_t
write_stream(void *cookie, const char *bytes, size_t len)
{
	struct kvs_stream *const stream = cookie;

	if (len > stream->most - stream->len || (stream->once && !stream->failed)) {
		stream->failed = true;
		errno = ENOSPC;
		return 0;
	}
	memcpy(stream->text + stream->len, bytes, len);
	stream->len += len;
	return (ssize_t)len;
}

static FILE *
stream_open(struct kvs_stream *stream)
{
	const cookie_io_functions_t functions = { .write = write_stream };
	FILE *const file = fopencookie(stream, "w", functions);

	CHECK(file != NULL);
	stream->len = 0;
	stream->failed = false;
	return file;
}

static void *
json_malloc(size_t bytes)
{
	return ++countdown == now->json_fails ? NULL : malloc(bytes);
}

static void
set_up(struct kvs_tool_host *host, FILE *streams[2])
{
	now = host;
	countdown = 0;
	host->opening->dump.reads = host->opening->kernel.reads = 0;
	json_object_seed(1); /* not from the clock */
	json_set_alloc_funcs(json_malloc, free);
	streams[0] = stdout;
	streams[1] = stderr;
	stdout = stream_open(&host->out);
	stderr = stream_open(&host->err);
	kvs_alloc_fail_at(host->opening->sparse->option[KVS_OPTION_FAIL_ALLOCATION]);
}

static void
tear_down(FILE *streams[2])
{
	kvs_alloc_fail_at(0);
	(void)fclose(stderr);
	stdout = streams[0];
	stderr = streams[1];
	CHECK(now->open_sources == 0);
	now = NULL;
}

int
kvs_tool_host_run(struct kvs_tool_host *host, int argc, char *argv[])
{
	FILE *streams[2];
	int code;

	set_up(host, streams);
	code = tool_finish(tool_run(argc, argv)); /* closes stdout */
	tear_down(streams);
	return code;
}

uint32_t
kvs_tool_host_given(struct kvs_tool_host *host, int argc, char *argv[], const char **command)
{
	FILE *streams[2];
	struct tool_options options;
	uint32_t given;

	set_up(host, streams);
	kvs_alloc_fail_at(0);
	(void)tool_options_init(&options, argc, argv);
	given = options.given;
	*command = options.command != NULL ? options.command->name : "";
	tool_options_fini(&options);
	(void)fclose(stdout);
	tear_down(streams);
	return given;
}
