#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Ask the tool about real dumps and compare with what was recorded when they were made.

KVMSAFE_TOOL is the tool, KVMSAFE_REAL_DUMPS the folder of NAME.vmcore.xz, NAME.facts.json and
KERNEL.kernel.xz (default: shared/real beside the source tree). They are unpacked into the folder
real-dumps of the current directory. Without the folder the test is skipped: exit code 77.
"""

import concurrent.futures
import json
import lzma
import os
import re
import subprocess
import sys
import threading
import zlib

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
SKIPPED = 77
CHUNK = 1 << 20
MACHINES = {"mips64": "mips"}  # names in facts that are not those of the table
NO_MAP = ("NOT_MAPPED", "NO_MAP")

# What the folder's README says of the dumps that have no facts file.
TABLE = {
    "amd64-mini": {
        "arch": "amd64", "kernel": "amd64.kernel.xz", "version": 2,
        "sizes": (0x17FB8, 0x4000, 0x7FF000), "used": 21034, "mappings": 1910,
        "symbols": {"allproc": 0xFFFFFFFF80A1A870, "msgbufp": 0xFFFFFFFF80A1A8B0,
                    "version": 0xFFFFFFFF808AC5E0, "vnet0": 0xFFFFFFFF80B408A0},
        # VNET and DPCPU variables: rule, CPU, value
        "moved": {"ifnet": ("vnet", 0, 0xFFFFFE0000BA8070),
                  "pcputicks": ("dpcpu", 0, 0xFFFFFFFF80E73000),
                  "pcputicks ": ("dpcpu", 1, 0xFFFFFE0000A42000)}},
    "i386pae-mini": {
        "arch": "i386", "kernel": "i386pae.kernel.xz", "version": 1,
        "sizes": (0x17FC8, 0x2000, 0xEE000), "used": 21095, "mappings": 4784,
        "symbols": {"allproc": 0x8EDA70, "msgbufp": 0x8EDA98, "version": 0x888D5C,
                    "vnet0": 0x911814}, "moved": {}},
}


class Dump:
    """One dump, unpacked; counts what was compared."""

    def __init__(self, tool, name, vmcore, kernel):
        self.tool, self.name, self.vmcore, self.kernel = tool, name, vmcore, kernel
        self.checked, self.wrong = 0, []

    def check(self, what, expected, found):
        self.checked += 1
        if expected != found:
            self.wrong.append("%s: %s: expected %.120r, found %.120r" % (
                self.name, what, expected, found))

    def run(self, *arguments, kernel=True):
        """(exit code, standard output) of a command on this dump."""
        command = [self.tool, arguments[0], "-M", self.vmcore]
        if kernel:
            command += ["-N", self.kernel]
        done = subprocess.run(command + list(arguments[1:]), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, check=False)
        return done.returncode, done.stdout

    def json(self, *arguments, **more):
        return json.loads(self.run(arguments[0], "--json", *arguments[1:], **more)[1])

    def translate(self, addresses):
        return self.json("translate", *addresses)["translations"] if addresses else []

    def read(self, address, length, *more, kernel=True):
        return self.run("read", "--raw", *more, address, str(length), kernel=kernel)[1]


def outcome(translation):
    return translation["error"]["status"] if translation["error"] else "OK"


def round_up(size, unit):
    return -(-size // unit) * unit


def value(number):
    return int(number, 0) if isinstance(number, str) else number


# ---- Facts files ----

def check_info(dump, facts, info):
    dump.check("arch", facts["arch"], info["arch"])
    dump.check("kernel", facts["version_string"], info["kernel"])
    if facts["kind"] == "full":
        dump.check("format", "elf-core", info["format"])
        loads = [(value(p["paddr"]), value(p["paddr"]) + value(p["memsz"]))
                 for p in facts["phdrs"] if value(p["type"]) == 1]
        pages = sum(end - start for start, end in loads) // info["page_size"]
    else:
        dump.check("format", "minidump", info["format"])
        dump.check("version", facts["header"]["version"], info["version"])
        loads = [(value(start), value(end)) for start, end in facts["dump_avail"]
                 if value(end) != 0]
        pages = facts["npages"]
    found = [(value(part["start"]), value(part["end"])) for part in info["memory"]]
    dump.check("memory", loads, found)
    dump.check("pages", {"promised": pages, "present": pages, "truncated": 0}, info["pages"])
    return pages


def check_pages(dump, facts, info, pages):
    """The walk names every page once, in the file's order for a minidump."""
    walked = [json.loads(line) for line in dump.run("pages", "--json", kernel=False)[1].split(b"\n")
              if line]
    dump.check("pages walked", pages, len(walked))
    addresses = [value(page["pa"]) for page in walked]
    dump.check("pages rise", sorted(set(addresses)), addresses)
    if facts["kind"] != "mini" or not walked:
        return
    offsets = [value(page["file_offset"]) for page in walked]
    first = value(facts["regions"]["sparse"])
    dump.check("offsets", [first + n * info["page_size"] for n in range(len(walked))], offsets)
    dump.check("end", value(facts["regions"]["end"]), offsets[-1] + info["page_size"])


