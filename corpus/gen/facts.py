# SPDX-License-Identifier: BSD-2-Clause
"""Where each machine's minidump header keeps its fields, version by version."""

SIZES = (("version", 24, 4), ("msgbufsize", 28, 4), ("bitmapsize", 32, 4), ("mapsize", 36, 4))
ARM64 = SIZES + (("kernbase", 40, 8), ("dmapphys", 48, 8), ("dmapbase", 56, 8), ("dmapend", 64, 8))
BASES = SIZES + (("kernbase", 40, 8), ("dmapbase", 48, 8), ("dmapend", 56, 8))
I386 = SIZES + (("kernbase", 40, 4), ("paemode", 44, 4))
ARM = SIZES + (("kernbase", 40, 4), ("arch", 44, 4), ("mmuformat", 48, 4))
MIPS = SIZES + (("kernbase", 40, 8),)  # the two fields at 48 and 56 are never set
POWER = (("version", 64, 4), ("msgbufsize", 68, 4), ("bitmapsize", 72, 4), ("mapsize", 76, 4),
         ("kernbase", 80, 8), ("kernend", 88, 8), ("dmapbase", 96, 8), ("dmapend", 104, 8),
         ("hw_direct_map", 112, 4), ("startkernel", 120, 8), ("endkernel", 128, 8))


def avail(offset):
    return (("dumpavailsize", offset, 4),)


# machine: (magic, its bytes, {version: fields})
MINIDUMPS = {
    "amd64": ("minidump FreeBSD/amd64", 24, {1: BASES, 2: BASES, 3: BASES + avail(64)}),
    "i386": ("minidump FreeBSD/i386", 24, {1: I386, 2: I386 + avail(48)}),
    "arm64": ("minidump FreeBSD/arm64", 24,
              {1: ARM64, 2: ARM64 + avail(72), 3: ARM64 + avail(72) + (("flags", 76, 4),)}),
    "arm": ("minidump FreeBSD/arm", 24, {1: ARM, 2: ARM + avail(52)}),
    "riscv": ("minidump FreeBSD/riscv", 24, {1: ARM64, 2: ARM64 + avail(72)}),
    "mips": ("minidump FreeBSD/mips", 24, {1: MIPS, 2: MIPS + avail(64)}),
    "powerpc64": ("minidump FreeBSD/powerpc64", 32, {1: POWER, 2: POWER + avail(136)}),
}

# machine: (class, e_machine, e_type) of its kernel
KERNELS = {
    "amd64": (64, 62, 2), "i386": (32, 3, 2), "arm64": (64, 183, 2), "arm": (32, 40, 2),
    "riscv": (64, 243, 2), "mips": (32, 8, 2), "mipsn32": (32, 8, 2), "mips64": (64, 8, 2),
    "powerpc": (32, 20, 3), "powerpc64": (64, 21, 3), "sparc64": (64, 43, 2),
}


def lines():
    """`machine version field offset width`, sorted as text."""
    return sorted("%s %d %s %d %d" % (machine, version, name, offset, width)
                  for machine, (_, _, versions) in MINIDUMPS.items()
                  for version, fields in versions.items()
                  for name, offset, width in fields)
