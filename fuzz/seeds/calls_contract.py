# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: what kvmsafe.h promises of calls that follow each other."""

from calls_machines import Hashed, i386, powerpc64, walk
from records import FAIL_READ, option
from world import DMAP, PAGE, World, core, load, told


def faults():
    """A hashed table, one of whose groups cannot be read. A walk reads each group, and anew behind each
    mapping in it; two reads open the dump."""
    va = 0xE000000000003000
    table = Hashed().put(va, 0, 0x1000).put(va ^ 1 << 23, 3, 0x2000).put(va ^ 1 << 12, 2, 0x3000)
    table.put(va, 1, 0x4000, second=True)
    rows = table.found()
    first = min(table.slots) // 8             # of one mapping, the next of two, one far behind
    for what, read, lost in (("before", first, ()), ("of-one", first + 1, (0,)),
                             ("behind-one", first + 2, ()), ("of-two", first + 3, (1, 2)),
                             ("between-two", first + 4, (2,)), ("behind-two", first + 5, ()),
                             ("last", table.GROUPS + len(rows), ())):
        yield "powerpc64-walk-eio-" + what, told(
            ["arch powerpc64", "open OK",
             *walk([row for n, row in enumerate(rows) if n not in lost])],
            table.ksf() + option(FAIL_READ, 2 + read)), "hashed_next: one group is lost, not the rest"


def live():
    """A live kernel's rule for names, and entries that come in found."""
    yield "provider-live", told(
        ["without dump", "provider live", "provide a 5 0", "provide _b 6 0", "provide vnet_entry_c 7 0",
         "provide pcpu_entry_d 8 0", "open OK", "symbol a OK 5 plain", "symbol _a OK 5 plain",
         "symbol __a OK -", "symbol b OK -", "symbol _b OK -", "symbol __b OK 6 plain",
         "symbol c OK 7 vnet", "symbol _d OK 8 dpcpu", "symbol nobody OK -"]), \
        "kvmsafe.h: one leading '_' always dropped; all but name is set"
    yield "provider-live-fails", told(
        ["without dump", "provider live", "provide a 5 0 fails", "open OK", "symbol a IO -"]), \
        "a live provider's own error"


def walks():
    """That a walk is done is told as often as it is asked."""
    pages = World({0x1000: b"a", 0x3000: b"b"})
    yield "walk-done-and-again", told(
        ["open OK", "walk 0", "next OK 0x1000", "next OK 0x3000", *["next done"] * 60], pages.ksf()), \
        "kvmsafe_page_next: pages alone count"
    yield "walk-mappings-done-and-again", told(
        ["limit walk_entries 40", "open OK", "walk 1", *["next done"] * 60], pages.ksf()), \
        "kvmsafe_page_next: steps alone count"


def maps():
    """What has a map: a table with an entry, or a direct map."""
    for mapsize in (0, 3, 4):
        yield "describe-map-i386-%d" % mapsize, i386(
            0xC0000000, (0x1003,), mapsize, "describe map " + ("yes" if mapsize > 3 else "no")), \
            "has_map: its table alone is one"
    for what, header in (("none", dict(map=0, dmapend=DMAP)), ("less-than-an-entry", dict(map=7, dmapend=DMAP)),
                         ("table", dict(map=8, dmapend=DMAP)), ("direct", dict(map=0))):
        yield "describe-map-amd64-" + what, told(
            ["open OK", "describe map " + ("yes" if what in ("table", "direct") else "no")],
            World({0x1000: b"a"}, **header).ksf()), "has_map: either is one"
    image = powerpc64(0x4000, 0x8000)
    yield "describe-map-powerpc64-none", told(["arch powerpc64", "open OK", "describe map yes"], image), \
        "has_map: a direct map, and no table"
    by_va = core([load(2**64 - 1, PAGE, PAGE, vaddr=0xC000000000000000)], machine=21, order=">")
    yield "describe-map-core-by-address", told(
        ["arch powerpc64", "open OK", "describe map yes"], by_va), "has_map: segments by virtual address"


def seeds():
    yield from faults()
    yield from live()
    yield from walks()
    yield from maps()
