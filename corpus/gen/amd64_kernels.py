# SPDX-License-Identifier: BSD-2-Clause
"""Kernel files alone: the worked example of the name lists, tables that are missing or damaged."""

from . import elf
from .amd64 import BITS, IMAGE, KERNBASE, LARGE, MACHINE, PAGE, KernelMap, finish, minidump
from .dump import Dump
from .kernel import AREAS, NLIST, Kernel
from .memory import Memory
from .pieces import from_bytes

TEXT = IMAGE + LARGE
SECTIONS = {1: ".text", 2: ".data", 3: ".bss", 4: ".note"}
EXAMPLE = (("m.c", "L", "ABS", 0), ("dup", "L", 2, 0x1000), ("loc", "L", 3, 0x2000),
           ("note", "L", 4, 0x2100), ("vnet_entry_s", "L", 2, 0x5008), ("dup", "G", 2, 0x1100),
           ("text", "G", 1, 0x800), ("_und", "G", "UNDEF", 0), ("_both", "G", 2, 0x1200),
           ("both", "G", 2, 0x1300), ("abs", "G", "ABS", 0), ("wk", "W", 3, 0x2200),
           ("vnet_entry_v", "G", 2, 0x5000), ("pcpu_entry_p", "G", 2, 0x6010),
           ("__start_set_vnet", "G", "ABS", 0x5000), ("__stop_set_vnet", "G", "ABS", 0x5100),
           ("__start_set_pcpu", "G", "ABS", 0x6000), ("__stop_set_pcpu", "G", "ABS", 0x6100),
           ("vnet_entry_far", "G", 2, 0x9000))
PLAIN = (("text", 0x800, 5), ("_text", 0x800, 5), ("__text", None, 0), ("loc", 0x2000, 8),
         ("wk", 0x2200, 9), ("abs", 0, 3), ("m.c", 0, 0x1E), ("note", 0x2100, 2),
         ("dup", 0x1100, 7), ("nope", None, 0), ("_both", 0x1200, 7), ("both", 0x1300, 7),
         ("_und", None, 0), ("und", None, 0), ("x" * 1100, None, 0), ("vnet_entry_v", 0x5000, 7))


def example_kernel():
    kernel = Kernel(BITS, MACHINE, TEXT, areas=tuple(SECTIONS.values()))
    for name, bind, section, value in EXAMPLE:
        type_ = {"m.c": elf.STT_FILE, "text": elf.STT_FUNC}.get(name, elf.STT_OBJECT)
        kernel.sym(name, bind, SECTIONS.get(section, section), value, 0, type_)
    return kernel


def answer_plain(dump):
    for name, value, code in PLAIN:
        dump.answers.symbol(name, value, code)


def example():
    """The example as a kernel alone."""
    kernel = example_kernel()
    dump = Dump("symbols-example", kernel=kernel.build())
    dump.kernel_fields = kernel.fields()
    answer_plain(dump)
    return dump


def example_in_dump():
    """The same symbols in a dump that has the network stack and the CPUs of the example."""
    memory, kernel = Memory(), example_kernel()
    kmap = KernelMap(memory, 2, PAGE)
    kmap.large(KERNBASE, 0x200000)
    memory.clear(0x200000)
    memory.u64(0x200010, KERNBASE + 0x100)     # vnet0, and the list's head
    memory.u32(0x200020, 3)                    # mp_maxcpus
    memory.u32(0x200110, 0x5E4A6F28)           # struct vnet: magic, data_mem, data_base
    memory.u64(0x200120, 0x1000)
    memory.u64(0x200128, 0xFFFFFFFFFFFFC000)
    for number, offset in enumerate((0x2000, 0, 0x3000)):
        memory.u64(0x200200 + 8 * number, offset)
    for name, at, size in (("vnet0", 0x10, 8), ("vnet_head", 0x10, 8), ("mp_maxcpus", 0x20, 4),
                           ("dpcpu_off", 0x200, 24)):
        kernel.sym(name, "G", ".data", KERNBASE + at, size)
    mini = minidump(2, memory, kmap)
    mini.dump = {0x200000}
    dump = finish("symbols-dump", mini, kmap, kernel.build())
    dump.damage = False
    answer_plain(dump)
    for scope, p in (("default", 0x8010), ("cpu 2", 0x9010), ("cpu 1", None)):
        dump.answers.add("scope", scope)
        dump.answers.symbol("v", 0x1000, 7, "vnet")
        dump.answers.symbol("_s", 0x1008, 6, "vnet")
        dump.answers.symbol("far", 0x9000, 7, "vnet")
        dump.answers.symbol("zz")
        dump.answers.symbol("p", p, 7, "dpcpu")
    return dump


def small():
    """A kernel of three symbols; the last one's name is the last of the string table."""
    kernel = Kernel(BITS, MACHINE, TEXT)
    kernel.sym("small.c", "L", "ABS", 0, 0, elf.STT_FILE)
    kernel.var("first", 8)
    kernel.var("second", 4, section=".bss")
    kernel.sym("last", "W", ".text", TEXT + 0x10, 4, elf.STT_FUNC)
    return kernel


def judged(what, data, status, kernel=None, found=(), missing=(), finding=False):
    dump = Dump("kernel-" + what, kernel=data, status=status)
    for name in found:
        value, code, size = kernel.known[name]
        dump.answers.symbol(name, value, code, "plain", size)
    for name in missing:
        dump.answers.symbol(name)
    if finding:
        dump.answers.add("finding any")
    return dump


ALL = ("first", "second", "last")


