# SPDX-License-Identifier: BSD-2-Clause
"""gcc counts, lcov reports: this is what the gate asks."""
import tally
from compiler import Compiler

RULES = ["--rc", "lcov_branch_coverage=1", "--rc", "genhtml_branch_coverage=1", "-q"]


class Gcc(Compiler):
    name, preset = "gcc", "coverage"

    def trace(self, name):
        return self.out / f"gcc-{name}.info"

    def lcov(self, *args):
        self.must(["lcov", *RULES, *args])

    def run(self, part):
        """Counters of the library's own objects; a file that nothing reaches counts as 0 %."""
        objects = self.place / "lib"
        base = self.trace("base")
        self.lcov("-d", self.place, "-z")
        if not base.exists() or base.stat().st_mtime < newest(objects, "*.gcno"):
            self.lcov("-d", objects, "-c", "-i", "-o", base)
        passed = self.ctest(part)
        self.lcov("-d", objects, "-c", "-o", self.trace("run"))
        self.lcov("-a", base, "-a", self.trace("run"), "-o", self.trace("all"))
        self.lcov("-e", self.trace("all"), f"{self.top}/lib/*", f"{self.top}/arch/*", "-o",
            self.trace(part))
        return passed

    def join(self, name, parts):
        self.lcov(*(word for part in parts for word in ("-a", self.trace(part))), "-o",
            self.trace(name))

    def report(self, name):
        self.must(["genhtml", *RULES, "-p", self.top, "-t", f"{name}, gcc", "-o",
            self.out / "html" / f"gcc-{name}", self.trace(name)])
        return tally.of_lcov(self.trace(name), self.top)


def newest(folder, pattern):
    return max(path.stat().st_mtime for path in folder.rglob(pattern))
