# SPDX-License-Identifier: BSD-2-Clause
"""One dump of the corpus: file, kernel, answers, what may be damaged in it; how it is stored."""

import os

from . import ksf
from .answers import Answers, number, text
from .notes import Notes
from .pieces import from_bytes


class Dump:
    """Made by dump_of_minidump(), dump_of_core() or by hand for a kernel alone."""

    def __init__(self, name, piece=None, kernel=None, options=(), status="OK"):
        self.name = name
        self.options = options
        self.magic_bytes = 24     # the file's first bytes without which it is nobody's
        self.piece = piece
        self.kernel = kernel      # bytes, Pieces or None
        self.kernel_fields = []   # (name, offset, width) that damage may change
        self.regions = {}         # name: (offset, bytes)
        self.fields = []          # (name, offset, width) of header fields
        self.entries = []         # (file offset, width, value, value that leads to its own table)
        self.flips = (0, 1, 7, 12, 13, 20, 51, 52, 62, 63)  # bits of an entry that damage flips
        self.order = "<"
        self.entry_order = None   # of table entries, where it is not that of the dump
        self.page = 4096
        self.unsure = ()          # lengths to which it may be cut, and nothing is to be said
        self.seed = True          # has a KSF1 input
        self.damage = True        # takes part in the damaged family
        self.answers = Answers()
        if piece is not None:
            self.answers.add("dump", name + ".vmcore")
        if kernel is not None:
            self.answers.add("kernel", name + ".kernel")
        for option in options:
            self.answers.add("option", option)
        self.answers.add("open", status)

    def describe(self, format_, version, arch, pages, ranges, whole=None):
        """The lines of describe; pages is what the writer promised, whole those in the file."""
        answers, notes = self.answers, self.answers.notes
        answers.add("describe format", format_)
        answers.add("describe version", "-" if version is None else version)
        answers.add("describe arch", arch)
        answers.add("describe endian", "little" if self.order == "<" else "big")
        answers.add("describe page_size", self.page)
        if pages is not None:
            whole = self.whole_pages(notes) if whole is None else whole
            answers.add("describe pages", pages, whole, pages - whole)
        for start, end in ranges:
            answers.add("describe memory", number(start), number(end))

    def whole_pages(self, notes):
        start, size = self.regions.get("pages", (None, 0))
        if start is not None:
            return max(0, min(size, notes.length - start)) // self.page
        return sum(max(0, min(size, notes.length - at) // self.page)
                   for name, (at, size) in self.regions.items() if name.startswith("segment"))

    def strings(self, kernel=b"", panic=b""):
        self.answers.add("describe kernel", text(kernel))
        self.answers.add("describe panic", text(panic))

    def save(self, out):
        base = os.path.join(out, self.name)
        if self.piece is not None:
            self.piece.save(base + ".vmcore")
        if isinstance(self.kernel, bytes):
            from_bytes(self.kernel).save(base + ".kernel")
        elif self.kernel is not None:
            self.kernel.save(base + ".kernel")
        self.answers.save(base + ".answers")
        if self.seed and self.piece is not None:
            with open(os.path.join(out, "seeds", "session", self.name + ".ksf"), "wb") as file:
                file.write(self.seed_bytes())

    def seed_bytes(self):
        files = [(self.piece, 0)]
        if isinstance(self.kernel, bytes):
            files.append((from_bytes(self.kernel), 1))
        return ksf.encode(files, self.seed_ops())

    def seed_ops(self):
        """A read and a translation of an entry, of a hole, of a page."""
        notes = self.answers.notes
        ops = []
        wanted = {}
        for note in notes.space.notes:
            wanted.setdefault(note[2] if note[4] else (note[2], "span"), note)
        for note in list(wanted.values())[:5]:
            ops += [ksf.op(ksf.TRANSLATE, note[0] + 0x10), ksf.op(ksf.READ, note[0] + 0x10, 16)]
        for pa in sorted(notes.physical.offsets)[:1]:
            ops.append(ksf.op(ksf.PAGE, pa))
        return ops


def dump_of_minidump(name, mini, space, arch, kernel=None, options=()):
    """Build a minidump and begin its answers."""
    piece = mini.build()
    dump = Dump(name, piece, kernel, options)
    dump.order, dump.page = mini.memory.order, mini.memory.page
    dump.regions, dump.fields = mini.regions, list(mini.layout)
    dump.magic_bytes = mini.magic_bytes
    dump.answers.notes = Notes(mini.memory, mini.physical, space, piece.length)
    dump.describe("minidump", mini.version, arch, mini.promised, mini.memory_ranges())
    return dump


def dump_of_core(name, core, space, arch, kernel=None, cut=None, ranges=True, options=()):
    """Build an ELF core, perhaps cut short, and begin its answers."""
    piece = core.build()
    if cut is not None:
        piece = piece.cut(cut)
    dump = Dump(name, piece, kernel, options)
    dump.order, dump.page = core.memory.order, core.memory.page
    dump.regions, dump.fields = core.regions, core.fields
    dump.answers.notes = Notes(core.memory, core.physical, space, piece.length)
    odd = any(filesz % dump.page for _, filesz, _, _ in core.segments)
    where = {}  # of each page once: the first segment that has it counts
    for pa, filesz, _, at in reversed(core.segments):
        where.update(zip(range(pa, pa + filesz, dump.page), range(at, at + filesz, dump.page)))
    pages = None if odd else len(where)
    last = piece.length - dump.page
    whole = sum(map(last.__ge__, where.values()))
    listed = [(pa, pa + memsz) for pa, _, memsz, _ in core.segments] if ranges else []
    dump.describe("elf-core", None, arch, pages, listed, whole)
    return dump
