/* SPDX-License-Identifier: BSD-2-Clause */
/* A virtual address to its bytes in the file: address space first, then physical memory. */
#ifndef KVS_SESSION_LOCATE_H
#define KVS_SESSION_LOCATE_H

#include "session/session.h"

/*
 * Translate va and find its page: *out as of kvmsafe_translate, filled on failure too. The status
 * is the walk's or the page's reason; errors have place VA and at va.
 */
enum kvmsafe_status kvs_locate(const struct kvmsafe_session *session, uint64_t va,
    struct kvmsafe_translation *out, struct kvmsafe_error *err);

#endif
