# SPDX-License-Identifier: BSD-2-Clause
"""sparc64 dumps with a kernel; banks that are odd; files that are refused."""

from .core import Core
from .dump import Dump
from .kernel import IMAGE_BYTES, Kernel
from .leader import lead
from .memory import Memory
from .minidump import Minidump
from .sparc64 import (BITS, DIRECT, ENTRY, MACHINE, PAGE, PHYSICAL, TYPE, USUAL, VALID, WRITE,
                      Banks, Table, example, example_banks, finish)
from .system import HEAP_BYTES, MAGIC_OLD, System

TEXT, HEAP = 0xC0100000, 0xC0402000
TABLE_PA = 0x40400000
HEAP_PAGES = (0x2000, 0x40010000, 0x0, 0x400002000)
KERNEL_PA = 0x40020000


def kernel_file():
    kernel = Kernel(BITS, MACHINE, TEXT, ">", TYPE)
    kernel.var("hz", kernel.i32(100))
    return kernel.build()


def kinds(table):
    """Entries of every kind, behind the heap's."""
    va, entry, dead = 0xC0500000, table.entry, table.dead
    entry(va, 0x40002000, "r--")
    entry(va + PAGE, 0x40004000, "rwx")
    entry(va + 2 * PAGE, 0x40006000, "r-x", more=0xFFFF << 43 & ~(1 << 48))  # not address bits
    entry(va + 3 * PAGE, 0x1FE02000000, "rw-", more=8)  # a device
    entry(va + 4 * PAGE, PHYSICAL - PAGE, "rw-")
    entry(va + 5 * PAGE, 0x10000, "rw-")                # between two banks
    entry(va + 6 * PAGE, 0x40008000, "rw-", more=3 << 59)
    right = (va + 7 * PAGE) >> 13 << 2
    dead(va + 7 * PAGE, right, 0x40008000 | USUAL | WRITE)
    dead(va + 8 * PAGE, ((va + 8 * PAGE) >> 13 << 2) + 1, VALID | 0x40008000 | USUAL)
    dead(va + 9 * PAGE, (va + 9 * PAGE) >> 13 << 2, VALID | 3 << 61 | 0x40000000 | USUAL)
    dead(va + 10 * PAGE, ((va + 10 * PAGE) >> 13 << 2) | 1 << 63, VALID | 0x40008000 | USUAL)
    large(table)


def large(table):
    """Pages of 64 KiB, 512 KiB and 4 MiB: only the slots that are filled answer."""
    entry = table.entry
    entry(0xC0600000, 0x40010000, "rwx", 1)
    entry(0xC060E000, 0x40010000, "rwx", 1)
    entry(0xC0684000, 0x40000000, "r--", 2)
    entry(0xC0C2A000, 0x40000000, "rw-", 3, more=0x30000)  # address bits below the page's size
    entry(0x80000002000, 0x40008000)                        # in the hole of the address space
    entry(DIRECT - PAGE, 0x40002000, "r--")


def world(size=0x18000, mask=0xBFF, **more):
    """Three banks, not sorted, with a kernel and a table of 3,072 entries."""
    memory = Memory(PAGE, ">")
    table = Table(memory, TABLE_PA, size, mask)
    system = System(BITS, MACHINE, TEXT, HEAP, ">", TYPE, magic=MAGIC_OLD, **more)
    memory.put(KERNEL_PA, bytes(system.kernel.image))
    for offset in range(0, IMAGE_BYTES, PAGE):
        table.entry(TEXT + offset, KERNEL_PA + offset, "rwx" if offset else "r--")
    for number, pa in enumerate(HEAP_PAGES):
        memory.put(pa, bytes(system.heap[number * PAGE:number * PAGE + PAGE]))
        table.entry(HEAP + number * PAGE, pa)
    banks = Banks(table)
    return banks, system


def rich(name, led=None, kernel=True):
    banks, system = world(wrapped=led is None)
    kinds(banks.table)
    banks.bank(0x40000000, 0x40000)
    banks.bank(0, 0x10000)
    banks.bank(0x400000000, 0x4000)
    banks.bank(TABLE_PA, 0x18000)
    dump = finish(name, banks, system.kernel.build() if kernel else None, led=led)
    dump.kernel_fields = system.kernel.fields() if led is None and kernel else []
    dump.damage = led is None and kernel
    if not led:
        dump.answers.add("findings 0")
    for va in (TEXT + 0x400 * PAGE, HEAP + 0x400 * PAGE, HEAP - PAGE, 0xC0602000, 0xF0000000, 0):
        dump.answers.xlat(va)
        dump.answers.va(va, 8)
    dump.answers.va(HEAP, HEAP_BYTES)
    if kernel:
        system.answer(dump)
    return dump


def odd(what, change, finding=None, cut=None, kernel=True):
    banks, system = world()
    banks.table.entry(0xC0500000, 0x2000)
    change(banks)
    dump = finish(what, banks, system.kernel.build() if kernel else None, cut)
    dump.damage = False
    if finding:
        dump.answers.add("finding", finding)
    return dump


def with_table(*rows, **values):
    """Banks, the one with the table last."""
    def change(banks):
        for pa, size in rows:
            banks.bank(pa, size)
        banks.bank(TABLE_PA, 0x18000)
        banks.values.update(values)
    return change


