# SPDX-License-Identifier: BSD-2-Clause
"""More seeds of the target `phdrs`: each rule of the ELF header, of a core's segments, of their pages."""

import random
import struct

from gen import elf

from phdrs import core, load
from records import BITS, FAIL_ALLOCATION, FAIL_READ, HEADERS, LIE_READ, SHORT, length, option, \
    patch, run

TOP = 2**64
TWO = [load(0, 0x3000, 0x1000), load(0x100000, 0x5000, 0x4000)]


def section0(at, bits=64, order="<", **values):
    return patch(at, elf.record(elf.SHDR, bits, order, values))


def idents():
    sound = core(TWO)
    for at, what, values in ((4, "class", (0, 3)), (5, "data", (0, 3)), (6, "version", (0, 2)),
                             (0, "magic", (0x7E,))):
        for value in values:
            yield "ident-%s-%d" % (what, value), sound + patch(at, bytes((value,)))
    for bits, sizes in ((32, (51, 52)), (64, (63, 64))):
        for size in sizes:
            yield "cut-in-header-%d" % size, core([], bits, size=size), \
                "all bytes of the header must be there"
    yield "cut-in-ident", core([], size=15)
    yield "ident-alone", core([], size=16)
    yield "e-version-1", sound + patch(20, b"\1")
    yield "e-version-2", sound + patch(20, b"\2"), "e_version is 0 or 1"
    yield "ehsize", sound + patch(52, b"\x3f")
    yield "ehsize-32", core(TWO, 32) + patch(40, b"\x40")
    for kind in range(5):
        yield "type-%d" % kind, core(TWO, type=kind, shoff=0x8000, shnum=1, shentsize=64)
    yield "type-dyn-32", core(TWO, 32, type=3, shoff=0x8000, shnum=1, shentsize=40)


