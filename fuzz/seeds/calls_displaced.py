# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: network stacks and CPUs of a kernel that runs where it was not linked."""

import struct

from calls_machines import KERNBASE, powerpc64
from records import patch
from world import PAGE, told

LINKED = 0x100000                     # the page of the variables, as linked; its PA too
VNETS, CPUS = LINKED + 0x5000, LINKED + 0x6000
STACK, MEM, AREA = (KERNBASE + LINKED + at for at in (0x400, 0x800, 0x900))
NAMES = {"__start_set_vnet": (VNETS, 0), "__stop_set_vnet": (VNETS + 0x100, 0),
         "vnet0": (LINKED + 0x200, 8), "vnet_head": (LINKED + 0x208, 8),
         "__start_set_pcpu": (CPUS, 0), "__stop_set_pcpu": (CPUS + 0x100, 0),
         "dpcpu_off": (LINKED + 0x300, 16), "mp_maxcpus": (LINKED + 0x380, 4),
         "vnet_entry_a": (VNETS + 0x10, 8), "pcpu_entry_b": (CPUS + 0x10, 8)}


def displaced(vnets, cpus):
    """powerpc64, linked at 0x100100, in its direct map; where it takes its sets to start."""
    page = {0x200: struct.pack(">2Q", STACK, STACK),
            0x300: struct.pack(">2q", AREA - cpus, AREA + 0x40 - cpus), 0x380: struct.pack(">I", 2),
            0x400: struct.pack(">2Q2I3Q", 0, 0, 0x5E4A6F28, 0, 0, MEM, (MEM - vnets) % 2**64)}
    return powerpc64(KERNBASE + 0x100100, KERNBASE + 0x104000, patch(PAGE + 0x27, b"\1"),
                     *(patch(2 * PAGE + at, data) for at, data in page.items()))


def seeds():
    names = ["arch powerpc64", "provider", *("provide %s 0x%x %d" % (name, *value)
                                             for name, value in NAMES.items()), "open OK"]
    b = ["symbol b OK 0x%x dpcpu" % (AREA + 0x10), "scope 1 0 0",
         "symbol b OK 0x%x dpcpu" % (AREA + 0x50)]
    yield "sets-displaced", told(
        [*names, "describe findings 0", "symbol a OK 0x%x vnet" % (MEM + 0x10), *b],
        displaced(KERNBASE + VNETS, KERNBASE + CPUS)), \
        "P19: start of the set, offset and symbol are all displaced, or none of them"
    yield "sets-displaced-vnet-as-linked", told(
        [*names, "describe findings 1", "finding 0 DAMAGED va 0x%x" % STACK, "symbol a OK - plain", *b],
        displaced(VNETS, KERNBASE + CPUS)), "P19: a stack that counts from the set as linked is none"
