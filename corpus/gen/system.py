# SPDX-License-Identifier: BSD-2-Clause
"""What a running kernel would have left behind, whatever the machine: its variables, two network
stacks, the areas of two CPUs, a message buffer, a panic string."""

import struct

from .kernel import Kernel
from .msgbuf import STRUCT_BYTES, MessageBuffer

VERSION = b"FreeBSD 13.1-RELEASE GENERIC: synthetic"
PANIC = b"synthetic panic: page fault while generating"
HEAP_BYTES = 0x8000  # a multiple of every page size but 64 KiB
VNET_A, VNET_B, STRING = 0x000, 0x080, 0x100
DATA_A, DATA_B, AREA_0, AREA_2, RING = 0x1000, 0x2000, 0x3000, 0x4000, 0x5000
RING_AREA = 0x200
MAGIC_OLD, MAGIC_NEW = 0x3E0D8F29, 0x5E4A6F28
# pointer bytes, layout: offsets of magic, data_mem, data_base
VNET = {(8, "new"): (16, 32, 40), (4, "new"): (8, 24, 28), (4, "old"): (8, 20, 24)}


class System:
    """A kernel and a heap. The machine puts kernel.image at the kernel's physical address and heap
    at those of heap_va (HEAP_BYTES bytes, one after another in virtual memory)."""

    def __init__(self, bits, machine, text, heap_va, order="<", type_=2, flags=0,
                 magic=MAGIC_NEW, vnet="new", panic=True, displacement=0, wrapped=False,
                 linked_heap=None):
        self.kernel = Kernel(bits, machine, text, order, type_, flags)
        self.heap_va = heap_va
        self.heap = bytearray(HEAP_BYTES)
        self.order = order
        self.displacement = displacement  # run-time less linked address of the image
        self.panic = PANIC if panic else b""
        self.vnet_layout = VNET[(bits // 8, vnet)]
        self.magic = magic
        self.buffer = self._log(wrapped)
        self._plain()
        self._vnet()
        self._dpcpu()
        self._ring()

    @property
    def pointer(self):
        return self.kernel.pointer

    def put(self, offset, data):
        self.heap[offset:offset + len(data)] = data

    def put_word(self, offset, value):
        self.put(offset, self.kernel.word(value))

    def run_time(self, linked):
        return (linked + self.displacement) & ((1 << 64) - 1)

    def _log(self, wrapped):
        buffer = MessageBuffer(RING_AREA - STRUCT_BYTES[self.pointer], rseq=3)
        buffer.log(b"---<<BOOT>>---")
        buffer.log(b"Copyright (c) the generator")
        buffer.log(b"from userland", 118)
        buffer.log(b"bell \x07, escape \x1b[0m, high \xe9, tab\tand \\", 6)
        buffer.log(b"")
        if wrapped:
            buffer.fill(15)
        buffer.log(b"panic: " + PANIC)
        return buffer

    def _plain(self):
        kernel, pad = self.kernel, lambda data, size: data.ljust(size, b"\0")
        kernel.sym("kernel.c", "L", "ABS", 0, 0, 4)
        kernel.var("version", pad(VERSION, 256))
        kernel.var("ostype", pad(b"FreeBSD", 8))
        kernel.var("osrelease", pad(b"13.1-RELEASE", 32))
        kernel.var("osreldate", kernel.i32(1301000))
        kernel.var("hz", kernel.i32(1000), align=4)
        kernel.var("mp_ncpus", kernel.i32(2), align=4)
        kernel.var("mp_maxcpus", kernel.i32(4), align=4)
        kernel.var("dumptid", kernel.i32(100001), align=4)
        kernel.var("panicstr", kernel.word(self.heap_va + STRING if self.panic else 0))
        kernel.var("allproc", kernel.word(0))
        kernel.var("local_counter", kernel.i32(7), "L")
        kernel.var("weak_counter", kernel.i32(8), "W")
        kernel.sym("an_absolute", "G", "ABS", 0x1234)
        kernel.sym("text_start", "G", ".text", kernel.text + 0x40, 0x10, 2)
        kernel.var("bss_word", 4, section=".bss")
        kernel.var("domains", 8, "L")
        kernel.var("domains", 8)
        kernel.var("_both", 8)
        kernel.var("both", 8)
        kernel.sym("undefined_one", "G", "UNDEF")
        self.put(STRING, self.panic)

    def _set(self, name, section):
        kernel = self.kernel
        start = kernel.used[section]
        base = kernel.text + {"set_vnet": 0x4000, "set_pcpu": 0x4800}[section]
        assert start == 0
        kernel.sym("__start_set_" + name, "G", section, base)
        kernel.sym("__stop_set_" + name, "G", section, base + 0x100)
        return base

    def _vnet(self):
        kernel = self.kernel
        self.vnet_start = self._set("vnet", "set_vnet")
        kernel.var("vnet_entry_ifnet", 16, section="set_vnet")
        kernel.var("vnet_entry_sockets", 4, "L", section="set_vnet")
        kernel.var("vnet_entry_both", 8, section="set_vnet")
        kernel.sym("vnet_entry_far", "G", ".data", kernel.text + 0x1800, 8)
        kernel.var("vnet0", kernel.word(self.heap_va + VNET_A))
        kernel.var("vnet_head", kernel.word(self.heap_va + VNET_B))
        self._stack(VNET_B, DATA_B, self.heap_va + VNET_A)
        self._stack(VNET_A, DATA_A, 0)
        for data in (DATA_A, DATA_B):
            for offset in range(0, 0x100, self.pointer):
                self.put_word(data + offset, self.heap_va + data + offset)

    def _stack(self, at, data, following):
        magic, mem, base = self.vnet_layout
        self.put_word(at, following)
        self.put(at + magic, struct.pack(self.order + "I", self.magic))
        self.put_word(at + mem, self.heap_va + data)
        self.put_word(at + base, self.heap_va + data - self.run_time(self.vnet_start))

    def _dpcpu(self):
        kernel = self.kernel
        self.pcpu_start = self._set("pcpu", "set_pcpu")
        kernel.var("pcpu_entry_ticks", 8, section="set_pcpu")
        kernel.var("pcpu_entry_name", 32, section="set_pcpu")
        start = self.run_time(self.pcpu_start)
        offsets = [self.heap_va + AREA_0 - start, 0, self.heap_va + AREA_2 - start, 0]
        kernel.var("dpcpu_off", b"".join(kernel.word(offset) for offset in offsets))
        for area in (AREA_0, AREA_2):
            for offset in range(0, 0x100, self.pointer):
                self.put_word(area + offset, self.heap_va + area + offset)

    def _ring(self):
        self.ring = self.buffer.ring()
        self.structure = self.buffer.structure(self.pointer, self.order, self.heap_va + RING)
        self.put(RING, self.ring + self.structure)
        self.kernel.var("msgbufp", self.kernel.word(self.heap_va + RING + len(self.ring)))

    def copy_of(self, linked, start, area):
        """Where the variable linked at that address lies in the area that copies the set."""
        return self.heap_va + area + linked - start

    def answer(self, dump, maps=True):
        """Facts about kernel, panic, messages and symbols."""
        dump.strings(VERSION, self.panic)
        dump.answers.messages(self.buffer.lines())
        self.answer_plain(dump.answers)
        for scope, vnet, area in (("default", DATA_A, AREA_0), ("cpu 2", DATA_A, AREA_2),
                                  ("cpu 1", DATA_A, None),
                                  ("vnet 0x%x" % (self.heap_va + VNET_B), DATA_B, AREA_0)):
            dump.answers.add("scope", scope)
            self.answer_sets(dump.answers, vnet, area)
        dump.answers.add("scope default")

    def answer_plain(self, answers):
        known = self.kernel.known
        for name in ("version", "ostype", "hz", "panicstr", "msgbufp", "allproc", "local_counter",
                     "weak_counter", "an_absolute", "text_start", "bss_word", "domains", "_both",
                     "both", "kernel.c", "vnet_entry_ifnet"):
            value, code, size = known[name]
            answers.symbol(name, value, 0x1E if name == "kernel.c" else code, "plain", size)
        value, code, size = known["hz"]
        answers.symbol("_hz", value, code, "plain", size)
        for name in ("undefined_one", "_undefined_one", "__hz", "no_such_symbol"):
            answers.symbol(name)

    def answer_sets(self, answers, vnet, area):
        for name in ("ifnet", "_ifnet", "sockets"):
            value, code, size = self.kernel.known["vnet_entry_" + name.lstrip("_")]
            answers.symbol(name, self.copy_of(value, self.vnet_start, vnet), code, "vnet", size)
        value, code, size = self.kernel.known["both"]
        answers.symbol("both", value, code, "plain", size)
        for name in ("ticks", "name"):
            value, code, size = self.kernel.known["pcpu_entry_" + name]
            if area is None:
                answers.symbol(name)
            else:
                answers.symbol(name, self.copy_of(value, self.pcpu_start, area), code, "dpcpu",
                               size)
