#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Make one file of the damaged family: damage.py DIR NAME OUT, DIR as generate.py wrote it."""

import os
import sys


def lines(folder):
    """[(name, base, how)] of the family, in the order of the list."""
    with open(os.path.join(folder, "damaged", "LIST"), encoding="ascii") as file:
        return [tuple(line.split()) for line in file if line.strip()]


def apply(data, how):
    """The bytes of a base file, damaged as the line says."""
    kind, _, rest = how.partition("=")
    if kind == "truncate":
        return data[:int(rest)]
    if kind != "patch":
        raise ValueError("unknown damage: " + how)
    data = bytearray(data)
    for part in rest.split(","):
        offset, _, text = part.partition(":")
        new = bytes.fromhex(text)
        data[int(offset):int(offset) + len(new)] = new
    return bytes(data)


def make(folder, name, out):
    """Write the damaged file; its base's file name is returned."""
    for found, base, how in lines(folder):
        if found == name:
            with open(os.path.join(folder, base), "rb") as file:
                data = file.read()
            with open(out, "wb") as file:
                file.write(apply(data, how))
            return base
    raise KeyError(name)


def main(arguments):
    if len(arguments) != 3:
        print("usage: damage.py DIR NAME OUT", file=sys.stderr)
        return 2
    try:
        make(*arguments)
    except KeyError:
        print("damage.py: no such name: " + arguments[1], file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
