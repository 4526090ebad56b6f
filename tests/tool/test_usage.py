# SPDX-License-Identifier: BSD-2-Clause
"""The command line: help, operands, numbers, exit codes."""

import json
import os
import struct
import unittest

from support import (EXAMPLE, FINDINGS, NO_ANSWER, NO_DUMP, SOUND, SYSTEM, USAGE, ToolTest, kernel,
                     run, vmcore)

COMMANDS = ("info", "check", "read", "symbols", "translate", "pages", "dmesg")
OPERANDS = {"read": ["0x4000", "16"], "translate": ["0xfffffe0000005123"],
            "symbols": ["hz"]}


class Help(ToolTest):
    def test_help_goes_to_standard_output_with_examples_and_exit_codes(self):
        for flag in ("-h", "--help"):
            out = self.answered(SOUND, flag)
            for command in COMMANDS:
                self.assertIn("  kvmsafe %s " % command, out)
            for code in range(5):
                self.assertIn("\n  %d  " % code, out)

    def test_each_command_has_its_help_also_behind_a_mistake(self):
        for command in COMMANDS:
            out = self.answered(SOUND, command, "--help")
            self.assertTrue(out.startswith("Usage: kvmsafe %s " % command))
            self.assertIn("\nExamples:\n  kvmsafe %s " % command, out)
            self.assertEqual(out, self.answered(SOUND, command, "--bogus", "-h"))

    def test_help_names_the_options_of_its_command_alone(self):
        self.assertIn("  --vnet ADDRESS   of which", self.answered(SOUND, "symbols", "--help"))
        self.assertNotIn("--vnet", self.answered(SOUND, "read", "--help"))

    def test_version_names_tool_and_library(self):
        self.assertRegex(self.answered(SOUND, "--version"),
                         r"^kvmsafe \d+\.\d+\.\d+\nlibkvmsafe \d+\.\d+\.\d+\nmachines:.* amd64")


