# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `xlat`: roots of page tables that lead astray, tables that end early."""

import struct

import generate
from gen import elf, ksf
from gen.core import Core
from gen.kernel import Kernel
from gen.memory import Memory
from gen.pieces import from_bytes

from compact import compact
from records import PAGE_BYTES, length, option, patch
from xlat import ask

IMAGE, LARGE, PAGE = 0xFFFFFFFF80000000, 0x200000, 0x1000
TOP = 2**64


def core_of(bits, machine, symbols, words, loads, headers=(), text=IMAGE + LARGE, order="<"):
    """A core of zero pages but for these words, and a kernel of these symbols."""
    memory, width = Memory(order=order), 8 if bits == 64 else 4
    for pa, filesz, *_ in loads:
        memory.clear(pa, filesz)
    for pa, value, *more in words:
        memory.put(pa, (value % TOP).to_bytes(more[0] if more else width,
                                              "little" if order == "<" else "big"))
    kernel = Kernel(bits, machine, text, order)
    for name, value in symbols.items():
        kernel.sym(name, value=value % 2**bits)
    core = Core(memory, machine, bits)
    for given in headers:
        core.header(**given)
    for pa, filesz, *memsz in loads:
        core.load(pa, filesz, *memsz)
    return ksf.encode([(core.build(), 0), (from_bytes(kernel.build()), 1)], [])


# ---- amd64 ----

class Amd64:
    """A kernel at `place`, its page tables at 0x1000; what is said of it can be changed."""

    def __init__(self, place=LARGE):
        self.place = place
        self.symbols = {"kernbase": IMAGE, "KPML4phys": IMAGE + LARGE + 0x10}
        self.words = [(0x1FF8, 0x2003), (0x2FF0, 0x3003), (0x3008, place | 0xE3),
                      (place + 0x10, 0x1000)]
        self.loads = [(0x1000, 0x3000), (place, 0x2000)]
        self.headers = []

    def moves(self):
        self.symbols["kernphys"] = IMAGE + LARGE + 0x18
        self.words.append((self.place + 0x18, self.place))
        return self

    def word(self, pa, value):
        self.words.append((pa, value))
        return self

    def symbol(self, name, value):
        self.symbols[name] = value
        if value is None:
            del self.symbols[name]
        return self

    def load(self, *given):
        self.loads.append(given)
        return self

    def delta(self, **given):
        self.headers.append({"type": elf.PT_DUMP_DELTA, **given})
        return self

    def seed(self):
        return core_of(64, 62, self.symbols, self.words, sorted(self.loads), self.headers) + \
            ask(IMAGE, IMAGE + LARGE + 0x10, IMAGE + LARGE + 0x1FF8, IMAGE + 2 * LARGE)


