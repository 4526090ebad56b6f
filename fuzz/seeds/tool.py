# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `tool`: command lines, on sound and on damaged dumps."""

from gen import amd64, amd64_core, arm, arm64, ksf, mips, powerpc64_radix, riscv64, sparc64
from gen.pieces import from_bytes

from records import (BITS, CHUNK, FAIL_ALLOCATION, FAIL_READ, LIE_READ, SHORT, SYMBOLS, WALK, length,
                     option, patch, run)

ARGUMENTS = 2  # the file that holds them
OUTPUT_TERMINAL, ERRORS_TERMINAL, OUTPUT_DUMP, OUTPUT_SMALL, JSON_FAILS, OUTPUT_ONCE = \
    1, 2, 4, 8, 16, 32

VA, PA = "0xfffffe0000005123", "0x4000"
FORMATS = ("--raw", "--hex", "--u8", "--u16", "--u32", "--u64", "--string")
COMMANDS = {
    "info": "info DUMP", "check": "check DUMP", "read": "read DUMP %s 32" % VA,
    "read-phys": "read DUMP --phys %s 64" % PA, "translate": "translate DUMP %s 0 0x1000" % VA,
    "pages": "pages DUMP", "mappings": "pages --mappings DUMP", "dmesg": "dmesg DUMP",
    "symbols": "symbols -N KERNEL DUMP hz",
}


def words(*args):
    return patch(0, b"".join((arg if isinstance(arg, bytes) else arg.encode()) + b"\0"
                             for arg in args), file=ARGUMENTS)


def line(text):
    return words(*text.split())


def plain(dump):
    """Dump and kernel without what else the generator asks of them."""
    files = [(dump.piece, 0)]
    if dump.kernel is not None:
        files.append((from_bytes(dump.kernel) if isinstance(dump.kernel, bytes) else dump.kernel, 1))
    return ksf.encode(files, [])


def dumps():
    """By name, from modules whose dumps are asked for."""
    return {dump.name: dump for module in (amd64, amd64_core, arm, arm64, mips, powerpc64_radix,
                                           riscv64, sparc64)
            for dump in module.dumps() if dump.piece is not None}


def usage(base):
    """What is refused, and what only looks as if."""
    for name, text in (
            ("nothing", ""), ("help", "--help"), ("help-letter", "-h"), ("version", "--version"),
            ("help-of-nothing", "nosuch --help"), ("version-wins-not", "--version --help"),
            ("no-such-command", "nosuch DUMP"), ("no-such-option", "info DUMP --bogus"),
            ("no-such-letter", "info -x DUMP"), ("letters-together", "info -qx DUMP"),
            ("argument-missing", "info DUMP -M"), ("long-argument-missing", "info DUMP --arch"),
            ("argument-not-taken", "info DUMP --quiet=1"), ("abbreviated", "info --js DUMP"),
            ("ambiguous", "read --u DUMP 0 1"), ("two-formats", "read DUMP 0 8 --u8 --hex"),
            ("format-and-json", "read DUMP 0 8 --u64 --json"), ("no-dump", "info"),
            ("no-length", "read DUMP 0"), ("too-many", "read DUMP 0 8 9"),
            ("option-of-another", "info DUMP --phys"), ("behind-dashes", "info -- DUMP"),
            ("dashes-end-options", "info -- --json"), ("raw-and-kernel", "dmesg DUMP --raw --kernel"),
            ("json-and-kernel", "dmesg DUMP --json --kernel"), ("no-kernel", "symbols hz"),
            ("no-names", "symbols -N KERNEL"), ("file-missing", "info nosuch"),
            ("kernel-missing", "info DUMP -N nosuch"), ("dump-is-no-operand", "info -M DUMP"),
            ("dump-twice", "info -M DUMP DUMP"), ("arch-unknown", "info DUMP --arch vax"),
            ("arch", "info DUMP --arch amd64"), ("arch-of-another", "info DUMP --arch arm64"),
            ("page-size", "info DUMP --page-size 4096"), ("page-size-odd", "info DUMP --page-size 3"),
            ("page-size-large", "info DUMP --page-size 4294967296"),
            ("entry-size", "info DUMP --entry-size 8"), ("cpu", "symbols -N KERNEL --cpu -1 hz"),
            ("vnet", "symbols -N KERNEL --vnet vnet0 hz"), ("empty-words", "info DUMP --json -q"),
            ("json-first", "--json info DUMP"), ("json-mistake", "--json info DUMP --phys"),
            ("symbol-without-kernel", "read DUMP hz 8"), ("symbol-is-virtual",
             "read -N KERNEL --phys DUMP hz 8"), ("odd-length", "read DUMP 0 9 --u64")):
        yield "usage-" + name, base + line(text), "arguments"
        yield "usage-%s-json" % name, base + line(text + " --json"), "an error as JSON"
    for number in ("", "0x", "0X10", "016", "+1", "-1", "1e3", "18446744073709551615",
                   "18446744073709551616", "0xffffffffffffffff", "0x10000000000000000", "9z", "hz+",
                   "hz+0x10", "hz+hz", "+hz", "\u00e9"):
        yield "number-%s" % number.encode().hex(), base + words("read", "DUMP", number, "8"), \
            "an address as typed"
        yield "length-%s" % number.encode().hex(), base + words("read", "DUMP", VA, number), \
            "a length as typed"
    for text, name in ((b"\x1b]0;\x07", "escape"), (b"\xff\x80", "high"), (b"a\nb\tc", "lines"),
                       (b"x" * 300, "long"), (b"\n" * 200, "long-lines"), (b"%n%s", "percent")):
        yield "hostile-name-" + name, base + words("info", text), "a name drives no terminal"
        yield "hostile-dump-" + name, base + words("info", "-M", text, "--json"), "in JSON neither"
        yield "hostile-command-" + name, base + words(text, "DUMP"), "in a usage error neither"
        yield "hostile-symbol-" + name, base + words("symbols", "-N", "DUMP", text), "nor there"
        yield "hostile-address-" + name, base + words("translate", "DUMP", text), "nor there"


