# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: which machine, what stands in front, what cannot be opened."""

import struct

from gen import elf

from records import FAIL_ALLOCATION, FAIL_READ, length, option, patch
from world import PAGE, World, core, leader, load, told, u32

SEEN = {0x1000: b"\x11" * 8}
READ = "pa 0x1000 8 8 " + "11" * 8 + " OK"


def kernel(machine, bits=64, order="<", type_=2, flags=0):
    """Nothing but the header of a kernel file."""
    return patch(0, elf.ehdr(bits, order, machine, type_, flags=flags), 1) + length(0x40, 1)


def words():
    """The caller's word, the kernel's header, the file's mark: any two may contradict."""
    plain = World(SEEN).ksf()
    amd64, arm64, i386 = kernel(62), kernel(183), kernel(3, 32)
    for word, status in (("amd64", "OK"), ("arm64", "USAGE"), ("vax", "USAGE"), ("", "USAGE"),
                         ("sparc64", "USAGE"), ("mips", "USAGE")):
        yield "word-%s" % (word or "empty"), told(["arch " + word, "open " + status, READ], plain)
    for name, word, given, status in (
            ("amd64", None, amd64, "OK"), ("arm64", None, arm64, "BAD_KERNEL"),
            ("i386", None, i386, "BAD_KERNEL"), ("both-wrong", "arm64", arm64, "BAD_KERNEL"),
            ("word-wrong", "arm64", amd64, "USAGE"), ("kernel-wrong", "amd64", arm64, "BAD_KERNEL"),
            ("dyn", None, kernel(62, type_=3), "BAD_KERNEL"),
            ("relocatable", None, kernel(62, type_=1), "BAD_KERNEL"),
            ("class-32", None, kernel(62, 32), "BAD_KERNEL"),
            ("big-endian", None, kernel(62, order=">"), "BAD_KERNEL")):
        lines = ["arch " + word] if word else []
        yield "kernel-" + name, told([*lines, "open " + status, READ], plain + given)
        yield "core-kernel-" + name, told(
            [*lines, "open " + status, "pa 0x1000 8 8 * OK"], core([load(0, 0x3000, 0x1000)]) + given)
    for name, word, given, status in (
            ("amd64", "amd64", amd64, "OK"), ("other-word", "arm64", amd64, "BAD_KERNEL"),
            ("no-such-word", "vax", amd64, "USAGE"), ("vax", None, kernel(75), "BAD_KERNEL"),
            ("dyn", None, kernel(62, type_=3), "BAD_KERNEL"),
            ("powerpc64-dyn", None, kernel(21, order=">", type_=3, flags=2), "OK"),
            ("n32", "mips", kernel(8, 32, ">", flags=0x20), "OK"),
            ("o32", "mipsn32", kernel(8, 32, ">"), "BAD_KERNEL")):
        lines = ["arch " + word] if word else []
        answers = ["describe abi mipsn32", "describe pointer 4"] if name == "n32" else []
        yield "alone-" + name, told(["without dump", *lines, "open " + status, *answers],
                                    b"KSF1" + given)


    for n in range(1, 12):
        yield "alone-read-%d-fails" % n, told(["without dump", "open *"], b"KSF1" + amd64
                                              + option(FAIL_READ, n))
    yield "alone-first-read-fails", told(["without dump", "open IO"], b"KSF1" + amd64
                                         + option(FAIL_READ, 1))
    yield "alone-gzip", told(["without dump", "open BAD_KERNEL"],
                             b"KSF1" + patch(0, b"\x1f\x8b\x08\0", 1) + length(0x40, 1))


