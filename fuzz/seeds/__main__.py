#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the committed seeds of the fuzz targets (corpus/seeds) and their dictionaries (fuzz/dict).

TARGET.py and TARGET_*.py write a target's seeds: seeds() yields name, bytes and, where the name does
not say it, why. Dumps and kernels are the generator's; faults, orders of records and the
small targets' inputs are added here. A seed is named after what it shows.
"""

import importlib
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.join(HERE, "..", "..")
sys.path.insert(0, os.path.join(TOP, "corpus"))
sys.dont_write_bytecode = True

from dictionary import DICTIONARIES  # noqa: E402

TARGETS = sorted(DICTIONARIES)


def modules(target):
    stems = sorted(name[:-3] for name in os.listdir(HERE) if name.endswith(".py"))
    return [importlib.import_module(stem) for stem in stems
            if stem == target or stem.startswith(target + "_")]


def files(root):
    """(path, bytes) of everything."""
    for target in TARGETS:
        for module in modules(target):
            for name, data, *_ in module.seeds():
                yield os.path.join(root, "corpus", "seeds", target, name), data
    for target, lines in DICTIONARIES.items():
        head = "# SPDX-License-Identifier: BSD-2-Clause\n# Written by fuzz/seeds.\n"
        yield os.path.join(root, "fuzz", "dict", target + ".dict"), \
            (head + "\n".join(lines()) + "\n").encode()


def main():
    check = sys.argv[1:] == ["--check"]
    stale = 0
    for path, data in files(TOP):
        have = open(path, "rb").read() if os.path.exists(path) else None
        if have == data:
            continue
        stale += 1
        if check:
            print("%s: not as fuzz/seeds writes it" % os.path.relpath(path, TOP))
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
