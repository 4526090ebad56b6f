/* SPDX-License-Identifier: BSD-2-Clause */
/* A source that asks the caller's functions, and checks what they answer. */
#include "source/source.h"

#include "util/error.h"
#include "util/sized.h"

/* The callback's own words where it left some, else ours; in both cases its status. */
static enum kvmsafe_status
failed(enum kvmsafe_status status, const struct kvmsafe_error *words, uint64_t offset,
    struct kvmsafe_error *err)
{
	if (words->message[0] == '\0')
		return kvs_fail_at(err, status, KVMSAFE_FILE_OFFSET, offset,
		    "source: the caller's read function failed");
	(void)kvs_fail_at(err, status, (enum kvmsafe_place)words->place, words->at, "%.*s",
	    (int)sizeof(words->message), words->message);
	if (err != NULL)
		err->sys_errno = words->sys_errno;
	return status;
}

static enum kvmsafe_status
read_some(const struct kvmsafe_source *source, uint64_t offset, void *buf, size_t len, size_t *got,
    struct kvmsafe_error *err)
{
	struct kvmsafe_error words = { .status = KVMSAFE_OK };
	size_t part = 0;
	const enum kvmsafe_status status = source->u.callbacks.ops.read_at(
	    source->u.callbacks.ctx, offset, buf, len, &part, &words);

	if (status != KVMSAFE_OK)
		return failed(status, &words, offset, err);
	if (part > len)
		return kvs_fail_at(err, KVMSAFE_IO, KVMSAFE_FILE_OFFSET, offset,
		    "source: at most %zu bytes asked for, the caller's read function says %zu", len,
		    part);
	*got = part;
	return KVMSAFE_OK;
}

static void
fini(struct kvmsafe_source *source)
{
	if (source->u.callbacks.ops.close != NULL)
		source->u.callbacks.ops.close(source->u.callbacks.ctx);
}

static const struct kvs_source_class callbacks_class = { .read_some = read_some, .fini = fini };

enum kvmsafe_status
kvmsafe_source_callbacks(const struct kvmsafe_source_ops *ops, void *ctx, uint64_t len,
    struct kvmsafe_source **out, struct kvmsafe_error *err)
{
	enum kvmsafe_status status =
	    kvs_sized_check(ops, sizeof(*ops), "struct kvmsafe_source_ops", err);

	if (status != KVMSAFE_OK)
		return status;
	if (ops->read_at == NULL)
		return kvs_fail(err, KVMSAFE_USAGE, "source: a read function expected, found NULL");
	status = kvs_source_create(&callbacks_class, len, out, err);
	if (status != KVMSAFE_OK)
		return status;
	(*out)->u.callbacks.ops = *ops;
	(*out)->u.callbacks.ctx = ctx;
	return KVMSAFE_OK;
}
