# SPDX-License-Identifier: BSD-2-Clause
"""Which test runs which function: others need not be asked about its guards."""
import json
import subprocess

from workshop import Workshop

OPTIONS = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -g1 -w -fno-inline",
    "-DCMAKE_C_COMPILER=gcc", "-DKVS_COVERAGE=ON", "-DKVMSAFE_TOOL=OFF", "-DKVS_BENCH=OFF",
    "-DKVMSAFE_SHARED=OFF"]


def counted(shop):
    """Functions that ran since the last question, as path:name; forgets them."""
    data = sorted(shop.out.glob("lib/CMakeFiles/kvs_objects.dir/**/*.gcda"))
    if not data:
        return set()
    shown = subprocess.run(["gcov", "--json-format", "--stdout", *data], cwd=shop.out,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout
    for path in data:
        path.unlink()
    ran = set()
    for line in filter(None, shown.splitlines()):
        for entry in json.loads(line)["files"]:
            path = (shop.out / entry["file"]).resolve()
            if path.is_relative_to(shop.tree.resolve()):
                ran |= {f"{path.relative_to(shop.tree.resolve())}:{function['name']}"
                    for function in entry["functions"] if function["execution_count"] > 0}
    return ran


def measure(top, folder, digest, jobs):
    """path:function: names of the tests that run it. Kept for a tree that did not change."""
    kept = folder / "reach.json"
    if kept.exists():
        known = json.loads(kept.read_text())
        if known["digest"] == digest:
            return known["tests"]
    shop = Workshop(top, folder / "reach", OPTIONS)
    shop.sync()
    shop.configure()
    shop.build_all(jobs)
    shop.generate()
    counted(shop)
    tests = {}
    for name, test in shop.tests().items():
        shop.run(test, limit=600)
        for function in counted(shop):
            tests.setdefault(function, []).append(name)
    kept.write_text(json.dumps({"digest": digest, "tests": tests}))
    return tests