def counts():
    yield "no-header-of-wrong-size", core([], phentsize=55), "a size is judged where there are entries"
    yield "no-header-beyond-the-end", core([], phoff=0x10000), "a table without entries lies nowhere"
    yield "no-section-beyond-the-end", core(TWO, shoff=0x10000, shnum=0)
    yield "section-entry-size", core(TWO, shoff=0x8000, shnum=1, shentsize=63), \
        "the entry size counts even where the table is not wanted"
    yield "section-entry-size-none", core(TWO, shoff=0, shnum=1, shentsize=63)
    yield "section-entry-size-extended", core(TWO, shoff=0x8000, shnum=0, shentsize=63), \
        "only who wants sections reads section 0"
    yield "segments-extended-entry-size", core(TWO, phnum=0xFFFF, shoff=0x8000, shentsize=63)
    yield "sections-without-offset", core(TWO, shoff=0, shnum=7, shentsize=64)
    yield "sections-past-end", core(TWO, shoff=0x8FC1, shnum=1, shentsize=64)
    yield "sections-to-the-end", core(TWO, shoff=0x8FC0, shnum=1, shentsize=64)
    yield "sections-offset-wraps", core(TWO, shoff=TOP - 64, shnum=2, shentsize=64), \
        "offset + size is 64 again"
    yield "sections-0-past-end", core(TWO, shoff=0x8FC1, shnum=0, shentsize=64)
    yield "sections-0-offset-wraps", core(TWO, shoff=TOP - 32, shnum=0, shentsize=64)
    for bits, size in ((32, 40), (64, 64)):
        for order, name in (("<", "le"), (">", "be")):
            head = core(TWO, bits, order, shoff=0x8000, shnum=0, shentsize=size)
            for count in (0, 3, 0x1000 // size, 0x1000 // size + 1):
                yield "sections-extended-%d-%s-%d" % (bits, name, count), \
                    head + section0(0x8000, bits, order, size=count) + length(0x9000)
            yield "segments-extended-%d-%s" % (bits, name), \
                core(TWO, bits, order, phnum=0xFFFF, shoff=0x8000, shnum=0, shentsize=size) \
                + section0(0x8000, bits, order, size=1, info=2) + length(0x9000)
    head = core(TWO, shoff=0x8000, shnum=0, shentsize=64)
    yield "sections-extended-wraps", head + section0(0x8000, size=2**58 + 1) + length(0x9000), \
        "count times size is 64 modulo 2^64"
    xnum = core(TWO, phnum=0xFFFF, shoff=0x8000, shnum=1, shentsize=64) \
        + section0(0x8000, info=2) + length(0x9000)
    yield "segments-extended-of-a-kernel", xnum + patch(16, b"\2")
    for n in range(1, 5):
        yield "section-0-read-%d-fails" % n, xnum + option(FAIL_READ, n)
        yield "section-0-read-%d-ends" % n, xnum + option(SHORT, n)


def looks():
    """Files that are handed in as a kernel; also those that almost look like something."""
    def file(head, size=512):
        return b"KSF1" + patch(0, head) + length(size)

    for name, head in (("minidump", b"minidump FreeBSD/amd64"), ("kernel-dump", b"FreeBSD Kernel Dump"),
                       ("text-dump", b"FreeBSD Text Dump"), ("cleared", b"Cleared Kernel Dump"),
                       ("gzip", b"\x1f\x8b"), ("zstd", b"\x28\xb5\x2f\xfd"), ("xz", b"\xfd7zXZ"),
                       ("bzip2", b"BZh9"), ("info", b"Dump header from device: ada0p2"),
                       ("text", b"hello")):
        yield "looks-" + name, file(head)
        if name == "bzip2":
            yield "looks-bzip2-short", file(head, 2), "a magic that the file ends in is none"
    yield "looks-tar", file(bytes(257) + b"ustar")
    yield "looks-tar-short", file(bytes(257) + b"ustar", 261)
    yield "looks-empty", file(b"", 0)
    yield "looks-zeros", file(b"", 600)
    yield "looks-zeros-but-the-last", file(bytes(511) + b"\1")
    for kind in range(4):
        yield "looks-key-of-kind-%d" % kind, \
            file(bytes((kind,)) + bytes(32) + struct.pack(">I", 256) + b"\1")
    for modulus in (127, 128, 512, 1024, 2048):
        yield "looks-key-of-%d" % modulus, file(b"\1" + bytes(32) + struct.pack(">I", modulus), 37)
    yield "looks-key-cut", file(b"\1" + bytes(32) + struct.pack(">I", 256), 36)
    yield "looks-read-ends", file(b"BZh9") + option(SHORT, 1)
    yield "looks-read-fails", file(b"BZh9") + option(FAIL_READ, 1)
    yield "header-read-ends", core(TWO, type=2) + option(SHORT, 2)
    yield "header-read-fails", core(TWO, type=2) + option(FAIL_READ, 2)
    yield "header-read-lies", core(TWO, type=2) + option(LIE_READ, 2)


def virtual():
    yield "own-virtual", core([load(0, 0x3000, 0x1000, vaddr=0xC0000000),
                               load(0x4000, 0x2000, 0x4000, vaddr=0xC0010000)]) + patch(7, b"\t")
    yield "own-virtual-none", core([load(0, 0x3000, 0x1000, vaddr=TOP - 1)]) + patch(7, b"\t")
    yield "own-virtual-same", core(TWO) + patch(7, b"\t"), "a copy of p_paddr is no virtual address"
    yield "own-virtual-some", core([TWO[0], dict(TWO[1], vaddr=0x200000)]) + patch(7, b"\t")
    yield "own-virtual-wraps", core([load(0, 0x3000, 0x1000, vaddr=TOP - 0x1000), TWO[1]]) \
        + patch(7, b"\t")
    yield "own-virtual-overlap", core([load(0, 0x3000, 0x1000, vaddr=0xC0001000),
                                       load(0x4000, 0x3000, 0x4000, vaddr=0xC0000000)]) + patch(7, b"\t")
    none = dict(paddr=TOP - 1)
    yield "virtual-only", core([dict(TWO[0], **none), dict(TWO[1], **none)])
    yield "virtual-only-32", core([dict(load_, paddr=2**32 - 1) for load_ in TWO], 32)
    yield "virtual-only-32-cut", core([dict(load_, paddr=2**32 - 1) for load_ in TWO], 32) \
        + option(BITS, 1)
    yield "virtual-after-physical", core([TWO[0], dict(TWO[1], **none)])
    yield "physical-after-virtual", core([dict(TWO[0], **none), TWO[1]])
    yield "physical-of-no-use", core([load(TOP - 0x1000, 0x3000, 0x1000, vaddr=0)]) + patch(7, b"\t")
    yield "two-deltas", core(TWO + [dict(type=0x6FB5D000, vaddr=n, paddr=n + 1, align=n + 2)
                                    for n in (0x1000, 0x2000)])
    yield "delta-32-be", core(TWO + [dict(type=0x6FB5D000, vaddr=7, paddr=8, align=9)], 32, ">")


def edges():
    yield "nothing-of-use", core([load(0, 0, 0x1000), load(0x5000, 0, 0x1000)])
    yield "offset-to-2-64", core([load(0, 0x1000, TOP - 0x1000), TWO[1]])
    yield "offset-past-2-64", core([load(0, 2**63, TOP - 0x1000), TWO[1]]), \
        "the end of its bytes in the file, modulo 2^64, is in no file"
    yield "offset-at-end", core([load(0, 0x1000, 0x9000), TWO[1]])
    yield "empty-behind-end", core([load(0x7000, 0, 0xA000, 0x1000), TWO[1]])
    yield "passes-4-gib-32", core([load(0xFFFFE000, 0x3000, 0x1000), TWO[1]], 32)
    yield "ends-at-4-gib-32", core([load(0xFFFFD000, 0x3000, 0x1000), TWO[1]], 32)
    yield "passes-4-gib-64", core([load(0xFFFFE000, 0x3000, 0x1000), TWO[1]])
    yield "largest-memory", core([load(0, 0x3000, 0x1000, TOP - 1)])
    yield "top-and-cut", core([load(TOP - 0x3000, 0x3000, 0x1000), TWO[0]], size=0x2800)
    yield "top-and-0-neighbours-in-the-file", core([load(TOP - 0x1000, 0x1000, 0x1000),
                                                    load(0, 0x1000, 0x2000)]), \
        "address 0 does not follow the last one"
    yield "top-overlap", core([load(TOP - 0x1000, 0x1000, 0x1000), load(TOP - 0x3000, 0x3000, 0x3000)])
    yield "top-overlap-same", core([load(TOP - 0x2000, 0x2000, 0x1000),
                                    load(TOP - 0x2000, 0x2000, 0x3000)])
    yield "top-not-dumped", core([load(TOP - 0x3000, 0x1000, 0x1000, 0x3000)])
    yield "one-byte", core([load(0x1FFF, 1, 0x1000)])
    yield "one-byte-at-0-twice", core([load(0, 1, 0x1000), load(0, 1, 0x1001)]), \
        "a segment that ends at address 0 is one too"
    yield "neighbours-in-the-file", core([load(0x1000, 0x800, 0x1000), load(0x1800, 0x800, 0x1800)])
    yield "neighbours-in-memory-alone", core([load(0x1000, 0x800, 0x1000), load(0x1800, 0x800, 0x4000)])
    yield "middle-of-a-page", core([load(0x1200, 0x100, 0x1200), load(0x1800, 0x1400, 0x1800),
                                    load(0x2E00, 0x100, 0x4000)])
    yield "page-of-two-and-cut", core([load(0x1000, 0x800, 0x1000), load(0x1900, 0x600, 0x8F00)])
    yield "page-cut-away-and-back", core([load(0x1000, 0x800, 0x9000), load(0x1800, 0x2000, 0x1800)])
    yield "behind-what-is-cut-away", core([load(0x1000, 0x1000, 0x9000), load(0x4000, 0x1000, 0x9800),
                                           load(0x8000, 0x1000, 0x1000)])
    yield "present-then-memory", core([load(0x1000, 0x900, 0x1000, 0x5000), load(0x3000, 0x200, 0x3000)])


def overlapping():
    stairs = [load(0, 0x800 * (n + 1), 0x1000 + 0x400 * n) for n in range(9)]
    yield "overlap-stairs", core(stairs), "each end uncovers the next"
    yield "overlap-stairs-down", core(stairs[::-1])
    yield "overlap-fan", core([load(0x800 * (9 - n), 0x6000, 0x1000 + 0x100 * n) for n in range(9)])
    yield "overlap-inside-many", core([load(0x1000 * n, 0x400, 0x1000 + n) for n in range(7)]
                                      + [load(0, 0x8000, 0x800)])
    far = [load(0x100000 + 0x1000 * n, 0x100, 0x400) for n in range(2)]
    yield "overlap-heap", core([load(0, 0x1000, 0x1000), load(0x200, 0x1E00, 0x2000),
                                load(0x600, 0x7A00, 0x1000), *far]
                               + [load(at, 0x8000 - at, 0x800) for at in (0x100, 0x300, 0x400, 0x500)]), \
        "in a heap 0 5 1 6 7 8 2 the last one stays above the sons of the first"
    yield "overlap-cut", core([load(0x2000, 0x1000, 0x1000), load(0, 0x6000, 0x5000)], size=0x6800)
    yield "overlap-cut-first", core([load(0x2000, 0x3000, 0x8000), load(0, 0x6000, 0x1000)])
    yield "overlap-memory-by-memory", core([load(0, 0x800, 0x1000, 0x4000),
                                            load(0x2000, 0x800, 0x2000, 0x4000)])
    yield "overlap-gap-overlap", core([load(0, 0x2000, 0x1000), load(0x1000, 0x2000, 0x3000),
                                       load(0x8000, 0x2000, 0x1000), load(0x9000, 0x2000, 0x3000)])
    for seed in range(12):
        dice = random.Random(seed)
        loads = []
        for _ in range(dice.choice((3, 5, 6, 11, 17))):
            filesz = dice.choice((0, 0x100, 0x700, 0x1000, 0x2300, 0x4000))
            loads.append(load(dice.randrange(0, 0x9000, 0x100), filesz, dice.randrange(0x400, 0x9800, 0x80),
                              filesz + dice.choice((0, 0, 0, 0x80, 0x1200))))
        yield "overlap-lot-%d" % seed, core(loads)


def cut_to_32():
    def cut(loads, size):
        return core(loads, 32, size=size) + option(BITS, 1)

    g4 = 2**32
    yield "cut-addresses", cut([load(0x1000, 0x3000, 0x1000), load(0, 0x5000, 0x4000)], 0x9000), \
        "the second begins at 4 GiB"
    yield "cut-offsets", cut([load(0, 0x1000, 0xFFFFF000), load(0x200000, 0x1000, 0x0)], g4 + 0x1000)
    yield "cut-offsets-ambiguous", cut([load(0, 0x1000, 0xFFFFF000), load(0x200000, 0x1000, 0x0)],
                                       2**32 + 0x1001)
    yield "cut-both", cut([load(0xF0000000, 0x1000, 0xFFFFF000), load(0x2000, 0x1000, 0x0)], g4 + 0x1000)
    yield "cut-twice", cut([load(0x3000, 0x1000, 0x1000), load(0x2000, 0x1000, 0x2000),
                            load(0x1000, 0x1000, 0x3000)], 0x4000)
    yield "cut-not", cut([load(0x1000, 0x3000, 0x1000), load(0x4000, 0x5000, 0x4000)], 0x9001)
    yield "cut-ambiguous", cut([load(0x1000, 0x3000, 0x1000), load(0, 0x5000, 0x4000)], 0x9001)
    yield "cut-over-4-gib", cut([load(0xFFFFF000, 0x3000, 0x1000), load(0x2000, 0x5000, 0x4000)], 0x9000)
    yield "cut-equal", cut([load(0x1000, 0x1000, 0x1000), load(0x1000, 0x1000, 0x1000),
                            load(0, 0x1000, 0x2000)], 0x3000), "an equal number has not fallen"
    low = [load(0x1000, 0x3000, 0x1000), load(0, 0x5000, 0x4000)]
    yield "cut-copies", cut(low, 0x9000) + patch(7, b"\t"), "p_vaddr repeats p_paddr as it was cut"
    own = [low[0], dict(low[1], vaddr=0xC0000000)]
    yield "cut-own-virtual", cut(own, 0x9000) + patch(7, b"\t"), "p_vaddr has 32 bits, p_paddr had more"
    yield "cut-64", core(TWO[::-1]) + option(BITS, 1), "only class 32 is cut"


def faults():
    overlap = core([load(0x2000, 0x1000, 0x1000), load(0, 0x6000, 0x2000)])
    own = core([load(0x2000, 0x1000, 0x1000, vaddr=0xC0000000), load(0, 0x6000, 0x2000,
                                                                   vaddr=0xC0000800)]) + patch(7, b"\t")
    for n in range(1, 8):
        yield "nomem-%d" % n, core(TWO) + option(FAIL_ALLOCATION, n)
    for n in range(7, 13):
        yield "overlap-nomem-%d" % n, overlap + option(FAIL_ALLOCATION, n)
        yield "own-virtual-nomem-%d" % n, own + option(FAIL_ALLOCATION, n)
    yield "libelf-fails", core(TWO) + option(BITS, 2)
    many = core([], phnum=1030, phentsize=56, size=0x20000) + run(64, 1030 * 14, 2, 4, 0)
    entry = [elf.record(elf.PHDR, 64, "<", dict(type=1, flags=4, align=4096, **load_)) for load_ in TWO]
    many += patch(64, entry[0]) + patch(64 + 56 * 1024, entry[1]) + length(0x20000)
    yield "chunks", many, "libelf sees 1024 headers at once: the 1025th counts"
    yield "chunks-libelf-fails", many + option(BITS, 2)
    yield "chunks-libelf-fails-later", many + option(BITS, 4)
    every = core([], phnum=0xFFFF, phentsize=56, shoff=64, shnum=1, shentsize=64) + section0(64, info=65536)
    every += patch(20, b"\1") + patch(32, struct.pack("<Q", 128))
    yield "chunks-65536", every + patch(128, entry[0]) + patch(128 + 56 * 65535, entry[1]) \
        + length(128 + 56 * 65536), "a number that no piece can have"
    for n in (3, 4):
        yield "chunks-read-%d-ends" % n, many + option(SHORT, n)
    for n in (2, 3):
        yield "chunks-read-%d-fails" % n, many + option(FAIL_READ, n)
    yield "chunks-nomem", many + option(FAIL_ALLOCATION, 3)
    for n in range(1, 4):
        yield "limit-%d" % n, core(TWO) + option(HEADERS, n)
    for n in (3, 5, 9):
        yield "read-%d-fails" % n, core(TWO) + option(FAIL_READ, n)
        yield "read-%d-ends" % n, core(TWO) + option(SHORT, n)


def seeds():
    for group in (idents, counts, looks, virtual, edges, overlapping, cut_to_32, faults):
        yield from group()