def formats(base, full):
    for format_ in FORMATS:
        yield "read%s" % format_, base + line("read DUMP --phys %s 64 %s" % (PA, format_)), \
            "the same bytes in each format"
        yield "read%s-over-the-end" % format_, base + line("read DUMP --phys 0x4fe4 64 " + format_), \
            "what is there comes before the error"
    yield "read-a-cut-number", base + line("read DUMP --phys 0x4ff1 24 --u64"), "named on stderr"
    yield "read-a-row-and-a-half", base + line("read DUMP --phys 0x4008 24"), "rows from any address"
    yield "read-none", base + line("read DUMP --phys 0x4000 0"), "no bytes are no error"
    yield "read-swapped", base + line("read DUMP 64 0xfffffe0000005123"), "ADDRESS before LENGTH"
    yield "read-over-the-top", base + line("read DUMP 0xfffffffffffffff8 64"), "addresses end"
    yield "read-phys-over-the-top", base + line("read DUMP --phys 0xfffffffffffffff8 64"), "so here"
    yield "read-json-bytes", base + line("read DUMP --phys 0x4000 16 --json"), "two digits a byte"
    for order in ("0x20000", "0x1fff1"):
        yield "core-read-" + order, full + line("read DUMP --phys %s 32 --u32" % order), "a core"


def faults(base, full, rich):
    for name, text in COMMANDS.items():
        for n in (1, 2, 3, 5, 8, 13):
            yield "%s-nomem-%d" % (name, n), base + option(FAIL_ALLOCATION, n) + line(text), \
                "no answer, no crash"
        yield "%s-eio" % name, base + option(FAIL_READ, 4) + line(text), "a failing disk"
        yield "%s-output-dump" % name, base + option(BITS, OUTPUT_DUMP) + line(text + " --json"), \
            "output never goes into the dump"
        yield "%s-output-fails-once" % name, base + option(BITS, OUTPUT_ONCE) + line(text), \
            "what came late may lack its middle"
        for most in (0, 1, 100, 1000):
            yield "%s-output-%d" % (name, most), \
                base + option(BITS, OUTPUT_SMALL | most << 8) + line(text + " --json"), \
                "what cannot be written is exit 4"
        for n in (1, 2, 3, 4, 5, 7, 9, 12, 16, 20, 25, 30, 40, 50):
            yield "%s-json-nomem-%d" % (name, n), \
                base + option(BITS, JSON_FAILS | n << 32) + line(text + " --json"), \
                "jansson without memory"
    yield "read-lie", base + option(LIE_READ, 3) + line(COMMANDS["read"]), "a source that lies"
    yield "read-short", base + option(SHORT, 3) + line(COMMANDS["read"]), "a file that shrank"
    yield "info-a-byte-a-read", base + option(CHUNK, 1) + line("info DUMP"), "slow sources"
    for bits in (OUTPUT_TERMINAL, ERRORS_TERMINAL, OUTPUT_TERMINAL | ERRORS_TERMINAL):
        for text in ("read DUMP --phys 0x4000 64 --raw", "dmesg DUMP --raw", "pages DUMP -q",
                     "pages DUMP", "read DUMP --phys 0x4000 64"):
            yield "terminal-%d-%s" % (bits, text.replace(" ", "-")), \
                base + option(BITS, bits) + line(text), "--raw is refused, the bar is for terminals"
    for n in (10, 20, 40, 60, 100):
        yield "full-json-nomem-%d" % n, \
            full + option(BITS, JSON_FAILS | n << 32) + line("info -N KERNEL DUMP --json"), "likewise"
    yield "rich-symbols-nomem", rich + option(BITS, JSON_FAILS | 9 << 32) \
        + line("symbols -N KERNEL DUMP hz ticks --json"), "likewise"


