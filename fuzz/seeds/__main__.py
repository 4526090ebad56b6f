#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the committed seeds of the fuzz targets (corpus/seeds), their lines of corpus/MANIFEST and
the targets' dictionaries (fuzz/dict).

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

import manifest  # noqa: E402
from dictionary import DICTIONARIES  # noqa: E402

TARGETS = sorted(DICTIONARIES)


def modules(target):
    stems = sorted(name[:-3] for name in os.listdir(HERE) if name.endswith(".py"))
    return [importlib.import_module(stem) for stem in stems
            if stem == target or stem.startswith(target + "_")]


def seeds():
    """(target, name, bytes, why or None) of what the modules yield; each name once."""
    known = {}
    for target in TARGETS:
        for module in modules(target):
            for name, data, *why in module.seeds():
                if known.setdefault((target, name), data) != data:
                    raise SystemExit("%s.py: another seed is called %s/%s" % (
                        module.__name__, target, name))
                yield target, name, data, why[0] if why else None


def files(root, written):
    """(path, bytes) of everything but the manifest."""
    for target, name, data, _ in written:
        yield os.path.join(root, "corpus", "seeds", target, name), data
    for target, lines in DICTIONARIES.items():
        head = "# SPDX-License-Identifier: BSD-2-Clause\n# Written by fuzz/seeds.\n"
        yield os.path.join(root, "fuzz", "dict", target + ".dict"), \
            (head + "\n".join(lines()) + "\n").encode()


def differing(written):
    for path, data in files(TOP, written):
        have = open(path, "rb").read() if os.path.exists(path) else None
        if have != data:
            yield path, data


def main():
    listed = os.path.join(TOP, "corpus", "MANIFEST"), os.path.join(TOP, "corpus", "seeds")
    before, _ = manifest.read(listed[0])
    written = list(seeds())
    lines = {(target, name): manifest.of_seed(target, name, why) for target, name, _, why in written}
    if sys.argv[1:] == ["--check"]:
        wrong = ["%s: not as fuzz/seeds writes it" % os.path.relpath(path, TOP)
                 for path, _ in differing(written)]
        wrong += manifest.check(*listed, lines.values())
    else:
        for path, data in differing(written):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "wb") as out:
                out.write(data)
        wrong = manifest.update(*listed, lines.values(), before)
    print("\n".join(wrong) or "seeds: %d written by fuzz/seeds" % len(lines))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