def versions():
    """Versions that nobody, or only another kind of kernel, knows."""
    for version in (0, 4, 1 << 24, 2 << 24):
        yield "version-%x" % version, told(["open UNSUPPORTED file 24"],
                                           World(SEEN, version=version).ksf())
        yield "version-%x-other-word" % version, told(["arch arm64", "open USAGE"],
                                                      World(SEEN, version=version).ksf())
        yield "version-%x-other-kernel" % version, told(
            ["open BAD_KERNEL"], World(SEEN, version=version).ksf() + kernel(183))
        yield "version-%x-word" % version, told(["arch amd64", "open UNSUPPORTED file 24"],
                                                World(SEEN, version=version).ksf())
    mips = patch(0, b"minidump FreeBSD/mips\0\0\0")
    little = b"KSF1" + mips + patch(24, u32(1, 0, PAGE, PAGE)) + length(8 * PAGE)
    for word, status in (("mips64el", "OK"), ("mips64", "OK"), ("mips", "OK"), ("mipsel", "DAMAGED"),
                         ("mips64eb", "USAGE"), ("mipsn32", "USAGE"), ("mipsn32el", "DAMAGED")):
        yield "mips-word-" + word, told(["arch " + word, "open " + status], little
                                        + patch(40, struct.pack("<Q", 0xC000000000000000)))
    yield from guesses(mips)
    for at in (0, 7, 8, 20, 23):
        yield "magic-cut-%d" % at, told(["open *"], World(SEEN).ksf(cut=at))
    for at in (24, 25, 27):
        yield "version-cut-%d" % at, told(["open TRUNCATED file %d" % at], World(SEEN).ksf(cut=at))
    for at in (28, 40, 63):
        yield "header-cut-%d" % at, told(["open TRUNCATED file %d" % at], World(SEEN).ksf(cut=at))
    yield "magic-of-nobody-cut", told(["open TRUNCATED file 12"],
                                      b"KSF1" + patch(0, b"minidump Fre"))
    yield "magic-of-nobody", told(["open UNSUPPORTED file 0"],
                                  b"KSF1" + patch(0, b"minidump FreeBSD/vax") + length(4096))
    yield "magic-goes-on", told(["open UNSUPPORTED file 0"],
                                World(SEEN).ksf(patch(22, b"x")) + patch(22, b"x"))


def guesses(magic):
    """Kinds of mips kernels that a header fits; who is named in front is no guess."""
    for what, base in (("wide", 0xC000000000000000), ("narrow", 0xC0000000)):
        head = b"KSF1" + magic + patch(24, u32(1, 0, PAGE, PAGE)) \
            + patch(40, struct.pack("<Q", base)) + length(4 * PAGE)
        for name, abi, guessed in (("", "mips64el" if what == "wide" else "mipsel", what == "narrow"),
                                   ("mips64el", "mips64el", False),
                                   ("mipsn32el", "mips64el" if what == "wide" else "mipsn32el", False),
                                   ("mips", "mips64el" if what == "wide" else "mipsel",
                                    what == "narrow"),
                                   ("vax", "mips64el" if what == "wide" else "mipsel",
                                    what == "narrow")):
            said = ["describe findings 1", "finding 0 DAMAGED file 0"] if guessed else \
                ["describe findings 0"]
            data = moved(head, 512)
            yield "mips-%s-led-by-%s" % (what, name or "nobody"), told(
                ["open OK", "describe abi " + abi, "describe guessed " + ("yes" if guessed else "no"),
                 *said], b"KSF1" + patch(0, leader(name.encode())) + data)
        for word, status in (("mipsel", "DAMAGED" if what == "wide" else "OK"), ("mips64el", "OK")):
            yield "mips-%s-word-%s-led-by-mipsel" % (what, word), told(
                ["arch " + word, "open " + status, "describe guessed no"],
                b"KSF1" + patch(0, leader(b"mipsel")) + moved(head, 512))


def moved(ksf, by):
    """The DATA and LEN records of an input, without its magic, further back in the file."""
    out, at = b"", 4
    while at < len(ksf):
        offset = int.from_bytes(ksf[at + 1:at + 7], "little") + by
        if ksf[at] == 3:
            out += length(offset)
            at += 7
        else:
            count = int.from_bytes(ksf[at + 7:at + 9], "little")
            out += patch(offset, ksf[at + 9:at + 9 + count])
            at += 9 + count
    return out


