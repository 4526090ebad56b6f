# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `elfsym`: kernel files."""

import struct

from gen import amd64_kernels, ksf
from gen.pieces import from_bytes

from records import CHUNK, FAIL_READ, SYMBOL, SYMBOLS, option


def seeds():
    for dump in amd64_kernels.dumps():
        if isinstance(dump.kernel, bytes):
            ops = [struct.pack("<BBQI", 1 << 4 | ksf.OP, SYMBOL, 0x6001, 0)]
            yield dump.name, ksf.encode([(from_bytes(dump.kernel), 1)], ops)
    sound = amd64_kernels.small()
    data = ksf.encode([(from_bytes(sound.build()), 1)], [])
    for n in range(1, 6):
        yield "read-%d-fails" % n, data + option(FAIL_READ, n)
    yield "symbols-limit", data + option(SYMBOLS, 2)
    yield "a-byte-a-read", data + option(CHUNK, 1)
    moved = sound.build()
    yield "amd64-of-type-3", ksf.encode([(from_bytes(moved[:16] + b"\3\0" + moved[18:]), 1)], []), \
        "position-independent kernels are other machines'"
