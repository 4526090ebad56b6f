/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's sized structs: checked, copied, defaults filled in. */
#ifndef KVS_SESSION_OPTIONS_H
#define KVS_SESSION_OPTIONS_H

#include <kvmsafe/kvmsafe.h>

/* A copy of options (NULL: all defaults) with every pointed-to struct checked. */
enum kvmsafe_status kvs_options_copy(
    const struct kvmsafe_options *options, struct kvmsafe_options *out, struct kvmsafe_error *err);

/* Limits (NULL: defaults) with the defaults filled in; walk_entries stays 0: it depends on the
   dump. */
void kvs_limits_fill(const struct kvmsafe_limits *limits, struct kvmsafe_limits *out);

#endif
