# SPDX-License-Identifier: BSD-2-Clause
"""arm full dumps: sections and tables, and what says where the kernel and its root lie."""

from . import elf
from .arm import BITS, E_MACHINE, HIGH, KERNBASE, LARGE, MIB, PAGE, READ_ONLY, entry
from .core import Core
from .dump import Dump, dump_of_core
from .kernel import IMAGE_BYTES, Kernel
from .memory import Memory
from .notes import Space
from .system import HEAP_BYTES, System

SECTION, SUPER = 0x0040E, 0x4040E  # a supersection's upper address bits are clear
FLIPS = (0, 1, 2, 5, 7, 9, 10, 12, 18, 20, 31)
OPEN = "-"                         # what a section protects is left open
DAMAGED = {"arm-full-example", "arm-full", "arm-full-big", "arm-full-broken-tables"}


class Tables:
    """A first-level table of 16 KiB at `root`; tables of 1 KiB behind it."""

    def __init__(self, memory, root, prot=None):
        self.memory, self.root = memory, memory.clear(root, 0x4000)
        self.pool = memory.clear(root + 0x4000, 0x4000)
        self.prot = prot           # None: the entry's own
        self.space = Space()
        self.tables = {}
        self.entries = []  # (pa, value)

    def write(self, pa, value):
        self.memory.u32(pa, value)
        self.entries.append((pa, value))

    def first(self, va, value):
        self.write(self.root + va // MIB * 4, value)

    def second(self, va, value):
        if va // MIB not in self.tables:
            self.tables[va // MIB] = self.pool
            self.first(va, self.pool | 1 | 0x20)
            self.pool += 0x400
        self.write(self.tables[va // MIB] + va % MIB // PAGE * 4, value)

    def small(self, va, pa, prot="rw-", more=0):
        self.second(va, entry(pa, prot, more))
        self.space.entry(va, pa, PAGE, self.prot or prot)

    def large(self, va, pa, more=0):
        for offset in range(0, LARGE, PAGE):
            self.second(va + offset, pa | 0x411 | more)
        self.space.entry(va, pa, LARGE, self.prot or ("r--" if more & READ_ONLY else "rw-"))

    def section(self, va, pa, more=0):
        self.first(va, pa | SECTION | more)
        self.space.entry(va, pa, MIB, OPEN)

    def supersection(self, va, pa):
        for offset in range(0, 16 * MIB, MIB):
            self.first(va + offset, pa | SUPER)
        self.space.entry(va, pa, 16 * MIB, OPEN)

    def missing(self, va, value, status):
        """A first-level entry that leads nowhere."""
        self.first(va, value)
        self.space.hole(va, MIB, status)

    def close(self):
        self.space.hole(0, HIGH, "NOT_MAPPED")
        return self.space


def finish(name, core, space, kernel=None, entries=(), root=0, **more):
    dump = dump_of_core(name, core, space, "arm", kernel, **more)
    dump.flips, dump.damage = FLIPS, name in DAMAGED
    answers = dump.answers
    answers.add("describe displacement 0")
    answers.space()
    answers.physical()
    for pa, _, memsz, _ in core.segments:
        answers.pa(pa - 8, 16)
        answers.pa(pa + memsz - 8, 16)
    answers.pages()
    for va in (HIGH, HIGH + KERNBASE, 0xFFFFFFFF00000000 + KERNBASE) if kernel else ():
        answers.xlat(va)
        answers.va(va, 1)
    for pa, value in entries:
        at = core.physical.offsets.get(pa - pa % PAGE)
        if at is not None:
            dump.entries.append((at + pa % PAGE, 4, value, root | 1))
    return dump


def example(by_address):
    """The worked example of the specification; its twin's variable holds a physical address."""
    memory, space = Memory(), Space()
    kernel = Kernel(BITS, E_MACHINE, KERNBASE)
    kernel.sym("kernel_l1pa", section=".data", value=KERNBASE + 0x100, size=4)
    values = [(0x10007000, 0x10008001), (0x10008000, 0x10000412), (0x10008014, 0x10009412)]
    memory.clear(0x10004000, 0x5000)
    memory.u32(0x10000100, 0xC0004000 if by_address else 0x10004000)
    for pa, value in values:
        memory.u32(pa, value)
    space.entry(KERNBASE, 0x10000000, PAGE, "rwx")
    space.entry(KERNBASE + 0x5000, 0x10009000, PAGE, "rwx")
    space.hole(0, HIGH, "NOT_MAPPED")
    core = Core(memory, E_MACHINE, BITS)
    core.load(0x10000000, 0x10000)
    core.header(type=elf.PT_DUMP_DELTA, vaddr=KERNBASE, paddr=0x10000000)
    dump = finish("arm-full-example" + ("" if by_address else "-pa"), core, space, kernel.build(),
                  values, 0x10004000)
    for va in (0xC0005678, 0xC0000100, 0xC0001000, 0xC0100000):
        dump.answers.xlat(va)
        dump.answers.va(va, 16)
    return dump


class World:
    """A crashed machine with its kernel 1 MiB above ram, ready to become a core."""

    def __init__(self, ram, order="<", by_address=True, physaddr=False, extra=None):
        self.memory, self.ram = Memory(order=order), ram
        self.high = ram + 0x1000000
        heap = KERNBASE + 4 * MIB
        self.tables = Tables(self.memory, ram + 0x4000, OPEN if order == ">" else None)
        self.system = System(BITS, E_MACHINE, KERNBASE + MIB, heap, order, wrapped=by_address)
        kernel, root = self.system.kernel, self.tables.root
        kernel.var("kernel_l1pa", (root - ram + KERNBASE if by_address else root).to_bytes(
            4, "little" if order == "<" else "big"))
        if physaddr:
            kernel.sym("kernbase", value=KERNBASE)
            kernel.sym("physaddr", value=ram)
        self.map(heap)
        if extra:
            extra(self.tables)
        self.memory.put(ram + MIB, bytes(kernel.image))
        self.space = self.tables.close()
        self.core = Core(self.memory, E_MACHINE, BITS)

    def map(self, heap):
        tables, ram = self.tables, self.ram
        tables.section(KERNBASE, ram)                     # both end behind their segments
        tables.section(KERNBASE + MIB, ram + MIB, 0x20)
        pages = [ram + number * PAGE for number in (0x18, 0x11, 0x19, 0x13, 0x1F, 0x15, 0x16)]
        pages.append(self.high + PAGE)
        assert len(pages) * PAGE == HEAP_BYTES
        for number, pa in enumerate(pages):
            tables.small(heap + number * PAGE, pa)
            self.memory.put(pa, bytes(self.system.heap[number * PAGE:(number + 1) * PAGE]))
        va = heap + 0x20000
        tables.small(va, 0x4A100000)                      # outside all memory
        tables.small(va + PAGE, ram + 0x12000, "r-x")
        tables.small(va + 2 * PAGE, ram + 0x12000, "r--")
        tables.second(va + 3 * PAGE, ram + 0x12410)       # type 0
        tables.large(va + 0x10000, ram + 0x20000)
        tables.large(va + 0x20000, self.high, READ_ONLY)  # ends behind the segment
        tables.supersection(0xD0000000, self.high)
        tables.supersection(0xD1000000, 0x5F000000)
        tables.first(0xE0000000, 0x10004410)              # type 0
        tables.small(HIGH - PAGE, ram + 0x14000, "rwx")   # the last page of all

    def segments(self, high_memory=0x4000):
        self.core.load(self.ram, 0x30000)
        self.core.load(self.ram + MIB, IMAGE_BYTES)
        self.core.load(self.high, 0x4000, high_memory)

    def delta(self, vaddr=KERNBASE, paddr=None):
        self.core.header(type=elf.PT_DUMP_DELTA, vaddr=vaddr,
                         paddr=self.ram if paddr is None else paddr)

    def finish(self, name, answer=True, **more):
        system = self.system
        dump = finish(name, self.core, self.space, system.kernel.build(), self.tables.entries,
                      self.tables.root, **more)
        value, _, size = system.kernel.known["version"]
        dump.answers.va(value, size)
        if answer:
            dump.answers.va(system.heap_va, HEAP_BYTES)
            system.answer(dump)
        return dump


def broken_tables(tables):
    """First-level entries that lead to no table, or may not exist."""
    high = tables.root - 0x4000 + 0x1000000
    tables.missing(0xE1000000, 0x5F000001, "OUTSIDE_MEMORY")
    tables.missing(0xE1100000, tables.memory.clear(high + 0x8000) | 1, "NOT_DUMPED")
    tables.missing(0xE1200000, tables.root + 0x4000 | 3, "DAMAGED")
    for bit in (5, 8, 20, 23):                            # supersections above 4 GiB
        tables.missing(0xE2000000 + bit * MIB, high | SUPER | 1 << bit, "DAMAGED")


def kernels():
    """What says where the kernel lies and what its root's address is."""
    for name, ram, order, by_address, physaddr, deltas in (
            ("", 0x40000000, "<", True, False, [{}]),
            ("-pa", 0x40000000, "<", False, False, [{}]),
            ("-physaddr", 0x40000000, "<", False, True, []),
            ("-physaddr-va", 0x40000000, "<", True, True, []),
            ("-big", 0x10000000, ">", False, True, []),
            ("-high-ram", 0xD0000000, "<", True, False, [{}]),
            ("-two-deltas", 0x40000000, "<", True, False, [{}, {"paddr": 0x50000000}]),
            ("-delta-above", 0x40000000, "<", True, False, [
                {"vaddr": KERNBASE + 2 * MIB, "paddr": 0x40000000 + 2 * MIB}]),
            ("-delta-wrong", 0x40000000, "<", True, True, [{"paddr": 0x60000000}])):
        world = World(ram, order, by_address, physaddr)
        world.segments()
        for values in deltas:
            world.delta(**values)
        yield world.finish("arm-full" + name)


def shapes():
    """Tables and segments of every shape."""
    world = World(0x40000000, extra=broken_tables)
    world.segments(0x9000)
    world.core.header(type=elf.PT_NOTE, paddr=0x40010000, vaddr=0x40010000, offset=PAGE,
                      filesz=0x8000, memsz=0x8000)
    world.delta()
    yield world.finish("arm-full-broken-tables")
    world = World(0x40000000)
    world.core.load(world.high, 0x4000)
    world.core.load(world.ram + MIB, IMAGE_BYTES)
    world.core.load(world.ram, 0x30000)
    world.delta()
    yield world.finish("arm-full-unsorted", ranges=False)
    world = World(0x40000000)
    world.segments()
    world.delta()
    yield world.finish("arm-full-cut", answer=False, cut=PAGE + 0x30000 + IMAGE_BYTES + 0x1E64)


def without_kernel():
    """Only physical addresses are reached; headers that are refused."""
    memory, space = Memory(), Space()
    core = Core(memory, E_MACHINE, BITS)
    core.load(0x10001000, 0x8000)
    core.load(0x10004000, 0x8000, fill=0xEE)              # the first in the file counts
    core.header(type=elf.PT_DUMP_DELTA, vaddr=KERNBASE, paddr=0x10000000)
    for pa in range(0x10009000, 0x1000C000, PAGE):
        memory.put(pa, b"\xee" * PAGE)
    space.hole(0, HIGH, "KERNEL_NEEDED")
    yield finish("arm-full-overlap-no-kernel", core, space, ranges=False)
    for what, at, data in (("phentsize", 42, b"\x38\0"), ("phoff", 28, b"\0\0\xff\xff")):
        dump = Dump("arm-refused-core-" + what, core.build().patch(at, data), status="DAMAGED")
        dump.damage = dump.seed = False
        yield dump


def dumps():
    yield from (example(by_address) for by_address in (True, False))
    yield from kernels()
    yield from shapes()
    yield from without_kernel()
