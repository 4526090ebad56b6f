# SPDX-License-Identifier: BSD-2-Clause
"""Copies of partitions from a leader on: a generated dump, and what lies behind it."""

import copy

import generate
from gen import leader

from compact import compact
from records import length, patch

WHY = "dumplength says where the dump ends, not the file"
DUMPS = {"amd64-v3-example": "amd64", "arm-v2-example": "armv7", "arm64-v3-16k-example": "aarch64",
         "powerpc64-v2-g5-be-example": "powerpc64", "amd64-full-example": "amd64",
         "arm-full-example": "armv7", "sparc64-example": "sparc64"}


def led(dump, machine, bytes_):
    """The whole dump behind a leader that says another length, and a stale page behind it."""
    other = copy.deepcopy(dump)
    leader.lead(other, machine)
    end = other.piece.length
    return compact(other) + patch(0, leader.header(machine, bytes_)) \
        + patch(end, b"\x5a" * 32) + length(end + 0x3000)


def seeds():
    for dump in generate.all_dumps():
        if dump.name not in DUMPS or dump.piece is None:
            continue
        whole, machine = dump.piece.length, DUMPS[dump.name]
        for what, bytes_ in (("behind-all", whole), ("cut", whole - dump.page - 9),
                             ("cut-far", whole // 2), ("length-0", 0), ("longer", whole + 0x9000)):
            yield "%s-stale-%s" % (dump.name, what), led(dump, machine, bytes_), WHY
