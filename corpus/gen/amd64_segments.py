# SPDX-License-Identifier: BSD-2-Clause
"""amd64 full dumps whose segments are of every shape, and cores that are refused."""

from . import elf
from .amd64 import GIANT, KERNBASE, LARGE, MACHINE, PAGE, TOP, entry
from .amd64_core import World, finish
from .core import Core
from .dump import Dump
from .kernel import IMAGE_BYTES
from .memory import Memory
from .notes import Space


def beyond_filesz(tables):
    """A table and a page that a segment counts in its memory and does not hold."""
    tables.missing(KERNBASE + 3 * GIANT, 2, entry(0x50000, "rwx"), "NOT_DUMPED")
    tables.small(KERNBASE + 4 * GIANT, 0x8F000, "r--")


def shapes():
    """Program headers of every kind that the format allows."""
    world = World(LARGE)
    world.core.load(4 * GIANT, 0x4000)
    world.core.load(LARGE, IMAGE_BYTES)
    world.core.load(0x2000, 0x3E000)
    yield world.finish("amd64-full-unsorted", ranges=False)
    world = World(LARGE)
    world.core.header(type=elf.PT_NOTE, paddr=0x20000, vaddr=0x20000, offset=PAGE, filesz=0x8000,
                      memsz=0x8000)
    world.core.header(type=0, paddr=LARGE, vaddr=LARGE, offset=0, filesz=PAGE, memsz=PAGE)
    world.segments()
    yield world.finish("amd64-full-note")
    world = World(LARGE, extra=beyond_filesz)
    world.core.load(0x2000, 0x3E000, 0x8E000)
    world.core.load(LARGE, IMAGE_BYTES)
    world.core.load(4 * GIANT, 0x4000)
    yield world.finish("amd64-full-memsz")
    world = World(LARGE)
    world.segments()
    world.core.load(0x100000, 0x1234)
    yield world.finish("amd64-full-odd-size")
    world = World(LARGE)
    world.segments()
    end = PAGE + 0x3E000 + IMAGE_BYTES + 0x4000
    yield world.finish("amd64-full-cut", cut=end - 0x2000 - 0x234)


def overlap():
    """Segments that share addresses: the first in the file counts."""
    for what, loads in (("tail", ((0x1000, 0x8000), (0x4000, 0x8000))),
                        ("head", ((0x4000, 0x8000), (0x1000, 0x8000))),
                        ("inside", ((0x3000, 0x1000), (0x1000, 0x8000))),
                        ("same", ((0x1000, 0x2000), (0x1000, 0x2000)))):
        memory, space = Memory(), Space()
        core = Core(memory, MACHINE)
        (first, size), (second, more) = loads
        core.load(first, size)
        core.load(second, more, fill=0xEE)
        for pa in range(second, second + more, PAGE):
            if not first <= pa < first + size:
                memory.put(pa, b"\xee" * PAGE)
        space.hole(0, TOP, "KERNEL_NEEDED")
        yield finish("amd64-full-overlap-" + what, core, space, ranges=False)


def refused():
    """A core that nothing can be made of, and one that only physical addresses reach."""
    memory = Memory()
    core = Core(memory, MACHINE)
    core.load(0, 0x4000)
    space = Space()
    space.hole(0, TOP, "KERNEL_NEEDED")
    yield finish("amd64-full-no-kernel", core, space)
    core = Core(memory, MACHINE)
    core.load(0, 0x4000)
    for what, at, data, status in (("phentsize", 54, b"\x20\0", "DAMAGED"),
                                   ("machine", 18, b"\x39\x30", "UNSUPPORTED")):
        dump = Dump("amd64-refused-core-" + what, core.build().patch(at, data), status=status)
        dump.damage = dump.seed = False
        yield dump


def dumps():
    yield from shapes()
    yield from overlap()
    yield from refused()
