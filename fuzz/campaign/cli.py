# SPDX-License-Identifier: BSD-2-Clause
"""The command line of ci/campaign."""

import argparse
import os
import re
import signal
import sys
import traceback
from pathlib import Path

from . import builds, merge, report, triage
from .layout import ENGINES, ROOT, Failed, Layout, locked, made
from .supervise import Campaign, State

HELP = """\
Fuzzes libkvmsafe: all targets or some, on as many cores and for as long as you say.

first steps:
  ci/setup fuzz                             install what is needed, on Debian (*)
  ci/campaign run --time 10m                all targets, all cores, libFuzzer
  xdg-open campaign/report.html             what was run, reached and found

further:
  ci/campaign run --time 8h --engine both --targets session,elfsym
  ci/campaign run --time 1h --cpu           an hour of work of each core, however busy the machine
  ci/campaign targets                       which targets there are
  ci/corpus-minimise                        bring new inputs into the seeds of the tree
  ci/campaign COMMAND --help                all options

run builds (minutes, the first time), fuzzes, merges all inputs, replays what was found, and writes
the report. Its line of progress says what is left and, for each target at work, executions, how many
in a second of CPU time, edges (places in the code that were reached; when they stop rising for hours,
more time brings little), and inputs that reach them. Ctrl-C ends it early and loses nothing: give the
same command again, and it goes on from there. A second Ctrl-C, or a terminal that hangs up, ends it at
once; what was found is on disk all the same. To begin anew, remove campaign/.

(*) elsewhere: clang (19 if there), cmake, ninja, libelf, python3; for AFL++ also afl++ and cmocka
"""
FILES = """\
something was found: findings/TARGET-KEY/ below --work is one cause. reproduce.sh shows it again,
output.txt is its stack, input the smallest input. Mend the library, add the input to
corpus/seeds/TARGET with a name that says what it shows, and run ci/campaign triage: it then counts
as one that passes now.

files: besides, below --work: report.html; TARGET/merged, the small corpus of all engines;
TARGET/libfuzzer/log and TARGET/afl/log, what the engines said, each line with its time.

more machines: --engine afl or both, and the same --sync folder on a shared file system. Instances
are named after their host and synchronise there; what libFuzzer finds comes in by the main instance
of its machine.

A crash that replaying does not show counts as found, under a key of its own; a timeout or a lack of
memory that it does not show is listed only.

exit status: 0 nothing found, 1 something found, 2 it could not run, or the last session not all of it:
an engine failed and left no finding, a target was set aside or never executed, inputs could not be
merged, files of findings were never replayed.
"""


