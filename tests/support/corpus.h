/* SPDX-License-Identifier: BSD-2-Clause */
/* Generated dumps by name, for tests that need one: the folder is KVMSAFE_CORPUS. */
#ifndef KVS_TESTS_SUPPORT_CORPUS_H
#define KVS_TESTS_SUPPORT_CORPUS_H

#include <kvmsafe/kvmsafe.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A file of the corpus as a source; ends the program where it is absent. */
static inline struct kvmsafe_source *
corpus_source(const char *name)
{
	const char *const folder = getenv("KVMSAFE_CORPUS");
	struct kvmsafe_source *source = NULL;
	struct kvmsafe_error err = { .message = "" };
	char path[512];

	snprintf(path, sizeof(path), "%s/%s", folder != NULL ? folder : ".", name);
	if (kvmsafe_source_path(path, &source, &err) != KVMSAFE_OK) {
		fprintf(stderr, "%s: %s (is KVMSAFE_CORPUS set?)\n", path, err.message);
		exit(1);
	}
	return source;
}

/* A dump with its kernel, NULL: without one, opened. */
struct corpus {
	struct kvmsafe_source *dump, *kernel;
	struct kvmsafe_session *session;
};

static inline struct corpus
corpus_open(const char *dump, const char *kernel)
{
	struct kvmsafe_options options = { .size = sizeof(options) };
	struct kvmsafe_error err = { .message = "" };
	struct corpus corpus = { NULL, NULL, NULL };

	if (dump != NULL)
		corpus.dump = corpus_source(dump);
	if (kernel != NULL)
		corpus.kernel = options.kernel = corpus_source(kernel);
	if (kvmsafe_open(corpus.dump, &options, &corpus.session, &err) != KVMSAFE_OK) {
		fprintf(stderr, "%s: %s\n", dump != NULL ? dump : kernel, err.message);
		exit(1);
	}
	return corpus;
}

static inline void
corpus_close(struct corpus *corpus)
{
	kvmsafe_close(corpus->session);
	kvmsafe_source_close(corpus->dump);
	kvmsafe_source_close(corpus->kernel);
}

#endif
