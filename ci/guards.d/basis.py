# SPDX-License-Identifier: BSD-2-Clause
"""What a verdict of the corpus rests on: the input that noticed, and the sources that judge answers."""
import hashlib
import re
from pathlib import Path

from workshop import digest_of

INCLUDE = re.compile(r'^#include "([^"]+)"', re.M)
OURS = ("fuzz", "tests")  # where targets and second answers are; what they judge is lib/ and arch/
WHOLE = {"answers": "answers_test", "replay_generated": "session_fuzz"}  # read what the generator writes
PROGRAM = re.compile(r"_(fuzz|test)$")


class Basis:
    """As the tree is now; read at once, since somebody may edit it while guards are tried."""

    def __init__(self, top):
        self.top = top
        self.seeds = {folder.name: sums(folder) for folder in (top / "corpus/seeds").glob("*")}
        generator = [path.relative_to(top) for path in (top / "corpus").rglob("*.py")]
        self.generator = digest_of(top, generator) if generator else None
        self.oracles = {}
        for path in [*top.glob("fuzz/*_fuzz.c"), top / "tests/answers_test.c"]:
            self.oracles[path.stem] = digest_of(top, judges(top, path)) if path.is_file() else None

    def of(self, row):
        """What a row of the book says of it: nothing, where it is not known which input noticed."""
        if row["verdict"] != "corpus":
            return {}
        one = self.generator if row["test"] in WHOLE else self.seeds_of(row["test"]).get(row["where"])
        return {"input": one, "oracle": self.oracle(row["test"])} if one else {}

    def seeds_of(self, test):
        return self.seeds.get(test.removeprefix("replay_"), {})

    def oracle(self, test):
        return self.oracles.get(WHOLE.get(test) or test.removeprefix("replay_") + "_fuzz")

    def stands(self, row):
        """Are both as they were? Of rows that do not say: is an input of that name there?"""
        seeds = self.seeds_of(row["test"])
        if "input" not in row:
            return row["where"] in seeds
        return row["oracle"] == self.oracle(row["test"]) and \
            (row["input"] == self.generator or row["input"] in seeds.values())


def sums(folder):
    return {path.name: hashlib.sha1(path.read_bytes()).hexdigest() for path in folder.rglob("*")
        if path.is_file()}


def judges(top, program):
    """A program's sources of OURS: what it includes, and NAME.c, NAME_*.c behind each NAME.h."""
    found, todo = set(), [program.resolve()]
    top = top.resolve()
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        for name in INCLUDE.findall(path.read_text()):
            for folder in (path.parent, top, *(top / part for part in OURS)):
                header = folder / name
                if header.is_file() and header.resolve().relative_to(top).parts[0] in OURS:
                    todo += [header.resolve(), *behind(header.resolve())]
    return [path.relative_to(top) for path in found]


def behind(header):
    stem = header.with_suffix("")
    return [path for path in [*stem.parent.glob(f"{stem.name}.c"), *stem.parent.glob(f"{stem.name}_*.c")]
        if not PROGRAM.search(path.stem)]