def duration(text):
    """Seconds of `90`, `90s`, `10m`, `2h`, `1d`."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([smhd]?)", text.strip())
    seconds = float(match[1]) * {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}[match[2]] \
        if match else 0
    if seconds < 1:
        raise argparse.ArgumentTypeError(
            f"a number with s, m, h or d expected, of a second at least, found {text!r}")
    return seconds


OPTIONS = {
    "work": {"default": ROOT / "campaign", "metavar": "DIR",
             "help": "corpora, findings, report (default: campaign/ in the tree)"},
    "build": {"default": ROOT / "build-campaign", "metavar": "DIR",
              "help": "the builds, one folder a kind (default: build-campaign/)"},
    "sync": {"metavar": "DIR", "help": "AFL++'s output, shared by more machines "
             "(default: TARGET/afl/sync below --work)"},
    "targets": {"metavar": "A,B", "help": "these targets only (default: all)"},
    "jobs": {"type": int, "default": os.cpu_count() or 1, "metavar": "N",
             "help": "cores to use (default: all, %(default)s here)"},
    "engine": {"choices": [*ENGINES, "both"], "default": "libfuzzer",
               "help": "both: they take turns, and each gets what the other finds"},
    "minimise-time": {"type": int, "default": 10, "metavar": "SECONDS",
                      "help": "for making each finding small; 0: do not (default: 10)"},
}


def parser():
    top = argparse.ArgumentParser(prog="ci/campaign", description=HELP, epilog=FILES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, text, *options):
        command = commands.add_parser(name, help=text, description=text)
        for option in options:
            command.add_argument(f"--{option}", **OPTIONS[option])
        return command
    run = add("run", "build, fuzz, merge, triage, report; goes on where an earlier run ended",
              *OPTIONS)
    run.add_argument("--time", type=duration, default=600.0, metavar="TIME",
                     help="for all targets together: 90s, 10m, 8h, 2d (default: 10m)")
    run.add_argument("--cpu", action="store_true",
                     help="count --time in CPU time that each core worked, not by the clock: on "
                     "a busy machine a campaign is as long as on an idle one")
    run.add_argument("--no-build", action="store_true", help="take the builds as they are")
    build = add("build", "bring the builds up to date", "build", "jobs", "engine")
    build.add_argument("--kinds", metavar="K,K",
                       help=f"of {', '.join(builds.KINDS)} (default: what --engine runs)")
    add("targets", "list the targets, with their seeds", "build")
    corpora_of = ("work", "build", "sync", "targets")
    small = add("merge", "one small corpus for each target: TARGET/merged", *corpora_of)
    small.add_argument("--into", metavar="DIR", help="copy what is new to DIR/TARGET as well")
    add("minimise", "merge, add what afl-cmin wants besides, and start anew from the result",
        *corpora_of)
    add("triage", "replay findings, one folder for each cause", *corpora_of, "minimise-time")
    add("report", "write report.html from what is on disk", "work", "sync")
    return top


class Say:
    """Progress: on a terminal the last line is written over."""

    def __init__(self):
        self.terminal = sys.stderr.isatty()
        self.width = 0

    def __call__(self, text, keep=False):
        if not self.terminal:
            print(text, file=sys.stderr, flush=True)
            return
        columns = os.get_terminal_size(sys.stderr.fileno()).columns
        shown = text if keep else text[:columns - 1]
        print("\r" + shown.ljust(self.width), end="\n" if keep else "", file=sys.stderr, flush=True)
        self.width = 0 if keep else len(shown)


def seedless(layout, targets):
    """An engine needs an input to begin with."""
    for target in targets:
        if not layout.seeds(target) and not any(layout.corpus(target).iterdir()):
            (layout.corpus(target) / "zero").write_bytes(b"\0")


def finish(layout, targets, args, say):
    """Merge, triage, report: what cannot be merged may have findings all the same."""
    for target in targets:
        say(f"merging {target}")
        try:
            before, after = merge.merge(layout, target)
        except (Failed, OSError) as failed:
            state = State(layout.state())
            state.faults.append(str(failed))
            state.save()
        else:
            say(f"{target}: {before} inputs merged to {after}")
    return judge(layout, targets, args, say)


def judge(layout, targets, args, say):
    with locked(layout.findings(), "triage", wait=say):
        for target in targets:
            triage.triage(layout, target, args.minimise_time, say)
    return describe(layout, say)


def describe(layout, say):
    """Write the report; 1: there are findings, 2: none, but not all was done."""
    findings, state = triage.load(layout), State(layout.state())
    path = report.write(layout, layout.worked(), findings, state)
    failing = [finding for finding in findings if triage.fails(finding)]
    for finding in failing:
        say(f"FOUND {finding['target']}: {finding['kind']} in {finding['entry'] or 'unknown'}: "
            f"{finding['folder']}/reproduce.sh", keep=True)
    unseen = triage.unseen(layout, findings)
    for target, count in unseen.items():
        say(f"{target}: {count} files of findings were never replayed: ci/campaign triage", keep=True)
    for fault in state.faults:
        say(f"NOT DONE: {fault}", keep=True)
    passing = len(findings) - len(failing)
    say(f"{len(failing)} findings{f', {passing} that pass now' if passing else ''}, report {path}",
        keep=True)
    return 1 if failing else 2 if unseen or state.faults else 0


def run(layout, args, say):
    if not args.no_build:
        builds.build_all(layout, builds.wanted(args.engine), args.jobs, say)
    targets = layout.chosen(args.targets)
    with locked(made(layout.work), "run"):
        seedless(layout, targets)
        engines = ENGINES if args.engine == "both" else (args.engine,)
        Campaign(layout, targets, engines, args.jobs, args.time, say, args.cpu).run()
        return finish(layout, targets, args, say)


def corpora(layout, args, say):
    """merge and minimise"""
    with locked(layout.work, args.command):
        for target in layout.chosen(args.targets):
            more = ""
            if args.command == "merge":
                before, after = merge.merge(layout, target)
                if args.into:
                    count = merge.promote(layout, target, made(Path(args.into) / target))
                    more = f", {count} of them new in {args.into}/{target}"
            else:
                before, after = merge.minimise(layout, target)
                if not merge.has_cmin(layout, target):
                    more = ", as libFuzzer counts: there is no afl-cmin, or no build `afl`"
            say(f"{target}: {before} inputs, {after} kept{more}", keep=True)
    return 0


def build(layout, args, say):
    kinds = args.kinds.split(",") if args.kinds else builds.wanted(args.engine)
    if not set(kinds) <= set(builds.KINDS):
        raise Failed(f"campaign: --kinds: {', '.join(builds.KINDS)} expected, "
                     f"found {args.kinds!r}")
    builds.build_all(layout, kinds, args.jobs, say)
    return 0


def targets_(layout):
    for target in layout.chosen():
        seeds = sum(len(list(folder.iterdir())) for folder in layout.seeds(target))
        print(f"{target}: {seeds} seeds")
    return 0


def main(argv=None):
    args, say = parser().parse_args(argv), Say()
    if getattr(args, "jobs", 1) < 1:
        raise Failed("campaign: --jobs: 1 or more expected")
    layout = Layout(*(getattr(args, name, None) for name in ("work", "build", "sync")))
    if args.command == "run":
        return run(layout, args, say)
    if args.command == "build":
        return build(layout, args, say)
    if args.command == "targets":
        return targets_(layout)
    if not layout.worked():
        raise Failed(f"campaign: --work: no campaign was run in {layout.work}")
    if args.command == "report":
        return describe(layout, say)
    if args.command == "triage":
        return judge(layout, layout.chosen(args.targets), args, say)
    return corpora(layout, args, say)


def interrupt(*_):
    raise KeyboardInterrupt


def entry():
    """As a program: usage and missing things are 2, and so are an interrupt and errors, which Python
    would end with 1: that says that something was found."""
    for number in (signal.SIGTERM, signal.SIGHUP):  # so that engines are ended
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, interrupt)
    status = 2
    try:
        try:
            status = main()
        except KeyboardInterrupt:
            print("campaign: interrupted; give the same command again to go on", file=sys.stderr)
        except OSError as error:
            print(f"campaign: {error}", file=sys.stderr)
        except SystemExit as end:
            if isinstance(end.code, str):
                print(end.code, file=sys.stderr)
            else:
                status = end.code
        except Exception:  # pylint: disable=broad-exception-caught
            traceback.print_exc()
    except OSError:
        pass  # the terminal is gone
    sys.exit(status)
