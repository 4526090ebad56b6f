# SPDX-License-Identifier: BSD-2-Clause
"""What is known of each guard, a line a guard, on disk at once; and how long it stays true."""
import json
import threading

from basis import Basis
from workshop import digest_of

RANK = {"corpus": 0, "tests": 1, "unnoticed": 2, "silent": 3}


class Book:
    """What the corpus noticed stays noticed while the guard's file, the input that noticed and the sources
    that judge its answers are the same (basis.py). Asked again, it costs a second or two: the target
    that noticed is asked first.

    Anything else is asked again when a source, an input, a target or a test changed.
    """

    def __init__(self, top, path, others=(), fresh=False, silent=False):
        self.top, self.path, self.digest, self.basis = top, path, digest_of(top), Basis(top)
        self.silent = silent  # is it enough that the corpus was asked?
        self.rows, self.sources, self.lock = {}, {}, threading.Lock()
        for book in [path, *others] if not fresh else others:
            self.read(book)

    def read(self, path):
        if not path.exists():
            return
        for line in path.read_text().splitlines():
            row = json.loads(line)
            if "source" in row and self.better(row):
                self.rows[row["id"]] = row

    def better(self, row):
        """Than what is known: true now, then by the corpus, then the later one."""
        known = self.rows.get(row["id"])
        return known is None or self.worth(row) >= self.worth(known)

    def worth(self, row):
        return self.holds(row), -RANK[row["verdict"]] if self.holds(row) else 0, row["at"]

    def source(self, path):
        if path not in self.sources:
            place = self.top / path
            self.sources[path] = digest_of(self.top, [path]) if place.exists() else None
        return self.sources[path]

    def holds(self, row):
        return row["source"] == self.source(row["id"].split(":")[0]) and \
            (row["digest"] == self.digest or row["verdict"] == "corpus" and self.basis.stands(row)) and \
            (row["verdict"] != "silent" or self.silent)

    def done(self, guard):
        return guard.id in self.rows and self.holds(self.rows[guard.id])

    def last_test(self, guard):
        return self.rows.get(guard.id, {}).get("test")

    def record(self, guard, row):
        row = {"id": guard.id, "digest": self.digest, "source": self.source(guard.path), **row,
            **self.basis.of(row)}
        with self.lock:
            self.rows[guard.id] = row
            with self.path.open("a") as out:
                out.write(json.dumps(row) + "\n")
        return row
