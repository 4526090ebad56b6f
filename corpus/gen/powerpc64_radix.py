# SPDX-License-Identifier: BSD-2-Clause
"""powerpc64 minidumps with radix page tables, whose entries are big-endian in every dump."""

from .memory import Memory
from .powerpc64 import (DMAPBASE, END, KERNBASE, PAGE, Place, Unmapped, begin, finish, minidump)

SPANS = {1: 1 << 39, 2: 1 << 30, 3: 1 << 21, 4: PAGE}  # of an entry of each level
VALID, LEAF, USED, PRIVILEGED = 1 << 63, 1 << 62, 0x180, 8
ADDRESS = 0x00FFFFFFFFFFF000


def leaf(pa, prot, more=0):
    access = {"r": 4, "w": 2, "x": 1, "-": 0}
    return VALID | LEAF | USED | PRIVILEGED | pa | more | sum(access[letter] for letter in prot)


class Radix:
    """The root in the map region; lower tables in pages, each named by whoever makes it."""

    order = ">"

    def __init__(self, space, memory, root=0x10000):
        self.space, self.memory = space, memory
        self.table = bytearray(root)
        self.tables = {}   # (level of its entries, first address of its span): page
        self.written = []  # (page or None for the root, offset, value)

    def write(self, va, level, value):
        """The entry for va in a table that there is already."""
        if level == 1:
            at = (va >> 39 & 8191) * 8
            self.table[at:at + 8] = value.to_bytes(8, "big")
            self.written.append((None, at, value))
            return
        page = self.tables[level, va // SPANS[level - 1]]
        at = va // SPANS[level] % 512 * 8
        self.memory.u64(page + at, value, ">")
        self.written.append((page, at, value))

    def down(self, va, level, pa, missing=None, more=9):
        """The table of this level's entries for va, at pa; `missing`: why it cannot be read."""
        self.write(va, level - 1, VALID | pa | more)
        if missing:
            self.space.hole(va, SPANS[level - 1], missing)
            return
        self.tables[level, va // SPANS[level - 1]] = self.memory.clear(pa)

    def leaf(self, va, level, pa, prot="rw-", more=0):
        self.write(va, level, leaf(pa, prot, more))
        self.space.entry(va, pa, SPANS[level], prot)

    def broken(self, va, level, value, status="NOT_MAPPED"):
        self.write(va, level, value)
        self.space.hole(va, SPANS[level], status)

    def close(self):
        self.space.hole(KERNBASE, (KERNBASE | (1 << 52) - 1) + 1 - KERNBASE, "NOT_MAPPED")
        return self.space

    def mappings(self):
        return [(va, pa, size, prot) for va, _, _, pa, size, prot in self.space.entries()]

    def entries(self, at, dump):
        for page, offset, value in self.written:
            if page is None:
                yield at + offset, 8, value, None
            elif page in dump.answers.notes.physical.offsets:
                own = value & ~(ADDRESS | LEAF) | page
                yield dump.answers.notes.physical.offsets[page] + offset, 8, value, own


def example(order, mapped=True, lead=None):
    """The worked example; its twin without a kernel map."""
    memory = Memory(order=order)
    place = Place(DMAPBASE + 0x3100, DMAPBASE + 0x5100)
    kmap = Radix(place.space, memory)
    kmap.down(KERNBASE, 2, 0x1000)
    kmap.down(KERNBASE, 3, 0x2000)
    kmap.leaf(KERNBASE + SPANS[2], 2, 0x40000000)
    kmap.down(KERNBASE, 4, 0x3000)
    kmap.leaf(KERNBASE + SPANS[3], 3, 0x200000)
    kmap.down(KERNBASE + 2 * SPANS[3], 4, 0x5000, "NOT_DUMPED")
    kmap.leaf(KERNBASE + 0x5000, 4, 0x4000)
    kmap.broken(KERNBASE + 0x6000, 4, VALID | 0x4009)
    kmap.leaf(KERNBASE + 0x8000, 4, 0x6000)
    kmap.leaf(KERNBASE + 0x9000, 4, 0x9000000, "r-x")
    if not mapped:
        place = Place(place.start, place.end)
        kmap = Unmapped(place.space)
    mini = minidump(2, memory, b"mmu_radix", place, kmap.table, 0)
    mini.ring = b""
    mini.ranges = [(0, 0x10000), (0x200000, 0x400000), (0x40000000, 0x40010000)]
    mini.dump = {0x1000, 0x2000, 0x3000, 0x4000, 0x203000, 0x40002000}
    name = "powerpc64-v2-radix-%s-example%s" % (END[order], "" if mapped else "-no-map")
    dump = finish(name + ("-led" if lead else ""), mini, place, kmap, lead=lead)
    if mapped and not lead:
        dump.answers.add("findings 0")
    if not lead:
        dump.strings()
    dump.damage = not lead
    for va in (0x5123, 0x203040, 0x204000, 0x40002008, 0x40010000, 0x400000, 0x6000, 0x7000,
               0x80000000, 0x8000000000, 0x8000, 0x9000):
        dump.answers.xlat(KERNBASE + va)
        dump.answers.va(KERNBASE + va, 8)
    for va in (0xD008000000005123, 0xC010000000000000, DMAPBASE + 0x4010, 0x101010, 0x103000):
        dump.answers.xlat(va)
        dump.answers.va(va, 8)
    return dump


def dumps():
    for order in "<", ">":
        yield example(order)
        yield example(order, False)
