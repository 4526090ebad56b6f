# SPDX-License-Identifier: BSD-2-Clause
"""Time is shared, what ends is restarted, an interrupt loses nothing, and the next run goes on."""

import os
import signal
import subprocess
import sys
import threading
import time
import unittest
from types import SimpleNamespace
from unittest import mock

import support
from campaign import builds, layout, merge, supervise, triage, workers
from campaign.supervise import Campaign, State, pick, read_samples, slice_of

# Counts executions until its time is over or SIGINT; each process adds an input to its first folder.
FUZZER = r"""
for f; do case $f in -max_total_time=*) most=${f#*=};; -*) ;; *) folder=${folder:-$f};; esac; done
trap 'echo "#100 DONE cov: 9 ft: 9 corp: 1/1b"; exit 72' INT
echo x >"$folder/in-$$"
echo "#50 NEW cov: 7 ft: 8 corp: 1/1b lim: 4"
end=$(($(date +%s) + most)); while [ "$(date +%s)" -lt $end ]; do sleep 0.1; done
echo "#200 DONE cov: 11 ft: 12 corp: 3/9b"
"""


def worker(target, engine, seconds):
    return SimpleNamespace(target=target, engine=engine, seconds=seconds)


class Sharing(unittest.TestCase):
    def setUp(self):
        self.state = State(support.ROOT / "no-such-file")

    def test_who_had_least_is_next(self):
        self.state.spent.update({"a/libfuzzer": 10, "b/libfuzzer": 5, "c/libfuzzer": 7})
        self.assertEqual(pick("abc", ["libfuzzer"], self.state, [], set()), ("b", "libfuzzer"))

    def test_running_ones_count_with_their_slices(self):
        self.state.spent.update({"a/libfuzzer": 10, "b/libfuzzer": 5})
        running = [worker("b", "libfuzzer", 60)]
        self.assertEqual(pick("ab", ["libfuzzer"], self.state, running, set()), ("a", "libfuzzer"))

    def test_all_have_a_turn_first(self):
        self.state.spent.update({"a/libfuzzer": 1e6, "b/libfuzzer": 5})
        begun = {("b", "libfuzzer")}
        self.assertEqual(pick("ab", ["libfuzzer"], self.state, [], set(), begun), ("a", "libfuzzer"))
        begun.add(("a", "libfuzzer"))
        self.assertEqual(pick("ab", ["libfuzzer"], self.state, [], set(), begun), ("b", "libfuzzer"))

    def test_who_is_set_aside_is_left_out(self):
        self.assertEqual(pick("ab", ["afl"], self.state, [], {"a/afl"}), ("b", "afl"))
        self.assertIsNone(pick("a", ["afl"], self.state, [], {"a/afl"}))

    def test_slices_give_every_target_its_share(self):
        self.assertEqual(slice_of(60, 1, 6, 0), 10)
        self.assertEqual(slice_of(50, 1, 6, 10), 10)
        self.assertEqual(slice_of(60, 8, 2, 0), 60)
        self.assertEqual(slice_of(1e6, 8, 2, 0), supervise.SLICE_MAX)
        self.assertEqual(slice_of(0.2, 1, 2, 60), 1)
        self.assertEqual(slice_of(600, 1, 2, 0, turns=4), 75)


class Running(support.FolderTest):
    def campaign(self, seconds, targets=("t",), jobs=1):
        self.said = []
        return Campaign(self.layout, list(targets), ["libfuzzer"], jobs, seconds,
                        lambda text, keep=False: self.said.append(text))

    def test_targets_take_turns_and_samples_are_kept(self):
        for target in "ab":
            self.program(FUZZER, target=target)
        campaign = self.campaign(7, "ab")
        campaign.state.spent["a/libfuzzer"] = 1e6  # it was alone before
        campaign.run()
        state = State(self.layout.work / "state.json")
        self.assertEqual(set(state.spent), {"a/libfuzzer", "b/libfuzzer"})
        for target in "ab":
            last = read_samples(self.layout.samples(target, "libfuzzer"))[-1]
            self.assertGreaterEqual(last["execs"], 100)
            self.assertGreaterEqual(last["edges"], 9)
            self.assertGreaterEqual(last["corpus"], 1)

    def test_an_interrupt_stops_all_and_the_next_run_adds(self):
        self.program(FUZZER)
        for runs in (1, 2):
            timer = threading.Timer(2, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            start = time.monotonic()
            campaign = self.campaign(60)
            campaign.run()
            self.assertLess(time.monotonic() - start, 30)
            self.assertTrue(campaign.interrupted)
            state = State(self.layout.work / "state.json")
            self.assertEqual((state.sessions, state.execs["t/libfuzzer"]), (runs, 100 * runs))
            self.assertEqual(len(list(self.layout.corpus("t").iterdir())), runs)
        self.assertEqual(signal.getsignal(signal.SIGINT), signal.default_int_handler)

    def test_what_dies_at_once_is_set_aside(self):
        self.program("exit 1\n")
        start = time.monotonic()
        with mock.patch("campaign.supervise.POLL", 0.05):
            self.campaign(100).run()
        self.assertLess(time.monotonic() - start, 30)
        self.assertIn("t/libfuzzer: set aside, it ends as soon as it starts", self.said)

    def test_what_outlives_its_time_is_told_to_stop(self):
        self.program(FUZZER)
        one = workers.start(self.layout, "t", "libfuzzer", 0, 3600)
        deadline = time.monotonic() + 20
        while one.progress.execs == 0:  # it must have set its trap before it is told
            self.assertFalse(one.over())
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        one.seconds = -10  # as if it were old
        while not one.over():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertFalse(one.failed())
        self.assertEqual(one.progress.execs, 100)

    def test_a_log_that_cannot_be_written_stops_no_engine(self):
        path = self.program('head -c 300000 /dev/zero | tr "\\0" x | fold -w 99; echo; echo "#3 DONE cov: 1 ft: 1"\n')
        for log, fault in ((self.folder / "log", ""), ("/dev/full", "its log could not be written")):
            one = workers.Worker("t", "libfuzzer", "", 60, [str(path)], {}, log)
            deadline = time.monotonic() + 20
            while not one.over():
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.05)
            self.assertEqual((one.executions(), one.fault()), (3, fault))


