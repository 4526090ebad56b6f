#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the synthetic dumps, their kernels and their answers into a folder."""

import argparse
import fnmatch
import importlib
import os
import pkgutil
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.dont_write_bytecode = True

import gen  # noqa: E402
from gen import damage, facts, folder  # noqa: E402


def machines():
    """The modules of gen that have a function dumps() and no underscore in their names."""
    for info in sorted(pkgutil.iter_modules(gen.__path__), key=lambda info: info.name):
        if "_" not in info.name:
            module = importlib.import_module("gen." + info.name)
            if hasattr(module, "dumps"):
                yield module


def all_dumps():
    for module in machines():
        yield from module.dumps()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", help="folder to write into")
    parser.add_argument("--only", default="*", help="names of dumps, a pattern as in the shell")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    parser.add_argument("--no-damaged", action="store_true", help="leave out DIR/damaged")
    parser.add_argument("--facts", action="store_true", help="print the header fields and stop")
    return parser.parse_args()


def main():
    args = arguments()
    if args.facts:
        print("\n".join(facts.lines()))
        return 0
    if not args.list and not args.out:
        print("generate.py: --out DIR is missing", file=sys.stderr)
        return 2
    chosen = [dump for dump in all_dumps() if fnmatch.fnmatchcase(dump.name, args.only)]
    if args.list:
        print("\n".join(dump.name for dump in chosen))
        return 0
    if not chosen:
        print("generate.py: no dump is called " + args.only, file=sys.stderr)
        return 1
    with folder.Folder(args.out, whole=args.only == "*" and not args.no_damaged):
        for dump in chosen:
            dump.save(args.out)
        if not args.no_damaged:
            damage.write_family(chosen, args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
