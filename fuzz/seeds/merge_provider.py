# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `merge`: what providers say, names without letters, lists without what they need."""

import struct

SETS = (0x5000, 0x100, 0x6000, 0x100, 0x9000)
ALL, LIVE, LITTLE, NAMELESS, NO_PROVIDER = 15, 32, 64, 128, 192
PLAIN, VNET, DPCPU = range(3)
TALKS, TYPED, FAILS, NO_LETTER = 64, 128, 3, 239


def head(flags, sets=SETS):
    return struct.pack("<B5H", flags, *sets)


def place(letter):
    return NO_LETTER if letter == "" else ord(letter) - ord("a")


def sym(prefix, letter, value, underscores=0, flags=0):
    return struct.pack("<BBH", flags | prefix << 2 | underscores << 4, place(letter), value)


def entry(letter, underscores=0, prefix=0):
    return bytes((1 | prefix << 2 | underscores << 4, place(letter)))


def seeds():
    names = b"".join(entry(letter, n) for letter in ("a", "b", "") for n in range(3))
    for live, what in ((0, ""), (LIVE, "live-")):
        yield what + "names-without-letters", head(ALL | live) + sym(0, "", 7, 1) + \
            sym(VNET, "", 0x5008) + names, "an empty name is not asked for"
        yield what + "provider-says-why", head(ALL | live) + sym(0, "a", 1, 0, FAILS | TALKS) + \
            names, "its error is the caller's"
        yield what + "provider-says-another-why", head(ALL | live) + \
            sym(0, "a", 1, 0, FAILS | TALKS | TYPED) + names, "its error is not of its status"
        yield what + "provider-fails-silently", head(ALL | live) + sym(0, "a", 1, 0, FAILS) + names
        yield what + "provider-writes-other-fields", head(ALL | live) + \
            sym(0, "a", 1, 0, TALKS) + sym(VNET, "b", 0x5001, 0, TALKS) + names
        yield what + "provider-knows-the-type", head(ALL | live) + sym(0, "a", 1, 0, TYPED) + \
            sym(DPCPU, "b", 0x6001, 0, TYPED) + names
        yield what + "fails-without-its-underscore", head(ALL | live) + \
            sym(0, "a", 1, 0, FAILS | TALKS) + entry("a", 1)
        yield what + "fails-with-its-prefix", head(ALL | live) + \
            sym(DPCPU, "a", 1, 0, FAILS | TALKS) + names
        yield what + "no-memory-for-a-prefix", head(ALL | live | LITTLE) + names + \
            entry("a", 0, VNET), "kvs_alloc of a prefixed name"
        yield what + "little-memory-suffices", head(ALL | live | LITTLE) + \
            sym(VNET, "a", 0x5000) + names, "the same, it fits"
        yield what + "little-memory-suffices-not", head(ALL | live | LITTLE) + \
            sym(VNET, "a", 0x5000) + entry("a") + entry("b")
        yield what + "all-found-needs-no-memory", head(ALL | live | LITTLE) + \
            sym(0, "a", 0x5000, 0) + entry("a"), "no pass over a list that lacks nothing"
        yield what + "name-null", head(ALL | live | NAMELESS) + sym(0, "a", 1) + names
        yield what + "no-provider", head(ALL | live | NO_PROVIDER) + sym(0, "a", 1) + names
    yield "no-provider-no-names", head(ALL | NO_PROVIDER)
    yield "set-from-zero", head(ALL, (0, 0x100, 0, 0x200, 0x9000)) + sym(VNET, "a", 0) + \
        sym(VNET, "b", 1) + sym(DPCPU, "c", 0) + entry("a") + entry("b") + entry("c"), \
        "a value of 0 does not move"
    for flags, what in ((0x0D, "vnet"), (0x07, "dpcpu")):
        yield "as-linked-" + what, head(flags) + sym(VNET, "a", 0x5008) + sym(DPCPU, "b", 0x6008) + \
            entry("a") + entry("b"), "one set moves, the other does not"
    yield "value-at-the-word's-end", head(ALL | 16, (0xF000, 0xFFF, 0, 1, 0xFFFF)) + \
        sym(VNET, "a", 0xF001) + entry("a"), "sums of 32-bit kernels wrap"
    yield "list-of-one-found-before", head(ALL) + sym(0, "a", 3) + bytes((2, 0)) + bytes((2, 1)), \
        "what came in found is looked up anew"
