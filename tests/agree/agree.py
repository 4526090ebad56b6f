#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Reader's and generator's header fields, typed twice, must be the same: agree.py FACTS GENERATE."""

import difflib
import subprocess
import sys


# Fields that the reader has no use for: what they say shows elsewhere.
NOT_READ = {("arm", "arch")}


def lines(*command):
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return sorted(out.splitlines())


def main():
    reader = lines(sys.argv[1])
    machines = {line.split()[0] for line in reader}
    generator = [line for line in lines(sys.executable, sys.argv[2], "--facts")
                 if line.split()[0] in machines
                 and (line.split()[0], line.split()[2]) not in NOT_READ]
    for line in difflib.unified_diff(reader, generator, "reader", "generator", lineterm=""):
        print(line)
    print("%d fields of %d machines: %s" % (len(reader), len(machines), ", ".join(sorted(machines))))
    return 0 if reader and reader == generator else 1


if __name__ == "__main__":
    sys.exit(main())