def damaged(base):
    for name, change in (
            ("cut", length(0x8800)), ("cut-header", length(60)), ("cut-map", length(0x4800)),
            ("empty", length(0)), ("magic", patch(0, b"m")), ("version", patch(24, b"\x09")),
            ("bitmap-too-large", patch(32, b"\xff\xff\xff\x7f")),
            ("map-too-large", patch(36, b"\0\xf0\xff\xff")),
            ("map-points-at-itself", run(0x4000, 512, 3, 0x3063, 0)),
            ("bitmap-of-ones", run(0x3000, 512, 3, 2**64 - 1, 0) + length(1 << 30)),
            ("walk-limit", option(WALK, 1)), ("gzip", patch(0, b"\x1f\x8b\x08\0")),
            ("text-dump", patch(0, b"FreeBSD Text Dump"))):
        for command in ("info", "check", "pages", "mappings", "dmesg", "read", "translate"):
            yield "damaged-%s-%s" % (name, command), base + change + line(COMMANDS[command]), \
                "exit code and words fit what is wrong"


def systems(rich, full):
    kernel = "-N KERNEL DUMP "
    for name, text in (
            ("info", "info " + kernel), ("check", "check " + kernel), ("dmesg", "dmesg " + kernel),
            ("dmesg-kernel", "dmesg --kernel " + kernel), ("dmesg-raw", "dmesg --raw " + kernel),
            ("symbols", "symbols %s hz _hz both _both ifnet ticks an_absolute bss_word kernel.c "
             "text_start no_such" % kernel),
            ("symbols-all", "symbols %s hz ifnet ticks" % kernel),
            ("symbols-linked", "symbols -N KERNEL hz ifnet ticks"),
            ("symbols-cpu-1", "symbols %s --cpu 1 ticks name" % kernel),
            ("symbols-cpu-9", "symbols %s --cpu 9 ticks" % kernel),
            ("symbols-vnet", "symbols %s --vnet 0x1000 ifnet" % kernel),
            ("read-symbol", "read %s version 17" % kernel),
            ("read-symbol-string", "read %s version 100 --string" % kernel),
            ("read-symbol-offset", "read %s allproc+8 8 --u64" % kernel),
            ("read-symbol-wraps", "read %s hz+0xffffffffffffffff 8" % kernel),
            ("read-symbol-missing", "read %s nosuch 8" % kernel),
            ("translate-symbols", "translate %s hz hz+4 nosuch 0" % kernel),
            ("translate-wraps", "translate %s hz+0xffffffffffffffff" % kernel),
            ("mappings", "pages --mappings " + kernel), ("pages", "pages " + kernel)):
        yield "rich-" + name, rich + line(text), "a whole system"
        yield "full-" + name, full + line(text), "a core and its kernel"
    hostile = rich + patch(0x1010, b'\x1b]0;\x07\x9b\xa0\xff\x7f\\\t~"\xe9')
    for text in ("dmesg DUMP", "dmesg --json DUMP", "dmesg --raw DUMP"):
        yield "rich-hostile-" + text.split()[1].strip("-"), hostile + line(text), \
            "bytes of the ring drive no terminal"
    yield "rich-cut", rich + length(0x8000) + line("check -N KERNEL DUMP"), "with its kernel"
    for name in ("rich", "full"):
        yield name + "-kernel-too-large", (rich if name == "rich" else full) + option(SYMBOLS, 2) + \
            line("info " + kernel), "the message names the kernel file"
    yield "rich-kernel-is-none", rich + patch(0, b"ELF?", 1) + line("info " + kernel), \
        "the message names the kernel file"
    yield "rich-gzip-and-kernel", rich + patch(0, b"\x1f\x8b\x08\0") + line("info " + kernel), \
        "the message names the dump"
    yield "kernel-as-dump", full + line("info KERNEL"), "not a dump"
    yield "dump-as-kernel", full + line("info -N DUMP DUMP"), "not a kernel"


def seeds():
    all_ = dumps()
    base, full, rich = (plain(all_[name])
                        for name in ("amd64-v3-example", "amd64-full-example", "amd64-v3"))
    for name, text in COMMANDS.items():
        yield name, base + line(text), "each command"
        yield name + "-json", base + line(text + " --json"), "each command"
    pages = {"arm-v1-big-example": "0x10001000", "powerpc64-v2-radix-be-example": "0x1000"}
    for name in ("arm-v1-big-example", "arm-v2-example", "powerpc64-v2-radix-be-example",
                 "powerpc64-v2-radix-le-example", "amd64-v1-example", "amd64-v3-empty",
                 "amd64-v3-no-map", "amd64-v3-above-4g", "amd64-full-la57"):
        for command in ("info", "check", "mappings", "pages"):
            yield "%s-%s" % (name, command), plain(all_[name]) + line(COMMANDS[command]), "a machine"
        for format_ in ("--u16", "--u32", "--u64"):
            yield name + format_, plain(all_[name]) + line("read DUMP --phys %s 64 %s" % (
                pages.get(name, "0x4000"), format_)), "numbers in the dump's byte order"
    yield from usage(base)
    yield from formats(base, full)
    yield from faults(base, full, rich)
    yield from damaged(base)
    yield from systems(rich, full)
    yield "no-arguments", base, "info DUMP"
