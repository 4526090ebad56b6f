# SPDX-License-Identifier: BSD-2-Clause
"""What both compilers have in common: a build of the tree, and its tests in two parts."""
import os
import subprocess
import sys

# the rest runs nothing of the library, or what ci/test has already shown
CORPUS = "^(replay_.*|answers|damaged)$"
ELSEWHERE = "^(replay_.*|answers|damaged|corpus|generator|seeds|manifest|campaign|agree|real)$"


class Compiler:
    name = preset = ""

    def __init__(self, top, where, out, jobs):
        self.top, self.out, self.jobs = top, out, jobs
        self.place = where / f"build-{self.preset}"
        self.out.mkdir(parents=True, exist_ok=True)

    def must(self, command, **how):
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, check=False, cwd=self.top, **how)
        if done.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))}\n{done.stdout[-4000:]}{done.stderr[-4000:]}")
        return done.stdout

    def build(self):
        self.must(["cmake", "--preset", self.preset, "-B", self.place])
        self.must(["cmake", "--build", self.place, "-j", self.jobs])
        self.must(["ctest", "--test-dir", self.place, "-R", "^corpus$"])

    def ctest(self, part, **env):
        choice = ["-R", CORPUS] if part == "corpus" else ["-E", ELSEWHERE]
        log = self.out / f"{self.name}-{part}.log"
        with log.open("w") as out:
            done = subprocess.run(["ctest", "--test-dir", self.place, "--output-on-failure", "-j",
                str(self.jobs), "-FA", "corpus", *choice], stdout=out, stderr=out, check=False,
                env={**os.environ, **env})
        if done.returncode != 0:
            print(log.read_text())
        return done.returncode == 0
