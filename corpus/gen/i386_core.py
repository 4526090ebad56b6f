# SPDX-License-Identifier: BSD-2-Clause
"""i386 full dumps: both kinds of page tables, kernels old and new, addresses cut to 32 bits."""

from . import elf
from .core import Core
from .dump import Dump, dump_of_core
from .i386 import BITS, E_MACHINE, HIGH, MIB, NX, PAGE, PAT, V, entry, entry_pae
from .kernel import IMAGE_BYTES, Kernel
from .memory import Memory
from .notes import Space
from .system import HEAP_BYTES, System

PS = 0x80
FLIPS = (0, 1, 6, 7, 12, 13, 20, 21, 31, 32, 51, 52, 62, 63)
DAMAGED = {"i386-full-example", "i386-full-12", "i386-full-13-pae", "i386-full-pae-above-4g"}


class Tables:
    """Page tables that grow as entries are made, in pages from `pool` on."""

    def __init__(self, memory, pae, pool):
        self.memory, self.pae, self.pool = memory, pae, pool
        self.width, self.large = (8, 2 * MIB) if pae else (4, 4 * MIB)
        self.make = entry_pae if pae else entry
        self.space = Space()
        self.tables = {}
        self.entries = []  # (pa, value)
        self.root = self.new_table() + (0x60 if pae else 0)  # four entries need 32 bytes only

    def new_table(self):
        self.pool += PAGE
        return self.memory.clear(self.pool - PAGE)

    def write(self, pa, value):
        (self.memory.u64 if self.pae else self.memory.u32)(pa, value)
        self.entries.append((pa, value))

    def table(self, key, at, more):
        """The table that the entry at `at` leads to."""
        if key not in self.tables:
            self.tables[key] = self.new_table()
            self.write(at, self.tables[key] | V | more)
        return self.tables[key]

    def directory_entry(self, va):
        table = self.root
        if self.pae:
            table = self.table(("directory", va >> 30), self.root + (va >> 30) * 8, 0)
        return table + va // self.large % (PAGE // self.width) * self.width

    def table_entry(self, va):
        table = self.table(va // self.large, self.directory_entry(va), 0x62)
        return table + va // PAGE % (PAGE // self.width) * self.width

    def small(self, va, pa, prot="rwx", more=0):
        self.write(self.table_entry(va), self.make(pa, prot, more))
        self.space.entry(va, pa, PAGE, prot)

    def big(self, va, pa, prot="rwx", more=0):
        self.write(self.directory_entry(va), self.make(pa, prot, PS | more))
        self.space.entry(va, pa, self.large, prot)

    def close(self):
        self.space.hole(0, HIGH, "NOT_MAPPED")
        return self.space


def finish(name, core, space, kernel=None, entries=(), width=4, limit=40, **more):
    dump = dump_of_core(name, core, space, "i386", kernel, **more)
    dump.flips, dump.damage = FLIPS, name in DAMAGED
    answers = dump.answers
    answers.add("describe displacement 0")
    answers.space()
    answers.physical(limit)
    for pa, _, memsz, _ in core.segments:
        answers.pa(pa - 8 if pa else 0, 16)
        answers.pa(pa + memsz - 8, 16)
    answers.pages()
    for va in (HIGH, HIGH + 0x801000, 0xFFFFFFFF00801000, (1 << 64) - 1) if kernel else ():
        answers.xlat(va)
        answers.va(va, 1)
    for pa, value in entries:
        at = core.physical.offsets.get(pa - pa % PAGE)
        if at is not None:
            own = value & ~0xFFFFF000 & ~PS | pa - pa % PAGE
            dump.entries.append((at + pa % PAGE, width, value, own))
    return dump


def example(pae):
    """The worked example of the specification, and its PAE variant in less memory. Pages that
    nothing is said about are zero, so that the file is mostly holes."""
    memory, space = Memory(), Space()
    kernel = Kernel(BITS, E_MACHINE, 0x800000)
    kernel.sym("kernbase", value=0x800000)
    kernel.sym("IdlePDPT" if pae else "IdlePTD", section=".data", value=0x801000, size=4)
    start = 0x800000 if pae else 0
    for pa in range(start, 0xA00000, PAGE):
        if pa // 0x10000 not in (0x00, 0x12, 0x80, 0x9F):
            memory.clear(pa)
    memory.u32(0x801000, 0x00900000)
    if pae:
        values = [(0x900000 + 8 * n, 0x901001 + n * PAGE) for n in range(4)]
        values += [(0x901020, 0x8000E3)]
    else:
        values = [(0x900008, 0x008000E3), (0x90000C, 0x00901003), (0x901014, 0x00123063)]
        space.entry(0xC05000, 0x123000, PAGE, "rwx")
    space.entry(0x800000, 0x800000, (2 if pae else 4) * MIB, "rwx")
    for pa, value in values:
        (memory.u64 if pae else memory.u32)(pa, value)
    space.hole(0, HIGH, "NOT_MAPPED")
    core = Core(memory, E_MACHINE, BITS)
    core.load(start, 0xA00000 - start)
    dump = finish("i386-full%s-example" % ("-pae" if pae else ""), core, space, kernel.build(),
                  values, 8 if pae else 4)
    for va, count in ((0x801000, 16), (0xC05678, 16), (0x9FFFF0, 32), (0x400000, 16),
                      (0x100801000, 16), (0xC00000, 8)):
        dump.answers.xlat(va)
        dump.answers.va(va, count)
    return dump


class World:
    """A crashed machine with a kernel, ready to become a core. roots are the symbols by which its
    page tables are found: {name: None (the root) or a number}."""

    def __init__(self, kernbase, pae, roots, displaced=0, high=False, extra=None):
        self.memory = Memory()
        self.text = kernbase + MIB
        self.kernel_pa = self.text - displaced
        heap = self.text + 4 * MIB
        self.tables = Tables(self.memory, pae, self.kernel_pa + 0x10000)
        self.system = System(BITS, E_MACHINE, self.text, heap, wrapped=pae)
        kernel, self.high = self.system.kernel, HIGH if high else 0x10000000
        kernel.sym("kernbase", value=kernbase)
        for name, value in roots.items():
            kernel.var(name, kernel.i32(self.tables.root if value is None else value))
        self.map(heap, extra)
        self.memory.put(self.kernel_pa, bytes(kernel.image))
        self.space = self.tables.close()
        self.core = Core(self.memory, E_MACHINE, BITS)

    def map(self, heap, extra):
        tables, base = self.tables, self.kernel_pa
        pages = [base + 0x20000 + n * PAGE for n in (8, 1, 9, 3, 15, 5, 6)] + [self.high + PAGE]
        assert len(pages) * PAGE == HEAP_BYTES
        for offset in range(0, IMAGE_BYTES, PAGE):
            tables.small(self.text + offset, base + offset)
        for number, pa in enumerate(pages):
            tables.small(heap + number * PAGE, pa)
            self.memory.put(pa, bytes(self.system.heap[number * PAGE:(number + 1) * PAGE]))
        va = heap + 0x20000
        tables.small(va, 0x0FEE0000, "rwx")                 # outside all memory
        tables.small(va + PAGE, base + 0x22000, "r-x", PAT)
        tables.write(tables.table_entry(va + 2 * PAGE), tables.make(base, "rwx") & ~V)
        tables.small(va + 3 * PAGE, base + 0x22000, "rw-" if tables.pae else "rwx")
        top = 0xFF800000
        tables.big(top, base & -tables.large, "r-x")        # ends behind the segment
        tables.big(top - tables.large, 0xF0000000)
        tables.write(tables.directory_entry(0xFF000000), tables.make(base, "rwx", PS) & ~V)
        tables.small(HIGH - PAGE, base + 0x23000)           # the last page of all
        if extra:
            extra(tables)

    def segments(self):
        self.core.load(self.kernel_pa, 0x30000)
        self.core.load(self.high, 0x4000)

    def finish(self, name, answer=True, **more):
        system = self.system
        dump = finish(name, self.core, self.space, system.kernel.build(), self.tables.entries,
                      self.tables.width, **more)
        value, _, size = system.kernel.known["version"]
        dump.answers.va(value, size)
        if answer:
            dump.answers.va(system.heap_va, HEAP_BYTES)
            system.answer(dump)
        return dump


def broken_tables(tables):
    """Entries that lead to no table."""
    def lost(va, pa, status):
        tables.write(tables.directory_entry(va), pa | 0x63)
        tables.space.hole(va, tables.large, status)
    lost(0x60000000, 0xE0000000, "OUTSIDE_MEMORY")
    lost(0x60800000, tables.memory.clear(0x10008000), "NOT_DUMPED")
    if tables.pae:
        tables.write(tables.root + 2 * 8, 0xE0000001)       # a directory that is not there
        tables.space.hole(0x80000000, 0x40000000, "OUTSIDE_MEMORY")
        tables.write(tables.directory_entry(0x61000000), 0x63 | NX | HIGH)
        tables.space.hole(0x61000000, tables.large, "OUTSIDE_MEMORY")


def kernels():
    """Kernels over time, and what names their page tables."""
    new = {"IdlePTD_pae": 0x1000, "IdlePTD_nopae": 0x2000, "IdlePDPT": 0, "pae_mode": 0}
    for name, kernbase, pae, roots, displaced in (
            ("11", 0xC0000000, False, {"IdlePTD": None}, 0xC0000000),
            ("11-pae", 0xC0000000, True, {"IdlePTD": 0x1000, "IdlePDPT": None}, 0xC0000000),
            ("12", 0x800000, False, {"IdlePTD": None}, 0),
            ("12-pae", 0x400000, True, {"IdlePTD": 0x1000, "IdlePDPT": None}, 0),
            ("pdpt-0", 0x800000, False, {"IdlePDPT": 0, "IdlePTD": None}, 0),
            ("13", 0x800000, False, dict(new, IdlePTD_nopae=None), 0),
            ("13-pae", 0x800000, True, dict(new, IdlePDPT=None, pae_mode=1), 0)):
        world = World(kernbase, pae, roots, displaced)
        world.segments()
        yield world.finish("i386-full-" + name)


def shapes():
    """Segments of every shape that the format allows."""
    for pae in (False, True):
        roots = {"IdlePDPT" if pae else "IdlePTD": None}
        world = World(0x800000, pae, roots, extra=broken_tables)
        world.core.header(type=elf.PT_NOTE, paddr=0x900000, vaddr=0x900000, offset=PAGE,
                          filesz=0x8000, memsz=0x8000)
        world.core.load(world.kernel_pa, 0x30000)
        world.core.load(world.high, 0x4000, 0x9000)
        yield world.finish("i386-full-broken-tables" + ("-pae" if pae else ""))
    world = World(0x800000, False, {"IdlePTD": None})
    world.segments()
    yield world.finish("i386-full-cut", answer=False, cut=PAGE + 0x30000 + 0xE64)
    memory, space = Memory(), Space()
    core = Core(memory, E_MACHINE, BITS)
    core.load(0x1000, 0x8000)
    core.load(0x4000, 0x8000, fill=0xEE)
    for pa in range(0x9000, 0xC000, PAGE):
        memory.put(pa, b"\xee" * PAGE)
    space.hole(0, HIGH, "KERNEL_NEEDED")
    yield finish("i386-full-overlap-no-kernel", core, space, ranges=False)


class Hollow(Core):
    """A core of great length: of its pages only those in memory are written and answered for."""

    def _load(self, piece, at, pa, filesz, memsz, values):
        self.segments.append((pa, filesz, memsz, at))
        self.regions["segment%d" % len(self.segments)] = (at, filesz)
        for page in sorted(self.memory.pages):
            if pa <= page < pa + filesz:
                piece.put(at + page - pa, bytes(self.memory.pages[page]))
                self.physical.page_at(page, at + page - pa)


def wrapped():
    """Addresses, and offsets, that 32 bits cannot hold."""
    roots = {"IdlePDPT": None}
    world = World(0x800000, True, roots, high=True)
    world.segments()
    yield world.finish("i386-full-pae-above-4g")
    world.core = Core(world.memory, E_MACHINE, BITS)
    world.segments()
    piece = world.core.build()
    piece.grow(piece.length + PAGE)
    yield refused("above-4g-and-more", piece)
    memory = Memory()
    core = Hollow(memory, E_MACHINE, BITS)
    loads = [(0x1000, 0xBFFFF000), (HIGH, 2 << 30), (0x180100000, 0x4000), (0x200000000, 0x3000)]
    for pa, size in loads:
        core.load(pa, size)
        for page in (pa, pa + size // 2 // PAGE * PAGE, pa + size - PAGE):
            memory.touch(page)
    dump = dump_of_core("i386-full-pae-offsets-above-4g", core, Space(), "i386")
    for pa in sorted(core.physical.offsets):
        dump.answers.pa(pa, 16)
        dump.answers.pa(pa + PAGE - 8, 8)
    for pa, size in loads:
        dump.answers.pa(pa - 8, 8)
        dump.answers.pa(pa + size - 8, 16)
        dump.answers.pa(pa + size, 8)
    dump.damage = False
    yield dump
    core = Hollow(memory, E_MACHINE, BITS)
    for pa, size in ((0x1000, 0xBFFFF000), (HIGH, 5 << 30), (0x280000000, 0x4000)):
        core.load(pa, size)
    yield refused("segment-of-5g", core.build())


def refused(what, piece, status="DAMAGED"):
    dump = Dump("i386-refused-core-" + what, piece, status=status)
    dump.damage = dump.seed = False
    return dump


def dumps():
    yield from (example(pae) for pae in (False, True))
    yield from kernels()
    yield from shapes()
    yield from wrapped()
    core = Core(Memory(), E_MACHINE, BITS)
    core.load(0x800000, 0x4000)
    for what, at, data in (("phentsize", 42, b"\x38\0"), ("phoff", 28, b"\0\0\xff\xff")):
        yield refused(what, core.build().patch(at, data))