class Told(support.FolderTest):
    """ci/campaign as a program, which is told to end at once; its engine does not listen."""

    DEAF = "trap '' INT; echo '#3 NEW cov: 1 ft: 1'; sleep 100 & echo $! >PID; wait; sleep 100\n"

    def begin(self, **more):
        self.left = self.folder / "left"
        self.program(self.DEAF.replace("PID", f"{self.left}.new; mv {self.left}.new {self.left}"))
        campaign = subprocess.Popen(
            [sys.executable, support.ROOT / "ci/campaign", "run", "--no-build", "--time", "60s",
             "--work", self.layout.work, "--build", self.layout.build, "--jobs", "1"],
            stderr=subprocess.PIPE, text=True, **more)
        self.addCleanup(campaign.wait)
        self.addCleanup(campaign.kill)
        self.addCleanup(campaign.stderr.close)
        self.until(lambda: any(map(os.path.getsize, self.layout.logs("t", "libfuzzer").iterdir())))
        self.until(self.left.exists)
        return campaign

    def until(self, what):
        deadline = time.monotonic() + 20
        while not what():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)

    def ends(self, campaign):
        """At once, all below it too, and no log is lost."""
        self.assertEqual(campaign.wait(20), 2)
        pid = int(self.left.read_text(encoding="utf-8"))
        self.until(lambda: not support.alive(pid))
        log, = self.layout.logs("t", "libfuzzer").iterdir()
        self.assertIn("#3 NEW", log.read_text(encoding="utf-8"))
        self.assertEqual(State(self.layout.state()).execs["t/libfuzzer"], 0)

    def test_a_second_interrupt_ends_all_at_once(self):
        # after nohup a terminal that hangs up is nothing
        campaign = self.begin(preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
        campaign.send_signal(signal.SIGHUP)
        campaign.send_signal(signal.SIGINT)
        said = ""
        while "stopping" not in said:
            said = campaign.stderr.readline()
        with self.assertRaises(subprocess.TimeoutExpired):
            campaign.wait(0.6)
        campaign.send_signal(signal.SIGINT)
        self.ends(campaign)

    def test_so_does_a_terminal_that_hangs_up(self):
        campaign = self.begin()
        campaign.send_signal(signal.SIGHUP)
        self.ends(campaign)


class Cpu(support.FolderTest):
    # works in a child that nobody waits for
    BUSY = r"""
for f; do case $f in -max_total_time=*) most=${f#*=};; esac; done
while :; do :; done & busy=$!
sleep "$most"; kill -9 $busy
echo "#200 DONE cov: 11 ft: 12 corp: 3/9b"
"""

    def test_all_below_a_process_counts_whatever_its_session(self):
        for number, line in ((7, "7 (a) S 1 7 7 0 -1 0 0 0 0 0 100 50 20 30 20 0"),
                             (8, "8 (b) c) R 7 8 8 0 -1 0 0 0 0 0 100 0 0 0 20 0"),
                             (9, "9 (d) R 8 8 8 0 -1 0 0 0 0 0 0 7 0 0 20 0"), (3, "3 (cut"),
                             (4, "4 (e) S 1 4 9 0 -1 0 0 0 0 0 1 2 3 4 20 0"),
                             (5, "5 (f) S 1 4 9 0 -1 0 0 0 0 0 1000 0 0 0 20 0")):
            (self.folder / str(number)).mkdir()
            (self.folder / str(number) / "stat").write_text(line)
        tick = os.sysconf("SC_CLK_TCK")
        self.assertEqual(workers.cpu_below([7, 4, 6], self.folder),
                         {7: 307 / tick, 4: 10 / tick, 6: 0})
        self.assertEqual(workers.cpu_below([7], self.folder / "none"), {7: 0})

    @unittest.skipUnless(os.path.isdir("/proc/self"), "no /proc")
    def test_work_of_a_child_that_nobody_waits_for_counts(self):
        self.program(self.BUSY)
        campaign = Campaign(self.layout, ["t"], ["libfuzzer"], 1, 4, lambda text, keep=False: None)
        campaign.run()
        state = State(self.layout.work / "state.json")
        last = read_samples(self.layout.samples("t", "libfuzzer"))[-1]
        self.assertGreater(state.cpu["t/libfuzzer"], 0.3)
        self.assertAlmostEqual(last["cpu"], state.cpu["t/libfuzzer"], delta=0.01)

    def test_what_a_process_leaves_behind_is_ended(self):
        self.program(f'sleep 100 & echo $! >{self.folder}/left\necho "#3 DONE cov: 1 ft: 1"\n')
        one = workers.start(self.layout, "t", "libfuzzer", 0, 60)
        deadline = time.monotonic() + 20
        while not one.over():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        left = int((self.folder / "left").read_text())
        while support.alive(left):
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.1)
        self.assertEqual(one.progress.execs, 3)

    def test_time_by_cpu_is_not_the_clocks(self):
        campaign = Campaign(self.layout, ["t"], ["libfuzzer"], 2, 60, None, by_cpu=True)
        campaign.used = 100
        self.assertEqual(campaign._left(), 10)  # pylint: disable=protected-access
        campaign.by_cpu, campaign.started = False, time.monotonic() - 40
        self.assertAlmostEqual(campaign._left(), 20, delta=5)  # pylint: disable=protected-access


