# SPDX-License-Identifier: BSD-2-Clause
"""What becomes of the committed seeds when campaigns bring in theirs."""

import hashlib
import os
import signal
import unittest
from unittest import mock

from support import FolderTest

from campaign import minimise
from campaign.layout import Failed
from campaign.minimise import Exchange, Plan, besides, manifest, plan

# stands for libFuzzer: wants each input of the second folder that begins with "new"
WANTS_NEW = """for last; do before=$prev; prev=$last; done
for f in "$last"/*; do case $(cat "$f") in new*) cp "$f" "$before";; esac; done
"""


def line(name, keep):
    return manifest.Line(f"t/{name}", "t", "written" if keep == "yes" else "campaign", keep, "why")


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
        with self.exchange() as exchange:
            exchange.carry_out("t", the_plan)
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

    def exchange(self):
        return Exchange(self.seeds, self.path)

    def test_what_coverage_needs_comes_back(self):
        self.seed("may", "no", "adds nothing")
        before = self.lines()
        with self.exchange() as exchange:
            exchange.carry_out("t", Plan(dropped=["may"], new={"n": (b"new", "afl")}))
            self.assertEqual((self.names(), set(self.lines())), ({"n"}, {"t/n"}))
            exchange.put_back()
        self.assertEqual((self.names(), set(self.lines())), ({"n", "may"}, {"t/n", *before}))
        self.assertFalse(exchange.aside.exists())

    def test_what_is_dropped_is_deleted_last(self):
        self.seed("may", "no", "adds nothing")
        with self.exchange() as exchange:
            exchange.carry_out("t", Plan(dropped=["may"]))
            self.assertEqual((exchange.aside / "t/may").read_text(), "adds nothing")
        self.assertFalse(exchange.aside.exists())
        self.assertEqual((self.names(), self.lines()), (set(), {}))

    def broken_off(self, *breaks):
        """An exchange that ends by an exception leaves all as it was."""
        self.seed("may", "no", "adds nothing")
        before = self.path.read_text()
        with self.assertRaises(breaks[0]), self.exchange() as exchange:
            exchange.carry_out("u", Plan(new={"m": (b"more", "afl")}))
            with breaks[1] if len(breaks) > 1 else mock.MagicMock():
                exchange.carry_out("t", Plan(dropped=["may"], new={"n": (b"new", "afl")}))
            raise breaks[0]
        self.assertEqual((self.names(), self.path.read_text()), ({"may"}, before))
        self.assertEqual((self.seeds / "t/may").read_text(), "adds nothing")
        self.assertEqual(os.listdir(self.seeds / "u"), [])
        self.assertFalse(exchange.aside.exists())

    def test_an_interrupt_of_the_gate_puts_all_back(self):
        self.broken_off(KeyboardInterrupt)

    def test_a_full_disk_puts_all_back(self):
        full = OSError(28, "No space left on device")
        for name in ("pathlib.Path.write_bytes", "campaign.minimise.manifest.write",
                     "campaign.minimise.made"):
            with self.subTest(name):
                self.broken_off(OSError, mock.patch(name, side_effect=full))

    def test_an_interrupt_while_putting_back_waits(self):
        self.seed("may", "no", "adds nothing")
        real = os.rename

        def rename(*names):
            os.kill(os.getpid(), signal.SIGINT)
            real(*names)
        with self.assertRaises(ZeroDivisionError), self.exchange() as exchange:
            exchange.carry_out("t", Plan(dropped=["may"]))
            patch = mock.patch("campaign.minimise.os.rename", rename)
            patch.start()
            self.addCleanup(patch.stop)
            raise ZeroDivisionError
        self.assertEqual(self.names(), {"may"})

    def test_what_a_killed_one_left_is_not_deleted(self):
        (self.seeds.parent / "dropped").mkdir()
        with self.assertRaises(Failed), self.exchange():
            self.fail("it must not begin")

    def test_a_failing_engine_ends_it(self):
        self.program("exit 1\n")
        with self.assertRaises(SystemExit):
            plan(self.layout, "t", {}, [], afl=False)

    def test_of_afl_s_picks_only_what_adds_is_taken(self):
        reached = {"seed": {"1:1"}, "same": {"1:1"}, "more": {"1:1", "2:1"}, "late": {"2:1"},
                   "count": {"1:4"}}
        self.assertEqual(list(besides(["same", "more", "late", "count"], reached, ["seed"])),
                         ["more", "count"])

    def test_an_engine_that_cannot_write_ends_it(self):
        self.found("new thing")
        self.program(WANTS_NEW.replace('cp "$f" "$before"', ': >"$before/${f##*/}"'))
        with self.assertRaisesRegex(SystemExit, "not written whole"):
            plan(self.layout, "t", {}, [], afl=False)


if __name__ == "__main__":
    unittest.main()
