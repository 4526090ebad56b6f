# SPDX-License-Identifier: BSD-2-Clause
"""The damaged family: how each sound file may be cut or changed, one line of text a file."""

import os

from .answers import Answers
from .notes import Notes
from .pieces import from_bytes


def values(width, page, value):
    """What a field of this width is set to."""
    top = 8 * width
    some = [0, 1, page - 1, page, value - 1, value + 1, 1 << top - 1, (1 << top) - 1]
    if width == 8:
        some += [1 << 31, (1 << 32) - 1]
    return sorted({number for number in some if 0 <= number < 1 << top} - {value})


class Family:
    """The lines of one base file."""

    def __init__(self, base, piece, order, page):
        self.base, self.piece, self.order, self.page = base, piece, order, page
        self.entry_order = order
        self.lines = []
        self.seen = set()
        stem, suffix = base.rsplit(".", 1)
        self.stem = stem if suffix == "vmcore" else stem + "-kernel"

    def cut(self, what, length):
        """The name of the file cut there; None if there is one, or the file is no longer."""
        if not 0 <= length < self.piece.length or length in self.seen:
            return None
        self.seen.add(length)
        name = "%s-cut-%s" % (self.stem, what)
        self.lines.append("%s %s truncate=%d" % (name, self.base, length))
        return name

    def set(self, what, offset, data):
        if offset + len(data) <= self.piece.length and self.piece.get(offset, len(data)) != data:
            self.lines.append("%s-%s %s patch=%d:%s" % (self.stem, what, self.base, offset,
                                                        data.hex()))

    def field(self, name, offset, width):
        order = "little" if self.order == "<" else "big"
        value = int.from_bytes(self.piece.get(offset, width), order)
        for number in values(width, self.page, value):
            self.set("%s-%x" % (name, number), offset, number.to_bytes(width, order))

    def entry(self, number, flips, offset, width, value, own):
        order = "little" if self.entry_order == "<" else "big"
        for bit in (bit for bit in flips if bit < 8 * width):
            self.set("entry%d-bit%d" % (number, bit), offset,
                     (value ^ 1 << bit).to_bytes(width, order))
        if own is not None:
            self.set("entry%d-self" % number, offset, own.to_bytes(width, order))


def cuts(dump, family):
    """Cut around and inside each region: [(name, length)]."""
    points = [("0", 0), ("1", 1), ("24", 24)]
    used = max((offset + width for _, offset, width in dump.fields), default=64)
    points += [("header-short", used - 1), ("header-used", used)]
    for name, (start, size) in dump.regions.items():
        points += [(name + "-before", start - 1), (name + "-start", start),
                   (name + "-one", start + 1), (name + "-middle", start + size // 2)]
        points += [(name + "-end-less", start + size - 1), (name + "-end", start + size)]
        if name == "pages" and size:
            points.append((name + "-in-page", start + dump.page // 2 + 3))
    return [(name, length) for name, length in
            ((family.cut(what, length), length) for what, length in points) if name]


def different(entries, limit=6):
    """Entries that differ in more than their address, some of each place."""
    kinds = {}
    for entry in entries:
        kinds.setdefault((entry[2] & 0xFFF, entry[2] >> 52, entry[3] is None), entry)
    return list(kinds.values())[:limit]


def answers_of(dump, name, length):
    """What a minidump cut at length must still answer."""
    answers, notes = Answers(), dump.answers.notes
    used = max(offset + width for _, offset, width in dump.fields)
    answers.add("dump", name + ".vmcore")
    for option in dump.options:
        answers.add("option", option)
    if length < used:
        answers.add("open", "TRUNCATED")
        return answers
    answers.add("open", "OK")
    whole = dump.answers.lines
    kept = ("describe format", "describe version", "describe arch", "describe endian",
            "describe page_size")
    answers.lines += [line for line in whole if line.startswith(kept)]
    if length < dump.regions["pages"][0]:
        answers.add("finding TRUNCATED")
    start, size = dump.regions["msgbuf"]
    if length >= -(-(start + size) // dump.page) * dump.page and dump.kernel is None:
        answers.lines += [line for line in whole if line.startswith("message")]
    answers.notes = Notes(notes.memory, notes.physical, notes.space, length)
    pages = sorted(notes.physical.offsets, key=notes.physical.offsets.get)
    for pa in pages[:2] + pages[-2:]:
        answers.pa(pa, 16)
        answers.pa(pa + dump.page // 2, 16)
    for va, _, status, pa, page, _ in notes.space.notes:
        if status == "OK" and page and notes.physical.find(pa, length)[0] == "TRUNCATED":
            answers.va(va, 4)
    return answers


def family_of(dump):
    """(lines, [(name, answers)]) for one sound dump."""
    family = Family(dump.name + ".vmcore", dump.piece, dump.order, dump.page)
    family.entry_order = dump.entry_order or dump.order
    made = cuts(dump, family)
    for name, offset, width in dump.fields:
        family.field(name, offset, width)
    for number, entry in enumerate(different(dump.entries)):
        family.entry(number, dump.flips, *entry)
    answered = []
    if "bitmap" in dump.regions:
        answered = [(name, answers_of(dump, name, length)) for name, length in made
                    if length >= dump.magic_bytes and length not in dump.unsure]
    return family.lines, answered


def kernel_family(dump):
    """Lines for the kernel file of a dump."""
    piece = from_bytes(dump.kernel)
    family = Family(dump.name + ".kernel", piece, dump.order, dump.page)
    for length in (0, 1, 16, 63, 64, piece.length // 2, piece.length - 1):
        family.cut(str(length), length)
    for name, offset, width in dump.kernel_fields:
        family.field(name, offset, width)
    return family.lines


def write_family(dumps, out):
    """DIR/damaged/LIST, and the answers of those that still answer."""
    folder = os.path.join(out, "damaged")
    os.makedirs(folder, exist_ok=True)
    lines = []
    for dump in dumps:
        if dump.piece is not None and dump.damage:
            more, answered = family_of(dump)
            lines += more
            for name, answers in answered:
                answers.save(os.path.join(folder, name + ".answers"))
        if dump.kernel_fields:
            lines += kernel_family(dump)
    with open(os.path.join(folder, "LIST"), "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")