class Mistakes(ToolTest):
    def test_an_unknown_command_lists_those_there_are(self):
        for args in ((), ("bogus",), ("", vmcore(EXAMPLE))):
            message = self.refused(USAGE, *args)
            for command in COMMANDS:
                self.assertIn("\n  %s " % command, message)

    def test_a_missing_dump_says_so(self):
        for command in COMMANDS:
            if command != "symbols":
                message = self.refused(USAGE, command)
                self.assertIn("VMCORE is missing", message)
                self.assertIn("Usage: kvmsafe %s " % command, message)

    def test_missing_and_surplus_operands_are_named(self):
        dump = vmcore(EXAMPLE)
        self.assertIn("LENGTH is missing", self.refused(USAGE, "read", dump, "0x4000"))
        self.assertIn("ADDRESS", self.refused(USAGE, "translate", dump))
        self.assertIn("'surplus'", self.refused(USAGE, "info", dump, "surplus"))
        self.assertIn("NAME is missing", self.refused(USAGE, "symbols", "-N", kernel(SYSTEM)))

    def test_operands_in_the_wrong_order_are_refused_with_the_right_one(self):
        message = self.refused(USAGE, "read", "0x4000", "16", vmcore(EXAMPLE))
        self.assertIn("LENGTH: a number", message)
        self.assertIn("VMCORE ADDRESS|SYMBOL[+OFFSET] LENGTH", message)
        message = self.refused(NO_ANSWER, "read", vmcore(EXAMPLE), "16", "0xfffffe0000005123")
        self.assertIn("ADDRESS comes before LENGTH", message)

    def test_numbers_are_strict(self):
        dump = vmcore(EXAMPLE)
        for number in ("0x", "16k", "0x10000000000000000", "18446744073709551616", "1 ", "+1",
                       "0xg", "1.5", ""):
            self.refused(USAGE, "read", dump, "0x4000", number, "--phys")
        for number in ("-1", "-0x10"):
            self.refused(USAGE, "read", "--phys", "--", dump, "0x4000", number)
        for number in ("0x", "12z", "", "+0x10"):
            self.refused(USAGE, "translate", dump, number)
        for option in ("--page-size", "--entry-size"):
            self.refused(USAGE, "info", dump, option, "4294967296")
            self.refused(USAGE, "info", dump, option, "4k")
            self.refused(USAGE, "info", dump, option, "5000")
        self.refused(USAGE, "symbols", "-N", kernel(SYSTEM), "hz", "--cpu", "-1")
        self.refused(USAGE, "symbols", "-N", kernel(SYSTEM), "hz", "--vnet", "vnet0")

    def test_decimal_and_hexadecimal_numbers_are_the_same(self):
        dump = vmcore(EXAMPLE)
        out = self.answered(SOUND, "read", "--phys", dump, "0x4000", "0x10")
        self.assertEqual(out, self.answered(SOUND, "read", "--phys", dump, "16384", "16"))
        self.assertEqual(out, self.answered(SOUND, "read", "--phys", dump, "0X4000", "016"))

    def test_unknown_options_and_missing_arguments_are_named(self):
        dump = vmcore(EXAMPLE)
        self.assertIn("-x", self.refused(USAGE, "info", "-x", dump))
        self.assertIn("--bogus", self.refused(USAGE, "info", dump, "--bogus"))
        self.assertIn("-N: its argument is missing", self.refused(USAGE, "info", dump, "-N"))
        self.assertIn("--arch: its argument is missing",
                      self.refused(USAGE, "info", dump, "--arch"))
        self.assertIn("takes no argument", self.refused(USAGE, "info", dump, "--json=1"))

    def test_options_of_other_commands_are_refused(self):
        for command, option in (("info", "--phys"), ("check", "--raw"), ("pages", "--kernel"),
                                ("dmesg", "--mappings"), ("dmesg", "--hex"), ("read", "--cpu=1")):
            operands = OPERANDS.get(command, [])
            message = self.refused(USAGE, command, option, vmcore(EXAMPLE), *operands)
            self.assertIn("takes no " + option.split("=")[0], message)

    def test_options_that_exclude_each_other_are_refused(self):
        dump = vmcore(SYSTEM)
        for options in (("--hex", "--u8"), ("--raw", "--string"), ("--json", "--u64")):
            self.assertIn("exclude each other",
                          run("read", "--phys", dump, "0x10000", 16, *options).stderr.decode())
        self.refused(USAGE, "dmesg", dump, "--raw", "--kernel")

    def test_symbols_need_a_kernel(self):
        self.assertIn("-N", self.refused(USAGE, "symbols", vmcore(SYSTEM), "hz"))
        self.assertIn("-N", self.refused(USAGE, "read", vmcore(SYSTEM), "hz", 4))
        self.assertIn("-N", self.refused(USAGE, "translate", vmcore(SYSTEM), "hz+4"))
        for args in (("read", vmcore(SYSTEM), "ffffffff80201000", 4),
                     ("translate", vmcore(SYSTEM), "ffffffff80201000")):
            self.assertIn("a leading 0x", self.refused(USAGE, *args))

    def test_a_physical_address_is_no_symbol(self):
        self.refused(USAGE, "read", "--phys", "-N", kernel(SYSTEM), vmcore(SYSTEM), "hz", 4)

    def test_numbers_take_whole_lengths(self):
        self.refused(USAGE, "read", "--phys", vmcore(EXAMPLE), "0x4000", 6, "--u32")

    def test_what_was_typed_does_not_drive_the_terminal(self):
        done = run("info", "/no\x1b[31m\n")
        self.assertNotIn(b"\x1b", done.stderr)
        self.assertIn(b"x1B[31m", done.stderr)
        done = run("\x1b]0;x\x07")
        self.assertNotIn(b"\x1b", done.stderr)

    def test_with_json_a_usage_error_is_an_object(self):
        done = run("read", "--bogus", vmcore(EXAMPLE), "--json")
        self.assertEqual(done.returncode, USAGE)
        answer = json.loads(done.stdout)
        self.assertEqual(set(answer), {"schema", "error"})
        self.check_error(answer["error"])
        self.assertEqual(answer["error"]["status"], "USAGE")


class Order(ToolTest):
    def test_options_stand_before_or_behind_operands(self):
        dump = vmcore(EXAMPLE)
        out = self.answered(SOUND, "read", "--phys", "--u64", dump, "0x4000", "16")
        for args in (("read", dump, "0x4000", "16", "--phys", "--u64"),
                     ("--u64", "read", dump, "--phys", "0x4000", "16"),
                     ("read", dump, "--u64", "0x4000", "16", "--phys")):
            self.assertEqual(out, self.answered(SOUND, *args))

    def test_posixly_correct_changes_nothing(self):
        done = run("read", vmcore(EXAMPLE), "0x4000", 16, "--phys",
                   env={**os.environ, "POSIXLY_CORRECT": "1"})
        self.assertEqual(done.returncode, SOUND, done.stderr)

    def test_two_dashes_end_the_options(self):
        out = self.answered(SOUND, "info", vmcore(EXAMPLE))
        self.assertEqual(out, self.answered(SOUND, "info", "--", vmcore(EXAMPLE)))
        self.assertEqual(out, self.answered(SOUND, "--", "info", vmcore(EXAMPLE)))
        message = self.refused(NO_ANSWER, "info", "--", "--json")
        self.assertIn("--json", message)

    def test_the_dump_may_be_given_with_m(self):
        dump = vmcore(EXAMPLE)
        for command in COMMANDS[:1] + ("pages", "check"):
            self.assertEqual(self.answered(SOUND, command, dump),
                             self.answered(SOUND, command, "-M", dump))
        self.assertEqual(self.answered(SOUND, "read", dump, "0xfffffe0000005123", 16),
                         self.answered(SOUND, "read", "0xfffffe0000005123", 16, "-M" + dump))
        self.refused(USAGE, "info", "-M", dump, dump)


