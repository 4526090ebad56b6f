# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: memory of a minidump: findings, page by page, walks."""

import struct

from records import FAIL_ALLOCATION, FAIL_READ, SHORT, length, option, patch, run
from world import DMAP, KERNBASE, PAGE, World, leader, told, u32, u64

THREE = {0x1000: b"\x11" * 8, 0x2000: b"\x22" * 8, 0x5000: b"\x55" * 8}


def found(*findings):
    return ["open OK", "describe findings %d" % len(findings),
            *("finding %d %s" % pair for pair in enumerate(findings)),
            "finding %d -" % len(findings), "finding -1 -"]


def cuts():
    """Where the file ends, and which regions are said to be cut."""
    for version in (2, 3):
        world = World(THREE, version=version, ring=b"r" * 0x800,
                      avail=(0, 0x8000, 0, 0) if version > 2 else ())
        at = {name: world.at(name) for name in ("msgbuf", "avail", "bitmap", "map", "pages")}
        sizes = {"msgbuf": 0x800, "avail": PAGE if version > 2 else 0, "bitmap": PAGE, "map": PAGE}
        for end in sorted({start + more for start in at.values() for more in (0, 1, 0x7FF, 0x800)}
                          | {world.length - 1, world.length}):
            said = ["TRUNCATED file 0x%x" % max(end, at[name]) for name in sizes
                    if sizes[name] and end < at[name] + sizes[name]]
            seen = [] if end < at["bitmap"] + 8 else \
                ["TRUNCATED file 0x%x" % end] if end < world.length else []
            lines = found(*said, *seen)
            if version == 3 and end < at["bitmap"]:
                lines = ["open OK", *("finding %d %s" % pair for pair in enumerate(said))]
            if end < at["bitmap"] + 8:  # of the bitmap's words, none is there
                lines = ["open OK", *("finding %d %s" % pair for pair in enumerate(said)),
                         "pa 0x1000 8 0 - TRUNCATED pa 0x1000"]
            yield "v%d-ends-at-%x" % (version, end), told(lines, world.ksf(cut=end))


def bitmaps():
    yield "bitmap-0", told(found("DAMAGED file 0x1000"), World(bitmap=0, map=0).ksf())
    yield "avail-more-than-bits", told(
        found("DAMAGED file 0x2000"),
        World(THREE, version=3, bitmap=8, avail=(0, 65 * PAGE, 0, 0)).ksf())
    yield "avail-as-many-as-bits", told(
        found(), World(THREE, version=3, bitmap=8, avail=(0, 64 * PAGE, 0, 0)).ksf())
    yield "bits-beyond-avail", told(
        found("DAMAGED file 0x2000"), World(THREE, version=3, avail=(0, 5 * PAGE, 0, 0)).ksf())
    yield "bits-up-to-avail", told(
        found(), World(THREE, version=3, avail=(0, 6 * PAGE, 0, 0)).ksf())
    for more, said in ((0, ()), (0xFFF, ()), (0x1000, ("DAMAGED file 0x7000",)), (0x1800, (
            "DAMAGED file 0x7000",))):
        world = World(THREE, ring=b"r")
        yield "behind-the-pages-%x" % more, told(found(*said), world.ksf(
            length(world.length + more)))
    behind = World(THREE, base=512)
    behind.lead = leader()
    yield "behind-the-pages-of-a-partition", told(
        found(), behind.ksf(length(behind.length + 0x2000)))
    yield "avail-descending", told(
        found("DAMAGED file 0x1010", "DAMAGED file 0x2000"),
        World(THREE, version=3, avail=(0, 5 * PAGE, 0x1000, 0x2000, 0, 0)).ksf())
    yield "avail-unterminated", told(
        found(), World(THREE, version=3, avail=(0, 8 * PAGE), avail_bytes=16).ksf())
    huge = World(THREE, version=3, avail_bytes=0x20000)
    pairs = run(huge.at("avail"), 8200, 3, 0, PAGE)   # a pair every two pages
    yield "avail-64k-are-read", told(
        ["open OK", "describe ranges 4096", "range 4095 0x1ffe000 0x1fff000", "range 4096 - -"],
        huge.ksf(pairs))


