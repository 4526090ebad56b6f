# SPDX-License-Identifier: BSD-2-Clause
"""Lines of both engines become numbers; what is none is left alone."""

import unittest

import support  # noqa: F401
from campaign import parse


class LibFuzzerLines(unittest.TestCase):
    def take(self, *lines):
        progress = parse.Progress()
        taken = [parse.libfuzzer_line(line, progress) for line in lines]
        return taken, progress

    def test_a_new_input_gives_all_numbers(self):
        taken, progress = self.take(
            "#1234\tNEW    cov: 345 ft: 1567 corp: 12/345b lim: 21 exec/s: 617 rss: 45Mb L: 3/9\n")
        self.assertEqual(taken, [True])
        self.assertEqual(progress, parse.Progress(1234, 345, 1567, 12))

    def test_numbers_never_fall(self):
        _, progress = self.take(
            "#4096\tpulse  cov: 100 ft: 200 corp: 9/1Kb exec/s: 1 rss: 40Mb",
            "#4\tINITED cov: 3 ft: 4 corp: 2/2b exec/s: 0 rss: 30Mb")
        self.assertEqual((progress.execs, progress.edges, progress.features), (4096, 100, 200))
        self.assertEqual(progress.corpus, 2)

    def test_a_line_without_coverage_counts_executions(self):
        taken, progress = self.take("#2\tREAD units: 8")
        self.assertEqual((taken, progress.execs, progress.edges), ([True], 2, 0))

    def test_a_stack_frame_is_no_status(self):
        taken, progress = self.take("    #0 0x55 in kvs_cut /x/lib/a.c:3:4", "INFO: seed corpus: 3",
                                    "#a\tNEW")
        self.assertEqual(taken, [False, False, False])
        self.assertEqual(progress, parse.Progress())

    def test_a_process_that_a_seed_ends_counts_too(self):
        taken, progress = self.take("stat::number_of_executed_units: 61\n",
                                    "stat::average_exec_per_sec:     0\n")
        self.assertEqual((taken, progress.execs), ([True, False], 61))

    def test_findings_are_told_with_their_paths(self):
        told = parse.libfuzzer_artifact("artifact_prefix='/a b/'; Test unit written to /a b/crash-0f\n")
        self.assertEqual(told, "/a b/crash-0f")
        self.assertIsNone(parse.libfuzzer_artifact("#3\tNEW    cov: 3\n"))


PLOT = """\
# relative_time, cycles_done, cur_item, corpus_count, pending_total, pending_favs, map_size, \
saved_crashes, saved_hangs, max_depth, execs_per_sec, total_execs, edges_found
5, 0, 3, 40, 30, 9, 2.01%, 0, 0, 2, 812.50, 4062, 120
10, 1, 7, 44, 20, 3, 2.20%, 1, 0, 3, 900.00, 9000, 131
15, 1, 9, 4
"""


class AflFiles(unittest.TestCase):
    def test_columns_are_found_by_name(self):
        rows = parse.plot_data(PLOT)
        self.assertEqual([seconds for seconds, _ in rows], [5, 10])
        self.assertEqual(rows[-1][1], parse.Progress(9000, 131, 0, 44))

    def test_other_columns_give_nothing(self):
        self.assertEqual(parse.plot_data("# a, b\n1, 2\n"), [])
        self.assertEqual(parse.plot_data(""), [])
        self.assertEqual(parse.plot_data(PLOT.replace("9000", "x"))[-1][0], 5)

    def test_stats_are_pairs(self):
        stats = parse.fuzzer_stats("execs_done        : 123\ncommand_line : afl-fuzz -x a:b\njunk\n")
        self.assertEqual(stats, {"execs_done": "123", "command_line": "afl-fuzz -x a:b"})


if __name__ == "__main__":
    unittest.main()
