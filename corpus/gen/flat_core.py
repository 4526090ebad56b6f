# SPDX-License-Identifier: BSD-2-Clause
"""Full dumps of machines whose cores have no known tables: physical addresses only."""

from . import facts
from .core import Core
from .dump import dump_of_core
from .memory import Memory
from .notes import Space

TOP = 1 << 64


def physical_core(machine, ranges, cut=None, headers=0, system=None):
    """A full dump of such a machine; so many headers are counted that were never written. A
    kernel's symbols have the values that it was linked with."""
    memory, arch = Memory(), machine.arch
    bits, e_machine, _ = facts.KERNELS[machine.name]
    core = Core(memory, e_machine, bits)
    for start, size in ranges:
        core.load(start, size)
    for _ in range(headers):
        core.header(type=0, flags=0, align=0)
    space = Space()
    space.hole(0, TOP, "NO_MAP")
    name = arch + "-full" + ("" if cut is None else "-cut") + ("-kernel" if system else "")
    dump = dump_of_core(name, core, space, arch, system and system.kernel.build(), cut=cut)
    answers = dump.answers
    answers.physical()
    for start, size in ranges:
        answers.pa(start - 8, 16)
        answers.pa(start + size - 24, 32)
        answers.pa(start + 0xFF0, 0x30)
    for va in (0, ranges[0][0], machine.kernbase, machine.dmap[0], TOP - 1):
        answers.xlat(va)
        answers.va(va, 1)
    answers.pages()
    if system:
        system.answer_plain(answers)
        for name in ("ifnet", "ticks"):  # nothing says where their copies lie
            answers.symbol(name)
    return dump
