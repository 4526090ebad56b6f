# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: network stacks and CPUs, found through the caller's symbols."""

from records import patch
from world import DMAP, PAGE, World, core, load, told, u32, u64

VARS = 0x10000                        # the page of the variables
VNET0, HEAD, OFFSETS, MAXCPUS = (DMAP + VARS + at for at in (0, 8, 0x200, 0x300))
STACK, SECOND = DMAP + VARS + 0x100, DMAP + VARS + 0x180
MEM, AREA = DMAP + VARS + 0x800, DMAP + VARS + 0x900
NAMES = {"__start_set_vnet": (0x5000, 0), "__stop_set_vnet": (0x5100, 0), "vnet0": (VNET0, 8),
         "vnet_head": (HEAD, 8), "__start_set_pcpu": (0x6000, 0), "__stop_set_pcpu": (0x6100, 0),
         "dpcpu_off": (OFFSETS, 32), "mp_maxcpus": (MAXCPUS, 4), "vnet_entry_a": (0x5010, 8),
         "pcpu_entry_b": (0x6010, 8)}


def vnet(following=0, magic=0x5E4A6F28, mem=MEM, base=None):
    """struct vnet of a 64-bit kernel from 13.1 on; sys/net/vnet.h."""
    return u64(following, 0) + u32(magic, 0) + u64(0, mem, mem - 0x5000 if base is None else base)


def page(**parts):
    """The variables' page; parts by name, at their usual places."""
    given = dict(vnet0=u64(STACK), head=u64(STACK), stack=vnet(), second=b"",
                 offsets=u64(AREA - 0x6000, AREA, 0, 7), maxcpus=u32(4))
    given.update(parts)
    data = bytearray(PAGE)
    for name, at in (("vnet0", VNET0), ("head", HEAD), ("stack", STACK), ("second", SECOND),
                     ("offsets", OFFSETS), ("maxcpus", MAXCPUS)):
        start = at - DMAP - VARS
        data[start:start + len(given[name])] = given[name]
    return bytes(data).rstrip(b"\0")


def names(without=(), **changed):
    """`provide` lines."""
    lines = ["provider"]
    for name, (value, size) in NAMES.items():
        if name not in without:
            value, size = changed.get(name, (value, size))
            lines.append("provide %s 0x%x %d" % (name, value, size))
    return lines


A, B = "symbol a OK 0x%x vnet" % (MEM + 0x10), "symbol b OK 0x%x dpcpu" % (AREA + 0x10)
NO_A, NO_B = "symbol a OK - plain", "symbol b OK - plain"


def bad(what, finding, answers, ksf_, lines=None):
    return what, told([*(lines or names()), "open OK", "describe findings 1",
                       "finding 0 " + finding, "finding 1 -", *answers], ksf_)


def quiet(what, answers, ksf_, lines=None):
    return what, told([*(lines or names()), "open OK", "describe findings 0", *answers], ksf_)


def world(pages=None, **parts):
    return World(pages or {VARS: page(**parts)}).ksf()