class ExitCodes(ToolTest):
    def test_a_file_that_is_not_there_is_no_answer(self):
        for args in (["/nonexistent"], ["-N", "/nonexistent", vmcore(SYSTEM)]):
            message = self.refused(NO_ANSWER, "info", *args)
            self.assertTrue(message.startswith("kvmsafe: /nonexistent: cannot be opened: "), message)

    def test_what_is_no_dump_is_three(self):
        for command in COMMANDS:
            args = [command, "-M", vmcore("amd64-refused-other-magic"), *OPERANDS.get(command, [])]
            if command == "symbols":
                args += ["-N", kernel(SYSTEM)]
            self.refused(NO_DUMP, *args)

    def test_a_version_that_is_unknown_is_three(self):
        self.refused(NO_DUMP, "info", vmcore("amd64-refused-version-4"))

    def test_a_wrong_kernel_is_named_and_four(self):
        path = vmcore(EXAMPLE)
        self.assertIn(path + ":", self.refused(NO_ANSWER, "info", "-N", path, vmcore(SYSTEM)))

    def test_of_two_files_the_one_that_failed_is_named(self):
        dump = vmcore(SYSTEM)
        with open(kernel(SYSTEM), "rb") as source:
            head = bytearray(source.read(64))
        start = struct.unpack_from("<Q", head, 40)[0]
        large = self.copy(kernel(SYSTEM))
        with open(large, "r+b") as target:  # sections beyond the limit, and room for them
            target.truncate(start + 64 * ((1 << 20) + 1))
            target.seek(60)
            target.write(bytes(2))
            target.seek(start + 32)
            target.write(struct.pack("<Q", (1 << 20) + 1))
        message = self.refused(NO_ANSWER, "info", "-N", large, dump)
        self.assertTrue(message.startswith("kvmsafe: %s: kernel: at most" % large), message)
        gzip = self.copy(dump, [(b"minidump FreeBSD", b"\x1f\x8b\x08".ljust(16))])
        message = self.refused(NO_DUMP, "info", "-N", kernel(SYSTEM), gzip)
        self.assertTrue(message.startswith("kvmsafe: %s: " % gzip), message)

    def test_the_place_of_a_mistake_is_told(self):
        self.assertRegex(self.refused(NO_ANSWER, "info", vmcore("amd64-refused-dmap-odd")),
                         r"\(file offset 0x[0-9a-f]+\)\n$")

    def test_a_cut_dump_is_answered_with_one(self):
        cut = self.copy(vmcore(EXAMPLE), length=0x8800)
        for command in ("info", "check"):
            self.answered(FINDINGS, command, cut)
        done = run("read", "--phys", cut, "0x4000", 16)
        self.assertEqual(done.returncode, FINDINGS)
        self.assertIn(b"not sound", done.stderr)

    def test_what_cannot_be_had_is_told_with_its_subject(self):
        cut = self.copy(vmcore(SYSTEM), length=0x2000)
        lines = self.answered(FINDINGS, "check", "-N", kernel(SYSTEM), cut).splitlines()
        self.assertTrue(any(line.startswith("bad  version: level 1 table") for line in lines), lines)
        self.assertIn("-    pages: none is promised", lines)
        lines = self.answered(SOUND, "check", vmcore(EXAMPLE)).splitlines()
        self.assertEqual(sum(line.count("version: ") for line in lines), 1, lines)

    def test_an_address_without_answer_is_four_beside_findings(self):
        cut = self.copy(vmcore(EXAMPLE), length=0x8800)
        self.refused(NO_ANSWER, "read", "--phys", cut, "0x5000", 16)

    def test_an_unknown_arch_is_usage(self):
        for args in (["--arch", "vax"], ["--arch", "i386"], ["--page-size", "5000"]):
            message = self.refused(USAGE, "info", *args, vmcore(EXAMPLE))
            self.assertRegex(message, "^kvmsafe: info: (arch|page size): ")

    def test_failures_say_why_as_an_object(self):
        for args, status in ((("info", "/nonexistent"), "IO"),
                             (("pages", vmcore("amd64-refused-other-magic")), "NOT_A_DUMP"),
                             (("info", vmcore("amd64-refused-version-4")), "UNSUPPORTED")):
            done = run("--json", *args)
            answer = json.loads(done.stdout)
            self.assertEqual(set(answer), {"schema", "error"})
            self.check_error(answer["error"])
            self.assertEqual(answer["error"]["status"], status)


if __name__ == "__main__":
    unittest.main()
