# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: the host fails, which is no absence: it is told, and no other way taken."""

from records import FAIL_READ, option, patch
from calls_post import IN_MEMORY, NAMED, POINTER, RING, TEXT, VARS, hexed, sent, variables
from calls_sets import A, B, NAMES, NO_A, NO_B, names, page
from world import DMAP, PAGE, World, core, leader, load, msgbuf, told, u64

PROVIDER = "kvmsafe.h: what a provider fails with stops the look-up; nobody knows what it would have said"
READ = "a read that fails says nothing about the dump: another way is taken only where one leads nowhere"


def fails(*names_):
    return ["provide %s 0 0 fails" % name for name in names_]


def led(pages, **more):
    world = World(pages, base=512, **more)
    world.lead = leader(version=b"recorded", panic=b"recorded")
    return world


def texts():
    """Version and panic: a record in front, and a line logged, are other ways."""
    both = led({VARS: u64(DMAP + VARS + 0x100).ljust(0x100, b"\0") + b"by pointer"}, ring=RING)
    for which, name in ((0, "version"), (1, "panicstr")):
        yield "text-%s-provider-fails" % name, told(
            ["provider", *fails(name), "open OK", "text %d 64 - IO -" % which], both.ksf()), PROVIDER
    panic = ["provider", "provide panicstr 0x%x 8" % POINTER, "open OK"]
    for what, n in (("pointer", 4), ("string", 5)):
        yield "text-panicstr-%s-read-fails" % what, told(
            [*panic, "text 1 64 - IO va 0x%x" % (POINTER + (0x100 if n == 5 else 0))],
            both.ksf(option(FAIL_READ, n))), READ
    va, half = 0xFFFFFE0000000000 + PAGE - 16, b"0123456789abcdef"
    # the eleventh read is that of the second page
    for what, first, answer in (("before-its-end", half, "- IO va 0x%x" % (va + 16)),
                                ("behind-its-end", b"all\0" + half[4:], hexed(b"all") + " OK")):
        apart = led({0x10000: bytes(PAGE - 16) + first, 0x11000: u64(0x10063, 0x12063), 0x12000: half})
        ksf = apart.ksf(patch(apart.at("map"), u64(0x11063)))
        yield "text-version-read-fails-" + what, told(
            ["provider", "provide version 0x%x 32" % va, "open OK", "text 0 64 " + answer],
            ksf + option(FAIL_READ, 11)), READ


def messages():
    at = len(TEXT)
    region = World(variables(struct_=msgbuf(RING, at)), ring=RING, tail=msgbuf(RING, at))
    yield "msgbuf-provider-fails", told(
        ["provider", *fails("msgbufp"), "open OK", *sent("msgbuf", odd=["IO -"])],
        region.ksf()), PROVIDER
    for what, n, va in (("pointer", 3, POINTER), ("struct", 4, POINTER + 0x100)):
        yield "msgbuf-%s-read-fails" % what, told(
            [*NAMED, "open OK", *sent("msgbuf", odd=["IO va 0x%x" % va])],
            region.ksf(option(FAIL_READ, n))), READ
    memory = World(variables(struct_=msgbuf(RING, at, va=IN_MEMORY), ring=RING)).ksf()
    yield "memory-provider-fails", told(
        ["provider", *fails("msgbufp"), "open OK", "messages * * IO -"], memory), PROVIDER


def sets():
    """Linker sets: a set that is not known for sure has no names, and says so."""
    data = World({VARS: page()}).ksf()
    for name in ("__start_set_vnet", "__stop_set_vnet", "vnet0"):
        yield "vnet-provider-fails-%s" % name, told(
            [*names([name]), *fails(name), "open OK", "describe findings 1", "finding 0 IO -", NO_A, B],
            data), PROVIDER
    yield "vnet-provider-fails-vnet_head", told(
        [*names(["vnet0", "vnet_head"]), *fails("vnet_head"), "open OK", "describe findings 1",
         "finding 0 IO -", NO_A, B], data), PROVIDER
    for name in ("__start_set_pcpu", "__stop_set_pcpu", "dpcpu_off", "mp_maxcpus"):
        yield "dpcpu-provider-fails-%s" % name, told(
            [*names([name]), *fails(name), "open OK", "describe findings 1", "finding 0 IO -", A, NO_B],
            data), PROVIDER


def roots():
    """Full cores: each symbol on the way to the page tables."""
    known = {
        "amd64": (62, 64, ("kernbase", "KPML4phys", "KPML5phys", "kernphys")),
        "arm": (40, 32, ("kernbase", "physaddr", "kernel_l1pa")),
        "i386": (3, 32, ("kernbase", "pae_mode", "IdlePTD_nopae")),
        "i386-old": (3, 32, ("kernbase", "IdlePDPT", "IdlePTD")),
        "i386-pae": (3, 32, ("pae_mode", "IdlePDPT")),
    }
    for machine, (number, bits, symbols) in known.items():
        data = core([load(0, 0x3000, 0x1000)], number, bits=bits)
        if machine == "i386-pae":
            data += patch(0x1000 + 0x800, b"\1")
        lines = ["provide %s 0x%x 4" % (name, 0x800 if name == "pae_mode" else 0) for name in symbols]
        yield "core-%s-no-root" % machine, told(
            ["provider", *lines, "open OK", "describe map no", "describe findings 1",
             "finding 0 DAMAGED"], data), "without a failure: tables of zeros lead nowhere"
        for name in symbols:
            others = [line for line in lines if line.split()[1] != name]
            yield "core-%s-provider-fails-%s" % (machine, name), told(
                ["provider", *others, *fails(name), "open OK", "describe map no", "describe findings 1",
                 "finding 0 IO -", "va 0x1000 4 0 - IO", "pa 0x1000 4 4 * OK"], data), PROVIDER


def seeds():
    yield from texts()
    yield from messages()
    yield from sets()
    yield from roots()
