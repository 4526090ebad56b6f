# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the mips dumps against the specification's worked examples."""

import struct
import unittest

from gen import mips

WIDE = (
    "0xc000000000000123 OK 0x2123 0x6123 0x1000 rwx",
    "0xc000000000001008 OK 0x100001008 0x7008 0x1000 rwx",
    "0xc000000000002000 NOT_MAPPED - - - -",
    "0xc000000000003ff8 OK 0x100021ff8 0x8ff8 0x1000 r-x",
    "0xc000000000004000 NOT_DUMPED 0x5000 - 0x1000 rwx",
    "0xc000000000005000 OUTSIDE_MEMORY 0xffffa000 - 0x1000 rwx",
    "0xc000000000200000 NO_MAP - - - -", "0x980000010003e010 OK 0x10003e010 0x9010 - -",
    "0x9000000000002040 OK 0x2040 0x6040 - -", "0x9800000000008000 OUTSIDE_MEMORY 0x8000 - - -",
    "0x8001180000000000 NO_MAP - - - -", "0xffffffff80002100 OK 0x2100 0x6100 - -",
    "0xffffffffa0000000 OK 0x0 0x5000 - -", "0xffffffffc0000000 NO_MAP - - - -",
    "0x80002100 NO_MAP - - - -")
O32 = (
    "0xc0000004 OK 0x21004 0x5004 0x1000 rwx", "0xc0001ffc OK 0x100ffc 0x6ffc 0x1000 r-x",
    "0xc0002000 NOT_MAPPED - - - -", "0xc0003000 NOT_MAPPED - - - -",
    "0xc0004000 NOT_DUMPED 0x4000 - 0x1000 rwx",
    "0xc0005000 OUTSIDE_MEMORY 0x100000000 - 0x1000 rwx", "0xc0400000 NO_MAP - - - -",
    "0x80003010 OK 0x3010 0x4010 - -", "0xa0100000 OK 0x100000 0x6000 - -",
    "0x9fffffff OUTSIDE_MEMORY 0x1fffffff - - -", "0x7ffff000 NO_MAP - - - -",
    "0xffffffff80003010 NO_MAP - - - -")


class Mips(unittest.TestCase):
    def check_rows(self, dump, rows):
        for row in rows:
            self.assertIn("xlat " + row, dump.answers.lines)

    def test_n64(self):
        for order in ">", "<":
            dump = mips.example_wide(mips.N64, 2, order)
            piece = dump.piece
            self.assertEqual(piece.length, 0xA000)
            head = b"minidump FreeBSD/mips\0\0\0" + struct.pack(
                order + "4I3QI", 2, 0x1000, 0x1000, 0x1000, 0xC000000000000000, 0, 0, 0x1000)
            self.assertEqual(piece.get(0, 0x1000), head.ljust(0x1000, b"\0"))
            self.assertEqual(struct.unpack(order + "6Q", piece.get(0x2000, 48)), (
                0, 0x8000, 0x100000000, 0x100080000, 0, 0))
            self.assertEqual(struct.unpack(order + "512Q", piece.get(0x4000, 0x1000)), (
                0x9F, 0x010000000400005F, 1, 0x008000000400085B, 0x15F, 0x3FFFE97) + (1,) * 506)
            self.assertEqual([struct.unpack(order + "Q", piece.get(at, 8))[0]
                              for at in range(0x5000, 0xA000, 0x1000)],
                             [0, 0x2000, 0x100001000, 0x100021000, 0x10003E000])
            self.check_rows(dump, WIDE)
            self.assertNotIn("xlat 0xc000000000002000 OK", "\n".join(dump.answers.lines))
        big = mips.example_wide(mips.N64, 2, ">").piece
        self.assertEqual(big.get(0x3000, 0x1000), bytes.fromhex(
            "00000200000002050000000000000040").ljust(0x1000, b"\0"))

    def test_words_of_four_bytes(self):
        for abi, version, at in ((mips.N64, 1, 0x2000), (mips.N32, 2, 0x3000)):
            piece = mips.example_wide(abi, version, ">").piece
            self.assertEqual(piece.get(at, 0x1000), bytes.fromhex(
                "000002050000020000000040").ljust(0x1000, b"\0"))
        self.assertEqual(piece.get(40, 8), struct.pack(">Q", 0xC0000000))

    def test_o32(self):
        for order, places in ((">", (3, 7, 35)), ("<", (0, 4, 32))):
            dump = mips.example_o32(order)
            piece = dump.piece
            self.assertEqual(piece.length, 0x7000)
            self.assertEqual(struct.unpack(order + "4IQ", piece.get(24, 24)), (
                1, 0xFF0, 0x1000, 0x1000, 0xC0000000))
            bitmap = bytearray(0x1000)
            for place, byte in zip(places, (8, 2, 1)):
                bitmap[place] = byte
            self.assertEqual(piece.get(0x2000, 0x1000), bytes(bitmap))
            self.assertEqual(struct.unpack(order + "1024I", piece.get(0x3000, 0x1000)), (
                0x85F, 0x2000401B, 1, 0, 0x11F, 0x0400001F) + (1,) * 1018)
            self.check_rows(dump, O32)
