# SPDX-License-Identifier: BSD-2-Clause
"""More seeds of the target `index`: bitmaps of several superblocks, and every length near a word's."""

import struct


def repeated(bits, times, order=0, nbits=None):
    """A bitmap 2^times times over; nbits: of all bits, or so many."""
    return struct.pack("<BH", order | times << 4 | (1 << 2 if nbits is None else 0), nbits or 0) + bits


def seeds():
    sparse = b"\1" + bytes(254) + b"\x80"
    for order, name in enumerate(("le", "be32", "be64")):
        yield name + "-superblocks", repeated(sparse, 6, order), "two superblocks of 65536 bits"
        yield name + "-superblocks-full", repeated(b"\xff" * 300, 6, order)
        yield name + "-superblock-and-a-word", repeated(b"\xff" * 129, 6, order), \
            "8256 bytes: the second superblock has one word and a half block"
        yield name + "-superblock", repeated(b"\xa5" * 64, 7, order), "65536 bits exactly"
        for nbits in (65535, 65024, 64000):
            yield "%s-superblock-nbits-%d" % (name, nbits), repeated(b"\xff" * 129, 6, order, nbits)
        for length in range(1, 10):
            yield "%s-runs-%d" % (name, length), \
                bytes((order | 1 << 2, 0, 0)) + (b"\xf0\x0f\xff\0\x3c\1\x80\x55\xff" * 2)[:length]
        for length in (57, 63, 121, 127):
            yield "%s-last-word-cut-%d" % (name, length), \
                bytes((order | 1 << 2, 0, 0)) + b"\xa5" * length, "a block that has all bits, not all bytes"
            yield "%s-last-word-cut-%d-all" % (name, length), bytes((order | 2 << 2, 0, 0)) + b"\xc3" * length
        for nbits in (63, 64, 65, 127):
            yield "%s-words-nbits-%d" % (name, nbits), struct.pack("<BH", order, nbits) + b"\xff" * 16
    yield "superblocks-bits-at-their-ends", repeated(bytes(255) + b"\xc0", 6)
    yield "superblocks-empty-but-the-last", repeated(bytes(64), 7)
