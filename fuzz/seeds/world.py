# SPDX-License-Identifier: BSD-2-Clause
"""Inputs of the target `calls`: told lines, and small dumps with what a caller's symbols lead to."""

import re
import struct

from gen import elf

from records import length, patch

DMAP, KERNBASE, PAGE = 0xFFFFF80000000000, 0xFFFFFE0000000000, 0x1000
MAGIC = 0x063062


def told(lines, ksf=b"KSF1"):
    """An input whose answers are binding: its first line is the sum of the rest."""
    body = "".join(line + "\n" for line in lines).encode() + ksf
    total = 2166136261
    for byte in body:
        total = (total ^ byte) * 16777619 & 0xFFFFFFFF
    return b"told %08x\n" % total + body


def u32(*values):
    return struct.pack("<%dI" % len(values), *values)


def u64(*values):
    return struct.pack("<%dQ" % len(values), *values)


def msgbuf(ring, wseq, va=DMAP, rseq=0, size=None, seqmod=None, magic=MAGIC, total=None):
    """struct msgbuf of a 64-bit kernel; sys/sys/msgbuf.h."""
    size = len(ring) if size is None else size
    return u64(va) + u32(magic, size, wseq, rseq, sum(ring) if total is None else total,
                         16 * size & 0xFFFFFFFF if seqmod is None else seqmod)


def patches(at, data):
    """DATA records of all but the longer runs of zeros."""
    return b"".join(patch(at + part.start(), part.group())
                    for part in re.finditer(rb"(?:(?!\0{32}).)+", data, re.DOTALL))


class World:
    """An amd64 minidump of versions 2 and 3 with a direct map, and pages by physical address."""

    def __init__(self, pages=(), version=2, ring=b"", tail=b"", avail=(), base=0,
                 avail_bytes=None, **header):
        self.pages = dict(pages)
        self.version, self.ring, self.tail, self.avail = version, ring, tail, avail
        self.base = base          # where in the file it begins
        self.header = dict(dict(msgbuf=len(ring), bitmap=PAGE, map=PAGE,
                                avail=PAGE * (version > 2) if avail_bytes is None else avail_bytes,
                                kernbase=KERNBASE, dmap=DMAP, dmapend=DMAP + (1 << 42)), **header)
        self.lead = b""

    def at(self, region):
        """Where a region begins in the file."""
        sizes = [PAGE] + [-(-self.header[name] // PAGE) * PAGE
                          for name in ("msgbuf", "avail", "bitmap", "map")]
        return self.base + sum(sizes[:1 + ("msgbuf", "avail", "bitmap", "map",
                                           "pages").index(region)])

    def page_at(self, pa):
        return self.at("pages") + PAGE * sorted(self.pages).index(pa)

    @property
    def length(self):
        return self.at("pages") + PAGE * len(self.pages)

    def bits(self):
        bits = sum(1 << pa // PAGE for pa in self.pages)
        return bits.to_bytes(-(-bits.bit_length() // 8), "little")

    def ksf(self, *records, cut=None):
        h = self.header
        head = b"minidump FreeBSD/amd64\0\0" + u32(self.version, h["msgbuf"], h["bitmap"],
                                                  h["map"])
        head += u64(h["kernbase"], h["dmap"], h["dmapend"]) + u32(h["avail"])
        out = b"KSF1" + (patch(0, self.lead) if self.lead else b"") + patch(self.base, head)
        out += patches(self.at("msgbuf"), self.ring + self.tail)
        if self.avail:
            out += patch(self.at("avail"), u64(*self.avail))
        if self.pages:
            out += patch(self.at("bitmap"), self.bits())
        for pa, data in self.pages.items():
            out += patches(self.page_at(pa), data)
        return out + length(self.length if cut is None else cut) + b"".join(records)


def core(headers, machine=62, size=0x9000, bits=64, order="<", osabi=255, type_=4, **values):
    """An ELF core of these program headers, PT_LOADs unless they say otherwise."""
    given = dict(phoff=elf.EHSIZE[bits], phnum=len(headers), version=0)
    given.update(values)
    head = elf.ehdr(bits, order, machine, type_, osabi, **given)
    head += b"".join(elf.record(elf.PHDR, bits, order, dict(dict(type=1, flags=4, align=4096), **h))
                     for h in headers)
    return b"KSF1" + patch(0, head) + length(size)


def load(pa, filesz, offset, memsz=None, **more):
    return dict(dict(offset=offset, paddr=pa, vaddr=pa, filesz=filesz,
                     memsz=filesz if memsz is None else memsz), **more)


def leader(machine=b"amd64", block=512, version=b"", panic=b"", compression=0, key=0, parity=0,
           bytes_=0x9000):
    """A kernel dump header of version 4; sys/sys/kerneldump.h."""
    head = struct.pack(">20s12sIIQQII64s192s175sBQI", b"FreeBSD Kernel Dump", machine, 4, 1, bytes_,
                       1700000000, key, block, b"host", version, panic, compression, 0, 0)
    for word in struct.unpack(">127I", head):
        parity ^= word
    return head + struct.pack(">I", parity)
