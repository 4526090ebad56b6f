# SPDX-License-Identifier: BSD-2-Clause
"""Full dumps of powerpc and powerpc64: kernel virtual memory, or raw physical memory."""

from . import elf, facts
from .core import Core
from .dump import Dump, dump_of_core
from .kernel import Kernel
from .leader import lead
from .memory import Memory
from .notes import Physical, Space
from .system import HEAP_BYTES, System

PAGE = 0x1000
# name of the kind of kernel: (arch, byte order, text, heap, e_flags, all ones)
KINDS = {
    "powerpc": ("powerpc", ">", 0x00900000, 0xD0002000, 0, 0xFFFFFFFF),
    "powerpc64": ("powerpc64", ">", 0xC000000001200000, 0xC008000000009000, 2, (1 << 64) - 1),
    "powerpc64le": ("powerpc64", "<", 0xC000000001200000, 0xC008000000009000, 2, (1 << 64) - 1),
}


class Runs(Physical):
    """Bytes by the address at which the file says they belong, aligned or not; of two that
    overlap the first counts."""

    def __init__(self, page=PAGE):
        super().__init__(page)
        self.runs = []

    def page_at(self, pa, offset, size=None):
        self.runs.append((pa, self.page if size is None else size, offset))

    def shift(self, distance):
        self.runs = [(pa, size, offset + distance) for pa, size, offset in self.runs]

    def find(self, pa, length):
        for start, size, offset in self.runs:
            if start <= pa < start + size:
                have = min(start + size - pa, length - offset - pa + start)
                return (("OK", offset + pa - start, have) if have > 0
                        else ("TRUNCATED", None, 0))
        return self.status(pa), None, 0


class VirtualSpace(Space):
    virtual = True


class Cores:
    """A full dump of one kind of kernel, and the segments that it gets."""

    def __init__(self, kind):
        self.kind = kind
        self.arch, self.order, self.text, self.heap, self.flags, self.ones = KINDS[kind]
        self.bits, self.machine, self.type = facts.KERNELS[self.arch]
        self.memory = Memory(order=self.order)
        self.core = Core(self.memory, self.machine, self.bits, self.flags)
        self.space = Space()

    def virtual(self, va, filesz, memsz=None, **values):
        if not self.space.virtual:
            self.space, self.core.physical = VirtualSpace(), Runs()
        memsz = filesz if memsz is None else memsz
        self.core.load(va, filesz, memsz, **dict({"paddr": self.ones}, **values))
        self.space.linear(va, memsz, va)

    def raw(self, pa, filesz, memsz=None, **values):
        self.core.load(pa, filesz, memsz, **dict({"vaddr": self.ones}, **values))

    def kernel(self, type_=None, order=None):
        kernel = Kernel(self.bits, self.machine, self.text, order or self.order,
                        type_ or self.type, self.flags)
        kernel.var("hz", kernel.i32(100))
        return kernel

    def finish(self, what, kernel=None, leader=None, **more):
        kernel = kernel or self.kernel()
        dump = dump_of_core("%s-full-%s" % (self.kind, what), self.core, self.space, self.arch,
                            kernel.build(), ranges=not self.space.virtual, **more)
        if leader:
            lead(dump, *leader)
        answers = dump.answers
        answers.add("describe displacement 0")
        answers.space()
        for va in (0, self.text, self.heap, self.ones, 0x1D0002000, self.text & ~0xFFFFFFF):
            answers.xlat(va)
            answers.va(va, 1)
        if not self.space.virtual:
            self.answer_raw(answers)
        return dump

    def answer_raw(self, answers):
        answers.physical()
        for pa, _, memsz, _ in self.core.segments:
            for at in (pa, pa + memsz - 8, pa + memsz):
                answers.pa(at, 16)
        answers.pages()

    def refused(self, what, status, **more):
        dump = Dump("%s-refused-%s" % (self.kind, what), self.core.build(), status=status, **more)
        dump.damage = dump.seed = False
        return dump


def example_powerpc():
    """Three segments behind a kernel dump header."""
    cores = Cores("powerpc")
    cores.virtual(0x00A00000, 0x3000)
    cores.virtual(0xD0002000, 0x1000)
    cores.virtual(0xD0003000, 0x2000)
    dump = cores.finish("example", leader=("powerpc",))
    for va, count in ((0xA01234, 8), (0xD0002FF8, 16), (0xA02FF8, 16), (0x9FF000, 8),
                      (0xD0005000, 8), (0x1D0002000, 8)):
        dump.answers.xlat(va)
        dump.answers.va(va, count)
    return dump


def example_powerpc64():
    """Little-endian, virtual; then the raw twin of its first segment."""
    cores = Cores("powerpc64le")
    cores.virtual(0xC000000001200000, 0x2000)
    cores.virtual(0xC008000000009000, 0x1000)
    dump = cores.finish("example")
    for va in (0xC000000001201008, 0xC008000000009010, 0xC000000001202000):
        dump.answers.xlat(va)
        dump.answers.va(va, 8)
    yield dump
    cores = Cores("powerpc64le")
    cores.raw(0x1200000, 0x2000)
    dump = cores.finish("raw-example")
    dump.answers.pa(0x1200010, 8)
    for va in (0xC000000001201008, 0xC008000000009010, 0x1200010):
        dump.answers.xlat(va)
        dump.answers.va(va, 8)
    yield dump


