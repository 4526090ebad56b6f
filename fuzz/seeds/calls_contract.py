# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: what kvmsafe.h promises of calls that follow each other."""

from calls_machines import Hashed, walk
from records import FAIL_READ, option
from world import told


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


def seeds():
    yield from faults()
    yield from live()
