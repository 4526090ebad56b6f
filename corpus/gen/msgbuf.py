# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's message buffer: a ring of bytes and the structure that says where it begins."""

import struct

MAGIC = 0x063062
STRUCT_BYTES = {8: 72, 4: 56}


class MessageBuffer:
    """Lines are logged one by one; what the ring has lost is dropped from the lines' front."""

    def __init__(self, size, rseq=0):
        self.size = size
        self.rseq = rseq
        self.logged = []  # (priority or None, text)
        self.stream = b""

    def log(self, text, priority=None):
        prefix = b"" if priority is None else b"<%d>" % priority
        self.logged.append((priority, text, len(prefix)))
        self.stream += prefix + text + b"\n"

    def fill(self, count, priority=None):
        """count lines that tell one another apart."""
        for number in range(count):
            self.log(b"line %d of many, long enough to fill a ring" % number, priority)

    def ring(self):
        ring = bytearray(self.size)
        for place, byte in enumerate(self.stream):
            ring[place % self.size] = byte
        return bytes(ring)

    def structure(self, pointer, order, ring_va):
        """struct msgbuf as it stands behind the ring."""
        seqmod = 16 * self.size
        lead = struct.pack(order + ("Q" if pointer == 8 else "I"), ring_va)
        body = struct.pack(order + "7I", MAGIC, self.size, len(self.stream) % seqmod,
                           self.rseq, sum(self.ring()) & 0xFFFFFFFF, seqmod, 0xFFFFFFFF)
        return (lead + body).ljust(STRUCT_BYTES[pointer], b"\0")

    def lines(self):
        """[(priority, text)] that are still there; the first may have lost its beginning."""
        lost = max(0, len(self.stream) - self.size)
        out = []
        for priority, text, prefix in self.logged:
            whole = prefix + len(text) + 1
            if lost >= whole:
                lost -= whole
                continue
            if lost:
                assert not prefix or lost == 0 or lost >= prefix, "the cut is inside a prefix"
                priority, text, lost = None, text[lost - prefix:], 0
            out.append((priority, text))
        return out
