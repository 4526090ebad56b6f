# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `frame`: what defects of other readers get wrong, where no other seed shows it."""

import struct

from records import length, patch


def regions(count):
    """A sound sparc64 dump of so many regions, the TSB in the first."""
    header = -(-(40 + 24 * count) // 512) * 512
    table, at = b"", header
    for n in range(count):
        pa, size = (0x40000000, 0x8000) if n == 0 else (0x50000000 + n * 0x4000, 0x2000)
        table += struct.pack(">3Q", pa, size, at)
        at += size
    head = struct.pack(">4QII", header, 0x40000000, 0x6000, 0x2FF, count, 0xDEADBEEF)
    return b"KSF1" + patch(0, head + table) + length(at)


def seeds():
    for count in (127, 128, 129):
        yield "sparc64-regions-%d" % count, regions(count), "SP2: at most 128 are regions"
    header = -(-(40 + 24 * 0xFFFFFFFF) // 512) * 512
    yield "sparc64-regions-ffffffff", b"KSF1" + patch(0, struct.pack(
        ">4QII3Q", header, 0, 32, 0, 0xFFFFFFFF, 0, 0, 2**64 - header, header)) + length(64), \
        "SP2: a chain that is at 0 where the header ends, where all that is not there is 0"
