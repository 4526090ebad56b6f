# SPDX-License-Identifier: BSD-2-Clause
"""amd64 full dumps: page tables in physical memory, kernels in place and kernels that moved."""

from . import elf
from .amd64 import (BITS, DMAPBASE, GIANT, IMAGE, KERNBASE, LARGE, MACHINE, PAGE, PS, TOP,
                    entry, entry_kinds, recursive)
from .core import Core
from .dump import dump_of_core
from .kernel import IMAGE_BYTES, Kernel
from .memory import Memory
from .notes import Space
from .system import HEAP_BYTES, System

DMAPBASE57 = 0xFF01000000000000
SPANS = {1: PAGE, 2: LARGE, 3: GIANT, 4: 1 << 39, 5: 1 << 48}  # of an entry of each level
HEAP_VA = KERNBASE + 2 * LARGE
HEAP_PAGES = (0x30000, 0x28000, 0x100002000, 0x32000, 0x2A000, 0x100001000, 0x2C000, 0x2D000)
DAMAGED = {"amd64-full", "amd64-full-moved", "amd64-full-delta", "amd64-full-la57-delta",
           "amd64-full-note", "amd64-full-memsz"}  # bases of the damaged family


class Tables:
    """Page tables that grow as entries are made; tables take pages from `pool` on."""

    def __init__(self, memory, levels=4, pool=0x10000):
        self.memory, self.levels, self.pool = memory, levels, pool
        self.space = Space()
        self.tables = {}
        self.entries = []
        self.root = self.new_table()

    def new_table(self):
        assert self.pool < 0x20000, "the pages behind have other uses"
        pa = self.memory.clear(self.pool)
        self.pool += PAGE
        return pa

    def place(self, va, level):
        """Where the entry of this level for va lies; tables above it are made."""
        table = self.root
        for above in range(self.levels, level, -1):
            key = (above, va // SPANS[above])
            if key not in self.tables:
                self.tables[key] = self.new_table()
                self.write(table + va // SPANS[above] % 512 * 8, entry(self.tables[key], "rwx"))
            table = self.tables[key]
        return table + va // SPANS[level] % 512 * 8

    def write(self, pa, value):
        self.memory.u64(pa, value)
        self.entries.append((pa, value))

    def raw_small(self, va, value):
        self.write(self.place(va, 1), value)

    def small(self, va, pa, prot="rw-", more=0):
        self.raw_small(va, entry(pa, prot, more))
        self.space.entry(va, pa, PAGE, prot)

    def large(self, va, pa, prot="rw-", level=2, more=0):
        self.write(self.place(va, level), entry(pa, prot, PS | more))
        self.space.entry(va, pa, SPANS[level], prot)

    def missing(self, va, level, value, status):
        """An entry that leads nowhere."""
        self.write(self.place(va, level), value)
        self.space.hole(va, SPANS[level], status)

    def close(self):
        half = 1 << (47 if self.levels == 4 else 56)
        self.space.hole(TOP - half, half, "NOT_MAPPED")
        return self.space


def finish(name, core, space, kernel=None, entries=(), limit=40, **more):
    dump = dump_of_core(name, core, space, "amd64", kernel, **more)
    answers = dump.answers
    answers.add("describe displacement 0")
    answers.space()
    answers.physical(limit)
    for pa, _, memsz, _ in core.segments:
        answers.pa(pa - 8 if pa else 0, 16)
        answers.pa(pa + memsz - 8, 16)
    answers.pages()
    for pa, value in entries:
        at = core.physical.offsets.get(pa - pa % PAGE)
        if at is not None:
            dump.entries.append((at + pa % PAGE, 8, value, recursive(value, pa - pa % PAGE)))
    return dump


def example(la57=False):
    """The worked example of the specification, and its five-level twin."""
    memory, space = Memory(), Space()
    values = [(0x201000, 0x300000), (0x300FF8, 0x301003), (0x301FF0, 0x302003),
              (0x302008, 0x2000E3), (0x302010, 0x303003), (0x302018, 0x4000E3),
              (0x303038, 0x123063)]
    kernel = Kernel(BITS, MACHINE, IMAGE + LARGE)
    kernel.sym("kernbase", value=IMAGE)
    kernel.sym("KPML4phys", section=".data", value=IMAGE + 0x201000, size=8)
    if la57:
        kernel.sym("KPML5phys", section=".data", value=IMAGE + 0x201008, size=8)
        values += [(0x201008, 0x310000), (0x310FF8, 0x300003), (0x310808, 0x311003),
                   (0x311000, 0x312003), (0x312000, 0x83)]
    for pa, _ in values:
        if pa > 0x300000:
            memory.clear(pa)
    for pa, value in values:
        memory.u64(pa, value)
    space.entry(IMAGE + LARGE, 0x200000, LARGE, "rwx")
    space.entry(IMAGE + 2 * LARGE + 0x7000, 0x123000, PAGE, "rwx")
    space.entry(IMAGE + 3 * LARGE, 0x400000, LARGE, "rwx")
    if la57:
        space.entry(DMAPBASE57, 0, GIANT, "rwx")
    half = 1 << (56 if la57 else 47)
    space.hole(TOP - half, half, "NOT_MAPPED")
    core = Core(memory, MACHINE)
    for pa in range(0, 0x400000, PAGE):
        memory.touch(pa)
    core.load(0, 0x400000)
    dump = finish("amd64-full-la57" if la57 else "amd64-full-example", core, space,
                  kernel.build(), values)
    answers = dump.answers
    for va in (0x80201000, 0x80407010, 0x80600000, 0x80000000, 0x803FFFF8, 0x80400000):
        answers.xlat(0xFFFFFFFF00000000 | va)
        answers.va(0xFFFFFFFF00000000 | va, 16)
    for va in (DMAPBASE57 + 0x123010, DMAPBASE + 0x123010):
        answers.xlat(va)
        answers.va(va, 8)
    return dump


class World:
    """A machine that crashed with its kernel at kernel_pa, ready to become a core."""

    def __init__(self, kernel_pa, levels=4, variable=True, extra=None):
        self.memory = Memory()
        self.kernel_pa = kernel_pa
        self.tables = Tables(self.memory, levels)
        self.system = System(BITS, MACHINE, IMAGE + LARGE, HEAP_VA, wrapped=levels == 5)
        self.roots(levels, variable)
        self.map(levels)
        if extra:
            extra(self.tables)
        self.memory.put(kernel_pa, bytes(self.system.kernel.image))
        for number, pa in enumerate(HEAP_PAGES):
            heap = self.system.heap[number * PAGE:number * PAGE + PAGE]
            self.memory.put(pa, bytes(heap))
        self.space = self.tables.close()
        self.core = Core(self.memory, MACHINE)

    def roots(self, levels, variable):
        kernel, tables = self.system.kernel, self.tables
        kernel.sym("kernbase", value=IMAGE)
        level4 = tables.root
        if levels == 5:
            tables.place(IMAGE, 4)
            level4 = tables.tables[(5, IMAGE // SPANS[5])]
        kernel.var("KPML4phys", kernel.word(level4))
        kernel.var("KPML5phys", kernel.word(tables.root if levels == 5 else 0))
        if variable:
            kernel.var("kernphys", kernel.word(self.kernel_pa))
        else:
            kernel.sym("kernphys", value=LARGE)

    def map(self, levels):
        tables = self.tables
        tables.large(IMAGE, 0, "rw-")
        tables.large(IMAGE + LARGE, self.kernel_pa, "rwx")
        for number, pa in enumerate(HEAP_PAGES):
            tables.small(HEAP_VA + number * PAGE, pa)
        entry_kinds(tables, HEAP_VA + 0x10000)
        tables.large(HEAP_VA + LARGE, 0, "r--", more=0x1000)
        direct = DMAPBASE if levels == 4 else DMAPBASE57
        for pa in (0, GIANT, 4 * GIANT):
            tables.large(direct + pa, pa, "rw-", 3, more=0x1000)
        tables.large(direct + 5 * GIANT, 4 * GIANT, "r-x")
        self.direct = direct

    def segments(self):
        core = self.core
        core.load(0x2000, 0x3E000)
        core.load(self.kernel_pa, IMAGE_BYTES)
        core.load(4 * GIANT, 0x4000)

    def delta(self, **values):
        """The header by which newer kernels say where they lie."""
        given = {"type": elf.PT_DUMP_DELTA, "vaddr": IMAGE, "paddr": self.kernel_pa,
                 "align": LARGE}
        given.update(values)
        self.core.header(**given)

    def finish(self, name, **more):
        kernel = self.system.kernel.build()
        dump = finish(name, self.core, self.space, kernel, self.tables.entries, **more)
        dump.damage = name in DAMAGED
        for pa in (0x2000, 0x28000, 0x40000, 4 * GIANT, 4 * GIANT + 0x3FF8):
            dump.answers.xlat(self.direct + pa)
            dump.answers.va(self.direct + pa, 16)
        value, _, size = self.system.kernel.known["version"]
        dump.answers.va(value, size)
        if more.get("cut") is None:
            dump.answers.va(HEAP_VA, HEAP_BYTES)
            self.system.answer(dump)
        return dump


def broken_tables(tables):
    """Entries that lead to no table, or may not exist."""
    tables.missing(KERNBASE + GIANT, 3, entry(0x60000000, "rwx"), "OUTSIDE_MEMORY")
    tables.missing(KERNBASE + 2 * GIANT, 2, entry(0x60000000, "rwx"), "OUTSIDE_MEMORY")
    tables.missing(KERNBASE + (2 << 39), 4, entry(0, "rwx", PS), "DAMAGED")


def moved():
    """Where the kernel lies, and what says so."""
    for name, pa, levels, variable, delta, extra in (
            ("amd64-full", LARGE, 4, False, None, None),
            ("amd64-full-broken-tables", LARGE, 4, False, None, broken_tables),
            ("amd64-full-moved", 0x600000, 4, True, None, None),
            ("amd64-full-moved-at-2m", LARGE, 4, True, None, None),
            ("amd64-full-delta", 0x600000, 4, True, {}, None),
            ("amd64-full-delta-no-align", 0x600000, 4, True,
             {"paddr": 0x400000, "align": PAGE}, None),
            ("amd64-full-delta-wrong", 0x600000, 4, True, {"paddr": 0xA00000}, None),
            ("amd64-full-la57-delta", 0x600000, 5, True, {}, None),
            ("amd64-full-la57-moved", 0x1000000, 5, True, None, None)):
        world = World(pa, levels, variable, extra)
        world.segments()
        if delta is not None:
            world.delta(**delta)
        yield world.finish(name)


def dumps():
    yield example()
    yield example(la57=True)
    yield from moved()
