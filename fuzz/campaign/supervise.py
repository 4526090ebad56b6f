# SPDX-License-Identifier: BSD-2-Clause
"""Shares cores and time among targets, restarts what ended, samples progress, stops on signals."""

import csv
import json
import signal
import time
from collections import defaultdict

from . import parse, workers
from .layout import made, write_whole

POLL = 0.5  # seconds
SAMPLE = 5
SLICE_MAX = 900  # a process runs so long at most; another target may be behind
FAST_DEATHS = 5  # ends within two seconds, one after the other: the target is set aside


class State:
    """What survives, by target and engine, of processes that ended: seconds by the clock and of
    CPU, executions, the most edges and features. faults: what the last session could not do."""

    def __init__(self, path):
        self.path = path
        self.spent, self.cpu = defaultdict(float), defaultdict(float)
        self.execs, self.sessions = defaultdict(int), 0
        self.peak, self.faults = defaultdict(lambda: [0, 0]), []
        if path.is_file():
            data = json.loads(path.read_text(encoding="utf-8"))
            self.spent.update(data["spent"])
            self.cpu.update(data["cpu"])
            self.execs.update(data["execs"])
            self.peak.update(data["peak"])
            self.sessions, self.faults = data["sessions"], data.get("faults", [])

    def save(self):
        write_whole(self.path, json.dumps(
            {"spent": self.spent, "cpu": self.cpu, "execs": self.execs, "peak": self.peak,
             "sessions": self.sessions, "faults": self.faults}, indent=1))


def key_of(target, engine):
    return f"{target}/{engine}"


def pick(targets, engines, state, running, aside, begun=()):
    """The (target, engine) that has had the least time, running ones counted with their slices; first
    those that this session has not begun: a target that had much before is to have a turn, too."""
    def cost(pair):
        owed = sum(w.seconds for w in running if (w.target, w.engine) == pair)
        return pair in begun, state.spent[key_of(*pair)] + owed
    pairs = [(target, engine) for target in targets for engine in engines
             if key_of(target, engine) not in aside]
    return min(pairs, key=cost) if pairs else None


def slice_of(remaining, jobs, pairs, so_far, turns=1):
    """How long the next process runs: every pair gets its share, in so many turns, in time."""
    share = (so_far + remaining) * jobs / max(1, pairs) / turns
    return max(1.0, min(remaining, SLICE_MAX, max(share, 3)))


