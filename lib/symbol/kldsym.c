/* SPDX-License-Identifier: BSD-2-Clause */
/* The running kernel's own symbols, on a FreeBSD host: kldsym(2). */
#ifdef __FreeBSD__
#undef _POSIX_C_SOURCE /* sys/linker.h needs u_long, which POSIX has not */
#endif

#include <kvmsafe/kvmsafe.h>

#include "util/error.h"

#ifdef __FreeBSD__

#include <sys/param.h>
#include <sys/linker.h>

#include <errno.h>
#include <string.h>

static enum kvmsafe_status
lookup(void *ctx, const char *name, struct kvmsafe_symbol *out, struct kvmsafe_error *err)
{
	char copy[1024]; /* the call takes no const; longer names are not asked */
	struct kld_sym_lookup request = { .version = sizeof(request), .symname = copy };
	const size_t bytes = strlen(name);

	(void)ctx;
	if (bytes >= sizeof(copy))
		return KVMSAFE_NOT_FOUND;
	memcpy(copy, name, bytes + 1);
	if (kldsym(0, KLDSYM_LOOKUP, &request) != 0) {
		const int sys_errno = errno;

		if (sys_errno == ENOENT)
			return KVMSAFE_NOT_FOUND;
		return kvs_fail_errno(err, sys_errno, KVMSAFE_NOWHERE, 0, "kldsym(2) of %s", name);
	}
	out->value = request.symvalue;
	out->bytes = request.symsize;
	return KVMSAFE_OK;
}

enum kvmsafe_status
kvmsafe_symbols_provider_kldsym(struct kvmsafe_symbol_provider *out, struct kvmsafe_error *err)
{
	(void)err;
	*out = (struct kvmsafe_symbol_provider){
		.size = sizeof(*out), .lookup = lookup, .live = true
	};
	return KVMSAFE_OK;
}

#else

enum kvmsafe_status
kvmsafe_symbols_provider_kldsym(struct kvmsafe_symbol_provider *out, struct kvmsafe_error *err)
{
	(void)out;
	return kvs_fail(err, KVMSAFE_UNSUPPORTED,
	    "kldsym(2): a FreeBSD host expected, this library was built for another system");
}

#endif
