# SPDX-License-Identifier: BSD-2-Clause
"""The command line of ci/campaign."""

import argparse
import os
import sys
from pathlib import Path

from . import builds, merge, parse, report, triage
from .layout import ENGINES, ROOT, Layout, made
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
same command again, and it goes on from there. A second Ctrl-C ends at once; what was found is on disk
all the same. To begin anew, remove campaign/.

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

exit status: 0 nothing found, 1 something found, 2 it could not run.
"""


def parser():
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--work", default=ROOT / "campaign", metavar="DIR",
                        help="corpora, findings, report (default: campaign/ in the tree)")
    common.add_argument("--build", default=ROOT / "build-campaign", metavar="DIR",
                        help="the builds, one folder a kind (default: build-campaign/)")
    common.add_argument("--sync", metavar="DIR", help="AFL++'s output, shared by more machines "
                        "(default: TARGET/afl/sync below --work)")
    common.add_argument("--targets", metavar="A,B", help="these targets only (default: all)")
    common.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N",
                        help="cores to use (default: all, %(default)s here)")
    common.add_argument("--engine", choices=[*ENGINES, "both"], default="libfuzzer",
                        help="both: they take turns, and each gets what the other finds")
    common.add_argument("--minimise-time", type=int, default=10, metavar="SECONDS",
                        help="for making each finding small; 0: do not (default: 10)")

    top = argparse.ArgumentParser(prog="ci/campaign", description=HELP, epilog=FILES,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name, text):
        return commands.add_parser(name, parents=[common], help=text, description=text)
    run = add("run", "build, fuzz, merge, triage, report; goes on where an earlier run ended")
    run.add_argument("--time", type=parse.duration, default=600.0, metavar="TIME",
                     help="for all targets together: 90s, 10m, 8h, 2d (default: 10m)")
    run.add_argument("--cpu", action="store_true",
                     help="count --time in CPU time that each core worked, not by the clock: on "
                     "a busy machine a campaign is as long as on an idle one")
    run.add_argument("--no-build", action="store_true", help="take the builds as they are")
    build = add("build", "bring the builds up to date")
    build.add_argument("--kinds", metavar="K,K",
                       help=f"of {', '.join(builds.KINDS)} (default: what --engine runs)")
    add("targets", "list the targets, with their seeds")
    small = add("merge", "one small corpus for each target: TARGET/merged")
    small.add_argument("--into", metavar="DIR", help="copy what is new to DIR/TARGET as well")
    add("minimise", "merge, add what afl-cmin wants besides, and start anew from the result")
    add("triage", "replay findings, one folder for each cause")
    add("report", "write report.html from what is on disk")
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


def chosen(layout, names):
    """The targets of --targets, all without; a name that is none ends the program."""
    there = layout.targets()
    wanted = names.split(",") if names else there
    for name in wanted:
        if name not in there:
            raise SystemExit(f"campaign: targets are {', '.join(there) or 'not built'}; "
                             f"found {name!r}")
    return wanted


def seedless(layout, targets):
    """An engine needs an input to begin with."""
    for target in targets:
        if not layout.seeds(target) and not any(layout.corpus(target).iterdir()):
            (layout.corpus(target) / "zero").write_bytes(b"\0")


def finish(layout, targets, args, say):
    """Merge, triage, report; 1: there are findings."""
    for target in targets:
        say(f"merging {target}")
        before, after = merge.merge(layout, target)
        say(f"{target}: {before} inputs merged to {after}")
    return judge(layout, targets, args, say)


def judge(layout, targets, args, say):
    for target in targets:
        triage.triage(layout, target, args.minimise_time, say)
    return describe(layout, say)


def describe(layout, say):
    findings = triage.load(layout)
    path = report.write(layout, layout.targets(), findings,
                        State(layout.work / "state.json").sessions)
    failing = [finding for finding in findings if triage.fails(finding)]
    for finding in failing:
        say(f"FOUND {finding['target']}: {finding['kind']} in {finding['entry'] or 'unknown'}: "
            f"{finding['folder']}/reproduce.sh", keep=True)
    passing = len(findings) - len(failing)
    say(f"{len(failing)} findings{f', {passing} that pass now' if passing else ''}, report {path}",
        keep=True)
    return 1 if failing else 0


def run(layout, args, say):
    if not args.no_build:
        builds.build_all(layout, builds.wanted(args.engine), args.jobs, say)
    targets = chosen(layout, args.targets)
    seedless(layout, targets)
    engines = ENGINES if args.engine == "both" else (args.engine,)
    Campaign(layout, targets, engines, args.jobs, args.time, say, args.cpu).run()
    return finish(layout, targets, args, say)


def corpora(layout, args, say):
    """merge and minimise"""
    for target in chosen(layout, args.targets):
        work = merge.minimise if args.command == "minimise" else merge.merge
        before, after = work(layout, target, args.command == "minimise")
        new = ""
        if args.command == "merge" and args.into:
            count = merge.promote(layout, target, made(Path(args.into) / target))
            new = f", {count} of them new in {args.into}/{target}"
        say(f"{target}: {before} inputs, {after} kept{new}", keep=True)
    return 0


def main(argv=None):
    args = parser().parse_args(argv)
    if args.jobs < 1:
        raise SystemExit("campaign: --jobs: 1 or more expected")
    layout, say = Layout(made(Path(args.work)), args.build, args.sync), Say()
    if args.command == "run":
        return run(layout, args, say)
    if args.command == "build":
        kinds = args.kinds.split(",") if args.kinds else builds.wanted(args.engine)
        if not set(kinds) <= set(builds.KINDS):
            raise SystemExit(f"campaign: --kinds: {', '.join(builds.KINDS)} expected, "
                             f"found {args.kinds!r}")
        builds.build_all(layout, kinds, args.jobs, say)
    elif args.command == "targets":
        for target in layout.targets():
            seeds = sum(len(list(folder.iterdir())) for folder in layout.seeds(target))
            print(f"{target}: {seeds} seeds")
    elif args.command in ("merge", "minimise"):
        return corpora(layout, args, say)
    elif args.command == "triage":
        return judge(layout, chosen(layout, args.targets), args, say)
    else:
        return describe(layout, say)
    return 0


def entry():
    """As a program: usage and missing things are 2, an interrupt is no stack."""
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("campaign: interrupted; give the same command again to go on")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            sys.exit(2)
        raise
