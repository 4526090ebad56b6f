# SPDX-License-Identifier: BSD-2-Clause
"""arm64 minidumps with pages of 4 and of 16 KiB; cores of physical addresses."""

from . import facts
from .flat import FlatMap, Machine, answer_system, finish, minidump, refused
from .flat_core import physical_core
from .flat_variants import Variants
from .kernel import IMAGE_BYTES
from .memory import Memory
from .system import HEAP_BYTES, MAGIC_NEW, MAGIC_OLD, System

KERNBASE, RAM, RAM2 = 0xFFFF000000000000, 0x40000000, 0x80000000
DMAP = (0xFFFFA00000000000, 0xFFFFFF0000000000, RAM)
DMAP12 = (0xFFFFFD0000000000, 0xFFFFFF0000000000, RAM)  # as version 1 has it
DMAP16 = DMAP[:2] + (0,)
READ_ONLY, UXN, PXN, AF, SHARED, VALID = 0x80, 1 << 54, 1 << 53, 0x400, 0x300, 3
BITS, E_MACHINE, _ = facts.KERNELS["arm64"]


def entry(pa, prot, more=0):
    """A valid level-3 descriptor."""
    return pa | VALID | AF | SHARED | more | (0 if "w" in prot else READ_ONLY) | (
        0 if "x" in prot else UXN | PXN)


MACHINE = Machine("arm64", "arm64", entry, KERNBASE, (0, 1, 7, 10, 12, 13, 47, 49, 50, 53, 54, 63),
                  ram=(RAM, RAM2), top=1 << 50)
MACHINE.dmap = DMAP


def example(version):
    """The worked example of the specification, and its twin without dump_avail."""
    memory = Memory()
    kmap = FlatMap(MACHINE, memory, 0x1000)
    kmap.note(KERNBASE, 0x0060000040001703, 0x40001000, "rw-")
    kmap.note(KERNBASE + 0x1000, 0x0040000080001713, 0x80001000, "rw-")
    kmap.note(KERNBASE + 0x2000, 0x0060000040002703, 0x40002000, "rw-")
    kmap.raw(KERNBASE + 0x3000, 0x0000000040001701)
    kmap.note(KERNBASE + 0x4000, 0x006000007FFFD703, 0x7FFFD000, "rw-")
    mini = minidump(MACHINE, version, memory, kmap)
    mini.dump = {0x40001000, 0x80001000}
    mini.top = 0x80002000
    if version > 1:
        mini.ranges = [(RAM, 0x40004000), (RAM2, 0x80002000)]
    dump = finish("arm64-v%d-example" % version, mini, kmap, addresses=[
        KERNBASE + offset for offset in (8, 0x1FF8, 0x2000, 0x3000, 0x4000, 0x200000)] + [
        DMAP[0] + 0x1008, DMAP[0] + 0x40001000])
    dump.answers.add("findings 0")
    dump.strings()
    return dump


def example16(version):
    """The example with pages of 16 KiB: version 3 says so, version 2 needs to be told."""
    memory = Memory(0x4000)
    kmap = FlatMap(MACHINE, memory, 0x4000, dmap=DMAP16)
    kmap.note(KERNBASE, 0x0060000040004703, 0x40004000, "rw-")
    mini = minidump(MACHINE, version, memory, kmap, **({"flags": 1} if version == 3 else {}))
    mini.ring = bytes(0x4000)
    mini.ranges, mini.dump = [(RAM, 0x40010000)], {0x40004000}
    dump = finish("arm64-v%d-16k-example" % version, mini, kmap,
                  options=() if version == 3 else ("page_bytes 16384",),
                  addresses=[KERNBASE + 8, KERNBASE + 0x4000, DMAP[0] + 0x40004008])
    dump.answers.add("findings 0")
    dump.strings()
    dump.damage = version == 3
    return dump


