# SPDX-License-Identifier: BSD-2-Clause
"""Puts what all engines found into one small corpus for each target."""

import hashlib
import os
import shutil
import tempfile
from pathlib import Path

from .call import call
from .layout import MAX_LEN, Failed, copy_whole, limits, made


def sha1(path):
    return hashlib.sha1(path.read_bytes()).hexdigest()


def gather(layout, target, into):
    """Copy every input of the target into one folder, named by content."""
    folders = [layout.corpus(target), layout.merged(target), *layout.seeds(target)]
    folders += [queue for queue in layout.afl_sync(target).glob("*/queue")]
    for folder in folders:
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            if not path.is_file():
                continue
            data = path.read_bytes()
            if len(data) <= MAX_LEN:
                (into / hashlib.sha1(data).hexdigest()).write_bytes(data)


def check(kept, source, what):
    """An engine may end well although it could not write: is what it kept whole, and anything?"""
    for path in kept.iterdir():
        if sha1(path) != path.name:
            raise Failed(f"campaign: {what}: {path.name} was not written whole")
    if not any(kept.iterdir()) and any(path.stat().st_size for path in source.iterdir()):
        raise Failed(f"campaign: {what}: no input was kept")


def cover(layout, target, base, rest, log):
    """Have libFuzzer copy to base what of rest reaches more than base does."""
    what = f"merging {target} failed: {log.name}"
    command = [str(layout.binary("libfuzzer", target)), "-set_cover_merge=1", *limits(),
               f"-artifact_prefix={layout.artifacts(target)}/", str(base), str(rest)]
    if call(command, log=log)[0] != 0:
        raise Failed(f"campaign: {what}")
    check(base, rest, what)


def has_cmin(layout, target):
    return layout.binary("afl", target).is_file() and shutil.which("afl-cmin") is not None


def cmin(layout, target, source, out, log):
    """The fewest inputs that reach all edges as AFL++ counts them, which is not libFuzzer's way."""
    what = f"afl-cmin of {target} failed: {log.name}"
    command = ["afl-cmin", "-i", str(source), "-o", str(out), *limits("afl"), "--",
               str(layout.binary("afl", target))]
    env = {**os.environ, "AFL_ALLOW_TMP": "1"}  # else it refuses folders below /tmp
    if call(command, log=log, env=env)[0] != 0 or not out.is_dir():
        raise Failed(f"campaign: {what}")
    check(out, source, what)


def merge(layout, target, afl=False):
    """Replace TARGET/merged by the fewest inputs that reach the same; (before, after)."""
    folder = made(layout.work / target)
    with tempfile.TemporaryDirectory(dir=folder, prefix="merge-") as temporary, \
            open(folder / "merge.log", "w", encoding="utf-8") as log:
        base = Path(temporary)
        everything, kept = made(base / "all"), made(base / "kept")
        gather(layout, target, everything)
        cover(layout, target, kept, everything, log)
        if afl:
            cmin(layout, target, everything, base / "cmin", log)
            for path in (base / "cmin").iterdir():
                shutil.copy(path, kept / path.name)
        before, after = len(os.listdir(everything)), len(os.listdir(kept))
        replace(made(layout.merged(target)), kept)
    return before, after


def replace(folder, new):
    """Make the folder hold what new has; an interrupt leaves more files, never fewer."""
    names = set(os.listdir(new))
    for name in names:
        copy_whole(new / name, folder / name)
    for path in folder.iterdir():
        if path.name not in names:
            path.unlink()


def minimise(layout, target):
    """As merge, with what afl-cmin wants besides where there is one, and libFuzzer's growing corpus
    starts anew from the result."""
    counts = merge(layout, target, has_cmin(layout, target))
    replace(layout.corpus(target), layout.merged(target))
    return counts


def promote(layout, target, folder):
    """Copy what merged/ has and the folder has not; the number of new files."""
    have = {sha1(path) for path in folder.iterdir() if path.is_file()}
    new = [path for path in layout.merged(target).iterdir() if sha1(path) not in have]
    for path in new:
        copy_whole(path, folder / path.name)
    return len(new)
