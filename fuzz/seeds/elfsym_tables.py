# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `elfsym`: tables of symbols, of strings and of section numbers, each in its ways."""

import struct

from gen import amd64_kernels, elf, ksf
from gen.amd64_kernels import TEXT
from gen.kernel import Kernel
from gen.pieces import from_bytes

from records import (BITS, CHUNK, FAIL_ALLOCATION, FAIL_READ, LIE_READ, SHORT, SYMBOL, SYMBOLS, length,
                     option, patch)

MANY = 4100  # symbols: more than the library shows libelf at once
DATA = 3     # number of the section .data


def encoded(data, *records):
    return ksf.encode([(from_bytes(data), 1)], []) + b"".join(records)


class Built:
    """A kernel file whose fields can be patched."""

    def __init__(self, kernel):
        self.kernel, self.data = kernel, kernel.build()

    def field(self, section, name, value):
        at, width = self.kernel.section_field(section, name)
        order = "little" if self.kernel.order == "<" else "big"
        return patch(at, (value % (1 << 8 * width)).to_bytes(width, order), 1)

    def value(self, section, name):
        at, width = self.kernel.section_field(section, name)
        return int.from_bytes(self.data[at:at + width],
                              "little" if self.kernel.order == "<" else "big")

    def symbol(self, number, **values):
        """Fields of a symbol of .symtab."""
        at = self.value(".symtab", "offset") + number * elf.size(elf.SYM, self.kernel.bits)
        out = b""
        for name, offset, width in elf.fields(elf.SYM, self.kernel.bits, at):
            if name in values:
                out += patch(offset, values[name].to_bytes(width, "little"), 1)
        return out

    def seed(self, *records):
        return encoded(self.data, *records)


def with_dynsym():
    kernel = amd64_kernels.small()
    kernel.dynamic = [("third", "G", ".data", TEXT + 0x1100, 8, 1),
                      ("first", "G", ".data", TEXT + 0x1200, 8, 1)]
    kernel.tables = (".symtab", ".dynsym")
    return Built(kernel)


def with_indices(*more):
    kernel = amd64_kernels.small()
    kernel.sym("far", "G", elf.SHN_XINDEX, TEXT + 0x1008, 8)
    kernel.sym("farther", "L", elf.SHN_XINDEX, TEXT + 0x1010, 8)
    kernel.sym("nowhere", "G", elf.SHN_XINDEX, 0, 0)
    kernel.indices = {4: DATA, 5: 1, 6: 0xFFFFFFF0}
    for name in more:
        kernel.sym(name, "G", elf.SHN_XINDEX, 0, 0)
    return Built(kernel)


def run(offset, count, width, first, step=0):
    return struct.pack("<B6sIBQQ", 1 << 4 | ksf.RUN, ksf.u48(offset), count, width, first, step)


def ask(at):
    """The name at this place of the file before the kernel, which has nothing else."""
    return struct.pack("<BBQI", ksf.OP, SYMBOL, at, 0)


def names():
    """Which symbols and names count."""
    kernel = amd64_kernels.small()
    kernel.sym("common", "G", "COMMON", 16, 8)
    kernel.sym("undefined", "G", "UNDEF", 0, 0)
    kernel.sym("reserved", "G", 0xFF05, 0x77, 8)
    kernel.sym("beyond", "L", 0xFE00, 0x78, 8)
    kernel.sym("file.c", "L", "ABS", 0, 0, elf.STT_FILE)
    kernel.sym("note", "L", ".note", 0x79, 8)
    yield "sections-of-all-kinds", Built(kernel).seed(), "the nlist type of each"
    for order in ("LGWO", "OWGL", "GLOW", "OL", "LO", "LL", "GG", "WL", "OO"):
        kernel = amd64_kernels.small()
        for n, bind in enumerate(order):
            kernel.sym("dup", bind.replace("O", "G"), ".data", TEXT + 0x1000 + n, 1)
        built = Built(kernel)
        others = [built.symbol(4 + n, info=0xA1) for n, b in enumerate(order) if b == "O"]
        yield "duplicates-" + order.lower(), built.seed(*others), "who is preferred"
    built = Built(amd64_kernels.small())
    for word in ("fir", "firstborn", "_first", "__first", "irst", "last", "lastly", "las", "_"):
        yield "asks-" + word.strip("_") + "_" * word.count("_"), \
            built.seed(patch(0, word.encode() + b"\0"), ask(0))
    kernel = Kernel(64, 62, TEXT)
    for n in range(24):  # names that begin before, at and behind bytes 256 and 512 of the table
        kernel.sym("n%s%d" % ("x" * (n * 7 % 23), n), "G", ".data", TEXT + 0x1000 + n, 1)
    built = Built(kernel)
    for n in range(0, 24, 3):
        yield "marks-%d" % n, built.seed(*(
            patch(32 * k, kernel.symbols[n + k][0].encode() + b"\0") + ask(32 * k)
            for k in range(3))), "a name's hash goes on from the next mark"
    kernel = Kernel(64, 62, TEXT)
    kernel.sym("a" * 254, "L", ".data", 1, 1)
    kernel.sym("at256", "G", ".data", 2, 1)
    kernel.sym("b" * 600, "G", ".data", 3, 1)
    kernel.sym("c", "G", ".data", 4, 1)
    yield "name-at-a-mark", Built(kernel).seed(patch(0, b"at256\0c\0"), ask(0), ask(6)), \
        "the name at byte 256, names over several marks"