def empty_bank(banks):
    banks.bank(0, 0x4000)
    banks.bank(0x8000, 0)
    banks.bank(TABLE_PA, 0x18000)


def many_banks(banks):
    for number in range(127):
        banks.bank(0x80000000 + 4 * PAGE * number, PAGE)
    banks.bank(TABLE_PA, 0x18000)


def table_cut(banks):
    """The file ends inside the table: entries behind that place cannot be read."""
    banks.bank(0, 0x8000)
    banks.bank(TABLE_PA, 0x18000)
    space = banks.table.space
    direct, *entries = space.notes
    space.notes = [direct]
    for va in [note[0] for note in entries] + [DIRECT - PAGE]:
        if (va >> 13 & banks.table.mask) * ENTRY >= 0x4000:
            space.hole(va, PAGE, "TRUNCATED")
    space.notes += entries


def variants():
    yield odd("bank-ends-in-page", with_table((0, 0x8E00), (0x40000000, 0x4000)), "any")
    yield odd("bank-of-8-bytes", with_table((0x40000000, 0x4000), (0, 8)), "any")
    yield odd("header-larger", with_table((0, 0x8000), hdr_size=0x1000), "any")
    yield odd("banks-empty", empty_bank)
    yield odd("banks-128", many_banks)
    yield odd("tsb-longer", with_table((0, 0x8000), tsb_size=0x18000, tsb_mask=0xBFF))
    yield odd("tsb-cut", table_cut, "TRUNCATED", 0x200 + 0x8000 + 0x4000)
    trailing = example_banks()
    trailing.trailing = b"more".ljust(512, b"\0")
    dump = finish("trailing", trailing)
    dump.damage = False
    yield dump
    yield rich("led", led=lambda made: lead(made, "sparc64"))
    dump = example(name="led-block", led=lambda made: lead(made, "sparc64", 4096))
    dump.damage = False
    yield dump


def refused(what, status, kernel=True, cut=None, change=None, **values):
    banks = example_banks()
    if change:
        change(banks)
    banks.values.update(values)
    piece = banks.build()
    dump = Dump("sparc64-refused-" + what, piece if cut is None else piece.cut(cut),
                kernel_file() if kernel else None, status=status)
    dump.damage = dump.seed = False
    return dump


def bank(number, **values):
    """One descriptor that says something else."""
    def change(banks):
        pa, size, _ = banks.banks[number]
        banks.banks[number] = (pa, size, values)
    return change


def refusals():
    for count in (0, 129, 0xFFFFFFFF, 0x0AAAAAAB):
        yield refused("nregions-%x" % count, "DAMAGED", nregions=count)
    yield refused("cut-39", "TRUNCATED", cut=39)
    yield refused("cut-in-descriptors", "TRUNCATED", cut=87)
    yield refused("pa-above-43-bits", "DAMAGED", change=bank(1, pa=PHYSICAL - 0x4000))
    yield refused("size-overflow", "DAMAGED", change=bank(1, size=(1 << 64) - 0x2000))
    yield refused("offs-overflow", "DAMAGED", change=bank(1, offs=(1 << 64) - 0x2000))
    yield refused("offs-in-header", "DAMAGED", change=bank(1, offs=80))
    yield refused("offs-0", "DAMAGED", change=bank(0, offs=0))
    yield refused("overlap", "DAMAGED", change=bank(1, pa=0x4000E000))
    yield refused("tsb-nowhere", "DAMAGED", tsb_pa=0x80000000)
    yield refused("tsb-past-its-bank", "DAMAGED", tsb_pa=0x4000C000)
    yield refused("tsb-overflow", "DAMAGED", tsb_size=(1 << 64) - 0x40000000)
    yield refused("tsb-odd", "DAMAGED", tsb_pa=0x40000010)
    yield refused("mask-past-table", "DAMAGED", tsb_mask=0x300)
    yield refused("mask-39-bits", "DAMAGED", tsb_mask=1 << 38)
    yield refused("mask-all-ones", "DAMAGED", tsb_mask=(1 << 64) - 1)
    yield refused("unknown-chain", "NOT_A_DUMP", False, change=bank(1, offs=0x10400))
    yield refused("unknown-header-size", "NOT_A_DUMP", False, hdr_size=0x400)
    yield refused("unknown-table", "NOT_A_DUMP", False, tsb_mask=0x1FF)
    yield refused("unknown-count", "NOT_A_DUMP", False, nregions=0)


def foreign():
    """Dumps of other formats with a sparc64 kernel."""
    memory = Memory(PAGE, ">")
    core = Core(memory, MACHINE, BITS)
    core.load(0, 0x4000)
    mini = Minidump("mips", 1, Memory(order=">"))
    mini.dump, mini.table = {0}, bytearray(0x1000)
    for what, piece, status in (("elf-core", core.build(), "UNSUPPORTED"),
                                ("minidump", mini.build(), "BAD_KERNEL")):
        dump = Dump("sparc64-refused-" + what, piece, kernel_file(), status=status)
        dump.damage = dump.seed = False
        yield dump


def dumps():
    yield rich("full")
    yield from variants()
    yield from refusals()
    yield from foreign()
