# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `session`: whole dumps, faults and limits."""

import struct

from gen import amd64, amd64_avail, amd64_core, ksf

from records import (ALLOCATION, CHUNK, CPU, ENTRY_BYTES, FAIL_ALLOCATION, FAIL_READ, FINDINGS, HEADERS,
                     LIE_READ, MEMORY, PAGE_BYTES, SELECT, SHORT, SYMBOLS, VNET, WALK, length, option,
                     patch, run)


def kernel_dump_header():
    """Version 4, parity right; nothing sound behind it."""
    head = bytearray(512)
    head[0:19] = b"FreeBSD Kernel Dump"
    head[20:25] = b"amd64"
    struct.pack_into(">II", head, 32, 4, 2)
    struct.pack_into(">QQII", head, 40, 0x9000, 1700000000, 0, 512)
    head[320:325] = b"panic"
    words = struct.unpack(">128I", head)
    parity = 0
    for word in words:
        parity ^= word
    struct.pack_into(">I", head, 508, parity)
    return bytes(head)


def seeds():
    all_ = {dump.name: dump for module in (amd64, amd64_avail, amd64_core)
            for dump in module.dumps() if dump.piece is not None}
    small = [name for name in sorted(all_) if name.endswith("-example")
             or name in ("amd64-v3-above-4g", "amd64-v3-empty", "amd64-v3-no-map", "amd64-v3-la57",
                         "amd64-v2-ring32-struct", "amd64-full-overlap-tail", "amd64-v3-shared-page")]
    for name in small:
        yield name, all_[name].seed_bytes()
    base, rich, full = (all_[name].seed_bytes()
                        for name in ("amd64-v3-example", "amd64-v3", "amd64-full-example"))
    end = all_["amd64-v3-example"].piece.length
    for n in range(1, 12):
        yield "v3-nomem-%d" % n, base + option(FAIL_ALLOCATION, n)
        yield "full-nomem-%d" % n, full + option(FAIL_ALLOCATION, n)
    for n in range(1, 10):
        yield "v3-eio-%d" % n, base + option(FAIL_READ, n)
        yield "full-eio-%d" % n, full + option(FAIL_READ, n)
        yield "v3-short-%d" % n, base + option(SHORT, n)
    for n in (1, 3, 6):
        yield "v3-lie-%d" % n, base + option(LIE_READ, n)
    for n in range(20, 60, 8):
        yield "rich-eio-%d" % n, rich + option(FAIL_READ, n)
    yield "v3-a-byte-a-read", base + option(CHUNK, 1)
    yield "v3-seven-bytes-a-read", base + option(CHUNK, 7)
    yield "full-seven-bytes-a-read", full + option(CHUNK, 7)
    for number, what in ((ALLOCATION, "allocation"), (MEMORY, "memory"), (SYMBOLS, "symbols"),
                         (WALK, "walk"), (FINDINGS, "findings"), (HEADERS, "headers")):
        yield "v3-limit-" + what, base + option(number, 1)
        yield "full-limit-" + what, full + option(number, 1)
    yield "v3-page-bytes", base + option(PAGE_BYTES, 16384)
    yield "v3-entry-bytes", base + option(ENTRY_BYTES, 4)
    for size in (1, 2048, 4095, 4097, 8192, 12288, 0x80000000, 0xFFFFFFFF):
        yield "v3-page-bytes-%x" % size, base + option(PAGE_BYTES, size), "USAGE where no machine has it"
    for size in (1, 3, 5, 8, 32, 0x80000004):
        yield "v3-entry-bytes-%x" % size, base + option(ENTRY_BYTES, size), \
            "USAGE where no machine has it"
    yield "rich-cpu-1", rich + option(CPU, 1)
    yield "rich-cpu-none", rich + option(CPU, 0xFFFFFFFF)
    yield "rich-vnet-none", rich + option(VNET, 0x1000)
    for at in range(0x800, end, 0x800):
        yield "v3-cut-%x" % at, base + length(at)
    for at in (0, 1, 8, 24, 63, 67, 68):
        yield "v3-cut-%x" % at, base + length(at)
    for name, offset, width in all_["amd64-v3-example"].fields:
        for value in (0, 1, 0xFFF, 0x1001, 1 << 31, (1 << 32) - 1):
            yield "v3-%s-%x" % (name, value), base + patch(offset, value.to_bytes(width, "little"))
    yield "v3-regions-above-4g", base + patch(28, (0xFFFFF000).to_bytes(4, "little")) \
        + length(1 << 34)
    yield "v3-bitmap-of-ones", base + run(0x3000, 512, 3, 2**64 - 1, 0) + length(1 << 30)
    yield "v3-map-points-at-itself", base + run(0x4000, 512, 3, 0x3063, 0)
    yield "v3-select", base + b"".join(ksf.op(SELECT, n) for n in (0, 1, 3, 4, 2**64 - 1))
    yield "v3-reads-at-the-edges", base + b"".join(
        ksf.op(ksf.READ, va, count) for va, count in
        ((0xFFFFFE00001FFFF8, 16), (0xFFFFFFFFFFFFFFF8, 16), (0xFFFFF80000008FF8, 16),
         (0xFFFFFE0000200000, 8192), (0, 1), (0xFFFFFE0000005000, 0)))
    for data, what in ((b"\x1f\x8b\x08\0", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"),
                       (b"FreeBSD Text Dump", "text-dump"), (b"Cleared Kernel Dump", "cleared"),
                       (b"minidump FreeBSD/vax", "unknown-machine"), (b"", "empty")):
        yield "not-" + what, b"KSF1" + patch(0, data) + length(4096 if data else 0)
    yield "raw-minidump", all_["amd64-v2-example"].piece.get(0, 0x48)
    yield "kernel-dump-header", b"KSF1" + patch(0, kernel_dump_header()) + length(0x20000)
