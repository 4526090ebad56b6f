# SPDX-License-Identifier: BSD-2-Clause
"""arm minidumps: both formats of entries, both byte orders, a map without padding."""

from . import facts
from .flat import FlatMap, Machine, answer_system, finish, minidump, refused
from .flat_variants import Variants
from .kernel import IMAGE_BYTES
from .memory import Memory
from .system import HEAP_BYTES, MAGIC_NEW, MAGIC_OLD, System

KERNBASE, RAM, RAM2 = 0xC0000000, 0x10000000, 0x80000000
PAGE, LARGE, MIB, HIGH = 0x1000, 0x10000, 0x100000, 1 << 32
READ_ONLY, WRITE4 = 0x80, 0x10
BITS, E_MACHINE, _ = facts.KERNELS["arm"]
FLIPS = (0, 1, 4, 7, 9, 12, 16, 20, 31)


def entry(pa, prot, more=0):
    """A small page of a v6 map: type 2, and 3 where nothing may be executed."""
    return pa | 0x410 | more | (0 if "w" in prot else READ_ONLY) | (2 if "x" in prot else 3)


def entry4(pa, prot, more=0):
    """A small page of a v4 map, which knows nothing of execution."""
    return pa | 0xE | more | (WRITE4 if "w" in prot else 0)


V6 = Machine("arm", "arm", entry, KERNBASE, FLIPS, word=4, width=4, ram=(RAM, RAM2), top=HIGH)
V6.values = {"arch": 7, "mmuformat": 2}
V4 = Machine("arm", "arm", entry4, KERNBASE, FLIPS, word=4, width=4, ram=(RAM, RAM2), top=HIGH)
V4.values = {"arch": 5, "mmuformat": 1}
for _machine in (V6, V4):
    _machine.padded, _machine.map_bytes = False, 0xC00


def large(kmap, va, value):
    """One descriptor of a large page: it speaks for its own 4 KiB of it."""
    writes = value & WRITE4 if kmap.machine is V4 else not value & READ_ONLY
    pa = (value & 0xFFFF0000) + va % LARGE
    kmap.note(va, value, pa, "rw-" if writes else "r--", LARGE)


def example(version, order="<", what="example", **values):
    """The worked example of the specification; what: its twins."""
    memory = Memory(order=order)
    kmap = FlatMap(V6, memory, 0xC00)
    kmap.note(KERNBASE, 0x10001412, 0x10001000, "rwx")
    kmap.note(KERNBASE + 0x1000, 0x10002413, 0x10002000, "rw-")
    kmap.raw(KERNBASE + 0x2000, 0)
    kmap.raw(KERNBASE + 0x3000, 0x10003410)
    for number in range(16, 32):
        large(kmap, KERNBASE + number * PAGE, 0x80010411)
    mini = minidump(V6, version, memory, kmap, **values)
    mini.pad_table = what == "padded"
    mini.dump = {0x10001000, 0x10002000, 0x80012000}
    mini.top = 0x80020000
    if version > 1:
        mini.ranges = [(RAM, 0x10004000), (RAM2, 0x80020000)]
    if what == "live":  # the kernel dump header begins a page
        mini.trailing = bytes(0x400) + b"FreeBSD Kernel Dump".ljust(512, b"\0")
    dump = finish("arm-v%d-%s" % (version, what), mini, kmap, addresses=[
        0xC0000010, 0xC0001FF0, 0xC0002000, 0xC0003000, 0xC0012345, 0xC0013000, 0xC0300000,
        0x1C0000010])
    dump.damage = what == "example" or order == ">"
    dump.strings()
    if what not in ("padded", "live"):
        dump.answers.add("findings 0")
    return dump


def kinds(kmap):
    """One entry of every kind in the map's first MiB; the pages that are dumped for it."""
    v4, small = kmap.machine is V4, kmap.small
    no = "-" if v4 else "x"
    page = iter(range(kmap.kernbase, kmap.kernbase + MIB, PAGE))
    small(next(page), 0x4A100000, "rw-")                  # in the hole between the ranges
    small(next(page), 0x01C00000, "rw-")                  # a device below all memory
    small(next(page), RAM + 0x20000, "rw" + no)           # memory that is not dumped
    for number, prot in enumerate(("rw" + no, "r-" + no, "rw-", "r--")):
        small(next(page), RAM + 0x21000 + number * PAGE, prot)
    small(next(page), RAM + 0x21000, "rw" + no, 0xFE0 if v4 else 0xF6C)  # all other bits
    va = next(page)
    if v4:                                                # a tiny page
        kmap.raw(va, RAM + 0x21000 | 0xF)
        kmap.space.hole(va, PAGE, "DAMAGED")
    else:
        small(va, RAM + 0x21000, "rw-", 0xF6C)
    for value in (0, RAM + 0x21410, 0xFFFFFFFC):          # type 0, whatever the other bits
        kmap.raw(next(page), value)
    small(next(page), RAM2, "rw-")
    small(next(page), RAM2 + 0x3F000, "rw-")              # the last page of all
    small(next(page), RAM2 + 0x40000, "rw-")              # behind it
    small(next(page), HIGH - PAGE, "rw" + no)
    return {RAM2, RAM2 + 0x3F000} | {RAM + 0x21000 + number * PAGE for number in range(4)}


def large_pages(kmap, va):
    """Whole large pages, and descriptors of them that stand alone."""
    for number in range(16):
        large(kmap, va + number * PAGE, RAM + 0x40000 | 0x451)
        large(kmap, va + LARGE + number * PAGE, RAM2 + 0x30000 | READ_ONLY | 0x441)
    large(kmap, va + 0x25000, RAM + 0x40000 | READ_ONLY | 0x411)
    large(kmap, va + 0x37000, RAM + 0x40000 | 0xF411)     # bits below the address are others
    large(kmap, va + 0x48000, 0x60000411)                 # outside all memory
    return {RAM + 0x40000 + number * PAGE for number in (0, 2, 5, 7, 15)} | {RAM2 + 0x30000}