def stacks():
    """VNET: which stack is vnet0, and is it one."""
    yield bad("vnet-set-upside-down", "BAD_KERNEL va 0x5100", [NO_A, B], world(),
              names(__start_set_vnet=(0x5100, 0), __stop_set_vnet=(0x5000, 0)))
    yield bad("vnet-set-empty", "BAD_KERNEL va 0x5000", [NO_A, B], world(),
              names(__stop_set_vnet=(0x5000, 0)))
    yield quiet("vnet-no-start", [NO_A, B], world(), names(["__start_set_vnet"]))
    yield quiet("vnet-no-stop", [NO_A, B], world(), names(["__stop_set_vnet"]))
    yield bad("vnet-magic", "DAMAGED va 0x%x" % STACK, [NO_A, B],
              world(stack=vnet(magic=0x5E4A6F29)))
    yield quiet("vnet-old-magic", [A, B], world(stack=vnet(magic=0x3E0D8F29)))
    yield bad("vnet-base-disagrees", "DAMAGED va 0x%x" % STACK, [NO_A, B],
              world(stack=vnet(base=MEM - 0x5001)))
    yield bad("vnet0-is-null", "DAMAGED va 0x%x" % VNET0, [NO_A, B], world(vnet0=u64(0)))
    yield bad("vnet0-not-mapped", "OUTSIDE_MEMORY va 0xfffff88000000000", [NO_A, B], world(),
              names(vnet0=(DMAP + (1 << 39), 8)))
    yield bad("vnet0-leads-out", "NO_MAP va 0x1010", [NO_A, B], world(vnet0=u64(0x1000)))
    for what, at, missing in (("mem", PAGE - 32, PAGE), ("base", PAGE - 40, PAGE)):
        pages = {VARS: page(vnet0=u64(DMAP + VARS + at)), VARS + PAGE: b""}
        data = bytearray(pages[VARS].ljust(PAGE, b"\0"))
        data[at:] = vnet()[:PAGE - at]
        del pages[VARS + PAGE]
        yield bad("vnet-%s-not-dumped" % what, "NOT_DUMPED va 0x%x" % (DMAP + VARS + missing),
                  [NO_A, B], world({VARS: bytes(data)[:PAGE], VARS + 2 * PAGE: b"\1"}))


def lists():
    """VNET without vnet0: the list's last stack, which was its first."""
    no = names(["vnet0"])
    two = dict(head=u64(SECOND), second=vnet(STACK, mem=MEM + 8))
    yield quiet("vnet-by-list", [A, B], world(), no)
    yield quiet("vnet-last-of-list", [A, B], world(**two), no)
    yield quiet("vnet-list-empty", [NO_A, B], world(head=u64(0)), no)
    yield quiet("vnet-no-head", [NO_A, B], world(), names(["vnet0", "vnet_head"]))
    yield bad("vnet-head-not-mapped", "NO_MAP va 0x2000", [NO_A, B], world(),
              names(["vnet0"], vnet_head=(0x2000, 8)))
    yield bad("vnet-list-leads-out", "NO_MAP va 0x3000", [NO_A, B], world(head=u64(0x3000)), no)
    yield bad("vnet-list-endless", "DAMAGED va 0x%x" % STACK, [NO_A, B],
              world(stack=vnet(STACK)), no)
    scoped = ["scope 0 0x%x 0" % SECOND, "symbol a OK 0x%x vnet" % (MEM + 0x18), B,
              "scope 0 0x%x 0" % STACK, A, "scope 0 0x1000 0", "symbol a NOT_FOUND - plain",
              "symbol b NOT_FOUND - plain", "scope 2 0x%x 0" % SECOND, "symbol a NOT_FOUND -",
              "scope 1 0x%x 0" % SECOND, "symbol b OK 0x%x dpcpu" % (AREA + 0x6010)]
    yield quiet("scope-vnet", [A, *scoped], world(**two))
    yield quiet("scope-vnet-without-head", ["scope 0 0x%x 0" % STACK, "symbol a NOT_FOUND -"],
                world(), names(["vnet_head"]))
    yield quiet("scope-vnet-without-set", ["scope 0 0x%x 0" % STACK, "symbol a NOT_FOUND -"],
                world(), names(["__start_set_vnet"]))
    yield quiet("scope-vnet-damaged", [A, "scope 0 0x%x 0" % SECOND, "symbol a DAMAGED -"],
                world(head=u64(SECOND), second=vnet(STACK, magic=1)))
    yield quiet("scope-reserved", [A, "scope 0 0 1", "symbol a USAGE -", "scope 0 0 0", A], world())


