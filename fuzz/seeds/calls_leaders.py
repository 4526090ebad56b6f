# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: kernel dump headers of all layouts, sys/sys/kerneldump.h 10.4 to 15."""

import struct

from records import length, patch
from world import World, leader, told

SEEN = {0x1000: b"\x11" * 8}
READ = "pa 0x1000 8 8 " + "11" * 8 + " OK"

# What follows machine, version and length in each layout; names are those of `given`.
LAYOUTS = {
    1: (("time", "Q"), ("block", "I"), ("host", "64s"), ("version", "192s"), ("panic", "192s")),
    2: (("time", "Q"), ("key", "I"), ("block", "I"), ("host", "64s"), ("version", "192s"),
        ("panic", "188s")),
    3: (("extent", "Q"), ("time", "Q"), ("key", "I"), ("block", "I"), ("compression", "B"),
        ("host", "64s"), ("version", "192s"), ("panic", "179s")),
    4: (("time", "Q"), ("key", "I"), ("block", "I"), ("host", "64s"), ("version", "192s"),
        ("panic", "175s"), ("compression", "B"), ("extent", "Q"), ("pad", "I")),
}
FULL = dict(time=1700000000, key=0, block=512, host=b"h" * 64, version=b"v" * 192, panic=b"p" * 192,
            compression=0, extent=0x9000, pad=0)


def header(layout, stored=None, **given):
    values = dict(FULL, **given)
    head = struct.pack(">20s12sIIQ", b"FreeBSD Kernel Dump", b"amd64", stored or layout, 1, 0x9000)
    for name, code in LAYOUTS[layout]:
        head += struct.pack(">" + code, values[name])
    head = head.ljust(508, b"\0")
    parity = 0
    for word in struct.unpack(">127I", head):
        parity ^= word
    return head + struct.pack(">I", parity)


def behind(name, lines, head, base=512):
    world = World(SEEN, base=base)
    world.lead = head
    return "leader-" + name, told(lines, world.ksf()), "the layouts move their fields"


def seeds():
    for version, room in ((1, 192), (2, 188), (3, 179), (4, 175)):
        yield behind("v%d-full-strings" % version,
                     ["open OK", READ, "describe findings 0", "text 0 256 %s OK" % (b"v" * 192).hex(),
                      "text 1 256 %s OK" % (b"p" * room).hex(), "text 1 9 %s OK" % (b"p" * 8).hex()],
                     header(version))
        yield behind("v%d-no-strings" % version,
                     ["open OK", READ, "text 0 256 - KERNEL_NEEDED", "text 1 256 - NOT_FOUND"],
                     header(version, version=b"", panic=b""))
        yield behind("v%d-block-4096" % version, ["open OK", READ], header(version, block=4096), 4096)
        if version > 1:
            yield behind("v%d-key" % version, ["open UNSUPPORTED file 0"], header(version, key=1))
        if version > 2:
            yield behind("v%d-compression" % version, ["open UNSUPPORTED file 0"],
                         header(version, compression=1))
    for stored in (0xFFFFFFFF, 5, 0x01000000):
        yield behind("of-version-%x" % stored, ["open UNSUPPORTED file 32"], header(4, stored))
    zero = bytearray(header(4))
    zero[32:36] = bytes(4)
    yield behind("of-version-0", ["open UNSUPPORTED file 32"], bytes(zero))
    yield behind("of-version-0-without-err", ["without err", "open UNSUPPORTED"], bytes(zero))
    longer = bytearray(header(4))
    longer[19] = ord("s")
    yield behind("of-longer-magic", ["open NOT_A_DUMP file 0"], bytes(longer))
    for what, block, gzip, at in (("512", 4096, 512, 512), ("block", 4096, 4096, 4096),
                                  ("beyond", 512, 4096, 512), ("nothing", 4096, 0, 4096)):
        yield "leader-gzip-at-" + what, told(
            ["open NOT_A_DUMP file %d" % at], b"KSF1" + patch(gzip, b"\x1f\x8b\x08")
            + patch(0, header(4, block=block)) + length(8192)), "words and place are of one thing"
    for size in (20, 36, 511):
        yield "leader-cut-%d" % size, told(["open NOT_A_DUMP file 0"],
                                           b"KSF1" + patch(0, leader()) + length(size)), \
            "all of the header must be in the file"
