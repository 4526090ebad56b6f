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
from campaign.layout import limits
from workshop import ASAN, Broken, Workshop, run

FUZZ = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -g1 -w",
    "-DKVS_SANITIZE=address,undefined", "-DKVS_FUZZ_ENGINE=libfuzzer", "-DBUILD_TESTING=OFF",
    "-DKVMSAFE_TOOL=OFF", "-DKVS_BENCH=OFF", "-DKVMSAFE_SHARED=OFF",
    f"-DCMAKE_C_COMPILER={'clang-19' if shutil.which('clang-19') else 'clang'}"]
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


class Hunt:
    """The copy that libFuzzer runs in, built when the first canary needs it."""

    def __init__(self, top, folder, jobs):
        self.shop, self.jobs, self.ready = Workshop(top, folder, FUZZ), jobs, False

    def prepare(self):
        self.shop.sync()
        self.shop.configure()
        self.shop.build_sound([f"{target}_fuzz" for target in self.targets()], self.jobs)
        self.shop.must([sys.executable, self.shop.tree / "corpus/generate.py", "--no-damaged",
            "--out", self.shop.out / "corpus"])
        for target in self.targets():
            self.sound(target)
        self.ready = True

    def sound(self, target):
        """A target that fails before anything is planted finds every canary."""
        seen = self.load(target)
        if seen.found:
            raise Broken(f"{target}_fuzz: {seen.how}: {seen.seed}: it fails without a canary")

    def plant(self, texts):
        if not self.ready:
            self.prepare()
        self.shop.restore()
        for path, text in texts.items():
            self.shop.spoil(path, text)

    def targets(self, first=None):
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

    def command(self, target, work, *rest):
        dictionary = self.shop.tree / "fuzz" / "dict" / f"{target}.dict"
        return [self.program(target), *limits(), "-print_final_stats=1", f"-artifact_prefix={work}/",
            *([f"-dict={dictionary}"] if dictionary.exists() else []), *rest]

    def run(self, command, work, seconds):
        """Whatever fails without a finding (its command line, a missing library) is no canary found."""
        outcome = run(command, {**os.environ, "ASAN_OPTIONS": ASAN}, work, seconds)
        if outcome.failed and not witness.is_finding(outcome):
            raise Broken(f"{witness.how(outcome)}, and no finding: {' '.join(map(str, command[:9]))}\n"
                f"{outcome.output[-2000:]}")
        return outcome

    def load(self, target):
        return self.hunt(target, self.seeds(target), ["-runs=0"], LOAD_SECONDS)

    def noticed(self, first):
        """Who notices from the seeds alone: the canary's target, else another, else nobody."""
        mine = None
        for target in self.targets(first):
            seen = self.load(target)
            mine = mine or seen
            if seen.found:
                return seen
        return mine

    def witnesses(self, target):
        """Seeds that fail by themselves: what follows one is asked again."""
        left, failing = self.seeds(target), []
        with tempfile.TemporaryDirectory() as work:
            while left and len(failing) <= WITNESSES_MAX:
                outcome = self.run(self.command(target, work, *left), work, LOAD_SECONDS)
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
        with tempfile.TemporaryDirectory() as work:
            start, new = Path(work) / "seeds", Path(work) / "new"
            start.mkdir()
            new.mkdir()
            for seed in seeds:
                os.symlink(seed, start / Path(seed).name)
            outcome = self.run(self.command(target, work, "-seed=1", *until, new, start), work, limit)
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


def row_of(canary, texts, hunt, seconds):
    """What the book keeps of one canary: who noticed at load; unless that is all, what fuzzing finds."""
    hunt.plant(texts)
    load = asdict(hunt.noticed(canary.target))
    row = {"rows": canary.rows, "load": load}
    if seconds is not None:
        removed, hunted = hunt.without(load["target"], seconds)
        row |= {"removed": removed, "hunted": asdict(hunted) if hunted else None}
    return row


HEAD = ("| canary | defects | noticed by target, seed | executions | seconds | less seeds | executions "
    "| seconds |\n" + "| --- " * 8 + "|")


def words(found):
    return f"{'' if found['found'] else 'NO, '}{found['executions']} | {found['seconds']:.1f}"


def told(name, row):
    """A line of the table."""
    load, hunted, removed = row["load"], row.get("hunted"), row.get("removed")
    less = f"{removed} | {words(hunted)}" if hunted else \
        f"{'-' if removed is None else f'over {WITNESSES_MAX}'} | not asked | -"
    return f"| {name} | {', '.join(row['rows'])} | `{load['target']}` {load['seed']} | {words(load)} " \
        f"| {less} |"


def medians(rows):
    """Of all canaries: what is never found counts as never."""
    lines = []
    for what, head in (("load", "At load"), ("hunted", "Less the seeds that notice")):
        asked = [row[what] for row in rows if row.get(what)]
        if not asked:
            continue
        executions, seconds = (statistics.median_high(
            one[number] if one["found"] else float("inf") for one in asked)
            for number in ("executions", "seconds"))
        lines.append(f"{head}: {sum(one['found'] for one in asked)} of {len(asked)} found, "
            f"median {executions} executions and {seconds:.1f} s.")
    return "\n".join(lines)