def cpus():
    yield quiet("dpcpu", [A, B, "scope 1 0 0", A, "symbol b OK 0x%x dpcpu" % (AREA + 0x6010),
                          "scope 2 0 0", "symbol b NOT_FOUND - plain", "symbol a NOT_FOUND -",
                          "scope 3 0 0", "symbol b OK 0x6017 dpcpu",
                          "scope 4 0 0", "symbol b NOT_FOUND -",
                          "scope 0xffffffff 0 0", "symbol b NOT_FOUND -"], world())
    yield quiet("dpcpu-no-start", [A, NO_B], world(), names(["__start_set_pcpu"]))
    yield bad("dpcpu-set-upside-down", "BAD_KERNEL va 0x6100", [A, NO_B], world(),
              names(__start_set_pcpu=(0x6100, 0), __stop_set_pcpu=(0x6000, 0)))
    yield quiet("dpcpu-no-offsets", [A, NO_B], world(), names(["dpcpu_off"]))
    yield quiet("dpcpu-no-maxcpus", [A, NO_B], world(), names(["mp_maxcpus"]))
    for count, size, sound in ((0, 32, False), (4, 32, True), (5, 32, False), (4, 31, False),
                               (4, 0, True), (65536, 0, True), (65537, 0, False), (0, 0, False),
                               (65537, 1 << 30, False), (0xFFFFFFFF, 0, False)):
        ksf_, lines = world(maxcpus=u32(count)), names(dpcpu_off=(OFFSETS, size))
        name = "dpcpu-maxcpus-%d-of-%d" % (count, size)
        yield quiet(name, [A, B], ksf_, lines) if sound else \
            bad(name, "DAMAGED va 0x%x" % MAXCPUS, [A, NO_B], ksf_, lines)
    yield bad("dpcpu-maxcpus-not-mapped", "NO_MAP va 0x4000", [A, NO_B], world(),
              names(mp_maxcpus=(0x4000, 4)))
    yield bad("dpcpu-offsets-not-mapped", "NO_MAP va 0x4000", [A, NO_B], world(),
              names(dpcpu_off=(0x4000, 32)))
    yield quiet("dpcpu-cpu-0-has-none", [A, NO_B], world(offsets=u64(0, AREA)))
    yield quiet("scope-cpu-without-set", ["scope 1 0 0", "symbol b NOT_FOUND -"], world(),
                names(["__start_set_pcpu"]))


def seeds():
    yield quiet("sets-sound", [A, B, "symbol _a OK 0x%x vnet" % (MEM + 0x10)], world())
    yield from stacks()
    yield from lists()
    yield from cpus()
    no_map = core([load(0, 0x3000, 0x1000)], 183)
    yield quiet("sets-without-a-map", [NO_A, NO_B], no_map)
    yield "sets-as-linked", told(["without dump", *names(), "open OK", "symbol a OK 0x5010 vnet",
                                  "symbol b OK 0x6010 dpcpu", "scope 1 0 0",
                                  "symbol b NOT_FOUND -", "scope 0 1 0", "symbol a NOT_FOUND -"])
    yield "symbols-without-kernel", told(["open OK", "symbol a KERNEL_NEEDED -"], world())
    yield "symbols-without-kernel-scoped", told(["open OK", "scope 1 0 0",
                                                 "symbol a KERNEL_NEEDED -"], world())
    yield "scope-of-another-size", told(
        ["size scope 15", *names(), "open OK", "scope 0 0x%x 0" % STACK, "symbol a USAGE -",
         "scope 1 0 0", "symbol a USAGE -"], world())
    # arm64's direct map is there before the map is refused
    arm64 = b"minidump FreeBSD/arm64\0\0" + u32(1, 0, PAGE, PAGE)
    for base, lines in ((0x1008, ["open DAMAGED", "reads 2"]), (0x1000, ["open OK", A, B])):
        yield "sets-are-not-looked-for-%x" % base, told([*names(), *lines], World(
            {VARS: page()}).ksf(patch(0, arm64 + u64(base, 0, DMAP, DMAP + (1 << 42)))))
    yield "symbols-provider-fails", told(
        ["provider", "provide x 1 1", "provide y 2 2 fails", "open OK", "symbol x OK 1 plain",
         "symbol y IO -"], world())
    yield "symbols-without-err", told(["without err", *names(), "open OK", A, B, "scope 9 0 0",
                                       "symbol b NOT_FOUND -"], world())
