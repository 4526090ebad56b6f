# SPDX-License-Identifier: BSD-2-Clause
"""The folder that the dumps are written into: what of it is ours, and what an older generator left."""

import os

LIST = "WRITTEN"
KINDS = {"": (".vmcore", ".kernel", ".answers"), "damaged": (".answers",),
         os.path.join("seeds", "session"): (".ksf",)}


def candidates(out):
    """Paths below out of what has the name of a file of ours."""
    for folder, suffixes in KINDS.items():
        place = os.path.join(out, folder)
        for name in sorted(os.listdir(place)) if os.path.isdir(place) else ():
            if name.endswith(suffixes) and os.path.isfile(os.path.join(place, name)):
                yield os.path.join(folder, name)


class Folder:
    """Enter it before writing. A whole run then removes what earlier ones wrote and this one did not.

    What nobody listed stays. Before there were lists, damaged/LIST says whose folder it is.
    """

    def __init__(self, out, whole):
        self.out, self.whole = out, whole
        self.list = os.path.join(out, LIST)
        self.earlier = set()

    def __enter__(self):
        os.makedirs(os.path.join(self.out, "seeds", "session"), exist_ok=True)
        if os.path.exists(self.list):
            with open(self.list, encoding="utf-8") as text:
                self.earlier = set(text.read().splitlines())
        elif os.path.exists(os.path.join(self.out, "damaged", "LIST")):
            self.earlier = set(candidates(self.out))
        with open(self.list + ".part", "w", encoding="utf-8"):
            pass  # what is not older was written by this run
        self.start = os.stat(self.list + ".part").st_mtime_ns
        return self

    def __exit__(self, kind, *_):
        found = set(candidates(self.out))
        written = {path for path in found
                   if os.stat(os.path.join(self.out, path)).st_mtime_ns >= self.start}
        ours = written | self.earlier & found
        if self.whole and kind is None:
            for path in ours - written:
                os.remove(os.path.join(self.out, path))
            ours = written
        with open(self.list + ".part", "w", encoding="utf-8") as out:
            out.write("".join(path + "\n" for path in sorted(ours)))
        os.replace(self.list + ".part", self.list)
