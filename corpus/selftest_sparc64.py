# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the sparc64 dumps against the specification's worked example."""

import struct
import unittest

from gen import sparc64

SLOTS = ((0x200, 0x1E0000, 0xE000000040000D36), (0x220, 0x180004, 0x8000000040008536),
         (0x240, 0x180008, 0x0000000040008536), (0x260, 0x18000C, 0x800001FE0200050E),
         (0x380, 0x30005, 0xA000000040000536), (0x4220, 0x180804, 0x8000000000006536))
ROWS = (
    "0xc0002123 OK 0x40008123 0x8323 0x2000 rw-", "0xc0202000 NOT_MAPPED - - - -",
    "0xc0402010 OK 0x6010 0x16210 0x2000 rw-", "0xc0004000 NOT_MAPPED - - - -",
    "0xc0006000 OUTSIDE_MEMORY 0x1fe02000000 - 0x2000 rw-",
    "0xc0018018 OK 0x40008018 0x8218 0x10000 rw-", "0xc001a000 NOT_MAPPED - - - -",
    "0xf0000000 NOT_MAPPED - - - -", "0xc0000000 NOT_MAPPED - - - -",
    "0x10002123 NOT_MAPPED - - - -", "0xfffff80040008040 OK 0x40008040 0x8240 - -",
    "0xfffff80000007ff8 OK 0x7ff8 0x181f8 - -",
    "0xfffff80000008000 OUTSIDE_MEMORY 0x8000 - - -",
    "0xffffffffffffffff OUTSIDE_MEMORY 0x7ffffffffff - - -")


class Sparc64(unittest.TestCase):
    def test_bytes(self):
        piece = sparc64.example().piece
        self.assertEqual(piece.length, 0x18200)
        head = struct.pack(">4Q2I6Q", 0x200, 0x40000000, 0x6000, 0x2FF, 2, 0xDEADBEEF,
                           0x40000000, 0x10000, 0x200, 0, 0x8000, 0x10200)
        self.assertEqual(piece.get(0, 0x200), head.ljust(0x200, b"\0"))
        table = bytearray(0x6000)
        for at, tag, data in SLOTS:
            table[at - 0x200:at - 0x1F0] = struct.pack(">2Q", tag, data)
        self.assertEqual(piece.get(0x200, 0x6000), bytes(table))
        for at, pa in ((0x6200, 0x40006000), (0x101F8, 0x4000FFF8), (0x10200, 0),
                       (0x181F8, 0x7FF8)):
            self.assertEqual(piece.get(at, 8), struct.pack(">Q", pa))

    def test_answers(self):
        lines = sparc64.example().answers.lines
        for row in ROWS:
            self.assertIn("xlat " + row, lines)
        self.assertIn("va 0xfffff80000007ff8 16 8 OUTSIDE_MEMORY 0000000000007ff8", lines)

    def test_cut(self):
        lines = sparc64.example(0x17000, "example-cut").answers.lines
        read = [line.split() for line in lines if line.startswith("va 0xfffff80000006000 4096 ")]
        self.assertEqual([line[3:5] for line in read], [["3584", "TRUNCATED"]])
        self.assertIn("xlat 0xfffff80000006000 OK 0x6000 0x16200 - -", lines)
        self.assertIn("xlat 0xfffff80000007000 TRUNCATED 0x7000 - - -", lines)
        self.assertIn("describe pages 12 11 1", lines)
