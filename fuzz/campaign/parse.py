# SPDX-License-Identifier: BSD-2-Clause
"""Reads what the engines write: libFuzzer's status lines, AFL++'s plot_data and fuzzer_stats."""

import re
from dataclasses import dataclass

STATUS = re.compile(r"^#(\d+)\s+(\w+)\s+(?:cov: (\d+) )?(?:ft: (\d+) )?(?:corp: (\d+)/\S+ )?")
WRITTEN = re.compile(r"Test unit written to (.+)$")
FINAL = re.compile(r"^stat::number_of_executed_units:\s*(\d+)")


@dataclass
class Progress:
    """Of one process: executions so far, edges, features (AFL++ has none), inputs in the corpus."""

    execs: int = 0
    edges: int = 0
    features: int = 0
    corpus: int = 0


def libfuzzer_line(line, progress):
    """Take over the numbers of a status line; False: it is none."""
    final = FINAL.match(line)  # the only number of a process that a seed ends
    if final is not None:
        progress.execs = max(progress.execs, int(final.group(1)))
        return True
    match = STATUS.match(line)
    if match is None:
        return False
    execs, _, edges, features, corpus = match.groups()
    progress.execs = max(progress.execs, int(execs))
    progress.edges = max(progress.edges, int(edges or 0))
    progress.features = max(progress.features, int(features or 0))
    progress.corpus = int(corpus or progress.corpus)
    return True


def libfuzzer_artifact(line):
    """The path of a finding that libFuzzer says it wrote, or None."""
    match = WRITTEN.search(line.rstrip("\n"))
    return match.group(1) if match else None


def plot_data(text):
    """[(seconds, Progress)] of AFL++'s plot_data; columns are found by their names."""
    rows, names = [], []
    for line in text.splitlines():
        if line.startswith("#"):
            names = [name.strip() for name in line[1:].split(",")]
            continue
        cells = [cell.strip() for cell in line.split(",")]
        if len(cells) != len(names):
            continue  # cut by a writer that was killed
        row = dict(zip(names, cells))
        try:
            rows.append((int(row["relative_time"]),
                         Progress(int(row["total_execs"]), int(row["edges_found"]), 0,
                                  int(row["corpus_count"]))))
        except (KeyError, ValueError):
            continue
    return rows


def fuzzer_stats(text):
    """AFL++'s fuzzer_stats as a dictionary of strings."""
    pairs = (line.split(":", 1) for line in text.splitlines() if ":" in line)
    return {key.strip(): value.strip() for key, value in pairs}
