# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of the committed seeds when campaigns bring in theirs."""

import hashlib
import unittest

from support import FolderTest

from campaign import minimise
from campaign.minimise import Plan, besides, carry_out, manifest, plan, put_back

# stands for libFuzzer: wants each input of the second folder that begins with "new"
WANTS_NEW = """for last; do before=$prev; prev=$last; done
for f in "$last"/*; do case $(cat "$f") in new*) cp "$f" "$before";; esac; done
"""


def line(name, keep):
    return manifest.Line(f"t/{name}", "t", "generator" if keep == "yes" else "campaign", keep, "why")


class Minimise(FolderTest):
    def setUp(self):
        super().setUp()
        self.root, minimise.ROOT = minimise.ROOT, self.folder
        self.addCleanup(setattr, minimise, "ROOT", self.root)
        self.seeds = self.folder / "corpus/seeds"
        self.path = self.folder / "corpus/MANIFEST"
        (self.seeds / "t").mkdir(parents=True)

    def seed(self, name, keep, text):
        (self.seeds / "t" / name).write_text(text, encoding="utf-8")
        lines, _ = manifest.read(self.path)
        lines[f"t/{name}"] = line(name, keep)
        manifest.write(self.path, lines.values())

    def found(self, text):
        (self.layout.corpus("t") / "x").write_text(text, encoding="utf-8")

    def names(self):
        return {path.name for path in (self.seeds / "t").iterdir()}

    def lines(self):
        return manifest.read(self.path)[0]

    def ask(self):
        self.program(WANTS_NEW)
        return plan(self.layout, "t", self.lines(), [], afl=False)

    def test_what_must_stay_stays_and_what_adds_nothing_goes(self):
        self.seed("must", "yes", "adds nothing")
        self.seed("may", "no", "adds nothing either")
        self.seed("does", "no", "new since it came")
        the_plan = self.ask()
        self.assertEqual((the_plan.dropped, the_plan.new, the_plan.kept), (["may"], {}, 2))

    def test_what_came_in_is_named_by_content_and_has_a_line(self):
        self.found("new thing")
        digest = hashlib.sha1(b"new thing").hexdigest()
        the_plan = self.ask()
        self.assertEqual(the_plan.new, {digest: (b"new thing", "libfuzzer")})
        carry_out(self.seeds, self.path, "t", the_plan, self.folder / "backup")
        self.assertEqual(self.lines()[f"t/{digest}"].keep, "no")
        self.assertEqual(manifest.check(self.path, self.seeds, []), [])

    def test_an_input_that_is_there_is_not_new(self):
        self.seed("must", "yes", "new but known")
        self.found("new but known")
        self.assertEqual(self.ask().new, {})

    def test_nothing_is_touched_before_the_plan_is_carried_out(self):
        self.seed("may", "no", "adds nothing")
        self.found("new thing")
        self.ask()
        self.assertEqual(self.names(), {"may"})

    def test_what_coverage_needs_comes_back(self):
        self.seed("may", "no", "adds nothing")
        before = self.lines()
        carry_out(self.seeds, self.path, "t", Plan(dropped=["may"]), self.folder / "backup")
        self.assertEqual((self.names(), self.lines()), (set(), {}))
        put_back(self.seeds, self.path, before, self.folder / "backup")
        self.assertEqual((self.names(), self.lines()), ({"may"}, before))

    def test_a_failing_engine_ends_it(self):
        self.program("exit 1\n")
        with self.assertRaises(SystemExit):
            plan(self.layout, "t", {}, [], afl=False)

    def test_of_afl_s_picks_only_what_adds_is_taken(self):
        reached = {"seed": {"1:1"}, "same": {"1:1"}, "more": {"1:1", "2:1"}, "late": {"2:1"},
                   "count": {"1:4"}}
        self.assertEqual(list(besides(["same", "more", "late", "count"], reached, ["seed"])),
                         ["more", "count"])


if __name__ == "__main__":
    unittest.main()
