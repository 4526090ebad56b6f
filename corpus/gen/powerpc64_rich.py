# SPDX-License-Identifier: BSD-2-Clause
"""powerpc64 minidumps with a kernel that was moved: every kind of entry, symbols, messages."""

from .memory import Memory
from .powerpc64 import (BITS, DMAPBASE, END, KERNBASE, KERNEND, LINKED, MACHINE, NO_EXECUTE, PAGE,
                        SECOND, SUPER, SYMBOL, TYPE, VALID, Hashed, Place, Unmapped, begin,
                        minidump, segment_id)
from .powerpc64_radix import LEAF, SPANS, Radix
from .powerpc64_radix import VALID as RADIX_VALID
from .kernel import IMAGE_BYTES
from .system import HEAP_BYTES, MAGIC_OLD, System

KERNEL_PA = 0x2000000
HEAP_VA = KERNBASE + 0x30000
HEAP_PAGES = (0x30000, 0x11000, 0x100002000, 0x32000, 0x2200000, 0x13000, 0x14000, 0x15000)
RANGES = [(0x4000, 0x400000), (0xDDB7CE, 0xFE03D6), (0x2000000, 0x2300000),
          (0x100000000, 0x100010000)]
VM_PAGE = 0xD000000000000000


def hashed_kinds(kmap, direct):
    """Entries of every kind; the pages of theirs that are dumped."""
    va = KERNBASE + 0x100000
    small = kmap.small
    small(va, 0x800000)                            # in the hole between two ranges
    small(va + 0x1000, 0x20000, "r--")             # memory that is not dumped
    small(va + 0x2000, 0x21000, "rw-", pp=0)
    small(va + 0x3000, 0x22000, "rwx", pp=1)
    small(va + 0x4000, 0x23000, "r-x")
    small(va + 0x5000, 0x24000, "r--", lo=0x180 | 0x68 | 0xE00 | 0xF << 60)
    small(va + 0x6000, 0x25000, "rw-", hi=0xF << 3)
    small(va + 0x7000, 0xDDB000)                   # the page in which a range begins
    small(va + 0x8000, 0xFE0000)                   # the page in which it ends
    small(va + 0x9000, 0xFE1000)
    small(va + 0xA000, 0x100000000)
    small(va + 0xB000, 0x0FFFFFFFFFFFF000)         # all address bits
    kmap.dead(va + 0xC000, 0x21000, hi=0)
    kmap.dead(va + 0xD000, 0x21000, hi=VALID | 1 << 62)
    kmap.dead(va + 0xE000, 0x21000, hi=VALID | 1 << 63)
    kmap.dead(va + 0xF000, 0x21000, vsid=segment_id(va) & ~(1 << 36))   # a user's
    kmap.dead(va + 0x10000, 0x21000, vsid=0x1FFFFFF << 12 | 5)          # real-mode area
    kmap.crossed(va + 0x11000, 0x21000, hi=VALID | SECOND)              # H in a primary group
    kmap.crossed(va + 0x12000, 0x21000, second=True, clear=SECOND)      # and the reverse
    kmap.large(KERNBASE + 0x2000000, 0x2000000, listed=False)
    kmap.space.hole(KERNBASE + 0x2000000, SUPER, "NOT_MAPPED")
    kmap.large(DMAPBASE, 0, "rw-")
    kmap.large(DMAPBASE + 0x2000000, 0x2000000, "rwx")
    kmap.large(DMAPBASE + 0x100000000, 0x100000000, "r-x")
    small(DMAPBASE + 0x21000, 0x22000, shadowed=True)  # the direct map is asked first
    full_group(kmap, va + 0x20000)
    small(KERNBASE + 0x0FFFF000, 0x26000, "rw-")   # the last page of a segment
    small(KERNBASE + 0x10000000, 0x27000, "rw-")   # the first of the next
    small(KERNEND - 0xFFF, 0x26000, "r--")
    small(KERNEND + 1, 0x27000, "r--")             # beyond what the header calls the end
    for number in range(3):
        small(VM_PAGE + number * PAGE, 0x28000 + number * PAGE, "rw-")
    small(VM_PAGE + 0x8000000, 0x40000000)
    if not direct:
        small(0x28000, 0x28000)                    # addresses equal to the physical ones
        small(0x29000, 0x29000)
        small(LINKED + 0x1000, 0x26000, shadowed=True)  # the image is asked first
    return {0x21000, 0x22000, 0x23000, 0x24000, 0x25000, 0xFE0000, 0x100000000, 0x26000, 0x27000,
            0x28000, 0x29000, 0x2A000}


def full_group(kmap, va):
    """A primary group that others fill, so that two pages lie in the secondary group."""
    for other in range(8):
        kmap.write(va, 0x21000 + other * PAGE, vsid=segment_id(va) ^ kmap.groups * (other + 1),
                   hi=VALID, lo=2 | NO_EXECUTE)
        number, (hi, _) = list(kmap.taken.items())[-1]
        other_va = seen_at(number, hi)
        assert segment_id(other_va) == hi >> 12
        kmap.listed.append((number, other_va, 0x21000 + other * PAGE, PAGE, "rw-"))
        kmap.space.entry(other_va, 0x21000 + other * PAGE, PAGE, "rw-")
    kmap.small(va, 0x23000, "r-x", second=True)


