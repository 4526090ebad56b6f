# SPDX-License-Identifier: BSD-2-Clause
"""From what campaigns found to the committed seeds: what adds coverage comes in, what no longer does
goes, and what the manifest says to keep stays."""

import os
import shutil
import signal
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .call import call
from .layout import MAX_LEN, ROOT, Failed, limits, made
from .merge import cmin, cover, gather, sha1

sys.path.insert(0, str(ROOT / "fuzz" / "seeds"))

import manifest  # noqa: E402

WHY = {"libfuzzer": "reaches what no other input does, as libFuzzer counts",
       "afl": "reaches what no other input does, as AFL++ counts"}


@dataclass
class Plan:
    """What is to become of a target's committed inputs."""

    new: dict = field(default_factory=dict)  # name: (bytes, engine that wants it)
    dropped: list = field(default_factory=list)  # names
    kept: int = 0


def divide(seeds, target, lines):
    """(kept whatever happens, up for debate) of the committed inputs: lists of paths."""
    kept, open_ = [], []
    for path in sorted((seeds / target).iterdir()) if (seeds / target).is_dir() else []:
        line = lines.get(f"{target}/{path.name}")
        (open_ if line is not None and line.keep == "no" else kept).append(path)
    return kept, open_


def wanted_by_libfuzzer(layout, target, base, rest, log):
    """Names of rest that libFuzzer wants besides base, which it may not drop."""
    known = set(os.listdir(base))
    cover(layout, target, base, rest, log)
    return sorted(set(os.listdir(base)) - known)


def edges(layout, target, folder, out, log):
    """name: set of AFL++'s (edge, count class) of each input."""
    command = ["afl-showmap", "-q", "-i", str(folder), "-o", str(made(out)), *limits("afl"), "--",
               str(layout.binary("afl", target))]
    call(command, log=log)  # its status is the last input's
    reached = {path.name: set(path.read_text().split()) for path in out.iterdir()}
    if not reached or not all(reached.values()):
        raise Failed(f"corpus-minimise: afl-showmap of {target} gives nothing: {log.name}")
    return reached


def besides(picks, reached, base):
    """Of the picks, those that reach what base and the picks before them do not."""
    seen = set().union(*(reached.get(name, set()) for name in base))
    for name in picks:
        if reached.get(name, set()) - seen:
            seen |= reached[name]
            yield name


def wanted_by_afl(layout, target, base, rest, temporary, log):
    """Names of rest that afl-cmin would keep and that add to base."""
    everything = made(temporary / "everything")
    for folder in (base, rest):
        for path in folder.iterdir():
            shutil.copy(path, everything / path.name)
    picked = temporary / "cmin"
    cmin(layout, target, everything, picked, log)
    reached = edges(layout, target, everything, temporary / "maps", log)
    known = set(os.listdir(base))
    picks = sorted(path.name for path in picked.iterdir() if path.name not in known)
    return list(besides(picks, reached, known))


def plan(layout, target, lines, extra, afl):
    """Ask both engines; nothing in the tree is touched."""
    seeds, made_plan = ROOT / "corpus" / "seeds", Plan()
    kept, open_ = divide(seeds, target, lines)
    folder = made(layout.work / target)
    with tempfile.TemporaryDirectory(dir=folder, prefix="minimise-") as held, \
            open(folder / "minimise.log", "w", encoding="utf-8") as log:
        temporary = Path(held)
        base, rest = made(temporary / "base"), made(temporary / "rest")
        generated = layout.build / "corpus" / "seeds" / target  # ctest replays them as well
        for path in [*kept, *(generated.iterdir() if generated.is_dir() else ())]:
            shutil.copy(path, base / sha1(path))
        gather(layout, target, rest)
        for path in [*open_, *(path for each in extra for path in Path(each, target).glob("*"))]:
            if path.is_file() and path.stat().st_size <= MAX_LEN:
                shutil.copy(path, rest / sha1(path))
        for name in os.listdir(base):
            (rest / name).unlink(missing_ok=True)
        wanted = {name: "libfuzzer"
                  for name in wanted_by_libfuzzer(layout, target, base, rest, log)}
        if afl:
            wanted |= {name: "afl" for name in wanted_by_afl(
                layout, target, base, rest, temporary, log)}
        have = {sha1(path): path.name for path in open_}
        made_plan.new = {name: ((rest / name).read_bytes(), engine)
                         for name, engine in wanted.items() if name not in have}
        made_plan.dropped = [name for digest, name in have.items() if digest not in wanted]
        made_plan.kept = len(kept) + len(have) - len(made_plan.dropped)
    return made_plan


class Exchange:
    """New inputs for old ones, in the tree. What is dropped is put aside beside the seeds, in their
    file system, and deleted last of all; until then whatever happens, an error or an interrupt, puts
    everything back."""

    def __init__(self, seeds, path):
        self.seeds, self.path = Path(seeds), Path(path)
        self.aside = self.seeds.parent / "dropped"
        self.new, self.lines = [], {}  # names, and lines of what is put aside

    def __enter__(self):
        try:
            self.aside.mkdir()
        except FileExistsError:
            raise Failed(f"corpus-minimise: {self.aside} is there: another one is at work; or one was "
                         "killed: put back what is in it") from None
        return self

    def carry_out(self, target, the_plan):
        """Write new inputs, put aside what is dropped, bring the manifest up to date."""
        folder = made(self.seeds / target)
        lines, _ = manifest.read(self.path)
        for name, (data, engine) in the_plan.new.items():
            file = f"{target}/{name}"
            self.new.append(file)
            (folder / name).write_bytes(data)
            lines[file] = manifest.Line(file, target, "campaign", "no", WHY[engine])
        for name in the_plan.dropped:
            file = f"{target}/{name}"
            self.lines[file] = lines.pop(file)
            made(self.aside / target)
            os.rename(folder / name, self.aside / file)
        if the_plan.new or the_plan.dropped:
            manifest.write(self.path, lines.values())

    def put_back(self, without=()):
        """What was dropped; without: inputs to be removed."""
        before, _ = manifest.read(self.path)
        for file in without:
            (self.seeds / file).unlink(missing_ok=True)
        for file in self.lines:
            if (self.aside / file).exists():
                os.rename(self.aside / file, self.seeds / file)
        lines = {file: line for file, line in (before | self.lines).items() if file not in without}
        if lines != before:  # the disk may be full
            manifest.write(self.path, lines.values())

    def __exit__(self, kind, *_):
        before = [(number, signal.signal(number, signal.SIG_IGN))
                  for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
        try:
            if kind is not None:
                self.put_back(without=self.new)
            shutil.rmtree(self.aside)
        finally:
            for number, handler in before:
                signal.signal(number, handler)