def strings():
    built = Built(amd64_kernels.small())
    at, room = built.value(".strtab", "offset"), built.value(".strtab", "size")
    yield "strtab-empty", built.seed(built.field(".strtab", "size", 0)), "no byte at all"
    yield "strtab-empty-names-0", built.seed(built.field(".strtab", "size", 0), *(
        built.symbol(n, name=0) for n in range(1, 5))), "st_name 0 is no bad name"
    yield "strtab-without-nul", built.seed(patch(at, b"x" * room, 1)), "names without end"
    yield "strtab-cut-by-the-file", built.seed(built.field(".strtab", "size", 1 << 20)), \
        "kept in part, a finding"
    yield "strtab-begins-at-the-end", built.seed(
        built.field(".strtab", "offset", len(built.data))), "nothing of it is in the file"
    yield "strtab-outside-but-empty", built.seed(
        built.field(".strtab", "offset", 1 << 40), built.field(".strtab", "size", 0))
    yield "strtab-size-wraps", built.seed(built.field(".strtab", "size", -8)), \
        "offset + size beyond 2^64"
    yield "name-in-the-endless-part", built.seed(
        built.field(".strtab", "size", room - 1), built.symbol(1, name=room - 3)), \
        "counted apart from names that are outside"
    yield "name-beyond-and-endless", built.seed(
        built.field(".strtab", "size", room - 1), built.symbol(1, name=room - 1)), \
        "the first byte behind the table"


def symbols():
    built = Built(amd64_kernels.small())
    yield "symtab-empty", built.seed(built.field(".symtab", "size", 0)), "no symbols: a finding"
    yield "symtab-outside-but-empty", built.seed(
        built.field(".symtab", "size", 0), built.field(".symtab", "offset", 1 << 40))
    yield "symtab-size-wraps", built.seed(built.field(".symtab", "size", -16)), \
        "offset + size beyond 2^64"
    yield "symtab-begins-at-the-end", built.seed(
        built.field(".symtab", "offset", len(built.data)))
    yield "symtab-of-no-whole-symbol", built.seed(built.field(".symtab", "size", 23))
    kernel = amd64_kernels.small()
    kernel.dynamic, kernel.tables = kernel.symbols, (".dynsym",)
    only = Built(kernel)
    yield "only-dynsym-entsize", only.seed(only.field(".dynsym", "entsize", 25)), \
        "with no .symtab it must be sound"
    both = with_dynsym()
    yield "both-dynsym-type-twice", both.seed(both.field(".symtab", "type", elf.SHT_DYNSYM)), \
        "the first counts, a finding"
    for name, value in (("entsize", 25), ("link", 99), ("link", 1), ("flags", elf.SHF_COMPRESSED),
                        ("offset", 1 << 40), ("size", 25)):
        yield "both-dynsym-%s-%x" % (name, value), both.seed(both.field(".dynsym", name, value)), \
            "next to a sound .symtab a finding"
    for limit in (4, 5, 6, 7, 8):
        yield "both-symbols-%d" % limit, both.seed(option(SYMBOLS, limit)), \
            "the limit is of both tables together"


    most = 1 << 27
    for n in (most, most + 1):
        yield "symtab-of-%x-symbols" % n, built.seed(
            option(SYMBOLS, 1 << 40), built.field(".symtab", "size", 24 * n), length(1 << 32, 1)), \
            "KVS_SYMTAB_MOST, whatever the caller allows"


