# SPDX-License-Identifier: BSD-2-Clause
"""Physical memory of the machine that is said to have crashed: what each page holds."""

import struct

from .pieces import words


class Memory:
    """Pages by physical address. A page not written otherwise holds, in each u64, that word's own
    address: a reader that takes a wrong page or a wrong offset shows itself at once."""

    def __init__(self, page=4096, order="<"):
        self.page = page
        self.order = order
        self.pages = {}
        self.patterned = set()

    def touch(self, pa):
        """The page that holds pa, made with the pattern if it is new."""
        start = pa - pa % self.page
        if start not in self.pages:
            self.pages[start] = bytearray(words(self.page // 8, start, 8, self.order))
            self.patterned.add(start)
        return self.pages[start]

    def clear(self, pa, size=None):
        """Make the pages of pa .. pa + size (one page when not said) zero."""
        for start in range(pa - pa % self.page, pa + (size or 1), self.page):
            self.pages[start] = bytearray(self.page)
            self.patterned.discard(start)
        return pa

    def put(self, pa, data):
        done = 0
        while done < len(data):
            offset = (pa + done) % self.page
            part = data[done:done + self.page - offset]
            if len(part) == self.page:
                self.clear(pa + done)
            self.touch(pa + done)[offset:offset + len(part)] = part
            done += len(part)

    def u32(self, pa, value, order=None):
        self.put(pa, struct.pack((order or self.order) + "I", value))

    def u64(self, pa, value, order=None):
        self.put(pa, struct.pack((order or self.order) + "Q", value))

    def get(self, pa, count):
        out = bytearray()
        while len(out) < count:
            offset = (pa + len(out)) % self.page
            out += self.touch(pa + len(out))[offset:offset + min(self.page, count - len(out))]
        return bytes(out[:count])