def check_self_va(dump, facts, info):
    """Each 8 bytes of these pages hold the address that they lie at, on 32-bit machines too."""
    pages = facts["self_va_pages"]
    for (kind, va, pa), found in zip(pages, dump.translate([va for _, va, _ in pages])):
        dump.check("%s %s" % (kind, va), ("OK", value(pa)), (outcome(found), value(found["pa"])))
    order = info["endian"]
    for kind, va, _ in pages:
        start = value(va)
        want = b"".join((start + n).to_bytes(8, order) for n in range(0, info["page_size"], 8))
        dump.check("%s %s holds itself" % (kind, va), want, dump.read(va, info["page_size"]))


def device(facts, va, pa):
    """(outcome, PA) of a device's mapping; arm maps some where its dumped map has ended."""
    head = facts.get("header", {})
    if facts["arch"] == "arm" and \
            value(va) >= value(head["kernbase"]) + value(head["pmapsize"]) // 4 * 4096:
        return "NO_MAP", None
    return "OUTSIDE_MEMORY", value(pa)


def check_addresses(dump, facts, info):
    for pa, crc in facts["page_crc32_by_pa"]:
        data = dump.read(pa, info["page_size"], "--phys", kernel=False)
        dump.check("page at %s" % pa, crc, zlib.crc32(data))
    for (va, pa), found in zip(facts["mmio"], dump.translate([va for va, _ in facts["mmio"]])):
        dump.check("device at %s" % va, device(facts, va, pa),
                   (outcome(found), found["pa"] and value(found["pa"])))
        code, data = dump.run("read", "--raw", va, "16")
        dump.check("read of a device at %s" % va, (4, b""), (code, data))
    unmapped = [va for _, va in facts["unmapped"]]
    for va, found in zip(unmapped, dump.translate(unmapped)):
        dump.check("%s is not mapped" % va, True, outcome(found) in NO_MAP)
        dump.check("read of %s" % va, b"", dump.read(va, 16))


def check_symbols(dump, facts):
    names = [symbol[0] for symbol in facts["symbols"]]
    answer = dump.json("symbols", *names)
    dump.check("unresolved", 0, answer["unresolved"])
    places = dump.translate(names)
    for (name, linked, pa, data), symbol, place in zip(facts["symbols"], answer["symbols"], places):
        dump.check(name, (value(linked), "plain"),
                   (symbol["value"] and value(symbol["value"]), symbol["rule"]))
        dump.check(name + "'s place", ("OK", value(pa)),
                   (outcome(place), place["pa"] and value(place["pa"])))
        want = bytes.fromhex(data)
        dump.check(name + "'s bytes", want, dump.read(name, len(want)))


def check_messages(dump, facts):
    if "msgbuf_used" not in facts:
        return
    data = dump.run("dmesg", "--raw", kernel=False)[1]
    dump.check("messages", facts["msgbuf_used"], len(data))
    head = facts["msgbuf_head"].encode()
    dump.check("first messages", head, data[:len(head)])


def check_root(dump, facts):
    """Where the page tables of a core begin."""
    if "KPML4" not in facts:
        return
    found = dump.translate([facts["self_va_pages"][0][1]])[0]
    root = value(found["steps"][0]["entry_pa"]) if found["steps"] else 0
    dump.check("root", value(facts["KPML4"]), root & ~0xFFF)


def check_facts(dump, facts):
    dump.check("size", facts["size"], os.path.getsize(dump.vmcore))
    info = dump.json("info")
    pages = check_info(dump, facts, info)
    dump.check("sound", 0, dump.run("check")[0])
    check_pages(dump, facts, info, pages)
    check_self_va(dump, facts, info)
    check_addresses(dump, facts, info)
    check_symbols(dump, facts)
    check_messages(dump, facts)
    check_root(dump, facts)


# ---- The README's table ----

