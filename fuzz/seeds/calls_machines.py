# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: machines: headers that are odd and what is said of them, walks over their maps."""

import struct

from records import FAIL_READ, length, option, patch
from world import PAGE, told, u32

TOP = 2**64
KERNBASE = 0xC000000000000000
UNMAPPED = 0x0000000100000001  # two entries of FreeBSD 8, as one of a later kernel


def mips(mapsize, *records, version=1):
    """A minidump of mips64el; the map is behind a page of bitmap."""
    head = b"minidump FreeBSD/mips".ljust(24, b"\0") + u32(version, 0, PAGE, mapsize)
    return b"KSF1" + patch(0, head + struct.pack("<Q", KERNBASE)) + b"".join(records) + \
        length(2 * PAGE + mapsize)


def old_maps():
    """mips: a map that looks like one of FreeBSD 8 is told, where that is looked at."""
    start, most = 2 * PAGE, 1 << 20
    for name, mapsize, at, version, found in (
            ("", PAGE, 0x808, 1, True), ("-first", PAGE, 0, 1, True),
            ("-last", PAGE, PAGE - 8, 1, True), ("-between", PAGE, 0x80C, 1, False),
            ("-in-the-tail", 0x804, 0x800, 1, False), ("-version-2", PAGE, 0x808, 2, False),
            ("-last-looked-at", 2 * most, most - 8, 1, True),
            ("-behind-what-is-looked-at", 2 * most, most, 1, False)):
        said = ["describe findings 1", "finding 0 DAMAGED file 0x%x" % (start + at)] if found else \
            ["describe findings 0"]
        yield "mips-map-of-8" + name, told(
            ["arch mips64el", "open OK", *said],
            mips(mapsize, patch(start + at, struct.pack("<Q", UNMAPPED)), version=version)), \
            "note_8x: two narrow entries that are not valid"
    narrow = mips(PAGE, patch(start + 0x808, struct.pack("<Q", UNMAPPED)))
    yield "mips-map-of-8-known", told(
        ["arch mips64el", "entry_bytes 4", "open OK", "describe findings 0"], narrow), \
        "the caller knows"
    yield "mips-map-of-8-cut", told(
        ["arch mips64el", "open OK", "finding 0 *", "finding 1 *"], narrow + length(start + 0x80C))
    for n, found in ((3, 0), (4, 0), (5, 0), (6, 1)):
        yield "mips-map-of-8-eio-%d" % n, told(
            ["arch mips64el", "open OK", "describe findings %d" % found],
            narrow + option(FAIL_READ, n)), "a map that cannot be read says nothing"


def powerpc64(start, end, *records):
    """A minidump with a hashed table, whose kernel's image runs from start to end."""
    head = b"minidump FreeBSD/powerpc64".ljust(32, b"\0") + b"mmu_g5".ljust(32, b"\0")
    head += struct.pack(">4I", 1, 0, PAGE, 0)
    head += struct.pack(">4Q", 0xE000000000000000, 0xE0000007FFFFFFFF, KERNBASE, KERNBASE + 0xFFFFFF)
    head += struct.pack(">I4xQQ", 1, start, end)
    return b"KSF1" + patch(0, head) + b"".join(records) + length(3 * PAGE)


def images():
    """powerpc64: where the kernel's image ends, as it was linked: at 0x100100 it begins."""
    most = TOP - 1 - 0x100100
    for name, start, end, status in (
            ("", 0x4000, 0x8000, "OK"), ("-empty", 0x4000, 0x4000, "OK"),
            ("-ends-before-it-starts", 0x4000, 0x3FFF, "DAMAGED file 128"),
            ("-passes-the-top", 0, most + 1, "DAMAGED file 128"),
            ("-rounded-passes-the-top", 0, most, "DAMAGED file 128"),
            ("-rounded-passes-the-top-just", 0, most - 0xFFE, "DAMAGED file 128"),
            ("-ends-at-the-top", 0, most - 0xFFF, "OK")):
        yield "powerpc64-image" + name, told(["arch powerpc64", "open " + status],
                                             powerpc64(start, end)), "add_image_and_direct_map"


