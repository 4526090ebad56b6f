# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the machines with a flat map: their worked examples byte for byte."""

import struct
import unittest

from gen import arm, arm64, arm_core, i386, i386_core, riscv64


def u64(piece, offset, count=1):
    return struct.unpack("<%dQ" % count, piece.get(offset, 8 * count))


class Flat(unittest.TestCase):
    def say(self, dump, *lines):
        for line in lines:
            self.assertIn(line, dump.answers.lines)

    def test_arm64(self):
        dump = arm64.example(2)
        piece = dump.piece
        self.assertEqual(piece.length, 0x7000)
        head = b"minidump FreeBSD/arm64\0\0" + struct.pack(
            "<4I4QI", 2, 0x1000, 0x1000, 0x1000, 0xFFFF000000000000, 0x40000000,
            0xFFFFA00000000000, 0xFFFFFF0000000000, 0x1000)
        self.assertEqual(piece.get(0, 0x1000), head.ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x2000, 6), (0x40000000, 0x40004000, 0x80000000, 0x80002000,
                                                 0, 0))
        self.assertEqual(piece.get(0x3000, 0x1000), b"\x22".ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x4000, 6), (
            0x0060000040001703, 0x0040000080001713, 0x0060000040002703, 0x0000000040001701,
            0x006000007FFFD703, 0))
        self.assertEqual(u64(piece, 0x5000) + u64(piece, 0x6000), (0x40001000, 0x80001000))
        self.say(dump, "xlat 0xffff000000000008 OK 0x40001008 0x5008 0x1000 rw-",
                 "xlat 0xffff000000001ff8 OK 0x80001ff8 0x6ff8 0x1000 rw-",
                 "xlat 0xffff000000002000 NOT_DUMPED 0x40002000 - 0x1000 rw-",
                 "xlat 0xffff000000003000 NOT_MAPPED - - - -",
                 "xlat 0xffff000000004000 OUTSIDE_MEMORY 0x7fffd000 - 0x1000 rw-",
                 "xlat 0xffff000000200000 NO_MAP - - - -",
                 "xlat 0xffffa00000001008 OK 0x40001008 0x5008 - -",
                 "xlat 0xffffa00040001000 OK 0x80001000 0x6000 - -")

    def test_arm64_pages_of_16k(self):
        dump = arm64.example16(3)
        piece = dump.piece
        self.assertEqual(piece.length, 0x18000)
        self.assertEqual(struct.unpack("<I", piece.get(76, 4)), (1,))
        self.assertEqual(u64(piece, 0x8000, 4), (0x40000000, 0x40010000, 0, 0))
        self.assertEqual(piece.get(0xC000, 2), b"\x02\0")
        self.assertEqual(u64(piece, 0x10000, 2), (0x0060000040004703, 0))
        self.assertEqual(u64(piece, 0x14000), (0x40004000,))
        self.say(dump, "xlat 0xffff000000000008 OK 0x40004008 0x14008 0x4000 rw-",
                 "xlat 0xffff000000004000 NOT_MAPPED - - - -",
                 "xlat 0xffffa00040004008 OK 0x40004008 0x14008 - -")
        self.assertIn("option page_bytes 16384", arm64.example16(2).answers.lines)

    def test_riscv64(self):
        dump = riscv64.example(2)
        piece = dump.piece
        self.assertEqual(piece.length, 0x7000)
        head = b"minidump FreeBSD/riscv\0\0" + struct.pack(
            "<4I4QI", 2, 0x1000, 0x1000, 0x1000, 0xFFFFFFC000000000, 0x80000000,
            0xFFFFFFD000000000, 0xFFFFFFF000000000, 0x1000)
        self.assertEqual(piece.get(0, 0x1000), head.ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x2000, 6), (0x80200000, 0x80204000, 0xC0000000, 0xC0002000,
                                                 0, 0))
        self.assertEqual(piece.get(0x3000, 0x1000), b"\x22".ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x4000, 7), (
            0x200804E7, 0x300004E7, 0x20000000200804E7, 0x20080401, 0x2FFFF4E7, 0x200808E7, 0))
        self.assertEqual(u64(piece, 0x5000) + u64(piece, 0x6000), (0x80201000, 0xC0001000))
        self.say(dump, "xlat 0xffffffc000000010 OK 0x80201010 0x5010 0x1000 rw-",
                 "xlat 0xffffffc000001010 OK 0xc0001010 0x6010 0x1000 rw-",
                 "xlat 0xffffffc000002010 OK 0x80201010 0x5010 0x1000 rw-",
                 "xlat 0xffffffc000003000 NOT_MAPPED - - - -",
                 "xlat 0xffffffc000004000 OUTSIDE_MEMORY 0xbfffd000 - 0x1000 rw-",
                 "xlat 0xffffffc000005000 NOT_DUMPED 0x80202000 - 0x1000 rw-",
                 "xlat 0xffffffc000200000 NO_MAP - - - -",
                 "xlat 0xffffffd000201010 OK 0x80201010 0x5010 - -",
                 "xlat 0xffffffd000000000 OUTSIDE_MEMORY 0x80000000 - - -",
                 "xlat 0xfffffff000000000 NO_MAP - - - -")

    def test_i386(self):
        dump = i386.example(2, True)
        piece = dump.piece
        self.assertEqual(piece.length, 0x8000)
        head = b"minidump FreeBSD/i386".ljust(24, b"\0") + struct.pack(
            "<7I", 2, 0x800, 0x1000, 0x1000, 0x00800000, 1, 0x1000)
        self.assertEqual(piece.get(0, 0x1000), head.ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x2000, 6), (0x800000, 0x804000, 0x100000000, 0x100002000,
                                                 0, 0))
        self.assertEqual(piece.get(0x3000, 0x1000), b"\x32".ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x4000, 5), (0x801063, 0x8000000100001063, 0x802063,
                                                 0x100000002, 0))
        self.assertEqual([u64(piece, at)[0] for at in (0x5000, 0x6000, 0x7000)],
                         [0x801000, 0x100000000, 0x100001000])
        self.say(dump, "xlat 0x800010 OK 0x801010 0x5010 0x1000 rwx",
                 "xlat 0x801abc OK 0x100001abc 0x7abc 0x1000 rw-",
                 "xlat 0x802000 NOT_DUMPED 0x802000 - 0x1000 rwx",
                 "xlat 0x803000 NOT_MAPPED - - - -", "xlat 0xa00000 NO_MAP - - - -",
                 "xlat 0x7ff000 NO_MAP - - - -", "xlat 0x100800010 NO_MAP - - - -")

    def test_i386_without_pae(self):
        dump = i386.example(1, False)
        self.assertEqual(dump.piece.length, 0x5000)
        self.assertEqual(dump.piece.get(0x2000, 0x102), bytes(0x100) + b"\x02\0")
        self.assertEqual(u64(dump.piece, 0x3000), (0x801063,))
        self.say(dump, "xlat 0x800010 OK 0x801010 0x4010 0x1000 rwx")

    def test_i386_full(self):
        dump = i386_core.example(False)
        self.assertEqual(dump.piece.length, 0xA01000)
        for at, value in ((0x802000, 0x00900000), (0x901008, 0x008000E3), (0x90100C, 0x00901003),
                          (0x902014, 0x00123063)):
            self.assertEqual(dump.piece.get(at, 4), value.to_bytes(4, "little"))
        self.say(dump, "xlat 0x801000 OK 0x801000 0x802000 0x400000 rwx",
                 "xlat 0xc05678 OK 0x123678 0x124678 0x1000 rwx",
                 "xlat 0x400000 NOT_MAPPED - - - -", "xlat 0x100801000 NO_MAP - - - -")
        self.assertTrue(any(line.startswith("va 0x9ffff0 32 16 OUTSIDE_MEMORY ")
                            for line in dump.answers.lines))
        dump = i386_core.example(True)
        self.assertEqual(u64(dump.piece, 0x101000, 4), (0x901001, 0x902001, 0x903001, 0x904001))
        self.assertEqual(u64(dump.piece, 0x102020), (0x8000E3,))
        self.say(dump, "xlat 0x801000 OK 0x801000 0x2000 0x200000 rwx")

    def test_arm(self):
        dump = arm.example(2)
        piece = dump.piece
        self.assertEqual(piece.length, 0x7C00)
        head = b"minidump FreeBSD/arm".ljust(24, b"\0") + struct.pack(
            "<8I", 2, 0x1000, 0x1000, 0xC00, 0xC0000000, 7, 2, 0x1000)
        self.assertEqual(piece.get(0, 0x1000), head.ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x2000, 6), (0x10000000, 0x10004000, 0x80000000, 0x80020000,
                                                 0, 0))
        self.assertEqual(piece.get(0x3000, 0x1000), b"\x06\0\x40".ljust(0x1000, b"\0"))
        self.assertEqual(piece.get(0x4000, 0xC00), struct.pack(
            "<4I48x16I", 0x10001412, 0x10002413, 0, 0x10003410, *[0x80010411] * 16).ljust(
                0xC00, b"\0"))
        self.assertEqual([u64(piece, at)[0] for at in (0x4C00, 0x5C00, 0x6C00)],
                         [0x10001000, 0x10002000, 0x80012000])
        self.say(dump, "xlat 0xc0000010 OK 0x10001010 0x4c10 0x1000 rwx",
                 "xlat 0xc0001ff0 OK 0x10002ff0 0x6bf0 0x1000 rw-",
                 "xlat 0xc0002000 NOT_MAPPED - - - -", "xlat 0xc0003000 NOT_MAPPED - - - -",
                 "xlat 0xc0012345 OK 0x80012345 0x6f45 0x10000 rw-",
                 "xlat 0xc0013000 NOT_DUMPED 0x80013000 - 0x10000 rw-",
                 "xlat 0xc0300000 NO_MAP - - - -", "xlat 0x1c0000010 NO_MAP - - - -",
                 "mapping 0xc0012000 0x80012000 0x1000 rw- 0x6c00")

    def test_arm_twins(self):
        padded = arm.example(2, what="padded")
        self.assertEqual(padded.piece.length, 0x8000)
        self.say(padded, "xlat 0xc0000010 OK 0x10001010 0x5010 0x1000 rwx")
        self.assertEqual(arm.example(2, what="live").piece.length, 0x8200)
        big = arm.example(1, ">", "big-example").piece
        self.assertEqual(big.get(24, 28), struct.pack(">7I", 1, 0x1000, 0x11000, 0xC00, 0xC0000000,
                                                      7, 2))
        self.assertEqual(big.get(0x2000 + 0x2000, 4), b"\0\0\0\x06")
        self.assertEqual(big.get(0x13000, 4), b"\x10\x00\x14\x12")

    def test_arm_full(self):
        for by_address, root in ((True, 0xC0004000), (False, 0x10004000)):
            dump = arm_core.example(by_address)
            self.assertEqual(dump.piece.length, 0x11000)
            self.assertEqual(struct.unpack("<8I", dump.piece.get(52, 32)), (
                1, 0x1000, 0x10000000, 0x10000000, 0x10000, 0x10000, 4, 0x1000))
            self.assertEqual(struct.unpack("<8I", dump.piece.get(84, 32)), (
                0x6FB5D000, 0, 0xC0000000, 0x10000000, 0, 0, 4, 0x1000))
            for at, value in ((0x1100, root), (0x8000, 0x10008001), (0x9000, 0x10000412),
                              (0x9014, 0x10009412)):
                self.assertEqual(dump.piece.get(at, 4), value.to_bytes(4, "little"))
            self.say(dump, "xlat 0xc0005678 OK 0x10009678 0xa678 0x1000 rwx",
                     "xlat 0xc0000100 OK 0x10000100 0x1100 0x1000 rwx")


if __name__ == "__main__":
    unittest.main()
