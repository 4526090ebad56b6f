# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `xlat`: every machine's dumps, entries of every kind, cut tables, odd bases."""

import struct

import generate
from gen import amd64, elf, ksf

from compact import compact
from frame import far
from records import PAGE_BYTES, length, option, patch, run

MOST = 2600  # bytes; larger dumps show nothing more of a walk
LARGE = ("amd64-full-la57-delta", "amd64-full-la57-moved", "amd64-full-moved", "amd64-full-delta",
         "amd64-full-delta-no-align", "amd64-full-delta-wrong", "amd64-full-broken-tables",
         "amd64-full-memsz", "arm-full", "arm-full-broken-tables", "i386-full-broken-tables",
         "i386-full-13", "i386-full-13-pae", "i386-full-12-pae", "i386-full-11", "i386-full-pdpt-0",
         "powerpc64-v2-g5-le-4096-groups", "powerpc64-v2-phyp-be-claimed")


def ask(*addresses):
    return b"".join(ksf.op(ksf.TRANSLATE, va % 2**64, 0) for va in addresses)


def entries_of(dump):
    """Where the map's entries lie, their width, the first one that is set, and its byte order."""
    at, width, value, _ = dump.entries[0]
    return at, width, value, dump.entry_order or dump.order


def words(order, width, values):
    code = "I" if width == 4 else "Q"
    return struct.pack("%s%d%s" % (order, len(values), code), *values)


