# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `open`: sound minimal minidumps, one of each machine, ABI and version. They are
the fixed corpus of ci/fuzz-speed, too: nothing else belongs here."""

import fnmatch

import generate


def seeds():
    for dump in generate.all_dumps():
        if dump.piece is not None and dump.seed and fnmatch.fnmatch(dump.name, "*-v[0-9]*-example") \
                and "big" not in dump.name:
            yield dump.name, dump.seed_bytes(), "sound and minimal: opens without a finding"
