# SPDX-License-Identifier: BSD-2-Clause
"""clang counts by regions and conditions, with MC/DC; llvm-cov reports."""
import shutil

import tally
from compiler import Compiler


class Clang(Compiler):
    """The shared library holds the objects that every program links: it alone is asked."""

    name, preset = "clang", "coverage-clang"

    def profile(self, name):
        return self.out / f"clang-{name}.profdata"

    def tool(self, name, *args):
        return self.must([f"{name}-19", *args])

    def cov(self, what, name, *args):
        return self.tool("llvm-cov", what, self.place / "lib" / "libkvmsafe.so",
            f"-instr-profile={self.profile(name)}", *args)

    def run(self, part):
        raw = self.place / "profiles" / part
        shutil.rmtree(raw, ignore_errors=True)
        # a process of the tool merges its counters into a file that all share: a few must do
        passed = self.ctest(part, LLVM_PROFILE_FILE=f"{raw}/%4m.profraw", KVMSAFE_EVERY="10")
        self.tool("llvm-profdata", "merge", "-sparse", *sorted(raw.glob("*.profraw")), "-o",
            self.profile(part))
        return passed

    def join(self, name, parts):
        self.tool("llvm-profdata", "merge", "-sparse", *map(self.profile, parts), "-o",
            self.profile(name))

    def report(self, name):
        html = self.out / "html" / f"clang-{name}"
        shutil.rmtree(html, ignore_errors=True)
        self.cov("show", name, "-format=html", f"-output-dir={html}", "-show-branches=count",
            "-show-mcdc", "-show-mcdc-summary", f"-path-equivalence={self.top},.",
            f"-project-title={name}, clang", *self.sources())
        return tally.of_llvm(
            self.cov("export", name, "-summary-only", "-show-mcdc-summary", *self.sources()),
            self.top)

    def sources(self):
        return "-sources", self.top / "lib", self.top / "arch"
