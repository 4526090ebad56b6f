# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: headers of mips, powerpc64 and sparc64 that are odd, and what is said of them."""

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
    for n in range(3, 9):
        yield "mips-map-of-8-eio-%d" % n, told(
            ["arch mips64el", "open *", "describe findings *"], narrow + option(FAIL_READ, n)), \
            "a map that cannot be read says nothing"


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


def seeds():
    yield from old_maps()
    yield from images()
    yield from banks()