class Sparc64:
    """Banks of memory one behind the other, the first of which has the TSB at its start."""

    def __init__(self, *banks, **header):
        self.banks, self.data = list(banks), 512
        self.header = dict(dict(hdr_size=512, tsb_pa=banks[0][0] if banks else 0, tsb_size=0x2000,
                                tsb_mask=0xFF, nregions=len(banks)), **header)

    def ksf(self, cut=None, moved=()):
        h = self.header
        head = struct.pack(">4QI4x", h["hdr_size"], h["tsb_pa"], h["tsb_size"], h["tsb_mask"],
                           h["nregions"])
        at = self.data
        for number, (pa, size) in enumerate(self.banks):
            head += struct.pack(">3Q", pa % TOP, size % TOP, at + dict(moved).get(number, 0))
            at = (at + size) % TOP
        return b"KSF1" + patch(0, head) + length(max(at, 0x8000) if cut is None else cut)


def banks():
    """sparc64: what cannot be is refused, what no writer does is told."""
    sound = Sparc64((0x2000, 0x4000), (0x10000, 0x2000))
    yield "sparc64-sound", told(["open OK", "describe arch sparc64", "describe findings 0"],
                                sound.ksf())
    for pa, size, what in ((TOP - 0x2000, 0x4000, "wraps"), ((1 << 43) - 0x2000, 0x4000, "passes"),
                           (1 << 43, 0x2000, "is-above")):
        yield "sparc64-bank-%s-2-43" % what, told(
            ["arch sparc64", "open DAMAGED file %d" % (40 + 24)],
            Sparc64((0x2000, 0x4000), (pa, size)).ksf()), "add_region: 43 bits of address"
    yield "sparc64-bank-ends-at-2-43", told(
        ["open OK", "describe findings 0"], Sparc64((0x2000, 0x4000), ((1 << 43) - 0x2000, 0x2000)).ksf())
    for a, b, overlap in (((0x2000, 0x4000), (0x4000, 0x4000), True),
                          ((0x4000, 0x4000), (0x2000, 0x4000), True),
                          ((0x2000, 0x8000), (0x4000, 0x2000), True),
                          ((0x4000, 0x2000), (0x2000, 0x8000), True),
                          ((0x2000, 0x2000), (0x2000, 0x2000), True),
                          ((0x2000, 0x4000), (0x6000, 0x2000), False),
                          ((0x6000, 0x2000), (0x2000, 0x4000), False)):
        yield "sparc64-banks-%x-%x-and-%x-%x" % (*a, *b), told(
            ["open DAMAGED file %d" % (40 + 24) if overlap else "open OK"],
            Sparc64(a, b).ksf()), "check_overlap"
    yield "sparc64-hdr-size-of-two-blocks", told(
        ["arch sparc64", "open OK", "describe findings 1", "finding 0 DAMAGED file 0"],
        Sparc64((0x2000, 0x4000), hdr_size=1024).ksf(moved=((0, 512),))), "note_suspects"
    for size in (0, 511, TOP - 1):
        yield "sparc64-hdr-size-%x" % size, told(
            ["arch sparc64", "open OK", "describe findings 2", "finding 0 DAMAGED file 0",
             "finding 1 DAMAGED file 56"], Sparc64((0x2000, 0x4000), hdr_size=size).ksf()), \
            "note_suspects: where the data begin is odd too"
    yield "sparc64-bank-of-no-pages", told(
        ["open OK", "describe findings 1", "finding 0 DAMAGED file %d" % (40 + 24 + 8)],
        Sparc64((0x2000, 0x4000), (0x10000, 0x1000)).ksf()), "note_suspects"
    yield "sparc64-bank-behind-a-gap", told(
        ["arch sparc64", "open OK", "describe findings 1",
         "finding 0 DAMAGED file %d" % (40 + 24 + 16)],
        Sparc64((0x2000, 0x4000), (0x10000, 0x2000)).ksf(moved=((1, 0x200),))), "note_suspects"
    yield "sparc64-bank-in-the-header", told(
        ["arch sparc64", "open DAMAGED file %d" % (40 + 16)],
        Sparc64((0x2000, 0x4000)).ksf(moved=((0, -512 + 63),))), "add_region"
    for n, status in ((0, "DAMAGED file 32"), (129, "DAMAGED file 32"), (0x80000000, "DAMAGED file 32")):
        yield "sparc64-regions-%x" % n, told(["arch sparc64", "open " + status],
                                             Sparc64((0x2000, 0x4000), nregions=n).ksf())
    for at in (1, 32, 35, 36, 39, 40, 63, 64, 87):
        yield "sparc64-cut-%d" % at, told(["arch sparc64", "open TRUNCATED file %d" % at],
                                          sound.ksf(cut=at)), "segments: the header is not whole"
    for what, given, at in (("odd", {"tsb_pa": 0x2010}, 8), ("outside", {"tsb_pa": 0x8000}, 8),
                            ("passes-its-bank", {"tsb_pa": 0x5000}, 8),
                            ("before-its-bank", {"tsb_pa": 0x1FE0}, 8),
                            ("mask-too-large", {"tsb_mask": 0x100}, 24),
                            ("mask-absurd", {"tsb_mask": 1 << 38, "tsb_size": TOP - 32}, 24),
                            ("mask-all-ones", {"tsb_mask": TOP - 1, "tsb_size": 0}, 24)):
        yield "sparc64-tsb-" + what, told(
            ["arch sparc64", "open DAMAGED file %d" % at],
            Sparc64((0x2000, 0x4000), **given).ksf()), "add_tsb"
    yield "sparc64-tsb-fills-its-bank", told(
        ["open OK"], Sparc64((0x2000, 0x2000)).ksf())


