# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `calls`: careless callers, sessions without a dump."""

from gen import amd64_kernels, ksf
from gen.pieces import from_bytes

from world import World, told


def kernel(ops=()):
    return ksf.encode([(from_bytes(amd64_kernels.small().build()), 1)], list(ops))


NO_DUMP = ("va 0x1000 8 0 - USAGE", "pa 0x1000 8 0 - USAGE", "xlat 0x1000 - - * NO_MAP va 0x1000",
           "page 0 NOT_FOUND", "walk 0", "next USAGE", "walk 1", "next USAGE", "text 0 64 - USAGE",
           "text 1 64 - USAGE", "messages * * USAGE", "describe format -", "describe version -",
           "describe map no", "describe page 0", "describe ranges 0", "range 0 - -",
           "describe findings 0", "finding 0 -", "displacement 0")


def sizes():
    plain = World({0x1000: b"\x11" * 8}).ksf()
    for what, lines in (("options", ()), ("limits", ()), ("provider", ("provider",))):
        for delta, byte, status in ((16, 0, "OK"), (15, 0, "USAGE"), (0, 0, "USAGE"),
                                    (24, 0, "OK"), (24, 1, "USAGE"), (20, 1, "USAGE"),
                                    (19, 1, "OK")):
            yield "size-%s-%d-%d" % (what, delta, byte), told(
                [*lines, "size %s %d %d" % (what, delta, byte), "open %s -" % status,
                 "pa 0x1000 8 8 " + "11" * 8 + " OK"], plain), \
                "kvmsafe.h: unknown bytes of struct kvmsafe_%s must be 0" % what
    yield "size-description-small", told(["size description 15", "open OK", "describe USAGE"], plain)
    yield "size-description-large", told(["size description 24", "open OK", "describe page 4096"],
                                         plain)
    yield "size-scope-small", told(["provider", "provide a 5 0", "size scope 15", "open OK",
                                    "symbol a USAGE -"], plain)
    yield "provider-without-lookup", told(["provider none", "open USAGE"], plain)


def seeds():
    yield from sizes()
    plain = World({0x1000: b"\x11" * 8}).ksf()
    yield "nothing-at-all", told(["without dump", "open USAGE"])
    yield "no-options", told(["without options", "open OK", "describe arch amd64",
                              "pa 0x1000 4 4 11111111 OK"], plain)
    yield "no-limits", told(["without limits", "open OK", "pa 0x1000 4 4 11111111 OK"], plain)
    yield "provider-alone", told(["without dump", "provider", "provide hz 0x77 4",
                                  "open OK", *NO_DUMP, "describe arch -", "describe abi -",
                                  "describe pointer 0", "describe symbols 0",
                                  "symbol hz OK 0x77 plain", "symbol _hz OK 0x77 plain",
                                  "symbol nobody OK -"])
    yield "kernel-alone", told(["without dump", "open OK", *NO_DUMP, "describe arch amd64",
                                "describe pointer 8"], kernel())
