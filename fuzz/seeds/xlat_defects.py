# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `xlat`: what defects of other readers get wrong, where no other seed shows it."""

from xlat import ask
from xlat_guards import arm_core, core_of, elf

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


def above_4g():
    """Page tables below, a large page above: its header says address 0, behind a higher one."""
    words = [(0x900000, 0x901001, 8), (0x900008, 0x901001, 8), (0x901020, 0x8000E3, 8),
             (0x901028, 0x1000000E3, 8), (0x801000, 0x900000)]
    loads = ((0x800000, 0x2000), (0x900000, 0x2000), (0x100000000, 0x2000))
    yield "i386-core-pae-page-above-4g", \
        core_of(32, 3, {"kernbase": 0x800000, "IdlePDPT": 0x801000}, words, loads, text=0x800000) + \
        ask(0x801000, 0xA00010, 0xA01FF0, 0xA02000), \
        "I7: addresses of 32-bit headers that fall have passed 4 GiB"


def seeds():
    yield from supersections()
    yield from above_4g()
