# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the powerpc dumps against the specification's worked examples."""

import struct
import unittest

from gen import powerpc, powerpc64, powerpc64_radix

HPT = (
    (0x22180, 0x0001D800ECC40001, 0x00101012), (0x1DDE0, 0x0001D800ECC40003, 0x00103012),
    (0x075B0, 0x0001D80228740F01, 0x02041012), (0x222A0, 0x0001D800ECC40001, 0x00103012),
    (0x222D0, 0x0001D800ECC40001, 0x00105012), (0x22370, 0x0001D800ECC40001, 0x00105012),
    (0x1DC80, 0x0001D800ECC40003, 0x00101012), (0x22390, 0x0001D800ECC40005, 0x02000012),
    (0x22410, 0x0001D800ECC40000, 0x00101012), (0x22490, 0x4001D800ECC40001, 0x00101012),
    (0x22510, 0x0001D800ECC40001, 0x00102012), (0x22590, 0x0001D800ECC40001, 0x00200013),
    (0x22140, 0x00010000ECC40205, 0x02000012))
HPT_ROWS = (
    "0xc008000000003123 OK 0x101123 0x44123 0x1000 rwx",
    "0xc008000000004008 OK 0x103008 0x45008 0x1000 rwx",
    "0xc00800001f7ab010 OK 0x2041010 0x48010 0x1000 rwx",
    "0xc008000000005000 OK 0x103000 0x45000 0x1000 rwx",
    "0xc008000000006000 OK 0x105000 0x46000 0x1000 rwx",
    "0xc008000000007000 NOT_MAPPED - - - -", "0xc008000000008000 NOT_MAPPED - - - -",
    "0xc008000000009000 NOT_MAPPED - - - -", "0xc00800000000c000 NOT_MAPPED - - - -",
    "0xc00800000000a000 NOT_DUMPED 0x102000 - 0x1000 rwx",
    "0xc00800000000b000 OUTSIDE_MEMORY 0x200000 - 0x1000 r-x",
    "0xc008000800000000 NOT_MAPPED - - - -", "0xd000000000000000 NOT_MAPPED - - - -",
    "0xc000000000103040 OK 0x103040 0x45040 - -", "0x103040 OK 0x103040 0x45040 - -",
    "0xc000000002041010 OK 0x2041010 0x48010 - -", "0x104fff NOT_DUMPED 0x104fff - - -",
    "0x105000 NOT_MAPPED - - - -", "0x1000 NOT_MAPPED - - - -", "0x10103040 NOT_MAPPED - - - -",
    "0xc000000003000000 OUTSIDE_MEMORY 0x3000000 - - -")
RADIX_ROWS = (
    "0xc008000000005123 OK 0x4123 0x16123 0x1000 rw-",
    "0xc008000000203040 OK 0x203040 0x17040 0x200000 rw-",
    "0xc008000000204000 NOT_DUMPED 0x204000 - 0x200000 rw-",
    "0xc008000040002008 OK 0x40002008 0x18008 0x40000000 rw-",
    "0xc008000040010000 OUTSIDE_MEMORY 0x40010000 - 0x40000000 rw-",
    "0xc008000000400000 NOT_DUMPED - - - -", "0xc008000000006000 NOT_MAPPED - - - -",
    "0xc008000000007000 NOT_MAPPED - - - -", "0xc008000080000000 NOT_MAPPED - - - -",
    "0xc008008000000000 NOT_MAPPED - - - -",
    "0xc008000000008000 NOT_DUMPED 0x6000 - 0x1000 rw-",
    "0xc008000000009000 OUTSIDE_MEMORY 0x9000000 - 0x1000 r-x",
    "0xd008000000005123 NO_MAP - - - -", "0xc010000000000000 NO_MAP - - - -",
    "0xc000000000004010 OK 0x4010 0x16010 - -", "0x101010 OK 0x4010 0x16010 - -",
    "0x103000 NO_MAP - - - -")


def u64(piece, offset, count=1, order=">"):
    return struct.unpack("%s%dQ" % (order, count), piece.get(offset, 8 * count))


