# SPDX-License-Identifier: BSD-2-Clause
"""One running engine: its command line, its progress, how it is stopped."""

import os
import re
import resource
import signal
import socket
import subprocess
import threading
import time
from pathlib import Path

from . import call, parse
from .layout import MAX_LEN, limits
from .merge import sha1

INTERRUPTED = 72  # libFuzzer's exit code on SIGINT
COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# AFL++: what an instance is for, in the order in which they are added
ROLES = ("main", "asan", "cmplog", "laf")


def sanitizer_options():
    return {"ASAN_OPTIONS": "allocator_may_return_null=1:abort_on_error=1:symbolize=0",
            "UBSAN_OPTIONS": "halt_on_error=1:abort_on_error=1:symbolize=0"}


def libfuzzer_command(layout, target, seconds):
    command = [str(layout.binary("libfuzzer", target)), *limits(), "-reload=1",
               "-print_final_stats=1", f"-max_total_time={max(1, int(seconds))}",
               f"-artifact_prefix={layout.artifacts(target)}/"]
    if layout.dictionary(target):
        command.append(f"-dict={layout.dictionary(target)}")
    command.append(str(layout.corpus(target)))  # the first folder receives
    if layout.merged(target).is_dir():
        command.append(str(layout.merged(target)))
    return command + [str(folder) for folder in layout.seeds(target)]


def afl_role(index):
    return ROLES[index] if index < len(ROLES) else f"plain{index - len(ROLES) + 1}"


def afl_instance(role):
    """The names of instances differ between machines."""
    return f"{role}-{socket.gethostname()}"


def afl_command(layout, target, role):
    """afl-fuzz for a role."""
    kind = {"asan": "afl-asan", "cmplog": "afl-cmplog", "laf": "afl-laf"}.get(role, "afl")
    program = str(layout.binary(kind, target))
    seeds = layout.seeds(target)
    command = ["afl-fuzz", "-i", str(seeds[-1]), "-o", str(layout.afl_sync(target)),
               "-M" if role == "main" else "-S", afl_instance(role), *limits("afl"), "-G",
               str(MAX_LEN)]
    if role == "main":  # what libFuzzer finds, and the seeds that -i does not name
        for folder in [layout.corpus(target), *seeds[:-1]]:
            command += ["-F", str(folder)]
    if role == "cmplog":
        command += ["-c", "0"]  # the program itself; another one finds nothing in 4.04c
    if layout.dictionary(target):
        command += ["-x", str(layout.dictionary(target))]
    return command + ["--", program]


def afl_environment(layout, role):
    env = {name: "1" for name in (
        "AFL_NO_UI", "AFL_SKIP_CPUFREQ", "AFL_NO_AFFINITY", "AFL_FINAL_SYNC", "AFL_AUTORESUME",
        "AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES", "AFL_IGNORE_PROBLEMS", "AFL_FAST_CAL")}
    env["AFL_TESTCACHE_SIZE"] = "20"
    if layout.mutator().is_file():
        env["AFL_CUSTOM_MUTATOR_LIBRARY"] = str(layout.mutator())
    if role.startswith("plain"):
        env["AFL_DISABLE_TRIM"] = "1"
    env.update(sanitizer_options())  # afl-fuzz refuses those that a user may have
    return env


def afl_executions(folder):
    """Of an instance, as it says in its folder; 0: it says nothing."""
    try:
        stats = parse.fuzzer_stats((folder / "fuzzer_stats").read_text(encoding="utf-8"))
        return int(stats["execs_done"])
    except (OSError, KeyError, ValueError):
        return 0


def whole(path):
    """Is it a finding of libFuzzer, whole? On a full disk it is said to be written, too."""
    try:
        return sha1(path) == path.name.rpartition("-")[2]
    except OSError:
        return False


def waited_for():
    """CPU seconds of all children that this program has waited for, and of theirs."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def cpu_below(roots, proc=Path("/proc")):
    """{pid: CPU seconds of it, of all below it, of children they waited for}; not Linux: zeros.
    By parents: AFL++'s fork server opens a session of its own."""
    parent, used = {}, {}
    for path in proc.glob("[0-9]*/stat"):
        try:
            fields = path.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            pid = int(path.parent.name)
            parent[pid], used[pid] = int(fields[1]), sum(map(int, fields[11:15]))
        except (OSError, IndexError, ValueError):
            continue  # it has just ended
    ticks = dict.fromkeys(roots, 0)
    for pid, value in used.items():
        while pid not in ticks and pid in parent:
            pid = parent[pid]
        if pid in ticks:
            ticks[pid] += value
    return {pid: value / os.sysconf("SC_CLK_TCK") for pid, value in ticks.items()}