def check_table(dump, facts):
    info = dump.json("info")
    for key in ("arch", "version"):
        dump.check(key, facts[key], info[key])
    dump.check("uname", True, (info["kernel"] or "").startswith("FreeBSD 12.1-RELEASE"))
    dump.check("panic", "kdb_sysctl_panic", info["panic"])
    dump.check("sound", 0, dump.run("check")[0])
    pages = dump.run("pages", "--json", kernel=False)[1].split(b"\n")
    first = json.loads(pages[0])["file_offset"]
    where = 0x1000 + sum(round_up(size, 0x1000) for size in facts["sizes"])
    dump.check("pages begin", where, value(first))
    dump.check("pages", info["pages"]["present"], len(pages) - 1)
    data = dump.run("dmesg", "--raw", kernel=False)[1]
    dump.check("messages", (facts["used"], b"---<<BOOT>>---"), (len(data), data[:14]))
    symbols = dump.json("symbols", *facts["symbols"])["symbols"]
    dump.check("symbols", facts["symbols"], {s["name"]: value(s["value"]) for s in symbols})
    text = dump.read("version", 256)
    dump.check("version", (info["kernel"] or "").encode(), text.split(b"\0")[0])
    mappings = dump.run("pages", "--mappings", "--json", kernel=False)[1]
    dump.check("mappings", facts["mappings"], mappings.count(b"\n"))
    for name, (rule, cpu, where) in facts["moved"].items():
        found = dump.json("symbols", "--cpu", str(cpu), name.strip())["symbols"][0]
        dump.check(name, (rule, where), (found["rule"], value(found["value"] or "0")))


# ---- All ----

def unpack(packed, folder):
    """The unpacked file, holes left as holes; kept from an earlier run."""
    out = os.path.join(folder, os.path.basename(packed)[:-len(".xz")])
    if os.path.exists(out) and os.path.getmtime(out) >= os.path.getmtime(packed):
        return out
    part = "%s.%d" % (out, threading.get_ident())  # dumps that run at once may share a kernel
    with lzma.open(packed) as source, open(part, "wb") as file:
        while data := source.read(CHUNK):
            if data.count(0) == len(data):
                file.seek(len(data), os.SEEK_CUR)
            else:
                file.write(data)
        file.truncate()
    os.replace(part, out)
    return out


def known_machines():
    with open(os.path.join(ROOT, "arch", "arches.def"), encoding="ascii") as file:
        return set(re.findall(r"^KVS_ARCH\((\w+)\)", file.read(), re.M))


def collect(folder):
    """(name, facts, how to check) of the dumps whose machine this tree has."""
    known = known_machines()
    for file in sorted(os.listdir(folder)):
        if not file.endswith(".vmcore.xz"):
            continue
        name = file[:-len(".vmcore.xz")]
        path = os.path.join(folder, name + ".facts.json")
        if os.path.exists(path):
            with open(path, encoding="utf-8") as source:
                facts, how = json.load(source), check_facts
        elif name in TABLE:
            facts, how = TABLE[name], check_table
        else:
            continue
        if MACHINES.get(facts["arch"], facts["arch"]) in known:
            yield name, facts, how


def run_dump(job):
    tool, folder, work, name, facts, how = job
    dump = Dump(tool, name, unpack(os.path.join(folder, name + ".vmcore.xz"), work),
                unpack(os.path.join(folder, facts["kernel"]), work))
    try:
        how(dump, facts)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        dump.wrong.append("%s: an answer without its fields: %r" % (name, error))
    return name, dump.checked, dump.wrong


def main():
    folder = os.environ.get("KVMSAFE_REAL_DUMPS") or os.path.join(ROOT, "..", "shared", "real")
    if not os.path.isdir(folder):
        print("skipped: no folder of real dumps (KVMSAFE_REAL_DUMPS)")
        return SKIPPED
    tool, work = os.path.abspath(os.environ["KVMSAFE_TOOL"]), os.path.abspath("real-dumps")
    os.makedirs(work, exist_ok=True)
    only = sys.argv[1:]
    jobs = [(tool, folder, work, name, facts, how) for name, facts, how in collect(folder)
            if not only or name in only]
    checked = bad = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for name, count, wrong in pool.map(run_dump, jobs):
            print("%s: %d facts, %d wrong" % (name, count, len(wrong)))
            for line in wrong[:20]:
                print("  " + line)
            checked += count
            bad += len(wrong)
    print("%d dumps, %d facts, %d wrong" % (len(jobs), checked, bad))
    return 1 if bad or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
