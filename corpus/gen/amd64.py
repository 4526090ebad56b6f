# SPDX-License-Identifier: BSD-2-Clause
"""amd64 minidumps: page table entries, the map of each version, the dumps with a kernel."""

from . import facts
from .dump import dump_of_minidump
from .memory import Memory
from .minidump import Minidump
from .msgbuf import MessageBuffer
from .notes import Space
from .system import HEAP_BYTES, MAGIC_OLD, System

KERNBASE, DMAPBASE, DMAPEND = 0xFFFFFE0000000000, 0xFFFFF80000000000, 0xFFFFFC0000000000
IMAGE = 0xFFFFFFFF80000000
TOP, PAGE, LARGE, GIANT = 1 << 64, 0x1000, 0x200000, 0x40000000
V, RW, PS, NX, USED = 1, 2, 0x80, 1 << 63, 0x60
BITS, MACHINE, TYPE = facts.KERNELS["amd64"]
HEAP_PAGES = (0x30000, 0x11000, 0x100002000, 0x32000, 0x800000, 0x13000, 0x14000, 0x15000)


def entry(pa, prot, more=0):
    """A valid entry of any level."""
    return pa | V | USED | more | (RW if "w" in prot else 0) | (0 if "x" in prot else NX)


def recursive(value, table):
    """The entry, pointed at the table that holds it."""
    return value & ~(0x000FFFFFFFFFF000 | PS) | table