def cores():
    one = [load(0, 0x3000, 0x1000)]
    for type_ in (0, 1, 2, 3, 5):
        yield "elf-type-%d" % type_, told(["open NOT_A_DUMP file 16"], core(one, type_=type_))
    yield "core-of-vax", told(["open UNSUPPORTED file 18"], core(one, 75))
    yield "core-of-amd64-32", told(["open UNSUPPORTED file 18"], core(one, bits=32))
    yield "core-of-mips", told(["open UNSUPPORTED -"], core(one, 8))
    yield "core-of-sparc64", told(["open UNSUPPORTED -"], core(one, 43, order=">"))
    for word, status in (("amd64", "OK"), ("arm64", "USAGE"), ("sparc64", "USAGE")):
        yield "core-word-" + word, told(["arch " + word, "open " + status], core(one))
    yield "core-without-kernel", told(["open OK", "describe map no", "describe findings 0",
                                       "xlat 0x1000 - - 0xfffffffffffff000 KERNEL_NEEDED va 0x1000"],
                                      core(one))
    yield "core-without-root", told(["provider", "open OK", "describe map no", "describe findings 1",
                                     "finding 0 KERNEL_NEEDED", "va 0x1000 8 0 - KERNEL_NEEDED"],
                                    core(one))
    yield "core-no-delta", told(["provider", "provide a 1 1", "open OK", "describe map no",
                                 "describe findings 0", "va 0x1000 8 0 - NO_MAP va 0x1000"],
                                core(one, 183))
    both = [load(0, 0x3000, 0x1000, vaddr=0xC0000000)]
    yield "core-own-addresses", told(
        ["open OK", "describe map yes", "xlat 0xc0001008 - 0x2008 0x1ff8 OK", "range 0 0 0x3000",
         "pa 0x1008 8 8 * OK", "describe findings 0"], core(both, 21, order=">", osabi=9))
    yield "core-own-addresses-cut", told(
        ["open OK", "describe findings 2", "finding 0 TRUNCATED file 64",
         "finding 1 TRUNCATED file 0x2800", "describe promised 3", "describe present 1",
         "va 0xc0001000 0x1000 0x800 * TRUNCATED va 0xc0001800",
         "va 0xc0001800 8 0 - TRUNCATED va 0xc0001800"],
        core(both, 21, 0x2800, order=">", osabi=9))
    ones = 2**64 - 1
    virtual = [load(ones, 0x3000, 0x1000, vaddr=0xC0000000)]
    yield "core-virtual", told(
        ["open OK", "describe map yes", "xlat 0xc0001008 - 0x2008 0x1ff8 OK", "range 0 0xc0000000 *",
         "pa 0x1008 8 0 - NO_MAP pa 0x1008", "pa 0x1008 0 0 - OK", "describe findings 0",
         "va 0xc0002ff8 16 8 * NO_MAP va 0xc0003000", "page 0 NOT_FOUND", "walk 0", "next done"],
        core(virtual, 21, order=">"))
    yield "core-virtual-cut", told(
        ["open OK", "describe findings 2", "finding 0 TRUNCATED file 64",
         "finding 1 TRUNCATED file 0x2800", "describe promised 3", "describe present 1",
         "describe ranges 1", "range 1 -", "va 0xc0001000 0x1000 0x800 * TRUNCATED va 0xc0001800"],
        core(virtual, 21, 0x2800, order=">"))
    shared = [load(0x8000 * n, 0x8000, 0x1000) for n in range(8)]
    yield "core-shared-bytes", told(
        ["open OK", "walk 0", *("next OK 0x%x" % (0x1000 * n) for n in range(26)), "next LIMIT",
         "next LIMIT"], core(shared, 183))
    top = [load(2**64 - 0x2000, 0x2000, 0x1000, paddr=2**64 - 1, vaddr=2**64 - 0x2000)]
    yield "read-past-the-top", told(
        ["open OK", "va 0xffffffffffffff00 0x100 0x100 * OK",
         "va 0xffffffffffffff00 0x101 0x100 * NO_MAP va 0", "va 0xffffffffffffffff 1 1 * OK",
         "va 0xffffffffffffffff 2 1 * NO_MAP va 0", "va 0xffffffffffffffff 0 0 - OK",
         "va 0xffffffffffffe000 0x1000 0x1000 * OK"], core(top, 21, order=">"))
    both_ends = top + [load(2**64 - 1, 0x1000, 0x4000, paddr=2**64 - 1, vaddr=0)]
    yield "read-past-the-top-ends-there", told(
        ["open OK", "va 0 8 8 * OK", "va 0xffffffffffffffff 2 1 * NO_MAP va 0"],
        core(both_ends, 21, order=">"))
    yield "read-past-the-top-without-err", told(
        ["without err", "open OK", "va 0xffffffffffffffff 2 1 * NO_MAP"], core(top, 21, order=">"))


