# SPDX-License-Identifier: BSD-2-Clause
"""The table of all counts, as text and as the page that leads to the reports; and the gate."""
import html

from tally import Tally, percent

STYLE = """body{font:14px sans-serif;margin:2em} td,th{padding:2px 8px;text-align:right}
td:first-child,th:first-child{text-align:left} .low{background:#fbdcdc} .ok{background:#eefaee}
table{border-collapse:collapse} tr{border-top:1px solid #ddd}"""
TITLES = {"corpus": "corpus alone", "unit": "unit tests alone", "both": "both"}


def total(tallies):
    return sum(tallies.values(), Tally())


def below(tallies, gate, wanted=lambda path: True):
    return [path for path, tally in sorted(tallies.items())
        if wanted(path) and not gate.passes(tally)]


def counts(tally):
    return (f"{tally.lines_hit} of {tally.lines}", f"{percent(tally.lines_hit, tally.lines):.1f}",
        f"{tally.branches_hit} of {tally.branches}",
        f"{percent(tally.branches_hit, tally.branches):.1f}")


def text(tallies):
    for path, tally in [*sorted(tallies.items()), ("all", total(tallies))]:
        lines, line_rate, branches, branch_rate = counts(tally)
        yield f"{path:28} {lines:>12} lines {line_rate:>5} %  {branches:>12} branches " \
            f"{branch_rate:>5} %"


def rows(found, gate):
    """A row a file: what each report has of it."""
    paths = sorted({path for reports in found.values() for each in reports.values() for path in each})
    for path in ["all", *paths]:
        cells = [html.escape(path)]
        for reports in found.values():
            for tallies in reports.values():
                tally = total(tallies) if path == "all" else tallies.get(path, Tally())
                mark = "ok" if gate.passes(tally) else "low"
                cells += [f'<td class="{mark}">{rate}' for rate in counts(tally)[1::2]]
                if tallies and total(tallies).pairs:
                    cells.append(f"<td>{percent(tally.pairs_hit, tally.pairs):.1f}")
        yield f"<tr><td>{''.join(cells)}"


def heads(found):
    upper, lower = [], []
    for name, reports in found.items():
        for part, tallies in reports.items():
            wide = 3 if total(tallies).pairs else 2
            upper.append(f'<th colspan={wide}><a href="{name}-{part}/index.html">'
                f"{TITLES[part]}, {name}</a>")
            lower.append("<th>lines %<th>branches %" + ("<th>MC/DC %" if wide == 3 else ""))
    return f"<tr><th>{''.join(upper)}<tr><th>file{''.join(lower)}"


def page(found, gate, verdicts):
    yield f"<!doctype html><meta charset=utf-8><title>Coverage</title><style>{STYLE}</style>"
    yield "<h1>Coverage of lib/ and arch/</h1>"
    yield from (f"<p>{html.escape(line)}" for line in verdicts)
    yield "<p>gcc counts lines and its own arcs, clang lines of regions, both outcomes of each " \
        "condition, and MC/DC: conditions that were seen to decide by themselves."
    yield f"<table>{heads(found)}"
    yield from rows(found, gate)
    yield "</table>"


def judge(found, corpus_gate, both_gate):
    """(verdict, does it fail?) a line."""
    for name, reports in found.items():
        low = below(reports["corpus"], corpus_gate)
        said = f"{len(low)} of {len(reports['corpus'])} files too low: {' '.join(low)}"
        yield f"corpus alone, {name}: {corpus_gate} of each file expected: " + \
            (said if low else "ok") + ("" if name == "gcc" else " (not judged)"), \
            name == "gcc" and (bool(low) or not reports["corpus"])
    both = found.get("gcc", {}).get("both")
    if both is not None:
        low = below(both, both_gate, lambda path: path.startswith("arch/"))
        low += [] if both_gate.passes(total(both)) else ["all"]
        yield f"corpus and tests, gcc: {both_gate} of all and of each machine expected: " + \
            (f"too low: {' '.join(low)}" if low else "ok"), bool(low)


def write(out, found, corpus_gate, both_gate):
    """html/index.html and table.txt; true if the gate is not passed."""
    verdicts = list(judge(found, corpus_gate, both_gate))
    table = []
    for name, reports in found.items():
        for part, tallies in reports.items():
            table += [f"---- {TITLES[part]}, {name}", *text(tallies)]
    (out / "table.txt").write_text("\n".join(table) + "\n")
    (out / "html" / "index.html").write_text(
        "\n".join(page(found, corpus_gate, [line for line, _ in verdicts])) + "\n")
    judged = found.get("gcc") or next(iter(found.values()))
    print("\n".join(text(judged["corpus"])))
    for name, reports in found.items():
        for part, tallies in reports.items():
            print(f"{TITLES[part] + ', ' + name:28} " + "  ".join(text({"": total(tallies)})).split(
                "  all ")[0].strip())
    for line, _ in verdicts:
        print(f"coverage: {line}")
    print(f"    {out}/html/index.html, table.txt")
    return any(fails for _, fails in verdicts)
