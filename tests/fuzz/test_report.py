# SPDX-License-Identifier: BSD-2-Clause
"""The report is one well-formed file whose plots show the numbers."""

import re
import unittest
import xml.etree.ElementTree as ElementTree

import support
from campaign import report
from campaign.supervise import State, append_sample

SVG = "{http://www.w3.org/2000/svg}"


class Plots(unittest.TestCase):
    def points(self, series):
        root = ElementTree.fromstring(report.svg("a <b> & c", series))
        lines = root.findall(f"{SVG}polyline")
        return [[tuple(map(float, p.split(","))) for p in line.get("points").split()]
                for line in lines]

    def test_a_line_rises_from_the_corner_to_the_top(self):
        line, = self.points({"libfuzzer": [(0, 0), (5, 50), (10, 100)]})
        self.assertEqual(line[0], (report.LEFT, report.HEIGHT - report.BOTTOM))
        self.assertEqual(line[2], (report.WIDTH - 8, 8))
        self.assertEqual(line[1][0], (line[0][0] + line[2][0]) / 2)
        self.assertAlmostEqual(line[1][1], (line[0][1] + line[2][1]) / 2, places=1)

    def test_engines_share_the_axes(self):
        a, b = self.points({"libfuzzer": [(0, 0), (10, 100)], "afl": [(0, 0), (5, 50)]})
        self.assertLess(b[-1][0], a[-1][0])
        self.assertGreater(b[-1][1], a[-1][1])

    def test_nothing_is_an_empty_plot(self):
        self.assertEqual(self.points({}), [])
        self.assertEqual(self.points({"afl": []}), [])
        self.assertEqual(self.points({"afl": [(0, 0)]}), [[(56.0, 118.0)]])

    def test_many_points_are_thinned_and_the_last_stays(self):
        points = [(i, i) for i in range(5000)]
        thin = report.thin(points)
        self.assertEqual((len(thin), thin[0], thin[-1]), (300, (0, 0), (4999, 4999)))
        self.assertEqual(report.thin(points[:7]), points[:7])

    def test_labels(self):
        self.assertEqual([report.short(n) for n in (0, 950, 1234, 5.5e6, 2e9)],
                         ["0", "950", "1.23k", "5.5M", "2G"])
        self.assertEqual([report.span(n) for n in (59, 61, 3720, 90000)],
                         ["59s", "1m 1s", "1h 2m", "1d 1h"])

    def test_speed_is_between_samples(self):
        rows = [dict(zip(("spent", "cpu", "execs"), row)) for row in (
            (0, 0, 0), (10, 5, 500), (10, 5, 500), (20, 15, 600))]
        self.assertEqual(report.speed(rows), [(5, 100), (15, 10)])

    def test_without_cpu_time_the_clock_counts(self):
        rows = [{"spent": 0, "cpu": 0, "execs": 0}, {"spent": 10, "cpu": 0, "execs": 500}]
        self.assertEqual(report.speed(rows), [(10, 50)])


class Pages(support.FolderTest):
    FINDING = {"target": "t", "kind": "wrong: <x>", "entry": "kvmsafe_open", "frames": ["a"],
               "files": 2, "bytes": 9, "first": "2026", "key": "k", "command": "run 'a&b'",
               "reproduced": True, "folder": "/f/t-k"}

    def test_numbers_and_findings_are_in_it(self):
        for row in ([1, 0.5, 0.25, 1, 2, 3, 4], [2, 20, 10, 123456, 77, 88, 9]):
            append_sample(self.layout.samples("t", "libfuzzer"), row)
        state = State(self.layout.state())
        state.sessions = 3
        path = report.write(self.layout, ["t", "never"], [self.FINDING], state)
        text = path.read_text(encoding="utf-8")
        self.assertIn("<td>123,456</td><td>10s</td><td>12,346</td><td>77</td><td>88</td><td>9</td>"
                      "<td>20s</td>", text)
        self.assertIn("123,456 executions in 20s of one core (10s of CPU time, 50 %)", text)
        self.assertIn("wrong: &lt;x&gt;", text)
        self.assertIn("run &#x27;a&amp;b&#x27;", text)
        self.assertIn("sessions: 3; findings: 1;", text)
        self.assertNotIn("never", text)
        self.assertNotRegex(text, r"<script|src=|href=")
        for plot in re.findall(r"<svg.*?</svg>", text, re.S):
            ElementTree.fromstring(plot)
        self.assertEqual(text.count("<svg"), 4)

    def test_what_could_not_be_done_is_said(self):
        self.assertIn("<li>t: a &lt; b</li>", report.page({}, [], 1, ["t: a < b"]))
        self.assertNotIn("Not done", report.page({}, [], 1))

    def test_no_findings_is_said(self):
        self.assertIn("None.", report.page({}, [], 0))

    def test_what_passes_now_is_told_apart(self):
        passing = self.FINDING | {"reproduced": False, "folder": "/f/<mended>"}
        text = report.page({}, [passing], 1)
        self.assertIn("findings: 0;", text)
        self.assertIn("None.", text)
        self.assertIn("<code>/f/&lt;mended&gt;</code>", text)
        self.assertNotIn("Pass now", report.page({}, [self.FINDING], 1))

    def test_a_cut_row_is_left_out(self):
        append_sample(self.layout.samples("t", "afl"), [1, 5, 4, 10, 2, 0, 4])
        with open(self.layout.samples("t", "afl"), "a", encoding="utf-8") as file:
            file.write("2,10,")
        self.assertEqual(len(report.read_samples(self.layout.samples("t", "afl"))), 1)


if __name__ == "__main__":
    unittest.main()
