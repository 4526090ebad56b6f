# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `frame`: stale bytes behind a dump of a partition."""

import partition


def seeds():
    yield from partition.seeds()
