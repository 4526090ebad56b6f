# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `util`: steps over the ground floor."""

import struct

ARITHMETIC, LOAD, VIEW, ALLOC, FREE, LIMITS, FIND, ERROR, SIZED, NAMES = (bytes((n,))
                                                                          for n in range(10))
TOP = 2**64
UNCOUNTED, FAILS = 4, 8
FILE, VA, ANEW, NO_MEMORY, ADD, LITTLE_MEMORY = 1, 2, 4, 8, 16, 32


def number(value):
    data = value.to_bytes(8, "little").rstrip(b"\0")
    return bytes((len(data),)) + data


def arithmetic(*threes, shift=12):
    return b"".join(ARITHMETIC + b"".join(map(number, three)) + bytes((shift,))
                    for three in threes)


def alloc(block, count, size, how=0):
    return ALLOC + bytes((block | how,)) + number(count) + number(size)


def limits(one, all_):
    return LIMITS + number(one) + number(all_)


def find(how, adds, limit=0, base=0):
    return FIND + bytes((how, adds - 1)) + (bytes((limit,)) + number(2 * base) if how & ANEW else b"")


def error(text, sys_errno=5, at=0x1234, how=0):
    return ERROR + bytes((how, sys_errno)) + number(at) + number(len(text)) + text


def sized(size, known, at):
    return SIZED + number(size) + bytes((known,)) + number(at)


