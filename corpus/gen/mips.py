# SPDX-License-Identifier: BSD-2-Clause
"""mips minidumps of three ABIs in both byte orders: entries, segments, the worked examples."""

from . import facts
from .dump import dump_of_minidump
from .memory import Memory
from .minidump import Minidump
from .notes import Space

PAGE = 0x1000
GLOBAL, VALID, DIRTY, CACHED = 1, 2, 4, 0x18
UNMAPPED = GLOBAL  # what a kernel writes for a page that is not there
END = {">": "be", "<": "le"}
SEGMENT = 0x20000000  # bytes of kseg0, of kseg1
XKPHYS, XKPHYS_END = 0x8000000000000000, 0xC000000000000000
FLIPS = (0, 1, 2, 6, 7, 28, 29, 30, 33, 34, 55, 63)


class Abi:
    """Word sizes and addresses of one kind of kernel."""

    def __init__(self, name, kernel, arch, text, kernbase, entry, flags):
        self.name, self.arch, self.text, self.kernbase = name, arch, text, kernbase
        self.bits, self.machine, self.type = facts.KERNELS[kernel]
        self.entry, self.flags = entry, flags
        self.read_only = 1 << (29 if entry == 4 else 55)
        self.top = 1 << self.bits
        self.suffix = {"o32": "", "n32": "n32", "n64": "64"}[name]

    def word(self, version):
        """Bytes of a word of the bitmap."""
        return 8 if version == 2 and self.bits == 64 else 4

    def machine_arch(self, order):
        return "mips" + self.suffix + ("el" if order == "<" else "")


O32 = Abi("o32", "mips", "mips", 0x80100000, 0xC0000000, 4, 0)
N32 = Abi("n32", "mipsn32", "mips", 0x80100000, 0xC0000000, 8, 0x20)
N64 = Abi("n64", "mips64", "mips64", 0xFFFFFFFF80100000, XKPHYS_END, 8, 0)
ABIS = (O32, N32, N64)


