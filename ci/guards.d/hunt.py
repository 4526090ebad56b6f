# SPDX-License-Identifier: BSD-2-Clause
"""What libFuzzer finds of a planted defect: at load, from all seeds; and from those that do not notice it."""
import hashlib
import os
import re
import shutil
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import witness
from workshop import ASAN, Broken, Workshop, run

FUZZ = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -g1 -w",
    "-DKVS_SANITIZE=address,undefined", "-DKVS_FUZZ_ENGINE=libfuzzer", "-DBUILD_TESTING=OFF",
    "-DKVMSAFE_TOOL=OFF", "-DKVS_BENCH=OFF", "-DKVMSAFE_SHARED=OFF",
    f"-DCMAKE_C_COMPILER={'clang-19' if shutil.which('clang-19') else 'clang'}"]
LIMITS = ["-max_len=8192", "-timeout=5", "-rss_limit_mb=1024", "-print_final_stats=1"]
WITNESSES_MAX = 48  # seeds that notice; with more it is no question whether fuzzing would
LOAD_SECONDS = 300  # of the processor, for one pass over all seeds


@dataclass
class Found:
    """The outcome of one libFuzzer."""

    found: bool
    executions: int
    seconds: float  # of the processor
    how: str
    target: str
    seed: str = ""  # at load: which noticed


class Campaign:
    """The copy that libFuzzer runs in, built when the first canary needs it."""

    def __init__(self, top, folder, jobs):
        self.shop, self.jobs, self.ready = Workshop(top, folder, FUZZ), jobs, False

    def plant(self, texts):
        if not self.ready:
            self.shop.sync()
            self.shop.configure()
            self.shop.build_sound([], self.jobs)
            self.shop.must([sys.executable, self.shop.tree / "corpus/generate.py", "--no-damaged",
                "--out", self.shop.out / "corpus"])
            self.ready = True
        self.shop.restore()
        for path, text in texts.items():
            self.shop.spoil(path, text)

    def targets(self, first):
        """All that have seeds, this one first."""
        names = sorted(path.name for path in (self.shop.tree / "corpus/seeds").iterdir())
        return sorted(names, key=lambda name: name != first)

    def seeds(self, target):
        folders = [self.shop.tree / "corpus/seeds" / target, self.shop.out / "corpus/seeds" / target]
        return sorted(str(path) for folder in folders if folder.is_dir()
            for path in folder.rglob("*") if path.is_file())

    def program(self, target):
        if not self.shop.build([f"{target}_fuzz"], self.jobs):
            raise Broken(f"{target}_fuzz: does not build with this patch")
        return self.shop.out / "fuzz" / f"{target}_fuzz"

    def load(self, first):
        """Who notices from the seeds alone: the canary's target, else another, else nobody."""
        mine = None
        for target in self.targets(first):
            seen = self.hunt(target, self.seeds(target), ["-runs=0"], LOAD_SECONDS)
            mine = mine or seen
            if seen.found:
                return seen
        return mine

    def witnesses(self, target):
        """Seeds that fail by themselves: what follows one is asked again."""
        program, left, failing = self.program(target), self.seeds(target), []
        with tempfile.TemporaryDirectory() as work:
            while left and len(failing) <= WITNESSES_MAX:
                outcome = run([program, *LIMITS, f"-artifact_prefix={work}/", *left],
                    {**os.environ, "ASAN_OPTIONS": ASAN}, work, LOAD_SECONDS)
                if not outcome.failed:
                    break
                begun = re.findall(r"^Running: (.+)$", outcome.output, re.M)
                failing.append(begun[-1])
                left = left[left.index(begun[-1]) + 1:]
        return failing

    def without(self, target, seconds):
        """From the seeds that do not notice it, and how many do."""
        failing = set(self.witnesses(target))
        if len(failing) > WITNESSES_MAX:
            return len(failing), None
        left = [seed for seed in self.seeds(target) if seed not in failing]
        return len(failing), self.hunt(target, left, [f"-max_total_time={seconds}"], 4 * seconds + 60)

    def hunt(self, target, seeds, until, limit):
        """On one core; the first folder receives what libFuzzer keeps."""
        program = self.program(target)
        with tempfile.TemporaryDirectory() as work:
            start, new = Path(work) / "seeds", Path(work) / "new"
            start.mkdir()
            new.mkdir()
            for seed in seeds:
                os.symlink(seed, start / Path(seed).name)
            command = [program, *LIMITS, "-seed=1", *until, f"-artifact_prefix={work}/", new, start]
            dictionary = self.shop.tree / "fuzz" / "dict" / f"{target}.dict"
            if dictionary.exists():
                command.insert(1, f"-dict={dictionary}")
            outcome = run(command, {**os.environ, "ASAN_OPTIONS": ASAN}, work, limit)
            counted = re.findall(r"number_of_executed_units: (\d+)", outcome.output) or \
                re.findall(r"^#(\d+)\t", outcome.output, re.M) or ["0"]
            return Found(outcome.failed, int(counted[-1]), round(outcome.seconds, 2),
                witness.how(outcome) if outcome.failed else "", target, seed_of(work, seeds))


def seed_of(work, seeds):
    """The seed that was written down as what failed."""
    written = [hashlib.sha1(path.read_bytes()).hexdigest() for path in Path(work).iterdir()
        if path.is_file() and re.match(r"(crash|leak|timeout|oom)-", path.name)]
    return next((Path(seed).name for seed in seeds
        if hashlib.sha1(Path(seed).read_bytes()).hexdigest() in written), "")


def row_of(canary, texts, campaign, seconds):
    """Everything about one canary, as the book keeps it."""
    campaign.plant(texts)
    load = asdict(campaign.load(canary.target))
    removed, hunted = campaign.without(load["target"], seconds)
    return {"rows": canary.rows, "load": load, "removed": removed,
        "hunted": asdict(hunted) if hunted else None}


def words(found):
    if not found["found"]:
        return f"NO | {found['executions']} | {found['seconds']:.1f}"
    return f"{found['how'].replace('|', '/')} | {found['executions']} | {found['seconds']:.1f}"


def told(name, row):
    """A line of the table."""
    load, hunted = row["load"], row["hunted"]
    cells = [name, ", ".join(row["rows"]), f"`{load['target']}` {load['seed']}".strip(), words(load),
        *([str(row["removed"]), words(hunted)] if hunted else
            [f"over {WITNESSES_MAX}", "not asked | |"])]
    return "| " + " | ".join(cells) + " |"


HEAD = ("| canary | defects | target, seed | at load | executions | seconds | less seeds | then found "
    "| executions | seconds |\n" + "| --- " * 10 + "|")


def medians(rows):
    """Of all canaries: what is never found counts as never."""
    lines = []
    for what in ("load", "hunted"):
        asked = [row[what] for row in rows if row[what]]
        if not asked:
            continue
        found = [one for one in asked if one["found"]]
        middle = [statistics.median_high(one[number] if one["found"] else float("inf")
            for one in asked) for number in ("executions", "seconds")]
        lines.append(f"{'from all seeds, at load' if what == 'load' else 'less the seeds that notice it'}: "
            f"{len(found)} of {len(asked)} found, median {middle[0]} executions, {middle[1]} s")
    return "\n".join(lines)