def tables():
    """Which symbol tables a kernel has."""
    kernel = small()
    yield judged("sound", kernel.build(), "OK", kernel, ALL, ("third",))
    kernel = small()
    kernel.tables = ()
    yield judged("stripped", kernel.build(), "OK", kernel, (), ALL)
    kernel = small()
    kernel.tables, kernel.dynamic = (".dynsym",), kernel.symbols
    yield judged("only-dynsym", kernel.build(), "OK", kernel, ALL, ("third",))
    kernel = small()
    kernel.dynamic = [("third", "G", ".data", TEXT + 0x1100, 8, 1),
                      ("first", "G", ".data", TEXT + 0x1200, 8, 1)]
    kernel.known["third"] = (TEXT + 0x1100, 7, 8)
    kernel.tables = (".symtab", ".dynsym")
    data = kernel.build()
    yield judged("symtab-and-dynsym", data, "OK", kernel, ALL + ("third",))
    at, _ = kernel.section_field(".dynsym", "type")
    yield judged("two-symtabs", patched(data, at, 2, 4), "OK", kernel, ALL, ("third",), True)
    for what, numbers in (("xindex", {4: 3}), ("xindex-without-table", {})):
        kernel = small()
        kernel.sym("far_section", "G", elf.SHN_XINDEX, TEXT + 0x1008, 8)
        kernel.indices = numbers
        data_section = NLIST[list(AREAS)[2]] | 1  # section 3 is the third area
        kernel.known["far_section"] = (TEXT + 0x1008, data_section if numbers else 1, 8)
        yield judged(what, kernel.build(), "OK", kernel, ALL + ("far_section",))


def patched(data, at, value, width):
    return data[:at] + value.to_bytes(width, "little") + data[at + width:]


# what, section, field, value (None: as it was, plus the last column), status
DAMAGE = (
    ("entsize-0", ".symtab", "entsize", 0, "BAD_KERNEL"),
    ("entsize-23", ".symtab", "entsize", 23, "BAD_KERNEL"),
    ("link-out-of-range", ".symtab", "link", 99, "BAD_KERNEL"),
    ("link-0", ".symtab", "link", 0, "BAD_KERNEL"),
    ("link-text", ".symtab", "link", 1, "BAD_KERNEL"),
    ("link-nobits", ".symtab", "link", 6, "BAD_KERNEL"),
    ("strtab-nobits", ".strtab", "type", elf.SHT_NOBITS, "BAD_KERNEL"),
    ("symtab-outside", ".symtab", "offset", 1 << 40, "BAD_KERNEL"),
    ("symtab-overflow", ".symtab", "offset", (1 << 64) - 8, "BAD_KERNEL"),
    ("strtab-outside", ".strtab", "offset", 1 << 40, "BAD_KERNEL"),
    ("strtab-overflow", ".strtab", "offset", (1 << 64) - 8, "BAD_KERNEL"),
    ("symtab-compressed", ".symtab", "flags", elf.SHF_COMPRESSED, "BAD_KERNEL"),
    ("strtab-compressed", ".strtab", "flags", elf.SHF_COMPRESSED, "BAD_KERNEL"),
)
HEADER = (
    ("class-32", 4, 1, 1), ("data-big", 5, 2, 1), ("data-0", 5, 0, 1), ("ident-version-0", 6, 0, 1),
    ("type-rel", 16, 1, 2), ("machine-unknown", 18, 0x1234, 2), ("phentsize-57", 54, 57, 2),
    ("shentsize-63", 58, 63, 2), ("shentsize-0", 58, 0, 2), ("shoff-past-end", 40, 1 << 40, 8),
    ("shoff-overflow", 40, (1 << 64) - 64, 8), ("shnum-past-end", 60, 0xFFFE, 2),
)


def damaged():
    """Kernels that contradict themselves, and those that only half do."""
    kernel = small()
    data = kernel.build()
    for what, section, field, value, status in DAMAGE:
        at, width = kernel.section_field(section, field)
        yield judged(what, patched(data, at, value, width), status)
    for what, at, value, width in HEADER:
        yield judged(what, patched(data, at, value, width), "BAD_KERNEL")
    yield judged("empty", b"", "BAD_KERNEL")
    yield judged("40-bytes", data[:40], "BAD_KERNEL")
    yield judged("text", b"This is no kernel.\n" * 100, "BAD_KERNEL")
    at, _ = kernel.section_field("", "size")
    none = patched(data, 60, 0, 2)
    yield judged("shnum-2-40", patched(none, at, 1 << 40, 8), "BAD_KERNEL")
    yield judged("shnum-in-section-0", patched(none, at, len(kernel.shdrs), 8), "OK", kernel, ALL)
    size, _ = kernel.section_field(".symtab", "size")
    whole = int.from_bytes(data[size:size + 8], "little")
    yield judged("size-no-multiple", patched(data, size, whole + 5, 8), "OK", kernel, ALL, (), True)
    yield judged("symtab-cut", patched(data, size, 24 * 4000, 8), "OK", kernel, ALL[:2], (), True)
    strings, _ = kernel.section_field(".strtab", "size")
    room = int.from_bytes(data[strings:strings + 8], "little")
    yield judged("strtab-unterminated", patched(data, strings, room - 1, 8), "OK", kernel,
                 ALL[:2], ALL[2:], True)
    offset, _ = kernel.section_field(".symtab", "offset")
    table = int.from_bytes(data[offset:offset + 8], "little")
    yield judged("name-beyond", patched(data, table + 2 * 24, 0x7FFFFFFF, 4), "OK", kernel,
                 ALL[1:], ALL[:1], True)
    many = from_bytes(patched(patched(data, offset, 1 << 20, 8), size, 24 * ((1 << 24) + 2), 8))
    many.grow((1 << 20) + 24 * ((1 << 24) + 2))
    yield judged("too-many-symbols", many, "LIMIT")


def dumps():
    yield example()
    yield example_in_dump()
    yield from tables()
    yield from damaged()
