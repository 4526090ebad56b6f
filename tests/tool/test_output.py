# SPDX-License-Identifier: BSD-2-Clause
"""Where output goes: closed pipes, full devices, terminals, evidence that stays as it was."""

import json
import os
import pty
import signal
import subprocess
import time
import unittest

from support import (EXAMPLE, NO_ANSWER, SOUND, SYSTEM, TOOL, USAGE, ToolTest, kernel, run, vmcore)

LONG = ["read", "--phys", vmcore("amd64-full-example"), "-N", kernel("amd64-full-example"), "0",
        "0x400000"]


def on_terminal(args, stdout):
    """Run with a terminal on standard error; answers exit code and what it was sent."""
    master, slave = pty.openpty()
    with subprocess.Popen([TOOL, *args], stdout=slave if stdout is None else stdout,
                          stderr=slave) as tool:
        os.close(slave)
        sent = b""
        while True:
            try:
                piece = os.read(master, 65536)
            except OSError:  # Linux: the other side is closed
                break
            if not piece:
                break
            sent += piece
        os.close(master)
        return tool.wait(), sent


class Pipes(ToolTest):
    def closed_pipe(self, restore):
        with subprocess.Popen([TOOL, *LONG], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              restore_signals=restore) as tool:
            tool.stdout.close()
            message = tool.stderr.read()
            return tool.wait(), message

    def test_a_reader_that_goes_away_ends_it_quietly(self):
        self.assertEqual(self.closed_pipe(True), (-signal.SIGPIPE, b""))

    def test_also_where_sigpipe_is_ignored(self):
        self.assertEqual(self.closed_pipe(False), (NO_ANSWER, b""))

    @unittest.skipUnless(os.path.exists("/dev/full"), "no /dev/full")
    def test_what_cannot_be_written_is_an_error(self):
        for args in (["info", vmcore(EXAMPLE)], ["info", "--json", vmcore(EXAMPLE)],
                     ["pages", vmcore(EXAMPLE)], ["--help"], LONG):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([TOOL, *args], stdout=full, stderr=subprocess.PIPE,
                                      check=False)
            self.assertEqual(done.returncode, NO_ANSWER, args)
            self.assertTrue(done.stderr.startswith(b"kvmsafe: standard output: "), done.stderr)

    def test_a_closed_standard_output_is_an_error(self):
        done = subprocess.run(["/bin/sh", "-c", 'exec "$0" "$@" >&-', TOOL, "info",
                               vmcore(EXAMPLE)], stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, NO_ANSWER)


class Terminals(ToolTest):
    def test_raw_bytes_never_go_to_a_terminal(self):
        for args in (["dmesg", "--raw", vmcore(SYSTEM)],
                     ["read", "--raw", "--phys", vmcore(EXAMPLE), "0x4000", "16"]):
            code, sent = on_terminal(args, None)
            self.assertEqual(code, USAGE)
            self.assertIn(b"terminal", sent)
            self.assertNotIn(b"\x00", sent)

    def sparse(self, size):
        """The full core with its segment made larger, nearly all of it a hole."""
        dump = self.copy(vmcore("amd64-full-example"))
        with open(dump, "r+b") as file:
            for field in (64 + 32, 64 + 40):  # p_filesz, p_memsz
                file.seek(field)
                file.write(size.to_bytes(8, "little"))
            file.truncate(0x1000 + size)
        return dump

    def slow(self, *more, seconds=1.5):
        """A read that takes so long, a slow start not counted: exit code, what the terminal got."""
        length, least = 0x1000, None
        while True:
            dump = self.sparse(length)
            args = ["read", "-N", kernel("amd64-full-example"), "--phys", dump, "0", str(length),
                    *more]
            start = time.monotonic()
            with open(os.devnull, "wb") as null:
                code, sent = on_terminal(args, null)
            took = time.monotonic() - start
            if least is None:
                length, least = 1 << 25, 2 * took + seconds
            elif took > least:
                return code, sent
            else:
                length *= 4

    def test_long_work_shows_a_bar_and_erases_it(self):
        for seconds in (1.5, 8, 30):  # on a busy machine the start may be most of it
            code, sent = self.slow(seconds=seconds)
            if sent:
                break
        self.assertEqual(code, SOUND)
        self.assertRegex(sent, rb"^\r\[=* *\] +\d+%")
        self.assertRegex(sent, rb"\r +\r$")

    def test_quiet_shows_none(self):
        self.assertEqual(self.slow("--quiet"), (SOUND, b""))

    def test_short_work_shows_none(self):
        with open(os.devnull, "wb") as null:
            self.assertEqual(on_terminal(["pages", vmcore(EXAMPLE)], null), (SOUND, b""))


