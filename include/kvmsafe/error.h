/* SPDX-License-Identifier: BSD-2-Clause */
/**
 * Errors of libkvmsafe.
 *
 * Every function that can fail returns an enum kvmsafe_status and takes, last, a pointer to a
 * struct kvmsafe_error of the caller's, which may be NULL. The library never prints, never keeps a
 * "last error" and never allocates in order to report one, so running out of memory is reportable
 * and threads share nothing. On KVMSAFE_OK the struct is left as it was.
 */
#ifndef KVMSAFE_ERROR_H
#define KVMSAFE_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifdef __GNUC__
#define KVMSAFE_API __attribute__((visibility("default")))
#define KVMSAFE_CHECK __attribute__((warn_unused_result))
#else
#define KVMSAFE_API
#define KVMSAFE_CHECK
#endif

/** The hundreds are the class, which is what a program decides by. Numbers are never reused. */
enum kvmsafe_status {
	KVMSAFE_OK = 0,
	KVMSAFE_USAGE = 100, /**< an argument is out of its documented range */
	KVMSAFE_IO = 200, /**< a read failed; see sys_errno */
	KVMSAFE_NO_MEMORY = 201, /**< the host has no memory left */
	KVMSAFE_NOT_A_DUMP = 300, /**< the message says what the file looks like instead */
	KVMSAFE_UNSUPPORTED = 301, /**< a dump, of a version or machine that we lack */
	KVMSAFE_DAMAGED = 400, /**< the file contradicts itself */
	KVMSAFE_BAD_KERNEL = 401, /**< no kernel, or not of the dump's machine and byte order */
	KVMSAFE_NOT_DUMPED = 500, /**< the page exists, the dump leaves it out */
	KVMSAFE_OUTSIDE_MEMORY = 501, /**< no such physical page */
	KVMSAFE_TRUNCATED = 502, /**< promised, but beyond the end of the file */
	KVMSAFE_NOT_MAPPED = 503, /**< no valid page-table entry */
	KVMSAFE_NOT_FOUND = 504, /**< no such symbol, no such thing */
	KVMSAFE_NO_MAP = 505, /**< no map of this dump covers the address */
	KVMSAFE_KERNEL_NEEDED = 506, /**< the dump alone does not say enough */
	KVMSAFE_LIMIT = 600 /**< a limit of struct kvmsafe_limits was reached */
};

/** What `at` of an error counts. */
enum kvmsafe_place {
	KVMSAFE_NOWHERE,
	KVMSAFE_FILE_OFFSET, /**< bytes from the start of the dump, or of the kernel file */
	KVMSAFE_VA, /**< a virtual address of the dumped kernel */
	KVMSAFE_PA /**< a physical address of the dumped machine */
};

/** An error, in the caller's memory; plain data, may be copied. */
struct kvmsafe_error {
	int32_t status; /**< enum kvmsafe_status */
	int32_t sys_errno; /**< errno of the call that failed, or 0 */
	int32_t place; /**< enum kvmsafe_place: what `at` counts */
	uint32_t reserved;
	uint64_t at; /**< bytes */
	char message[232]; /**< subject, expected, found; printable ASCII, NUL-terminated */
};

/**
 * Name of a status without its prefix: "NOT_DUMPED".
 *
 * @return a constant string; "UNKNOWN" for a number that is no status. Threads: any.
 */
KVMSAFE_API const char *kvmsafe_status_name(enum kvmsafe_status status);

#ifdef __cplusplus
}
#endif
#endif
