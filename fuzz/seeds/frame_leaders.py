# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `frame`: kernel dump headers that refuse what is behind them."""

from calls_leaders import header
from records import length, patch
from world import World


def led(head):
    """A sound minidump behind it."""
    world = World({0x1000: b"\x11" * 8}, base=512)
    world.lead = head
    return world.ksf()


def seeds():
    for stored in (5, 6, 0x100, 0x04000000, 0xFFFFFFFF):
        yield "leader-version-%x" % stored, led(header(4, stored)), "no source read has a layout for it"
    zero = bytearray(header(4))
    zero[32:36] = bytes(4)
    yield "leader-version-0", led(bytes(zero)), "no source read has a layout for it"
    yield "leader-version-5-alone", b"KSF1" + patch(0, header(4, 5)) + length(512), \
        "refused for its version, not for what is missing"
    for layout in (1, 2, 3, 4):
        yield "leader-v%d" % layout, led(header(layout)), "a dump behind it"
        if layout > 1:
            yield "leader-v%d-key" % layout, led(header(layout, key=0x1000000)), "encrypted"
        if layout > 2:
            yield "leader-v%d-compression" % layout, led(header(layout, compression=2)), "compressed"