def numbers():
    near = (0, 1, 2, 0xFFF, 0x1000, 0x1001, 2**32 - 1, 2**32, 2**63, TOP - 0x1000, TOP - 2, TOP - 1)
    for a in near:
        yield "arithmetic-%x" % a, arithmetic(*((a, b, b + 1 if b < TOP - 1 else b) for b in near)), \
            "sums, products and bounds by bytes"
    for a, b in ((2**32, 2**32 - 1), (2**32, 2**32), (3, (TOP - 1) // 3), (3, (TOP - 1) // 3 + 1)):
        yield "product-%x-%x" % (a, b), arithmetic((a, b, 0), (b, a, 0)), "at 2^64 exactly"
    for shift in (0, 1, 12, 63):
        yield "round-up-%d" % shift, arithmetic(
            *((value % TOP, 0, 0) for value in (0, 1, 2**shift, 2**shift + 1, TOP - 2**shift,
                                                TOP - 2**shift + 1, TOP - 1)), shift=shift), \
            "the last multiple, and one more"
    yield "within-to-the-end", arithmetic((0, 0, 0), (5, 5, 10), (5, 6, 10), (11, 0, 10),
                                          (10, 0, 10), (1, TOP - 1, 10)), "start, length, size"
    data = bytes((0x81, 0x02, 0xF3, 4, 5, 6, 7, 0x98))
    yield "loads", b"".join(LOAD + bytes((width - 1 | order,)) + data[:width]
                            for width in range(1, 9) for order in (0, 8)), "each width, both orders"
    field = b"".join(number(at) + bytes((width - 1,)) for at, width in
                     ((0, 8), (9, 4), (13, 1), (12, 1), (12, 2), (TOP - 1, 8), (14, 1)))
    for order in (0, 8):
        yield "view-%d" % order, VIEW + bytes((order | 6, 13)) + number(0x1000) + bytes(range(13)) \
            + field, "the first field beyond the end is remembered"
    yield "view-empty", VIEW + bytes((0, 0)) + number(0) + number(0) + bytes((0,)), "no bytes"


def memory():
    yield "alloc-within", limits(64, 100) + alloc(0, 8, 8) + alloc(1, 36, 1) + alloc(2, 0, 8) \
        + alloc(3, 1, 1), "up to the limit in all"
    yield "alloc-one-too-large", limits(64, 1000) + alloc(0, 65, 1) + alloc(0, 64, 1), "at once"
    yield "alloc-given-back", limits(64, 64) + alloc(0, 64, 1) + alloc(1, 1, 1) + FREE + b"\0" \
        + alloc(1, 64, 1), "freed bytes count no more"
    yield "alloc-again", limits(64, 64) + b"".join(alloc(n % 4, 16, 1) for n in range(12)), \
        "each block's size goes back"
    yield "alloc-no-memory", limits(TOP - 1, TOP - 1) + alloc(0, 7, 3, FAILS) + alloc(0, 7, 3), \
        "nothing is counted"
    yield "alloc-product-wraps", limits(TOP - 1, TOP - 1) + alloc(0, 2**33, 2**31) \
        + alloc(0, 2**32 + 1, 2**32) + alloc(1, 2**32 + 1, 2**32, UNCOUNTED), "count by bytes"
    for less in (1, 8, 15, 16, 17, 24, 32, 63):
        yield "alloc-prefix-wraps-%d" % less, limits(TOP - 1, TOP - 1) + alloc(0, 1, TOP - less) \
            + alloc(1, 1, TOP - less, UNCOUNTED), "the block and its prefix are more than there is"
    yield "alloc-used-and-more-wraps", limits(TOP - 1, TOP - 1) + alloc(0, 64, 1) \
        + alloc(1, 1, TOP - 64), "used plus asked is beyond 2^64"
    yield "alloc-uncounted", limits(1, 1) + alloc(0, 64, 8, UNCOUNTED) + alloc(1, 1, 1) \
        + alloc(2, 1, 1) + FREE + b"\0", "a budget of NULL has no limits"
    yield "alloc-limit-above-used", limits(64, 32) + alloc(0, 33, 1) + alloc(0, 32, 1), "in all"


def findings():
    yield "find-none", find(ANEW, 3, limit=0), "none is kept, three are counted"
    yield "find-one", find(ANEW, 1, limit=1) + find(0, 1) + find(0, 40), \
        "the last place counts the others"
    for limit in (2, 15, 16, 17, 33):
        yield "find-%d" % limit, find(ANEW, limit, limit=limit) + find(0, 1) + find(0, 2), \
            "full, then one more, then more"
    yield "find-grows", find(ANEW, 16, limit=60) + find(0, 1) + find(0, 16) + find(0, 10), \
        "the list doubles"
    yield "find-file-base", find(ANEW | FILE, 2, limit=9, base=0x200) + find(VA, 1) \
        + find(ADD | FILE, 2) + find(ADD | VA, 1) + find(0, 1), "offsets count from the file's start"
    yield "find-no-memory", find(ANEW | NO_MEMORY, 2, limit=9) + find(0, 3), \
        "lost ones are counted; later ones are kept"
    yield "find-no-memory-to-grow", find(ANEW, 16, limit=60) + find(NO_MEMORY, 3) + find(0, 60), \
        "the old list stays"
    yield "find-budget", find(ANEW | LITTLE_MEMORY, 17, limit=60) + find(0, 3), \
        "the budget ends before the list"
    yield "find-budget-anew", find(ANEW, 40, limit=60) + find(ANEW, 2, limit=3), \
        "the budget gets all back"


def words():
    yield "error-plain", error(b"map: it ends"), "text as it is"
    yield "error-empty", error(b"", how=1), "no text; no err; a format that fails"
    yield "error-controls", error(b"name '\x1b[0m\x7f\xff\n'"), "escaped"
    for len_ in (228, 229, 230, 231, 232, 233, 500):
        yield "error-of-%d" % len_, error(b"x" * len_), "cut to its room"
        yield "error-of-%d-escaped" % len_, error(b"x" * (len_ - 3) + b"\n\n\n", 0), \
            "an escape is cut as a whole"
    yield "error-all-escaped", error(b"\x01" * 300), "cut to its room"
    yield "error-errno-none", error(b"it", 0), "no system call failed"
    yield "error-errno-unknown", error(b"it", 255), "a number in place of words"
    for len_ in (201, 202, 203, 204, 300, 400):
        yield "error-file-of-%d" % len_, error(b"a" * (len_ - 4) + b"name", 255), \
            "a file's name is cut in front, its reason never"
    yield "error-file-cyrillic", error("\u0434\u0430\u043c\u043f".encode() * 28, 255), \
        "four bytes of room for one of the name"
    yield "error-file-that-lies", error(b": cannot be opened: errno 2", 255), "a name like our words"
    yield "error-errno-no-room", error(b"x" * 225, 255), "words of errno are cut"
    known = struct.calcsize("N")
    for size, at in ((0, 0), (known + 15, 0), (known + 16, 0), (known + 16, known + 16),
                     (known + 17, known + 16), (known + 17, known + 17), (4096, 4095), (4096, 4096),
                     (4097, 0), (TOP // 2, 0), (4096, 0), (200, 199), (200, 10)):
        yield "sized-%x-%x" % (size, at), sized(size, 16, at), "a later header's struct"
    for status in (0, 99, 100, 200, 201, 202, 300, 301, 400, 401, 500, 501, 502, 503, 504, 505, 506,
                   507, 600, 601):
        yield "status-%d" % status, NAMES + number(status) + b"kldsym".ljust(11, b"\0"), "its name"
    for machine in ("amd64", "arm", "arm64", "i386", "mips", "powerpc", "powerpc64", "riscv64",
                    "sparc64", "", "vax", "mips64", "amd6"):
        yield "has-%s" % (machine or "nothing"), \
            NAMES + number(0) + machine.encode().ljust(11, b"\0"), "the machines of this build"


def seeds():
    yield from numbers()
    yield from memory()
    yield from findings()
    yield from words()
