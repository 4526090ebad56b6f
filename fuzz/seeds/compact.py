# SPDX-License-Identifier: BSD-2-Clause
"""A generated dump as a small input: words that count up, of either byte order, become runs."""

import struct

from gen import ksf
from gen.pieces import BLOCK, from_bytes

from records import length, option, patch, PAGE_BYTES, ENTRY_BYTES

LEAST = 5  # words that a run saves
WORDS = struct.Struct("<%dQ" % (BLOCK // 8))


def words_of(piece):
    """[(offset, bytes)] of whole words that are not zero, neighbours together."""
    out = []

    def take(offset, data):
        if out and out[-1][0] + len(out[-1][1]) == offset:
            out[-1][1].extend(data)
        else:
            out.append((offset, bytearray(data)))

    for index in sorted(piece.blocks):
        block = bytes(piece.blocks[index])
        values = WORDS.unpack(block)
        if 0 not in values:
            take(index * BLOCK, block)
        elif any(values):
            for n, value in enumerate(values):
                if value:
                    take(index * BLOCK + n * 8, block[n * 8:n * 8 + 8])
    return out


def run_at(values, start):
    """How many words from start on count up by one step."""
    if start + 1 >= len(values):
        return 1
    step, n = values[start + 1] - values[start], 2
    while start + n < len(values) and values[start + n] - values[start + n - 1] == step:
        n += 1
    return n


def records(piece, file):
    out = []
    for offset, data in words_of(piece):
        n = len(data) // 8
        orders = [struct.unpack("%s%dQ" % (order, n), data) for order in "<>"]
        at = literal = 0
        while at < n:
            best, order = max((run_at(values, at), -number) for number, values in enumerate(orders))
            if best < LEAST:
                at += 1
                continue
            if literal < at:
                out.append(patch(offset + literal * 8, bytes(data[literal * 8:at * 8]), file))
            values = orders[-order]
            out.append(struct.pack("<B6sIBQQ", file << 4 | ksf.RUN, ksf.u48(offset + at * 8), best,
                                   3 | (0x80 if order else 0), values[at],
                                   (values[at + 1] - values[at]) % 2**64))
            at += best
            literal = at
        if literal < n:
            out.append(patch(offset + literal * 8, bytes(data[literal * 8:]), file))
    return out


def options_of(dump):
    """Of Dump.options, those that an input can say."""
    names = {"page_bytes": PAGE_BYTES, "entry_bytes": ENTRY_BYTES}
    given = [text.replace("=", " ").split() for text in dump.options]
    return [option(names[words[0]], int(words[1], 0)) for words in given if words[0] in names]


def compact(dump):
    """The input of a generated dump."""
    out = [b"KSF1"] + records(dump.piece, 0)
    if dump.kernel is not None:
        kernel = from_bytes(dump.kernel) if isinstance(dump.kernel, bytes) else dump.kernel
        out += records(kernel, 1) + [length(kernel.length, 1)]
    return b"".join(out + options_of(dump)) + length(dump.piece.length)
