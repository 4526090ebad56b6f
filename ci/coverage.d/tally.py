# SPDX-License-Identifier: BSD-2-Clause
"""Counts of a file, as lcov and llvm-cov write them, and what is expected of them."""
import json
from dataclasses import dataclass


def percent(hit, of):
    return 100 * hit / of if of else 100.0


@dataclass
class Tally:
    lines: int = 0
    lines_hit: int = 0
    branches: int = 0
    branches_hit: int = 0
    pairs: int = 0  # of MC/DC: conditions, and those shown to decide by themselves
    pairs_hit: int = 0

    def __add__(self, other):
        return Tally(*(a + b for a, b in zip(vars(self).values(), vars(other).values())))


@dataclass(frozen=True)
class Gate:
    lines: float
    branches: float

    def passes(self, tally):
        return percent(tally.lines_hit, tally.lines) >= self.lines and \
            percent(tally.branches_hit, tally.branches) >= self.branches

    def __str__(self):
        return f"{self.lines} % of lines and {self.branches} % of branches"


def of_lcov(path, top):
    """file: Tally, out of a trace file."""
    found = {}
    for line in path.read_text().splitlines():
        kind, _, rest = line.partition(":")
        if kind == "SF":
            tally = found.setdefault(rest.removeprefix(f"{top}/"), Tally())
        elif kind == "DA":
            tally.lines += 1
            tally.lines_hit += int(rest.split(",")[1]) > 0
        elif kind == "BRDA":
            tally.branches += 1
            tally.branches_hit += rest.split(",")[3] not in ("-", "0")
    return found


def of_llvm(text, top):
    """file: Tally, out of `llvm-cov export -summary-only`."""
    found = {}
    for entry in json.loads(text)["data"][0]["files"]:
        if entry["summary"]["lines"]["count"] == 0:
            continue  # a header without code
        counts = [entry["summary"].get(kind, {"count": 0, "covered": 0})
            for kind in ("lines", "branches", "mcdc")]
        found[entry["filename"].removeprefix(f"{top}/")] = Tally(
            *(count[key] for count in counts for key in ("count", "covered")))
    return found
