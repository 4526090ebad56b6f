# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `source`: calls that fail, lie, end early and are interrupted."""

import struct

FILE, FOLDER, PIPE, CHARACTER, BLOCK = range(5)
OPEN, STAT, CUR, END, SET = range(1, 6)
WORDS, WORDS_VA, WORDS_BARE, NO_ERR, NO_CLOSE, NO_READ, LAST_BYTE = (1 << n for n in range(7))
MORE, LESS = 64, 128 + 64  # and a power of two
EINTR, UNKNOWN = 4, 255  # an errno that no system has

READS = struct.pack("<HBHBHB", 0, 16, 60, 16, 90, 100)
DATA = bytes(range(100))


def made(chunk=0, fails=0, lies=0, ends=0, offset=0, kind=FILE, call=0, flags=0, why=0,
         interrupts=0, allocation=0, more=0, ops=0, data=DATA, reads=READS):
    return struct.pack("<HBBBHBBBBBBBH", chunk, fails, lies, ends, offset, len(reads) // 3,
                       kind | call << 3, flags, why, interrupts, allocation, more, ops) \
        + reads + data


def callbacks():
    yield "whole", made(), "each source gives what memory gives"
    yield "one-byte-a-call", made(chunk=1), "reads go on until all is there"
    yield "seven-bytes-a-call", made(chunk=7), "reads go on until all is there"
    yield "first-fails", made(fails=1), "the caller's status comes through, with our words"
    yield "later-fails", made(chunk=7, fails=4), "what came before stays"
    yield "fails-in-a-window", made(chunk=7, fails=80, offset=20), "errors count from its start"
    for fails in (1, 55, 70):
        yield "words-of-the-caller-%d" % fails, made(chunk=7, fails=fails, offset=20, flags=WORDS), \
            "the caller's own words; at lies before the window, so it stays"
        yield "words-in-a-window-%d" % fails, \
            made(chunk=7, fails=fails, offset=20, flags=WORDS, more=MORE | 5), \
            "at lies in the window and is made its own"
        yield "words-about-an-address-%d" % fails, \
            made(chunk=7, fails=fails, offset=20, flags=WORDS | WORDS_VA, more=MORE | 5), \
            "an address is no offset of the window's"
        yield "words-at-its-start-%d" % fails, \
            made(chunk=7, fails=fails, offset=7, flags=WORDS), "at is the first of the window"
        yield "nobody-wants-words-%d" % fails, \
            made(chunk=7, fails=fails, offset=20, flags=WORDS | NO_ERR), "err is NULL"
    yield "bare-words", made(fails=1, flags=WORDS_BARE), "no NUL and not printable"
    yield "nobody-wants-to-know", made(fails=1, flags=NO_ERR), "err is NULL"
    yield "lies", made(lies=1), "more than asked for is an error of the callback"
    yield "lies-later", made(chunk=3, lies=5), "more than asked for is an error of the callback"
    yield "lies-in-a-window", made(chunk=7, lies=80, offset=20), "errors count from its start"
    yield "ends", made(ends=1), "0 bytes end the source"
    yield "ends-later", made(chunk=9, ends=3), "0 bytes end the source"
    yield "no-close", made(flags=NO_CLOSE), "close may be NULL"
    yield "no-read-function", made(flags=NO_READ), "read_at is needed"
    size = struct.calcsize("PPP")
    for ops in (1, 11, 23, 31, 32, 4096, 4097, 65535):
        yield "struct-of-%d" % ops, made(ops=ops), "its size says which header made it"
        yield "struct-of-%d-last-byte-set" % ops, made(ops=ops, flags=LAST_BYTE), \
            "a field that we do not know is used"
    yield "struct-one-longer-set", made(ops=size + 1, flags=LAST_BYTE), "the first unknown byte"


def descriptors():
    yield "offset", made(offset=50), "a dump behind other data"
    yield "offset-at-end", made(offset=100), "nothing is left"
    yield "offset-beyond", made(offset=101), "USAGE"
    for call, name in ((OPEN, "open"), (STAT, "fstat"), (CUR, "lseek-cur"), (END, "lseek-end"),
                       (SET, "lseek-set")):
        for kind, what in ((FILE, "file"), (CHARACTER, "character"), (BLOCK, "block")):
            yield "%s-fails-%s" % (name, what), made(kind=kind, call=call, why=13), \
                "the errno comes through; a path's descriptor is closed"
    yield "folder", made(kind=FOLDER), "a file or a disk expected"
    yield "pipe", made(kind=PIPE), "a file or a disk expected"
    yield "character", made(kind=CHARACTER), "a disk of FreeBSD's"
    yield "character-empty", made(kind=CHARACTER, data=b""), "a terminal, not a disk"
    yield "block", made(kind=BLOCK), "the position is put back"
    yield "block-empty", made(kind=BLOCK, data=b""), "a disk without a medium"
    yield "block-offset", made(kind=BLOCK, offset=33), "a dump in the middle of a disk"
    yield "negative-size", made(more=LESS | 20), "no file has less than nothing"
    yield "fstat-says-less", made(more=LESS | 4), "grew since: not beyond the length that was said"
    for shift in (0, 5, 12, 29, 30, 31, 32, 40, 62):
        yield "fstat-says-%d-more" % shift, made(more=MORE | shift), \
            "shrank since: TRUNCATED where the bytes end"
    yield "disk-says-40-more", made(kind=BLOCK, more=MORE | 40), "a disk that lies"
    yield "long-and-fails", made(more=MORE | 40, chunk=60, fails=9, offset=10), \
        "what cannot be read is no end"
    yield "interrupted", made(interrupts=3), "EINTR is asked again"
    yield "interrupted-each-byte", made(chunk=1, interrupts=255), "EINTR is asked again"
    for fails in (1, 2, 9, 20):
        yield "pread-%d-fails" % fails, made(chunk=30, fails=fails, offset=10, why=28), \
            "IO with errno at the source's own offset"
        yield "pread-%d-ends" % fails, made(chunk=30, ends=fails, offset=10), "shrank: TRUNCATED"
    yield "errno-unknown", made(fails=1, why=UNKNOWN), "a number in place of its words"
    yield "no-memory", made(allocation=1), "NO_MEMORY; a path's descriptor is closed"
    yield "empty", made(data=b"", reads=b""), "a source of 0 bytes"
    yield "one-byte", made(data=b"x", reads=b"\0\0\1"), "a source of one byte"


def seeds():
    yield from callbacks()
    yield from descriptors()
