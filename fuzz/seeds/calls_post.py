# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: message buffer, version, panic."""

from records import FAIL_ALLOCATION, FAIL_READ, SHORT, option, patch
from world import DMAP, PAGE, World, core, leader, load, msgbuf, told, u64

TEXT = b"<6>one\npanic: two\nthree\n"
RING = TEXT.ljust(64, b"\0")
VARS = 0x10000                        # the page of the variables
POINTER, STRUCT, IN_MEMORY = DMAP + VARS, DMAP + VARS + 0x100, DMAP + VARS + 0x800
NOWHERE = "NO_MAP va 0x1000"


def hexed(data):
    return data.hex() or "-"


def sent(source, data=TEXT, odd=()):
    """Lines of a message buffer that can be had."""
    return ["messages %s %s OK" % (source, hexed(data)),
            *("odd %d %s" % pair for pair in enumerate(odd)), "odd %d -" % len(odd)]


def variables(pointer=STRUCT, struct_=b"", ring=b"", more=b"", at=0x800):
    """The page that msgbufp, struct msgbuf and the ring lie in."""
    data = u64(pointer).ljust(0x100, b"\0") + struct_
    data = data.ljust(at, b"\0") + ring if ring else data
    return {VARS: data + more}


NAMED = ["provider", "provide msgbufp 0x%x 8" % POINTER]


def regions():
    """The first region of a minidump and the struct in its last page's rest."""
    good = dict(ring=RING)
    at = len(TEXT)
    checks = ["DAMAGED va 0x%x" % DMAP]
    rings = (
        ("sound", msgbuf(RING, at), "msgbuf", ()),
        ("turned", msgbuf(RING, at + 16), "msgbuf", ()),
        ("checksum", msgbuf(RING, at, total=1), "msgbuf", checks),
        ("magic", msgbuf(RING, at, magic=0x63063), "ring", ()),
        ("seqmod", msgbuf(RING, at, seqmod=1023), "ring", ()),
        ("seqmod-larger", msgbuf(RING, at, seqmod=2048), "ring", ()),
        ("write-seq-is-seqmod", msgbuf(RING, 1024), "ring", ()),
        ("write-seq-most", msgbuf(RING, 1023), "msgbuf", ()),
        ("read-seq-is-seqmod", msgbuf(RING, at, rseq=1024), "ring", ()),
        ("read-seq-most", msgbuf(RING, at, rseq=1023), "msgbuf", ()),
        ("size-0", msgbuf(RING, 0, size=0), "ring", ()),
        ("size-other", msgbuf(RING, at, size=63), "ring", ()),
        ("none", b"", "ring", ()))
    for name, tail, source, odd in rings:
        lines = sent(source, odd=odd) if name not in ("turned", "write-seq-most") else \
            ["messages msgbuf * OK", "odd 0 -"]
        yield "msgbuf-" + name, told(["open OK", *lines], World(tail=tail, **good).ksf())
    big = TEXT.ljust(PAGE - 32, b"\0")
    yield "msgbuf-fills-its-page", told(["open OK", "messages msgbuf * OK", "odd 0 -"],
                                        World(ring=big, tail=msgbuf(big, at)).ksf())
    more = TEXT.ljust(PAGE - 31, b"\0")
    yield "msgbuf-has-no-room", told(["open OK", "messages ring * OK", "odd 0 -"],
                                     World(ring=more, tail=msgbuf(more, at)).ksf())
    whole = World(ring=RING, tail=msgbuf(RING, at))
    yield "msgbuf-cut", told(["open OK", *sent("ring", TEXT[:16], ["TRUNCATED - 0",
                                                                   "DAMAGED - 0"])],
                             whole.ksf(cut=PAGE + 16))
    yield "msgbuf-tail-cut", told(["open OK", *sent("ring")], whole.ksf(cut=PAGE + 64 + 31))
    for n in range(3, 8):
        yield "msgbuf-read-%d-fails" % n, told(["open OK", "messages * * *"],
                                               whole.ksf(option(FAIL_READ, n)))
        yield "msgbuf-read-%d-ends" % n, told(["open OK", "messages * * *"],
                                              whole.ksf(option(SHORT, n)))
    yield "msgbuf-region-read-fails", told(["open OK", "messages * * IO"],
                                           whole.ksf(option(FAIL_READ, 4)))
    yield "msgbuf-tail-read-fails", told(["open OK", *sent("ring", odd=["IO"])],
                                         whole.ksf(option(FAIL_READ, 3)))
    yield "msgbuf-tail-read-ends", told(["open OK", *sent("ring", odd=["TRUNCATED file"])],
                                        whole.ksf(option(SHORT, 3)))
    yield "msgbuf-region-read-ends", told(
        ["open OK", *sent("ring", b"", ["TRUNCATED - 0"])], whole.ksf(option(SHORT, 4)))
    for limit, status in ((63, "LIMIT"), (64, "OK")):
        yield "msgbuf-limit-%d" % limit, told(
            ["limit messages %d" % limit, "open OK", "messages * * " + status,
             "text 1 64 * " + status], whole.ksf())
    for n in range(4, 14):
        yield "msgbuf-nomem-%d" % n, told(["open *", "messages * * *", "text 1 64 * *"],
                                          whole.ksf(option(FAIL_ALLOCATION, n)))
    yield "msgbuf-findings-limit", told(["limit findings 1", "open OK", "messages * * OK",
                                         "odd 0 LIMIT", "odd 1 -"],
                                        World(ring=b"a\0b\0c\0", tail=b"").ksf(cut=PAGE + 4))