def seen_at(number, hi):
    """An entry was made for a segment by its VSID alone: the address that the kernel's rule gives
    it. 0x614fb973 undoes 0x13bb."""
    value = (hi >> 12) % (1 << 36) * 0x614FB973 % (1 << 36)
    esid = value >> 8 | (value & 0xFF) << 28
    page = (hi >> 7 & 31) << 11 | (number >> 3 ^ hi >> 12) & 0x7FF
    return esid << 28 | page << 12


def radix_kinds(kmap, hole):
    """Tables at 0x16000 and up, which the heap does not use. `hole`: what a page between the ranges
    is called."""
    base = KERNBASE
    kmap.down(base + SPANS[3], 4, 0x18000, more=0xF09)  # bits 8 to 11 are not address bits
    va = base + SPANS[3]
    kmap.leaf(va, 4, 0x800000)
    kmap.leaf(va + 0x1000, 4, 0x20000, "r--")
    kmap.leaf(va + 0x2000, 4, 0x21000, "rwx")
    kmap.leaf(va + 0x3000, 4, 0x22000, "r-x")
    kmap.write(va + 0x4000, 4, RADIX_VALID | LEAF | 0x23000 | 0xA)  # write stands for read too
    kmap.space.entry(va + 0x4000, 0x23000, PAGE, "rw-")
    kmap.leaf(va + 0x5000, 4, 0x24000, "rw-", 0x3E00000000000E30)   # bits that say nothing here
    kmap.broken(va + 0x6000, 4, LEAF | 0x24000 | 0xE)
    kmap.broken(va + 0x7000, 4, RADIX_VALID | 0x24009)
    kmap.leaf(va + 0x8000, 4, 0xDDB000)
    kmap.leaf(va + 0x9000, 4, 0xFE0000)
    kmap.leaf(va + 0xA000, 4, 0x100000000)
    kmap.leaf(va + 0xB000, 4, 0x00FFFFFFFFFFF000)
    kmap.leaf(va + 0x1FF000, 4, 0x25000)
    kmap.leaf(base + 2 * SPANS[3], 3, 0x2000000, "rwx")
    kmap.write(base + 3 * SPANS[3], 3, RADIX_VALID | LEAF | 0x220118E | 0x1FF000)
    kmap.space.entry(base + 3 * SPANS[3], 0x2200000, SPANS[3], "rw-")  # its low bits are cleared
    kmap.broken(base + 4 * SPANS[3], 3, LEAF | 0x2000000 | 0xE)
    kmap.down(base + 5 * SPANS[3], 4, 0x2B000, "NOT_DUMPED")
    kmap.down(base + 6 * SPANS[3], 4, 0x800000, hole)
    kmap.leaf(base + 7 * SPANS[3], 3, 0xC0000000)
    kmap.leaf(base + SPANS[2], 2, 0, "rw-")
    kmap.leaf(base + 2 * SPANS[2], 2, 0x100000000, "r--")
    kmap.down(base + 3 * SPANS[2], 3, 0x2B000, "NOT_DUMPED")
    kmap.broken(base + 4 * SPANS[2], 2, LEAF | 0xE)
    kmap.leaf(base + 511 * SPANS[2], 2, 0x100000000, "r-x")
    kmap.broken(base + SPANS[1], 1, RADIX_VALID | LEAF | 0x18E, "DAMAGED")
    kmap.down(base + 2 * SPANS[1], 2, 0x2B000, "NOT_DUMPED")
    kmap.down(base + 3 * SPANS[1], 2, 0x800000, hole)
    kmap.down(base + 8191 * SPANS[1] % (1 << 51), 2, 0x19000)
    kmap.leaf((base | (1 << 52) - 1) + 1 - SPANS[2], 2, 0)  # the last 1 GiB of all
    return {0x16000, 0x17000, 0x18000, 0x19000, 0x1A000, 0x21000, 0x22000, 0x23000, 0x24000,
            0xFE0000, 0x25000, 0x100000000}


def direct_tables(kmap):
    """The direct map has entries too, which nobody reports."""
    kmap.down(DMAPBASE, 2, 0x1A000)
    for pa in (0, SPANS[2], 4 * SPANS[2]):
        kmap.write(DMAPBASE + pa, 2, RADIX_VALID | LEAF | pa | 0x18E)


def map_radix(place, memory, version):
    kmap = Radix(place.space, memory)
    kmap.down(KERNBASE, 2, 0x16000)
    kmap.down(KERNBASE, 3, 0x17000)
    kmap.down(KERNBASE, 4, 0x1B000)
    for number, pa in enumerate(HEAP_PAGES):
        kmap.leaf(HEAP_VA + number * PAGE, 4, pa)
    extra = radix_kinds(kmap, "OUTSIDE_MEMORY" if version == 2 else "NOT_DUMPED")
    direct_tables(kmap)
    return kmap, extra | {0x1B000}


