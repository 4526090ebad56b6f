# SPDX-License-Identifier: BSD-2-Clause
"""Records of KSF1 inputs that the generator does not write: options, patches, lengths, runs."""

import struct

from gen import ksf

OPTION, SYMBOL, SELECT = 4, 3, 4
CHUNK, FAIL_ALLOCATION, FAIL_READ, LIE_READ, BITS = 1, 2, 3, 4, 5
ALLOCATION, MEMORY, HEADERS, SYMBOLS, WALK, FINDINGS, PAGE_BYTES, ENTRY_BYTES, CPU, VNET, SHORT = \
    range(6, 17)


def option(number, value):
    return struct.pack("<BBQ", OPTION, number, value)


def patch(offset, data, file=0):
    return struct.pack("<B6sH", file << 4 | ksf.DATA, ksf.u48(offset), len(data)) + data


def length(bytes_, file=0):
    return struct.pack("<B6s", file << 4 | ksf.LEN, ksf.u48(bytes_))


def run(offset, count, width, first, step):
    return struct.pack("<B6sIBQQ", ksf.RUN, ksf.u48(offset), count, width, first, step)
