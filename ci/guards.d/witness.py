# SPDX-License-Identifier: BSD-2-Clause
"""Which input or test noticed, and how: out of what a failed program printed."""
import re
from dataclasses import dataclass
from pathlib import Path

KINDS = (
    r"AddressSanitizer: [a-zA-Z-]+",
    r"runtime error: [^\n]{1,80}",
    r"Assertion [^\n]{1,80} failed",
    r"[\w./]+:\d+: wrong: [^\n]{1,80}",
    r"libFuzzer: (?:timeout|out-of-memory)",
)


ENGINE = (70, 71, 77)  # libFuzzer's: timeout, out of memory, any other finding


@dataclass
class Witness:
    test: str
    where: str  # a test function, an input, a line of an answers file
    how: str


def is_finding(outcome):
    """Or did the program fail for another reason, as one that cannot read its options?"""
    return outcome.failed and not outcome.hung and (outcome.code in ENGINE or
        "LeakSanitizer: detected" in outcome.output or
        any(re.search(kind, outcome.output) for kind in KINDS))


def how(outcome):
    if outcome.hung:
        return "does not end"
    for kind in KINDS:
        found = re.search(kind, outcome.output)
        if found:
            return re.sub(r"\S*/", "", found[0])
    if "LeakSanitizer" in outcome.output and "[  FAILED  ]" not in outcome.output:
        return "leak"
    return "wrong answer" if outcome.code > 0 else f"signal {-outcome.code}"


def where(test, outcome, replay):
    """replay(files) runs the test's program over some of its inputs: did it fail?"""
    if test.label == "replay":
        named = re.findall(r"^input (.+)$", outcome.output, re.M)
        if named and how(outcome) != "leak":
            return Path(named[-1]).name
        return input_of(inputs(test.command[1:], "*"), replay)
    found = re.search(r"([\w.-]+\.answers:\d+)", outcome.output) or \
        re.search(r"^\[  FAILED  \] (\w+)$", outcome.output, re.M)
    if found:
        return found[1]
    if "KVMSAFE_CORPUS" in test.env and "[ RUN      ]" not in outcome.output:
        return input_of(inputs([test.env["KVMSAFE_CORPUS"]], "*.answers"), replay)
    begun = re.findall(r"^\[ RUN      \] (\w+)", outcome.output, re.M)
    return begun[-1] if begun else "?"


def inputs(folders, pattern):
    return sorted(str(path) for folder in folders for path in Path(folder).rglob(pattern)
        if path.is_file())


def input_of(files, replay):
    """By halves: inputs do not know of each other."""
    if not files or not replay(files):
        return "?"  # only all together
    while len(files) > 1:
        half = files[:len(files) // 2]
        files = half if replay(half) else files[len(half):]
    return Path(files[0]).name


def seen(test, outcome, replay):
    return Witness(test.name, where(test, outcome, replay), how(outcome))
