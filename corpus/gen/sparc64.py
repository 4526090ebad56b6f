# SPDX-License-Identifier: BSD-2-Clause
"""sparc64 full dumps: a header without a magic, banks of memory, a flat table of translations."""

import struct

from . import facts
from .dump import Dump
from .memory import Memory
from .notes import Notes, Physical, Space
from .pieces import Pieces

PAGE, ENTRY, TOP = 8192, 32, 1 << 64
DIRECT, PHYSICAL = 0xFFFFF80000000000, 1 << 43
VALID, EXEC, WRITE, USUAL = 1 << 63, 1 << 11, 1 << 8, 0x436  # referenced, cacheable, privileged
BITS, MACHINE, TYPE = facts.KERNELS["sparc64"]
FLIPS = (0, 1, 2, 8, 11, 13, 31, 42, 43, 48, 59, 60, 61, 62, 63)
HEADER = (("hdr_size", 0, 8), ("tsb_pa", 8, 8), ("tsb_size", 16, 8), ("tsb_mask", 24, 8),
          ("nregions", 32, 4), ("pad", 36, 4))
REGION = (("pa", 0, 8), ("size", 8, 8), ("offs", 16, 8))


def page_bytes(size):
    return PAGE << 3 * size


class Table:
    """The kernel's table of translations in memory; each entry is noted when it is made."""

    def __init__(self, memory, pa, size, mask):
        self.memory, self.pa, self.size, self.mask = memory, pa, size, mask
        memory.clear(pa, size)
        self.space = Space()
        self.space.linear(DIRECT, TOP - DIRECT, 0)
        self.written = {}  # slot: (tag, data)

    def raw(self, va, tag, data):
        """An entry in the slot of va, without a note."""
        slot = va >> 13 & self.mask
        assert slot not in self.written and ENTRY * slot < self.size
        self.written[slot] = (tag, data)
        at = self.pa + ENTRY * slot
        self.memory.put(at, struct.pack(">4Q", tag, data, 0, 0))

    def entry(self, va, pa, prot="rw-", size=0, more=0, data=None):
        """The 8 KiB from va on, perhaps a part of a larger page; pa is that page's."""
        if data is None:
            data = VALID | size << 61 | pa | USUAL | more
            data |= WRITE * ("w" in prot) | EXEC * ("x" in prot)
        self.raw(va, (va >> 13 + 3 * size << 2) + size, data)
        start = va % page_bytes(size) // PAGE * PAGE
        self.space.entry(va, pa + start, page_bytes(size), prot, PAGE)

    def dead(self, va, tag, data):
        """An entry that does not answer for va."""
        self.raw(va, tag, data)
        self.space.hole(va, PAGE, "NOT_MAPPED")

    def close(self):
        self.space.hole(0, DIRECT, "NOT_MAPPED")
        return self.space


