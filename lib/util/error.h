/* SPDX-License-Identifier: BSD-2-Clause */
/* Filling the caller's error. All take err NULL and return the status, to be returned at once. */
#ifndef KVS_UTIL_ERROR_H
#define KVS_UTIL_ERROR_H

#include <stdarg.h>
#include <stdbool.h>

#include <kvmsafe/error.h>

#ifdef __GNUC__
#define KVS_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define KVS_PRINTF(string, first)
#endif

/* An error that is about no place. */
enum kvmsafe_status kvs_fail(struct kvmsafe_error *err, enum kvmsafe_status status,
    const char *format, ...) KVS_PRINTF(3, 4);

/* An error about byte `at` of a file, a virtual or a physical address. */
enum kvmsafe_status kvs_fail_at(struct kvmsafe_error *err, enum kvmsafe_status status,
    enum kvmsafe_place place, uint64_t at, const char *format, ...) KVS_PRINTF(5, 6);

/* A failed system call: pass errno as it was right after it; its text is appended. */
enum kvmsafe_status kvs_fail_errno(struct kvmsafe_error *err, int sys_errno,
    enum kvmsafe_place place, uint64_t at, const char *format, ...) KVS_PRINTF(5, 6);

/*
 * Likewise of a file, whose name stands in front of the words. Where there is no room for all of
 * it, its end is kept behind "...": the words and the reason are never cut for a name.
 */
enum kvmsafe_status kvs_fail_file(
    struct kvmsafe_error *err, int sys_errno, const char *name, const char *words);

/* A failure that was told to us: hand it on. */
enum kvmsafe_status kvs_fail_as(struct kvmsafe_error *err, const struct kvmsafe_error *why);

/* What an error says beside its text. */
struct kvs_failure {
	enum kvmsafe_status status;
	int sys_errno; /* not 0: its text is appended */
	enum kvmsafe_place place;
	uint64_t at;
};

/* What the three above are made of. */
void kvs_error_fill(struct kvmsafe_error *err, const struct kvs_failure *failure,
    const char *format, va_list args) KVS_PRINTF(3, 0);

/*
 * Does a status say that bytes cannot be had, as against an error of caller or host? The 500s, and
 * DAMAGED: what stands in the file leads nowhere.
 */
bool kvs_status_is_absence(enum kvmsafe_status status);

#endif
