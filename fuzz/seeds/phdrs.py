# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `phdrs`: program headers."""

from gen import elf

from records import BITS, FAIL_READ, length, option, patch


def core(headers, bits=64, order="<", size=0x9000, **values):
    given = dict(phoff=elf.EHSIZE[bits], phnum=len(headers), version=0)
    given.update(values)
    head = elf.ehdr(bits, order, 62, 4, 255, **given)
    head += b"".join(elf.record(elf.PHDR, bits, order, dict(dict(type=1, flags=4, align=4096), **h))
                     for h in headers)
    return b"KSF1" + patch(0, head) + length(size)


def load(pa, filesz, offset, memsz=None, **more):
    return dict(dict(offset=offset, paddr=pa, vaddr=pa, filesz=filesz,
                     memsz=filesz if memsz is None else memsz), **more)


def seeds():
    two = [load(0, 0x3000, 0x1000), load(0x100000, 0x5000, 0x4000)]
    top = 2**64
    for bits in (32, 64):
        for order, name in (("<", "le"), (">", "be")):
            yield "two-%d-%s" % (bits, name), core(two, bits, order)
    yield "cut", core(two, size=0x6800)
    yield "cut-before-second", core(two, size=0x4000)
    yield "memsz-larger", core([load(0, 0x3000, 0x1000, 0x8000), two[1]])
    yield "memsz-smaller", core([load(0, 0x3000, 0x1000, 0x2000), two[1]])
    yield "memsz-over-next", core([load(0, 0x3000, 0x1000, 0x102000), two[1]])
    yield "overlap-tail", core([load(0, 0x3000, 0x1000), load(0x2000, 0x3000, 0x4000)])
    yield "overlap-head", core([load(0x2000, 0x3000, 0x1000), load(0, 0x3000, 0x4000)])
    yield "overlap-inside", core([load(0, 0x6000, 0x1000), load(0x2000, 0x1000, 0x7000)])
    yield "overlap-around", core([load(0x2000, 0x1000, 0x1000), load(0, 0x6000, 0x2000)])
    yield "overlap-same", core([load(0, 0x3000, 0x1000), load(0, 0x3000, 0x4000)])
    yield "overlap-three", core([load(0x1000, 0x1000, 0x1000), load(0x3000, 0x1000, 0x2000),
                                 load(0, 0x5000, 0x3000)])
    yield "unsorted", core([two[1], two[0]])
    yield "empty-segment", core([load(0, 0, 0x1000), two[1]])
    yield "note-with-address", core([dict(two[0], type=4), two[1]])
    yield "delta", core(two + [dict(type=0x6FB5D000, vaddr=0xFFFFFFFF80000000, paddr=0x1A00000,
                                    align=0x200000)])
    yield "address-wraps", core([load(top - 0x1000, 0x3000, 0x1000), two[1]])
    yield "address-to-the-top", core([load(top - 0x3000, 0x3000, 0x1000), two[0]])
    yield "offset-wraps", core([load(0, 0x3000, top - 0x1000), two[1]])
    yield "physical-all-ones", core([load(0, 0x3000, 0x1000, paddr=top - 1)])
    yield "virtual-all-ones", core([load(0, 0x3000, 0x1000, vaddr=top - 1)])
    yield "virtual-of-its-own", core([load(0, 0x3000, 0x1000, vaddr=0xC0000000)])
    yield "none", core([])
    yield "entry-size", core(two, phentsize=55)
    yield "table-past-end", core(two, phoff=0x8FC0)
    yield "table-overflow", core(two, phoff=top - 64)
    yield "count-extended-without", core(two, phnum=0xFFFF)
    shdr = elf.record(elf.SHDR, 64, "<", dict(info=2))
    yield "count-extended", core(two, phnum=0xFFFF, shoff=0x8000, shnum=0, shentsize=64)[:-7] \
        + patch(0x8000, shdr) + length(0x9000)
    lie = elf.record(elf.SHDR, 64, "<", dict(info=0xFFFFFFFF))
    yield "count-extended-lie", core(two, phnum=0xFFFF, shoff=0x8000, shentsize=64)[:-7] \
        + patch(0x8000, lie) + length(0x9000)
    yield "count-65534", core(two, phnum=0xFFFE, size=0x400000)
    yield "many", core([load(0x2000 * n, 0x1000, 0x1000 * (n + 1)) for n in range(40)], size=0x29000)
    wrapped = [load(0, 0x3000, 0x1000), load(0, 0x3000, 0x4000)]
    yield "cut-to-32-bits", core(wrapped, 32) + option(BITS, 1)
    yield "first-read-fails", core(two) + option(FAIL_READ, 1)
    yield "second-read-fails", core(two) + option(FAIL_READ, 2)
    yield "plain-file", core(two)[13:-7]