def pointed():
    """Region and memory side by side."""
    at = len(TEXT)
    tail = msgbuf(RING, at)
    differs = ["DAMAGED va 0x%x" % DMAP]
    for name, memory, source, odd in (
            ("same", msgbuf(RING, at), "msgbuf", ()),
            ("goes-on", msgbuf(RING, at + 9), "msgbuf", ()),
            ("goes-back", msgbuf(RING, at - 1), "msgbuf", differs),
            ("read-seq", msgbuf(RING, at, rseq=1), "msgbuf", differs),
            ("size", msgbuf(RING, at, size=128), "msgbuf", differs),
            ("ring-va", msgbuf(RING, at, va=DMAP + 8), "msgbuf",
             ["DAMAGED va 0x%x" % (DMAP + 8)]),
            ("invalid", msgbuf(RING, at, magic=1), "msgbuf", ())):
        pages = variables(struct_=memory)
        yield "pointed-" + name, told([*NAMED, "open OK", *sent(source, odd=odd)],
                                      World(pages, ring=RING, tail=tail).ksf())
    for name, memory, source in (("alone", msgbuf(RING, at), "msgbuf"),
                                 ("alone-of-another-size", msgbuf(RING, at, size=63), "ring"),
                                 ("alone-of-a-larger-size", msgbuf(RING, at, size=128), "ring"),
                                 ("alone-invalid", msgbuf(RING, at, magic=1), "ring")):
        yield "pointed-" + name, told([*NAMED, "open OK", *sent(source)],
                                      World(variables(struct_=memory), ring=RING).ksf())


    yield "pointed-while-the-tail-is-of-another-size", told(
        [*NAMED, "open OK", *sent("msgbuf")],
        World(variables(struct_=msgbuf(RING, at)), ring=RING, tail=msgbuf(RING, at, size=63)).ksf())


