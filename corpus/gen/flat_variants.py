# SPDX-License-Identifier: BSD-2-Clause
"""Dumps of any machine with a flat map that differ in dump_avail, bitmap, sizes and header."""

from . import facts
from .amd64_avail import Huge
from .flat import FlatMap, finish, minidump, refused
from .memory import Memory

DAMAGED = ("unaligned", "avail-unterminated", "bitmap-13-bytes", "trailing-512")


class Variants:
    """The dumps of one machine; version is one that has dump_avail, limit what bounds an end."""

    def __init__(self, machine, version, limit, page=4096, suffix="", **values):
        self.machine, self.version, self.page = machine, version, page
        self.limit, self.suffix, self.values = limit, suffix, values

    def make(self, what, ranges, dump, finding=None, map_bytes=None, dmap=None, trailing=None,
             damage=None, kernbase=None, **changes):
        """A dump without a kernel; changes are attributes of the frame."""
        machine, memory = self.machine, Memory(self.page)
        size = (machine.map_bytes or self.page) if map_bytes is None else map_bytes
        kmap = FlatMap(machine, memory, size, dmap=dmap, kernbase=kernbase)
        wanted = [pa for pa in sorted(dump) if pa < machine.top][:size // kmap.width // 2]
        for number, pa in enumerate(wanted):
            kmap.small(kmap.kernbase + 2 * number * self.page, pa, "r-x" if number % 2 else "rwx")
        mini = minidump(machine, self.version, memory, kmap, **self.values)
        mini.ranges, mini.dump = ranges, set(dump)
        for name, value in changes.items():
            setattr(mini, name, value)
        if trailing is not None:
            mini.trailing = trailing
        made = finish("%s-v%d%s-%s" % (machine.arch, self.version, self.suffix, what), mini, kmap)
        made.damage = what in DAMAGED if damage is None else damage
        if finding:
            made.answers.add("finding", finding)
        return made

    def pages(self, start, *numbers):
        return [start + number * self.page for number in numbers]

    def span(self, start, first, last):
        """A range whose ends are given in pages; a half is a half."""
        return int(start + first * self.page), int(start + last * self.page)

    def ranges(self):
        """What dump_avail may say."""
        pages, span, (one, two) = self.pages, self.span, self.machine.ram
        yield self.make("unaligned", [span(one, 1.5, 5.25), span(two, 0, 3.125)],
                        pages(one, 1, 2, 5) + pages(two, 0, 3))
        shared = [span(one, 1, 4.5), span(one, 4.75, 8)]
        yield self.make("shared-page", shared, pages(one, 2, 4, 5, 7))
        yield self.make("shared-page-both-bits", shared, pages(one, 2, 4, 5, 7), stray=[4])
        both = [span(one, 0, 8), span(two, 0, 4)]
        some = pages(one, 0, 3, 7) + pages(two, 1, 2)
        flat = [value for pair in both for value in pair]
        more = list(span(two, 8, 9))
        yield self.make("avail-unterminated", both, some, avail_pairs=flat, avail_bytes=32)
        yield self.make("avail-odd-bytes", both, some, avail_pairs=flat + more, avail_bytes=40)
        yield self.make("avail-zero-ranges", [], [])
        yield self.make("avail-unsorted", both[:1], pages(one, 0, 3), "DAMAGED",
                        avail_pairs=flat[:2] + [two, two - self.page, 0, 0])
        yield self.make("avail-descending", both[1:], pages(two, 1, 2), "DAMAGED",
                        avail_pairs=flat[2:] + flat[:2] + [0, 0])
        yield self.make("avail-empty-range", both[:1], pages(one, 0, 3), "DAMAGED",
                        avail_pairs=flat[:2] + [two, two] + more + [0, 0])
        if self.limit is not None:
            yield self.make("avail-above-limit", both[:1], pages(one, 0, 3), "DAMAGED",
                            avail_pairs=flat[:2] + [two, self.limit + self.page, 0, 0])
            top = self.limit - 4 * self.page
            yield self.make("avail-top", both + [(top, self.limit)], some + pages(top, 0, 3))

    def bitmaps(self):
        """Sizes and fillings of the bitmap."""
        pages, span, (one, two) = self.pages, self.span, self.machine.ram
        for bits in (31, 32, 33, 511, 512, 1023, 1024, 1025, 2048):
            yield self.make("bits-%d" % bits, [span(one, 0, bits)],
                            sorted({*pages(one, 0, 1, 29, 30), *(pages(one, 62, 63, 64, 65, 510)
                                    if bits > 510 else ()), *pages(one, bits - 2, bits - 1)}))
        yield self.make("all-set", [span(one, 0, 40), span(two, 0, 30)],
                        pages(one, *range(40)) + pages(two, *range(30)))
        yield self.make("empty", [span(one, 0, 40)], [])
        yield self.make("bitmap-13-bytes", [span(one, 0, 104)],
                        pages(one, 0, 63, 64, 95, 96, 103), bitmap_bytes=13)
        yield self.make("bitmap-short", [span(one, 0, 200)], pages(one, 0, 63, 64, 199),
                        "DAMAGED", bitmap_bytes=8)
        yield self.make("bit-beyond-ranges", [span(one, 0, 8)], pages(one, 1, 7), stray=[8, 700])

    def regions(self):
        """Sizes of the other regions, and what may follow them."""
        one = [self.span(self.machine.ram[0], 0, 8)]
        some = self.pages(self.machine.ram[0], 1, 7)
        yield self.make("trailing-512", one, some, trailing=b"FreeBSD Kernel Dump".ljust(512))
        yield self.make("no-msgbuf", one, some, ring=b"")
        yield self.make("msgbuf-1-byte", one, some, ring=b"x")
        yield self.make("no-map", one, some, map_bytes=0)
        yield self.make("map-13-bytes", one, some, map_bytes=13)
        yield self.make("avail-absent", None, self.pages(0, 1, 7))
        yield self.make("above-4g", one, some, ring=Huge(0xFFFFF000), damage=False)

    def refused(self, unaligned=("kernbase",)):
        """Headers that say what cannot be."""
        machine = self.machine
        versions = facts.MINIDUMPS[machine.name][2]

        def make(what, status, version=self.version, **more):
            return refused(machine, what, status, version, **more)
        yield make("version-0", "UNSUPPORTED", patch=(24, bytes(4)))
        yield make("version-%d" % (max(versions) + 1), "UNSUPPORTED",
                   patch=(24, (max(versions) + 1).to_bytes(4, "little")))
        yield make("other-magic", "NOT_A_DUMP", patch=(0, b"M"))
        for field in unaligned:
            base = dict(machine.values, kernbase=machine.kernbase)
            if machine.dmap:
                base.update(zip(("dmapbase", "dmapend", "dmapphys"), machine.dmap))
            yield make(field + "-odd", "DAMAGED", **{field: base[field] + 8})
            yield make(field + "-half-page", "DAMAGED", **{field: base[field] + self.page // 2})
        for version, fields in versions.items():
            used = max(offset + width for _, offset, width in fields)
            yield make("cut-in-header-v%d" % version, "TRUNCATED", version, cut=used - 1)

    def headers(self):
        """Bytes that a version does not define, and those behind the magic's zero: ignored."""
        magic, _, versions = facts.MINIDUMPS[self.machine.name]
        one = self.machine.ram[0]
        for version, fields in versions.items():
            used = max(offset + width for _, offset, width in fields)
            has_avail = any(name == "dumpavailsize" for name, _, _ in fields)
            start = one if has_avail else 0
            other = Variants(self.machine, version, None, self.page, self.suffix, **self.values)
            yield other.make("bytes-behind-header", [self.span(one, 0, 8)] if has_avail else None,
                             self.pages(start, 1, 7), damage=False,
                             head_text=[(used, b"\xff" * (self.page - used))])
        yield self.make("bytes-behind-magic", [self.span(one, 0, 8)], self.pages(one, 1, 7),
                        head_text=[(len(magic) + 1, b"\xff" * (23 - len(magic)))])

    def dumps(self):
        yield from self.ranges()
        yield from self.bitmaps()
        yield from self.regions()
        yield from self.headers()