class Commands(support.FolderTest):
    def test_the_first_folder_receives_and_is_no_seed_folder(self):
        command = workers.libfuzzer_command(self.layout, "index", 60)
        folders = [word for word in command[1:] if not word.startswith("-")]
        self.assertEqual(folders[0], str(self.layout.corpus("index")))
        self.assertIn(str(support.ROOT / "corpus" / "seeds" / "index"), folders[1:])
        self.assertIn(f"-dict={support.ROOT}/fuzz/dict/index.dict", command)

    def test_all_have_the_limits(self):
        self.assertLessEqual(set(layout.limits()),
                             set(workers.libfuzzer_command(self.layout, "index", 60)))
        self.assertEqual(set(layout.limits()) - set(triage.replay_command(self.layout, "index", "x")),
                         {f"-max_len={layout.MAX_LEN}"})
        self.assertLessEqual(set(layout.limits("afl")),
                             set(workers.afl_command(self.layout, "index", "main")))

    def test_one_main_instance_that_takes_what_libfuzzer_finds(self):
        first, second = (workers.afl_command(self.layout, "index", workers.afl_role(i))
                         for i in (0, 4))
        self.assertIn("-M", first)
        self.assertIn(str(self.layout.corpus("index")), first)
        self.assertIn("-S", second)
        self.assertNotIn("-F", second)

    def test_roles_use_their_builds(self):
        for role, kind in (("main", "afl"), ("asan", "afl-asan"), ("laf", "afl-laf"),
                           ("plain1", "afl")):
            command = workers.afl_command(self.layout, "index", role)
            self.assertEqual(command[-1], str(self.layout.binary(kind, "index")))
            self.assertNotIn("-c", command)
        command = workers.afl_command(self.layout, "index", "cmplog")
        self.assertEqual(command[command.index("-c") + 1], "0")

    def test_every_build_that_a_role_needs_is_made(self):
        self.assertEqual(builds.wanted("libfuzzer"), ["libfuzzer"])
        self.assertEqual(set(builds.wanted("both")), set(builds.KINDS))

    def test_resuming_is_asked_for(self):
        env = workers.afl_environment(self.layout, "main")
        self.assertEqual(env["AFL_AUTORESUME"], "1")
        self.assertNotIn("AFL_DISABLE_TRIM", env)
        self.assertEqual(workers.afl_environment(self.layout, "plain1")["AFL_DISABLE_TRIM"], "1")


