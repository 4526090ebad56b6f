# SPDX-License-Identifier: BSD-2-Clause
"""The JSON of each command has the keys and the forms that doc/kvmsafe-json.md states."""

import json
import unittest

from support import EXAMPLE, FINDINGS, NO_ANSWER, SOUND, SYSTEM, ToolTest, kernel, vmcore


class Schema(ToolTest):
    def check_place(self, value):
        if value is not None:
            self.check_hex(value)

    def check_count(self, value):
        self.assertIs(type(value), int)

    def check_errors(self, errors):
        self.assertIsInstance(errors, list)
        for error in errors:
            self.check_error(error)

    def test_info(self):
        answer = self.json(SOUND, "info", vmcore(SYSTEM), "-N", kernel(SYSTEM))
        self.assertEqual(set(answer), {
            "schema", "format", "version", "arch", "endian", "page_size", "memory", "pages",
            "kernel", "panic", "warnings"})
        self.assertEqual((answer["format"], answer["version"], answer["arch"], answer["endian"],
                          answer["page_size"]), ("minidump", 3, "amd64", "little", 4096))
        self.assertEqual(answer["memory"][0], {"start": "0x1000", "end": "0x9f000"})
        self.assertEqual(answer["pages"], {"promised": 26, "present": 26, "truncated": 0})
        self.assertTrue(answer["kernel"].startswith("FreeBSD 13.1-RELEASE"))
        self.assertTrue(answer["panic"].startswith("synthetic panic"))
        self.assertEqual(answer["warnings"], [])

    def test_info_of_a_core_and_without_kernel(self):
        core = self.json(SOUND, "info", vmcore("amd64-full"), "-N", kernel("amd64-full"))
        self.assertEqual((core["format"], core["version"]), ("elf-core", None))
        self.assertIsNone(self.json(SOUND, "info", vmcore(EXAMPLE))["kernel"])

    def test_check(self):
        answer = self.json(SOUND, "check", vmcore(SYSTEM))
        self.assertEqual(answer, {"schema": 1, "sound": True, "findings": []})
        answer = self.json(FINDINGS, "check", self.copy(vmcore(EXAMPLE), length=0x8800))
        self.assertEqual(set(answer), {"schema", "sound", "findings"})
        self.assertIs(answer["sound"], False)
        self.check_errors(answer["findings"])
        self.assertIn("TRUNCATED", [error["status"] for error in answer["findings"]])

    def test_read(self):
        answer = self.json(SOUND, "read", vmcore(EXAMPLE), "0xfffffe0000005123", "0x2")
        self.assertEqual(set(answer), {"schema", "va", "length", "got", "bytes", "error"})
        self.assertEqual((answer["va"], answer["length"], answer["got"], answer["error"]),
                         ("0xfffffe0000005123", 2, 2, None))
        answer = self.json(NO_ANSWER, "read", vmcore(EXAMPLE), "0x4ff8", 16, "--phys")
        self.assertEqual(set(answer), {"schema", "pa", "length", "got", "bytes", "error"})
        self.assertEqual((answer["pa"], answer["length"], answer["got"], answer["bytes"]),
                         ("0x4ff8", 16, 8, "f84f000000000000"))
        self.check_error(answer["error"])
        self.assertEqual((answer["error"]["status"], answer["error"]["place"],
                          answer["error"]["at"]), ("NOT_DUMPED", "pa", "0x5000"))

    def test_symbols(self):
        answer = self.json(NO_ANSWER, "symbols", "-N", kernel(SYSTEM), vmcore(SYSTEM), "hz",
                           "ifnet", "ticks", "no\xfcch\x1b")
        self.assertEqual(set(answer), {"schema", "symbols", "unresolved"})
        self.assertEqual(answer["unresolved"], 1)
        keys = ("name", "value", "bytes", "type", "rule", "found")
        self.assertEqual([tuple(symbol[key] for key in keys) for symbol in answer["symbols"]], [
            ("hz", "0xffffffff8020112c", 4, 7, "plain", True),
            ("ifnet", "0xfffffe0000401000", 16, 7, "vnet", True),
            ("ticks", "0xfffffe0000403000", 8, 7, "dpcpu", True),
            ("no\xc3\xbcch\x1b", None, None, None, None, False)])
        self.assertTrue(all(set(symbol) == set(keys) for symbol in answer["symbols"]))

    def test_translate(self):
        answer = self.json(NO_ANSWER, "translate", vmcore(EXAMPLE), "0xfffffe0000005123",
                           "0xfffffe0000202000", "0xfffffe0040000000")
        self.assertEqual(set(answer), {"schema", "translations"})
        good, absent, nowhere = answer["translations"]
        self.assertEqual(good, {
            "va": "0xfffffe0000005123", "pa": "0x4123", "file_offset": "0x6123",
            "page_bytes": 4096, "protection": "rwx", "error": None,
            "steps": [{"level": 1, "entry_pa": None, "entry": "0x3063"},
                      {"level": 0, "entry_pa": "0x3028", "entry": "0x4063"}]})
        self.assertEqual((absent["pa"], absent["file_offset"], absent["error"]["status"]),
                         ("0x202000", None, "NOT_DUMPED"))
        self.check_error(nowhere["error"])
        self.assertEqual(nowhere, {
            "va": "0xfffffe0040000000", "pa": None, "file_offset": None, "page_bytes": None,
            "protection": None, "steps": [], "error": nowhere["error"]})

    def test_translate_names_a_symbol_that_is_not_there(self):
        answer = self.json(NO_ANSWER, "translate", "-N", kernel(SYSTEM), vmcore(SYSTEM), "nosuch",
                           "hz")
        missing, there = answer["translations"]
        self.assertEqual((missing["va"], missing["error"]["status"]), (None, "NOT_FOUND"))
        self.assertEqual((there["va"], there["error"]), ("0xffffffff8020112c", None))

    def test_pages(self):
        for args, has_va in (((), False), (("--mappings",), True)):
            out = self.answered(SOUND, "pages", "--json", vmcore(EXAMPLE), *args)
            self.assertTrue(out)
            for line in out.splitlines():
                page = json.loads(line)
                self.assertEqual(set(page), {"pa", "va", "direct_va", "file_offset", "bytes",
                                             "protection"})
                for key in ("pa", "va", "direct_va", "file_offset"):
                    self.check_place(page[key])
                self.check_count(page["bytes"])
                self.assertEqual(page["va"] is not None, has_va)
                self.assertEqual(page["protection"], "rwx" if has_va else None)

    def test_dmesg(self):
        answer = self.json(SOUND, "dmesg", vmcore(SYSTEM))
        self.assertEqual(set(answer), {"schema", "source", "lines", "findings"})
        self.assertEqual((answer["source"], answer["findings"]), ("msgbuf", []))
        self.assertTrue(answer["lines"])
        for line in answer["lines"]:
            self.assertEqual(set(line), {"priority", "text"})
            self.assertIsInstance(line["text"], str)


if __name__ == "__main__":
    unittest.main()