def rich(name, version, machine, size, order="<", vnet="new", tail=True, wrapped=False, **values):
    """A dump with a kernel; size bytes of map."""
    memory = Memory(order=order)
    kmap = FlatMap(machine, memory, size)
    text, heap = KERNBASE + MIB, KERNBASE + MIB + 0x40000
    system = System(BITS, E_MACHINE, text, heap, order, vnet=vnet, wrapped=wrapped,
                    magic=MAGIC_OLD if version == 1 else MAGIC_NEW)
    image = range(RAM + MIB, RAM + MIB + IMAGE_BYTES, PAGE)
    heap_pages = [RAM + number * PAGE for number in (0x30, 0x11, 0x33, 0x32, 0x7F, 0x13, 0x14)]
    heap_pages.append(RAM2 + PAGE)
    assert len(heap_pages) * PAGE == HEAP_BYTES
    dump = kinds(kmap) | set(image) | set(heap_pages)
    kmap.place(text, system.kernel.image, image, "rw-" if machine is V4 else "rwx")
    kmap.place(heap, system.heap, heap_pages)
    kmap.block(KERNBASE + 2 * MIB, RAM, MIB)              # a section, as the writer expands it
    dump |= large_pages(kmap, KERNBASE + 3 * MIB) | {RAM, RAM + PAGE, RAM + 0xFF000}
    kmap.small(KERNBASE + (size // 4 - 1) * PAGE, RAM + 0x28000, "r--")  # the last entry
    dump.add(RAM + 0x28000)
    mini = minidump(machine, version, memory, kmap, **values)
    mini.ring = system.ring
    if tail:
        mini.tail = system.structure
    mini.dump, mini.top = dump, RAM2 + 0x40000
    if version > 1:
        mini.ranges = [(RAM, RAM + 2 * MIB), (RAM2, RAM2 + 0x40000)]
    made = finish(name, mini, kmap, system.kernel.build(), exhaustive=False)
    made.kernel_fields = system.kernel.fields() if name in ("arm-v2", "arm-v1-big") else []
    return answer_system(made, system)


def pairs32(*ranges):
    """Ranges as the kernels of late 2020 wrote them: in 32 bits, two to a 64-bit value."""
    return [start | end << 32 for start, end in ranges + ((0, 0), (0, 0))]


def short_avail():
    """dump_avail of 32-bit values: known by what it says, and by the size of the bitmap."""
    make = Variants(V6, 2, None).make
    one, two = (RAM, RAM + 0x4000), (RAM2, RAM2 + 0x20000)
    dump = {RAM + PAGE, RAM + 3 * PAGE}
    yield make("avail32", [one, two], dump | {RAM2 + 0x12000}, avail_pairs=pairs32(one, two))
    yield make("avail32-one", [one], dump, avail_pairs=pairs32(one))
    three = (0xFFFFC000, 0xFFFFF000)
    yield make("avail32-three", [one, two, three], dump | {0xFFFFE000},
               avail_pairs=pairs32(one, two, three))
    wrong = make("avail32-wrong-bitmap", [], [], "DAMAGED", avail_pairs=pairs32(one, two),
                 bitmap_bytes=0x2000)
    wrong.answers.pa(RAM + PAGE, 8)
    yield wrong


def top_of_memory():
    """Maps that reach the end of 32 bits, and one whose entries go on behind it."""
    for what, size in (("to-the-top", 0x400), ("past-the-top", 0x800)):
        memory = Memory()
        kmap = FlatMap(V6, memory, size, HIGH - MIB)
        kmap.small(HIGH - MIB, RAM + PAGE)
        large(kmap, HIGH - PAGE, RAM2 | 0x411)
        if size > 0x400:
            kmap.raw(HIGH, entry(RAM + 2 * PAGE, "rwx"))
        mini = minidump(V6, 2, memory, kmap)
        mini.ranges = [(RAM, RAM + 0x4000), (RAM2, RAM2 + LARGE)]
        mini.dump = {RAM + PAGE, RAM + 2 * PAGE, RAM2 + 0xF000}
        yield finish("arm-v2-" + what, mini, kmap, mappings=size == 0x400, addresses=[
            HIGH - 8, HIGH - 4, HIGH, HIGH + 8, 2 * HIGH - MIB])


def refusals():
    yield from Variants(V6, 2, None).refused()
    yield refused(V6, "lpae", "UNSUPPORTED", 2, mmuformat=3)
    yield refused(V6, "lpae-v1", "UNSUPPORTED", 1, mmuformat=3)
    yield refused(V6, "magic-goes-on", "UNSUPPORTED", 2, patch=(20, b"x"))


def dumps():
    from . import arm_core
    yield from (example(version) for version in (1, 2))
    yield example(2, what="padded")
    yield example(2, what="live")
    yield example(1, ">", "big-example")
    yield example(1, what="mmu-0-example", arch=0, mmuformat=0)
    yield rich("arm-v1", 1, V6, 0x1504, arch=6)
    yield rich("arm-v1-v4", 1, V4, 0x1400, vnet="old", tail=False)
    yield rich("arm-v1-big", 1, V4, 0x1800, ">", vnet="old", wrapped=True)
    yield rich("arm-v1-big-v6", 1, V6, 0x1C00, ">", tail=False)
    yield rich("arm-v2", 2, V6, 0x1404)
    yield from short_avail()
    yield from top_of_memory()
    yield from Variants(V6, 2, HIGH).dumps()
    yield from refusals()
    yield from arm_core.dumps()
