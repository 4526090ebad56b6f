/* SPDX-License-Identifier: BSD-2-Clause */
/* The caller's structs that begin with their size. */
#ifndef KVS_UTIL_SIZED_H
#define KVS_UTIL_SIZED_H

#include <stddef.h>

#include <kvmsafe/error.h>

/*
 * Is it not smaller than the `known` bytes of the first version, with nothing but zeros in what a
 * newer header added behind them? USAGE names `what`.
 */
enum kvmsafe_status kvs_sized_check(
    const void *sized, size_t known, const char *what, struct kvmsafe_error *err);

#endif
