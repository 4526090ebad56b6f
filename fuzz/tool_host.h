/* SPDX-License-Identifier: BSD-2-Clause */
/* The host that the tool meets in its fuzz target: two files, two streams, nothing else. */
#ifndef KVS_FUZZ_TOOL_HOST_H
#define KVS_FUZZ_TOOL_HOST_H

#include "fuzz/opening.h"

/* What went into a stream; `failed`: it did not take all at once. */
struct kvs_stream {
	char *text;
	size_t len, most;
	bool once; /* the first write fails, and no other */
	bool failed;
};

struct kvs_tool_host {
	struct kvs_opening *opening; /* the files DUMP and KERNEL */
	bool output_is_terminal, errors_are_terminal;
	bool output_is_dump; /* it goes into the file DUMP */
	uint64_t json_fails; /* the n-th allocation of jansson's; 0: none */
	struct kvs_stream out, err;
	unsigned open_sources; /* that the tool has not closed */
};

/* One run of the tool with streams of the host's, emptied before; answers its exit code. */
int kvs_tool_host_run(struct kvs_tool_host *host, int argc, char *argv[]);

/* What the command line gives: bits of enum tool_option_id; *command: its name, or "". */
uint32_t kvs_tool_host_given(
    struct kvs_tool_host *host, int argc, char *argv[], const char **command);

#endif
