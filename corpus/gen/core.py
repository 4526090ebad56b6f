# SPDX-License-Identifier: BSD-2-Clause
"""Full dumps: an ELF core whose segments are physical memory."""

from . import elf
from .notes import Physical
from .pieces import Pieces


class Core:
    """Program headers in the order given; the data of each PT_LOAD behind the one before it."""

    def __init__(self, memory, machine, bits=64, flags=0):
        self.memory = memory
        self.machine = machine
        self.bits = bits
        self.flags = flags
        self.physical = Physical(memory.page)
        self.headers = []
        self.regions = {}
        self.segments = []  # (pa, filesz, memsz, p_offset)
        self.fields = []

    def load(self, pa, filesz, memsz=None, **values):
        """A PT_LOAD of filesz bytes from pa. `fill` (a byte) and any field by its name override
        the usual."""
        self.headers.append(("load", pa, filesz, filesz if memsz is None else memsz, values))

    def header(self, **values):
        """Any other program header."""
        self.headers.append(("other", 0, 0, 0, values))

    def _round(self, size):
        return -(-size // self.memory.page) * self.memory.page

    def _load(self, piece, at, pa, filesz, memsz, values):
        page, memory = self.memory.page, self.memory
        self.segments.append((pa, filesz, memsz, at))
        self.regions["segment%d" % len(self.segments)] = (at, filesz)
        for offset in range(0, filesz, page):
            if "fill" in values:
                piece.fill(at + offset, min(page, filesz - offset), values["fill"])
            else:
                piece.put(at + offset, memory.get(pa + offset, min(page, filesz - offset)))
                whole = filesz - offset >= page
                if whole and memory.order == "<" and pa + offset in memory.patterned:
                    piece.note_run(at + offset, page // 8, pa + offset, 8)
            self.physical.page_at(pa + offset, at + offset, min(page, filesz - offset))
        if memsz > filesz:
            self.physical.span(pa + filesz, pa + memsz, "NOT_DUMPED")

    def build(self):
        bits, order, page = self.bits, self.memory.order, self.memory.page
        piece, table = Pieces(), b""
        entry = elf.size(elf.PHDR, bits)
        first = elf.EHSIZE[bits]
        at = self._round(first + entry * len(self.headers))
        self.regions["headers"] = (0, at)
        self.fields = elf.fields(elf.EHDR, bits, 16)
        for index, (kind, pa, filesz, memsz, given) in enumerate(self.headers):
            values = {"flags": 4, "align": page}
            if kind == "load":
                values.update(type=elf.PT_LOAD, offset=at, vaddr=pa, paddr=pa, filesz=filesz,
                              memsz=memsz)
                self._load(piece, at, pa, filesz, memsz, given)
                at += filesz
            values.update((name, value) for name, value in given.items() if name != "fill")
            table += elf.record(elf.PHDR, bits, order, values)
            self.fields += [("p%d_%s" % (index, name), offset, width) for name, offset, width
                            in elf.fields(elf.PHDR, bits, first + entry * index)]
        head = elf.ehdr(bits, order, self.machine, 4, 255, version=0, phoff=first,
                        phnum=len(self.headers), flags=self.flags)
        piece.put(0, head + table)
        piece.grow(at)
        return piece
