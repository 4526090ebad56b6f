# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: when answers bind."""

from world import World, told


def seeds():
    plain = World({0x1000: b"\x11" * 8}).ksf()
    data = bytearray(told(["size options 15 0", "open USAGE -"], plain))
    data[13] = ord(" ")
    yield "told-line-without-end", bytes(data), "the sum covers all but this line's end: no answer binds"
