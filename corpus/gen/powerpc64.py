# SPDX-License-Identifier: BSD-2-Clause
"""powerpc64 minidumps: the frame, the hashed page table, the worked example and its twins."""

import struct

from . import facts
from .dump import dump_of_minidump
from .memory import Memory
from .minidump import Minidump
from .notes import Space

KERNBASE, KERNEND = 0xC008000000000000, 0xC0080007FFFFFFFF
DMAPBASE, DMAPEND = 0xC000000000000000, 0xC007FFFFFFFFFFFF
LINKED = 0x100000             # the image's first link address, the boot stub's
SYMBOL = 0x100100             # the symbol kernbase: what startkernel says the place of
TOP, PAGE, SUPER = 1 << 64, 0x1000, 1 << 24
BITS, MACHINE, TYPE = facts.KERNELS["powerpc64"]
VALID, SECOND, LARGE = 1, 2, 4  # bits of an entry's first word
NO_EXECUTE, MEMORY_COHERENT = 4, 0x10
FLIPS = (0, 1, 2, 7, 12, 13, 24, 48, 59, 62, 63)
END = {">": "be", "<": "le"}


def round_page(value):
    return -(-value // PAGE) * PAGE


def segment_id(va):
    """The kernel's VSID of the 256 MiB that hold va."""
    esid = va >> 28
    return ((esid << 8 | esid >> 28) * 0x13BB) % (1 << 36) | 1 << 36


class Place:
    """Where a kernel runs: the notes of its image and of the direct map."""

    def __init__(self, start, end):
        self.start, self.end = start, end
        self.displacement = (start - SYMBOL) % TOP
        self.image_end = round_page(SYMBOL + end - start)
        self.space = Space()
        self.space.linear(LINKED, self.image_end - LINKED,
                          LINKED + self.displacement - TOP * (start < SYMBOL) - DMAPBASE)
        self.space.linear(DMAPBASE, DMAPEND + 1 - DMAPBASE, 0)


class Hashed:
    """The hashed page table: an entry is put into the group of its hash and noted."""

    def __init__(self, space, order=">", size=0x40000):
        self.space, self.order = space, order
        self.table = bytearray(size)
        self.groups = size // 128
        self.taken = {}
        self.listed = []  # (number of the entry, va, pa, bytes, protection)

    def number(self, hashed, second, slot):
        group = (~hashed if second else hashed) % self.groups
        if slot is None:
            slot = next(slot for slot in range(8) if 8 * group + slot not in self.taken)
        assert 8 * group + slot not in self.taken
        return 8 * group + slot

    def raw(self, number, hi, lo):
        self.taken[number] = (hi, lo)
        self.table[16 * number:16 * number + 16] = struct.pack(self.order + "QQ", hi, lo)

    def write(self, va, pa, slot=None, second=False, hi=VALID, lo=2, vsid=None):
        """An entry for 4 KiB without a note; its number. hi and lo are the bits besides VSID,
        page index and address."""
        vsid = segment_id(va) if vsid is None else vsid
        index = va >> 12 & 0xFFFF
        number = self.number(vsid ^ index, second, slot)
        self.raw(number, vsid << 12 | index >> 11 << 7 | SECOND * second | hi,
                 pa | MEMORY_COHERENT | lo)
        return number

    def small(self, va, pa, prot="rwx", slot=None, second=False, shadowed=False, pp=None, hi=0,
              lo=0):
        """A valid entry. `shadowed`: another one answers for va."""
        bits = (3 if "w" not in prot else 2) if pp is None else pp
        bits |= lo | (0 if "x" in prot else NO_EXECUTE)
        number = self.write(va, pa, slot, second, VALID | hi, bits)
        self.listed.append((number, va, pa, PAGE, prot))
        if not shadowed:
            self.space.entry(va, pa, PAGE, prot)

    def dead(self, va, pa, clear=0, **given):
        """An entry for va that is never the answer; bits of `clear` are taken out again."""
        number = self.write(va, pa, **given)
        hi, lo = self.taken[number]
        self.raw(number, hi & ~clear, lo)
        self.space.hole(va, PAGE, "NOT_MAPPED")
        return number

    def crossed(self, va, pa, **given):
        """A dead entry by its H alone: it speaks for the page whose index has the other low bits.
        In a table of more than 2048 groups no look-up comes to it, an enumeration still does."""
        number, other = self.dead(va, pa, **given), va ^ 0x7FF000
        self.listed.append((number, other, pa, PAGE, "rwx"))
        if self.groups == 2048:
            self.space.entry(other, pa, PAGE, "rwx")
        else:
            self.space.hole(other, PAGE, "NOT_MAPPED")

    def large(self, va, pa, prot="rwx", slot=None, listed=True):
        """16 MiB. No look-up needs it; in the direct map an enumeration reports it."""
        index, vsid = va >> 24 & 15, segment_id(va)
        number = self.number(vsid ^ index, False, slot)
        self.raw(number, vsid << 12 | index << 8 | LARGE | VALID,
                 pa | MEMORY_COHERENT | (2 if "w" in prot else 3)
                 | (0 if "x" in prot else NO_EXECUTE))
        if listed:
            self.listed.append((number, va, pa, SUPER, prot))

    def close(self):
        self.space.hole(0, TOP, "NOT_MAPPED")
        return self.space

    def mappings(self):
        return [row[1:] for row in sorted(self.listed)]

    def entries(self, at, _):
        """Words for the damaged family; `at` is where the map lies."""
        for number in sorted(self.taken):
            hi, lo = self.taken[number]
            yield at + 16 * number, 8, hi, None
            yield at + 16 * number + 8, 8, lo, None


class Unmapped:
    """A dump without a kernel map."""

    order = ">"
    table = b""

    def __init__(self, space):
        self.space = space

    def close(self):
        return self.space

    def mappings(self):
        return []

    def entries(self, *_):
        return ()


def minidump(version, memory, mmu, place, table, direct=1):
    """The frame with powerpc64's header fields."""
    mini = Minidump("powerpc64", version, memory)
    mini.values = {"kernbase": KERNBASE, "kernend": KERNEND, "dmapbase": DMAPBASE,
                   "dmapend": DMAPEND, "hw_direct_map": direct, "startkernel": place.start,
                   "endkernel": place.end}
    mini.head_text = [(32, mmu)]
    mini.table = table
    return mini


def begin(name, mini, place, kmap, kernel=None, lead=None):
    """Build, and answer what every dump answers but for single addresses."""
    dump = dump_of_minidump(name, mini, kmap.close(), "powerpc64", kernel)
    if lead:
        lead(dump)
    dump.entry_order, dump.flips = kmap.order, FLIPS
    answers = dump.answers
    answers.add("describe displacement 0x%x" % place.displacement)
    answers.physical()
    answers.pages(lambda pa: DMAPBASE + pa)
    for va, pa, size, prot in kmap.mappings():
        offset = answers.notes.physical.offsets.get(pa)
        answers.add("mapping 0x%x 0x%x 0x%x %s" % (va, pa, size, prot),
                    "-" if offset is None else "0x%x" % offset)
    answers.add("mappings-end")
    dump.entries += list(kmap.entries(dump.regions["map"][0], dump))
    return dump


def finish(name, mini, place, kmap, kernel=None, lead=None):
    dump = begin(name, mini, place, kmap, kernel, lead)
    dump.answers.space()
    for va in (0, PAGE, LINKED - 1, LINKED, place.image_end - 1, place.image_end, DMAPBASE - 1,
               DMAPEND, KERNBASE - 1, KERNBASE, KERNEND, KERNEND + 1, TOP - 1):
        dump.answers.xlat(va)
        dump.answers.va(va, 1)
    return dump


def example_table(kmap):
    """The entries of the specification, each in the slot that it names."""
    small = kmap.small
    small(KERNBASE + 0x3000, 0x101000, slot=0)
    small(KERNBASE + 0x4000, 0x103000, slot=6, second=True)
    small(KERNBASE + 0x1F7AB000, 0x2041000, slot=3)
    small(KERNBASE + 0x5000, 0x103000, slot=2)
    small(KERNBASE + 0x5000, 0x105000, slot=5, shadowed=True)
    small(KERNBASE + 0x6000, 0x105000, slot=7)
    small(KERNBASE + 0x6000, 0x101000, slot=0, second=True, shadowed=True)
    kmap.write(KERNBASE + 0x7000, 0x2000000, 1, hi=VALID | LARGE)
    kmap.write(KERNBASE + 0x8000, 0x101000, 1, hi=0)
    kmap.write(KERNBASE + 0x9000, 0x101000, 1, hi=VALID | 1 << 62)
    small(KERNBASE + 0xA000, 0x102000, slot=1)
    small(KERNBASE + 0xB000, 0x200000, "r-x", slot=1)
    kmap.large(DMAPBASE + 0x2000000, 0x2000000, slot=4)


EXAMPLE = tuple(KERNBASE + offset for offset in (
    0x3123, 0x4008, 0x1F7AB010, 0x5000, 0x6000, 0x7000, 0x8000, 0x9000, 0xC000, 0xA000, 0xB000,
    0x800000000)) + (
    0xD000000000000000, DMAPBASE + 0x103040, 0x103040, DMAPBASE + 0x2041010, 0x104FFF, 0x105000,
    0x1000, 0x10103040, DMAPBASE + 0x3000000, 0x200010)


def example(version=2, order=">", mmu=b"mmu_g5", direct=1, lead=None):
    """The worked example and its twins. hw_direct_map 0: with an entry of segment 0."""
    memory = Memory(order=order)
    place = Place(DMAPBASE + 0x100100, DMAPBASE + 0x104100)
    kmap = Hashed(place.space, order if mmu == b"mmu_phyp" else ">")
    example_table(kmap)
    if not direct:
        kmap.small(0x200000, 0x2041000, slot=0)
    mini = minidump(version, memory, mmu, place, kmap.table, direct)
    mini.dump = {0x101000, 0x103000, 0x105000, 0x2000000, 0x2041000}
    if version == 2:
        mini.ranges = [(0x100000, 0x110000), (0x2000000, 0x3000000)]
    name = "powerpc64-v%d-%s-%s-example%s" % (version, mmu.decode()[4:], END[order],
                                              "" if direct else "-esid0")
    dump = finish(name + ("-led" if lead else ""), mini, place, kmap, lead=lead)
    if kmap.order == ">" and not lead:
        dump.answers.add("findings 0")
    if not lead:  # whose header has strings of its own
        dump.strings()
    dump.damage = not lead and direct == 1 and version == 2
    for va in EXAMPLE:
        dump.answers.xlat(va)
        dump.answers.va(va, 8)
    return dump


def dumps():
    from . import powerpc64_header, powerpc64_radix, powerpc64_rich
    for version in (2, 1):
        for order in ">", "<":
            for mmu in b"mmu_g5", b"mmu_phyp":
                yield example(version, order, mmu)
    for order in ">", "<":
        yield example(2, order, b"mmu_phyp", 0)
    yield from powerpc64_radix.dumps()
    yield from powerpc64_rich.dumps()
    yield from powerpc64_header.dumps()
