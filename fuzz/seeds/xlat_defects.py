# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `xlat`: what defects of other readers get wrong, where no other seed shows it."""

import generate

from compact import compact
from xlat import ask
from xlat_guards import arm_core, elf

SUPER = 1 << 18


def supersections():
    """A section's frame has bits 23 to 20, a supersection's has not: they are the address's."""
    delta = [{"type": elf.PT_DUMP_DELTA, "vaddr": 0xC0000000, "paddr": 0x10000000}]
    symbols = {"kernel_l1pa": 0xC0000100}
    for what, frame in (("", 0x10000000), ("-frame-bits-of-a-section", 0x10700000)):
        entries = [(0x10007000 + 4 * n, frame | 0x40E | SUPER) for n in range(16)]
        yield "arm-core-supersection" + what, \
            arm_core(symbols, entries + [(0x10000100, 0xC0004000)], delta) + \
            ask(0xC0300010, 0xC07FFFFF, 0xC0FFFFFF), "M4: 16 MiB, aligned to themselves"


def seeds():
    all_ = {dump.name: dump for dump in generate.all_dumps() if dump.piece is not None}
    yield from supersections()
    above = all_["i386-full-pae-above-4g"]
    yield "i386-full-pae-above-4g", compact(above) + b"".join(above.seed_ops()), \
        "I7: addresses of 32-bit headers that fall have passed 4 GiB"