class Names(ToolTest):
    def test_a_name_stays_on_its_line(self):
        dump = self.copy(vmcore(EXAMPLE), length=0x8800)
        name = os.path.join(os.path.dirname(dump), "x\nsound:     yes\t")
        os.rename(dump, name)
        done = run("info", name)
        said = [line for line in done.stdout.split(b"\n") if line.startswith(b"sound:")]
        self.assertEqual(said, [b"sound:     no"])
        self.assertIn(b"x\\^Jsound:     yes\\^I\n", done.stdout)
        self.assertIn(b"x\\^Jsound:     yes\\^I: not sound", run("pages", name).stderr)
        self.assertEqual(run("info", name + "\nz").stderr.count(b"\n"), 1)
        self.assertTrue(run("a\nb").stderr.startswith(b"kvmsafe: 'a\\^Jb': "))


    def test_json_of_a_name_is_printable(self):
        name = "a\x1b[31m\x7f"
        done = run("symbols", "--json", "-N", kernel(SYSTEM), vmcore(SYSTEM), name)
        self.assertTrue(all(0x20 <= byte <= 0x7e for byte in done.stdout[:-1]), done.stdout)
        self.assertEqual(json.loads(done.stdout)["symbols"][0]["name"], name)


class Evidence(ToolTest):
    def test_a_dump_that_cannot_be_written_is_enough_and_stays_as_it_was(self):
        dump = self.copy(vmcore(EXAMPLE))
        os.chmod(dump, 0o400)
        os.chmod(os.path.dirname(dump), 0o500)
        self.addCleanup(os.chmod, os.path.dirname(dump), 0o700)
        before = os.stat(dump)
        for args in (["info", dump], ["check", dump], ["pages", dump],
                     ["read", dump, "0xfffffe0000005123", "16"]):
            self.assertEqual(run(*args).returncode, SOUND)
        after = os.stat(dump)
        self.assertEqual((before.st_mtime_ns, before.st_size), (after.st_mtime_ns, after.st_size))
        self.assertEqual(os.listdir(os.path.dirname(dump)), [os.path.basename(dump)])

    def test_output_never_goes_into_what_is_read(self):
        dump, image = self.copy(vmcore(SYSTEM)), self.copy(kernel(SYSTEM))
        for path in dump, image:
            with open(path, "rb") as file:
                before = file.read()
            with open(path, "ab") as out:
                for more in (), ("--json",):
                    done = subprocess.run([TOOL, "info", "-N", image, dump, *more], stdout=out,
                                          stderr=subprocess.PIPE, check=False)
                    self.assertEqual(done.returncode, USAGE)
                    self.assertIn(b"standard output", done.stderr)
            with open(path, "rb") as file:
                self.assertEqual(file.read(), before)

    def test_a_pipe_is_refused(self):
        read, write = os.pipe()
        os.close(write)
        done = subprocess.run([TOOL, "info", "/dev/stdin"], stdin=read, stderr=subprocess.PIPE,
                              stdout=subprocess.PIPE, check=False)
        os.close(read)
        self.assertEqual((done.returncode, done.stdout), (NO_ANSWER, b""))


if __name__ == "__main__":
    unittest.main()
