# SPDX-License-Identifier: BSD-2-Clause
"""mips minidumps with a kernel: entries of every kind, symbols and messages of each ABI."""

from .kernel import IMAGE_BYTES
from .memory import Memory
from .mips import ABIS, CACHED, DIRTY, END, GLOBAL, PAGE, VALID, XKPHYS, PageMap, finish, minidump
from .system import HEAP_BYTES, MAGIC_NEW, MAGIC_OLD, System

KERNEL_PA = 0x100000
HEAP_PAGES = (0x30000, 0x11000, 0x8002000, 0x32000, 0x200000, 0x13000, 0x14000, 0x15000)
RANGES = [(0, 0x40000), (0x100000, 0x300000), (0x8000000, 0x8004000)]
HIGH = (0x100000000, 0x100010000)
HEAP = 0x10000  # from kernbase


def places(abi):
    """Pages of the heap and ranges of memory."""
    if abi.entry == 4:
        return HEAP_PAGES, RANGES
    return tuple(0x100002000 if pa == 0x8002000 else pa for pa in HEAP_PAGES), RANGES + [HIGH]


def kinds(kmap, version):
    """One entry of every kind; the pages of theirs that are dumped."""
    va, entry, wide = kmap.kernbase + 0x100000, kmap.entry, kmap.entry_bytes == 8
    entry(va, 0x800000)                      # in the hole between two ranges
    entry(va + 0x1000, 0x20000, "r-x")       # memory that is not dumped
    entry(va + 0x2000, 0x21000, "r-x")
    kmap.given(va + 0x3000, 0x22000, 0x22000 >> 6 | GLOBAL | VALID)   # not yet written to
    kmap.given(va + 0x4000, 0x23000, 0x23000 >> 6 | VALID | DIRTY)    # not global, uncached
    if version == 2:                         # wired, managed
        entry(va + 0x5000, 0x24000, "rwx", 3 << (56 if wide else 30))
    entry(va + 0x6000, 0x8003000)
    entry(va + 0x7000, 0x40000)              # just behind a range
    if wide:
        entry(va + 0x8000, 0xFFFFFFF000)     # all address bits
        entry(va + 0x9000, 0x100000000, "rwx", 0xFC << 56 | 0xFFFF << 36)
        entry(va + 0xA000, 0x10000F000, "r-x")
    else:
        entry(va + 0x8000, 0x7FFFFF000)
        entry(va + 0x9000, 0x100021000)      # no alias of the page 4 GiB below
    kmap.invalid(va + 0xB000, 0)
    kmap.invalid(va + 0xC000, 0x21000 >> 6 | GLOBAL | DIRTY | CACHED)
    kmap.invalid(va + 0xD000, (1 << 8 * kmap.entry_bytes) - 1 & ~VALID)
    last = kmap.kernbase + len(kmap.table) // kmap.entry_bytes * PAGE - PAGE
    entry(last, 0x25000)
    return {0x21000, 0x22000, 0x23000, 0x24000, 0x8003000, 0x25000, 0x100000000, 0x10000F000}


def invalid_at(kmap):
    return [kmap.kernbase + 0x100000 + offset for offset in (0xB000, 0xC000, 0xD000, 0xE000)]


def rich(abi, version, order):
    heap_pages, ranges = places(abi)
    memory = Memory(order=order)
    kmap = PageMap(abi, order)
    old = version == 1 and abi.name == "o32"
    system = System(abi.bits, abi.machine, abi.text, kmap.kernbase + HEAP, order, abi.type,
                    abi.flags, MAGIC_OLD if version == 1 else MAGIC_NEW, "old" if old else "new",
                    wrapped=(order == ">") == (version == 2))
    memory.put(KERNEL_PA, bytes(system.kernel.image))
    for number, pa in enumerate(heap_pages):
        memory.put(pa, bytes(system.heap[number * PAGE:number * PAGE + PAGE]))
        kmap.entry(kmap.kernbase + HEAP + number * PAGE, pa)
    extra = kinds(kmap, version)
    mini = minidump(abi, version, memory, kmap)
    mini.ring = system.ring
    if version == 2 or order == "<":
        mini.tail = system.structure
    mini.dump = set(range(KERNEL_PA, KERNEL_PA + IMAGE_BYTES, PAGE)) | set(heap_pages) | {0}
    mini.dump |= {pa for pa in extra if any(start <= pa < end for start, end in ranges)}
    if version == 2:
        mini.ranges = ranges
    mini.top = ranges[-1][1]
    name = "mips-%s-v%d-%s" % (abi.name, version, END[order])
    dump = finish(name, abi, mini, kmap, system.kernel.build())
    dump.damage = version == 2
    dump.kernel_fields = system.kernel.fields() if (abi.name, order) == ("o32", ">") else []
    answer(dump, abi, kmap, system)
    return dump


def answer(dump, abi, kmap, system):
    answers = dump.answers
    for va in invalid_at(kmap):
        answers.xlat(va)
        answers.va(va, 4)
    kseg0 = abi.text - KERNEL_PA
    for pa in (0, 0x11000, KERNEL_PA, 0x8003FF8, 0x1FFFFFF8):
        for segment in (kseg0, kseg0 + 0x20000000):
            answers.xlat(segment + pa)
            answers.va(segment + pa, 16)
    if abi.bits == 64:
        for pa in (0, 0x11000, 0x100002FF8, 0x10000FFF8, 0xFFFFFFFFFF, 1 << 40, 1 << 58):
            for attribute in (2, 3, 7):
                answers.xlat(XKPHYS + (attribute << 59) + pa)
                answers.va(XKPHYS + (attribute << 59) + pa, 16)
    for name in ("version", "panicstr", "vnet0", "dpcpu_off"):
        value, _, size = system.kernel.known[name]
        answers.va(value, size)
    answers.va(system.heap_va, HEAP_BYTES)
    answers.add("findings 0")
    system.answer(dump)


def dumps():
    for abi in ABIS:
        for version in 1, 2:
            for order in ">", "<":
                yield rich(abi, version, order)
