# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `messages`: a message ring."""

import struct


def seeds():
    """Flags, wseq, rseq, ring."""
    text = b"---<<BOOT>>---\n<118>hi\n<6>x: \x1b[0m\npanic\n"
    room = text + bytes(20)

    def ring(flags, wseq, data, rseq=0):
        return struct.pack("<BII", flags, wseq, rseq) + data

    yield "fresh", ring(1, len(text), room)
    yield "wrapped", ring(1, 69, text[10:] + text[:10])
    yield "wrapped-once-exactly", ring(1, len(text), text)
    yield "unread-lost", ring(1, 1000, text[10:] + text[:10], 3)
    yield "empty", ring(1, 0, bytes(64))
    yield "one-byte", ring(1, 1, b"x")
    yield "no-struct-one-run", ring(0, 0, text[5:] + bytes(9) + text[:5])
    yield "no-struct-no-run", ring(0, 0, text)
    yield "no-struct-two-runs", ring(0, 0, text[:9] + bytes(3) + text[9:20] + bytes(7) + text[20:])
    yield "no-struct-run-over-the-end", ring(0, 0, bytes(4) + text + bytes(4))
    yield "no-struct-all-zero", ring(0, 0, bytes(32))
    yield "wrong-magic", ring(3, len(text), room)
    yield "wrong-size", ring(5, len(text), room)
    yield "wrong-seqmod", ring(9, len(text), room)
    yield "four-times", ring(0x21, len(text), text)
    yield "priorities", ring(1, 90, b"<0>a\n<7>b\n<8>c\n<>d\n<x>e\n<12f\n<99999999999999999999>g\n"
                             b"<2147483648>h\n<2147483647>i\n<1>\n\n<118>" + bytes(30))
    yield "no-priorities", ring(1, 60, b"x5>a\n<1 >b\n<-1>c\n<1/>d\n<\n<1\n<>\n<1:>e\n< 1>f\n"
                                + bytes(30))
    yield "wseq-is-seqmod", ring(0x41, 0, room)
    yield "rseq-is-seqmod", ring(0x81, len(text), room)
    yield "rseq-most", ring(1, len(text), room, 16 * len(room) - 1)
    yield "no-newline-at-end", ring(1, 5, b"hello" + bytes(11))
    yield "nul-inside", ring(1, 11, b"hello\0there\n" + bytes(4))
    yield "high-bytes", ring(1, 40, bytes(range(128, 160)) + b"\n\x07\t" + bytes(8))