class KernelMap:
    """The map region of a minidump: each entry is noted when it is made."""

    def __init__(self, memory, version, size, kernbase=KERNBASE, dmap=(DMAPBASE, DMAPEND)):
        self.memory, self.version, self.kernbase = memory, version, kernbase
        self.span = PAGE if version == 1 else LARGE
        self.table = bytearray(size)
        self.space = Space()
        self.tables = {}
        self.dmap = dmap
        self.runs = []
        self.entries = []  # ("map", offset, value) or ("page", pa, value)

    def raw(self, va, value):
        """An entry of the map region, without a note."""
        at = (va - self.kernbase) // self.span * 8
        self.table[at:at + 8] = value.to_bytes(8, "little")
        self.entries.append(("map", at, value))

    def table_page(self, va, pa, missing=None):
        """Versions 2 and 3: the 2 MiB from va on have their entries in a page."""
        self.raw(va, entry(pa, "rwx"))
        if missing:
            self.space.hole(va, LARGE, missing)
        else:
            self.tables[va] = self.memory.clear(pa)

    def raw_small(self, va, value):
        if self.version == 1:
            self.raw(va, value)
            return
        start = va - va % LARGE
        pa = self.tables[start] + (va - start) // PAGE * 8
        self.memory.u64(pa, value)
        self.entries.append(("page", pa, value))

    def small(self, va, pa, prot="rw-", more=0):
        self.raw_small(va, entry(pa, prot, more))
        self.space.entry(va, pa, PAGE, prot)

    def large(self, va, pa, prot="rw-", more=0):
        self.raw(va, entry(pa, prot, PS | more))
        self.space.entry(va, pa, LARGE, prot)

    def giant(self, va, pa, prot="rw-"):
        """A 1 GiB page as the writer expands it."""
        at = (va - self.kernbase) // self.span * 8
        self.runs.append((at, GIANT // LARGE, entry(pa, prot, PS), LARGE))
        for step in range(0, GIANT, LARGE):
            self.large(va + step, pa + step, prot)

    def close(self):
        """The notes for what no entry holds, in the order of the reader's tests."""
        covered = min(len(self.table) // 8 * self.span, TOP - self.kernbase)
        if covered:
            self.space.hole(self.kernbase, covered, "NOT_MAPPED")
        if self.kernbase + covered < TOP:
            self.space.hole(self.kernbase + covered, TOP - self.kernbase - covered, "NO_MAP")
        start, end = self.dmap
        if start < end:
            self.space.linear(start, end - start, 0)
        return self.space

    def direct(self, pa):
        start, end = self.dmap
        return start + pa if start + pa < end else None


def minidump(version, memory, kmap):
    """The frame with amd64's header fields."""
    mini = Minidump("amd64", version, memory)
    mini.values = {"kernbase": kmap.kernbase, "dmapbase": kmap.dmap[0], "dmapend": kmap.dmap[1]}
    mini.table, mini.table_runs = kmap.table, kmap.runs
    return mini


def finish(name, mini, kmap, kernel=None, exhaustive=True):
    """Build and answer what every dump answers."""
    dump = dump_of_minidump(name, mini, kmap.close(), "amd64", kernel)
    answers = dump.answers
    answers.add("describe displacement 0")
    if exhaustive:
        answers.space()
    for va in (0, 0x1000, 0x7FFFFFFFFFFF, 0x800000000000, kmap.dmap[0] - 1, kmap.dmap[1] - 1,
               kmap.dmap[1], kmap.kernbase - 1, kmap.kernbase, TOP - 1):
        answers.xlat(va)
        answers.va(va, 1)
    for pa in sorted(mini.physical.offsets)[:6]:
        answers.xlat(kmap.dmap[0] + pa + 0x18)
        answers.va(kmap.dmap[0] + pa + PAGE - 8, 16)
    answers.physical()
    answers.pages(kmap.direct)
    answers.mappings()
    note_entries(dump, kmap, mini)
    return dump


def note_entries(dump, kmap, mini):
    """Where table entries lie in the file, for the damaged family."""
    for kind, at, value in kmap.entries:
        if kind == "map":
            dump.entries.append((mini.regions["map"][0] + at, 8, value, None))
        elif at - at % PAGE in mini.physical.offsets:
            offset = mini.physical.offsets[at - at % PAGE] + at % PAGE
            dump.entries.append((offset, 8, value, recursive(value, at - at % PAGE)))


def example(version):
    """The worked example of the specification and its twins."""
    memory = Memory()
    kmap = KernelMap(memory, version, PAGE)
    if version == 1:
        memory.touch(0x3000)
    else:
        kmap.table_page(KERNBASE, 0x3000)
    for va, pa in ((0x5000, 0x4000), (0x6000, 0x1FB000), (0x7000, 0x5000)):
        kmap.small(KERNBASE + va, pa, "rwx")
    if version > 1:
        kmap.large(KERNBASE + LARGE, 0x200000, "rwx")
    mini = minidump(version, memory, kmap)
    mini.dump = {0x3000, 0x4000, 0x200000, 0x201000}
    if version == 3:
        mini.ranges = [(0x1000, 0x9000), (0x200000, 0x204000)]
    dump = finish("amd64-v%d-example" % version, mini, kmap)
    answers = dump.answers
    answers.add("findings 0")
    dump.strings()
    for va in (0x5123, 0x200040, 0x201010, 0x202000, 0x6000, 0x7000, 0x8000, 0x400000, 0x40000000):
        answers.xlat(KERNBASE + va)
        answers.va(KERNBASE + va, 8)
    for va in (DMAPBASE + 0x200040, DMAPBASE, DMAPEND):
        answers.xlat(va)
        answers.va(va, 8)
    return dump


def place_system(memory, system, kernel_pa):
    memory.put(kernel_pa, bytes(system.kernel.image))
    for number, pa in enumerate(HEAP_PAGES):
        memory.put(pa, bytes(system.heap[number * PAGE:number * PAGE + PAGE]))


def entry_kinds(kmap, va):
    """One 4 KiB entry of every kind from va on."""
    kmap.small(va, 0xFEE00000)                    # a device in the hole between ranges
    kmap.small(va + 0x1000, 0x20000, "r--")       # memory that is not dumped
    kmap.small(va + 0x2000, 0x21000, "r-x")
    kmap.small(va + 0x3000, 0x22000, "r--")
    kmap.small(va + 0x4000, 0x23000, "rwx", PS)   # the PAT bit of a small page
    kmap.raw_small(va + 0x5000, entry(0x24000, "rw-") & ~V)
    kmap.small(va + 0x6000, 0x100000000)
    kmap.small(va + 0x7000, 0x0009F000)           # just behind the first range
    kmap.small(va + 0x8000, 0x000FFFFFFFFFF000)   # all address bits
    return {0x21000, 0x22000, 0x23000, 0x100000000}


def rich_old():
    """Version 1: a flat map of 4 KiB entries from the kernel's own address on."""
    memory = Memory()
    kmap = KernelMap(memory, 1, 0x3000, IMAGE)
    system = System(BITS, MACHINE, IMAGE + 0x200000, IMAGE + 0x300000, magic=MAGIC_OLD)
    place_system(memory, system, 0x200000)
    for offset in range(0, len(system.kernel.image), PAGE):
        kmap.small(IMAGE + 0x200000 + offset, 0x200000 + offset, "rwx")
    for number, pa in enumerate(HEAP_PAGES):
        kmap.small(IMAGE + 0x300000 + number * PAGE, pa)
    extra = entry_kinds(kmap, IMAGE + 0x400000)
    kmap.small(IMAGE + 0x5FF000, 0x25000)
    return rich(1, memory, kmap, system, extra | {0x25000})


def rich_new(version):
    """Versions 2 and 3: entries of 2 MiB and pages of 4 KiB entries."""
    memory = Memory()
    kmap = KernelMap(memory, version, 0x7FF000)
    heap_va = KERNBASE + 2 * LARGE
    system = System(BITS, MACHINE, IMAGE + 0x200000, heap_va, wrapped=True,
                    magic=MAGIC_OLD if version == 2 else 0x5E4A6F28)
    place_system(memory, system, 0x200000)
    kmap.table_page(KERNBASE, 0x12000, "NOT_DUMPED")
    kmap.table_page(KERNBASE + LARGE, 0xA0000, "OUTSIDE_MEMORY" if version == 3 else "NOT_DUMPED")
    kmap.table_page(heap_va, 0x10000)
    for number, pa in enumerate(HEAP_PAGES):
        kmap.small(heap_va + number * PAGE, pa)
    extra = entry_kinds(kmap, heap_va + 0x10000)
    kmap.small(heap_va + 0x1FF000, 0x25000)
    kmap.large(KERNBASE + 3 * LARGE, 0x400000, "rwx")
    kmap.large(KERNBASE + 4 * LARGE, 0x600000, "r--", 0x1000)  # bit 12 is an attribute
    kmap.raw(KERNBASE + 5 * LARGE, entry(0x600000, "rw-", PS) & ~V)
    kmap.large(KERNBASE + 6 * LARGE, 0xC0000000)
    kmap.giant(KERNBASE + GIANT, 0)
    kmap.large(IMAGE, 0, "rwx")
    kmap.large(IMAGE + LARGE, 0x200000, "rwx")
    kmap.large(IMAGE + GIANT - LARGE, 0x800000)
    extra |= {0x10000, 0x25000, 0x400000, 0x401000, 0x403000, 0x5FF000, 0x601000, 0x8FF000}
    return rich(version, memory, kmap, system, extra)


def rich(version, memory, kmap, system, extra):
    mini = minidump(version, memory, kmap)
    mini.ring = system.ring
    if version != 2:
        mini.tail = system.structure
    mini.dump = {0x200000 + offset for offset in range(0, len(system.kernel.image), PAGE)}
    mini.dump |= set(HEAP_PAGES) | extra
    mini.top = 0x100010000
    if version == 3:
        mini.ranges = [(0x1000, 0x9F000), (0x100000, 0x900000), (0x100000000, 0x100010000)]
    dump = finish("amd64-v%d" % version, mini, kmap, system.kernel.build(), exhaustive=False)
    dump.kernel_fields = system.kernel.fields() if version == 3 else []
    giant = [note for note in kmap.space.notes
             if KERNBASE + GIANT + 3 * LARGE <= note[0] < KERNBASE + 2 * GIANT - LARGE]
    for note in kmap.space.notes:
        if note not in giant:
            dump.answers.around(*note[:2])
    for name in ("version", "panicstr", "vnet0", "dpcpu_off"):
        value, _, size = system.kernel.known[name]
        dump.answers.va(value, size)
    dump.answers.va(system.heap_va, HEAP_BYTES)
    dump.answers.add("findings 0")
    system.answer(dump)
    return dump


def small_rings():
    """The worked example of the message buffer, with its structure and without."""
    for name, tail in (("struct", True), ("zeros", False)):
        buffer = MessageBuffer(32, rseq=3)
        for text, priority in ((b"---<<BOOT>>---", None), (b"hi", 118), (b"x: \x1b[0m", None),
                               (b"panic", None)):
            buffer.log(text, priority)
        memory = Memory()
        kmap = KernelMap(memory, 2, PAGE)
        kmap.large(KERNBASE, 0, "rw-")
        mini = minidump(2, memory, kmap)
        mini.dump = {0x1000}
        mini.ring = buffer.ring()
        lines = [(None, b"anic"), (None, b"BOOT>>---"), (118, b"hi"), (None, b"x: \x1b[0m"),
                 (None, b"p")]
        if tail:
            mini.tail = buffer.structure(8, "<", 0xFFFFF80000010000)
            lines = buffer.lines()
        dump = finish("amd64-v2-ring32-" + name, mini, kmap)
        dump.answers.messages(lines)
        yield dump


def dumps():
    from . import amd64_avail, amd64_core, amd64_kernels, amd64_segments
    yield from (example(version) for version in (1, 2, 3))
    yield rich_old()
    yield from (rich_new(version) for version in (2, 3))
    yield from small_rings()
    yield from amd64_avail.dumps()
    yield from amd64_core.dumps()
    yield from amd64_segments.dumps()
    yield from amd64_kernels.dumps()
