#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Checks of the generator: the specification's worked examples byte for byte, and repeatability."""

import os
import struct
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import damage as damage_tool  # noqa: E402
import generate  # noqa: E402
from gen import amd64, amd64_core, amd64_kernels, elf, facts, ksf  # noqa: E402
from gen import damage as family  # noqa: E402
from gen.kernel import Kernel  # noqa: E402
from gen.memory import Memory  # noqa: E402
from gen.minidump import Minidump  # noqa: E402
from gen.msgbuf import MessageBuffer  # noqa: E402
from gen.pieces import BLOCK, Pieces, from_bytes  # noqa: E402
from selftest_flat import Flat  # noqa: E402,F401
from selftest_folder import Leftovers  # noqa: E402,F401
from selftest_mips import Mips  # noqa: E402,F401
from selftest_powerpc import Powerpc64, PowerpcCores  # noqa: E402,F401
from selftest_sparc64 import Sparc64  # noqa: E402,F401


def u64(piece, offset, count=1, order="<"):
    return struct.unpack("%s%dQ" % (order, count), piece.get(offset, 8 * count))


def same(one, two):
    blocks = set(one.blocks) | set(two.blocks)
    return one.length == two.length and all(
        one.get(index * BLOCK, BLOCK) == two.get(index * BLOCK, BLOCK) for index in blocks)


class Examples(unittest.TestCase):
    def test_amd64_version_3(self):
        piece = amd64.example(3).piece
        self.assertEqual(piece.length, 0x9000)
        head = b"minidump FreeBSD/amd64\0\0" + struct.pack(
            "<4I3QI", 3, 0x1000, 0x1000, 0x1000, 0xFFFFFE0000000000, 0xFFFFF80000000000,
            0xFFFFFC0000000000, 0x1000)
        self.assertEqual(piece.get(0, 0x1000), head.ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x2000, 6), (0x1000, 0x9000, 0x200000, 0x204000, 0, 0))
        self.assertEqual(piece.get(0x3000, 0x1000), b"\x0c\x03".ljust(0x1000, b"\0"))
        self.assertEqual(u64(piece, 0x4000, 3), (0x3063, 0x2000E3, 0))
        self.assertEqual(u64(piece, 0x5020, 5), (0, 0x4063, 0x1FB063, 0x5063, 0))
        self.assertEqual(u64(piece, 0x6000)[0], 0x4000)
        self.assertEqual(u64(piece, 0x7FF8)[0], 0x200FF8)
        self.assertEqual(u64(piece, 0x8000)[0], 0x201000)

    def test_amd64_older_twins(self):
        for version in (1, 2):
            piece = amd64.example(version).piece
            self.assertEqual(piece.length, 0x8000)
            self.assertEqual(piece.get(64, 4), bytes(4))
            self.assertEqual(piece.get(0x2000, 0x1000), (
                b"\x18" + bytes(63) + b"\x03").ljust(0x1000, b"\0"))
        self.assertEqual(u64(amd64.example(1).piece, 0x3028)[0], 0x4063)

    def test_amd64_full(self):
        for la57 in (False, True):
            piece = amd64_core.example(la57).piece
            self.assertEqual(piece.length, 0x401000)
            for offset, value in ((0x202000, 0x300000), (0x301FF8, 0x301003),
                                  (0x302FF0, 0x302003), (0x303008, 0x2000E3),
                                  (0x303010, 0x303003), (0x303018, 0x4000E3),
                                  (0x304038, 0x123063), (0x303000, 0)):
                self.assertEqual(u64(piece, offset)[0], value)
            self.assertEqual(piece.get(20, 4), bytes(4))
            self.assertEqual(u64(piece, 72, 5), (0x1000, 0, 0, 0x400000, 0x400000))
        self.assertEqual(u64(piece, 0x311808)[0], 0x311003)

    def test_answers_of_the_example(self):
        lines = amd64.example(3).answers.lines
        for line in ("xlat 0xfffffe0000005123 OK 0x4123 0x6123 0x1000 rwx",
                     "xlat 0xfffffe0000201010 OK 0x201010 0x8010 0x200000 rwx",
                     "xlat 0xfffffe0000202000 NOT_DUMPED 0x202000 - 0x200000 rwx",
                     "xlat 0xfffffe0000006000 OUTSIDE_MEMORY 0x1fb000 - 0x1000 rwx",
                     "xlat 0xfffff80000200040 OK 0x200040 0x7040 - -",
                     "xlat 0xfffffc0000000000 NO_MAP - - - -"):
            self.assertIn(line, lines)

    def test_ring_of_32_bytes(self):
        buffer = MessageBuffer(32, rseq=3)
        for text, priority in ((b"---<<BOOT>>---", None), (b"hi", 118), (b"x: \x1b[0m", None),
                               (b"panic", None)):
            buffer.log(text, priority)
        self.assertEqual(buffer.ring(), b"anic\nBOOT>>---\n<118>hi\nx: \x1b[0m\np")
        little = bytes.fromhex("0000010000f8ffff62300600200000002500000003000000"
                               "3408000000020000ffffffff00000000")
        big = bytes.fromhex("c0010000000630620000002000000025000000030000083400000200ffffffff")
        self.assertEqual(buffer.structure(8, "<", 0xFFFFF80000010000)[:40], little)
        self.assertEqual(buffer.structure(4, ">", 0xC0010000)[:32], big)
        self.assertEqual([text for _, text in buffer.lines()],
                         [b"BOOT>>---", b"hi", b"x: \x1b[0m", b"panic"])

    def test_big_endian_bitmaps(self):
        mini = Minidump("mips", 2, Memory(order=">"))
        self.assertEqual(mini.bitmap([0, 2, 9, 41, 70]),
                         bytes.fromhex("00000200000002050000000000000040"))
        mini.word = 4
        self.assertEqual(mini.bitmap([0, 2, 9, 41, 70]),
                         bytes.fromhex("000002050000020000000040"))

    def test_symbols_of_the_example(self):
        data = amd64_kernels.example().kernel
        kernel = amd64_kernels.example_kernel()
        self.assertEqual(kernel.build(), data)
        at, _ = kernel.section_field(".symtab", "offset")
        table = int.from_bytes(data[at:at + 8], "little")
        found = [struct.unpack_from("<IBBHQQ", data, table + 24 * n) for n in range(20)]
        self.assertEqual([row[4] for row in found[1:]], [row[3] for row in amd64_kernels.EXAMPLE])
        self.assertEqual([row[3] for row in found[2:9]], [2, 3, 4, 2, 2, 1, 0])


