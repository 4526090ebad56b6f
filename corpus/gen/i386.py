# SPDX-License-Identifier: BSD-2-Clause
"""i386 minidumps, with entries of four bytes and, under PAE, of eight."""

from . import facts
from .flat import FlatMap, Machine, answer_system, finish, minidump
from .flat_variants import Variants
from .kernel import IMAGE_BYTES
from .memory import Memory
from .system import HEAP_BYTES, MAGIC_NEW, MAGIC_OLD, System

PAGE, MIB = 0x1000, 0x100000
V, RW, U, ACCESSED, DIRTY, PAT, GLOBAL, NX = 1, 2, 4, 0x20, 0x40, 0x80, 0x100, 1 << 63
BITS, E_MACHINE, _ = facts.KERNELS["i386"]
HIGH = 0x100000000


def entry(pa, prot, more=0):
    """A valid entry without PAE: everything can be executed."""
    assert "x" in prot
    return pa | V | ACCESSED | DIRTY | more | (RW if "w" in prot else 0)


def entry_pae(pa, prot, more=0):
    return entry(pa, prot[:2] + "x", more) | (0 if "x" in prot else NX)


PLAIN = Machine("i386", "i386", entry, 0x800000, (0, 1, 5, 6, 7, 12, 20, 31), word=4, width=4,
                ram=(0x800000, 0x10000000), top=HIGH)
PAE = Machine("i386", "i386", entry_pae, 0x800000, (0, 1, 7, 12, 20, 31, 32, 51, 52, 62, 63),
              word=4, ram=(0x800000, HIGH), top=1 << 52)
PAE.values = {"paemode": 1}


def example(version, pae):
    """The worked examples of the specification and their twins."""
    machine = PAE if pae else PLAIN
    memory = Memory()
    kmap = FlatMap(machine, memory, PAGE)
    base = kmap.kernbase
    kmap.note(base, 0x00801063, 0x801000, "rwx")
    dump = {0x801000}
    if pae:
        kmap.note(base + 0x1000, 0x8000000100001063, 0x100001000, "rw-")
        kmap.note(base + 0x2000, 0x0000000000802063, 0x802000, "rwx")
        kmap.raw(base + 0x3000, 0x0000000100000002)
        dump |= {0x100000000, 0x100001000}
    mini = minidump(machine, version, memory, kmap)
    mini.ring, mini.dump = bytes(0x800), dump
    mini.top = 0x100002000 if pae else 0x802000
    if version > 1:
        mini.ranges = [(0x800000, 0x804000)] + ([(HIGH, 0x100002000)] if pae else [])
    made = finish("i386-v%d%s-example" % (version, "-pae" if pae else ""), mini, kmap, addresses=[
        0x00800010, 0x00801ABC, 0x00802000, 0x00803000, 0x00A00000, 0x007FF000, 0x100800010])
    made.answers.add("findings 0")
    made.strings()
    return made


def kinds(kmap, pa):
    """One entry of every kind from the map's first address on; pa is the first of memory that the
    kernel does not use. The pages that are dumped for it."""
    pae = kmap.width == 8
    no = "-" if pae else "x"
    high, span = kmap.machine.ram[1], len(kmap.table) // kmap.width * PAGE
    va = iter(range(kmap.kernbase, kmap.kernbase + MIB, PAGE))
    kmap.small(next(va), 0x0FEE0000, "rw" + no)          # in the hole between the ranges
    kmap.small(next(va), 0x000A0000, "rw" + no)          # a device below all memory
    kmap.small(next(va), pa, "r-" + no)                  # memory that is not dumped
    for number, prot in enumerate(("r-x", "rwx", "r--" if pae else "r-x", "rw" + no)):
        kmap.small(next(va), pa + PAGE + number * PAGE, prot)
    kmap.small(next(va), pa + PAGE, "rwx", PAT)
    kmap.small(next(va), pa + PAGE, "r-x", U | GLOBAL | 0xE18)  # software's bits, cache control
    kmap.raw(next(va), kmap.machine.entry(pa + PAGE, "rwx") & ~V)
    kmap.raw(next(va), DIRTY)
    kmap.small(next(va), high, "rwx")
    kmap.small(next(va), high + 0x3F000, "rwx")          # the last page of all
    kmap.small(next(va), high + 0x40000, "rwx")          # behind it
    if pae:
        kmap.small(next(va), pa + PAGE, "rw-", 0x7FF << 52)  # all bits above the address
        kmap.raw(next(va), NX | pa)
        kmap.small(next(va), (1 << 52) - PAGE, "rw-")
        kmap.small(next(va), (1 << 51) + pa + PAGE, "rw-")
        kmap.small(next(va), pa + PAGE + HIGH, "rw-")    # alike in the low 32 bits
    else:
        kmap.small(next(va), HIGH - PAGE, "rwx")
    kmap.small(kmap.kernbase + span - PAGE, pa + 5 * PAGE, "rwx")  # the last entry
    return {pa + number * PAGE for number in range(1, 6)} | {high, high + 0x3F000}


