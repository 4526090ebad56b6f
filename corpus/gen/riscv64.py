# SPDX-License-Identifier: BSD-2-Clause
"""riscv64 minidumps; cores of physical addresses."""

from . import facts
from .flat import FlatMap, Machine, answer_system, finish, minidump, refused
from .flat_core import physical_core
from .flat_variants import Variants
from .kernel import IMAGE_BYTES
from .memory import Memory
from .system import HEAP_BYTES, MAGIC_NEW, MAGIC_OLD, System

KERNBASE, RAM, RAM2 = 0xFFFFFFC000000000, 0x80200000, 0xC0000000
DMAP = (0xFFFFFFD000000000, 0xFFFFFFF000000000, 0x80000000)
PAGE, LARGE = 0x1000, 0x200000
V, R, W, X, U, GLOBAL, USED = 1, 2, 4, 8, 0x10, 0x20, 0xC0
BITS, E_MACHINE, _ = facts.KERNELS["riscv"]


def entry(pa, prot, more=0):
    """A valid leaf."""
    return pa >> 12 << 10 | V | R | GLOBAL | USED | more | (W if "w" in prot else 0) | (
        X if "x" in prot else 0)


MACHINE = Machine("riscv", "riscv64", entry, KERNBASE, (0, 1, 2, 3, 8, 10, 30, 53, 54, 61, 62, 63),
                  ram=(RAM, RAM2), top=1 << 56)
MACHINE.dmap = DMAP


def example(version):
    """The worked example of the specification, and its twin without dump_avail."""
    memory = Memory()
    kmap = FlatMap(MACHINE, memory, PAGE)
    kmap.note(KERNBASE, 0x00000000200804E7, 0x80201000, "rw-")
    kmap.note(KERNBASE + 0x1000, 0x00000000300004E7, 0xC0001000, "rw-")
    kmap.note(KERNBASE + 0x2000, 0x20000000200804E7, 0x80201000, "rw-")
    kmap.raw(KERNBASE + 0x3000, 0x0000000020080401)
    kmap.note(KERNBASE + 0x4000, 0x000000002FFFF4E7, 0xBFFFD000, "rw-")
    kmap.note(KERNBASE + 0x5000, 0x00000000200808E7, 0x80202000, "rw-")
    mini = minidump(MACHINE, version, memory, kmap)
    mini.dump = {0x80201000, 0xC0001000}
    mini.top = 0xC0002000
    if version > 1:
        mini.ranges = [(RAM, 0x80204000), (RAM2, 0xC0002000)]
    dump = finish("riscv64-v%d-example" % version, mini, kmap, addresses=[
        KERNBASE + offset for offset in (0x10, 0x1010, 0x2010, 0x3000, 0x4000, 0x5000, 0x200000)
    ] + [DMAP[0] + 0x201010, DMAP[0], DMAP[1]])
    dump.answers.add("findings 0")
    dump.strings()
    return dump


def kinds(kmap, va):
    """One entry of every kind from va on; the pages that are dumped for it."""
    va = iter(range(va, va + LARGE, PAGE))
    kmap.small(next(va), 0xBFFF0000)                     # in the hole between the ranges
    kmap.small(next(va), 0x10000000)                     # a device below all memory
    kmap.small(next(va), 0x80000000)                     # the firmware's memory
    kmap.small(next(va), RAM + 0x20000, "r--")           # memory that is not dumped
    for number, prot in enumerate(("r--", "r-x", "rw-", "rwx")):
        kmap.small(next(va), RAM + 0x21000 + number * PAGE, prot)
    pa = RAM + 0x25000
    kmap.note(next(va), entry(pa, "r-x") & ~R, pa, "r-x")  # execute without read
    kmap.small(next(va), pa, "r--", U)
    kmap.note(next(va), entry(pa, "rw-") & ~USED, pa, "rw-")
    for bit in (8, 9, 54, 60, 61, 62, 63):               # software's, attributes, Svnapot
        kmap.small(next(va), pa, "rw-", 1 << bit)
    kmap.small(next(va), pa, "r-x", 0x3FF << 54)
    kmap.raw(next(va), entry(pa, "rwx") & ~V)
    kmap.raw(next(va), entry(pa, "r--") & ~R)            # a pointer to a table
    kmap.raw(next(va), 0)
    kmap.small(next(va), RAM2)
    kmap.small(next(va), RAM2 + 0x3F000)                 # the last page of all
    kmap.small(next(va), RAM2 + 0x40000)                 # behind it
    kmap.small(next(va), (1 << 56) - PAGE)               # all address bits
    kmap.small(next(va), (1 << 55) + pa)                 # the top one
    return {pa, RAM2, RAM2 + 0x3F000} | {RAM + 0x21000 + number * PAGE for number in range(4)}


