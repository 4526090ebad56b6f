# SPDX-License-Identifier: BSD-2-Clause
"""Findings of one cause share a key; those of two do not; replaying says what failed, and where."""

import json
import subprocess
import time
import unittest
from pathlib import Path
from unittest import mock

import support
from campaign import call, triage

ASAN_AT = """\
==7==ERROR: AddressSanitizer: heap-buffer-overflow on address 0x5020 at pc 0x55 bp 0x7f sp 0x7f
READ of size 4 at 0x5020 thread T0
    #0 0x55d0 in __asan_memcpy (/b/t_fuzz+0x12) (BuildId: 9)
    #1 0x55d1 in get /t/lib/source/view.c:{line}:9
    #2 0x55d2 in kvs_header_read /t/lib/format/minidump.c:40:2
    #3 0x55d3 in recognise /t/lib/session/recognise.c:12:3
    #4 0x55d4 in kvmsafe_open /t/lib/session/open.c:99:1
    #5 0x55d5 in LLVMFuzzerTestOneInput /t/fuzz/session_fuzz.c:500:11
    #6 0x55d6 in main (/b/t_fuzz+0x99)

0x5020 is located 0 bytes after 16-byte region [0x5010,0x5020)
allocated by thread T0 here:
    #0 0x5510 in calloc (/b/t_fuzz+0x77)
    #1 0x5511 in kvs_alloc /t/lib/util/alloc.c:20:3
    #2 0x5512 in kvmsafe_other /t/lib/session/open.c:98:1
"""
WRONG_AT = """\
/t/fuzz/index_fuzz.c:{line}: wrong: kvmsafe_bitmap_count(map) == rank
==9== ERROR: libFuzzer: deadly signal
    #0 0x55 in __sanitizer_print_stack_trace (/b/t_fuzz+0x1)
    #1 0x56 in kvs_check_failed /t/fuzz/check.h:13:2
    #2 0x57 in compare /t/fuzz/index_fuzz.c:45:2
    #3 0x58 in LLVMFuzzerTestOneInput /t/fuzz/index_fuzz.c:90:3
"""
UNDEFINED_AT = """\
/t/lib/a.c:{line}:14: runtime error: shift exponent {line} is too large for 64-bit type 'uint64_t'
    #0 0x56 in shift_of /t/lib/a.c:{line}:14
    #1 0x57 in kvmsafe_translate /t/lib/session/read.c:3:2
"""
ASAN, WRONG, UNDEFINED = (text.replace("{line}", "33") for text in (ASAN_AT, WRONG_AT, UNDEFINED_AT))


class Keys(unittest.TestCase):
    def key(self, text, target="t"):
        return triage.read_output(text, True).key(target)

    def test_line_numbers_make_no_difference(self):
        for text in (ASAN_AT, WRONG_AT, UNDEFINED_AT):
            self.assertEqual(self.key(text.replace("{line}", "33")),
                             self.key(text.replace("{line}", "34")))

    def test_kind_functions_and_condition_do(self):
        keys = {self.key(text) for text in (
            ASAN, UNDEFINED, WRONG, ASAN.replace("heap-buffer-overflow", "heap-use-after-free"),
            ASAN.replace("in recognise ", "in describe "), WRONG.replace("== rank", "== 0"))}
        self.assertEqual(len(keys), 6)

    def test_a_fourth_function_makes_no_difference(self):
        self.assertEqual(self.key(ASAN), self.key(ASAN.replace("kvmsafe_open", "kvmsafe_reopen")))

    def test_without_our_functions_the_target_tells_apart(self):
        self.assertNotEqual(self.key("ERROR: libFuzzer: timeout", "a"),
                            self.key("ERROR: libFuzzer: timeout", "b"))
        self.assertEqual(self.key(ASAN, "a"), self.key(ASAN, "b"))

    def test_a_key_is_a_file_name(self):
        for text in (ASAN, WRONG, UNDEFINED, "", "ERROR: libFuzzer: out-of-memory (used: 3Mb)"):
            self.assertRegex(self.key(text), r"^[a-z0-9-]{9,50}$")


