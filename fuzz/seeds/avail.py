# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `avail`: an array of ranges."""

import struct


def pairs(*values, code="Q", order="<"):
    return struct.pack("%s%d%s" % (order, len(values), code), *values)


def seeds():
    """Flags (width 4, big-endian, page size, implied), limit, array."""
    good = (0x1000, 0x9F000, 0x100000, 0xC0000000, 0x100000000, 0x140000000)
    yield "two-holes", b"\0\x18" + pairs(*good, 0, 0)
    yield "two-holes-big-endian", b"\x02\x18" + pairs(*good, 0, 0, order=">")
    yield "32-bit", b"\x01\x18" + pairs(0x1000, 0x9F000, 0x100000, 0x200000, 0, 0, code="I")
    yield "pages-16k", b"\x08\x18" + pairs(0x8000, 0x20000, 0x30000, 0x50000, 0, 0)
    yield "pages-64k", b"\x0c\x18" + pairs(0x8000, 0x20000, 0x30000, 0x50000, 0, 0)
    yield "unterminated", b"\0\x18" + pairs(*good)
    yield "odd-bytes", b"\0\x18" + pairs(*good) + b"\x01\x02\x03"
    yield "half-a-pair", b"\0\x18" + pairs(*good, 0x200000000)
    yield "no-pair", b"\0\x18" + pairs(0, 0)
    yield "empty", b"\0\x18"
    yield "unaligned-shared-page", b"\0\x18" + pairs(0x1800, 0x3800, 0x3900, 0x4100, 0, 0)
    yield "touching", b"\0\x18" + pairs(0, 0x2000, 0x2000, 0x3000, 0, 0)
    yield "descending", b"\0\x18" + pairs(0x100000, 0x200000, 0x1000, 0x2000, 0, 0)
    yield "overlapping", b"\0\x18" + pairs(0x1000, 0x5000, 0x4000, 0x6000, 0, 0)
    yield "backwards", b"\0\x18" + pairs(0x5000, 0x1000, 0, 0)
    yield "empty-range", b"\0\x18" + pairs(0x1000, 0x1000, 0x2000, 0x3000, 0, 0)
    yield "above-limit", b"\0\x00" + pairs(0x1000, 0x100001000, 0, 0)
    yield "at-limit", b"\0\x00" + pairs(0x1000, 0x100000000, 0, 0)
    yield "all-ones", b"\0\x18" + pairs(0x1000, 2**64 - 1, 0, 0)
    yield "implied", b"\x10\x00" + pairs(0x100000)
    yield "implied-none", b"\x10\x00" + pairs(0)
    yield "implied-most", b"\x10\x00" + pairs(2**64 - 1)
