# SPDX-License-Identifier: BSD-2-Clause
"""What the writer noted while it wrote: where each page went, what each address is for."""


class Physical:
    """Where pages lie in the file, and what is to be said of addresses without a page."""

    def __init__(self, page=4096):
        self.page = page
        self.offsets = {}
        self.sizes = {}  # of pages that are not whole
        self.spans = []

    def page_at(self, pa, offset, size=None):
        """Page pa, or the size bytes it begins with, was written at offset. The first note of a
        page stays."""
        if pa not in self.offsets:
            self.offsets[pa] = offset
            if size not in (None, self.page):
                self.sizes[pa] = size

    def shift(self, distance):
        """The dump begins that much further on in the file."""
        self.offsets = {pa: offset + distance for pa, offset in self.offsets.items()}

    def span(self, start, end, status):
        self.spans.append((start, end, status))

    def status(self, pa):
        for start, end, status in self.spans:
            if start <= pa < end:
                return status
        return "OUTSIDE_MEMORY"

    def find(self, pa, length):
        """(status, file offset or None, bytes of the page from pa on that the file holds)."""
        start = pa - pa % self.page
        size = self.sizes.get(start, self.page)
        if start not in self.offsets or pa - start >= size:
            return self.status(pa), None, 0
        offset = self.offsets[start] + pa - start
        have = min(size - (pa - start), length - offset)
        return ("OK", offset, have) if have > 0 else ("TRUNCATED", None, 0)


class Space:
    """Notes of virtual addresses, in the order in which a reader must ask; the first note that
    holds an address counts."""

    virtual = False  # True: the file knows no physical addresses, what is called pa is a va

    def __init__(self):
        self.notes = []  # (va, bytes, status, pa, page bytes, protection)

    def entry(self, va, pa, page_bytes, prot, bytes_=None):
        """A valid table entry."""
        self.notes.append((va, bytes_ or page_bytes, "OK", pa, page_bytes, prot))

    def linear(self, va, size, pa):
        """Addresses that no table entry speaks for, as in a direct map."""
        self.notes.append((va, size, "OK", pa, None, None))

    def hole(self, va, size, status):
        self.notes.append((va, size, status, None, None, None))

    def find(self, va):
        """(status, pa, page bytes, protection, bytes to the end of the note)."""
        for start, size, status, pa, page, prot in self.notes:
            if start <= va < start + size:
                target = None if pa is None else pa + va - start
                return status, target, page, prot, start + size - va
        return "NO_MAP", None, None, None, 1

    def entries(self):
        """The valid entries, by address."""
        return sorted(note for note in self.notes if note[2] == "OK" and note[4])


class Notes:
    """Memory, file places and address notes together: answers to reads."""

    def __init__(self, memory, physical, space, length):
        self.memory = memory
        self.physical = physical
        self.space = space
        self.length = length

    def read_pa(self, pa, count):
        """(bytes, status): byte ranges page by page, up to the first that is missing."""
        out = b""
        while len(out) < count:
            at = pa + len(out)
            status, _, have = self.physical.find(at, self.length)
            if status != "OK":
                return out, status
            out += self.memory.get(at, min(have, count - len(out)))
        return out, "OK"

    def read_va(self, va, count):
        out = b""
        while len(out) < count:
            at = va + len(out)
            status, pa, _, _, left = self.space.find(at)
            if status != "OK":
                return out, status
            page = self.physical.page
            part = min(count - len(out), left, page - at % page, page - pa % page)
            data, status = self.read_pa(pa, part)
            out += data
            if status != "OK":
                return out, status
        return out, "OK"
