# SPDX-License-Identifier: BSD-2-Clause
"""Minidumps whose map is one array with an entry a page: arm64, riscv64, i386, arm."""

import struct

from . import facts
from .dump import Dump, dump_of_minidump
from .minidump import Minidump
from .notes import Space
from .system import HEAP_BYTES

CODES = {4: "I", 8: "Q"}
TOP = 1 << 64


class Machine:
    """What the dumps of one machine have in common; entry(pa, prot, more) makes a valid entry."""

    def __init__(self, name, arch, entry, kernbase, flips, word=8, width=8, ram=(0, 0x100000),
                 top=1 << 64):
        self.name = name          # in facts.py
        self.arch = arch          # in the answers and in the names of the dumps
        self.entry = entry
        self.kernbase = kernbase
        self.flips = flips
        self.word = word          # bytes of a word of the bitmap
        self.width = width        # bytes of an entry
        self.ram = ram            # where two ranges of memory may begin
        self.top = top            # end of the addresses that an entry can name
        self.padded = True        # the map fills its last page in the file
        self.map_bytes = None     # usual size of a small map; None: one page
        self.values = {}          # header fields of every dump
        self.dmap = None          # (start, end, physical) of the direct map

    @property
    def bits(self):
        return facts.KERNELS[self.name][0]


class FlatMap:
    """The map region: each entry is noted when it is made."""

    def __init__(self, machine, memory, size, kernbase=None, dmap=None, width=None):
        self.memory, self.page = memory, memory.page
        self.machine = machine
        self.kernbase = machine.kernbase if kernbase is None else kernbase
        self.width = width or machine.width
        self.table = bytearray(size)
        self.space = Space()
        self.entries = []  # (offset in the map, value)
        self.dmap = dmap or machine.dmap
        if self.dmap and self.dmap[0] < self.dmap[1]:
            start, end, phys = self.dmap
            self.space.linear(start, end - start, phys)

    def raw(self, va, value):
        """An entry without a note."""
        at = (va - self.kernbase) // self.page * self.width
        assert at + self.width <= len(self.table), "the map is too small"
        self.table[at:at + self.width] = struct.pack(
            self.memory.order + CODES[self.width], value)
        self.entries.append((at, value))

    def note(self, va, value, pa, prot, page_bytes=None):
        """A valid entry that says this."""
        self.raw(va, value)
        self.space.entry(va, pa, page_bytes or self.page, prot, self.page)

    def small(self, va, pa, prot="rw-", more=0):
        self.note(va, self.machine.entry(pa, prot, more), pa, prot)

    def block(self, va, pa, size, prot="rw-"):
        """A large page, as the writer expands it."""
        for step in range(0, size, self.page):
            self.small(va + step, pa + step, prot)

    def place(self, va, data, pages, prot="rw-"):
        """Data in virtual memory at va, one physical page after the other."""
        for number, pa in enumerate(pages):
            self.small(va + number * self.page, pa, prot)
            self.memory.clear(pa)
            self.memory.put(pa, bytes(data[number * self.page:(number + 1) * self.page]))

    @property
    def covered(self):
        """Bytes of addresses that have an entry."""
        top = 1 << self.machine.bits
        return min(len(self.table) // self.width * self.page, top - self.kernbase)

    def close(self):
        if self.covered:
            self.space.hole(self.kernbase, self.covered, "NOT_MAPPED")
        return self.space

    def direct(self, pa):
        if not self.dmap:
            return None
        start, end, phys = self.dmap
        return start + pa - phys if 0 <= pa - phys < end - start else None


def minidump(machine, version, memory, kmap, **values):
    mini = Minidump(machine.name, version, memory, machine.word)
    mini.values = {"kernbase": kmap.kernbase, **machine.values}
    if kmap.dmap:
        mini.values.update(dmapbase=kmap.dmap[0], dmapend=kmap.dmap[1], dmapphys=kmap.dmap[2])
    mini.values.update(values)
    mini.table, mini.pad_table = kmap.table, machine.padded
    return mini


def finish(name, mini, kmap, kernel=None, options=(), exhaustive=True, addresses=(),
           mappings=True):
    """Build and answer what every dump answers; addresses are asked for besides."""
    dump = dump_of_minidump(name, mini, kmap.close(), kmap.machine.arch, kernel, options)
    dump.flips = kmap.machine.flips
    answers, top = dump.answers, 1 << kmap.machine.bits
    answers.add("describe displacement 0")
    if exhaustive:
        answers.space()
    else:
        some(answers, kmap.space.notes)
    edges = [0, 0x1000, kmap.kernbase - 1, kmap.kernbase, kmap.kernbase + kmap.covered - 1,
             kmap.kernbase + kmap.covered, top - 1, TOP - 1, kmap.kernbase | TOP - (1 << 32)]
    if kmap.dmap:
        edges += [kmap.dmap[0] - 1, kmap.dmap[0], kmap.dmap[1] - 1, kmap.dmap[1]]
        edges += [kmap.direct(pa) for pa in sorted(mini.physical.offsets)[:6]
                  if kmap.direct(pa) is not None]
    if top < TOP:
        edges += [top, top + kmap.kernbase, top | kmap.kernbase + 0x10]
    for va in edges + list(addresses):
        if va < TOP:
            answers.xlat(va)
            answers.va(va, min(8, TOP - va))
    answers.physical()
    answers.pages(kmap.direct)
    if mappings:
        answers.mappings()
    for at, value in kmap.entries:
        dump.entries.append((mini.regions["map"][0] + at, kmap.width, value, None))
    return dump


def some(answers, notes, limit=60):
    """The edges of the first and the last notes."""
    for va, size, *_ in notes[:limit] + notes[max(limit, len(notes) - 8):]:
        answers.around(va, size)


def answer_system(dump, system):
    """What a dump with a kernel answers besides."""
    for name in ("version", "panicstr", "vnet0", "dpcpu_off", "msgbufp"):
        value, _, size = system.kernel.known[name]
        dump.answers.va(value, size)
    dump.answers.va(system.heap_va, HEAP_BYTES)
    dump.answers.add("findings 0")
    system.answer(dump)
    return dump


def refused(machine, what, status, version, page=4096, cut=None, patch=None, options=(), **values):
    """A dump that does not open."""
    from .memory import Memory
    memory = Memory(page)
    kmap = FlatMap(machine, memory, page)
    mini = minidump(machine, version, memory, kmap, **values)
    start = machine.ram[0]
    mini.dump = {start + page}
    if any(name == "dumpavailsize" for name, _, _ in mini.layout):
        mini.ranges = [(start, start + 8 * page)]
    piece = mini.build()
    if patch:
        piece = piece.patch(*patch)
    dump = Dump("%s-refused-%s" % (machine.arch, what),
                piece if cut is None else piece.cut(cut), options=options, status=status)
    dump.damage = dump.seed = False
    return dump