def rich(kind, type_, **more):
    """A kernel's data and heap in a virtual core, headers of other kinds between them."""
    cores = Cores(kind)
    system = System(cores.bits, cores.machine, cores.text, cores.heap, cores.order, type_,
                    cores.flags, **more)
    cores.memory.put(cores.text, bytes(system.kernel.image))
    cores.memory.put(cores.heap, bytes(system.heap))
    cores.core.header(type=elf.PT_NOTE, vaddr=cores.text, paddr=0x1000, filesz=0, memsz=0)
    cores.virtual(cores.text + PAGE, len(system.kernel.image) - PAGE)  # text is not there
    cores.core.header(type=elf.PT_DUMP_DELTA, vaddr=cores.text, paddr=0x4000000, align=PAGE)
    cores.virtual(cores.heap + 0x5000, 0x3000)  # the message buffer
    cores.virtual(cores.heap, 0x5000)
    cores.virtual(cores.heap + 0x100000, 0x1800, 0x3000)
    dump = cores.finish("type-%d" % type_, system.kernel)
    for name in ("version", "panicstr", "vnet0", "dpcpu_off"):
        value, _, size = system.kernel.known[name]
        dump.answers.va(value, size)
    dump.answers.va(cores.heap, HEAP_BYTES)
    system.answer(dump)
    return dump


def virtual_variants(kind):
    """Segments that no page holds, that overlap, that are cut."""
    cores = Cores(kind)
    heap = cores.heap
    cores.virtual(heap + 0x123, 0x1FEF)
    cores.virtual(heap + 0x1000, 0x2000)
    cores.virtual(heap + 0x8000, 0x800, 0x2801)
    cores.virtual(heap + 0xA800, 0x1000)
    dump = cores.finish("unaligned")
    for at in (0x122, 0x123, 0xFFE, 0x2111, 0x2112, 0x2FFC, 0x87FC, 0x8800, 0xA800, 0xA801):
        dump.answers.xlat(heap + at)
        dump.answers.va(heap + at, 9)
    dump.damage = False
    yield dump
    cores = Cores(kind)
    cores.virtual(heap, 0x3000)
    cores.virtual(heap + 0x10000, 0x2000)
    dump = cores.finish("truncated", cut=PAGE + 0x3000 + 0xA04)
    for at in (0, 0x10000, 0x109F8, 0x10A00, 0x10A04, 0x11000):
        dump.answers.xlat(heap + at)
        dump.answers.va(heap + at, 16)
    dump.answers.add("finding TRUNCATED")
    dump.damage = False
    yield dump


def raw_variants(kind):
    cores = Cores(kind)
    cores.raw(0, 0x8000)
    dump = cores.finish("raw")
    dump.damage = kind != "powerpc64"
    dump.answers.add("findings 0")
    yield dump
    cores = Cores(kind)
    cores.raw(0x40000000, 0x2000)
    cores.core.header(type=elf.PT_NOTE, paddr=0x10000, vaddr=cores.ones, filesz=0x1000,
                      memsz=0x1000, offset=PAGE)
    cores.raw(0, 0x3000)
    cores.raw(0x8000, 0x1000, 0x2000)
    cores.core.header(type=elf.PT_DUMP_DELTA, vaddr=cores.text, paddr=0x4000, align=PAGE)
    kernel = cores.kernel()
    value, code, size = kernel.known["hz"]
    dump = cores.finish("raw-banks", kernel, leader=(kind, 4096) if kind == "powerpc64" else None)
    dump.answers.pa(0x10000, 8)
    dump.answers.xlat(value)
    dump.answers.symbol("hz", value, code, "plain", size)
    dump.damage = False
    yield dump


def top():
    """A segment that ends where 32 bits end, and one that passes it."""
    cores = Cores("powerpc")
    cores.virtual(0xFFFFE000, 0x2000)
    dump = cores.finish("top")
    for va in (0xFFFFDFFF, 0xFFFFE000, 0xFFFFFFF8, 0x100000000):
        dump.answers.xlat(va)
        dump.answers.va(va, 16)
    dump.damage = False
    yield dump
    cores = Cores("powerpc")
    cores.virtual(0xFFFFE000, 0x3000)
    yield cores.refused("beyond-32-bits", "DAMAGED", kernel=cores.kernel().build())


def refused(kind):
    """Cores that are neither virtual nor raw; kernels that are not of the core."""
    cores = Cores(kind)
    cores.virtual(cores.text, 0x2000)
    cores.core.load(0x8000, 0x1000, vaddr=cores.ones)
    yield cores.refused("virtual-then-raw", "DAMAGED", kernel=cores.kernel().build())
    cores = Cores(kind)
    cores.raw(0, 0x2000)
    cores.core.load(cores.heap, 0x1000, paddr=cores.ones)
    yield cores.refused("raw-then-virtual", "DAMAGED", kernel=cores.kernel().build())
    cores = Cores(kind)
    cores.core.header(type=elf.PT_NOTE)
    yield cores.refused("no-segments", "DAMAGED", kernel=cores.kernel().build())
    cores = Cores(kind)
    cores.virtual(cores.text, 0x2000)
    other = ">" if cores.order == "<" else "<"
    if kind != "powerpc":
        yield cores.refused("core-of-other-order", "BAD_KERNEL",
                            kernel=cores.kernel(order=other).build())
    foreign = Kernel(64 if cores.bits == 32 else 32, 41 - cores.machine, 0x900000, ">", 3)
    yield cores.refused("core-of-other-class", "BAD_KERNEL", kernel=foreign.build())


def dumps():
    yield example_powerpc()
    yield from example_powerpc64()
    for kind in KINDS:
        yield rich(kind, 3, wrapped=True)
        yield rich(kind, 2, magic=0x3E0D8F29, vnet="old" if kind == "powerpc" else "new")
        yield from virtual_variants(kind)
        yield from raw_variants(kind)
        yield from refused(kind)
    yield from top()