def memory():
    """No region: only msgbufp says where the ring is."""
    at = len(TEXT)
    struct_ = msgbuf(RING, at, va=IN_MEMORY)
    good = World(variables(struct_=struct_, ring=RING)).ksf()
    yield "memory", told([*NAMED, "open OK", *sent("msgbuf")], good)
    yield "memory-without-provider", told(["open OK", "messages * * KERNEL_NEEDED"], good)
    yield "memory-without-name", told(["provider", "open OK", "messages * * NOT_FOUND"], good)
    yield "memory-pointer-leads-out", told([*NAMED, "open OK", "messages * * " + NOWHERE],
                                           World(variables(0x1000, struct_)).ksf())
    yield "memory-pointer-not-mapped", told(
        ["provider", "provide msgbufp 0x1000 8", "open OK", "messages * * " + NOWHERE], good)
    for name, bad in (("magic", msgbuf(RING, at, magic=1)), ("size-0", msgbuf(RING, 0, size=0)),
                      ("write-seq", msgbuf(RING, 1024)), ("read-seq", msgbuf(RING, at, rseq=1024)),
                      ("seqmod", msgbuf(RING, at, seqmod=1))):
        yield "memory-" + name, told([*NAMED, "open OK", "messages * * DAMAGED va 0x%x" % STRUCT],
                                     World(variables(struct_=bad, ring=RING)).ksf())
    for size, status in ((0x5000, "OK"), (0x5001, "DAMAGED va 0x%x" % IN_MEMORY)):
        # the ring's first page is there, so what follows is only cut
        big = msgbuf(RING, at, va=IN_MEMORY, size=size, total=0)
        world = World(variables(struct_=big, ring=RING), map=2 * PAGE)
        yield "memory-size-%x" % size, told([*NAMED, "open OK", "messages * * " + status], world.ksf())
    for limit, status in ((63, "LIMIT"), (64, "OK")):
        yield "memory-limit-%d" % limit, told(
            [*NAMED, "limit messages %d" % limit, "open OK", "messages * * " + status], good)
    hole = World(variables(struct_=msgbuf(RING, at, va=DMAP + VARS + PAGE - 16), ring=RING[:16],
                           at=PAGE - 16))
    yield "memory-ends-in-a-hole", told(
        [*NAMED, "open OK", *sent("ring", TEXT[:16], ["TRUNCATED - 0", "DAMAGED - 0"])], hole.ksf())
    yield "memory-is-a-hole", told(
        [*NAMED, "open OK", "messages * * NOT_DUMPED va 0x%x" % (DMAP + 0x20000)],
        World(variables(struct_=msgbuf(RING, at, va=DMAP + 0x20000))).ksf())
    for n in range(3, 8):
        yield "memory-read-%d-fails" % n, told([*NAMED, "open OK", "messages * * *"],
                                               World(variables(struct_=struct_, ring=RING)).ksf(
                                                   option(FAIL_READ, n)))
    # pages 0x11 and 0x10 of the ring lie apart: 0x12 is between them in the file
    table = u64(0x10063, 0x12063)
    pages = {0x10000: variables()[VARS], 0x11000: table, 0x12000: RING[16:]}
    ring_va = 0xFFFFFE0000000000 + PAGE - 16
    pages[0x10000] = variables(struct_=msgbuf(RING, at, va=ring_va), ring=RING[:16],
                               at=PAGE - 16)[VARS]
    apart = World(pages)
    mapped = patch(apart.at("map"), u64(0x11063))
    yield "memory-in-two-pieces", told([*NAMED, "open OK", *sent("msgbuf")], apart.ksf(mapped))
    for n in range(3, 12):
        yield "memory-in-two-pieces-read-%d-fails" % n, told(
            [*NAMED, "open OK", "messages * * *"], apart.ksf(mapped, option(FAIL_READ, n)))


def panics():
    """panicstr, then the kernel dump header, then the last line that says so."""
    name = ["provider", "provide panicstr 0x%x 8" % POINTER]
    said = "text 1 64 %s OK" % hexed(b"by pointer")
    logged = "text 1 64 %s OK" % hexed(b"panic: two")
    other = {VARS + 0x1000: b"by pointer\0junk"}
    sound = World({VARS: u64(DMAP + VARS + 0x1000), **other}, ring=RING)
    yield "panicstr", told([*name, "open OK", said, "text 1 3 %s OK" % hexed(b"by"),
                            "text 1 1 - OK", "text 1 0 - USAGE"], sound.ksf())
    yield "panicstr-0", told([*name, "open OK", "text 1 64 - NOT_FOUND"],
                             World({VARS: u64(0)}, ring=RING).ksf())
    yield "panicstr-0-and-a-record", told([*name, "open OK", "text 1 64 - NOT_FOUND"],
                                          led({VARS: b""}, panic=b"recorded"))
    yield "panicstr-leads-out", told([*name, "open OK", logged],
                                     World({VARS: u64(0x1000)}, ring=RING).ksf())
    yield "panicstr-not-mapped", told(["provider", "provide panicstr 0x1000 8", "open OK", logged],
                                      sound.ksf())
    long_ = World({VARS: u64(DMAP + VARS + 0x1000), VARS + 0x1000: b"x" * 300})
    yield "panicstr-256-bytes", told([*name, "open OK", "text 1 400 %s OK" % hexed(b"x" * 256)],
                                     long_.ksf())
    half = World({VARS: u64(DMAP + VARS + PAGE - 4).ljust(PAGE - 4, b"\0") + b"half"})
    yield "panicstr-ends-in-a-hole", told([*name, "open OK", "text 1 64 %s OK" % hexed(b"half")],
                                          half.ksf())
    at_0 = core([load(2**64 - 1, 0x1000, 0x1000, vaddr=0)], 21, order=">") \
        + patch(0x1000, bytes(7) + b"\x10" + bytes(8) + b"not it\0")
    yield "panicstr-unknown-and-0-is-mapped", told(["provider", "open OK", "text 1 64 - NOT_FOUND"], at_0), \
        "a symbol that there is not is not at 0"
    for what, ring, answer in (
            ("last", b"panic: a\npanic: b\nc\n", b"panic: b"), ("shortest", b"panic: \n", b"panic: "),
            ("too-short", b"panic:\n", None), ("inside", b"x panic: a\n", None),
            ("with-priority", b"<2>panic: a\n", b"panic: a"),
            ("with-nul", b"panic: a\0b\n", b"panic: a"), ("none", b"hello\n", None),
            ("empty", b"", None)):
        status = "text 1 64 %s OK" % hexed(answer) if answer else "text 1 64 - NOT_FOUND"
        ring = ring.ljust(64, b"\0") if ring else b""
        yield "panic-logged-" + what, told(["open OK", status], World(
            ring=ring, tail=msgbuf(ring, len(ring.rstrip(b"\0"))) if ring else b"").ksf())
    yield "panic-recorded", told(["open OK", "text 1 64 %s OK" % hexed(b"recorded")],
                                 led(panic=b"recorded"))
    yield "panic-recorded-small", told(["open OK", "text 1 4 %s OK" % hexed(b"rec")],
                                       led(panic=b"recorded"))
    yield "panic-logged-and-recorded", told(["open OK", "text 1 64 %s OK" % hexed(b"recorded")],
                                            led(ring=RING, panic=b"recorded")), \
        "another boot may have logged that line"
    yield "panic-read-fails", told(["open OK", "text 1 64 - IO"],
                                   led(None, option(FAIL_READ, 5), ring=RING))


