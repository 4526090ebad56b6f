# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `index`: a bitmap and its length."""

import struct


def seeds():
    """Flags (order, what nbits is), nbits, bitmap."""
    lengths = [("empty", b""), ("one-byte", b"\x81"), ("seven", b"\x80" * 7),
               ("eight-full", b"\xff" * 8), ("thirteen", b"\x0c\x03" + b"\xff" * 11),
               ("two-blocks-all", b"\xff" * 256), ("two-blocks-none", bytes(256)),
               ("block-and-a-byte", b"\x01" * 129), ("last-bit", bytes(1023) + b"\x80"),
               ("sparse", (b"\x01" + bytes(62)) * 16)]
    for order, name in enumerate(("le", "be32", "be64")):
        for what, bits in lengths:
            yield "%s-%s" % (name, what), bytes((order | 1 << 2, 0, 0)) + bits
        for nbits in (0, 1, 511, 512, 513, 1023, 1024, 1025):
            yield "%s-nbits-%d" % (name, nbits), struct.pack("<BH", order, nbits) + b"\xff" * 200
        yield name + "-nbits-all-ones", bytes((order | 2 << 2, 0, 0)) + b"\xff" * 9
        yield name + "-nbits-near-all-ones", bytes((order | 3 << 2, 9, 0)) + b"\xff" * 9
    yield "no-such-order", b"\x03\x08\x00\xff"
