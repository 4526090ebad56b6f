# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `session`: faults in tables of each machine, headers whose bases pass 2^64."""

import generate
from gen import ksf
from gen.pieces import from_bytes

from compact import compact, records
from records import FAIL_READ, SHORT, length, option
from xlat import ask, field

# dump: addresses that need its tables, and the numbers of the reads that are of them
TABLES = {
    "sparc64-example": (0xC0002010, 0xC0402010, 0xC0004000),
    "powerpc64-v2-g5-be-example": (0xC008000000003000, 0xC008000000803000, 0x100000),
    "powerpc64-v2-phyp-le-example": (0xC008000000003000, 0xC008000000803000),
    "powerpc64-v2-radix-be-example": (0xC008000000005123, 0xC008000000006123),
    "mips-n64-v1-be-example": (0xC000000000001000,),
    "i386-full-example": (0x801000, 0xC05678),
    "arm-full-example": (0xC0005678, 0xC0001000),
}


def reads(va):
    return ksf.op(ksf.READ, va, 16)


def seeds():
    all_ = {dump.name: dump for dump in generate.all_dumps() if dump.piece is not None}
    for name, addresses in TABLES.items():
        data = compact(all_[name]) + ask(*addresses) + b"".join(map(reads, addresses))
        for n in range(2, 14):
            yield "%s-eio-%d" % (name, n), data + option(FAIL_READ, n), "a table that cannot be read"
        for n in range(4, 12, 2):
            yield "%s-short-%d" % (name, n), data + option(SHORT, n)
    for name in ("powerpc64-v2-g5-be-example", "powerpc64-v2-radix-le-example"):
        dump = all_[name]
        base = compact(dump)
        for what, end in (("passes-2-64", 2**64 - 1), ("rounds-beyond-2-64", 2**64 - 0x100101),
                          ("ends-at-2-64", 2**64 - 0x101100)):
            yield "%s-image-%s" % (name, what), \
                base + field(dump, "startkernel", 0) + field(dump, "endkernel", end), \
                "endkernel: the image's end as linked"
        for start in (0xC008000000900100, 0x7000000000000100, 2**64 - 0x1000 + 0x100):
            yield "%s-image-at-%x" % (name, start), base + field(dump, "startkernel", start) + \
                field(dump, "endkernel", min(start + 0x4000, 2**64 - 1)) + ask(0x100000, 0x100FFF, 0x101000), \
                "a failure of the alias is told of the address that was asked for"
    kernel = all_["sparc64-led"].kernel
    kernel = b"".join(records(from_bytes(kernel), 1)) + length(len(kernel), 1)
    example = compact(all_["sparc64-example"])
    for at in (1, 7, 8, 39, 41, 63, 64):
        yield "sparc64-with-kernel-cut-%d" % at, example + kernel + length(at), \
            "a kernel binds the machine: its header is cut"
    data = example + ask(*TABLES["sparc64-example"])
    for n in range(14, 50, 3):
        yield "sparc64-example-eio-%d" % n, data + option(FAIL_READ, n), "a walk over the TSB"
