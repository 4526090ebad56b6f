# SPDX-License-Identifier: BSD-2-Clause
"""The kernel dump header that stands in front of a dump taken over the network."""

import struct

from .pieces import BLOCK, Pieces


def header(machine, length, block=512, version=b"FreeBSD 13.1-RELEASE", panic=b"led"):
    """512 bytes, numbers big-endian whatever the machine; the XOR of its words is 0."""
    head = struct.pack(">20s12sIIQQII64s192s175sBQI", b"FreeBSD Kernel Dump", machine.encode(),
                       4, 1, length, 1700000000, 0, block, b"host.example", version, panic, 0,
                       length, 0)
    parity = 0
    for word in struct.unpack(">127I", head):
        parity ^= word
    return head + struct.pack(">I", parity)


def lead(dump, machine, block=512, said=None):
    """Put a header in front, to be called before any answer is taken: the dump begins at `block`.
    `said`: the block size that the header tells."""
    piece = Pieces()
    piece.put(0, header(machine, dump.piece.length, said or block))
    for index, data in dump.piece.blocks.items():
        piece.put(block + index * BLOCK, bytes(data[:max(0, dump.piece.length - index * BLOCK)]))
    piece.length = block + dump.piece.length
    piece.runs = [(at + block, *rest) for at, *rest in dump.piece.runs]
    dump.piece = piece
    dump.regions = {name: (at + block, size) for name, (at, size) in dump.regions.items()}
    dump.fields = [(name, at + block, width) for name, at, width in dump.fields]
    dump.magic_bytes += block
    notes = dump.answers.notes
    notes.length = piece.length
    notes.physical.shift(block)
