# SPDX-License-Identifier: BSD-2-Clause
"""ELF records of either class in either byte order, as bytes; and the tables of their fields."""

import struct

PT_LOAD, PT_NOTE, PT_DUMP_DELTA = 1, 4, 0x6FB5D000
SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_NOTE, SHT_NOBITS, SHT_DYNSYM = 1, 2, 3, 7, 8, 11
SHT_SYMTAB_SHNDX = 18
SHF_WRITE, SHF_ALLOC, SHF_EXECINSTR, SHF_COMPRESSED = 1, 2, 4, 0x800
SHN_UNDEF, SHN_ABS, SHN_COMMON, SHN_XINDEX = 0, 0xFFF1, 0xFFF2, 0xFFFF
STB = {"L": 0, "G": 1, "W": 2}
STT_NOTYPE, STT_OBJECT, STT_FUNC, STT_FILE = 0, 1, 2, 4

EHDR = {32: (("type", "H"), ("machine", "H"), ("version", "I"), ("entry", "I"), ("phoff", "I"),
             ("shoff", "I"), ("flags", "I"), ("ehsize", "H"), ("phentsize", "H"), ("phnum", "H"),
             ("shentsize", "H"), ("shnum", "H"), ("shstrndx", "H"))}
EHDR[64] = tuple((name, "Q" if name in ("entry", "phoff", "shoff") else code)
                 for name, code in EHDR[32])
PHDR = {32: (("type", "I"), ("offset", "I"), ("vaddr", "I"), ("paddr", "I"), ("filesz", "I"),
             ("memsz", "I"), ("flags", "I"), ("align", "I")),
        64: (("type", "I"), ("flags", "I"), ("offset", "Q"), ("vaddr", "Q"), ("paddr", "Q"),
             ("filesz", "Q"), ("memsz", "Q"), ("align", "Q"))}
SHDR = {32: (("name", "I"), ("type", "I"), ("flags", "I"), ("addr", "I"), ("offset", "I"),
             ("size", "I"), ("link", "I"), ("info", "I"), ("addralign", "I"), ("entsize", "I"))}
SHDR[64] = tuple((name, "Q" if name in ("flags", "addr", "offset", "size", "addralign", "entsize")
                  else code) for name, code in SHDR[32])
SYM = {32: (("name", "I"), ("value", "I"), ("size", "I"), ("info", "B"), ("other", "B"),
            ("shndx", "H")),
       64: (("name", "I"), ("info", "B"), ("other", "B"), ("shndx", "H"), ("value", "Q"),
            ("size", "Q"))}


def size(table, bits):
    return struct.calcsize("<" + "".join(code for _, code in table[bits]))


EHSIZE = {bits: 16 + size(EHDR, bits) for bits in (32, 64)}


def fields(table, bits, base=0):
    """[(name, offset, width)] of one record, in order."""
    out = []
    for name, code in table[bits]:
        width = struct.calcsize("<" + code)
        out.append((name, base, width))
        base += width
    return out


def record(table, bits, order, values):
    codes = order + "".join(code for _, code in table[bits])
    mask = (1 << bits) - 1
    return struct.pack(codes, *(values.get(name, 0) & mask for name, _ in table[bits]))


def ehdr(bits, order, machine, type_, osabi=9, **values):
    """File header; e_ident and the sizes of records are filled in unless given."""
    ident = b"\x7fELF" + bytes((1 if bits == 32 else 2, 1 if order == "<" else 2, 1, osabi))
    given = {"machine": machine, "type": type_, "version": 1, "ehsize": EHSIZE[bits],
             "phentsize": size(PHDR, bits), "shentsize": size(SHDR, bits)}
    given.update(values)
    return ident + bytes(8) + record(EHDR, bits, order, given)


def strings(names):
    """A string table and the place of each name in it."""
    table, places = b"\0", {"": 0}
    for name in names:
        if name not in places:
            places[name] = len(table)
            table += name.encode() + b"\0"
    return table, places