class Powerpc64(unittest.TestCase):
    def check_rows(self, dump, rows):
        for row in rows:
            self.assertIn("xlat " + row, dump.answers.lines)

    def test_hashed_version_2(self):
        dump = powerpc64.example()
        piece = dump.piece
        self.assertEqual(piece.length, 0x49000)
        head = b"minidump FreeBSD/powerpc64".ljust(32, b"\0") + b"mmu_g5".ljust(32, b"\0")
        head += struct.pack(">4I4Qi4x2QI", 2, 0x1000, 0x1000, 0x40000, 0xC008000000000000,
                            0xC0080007FFFFFFFF, 0xC000000000000000, 0xC007FFFFFFFFFFFF, 1,
                            0xC000000000100100, 0xC000000000104100, 0x1000)
        self.assertEqual(piece.get(0, 0x1000), head.ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x2000, 6), (0x100000, 0x110000, 0x2000000, 0x3000000, 0, 0))
        self.assertEqual(piece.get(0x3000, 0x1000), bytes.fromhex(
            "000000000001002a0000000000020000").ljust(0x1000, b"\0"))
        table = bytearray(0x40000)
        for at, hi, lo in HPT:
            table[at:at + 16] = struct.pack(">QQ", hi, lo)
        self.assertEqual(piece.get(0x4000, 0x40000), bytes(table))
        self.assertEqual([u64(piece, at)[0] for at in range(0x44000, 0x49000, 0x1000)],
                         [0x101000, 0x103000, 0x105000, 0x2000000, 0x2041000])
        self.check_rows(dump, HPT_ROWS)
        self.assertIn("describe displacement 0xc000000000000000", dump.answers.lines)
        listed = [line.split()[1] for line in dump.answers.lines if line.startswith("mapping ")]
        self.assertEqual([int(va, 16) & 0xFFFFFFFFFF for va in listed], [
            0x1F7AB000, 0x6000, 0x4000, 0x2000000, 0x3000, 0x5000, 0x5000, 0x6000, 0xA000, 0xB000])

    def test_hashed_twins(self):
        piece = powerpc64.example(1).piece
        self.assertEqual(piece.length, 0x48000)
        self.assertEqual(u64(piece, 0x2020)[0], 1 << 1 | 1 << 3 | 1 << 5)
        dump = powerpc64.example(2, "<", b"mmu_phyp")
        self.assertEqual(dump.piece.get(0x3000, 11), bytes.fromhex("2a00010000000000000002"))
        self.assertEqual(u64(dump.piece, 0x26180, 2, "<"), HPT[0][1:])
        self.check_rows(dump, HPT_ROWS)
        dump = powerpc64.example(2, "<")
        self.assertEqual(u64(dump.piece, 0x26180, 2), HPT[0][1:])
        self.check_rows(dump, HPT_ROWS)
        dump = powerpc64.example(2, ">", b"mmu_phyp", 0)
        self.assertEqual(u64(dump.piece, 0x14000, 2), (0x0001000000000001, 0x02041012))
        self.check_rows(dump, ("0x200010 OK 0x2041010 0x48010 0x1000 rwx",))

    def test_radix(self):
        for order in "<", ">":
            dump = powerpc64_radix.example(order)
            piece = dump.piece
            self.assertEqual(piece.length, 0x19000)
            self.assertEqual(u64(piece, 0xB000), (0x8000000000001009,))
            self.assertEqual(u64(piece, 0x13000, 2), (0x8000000000002009, 0xC00000004000018E))
            self.assertEqual(u64(piece, 0x14000, 3), (0x8000000000003009, 0xC00000000020018E,
                                                      0x8000000000005009))
            self.assertEqual(u64(piece, 0x15028, 5), (0xC00000000000418E, 0x8000000000004009, 0,
                                                      0xC00000000000618E, 0xC00000000900018D))
            self.check_rows(dump, RADIX_ROWS)
        self.assertEqual(u64(piece, 0x2000), (0x000000000008001E,))
        self.assertEqual(u64(piece, 0x2040), (0x0000000000040000,))
        little = powerpc64_radix.example("<").piece.get(0x2000, 67)
        self.assertEqual((little[0], little[2], little[66]), (0x1E, 8, 4))
        for order in "<", ">":
            self.check_rows(powerpc64_radix.example(order, False), (
                "0xc000000000004010 OK 0x4010 0x6010 - -", "0x101010 OK 0x4010 0x6010 - -",
                "0xc008000000005123 NO_MAP - - - -"))


class PowerpcCores(unittest.TestCase):
    def test_behind_a_header(self):
        dump = powerpc.example_powerpc()
        piece, lines = dump.piece, dump.answers.lines
        self.assertEqual(piece.length, 0x7200)
        self.assertEqual(piece.get(0, 36), b"FreeBSD Kernel Dump\0powerpc\0\0\0\0\0\0\0\0\4")
        self.assertEqual(piece.get(40, 8), struct.pack(">Q", 0x7000))
        parity = 0
        for word in struct.unpack(">128I", piece.get(0, 512)):
            parity ^= word
        self.assertEqual(parity, 0)
        self.assertEqual(piece.get(0x200, 24), b"\x7fELF\1\2\1\xff" + bytes(8)
                         + b"\0\4\0\x14" + bytes(4))
        for number, row in enumerate(((0x1000, 0x00A00000, 0x3000), (0x4000, 0xD0002000, 0x1000),
                                      (0x5000, 0xD0003000, 0x2000))):
            offset, va, size = row
            self.assertEqual(struct.unpack(">8I", piece.get(0x234 + 32 * number, 32)), (
                1, offset, va, 0xFFFFFFFF, size, size, 4, 0x1000))
        for line in ("xlat 0xa01234 OK - 0x2434 - -", "xlat 0xd0002ff8 OK - 0x51f8 - -",
                     "va 0xd0002ff8 16 16 OK 00000000d0002ff800000000d0003000",
                     "va 0xa02ff8 16 8 NO_MAP 0000000000a02ff8",
                     "xlat 0x9ff000 NO_MAP - - - -", "xlat 0xd0005000 NO_MAP - - - -",
                     "xlat 0x1d0002000 NO_MAP - - - -"):
            self.assertIn(line, lines)

    def test_64_bits(self):
        virtual, raw = powerpc.example_powerpc64()
        self.assertEqual(virtual.piece.length, 0x4000)
        self.assertEqual(u64(virtual.piece, 72, 5, "<"), (
            0x1000, 0xC000000001200000, (1 << 64) - 1, 0x2000, 0x2000))
        for line in ("xlat 0xc000000001201008 OK - 0x2008 - -",
                     "xlat 0xc008000000009010 OK - 0x3010 - -",
                     "xlat 0xc000000001202000 NO_MAP - - - -"):
            self.assertIn(line, virtual.answers.lines)
        self.assertEqual(u64(raw.piece, 72, 4, "<"), (
            0x1000, (1 << 64) - 1, 0x1200000, 0x2000))
        self.assertEqual(u64(raw.piece, 0x1010, 1, "<"), (0x1200010,))
        self.assertIn("xlat 0xc000000001201008 NO_MAP - - - -", raw.answers.lines)
