# SPDX-License-Identifier: BSD-2-Clause
"""The answers file: one fact a line, in the order in which they were noted."""

TOP = 1 << 64


def number(value):
    return "-" if value is None else "0x%x" % value


def text(data):
    return data.hex() if data else "-"


class Answers:
    """Lines of one answers file. Facts about addresses come out of the notes."""

    def __init__(self):
        self.lines = []
        self.notes = None
        self.seen = set()

    def add(self, *words):
        self.lines.append(" ".join(str(word) for word in words))

    def comment(self, line):
        self.lines.append("# " + line)

    def once(self, line):
        if line not in self.seen:
            self.seen.add(line)
            self.lines.append(line)

    def va(self, va, count):
        data, status = self.notes.read_va(va, count)
        self.once("va %s %d %d %s %s" % (number(va), count, len(data), status, text(data)))

    def pa(self, pa, count):
        data, status = self.notes.read_pa(pa, count)
        self.once("pa %s %d %d %s %s" % (number(pa), count, len(data), status, text(data)))

    def xlat(self, va):
        status, pa, page, prot, _ = self.notes.space.find(va)
        offset = None
        if status == "OK":
            status, offset, _ = self.notes.physical.find(pa, self.notes.length)
        shown = None if self.notes.space.virtual else pa
        self.once("xlat %s %s %s %s %s %s" % (number(va), status, number(shown), number(offset),
                                              number(page), prot or "-"))

    def around(self, va, size):
        """First and last bytes of a span, and a read that leaves it."""
        self.xlat(va)
        self.xlat(va + size - 1)
        self.va(va, min(16, size))
        if size > 16 and va + size + 8 <= TOP:
            self.va(va + size - 8, 16)
        elif size > 8:
            self.va(va + size - 8, 8)
        if va and size > 8 and va + 8 <= TOP:
            self.va(va - 8, 16)

    def space(self):
        """The edges of every note of the address space."""
        for va, size, *_ in sorted(self.notes.space.notes, key=lambda note: note[:2]):
            self.around(va, size)

    def physical(self, limit=40):
        """Edges of the pages in the file and of the spans without one."""
        page = self.notes.physical.page
        for pa in sorted(self.notes.physical.offsets)[:limit]:
            self.pa(pa, 16)
            self.pa(pa + page - 8, 16)
        for start, end, _ in self.notes.physical.spans:
            self.pa(start, 8)
            self.pa(end - 1, 1)
            self.pa(end, 1)

    def pages(self, direct=lambda pa: None):
        """All pages of which the file holds a byte."""
        for pa in sorted(self.notes.physical.offsets):
            status, offset, have = self.notes.physical.find(pa, self.notes.length)
            if status == "OK":
                self.add("page", number(pa), number(offset), have, number(direct(pa)))
        self.add("pages-end")

    def mappings(self):
        for va, size, _, pa, page, prot in self.notes.space.entries():
            _, offset, _ = self.notes.physical.find(pa, self.notes.length)
            self.add("mapping", number(va), number(pa), number(min(page, size)), prot,
                     number(offset))
        self.add("mappings-end")

    def symbol(self, name, value=None, type_=0, rule="plain", size=0):
        if value is None:
            self.add("symbol", name, "-")
        else:
            self.add("symbol", name, number(value), number(type_), rule, size)

    def messages(self, lines):
        for priority, line in lines:
            self.add("message", "-" if priority is None else priority, text(line))
        self.add("messages-end")

    def save(self, path):
        with open(path, "w", encoding="ascii") as out:
            out.write("\n".join(self.lines) + "\n")
