# SPDX-License-Identifier: BSD-2-Clause
"""A private copy of the tree and its build, where sources may be spoilt; and the tests in it."""
import contextlib
import hashlib
import json
import os
import re
import resource
import shlex
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

SKIP = (".git", "build", "__pycache__", "work")
CORPUS = ["kvs_objects", "fuzz_replay"]  # what replays the corpus: seeds, answers
SEEN = ("lib", "arch", "include", "tests", "fuzz", "corpus")  # what a verdict depends on
OPTIONS = ["-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_C_FLAGS_DEBUG=-O1 -g1 -w",
    "-DKVS_SANITIZE=address,undefined", "-DKVMSAFE_TOOL=ON", "-DKVS_BENCH=OFF",
    "-DKVMSAFE_SHARED=OFF", *(["-DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=gold"]
        if shutil.which("ld.gold") else [])]
ASAN = "hard_rss_limit_mb=2048:allocator_may_return_null=1"


class Broken(Exception):
    """The untouched tree does not build or configure."""


@dataclass
class Test:
    name: str
    label: str
    command: list
    env: dict
    folder: str
    seconds: float = 1.0  # of the untouched tree, of the processor
    target: str = field(init=False)

    def __post_init__(self):
        self.target = Path(self.command[0]).name


@dataclass
class Outcome:
    failed: bool
    output: str
    code: int
    seconds: float
    hung: bool


def files_of(top):
    for folder, folders, names in os.walk(top):
        folders[:] = [name for name in folders if not name.startswith(SKIP)]
        for name in names:
            yield (Path(folder) / name).relative_to(top)


