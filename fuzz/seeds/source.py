# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `source`: calls that fail, lie and end early."""

import struct


def seeds():
    """Chunk, call that fails, lies, ends early; offset; reads; bytes."""
    reads = struct.pack("<HBHBHB", 0, 16, 60, 16, 90, 100)
    data = bytes(range(100))

    def made(chunk=0, fails=0, lies=0, ends=0, offset=0):
        return struct.pack("<HBBBHB", chunk, fails, lies, ends, offset, 3) + reads + data

    yield "whole", made()
    yield "one-byte-a-call", made(chunk=1)
    yield "seven-bytes-a-call", made(chunk=7)
    yield "first-fails", made(fails=1)
    yield "later-fails", made(chunk=7, fails=4)
    yield "lies", made(lies=1)
    yield "lies-later", made(chunk=3, lies=5)
    yield "ends", made(ends=1)
    yield "ends-later", made(chunk=9, ends=3)
    yield "offset", made(offset=50)
    yield "offset-at-end", made(offset=100)
    yield "offset-beyond", made(offset=101)
    yield "empty", bytes(8)