# ---- Walks ----

def walk(found, end="done"):
    """found: (pa, bytes, va) in the order of the walk."""
    return ["walk 1", *("next OK 0x%x * 0x%x 0x%x" % row for row in found), "next " + end]


def i386(kernbase, entries, mapsize, *lines, eio=None):
    head = b"minidump FreeBSD/i386".ljust(24, b"\0") + u32(1, 0, PAGE, mapsize, kernbase, 0)
    data = b"KSF1" + patch(0, head) + patch(PAGE, b"\xff") + patch(2 * PAGE, u32(*entries)) + \
        length(11 * PAGE)
    return told(["open OK", *lines], data + (option(FAIL_READ, eio) if eio else b""))


def flat_maps():
    four = [0x1003 + PAGE * n for n in range(4)]
    yield "i386-map-to-the-top", i386(
        0xFFFFE000, four, 16, *walk([(0x1000, PAGE, 0xFFFFE000), (0x2000, PAGE, 0xFFFFF000)]),
        "xlat 0xfffff010 0x2010 0x%x 0xff0 OK" % (5 * PAGE + 0x10),
        "xlat 0x100000000 - - 0xffffffff00000000 NO_MAP", "xlat 0xfff - - 0xffffd001 NO_MAP"), \
        "what 32 bits do not reach is not walked"
    yield "i386-map-of-two", i386(
        0xC0000000, four, 8, *walk([(0x1000, PAGE, 0xC0000000), (0x2000, PAGE, 0xC0001000)]),
        "xlat 0xc0002000 - - 0x3fffe000 NO_MAP", "xlat 0xbfffffff - - 1 NO_MAP",
        "xlat 0xffffffff - - 1 NO_MAP"), "what lies behind the map is no entry"
    yield "i386-map-of-two-and-a-tail", i386(
        0xC0000000, four, 11, *walk([(0x1000, PAGE, 0xC0000000), (0x2000, PAGE, 0xC0001000)]))
    holes = [0] * 1024
    holes[3], holes[700], holes[1023] = four[:3]
    yield "i386-map-with-holes", i386(
        0xC0000000, holes, PAGE, *walk([(0x1000, PAGE, 0xC0003000), (0x2000, PAGE, 0xC02BC000),
                                        (0x3000, PAGE, 0xC03FF000)]),
        "xlat 0xc0000000 - - 0x3000 NOT_MAPPED")
    for n, first, second in ((3, "IO", "OK"), (4, "IO", "OK"), (5, "OK", "IO"), (6, "OK", "IO")):
        yield "i386-map-eio-%d" % n, i386(
            0xC0000000, four, 16, "va 0xc0000000 8 * * " + first, "va 0xc0001000 8 * * " + second,
            eio=n), "an entry that cannot be read, a page that cannot"


    cut = i386(0xC0000000, four, 16)
    for more in (8, 9, 11):
        yield "i386-map-cut-%d" % more, told(
            ["open OK", "xlat 0xc0002000 - - 0x2000 TRUNCATED"],
            cut[cut.index(b"KSF1"):] + length(2 * PAGE + more)), "a part of an entry is none of it"


