# SPDX-License-Identifier: BSD-2-Clause
"""Configures and builds the kinds of programs that a campaign runs."""

import os
import shutil
import subprocess
import sys

from .layout import ROOT, made

COMMON = ["-DCMAKE_BUILD_TYPE=None", "-DCMAKE_C_FLAGS=-O1 -g", "-DBUILD_TESTING=OFF",
          "-DKVMSAFE_TOOL=OFF", "-DKVMSAFE_SHARED=OFF", "-DKVS_BENCH=OFF"]

# AFL++'s other pass of LAF, TRANSFORM_COMPARES, ends a memcmp with a constant at its first NUL: wrong
# answers, of which a minidump's magic is one.
LAF = {"AFL_LLVM_LAF_SPLIT_SWITCHES": "1", "AFL_LLVM_LAF_SPLIT_COMPARES": "1"}

# kind: (engine, sanitizers, environment of the compiler)
KINDS = {
    "libfuzzer": ("libfuzzer", "address,undefined", {}),
    "afl": ("afl", "", {}),
    "afl-asan": ("afl", "", {"AFL_USE_ASAN": "1", "AFL_USE_UBSAN": "1"}),
    "afl-cmplog": ("afl", "", {"AFL_LLVM_CMPLOG": "1"}),
    "afl-laf": ("afl", "", LAF),
    "replay": ("", "", {}),
}


def wanted(engine):
    """The kinds that a campaign with this engine runs; findings are replayed by libfuzzer's."""
    afl = ["afl", "afl-asan", "afl-cmplog", "afl-laf", "replay"]
    return ["libfuzzer"] + (afl if engine in ("afl", "both") else [])


def clang():
    for name in ("clang-19", "clang"):
        if shutil.which(name):
            return name
    raise SystemExit("campaign: clang expected, none found")


def afl_environment(folder):
    """Of a build by AFL++: no coverage of the input format and the mutator."""
    deny = folder / "denylist"
    deny.write_text("src: *sparse.c\nsrc: *opening.c\nsrc: *alloc_hook.c\n", encoding="utf-8")
    return {"AFL_QUIET": "1", "AFL_LLVM_DENYLIST": str(deny)}


def configure(kind, engine, sanitizers, folder):
    compiler = {"libfuzzer": clang, "afl": lambda: "afl-clang-fast", "": lambda: "cc"}[engine]()
    if shutil.which(compiler) is None:
        raise SystemExit(f"campaign: {compiler} expected for the build {kind}, none found")
    options = [f"-DKVS_FUZZ_ENGINE={engine}", f"-DKVS_SANITIZE={sanitizers}",
               f"-DCMAKE_C_COMPILER={compiler}"]
    if engine == "":  # afl-fuzz loads the mutator; only this build makes it
        options.append("-DBUILD_TESTING=ON")
    return ["cmake", "-S", str(ROOT), "-B", str(folder), "-G", "Ninja", *COMMON, *options]


def build(layout, kind, jobs):
    engine, sanitizers, environment = KINDS[kind]
    folder = made(layout.build / kind)
    env = {**os.environ, **environment, **(afl_environment(folder) if engine == "afl" else {})}
    make = ["cmake", "--build", str(folder), "-j", str(jobs)]
    if kind == "replay":
        make += ["--target", "kvs_mutator"]
    with open(folder / "build.log", "w", encoding="utf-8") as log:
        for command in (configure(kind, engine, sanitizers, folder), make):
            if subprocess.run(command, env=env, stdout=log, stderr=log, check=False).returncode:
                sys.stderr.write((folder / "build.log").read_text(encoding="utf-8")[-4000:])
                raise SystemExit(f"campaign: the build {kind} failed: {folder}/build.log")


def build_all(layout, kinds, jobs, say):
    """Bring builds and the generated seeds up to date."""
    for kind in kinds:
        say(f"building {kind}")
        build(layout, kind, jobs)
    if not layout.targets():
        raise SystemExit(f"campaign: no targets in {layout.build}/libfuzzer/fuzz")
    say("generating dumps")
    subprocess.run([sys.executable, "-B", str(ROOT / "corpus" / "generate.py"), "--out",
                    str(layout.build / "corpus")], check=True, stdout=subprocess.DEVNULL)
