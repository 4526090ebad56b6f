# SPDX-License-Identifier: BSD-2-Clause
"""Seeds of the target `elfsym`: more symbols of one name than the sort takes one by one."""

from gen import ksf
from gen.amd64_kernels import TEXT
from gen.kernel import Kernel
from gen.pieces import from_bytes

from elfsym_tables import ask
from records import patch


def seeds():
    for what, bindings in (("global", "G"), ("all-bindings", "LWGLWGL")):
        kernel = Kernel(64, 62, TEXT)
        for n in range(70):
            kernel.sym("same", bindings[n % len(bindings)], ".data", TEXT + 0x1000 + 8 * n, 8)
        yield "same-name-%s" % what, ksf.encode([(from_bytes(kernel.build()), 1)], []) + \
            patch(0, b"same\0") + ask(0), \
            "kvs_symtab_settle: the first in the file answers, whatever the sort moved"