class Verdicts(unittest.TestCase):
    def test_an_access_is_named_by_kind_functions_and_entry(self):
        verdict = triage.read_output(ASAN, True)
        self.assertEqual(verdict.kind, "heap-buffer-overflow")
        self.assertEqual(verdict.frames, ["get", "kvs_header_read", "recognise", "kvmsafe_open"])
        self.assertEqual(verdict.entry, "kvmsafe_open")

    def test_a_wrong_answer_is_named_by_its_condition(self):
        verdict = triage.read_output(WRONG, True)
        self.assertEqual(verdict.kind, "wrong: index_fuzz.c: kvmsafe_bitmap_count(map) == rank")
        self.assertEqual((verdict.frames, verdict.entry), ([], "compare"))

    def test_a_leak_is_named_by_who_allocated(self):
        verdict = triage.read_output(
            "==1==ERROR: LeakSanitizer: detected memory leaks\n\n"
            "Direct leak of 100 byte(s) in 1 object(s) allocated from:\n"
            "    #0 0x55 in calloc (/b/t_fuzz+0x77)\n"
            "    #1 0x56 in kvs_alloc /t/lib/util/alloc.c:20:3\n"
            "    #2 0x57 in kvmsafe_open /t/lib/session/open.c:9:3\n", True)
        self.assertEqual((verdict.kind, verdict.frames, verdict.entry),
                         ("leak", ["kvs_alloc", "kvmsafe_open"], "kvmsafe_open"))

    def test_other_kinds(self):
        for text, kind in (("==1==ERROR: LeakSanitizer: detected memory leaks\n", "leak"),
                           ("==1== ERROR: libFuzzer: timeout after 5 seconds", "timeout"),
                           ("==1==WARNING: MemorySanitizer: use-of-uninitialized-value\n",
                            "use-of-uninitialized-value"), ("", "ended")):
            self.assertEqual(triage.read_output(text, True).kind, kind)

    def test_what_passes_is_not_reproduced(self):
        self.assertFalse(triage.read_output(ASAN, False).reproduced)


