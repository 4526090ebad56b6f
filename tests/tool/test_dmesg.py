# SPDX-License-Identifier: BSD-2-Clause
"""kvmsafe dmesg: order, priorities, filter; no byte of the dump drives the terminal."""

import unittest

from support import NO_ANSWER, SOUND, SYSTEM, EXAMPLE, ToolTest, run, vmcore

LINE = b"line 8 of many"


class Dmesg(ToolTest):
    def changed(self, text):
        """The dump with one line of its messages changed: only their checksum is wrong then."""
        return self.copy(vmcore(SYSTEM), [(LINE, text)])

    def test_a_ring_that_wrapped_is_put_right(self):
        lines = self.answered(SOUND, "dmesg", vmcore(SYSTEM)).splitlines()
        self.assertEqual(lines[1], "line 7 of many, long enough to fill a ring")
        self.assertEqual(lines[-1], "panic: synthetic panic: page fault while generating")

    def test_control_bytes_are_escaped_as_vis_does(self):
        done = run("dmesg", self.changed(b"\x1b]0;\x07\x9b\xa0\xff\x7f\\\t~\0\xe9"))
        self.assertEqual(done.returncode, SOUND)
        self.assertIn(b"\n\\^[]0;\\^G\\M^[\\240\\M^?\\^?\\\\\t~", done.stdout)
        self.assertTrue(all(byte in b"\t\n" or 0x20 <= byte <= 0x7e for byte in done.stdout))

    def test_every_byte_is_written_as_vis_writes_it(self):
        for start in range(1, 256, 14):
            raw = bytes(byte for byte in range(start, min(start + 14, 256)) if byte not in b"\n<")
            done = run("dmesg", self.changed(b"=" + raw[:13].ljust(13, b"=")))
            self.assertIn(b"\n=" + b"".join(map(vis, raw[:13])), done.stdout)

    def test_json_loses_no_byte(self):
        raw = b"\x1b\x01\x80\xa0\xff\x7f\\\t\"\xc3\xa9\x9b{}"
        texts = [line["text"].encode("latin-1")
                 for line in self.json(SOUND, "dmesg", self.changed(raw))["lines"]]
        self.assertIn(raw + b", long enough to fill a ring", texts)

    def test_raw_is_the_bytes_with_their_marks(self):
        raw = b"<5>\x1b\x01\x80\xa0\xff\x7f\\\t\"!!"
        done = run("dmesg", "--raw", self.changed(raw))
        self.assertEqual(done.returncode, SOUND)
        self.assertIn(b"\n" + raw + b", long", done.stdout)

    def test_a_priority_goes_from_the_text_into_json(self):
        dump = self.changed(b"<6>8 of many..")
        self.assertIn("\n8 of many..,", self.answered(SOUND, "dmesg", dump))
        lines = self.json(SOUND, "dmesg", dump)["lines"]
        self.assertIn({"priority": 6, "text": "8 of many.., long enough to fill a ring"}, lines)
        self.assertIn(None, [line["priority"] for line in lines])

    def test_kernel_leaves_out_what_userland_said(self):
        dump = self.changed(b"<118>8 of many")
        every = self.answered(SOUND, "dmesg", dump).splitlines()
        kernel = self.answered(SOUND, "dmesg", "--kernel", dump).splitlines()
        self.assertIn("8 of many, long enough to fill a ring", every)
        self.assertNotIn("8 of many, long enough to fill a ring", kernel)
        self.assertIn("line 9 of many, long enough to fill a ring", kernel)
        self.assertNotIn(118, [line["priority"] for line in
                               self.json(SOUND, "dmesg", "--kernel", dump)["lines"]])

    def test_a_wrong_checksum_is_told_and_leaves_zero(self):
        dump = self.changed(b"line 8 of MANY")
        done = run("dmesg", dump)
        self.assertEqual(done.returncode, SOUND)
        self.assertIn(b"msgbuf-checksum:", done.stderr)
        findings = self.json(SOUND, "dmesg", dump)["findings"]
        self.assertEqual(len(findings), 1)
        self.check_error(findings[0])
        self.assertIn("note msgbuf-checksum:", self.answered(SOUND, "check", dump))
        answer = self.json(SOUND, "check", dump)
        self.assertEqual((answer["sound"], answer["findings"]), (True, findings))

    def test_a_dump_without_messages_is_no_answer(self):
        self.refused(NO_ANSWER, "dmesg", vmcore("amd64-v3-no-msgbuf"))
        self.assertIn("message", self.refused(NO_ANSWER, "dmesg", vmcore("amd64-full-no-kernel")))


def vis(byte):
    """By the manual of vis(3), each case by itself."""
    char = bytes([byte])
    if char == b"\\":
        return b"\\\\"
    if char in b"\t\n" or 0x20 <= byte <= 0x7e:
        return char
    if byte in (0x20 | 0x80,):
        return b"\\%03o" % byte
    meta = b"\\M" if byte >= 0x80 else b"\\"
    low = byte & 0x7f
    if low == 0x7f:
        return meta + b"^?"
    if low < 0x20:
        return meta + b"^" + bytes([low + 0x40])
    return meta + b"-" + bytes([low])


if __name__ == "__main__":
    unittest.main()
