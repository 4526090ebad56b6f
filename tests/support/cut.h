/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of the damaged family that are cut short, without making them: a source that ends early. */
#ifndef KVS_TESTS_SUPPORT_CUT_H
#define KVS_TESTS_SUPPORT_CUT_H

#include <kvmsafe/kvmsafe.h>

/*
 * The source of `folder`/`name`.vmcore by the line of `folder`/LIST; close it as any. One folder a
 * program. false: there is no such line, or it does not cut.
 */
bool cut_open(const char *folder, const char *name, struct kvmsafe_source **out);

/* Free the list. */
void cut_fini(void);

#endif
