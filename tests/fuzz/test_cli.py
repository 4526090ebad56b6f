# SPDX-License-Identifier: BSD-2-Clause
"""The exit status says 0 only where all was fuzzed and nothing was found."""

import argparse
import contextlib
import io
import signal
import unittest
from unittest import mock

import support
from campaign import cli
from campaign.layout import Failed, locked, made
from campaign.supervise import State

# merges all, and replays well; what it does to fuzz stands behind
ENGINE = """\
for f; do case $f in -set_cover_merge=1) merge=1;; -runs=1) exit ${REPLAY:-0};;
-artifact_prefix=*) prefix=${f#*=};; -*) ;; *) first=${first:-$f}; last=$f;; esac; done
[ -z "$merge" ] || exec cp "$last"/* "$first"
"""
WORKS = 'echo "#50 NEW cov: 7 ft: 8 corp: 1/1b lim: 4"; exec sleep 1\n'
ASAN = 'echo "==7==ERROR: AddressSanitizer: heap-use-after-free"; exit 77\n'


class Command(support.FolderTest):
    def setUp(self):
        super().setUp()
        patch = mock.patch.multiple("campaign.supervise", POLL=0.02, FAST_DEATHS=2)
        patch.start()
        self.addCleanup(patch.stop)

    def campaign(self, *words, build=True, sync=False):
        """(status, what it said)"""
        words = [*words, "--work", str(self.layout.work)]
        words += ["--build", str(self.layout.build)] if build else []
        with contextlib.redirect_stderr(io.StringIO()) as said:
            return cli.main(words), said.getvalue()

    def run_(self, *more):
        return self.campaign("run", "--no-build", "--time", "2s", "--jobs", "8", *more)

    def once(self, target, first):
        """A target that works, but for the first time."""
        mark = self.folder / f"{target}-began"
        self.program(f"{ENGINE}if ! [ -e {mark} ]; then :> {mark}\n{first}fi\n{WORKS}", target=target)


class Statuses(Command):
    def test_all_was_done(self):
        self.program(ENGINE + WORKS)
        status, said = self.run_()
        self.assertEqual((status, State(self.layout.state()).faults), (0, []), said)

    def test_what_was_not_done_is_said(self):
        self.once("asan", ASAN)
        self.once("oom", "kill -9 $$\n")
        self.once("lying", 'echo "Test unit written to ${prefix}crash-0f"; exit 77\n')
        self.program(ENGINE + "exit 1\n", target="dead")
        self.program(ENGINE + "sleep 1\n", target="idle")
        self.program("echo '#5 NEW'; case $* in *merge=1*) exit 1;; esac; sleep 1\n", target="split")
        status, said = self.run_()
        self.assertEqual(status, 2)
        faults = State(self.layout.state()).faults
        for fault in faults[:-1]:
            self.assertIn(f"NOT DONE: {fault}", said)
        self.assertEqual(sorted(fault for fault in faults if "merging" not in fault), [
            "asan/libfuzzer: ended with 77 and left no finding",
            "dead/libfuzzer: ended with 1 and left no finding",
            "dead/libfuzzer: set aside, it ends as soon as it starts", "dead: nothing was executed",
            "idle: nothing was executed", "lying/libfuzzer: ended with 77 and left no finding",
            "oom/libfuzzer: ended with -9 and left no finding"])
        self.assertIn("merging split failed", faults[-1])
        self.assertEqual(self.campaign("report", build=False)[0], 2)

    def test_a_finding_that_is_on_disk_is_none_of_these(self):
        name = "crash-11f6ad8ec52a2984abaafd7c3b516503785c2072"
        self.once("t", f'printf x >"${{prefix}}{name}"; echo "Test unit written to ${{prefix}}{name}"\n'
                  "exit 77\n")
        status, said = self.run_()
        self.assertEqual((status, State(self.layout.state()).faults), (1, []), said)

    def test_a_finding_that_nobody_replayed_is_said(self):
        (self.layout.artifacts("t") / "crash-a").write_bytes(b"x")
        self.assertEqual(self.campaign("report", build=False)[0], 2)
        with self.assertRaisesRegex(Failed, "no targets are built"):
            self.campaign("triage")
        self.program("exit 77\n")
        self.assertEqual(self.campaign("triage")[0], 1)
        self.assertEqual(self.campaign("report", build=False)[0], 1)


class Refusals(Command):
    def test_a_folder_without_a_campaign(self):
        self.program(ENGINE)
        for command in ("merge", "minimise", "triage", "report"):
            with self.assertRaisesRegex(Failed, "no campaign was run"):
                self.campaign(command, build=command != "report")
            self.assertFalse(self.layout.work.exists())

    def test_targets_that_are_not_there(self):
        with self.assertRaisesRegex(Failed, "no targets are built"):
            self.run_()
        self.program(ENGINE)
        for names in ("", "u", "t,"):
            with self.assertRaisesRegex(Failed, "targets are t; found"):
                self.run_("--targets", names)

    def test_two_at_once(self):
        self.program(ENGINE + WORKS)
        (self.layout.corpus("t") / "a").write_text("a")
        with locked(made(self.layout.work), "run"):
            for command in (("minimise",), ("merge",), ("run", "--no-build")):
                with self.assertRaisesRegex(Failed, "another one is at work"):
                    self.campaign(*command)
        self.assertEqual((self.layout.corpus("t") / "a").read_text(), "a")
        status, said = self.campaign("minimise")
        self.assertEqual(status, 0)
        self.assertIn("there is no afl-cmin, or no build `afl`", said)

    def test_options_that_a_command_does_not_read(self):
        for words in ("report --targets t", "report --build x", "targets --work x", "merge --engine afl",
                      "merge --minimise-time 3", "build --sync x", "triage --jobs 3"):
            with self.assertRaises(SystemExit) as end, contextlib.redirect_stderr(io.StringIO()) as said:
                cli.main(words.split())
            self.assertEqual(end.exception.code, 2)
            self.assertIn("unrecognized arguments", said.getvalue())


class Ends(unittest.TestCase):
    def test_only_a_finding_is_1(self):
        for what, status in ((OSError(28, "full"), 2), (KeyboardInterrupt(), 2), (KeyError("x"), 2),
                             (Failed("words"), 2), (SystemExit(0), 0)):
            with mock.patch.object(cli, "main", side_effect=what), mock.patch.object(signal, "signal"), \
                    contextlib.redirect_stderr(io.StringIO()), self.assertRaises(SystemExit) as end:
                cli.entry()
            self.assertEqual(end.exception.code, status, what)


class Durations(unittest.TestCase):
    def test_units(self):
        self.assertEqual([cli.duration(t) for t in ("90", "90s", "1.5m", "2h", "1d")],
                         [90, 90, 90, 7200, 86400])

    def test_what_is_no_time_says_so(self):
        for text in ("", "h", "-3s", "3 w", "1e3", "0", "0.9s"):
            with self.assertRaisesRegex(argparse.ArgumentTypeError, "expected"):
                cli.duration(text)


if __name__ == "__main__":
    unittest.main()