class Folders(support.FolderTest):
    def artifacts(self, **sizes):
        for name, size in sizes.items():
            (self.layout.artifacts("t") / f"crash-{name}").write_bytes(b"x" * size)

    def test_one_folder_a_cause_with_the_smallest_input(self):
        self.program('echo "fuzz/t_fuzz.c:3: wrong: 1 == 2"; exit 77\n')
        self.artifacts(a=50, b=7, c=20)
        found = triage.triage(self.layout, "t", 0)
        self.assertEqual([f["files"] for f in found], [3])
        folder = self.layout.findings() / f"t-{found[0]['key']}"
        self.assertEqual((folder / "input").stat().st_size, 7)
        self.assertEqual(json.loads((folder / "finding.json").read_text())["target"], "t")
        again = subprocess.run([folder / "reproduce.sh"], stdout=subprocess.PIPE, check=False)
        self.assertEqual(again.returncode, 77)
        self.assertIn(b"wrong: 1 == 2", again.stdout)
        self.assertEqual(triage.load(self.layout), found)

    def test_two_causes_are_two(self):
        # the last argument is the input; its size is the cause
        self.program('for f; do :; done\n'
                     'echo "t_fuzz.c:3: wrong: n == $(wc -c <"$f")"; exit 77\n')
        self.artifacts(a=1, b=2)
        self.assertEqual(len(triage.triage(self.layout, "t", 0)), 2)

    def test_a_crash_that_replaying_does_not_show_counts(self):
        self.program("exit 0\n")
        self.artifacts(a=1)
        for _ in range(2):
            found = triage.triage(self.layout, "t", 5)
            self.assertEqual([(f["key"], triage.fails(f)) for f in found], [(triage.LOST, True)])
        self.program('echo "fuzz/t_fuzz.c:3: wrong: 1 == 2"; exit 77\n')
        triage.triage(self.layout, "t", 0)
        self.assertEqual([f["reproduced"] for f in triage.load(self.layout)], [True])

    def test_a_limit_that_replaying_does_not_reach_does_not_count(self):
        self.program("exit 0\n")
        for name in ("timeout-a", "slow-unit-b", "oom-c"):
            (self.layout.artifacts("t") / name).write_bytes(b"x")
        found = triage.triage(self.layout, "t", 5)
        self.assertEqual([(f["key"], f["files"], triage.fails(f)) for f in found],
                         [(triage.PASSES, 3, False)])

    def test_crashes_of_both_engines_are_told_from_limits(self):
        for path, crash in (("findings/crash-1", True), ("findings/leak-1", True),
                            ("m/crashes/id:0,sig:6", True), ("m/crashes.2026/id:0", True),
                            ("m/hangs/id:0", False), ("findings/timeout-1", False)):
            self.assertEqual(triage.is_crash(Path(path)), crash, path)

    def test_a_finding_that_was_mended_passes_now(self):
        self.program('echo "fuzz/t_fuzz.c:3: wrong: 1 == 2"; exit 77\n')
        self.artifacts(a=5)
        triage.triage(self.layout, "t", 0)
        triage.triage(self.layout, "t", 0)
        self.assertEqual([f["reproduced"] for f in triage.load(self.layout)], [True])
        self.program("exit 0\n")
        triage.triage(self.layout, "t", 0)
        self.assertEqual([f["reproduced"] for f in triage.load(self.layout)], [False, False])
        self.assertFalse(any(map(triage.fails, triage.load(self.layout))))

    def test_a_smaller_input_of_another_cause_is_not_taken(self):
        self.program('for f; do case $f in -exact_artifact_path=*) printf x >"${f#*=}"; exit 0;; '
                     'esac; done\n'
                     'echo "t_fuzz.c:3: wrong: n == $(wc -c <"$f")"; exit 77\n')
        self.artifacts(a=9)
        found = triage.triage(self.layout, "t", 1)
        self.assertEqual(found[0]["bytes"], 9)


class Hanging(support.FolderTest):
    def setUp(self):
        super().setUp()
        patch = mock.patch("campaign.triage.REPLAY_MAX", 0.3)
        patch.start()
        self.addCleanup(patch.stop)

    def test_a_replay_that_hangs_is_a_timeout_with_what_it_said(self):
        self.program("echo so far; sleep 50\n")
        (self.layout.artifacts("t") / "crash-a").write_bytes(b"x")
        found, = triage.triage(self.layout, "t", 0)
        self.assertEqual((found["kind"], found["reproduced"]), ("timeout", True))
        folder = self.layout.findings() / f"t-{found['key']}"
        self.assertEqual((folder / "output.txt").read_text(), "so far\n")

    def test_so_is_one_that_was_another_finding(self):
        self.program('echo "fuzz/t_fuzz.c:3: wrong: 1 == 2"; exit 77\n')
        (self.layout.artifacts("t") / "crash-a").write_bytes(b"x")
        triage.triage(self.layout, "t", 0)
        self.program("sleep 50\n")
        triage.triage(self.layout, "t", 0)
        self.assertEqual([(f["reproduced"]) for f in triage.load(self.layout)], [True, True])

    def test_an_exception_leaves_no_process(self):
        path = self.program(f"sleep 50 & echo $! >{self.folder}/left; sleep 0.5; kill -INT $PPID; wait\n")
        with self.assertRaises(KeyboardInterrupt):
            call.call([str(path)], 20)
        left, deadline = int((self.folder / "left").read_text()), time.monotonic() + 20
        while support.alive(left):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)


if __name__ == "__main__":
    unittest.main()