def arm(pairs, map_bytes=0xC00, bitmap=PAGE, bits=b"\x0a", file=None, base=0, lead=b"",
        version=2):
    """An arm minidump: its map is not padded, its dump_avail may be of 32 bits."""
    head = b"minidump FreeBSD/arm\0\0\0\0" + u32(version, 0, bitmap, map_bytes, 0xC0000000, 7, 2,
                                               PAGE if version > 1 else 0)
    avail = PAGE if version > 1 else 0
    at = base + PAGE + avail
    count = bin(int.from_bytes(bits, "little")).count("1")
    pages = at + -(-bitmap // PAGE) * PAGE + map_bytes
    out = b"KSF1" + (patch(0, lead) if lead else b"") + patch(base, head)
    if pairs:
        out += patch(base + PAGE, pairs)
    return out + patch(at, bits) + length(pages + count * PAGE if file is None else file), pages


def arms():
    good = struct.pack("<4I", 0x10000000, 0x10008000, 0, 0)
    one = "range 0 0x10000000 0x10008000"
    sound, pages = arm(good)
    yield "arm-avail-32", told([*found(), one, "range 1 - -", "pa 0x10001000 4 4 * OK",
                                "page 0 OK 0x10001000 0x%x 4096" % pages], sound)
    wide = u64(0x10000000, 0x10008000, 0, 0)
    yield "arm-avail-64", told([*found(), one, "range 1 - -"], arm(wide)[0])
    yield "arm-avail-none", told(found("DAMAGED file 0x2000"), arm(b"")[0])
    yield "arm-avail-neither", told(
        [*found("DAMAGED file 0x2000"), "range 0 - -"],
        arm(struct.pack("<4I", 0x10008000, 0x10000000, 0, 0))[0])
    yield "arm-avail-32-second-bad", told(
        [*found("DAMAGED file 0x1000", "DAMAGED file 0x2000"), "range 0 - -"],
        arm(struct.pack("<6I", 0x10000000, 0x10008000, 0x10008000, 0x10001000, 0, 0))[0])
    yield "arm-avail-32-bitmap-of-another-size", told(
        [*found("DAMAGED file 0x2000"), "range 0 - -"],
        arm(good, bitmap=2 * PAGE)[0])
    yield "arm-avail-64-second-bad", told(
        [*found("DAMAGED file 0x1010"), one, "range 1 - -"],
        arm(u64(0x10000000, 0x10008000, 0x5000, 0x4000, 0, 0))[0])
    for n in range(1, 10):
        yield "arm-avail-nomem-%d" % n, told(["open *"], sound + option(FAIL_ALLOCATION, n))
        yield "arm-avail-bad-nomem-%d" % n, told(
            ["open *"], arm(struct.pack("<4I", 1, 0, 1, 1))[0] + option(FAIL_ALLOCATION, n))
    for what, base, lead in (("", 0, b""), ("leader-", 512, leader(b"armv7"))):
        _, end = arm(wide, base=base, lead=lead)
        whole = (end - base) // PAGE * PAGE + PAGE + base
        for name, file, at, said in (
                ("unpadded", end + 2 * PAGE, end, ()),
                ("padded", whole + 2 * PAGE, whole, ("DAMAGED file 0x%x" % whole,)),
                ("longer", whole + 2 * PAGE + 8, end, ()),
                ("live", whole + 2 * PAGE + 512, end, ()),
                ("cut", end + PAGE, end, ("TRUNCATED file 0x%x" % (end + PAGE),))):
            yield "arm-map-%s%s" % (what, name), told(
                [*found(*said), "page 0 OK 0x10001000 0x%x 4096" % at],
                arm(wide, base=base, lead=lead, file=file)[0])
    yield "arm-map-of-whole-pages", told([*found(), "page 0 OK 0x10001000 0x4000 4096"],
                                         arm(wide, map_bytes=PAGE)[0])
    amd64 = World(THREE, map=0xC00)
    yield "amd64-map-is-padded", told([*found(), "page 0 OK 0x1000 0x3000 4096"], amd64.ksf())


def reads():
    """Runs of pages; what comes before a hole; the walk's ends."""
    plain = World(THREE)
    yield "runs", told(
        ["open OK", "xlat 0x%x 0x1010 0x3010 0x1ff0 OK" % (DMAP + 0x1010),
         "xlat 0x%x 0x3010 - 0x1ff0 NOT_DUMPED va 0x%x" % (DMAP + 0x3010, DMAP + 0x3010),
         "va 0x%x 0x20 0x10 * NOT_DUMPED va 0x%x" % (DMAP + 0x2FF0, DMAP + 0x3000),
         "va 0x%x 0x1000 0x1000 * OK" % (DMAP + 0x1800), "va 0x%x 0 0 - OK" % DMAP,
         "va 0x%x 8 0 - NOT_DUMPED va 0x%x" % (DMAP, DMAP),
         "pa 0x1800 0x1000 0x1000 * OK", "pa 0x2ff0 0x20 0x10 * NOT_DUMPED pa 0x3000",
         "page 0 OK 0x1000 0x3000 4096", "page 2 OK 0x5000 0x5000 4096", "page 3 NOT_FOUND",
         "walk 0", "next OK 0x1000 0x3000 4096 -", "next OK 0x2000 0x4000 4096 -",
         "next OK 0x5000 0x5000 4096 -", "next done", "next done", "walk 1", "next done",
         "walk 2", "next USAGE", "walk 0xffffffff", "next USAGE"], plain.ksf())
    yield "page-cut-off", told(["open OK", "page 1 OK 0x2000 0x4000 0x800",
                                "page 2 TRUNCATED 0x5000 - 0", "describe promised 3",
                                "describe present 1", "describe truncated 2"],
                               plain.ksf(cut=0x4800))
    yield "without-err", told(
        ["without err", *("va 0x%x 8 0 - *" % at for at in (0, DMAP, 2**64 - 1)), "open OK",
         "pa 0 8 0 - NOT_DUMPED", "xlat 0 - - * NO_MAP", "page 9 NOT_FOUND", "walk 9", "next USAGE",
         "describe page 4096"], plain.ksf())
    for n in range(1, 9):
        yield "read-fails-%d" % n, told(
            ["open *", "va 0x%x 8 * * *" % (DMAP + 0x1000), "pa 0x1000 8 * * *"],
            plain.ksf(option(FAIL_READ, n)))
        yield "read-fails-%d-without-err" % n, told(
            ["without err", "open *", "va 0x%x 8 * * *" % (DMAP + 0x1000), "pa 0x1000 8 * * *"],
            plain.ksf(option(FAIL_READ, n)))
    yield "va-read-fails", told(["open OK", "va 0x%x 8 0 - IO va 0x%x" % (DMAP + 0x1000,
                                                                          DMAP + 0x1000)],
                                plain.ksf(option(FAIL_READ, 3)))
    yield "pa-read-fails", told(["open OK", "pa 0x1000 8 0 - IO pa 0x1000"],
                                plain.ksf(option(FAIL_READ, 3)))
    third = World(THREE, version=3, avail=(0, 8 * PAGE, 0, 0))
    for n in (1, 2, 3):
        yield "v3-read-fails-%d" % n, told(["open IO"], third.ksf(option(FAIL_READ, n)))
        yield "v3-read-ends-%d" % n, told(["open TRUNCATED"], third.ksf(option(SHORT, n)))
    for n in range(1, 7):
        yield "v3-nomem-%d" % n, told(["open NO_MEMORY"], third.ksf(option(FAIL_ALLOCATION, n)))
    yield "head-read-ends", told(["open TRUNCATED"], plain.ksf(option(SHORT, 1)))
    yield "bitmap-read-ends", told(["open TRUNCATED"], plain.ksf(option(SHORT, 2)))
    for n in range(1, 9):
        yield "nomem-%d" % n, told(["open *"], plain.ksf(option(FAIL_ALLOCATION, n)))


def entry(pa):
    return u64(pa | 0x63)


def maps():
    """Walks over mappings; two pages side by side that lie apart in the file."""
    table = bytearray(PAGE)
    for number, pa in enumerate((0x5000, 0x1000, 0x2000, 0x7000)):
        table[8 * number:8 * number + 8] = entry(pa)
    pages = {**THREE, 0x4000: bytes(table[:64])}
    world = World(pages)
    mapped = world.ksf(patch(world.at("map"), entry(0x4000)))
    at = {pa: world.page_at(pa) for pa in pages}
    lines = ["open OK", "walk 1"]
    lines += ["next OK 0x%x %s * 0x%x" % (pa, "0x%x" % at[pa] if pa in at else "-",
                                          KERNBASE + PAGE * number)
              for number, pa in enumerate((0x5000, 0x1000, 0x2000, 0x7000))]
    lines += ["next done", "next done",
              "va 0x%x 0x20 0x20 * OK" % (KERNBASE + 0xFF0),
              "va 0x%x 0x20 0x20 * OK" % (KERNBASE + 0x1FF0),
              "va 0x%x 0x1000 0x1000 * OK" % (KERNBASE + 0x800),
              "va 0x%x 0x20 0x10 * NOT_DUMPED va 0x%x" % (KERNBASE + 0x2FF0, KERNBASE + 0x3000),
              "xlat 0x%x 0x7000 - * NOT_DUMPED" % (KERNBASE + 0x3000)]
    yield "mappings", told(lines, mapped)
    for limit, last in ((3, "LIMIT"), (1, "LIMIT")):
        yield "walk-limit-%d" % limit, told(
            ["limit walk_entries %d" % limit, "open OK", "walk 1",
             *["next OK"] * limit, "next " + last, "next " + last, "walk 0", "next OK"], mapped)
    top = World(THREE, kernbase=2**64 - (1 << 21))
    large = u64(0x1E3)
    yield "map-to-the-top", told(
        ["open OK", "xlat 0xffffffffffe01008 0x1008 0x3008 * OK",
         "xlat 0xffffffffffffffff 0x1fffff - 1 NOT_DUMPED"],
        top.ksf(patch(top.at("map"), large)))


def seeds():
    yield from cuts()
    yield from bitmaps()
    yield from arms()
    yield from reads()
    yield from maps()
