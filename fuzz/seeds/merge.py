# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `merge`: symbols, sets and a list."""

import struct


def seeds():
    """Flags; VNET start, size; DPCPU start, size; base; entries."""
    def head(flags, *words):
        return struct.pack("<B5H", flags, *words)

    def sym(prefix, letter, value, underscores=0, fails=False):
        return struct.pack("<BBH", (3 if fails else 0) | prefix << 2 | underscores << 4,
                           ord(letter) - ord("a"), value)

    def entry(letter, underscores=0, found=False, prefix=0):
        return bytes((2 if found else 1 | prefix << 2 | underscores << 4, ord(letter) - ord("a")))

    sets = (0x5000, 0x100, 0x6000, 0x100, 0x9000)
    body = sym(0, "a", 0x800) + sym(1, "b", 0x5000) + sym(2, "c", 0x6010) + sym(1, "d", 0x9000)
    list_ = b"".join(entry(letter, n) for letter in "abcde" for n in (0, 1, 2))
    for flags, what in ((0x0F, "all"), (0x1F, "all-32-bit"), (0x05, "as-linked"), (0x00, "plain"),
                        (0x03, "vnet-only"), (0x0C, "dpcpu-only"), (0x2F, "live")):
        yield what, head(flags, *sets) + body + list_
    yield "plain-wins", head(15, *sets) + sym(0, "a", 1) + sym(1, "a", 0x5001) + entry("a")
    yield "duplicates", head(15, *sets) + body + entry("e") + entry("a") + entry("e") + entry("a")
    yield "fails-first-pass", head(15, *sets) + sym(0, "b", 1, fails=True) + list_
    yield "fails-second-pass", head(15, *sets) + sym(1, "b", 1, fails=True) + list_
    yield "underscored-symbol", head(15, *sets) + sym(0, "a", 7, 1) + entry("a", 1) + entry("a", 2)
    yield "live-came-in-found", head(0x2F, *sets) + body + entry("a", found=True) + entry("e")
    yield "live-long-names", head(0x2F, *sets) + b"".join(bytes((1, n)) for n in range(240, 256))
    yield "edges-of-a-set", head(15, *sets) + b"".join(
        sym(1, letter, value) for letter, value in zip("abcdef", (0x4FFF, 0x5000, 0x50FF, 0x5100, 0,
                                                                  1))) + list_
    yield "empty-list", head(15, *sets) + body
