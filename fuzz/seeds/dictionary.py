# SPDX-License-Identifier: BSD-2-Clause
"""Dictionaries: the words that a target compares its input with."""

import struct

from gen import amd64, elf, facts

from records import OPTION


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


def call_words():
    lines = ("arch amd64", "arch mipsn32", "without dump", "without options", "without err",
             "provider", "provider live", "provide panicstr 0x1000 8", "provide msgbufp 0x1000 8", "scope 1 0 0",
             "symbol hz", "text 0 64", "text 1 64", "messages", "message 0", "odd 0", "walk 1", "next",
             "size options 15", "size limits 24 1", "limit findings 1", "limit messages 16")
    return [line("line_%d" % n, (words + "\n").encode()) for n, words in enumerate(lines)]


def tool_words():
    """Commands, options and what stands for files, as tools/table.c and the target have them."""
    words = "info check read symbols translate pages dmesg DUMP KERNEL".split() + [
        "-N", "-M", "-q", "-h", "--"] + ["--" + name for name in (
            "help version json quiet arch page-size entry-size phys raw hex u8 u16 u32 u64 string "
            "vnet cpu mappings kernel").split()]
    return [line("word_%d" % n, word.encode() + b"\0") for n, word in enumerate(words)] \
        + [line("arguments", b"\x21" + bytes(6))]


DICTIONARIES = {
    "open": lambda: records() + minidump_words() + elf_words(),
    "index": lambda: [line("ones", b"\xff" * 8), line("word", b"\x80\0\0\0\0\0\0\0")],
    "avail": lambda: [line("pa_%x" % n, struct.pack("<Q", n)) for n in
                      (0x1000, 0x9F000, 0x100000, 0xC0000000, 1 << 32, 1 << 52, 1 << 56)],
    "phdrs": lambda: records() + elf_words(),
    "elfsym": lambda: records() + elf_words(),
    "merge": lambda: [line("set", struct.pack("<HH", 0x5000, 0x100))],
    "source": lambda: [line("reads", struct.pack("<HB", 60, 16))],
    "messages": lambda: [line("mark", b"<118>"), line("boot", b"---<<BOOT>>---\n"),
                         line("run", bytes(8))],
    "calls": lambda: records() + minidump_words() + elf_words() + call_words(),
    "util": lambda: [line("top", b"\x08" + b"\xff" * 8), line("ones", b"\x10"),
                     line("page", b"\x02\0\x10"), line("half", b"\x05\0\0\0\0\x01")],
    "tool": lambda: records() + tool_words() + minidump_words(),
    "session": lambda: records() + minidump_words() + elf_words(),
    "frame": lambda: records() + minidump_words() + elf_words(),
    "xlat": lambda: records() + minidump_words() + elf_words(),
}