def digest_of(top, paths=None):
    """Of all that decides whether a guard is noticed, or of these files alone."""
    digest = hashlib.sha256()
    for path in sorted(paths or (path for path in files_of(top) if path.parts[0] in SEEN)):
        digest.update(f"{path}\0".encode() + (top / path).read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def is_corpus(test):
    return test.label == "replay" or test.name == "answers"


class Workshop:
    def __init__(self, top, folder, options=()):
        self.top, self.tree, self.out = top, folder / "tree", folder / "out"
        self.options = ["-G", "Ninja", *options]
        self.spoilt = {}  # path: its sound text
        self.commands = {}  # source or target: what ninja would run, without ninja's own time
        self.tree.mkdir(parents=True, exist_ok=True)

    def sync(self):
        """Copy what changed; what did not keeps its time, so that ninja leaves it alone."""
        wanted = set(files_of(self.top))
        for path in files_of(self.tree):
            if path not in wanted:
                (self.tree / path).unlink()
        for path in wanted:
            source, copy = self.top / path, self.tree / path
            if copy.is_file() and copy.read_bytes() == source.read_bytes():
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, copy)
        self.spoilt.clear()

    def configure(self):
        self.must(["cmake", "-S", self.tree, "-B", self.out, *self.options])
        self.commands.clear()
        for entry in json.loads((self.out / "compile_commands.json").read_text()):
            if "kvs_objects.dir" in entry["command"]:
                path = Path(entry["file"]).relative_to(self.tree.resolve())
                self.commands[str(path)] = entry["command"]

    def must(self, command):
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False, start_new_session=True)
        if done.returncode != 0:
            raise Broken(" ".join(map(str, command)) + "\n" + done.stdout[-4000:])

    def build(self, targets, jobs=1):
        """True if they were built; a spoilt source need not compile."""
        return subprocess.run(["ninja", "-C", self.out, f"-j{jobs}", *targets],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False,
            start_new_session=True).returncode == 0

    def build_sound(self, targets, jobs):
        if not self.build(targets, jobs):
            raise Broken(f"the untouched tree does not build: ninja -C {self.out}")

    def prepare(self, jobs):
        """Copied, configured, and ready to replay the corpus; its tests that pass, by name."""
        self.sync()
        self.configure()
        self.build_sound(CORPUS, jobs)
        self.generate()
        return self.passing(
            {name: test for name, test in self.tests().items() if is_corpus(test)})

    def unit_tests(self):
        """By name; they are not built yet."""
        return {name: test for name, test in self.tests().items() if not is_corpus(test)}

    def vetted(self, tests, jobs):
        """Those of these tests that build and pass on the untouched tree."""
        self.build(["-k0", *{test.target for test in tests.values()}], jobs)
        return self.passing(tests)

    def passing(self, tests):
        passing, failing = self.sound_tests(tests)
        for name in failing:
            print(f"left out, it fails on the untouched tree: {name}", flush=True)
        return passing

    def object_of(self, path):
        words = shlex.split(self.commands[path])
        return self.out / words[words.index("-o") + 1]

    def compile(self, path):
        """One source of the library; the rest is built."""
        return self.shell(self.commands[path])

    def link(self, target):
        """One program whose own objects are built."""
        if target not in self.commands:
            shown = subprocess.run(["ninja", "-C", self.out, "-t", "commands", target],
                stdout=subprocess.PIPE, text=True, check=True).stdout
            self.commands[target] = shown.splitlines()[-1]
        return self.shell(self.commands[target])

    def shell(self, command):
        return subprocess.run(command, shell=True, cwd=self.out, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, check=False, start_new_session=True).returncode == 0

    def spoil(self, path, text):
        place = self.tree / path
        self.spoilt.setdefault(path, place.read_text())
        place.write_text(text)

    def restore(self):
        for path, text in self.spoilt.items():
            (self.tree / path).write_text(text)
        self.spoilt.clear()

    def tests(self):
        """Programs that ctest would run, by name; scripts are not asked."""
        shown = subprocess.run(["ctest", "--test-dir", self.out, "--show-only=json-v1"],
            stdout=subprocess.PIPE, text=True, check=True).stdout
        found, commands = {}, self.test_commands()
        for entry in json.loads(shown)["tests"]:
            properties = {item["name"]: item["value"] for item in entry["properties"]}
            label = (properties.get("LABELS") or [""])[0]
            command = entry.get("command") or commands[entry["name"]]  # the former: it is built
            if str(self.out) in command[0] and label in ("unit", "corpus", "replay"):
                env = dict(item.split("=", 1) for item in properties.get("ENVIRONMENT", []))
                found[entry["name"]] = Test(entry["name"], label, command, env,
                    properties["WORKING_DIRECTORY"])
        return found

    def test_commands(self):
        """As CMake wrote them: ctest tells those alone that are built."""
        found = {}
        for path in self.out.rglob("CTestTestfile.cmake"):
            for name, words in re.findall(r"^add_test\((?:\[=\[)?(.+?)(?:\]=\])? (.*)\)$",
                    path.read_text(), re.M):
                found[name] = shlex.split(words)
        return found

    def sound_tests(self, tests):
        """Tests that pass on the untouched tree, and names of others, which cannot notice anything."""
        tests, failing = dict(tests), []
        for name, test in list(tests.items()):
            outcome = self.run(test, limit=600)
            test.seconds = max(0.1, outcome.seconds)
            if outcome.failed:
                failing.append(name)
                del tests[name]
        return tests, failing

    def generate(self):
        """The dumps that tests read."""
        self.must(["ctest", "--test-dir", self.out, "-R", "^corpus$"])

    def run(self, test, command=None, limit=None):
        return run(command or test.command, {**os.environ, "ASAN_OPTIONS": ASAN, "KVS_REPLAY_NAMES": "1", **test.env},
            test.folder, limit or max(3, 10 * test.seconds))


def run(command, env, folder, cpu_seconds):
    """A hang is counted in the processor's time: the machine may be busy. By the clock it may take
    longer, but not for ever; whatever it started ends with it."""
    with tempfile.TemporaryFile() as told:  # a pipe would wait for whoever has inherited it
        process = subprocess.Popen(command, env=env, cwd=folder, stdout=told,
            stderr=subprocess.STDOUT, start_new_session=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU,
                (int(cpu_seconds), int(cpu_seconds) + 1)))
        code, seconds = wait(process, time.monotonic() + 20 * cpu_seconds)
        told.seek(0)
        output = told.read().decode(errors="replace")
    hung = code is None or code == -signal.SIGXCPU
    return Outcome(code != 0, output, -signal.SIGKILL if code is None else code, seconds, hung)


def wait(process, until):
    """(exit code, seconds of the processor); None: it did not end by then and was killed."""
    pause = 0.001
    while True:
        ended, status, usage = os.wait4(process.pid, os.WNOHANG)
        if ended == 0 and time.monotonic() < until:
            time.sleep(pause)
            pause = min(0.05, 2 * pause)
            continue
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        code = None
        if ended == 0:
            _, status, usage = os.wait4(process.pid, 0)
        else:
            code = os.waitstatus_to_exitcode(status)
        process.returncode = code if code is not None else -signal.SIGKILL  # Popen need not ask
        return code, usage.ru_utime + usage.ru_stime