def section_numbers():
    built = with_indices()
    name = ".symtab_shndx"
    yield "xindex-three", built.seed()
    yield "xindex-compressed", built.seed(built.field(name, "flags", elf.SHF_COMPRESSED))
    yield "xindex-outside", built.seed(built.field(name, "offset", 1 << 40))
    yield "xindex-at-the-end", built.seed(built.field(name, "offset", len(built.data)))
    yield "xindex-cut-by-the-file", built.seed(built.field(name, "size", 1 << 40)), \
        "entries beyond the file are left out"
    yield "xindex-cut-by-the-file-short", built.seed(
        built.field(name, "size", 1 << 40), built.field(name, "offset", len(built.data) - 12)), \
        "the last symbols have no entry in the file"
    yield "xindex-short", built.seed(built.field(name, "size", 4 * 5)), \
        "the last symbols have no entry, whatever lies behind"
    yield "xindex-link-of-another-type", built.seed(
        built.field(".note", "link", built.kernel.shdrs.index(".symtab")),
        patch(built.value(".note", "offset"), struct.pack("<32I", *[1] * 32), 1)), \
        "its type says what a section is, not its link"
    yield "xindex-of-another-table", built.seed(built.field(name, "link", 1))
    yield "xindex-twice", built.seed(
        built.field(".note", "type", elf.SHT_SYMTAB_SHNDX),
        built.field(".note", "link", built.kernel.shdrs.index(".symtab"))), "the first counts"
    yield "xindex-twice-first-empty", built.seed(
        built.field(".note", "type", elf.SHT_SYMTAB_SHNDX), built.field(".note", "size", 3),
        built.field(".note", "link", built.kernel.shdrs.index(".symtab"))), "one without entries"
    yield "xindex-without-symbols", built.seed(built.field(".symtab", "type", 0)), \
        "its table is none"
    for n in range(1, 16):
        yield "xindex-nomem-%d" % n, built.seed(option(FAIL_ALLOCATION, n))
    for n in range(1, 12):
        yield "xindex-eio-%d" % n, built.seed(option(FAIL_READ, n))
    both = with_dynsym()
    for n in range(8, 22):
        yield "both-nomem-%d" % n, both.seed(option(FAIL_ALLOCATION, n))
    for n in range(6, 14):
        yield "both-eio-%d" % n, both.seed(option(FAIL_READ, n))
        yield "both-short-%d" % n, both.seed(option(SHORT, n))
    yield "both-lie", both.seed(option(LIE_READ, 8))
    for n in (1, 2):
        yield "both-libelf-%d" % n, both.seed(option(BITS, n)), "libelf has no memory"


def slow():
    """Names that begin at every tenth byte of 250,000 and end with the table."""
    built = Built(amd64_kernels.small())
    at, text, n = 1 << 20, 2 << 20, 8000
    word = 1 | 0x11 << 32 | 1 << 48
    return built.seed(
        length(4 << 20, 1), run(at, 3 * n, 3, word, 10), run(text, 31250, 3, int.from_bytes(b"x" * 8, "little")),
        patch(text + 250000 - 1, b"\0", 1), built.field(".symtab", "offset", at),
        built.field(".symtab", "size", 24 * n), built.field(".strtab", "offset", text),
        built.field(".strtab", "size", 250000))


