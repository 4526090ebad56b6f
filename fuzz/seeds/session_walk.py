# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `session`: walks over tables so large that the usual number of steps ends before
their last mappings."""

import generate

from records import WALK, option

WHOLE = {
    "powerpc64-v2-g5-be-example": "large pages and entries of other segment sizes lie all over a hashed table",
    "powerpc64-v2-phyp-le": "second hashes, in a table of the other byte order",
    "sparc64-full": "entries of all sizes, and some whose words disagree",
    "sparc64-tsb-cut": "slots that are not in the dump are stepped over together",
}


def seeds():
    dumps = {dump.name: dump for dump in generate.all_dumps() if dump.name in WHOLE}
    for name, why in WHOLE.items():
        yield name + "-whole-walk", dumps[name].seed_bytes() + option(WALK, 65535), why
