# SPDX-License-Identifier: BSD-2-Clause
"""The table of guards: who noticed that each was gone, as text and as a page."""
import collections
import html

STYLE = """body{font:14px sans-serif;margin:2em} td,th{text-align:left;vertical-align:top;
padding:2px 8px} code{white-space:pre-wrap} .noticed{background:#eefaee} .accepted{background:#eee}
.bad{background:#fbdcdc} table{border-collapse:collapse} tr{border-top:1px solid #ddd}"""


def answer(row):
    if row["verdict"] == "noticed":
        return f"{row['test']} {row['where']}: {row['how']}"
    return row["verdict"].upper()


def line(guard, row):
    return f"{guard.path}:{guard.line} {guard.function}: {guard.kind} {guard.text} -> {answer(row)}"


def state(guard, row, accepted):
    if row["verdict"] == "noticed":
        return "noticed"
    return "accepted" if guard.id in accepted else "bad"


def page(rows, accepted, summary):
    yield f"<!doctype html><meta charset=utf-8><title>Guards</title><style>{STYLE}</style>"
    yield f"<h1>Guards and their witnesses</h1><p>{html.escape(summary)}</p><table>"
    yield "<tr><th>guard<th>kind<th>text<th>noticed by<th>where<th>how"
    for guard, row in rows:
        cells = [f"{guard.path}:{guard.line} {guard.function}", guard.kind, guard.text,
            row.get("test", row["verdict"]), row.get("where", ""),
            row.get("how", accepted.get(guard.id, ""))]
        cells = "".join(f"<td><code>{html.escape(cell)}</code>" for cell in cells)
        yield f'<tr class="{state(guard, row, accepted)}" title="{html.escape(guard.id)}">{cells}'
    yield "</table>"


def write(folder, rows, accepted, wanted):
    """Files found.txt and found.html, a summary on stdout; how many guards lack a witness."""
    bad = [(guard, row) for guard, row in rows if state(guard, row, accepted) == "bad"]
    counts = collections.Counter(row["verdict"] for _, row in rows)
    summary = f"{len(rows)} of {wanted} guards tried: " + \
        ", ".join(f"{n} {verdict}" for verdict, n in counts.most_common()) + \
        f"; {len(rows) - counts['noticed'] - len(bad)} accepted"
    (folder / "found.txt").write_text("".join(line(*row) + "\n" for row in rows))
    (folder / "found.html").write_text("\n".join(page(rows, accepted, summary)) + "\n")
    for guard, row in bad:
        print(f"no witness: {line(guard, row)}\n    {guard.id}")
    print(f"guards: {summary}\n    {folder}/found.txt, found.html")
    return len(bad)