class Campaign:
    """by_cpu: `seconds` are those that each core worked, not the clock's."""

    def __init__(self, layout, targets, engines, jobs, seconds, say, by_cpu=False):
        self.layout, self.targets, self.engines = layout, targets, engines
        self.jobs, self.seconds, self.say, self.by_cpu = jobs, seconds, say, by_cpu
        self.used = 0.0  # CPU seconds of workers that ended
        self.state = State(layout.state())
        self.running, self.aside, self.begun = [], set(), set()
        self.interrupted = self.ending = False  # end well; end at once
        self.deaths, self.sampled = defaultdict(int), defaultdict(int)
        self.executed = defaultdict(int)  # in this session, by target
        self.turns = defaultdict(int)  # of AFL++, so that one core plays all roles in turn

    def _signalled(self, number, _):
        """Taken note of only: a worker may be just about to start."""
        self.ending = self.interrupted or number == signal.SIGHUP
        self.interrupted = True

    def run(self):
        """Until the time is over or SIGINT; all that was found is on disk then. What could not be done
        is told, and left in state.faults."""
        made(self.layout.work)
        self.state.sessions, self.state.faults = self.state.sessions + 1, []
        self.state.save()
        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:  # nohup
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._signalled) for number in numbers}
        sampled, self.started = 0.0, time.monotonic()
        try:
            while not self.interrupted and self._left() > 0:
                self._reap()
                self._fill(self._left())
                if not self.running:
                    break  # all set aside
                if time.monotonic() - sampled >= SAMPLE:
                    sampled = time.monotonic()
                    self._sample(self._left())
                time.sleep(POLL)
            self._stop()
            for target in self.targets:
                if not self.executed[target]:
                    self._fault(f"{target}: nothing was executed")
        finally:
            for worker in self.running:  # told twice, or an error of ours: leave no process behind
                worker.signal(signal.SIGKILL)
            for worker in self.running:
                worker.end()
            for number, handler in before.items():
                signal.signal(number, handler)
            self.state.save()

    def _fault(self, text, where=""):
        if text not in self.state.faults:
            self.state.faults.append(text)
        self.say(text + where, keep=True)

    def _left(self):
        """Seconds; also takes what the running ones have used by now."""
        below = workers.cpu_below([worker.process.pid for worker in self.running])
        for worker in self.running:
            worker.take_cpu(below[worker.process.pid])
        if self.by_cpu:
            return self.seconds - (self.used + sum(w.cpu for w in self.running)) / self.jobs
        return self.seconds - (time.monotonic() - self.started)

    def _fill(self, remaining):
        while len(self.running) < self.jobs and remaining >= min(1, self.seconds / 2):
            pair = pick(self.targets, self.engines, self.state, self.running, self.aside,
                        self.begun)
            if pair is None:
                return
            self.begun.add(pair)
            rotate = pair[1] == "afl" and self.jobs < len(workers.ROLES)
            seconds = slice_of(remaining, self.jobs, len(self.targets) * len(self.engines),
                               self.seconds - remaining, len(workers.ROLES) if rotate else 1)
            taken = {w.role for w in self.running if (w.target, w.engine) == pair}
            index = self.turns[pair] if rotate else len(taken)
            while workers.afl_role(index) in taken:
                index += 1
            self.turns[pair] = (self.turns[pair] + 1) % len(workers.ROLES)
            self.running.append(workers.start(self.layout, *pair, index, seconds))

    def _reap(self):
        for worker in [w for w in self.running if w.over()]:
            self.running.remove(worker)
            name = key_of(worker.target, worker.engine)
            self.state.spent[name] += worker.age()
            self.state.cpu[name] += worker.cpu
            self.used += worker.cpu
            self.state.execs[name] += worker.progress.execs
            self.executed[worker.target] += worker.executions()
            self.state.peak[name] = [max(self.state.peak[name][0], worker.progress.edges),
                                     max(self.state.peak[name][1], worker.progress.features)]
            fault = worker.fault()
            if fault:
                self._fault(f"{name}: {fault}", f", see {worker.log.name}")
            if not worker.failed():
                self.deaths[name] = 0
                continue
            fast = worker.age() < 2
            self.deaths[name] = self.deaths[name] + 1 if fast else 0
            if not fault:
                self.say(f"{name}: ended with {worker.process.returncode}, see {worker.log.name}",
                         keep=True)
            if self.deaths[name] >= FAST_DEATHS:
                self.aside.add(name)
                self._fault(f"{name}: set aside, it ends as soon as it starts")

    def _stop(self):
        for worker in self.running:
            worker.stop()
        self.say("stopping: everything found so far is on disk" if self.interrupted else
                 "time is over", keep=True)
        while self.running and not self.ending:
            self._left()
            self._reap()
            time.sleep(0.1)
        if self.ending:
            raise KeyboardInterrupt
        self._sample(0)

    # ---- Samples ----

    def numbers(self, target, engine):
        """(executions, edges, features, inputs) of all processes, ended and running."""
        name = key_of(target, engine)
        if engine == "afl":
            return afl_numbers(self.layout.afl_sync(target))
        mine = [w.progress for w in self.running if (w.target, w.engine) == (target, engine)]
        return (self.state.execs[name] + sum(p.execs for p in mine),
                max([self.state.peak[name][0]] + [p.edges for p in mine]),
                max([self.state.peak[name][1]] + [p.features for p in mine]),
                sum(1 for _ in self.layout.corpus(target).iterdir()))

    def _sample(self, remaining):
        parts = []
        for target in self.targets:
            for engine in self.engines:
                name = key_of(target, engine)
                mine = [w for w in self.running if (w.target, w.engine) == (target, engine)]
                spent = self.state.spent[name] + sum(w.age() for w in mine)
                if spent == 0:
                    continue
                cpu = self.state.cpu[name] + sum(w.cpu for w in mine)
                execs, edges, features, corpus = self.numbers(target, engine)
                if engine == "libfuzzer" or self.sampled[name] != execs:
                    append_sample(self.layout.samples(target, engine),
                                  [round(time.time(), 1), round(spent, 1), round(cpu, 2), execs,
                                   edges, features, corpus])
                self.sampled[name] = execs  # AFL++ writes its numbers once a minute only
                if mine or not remaining:
                    rate = execs / (cpu or spent)
                    parts.append(f"{target}{'/afl' if engine == 'afl' else ''} {execs} execs "
                                 f"({rate:.0f}/CPU s) {edges} edges {corpus} inputs")
        found = sum(1 for t in self.targets for _ in find_artifacts(self.layout, t))
        self.say(f"[{remaining:5.0f} s left, {found} findings] " + "; ".join(parts))
        self.state.save()


FIELDS = ["time", "spent", "cpu", "execs", "edges", "features", "corpus"]


def append_sample(path, row):
    new = not path.is_file()
    with open(path, "a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        if new:
            writer.writerow(FIELDS)
        writer.writerow(row)


def read_samples(path):
    """Rows as dictionaries of numbers; a row that a crash cut is left out."""
    if not path.is_file():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))[1:]
    out = []
    for row in rows:
        try:
            out.append(dict(zip(FIELDS, [float(cell) for cell in row], strict=True)))
        except ValueError:
            continue
    return out


def afl_numbers(sync):
    """Sums over the instances in AFL++'s folder; edges are the most that one has seen, but for
    the one whose compares are split: it has edges that no other program has."""
    execs = edges = corpus = 0
    for folder in sorted(sync.glob("*")):
        plot = folder / "plot_data"
        rows = parse.plot_data(plot.read_text(encoding="utf-8")) if plot.is_file() else []
        if rows:
            execs += rows[-1][1].execs
            edges = max(edges, 0 if folder.name.startswith("laf-") else rows[-1][1].edges)
        corpus = max(corpus, sum(1 for _ in folder.glob("queue/id*")))
    return execs, edges, 0, corpus


def find_artifacts(layout, target):
    """Files that either engine wrote as findings."""
    yield from (p for p in sorted(layout.artifacts(target).iterdir()) if p.is_file())
    for kind in ("crashes", "hangs"):
        yield from sorted(layout.afl_sync(target).glob(f"*/{kind}*/id*"))