def end_left(mark, proc=Path("/proc")):
    """Kill what has this in its environment: AFL++ 4.04c leaves CMPLOG's fork server, stopped."""
    for path in proc.glob("[0-9]*/environ"):
        try:
            if mark.encode() in path.read_bytes().split(b"\0"):
                os.kill(int(path.parent.name), signal.SIGKILL)
        except OSError:
            continue  # another user's, or it has just ended


class Worker:
    """A process in its own session: an interrupt of the terminal reaches the campaign alone."""

    def __init__(self, target, engine, role, seconds, command, env, log, instance=None):
        self.target, self.engine, self.role, self.seconds = target, engine, role, seconds
        self.progress = parse.Progress()
        self.started = time.monotonic()
        self.stopped = None  # when it was told to stop
        self.killed = False  # by us
        self.cpu = 0.0  # seconds, of all its processes
        self.instance = instance  # AFL++'s folder, which tells its executions
        self.before = afl_executions(instance) if instance else 0
        self.artifacts, self.lost = [], False  # paths that it told of; could its log not be written?
        self.log = open(log, "a", encoding="utf-8", errors="replace", buffering=1)
        self._note(f"$ {' '.join(command)}\n")
        self.mark = f"KVS_CAMPAIGN_WORKER={os.getpid()}-{id(self)}"
        env = dict([self.mark.split("=")], **env)
        self.process = subprocess.Popen(
            command, env={**os.environ, **env}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", start_new_session=True)
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        """Stamp each line with its time: the engines' own have none."""
        for line in self.process.stdout:
            if self.engine == "libfuzzer":
                parse.libfuzzer_line(line, self.progress)
                artifact = parse.libfuzzer_artifact(line)
                self.artifacts += [Path(artifact)] if artifact else []
            self._note(f"{time.time():.1f} {COLOUR.sub('', line)}")

    def _note(self, text):
        """A full disk must not end the reading: an engine whose pipe is full stands still."""
        try:
            self.log.write(text)
        except (OSError, ValueError):  # full, or closed
            self.lost = True

    def executions(self):
        if self.instance is None:
            return self.progress.execs
        now = afl_executions(self.instance)  # goes on from before where it resumes
        return now - self.before if now >= self.before else now

    def take_cpu(self, seconds):
        """While it runs; of what nobody waits for rusage tells nothing in the end."""
        self.cpu = max(self.cpu, seconds)

    def age(self):
        return time.monotonic() - self.started

    def signal(self, number):
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass

    def stop(self):
        self.stopped = self.stopped or time.monotonic()
        self.signal(signal.SIGINT)

    def over(self):
        """Has it ended? One that outlives its time is told so, then killed."""
        before = waited_for()
        if self.process.poll() is not None:
            self.cpu = max(self.cpu, waited_for() - before)
            self._close()
            return True
        if self.stopped is None and self.age() > self.seconds + (10 if self.role == "" else 0):
            self.stop()
        elif self.stopped is not None and time.monotonic() - self.stopped > 30:
            self.killed = True
            call.end(self.process)
        return False

    def end(self):
        """At once, with all its processes."""
        self.killed = True
        call.end(self.process)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            pass  # the kernel does not let it go
        self._close()

    def _close(self):
        end_left(self.mark)
        self.reader.join(30)
        try:
            self.log.close()
        except OSError:
            self.lost = True
        if not self.reader.is_alive():
            self.process.stdout.close()

    def failed(self):
        """Did it end by a finding, or not start at all?"""
        return self.process.returncode not in (0, INTERRUPTED, -signal.SIGINT)

    def fault(self):
        """Why what it did may be less than it seems, or nothing. An engine that fails has found
        something, and it is on disk; AFL++ does not fail by findings."""
        if self.lost:
            return "its log could not be written"
        if self.failed() and not self.killed and not any(map(whole, self.artifacts)) and \
                (self.engine == "libfuzzer" or self.stopped is None):
            return f"ended with {self.process.returncode} and left no finding"
        return ""


def start(layout, target, engine, index, seconds):
    """Start one; index counts those of this target and engine, from 0."""
    log = layout.logs(target, engine) / f"{time.strftime('%Y%m%d-%H%M%S')}-{index}.log"
    if engine == "libfuzzer":
        env = {"ASAN_OPTIONS": "allocator_may_return_null=1"}
        return Worker(target, engine, "", seconds, libfuzzer_command(layout, target, seconds), env,
                      log)
    role = afl_role(index)
    return Worker(target, engine, role, seconds, afl_command(layout, target, role),
                  afl_environment(layout, role), log,
                  layout.afl_sync(target) / afl_instance(role))