def rich(version, pae, kernbase, text, text_pa, vnet="new"):
    """A dump with a kernel: a map of 16 MiB, less the last entry's neighbours."""
    machine, memory = (PAE if pae else PLAIN), Memory()
    kmap = FlatMap(machine, memory, 0x8000 if pae else 0x4000, kernbase)
    heap = text + 0x40000
    system = System(BITS, E_MACHINE, text, heap, vnet=vnet, wrapped=version == 1 and pae,
                    magic=MAGIC_OLD if version == 1 else MAGIC_NEW)
    image = range(text_pa, text_pa + IMAGE_BYTES, PAGE)
    free = text_pa + 0x20000
    heap_pages = [free + number * PAGE for number in (0x30, 0x11, 0x33, 0x32, 0x7F, 0x13, 0x14)]
    heap_pages.append(machine.ram[1] + PAGE)
    assert len(heap_pages) * PAGE == HEAP_BYTES
    dump = kinds(kmap, free) | set(image) | set(heap_pages)
    kmap.place(text, system.kernel.image, image, "rwx")
    kmap.place(heap, system.heap, heap_pages, "rw-" if pae else "rwx")
    size = (2 if pae else 4) * MIB
    kmap.block(kernbase + 8 * MIB, 0x800000, size, "rwx")  # as the writer expands it
    dump |= {0x800000, 0x801000, 0x800000 + size - PAGE}
    mini = minidump(machine, version, memory, kmap)
    mini.ring = system.ring
    if (version == 2) == pae:
        mini.tail = system.structure
    mini.dump, mini.top = dump, machine.ram[1] + 0x40000
    if version > 1:
        mini.ranges = [(0x800000, 0xD00000),
                       (machine.ram[1], machine.ram[1] + 0x40000)]
    made = finish("i386-v%d%s" % (version, "-pae" if pae else ""), mini, kmap,
                  system.kernel.build(), exhaustive=False)
    made.kernel_fields = system.kernel.fields() if version == 2 and not pae else []
    return answer_system(made, system)


def rich_dumps():
    """A kernel of the old address space; 12 with PAE; 13 without and with it."""
    yield rich(1, False, 0xC0000000, 0xC0100000, 0x100000, vnet="old")
    yield rich(1, True, 0x400000, 0x500000, 0x500000)
    yield rich(2, False, 0x800000, 0x900000, 0x900000)
    yield rich(2, True, 0x800000, 0x900000, 0x900000)


def top_of_memory():
    """Maps that reach the end of 32 bits, and one whose entries go on behind it."""
    for what, kernbase, size in (("to-the-top", 0xFFC00000, PAGE), ("past-the-top", 0xFF800000,
                                                                    4 * PAGE)):
        memory = Memory()
        kmap = FlatMap(PLAIN, memory, size, kernbase)
        kmap.small(kernbase, 0x801000, "rwx")
        kmap.small(HIGH - PAGE, 0x802000, "rwx")
        past = len(kmap.table) > (HIGH - kernbase) // PAGE * 4
        if past:
            kmap.raw(HIGH, entry(0x803000, "rwx"))
        mini = minidump(PLAIN, 2, memory, kmap)
        mini.ranges, mini.dump = [(0x800000, 0x808000)], {0x801000, 0x802000, 0x803000}
        yield finish("i386-v2-" + what, mini, kmap, mappings=not past, addresses=[
            HIGH - 8, HIGH - 4, HIGH, HIGH + 8, HIGH + kernbase])


def modes():
    """Any value of paemode but 0 says PAE; kernbase as newer kernels have it."""
    for mode in (2, 0x80000000, 0xFFFFFFFF):
        yield Variants(PAE, 2, None, suffix="-pae", paemode=mode).make(
            "mode-%x" % mode, [(0x800000, 0x808000)], {0x801000, 0x805000}, damage=False)
    yield Variants(PAE, 2, None, suffix="-pae").make(
        "kernbase-4m", [(0x800000, 0x808000)], {0x801000}, kernbase=0x400000, damage=False)


def dumps():
    from . import i386_core
    for version in (1, 2):
        yield from (example(version, pae) for pae in (False, True))
    yield from rich_dumps()
    yield from top_of_memory()
    yield from modes()
    yield from Variants(PLAIN, 2, 1 << 52).dumps()
    yield from Variants(PAE, 2, 1 << 52, suffix="-pae").ranges()
    yield from Variants(PLAIN, 2, None).refused()
    yield from i386_core.dumps()
