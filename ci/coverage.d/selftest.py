#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""How counts are read, and when the gate of coverage shuts."""
import contextlib
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import page  # noqa: E402
from tally import Gate, Tally, of_lcov, of_llvm  # noqa: E402

FULL, HALF = Tally(10, 10, 20, 20), Tally(10, 10, 20, 10)
CORPUS, BOTH = Gate(100, 95), Gate(95, 85)


class Reading(unittest.TestCase):
    def test_a_trace_counts_lines_and_branches(self):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "x.info"
            path.write_text("TN:\nSF:/top/lib/a.c\nDA:1,0\nDA:2,5\nBRDA:2,0,0,-\nBRDA:2,0,1,0\n"
                "BRDA:2,0,2,7\nend_of_record\n")
            self.assertEqual(of_lcov(path, "/top"), {"lib/a.c": Tally(2, 1, 3, 1)})

    def test_an_export_counts_mcdc_too_and_leaves_out_headers_without_code(self):
        def entry(name, lines):
            summary = {"lines": {"count": lines, "covered": 1}, "branches": {"count": 4,
                "covered": 3}, "mcdc": {"count": 2, "covered": 1}}
            return {"filename": f"/top/lib/{name}", "summary": summary}
        text = json.dumps({"data": [{"files": [entry("a.c", 5), entry("b.h", 0)]}]})
        self.assertEqual(of_llvm(text, "/top"), {"lib/a.c": Tally(5, 1, 4, 3, 2, 1)})


class Judging(unittest.TestCase):
    def write(self, **reports):
        with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stdout(io.StringIO()):
            (Path(folder) / "html").mkdir()
            low = page.write(Path(folder), {name: {part: dict(files) for part, files in each.items()}
                for name, each in reports.items()}, CORPUS, BOTH)
            return low, (Path(folder) / "html/index.html").read_text()

    def test_what_reaches_everything_passes(self):
        low, text = self.write(gcc={"corpus": {"lib/a.c": FULL}, "both": {"lib/a.c": FULL}})
        self.assertFalse(low)
        self.assertIn('href="gcc-corpus/index.html"', text)

    def test_a_file_that_the_corpus_alone_does_not_reach_fails(self):
        for poor in (HALF, Tally(10, 9, 20, 20), Tally(10, 10, 20, 18)):
            low, text = self.write(gcc={"corpus": {"lib/a.c": FULL, "lib/b.c": poor},
                "both": {"lib/a.c": FULL, "lib/b.c": FULL}})
            self.assertTrue(low)
            self.assertIn("too low: lib/b.c", text)

    def test_a_report_of_no_file_fails(self):
        self.assertTrue(self.write(gcc={"corpus": {}, "both": {}})[0])

    def test_what_neither_reaches_fails(self):
        low, text = self.write(gcc={"corpus": {"lib/a.c": FULL},
            "both": {"lib/a.c": FULL, "arch/b.c": HALF}})
        self.assertTrue(low)
        self.assertIn("too low: arch/b.c all", text)

    def test_clang_is_told_and_not_judged(self):
        low, text = self.write(gcc={"corpus": {"lib/a.c": FULL}},
            clang={"corpus": {"lib/a.c": HALF}})
        self.assertFalse(low)
        self.assertIn("(not judged)", text)


if __name__ == "__main__":
    unittest.main()
