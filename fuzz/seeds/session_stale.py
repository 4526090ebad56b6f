# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `session`: stale bytes behind a dump of a partition."""

import partition


def seeds():
    for name, *rest in partition.seeds():
        if name.endswith(("-cut", "-behind-all")):
            yield (name, *rest)
