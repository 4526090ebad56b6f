#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Write the committed seeds of the fuzz targets (corpus/seeds) and their dictionaries (fuzz/dict).

Dumps and kernels are the generator's; faults, orders of records and the small targets' inputs are
added here. A seed is named after what it shows.
"""

import os
import struct
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "corpus"))
sys.dont_write_bytecode = True

from gen import amd64, amd64_avail, amd64_core, amd64_kernels, elf, facts, ksf  # noqa: E402
from gen.pieces import from_bytes  # noqa: E402

OPTION, SYMBOL, SELECT = 4, 3, 4
CHUNK, FAIL_ALLOCATION, FAIL_READ, LIE_READ, BITS = 1, 2, 3, 4, 5
ALLOCATION, MEMORY, HEADERS, SYMBOLS, WALK, FINDINGS, PAGE_BYTES, ENTRY_BYTES, CPU, VNET, SHORT = \
    range(6, 17)


def option(number, value):
    return struct.pack("<BBQ", OPTION, number, value)


def patch(offset, data, file=0):
    return struct.pack("<B6sH", file << 4 | ksf.DATA, ksf.u48(offset), len(data)) + data


def length(bytes_, file=0):
    return struct.pack("<B6s", file << 4 | ksf.LEN, ksf.u48(bytes_))


def run(offset, count, width, first, step):
    return struct.pack("<B6sIBQQ", ksf.RUN, ksf.u48(offset), count, width, first, step)


# ---- Small targets ----

def index():
    """Flags (order, what nbits is), nbits, bitmap."""
    lengths = [("empty", b""), ("one-byte", b"\x81"), ("seven", b"\x80" * 7),
               ("eight-full", b"\xff" * 8), ("thirteen", b"\x0c\x03" + b"\xff" * 11),
               ("two-blocks-all", b"\xff" * 256), ("two-blocks-none", bytes(256)),
               ("block-and-a-byte", b"\x01" * 129), ("last-bit", bytes(1023) + b"\x80"),
               ("sparse", (b"\x01" + bytes(62)) * 16)]
    for order, name in enumerate(("le", "be32", "be64")):
        for what, bits in lengths:
            yield "%s-%s" % (name, what), bytes((order | 1 << 2, 0, 0)) + bits
        for nbits in (0, 1, 511, 512, 513, 1023, 1024, 1025):
            yield "%s-nbits-%d" % (name, nbits), struct.pack("<BH", order, nbits) + b"\xff" * 200
        yield name + "-nbits-all-ones", bytes((order | 2 << 2, 0, 0)) + b"\xff" * 9
        yield name + "-nbits-near-all-ones", bytes((order | 3 << 2, 9, 0)) + b"\xff" * 9
    yield "no-such-order", b"\x03\x08\x00\xff"


def pairs(*values, code="Q", order="<"):
    return struct.pack("%s%d%s" % (order, len(values), code), *values)


def avail():
    """Flags (width 4, big-endian, page size, implied), limit, array."""
    good = (0x1000, 0x9F000, 0x100000, 0xC0000000, 0x100000000, 0x140000000)
    yield "two-holes", b"\0\x18" + pairs(*good, 0, 0)
    yield "two-holes-big-endian", b"\x02\x18" + pairs(*good, 0, 0, order=">")
    yield "32-bit", b"\x01\x18" + pairs(0x1000, 0x9F000, 0x100000, 0x200000, 0, 0, code="I")
    yield "pages-16k", b"\x08\x18" + pairs(0x8000, 0x20000, 0x30000, 0x50000, 0, 0)
    yield "pages-64k", b"\x0c\x18" + pairs(0x8000, 0x20000, 0x30000, 0x50000, 0, 0)
    yield "unterminated", b"\0\x18" + pairs(*good)
    yield "odd-bytes", b"\0\x18" + pairs(*good) + b"\x01\x02\x03"
    yield "half-a-pair", b"\0\x18" + pairs(*good, 0x200000000)
    yield "no-pair", b"\0\x18" + pairs(0, 0)
    yield "empty", b"\0\x18"
    yield "unaligned-shared-page", b"\0\x18" + pairs(0x1800, 0x3800, 0x3900, 0x4100, 0, 0)
    yield "touching", b"\0\x18" + pairs(0, 0x2000, 0x2000, 0x3000, 0, 0)
    yield "descending", b"\0\x18" + pairs(0x100000, 0x200000, 0x1000, 0x2000, 0, 0)
    yield "overlapping", b"\0\x18" + pairs(0x1000, 0x5000, 0x4000, 0x6000, 0, 0)
    yield "backwards", b"\0\x18" + pairs(0x5000, 0x1000, 0, 0)
    yield "empty-range", b"\0\x18" + pairs(0x1000, 0x1000, 0x2000, 0x3000, 0, 0)
    yield "above-limit", b"\0\x00" + pairs(0x1000, 0x100001000, 0, 0)
    yield "at-limit", b"\0\x00" + pairs(0x1000, 0x100000000, 0, 0)
    yield "all-ones", b"\0\x18" + pairs(0x1000, 2**64 - 1, 0, 0)
    yield "implied", b"\x10\x00" + pairs(0x100000)
    yield "implied-none", b"\x10\x00" + pairs(0)
    yield "implied-most", b"\x10\x00" + pairs(2**64 - 1)


def merge():
    """Flags; VNET start, size; DPCPU start, size; base; entries."""
    def head(flags, *words):
        return struct.pack("<B5H", flags, *words)

    def sym(prefix, letter, value, underscores=0, fails=False):
        return struct.pack("<BBH", (3 if fails else 0) | prefix << 2 | underscores << 4,
                           ord(letter) - ord("a"), value)

    def entry(letter, underscores=0, found=False, prefix=0):
        return bytes((2 if found else 1 | prefix << 2 | underscores << 4, ord(letter) - ord("a")))

    sets = (0x5000, 0x100, 0x6000, 0x100, 0x9000)
    body = sym(0, "a", 0x800) + sym(1, "b", 0x5000) + sym(2, "c", 0x6010) + sym(1, "d", 0x9000)
    list_ = b"".join(entry(letter, n) for letter in "abcde" for n in (0, 1, 2))
    for flags, what in ((0x0F, "all"), (0x1F, "all-32-bit"), (0x05, "as-linked"), (0x00, "plain"),
                        (0x03, "vnet-only"), (0x0C, "dpcpu-only"), (0x2F, "live")):
        yield what, head(flags, *sets) + body + list_
    yield "plain-wins", head(15, *sets) + sym(0, "a", 1) + sym(1, "a", 0x5001) + entry("a")
    yield "duplicates", head(15, *sets) + body + entry("e") + entry("a") + entry("e") + entry("a")
    yield "fails-first-pass", head(15, *sets) + sym(0, "b", 1, fails=True) + list_
    yield "fails-second-pass", head(15, *sets) + sym(1, "b", 1, fails=True) + list_
    yield "underscored-symbol", head(15, *sets) + sym(0, "a", 7, 1) + entry("a", 1) + entry("a", 2)
    yield "live-came-in-found", head(0x2F, *sets) + body + entry("a", found=True) + entry("e")
    yield "live-long-names", head(0x2F, *sets) + b"".join(bytes((1, n)) for n in range(240, 256))
    yield "edges-of-a-set", head(15, *sets) + b"".join(
        sym(1, letter, value) for letter, value in zip("abcdef", (0x4FFF, 0x5000, 0x50FF, 0x5100, 0,
                                                                  1))) + list_
    yield "empty-list", head(15, *sets) + body


def messages():
    """Flags, wseq, rseq, ring."""
    text = b"---<<BOOT>>---\n<118>hi\n<6>x: \x1b[0m\npanic\n"
    room = text + bytes(20)

    def ring(flags, wseq, data, rseq=0):
        return struct.pack("<BII", flags, wseq, rseq) + data

    yield "fresh", ring(1, len(text), room)
    yield "wrapped", ring(1, 69, text[10:] + text[:10])
    yield "wrapped-once-exactly", ring(1, len(text), text)
    yield "unread-lost", ring(1, 1000, text[10:] + text[:10], 3)
    yield "empty", ring(1, 0, bytes(64))
    yield "one-byte", ring(1, 1, b"x")
    yield "no-struct-one-run", ring(0, 0, text[5:] + bytes(9) + text[:5])
    yield "no-struct-no-run", ring(0, 0, text)
    yield "no-struct-two-runs", ring(0, 0, text[:9] + bytes(3) + text[9:20] + bytes(7) + text[20:])
    yield "no-struct-run-over-the-end", ring(0, 0, bytes(4) + text + bytes(4))
    yield "no-struct-all-zero", ring(0, 0, bytes(32))
    yield "wrong-magic", ring(3, len(text), room)
    yield "wrong-size", ring(5, len(text), room)
    yield "wrong-seqmod", ring(9, len(text), room)
    yield "four-times", ring(0x21, len(text), text)
    yield "priorities", ring(1, 90, b"<0>a\n<7>b\n<8>c\n<>d\n<x>e\n<12f\n<99999999999999999999>g\n"
                             b"<2147483648>h\n<2147483647>i\n<1>\n\n<118>" + bytes(30))
    yield "no-newline-at-end", ring(1, 5, b"hello" + bytes(11))
    yield "nul-inside", ring(1, 11, b"hello\0there\n" + bytes(4))
    yield "high-bytes", ring(1, 40, bytes(range(128, 160)) + b"\n\x07\t" + bytes(8))


def source():
    """Chunk, call that fails, lies, ends early; offset; reads; bytes."""
    reads = struct.pack("<HBHBHB", 0, 16, 60, 16, 90, 100)
    data = bytes(range(100))

    def made(chunk=0, fails=0, lies=0, ends=0, offset=0):
        return struct.pack("<HBBBHB", chunk, fails, lies, ends, offset, 3) + reads + data

    yield "whole", made()
    yield "one-byte-a-call", made(chunk=1)
    yield "seven-bytes-a-call", made(chunk=7)
    yield "first-fails", made(fails=1)
    yield "later-fails", made(chunk=7, fails=4)
    yield "lies", made(lies=1)
    yield "lies-later", made(chunk=3, lies=5)
    yield "ends", made(ends=1)
    yield "ends-later", made(chunk=9, ends=3)
    yield "offset", made(offset=50)
    yield "offset-at-end", made(offset=100)
    yield "offset-beyond", made(offset=101)
    yield "empty", bytes(8)


# ---- Program headers and symbols ----

def core(headers, bits=64, order="<", size=0x9000, **values):
    given = dict(phoff=elf.EHSIZE[bits], phnum=len(headers), version=0)
    given.update(values)
    head = elf.ehdr(bits, order, 62, 4, 255, **given)
    head += b"".join(elf.record(elf.PHDR, bits, order, dict(dict(type=1, flags=4, align=4096), **h))
                     for h in headers)
    return b"KSF1" + patch(0, head) + length(size)


def load(pa, filesz, offset, memsz=None, **more):
    return dict(dict(offset=offset, paddr=pa, vaddr=pa, filesz=filesz,
                     memsz=filesz if memsz is None else memsz), **more)


def phdrs():
    two = [load(0, 0x3000, 0x1000), load(0x100000, 0x5000, 0x4000)]
    top = 2**64
    for bits in (32, 64):
        for order, name in (("<", "le"), (">", "be")):
            yield "two-%d-%s" % (bits, name), core(two, bits, order)
    yield "cut", core(two, size=0x6800)
    yield "cut-before-second", core(two, size=0x4000)
    yield "memsz-larger", core([load(0, 0x3000, 0x1000, 0x8000), two[1]])
    yield "memsz-smaller", core([load(0, 0x3000, 0x1000, 0x2000), two[1]])
    yield "memsz-over-next", core([load(0, 0x3000, 0x1000, 0x102000), two[1]])
    yield "overlap-tail", core([load(0, 0x3000, 0x1000), load(0x2000, 0x3000, 0x4000)])
    yield "overlap-head", core([load(0x2000, 0x3000, 0x1000), load(0, 0x3000, 0x4000)])
    yield "overlap-inside", core([load(0, 0x6000, 0x1000), load(0x2000, 0x1000, 0x7000)])
    yield "overlap-around", core([load(0x2000, 0x1000, 0x1000), load(0, 0x6000, 0x2000)])
    yield "overlap-same", core([load(0, 0x3000, 0x1000), load(0, 0x3000, 0x4000)])
    yield "overlap-three", core([load(0x1000, 0x1000, 0x1000), load(0x3000, 0x1000, 0x2000),
                                 load(0, 0x5000, 0x3000)])
    yield "unsorted", core([two[1], two[0]])
    yield "empty-segment", core([load(0, 0, 0x1000), two[1]])
    yield "note-with-address", core([dict(two[0], type=4), two[1]])
    yield "delta", core(two + [dict(type=0x6FB5D000, vaddr=0xFFFFFFFF80000000, paddr=0x1A00000,
                                    align=0x200000)])
    yield "address-wraps", core([load(top - 0x1000, 0x3000, 0x1000), two[1]])
    yield "address-to-the-top", core([load(top - 0x3000, 0x3000, 0x1000), two[0]])
    yield "offset-wraps", core([load(0, 0x3000, top - 0x1000), two[1]])
    yield "physical-all-ones", core([load(0, 0x3000, 0x1000, paddr=top - 1)])
    yield "virtual-all-ones", core([load(0, 0x3000, 0x1000, vaddr=top - 1)])
    yield "virtual-of-its-own", core([load(0, 0x3000, 0x1000, vaddr=0xC0000000)])
    yield "none", core([])
    yield "entry-size", core(two, phentsize=55)
    yield "table-past-end", core(two, phoff=0x8FC0)
    yield "table-overflow", core(two, phoff=top - 64)
    yield "count-extended-without", core(two, phnum=0xFFFF)
    shdr = elf.record(elf.SHDR, 64, "<", dict(info=2))
    yield "count-extended", core(two, phnum=0xFFFF, shoff=0x8000, shnum=0, shentsize=64)[:-7] \
        + patch(0x8000, shdr) + length(0x9000)
    lie = elf.record(elf.SHDR, 64, "<", dict(info=0xFFFFFFFF))
    yield "count-extended-lie", core(two, phnum=0xFFFF, shoff=0x8000, shentsize=64)[:-7] \
        + patch(0x8000, lie) + length(0x9000)
    yield "count-65534", core(two, phnum=0xFFFE, size=0x400000)
    yield "many", core([load(0x2000 * n, 0x1000, 0x1000 * (n + 1)) for n in range(40)], size=0x29000)
    wrapped = [load(0, 0x3000, 0x1000), load(0, 0x3000, 0x4000)]
    yield "cut-to-32-bits", core(wrapped, 32) + option(BITS, 1)
    yield "first-read-fails", core(two) + option(FAIL_READ, 1)
    yield "second-read-fails", core(two) + option(FAIL_READ, 2)
    yield "plain-file", core(two)[13:-7]


def elfsym():
    for dump in amd64_kernels.dumps():
        if isinstance(dump.kernel, bytes):
            ops = [struct.pack("<BBQI", 1 << 4 | ksf.OP, SYMBOL, 0x6001, 0)]
            yield dump.name, ksf.encode([(from_bytes(dump.kernel), 1)], ops)
    sound = amd64_kernels.small()
    data = ksf.encode([(from_bytes(sound.build()), 1)], [])
    for n in range(1, 6):
        yield "read-%d-fails" % n, data + option(FAIL_READ, n)
    yield "symbols-limit", data + option(SYMBOLS, 2)
    yield "a-byte-a-read", data + option(CHUNK, 1)


# ---- Sessions ----

def session():
    all_ = {dump.name: dump for module in (amd64, amd64_avail, amd64_core)
            for dump in module.dumps() if dump.piece is not None}
    small = [name for name in sorted(all_) if name.endswith("-example")
             or name in ("amd64-v3-above-4g", "amd64-v3-empty", "amd64-v3-no-map", "amd64-v3-la57",
                         "amd64-v2-ring32-struct", "amd64-full-overlap-tail", "amd64-v3-shared-page")]
    for name in small:
        yield name, all_[name].seed_bytes()
    base, rich, full = (all_[name].seed_bytes()
                        for name in ("amd64-v3-example", "amd64-v3", "amd64-full-example"))
    end = all_["amd64-v3-example"].piece.length
    for n in range(1, 12):
        yield "v3-nomem-%d" % n, base + option(FAIL_ALLOCATION, n)
        yield "full-nomem-%d" % n, full + option(FAIL_ALLOCATION, n)
    for n in range(1, 10):
        yield "v3-eio-%d" % n, base + option(FAIL_READ, n)
        yield "full-eio-%d" % n, full + option(FAIL_READ, n)
        yield "v3-short-%d" % n, base + option(SHORT, n)
    for n in (1, 3, 6):
        yield "v3-lie-%d" % n, base + option(LIE_READ, n)
    for n in range(20, 60, 8):
        yield "rich-eio-%d" % n, rich + option(FAIL_READ, n)
    yield "v3-a-byte-a-read", base + option(CHUNK, 1)
    yield "v3-seven-bytes-a-read", base + option(CHUNK, 7)
    yield "full-seven-bytes-a-read", full + option(CHUNK, 7)
    for number, what in ((ALLOCATION, "allocation"), (MEMORY, "memory"), (SYMBOLS, "symbols"),
                         (WALK, "walk"), (FINDINGS, "findings"), (HEADERS, "headers")):
        yield "v3-limit-" + what, base + option(number, 1)
        yield "full-limit-" + what, full + option(number, 1)
    yield "v3-page-bytes", base + option(PAGE_BYTES, 16384)
    yield "v3-entry-bytes", base + option(ENTRY_BYTES, 4)
    yield "rich-cpu-1", rich + option(CPU, 1)
    yield "rich-cpu-none", rich + option(CPU, 0xFFFFFFFF)
    yield "rich-vnet-none", rich + option(VNET, 0x1000)
    for at in range(0x800, end, 0x800):
        yield "v3-cut-%x" % at, base + length(at)
    for at in (0, 1, 8, 24, 63, 67, 68):
        yield "v3-cut-%x" % at, base + length(at)
    for name, offset, width in all_["amd64-v3-example"].fields:
        for value in (0, 1, 0xFFF, 0x1001, 1 << 31, (1 << 32) - 1):
            yield "v3-%s-%x" % (name, value), base + patch(offset, value.to_bytes(width, "little"))
    yield "v3-regions-above-4g", base + patch(28, (0xFFFFF000).to_bytes(4, "little")) \
        + length(1 << 34)
    yield "v3-bitmap-of-ones", base + run(0x3000, 512, 3, 2**64 - 1, 0) + length(1 << 30)
    yield "v3-map-points-at-itself", base + run(0x4000, 512, 3, 0x3063, 0)
    yield "v3-select", base + b"".join(ksf.op(SELECT, n) for n in (0, 1, 3, 4, 2**64 - 1))
    yield "v3-reads-at-the-edges", base + b"".join(
        ksf.op(ksf.READ, va, count) for va, count in
        ((0xFFFFFE00001FFFF8, 16), (0xFFFFFFFFFFFFFFF8, 16), (0xFFFFF80000008FF8, 16),
         (0xFFFFFE0000200000, 8192), (0, 1), (0xFFFFFE0000005000, 0)))
    for data, what in ((b"\x1f\x8b\x08\0", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"),
                       (b"FreeBSD Text Dump", "text-dump"), (b"Cleared Kernel Dump", "cleared"),
                       (b"minidump FreeBSD/vax", "unknown-machine"), (b"", "empty")):
        yield "not-" + what, b"KSF1" + patch(0, data) + length(4096 if data else 0)
    yield "raw-minidump", all_["amd64-v2-example"].piece.get(0, 0x48)
    yield "kernel-dump-header", b"KSF1" + patch(0, kernel_dump_header()) + length(0x20000)


def kernel_dump_header():
    """Version 4, parity right; nothing sound behind it."""
    head = bytearray(512)
    head[0:19] = b"FreeBSD Kernel Dump"
    head[20:25] = b"amd64"
    struct.pack_into(">II", head, 32, 4, 2)
    struct.pack_into(">QQII", head, 40, 0x9000, 1700000000, 0, 512)
    head[320:325] = b"panic"
    words = struct.unpack(">128I", head)
    parity = 0
    for word in words:
        parity ^= word
    struct.pack_into(">I", head, 508, parity)
    return bytes(head)


# ---- Dictionaries ----

def line(name, data):
    return '%s="%s"' % (name, "".join("\\x%02x" % byte for byte in data))


def records():
    out = [line("ksf", b"KSF1"), line("len", b"\x03"), line("op_read", b"\x05\x00"),
           line("op_translate", b"\x05\x01"), line("op_page", b"\x05\x02")]
    return out + [line("option_%d" % n, bytes((OPTION, n))) for n in range(1, 17)]


def minidump_words():
    out = []
    for machine, (magic, size, versions) in sorted(facts.MINIDUMPS.items()):
        out.append(line("magic_" + machine, magic.encode().ljust(size, b"\0")))
    for name, value in (("kernbase", amd64.KERNBASE), ("dmapbase", amd64.DMAPBASE),
                        ("dmapend", amd64.DMAPEND), ("image", amd64.IMAGE)):
        out.append(line(name, struct.pack("<Q", value)))
    for bits, what in ((0x63, "page"), (0xE3, "large"), (0x62, "invalid"), (1 << 63 | 0x63, "nx")):
        out.append(line("entry_" + what, struct.pack("<Q", bits)))
    return out + [line("size_%x" % n, struct.pack("<I", n)) for n in (0xFFF, 0x1000, 0xFFFFF000)]


def elf_words():
    out = [line("elf64", b"\x7fELF\x02\x01\x01"), line("elf32be", b"\x7fELF\x01\x02\x01"),
           line("pt_load", struct.pack("<I", 1)), line("pt_delta", struct.pack("<I", 0x6FB5D000)),
           line("xnum", b"\xff\xff")]
    for name in ("SYMTAB", "STRTAB", "NOBITS", "DYNSYM", "SYMTAB_SHNDX"):
        out.append(line("sht_" + name.lower(), struct.pack("<I", getattr(elf, "SHT_" + name))))
    for name in ("vnet_entry_", "pcpu_entry_", "__start_set_vnet", "__stop_set_vnet",
                 "__start_set_pcpu", "__stop_set_pcpu", "vnet0", "dpcpu_off", "mp_maxcpus",
                 "kernbase", "KPML4phys", "KPML5phys", "kernphys", "version", "panicstr", "msgbufp"):
        out.append(line("name_" + name, name.encode() + b"\0"))
    return out


DICTIONARIES = {
    "index": lambda: [line("ones", b"\xff" * 8), line("word", b"\x80\0\0\0\0\0\0\0")],
    "avail": lambda: [line("pa_%x" % n, struct.pack("<Q", n)) for n in
                      (0x1000, 0x9F000, 0x100000, 0xC0000000, 1 << 32, 1 << 52, 1 << 56)],
    "phdrs": lambda: records() + elf_words(),
    "elfsym": lambda: records() + elf_words(),
    "merge": lambda: [line("set", struct.pack("<HH", 0x5000, 0x100))],
    "source": lambda: [line("reads", struct.pack("<HB", 60, 16))],
    "messages": lambda: [line("mark", b"<118>"), line("boot", b"---<<BOOT>>---\n"),
                         line("run", bytes(8))],
    "session": lambda: records() + minidump_words() + elf_words(),
}
SEEDS = {"index": index, "avail": avail, "merge": merge, "messages": messages, "source": source,
         "phdrs": phdrs, "elfsym": elfsym, "session": session}


def files(root):
    """(path, bytes) of everything."""
    for target, seeds in SEEDS.items():
        for name, data in seeds():
            yield os.path.join(root, "corpus", "seeds", target, name), data
    for target, lines in DICTIONARIES.items():
        head = "# SPDX-License-Identifier: BSD-2-Clause\n# Written by fuzz/seeds.py.\n"
        yield os.path.join(root, "fuzz", "dict", target + ".dict"), \
            (head + "\n".join(lines()) + "\n").encode()


def main():
    check = sys.argv[1:] == ["--check"]
    stale = 0
    for path, data in files(os.path.join(HERE, "..")):
        have = open(path, "rb").read() if os.path.exists(path) else None
        if have == data:
            continue
        stale += 1
        if check:
            print("%s: not as fuzz/seeds.py writes it" % os.path.relpath(path, HERE + "/.."))
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as out:
            out.write(data)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
