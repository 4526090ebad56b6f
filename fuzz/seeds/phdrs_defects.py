# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `phdrs`: what defects of other readers get wrong, where no other seed shows it."""

from phdrs import core, load


def seeds():
    for bytes_ in (0x7FFFF000, 0xC0000000, 0x100000000, 0x180000000):
        yield "segment-of-%x" % bytes_, core([load(0x1000, bytes_, 0x1000)], size=0x1000 + bytes_), \
            "P14: what is left of a segment needs more than an int"
