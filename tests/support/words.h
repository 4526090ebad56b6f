/* SPDX-License-Identifier: BSD-2-Clause */
/* The words of an answers file, and how a wrong one is reported. */
#ifndef KVS_TESTS_SUPPORT_WORDS_H
#define KVS_TESTS_SUPPORT_WORDS_H

#include <kvmsafe/kvmsafe.h>

#define SHOWN_MAX 40 /* wrong answers of one file that are printed */

/* Where in the answers we are, and how many were wrong there. */
struct place {
	const char *path;
	unsigned long line, wrong;
};

__attribute__((format(printf, 2, 3))) void wrong(struct place *place, const char *format, ...);

/* "-" */
bool none(const char *word);

/* KVMSAFE_NONE for "-". */
uint64_t number(const char *word);

/* "r-x" */
uint32_t protection(const char *word);

void compare_number(struct place *place, const char *what, uint64_t expected, uint64_t found);
void compare_status(struct place *place, const char *what, const char *expected,
    enum kvmsafe_status found, const struct kvmsafe_error *err);
void compare_words(struct place *place, const char *what, const char *expected, const char *found);

/* Bytes against hexadecimal digits; "-" is none. */
void compare_bytes(
    struct place *place, const char *what, const char *hex, const void *bytes, size_t len);

#endif