class Banks:
    """The file: header, descriptors, then the banks' bytes in the order given."""

    def __init__(self, table):
        self.table, self.memory = table, table.memory
        self.banks = []      # (pa, bytes, more fields by name)
        self.values = {}     # header fields that differ
        self.trailing = b""
        self.physical = Physical(PAGE)
        self.regions, self.fields = {}, list(HEADER)

    def bank(self, pa, size, **values):
        self.banks.append((pa, size, values))

    def build(self):
        table, count = self.table, len(self.banks)
        at = -(-(40 + 24 * count) // 512) * 512
        values = {"hdr_size": at, "tsb_pa": table.pa, "tsb_size": table.size,
                  "tsb_mask": table.mask, "nregions": count, "pad": 0xDEADBEEF}
        values.update(self.values)
        piece = Pieces()
        piece.put(0, struct.pack(">4Q2I", *(values[name] for name, *_ in HEADER)))
        self.regions["headers"] = (0, at)
        for number, (pa, size, given) in enumerate(self.banks):
            words = {"pa": pa, "size": size, "offs": at}
            words.update(given)
            base = 40 + 24 * number
            piece.put(base, struct.pack(">3Q", *(words[name] for name, *_ in REGION)))
            self.fields += [("r%d_%s" % (number, name), base + offset, width)
                            for name, offset, width in REGION]
            self.put(piece, number, at, pa, size)
            at += size
        piece.grow(at)
        if self.trailing:
            piece.put(at, self.trailing)
        return piece

    def put(self, piece, number, at, pa, size):
        self.regions["segment%d" % (number + 1)] = (at, size)
        for offset in range(0, size, PAGE):
            count = min(PAGE, size - offset)
            piece.put(at + offset, self.memory.get(pa + offset, count))
            self.physical.page_at(pa + offset, at + offset, count)


def finish(name, banks, kernel=None, cut=None, led=None):
    """Build, perhaps cut, and answer what every dump answers."""
    piece = banks.build()
    if cut is not None:
        piece = piece.cut(cut)
    dump = Dump("sparc64-" + name, piece, kernel)
    dump.order, dump.page, dump.flips = ">", PAGE, FLIPS
    dump.regions, dump.fields = banks.regions, banks.fields
    space = banks.table.close()
    dump.answers.notes = Notes(banks.memory, banks.physical, space, piece.length)
    odd = any(size % PAGE for _, size, _ in banks.banks)
    pages = None if odd else sum(size for _, size, _ in banks.banks) // PAGE
    listed = [(pa, pa + size) for pa, size, _ in banks.banks if size]
    dump.describe("sparc64", None, "sparc64", pages, listed)
    if led:
        led(dump)
    dump.answers.add("describe displacement 0")
    for va, size, status, *_ in space.notes:
        if cut is None:
            dump.answers.around(va, size)
        elif status != "NOT_MAPPED":  # what lies beside an entry may be in the part that is cut off
            dump.answers.xlat(va)
            dump.answers.va(va + min(size, PAGE) - 16, 16)
    answer_memory(dump, banks)
    return dump


def answer_memory(dump, banks):
    answers = dump.answers
    answers.physical(12)
    for pa, size, _ in banks.banks:
        for at in (pa - 8, pa, pa + size - 8, pa + size):
            if at >= 0:
                answers.pa(at, 16)
                answers.xlat(DIRECT + at)
                answers.va(DIRECT + at, 16)
    for pa in (PHYSICAL - 1, PHYSICAL, PHYSICAL + 0x10000, TOP - 1):
        answers.pa(pa, 1)
    answers.pages(lambda pa: DIRECT | pa)
    notes = answers.notes
    for slot, (tag, data) in sorted(banks.table.written.items()):
        at = banks.table.pa + ENTRY * slot
        status, offset, _ = notes.physical.find(at, notes.length)
        if status == "OK":
            dump.entries += [(offset, 8, tag, None), (offset + 8, 8, data, None)]


def example_banks():
    """The worked example. The table's mask has a hole at bit 8."""
    table = Table(Memory(PAGE, ">"), 0x40000000, 0x6000, 0x2FF)
    table.raw(0xC0000000, 0x1E0000, 0xE000000040000D36)
    table.space.hole(0xC0000000, PAGE, "NOT_MAPPED")
    table.entry(0xC0002000, 0x40008000, "rw-", data=0x8000000040008536)
    table.dead(0xC0004000, 0x180008, 0x0000000040008536)
    table.entry(0xC0006000, 0x1FE02000000, "rw-", data=0x800001FE0200050E)
    table.entry(0xC0018000, 0x40000000, "rw-", 1, data=0xA000000040000536)
    table.entry(0xC0402000, 0x6000, "rw-", data=0x8000000000006536)
    banks = Banks(table)
    banks.bank(0x40000000, 0x10000)
    banks.bank(0, 0x8000)
    return banks


def example(cut=None, name="example", **more):
    dump = finish(name, example_banks(), cut=cut, **more)
    for va in (0xC0002123, 0xC0202000, 0xC0402010, 0xC0004000, 0xC0006000, 0xC0018018, 0xC001A000,
               0xF0000000, 0xC0000000, 0x10002123, 0xFFFFF80040008040, 0xFFFFF80000007FF8,
               0xFFFFF80000008000, 0xFFFFFFFFFFFFFFFF, 0xFFFFF80000006000, 0xFFFFF80000007000):
        dump.answers.xlat(va)
        dump.answers.va(va, 1 if va == TOP - 1 else 16)
    dump.answers.va(0xFFFFF80000006000, 0x1000)
    dump.answers.add("findings 0" if cut is None else "finding TRUNCATED")
    dump.damage = cut is None
    return dump


def dumps():
    from . import sparc64_rich
    yield example()
    yield example(0x17000, "example-cut")
    yield from sparc64_rich.dumps()
