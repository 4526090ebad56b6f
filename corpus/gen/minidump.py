# SPDX-License-Identifier: BSD-2-Clause
"""Minidumps: header, message buffer, dump_avail, bitmap, map, pages, in that order."""

import struct

from . import facts
from .notes import Physical
from .pieces import Pieces

CODES = {4: "I", 8: "Q"}


def round_up(size, unit):
    return -(-size // unit) * unit


class Minidump:
    """Set what differs, then build(). Pages named in `dump` go into the file in bit order."""

    def __init__(self, machine, version, memory, word=8):
        self.magic, self.magic_bytes, versions = facts.MINIDUMPS[machine]
        self.version = version
        self.layout = versions[version]
        self.memory = memory
        self.word = word          # bytes of a word of the bitmap
        self.values = {}          # more header fields
        self.head_text = []       # (offset, bytes) in the header: mmu_name
        self.ring = bytes(0x1000)
        self.tail = b""           # behind the ring, in its last page
        self.ranges = None        # [(start, end)] of dump_avail; None: this version has none
        self.avail_pairs = None   # what the array says, where that is not `ranges` and a zero pair
        self.avail_bytes = None   # dumpavailsize; None: one page
        self.bitmap_bytes = None  # bitmapsize; None: as a kernel chooses it
        self.top = 0              # without dump_avail: the end of physical memory
        self.dump = set()
        self.stray = []           # bits set beyond the ranges, or for a page's second bit
        self.table = bytearray()
        self.table_runs = []      # (offset in the map, count, first, step) of little-endian u64
        self.pad_table = True
        self.trailing = b""
        self.regions = {}
        self.physical = Physical(memory.page)

    def slots(self):
        """(bit, page) for each bit that stands for a page, in bit order."""
        page = self.memory.page
        if self.ranges is None:
            yield from ((pa // page, pa) for pa in sorted(self.dump))
            return
        bit = 0
        for start, end in self.ranges:
            for pa in range(start // page * page, end, page):
                yield bit, pa
                bit += 1

    def bits_needed(self):
        page = self.memory.page
        if self.ranges is None:
            return max([self.top // page] + [pa // page + 1 for pa in self.dump])
        return sum(1 for _ in self.slots())

    def choose(self):
        """{bit: page or None} of the bits that are set. A page's first bit is the one."""
        chosen, taken = {}, set()
        for bit, pa in self.slots():
            if pa in self.dump and pa not in taken:
                taken.add(pa)
                if self.byte_of(bit) < self.bitmap_bytes:
                    chosen[bit] = pa
        for bit in self.stray:
            assert bit not in chosen
            chosen[bit] = None
        return chosen

    def byte_of(self, bit):
        """Where the bit's byte lies in the bitmap, whose words are in the dump's byte order."""
        word, inside = divmod(bit, 8 * self.word)
        byte = inside // 8
        return word * self.word + (byte if self.memory.order == "<" else self.word - 1 - byte)

    def bitmap(self, bits):
        """The bytes of the bitmap up to the last word that has a bit."""
        table = bytearray((max(bits, default=0) // (8 * self.word) + 1) * self.word)
        for bit in bits:
            table[self.byte_of(bit)] |= 1 << bit % 8
        return bytes(table)

    def avail(self):
        pairs = self.avail_pairs
        if pairs is None:
            pairs = [value for pair in self.ranges for value in pair] + [0, 0]
        return struct.pack("%s%dQ" % (self.memory.order, len(pairs)), *pairs)

    def header(self, piece, values):
        piece.put(0, self.magic.encode())
        for name, offset, width in self.layout:
            data = struct.pack(self.memory.order + CODES[width], values.get(name, 0))
            piece.put(offset, data)
        for offset, data in self.head_text:
            piece.put(offset, data)

    def place(self, name, at, size, padded=True):
        self.regions[name] = (at, size)
        return at + (round_up(size, self.memory.page) if padded else size)

    def build(self):
        page = self.memory.page
        if self.bitmap_bytes is None:
            words = -(-self.bits_needed() // (8 * self.word))
            self.bitmap_bytes = max(page, round_up(words * self.word, page))
        if self.avail_bytes is None:
            self.avail_bytes = 0 if self.ranges is None else page
        sizes = {"version": self.version, "msgbufsize": len(self.ring),
                 "bitmapsize": self.bitmap_bytes, "mapsize": len(self.table),
                 "dumpavailsize": self.avail_bytes}
        sizes.update(self.values)
        piece = Pieces()
        self.header(piece, sizes)
        at = self.place("header", 0, page)
        at = self.place("msgbuf", at, sizes["msgbufsize"])
        at = self.place("avail", at, self.avail_bytes)
        at = self.place("bitmap", at, self.bitmap_bytes)
        at = self.place("map", at, sizes["mapsize"], self.pad_table)
        self.fill(piece, at)
        return piece

    def fill(self, piece, sparse):
        page = self.memory.page
        piece.put(self.regions["msgbuf"][0], self.ring + self.tail)
        if self.ranges is not None:
            piece.put(self.regions["avail"][0], self.avail()[:self.avail_bytes])
        chosen = self.choose()
        piece.put(self.regions["bitmap"][0], self.bitmap(chosen))
        piece.put(self.regions["map"][0], bytes(self.table))
        for offset, count, first, step in self.table_runs:
            piece.note_run(self.regions["map"][0] + offset, count, first, step)
        at = sparse
        for bit in sorted(chosen):
            self.write_page(piece, at, chosen[bit])
            at += page
        self.regions["pages"] = (sparse, at - sparse)
        piece.grow(at)
        if self.trailing:
            piece.put(at, self.trailing)
        self.promised = len(chosen)
        for start, end in self.memory_ranges():
            self.physical.span(start // page * page, round_up(end, page), "NOT_DUMPED")

    def write_page(self, piece, at, pa):
        if pa is None:
            piece.fill(at, self.memory.page, 0xDB)
            return
        self.memory.touch(pa)
        piece.put(at, bytes(self.memory.pages[pa]))
        if pa in self.memory.patterned and self.memory.order == "<":
            piece.note_run(at, self.memory.page // 8, pa, 8)
        self.physical.page_at(pa, at)

    def memory_ranges(self):
        """Ranges of physical memory as the file states them."""
        if self.ranges is not None:
            return self.ranges
        return [(0, self.bitmap_bytes * 8 * self.memory.page)]
