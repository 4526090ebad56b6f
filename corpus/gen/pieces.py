# SPDX-License-Identifier: BSD-2-Clause
"""A file that is mostly holes: what lies where, and how to store it without writing the holes."""

import struct

BLOCK = 4096
U64 = 0xFFFFFFFFFFFFFFFF


class Pieces:
    """Bytes by file offset; what was never put is zero. `runs` remembers arithmetic tables."""

    def __init__(self):
        self.blocks = {}
        self.length = 0
        self.runs = []  # (offset, count, first, step): little-endian u64 words

    def put(self, offset, data):
        self.length = max(self.length, offset + len(data))
        done = 0
        while done < len(data):
            index, start = divmod(offset + done, BLOCK)
            part = data[done:done + BLOCK - start]
            if index not in self.blocks and not any(part):
                done += len(part)
                continue
            block = self.blocks.setdefault(index, bytearray(BLOCK))
            block[start:start + len(part)] = part
            done += len(part)

    def note_run(self, offset, count, first, step):
        """Say that the words put at offset count up by step; joined with the run before it."""
        if self.runs:
            at, n, value, by = self.runs[-1]
            if by == step and at + 8 * n == offset and value + by * n == first:
                self.runs[-1] = (at, n + count, value, by)
                return
        self.runs.append((offset, count, first, step))

    def fill(self, offset, count, byte):
        """count bytes of one value; count is a multiple of 8."""
        self.put(offset, bytes([byte]) * count)
        self.note_run(offset, count // 8, int.from_bytes(bytes([byte]) * 8, "little"), 0)

    def get(self, offset, count):
        out = bytearray()
        while len(out) < count:
            index, start = divmod(offset + len(out), BLOCK)
            want = min(BLOCK - start, count - len(out))
            block = self.blocks.get(index)
            out += block[start:start + want] if block else bytes(want)
        return bytes(out)

    def grow(self, length):
        self.length = max(self.length, length)

    def cut(self, length):
        """A copy that ends at length."""
        other = Pieces()
        for index, block in self.blocks.items():
            if index * BLOCK < length:
                other.put(index * BLOCK, bytes(block[:length - index * BLOCK]))
        other.length = length
        other.runs = [(at, min(count, (length - at) // 8), first, step)
                      for at, count, first, step in self.runs if at + 8 <= length]
        return other

    def patch(self, offset, data):
        """A copy with other bytes at offset."""
        other = self.cut(self.length)
        for index in range(offset // BLOCK, (offset + len(data)) // BLOCK + 1):
            other.blocks.setdefault(index, bytearray(BLOCK))
        other.put(offset, data)
        return other

    def save(self, path):
        with open(path, "wb") as out:
            out.truncate(self.length)
            for index in sorted(self.blocks):
                block = self.blocks[index]
                if any(block) and index * BLOCK < self.length:
                    out.seek(index * BLOCK)
                    out.write(block[:self.length - index * BLOCK])


def from_bytes(data):
    piece = Pieces()
    piece.put(0, data)
    return piece


def words(count, first, step, order="<"):
    """count u64 words that begin with first and rise by step."""
    values = [(first + step * i) & U64 for i in range(count)]
    return struct.pack("%s%dQ" % (order, count), *values)
