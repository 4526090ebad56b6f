# SPDX-License-Identifier: BSD-2-Clause
"""powerpc64 minidumps that do not open, and those behind a kernel dump header."""

from .dump import Dump
from .kernel import Kernel
from .leader import lead
from .memory import Memory
from .powerpc64 import (BITS, DMAPBASE, DMAPEND, KERNBASE, KERNEND, LINKED, MACHINE, TOP, TYPE,
                        Hashed, Place, example, minidump)
from .powerpc64_radix import example as radix_example


def refused(what, status, version=2, order=">", mmu=b"mmu_g5", size=0x40000, cut=None, patch=None,
            kernel=None, **values):
    """A dump that does not open."""
    place = Place(DMAPBASE + 0x100100, DMAPBASE + 0x104100)
    mini = minidump(version, Memory(order=order), mmu, place, Hashed(place.space, size=size).table)
    mini.ranges = [(0, 0x8000)] if version == 2 else None
    mini.dump = {0x1000}
    mini.values.update(values)
    piece = mini.build()
    if patch:
        piece = piece.patch(*patch)
    dump = Dump("powerpc64-refused-" + what, piece if cut is None else piece.cut(cut), kernel,
                status=status)
    dump.damage = dump.seed = False
    return dump


def headers():
    for order, number in ((">", b"\0\0\0\x03"), ("<", b"\x03\0\0\0")):
        yield refused("version-3" + ("" if order == ">" else "-le"), "UNSUPPORTED", order=order,
                      patch=(64, number))
    yield refused("version-0", "UNSUPPORTED", patch=(64, bytes(4)))
    yield refused("other-machine", "UNSUPPORTED", patch=(24, b"3"))
    yield refused("mmu-unknown", "UNSUPPORTED", mmu=b"mmu_g6")
    yield refused("mmu-longer", "UNSUPPORTED", mmu=b"mmu_g5x")
    yield refused("mmu-empty", "UNSUPPORTED", mmu=b"")
    yield refused("mmu-booke-with-map", "UNSUPPORTED", mmu=b"mmu_booke")
    yield refused("mmu-unterminated", "DAMAGED", patch=(32, b"mmu_g5".ljust(32, b"x")))
    yield refused("kernbase-is-kernend", "DAMAGED", kernend=KERNBASE)
    yield refused("kernbase-above-kernend", "DAMAGED", kernbase=KERNEND + 1)
    yield refused("kernbase-64k", "DAMAGED", kernbase=KERNBASE + 0x10000)
    yield refused("dmap-reversed", "DAMAGED", dmapend=DMAPBASE - 1)
    yield refused("dmap-unaligned", "DAMAGED", dmapbase=DMAPBASE + (1 << 40), dmapend=DMAPEND)
    yield refused("endkernel-below", "DAMAGED", endkernel=DMAPBASE + 0x1000FF)
    yield refused("image-overflow", "DAMAGED", startkernel=0, endkernel=TOP - 1)
    yield refused("table-of-1024-groups", "DAMAGED", size=0x20000)
    yield refused("table-no-power-of-two", "DAMAGED", size=0x60000)
    yield refused("table-odd", "DAMAGED", size=0x40080)
    yield refused("radix-root-of-32k", "DAMAGED", mmu=b"mmu_radix", size=0x8000)
    yield refused("radix-root-of-128k", "DAMAGED", mmu=b"mmu_radix", size=0x20000)
    yield refused("cut-in-header", "TRUNCATED", cut=100)
    yield refused("cut-in-avail-size", "TRUNCATED", cut=139)
    yield refused("cut-in-header-v1", "TRUNCATED", version=1, cut=135)
    for what, bits, machine, order in (("other-order", BITS, MACHINE, "<"),
                                       ("of-powerpc", 32, 20, ">"), ("of-mips", 64, 8, ">")):
        kernel = Kernel(bits, machine, LINKED, order, TYPE)
        yield refused("kernel-" + what, "BAD_KERNEL", kernel=kernel.build())


def led():
    """Behind a kernel dump header: 512 bytes, and a block of 4096."""
    yield example(lead=lambda dump: lead(dump, "powerpc64"))
    dump = radix_example("<", lead=lambda dump: lead(dump, "powerpc64le", 4096))
    yield dump


def dumps():
    yield from headers()
    yield from led()
