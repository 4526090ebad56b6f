# SPDX-License-Identifier: BSD-2-Clause
"""Spoils one guard after the other in a copy of the tree, and asks: the corpus, then the tests."""
import collections
import subprocess
import time
from pathlib import Path

import witness
from workshop import OPTIONS, Broken, Workshop


LIKELY = 3  # tests


class Late(Exception):
    """The time is over: this guard was not asked of all tests."""


class Trial:
    """The guards of one copy of the tree."""

    def __init__(self, top, folder, book, reach, until):
        self.shop, self.jobs = Workshop(top, folder, OPTIONS), 1
        self.book, self.reach, self.until = book, reach, until
        self.corpus, self.units = {}, {}
        self.vetted = {}  # unit test: does it pass on sound sources?
        self.kills = collections.Counter()  # of (path, test)
        self.objects = {}  # source: its object, sound

    def prepare(self, jobs):
        self.corpus, self.jobs = self.shop.prepare(jobs), jobs
        if not self.corpus:
            raise Broken("no corpus test passes on the untouched tree")

    def sound(self, path):
        """The text of a source, with everything else sound and built."""
        shop = self.shop
        if path in shop.spoilt:
            return shop.spoilt[path]
        self.restore()
        if path in shop.commands:
            self.objects[path] = shop.object_of(path).read_bytes()
        return (shop.tree / path).read_text()

    def restore(self, build=True):
        shop = self.shop
        headers = [path for path in shop.spoilt if path not in shop.commands]
        for path in shop.spoilt:
            if path in self.objects:
                shop.object_of(path).write_bytes(self.objects[path])
        shop.restore()
        if headers and build:  # ninja must compile again what includes them
            tests = [*self.corpus.values(),
                *(test for name, test in self.units.items() if self.vetted.get(name))]
            shop.build(["kvs_objects", *{test.target for test in tests}], self.jobs)

    def try_guard(self, guard):
        start, shop = time.monotonic(), self.shop
        text = guard.apply(self.sound(guard.path))
        shop.spoil(guard.path, text)
        row = self.ask_corpus(guard)
        if row is None and self.code(guard.path):
            row = {"verdict": "unnoticed", "why": "same code"}
        if row is None and self.reach is None:
            row = {"verdict": "silent", "why": "the tests were not asked"}
        if row is None:
            row = self.ask_tests(guard, text)
        row |= {"seconds": round(time.monotonic() - start, 1), "at": round(time.time())}
        return self.book.record(guard, row)

    def code(self, path):
        """Did the compiler already drop this guard: is the machine code the sound one?"""
        if path not in self.objects:
            return False
        place = self.shop.object_of(path)
        spoilt = disassembled(place)
        twin = place.with_suffix(".sound")
        twin.write_bytes(self.objects[path])
        return spoilt == disassembled(twin)

    def compile(self, guard):
        shop = self.shop
        if guard.path in shop.commands:
            return shop.compile(guard.path)
        return shop.build(["kvs_objects"], self.jobs)

    def link(self, guard, test):
        shop = self.shop
        if guard.path in shop.commands:
            return shop.link(test.target)
        return shop.build([test.target], self.jobs)

    def order(self, guard, tests):
        """Those first that will notice soonest for their cost."""
        stem, last = Path(guard.path).stem, self.book.last_test(guard)

        def promise(test):
            hits = self.kills[guard.path, test.name] + 0.1 + \
                (3 if stem in test.name else 0) + (1 if test.name == "replay_session" else 0)
            return test.name == last, hits / (test.seconds + 0.5)
        return sorted(tests, key=promise, reverse=True)

    def ask_corpus(self, guard):
        if not self.compile(guard):
            return {"verdict": "unnoticed", "why": "does not compile"}
        return self.ask(guard, self.corpus.values(), "corpus")

    def ask_tests(self, guard, text):
        """First a few that are likely to notice, one by one; the rest, if there are more, together."""
        if not self.units:
            self.units = self.shop.unit_tests()
        names = self.reach.tests(guard, self.units)
        able = self.order(guard, [test for test in self.units.values() if test.name in names])
        row = None
        for tests in [*([test] for test in able[:LIKELY]), able[LIKELY:]]:
            if row is None:
                self.in_time()
                row = self.ask(guard, self.vet(guard, text, tests), "tests")
        return row or {"verdict": "unnoticed", "why": "asked all" if able else "never run by a test"}

    def vet(self, guard, text, tests):
        """Those of these tests that pass on sound sources; built and timed when first needed."""
        new = {test.name: test for test in tests if test.name not in self.vetted}
        if new:
            self.restore()
            passing = self.shop.vetted(new, self.jobs)
            self.vetted |= {name: name in passing for name in new}
            self.sound(guard.path)
            self.shop.spoil(guard.path, text)
            self.compile(guard)
        return [test for test in tests if self.vetted[test.name]]

    def in_time(self):
        if time.monotonic() > self.until:
            raise Late

    def ask(self, guard, tests, verdict):
        for test in self.order(guard, tests):
            self.in_time()
            if not self.link(guard, test):
                return {"verdict": "unnoticed", "why": f"{test.target} does not link"}
            outcome = self.shop.run(test)
            if not outcome.failed:
                continue
            self.kills[guard.path, test.name] += 1
            seen = witness.seen(test, outcome,
                lambda files, test=test: self.shop.run(test, [test.command[0], *files]).failed)
            return {"verdict": verdict, "test": seen.test, "where": seen.where, "how": seen.how}
        return None


def disassembled(path):
    shown = subprocess.run(["objdump", "-dr", "--no-show-raw-insn", path], stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, check=False).stdout
    return shown.split(b"\n", 3)[-1]  # behind the file's name
