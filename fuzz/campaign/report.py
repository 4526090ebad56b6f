# SPDX-License-Identifier: BSD-2-Clause
"""One HTML file without scripts or links to elsewhere: numbers, plots, findings."""

import html
import time

from .layout import ENGINES, write_whole
from .supervise import read_samples
from .triage import fails

WIDTH, HEIGHT, LEFT, BOTTOM = 420, 140, 56, 22
COLORS = {"libfuzzer": "#2563a8", "afl": "#b45309"}
STYLE = """body{font:15px/1.45 system-ui,sans-serif;margin:2em auto;max-width:74em;padding:0 1em;
color:#1c2024;background:#fff}table{border-collapse:collapse;margin:1em 0}
th,td{padding:.25em .8em;border-bottom:1px solid #d8dde3;text-align:right;vertical-align:top}
th:first-child,td:first-child,td.text,th.text{text-align:left}pre{background:#f3f5f7;padding:.6em;
white-space:pre-wrap;overflow-wrap:anywhere}figure{display:inline-block;margin:.4em 1.2em .4em 0}figcaption{font-size:13px;
font-weight:600;padding-left:56px}.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(
420px,max-content))}h2{border-top:1px solid #d8dde3;padding-top:.6em}td{font-variant-numeric:
tabular-nums}.none{color:#5a6572}code{font-size:13px}"""


def short(number):
    """1234 as 1.2k: for axes."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(number) >= limit:
            return f"{number / limit:.3g}{unit}"
    return f"{number:.3g}"


def span(seconds):
    """A length of time in its two largest units."""
    seconds = int(seconds)
    for unit, name, small, lower in ((86400, "d", 3600, "h"), (3600, "h", 60, "m"),
                                     (60, "m", 1, "s")):
        if seconds >= unit:
            return f"{seconds // unit}{name} {seconds % unit // small}{lower}"
    return f"{seconds}s"


def thin(points, most=300):
    """At most so many points, the last one among them."""
    if len(points) <= most:
        return points
    step = (len(points) - 1) / (most - 1)
    return [points[round(i * step)] for i in range(most)]


def polyline(points, top_x, top_y, color):
    """Points in data units as a line of the plot; y grows upwards."""
    def place(x, y):
        left = LEFT + (WIDTH - LEFT - 8) * (x / top_x if top_x else 0)
        down = 8 + (HEIGHT - BOTTOM - 8) * (1 - (y / top_y if top_y else 0))
        return f"{left:.1f},{down:.1f}"
    return (f'<polyline fill="none" stroke="{color}" stroke-width="1.5" '
            f'points="{" ".join(place(x, y) for x, y in thin(points))}"/>')


def svg(title, series):
    """An inline plot of {name: [(seconds, value)]}; names are engines."""
    points = [point for line in series.values() for point in line]
    top_x = max((x for x, _ in points), default=0)
    top_y = max((y for _, y in points), default=0)
    floor, middle = HEIGHT - BOTTOM, (HEIGHT - BOTTOM + 8) // 2
    lines = "".join(polyline(line, top_x, top_y, COLORS.get(name, "#444"))
                    for name, line in series.items() if line)
    names = "".join(f'<tspan fill="{COLORS.get(name, "#444")}" dx="8">{html.escape(name)}</tspan>'
                    for name, line in series.items() if line)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
            f'width="{WIDTH}" height="{HEIGHT}" role="img" font-size="11">'
            f'<title>{html.escape(title)}</title>'
            f'<path d="M{LEFT} {middle}H{WIDTH - 8}M{LEFT} 8H{WIDTH - 8}" stroke="#e3e7eb"/>'
            f'<path d="M{LEFT} 8V{floor}H{WIDTH - 8}" fill="none" stroke="#8b95a1"/>'
            f'<text x="{LEFT - 4}" y="14" text-anchor="end">{short(top_y)}</text>'
            f'<text x="{LEFT - 4}" y="{middle + 4}" text-anchor="end">{short(top_y / 2)}</text>'
            f'<text x="{LEFT - 4}" y="{floor}" text-anchor="end">0</text>'
            f'<text x="{WIDTH - 8}" y="{HEIGHT - 6}" text-anchor="end">{span(top_x)} of CPU time'
            f'</text><text x="{LEFT}" y="{HEIGHT - 6}">{names}</text>{lines}</svg>')


ORIGIN = {"spent": 0, "cpu": 0, "execs": 0}


def worked(row):
    """CPU seconds; where the system does not tell them, the clock's."""
    return row["cpu"] or row["spent"]


def speed(samples):
    """[(CPU seconds, executions in one of them)] between neighbouring samples."""
    out = []
    for a, b in zip(samples, samples[1:]):
        if worked(b) > worked(a) and b["execs"] >= a["execs"]:
            out.append((worked(b), (b["execs"] - a["execs"]) / (worked(b) - worked(a))))
    return out


