# SPDX-License-Identifier: BSD-2-Clause
"""Where a campaign keeps its files, and what it knows of the targets."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NO_TARGETS = {"negative", "empty"}  # one must fail, one does nothing
ENGINES = ("libfuzzer", "afl")

# limits of one execution, the same for both engines and for replaying
TIMEOUT = 5  # seconds
RSS_MB = 1024
MALLOC_MB = 256
MAX_LEN = 8192


class Layout:
    """Paths below the work folder (state, corpora, findings) and the build folder."""

    def __init__(self, work, build, sync=None):
        self.sync = Path(sync).resolve() if sync else None
        self.work = Path(work).resolve()
        self.build = Path(build).resolve()

    def binary(self, kind, target):
        return self.build / kind / "fuzz" / f"{target}_fuzz"

    def mutator(self):
        return self.build / "replay" / "fuzz" / "libkvs_mutator.so"

    def targets(self):
        """Names of what is built for libFuzzer."""
        found = (self.build / "libfuzzer" / "fuzz").glob("*_fuzz")
        return sorted({path.name[:-5] for path in found if path.is_file()} - NO_TARGETS)

    def seeds(self, target):
        """Folders with seeds that have any; the first ones are committed."""
        folders = [ROOT / "corpus" / "seeds" / target, self.build / "corpus" / "seeds" / target]
        return [folder for folder in folders if folder.is_dir() and any(folder.iterdir())]

    def dictionary(self, target):
        path = ROOT / "fuzz" / "dict" / f"{target}.dict"
        return path if path.is_file() else None

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


def write_whole(path, text):
    """Replace a file at once: whoever is interrupted leaves the old one or the new one."""
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8")
    os.replace(part, path)