def mips_pages():
    data = mips(PAGE, patch(PAGE, b"\3")) + length(5 * PAGE)
    yield "mips-pages-without-direct-map", told(
        ["arch mips64el", "open OK", "walk 0", "next OK 0 0x3000 0x1000 * -",
         "next OK 0x1000 0x4000 0x1000 * -", "next done", "xlat 0x9800000000001008 0x1008 0x4008 * OK",
         "xlat 0xffffffff80001008 0x1008 0x4008 * OK"], data), "segments that cut bits off are none"
    bitmap = 0x11000
    head = b"minidump FreeBSD/mips".ljust(24, b"\0") + u32(1, 0, bitmap, 0)
    data = b"KSF1" + patch(0, head + struct.pack("<Q", 0xC0000000)) + \
        patch(PAGE + 0x80000 // 8, b"\1") + length(2 * PAGE + bitmap)
    yield "mips-page-that-looks-like-kseg0", told(
        ["arch mipsel", "open OK", "walk 0", "next OK 0x80000000 0x12000 0x1000 * -", "next done"],
        data), "a physical address that is also one of a segment"


def alias_in_front():
    """The image's run-time addresses lie around its link addresses, and in no map."""
    yield "powerpc64-image-around-itself", told(
        ["arch powerpc64", "open OK", "xlat 0x100100 - - 0x200f00 NO_MAP",
         "xlat 0x100000 - - 0x201000 NO_MAP", "xlat 0xff000 - - 0x1000 NO_MAP",
         "xlat 0x301000 - - 0xbfffffffffcff000 NO_MAP"], powerpc64(0x4000, 0x204000)), \
        "where the alias leads, its own addresses are no edge"


def vsid_of(va):
    """slb.h: the number of a kernel's segment, scattered."""
    esid = va >> 28
    return ((esid << 8 | esid >> 28) * 0x13BB) & (2**36 - 1) | 2**36


class Hashed:
    """A hashed table of 2,048 groups, big-endian in a dump of either order."""

    START, GROUPS = 2 * PAGE, 2048

    def __init__(self, order=">", mmu=b"mmu_g5"):
        self.slots, self.order, self.mmu = {}, order, mmu

    def put(self, va, slot, pa, change=0, second=False, at=None, listed=True, bytes_=PAGE):
        """change: bits of the first word; listed: does a walk name it?"""
        page = va >> 12 & 0xFFFF
        group = (vsid_of(va) ^ page ^ (-1 if second else 0)) % self.GROUPS
        word = vsid_of(va) << 12 | page >> 11 << 7 | 2 * second | 1
        self.slots[8 * group + slot if at is None else at] = (
            word ^ change, pa | 2, (pa, bytes_, va) if listed else None)
        return self

    def raw(self, slot, word):
        self.slots[slot] = (word, 0x2002, None)
        return self

    def found(self, before=1 << 20):
        return [row for slot, (*_, row) in sorted(self.slots.items()) if row and slot < before]

    def ksf(self, cut=None):
        head = b"minidump FreeBSD/powerpc64".ljust(32, b"\0") + self.mmu.ljust(32, b"\0")
        head += struct.pack(self.order + "4I4QI4xQQ", 1, 0, PAGE, 128 * self.GROUPS,
                            0xE000000000000000, 0xE0000007FFFFFFFF, KERNBASE, KERNBASE + 0xFFFFFF,
                            1, 0x4000, 0x8000)
        slots = b"".join(patch(self.START + 16 * slot, struct.pack(">QQ", word, lo))
                         for slot, (word, lo, _) in sorted(self.slots.items()))
        return b"KSF1" + patch(0, head) + slots + \
            length(self.START + 128 * self.GROUPS + 4 * PAGE if cut is None else cut)

    def seed(self, *lines, cut=None):
        before = (1 << 20) if cut is None else cut
        arch = "powerpc64" if self.order == ">" else "powerpc64le"
        return told(["arch " + arch, "open OK", *walk(self.found(before)), *lines],
                    self.ksf(None if cut is None else self.START + 16 * cut + 8))


def hashed_maps():
    va = 0xE000000000003000
    mates = [va ^ n << 23 for n in range(1, 8)]

    def group():
        return Hashed().put(va, 0, 0x1000).put(mates[0], 3, 0x2000)
    yield "powerpc64-walk-group", group().put(mates[1], 7, 0x3000).seed(), "all of a group"
    yield "powerpc64-walk-second-hash", group().put(mates[1], 2, 0x3000, second=True).seed()
    for what, change in (("not-valid", 1), ("of-a-terabyte", 1 << 62), ("of-a-user", 1 << 48)):
        yield "powerpc64-walk-" + what, group().put(mates[1], 1, 0x3000, change, listed=False).put(
            mates[2], 5, 0x4000).seed(), "address_of: no entry of a kernel"
    yield "powerpc64-walk-real-mode", group().raw(40, 0x1FFFFFF << 24 | 1).seed(), \
        "address_of: the hypervisor's"
    for what, at, listed in (("in", KERNBASE, True), ("below", KERNBASE - (1 << 28), False),
                             ("above", KERNBASE + (1 << 28), False)):
        yield "powerpc64-walk-large-%s-the-direct-map" % what, group().put(
            at, 1, 0x3000000, 4, at=77, listed=listed, bytes_=1 << 24).seed(), \
            "address_of: large pages are of the direct map"
    last = 0xE000000000000000 | ((vsid_of(0xE << 60) ^ 2047) & 0x7FF) << 12
    full = group().put(last, 7, 0x3000).put(va, 0, 0x3000, at=8 * 2048, listed=False)
    full.put(mates[3], 0, 0x3000, at=8 * 2048 + 1, listed=False)
    yield "powerpc64-walk-to-the-last-slot", full.seed(), "what lies behind the table is no entry"
    first = min(group().slots)
    for slots in (0, 1, 3, 4, 7, 8):
        yield "powerpc64-walk-cut-%d" % slots, group().seed(cut=first + slots), \
            "entries of which the file has all"
    for what, word in (("not-valid", 1 << 48), ("of-a-terabyte", 1 << 62 | 1 << 48 | 1), ("of-a-user", 1)):
        table = Hashed("<", b"mmu_phyp").put(va, 0, 0x1000).put(mates[0], 3, 0x2000)
        for n in range(3):
            table.raw(100 + n, int.from_bytes(struct.pack("<Q", word), "big"))
        yield "powerpc64-order-in-spite-of-" + what, table.seed(), \
            "is_kernels: what has no vote in which order the table is"
    yield from large_table()


def large_table():
    """Of 2 GiB, 64 MiB in pieces of 1 KiB, 33 KiB apart, are asked in which order they are: one entry, in one
    of them, and three of the other that lie between."""
    table = Hashed("<", b"mmu_phyp")
    table.GROUPS = 1 << 24
    va = next(at for at in range(0xE000000000003000, 1 << 64, 1 << 28)
              if (vsid_of(at) ^ 3) % table.GROUPS // 8 % 33 == 0 and (vsid_of(at) ^ 3) % table.GROUPS > 1 << 23)
    table.put(va, 0, 0x1000)
    for n in range(3):
        table.raw(64 + n, int.from_bytes(struct.pack("<Q", vsid_of(va) << 12 | 1), "big"))
    yield "powerpc64-order-of-2-gib", \
        told(["arch powerpc64le", "open OK", "xlat 0x%x 0x1000 - 0x1000 NOT_DUMPED va 0x%x" % (va, va)],
             table.ksf()), \
        "kvs_hashed_order: SAMPLE_BYTES; a table of holes took seconds"


class Tsb(Sparc64):
    """The TSB of 256 slots, whose bank has another page behind it."""

    def __init__(self, **header):
        super().__init__((0x2000, 0x4000), **header)
        self.slots, self.rows = {}, {}

    def put(self, va, pa, size=0, slot=None, listed=True, valid=1, tag_size=None):
        shift = 13 + 3 * size
        slot = va >> 13 & 0xFF if slot is None else slot
        tag = va >> shift << 2 | (size if tag_size is None else tag_size)
        self.slots[slot] = struct.pack(">QQ", tag, valid << 63 | size << 61 | pa | 0x536)
        if listed:
            self.rows[slot] = (pa + (va & ((1 << shift) - 1)), 0x2000, va)
        return self

    def found(self, less=()):
        return [row for slot, row in sorted(self.rows.items()) if slot not in less]

    def seed(self, *lines, records=b"", less=(), cut=None):
        data = self.ksf(cut) if cut is not None else self.ksf()
        slots = b"".join(patch(512 + 32 * n, pair) for n, pair in sorted(self.slots.items()))
        return told(["arch sparc64", "open OK", *walk(self.found(less)), *lines],
                    data + slots + (b"" if cut is None else length(cut)) + records)


def tsbs():
    va = 0xC0002000

    def three():
        return Tsb().put(va, 0x10000).put(va + 0x2000, 0x12000).put(va + 255 * 0x2000 - 0x2000, 0x14000)
    yield "sparc64-walk", three().seed(), "slots in their order"
    yield "sparc64-walk-large", three().put(va + 0x16000, 0x40000, 1).seed(), \
        "a slot of a large page speaks for 8 KiB"
    yield "sparc64-walk-not-valid", three().put(va + 0x8000, 0x16000, valid=0, listed=False).seed()
    yield "sparc64-walk-other-slot", three().put(va + 0x8000, 0x16000, slot=9, listed=False).seed()
    yield "sparc64-walk-other-size", three().put(va + 0x16000, 0x40000, 1, tag_size=0,
                                                 listed=False).seed(), "a tag of 8 KiB, a larger page"
    yield "sparc64-walk-above-the-hole", three().put(0xFFFFF80000006000, 0x16000, listed=False).seed()
    yield "sparc64-walk-behind-the-tsb", three().put(va, 0x16000, slot=256, listed=False).put(
        va, 0x16000, slot=257, listed=False).seed()
    for at, less in ((0x227, (1, 2, 255)), (0x22F, (1, 2, 255)), (0x230, (2, 255)),
                     (0x24F, (2, 255)), (0x250, (255,)), (0x21EF, (255,)), (0x21F0, ())):
        yield "sparc64-walk-cut-%x" % at, three().seed(cut=at, less=less), \
            "slots of which the file has all"


    for n, less in ((2, ()), (4, (1,)), (5, (1,)), (6, (2,)), (7, (2,))):
        yield "sparc64-walk-eio-%d" % n, three().seed(records=option(FAIL_READ, n), less=less), \
            "a slot that cannot be read is stepped over"
    for n in (2, 3):
        yield "sparc64-eio-%d" % n, told(
            ["arch sparc64", "open OK", "xlat 0x%x - - 0x2000 IO" % va],
            three().ksf() + option(FAIL_READ, n)), "both words of a slot are needed"


def seeds():
    yield from old_maps()
    yield from images()
    yield from banks()
    yield from flat_maps()
    yield from mips_pages()
    yield from alias_in_front()
    yield from hashed_maps()
    yield from tsbs()
