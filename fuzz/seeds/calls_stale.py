# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: a copy of a partition from its leader on, stale bytes behind the dump."""

from records import FAIL_ALLOCATION, length, option, patch
from calls_memory import THREE, arm, found
from calls_open import READ, moved
from world import PAGE, World, core, leader, load, told, u64

WHY = "a leader says how long the dump is: what lies behind it in the file is another's"
SECOND = "pa 0x2000 8 8 " + "22" * 8 + " OK"
COUNTS = ("promised", "present", "truncated")


def counts(*numbers):
    return ["describe %s %d" % pair for pair in zip(COUNTS, numbers)]


def minidump(what, lines, bytes_, *records, file=None, **said):
    """Three pages, 0x6000 bytes; behind them stale ones."""
    world = World(THREE, base=512)
    world.lead = leader(bytes_=bytes_, **said)
    data = world.ksf() + patch(world.length, b"\x99" * 64)
    return "stale-" + what, told(lines, data + length(file or world.length + 0x2000)
                                 + b"".join(records)), WHY


def minidumps():
    all_ = [READ, SECOND, *counts(3, 3, 0)]
    one = [READ, "pa 0x2000 8 0 - TRUNCATED", "page 1 TRUNCATED 0x2000 - 0", *counts(3, 1, 2)]
    yield minidump("behind-all", [*found(), *all_], 0x6000)
    yield minidump("pages", [*found("TRUNCATED file 0x4200"), *one], 0x4000)
    yield minidump("a-byte-short", [*found("TRUNCATED file 0x61ff"), "page 2 OK 0x5000 0x5200 0xfff",
                                    *counts(3, 2, 1)], 0x5FFF)
    yield minidump("map", [*found("TRUNCATED file 0x2a00", "TRUNCATED file 0x2a00"), *counts(3, 0, 3)],
                   0x2800)
    yield minidump("bitmap", [*found("TRUNCATED file 0x1200", "TRUNCATED file 0x2200"),
                              *counts(0, 0, 0)], 0x1000)
    yield minidump("cut-in-the-file", [*found("TRUNCATED file 0x4200"), *one], 0x6000, file=0x4200)
    yield minidump("length-0", [*found("DAMAGED file 40"), *all_], 0)
    yield minidump("length-0-without-parity", [*found("DAMAGED file 508"), *all_], 0, parity=1)
    yield minidump("length-without-parity", [*found("DAMAGED file 508"), *all_], 0x4000, parity=1)
    yield minidump("length-of-ones", [*found(), *all_], 2**64 - 1)
    yield minidump("length-7", ["open NOT_A_DUMP file 512"], 7)
    yield minidump("length-10", ["open TRUNCATED file 522"], 10)
    yield minidump("header", ["open TRUNCATED file 572"], 60)
    for n in range(1, 6):
        yield minidump("nomem-%d" % n, ["open NO_MEMORY"], 0x6000, option(FAIL_ALLOCATION, n))


def cores():
    data = moved(core([load(0, 0x3000, 0x1000)], 183), 512)
    yield "stale-core", told(
        [*found("TRUNCATED file 576", "TRUNCATED file 0x3000"), *counts(3, 1, 2),
         "pa 0x1df8 16 8 * TRUNCATED pa 0x1e00"],
        b"KSF1" + patch(0, leader(b"aarch64", bytes_=0x2E00)) + data), WHY
    yield "stale-core-headers", told(
        ["open DAMAGED"], b"KSF1" + patch(0, leader(b"aarch64", bytes_=88)) + data), WHY


def arms():
    pairs = u64(0x10000000, 0x10008000, 0, 0)
    _, end = arm(pairs, base=512, lead=leader(b"armv7"))
    padded = (end - 512) // PAGE * PAGE + PAGE + 512
    for what, at, said in (("unpadded", end, ()), ("padded", padded, ("DAMAGED file 0x%x" % padded,))):
        lead = leader(b"armv7", bytes_=at + 2 * PAGE - 512)
        yield "stale-arm-map-" + what, told(
            [*found(*said), "page 0 OK 0x10001000 0x%x 4096" % at],
            arm(pairs, base=512, lead=lead, file=padded + 9 * PAGE)[0]), WHY


def seeds():
    yield from minidumps()
    yield from cores()
    yield from arms()