class Framework(unittest.TestCase):
    def test_generating_twice_gives_the_same(self):
        for one, two in zip(generate.all_dumps(), generate.all_dumps()):
            self.assertEqual(one.name, two.name)
            self.assertEqual(one.answers.lines, two.answers.lines)
            if one.piece is not None:
                self.assertTrue(same(one.piece, two.piece), one.name)
            if isinstance(one.kernel, bytes):
                self.assertEqual(one.kernel, two.kernel)

    def test_names_are_unique(self):
        names = [dump.name for dump in generate.all_dumps()]
        self.assertEqual(len(names), len(set(names)))

    def test_inputs_decode_to_the_files(self):
        for dump in generate.all_dumps():
            if dump.piece is None or not dump.seed:
                continue
            seed = dump.seed_bytes()
            files = ksf.decode(seed)
            self.assertTrue(same(files[0], dump.piece), dump.name)
            if isinstance(dump.kernel, bytes):
                self.assertTrue(same(files[1], from_bytes(dump.kernel)), dump.name)

    def test_saved_files_are_the_pieces(self):
        piece = Pieces()
        piece.put(5, b"abc")
        piece.put(BLOCK * 3 - 1, b"xy")
        piece.grow(BLOCK * 5 + 1)
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "file")
            piece.save(path)
            with open(path, "rb") as file:
                data = file.read()
        self.assertEqual(data, piece.get(0, piece.length))
        self.assertEqual(piece.cut(7).get(0, 8), b"\0\0\0\0\0ab\0")

    def test_kernels_of_other_machines(self):
        kernel = Kernel(32, 8, 0x80100000, ">")
        kernel.var("hz", kernel.i32(100))
        data = kernel.build()
        self.assertEqual(data[:20], b"\x7fELF\x01\x02\x01\x09" + bytes(8) + b"\0\x02\0\x08")
        at, width = kernel.section_field(".symtab", "entsize")
        self.assertEqual(data[at:at + width], b"\0\0\0\x10")
        self.assertEqual(elf.EHSIZE, {32: 52, 64: 64})

    def test_facts(self):
        lines = facts.lines()
        self.assertEqual(lines, sorted(lines))
        for line in ("amd64 3 dumpavailsize 64 4", "powerpc64 2 dumpavailsize 136 4",
                     "arm64 3 flags 76 4", "i386 1 paemode 44 4"):
            self.assertIn(line, lines)
        self.assertNotIn("amd64 2 dumpavailsize 64 4", lines)

    def test_damage(self):
        self.assertEqual(damage_tool.apply(b"abcdef", "truncate=2"), b"ab")
        self.assertEqual(damage_tool.apply(b"abcdef", "patch=1:7a,4:7a7a"), b"azcdzz")
        lines, answered = family.family_of(amd64.example(3))
        names = [line.split()[0] for line in lines]
        self.assertEqual(len(names), len(set(names)))
        self.assertIn("amd64-v3-example-cut-header-short", names)
        self.assertTrue(answered)


if __name__ == "__main__":
    unittest.main()
