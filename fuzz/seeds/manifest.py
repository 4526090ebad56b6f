# SPDX-License-Identifier: BSD-2-Clause
"""corpus/MANIFEST: a line a committed input, that says what it is for.

Columns, between tabs: file (below corpus/seeds), target, origin, keep, why. Origins: `written` by
fuzz/seeds, `finding` once showed an error of ours, `campaign` was found by fuzzing and merged.
`keep yes`: ci/corpus-minimise never drops it.
"""

import os
from collections import namedtuple

import reasons

WRITTEN = "written"  # what fuzz/seeds no longer writes is removed
BY_HAND = ("finding", "campaign")
LIMIT = 8 << 20  # bytes of all inputs
HEAD = "".join("# %s\n" % line for line in (
    "SPDX-License-Identifier: BSD-2-Clause", *__doc__.strip().split("\n\n", 1)[0].split("\n"),
    *__doc__.strip().split("\n\n", 1)[1].split("\n"),
    "Lines of fuzz/seeds are written by it; add others by hand, anywhere. Sorted by `python3 fuzz/seeds`."))

Line = namedtuple("Line", "file target origin keep why")


def of_seed(target, name, why):
    """The line of what a module yields."""
    return Line("%s/%s" % (target, name), target, WRITTEN, "yes", why or reasons.of(target, name))


def read(path):
    """file: Line; and complaints."""
    lines, wrong = {}, []
    if not os.path.exists(path):
        return lines, wrong
    with open(path, encoding="utf-8") as text:
        for n, row in enumerate(text, 1):
            if row.startswith("#") or not row.strip():
                continue
            cells = row.rstrip("\n").split("\t")
            if len(cells) != len(Line._fields):
                wrong.append("line %d: 5 columns expected, found %d" % (n, len(cells)))
                continue
            line = Line(*cells)
            wrong += ["line %d: %s" % (n, what) for what in mistakes(line, lines)]
            lines[line.file] = line
    return lines, wrong


def mistakes(line, known):
    if line.file in known:
        yield "%s has a line already" % line.file
    if line.target != line.file.split("/")[0]:
        yield "%s is an input of another target than %s" % (line.file, line.target)
    if line.origin not in (WRITTEN, *BY_HAND):
        yield "%s: no such origin: %s" % (line.file, line.origin)
    if line.keep not in ("yes", "no"):
        yield "%s: keep yes or no, found %s" % (line.file, line.keep)
    if not line.why.strip():
        yield "%s: why is it there?" % line.file


def write(path, lines):
    """At once: others may be reading."""
    part = os.fspath(path) + ".part"
    with open(part, "w", encoding="utf-8") as out:
        out.write(HEAD)
        for line in sorted(lines):
            if any(sign in cell for cell in line for sign in "\t\n"):
                raise ValueError("%s: a tab or a new line in its words" % line.file)
            out.write("\t".join(line) + "\n")
    os.replace(part, path)


def present(root):
    """TARGET/NAME of all committed inputs, and their bytes in all."""
    found, size = set(), 0
    for folder, _, names in os.walk(root):
        for name in names:
            path = os.path.join(folder, name)
            found.add(os.path.relpath(path, root).replace(os.sep, "/"))
            size += os.path.getsize(path)
    return found, size


def check(path, root, seeds):
    """Complaints: of the file, of inputs and lines without each other, of lines as seeds has them not."""
    lines, wrong = read(path)
    found, size = present(root)
    wrong += ["%s: no line in the manifest" % name for name in sorted(found - set(lines))]
    wrong += ["%s: a line in the manifest, and no such file" % name
              for name in sorted(set(lines) - found)]
    wrong += ["%s: the manifest's line is not as fuzz/seeds writes it" % line.file
              for line in seeds if line.file in lines and lines[line.file] != line]
    written = {line.file for line in seeds}
    wrong += ["%s: fuzz/seeds writes no such input" % name for name, line in sorted(lines.items())
              if line.origin == WRITTEN and name not in written]
    if size > LIMIT:
        wrong.append("%d bytes of inputs, at most %d expected" % (size, LIMIT))
    return wrong


def update(path, root, seeds, before=None):
    """Write the lines of seeds, keep those by hand, remove inputs that seeds once wrote; complaints.

    before: lines as they were when seeds were made. What came since is another run's.
    """
    lines, wrong = read(path)
    if wrong:
        return wrong
    new = {line.file: line for line in seeds}
    for name, line in lines.items():
        if name in new:
            continue
        if line.origin in BY_HAND or before is not None and name not in before:
            new[name] = line
        elif os.path.exists(os.path.join(root, name)):
            os.remove(os.path.join(root, name))
    if new != lines:
        write(path, new.values())
    return ["%s: no line in the manifest: add one" % name
            for name in sorted(present(root)[0] - set(new))]