def amd64():
    moved = 0x600000
    yield "in-place", Amd64()
    yield "kernbase-unknown", Amd64().symbol("kernbase", None), "it is a constant of the image"
    yield "kernbase-elsewhere", Amd64(2 * LARGE).symbol("kernbase", IMAGE - LARGE), \
        "where the image begins is the kernel's to say"
    yield "moved", Amd64(moved).moves()
    yield "moved-far", Amd64((1 << 39) - LARGE).moves(), "the last place looked at"
    yield "moved-too-far", Amd64(1 << 39).moves(), "and the first that is not: KERNEL_BELOW"
    yield "moved-but-silent", Amd64(moved), "no kernphys: no search"
    yield "moved-but-silent-told-at-0", Amd64(moved).load(0x80400000, 0x1000).word(
        0x80400000, moved), "a symbol that there is not is not at address 0"
    yield "moved-at-no-2m", Amd64(moved).moves().word(moved + 0x18, moved + PAGE)
    yield "moved-says-another-place", Amd64(moved).moves().word(moved + 0x18, moved + LARGE)
    yield "moved-behind-a-lie", Amd64(moved).moves().load(2 * LARGE, 0x2000).word(
        2 * LARGE + 0x18, 2 * LARGE), "the first place says it is one, its tables do not: the next"
    yield "moved-behind-a-zero", Amd64(moved).moves().load(2 * LARGE, 0x2000)
    yield "moved-behind-a-stump", Amd64(moved).moves().load(2 * LARGE, 0x10), \
        "a place whose kernphys is not in the file"
    yield "moved-behind-an-odd-segment", Amd64(moved).moves().load(2 * LARGE + 0x7000, 0x1000), \
        "the next multiple of 2 MiB behind a segment"
    yield "moved-behind-undumped-memory", Amd64(moved).moves().load(2 * LARGE, 0, 0x1000)
    yield "moved-first-segment-at-0", Amd64(moved).moves().load(0, 0x1000), \
        "0 is in every empty page"
    yield "root-not-a-page", Amd64().word(LARGE + 0x10, 0x1001)
    odd = Amd64()
    odd.words = [(0x2000, 0x4003), (0x4FF0, 0x5003), (0x5008, LARGE | 0xE3), (LARGE + 0x10, 0x1008)]
    odd.loads[0] = (0x1000, 0x5000)
    yield "root-between-pages", odd, "tables that would do, were the root not between two pages"
    zero = Amd64().symbol("KPML4phys", IMAGE + LARGE + 0x5000)
    zero.words = [(0xFF8, 0x2003), (0x2FF0, 0x3003), (0x3008, LARGE | 0xE3)]
    zero.loads[0] = (0, 0x4000)
    yield "root-not-read-tables-at-0", zero, "a root that cannot be read is not 0"
    yield "root-above-52-bits", Amd64().word(LARGE + 0x10, 0x1000 | 1 << 52)
    yield "root-not-dumped", Amd64().word(LARGE + 0x10, 0x9000)
    yield "root-unknown", Amd64().symbol("KPML4phys", None)
    yield "root-unknown-delta", Amd64().symbol("KPML4phys", None).delta(vaddr=IMAGE, paddr=0)
    yield "root-variable-not-dumped", Amd64().symbol("KPML4phys", IMAGE + LARGE + 0x5000)
    yield "root-at-0", Amd64().symbol("KPML4phys", 0).word(0x80000000, 0x1000).load(
        0x80000000, 0x1000).word(0x1000, 0x9003).word(0x9000, 0xA003).word(0xA000, 0x80000083).load(
            0x9000, 0x2000), "a symbol of value 0 is one"
    yield "root-of-5-levels-not-dumped", Amd64().symbol("KPML5phys", IMAGE + LARGE + 0x5000), \
        "a kernel that has the symbol has the variable"
    yield "root-of-5-levels-not-a-page", Amd64().symbol("KPML5phys", IMAGE + LARGE + 0x20).word(
        LARGE + 0x20, 0x1008)
    yield "root-of-5-levels-0", Amd64().symbol("KPML5phys", IMAGE + LARGE + 0x20), \
        "0: four are used"
    yield "variable-leads-elsewhere", Amd64().word(0x3008, moved | 0xE3).load(moved, 0x2000), \
        "the self check: the tables map the variable to another page"
    yield "variable-is-unmapped", Amd64().word(0x3008, 0), "the self check: not at all"
    yield "variable-outside-memory", Amd64().word(0x3008, 0x40000000 | 0xE3)
    for what, given in (("", {"paddr": moved, "align": LARGE}),
                        ("-no-align", {"paddr": moved - LARGE}), ("-wrong", {"paddr": 0x1000000})):
        yield "delta" + what, Amd64(moved).delta(vaddr=IMAGE, **given)
        yield "delta%s-moved" % what, Amd64(moved).moves().delta(vaddr=IMAGE, **given)
        yield "delta%s-in-place" % what, Amd64().delta(vaddr=IMAGE, **given)


# ---- i386 ----

def i386_core(symbols, words, loads=((0x800000, 0x2000), (0x900000, 0x2000))):
    return core_of(32, 3, symbols, words, loads, text=0x800000) + \
        ask(0x801000, 0x800FFF, 0xC0801000, 0xC01000, 0xFFFFFFFF)


