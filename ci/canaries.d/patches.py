# SPDX-License-Identifier: BSD-2-Clause
"""Canaries: patches that put a known defect back, found by their text and not by line numbers."""
import re
from dataclasses import dataclass


class Stale(Exception):
    """The source that a patch changes is no longer what the patch says."""


@dataclass
class Canary:
    name: str
    rows: list  # of the list of defects
    what: str
    target: str  # of fuzz/
    hunks: list  # (path, old text, new text)


def load(path):
    head, _, diff = path.read_text().partition("\n\n")
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    return Canary(path.stem, fields["Rows"].split(", "), fields["Plants"], fields["Target"],
        list(hunks_of(diff)))


def hunks_of(diff):
    path, old, new = None, [], []
    for line in diff.splitlines(keepends=True) + ["@@"]:
        if line.startswith(("@@", "--- ")) and old:
            yield path, "".join(old), "".join(new)
            old, new = [], []
        if line.startswith("+++ b/"):
            path = line[6:].strip()
        elif line[0] in " -" and not line.startswith("--- "):
            old.append(line[1:])
        if line[0] in " +" and not line.startswith("+++ "):
            new.append(line[1:])


def apply(canary, read):
    """path: new text. read(path) gives the present one."""
    texts = {}
    for path, old, new in canary.hunks:
        text = texts.get(path) or read(path)
        if text.count(old) != 1:
            raise Stale(f"{canary.name}: {path}: found {text.count(old)} times, once expected:\n{old}")
        texts[path] = text.replace(old, new)
    return texts


RANGES = {"3": "abcdefgh", "D": 21, "A": 10, "I": 10, "R": 6, "M": 11, "V": 5, "MP": 9, "P": 19,
    "SP": 10}


def all_rows():
    """Names of the defects that are to be planted, or excused."""
    for prefix, numbers in RANGES.items():
        if isinstance(numbers, str):
            yield from (f"{prefix}({letter})" for letter in numbers)
        else:
            yield from (f"{prefix}{n}" for n in range(1, numbers + 1))


def excused(readme):
    """Rows of the table that says why some have no canary."""
    table = readme.partition("## Not planted")[2]
    return {row for cells in re.findall(r"^\| ([A-Z0-9(][^|]*) \|", table, re.M)
        for row in cells.split(", ")}