def plots(name, by_engine):
    """Coverage, executions and speed of a target over the CPU time it had."""
    def series(field):
        return {engine: [(0, 0)] + [(worked(row), row[field]) for row in rows]
                for engine, rows in by_engine.items() if rows}
    kinds = (("edges", series("edges")), ("inputs", series("corpus")),
             ("executions", series("execs")),
             ("executions in a CPU second", {e: speed([ORIGIN, *rows]) if rows else []
                                             for e, rows in by_engine.items()}))
    figures = "".join(f"<figure><figcaption>{title}</figcaption>{svg(f'{name}: {title}', lines)}"
                      "</figure>" for title, lines in kinds)
    return f'<div class="plots">{figures}</div>'


def row_of(target, engine, last):
    rate = last["execs"] / worked(last) if worked(last) else 0
    cells = [f"{last['execs']:,.0f}", span(last["cpu"]) if last["cpu"] else "", f"{rate:,.0f}",
             f"{last['edges']:,.0f}", f"{last['features']:,.0f}" if last["features"] else "",
             f"{last['corpus']:,.0f}", span(last["spent"])]
    return (f"<tr><td>{html.escape(target)}</td><td class=text>{engine}</td>"
            + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")


def finding_html(finding):
    frames = " ← ".join(html.escape(name) for name in finding["frames"][:6]) or "none of ours"
    return (f"<h3>{html.escape(finding['target'])}: {html.escape(finding['kind'])}</h3>"
            f"<p>Entry point <code>{html.escape(finding['entry'] or 'unknown')}</code>; "
            f"functions <code>{frames}</code>; {finding['files']} files, smallest "
            f"{finding['bytes']} bytes; first seen {html.escape(finding['first'])}; key "
            f"<code>{html.escape(finding['key'])}</code></p>"
            f"<pre>{html.escape(finding['command'])}</pre>")


def findings_html(findings):
    """Those that fail, whole; of those that pass now, one line each."""
    failing = [finding for finding in findings if fails(finding)]
    passing = [finding for finding in findings if not fails(finding)]
    out = "".join(map(finding_html, failing)) or '<p class="none">None.</p>'
    if passing:
        out += "<h3>Pass now</h3><p>Mended since, or seen once only: a limit of time or memory on a " \
               "busy machine.</p><ul>" + "".join(
                   f"<li>{html.escape(f['target'])}: {html.escape(f['kind'])}, <code>"
                   f"{html.escape(f['folder'])}</code></li>" for f in passing) + "</ul>"
    return out


def summary(lasts, findings, sessions):
    """The sentence above the table."""
    execs, spent, cpu = (sum(row[field] for row in lasts) for field in ("execs", "spent", "cpu"))
    failing = sum(map(fails, findings))
    share = f" ({span(cpu)} of CPU time, {100 * cpu / spent:.0f} %)" if cpu and spent else ""
    return (f"<p>{execs:,.0f} executions in {span(spent)} of one core{share}; sessions: {sessions}; "
            f"findings: {failing}; written {time.strftime('%Y-%m-%d %H:%M:%S %Z')}.</p>"
            '<p class="none">Rates and plots are by CPU time: what a core worked for the campaign, '
            "which does not depend on what else the machine did. Time is the clock's, of one core. "
            "Each engine counts edges in its own way, and AFL++ tells its numbers once a minute.</p>")


def faults_html(faults):
    """What the last session could not do: without it, no findings would say more than they may."""
    lines = "".join(f"<li>{html.escape(fault)}</li>" for fault in faults)
    return f"<h2>Not done in the last session</h2><ul>{lines}</ul>" if faults else ""


def page(by_target, findings, sessions, faults=()):
    """The report. by_target: {target: {engine: samples}}."""
    rows, sections, lasts = [], [], []
    for target, by_engine in sorted(by_target.items()):
        if not any(by_engine.values()):
            continue
        for engine in ENGINES:
            if by_engine.get(engine):
                lasts.append(by_engine[engine][-1])
                rows.append(row_of(target, engine, lasts[-1]))
        sections.append(f"<h2>{html.escape(target)}</h2>{plots(target, by_engine)}")
    return (f'<!doctype html><html lang="en"><meta charset="utf-8"><title>libkvmsafe: fuzzing'
            f"</title><style>{STYLE}</style><h1>libkvmsafe: fuzzing campaign</h1>"
            f"{summary(lasts, findings, sessions)}"
            "<table><tr><th>target<th class=text>engine<th>executions<th>CPU time<th>per CPU second"
            f"<th>edges<th>features<th>inputs<th>time</tr>{''.join(rows)}</table>"
            f"{faults_html(faults)}<h2>Findings</h2>{findings_html(findings)}{''.join(sections)}</html>\n")


def write(layout, targets, findings, state):
    """work/report.html; its path."""
    by_target = {target: {engine: read_samples(layout.samples(target, engine))
                          for engine in ENGINES} for target in targets}
    path = layout.work / "report.html"
    write_whole(path, page(by_target, findings, state.sessions, state.faults))
    return path