def i386():
    """Tables of one page at 0x900000; the variable at 0x801000."""
    plain = [(0x900008, 0x8000E3), (0x801000, 0x900000)]
    pae = [(0x900000, 0x901001, 8), (0x900008, 0x901001, 8), (0x901020, 0x8000E3, 8),
           (0x801000, 0x900000)]
    low, high = {"kernbase": 0x800000}, {"kernbase": 0xC0000000}
    ptd, pdpt = {"IdlePTD": 0x801000}, {"IdlePDPT": 0x801000}
    yield "in-place", i386_core({**low, **ptd}, plain)
    yield "kernbase-unknown", i386_core(ptd, plain)
    yield "kernbase-unknown-no-root", i386_core(ptd, plain[1:]), "one guess, no more"
    yield "kernbase-below-0x10000000", i386_core({"kernbase": 0xFFFFFFF, **ptd}, plain)
    yield "kernbase-0x10000000", i386_core({"kernbase": 0x10000000, **ptd}, plain), "second guess"
    yield "high-but-one-to-one", i386_core({**high, **ptd}, plain), "second guess"
    yield "high", i386_core({**high, "IdlePTD": 0xC0801000}, [(0x900C08, 0x8000E3), plain[1]])
    yield "low-but-less-kernbase", i386_core(
        {**low, "IdlePTD": 0x801000}, [(0x900008, 0x000000E3), (0x1000, 0x900000)],
        ((0x1000, 0x1000), (0x900000, 0x1000))), "second guess"
    yield "both-guesses-fail", i386_core({**low, **ptd}, [(0x801000, 0x900000)])
    yield "both-guesses-fail-high", i386_core({**high, **ptd}, [(0x801000, 0x900000)])
    for more in (4, 0x800, 0xFE0):
        yield "root-odd-%x" % more, i386_core(
            {**low, **ptd}, [(0x900008 + more, 0x8000E3), (0x801000, 0x900000 + more)]), \
            "a directory is a page"
    for more in (8, 16, 32):
        yield "pae-root-odd-%x" % more, i386_core(
            {**low, **pdpt}, [(0x900000 + more, 0x901001, 8), (0x901020, 0x8000E3, 8),
                              (0x801000, 0x900000 + more)]), "four entries aligned to their size"
    yield "pae", i386_core({**low, **pdpt}, pae)
    yield "pae-mode-not-dumped", i386_core(
        {**low, **ptd, "IdlePTD_nopae": 0x801000, "pae_mode": 0xA00000}, plain), \
        "core_space: which tables run is not known"
    yield "pae-mode-0", i386_core({**low, **pdpt, "IdlePTD_nopae": 0x801000, "pae_mode": 0x801100},
                                  plain)
    yield "pae-mode-1", i386_core({**low, **pdpt, "IdlePTD_nopae": 0x801200, "pae_mode": 0x801100},
                                  pae + [(0x801100, 1)])
    yield "pae-mode-1-no-root", i386_core({**low, **ptd, "pae_mode": 0x801100},
                                          plain + [(0x801100, 1)])
    yield "pae-mode-1-no-root-0-elsewhere", i386_core(
        {**high, "IdlePTD": 0xC0801000, "pae_mode": 0xC0801100},
        [(0x801100, 1), (0xC0801000, 0x900000), (0x900C08, 0xC08000E3)],
        ((0x800000, 0x2000), (0x900000, 0x1000), (0xC0801000, 0x1000))), \
        "a kernel that lacks its symbol ends the guessing"
    yield "pdpt-not-dumped", i386_core({**low, **ptd, "IdlePDPT": 0xA00000}, plain)
    yield "no-root", i386_core(low, plain)
    yield "no-root-behind-a-failure", i386_core({"kernbase": 0x800000, "pae_mode": 0x80000000},
                                                plain, ((0x800000, 0x2000), (0x7F800000, 0x1000)))
    yield "root-not-dumped", i386_core({**low, "IdlePTD": 0xA00000}, plain)
    yield "root-not-read-table-at-0", i386_core(
        {**low, **ptd}, [(8, 0x8000E3)], ((0, 0x1000), (0x900000, 0x1000))), \
        "a root that cannot be read is not 0"
    yield "variable-leads-elsewhere", i386_core(
        {**low, **ptd}, [(0x900008, 0x4000E3), plain[1]],
        ((0x400000, 0x2000), (0x800000, 0x2000), (0x900000, 0x1000)))


# ---- arm ----

def arm_core(symbols, words, headers=(), loads=((0x10000000, 0x9000),), order="<"):
    return core_of(32, 40, symbols, words, loads, headers, 0xC0000000, order) + \
        ask(0xC0000100, 0xC00FFFFF, 0xC0100000, 0xD0000000, 0xFFFFFFFF)