class Rich:
    """Dumps with a kernel, in pages of either size."""

    def __init__(self, version, page=0x1000, ram=RAM):
        self.version, self.page = version, page
        self.span = page // 8 * page
        self.memory = Memory(page)
        self.dmap = DMAP12 if version == 1 else DMAP if page == 0x1000 else DMAP16
        self.map = FlatMap(MACHINE, self.memory, 5 * page - (8 if version == 3 else 0),
                           dmap=self.dmap)
        self.ram = ram
        self.dump = set()

    def pa(self, number):
        return self.ram + number * self.page

    def system(self):
        page = self.page
        text, heap = KERNBASE + self.span, KERNBASE + self.span + 64 * page
        self.system = System(BITS, E_MACHINE, text, heap, wrapped=self.version == 2,
                             magic=MAGIC_OLD if self.version == 1 else MAGIC_NEW)
        image = [self.pa(0x80 + n) for n in range(-(-IMAGE_BYTES // page))]
        order = (0x30, 0x11, 0x33, 0x32, 0x7F, 0x13, 0x14, 0x15)[:HEAP_BYTES // page]
        heap_pages = [self.pa(n) for n in order[:-1]] + [RAM2 + page]
        self.map.place(text, self.system.kernel.image, image, "rwx")
        self.map.place(heap, self.system.heap, heap_pages)
        self.dump |= set(image) | set(heap_pages)

    def kinds(self):
        """One entry of every kind."""
        kmap, page, pa = self.map, self.page, self.pa
        va = iter(range(KERNBASE, KERNBASE + self.span, page))
        kmap.small(next(va), 0x7FFF0000)                  # in the hole between the ranges
        kmap.small(next(va), 0x09000000)                  # a device below all memory
        kmap.small(next(va), pa(0x20), "r--")             # memory that is not dumped
        kmap.small(next(va), pa(0x21), "r-x")
        kmap.small(next(va), pa(0x22), "r--")
        kmap.small(next(va), pa(0x23), "rwx")
        kmap.note(next(va), entry(pa(0x24), "rwx", PXN), pa(0x24), "rw-")
        kmap.note(next(va), entry(pa(0x24), "r-x", UXN), pa(0x24), "r--")
        for type_ in (0, 1, 2):                           # no type of a page
            kmap.raw(next(va), entry(pa(0x21), "rwx") - VALID + type_)
        kmap.small(next(va), pa(0x25), "rw-", 1 << 52 | 0xFF << 55 | 0x7C)  # attributes
        kmap.small(next(va), pa(0x26), "rw-", 1 << 52)    # one of a run of 16 pages
        if page == 0x4000:                                # bits below the page's address
            kmap.note(next(va), entry(pa(0x22) | 0x3000, "rw-"), pa(0x22), "rw-")
        kmap.small(next(va), RAM2)
        kmap.small(next(va), RAM2 + 0x3F * page)          # the last page of all
        kmap.small(next(va), RAM2 + 0x40 * page)          # behind it
        kmap.small(next(va), 0x0003FFFFFFFFF000 // page * page)  # all address bits
        kmap.small(KERNBASE + self.span - page, pa(0x27))
        self.dump |= {pa(n) for n in (0x21, 0x22, 0x23, 0x24, 0x25, 0x27)}
        self.dump |= {RAM2, RAM2 + 0x3F * page}

    def blocks(self):
        """A block as the writer expands it, partly dumped; the last entry of the map."""
        kmap, page = self.map, self.page
        kmap.block(KERNBASE + 3 * self.span, self.ram, self.span if page == 0x1000 else 0x80 * page)
        last = len(kmap.table) // 8 - 1
        kmap.small(KERNBASE + last * page, self.pa(0x28), "r-x")
        self.dump |= {self.pa(n) for n in (0, 1, 0x28, 0x7E)}

    def finish(self):
        self.kinds()
        self.system()
        self.blocks()
        version, page, system = self.version, self.page, self.system
        mini = minidump(MACHINE, version, self.memory, self.map,
                        **({"flags": page // 0x4000} if version == 3 else {}))
        mini.ring = system.ring
        if version != 2:
            mini.tail = system.structure
        mini.dump, mini.top = self.dump, RAM2 + 0x40 * page
        if version > 1:
            mini.ranges = [(self.ram, self.pa(0x200)), (RAM2, RAM2 + 0x40 * page)]
        name = "arm64-v%d%s" % (version, "" if page == 0x1000 else "-16k")
        dump = finish(name, mini, self.map, system.kernel.build(), exhaustive=False, options=(
            ("page_bytes 16384",) if version == 2 and page == 0x4000 else ()))
        dump.kernel_fields = system.kernel.fields() if name == "arm64-v3" else []
        return answer_system(dump, system)


def other_flags():
    """Bits of the flags that have no meaning are ignored."""
    variants = Variants(MACHINE, 3, 1 << 52, flags=0xFFFFFFFC)
    yield variants.make("flags-unknown-bits", [(RAM, RAM + 0x8000)], {RAM + 0x1000}, damage=False)
    variants = Variants(MACHINE, 3, 1 << 52, 0x4000, "-16k", flags=0xFFFFFFFD)
    yield variants.make("flags-unknown-bits", [(RAM, RAM + 0x20000)], {RAM + 0x4000},
                        damage=False)
    variants = Variants(MACHINE, 2, 1 << 52)
    start = DMAP[0]
    yield variants.make("dmap-empty", [(RAM, RAM + 0x8000)], {RAM + 0x1000},
                        dmap=(start, start, RAM), damage=False)
    yield variants.make("dmap-ends-in-memory", [(RAM, RAM + 0x8000)],
                        {RAM + 0x1000, RAM + 0x4000, RAM + 0x5000},
                        dmap=(start, start + 0x5000, RAM), damage=False)
    yield variants.make("dmap-over-map", [(RAM, RAM + 0x8000)], {RAM + 0x1000, RAM + 0x5000},
                        dmap=(KERNBASE + 0x4000, KERNBASE + 0x8000, RAM), damage=False)


def refusals():
    yield from Variants(MACHINE, 2, None).refused(("kernbase", "dmapbase", "dmapphys"))
    for what, flags in (("64k", 2), ("page-size-3", 3)):
        yield refused(MACHINE, what, "UNSUPPORTED", 3, flags=flags)
    yield refused(MACHINE, "dmap-reversed", "DAMAGED", 2, dmapbase=DMAP[1] + 0x1000)
    for field, value in (("kernbase", KERNBASE), ("dmapbase", DMAP[0]), ("dmapphys", RAM)):
        yield refused(MACHINE, "16k-%s-4k" % field, "DAMAGED", 3, 0x4000, flags=1,
                      **{field: value + 0x1000})
    yield refused(MACHINE, "16k-cut-in-header", "TRUNCATED", 3, 0x4000, flags=1, cut=79)
    yield refused(MACHINE, "other-machine", "UNSUPPORTED", 2, patch=(17, b"sh4\0\0"))


def dumps():
    yield from (example(version) for version in (1, 2, 3))
    yield from (example16(version) for version in (2, 3))
    yield from (Rich(version).finish() for version in (1, 2, 3))
    yield from (Rich(version, 0x4000).finish() for version in (2, 3))
    yield from Variants(MACHINE, 2, 1 << 52).dumps()
    yield from Variants(MACHINE, 3, 1 << 52, 0x4000, "-16k", flags=1).ranges()
    yield from other_flags()
    for cut, kernel in ((None, False), (0xB123, False), (None, True)):
        yield physical_core(MACHINE, [(RAM, 0x8000), (RAM2, 0x4000)], cut, headers=1, system=(
            System(BITS, E_MACHINE, KERNBASE, KERNBASE + 0x40000) if kernel else None))
    yield from refusals()
