# SPDX-License-Identifier: BSD-2-Clause
"""Puts what all engines found into one small corpus for each target."""

import hashlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .layout import MALLOC_MB, MAX_LEN, RSS_MB, TIMEOUT, made


def gather(layout, target, into):
    """Link or copy every input of the target into one folder, named by content."""
    folders = [layout.corpus(target), layout.merged(target), *layout.seeds(target)]
    folders += [queue for queue in layout.afl_sync(target).glob("*/queue")]
    count = 0
    for folder in folders:
        if not folder.is_dir():
            continue
        for path in folder.iterdir():
            if not path.is_file():
                continue
            data = path.read_bytes()
            if len(data) <= MAX_LEN:
                (into / hashlib.sha1(data).hexdigest()).write_bytes(data)
                count += 1
    return count


def cmin(layout, target, source, out, log):
    """afl-cmin refuses to work under /tmp, and counts other edges than libFuzzer does."""
    program = layout.binary("afl", target)
    if not program.is_file() or shutil.which("afl-cmin") is None:
        return False
    command = ["afl-cmin", "-i", str(source), "-o", str(out), "-m", "none", "-t",
               str(TIMEOUT * 1000), "--", str(program)]
    return subprocess.run(command, stdout=log, stderr=log, check=False,
                          env={**os.environ, "AFL_ALLOW_TMP": "1"}).returncode == 0


def merge(layout, target, afl=False):
    """Replace TARGET/merged by the fewest inputs that reach the same; (before, after)."""
    folder = made(layout.work / target)
    with tempfile.TemporaryDirectory(dir=folder, prefix="merge-") as temporary, \
            open(folder / "merge.log", "w", encoding="utf-8") as log:
        base = Path(temporary)
        everything, kept = made(base / "all"), made(base / "kept")
        gather(layout, target, everything)
        command = [str(layout.binary("libfuzzer", target)), "-set_cover_merge=1",
                   f"-timeout={TIMEOUT}", f"-rss_limit_mb={RSS_MB}",
                   f"-malloc_limit_mb={MALLOC_MB}", f"-max_len={MAX_LEN}",
                   f"-artifact_prefix={layout.artifacts(target)}/", str(kept), str(everything)]
        if subprocess.run(command, stdout=log, stderr=log, check=False,
                          start_new_session=True).returncode != 0:
            raise SystemExit(f"campaign: merging {target} failed: {folder}/merge.log")
        if afl and cmin(layout, target, everything, base / "cmin", log):
            for path in (base / "cmin").iterdir():
                if path.is_file():
                    shutil.copy(path, kept / path.name)
        before, after = len(list(everything.iterdir())), len(list(kept.iterdir()))
        replace(made(layout.merged(target)), kept)
    return before, after


def replace(folder, new):
    """Make the folder hold what new has; an interrupt leaves more files, never fewer."""
    for path in new.iterdir():
        part = folder / f".{path.name}"
        shutil.copy(path, part)
        os.replace(part, folder / path.name)
    names = {path.name for path in new.iterdir()}
    for path in folder.iterdir():
        if path.name not in names:
            path.unlink()


def minimise(layout, target, afl=False):
    """As merge, and libFuzzer's growing corpus starts anew from the result."""
    counts = merge(layout, target, afl)
    replace(layout.corpus(target), layout.merged(target))
    return counts


def promote(layout, target, folder):
    """Copy what merged/ has and the folder has not; the number of new files."""
    have = {hashlib.sha1(p.read_bytes()).hexdigest() for p in folder.iterdir() if p.is_file()}
    new = [p for p in layout.merged(target).iterdir()
           if hashlib.sha1(p.read_bytes()).hexdigest() not in have]
    for path in new:
        shutil.copy(path, folder / path.name)
    return len(new)