def arm():
    """A first-level table at 0x10004000; the variable at 0x10000100."""
    delta = [{"type": elf.PT_DUMP_DELTA, "vaddr": 0xC0000000, "paddr": 0x10000000}]
    wrong = [{"type": elf.PT_DUMP_DELTA, "vaddr": 0xC0000000, "paddr": 0x20000000}]
    l1pa = {"kernel_l1pa": 0xC0000100}
    both = {"kernbase": 0xC0000000, "physaddr": 0x10000000}
    section = 0x1000040E

    def words(entry=section, root=0xC0004000, at=0x10007000):
        return [(at, entry), (0x10000100, root)]
    yield "in-place", arm_core(l1pa, words(), delta)
    yield "big-endian", arm_core(l1pa, words(), delta, order=">")
    for bits, what in ((1 << 15, "read-only"), (1 << 4, "no-execute"),
                       (1 << 15 | 1 << 4, "neither"),
                       (0xFFFFF & ~(1 << 18 | 3), "all-attributes")):
        yield "section-" + what, arm_core(l1pa, words(section & ~0x410 | bits), delta), \
            "what a section allows"
    yield "symbols-say", arm_core({**l1pa, **both}, words())
    yield "symbols-say-better", arm_core({**l1pa, **both}, words(), wrong), "the second guess"
    yield "all-guesses-fail", arm_core({**l1pa, **both}, words(0), wrong)
    yield "nothing-says", arm_core(l1pa, words()), "no guess at all"
    for name in both:
        yield "nothing-says-" + name, arm_core({**l1pa, name: both[name]}, words()), \
            "one is not enough"
    for name, value in (("kernbase", 0xB0000000), ("physaddr", 0x50000000)):
        yield "nothing-says-%s-that-fits" % name, arm_core({**l1pa, name: value}, words()), \
            "a symbol that there is not is not 0"
    yield "root-unknown-told-at-0", arm_core(
        both, [(0x10004000, 0x5000040E), (0x50000000, 0xC0004000)], delta,
        ((0x10000000, 0x9000), (0x50000000, 0x1000))), "a symbol that there is not is not 0"
    yield "root-not-read-table-at-0", arm_core(
        l1pa, [(0x3000, section)], delta, ((0, 0x4000), (0x10001000, 0x1000))), \
        "a root that cannot be read is not 0"
    yield "root-unknown", arm_core(both, words(), delta)
    yield "root-variable-not-dumped", arm_core({"kernel_l1pa": 0xC0F00000}, words(), delta)
    yield "root-by-address", arm_core(l1pa, words(root=0x10004000), delta)
    yield "root-by-address-too", arm_core(
        l1pa, words() + [(0xC0004000, section)], delta,
        ((0x10000000, 0x9000), (0xC0004000, 0x4000))), "one of the two tables is walked"
    for root in (0xC0004004, 0xC0006000, 0x10004400, 0xC0000001):
        yield "root-odd-%x" % root, arm_core(
            l1pa, words(root=root, at=(0x10003000 + root % 0x100000) & ~3), delta), \
            "the table is aligned to its 16 KiB"
    yield "root-not-dumped", arm_core(l1pa, words(root=0xC0100000), delta)
    yield "variable-leads-elsewhere", arm_core(l1pa, words(0x1010040E), delta)
    yield "variable-leads-elsewhere-by-address", arm_core(
        l1pa, words(0x1010040E, 0x10004000), delta)


# ---- Tables that segments cut ----

def segments():
    """Entries that cross the end of a segment; the rest lies in the next one, or nowhere."""
    for cut, what in ((4, "half"), (7, "but-a-byte"), (1, "a-byte")):
        first = 0x3000 + 0xF80 + cut
        for behind, where in (((first, 0x1000), "next"), ((first + 0x10000, 0x1000), "nowhere"),
                              ((first, 0, 0x1000), "undumped")):
            made = Amd64()
            made.loads = [(0x1000, first - 0x1000), (LARGE, 0x2000), behind]
            yield "entry-%s-%s" % (what, where), made.seed() + \
                ask(*(IMAGE + n * LARGE for n in range(0x1EC, 0x1F5))), "read whole or not at all"


# ---- Minidumps and sparc64 ----

def cut(dump, at, *addresses):
    return compact(dump) + length(at) + ask(*addresses)


def maps(all_):
    for name, width, kernbase, span in (
            ("amd64-v3-example", 8, 40, LARGE), ("arm64-v2-example", 8, 40, PAGE),
            ("i386-v2-example", 4, 40, PAGE), ("mips-o32-v1-be-example", 4, 40, PAGE),
            ("mips-n64-v2-be-example", 8, 40, PAGE), ("riscv64-v2-example", 8, 40, PAGE)):
        dump = all_[name]
        at, _ = dump.regions["map"]
        order = "little" if dump.order == "<" else "big"
        base = int.from_bytes(dump.piece.get(kernbase, 8 if name[0] != "i" else 4), order)
        for n in (1, 5, 9):
            for more in (0, 1, width - 1):
                yield "%s-map-cut-%d-%d" % (name, n, more), cut(
                    dump, at + n * width + more, *(base + k * span + 0x10
                                                   for k in range(n - 1, n + 3))), \
                    "the last entry of the file is not valid, the next one is not there"
    for name in ("arm64-v3-example", "arm64-v3-16k-example", "arm64-v1-example",
                 "arm64-v2-16k-example"):
        for page in (4096, 8192, 16384):
            yield "%s-pages-of-%d" % (name, page), \
                compact(all_[name]) + option(PAGE_BYTES, page) + ask(
                    int.from_bytes(all_[name].piece.get(40, 8), "little")), \
                "the caller's word counts below version 3"


