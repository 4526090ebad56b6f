# SPDX-License-Identifier: BSD-2-Clause
"""Replays findings, gives those of one cause one key, and writes how to see each again."""

import hashlib
import json
import os
import re
import shlex
import shutil
import time
from dataclasses import asdict, dataclass, field

from .call import call
from .layout import copy_whole, limits, made, write_whole
from .supervise import find_artifacts

FRAME = re.compile(r"^\s*#\d+ 0x[0-9a-f]+ in (\S+) (\S+?)(?::\d+)*$", re.M)
OURS = re.compile(r"(?:^|/)(lib|arch|tools)/\S+\.[ch]$")
WRONG = re.compile(r"^(?:\S*/)?(\S+?):\d+: wrong: (.*)$", re.M)
KINDS = (
    (re.compile(r"runtime error: ([^\n]*)"), "undefined: {}"),
    (re.compile(r"ERROR: (?:Address|Memory)Sanitizer: ([\w-]+)"), "{}"),
    (re.compile(r"WARNING: MemorySanitizer: ([\w-]+)"), "{}"),
    (re.compile(r"(detected memory leaks)"), "leak"),
    (re.compile(r"ERROR: libFuzzer: ([\w-]+)"), "{}"),
)
PUBLIC = re.compile(r"^kvmsafe_\w+$")
LOST = "crash-not-reproduced"  # a state that outlives an execution, or chance: a finding all the same
REPLAY_MAX = 120  # seconds; libFuzzer's own limit is no use to a program that hangs elsewhere
PASSES = "not-reproduced"  # mended since, or a limit of time or memory on a busy machine


@dataclass
class Verdict:
    """What a replay showed. reproduced: it failed at all."""

    kind: str = "none"
    frames: list = field(default_factory=list)  # ours, innermost first
    entry: str = ""  # the public function that was called
    reproduced: bool = False

    def key(self, target):
        """Same cause, same key: kind and the top three of our functions, no line numbers."""
        parts = [self.kind, *self.frames[:3]]
        if not self.frames:
            parts.append(target)
        digest = hashlib.sha1("|".join(parts).encode()).hexdigest()[:8]
        word = re.sub(r"[^a-z0-9]+", "-", self.kind.lower()).strip("-")[:40]
        return f"{word}-{digest}"


def kind_of(text):
    match = WRONG.search(text)
    if match:
        return f"wrong: {match.group(1)}: {match.group(2)}"
    for pattern, form in KINDS:
        match = pattern.search(text)
        if match:
            # numbers differ between inputs of one cause
            return form.format(re.sub(r"0x[0-9a-f]+|-?\b\d+\b", "N", match.group(1))).strip()
    return "ended"


def read_output(text, failed):
    """The verdict on a replay's output; of several stacks the first one counts."""
    if not failed:
        return Verdict()
    first = re.split(r"\n\s*\n(?=.*(?:is located|allocated by|freed by|created by))", text, maxsplit=1)[0]
    stack = FRAME.findall(first)
    frames = [name for name, path in stack if OURS.search(path)]
    public = [name for name, path in stack if PUBLIC.match(name)]
    harness = [name for name, path in stack if re.search(r"(?:^|/)fuzz/\S+\.[ch]$", path)
               and name not in ("kvs_check_failed", "LLVMFuzzerTestOneInput")]
    entry = (public or harness or [""])[-1] if public else (harness or [""])[0]
    return Verdict(kind_of(text), frames, entry, True)


def replay_command(layout, target, path):
    return [str(layout.binary("libfuzzer", target)), *limits(length=None), "-runs=1", str(path)]


def environment():
    env = {**os.environ, "ASAN_OPTIONS": "allocator_may_return_null=1",
           "UBSAN_OPTIONS": "print_stacktrace=1"}
    for name in ("llvm-symbolizer-19", "llvm-symbolizer"):
        if shutil.which(name):
            env["ASAN_SYMBOLIZER_PATH"] = shutil.which(name)
            break
    return env


def replay(layout, target, path):
    """(verdict, output) of one execution under sanitizers."""
    status, output = call(replay_command(layout, target, path), REPLAY_MAX, environment())
    if status is None:
        return Verdict("timeout", [], "", True), output
    return read_output(output, status != 0), output


