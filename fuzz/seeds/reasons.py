# SPDX-License-Identifier: BSD-2-Clause
"""Why a seed is there, for series whose modules do not say it of each.

A row: target, pattern of its name, reason with the pattern's groups.
"""

import re

ROWS = (
    # faults
    ("session|elfsym|phdrs|open|calls|xlat", r"(?:(.*)-)?nomem-(\d+)",
        "allocation {2} fails: all that was taken is given back"),
    ("session|elfsym|phdrs|open|calls", r"(.*)-eio-(\d+)",
        "read {2} fails: IO, with the file's offset, and nothing is kept"),
    ("session", r"(.*)-short-(\d+)",
        "read {2} ends early: the file is as long as what it gives"),
    ("session", r"(.*)-lie-(\d+)", "read {2} claims more than was asked for: not believed"),
    (".*", r"(.*-)?a-byte-a-read", "a source that gives a byte a call: reads go on"),
    (".*", r"(.*-)?seven-bytes-a-read",
        "a source that gives seven bytes a call: reads go on"),
    (".*", r"(?:(.*)-)?limit-(allocation|memory|symbols|walk|findings|headers)",
        "the caller's limit of {2} is 1: LIMIT, and no more is used"),
    (".*", r"read-(\d)-fails", "read {1} of the kernel fails: IO"),
    ("phdrs", r"(first|second)-read-fails", "the {1} read fails: IO"),
    ("calls|phdrs|open", r"(?:(.*)-)?read-(?:fails-)?(\d+)-fails(?:-.*)?",
        "read {2} fails under way: IO comes through"),
    ("calls|phdrs|open", r"(?:(.*)-)?read-(\d+)-ends",
        "read {2} gives nothing: TRUNCATED, and no byte of it is used"),
    # dumps of the generator, by machine
    ("xlat|session|open|frame", r"(\w+?)-.*?refused-(.*)",
        "{1}, {2}: refused with the field's offset in the file"),
    ("xlat|session|open|frame", r"(\w+?)-(.*)avail-(absent|unterminated|zero-ranges|above.*)",
        "{1} {2}: its map of pages is {3} (D1, D2)"),
    ("xlat|session|open|frame", r"(\w+?)-(.*?)-?bits-(\d+)",
        "{1} {2}: {3} bits, the bitmap's end is inside a word (D6, D7)"),
    ("xlat", r"(amd64|arm|arm64|i386|mips|powerpc|powerpc64|riscv64|sparc64)-(.*)",
        "the generator's dump of {1}, {2}: each answer against the specification's walk"),
    ("frame", r"(amd64|arm|arm64|i386|mips|powerpc|powerpc64|riscv64|sparc64)-(.*)",
        "the generator's dump of {1}, {2}: fields and regions by the specification's offsets"),
    ("phdrs", r"(looks|ident|type|section|sections)-(.*)",
        "{1} {2}: each field is checked before what it counts or points to is read"),
    # answers of the public functions
    ("calls", r"(v\d|core)-ends-at-(\w+)",
        "the file ends at {2}: what is left is answered, the rest TRUNCATED"),
    ("calls", r"(msgbuf|panic|panicstr|version)-(.*)",
        "{1}, {2}: the text is found, or said to be lost"),
    ("calls", r"(vnet|dpcpu|scope|sets)\w*-(.*)",
        "set {1}, {2}: where the names of a set are, or that they are not known"),
    ("calls", r"(word|kernel|magic|core|alone|page-bytes|leader|provider)-(.*)",
        "{1}, {2}: which machine it is, or why it is refused"),
    # files cut short, headers put wrong
    ("session", r"v3-cut-(\w+)",
        "the file ends at {1}: TRUNCATED, what is before is answered"),
    ("session", r"v3-(\w+size|version|kernbase|dmapbase|dmapend)-(\w+)",
        "header field {1} is {2}: sizes and bases are checked against the file and each other"),
    ("session", r"not-(.*)", "{1}: no minidump of ours, told by name"),
    ("session", r"v3-(bitmap-of-ones|map-points-at-itself)",
        "{1}: work is bounded by the file, not by what it says"),
    ("session", r"v3-regions-above-4g",
        "bitmap, map and pages above 4 GiB: no offset is cut to 32 bits (D4)"),
    ("session", r"kernel-dump-header",
        "a kernel dump header with right parity, and nothing behind it"),
    ("session", r"rich-(cpu|vnet)-(.*)", "scope {1} {2}: which set a name is looked up in"),
    ("session", r"v3-(page|entry)-bytes", "option {1}_bytes that is none of this machine's"),
    ("session", r"(v3-select|v3-reads-at-the-edges)", "{1}: first, last and one beyond"),
    ("session", r"raw-minidump", "without KSF1 the input is the dump itself"),
    ("session", r"amd64-(.*)",
        "{1}: a sound dump, its answers are the specification's walk"),
    # index
    ("index", r"(le|be32|be64)-nbits-(\d+|all-ones|near-all-ones)",
        "{2} bits in order {1}: the last word and block are partly ours (D6, D7)"),
    ("index", r"(le|be32|be64)-(.*)", "{2} in order {1}: rank, select, test, count"),
    ("index", r"no-such-order", "an order of bits that there is not: USAGE"),
    # avail
    ("avail", r"two-holes.*|32-bit|pages-\d+k",
        "sound pairs of this width, order and page size (D1)"),
    ("avail", r"(unterminated|odd-bytes|half-a-pair|start-without-end)",
        "{1}: the array ends where its bytes do (D2)"),
    ("avail", r"implied.*", "no array: pages from 0 on, as versions before 3 have it"),
    ("avail", r"(.*)", "{1}: ranges that contradict themselves, or are at a limit"),
    # program headers
    ("phdrs", r"two-(\d+)-(be|le)", "both classes and byte orders: {1} bits, {2}"),
    ("phdrs", r"overlap-(.*)", "two segments, {1}: the earlier header wins where both are"),
    ("phdrs", r"(cut.*|table-.*|entry-size|count-.*)",
        "{1}: the table is checked against the file before it is read"),
    ("phdrs", r"(memsz-.*)", "{1}: bytes in memory that the file lacks are not there"),
    ("phdrs", r"(.*-wraps|.*-to-the-top|.*-all-ones)", "{1}: sums at 2^64"),
    # symbols of a kernel file
    ("elfsym", r"kernel-(sound|text|two-symtabs|symtab-and-dynsym|only-dynsym|xindex|shnum-in-section-0)",
        "a kernel file, {1}: which table is asked"),
    ("elfsym", r"kernel-(.*)",
        "a kernel file, {1}: BAD_KERNEL or no symbols, never a read outside"),
    ("elfsym", r"symbols-(.*)", "all names of the kernel of `{1}`"),
    # look-up
    ("merge", r"fails-(first|second)-pass",
        "the provider fails in the {1} pass: its status comes through"),
    ("merge", r"live.*", "a live kernel: VNET and DPCPU names are looked up by prefix"),
    ("merge", r"(.*)",
        "{1}: which of plain, VNET, DPCPU answers, and how many are missing (3(a) to 3(h))"),
    # messages
    ("messages", r"no-struct-(.*)",
        "the struct is lost, the ring has {1}: where does it begin?"),
    ("messages", r"wrong-(.*)", "{1} contradicts the ring: not believed"),
    ("messages", r"(.*)", "a ring, {1}: order, ends of lines, what is printed"),
)
COMPILED = [(re.compile(targets), re.compile(name), why) for targets, name, why in ROWS]


def of(target, name):
    """The reason; of a name without a row, the name says it all."""
    for targets, pattern, why in COMPILED:
        found = pattern.fullmatch(name)
        if targets.fullmatch(target) and found:
            said = ["" if group is None else group for group in found.groups()]
            return why.format("", *said)
    return name.replace("-", " ")
