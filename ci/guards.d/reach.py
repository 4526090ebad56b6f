# SPDX-License-Identifier: BSD-2-Clause
"""Which unit test runs which function: others need not be asked about its guards."""
import json
import os
import shutil
import subprocess
import threading

from workshop import Workshop

OPTIONS = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -g1 -w -fno-inline",
    "-DCMAKE_C_COMPILER=gcc", "-DKVS_COVERAGE=ON", "-DKVMSAFE_TOOL=ON", "-DKVS_BENCH=OFF",
    "-DKVMSAFE_SHARED=OFF"]
PAYS_FROM = 8  # guards that tests were asked about: before, asking all is cheaper than a build


class Reach:
    """Every test runs once and keeps its counters, which are read for the files that are asked for."""

    def __init__(self, top, folder, digest, jobs):
        self.shop, self.folder, self.digest = Workshop(top, folder / "reach", OPTIONS), folder, digest
        self.jobs, self.asked, self.ready, self.lock = jobs, 0, False, threading.Lock()
        self.known = {}  # path: {function: names of tests}

    def tests(self, guard, units):
        """Names of those of these tests that run the guard's function; all, where that is not known."""
        with self.lock:
            self.asked += 1
            if self.asked < PAYS_FROM or guard.path.endswith(".h"):  # a header's is in any object
                return set(units)
            if not self.ready:
                self.measure(units)
                self.ready = True
            if guard.path not in self.known:
                self.known[guard.path] = self.read(guard.path)
            return self.known[guard.path].get(guard.function, set())

    def measure(self, units):
        """Kept for a tree that did not change."""
        shop, mark, ran = self.shop, self.folder / "reach" / "digest", self.folder / "reach" / "ran"
        shop.sync()
        shop.configure()
        if mark.exists() and mark.read_text() == self.digest:
            return
        mark.unlink(missing_ok=True)
        shutil.rmtree(ran, ignore_errors=True)
        shop.build(["-k0", *{test.target for test in units.values()}], self.jobs)
        shop.generate()
        for name, test in shop.tests().items():
            if name in units:
                test.env["GCOV_PREFIX"] = str(ran / name)
                shop.run(test, limit=120)
        mark.write_text(self.digest)

    def read(self, path):
        """{function: tests} of a source, out of what each test left."""
        notes = self.shop.object_of(path).with_suffix(".gcno")
        found = {}
        for folder in sorted((self.folder / "reach" / "ran").iterdir()):
            data = folder / notes.relative_to("/").with_suffix(".gcda")
            if not data.exists():
                continue
            if not data.with_suffix(".gcno").exists():
                os.symlink(notes, data.with_suffix(".gcno"))
            shown = subprocess.run(["gcov", "--json-format", "--stdout", data], cwd=folder,
                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
            for entry in json.loads(shown)["files"]:
                for function in entry["functions"]:
                    if entry["file"].endswith(path) and function["execution_count"] > 0:
                        found.setdefault(function["name"], set()).add(folder.name)
        return found