class PageMap:
    """The map region: one entry a page, each noted when it is made."""

    def __init__(self, abi, order, size=0x2000, kernbase=None, entry=None):
        self.abi, self.order = abi, "big" if order == ">" else "little"
        self.entry_bytes = entry or abi.entry
        self.kernbase = abi.kernbase if kernbase is None else kernbase
        fill = UNMAPPED.to_bytes(self.entry_bytes, self.order)
        self.table = bytearray(fill * (size // self.entry_bytes))
        self.table += bytes(size - len(self.table))
        self.written = []  # (offset, value)
        self.space = Space()
        self.segments()

    def segments(self):
        """The addresses that no entry speaks for are asked first."""
        if self.abi.bits == 64:
            for attribute in range(8):
                self.space.linear(XKPHYS + (attribute << 59), 1 << 40, 0)
            self.space.hole(XKPHYS, XKPHYS_END - XKPHYS, "NO_MAP")
        kseg0 = self.abi.text & ~0xFFFFFFF
        self.space.linear(kseg0, SEGMENT, 0)
        self.space.linear(kseg0 + SEGMENT, SEGMENT, 0)

    def holds(self, va):
        return (va - self.kernbase) // PAGE < len(self.table) // self.entry_bytes

    def raw(self, va, value):
        assert self.holds(va)
        at = (va - self.kernbase) // PAGE * self.entry_bytes
        self.table[at:at + self.entry_bytes] = value.to_bytes(self.entry_bytes, self.order)
        self.written.append((at, value))

    def value(self, pa, prot="rwx", more=0):
        writable = DIRTY if "w" in prot else self.abi.read_only
        return pa >> 12 << 6 | GLOBAL | VALID | CACHED | writable | more

    def entry(self, va, pa, prot="rwx", more=0):
        self.given(va, pa, self.value(pa, prot, more), prot)

    def given(self, va, pa, value, prot="rwx"):
        """An entry of which every bit is said."""
        self.raw(va, value)
        self.space.entry(va, pa, PAGE, prot)

    def invalid(self, va, value):
        self.raw(va, value)

    def close(self):
        covered = len(self.table) // self.entry_bytes * PAGE
        self.space.hole(self.kernbase, min(covered, self.abi.top - self.kernbase), "NOT_MAPPED")
        return self.space


def minidump(abi, version, memory, kmap):
    mini = Minidump("mips", version, memory, abi.word(version))
    mini.values = {"kernbase": kmap.kernbase}
    mini.table = kmap.table
    return mini


def finish(name, abi, mini, kmap, kernel=None, options=(), lead=None):
    """Build and answer what every dump answers."""
    dump = dump_of_minidump(name, mini, kmap.close(), abi.arch, kernel, options)
    if lead:
        lead(dump)
    dump.options = options or ("arch " + abi.machine_arch(mini.memory.order),)
    dump.flips = FLIPS
    dump.unsure = range(48, 64)  # two fields that version 1 declares and nobody sets
    answers = dump.answers
    answers.add("describe displacement 0")
    answers.space()
    for va in (0, 0x7FFFF000, 0x7FFFFFFF, 0x80000000, 0xBFFFFFFF, 0xFFFFFFFF, 0x100000000,
               0xFFFFFFFF7FFFFFFF, 0xFFFFFFFF80003010, 0xFFFFFFFFC0000000, (1 << 64) - 1,
               0x4000000000000000, (kmap.kernbase - 1) % (1 << 64), kmap.kernbase):
        answers.xlat(va)
        answers.va(va, 1)
    answers.physical()
    answers.pages()  # segments only cut bits off: no map of all memory
    answers.mappings()
    for at, value in kmap.written:
        dump.entries.append((dump.regions["map"][0] + at, kmap.entry_bytes, value, None))
    return dump


def with_kernel(abi, order):
    """The smallest kernel file, which tells the ABI."""
    from .kernel import Kernel
    kernel = Kernel(abi.bits, abi.machine, abi.text, order, abi.type, abi.flags)
    kernel.var("hz", kernel.i32(100))
    return kernel.build()


def example_name(abi, version, order):
    return "mips-%s-v%d-%s-example" % (abi.name, version, END[order])


def example_wide(abi, version, order):
    """The first worked example and its twins: n64 and n32, version 2 and the bits in version 1."""
    memory = Memory(order=order)
    kmap = PageMap(abi, order, PAGE)
    base = kmap.kernbase
    kmap.given(base, 0x2000, 0x9F)
    kmap.given(base + 0x1000, 0x100001000, 0x010000000400005F)
    kmap.given(base + 0x3000, 0x100021000, 0x008000000400085B, "r-x")
    kmap.given(base + 0x4000, 0x5000, 0x15F)
    kmap.given(base + 0x5000, 0xFFFFA000, 0x3FFFE97)
    mini = minidump(abi, version, memory, kmap)
    mini.dump = {0, 0x2000, 0x9000, 0x29000, 0x46000}
    if version == 2:
        mini.ranges = [(0, 0x8000), (0x100000000, 0x100080000)]
        mini.dump = {0, 0x2000, 0x100001000, 0x100021000, 0x10003E000}
    dump = finish(example_name(abi, version, order), abi, mini, kmap, with_kernel(abi, order))
    dump.answers.add("findings 0")
    for offset in (0x123, 0x1008, 0x2000, 0x3FF8, 0x4000, 0x5000, 0x200000):
        dump.answers.xlat(base + offset)
        dump.answers.va(base + offset, 8)
    for va in (0x980000010003E010, 0x9000000000002040, 0x9800000000008000, 0x8001180000000000,
               0xFFFFFFFF80002100, 0xFFFFFFFFA0000000, 0xFFFFFFFFC0000000, 0x80002100):
        dump.answers.xlat(va)
        dump.answers.va(va, 8)
    return dump


def example_o32(order):
    """The second worked example."""
    memory = Memory(order=order)
    kmap = PageMap(O32, order, PAGE)
    base = kmap.kernbase
    kmap.given(base, 0x21000, 0x85F)
    kmap.given(base + 0x1000, 0x100000, 0x2000401B, "r-x")
    kmap.invalid(base + 0x3000, 0)
    kmap.given(base + 0x4000, 0x4000, 0x11F)
    kmap.given(base + 0x5000, 0x100000000, 0x0400001F)
    mini = minidump(O32, 1, memory, kmap)
    mini.ring = bytes(0xFF0)
    mini.dump = {0x3000, 0x21000, 0x100000}
    dump = finish(example_name(O32, 1, order), O32, mini, kmap, with_kernel(O32, order))
    dump.answers.add("findings 0")
    for va in (0xC0000004, 0xC0001FFC, 0xC0002000, 0xC0003000, 0xC0004000, 0xC0005000, 0xC0400000,
               0x80003010, 0xA0100000, 0x9FFFFFFF, 0x7FFFF000, 0xFFFFFFFF80003010):
        dump.answers.xlat(va)
        dump.answers.va(va, 4)
    return dump


def dumps():
    from . import mips_rich, mips_variants
    for order in ">", "<":
        for abi in N64, N32:
            for version in 2, 1:
                yield example_wide(abi, version, order)
        yield example_o32(order)
    yield from mips_rich.dumps()
    yield from mips_variants.dumps()
