# SPDX-License-Identifier: BSD-2-Clause
"""Where a campaign keeps its files, and what it knows of the targets."""

import fcntl
import os
import shutil
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NO_TARGETS = {"negative", "empty"}  # one must fail, one does nothing
ENGINES = ("libfuzzer", "afl")

MAX_LEN = 8192
TIMEOUT = 5  # seconds


def limits(engine="libfuzzer", length=MAX_LEN):
    """Options that limit one execution: fuzzing, merging, replaying; there without length, which would
    cut the input. AFL++ is given none of memory: it limits address space, of which AddressSanitizer
    takes terabytes."""
    if engine == "afl":
        return ["-t", str(TIMEOUT * 1000), "-m", "none"]
    return [f"-timeout={TIMEOUT}", "-rss_limit_mb=1024", "-malloc_limit_mb=256",
            *([f"-max_len={length}"] if length else [])]


class Failed(SystemExit):
    """Something could not be done: it ends the program, but where somebody goes on without it."""


class Layout:
    """Paths below the work folder (state, corpora, findings) and the build folder; who needs but one
    of them need not have the other."""

    def __init__(self, work, build, sync=None):
        self.sync = Path(sync).resolve() if sync else None
        self.work = Path(work).resolve() if work else None
        self.build = Path(build).resolve() if build else None

    def binary(self, kind, target):
        return self.build / kind / "fuzz" / f"{target}_fuzz"

    def mutator(self):
        return self.build / "replay" / "fuzz" / "libkvs_mutator.so"

    def targets(self):
        """Names of what is built for libFuzzer."""
        found = (self.build / "libfuzzer" / "fuzz").glob("*_fuzz")
        return sorted({path.name[:-5] for path in found if path.is_file()} - NO_TARGETS)

    def chosen(self, names=None):
        """The targets of "A,B", all without; none, and a name that is none, end the program."""
        there = self.targets()
        if not there:
            raise Failed(f"campaign: no targets are built in {self.build}: ci/campaign build")
        wanted = there if names is None else names.split(",")
        for name in wanted:
            if name not in there:
                raise Failed(f"campaign: targets are {', '.join(there)}; found {name!r}")
        return wanted

    def worked(self):
        """Names of targets that the work folder has anything of."""
        return sorted({path.parent.name for engine in ENGINES
                       for path in self.work.glob(f"*/{engine}") if path.is_dir()})

    def seeds(self, target):
        """Folders with seeds that have any; the first ones are committed."""
        folders = [ROOT / "corpus" / "seeds" / target, self.build / "corpus" / "seeds" / target]
        return [folder for folder in folders if folder.is_dir() and any(folder.iterdir())]

    def dictionary(self, target):
        path = ROOT / "fuzz" / "dict" / f"{target}.dict"
        return path if path.is_file() else None

    def state(self):
        return self.work / "state.json"

    def corpus(self, target):
        return made(self.work / target / "libfuzzer" / "corpus")

    def artifacts(self, target):
        return made(self.work / target / "libfuzzer" / "findings")

    def logs(self, target, engine):
        return made(self.work / target / engine / "log")

    def samples(self, target, engine):
        return made(self.work / target / engine) / "samples.csv"

    def afl_sync(self, target):
        """AFL++'s -o: instances on all machines that share this folder synchronise."""
        return made(self.sync / target if self.sync else self.work / target / "afl" / "sync")

    def merged(self, target):
        return self.work / target / "merged"

    def findings(self):
        return made(self.work / "findings")


def made(path):
    path.mkdir(parents=True, exist_ok=True)
    return path


@contextmanager
def locked(folder, what, wait=None):
    """Alone in the folder, as far as programs ask. wait: what to say before waiting for the other one."""
    with open(folder / "lock", "a", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if wait is None:
                raise Failed(f"campaign: {what}: another one is at work in {folder}") from None
            wait(f"{what}: waiting for another one in {folder}")
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def copy_whole(source, path):
    """Copy under another name first: whoever is interrupted leaves no half of a file."""
    part = path.with_name(f".{path.name}")
    try:
        shutil.copyfile(source, part)
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def write_whole(path, text):
    """Replace a file at once: whoever is interrupted leaves the old one or the new one."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
