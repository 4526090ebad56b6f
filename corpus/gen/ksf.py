# SPDX-License-Identifier: BSD-2-Clause
"""The fuzz targets' input: virtual files as a list of extents, of tables and of what they lack."""

import struct

from .pieces import BLOCK, Pieces, words

DATA, RUN, LEN, OP = 1, 2, 3, 5
READ, TRANSLATE, PAGE = 0, 1, 2
RECORDS = 64  # before what is regular in an extent becomes a RUN
RUN_LEAST = 64  # bytes that one is worth


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


def extents(piece, base):
    """[start, end) of the words that differ from base, neighbours joined."""
    out = []
    for index in sorted(set(piece.blocks) | set(base.blocks)):
        have, want = base.get(index * BLOCK, BLOCK), piece.get(index * BLOCK, BLOCK)
        if have == want:
            continue
        for word in range(0, BLOCK, 8):
            if have[word:word + 8] != want[word:word + 8]:
                start = index * BLOCK + word
                if out and start - out[-1][1] <= 8:
                    out[-1][1] = start + 8
                else:
                    out.append([start, start + 8])
    return out


def join(found, limit):
    """Bridge the smallest gaps between extents, (file, start, end), until limit are left."""
    gaps = sorted((b[1] - a[2], number) for number, (a, b) in enumerate(zip(found, found[1:]))
                  if a[0] == b[0])
    bridged = {number for _, number in gaps[:max(0, len(found) - limit)]}
    out = []
    for number, (file, start, end) in enumerate(found):
        if number - 1 in bridged:
            out[-1] = (file, out[-1][1], end)
        else:
            out.append((file, start, end))
    return out


def split(found):
    for file, start, end in found:
        for at in range(start, end, 0xFFF8):
            yield file, at, min(end, at + 0xFFF8)


def run_at(data, at):
    """(bytes, code, first, step) of the longest table of numbers that begins at `at`."""
    best = (0, 0, 0, 0)
    for width, order, code in ((8, "little", 3), (4, "little", 2), (8, "big", 0x83), (4, "big", 0x82)):
        mask, end = (1 << 8 * width) - 1, at + 2 * width
        if end > len(data):
            continue
        first = int.from_bytes(data[at:at + width], order)
        step = (int.from_bytes(data[at + width:end], order) - first) & mask
        value = (first + 2 * step) & mask
        while data[end:end + width] == value.to_bytes(width, order):
            end, value = end + width, (value + step) & mask
        if end - at > best[0]:
            best = (end - at, code, first, step)
    return best


def records(tag, start, data):
    """An extent as DATA, and as RUN where its bytes are regular."""
    out, begin, at = [], 0, 0

    def put(end):
        if end > begin:
            out.append(struct.pack("<B6sH", tag | DATA, u48(start + begin), end - begin) +
                       data[begin:end])

    while at < len(data):
        size, code, first, step = run_at(data, at)
        if size < RUN_LEAST:
            at += 8
            continue
        put(at)
        out.append(struct.pack("<B6sIBQQ", tag | RUN, u48(start + at), size >> (code & 3), code,
                               first, step))
        at += size
        begin = at
    put(len(data))
    return out


def encode(files, ops):
    """The input of these files, [(Pieces, number)] with the dump first; extents are joined until
    the records suffice."""
    runs, ends, found, pieces = [], [], [], {}
    for piece, number in files:
        tag, pieces[number] = number << 4, piece
        runs += [struct.pack("<B6sIBQQ", tag | RUN, u48(offset), count, 3, first, step)
                 for offset, count, first, step in piece.runs]
        ends.append(struct.pack("<B6s", tag | LEN, u48(piece.length)))
        found += [(number, start, end) for start, end in extents(piece, base_of(piece))]
    data = []
    for limit in range(RECORDS - len(runs) - len(ends) - len(ops), 0, -1):
        data = list(split(join(found, limit)))
        if len(runs) + len(ends) + len(ops) + len(data) <= RECORDS:
            break
    else:
        assert not found, "too many runs for one input"
    out = []
    for number, start, end in data:
        bytes_ = pieces[number].get(start, min(end, pieces[number].length) - start)
        out += records(number << 4, start, bytes_)
    return b"KSF1" + b"".join(runs + out + ends + ops)


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
            count, code, first, step = struct.unpack_from("<IBQQ", data, at)
            width, order = 1 << (code & 3), "big" if code & 128 else "little"
            piece.put(offset, b"".join(((first + step * i) & ((1 << 8 * width) - 1))
                                       .to_bytes(width, order) for i in range(count)))
            at += 21
        elif kind == LEN:
            piece.length = offset
    return files