class AflNumbers(support.FolderTest):
    def worker(self, text, stopped=None):
        """An instance that has ended, and had 40 executions before."""
        folder = self.layout.afl_sync("t") / "main-a"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "fuzzer_stats").write_text("execs_done        : 40\n")
        path = self.program(f"cd {folder}\n{text}", kind="afl")
        one = workers.Worker("t", "afl", "main", 60, [str(path)], {}, self.folder / "log", folder)
        one.stopped, deadline = stopped, time.monotonic() + 20
        while not one.over():
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        return one

    def test_executions_are_those_since_the_start(self):
        for text, count in (("echo execs_done: 100 >fuzzer_stats", 60), ("", 0), ("rm fuzzer_stats", 0),
                            ("echo execs_done: 7 >fuzzer_stats", 7), ("echo cut >fuzzer_stats", 0)):
            self.assertEqual(self.worker(text).executions(), count)

    def test_failing_is_a_fault_unless_told_to_stop(self):
        self.assertEqual(self.worker("exit 1").fault(), "ended with 1 and left no finding")
        self.assertEqual(self.worker("exit 1", time.monotonic()).fault(), "")
        self.assertEqual(self.worker("exit 0").fault(), "")

    def test_instances_are_summed_and_the_queue_is_counted(self):
        head = "# relative_time, corpus_count, total_execs, edges_found\n"
        for name, row in (("main-a", "5, 1, 100, 7\n"), ("asan-a", "5, 1, 30, 9\n"), ("new", ""),
                          ("laf-a", "5, 1, 20, 70\n")):
            folder = self.layout.afl_sync("t") / name
            (folder / "queue").mkdir(parents=True)
            (folder / "queue" / "id:000000").write_bytes(b"x")
            (folder / "queue" / "id:000001").write_bytes(b"y")
            (folder / "plot_data").write_text(head + row)
        self.assertEqual(supervise.afl_numbers(self.layout.afl_sync("t")), (150, 9, 0, 2))
        self.assertEqual(supervise.afl_numbers(self.folder / "none"), (0, 0, 0, 0))


class Merging(support.FolderTest):
    # keeps the inputs whose size is even
    PROGRAM = r"""
for f; do case $f in -*) ;; *) kept=${kept:-$f}; all=$f;; esac; done
for f in "$all"/*; do [ $(($(wc -c <"$f") % 2)) = 1 ] || cp "$f" "$kept"; done
"""

    def test_inputs_of_both_engines_are_merged_by_content(self):
        self.program(self.PROGRAM)
        queue = self.layout.afl_sync("t") / "main-host" / "queue"
        (queue / ".state").mkdir(parents=True)
        (queue / "id:000000,src:0").write_bytes(b"ab")
        (self.layout.corpus("t") / "one").write_bytes(b"ab")
        (self.layout.corpus("t") / "two").write_bytes(b"abcd")
        (self.layout.corpus("t") / "odd").write_bytes(b"abc")
        self.assertEqual(merge.merge(self.layout, "t"), (3, 2))
        self.assertEqual(sorted(p.read_bytes() for p in self.layout.merged("t").iterdir()),
                         [b"ab", b"abcd"])
        self.assertEqual(len(list(self.layout.corpus("t").iterdir())), 3)
        self.assertEqual(merge.minimise(self.layout, "t"), (3, 2))
        self.assertEqual(len(list(self.layout.corpus("t").iterdir())), 2)

    def test_only_new_files_are_promoted(self):
        self.layout.merged("t").mkdir(parents=True)
        for name in ("a", "b"):
            (self.layout.merged("t") / name).write_text(name)
        into = self.folder / "into"
        into.mkdir()
        (into / "other-name").write_text("a")
        self.assertEqual(merge.promote(self.layout, "t", into), 1)
        self.assertEqual(sorted(p.name for p in into.iterdir()), ["b", "other-name"])

    def test_a_merge_that_fails_changes_nothing(self):
        self.layout.merged("t").mkdir(parents=True)
        for folder in (self.layout.merged("t"), self.layout.corpus("t")):
            (folder / "a").write_text("a")
        # libFuzzer's status is 0 on a full disk
        for text in ("exit 1\n", self.PROGRAM.replace('cp "$f" "$kept"', ': >"$kept/${f##*/}"')
                     .replace("= 1", "= 0"), "exit 0\n"):
            self.program(text)
            for work in (merge.merge, merge.minimise):
                with self.assertRaises(SystemExit):
                    work(self.layout, "t")
            for folder in (self.layout.merged("t"), self.layout.corpus("t")):
                self.assertEqual([(p.name, p.read_text()) for p in folder.iterdir()], [("a", "a")])

    def test_a_copy_that_fails_leaves_no_part(self):
        (self.folder / "new").write_text("new")
        with mock.patch("campaign.layout.os.replace", side_effect=OSError(28, "full")), \
                self.assertRaises(OSError):
            layout.copy_whole(self.folder / "new", self.folder / "old")
        self.assertEqual([p.name for p in self.folder.iterdir()], ["new"])


if __name__ == "__main__":
    unittest.main()