def map_hashed(place, order, direct, size):
    kmap = Hashed(place.space, order, size)
    for number, pa in enumerate(HEAP_PAGES):
        kmap.small(HEAP_VA + number * PAGE, pa, "rw-", second=number % 3 == 1)
    return kmap, hashed_kinds(kmap, direct)


def world(order, kernel_pa, **more):
    """A kernel and a heap in memory, and where the kernel runs."""
    memory = Memory(order=order)
    start = DMAPBASE + kernel_pa + SYMBOL - LINKED
    place = Place(start, start + IMAGE_BYTES - (SYMBOL - LINKED))
    system = System(BITS, MACHINE, LINKED, HEAP_VA, order, displacement=place.displacement, **more)
    system.kernel.sym("kernbase", value=SYMBOL)
    memory.put(kernel_pa, bytes(system.kernel.image))
    for number, pa in enumerate(HEAP_PAGES):
        memory.put(pa, bytes(system.heap[number * PAGE:number * PAGE + PAGE]))
    return memory, place, system


def rich(version, order, mmu, what="", kernel_pa=KERNEL_PA, size=0x40000, ranges=RANGES,
         mapped=True, **more):
    memory, place, system = world(order, kernel_pa, **more)
    direct = mmu == b"mmu_g5"
    if not mapped:
        kmap, extra = Unmapped(place.space), set()
    elif mmu == b"mmu_radix":
        kmap, extra = map_radix(place, memory, version)
    else:
        kmap, extra = map_hashed(place, order if mmu == b"mmu_phyp" else ">", direct, size)
    mini = minidump(version, memory, mmu, place, kmap.table, int(direct))
    mini.ring = system.ring
    if version == 2 or not mapped:
        mini.tail = system.structure
    image = set(range(kernel_pa // PAGE * PAGE, kernel_pa + IMAGE_BYTES, PAGE))
    mini.dump = image | set(HEAP_PAGES) | extra
    mini.top = 0x100010000
    if version == 2:
        mini.ranges = ranges
        mini.dump = {pa for pa in mini.dump
                     if any(start // PAGE * PAGE <= pa < end for start, end in ranges)}
    name = "powerpc64-v%d-%s-%s%s" % (version, mmu.decode()[4:], END[order], what)
    dump = begin(name, mini, place, kmap, system.kernel.build())
    return dump, place, kmap, system


def answer(dump, place, kmap, system):
    """Addresses, and what the kernel left behind where its heap can be read."""
    for note in kmap.space.notes:
        dump.answers.around(*note[:2])
    for name in ("version", "panicstr", "vnet0", "dpcpu_off"):
        value, _, size = system.kernel.known[name]
        dump.answers.va(value, size)
        dump.answers.va(place.displacement + value, size)
    dump.answers.va(HEAP_VA, HEAP_BYTES)
    for va in (0xD008000000005123, 0xC010000000000000, 0xBFFFFFFFFFFFFFFF, place.image_end):
        dump.answers.xlat(va)
    return dump


def dumps():
    for version, order, mmu in ((2, ">", b"mmu_g5"), (1, ">", b"mmu_g5"), (2, "<", b"mmu_g5"),
                                (2, ">", b"mmu_phyp"), (2, "<", b"mmu_phyp"),
                                (1, ">", b"mmu_phyp"), (2, "<", b"mmu_radix"),
                                (2, ">", b"mmu_radix"), (1, ">", b"mmu_radix")):
        made = rich(version, order, mmu, wrapped=version == 2,
                    magic=MAGIC_OLD if version == 1 else 0x5E4A6F28,
                    flags=1 if version == 1 else 2, type_=2 if version == 1 else TYPE)
        dump = answer(*made)
        made[3].answer(dump)
        if mmu != b"mmu_phyp" or order == ">":
            dump.answers.add("findings 0")
        dump.kernel_fields = made[3].kernel.fields() if (version, order) == (2, ">") else []
        dump.damage = dump.damage and version == 2
        yield dump
    yield from variants()


def variants():
    """Tables, kernels and ranges that differ."""
    made = rich(2, "<", b"mmu_g5", "-4096-groups", size=0x80000)
    made[3].answer(answer(*made))
    yield made[0]
    for order in ">", "<":
        made = rich(2, order, b"mmu_g5", "-odd-place", kernel_pa=KERNEL_PA + 0x1040)
        made[3].answer(answer(*made))
        yield made[0]
    made = rich(2, ">", b"mmu_phyp", "-claimed", ranges=[RANGES[0], RANGES[1], RANGES[3]])
    made[0].answers.messages(made[3].buffer.lines())
    yield answer(*made)
    for order in ">", "<":
        made = rich(2, order, b"mmu_radix", "-no-map", mapped=False)
        made[0].answers.messages(made[3].buffer.lines())
        yield answer(*made)
    made = rich(2, ">", b"mmu_booke", "-no-map", mapped=False)
    made[0].answers.messages(made[3].buffer.lines())
    yield answer(*made)
