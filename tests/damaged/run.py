#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Run the tool over the damaged family: whatever a file says, the tool ends by itself, soon, within
bounds of memory and output, with one of its exit codes and, where it fails, with words.

KVMSAFE_TOOL and KVMSAFE_CORPUS name the tool and the generated dumps. A sample of the family runs
by default, the same at each run; --all takes the whole family, KVMSAFE_EVERY=N (for a host on which
a process costs much) an N-th of the sample.
"""

import argparse
import concurrent.futures
import multiprocessing
import os
import resource
import sys
import tempfile
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "corpus"))
sys.dont_write_bytecode = True

import damage  # noqa: E402

MIB = 1 << 20
SECONDS = 1.0          # of processor time, for a file up to a MiB, and for each further one
RSS = 64 * MIB         # and the file's bytes
OUTPUT = 64 << 10      # and 64 bytes a byte of the file
EXIT_CODES = range(5)
SAMPLE = 1500 // int(os.environ.get("KVMSAFE_EVERY", "1"))
SANITIZERS = (b"__asan_init", b"__tsan_init", b"__msan_init")


class Case:
    """One damaged file: its line of the list, and what is asked of it."""

    def __init__(self, corpus, name, base, how):
        self.corpus, self.name, self.base, self.how = corpus, name, base, how

    def commands(self, path):
        """Argument lists behind the tool's name."""
        if self.base.endswith(".kernel"):
            yield ["symbols", "-N", path, "version", "_allproc", "nobody"]
            dump = os.path.join(self.corpus, self.base[:-len("kernel")] + "vmcore")
            if os.path.exists(dump):
                yield ["info", "-N", path, dump]
                yield ["check", "-N", path, dump]
            return
        kernel = os.path.join(self.corpus, self.base[:-len("vmcore")] + "kernel")
        with_kernel = ["-N", kernel] if os.path.exists(kernel) else []
        yield ["info", *with_kernel, path]
        yield ["check", path]
        yield ["dmesg", *with_kernel, path]
        yield ["pages", path]
        yield ["pages", "--mappings", *with_kernel, path]
        va, pa = addresses(self.corpus, self.base)
        yield ["translate", "--json", *with_kernel, path, *va]
        for address in va[-1:]:
            yield ["read", "--raw", *with_kernel, path, address, "70000"]
        yield ["read", "--raw", "--phys", path, pa, "70000"]


def addresses(corpus, base, known={}):
    """Some virtual addresses of the base's answers, and a physical one."""
    if base not in known:
        va, pa = [], "0x1000"
        path = os.path.join(corpus, base[:-len("vmcore")] + "answers")
        with open(path, encoding="ascii") as answers:
            for line in answers:
                word = line.split()
                if word[0] == "xlat":
                    va.append(word[1])
                elif word[0] == "page":
                    pa = word[1]
        known[base] = (va[::max(1, len(va) // 5)][:6] or ["0xffffffff80000000"], pa)
    return known[base]


def run(tool, arguments, out, error):
    """(exit code or -signal, processor seconds, peak bytes)."""
    actions = [(os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
               (os.POSIX_SPAWN_OPEN, 1, out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
               (os.POSIX_SPAWN_OPEN, 2, error, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)]
    child = os.posix_spawn(tool, [tool, *arguments], os.environ, file_actions=actions)
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, \
        usage.ru_maxrss * 1024


def judge(size, code, seconds, peak, printed, said, sanitized):
    """What is wrong with one run."""
    if code < 0:
        yield "ended by signal %d" % -code
    elif code not in EXIT_CODES:
        yield "exit code %d" % code
    if code >= 2 and said == 0:
        yield "exit code %d without a word" % code
    allowed = SECONDS * max(1, size / MIB) * (5 if sanitized else 1)
    if seconds > allowed:
        yield "%.1f seconds, at most %.1f expected" % (seconds, allowed)
    if peak > RSS + size and not sanitized:
        yield "%d KiB of memory, at most %d expected" % (peak >> 10, (RSS + size) >> 10)
    if printed > OUTPUT + 64 * size:
        yield "%d bytes printed, at most %d expected" % (printed, OUTPUT + 64 * size)


def run_case(tool, case, folder, sanitized, bases={}):
    """(runs, [what is wrong]) of one damaged file."""
    if case.base not in bases:
        bases.clear()
        with open(os.path.join(case.corpus, case.base), "rb") as file:
            bases[case.base] = file.read()
    path, out, error = (os.path.join(folder, name) for name in ("file", "out", "error"))
    data = damage.apply(bases[case.base], case.how)
    with open(path, "wb") as file:
        file.write(data)
    runs, wrong = 0, []
    for arguments in case.commands(path):
        result = run(tool, arguments, out, error)
        printed, said = os.path.getsize(out), os.path.getsize(error)
        runs += 1
        for what in judge(len(data), *result, printed, said, sanitized):
            wrong.append("%s (%s %s): %s: %s" % (
                case.name, case.base, case.how, " ".join(arguments), what))
    return runs, wrong


def run_share(tool, cases, sanitized):
    """A worker's share, in a folder of its own. A runaway printer meets its file's limit."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 30, 1 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    runs, wrong = 0, []
    with tempfile.TemporaryDirectory(prefix="kvmsafe-damaged-") as folder:
        for case in cases:
            more, found = run_case(tool, case, folder, sanitized)
            runs += more
            wrong += found
    return runs, wrong


def choose(cases, number):
    """The same spread sample at each run, in the list's order."""
    if number is None or number >= len(cases):
        return cases
    chosen = set(sorted(range(len(cases)),
                        key=lambda i: zlib.crc32(cases[i].name.encode()))[:number])
    return [case for i, case in enumerate(cases) if i in chosen]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, metavar="N",
                        help="so many files (%d; a quarter with a sanitizer)" % SAMPLE)
    parser.add_argument("--all", action="store_true", help="the whole family")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--only", default="", help="files whose name begins so")
    return parser.parse_args()


def main():
    args = arguments()
    tool, corpus = (os.path.abspath(os.environ[name]) for name in ("KVMSAFE_TOOL",
                                                                   "KVMSAFE_CORPUS"))
    with open(tool, "rb") as file:
        binary = file.read()
    sanitized = any(name in binary for name in SANITIZERS)
    cases = [Case(corpus, *line) for line in damage.lines(corpus)
             if line[0].startswith(args.only)]
    sample = args.sample or (SAMPLE // 4 if sanitized else SAMPLE)
    cases = choose(cases, None if args.all else sample)
    runs, wrong = 0, []
    share = -(-len(cases) // (args.jobs * 4)) or 1
    # A child's peak counts what its parent had before exec: workers are new and small.
    fresh = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(args.jobs, mp_context=fresh) as pool:
        shares = [cases[at:at + share] for at in range(0, len(cases), share)]
        for more, found in pool.map(run_share, [tool] * len(shares), shares,
                                    [sanitized] * len(shares)):
            runs += more
            wrong += found
    for line in wrong[:50]:
        print(line)
    print("%d damaged files, %d runs, %d wrong" % (len(cases), runs, len(wrong)))
    return 1 if wrong or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
