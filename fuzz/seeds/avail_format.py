# SPDX-License-Identifier: BSD-2-Clause
"""More seeds of the target `avail`: arrays to their limits, and pages of a bitmap over them."""

import struct

from avail import pairs

TOP = 2**64
NO_LIMIT = 255
TWO = (0x2000, 0x12000, 0x100000, 0x180000)
MIXED = b"\xff\x01\x00\xf0" + b"\x55" * 4 + b"\xff" * 8 + b"\x80" + bytes(7)
ONES = b"\xff" * 24


def pages(array, bits, file_bytes=1 << 40, flags=0, limit=24, order=0, cut=False, known=None):
    """The ranges' array, the bitmap, the length of the file, whose pages begin at 0x3000."""
    how = order | cut << 2 | (known is not None) << 3
    return bytes((flags | 32, limit, how)) + struct.pack("<HIHH", known or 0, file_bytes & 0xFFFFFFFF,
                                                         file_bytes >> 32, len(array)) + array + bits


def arrays():
    for name, values in (("backwards", (0x5000, 0x1000)), ("empty-range", (0x5000, 0x5000)),
                         ("overlapping", (0xFF0, 0x5000)), ("above-limit", (0x8000, 2**32 - 1))):
        if name != "above-limit":
            yield "second-%s" % name, b"\0\x18" + pairs(0, 0x1000, *values, 0x6000, 0x7000)
            yield "second-%s-32" % name, b"\1\x18" + pairs(0, 0x1000, *values, code="I")
    yield "second-above-limit", b"\0\0" + pairs(0, 0x1000, 0x8000, 2**32 + 1)
    yield "no-limit-to-the-top", bytes((0, NO_LIMIT)) + pairs(0x1000, 0x3000, TOP - 0x2FFF, TOP - 1), \
        "rounding up does not wrap"
    yield "no-limit-one-range", bytes((4, NO_LIMIT)) + pairs(1, TOP - 1)
    yield "behind-the-end", b"\0\x18" + pairs(0x1000, 0x3000, 0, 0, 0x5000, 0x6000)
    yield "start-without-end", b"\0\x18" + pairs(0x1000, 0x3000, 0x5000, 0, 0x5000, 0x6000)
    yield "many", b"\0\x18" + pairs(*(n * 0x1000 for n in range(1, 65)))
    yield "share-many", b"\0\x18" + pairs(*(n * 0x400 for n in range(1, 65))), \
        "four ranges to a page"
    yield "implied-of-16k", b"\x18\0" + pairs(2**50 - 1)


def of_pages():
    array = pairs(*TWO)
    yield "pages", pages(array, MIXED)
    for order, name in ((1, "be32"), (2, "be64")):
        yield "pages-" + name, pages(array, MIXED, order=order)
        yield "pages-%s-odd-bytes" % name, pages(array, MIXED[:5], order=order)
    for shift in (1, 2, 3):
        yield "pages-of-shift-%d" % shift, pages(pairs(0x2000, 0x52000, 0x100000, 0x280000), MIXED,
                                                 flags=shift << 2)
    yield "pages-32-bit", pages(pairs(*TWO, code="I"), MIXED, flags=1)
    yield "pages-big-endian", pages(pairs(*TWO, order=">"), MIXED, flags=2, order=2)
    for size in (0, 0x2000, 0x3000, 0x3001, 0x4000, 0x4800, 0xB000, 0xBFFF, 0xC000, 0xD801, 1 << 47):
        yield "pages-file-of-%x" % size, pages(array, MIXED, size)
    for known in (0, 1, 8, 64, 100, 191, 192, 300):
        yield "pages-known-%d" % known, pages(array, ONES, 0x3000, known=known), \
            "where the file ends in the bitmap, what is behind is truncated"
        yield "pages-known-%d-more-file" % known, pages(array, ONES, 0x9800, known=known)
    for size in (1, 5, 21, 65):
        yield "pages-known-of-%d-bytes" % size, pages(pairs(0, 0x400000), b"\xff" * size, 0x3000, known=4), \
            "where the bitmap ends, what is truncated does"
    yield "pages-known-sparse", pages(array, MIXED, 0x3000, known=32)
    yield "pages-avail-cut", pages(array, MIXED, 0x3000, cut=True), \
        "beyond the last range more may have followed"
    yield "pages-avail-cut-before-any", pages(b"", MIXED, 0x3000, cut=True)
    yield "pages-without-range", pages(b"", MIXED)
    yield "pages-without-bits", pages(array, b"")
    yield "pages-more-than-bits", pages(array, b"\xff" * 8)
    yield "pages-bits-beyond", pages(pairs(0x2000, 0x6000), ONES), "they have no address"
    yield "pages-bits-beyond-alone", pages(pairs(0x2000, 0x6000), b"\0\xff")
    for bits, what in ((b"\xff", "all"), (b"\x04", "second"), (b"\x0b", "first")):
        yield "pages-shared-%s" % what, pages(pairs(0x1800, 0x3800, 0x3900, 0x5100), bits), \
            "a page of two ranges has two bits: the first counts"
    yield "pages-shared-many", pages(pairs(*(n * 0x400 for n in range(1, 17))), b"\xff\xff")
    yield "pages-to-the-top", pages(pairs(0x1000, 0x3000, TOP - 0x2FFF, TOP - 1), b"\x1f", limit=NO_LIMIT)
    yield "pages-to-the-top-not-dumped", pages(pairs(TOP - 0x2FFF, TOP - 1), b"\1", limit=NO_LIMIT)
    yield "pages-runs", pages(pairs(0, 0x200000), b"\xff" * 40 + bytes(10) + b"\xff" * 14)
    yield "pages-runs-unaligned", pages(pairs(0x5000, 0x205000), b"\xfe" + b"\xff" * 40 + bytes(9) + b"\xff")
    yield "pages-range-ends-in-a-run", pages(pairs(0, 0xA000, 0x20000, 0x2B000), ONES)
    yield "pages-implied", pages(b"", MIXED, flags=16)
    yield "pages-implied-none", pages(b"", b"", flags=16)
    yield "pages-implied-cut", pages(b"", ONES, 0x5400, flags=16, known=128)
    yield "pages-wrong-second-pair", pages(pairs(0x2000, 0x6000, 0x1000, 0x2000), ONES)


def seeds():
    yield from arrays()
    yield from of_pages()
