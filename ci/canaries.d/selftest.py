#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How canaries apply, what counts as found, what the table says."""
import sys
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / folder) for folder in ("ci/canaries.d", "ci/guards.d", "fuzz")]
sys.dont_write_bytecode = True

import hunt  # noqa: E402
import patches  # noqa: E402
from workshop import Broken  # noqa: E402


class Canaries(unittest.TestCase):
    PATCH = "Rows: D1, A1\nPlants: x\nTarget: avail\n\n--- a/f.c\n+++ b/f.c\n" \
        "@@ -1,3 +1,3 @@\n one\n-two\n+2\n three\n"

    def load(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "name.patch"
            path.write_text("SPDX-License-Identifier: BSD-2-Clause\n" + self.PATCH)
            return patches.load(path)

    def test_a_patch_is_applied_wherever_its_text_is(self):
        texts = patches.apply(self.load(), lambda path: "zero\nzero\none\ntwo\nthree\n")
        self.assertEqual(texts, {"f.c": "zero\nzero\none\n2\nthree\n"})

    def test_a_patch_of_other_text_is_stale(self):
        for text in ("one\ntoo\nthree\n", "one\ntwo\nthree\none\ntwo\nthree\n"):
            with self.assertRaises(patches.Stale):
                patches.apply(self.load(), lambda path, text=text: text)

    def test_rows_are_counted_by_machine(self):
        self.assertEqual(len(list(patches.all_rows())), 109)
        self.assertEqual(patches.excused("## Not planted\n\n| defects | why |\n| --- | --- |\n"
            "| 3(h), A7 | none |\n"), {"3(h)", "A7"})


class Stub(hunt.Hunt):
    """One target, x, whose program is a shell script."""

    def __init__(self, top, script):
        super().__init__(top, top, 1)
        seed = self.shop.tree / "corpus/seeds/x/seed"
        seed.parent.mkdir(parents=True)
        seed.write_text("bad")
        (self.shop.tree / "fuzz/dict").mkdir(parents=True)
        (self.shop.tree / "fuzz/dict/x.dict").write_text("")
        self.script = top / "x_fuzz"
        self.script.write_text(f"#!/bin/sh\n{script}\n")
        self.script.chmod(0o755)

    def program(self, target):
        return self.script


class Hunting(unittest.TestCase):
    def hunter(self, script):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        return Stub(Path(held.name), script)

    def test_a_target_that_passes_its_seeds_is_sound(self):
        self.hunter("echo '#7\tDONE'").sound("x")

    def test_a_target_that_finds_something_before_anything_is_planted_ends_the_hunt(self):
        with self.assertRaisesRegex(Broken, "without a canary"):
            self.hunter("echo 'x.c:1: wrong: a == b'; exit 77").sound("x")

    def test_a_failure_that_is_no_finding_ends_the_hunt(self):
        refuses = self.hunter("case $* in *-dict=*) echo ParseDictionaryFile: error; exit 1 ;; esac")
        for ask in (refuses.sound, refuses.noticed, refuses.witnesses):
            with self.assertRaisesRegex(Broken, "ParseDictionaryFile"):
                ask("x")

    def test_what_is_found_names_executions_and_the_seed(self):
        finds = self.hunter("for last; do :; done; prefix=$(echo \"$*\" | sed 's/.*artifact_prefix=//;"
            "s/ .*//'); cp \"$last/seed\" \"${prefix}crash-1\"; echo number_of_executed_units: 12; "
            "echo 'x.c:1: wrong: a == b'; exit 77")
        seen = finds.noticed("x")
        self.assertEqual((seen.found, seen.executions, seen.seed), (True, 12, "seed"))
        self.assertEqual(seen.how, "x.c:1: wrong: a == b")

    def test_limits_are_those_of_campaigns(self):
        command = self.hunter("").command("x", "/w", "last")
        self.assertIn("-malloc_limit_mb=256", command)
        self.assertEqual(command[-1], "last")


class Table(unittest.TestCase):
    LOAD = {"found": True, "executions": 7, "seconds": 0.25, "target": "avail", "seed": "one"}

    def test_a_line_says_what_was_not_asked_and_why(self):
        row = {"rows": ["D1"], "load": self.LOAD}
        told = "| x | D1 | `avail` one | 7 | 0.2 | "
        never = {**self.LOAD, "found": False, "executions": 9}
        self.assertEqual(hunt.told("x", row), told + "- | not asked | - |")
        row |= {"removed": 49, "hunted": None}
        self.assertEqual(hunt.told("x", row), told + "over 48 | not asked | - |")
        row |= {"removed": 2, "hunted": never}
        self.assertEqual(hunt.told("x", row), told + "2 | NO, 9 | 0.2 |")

    def test_the_median_counts_what_is_not_found_as_never(self):
        never = {**self.LOAD, "found": False}
        self.assertEqual(hunt.medians([{"load": self.LOAD}, {"load": never}, {"load": never}]),
            "At load: 1 of 3 found, median inf executions and inf s.")
        self.assertEqual(hunt.medians([{"load": self.LOAD}] * 2 + [{"load": never}]),
            "At load: 2 of 3 found, median 7 executions and 0.2 s.")

    def test_the_table_in_the_tree_is_one_that_the_script_prints(self):
        folder = TOP / "fuzz" / "canaries"
        table = (folder / "README.md").read_text().partition(hunt.HEAD + "\n")[2].splitlines()
        self.assertEqual(sorted(line.split()[1] for line in table),
            sorted(path.stem for path in folder.glob("*.patch")))
        self.assertEqual({line.count(" | ") for line in table}, {hunt.HEAD.splitlines()[0].count(" | ")})


if __name__ == "__main__":
    unittest.main()