def entry_edits(dump, base):
    """In the map's place, one entry with each bit changed; then all low bits."""
    at, width, value, order = entries_of(dump)
    bits = words(order, width, [value ^ 1 << n for n in range(8 * width)])
    where, size = next((offset, size) for name, offset, size in dump.fields if name == "kernbase")
    kernbase = int.from_bytes(dump.piece.get(where, size), "little" if dump.order == "<" else "big")
    span = 1 << 21 if dump.name[:8] in ("amd64-v2", "amd64-v3") else dump.page
    first = kernbase + (at - dump.regions["map"][0]) // width * span
    yield "entry-bits", base + patch(at, bits) + \
        ask(*(first + n * span + 8 for n in range(8 * width))), "each bit of an entry, changed"
    room = dump.regions["map"][0] + dump.regions["map"][1] - at
    big = 0x80 if order == ">" else 0
    count = min(256, room // width)
    yield "entry-low-bits", base + run(at, count, (2 if width == 4 else 3) | big, value & ~0xFF, 1), \
        "all types and protections"
    yield "entry-all-ones", base + run(at, 4, 2 if width == 4 else 3, 2**64 - 1, 0), "mask of the frame"


def cuts(dump, base):
    for name in ("avail", "bitmap", "map", "pages"):
        start, size = dump.regions[name]
        if size == 0:
            continue
        for more in sorted({0, 1, 9, size // 2}):
            if start + more < dump.piece.length:
                yield "cut-%s-%x" % (name, more), base + length(start + more), "the file ends there"


def minidump_edits(dump):
    base = compact(dump)
    for name, data, why in cuts(dump, base):
        if "-v1-" not in dump.name:
            yield dump.name + "-" + name, data, why
    if "radix" in dump.name or "g5" in dump.name or "phyp" in dump.name:
        return
    for name, data, why in entry_edits(dump, base):
        yield dump.name + "-" + name, data, why


def field(dump, name, value):
    offset, width = next((at, width) for what, at, width in dump.fields if what == name)
    return patch(offset, value.to_bytes(width, "little" if dump.order == "<" else "big"))


def wraps(all_):
    """R4, V3: the direct map's sum passes 2^64, and would come out in memory again."""
    for name, start in (("arm64-v2-example", 0x40001000), ("riscv64-v2-example", 0x80201000)):
        dump = all_[name]
        base = int.from_bytes(dump.piece.get(56, 8), "little")
        phys = 2**64 - 0x1000
        yield name + "-dmapphys-at-the-top", \
            compact(dump) + field(dump, "dmapphys", phys) + \
            ask(base, base + 0xFFF, base + 0x1000, base + 0x1000 + start), "R4, V3: the sum wraps"


def radix_seeds(all_):
    top = 0xC008000000005123
    for name in ("powerpc64-v2-radix-le-example", "powerpc64-v2-radix-be-example"):
        base = compact(all_[name])
        yield name + "-other-top-bits", base + ask(
            top, top + (1 << 52), top + (1 << 60), top - (1 << 52), 0xC010000000005123,
            0xD008000000005123, 0xFFF8000000005123), "P11: bits 63..52 are the kernel's, or no map"
        for level, at in (("root", 0xB000), ("2", 0x13000), ("3", 0x14000), ("4", 0x15028)):
            for what, value in (("leaf", 0xC00000000000218E), ("all-ones", 2**64 - 1),
                                ("odd-address", 0x8000000000002F09), ("invalid", 0x4000000000002009),
                                ("above-56-bits", 0x8F00000000002009)):
                yield "%s-level-%s-%s" % (name, level, what), \
                    base + patch(at, struct.pack(">Q", value)) + ask(top, top & ~0xFFFFFF), \
                    "an entry of each level"


def hashed_seeds(all_):
    """The example's group 0x443, slot 0, is of 0xc008000000003000."""
    for name in ("powerpc64-v2-g5-be-example", "powerpc64-v2-phyp-le-example"):
        dump = all_[name]
        base = compact(dump)
        order = dump.entry_order or dump.order
        at = dump.regions["map"][0] + 0x22180
        hi, lo = struct.unpack(order + "QQ", dump.piece.get(at, 16))
        va = 0xC008000000003000
        for what, pair in (("page-0", (hi, lo & 0xFFF)), ("read-only", (hi, lo | 3)),
                           ("no-execute", (hi, lo | 4)), ("all-ones-lo", (hi, 2**64 - 1)),
                           ("large", (hi | 4, lo)), ("other-segment-size", (hi | 1 << 62, lo)),
                           ("secondary-bit", (hi | 2, lo)), ("invalid", (hi & ~1, lo)),
                           ("other-ava", (hi ^ 0x80, lo)), ("software-bits", (hi | 0x78, lo)),
                           ("vsid-bit-13", (hi ^ 1 << 25, lo)), ("vsid-bit-49", (hi ^ 1 << 61, lo))):
            yield "%s-%s" % (name, what), base + patch(at, struct.pack(order + "QQ", *pair)) + \
                ask(va, va + 0x123, va + 0xFFF), "one field of an entry"
        moved = field(dump, "startkernel", va + 0x100) + field(dump, "endkernel", va + 0x4100)
        yield name + "-image-by-the-table", base + moved + ask(0x100000, 0x100123, 0x101000, 0x1050FF), \
            "an image address whose run-time address is in no direct map"
        odd = field(dump, "startkernel", va + 0x1F0) + field(dump, "endkernel", va + 0x41F0)
        yield name + "-image-between-pages", base + odd + ask(0x100000, 0x100F10, 0x101000), \
            "P10: the offset is of the displaced address"


def sparc_seeds(all_):
    dump = all_["sparc64-example"]
    base = compact(dump)
    at = 0x220  # slot 1, of 0xc0002000
    for size in range(4):
        tag = (0xC0002000 >> (13 + 3 * size)) << 2 | size
        for what, data in (("", 0x8000000040008536), ("-all-ones", 2**64 - 1 - (3 << 61)),
                           ("-not-valid", 0x40008536)):
            yield "sparc64-size-%d%s" % (size, what), \
                base + patch(at, struct.pack(">QQ", tag, data | size << 61)) + \
                ask(0xC0002123, 0xC0003FFF, 0xC0402123, 0xC0012123), "a slot of each page size"
    for offset in (0x100010200, 2**40):
        yield "sparc64-region-at-%x" % offset, \
            base + patch(40 + 24 + 16, struct.pack(">Q", offset)) + \
            run(offset, 0x1000, 0x83, 0, 8) + length(offset + 0x8000) + \
            ask(0xFFFFF80000000000, 0xFFFFF80000007FF8, 0xC0402010), \
            "SP5: data of a region above 4 GiB"
    yield "sparc64-mask-without-holes", base + patch(24, struct.pack(">Q", 0x1FF)) + \
        ask(0xC0002123, 0xC0402010), "the mask as it stands"


def variable_at(dump, name):
    """The file offset of a variable of an i386 kernel that runs where it is linked."""
    kernel = dump.kernel if isinstance(dump.kernel, bytes) else dump.kernel.get(0, dump.kernel.length)
    shoff, shentsize, shnum = struct.unpack_from("<I", kernel, 32) + struct.unpack_from("<HH", kernel, 46)
    sections = [struct.unpack_from("<10I", kernel, shoff + n * shentsize) for n in range(shnum)]
    table = next(section for section in sections if section[1] == elf.SHT_SYMTAB)
    names = sections[table[6]][4]
    for at in range(table[4], table[4] + table[5], 16):
        start, value = struct.unpack_from("<II", kernel, at)
        if kernel[names + start:].startswith(name.encode() + b"\0"):
            break
    for n in range(8):
        type_, offset, _, paddr, filesz = struct.unpack("<5I", dump.piece.get(52 + 32 * n, 20))
        if type_ == 1 and paddr <= value < paddr + filesz:
            return offset + value - paddr
    raise ValueError(name)


def core_seeds(all_):
    arm = all_["arm-full-example"]
    base = compact(arm)
    delta = next(at for what, at, _ in arm.fields if what == "p1_vaddr")
    yield "arm-full-delta-wraps", base + patch(delta, struct.pack("<II", 0x10000000, 0x60000000)), \
        "M8: PA = VA - p_vaddr + p_paddr is of 32 bits"
    for name in ("i386-full-13", "i386-full-13-pae"):
        dump = all_[name]
        for what, variable, value in (("pdpt-though-not-pae", "IdlePDPT", 0x00900000),
                                      ("pdpt-0", "IdlePDPT", 0), ("mode-flipped", "pae_mode", None),
                                      ("mode-2", "pae_mode", 2)):
            at = variable_at(dump, variable)
            if value is None:
                value = int(not any(dump.piece.get(at, 4)))
            yield "%s-%s" % (name, what), compact(dump) + patch(at, struct.pack("<I", value)), \
                "I3: pae_mode decides, where there is one"
    yield "arm-full-delta-absurd", base + patch(delta, struct.pack("<II", 0xFFFFF000, 0xFFF)), "M8"
    for name in ("i386-full-example", "i386-full-pae-example", "amd64-full-example",
                 "arm-full-example"):
        dump = all_[name]
        base = compact(dump)
        for number, (at, width, value, _) in enumerate(dump.entries[:6]):
            for what, new in (("invalid", value & ~3), ("large", value | 0x80), ("type-3", value | 3),
                              ("all-ones", 2 ** (8 * width) - 1), ("bit-12", value | 1 << 12),
                              ("bit-18", value | 1 << 18), ("not-large", value & ~0x80),
                              ("read-only", value & ~2), ("top", value ^ 1 << (8 * width - 1))):
                yield "%s-entry-%d-%s" % (name, number, what), \
                    base + patch(at, new.to_bytes(width, "little")), "an entry of each level"
        for at in (0x1000, 0x1100, dump.piece.length // 2, dump.piece.length - 0x800):
            yield "%s-cut-%x" % (name, at), base + length(at), "the file ends there"


def seeds():
    all_ = {dump.name: dump for dump in generate.all_dumps() if dump.piece is not None}
    for name, dump in sorted(all_.items()):
        data = compact(dump)
        if len(data) <= MOST or name in LARGE:
            yield name, data + (b"".join(dump.seed_ops()) if dump.answers.notes else b"")
        if name.endswith("entries-of-4"):
            for what, changed, why in entry_edits(dump, data):
                yield name + "-" + what, changed, why
    yield "amd64-full-la57-direct-map", compact(all_["amd64-full-la57"]) + ask(
        0xFF01000000123010, 0xFF01000000000000, 0xFFFFF80000123010, 0xFFFFFFFF80407010,
        0x00FF000000000000, 0xFF00000000000000), "A10: five levels, for the direct map too"
    for name, dump in sorted(all_.items()):
        if name.endswith("-example") and "map" in dump.regions:
            yield from minidump_edits(dump)
            yield name + "-regions-above-4g", far(dump), "every offset needs more than 32 bits"
    for made in (wraps, radix_seeds, hashed_seeds, sparc_seeds, core_seeds):
        yield from made(all_)
    example = all_["amd64-v3-example"]
    base = compact(example)
    for value in (0, 0x1000, 0xFFFF800000000000, 2**64 - 0x200000):
        yield "amd64-v3-kernbase-%x" % value, base + field(example, "kernbase", value) + \
            ask(value, value + 0x5123, value - 1, value + 0x1FFFFF), "a map anywhere"
    for start, end in ((0, 0x10000), (0, 2**64 - 1), (2**64 - 0x1000, 2**64 - 1),
                       (amd64.KERNBASE - 0x1000, amd64.KERNBASE + 0x10000)):
        yield "amd64-v3-dmap-%x-%x" % (start, end), base + field(example, "dmapbase", start) + \
            field(example, "dmapend", end) + ask(start, end, end - 1, start + 0x4123), \
            "a direct map anywhere"
    yield "arm64-v1-pages-of-16k", compact(all_["arm64-v1-example"]) + option(PAGE_BYTES, 16384)
