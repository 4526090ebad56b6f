# SPDX-License-Identifier: BSD-2-Clause
"""The manifest of the corpus: no input without a line, no line without an input."""

import os
import sys
import tempfile
import unittest

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
sys.path.insert(0, os.path.join(TOP, "fuzz", "seeds"))
sys.dont_write_bytecode = True

import manifest  # noqa: E402
import reasons  # noqa: E402

GOOD = "t/%s\tt\t%s\tyes\tbecause\n"


class Manifest(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.root = os.path.join(held.name, "seeds")
        self.path = os.path.join(held.name, "MANIFEST")
        os.makedirs(os.path.join(self.root, "t"))

    def inputs(self, *names):
        for name in names:
            with open(os.path.join(self.root, "t", name), "w", encoding="utf-8") as out:
                out.write(name)

    def say(self, *rows):
        with open(self.path, "w", encoding="utf-8") as out:
            out.writelines(rows)

    def check(self, *seeds):
        return manifest.check(self.path, self.root, seeds)

    def seed(self, name, why="because"):
        return manifest.Line("t/" + name, "t", "written", "yes", why)

    def test_each_input_has_its_line(self):
        self.inputs("a", "b")
        self.say(GOOD % ("a", "written"), GOOD % ("b", "finding"))
        self.assertEqual(self.check(self.seed("a")), [])

    def test_an_input_without_a_line_is_wrong(self):
        self.inputs("a", "b")
        self.say(GOOD % ("a", "finding"))
        self.assertEqual(self.check(), ["t/b: no line in the manifest"])

    def test_a_line_without_an_input_is_wrong(self):
        self.inputs("a")
        self.say(GOOD % ("a", "finding"), GOOD % ("b", "finding"))
        self.assertEqual(self.check(), ["t/b: a line in the manifest, and no such file"])

    def test_a_line_that_seeds_would_not_write_is_wrong(self):
        self.inputs("a", "b")
        self.say(GOOD % ("a", "written"), GOOD % ("b", "written"))
        wrong = self.check(self.seed("a", "another reason"))
        self.assertEqual(len(wrong), 2)
        self.assertIn("t/a: the manifest's line is not as", wrong[0])
        self.assertIn("t/b: fuzz/seeds writes no such input", wrong[1])

    def test_lines_must_be_whole(self):
        self.inputs("a")
        for row in ("t/a\tt\tfinding\tyes\n", GOOD % ("a", "heaven"), GOOD % ("a", "finding") * 2,
                    "t/a\tt\tfinding\tperhaps\twhy\n", "t/a\tu\tfinding\tyes\twhy\n",
                    "t/a\tt\tfinding\tyes\t \n"):
            self.say(row)
            self.assertTrue(self.check(), row)

    def test_writing_keeps_lines_by_hand_and_removes_what_seeds_no_longer_write(self):
        self.inputs("hand", "merged", "old", "new")
        self.say(GOOD % ("hand", "finding"), GOOD % ("merged", "campaign"), GOOD % ("old", "written"))
        self.assertEqual(manifest.update(self.path, self.root, [self.seed("new")]), [])
        self.assertEqual(manifest.present(self.root)[0], {"t/hand", "t/merged", "t/new"})
        self.assertEqual(self.check(self.seed("new")), [])

    def test_what_another_run_wrote_meanwhile_stays(self):
        self.inputs("theirs", "new")
        self.say(GOOD % ("theirs", "written"))
        manifest.update(self.path, self.root, [self.seed("new")], before={})
        self.assertEqual(manifest.present(self.root)[0], {"t/theirs", "t/new"})
        self.assertEqual(set(manifest.read(self.path)[0]), {"t/theirs", "t/new"})

    def test_writing_says_what_needs_a_line_by_hand(self):
        self.inputs("a")
        self.assertEqual(manifest.update(self.path, self.root, []),
                         ["t/a: no line in the manifest: add one"])

    def test_a_manifest_with_a_mistake_is_not_written_over(self):
        self.inputs("a")
        self.say("t/a finding\n")
        self.assertTrue(manifest.update(self.path, self.root, [self.seed("a")]))
        with open(self.path, encoding="utf-8") as text:
            self.assertEqual(text.read(), "t/a finding\n")

    def test_series_have_their_reason(self):
        self.assertEqual(reasons.of("session", "v3-eio-7"),
                         "read 7 fails: IO, with the file's offset, and nothing is kept")
        self.assertEqual(reasons.of("session", "v3-cut-44"),
                         "the file ends at 44: TRUNCATED, what is before is answered")
        self.assertEqual(reasons.of("none", "a-name-that-says-it"), "a name that says it")


if __name__ == "__main__":
    unittest.main()