def minimise(layout, target, path, out, key, seconds):
    """A smaller input with the same key in `out`, or the input itself."""
    copy_whole(path, out)
    if seconds <= 0:
        return
    small = out.with_name("smaller")
    command = [str(layout.binary("libfuzzer", target)), "-minimize_crash=1",
               f"-max_total_time={seconds}", *limits(length=None), f"-exact_artifact_path={small}", str(path)]
    call(command, seconds * 10 + 60, environment())
    if small.is_file() and small.stat().st_size < out.stat().st_size and \
            replay(layout, target, small)[0].key(target) == key:
        os.replace(small, out)
    small.unlink(missing_ok=True)


def write_finding(layout, target, key, verdict, paths, seconds):
    """findings/TARGET-KEY/: input, stack, command line, numbers."""
    folder = made(layout.findings() / f"{target}-{key}")
    smallest = min(paths, key=lambda path: (path.stat().st_size, path.name))
    kept = folder / "input"
    known = folder / "finding.json"
    before = json.loads(known.read_text(encoding="utf-8")) if known.is_file() else {}
    if not kept.is_file() or smallest.stat().st_size < kept.stat().st_size:
        minimise(layout, target, smallest, kept, key, seconds if verdict.reproduced else 0)
    _, output = replay(layout, target, kept)
    write_whole(folder / "output.txt", output)
    command = f"ASAN_OPTIONS=allocator_may_return_null=1 UBSAN_OPTIONS=print_stacktrace=1 " \
              f"{shlex.join(replay_command(layout, target, kept))}"
    write_whole(folder / "reproduce.sh", f"#!/bin/sh\n{command}\n")
    (folder / "reproduce.sh").chmod(0o755)
    finding = {"target": target, "key": key, **asdict(verdict), "files": len(paths),
               "paths": sorted({*before.get("paths", []), *map(str, paths)}),
               "bytes": kept.stat().st_size, "command": command, "folder": str(folder),
               "first": before.get("first", time.strftime("%Y-%m-%d %H:%M:%S"))}
    write_whole(known, json.dumps(finding, indent=1))
    return finding


def is_crash(path):
    """By the engines' names for what they wrote: not a timeout, a slow unit, a lack of memory."""
    return path.name.startswith(("crash-", "leak-")) or path.parent.name.startswith("crashes")


def fails(finding):
    """Does it count? `finding` is as load() has it."""
    return finding["reproduced"] or finding["key"] == LOST


def key_of(verdict, target, path, failed_before):
    if verdict.reproduced:
        return verdict.key(target)
    return LOST if is_crash(path) and str(path) not in failed_before else PASSES


def triage(layout, target, seconds=10, say=lambda text: None):
    """All findings of a target, one for each key."""
    groups = {}
    failed_before = {path for finding in load(layout) if finding["key"] not in (LOST, PASSES)
                     for path in finding.get("paths", [])}
    for number, path in enumerate(find_artifacts(layout, target), 1):
        if number % 20 == 1:
            say(f"replaying findings of {target} from {number}")
        verdict, _ = replay(layout, target, path)
        key = key_of(verdict, target, path, failed_before)
        if key == LOST:
            verdict.kind = "a crash that replaying does not show"
        groups.setdefault(key, (verdict, []))[1].append(path)
    recheck(layout, target, groups)
    if LOST not in groups:
        shutil.rmtree(layout.findings() / f"{target}-{LOST}", ignore_errors=True)
    return [write_finding(layout, target, key, verdict, paths, seconds)
            for key, (verdict, paths) in sorted(groups.items())]


def recheck(layout, target, keys):
    """Note of findings of earlier triages, but of these keys, which ones pass now."""
    for finding in load(layout):
        if finding["target"] != target or finding["key"] in keys or not finding["reproduced"]:
            continue
        folder = layout.findings() / f"{target}-{finding['key']}"
        if not replay(layout, target, folder / "input")[0].reproduced:
            write_whole(folder / "finding.json", json.dumps(finding | {"reproduced": False}, indent=1))


def load(layout):
    """The findings that earlier triages wrote."""
    return [json.loads(path.read_text(encoding="utf-8"))
            for path in sorted(layout.findings().glob("*/finding.json"))]


def unseen(layout, findings):
    """{target: how many} of files that the engines wrote and no triage has replayed."""
    seen = {path for finding in findings for path in finding.get("paths", [])}
    left = {target: sum(str(path) not in seen for path in find_artifacts(layout, target))
            for target in layout.worked()}
    return {target: count for target, count in left.items() if count}