def own():
    """sparc64: a header without a magic."""
    head = struct.pack(">4Q2I", 512, 0x2000, 0x2000, 0xFF, 1, 0) + struct.pack(">3Q", 0, 0x8000, 512)
    good = b"KSF1" + patch(0, head) + length(512 + 0x8000)
    yield "sparc64", told(["open OK", "describe format sparc64", "describe guessed no",
                           "pa 0x7ff8 8 8 * OK", "describe findings 0"], good)
    yield "sparc64-cut", told(["open OK", "describe findings 1", "finding 0 TRUNCATED file 0x7000",
                               "describe promised 4", "describe present 3"],
                              good + length(0x7000))
    yield "sparc64-word-amd64", told(["arch amd64", "open USAGE"], good)
    yield "sparc64-kernel-amd64", told(["open BAD_KERNEL"], good + kernel(62))
    yield "sparc64-kernel", told(["open OK"], good + kernel(43, order=">"))
    for n in range(1, 8):
        yield "sparc64-nomem-%d" % n, told(["open *"], good + option(FAIL_ALLOCATION, n))
    yield "zeros", told(["open NOT_A_DUMP file 0"], b"KSF1" + length(4096))
    yield "zeros-word-sparc64", told(["arch sparc64", "open DAMAGED file 32"],
                                      b"KSF1" + length(4096))
    yield "zeros-kernel-sparc64", told(["open DAMAGED file 32"],
                                       b"KSF1" + length(4096) + kernel(43, order=">"))
    yield "zeros-word-amd64", told(["arch amd64", "open NOT_A_DUMP file 0"], b"KSF1" + length(4096))
    yield "gzip-word-vax", told(["arch vax", "open USAGE"],
                                b"KSF1" + patch(0, b"\x1f\x8b\x08\0") + length(4096))
    yield "text", told(["open NOT_A_DUMP file 0"], b"KSF1" + patch(0, b"hello, world") + length(4096))
    yield "text-word-amd64", told(["arch amd64", "open NOT_A_DUMP"],
                                  b"KSF1" + patch(0, b"hello, world") + length(4096))
    yield "gzip-word-sparc64", told(["arch sparc64", "open NOT_A_DUMP"],
                                    b"KSF1" + patch(0, b"\x1f\x8b\x08\0") + length(4096))


def behind(what, lines, head, base=512, *records):
    world = World(SEEN, base=base)
    world.lead = head
    return "leader-" + what, told(lines, world.ksf(*records))


