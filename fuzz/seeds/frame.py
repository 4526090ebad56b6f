# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `frame`: headers at their edges, regions that are cut or far away, segments."""

import copy
import struct

import generate
from gen import elf, ksf
from gen.pieces import BLOCK, Pieces

from compact import compact
from records import SELECT, length, patch, run

MOST = 900  # bytes
EDGES = {4: (0, 1, 0xFFF, 0x1001, 1 << 31, 2**32 - 1),
         8: (0, 1, 0x1000, 0x1001, 2**32, 2**63, 2**64 - 0x1000, 2**64 - 1)}
USED = {"amd64": (64, 64, 68), "arm": (52, 56), "arm64": (72, 76, 80), "i386": (48, 52),
        "mips": (64, 68), "powerpc64": (136, 140), "riscv64": (72, 76)}
# One a kind of header; the others' edges are the same code.
EDGED = ("amd64-v1-example", "amd64-v3-example", "arm-v2-example", "arm-v1-big-example",
         "arm64-v3-example", "arm64-v3-16k-example", "i386-v2-pae-example", "mips-n64-v2-be-example",
         "mips-o32-v1-le-example", "powerpc64-v2-g5-be-example", "powerpc64-v2-radix-le-example",
         "riscv64-v2-example")


def select(*numbers):
    return b"".join(ksf.op(SELECT, n) for n in numbers)


def page(*addresses):
    return b"".join(ksf.op(ksf.PAGE, pa % 2**64) for pa in addresses)


def number(dump, value, width):
    return value.to_bytes(width, "little" if dump.order == "<" else "big")