def many():
    """More symbols than libelf sees at once, all but a few alike."""
    built = with_indices()
    at = 1 << 20
    word = 1 | 0x11 << 32 | 0xFFFF << 48  # name 1, global object, section elsewhere
    table = [length(4 << 20, 1), run(at, 3 * MANY, 3, word), built.field(".symtab", "offset", at),
             built.field(".symtab", "size", 24 * MANY)]
    last = patch(at + 24 * (MANY - 1), struct.pack("<IBBHQQ", 9, 0x12, 0, 0xFFFF, 0x1234, 8), 1)
    indices = [run(2 << 20, MANY, 2, DATA), built.field(".symtab_shndx", "offset", 2 << 20),
               built.field(".symtab_shndx", "size", 4 * MANY)]
    yield "many", built.seed(*table, last, *indices), "symbols of a second piece"
    yield "many-indices-for-the-first-piece", built.seed(
        *table, last, *indices, built.field(".symtab_shndx", "size", 4 * 4096))
    yield "many-indices-one-more", built.seed(
        *table, last, *indices, built.field(".symtab_shndx", "size", 4 * 4097))
    for n in range(8, 14):
        yield "many-eio-%d" % n, built.seed(*table, last, *indices, option(FAIL_READ, n))
    yield "many-names-overlap", slow(), "a hash takes 256 steps at most: else it takes seconds"
    yield "many-libelf-2", built.seed(*table, last, option(BITS, 2)), "the second piece"


def sections():
    built = Built(amd64_kernels.small())
    none = patch(60, b"\0\0", 1)  # e_shnum

    def count(n):
        return built.field("", "size", n)
    big = length(1 << 40, 1)
    yield "sections-2-20-and-one", built.seed(none, count((1 << 20) + 1), big), "SECTIONS_MAX"
    yield "sections-2-20", built.seed(none, count(1 << 20), big)
    yield "sections-600", built.seed(none, count(600), length(1 << 20, 1)), "several pieces"
    for n in (6, 7, 8):
        yield "sections-600-eio-%d" % n, built.seed(none, count(600), length(1 << 20, 1),
                                                    option(FAIL_READ, n))
    reserved = Kernel(64, 62, TEXT)
    reserved.sym("a", "G", 0xFF05, 8, 8)
    reserved.sym("b", "L", 0xFF05, 8, 8)
    far = Built(reserved)
    yield "sections-ff10", far.seed(
        none, far.field("", "size", 0xFF10), patch(
            far.kernel.shoff + 64 * 0xFF05 + 4, struct.pack("<I", elf.SHT_PROGBITS), 1),
        length(1 << 24, 1)), "numbers from SHN_LORESERVE on are no sections, even where there are some"
    yield "section-0-is-a-table", built.seed(
        built.field("", "type", elf.SHT_SYMTAB)), "any section can be one"
    yield "section-0-far-away", built.seed(none, patch(40, struct.pack("<Q", 1 << 40), 1))
    yield "sections-none", built.seed(patch(40, bytes(8), 1)), "e_shoff 0: no sections"
    yield "e-version-2", built.seed(patch(20, b"\2", 1))
    yield "e-version-0", built.seed(patch(20, b"\0", 1))
    yield "ehsize-63", built.seed(patch(52, b"\x3f", 1))
    yield "phnum-0-phentsize-0", built.seed(patch(54, bytes(4), 1))
    yield "phnum-extended", built.seed(patch(56, b"\xff\xff", 1))
    yield "phnum-extended-far-away", built.seed(
        patch(56, b"\xff\xff", 1), patch(40, struct.pack("<Q", 1 << 40), 1))
    for at in (0, 1, 15, 16, 51, 52, 63, 64):
        yield "kernel-cut-%d" % at, built.seed(length(at, 1))
    for at in (len(built.data) - 1, len(built.data) - 64):
        yield "kernel-headers-cut-%d" % (len(built.data) - at), built.seed(length(at, 1))


def orders():
    for bits, order, machine, name in ((32, "<", 3, "i386"), (32, ">", 20, "powerpc"),
                                       (64, ">", 21, "powerpc64"), (32, ">", 8, "mips")):
        kernel = Kernel(bits, machine, 0x100000, order)
        kernel.sym("a", "G", ".data", 0x101000, 4)
        kernel.sym("far", "W", elf.SHN_XINDEX, 0x101008, 8)
        kernel.sym("vnet_entry_c", "L", ".bss", 0xFFFFFFFF, 0xFFFFFFFF)
        kernel.indices = {1: DATA}
        built = Built(kernel)
        yield "order-" + name, built.seed(), "fields of this class in this byte order"
        yield "order-%s-a-byte-a-read" % name, built.seed(option(CHUNK, 1))


def seeds():
    yield from names()
    yield from strings()
    yield from symbols()
    yield from section_numbers()
    yield from many()
    yield from sections()
    yield from orders()
