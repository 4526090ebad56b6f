# SPDX-License-Identifier: BSD-2-Clause
"""A tiny kernel file: sections at fixed distances, variables, and a symbol table."""

import struct

from . import elf

# name: (distance from the text's address, bytes, section type, flags)
AREAS = {
    ".text": (0, 0x800, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_EXECINSTR),
    ".note": (0x800, 0x100, elf.SHT_NOTE, elf.SHF_ALLOC),
    ".data": (0x1000, 0x3000, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE),
    "set_vnet": (0x4000, 0x100, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE),
    "set_pcpu": (0x4800, 0x100, elf.SHT_PROGBITS, elf.SHF_ALLOC | elf.SHF_WRITE),
    ".bss": (0x5000, 0x1000, elf.SHT_NOBITS, elf.SHF_ALLOC | elf.SHF_WRITE),
}
IMAGE_BYTES = 0x6000
FILE_BYTES = 0x5000  # of the image: .bss takes none
NLIST = {".text": 4, ".data": 6, "set_vnet": 6, "set_pcpu": 6, ".bss": 8, ".note": 0, "ABS": 2}


class Kernel:
    """var() gives a variable its address and symbol; set() its value. The image is what the
    machine puts into memory, build() the file."""

    def __init__(self, bits, machine, text, order="<", type_=2, flags=0,
                 areas=tuple(AREAS)):
        self.bits, self.machine, self.order = bits, machine, order
        self.type, self.flags, self.text = type_, flags, text
        self.areas = areas
        self.image = bytearray(IMAGE_BYTES)
        self.used = dict.fromkeys(AREAS, 0)
        self.symbols = []   # (name, binding, section, value, size, type)
        self.known = {}     # name: (value, N_* type, size) of the symbol noted last
        self.dynamic = []   # symbols of a .dynsym, like those of symbols
        self.indices = {}   # number of a symbol: its section, for SHN_XINDEX
        self.tables = (".symtab",)
        self.shdrs = []     # filled by build(): names of the sections, in order
        self.shoff = 0

    @property
    def pointer(self):
        return self.bits // 8

    def sym(self, name, bind="G", section="ABS", value=0, size=0, type_=elf.STT_OBJECT):
        self.symbols.append((name, bind, section, value, size, type_))
        code = NLIST.get(section, 0) + (bind != "L")
        self.known[name] = (value, code or 2, size)
        return value

    def var(self, name, value, bind="G", section=".data", align=8):
        """A variable of these bytes, or of so many zero bytes; its address."""
        data = bytes(value) if isinstance(value, int) else value
        start = -(-self.used[section] // align) * align
        assert start + len(data) <= AREAS[section][1], "no room in " + section
        self.used[section] = start + len(data)
        address = self.text + AREAS[section][0] + start
        self.set(address, data)
        return self.sym(name, bind, section, address, len(data))

    def word(self, value):
        return struct.pack(self.order + ("Q" if self.bits == 64 else "I"),
                           value & ((1 << self.bits) - 1))

    def i32(self, value):
        return struct.pack(self.order + "i", value)

    def set(self, address, data):
        self.image[address - self.text:address - self.text + len(data)] = data

    def build(self):
        """The file. Image at 0x1000, then symbols, strings, section names and headers."""
        head = 0x1000
        body = bytes(self.image[:FILE_BYTES])
        sections = [("", {})] + [(name, self._area(name, head)) for name in self.areas]
        for table in self.tables:
            used = sum(len(values.get("data", b"")) for _, values in sections)
            sections += self._symbol_sections(head + len(body) + used, sections, table)
        tail = b"".join(values.pop("data", b"") for _, values in sections)
        table, places = elf.strings([name for name, _ in sections] + [".shstrtab"])
        at = head + len(body) + len(tail)
        sections.append((".shstrtab", {"type": elf.SHT_STRTAB, "offset": at, "size": len(table),
                                       "addralign": 1}))
        self.shdrs = [name for name, _ in sections]
        self.shoff = -(-(at + len(table)) // 8) * 8
        phdr = elf.record(elf.PHDR, self.bits, self.order, {
            "type": elf.PT_LOAD, "flags": 7, "offset": head, "vaddr": self.text,
            "paddr": self.text, "filesz": FILE_BYTES, "memsz": IMAGE_BYTES, "align": 0x1000})
        out = elf.ehdr(self.bits, self.order, self.machine, self.type, entry=self.text,
                       flags=self.flags, phoff=elf.EHSIZE[self.bits], phnum=1, shoff=self.shoff,
                       shnum=len(sections), shstrndx=len(sections) - 1) + phdr
        out = (out.ljust(head, b"\0") + body + tail + table).ljust(self.shoff, b"\0")
        return out + b"".join(elf.record(elf.SHDR, self.bits, self.order,
                                         dict(values, name=places[name]))
                              for name, values in sections)

    def _area(self, name, head):
        start, size, type_, flags = AREAS[name]
        return {"type": type_, "flags": flags, "addr": self.text + start, "offset": head + start,
                "size": size, "addralign": 16}

    def _symbol_sections(self, at, sections, table):
        """A symbol table, its strings and, where it has indices, the section numbers."""
        index = {name: number for number, (name, _) in enumerate(sections)}
        index.update(ABS=elf.SHN_ABS, UNDEF=elf.SHN_UNDEF, COMMON=elf.SHN_COMMON)
        symbols = self.symbols if table == ".symtab" else self.dynamic
        names, places = elf.strings([symbol[0] for symbol in symbols])
        data = elf.record(elf.SYM, self.bits, self.order, {})
        for name, bind, section, value, size, type_ in symbols:
            data += elf.record(elf.SYM, self.bits, self.order, {
                "name": places[name], "info": elf.STB[bind] << 4 | type_, "value": value,
                "size": size, "shndx": section if isinstance(section, int) else index[section]})
        binds = [symbol[1] for symbol in symbols]
        first = next((i + 1 for i, bind in enumerate(binds) if bind != "L"), len(binds) + 1)
        number = len(sections)
        kind, strtab = ((elf.SHT_SYMTAB, ".strtab") if table == ".symtab"
                        else (elf.SHT_DYNSYM, ".dynstr"))
        made = [(table, {"type": kind, "offset": at, "size": len(data), "link": number + 1,
                         "info": first, "entsize": elf.size(elf.SYM, self.bits),
                         "addralign": 8, "data": data}),
                (strtab, {"type": elf.SHT_STRTAB, "offset": at + len(data), "size": len(names),
                          "addralign": 1, "data": names})]
        if self.indices and table == ".symtab":
            more = struct.pack("%s%dI" % (self.order, len(symbols) + 1), 0,
                               *(self.indices.get(n, 0) for n in range(len(symbols))))
            made.append((".symtab_shndx", {
                "type": elf.SHT_SYMTAB_SHNDX, "offset": at + len(data) + len(names),
                "size": len(more), "link": number, "entsize": 4, "addralign": 4, "data": more}))
        return made

    def fields(self):
        """(name, offset, width) of the built file's header and section headers."""
        out = [("ident_class", 4, 1), ("ident_data", 5, 1), ("ident_version", 6, 1)]
        out += elf.fields(elf.EHDR, self.bits, 16)
        step = elf.size(elf.SHDR, self.bits)
        for number, section in enumerate(self.shdrs):
            base = self.shoff + number * step
            out += [("s%d%s_%s" % (number, section.strip(".") and section, name), offset, width)
                    for name, offset, width in elf.fields(elf.SHDR, self.bits, base)]
        return out

    def section_field(self, section, name):
        """(offset, width) of a field of a section header in the built file."""
        base = self.shoff + self.shdrs.index(section) * elf.size(elf.SHDR, self.bits)
        for field, offset, width in elf.fields(elf.SHDR, self.bits, base):
            if field == name:
                return offset, width
        raise KeyError(name)
