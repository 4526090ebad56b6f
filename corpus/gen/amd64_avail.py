# SPDX-License-Identifier: BSD-2-Clause
"""amd64 version 3 dumps that differ in dump_avail, bitmap and sizes; headers that are refused."""

from .amd64 import DMAPBASE, DMAPEND, KERNBASE, LARGE, PAGE, KernelMap, finish, minidump
from .dump import Dump
from .memory import Memory


def variant(what, ranges, dump, finding=None, kmap_bytes=PAGE, version=3, dmap=None, **changes):
    """A dump without a kernel; changes are attributes of the frame."""
    memory = Memory()
    kmap = KernelMap(memory, version, kmap_bytes, dmap=dmap or (DMAPBASE, DMAPEND))
    starts = sorted({pa // LARGE * LARGE for pa in dump})
    for number, pa in enumerate(starts[:kmap_bytes // 8]):
        kmap.large(KERNBASE + number * LARGE, pa, "rw-" if number % 2 else "r-x")
    mini = minidump(version, memory, kmap)
    mini.ranges = ranges
    mini.dump = set(dump)
    for name, value in changes.items():
        setattr(mini, name, value)
    made = finish("amd64-v%d-%s" % (version, what), mini, kmap)
    made.damage = what in ("unaligned", "avail-unterminated", "bitmap-13-bytes", "trailing-512")
    if finding:
        made.answers.add("finding", finding)
    return made


def pages(start, *numbers):
    return [start + number * PAGE for number in numbers]


def ranges():
    """What dump_avail may say."""
    yield variant("unaligned", [(0x1800, 0x5400), (0x200000, 0x203001)],
                  pages(0, 1, 2, 5) + pages(0x200000, 0, 3))
    shared = [(0x1000, 0x4800), (0x4C00, 0x8000)]
    yield variant("shared-page", shared, pages(0, 2, 4, 5, 7))
    yield variant("shared-page-both-bits", shared, pages(0, 2, 4, 5, 7), stray=[4])
    two = [(0, 0x8000), (0x100000, 0x104000)]
    some = pages(0, 0, 3, 7) + pages(0x100000, 1, 2)
    flat = [value for pair in two for value in pair]
    yield variant("avail-unterminated", two, some, avail_pairs=flat, avail_bytes=32)
    yield variant("avail-full-page", [(n * 0x10000, n * 0x10000 + 0x2000) for n in range(256)],
                  pages(0, 0, 1, 16, 0xFF1), avail_pairs=[
                      value for n in range(256) for value in (n * 0x10000, n * 0x10000 + 0x2000)])
    yield variant("avail-odd-bytes", two, some, avail_pairs=flat + [0x200000, 0x300000],
                  avail_bytes=40)
    yield variant("avail-zero-ranges", [], [])
    yield variant("avail-absent", None, some)
    yield variant("avail-unsorted", two[:1], pages(0, 0, 3), "DAMAGED",
                  avail_pairs=[0, 0x8000, 0x100000, 0x0FF000, 0, 0])
    yield variant("avail-descending", two[1:], pages(0x100000, 1, 2), "DAMAGED",
                  avail_pairs=[0x100000, 0x104000, 0, 0x8000, 0, 0])
    yield variant("avail-empty-range", two[:1], pages(0, 0, 3), "DAMAGED",
                  avail_pairs=[0, 0x8000, 0x100000, 0x100000, 0x200000, 0x300000, 0, 0])
    yield variant("avail-above-52-bits", two[:1], pages(0, 0, 3), "DAMAGED",
                  avail_pairs=[0, 0x8000, 1 << 51, (1 << 52) + 0x1000, 0, 0])
    yield variant("avail-top-of-52-bits", two + [((1 << 52) - 0x4000, 1 << 52)],
                  some + pages((1 << 52) - 0x4000, 0, 3))


def bitmaps():
    """Sizes and fillings of the bitmap."""
    for bits in (511, 512, 1023, 1024, 1025, 2047, 2048, 3072):
        yield variant("bits-%d" % bits, [(0x100000, 0x100000 + bits * PAGE)],
                      pages(0x100000, 0, 1, 62, 63, 64, 65, 510, bits - 2, bits - 1))
    yield variant("all-set", [(0, 0x40000), (0x200000, 0x240000)],
                  pages(0, *range(64)) + pages(0x200000, *range(64)))
    yield variant("empty", [(0, 0x40000)], [])
    yield variant("bitmap-13-bytes", [(0, 104 * PAGE)], pages(0, 0, 63, 64, 95, 96, 103),
                  bitmap_bytes=13)
    yield variant("bitmap-short", [(0, 200 * PAGE)], pages(0, 0, 63, 64, 199), "DAMAGED",
                  bitmap_bytes=8)
    yield variant("bit-beyond-ranges", [(0, 0x8000)], pages(0, 1, 7), stray=[8, 700])


def regions():
    """Sizes of the other regions, and what may follow them."""
    one = [(0, 0x8000)]
    yield variant("trailing-512", one, pages(0, 1, 7), trailing=b"FreeBSD Kernel Dump".ljust(512))
    yield variant("no-msgbuf", one, pages(0, 1, 7), ring=b"")
    yield variant("msgbuf-1-byte", one, pages(0, 1, 7), ring=b"x")
    yield variant("no-map", one, pages(0, 1, 7), kmap_bytes=0)
    yield variant("map-13-bytes", one, pages(0, 1, 7), kmap_bytes=13)
    five = (0xFF01000000000000, 0xFF21000000000000)
    yield variant("la57", one, pages(0, 1, 7), dmap=five)
    yield variant("dmap-ends-in-memory", one, pages(0, 1, 3, 4, 7),
                  dmap=(DMAPBASE, DMAPBASE + 0x5000))
    yield variant("dmap-empty", one, pages(0, 1, 7), dmap=(DMAPBASE, DMAPBASE))
    big = variant("above-4g", [(0, 0x8000), (0x100000000, 0x100004000)],
                  pages(0, 2, 7) + pages(0x100000000, 1, 3), ring=Huge(0xFFFFF000))
    big.damage = False
    yield big


class Huge(bytes):
    """A ring of so many zero bytes that takes no room."""

    def __new__(cls, size):
        made = super().__new__(cls)
        made.size = size
        return made

    def __len__(self):
        return self.size

    def __add__(self, other):
        return bytes(other)


def refused(what, status, version=3, cut=None, patch=None, **values):
    """A dump that does not open."""
    memory = Memory()
    kmap = KernelMap(memory, version, PAGE)
    mini = minidump(version, memory, kmap)
    mini.ranges = [(0, 0x8000)] if version == 3 else None
    mini.dump = {0x1000}
    mini.values.update(values)
    piece = mini.build()
    if patch:
        piece = piece.patch(*patch)
    dump = Dump("amd64-refused-" + what, piece if cut is None else piece.cut(cut), status=status)
    dump.damage = dump.seed = False
    return dump


def headers():
    yield refused("version-0", "UNSUPPORTED", version=3, patch=(24, bytes(4)))
    yield refused("version-4", "UNSUPPORTED", patch=(24, b"\x04\0\0\0"))
    yield refused("version-big-endian", "UNSUPPORTED", patch=(24, b"\0\0\0\x03"))
    yield refused("other-machine", "UNSUPPORTED", patch=(17, b"vax\0\0"))
    yield refused("other-magic", "NOT_A_DUMP", patch=(0, b"M"))
    yield refused("kernbase-4k", "DAMAGED", kernbase=KERNBASE + PAGE)
    yield refused("kernbase-odd-v1", "DAMAGED", version=1, kernbase=KERNBASE + 8)
    yield refused("dmap-reversed", "DAMAGED", dmapbase=0xFFFFFC0000001000)
    yield refused("dmap-odd", "DAMAGED", dmapbase=0xFFFFF80000000008)
    yield refused("cut-in-header", "TRUNCATED", cut=40)
    yield refused("cut-in-avail-size", "TRUNCATED", cut=67)
    yield refused("cut-in-header-v2", "TRUNCATED", version=2, cut=63)


def dumps():
    yield from ranges()
    yield from bitmaps()
    yield from regions()
    yield from headers()
