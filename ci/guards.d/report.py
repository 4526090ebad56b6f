# SPDX-License-Identifier: BSD-2-Clause
"""The table of guards: who noticed that each was gone, as text and as a page; and the gate."""
import html

LEAST = 95  # per cent of the guards that the corpus alone must notice
WORDS = {"corpus": "noticed by the corpus", "tests": "noticed by tests only",
    "unnoticed": "unnoticed", "silent": "not noticed by the corpus"}
STYLE = """body{font:14px sans-serif;margin:2em} td,th{text-align:left;vertical-align:top;
padding:2px 8px} code{white-space:pre-wrap} .corpus{background:#eefaee} .tests{background:#fbf6d8}
.accepted{background:#eee} .bad{background:#fbdcdc} table{border-collapse:collapse}
tr{border-top:1px solid #ddd}"""


def answer(row):
    words = WORDS[row["verdict"]]
    if "why" in row:
        return f"{words.upper()}: {row['why']}"
    return f"{words}: {row['test']} {row['where']}: {row['how']}"


def line(guard, row):
    return f"{guard.path}:{guard.line} {guard.function}: {guard.kind} {guard.text} -> {answer(row)}"


def state(guard, row, accepted):
    if row["verdict"] in ("corpus", "tests"):
        return row["verdict"]
    return "accepted" if guard.id in accepted else "bad"


def page(rows, accepted, summary):
    yield f"<!doctype html><meta charset=utf-8><title>Guards</title><style>{STYLE}</style>"
    yield f"<h1>Guards and their witnesses</h1><p>{html.escape(summary)}</p><table>"
    yield "<tr><th>guard<th>kind<th>text<th>verdict<th>by<th>where<th>how"
    for guard, row in rows:
        cells = [f"{guard.path}:{guard.line} {guard.function}", guard.kind, guard.text,
            WORDS[row["verdict"]], row.get("test", ""), row.get("where", ""),
            row.get("how") or accepted.get(guard.id, row.get("why", ""))]
        cells = "".join(f"<td><code>{html.escape(cell)}</code>" for cell in cells)
        yield f'<tr class="{state(guard, row, accepted)}" title="{html.escape(guard.id)}">{cells}'
    yield "</table>"


def percent(n, of):
    return 100 * n / of if of else 100.0


def write(folder, rows, accepted, wanted, gate=True):
    """Files found.txt and found.html, a summary on stdout; does it pass?

    A sample is too small for a percentage (gate=False): only what nobody notices fails, or was not
    asked.
    """
    states = [state(guard, row, accepted) for guard, row in rows]
    corpus, tests = states.count("corpus"), states.count("tests")
    summary = f"{len(rows)} of {wanted} guards tried: " \
        f"{corpus} noticed by the corpus ({percent(corpus, len(rows)):.1f} %, {LEAST} % expected), " \
        f"{tests} by tests only (together {percent(corpus + tests, len(rows)):.1f} %), " \
        f"{states.count('bad')} unnoticed, {states.count('accepted')} accepted"
    (folder / "found.txt").write_text("".join(line(*row) + "\n" for row in rows))
    (folder / "found.html").write_text("\n".join(page(rows, accepted, summary)) + "\n")
    for (guard, row), kind in zip(rows, states):
        if kind in ("bad", "tests"):
            print(f"{'no witness' if kind == 'bad' else 'not by the corpus'}: {line(guard, row)}"
                f"\n    {guard.id}")
    print(f"guards: {summary}\n    {folder}/found.txt, found.html")
    low = gate and percent(corpus, len(rows)) < LEAST
    return not (low or "bad" in states or len(rows) < wanted)