def rich(version):
    memory = Memory()
    kmap = FlatMap(MACHINE, memory, 5 * PAGE - 8)
    text, heap = KERNBASE + LARGE, KERNBASE + LARGE + 0x40000
    system = System(BITS, E_MACHINE, text, heap, wrapped=version == 1,
                    magic=MAGIC_OLD if version == 1 else MAGIC_NEW)
    image = [RAM + 0x80000 + at for at in range(0, IMAGE_BYTES, PAGE)]
    heap_pages = [RAM + number * PAGE for number in (0x30, 0x11, 0x33, 0x32, 0x7F, 0x13, 0x14)]
    heap_pages.append(RAM2 + PAGE)
    assert len(heap_pages) * PAGE == HEAP_BYTES
    dump = kinds(kmap, KERNBASE) | set(image) | set(heap_pages)
    kmap.place(text, system.kernel.image, image, "rwx")
    kmap.place(heap, system.heap, heap_pages)
    kmap.block(KERNBASE + 3 * LARGE, RAM, LARGE)         # a superpage, partly dumped
    kmap.small(KERNBASE + 5 * LARGE - 2 * PAGE, RAM + 0x28000, "r-x")  # the last entry
    dump |= {RAM, RAM + PAGE, RAM + 0x28000, RAM + 0x1FF000}
    mini = minidump(MACHINE, version, memory, kmap)
    mini.ring = system.ring
    if version == 1:
        mini.tail = system.structure
    mini.dump, mini.top = dump, RAM2 + 0x40000
    if version > 1:
        mini.ranges = [(RAM, RAM + LARGE), (RAM2, RAM2 + 0x40000)]
    made = finish("riscv64-v%d" % version, mini, kmap, system.kernel.build(), exhaustive=False)
    made.kernel_fields = system.kernel.fields() if version == 2 else []
    return answer_system(made, system)


def write_without_read():
    """A code that is reserved: whether it leads to its page is left open."""
    memory = Memory()
    kmap = FlatMap(MACHINE, memory, PAGE)
    kmap.small(KERNBASE, RAM + PAGE)
    kmap.small(KERNBASE + PAGE, RAM + PAGE, "rwx")
    kmap.raw(KERNBASE + 3 * PAGE, entry(RAM + PAGE, "rw-") & ~R)  # nothing is asked about it
    kmap.small(KERNBASE + 5 * PAGE, RAM + PAGE, "r-x")
    mini = minidump(MACHINE, 2, memory, kmap)
    mini.ranges, mini.dump = [(RAM, RAM + 0x4000)], {RAM + PAGE}
    return finish("riscv64-v2-write-without-read", mini, kmap, mappings=False)


def direct_maps():
    variants = Variants(MACHINE, 2, None)
    start, pages = DMAP[0], {RAM + 0x1000, RAM + 0x4000, RAM + 0x5000}
    for what, dmap in (("dmap-empty", (start, start, RAM)),
                       ("dmap-ends-in-memory", (start, start + 0x5000, RAM)),
                       ("dmap-over-map", (KERNBASE + 0x4000, KERNBASE + 0x8000, RAM)),
                       ("dmap-below-map", (KERNBASE - 0x5000, KERNBASE, RAM))):
        yield variants.make(what, [(RAM, RAM + 0x8000)], pages, dmap=dmap, damage=False)


def dumps():
    yield from (example(version) for version in (1, 2))
    yield from (rich(version) for version in (1, 2))
    yield write_without_read()
    yield from Variants(MACHINE, 2, 1 << 56).dumps()
    yield from direct_maps()
    for cut, kernel in ((None, False), (0xB123, False), (None, True)):
        yield physical_core(MACHINE, [(RAM, 0x8000), (RAM2, 0x4000)], cut, system=(
            System(BITS, E_MACHINE, KERNBASE, KERNBASE + 0x40000) if kernel else None))
    yield from Variants(MACHINE, 2, None).refused(("kernbase", "dmapbase", "dmapphys"))
    yield refused(MACHINE, "dmap-reversed", "DAMAGED", 2, dmapbase=DMAP[1] + PAGE)