def far(dump):
    """The same dump behind a message buffer of nearly 4 GiB: all offsets need more than 32 bits."""
    offset, width = next((at, width) for name, at, width in dump.fields if name == "msgbufsize")
    old = dump.regions["avail"][0] - dump.regions["msgbuf"][0]
    shift = -(-0xFFFFF000 // dump.page) * dump.page - old
    other, piece = copy.copy(dump), Pieces()
    for index, block in dump.piece.blocks.items():
        moved = index if index * BLOCK < dump.page else index + shift // BLOCK
        piece.blocks[moved] = block
    piece.length = dump.piece.length + shift
    other.piece = piece
    return compact(other) + patch(offset, number(dump, 0xFFFFF000, width))


def edges(dump):
    base = compact(dump)
    for name, offset, width in dump.fields:
        if name in ("arch", "hw_direct_map"):
            continue
        for value in EDGES[width]:
            yield "%s-%s-%x" % (dump.name, name, value), \
                base + patch(offset, number(dump, value, width)), "a field at an edge"


def short(dump):
    machine, version = dump.name.split("-")[0], int(dump.name.split("-v")[1][0])
    base, used = compact(dump), USED[machine][version - 1]
    for bytes_ in (8, 20, 27, used - 1, used):
        yield "%s-header-%d" % (dump.name, bytes_), base + length(bytes_), \
            "the file ends in the header, or right behind what the version uses of it"
    start, size = dump.regions["bitmap"]
    for more in (2, 4, 5, 8, 12, size - 1):
        yield "%s-bitmap-%d" % (dump.name, more), base + length(start + more), \
            "the file ends in a word of the bitmap"
    if dump.regions["avail"][1] > 0:
        start = dump.regions["avail"][0]
        for more in (0, 7, 8, 15, 16, 31, 32):
            yield "%s-avail-%d" % (dump.name, more), base + length(start + more), \
                "the file ends in a pair"
    start = dump.regions["pages"][0]
    for more in (0, 1, dump.page - 1, dump.page, dump.page + 1, 2 * dump.page + 9):
        yield "%s-pages-%d" % (dump.name, more), \
            base + length(start + more) + select(0, 1, 2, 2**64 - 1), "the file ends in a page"


def pairs(dump):
    """dump_avail anew."""
    base, start = compact(dump), dump.regions["avail"][0]
    low = struct.unpack_from(dump.order + "Q", dump.piece.get(start, 8))[0]
    top = {"arm": 32, "i386": 52, "amd64": 52, "arm64": 52}.get(dump.name.split("-")[0], 56)
    top = {"mips-n": 40, "mips-o": 32}.get(dump.name[:6], top)
    size = dump.page
    for name, values in (
            ("end-before-start", (low, low + 2 * size, low + 9 * size, low + 5 * size)),
            ("overlap", (low, low + 2 * size, low + size, low + 9 * size)),
            ("touching", (low, low + 2 * size, low + 2 * size, low + 9 * size)),
            ("shared-page", (low, low + size + 1, low + size + 9, low + 9 * size)),
            ("empty-range", (low, low, low, low + 9 * size)),
            ("to-the-limit", (low, low + 2 * size, 2**top - size, 2**top)),
            ("above-the-limit", (low, low + 2 * size, 2**top - size, 2**top + 1)),
            ("all-ones", (low, 2**64 - 1)), ("first-end-0", (low, 0, low, low + size)),
            ("from-0", (0, low + 4 * size))):
        array = struct.pack("%s%dQ" % (dump.order, len(values) + 2), *values, 0, 0)
        yield "%s-pairs-%s" % (dump.name, name), \
            base + patch(start, array) + page(*values[:3]) + select(0, 1), "ranges of memory"


def sparc64(dump):
    base = compact(dump)
    kernel = patch(0, elf.ehdr(64, ">", 43, 2, 9), 1) + length(4096, 1)
    for name, offset, width in dump.fields:
        for value in EDGES[width]:
            for what, more in (("", b""), ("-kernel", kernel)):
                yield "sparc64-%s-%x%s" % (name, value, what), \
                    base + patch(offset, number(dump, value, width)) + more, "a field at an edge"
    start = 0x40000000
    for what, pa, size in (("wraps", start + 0x2000, 2**64 - 0x1000), ("unaligned", start + 8, 0x6000),
                           ("ends-behind", start + 0xA020, 0x6000), ("ends-with", start + 0xA000, 0x6000),
                           ("begins-before", start - 32, 0x6000), ("of-one-region", 0, 0x6000)):
        yield "sparc64-tsb-%s" % what, base + patch(8, struct.pack(">QQ", pa, size)) + kernel, \
            "SP3: the TSB is inside one region"
    second = 40 + 24
    for what, values in (("overlap", (start + 0xF000, 0x8000, 0x10200)),
                         ("touching", (start + 0x10000, 0x8000, 0x10200)),
                         ("to-the-top", (2**43 - 0x8000, 0x8000, 0x10200)),
                         ("above-the-top", (2**43 - 0x6000, 0x8000, 0x10200)),
                         ("wraps", (2**64 - 0x1000, 0x2000, 0x10200)), ("empty", (0, 0, 0x10200)),
                         ("in-the-header", (0, 0x8000, 0x57)), ("far", (0, 0x8000, 2**40)),
                         ("offset-wraps", (0, 0x8000, 2**64 - 0x1000))):
        yield "sparc64-region-%s" % what, \
            base + patch(second, struct.pack(">QQQ", *values)) + kernel + \
            page(values[0], values[0] + values[1] - 1), "a region at an edge"
    for bytes_ in (0, 8, 35, 36, 40, 63, 64, 87, 88, 0x1FF, 0x200, 0x4220, 0x10200, 0x10201, 0x181FF):
        for what, more in (("", b""), ("-kernel", kernel)):
            yield "sparc64-cut-%x%s" % (bytes_, what), base + length(bytes_) + more, "cut anywhere"


def core(headers, bits=64, size=0x9000):
    """amd64, or arm in class 32."""
    head = elf.ehdr(bits, "<", 62 if bits == 64 else 40, 4, 255, phoff=elf.EHSIZE[bits],
                    phnum=len(headers), version=0)
    head += b"".join(elf.record(elf.PHDR, bits, "<", dict(dict(type=1, flags=4, align=4096), **header))
                     for header in headers)
    return b"KSF1" + patch(0, head) + run(0x1000, 0x1000, 3, 1, 0x10001) + length(size)


def load(pa, filesz, offset, memsz=None):
    return dict(offset=offset, paddr=pa, vaddr=pa, filesz=filesz,
                memsz=filesz if memsz is None else memsz)


def cores():
    top = 2**64
    for name, headers in (
            ("memory-wraps", [load(top - 0x1000, 0x800, 0x1000, 0x2000), load(0, 0x1000, 0x3000)]),
            ("memory-to-the-top", [load(top - 0x2000, 0x800, 0x1000, 0x2000), load(0, 0x1000, 0x3000)]),
            ("file-wraps", [load(0x10000, 0x2000, top - 0x1000), load(0, 0x1000, 0x3000)]),
            ("more-in-file", [load(0, 0x3000, 0x1000, 0x1800), load(0x1000, 0x2000, 0x4000)]),
            ("memory-over-next", [load(0, 0x800, 0x1000, 0x2800), load(0x2000, 0x1000, 0x3000)]),
            ("unsorted", [load(0x5000, 0x1000, 0x1000), load(0, 0x1000, 0x2000)]),
            ("inside", [load(0, 0x6000, 0x1000), load(0x2000, 0x1000, 0x7000)]),
            ("far", [load(0, 0x1000, 2**40), load(0x5000, 0x1000, 0x1000)]),
            ("note", [dict(load(0, 0x3000, 0x1000), type=4), load(0x1000, 0x1000, 0x5000)])):
        yield "core-" + name, core(headers), "segments of a core"
        if name not in ("memory-wraps", "memory-to-the-top", "file-wraps", "far"):
            yield "core-32-" + name, core(headers, 32), "segments of a core"
    yield "core-far-whole", core([load(0, 0x1000, 2**40)], size=2**40 + 0x1000), "data above 4 GiB"
    ones = 2**32 - 0x1000
    yield "core-32-to-the-top", core([load(ones, 0x800, 0x1000, 0x1000)], 32), "2^32 exactly"
    yield "core-32-over-the-top", core([load(ones, 0x800, 0x1000, 0x1001)], 32), "beyond"


def seeds():
    all_ = {dump.name: dump for dump in generate.all_dumps() if dump.piece is not None}
    for name, dump in sorted(all_.items()):
        data = compact(dump)
        if len(data) <= MOST or name.endswith("-led"):
            yield name, data
    for name, dump in sorted(all_.items()):
        if name.endswith("-example") and "map" in dump.regions:
            yield name + "-regions-above-4g", far(dump), "every offset needs more than 32 bits"
            if name in EDGED:
                yield from edges(dump)
                yield from short(dump)
                if dump.regions["avail"][1] > 0 and "radix" not in name:
                    yield from pairs(dump)
    yield from sparc64(all_["sparc64-example"])
    yield from cores()
    for machine in ("amd64", "arm", "arm64", "i386", "mips", "powerpc64", "riscv"):
        magic = b"minidump FreeBSD/" + machine.encode()
        for what, data in (("no-zero", magic.ljust(24, b"x")), ("longer", magic + b"x\0"),
                           ("cut", magic[:-1] + b"\0"), ("version-0", magic.ljust(80, b"\0"))):
            yield "magic-%s-%s" % (machine, what), b"KSF1" + patch(0, data) + length(4096), \
                "the magic and its zero"