def leaders():
    opens = ["open OK", READ, "describe findings 0"]
    yield behind("512", opens, leader())
    yield behind("4096", opens, leader(block=4096), 4096)
    yield behind("64k", opens, leader(block=65536), 65536)
    yield behind("4096-said-512-there", opens, leader(block=4096))
    for block in (0, 256, 512, 768, 131072, 0x80000000):
        base = 768 if block == 768 else 131072 if block == 131072 else 4096
        yield behind("block-%d" % block, ["open NOT_A_DUMP file 512"], leader(block=block), base)
    yield behind("parity", ["open OK", READ, "describe findings 1", "finding 0 DAMAGED file 508"],
                 leader(parity=1))
    yield behind("gzip", ["open UNSUPPORTED file 0"], leader(compression=1))
    yield behind("zstd", ["open UNSUPPORTED file 0"], leader(compression=2))
    yield behind("key", ["open UNSUPPORTED file 0"], leader(key=512))
    yield behind("read-fails", ["open IO"], leader(), 512, option(FAIL_READ, 2))
    yield behind("second-read-fails", ["open IO"], leader(block=4096), 4096, option(FAIL_READ, 3))
    yield behind("version-unknown", ["open UNSUPPORTED file 536"], leader(), 512,
                 patch(512 + 24, u32(9)))
    yield behind("version-unknown-without-err", ["without err", "open UNSUPPORTED"], leader(), 512,
                 patch(512 + 24, u32(9)))
    yield behind("map-odd", ["open DAMAGED file 552"], leader(), 512, patch(512 + 40, u32(0x1008)))
    yield "leader-cut-before-its-block", told(["open NOT_A_DUMP file 4096"],
                                              b"KSF1" + patch(0, leader(block=4096)) + length(600))
    yield "leader-block-inside-it", told(
        ["open NOT_A_DUMP file 512"], b"KSF1" + patch(0, leader(
            block=256, version=b"x" * 128 + b"minidump FreeBSD/amd64")) + length(4096))
    yield "leader-alone", told(["open NOT_A_DUMP file 512"], b"KSF1" + patch(0, leader()))
    yield "leader-cut", told(["open NOT_A_DUMP file 512"], b"KSF1" + patch(0, leader())
                             + patch(512, b"mini"))
    yield "leader-core", told(["open OK", "describe format elf-core", "pa 0x1000 8 8 * OK",
                               "describe findings 0"],
                              b"KSF1" + patch(0, leader(b"aarch64"))
                              + moved(core([load(0, 0x3000, 0x1000)], 183), 512))
    yield "leader-core-cut", told(["open OK", "describe findings 2", "finding 0 TRUNCATED file 576",
                                   "finding 1 TRUNCATED file 0x3000"],
                                  b"KSF1" + patch(0, leader(b"aarch64"))
                                  + moved(core([load(0, 0x3000, 0x1000)], 183, 0x2E00), 512))
    yield "leader-core-damaged", told(["open DAMAGED file 576"], b"KSF1" + patch(0, leader())
                                      + moved(core([dict(type=4)]), 512))


def pages():
    plain = World(SEEN).ksf()
    for size, status in ((0, "OK"), (4096, "OK"), (8192, "OK"), (0x80000000, "OK"), (1, "USAGE"),
                         (2048, "USAGE"), (5000, "USAGE"), (0xFFFFFFFF, "USAGE")):
        yield "page-bytes-%d" % size, told(["page_bytes %d" % size, "open " + status, READ], plain)
        yield "core-page-bytes-%d" % size, told(["page_bytes %d" % size, "open " + status],
                                                core([load(0, 0x3000, 0x1000)]))
    arm64 = b"minidump FreeBSD/arm64\0\0" + u32(2, 0, PAGE, PAGE)
    arm64 = b"KSF1" + patch(0, arm64) + patch(24, u32(2)) + length(16 * 65536)
    for size, page, status in ((0, 4096, "OK"), (4096, 4096, "OK"), (16384, 16384, "OK"),
                               (65536, 0, "UNSUPPORTED"), (12345, 0, "USAGE")):
        yield "arm64-page-bytes-%d" % size, told(
            ["page_bytes %d" % size, "open " + status] +
            ["describe page %d" % page] * (page != 0), arm64)
    yield "page-bytes-1-without-err", told(["page_bytes 1", "without err", "open USAGE"], plain)
    for size, status in ((0, "OK"), (4, "OK"), (8, "OK"), (1, "USAGE"), (12, "USAGE"), (32, "USAGE"),
                         (0x80000000, "USAGE")):
        yield "entry-bytes-%d" % size, told(["entry_bytes %d" % size, "open " + status], plain), \
            "4 and 8 are ignored by a machine that has one width, what none has is refused"
    yield "sizes-of-nothing", told(["page_bytes 5000", "without dump", "open USAGE"], b"KSF1"), \
        "options are looked at first"


def seeds():
    yield from words()
    yield from versions()
    yield from cores()
    yield from own()
    yield from leaders()
    yield from pages()
