# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `elfsym`: names that a table lacks and whose hashes it has.

Found by lattice reduction: the bases are drawn from the table, so it had to be written first.
"""

from gen import elf, ksf
from gen.amd64_kernels import TEXT
from gen.kernel import Kernel
from gen.pieces import from_bytes

from elfsym_tables import ask
from records import patch

NAMES = ("early", "in", "the", "table", "of", "names", "with", "z")
TWINS = {"early": b"mclczuppgeobnodrkmilcdcu", "z": b"hgmgsnpogkmcntdtnmenedet"}
PRIME, MASK = 2**31 - 1, 2**64 - 1


def bases(table):
    """lib/symbol/strtab.c, choose_bases()."""
    seed, out = 0x9E3779B97F4A7C15 ^ len(table), []
    for byte in table:
        seed = (seed ^ byte) * 0x100000001B3 & MASK
        seed ^= seed >> 29
    for _ in range(2):
        seed = (seed ^ seed >> 32) * 0xD6E8FEB86659FD93 & MASK
        out.append(256 + (seed >> 32) % (PRIME - 256))
    return out


def hashes(name, table):
    return [sum(byte * pow(base, n, PRIME) for n, byte in enumerate(name)) % PRIME
            for base in bases(table)]


def seeds():
    table, _ = elf.strings(NAMES)
    kernel = Kernel(64, 62, TEXT)
    for n, name in enumerate(NAMES):
        kernel.sym(name, "G", ".data", TEXT + 0x1000 + 8 * n, 8)
    for name, twin in TWINS.items():
        assert hashes(name.encode(), table) == hashes(twin, table), "the hash is another: search anew"
        yield "hash-of-" + name, ksf.encode([(from_bytes(kernel.build()), 1)], []) + \
            patch(0, twin + b"\0" + name.encode() + b"\0") + ask(0) + ask(len(twin) + 1), \
            "kvs_strtab_equal: the bytes decide, within the table"
