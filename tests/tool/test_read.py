# SPDX-License-Identifier: BSD-2-Clause
"""kvmsafe read: formats, partial reads, lengths that nothing could hold."""

import subprocess
import unittest

from support import EXAMPLE, NO_ANSWER, SOUND, SYSTEM, TOOL, ToolTest, kernel, run, vmcore

BLANK = b"FreeBSD 13.1"


class Formats(ToolTest):
    def test_hex_has_addresses_and_printable_text(self):
        self.assertEqual(
            self.answered(SOUND, "read", "-N", kernel(SYSTEM), vmcore(SYSTEM), "version", 17),
            "0xffffffff80201000  46 72 65 65 42 53 44 20  31 33 2e 31 2d 52 45 4c"
            "  |FreeBSD 13.1-REL|\n"
            "0xffffffff80201010  45                                              "
            "  |E|\n")

    def test_hex_shows_what_cannot_be_printed_as_dots(self):
        dump = self.copy(vmcore(SYSTEM), [(BLANK, b"\x1b[31m\x7f\x80\xff\0|~~")])
        done = run("read", "-N", kernel(SYSTEM), dump, "version", 12)
        self.assertTrue(done.stdout.endswith(b"  |.[31m....|~~|\n"), done.stdout)

    def test_numbers_are_one_a_line_in_the_dumps_byte_order(self):
        dump = self.copy(vmcore(SYSTEM), [(BLANK, bytes(range(1, 13)))])
        for bits, first in ((8, "0x1"), (16, "0x201"), (32, "0x4030201"),
                            (64, "0x807060504030201")):
            out = self.answered(SOUND, "read", "-N", kernel(SYSTEM), dump, "version", 8,
                                "--u%d" % bits).splitlines()
            self.assertEqual((out[0], len(out)), (first, 64 // bits))

    def test_a_number_that_is_cut_off_is_not_made_up(self):
        done = run("read", "--phys", vmcore(EXAMPLE), "0x4ff1", 24, "--u64")
        self.assertEqual((done.returncode, done.stdout), (NO_ANSWER, b"0xf80000000000004f\n"))
        self.assertIn(b"begins with the bytes 4f 00 00 00 00 00 00\n", done.stderr)

    def test_raw_is_the_bytes(self):
        done = run("read", "--phys", vmcore(EXAMPLE), "0x4000", 4096, "--raw")
        with open(vmcore(EXAMPLE), "rb") as file:
            self.assertEqual(done.stdout, file.read()[0x6000:0x7000])

    def test_a_string_ends_at_its_nul_and_is_escaped(self):
        dump = self.copy(vmcore(SYSTEM), [(BLANK, b"a\x1b\xff\\\xa0\t\x80\x7f\xe1\0BS")])
        done = run("read", "-N", kernel(SYSTEM), dump, "version", 100, "--string")
        self.assertEqual((done.returncode, done.stdout),
                         (SOUND, b"a\\^[\\M^?\\\\\\240\t\\M^@\\^?\\M-a\n"))

    def test_a_string_needs_nothing_behind_its_nul(self):
        done = run("read", "-N", kernel(SYSTEM), vmcore(SYSTEM), "version", 1 << 60, "--string")
        self.assertEqual((done.returncode, done.stderr), (SOUND, b""))
        self.assertTrue(done.stdout.startswith(b"FreeBSD 13.1-RELEASE"))
        self.assertTrue(done.stdout.endswith(b"\n"))

    def test_a_string_that_ends_before_a_hole_is_whole(self):
        self.assertEqual(self.answered(SOUND, "read", "--phys", vmcore(EXAMPLE), "0x4ff8", 16,
                                       "--string"), "\\M-xO\n")
        done = run("read", "--phys", vmcore(EXAMPLE), "0x4ff8", 16, "--string", "--json")
        self.assertEqual(done.returncode, 2)

    def test_a_string_without_end_keeps_to_its_length(self):
        self.assertEqual(self.answered(SOUND, "read", "-N", kernel(SYSTEM), vmcore(SYSTEM),
                                       "version", 7, "--string"), "FreeBSD\n")

    def test_a_symbol_takes_an_offset(self):
        for operand in ("version+8", "version+0x8"):
            self.assertEqual(self.answered(SOUND, "read", "-N", kernel(SYSTEM), vmcore(SYSTEM),
                                           operand, 4, "--string"), "13.1\n")
        self.refused(2, "read", "-N", kernel(SYSTEM), vmcore(SYSTEM), "version+", 4)
        self.refused(2, "read", "-N", kernel(SYSTEM), vmcore(SYSTEM), "version+-8", 4)
        self.refused(2, "read", "-N", kernel(SYSTEM), vmcore(SYSTEM),
                     "version+0xffffffffffffffff", 4)

    def test_a_symbol_that_is_not_there_is_no_answer(self):
        message = self.refused(NO_ANSWER, "read", "-N", kernel(SYSTEM), vmcore(SYSTEM), "nosuch", 4)
        self.assertIn("symbol 'nosuch'", message)


class Partial(ToolTest):
    def test_bytes_come_before_the_error(self):
        done = run("read", "--phys", vmcore(EXAMPLE), "0x4ff8", 16, "--raw")
        self.assertEqual(done.returncode, NO_ANSWER)
        self.assertEqual(done.stdout, bytes.fromhex("f84f000000000000"))
        self.assertIn(b"(physical address 0x5000)", done.stderr)

    def test_output_comes_before_the_message_also_in_one_stream(self):
        done = subprocess.run([TOOL, "read", "--phys", vmcore(EXAMPLE), "0x4ff8", "16"],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        self.assertEqual([line[:8] for line in done.stdout.splitlines()],
                         [b"0x000000", b"kvmsafe:"])

    def test_nothing_read_writes_nothing(self):
        for option in ("--hex", "--raw", "--u8", "--string"):
            self.refused(NO_ANSWER, "read", vmcore(EXAMPLE), "0xfffffe0000008000", 16, option)

    def test_no_bytes_are_all_of_none(self):
        self.assertEqual(self.answered(SOUND, "read", vmcore(EXAMPLE), "0xfffffe0000008000", 0), "")

    def test_a_length_that_nothing_holds_costs_what_the_file_holds(self):
        for length in (1 << 60, (1 << 64) - 1):
            done = run("read", "--phys", vmcore(EXAMPLE), "0x4000", length, "--raw")
            self.assertEqual((done.returncode, len(done.stdout)), (NO_ANSWER, 4096))
            answer = self.json(NO_ANSWER, "read", "--phys", vmcore(EXAMPLE), "0x4000", length)
            self.assertEqual((answer["length"], answer["got"]), (length, 4096))
            self.assertEqual(len(answer["bytes"]), 8192)

    def test_reads_longer_than_a_piece_are_seamless(self):
        dump = vmcore("amd64-full-example")
        with open(dump, "rb") as file:
            data = file.read()[0x1000:]
        done = run("read", "--phys", "-N", kernel("amd64-full-example"), dump, "0x1fff1",
                   0x200123, "--raw")
        self.assertEqual(done.stdout, data[0x1fff1:0x1fff1 + 0x200123])
        rows = self.answered(SOUND, "read", "--phys", "-N", kernel("amd64-full-example"), dump,
                             "0x1fff1", 0x20000).splitlines()
        self.assertTrue([int(row.split()[0], 16) for row in rows]
                        == list(range(0x1fff1, 0x3fff1, 16)), "addresses have gaps")

    def test_addresses_end_at_the_top(self):
        message = self.refused(NO_ANSWER, "read", vmcore(EXAMPLE), "0xffffffffffffffff", 2)
        self.assertIn("0xffffffffffffffff", message)


if __name__ == "__main__":
    unittest.main()