def vsid_of(va):
    """slb.h: the number of a kernel's segment, scattered."""
    esid = va >> 28
    return ((esid << 8 | esid >> 28) * 0x13BB) & (2**36 - 1) | 2**36


def hashed(all_):
    for name in ("powerpc64-v2-g5-be-example", "powerpc64-v2-phyp-le-example"):
        dump = all_[name]
        order = dump.entry_order or dump.order
        at, _ = dump.regions["map"]
        group, va = at + 0x22180, 0xC008000000003000
        hi, lo = struct.unpack(order + "QQ", dump.piece.get(group, 16))
        other = va ^ 1 << 23  # of the same groups
        mates = [va ^ n << 23 for n in range(1, 8)]
        for end in (0, 8, 15, 16, 56, 112, 127, 128):
            yield "%s-group-cut-%d" % (name, end), cut(dump, group + end, va, other, *mates), \
                "a group that the file cuts: whether it has the entry is not known"
        # the group of the secondary hash lies before
        for end in (0, 8, 16, 127, 128):
            low = at + (0x40000 - 0x80 - 0x22180)
            yield "%s-secondary-cut-%d" % (name, end), cut(dump, low + end, va, other)
        slots = [(hi, lo), (hi | 2, lo), (hi & ~1, lo), (hi | 4, lo), (hi | 1 << 62, lo),
                 (hi & ~(1 << 48), lo), (0x1FFFFFF << 24 | 1, lo), (hi | 6, lo), (hi ^ 1 << 20, lo),
                 (vsid_of(0x10000000) << 12 | 5, lo), (vsid_of(0xE << 60) << 12 | 5, lo),
                 (vsid_of(0xC << 60) << 12 | 5, lo), (hi | 0xF80, lo),
                 (hi ^ 0x80, lo ^ 0x1000), (hi, 2**64 - 1), (0, 0)]
        for first in range(0, len(slots), 4):
            words = b"".join(struct.pack(order + "QQ", *pair) for pair in slots[first:first + 4])
            for place, what in ((0, "first"), (0x22180, "own"), (0x3FFC0, "last")):
                yield "%s-slots-%d-%s" % (name, first, what), compact(dump) + \
                    patch(at + place, words) + ask(va, other), "entries of every kind, walked over"


def sparc(all_):
    dump = all_["sparc64-example"]
    at = 0x200  # the TSB begins the file's first region
    va = 0xC0002000
    for end in (0x200, 0x220, 0x228, 0x22C, 0x230, 0x238, 0x240, 0x3FF, 0x401):
        yield "sparc64-tsb-cut-%x" % end, \
            cut(dump, end, va, va + 0x2000, va + 0x4000, 0xC0000000), \
            "a slot of which the file has a part"
    valid, frame = 1 << 63, 0x40008536

    def slot(number, tag, data):
        return patch(at + 32 * number, struct.pack(">QQ", tag % TOP, data))
    for what, tag, data in (
            ("other-page", (va >> 13 << 2) + 8, valid | frame),
            ("other-slot", (va + 0x4000) >> 13 << 2, valid | frame),
            ("not-valid", va >> 13 << 2, frame),
            ("size-in-tag-only", (va >> 13 << 2) | 1, valid | frame),
            ("size-in-data-only", va >> 13 << 2, valid | 1 << 61 | frame),
            ("beyond-the-map", 0xFFFFF80000002000 >> 13 << 2, valid | frame),
            ("all-ones-tag", TOP - 4, valid | frame),
            ("read-only", va >> 13 << 2, valid | frame & ~0x100),
            ("no-execute", va >> 13 << 2, valid | frame & ~0x800)):
        yield "sparc64-slot-" + what, compact(dump) + slot(1, tag, data) + \
            ask(va, va + 0x1FFF, va + 0x2000), "a slot that is of no address, or of this one"


def seeds():
    all_ = {dump.name: dump for dump in generate.all_dumps() if dump.piece is not None}
    for machine in (amd64, i386, arm):
        for name, made, *why in machine():
            yield "%s-core-%s" % (machine.__name__, name), \
                made if isinstance(made, bytes) else made.seed(), *why
    yield from segments()
    for made in (maps, hashed, sparc):
        yield from made(all_)
