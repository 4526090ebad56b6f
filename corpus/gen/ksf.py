# SPDX-License-Identifier: BSD-2-Clause
"""The fuzz targets' input: virtual files as a list of extents, at most 64 records."""

import struct

from .pieces import BLOCK, Pieces, words

DATA, RUN, LEN, OP = 1, 2, 3, 5
READ, TRANSLATE, PAGE = 0, 1, 2
RECORDS = 64


def u48(value):
    return struct.pack("<Q", value)[:6]


def op(code, address, length=0):
    return struct.pack("<BBQI", OP, code, address, length)


def base_of(piece):
    """A file that holds the runs only."""
    base = Pieces()
    for offset, count, first, step in piece.runs:
        base.put(offset, words(count, first, step))
    return base


def extents(piece, base, gap):
    """[start, end) of bytes that differ from base, joined where fewer than gap bytes agree."""
    out = []
    for index in sorted(set(piece.blocks) | set(base.blocks)):
        have, want = base.get(index * BLOCK, BLOCK), piece.get(index * BLOCK, BLOCK)
        if have == want:
            continue
        for word in range(0, BLOCK, 8):
            if have[word:word + 8] != want[word:word + 8]:
                start = index * BLOCK + word
                if out and start - out[-1][1] <= gap:
                    out[-1][1] = start + 8
                else:
                    out.append([start, start + 8])
    return out


def split(found):
    for start, end in found:
        for at in range(start, end, 0xFFF8):
            yield at, min(end, at + 0xFFF8)


def file_records(piece, number, gap):
    tag = number << 4
    base, out = base_of(piece), []
    for offset, count, first, step in piece.runs:
        out.append(struct.pack("<B6sIBQQ", tag | RUN, u48(offset), count, 3, first, step))
    for start, end in split(extents(piece, base, gap)):
        data = piece.get(start, min(end, piece.length) - start)
        out.append(struct.pack("<B6sH", tag | DATA, u48(start), len(data)) + data)
    out.append(struct.pack("<B6s", tag | LEN, u48(piece.length)))
    return out


def encode(files, ops):
    """The input of these files, dump first; extents are joined until the records suffice."""
    gap = 8
    while True:
        records = [record for number, piece in files
                   for record in file_records(piece, number, gap)]
        if len(records) + len(ops) <= RECORDS:
            return b"KSF1" + b"".join(records + ops)
        assert gap < 1 << 40, "too many runs for one input"
        gap *= 2


def decode(data):
    """{file number: Pieces}: what a reader of the format makes of it, for checks."""
    files, at = {}, 4
    while at < len(data):
        kind, piece = data[at] & 15, files.setdefault(data[at] >> 4, Pieces())
        at += 1
        if kind == OP:
            at += 13
            continue
        offset = int.from_bytes(data[at:at + 6], "little")
        at += 6
        if kind == DATA:
            count = int.from_bytes(data[at:at + 2], "little")
            piece.put(offset, data[at + 2:at + 2 + count])
            at += 2 + count
        elif kind == RUN:
            count, _, first, step = struct.unpack_from("<IBQQ", data, at)
            piece.put(offset, words(count, first, step))
            at += 21
        elif kind == LEN:
            piece.length = offset
    return files
