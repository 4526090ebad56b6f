/* SPDX-License-Identifier: BSD-2-Clause */
/* What a source is made of: a length and one function that reads. */
#ifndef KVS_SOURCE_SOURCE_H
#define KVS_SOURCE_SOURCE_H

#include <kvmsafe/kvmsafe.h>

struct kvs_source_class {
	/*
	 * At least one byte of [offset, offset + len), which lies within the source; 0 in *got means
	 * that the bytes ended early (a file that shrank). A failure leaves *got alone.
	 */
	enum kvmsafe_status (*read_some)(const struct kvmsafe_source *source, uint64_t offset,
	    void *buf, size_t len, size_t *got, struct kvmsafe_error *err);
	void (*fini)(struct kvmsafe_source *source); /* or NULL */
};

struct kvmsafe_source {
	const struct kvs_source_class *class;
	uint64_t bytes;
	union {
		struct {
			int fd;
			bool owned;
			uint64_t offset;
		} file;
		const uint8_t *memory;
		struct {
			struct kvmsafe_source_ops ops;
			void *ctx;
		} callbacks;
		struct {
			const struct kvmsafe_source *parent; /* borrowed */
			uint64_t offset;
		} window;
	} u;
};

/* A zeroed source of this class and length; freed by kvmsafe_source_close. */
enum kvmsafe_status kvs_source_create(const struct kvs_source_class *class, uint64_t bytes,
    struct kvmsafe_source **out, struct kvmsafe_error *err);

/* A part of another source, which must outlive it. [offset, offset + len) is cut to the parent. */
enum kvmsafe_status kvs_source_window(const struct kvmsafe_source *parent, uint64_t offset,
    uint64_t len, struct kvmsafe_source **out, struct kvmsafe_error *err);

#endif