def led(pages=None, *records, ring=b"", **values):
    world = World(pages or {}, ring=ring, base=512)
    world.lead = leader(**values)
    return world.ksf(*records)


def versions():
    va = DMAP + VARS
    for size, most, answer in ((0, 2048, 1024), (1024, 2048, 1024), (1025, 2048, 1024), (9, 2048, 9),
                               (1, 64, 1), (600, 500, 499)):
        yield "version-of-%d-bytes-in-%d" % (size, most), told(
            ["provider", "provide version 0x%x %d" % (va, size), "open OK",
             "text 0 %d %s OK" % (most, hexed(b"v" * answer))], World({VARS: b"v" * 1100}).ksf())
    nowhere = ["provider", "provide version 0x1000 9", "open OK"]
    yield "version-not-mapped", told([*nowhere, "text 0 64 - " + NOWHERE], World({VARS: b""}).ksf())
    yield "version-not-mapped-but-recorded", told([*nowhere, "text 0 64 %s OK" % hexed(b"recorded")],
                                                  led({VARS: b""}, version=b"recorded"))
    yield "version-ends-in-a-hole", told(
        ["provider", "provide version 0x%x 64" % (va + PAGE - 4), "open OK",
         "text 0 64 %s OK" % hexed(b"half")], World({VARS: bytes(PAGE - 4) + b"half"}).ksf())
    recorded = "text 0 64 %s OK" % hexed(b"recorded")
    yield "version-recorded", told(["open OK", recorded, "text 0 9 %s OK" % hexed(b"recorded"),
                                    "text 0 8 %s OK" % hexed(b"recorde")],
                                   led(version=b"recorded"))
    yield "version-recorded-and-a-provider", told(["provider", "open OK", recorded],
                                                  led(version=b"recorded"))
    yield "version-nowhere", told(["provider", "open OK", "text 0 64 - NOT_FOUND"], World().ksf())
    yield "version-kernel-needed", told(["open OK", "text 0 64 - KERNEL_NEEDED"], World().ksf())
    yield "text-of-no-kind", told(["open OK", "text 2 64 - USAGE", "text 15 64 - USAGE",
                                   "text 0 0 - USAGE"], World(ring=RING).ksf())
    yield "texts-without-err", told(["without err", "open OK", "text 0 64 - KERNEL_NEEDED",
                                     "text 1 64 - NOT_FOUND", "text 3 64 - USAGE",
                                     "messages * * KERNEL_NEEDED"], World().ksf())


def seeds():
    yield from regions()
    yield from pointed()
    yield from memory()
    yield from panics()
    yield from versions()
