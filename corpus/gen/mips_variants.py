# SPDX-License-Identifier: BSD-2-Clause
"""mips dumps without a kernel, with what only the caller knows, with odd headers; refused ones."""

from .core import Core
from .dump import Dump
from .kernel import Kernel
from .leader import lead
from .memory import Memory
from .mips import ABIS, END, N32, N64, O32, PAGE, PageMap, finish, minidump, with_kernel

ORDERS = (">", "<")


def small(what, abi, version, order, kernel=True, options=(), leader=None, kernbase=None,
          entry=None, size=PAGE, **changes):
    """A few pages and entries; changes are attributes of the frame."""
    memory = Memory(order=order)
    kmap = PageMap(abi, order, size, kernbase, entry)
    for offset, pa in ((0, 0x2000), (0x1000, 0x3000), (0x5000, 0x5000)):
        if kmap.holds(kmap.kernbase + offset):
            kmap.entry(kmap.kernbase + offset, pa)
    mini = minidump(abi, version, memory, kmap)
    mini.dump = {0, 0x2000, 0x3000}
    mini.ranges = [(0, 0x8000)] if version == 2 else None
    for name, value in changes.items():
        setattr(mini, name, value)
    name = "mips-%s-v%d-%s-%s" % (abi.name, version, END[order], what)
    dump = finish(name, abi, mini, kmap, with_kernel(abi, order) if kernel else None, options,
                  leader and (lambda made: lead(made, *leader)))
    dump.damage = False
    return dump


def unnamed():
    """No kernel file: ABI and width of the entries come from a header, the caller, or a guess."""
    for order in ORDERS:
        for abi in O32, N64:
            dump = small("guessed" if abi is O32 else "alone", abi, 2, order, False)
            if abi is O32:  # it might be n32; kernbase shows n64
                dump.answers.add("finding DAMAGED")
            yield dump
        for abi in ABIS:
            word = abi.machine_arch(order)
            yield small("said", abi, 2, order, False, ("arch " + word,))
            yield small("led", abi, 2, order, False, leader=(word, 4096))
        for abi in N32, N64:
            yield small("entries-of-4", abi, 1, order, options=("entry_bytes 4",), entry=4)
        yield small("led-hf", N32, 1, order, False,
                    leader=(N32.machine_arch(order) + "hf",))


def headers():
    """What the frame may say."""
    for order in ORDERS:
        yield small("in-kseg0", O32, 1, order, kernbase=0x80000000)
        yield small("in-xkphys", N64, 2, order, kernbase=0x9800000000000000)
        yield small("at-0", N64, 2, order, kernbase=0)
        yield small("at-the-top", O32, 2, order, kernbase=0xFFFFE000, size=8)
        yield small("map-13-bytes", N64, 2, order, size=13)
        yield small("no-msgbuf", O32, 2, order, ring=b"")
        yield small("trailing", N64, 2, order, trailing=b"FreeBSD Kernel Dump".ljust(512, b"\0"))
        for abi in O32, N64:
            bits = [0, 1, 31, 32, 33, 63, 64, 70, 95, 96, 103]
            dump = small("bitmap-13-bytes", abi, 2, order, ranges=[(0, 104 * PAGE)],
                         dump={bit * PAGE for bit in bits} | {0x2000}, bitmap_bytes=13)
            if order == ">":
                dump.answers.comment("the low bits of the last word are in bytes that are missing")
            yield dump


def refused(what, status, abi=O32, version=2, order=">", cut=None, patch=None, kernel=None,
            **values):
    memory = Memory(order=order)
    kmap = PageMap(abi, order)
    mini = minidump(abi, version, memory, kmap)
    mini.ranges = [(0, 0x8000)] if version == 2 else None
    mini.dump = {0x1000}
    mini.values.update(values)
    piece = mini.build()
    if patch:
        piece = piece.patch(*patch)
    dump = Dump("mips-refused-" + what, piece if cut is None else piece.cut(cut),
                kernel or with_kernel(abi, order), status=status)
    dump.damage = dump.seed = False
    return dump


def refusals():
    for abi in ABIS:
        yield refused(abi.name + "-kernbase-odd", "DAMAGED", abi, kernbase=abi.kernbase + 0x800)
    for abi in O32, N32:
        yield refused(abi.name + "-kernbase-33-bits", "DAMAGED", abi, kernbase=0x1C0000000)
    for order in ORDERS:
        other = ORDERS[order == ">"]
        yield refused("kernel-of-other-order-" + END[order], "BAD_KERNEL", N64, order=order,
                      kernel=with_kernel(N64, other))
    foreign = Kernel(64, 62, 0xFFFFFFFF80200000).build()
    yield refused("kernel-of-amd64", "BAD_KERNEL", N64, order="<", kernel=foreign)
    yield refused("version-0", "UNSUPPORTED", patch=(24, bytes(4)))
    yield refused("version-3", "UNSUPPORTED", patch=(24, b"\0\0\0\3"))
    yield refused("cut-in-header", "TRUNCATED", cut=40)
    yield refused("cut-in-header-v1", "TRUNCATED", version=1, cut=47)
    yield refused("cut-in-avail-size", "TRUNCATED", cut=67)


def cores():
    """Full dumps, whose writer never wrote memory."""
    for abi in ABIS:
        for order in ORDERS:
            memory = Memory(order=order)
            core = Core(memory, abi.machine, abi.bits, abi.flags)
            core.load(0, 0x4000)
            dump = Dump("mips-%s-full-%s" % (abi.name, END[order]), core.build(),
                        with_kernel(abi, order), status="UNSUPPORTED")
            dump.damage = dump.seed = False
            yield dump


def dumps():
    yield from unnamed()
    yield from headers()
    yield from refusals()
    yield from cores()
