# SPDX-License-Identifier: BSD-2-Clause
"""From what campaigns found to the committed seeds: what adds coverage comes in, what no longer does
goes, and what the manifest says to keep stays."""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from .layout import MALLOC_MB, MAX_LEN, ROOT, RSS_MB, TIMEOUT, made
from .merge import cmin, gather

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


def sha1(path):
    return hashlib.sha1(path.read_bytes()).hexdigest()


def divide(seeds, target, lines):
    """(kept whatever happens, up for debate) of the committed inputs: lists of paths."""
    kept, open_ = [], []
    for path in sorted((seeds / target).iterdir()) if (seeds / target).is_dir() else []:
        line = lines.get(f"{target}/{path.name}")
        (open_ if line is not None and line.keep == "no" else kept).append(path)
    return kept, open_


def cover(layout, target, base, rest, log):
    """Names of rest that libFuzzer wants besides base, which it may not drop."""
    known = set(os.listdir(base))
    command = [str(layout.binary("libfuzzer", target)), "-set_cover_merge=1",
               f"-timeout={TIMEOUT}", f"-rss_limit_mb={RSS_MB}", f"-malloc_limit_mb={MALLOC_MB}",
               f"-max_len={MAX_LEN}", f"-artifact_prefix={layout.artifacts(target)}/",
               str(base), str(rest)]
    if subprocess.run(command, stdout=log, stderr=log, check=False,
                      start_new_session=True).returncode != 0:
        raise SystemExit(f"corpus-minimise: merging {target} failed: {log.name}")
    return sorted(set(os.listdir(base)) - known)


def edges(layout, target, folder, out, log):
    """name: set of AFL++'s (edge, count class) of each input."""
    command = ["afl-showmap", "-q", "-i", str(folder), "-o", str(made(out)), "-m", "none", "-t",
               str(TIMEOUT * 1000), "--", str(layout.binary("afl", target))]
    subprocess.run(command, stdout=log, stderr=log, check=False)  # its status is the last input's
    return {path.name: set(path.read_text().split()) for path in out.iterdir()}


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
    if not cmin(layout, target, everything, picked, log):
        raise SystemExit(f"corpus-minimise: afl-cmin of {target} failed: {log.name}")
    reached = edges(layout, target, everything, temporary / "maps", log)
    if not reached:
        raise SystemExit(f"corpus-minimise: afl-showmap of {target} gives nothing: {log.name}")
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
        wanted = {name: "libfuzzer" for name in cover(layout, target, base, rest, log)}
        if afl:
            wanted |= {name: "afl" for name in wanted_by_afl(
                layout, target, base, rest, temporary, log)}
        have = {sha1(path): path.name for path in open_}
        made_plan.new = {name: ((rest / name).read_bytes(), engine)
                         for name, engine in wanted.items() if name not in have}
        made_plan.dropped = [name for digest, name in have.items() if digest not in wanted]
        made_plan.kept = len(kept) + len(have) - len(made_plan.dropped)
    return made_plan


def carry_out(seeds, path, target, the_plan, backup):
    """Write new inputs and their lines; what is dropped is moved to backup, where it can come back from."""
    lines, _ = manifest.read(path)
    folder = made(Path(seeds) / target)
    for name in the_plan.dropped:
        made(backup / target)
        shutil.move(folder / name, backup / target / name)
        del lines[f"{target}/{name}"]
    for name, (data, engine) in the_plan.new.items():
        (folder / name).write_bytes(data)
        lines[f"{target}/{name}"] = manifest.Line(f"{target}/{name}", target, "campaign", "no",
                                                  WHY[engine])
    manifest.write(path, lines.values())


def put_back(seeds, path, before, backup):
    """The gate of coverage is not passed: what was dropped was needed."""
    lines, _ = manifest.read(path)
    for place in sorted(backup.glob("*/*")):
        name = f"{place.parent.name}/{place.name}"
        shutil.move(place, Path(seeds) / name)
        lines[name] = before[name]
    manifest.write(path, lines.values())
