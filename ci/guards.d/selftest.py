#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What the guard finder finds and leaves, how witnesses are named, how long verdicts hold."""
import json
import sys
import tempfile
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.dont_write_bytecode = True

import report  # noqa: E402
import witness  # noqa: E402
from book import Book  # noqa: E402
from ctext import Source  # noqa: E402
from find import find_guards  # noqa: E402
from workshop import Outcome, Test, Workshop, run  # noqa: E402

TOP = Path(__file__).resolve().parent.parent.parent


def body(text):
    """Guards of a function with this body: (kind, deleted text)."""
    source = f"static int\nf(int a, int b)\n{{\n{text}\n}}\n"
    return [(guard.kind, guard.text) for guard in find_guards("lib/x/y.c", source)]


def without(text, n=0):
    source = f"int\nf(void)\n{{\n{text}\n}}\n"
    spoilt = find_guards("lib/x/y.c", source)[n].apply(source)
    assert spoilt.count("\n") == source.count("\n")
    return " ".join(spoilt.split("{", 1)[1].rsplit("}", 1)[0].split())


def is_running(pid):
    try:
        return Path(f"/proc/{int(pid)}/stat").read_text().split()[2] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Tokens(unittest.TestCase):
    def test_brackets_in_comments_strings_and_directives_do_not_count(self):
        source = Source("x.c", '#define O {\n/* ( */ int f(void)\n{\n\tg("}", \'{\'); // }\n}\n')
        self.assertEqual([function.name for function in source.functions()], ["f"])

    def test_a_directive_goes_on_behind_a_backslash(self):
        self.assertEqual(Source("x.c", "#define A \\\n\tif (x) return\nint y;\n").tokens[0].text, "int")

    def test_code_of_another_system_is_passed_over(self):
        text = "#ifdef __FreeBSD__\nint f(int a)\n{\n%s}\n#else\nint g(int a)\n{\n%s}\n#endif\n"
        guards = find_guards("x.c", text % (("\tif (a > 1)\n\t\treturn 0;\n",) * 2))
        self.assertEqual([guard.function for guard in guards], ["g"])

    def test_lines_are_counted_from_1(self):
        guards = find_guards("x.c", "int\nf(int a)\n{\n\tif (a)\n\t\treturn 1;\n\treturn 0;\n}\n")
        self.assertEqual(guards[0].line, 4)

    def test_an_array_is_no_function(self):
        self.assertEqual(list(Source("x.c", "static int a[2] = { 1, 2 };\n").functions()), [])


class Guards(unittest.TestCase):
    def test_an_if_that_reports_or_stops(self):
        self.assertEqual(body("if (a > b) return 1;"), [("if", "a > b")])
        self.assertEqual(body("if (a > b) { g(); break; }"), [("if", "a > b")])
        self.assertEqual(body("if (a > b) kvs_findings_note(x, 1);"), [("if", "a > b")])
        self.assertEqual(body("if (a > b) g();"), [])

    def test_each_way_into_the_body_is_one(self):
        self.assertEqual(body("if (a || b && g(a || b)) return 1;"),
            [("if", "a"), ("if", "b && g(a || b)")])

    def test_a_clamp_by_if_has_no_other_branch(self):
        self.assertEqual(body("if (a > b) a = b;"), [("clamp", "a > b")])
        self.assertEqual(body("if (a > b) a = b; else b = a;"), [])

    def test_going_on_only_after_success(self):
        self.assertEqual(body("if (status == KVMSAFE_OK) status = g();"),
            [("goes on", "status == KVMSAFE_OK")])

    def test_a_loop_that_ends_in_two_ways(self):
        self.assertEqual(body("while (a < b && g()) a++;"), [("loop", "a < b"), ("loop", "g()")])
        self.assertEqual(body("for (i = 0; i < a && b; i++) g();"), [("loop", "i < a"), ("loop", "b")])
        self.assertEqual(body("while (a < b) a++;"), [])

    def test_parts_of_a_verdict(self):
        self.assertEqual(body("return a && b;"), [("verdict", "a"), ("verdict", "b")])
        self.assertEqual(body("const bool x = a || b;"), [("verdict", "a"), ("verdict", "b")])
        self.assertEqual(body("return g(a && b);"), [])

    def test_the_bound_of_a_choice_is_what_is_kept_from(self):
        self.assertEqual([kind for kind, _ in body("x = a < b ? b - a : 0;")], ["choice"])
        self.assertEqual(len(body("x = a < b ? a : b;")), 2)
        self.assertEqual(body('x = a < b ? "yes" : "no";'), [])
        self.assertEqual(body("x = (a & 1) != 0 ? FLAG : 0U;"), [])

    def test_an_end_of_a_constant_is_no_deletion(self):
        self.assertEqual([text for _, text in body("x = kvs_min(a, sizeof(b));")],
            ["kvs_min(a, sizeof(b)) bounds a"])
        self.assertEqual(len(body("x = kvs_min(a, b);")), 2)

    def test_checked_sums(self):
        self.assertEqual(body("if (!kvs_add(a, b, &x)) return 1;"), [("checked", "kvs_add(a, b, &x)")])
        self.assertEqual(body("return kvs_within(a, b, x);"), [("checked", "kvs_within(a, b, x)")])

    def test_ids_stay_when_lines_move_and_twins_differ(self):
        twice = "if (a) return 1; g(); if (a) return 1;"
        ids = [guard.id for guard in find_guards("x.c", f"int\nf(int a)\n{{\n{twice}\n}}\n")]
        moved = [guard.id for guard in find_guards("x.c", f"\n\nint\nf(int a)\n{{\n\n{twice}\n}}\n")]
        self.assertEqual(ids, moved)
        self.assertEqual(ids[1], ids[0] + ".2")


class Deleting(unittest.TestCase):
    def test_a_condition_is_still_computed(self):
        self.assertEqual(without("if (g(&a) > b) return 1;"), "if (((void)(g(&a) > b), 0)) return 1;")

    def test_a_loop_goes_on(self):
        self.assertEqual(without("while (a < b && g()) a++;"), "while (((void)(a < b), 1) && g()) a++;")

    def test_a_checked_sum_becomes_a_plain_one(self):
        self.assertEqual(without("if (!kvs_add(a, b, &x)) return 1;"),
            "if (!(*(&x) = (uint64_t)(a) + (uint64_t)(b), 1)) return 1;")

    def test_a_clamp_keeps_one_side(self):
        self.assertEqual(without("x = kvs_min(a, LIMIT);"), "x = (uint64_t)(a);")

    def test_lines_keep_their_numbers(self):
        self.assertIn("g", without("x = kvs_min(a,\n    LIMIT); g();"))


class Tree(unittest.TestCase):
    """The guards that there are."""

    def test_every_accepted_guard_is_one(self):
        ids = set()
        for path in [*TOP.glob("lib/*/*.[ch]"), *TOP.glob("arch/*.[ch]")]:
            ids |= {guard.id for guard in find_guards(str(path.relative_to(TOP)), path.read_text())}
        self.assertGreater(len(ids), 500)
        lines = (Path(__file__).parent / "accepted").read_text().splitlines()
        for line in lines:
            if line and not line.startswith("#"):
                self.assertIn(line.split()[0], ids)
                self.assertGreater(len(line.split()), 1, "a reason")


class Witnesses(unittest.TestCase):
    def outcome(self, output, code=1):
        return Outcome(True, output, code, 0.1, False)

    def test_names_come_from_what_was_printed(self):
        test = Test("bitmap", "unit", ["bitmap_test"], {}, ".")
        failed = self.outcome("[ RUN      ] a\n[       OK ] a\n[ RUN      ] b\n[  FAILED  ] b\n")
        died = self.outcome("[ RUN      ] a\n==1==ERROR: AddressSanitizer: heap-buffer-overflow on\n")
        line = self.outcome("/x/amd64-v3.answers:12: wrong\n")
        self.assertEqual(witness.where(test, failed, None), "b")
        self.assertEqual(witness.where(test, died, None), "a")
        self.assertEqual(witness.where(test, line, None), "amd64-v3.answers:12")
        self.assertEqual(witness.how(died), "AddressSanitizer: heap-buffer-overflow")
        self.assertEqual(witness.how(self.outcome("", -11)), "signal 11")

    def test_a_leak_counts_where_nothing_else_failed(self):
        leak = "ERROR: LeakSanitizer: detected memory leaks\nSUMMARY: AddressSanitizer: 8 byte(s) leaked"
        self.assertEqual(witness.how(self.outcome(leak)), "leak")
        self.assertEqual(witness.how(self.outcome("[  FAILED  ] b\n" + leak)), "wrong answer")

    def test_a_program_that_cannot_begin_has_found_nothing(self):
        self.assertFalse(witness.is_finding(self.outcome("ParseDictionaryFile: error in line 1\n")))
        self.assertFalse(witness.is_finding(self.outcome("libelf.so.1: cannot open", 127)))
        self.assertFalse(witness.is_finding(Outcome(True, "INFO: seed corpus", -9, 300, True)))
        self.assertFalse(witness.is_finding(Outcome(False, "runtime error: none", 0, 1, False)))
        for output, code in (("==1==ERROR: AddressSanitizer: SEGV on", 1), ("", 70), ("", 71), ("", 77),
                ("/x/avail_fuzz.c:31: wrong: a == b", 1), ("ERROR: LeakSanitizer: detected memory", 1)):
            self.assertTrue(witness.is_finding(self.outcome(output, code)))

    def test_the_input_is_found_by_halves(self):
        with tempfile.TemporaryDirectory() as folder:
            for n in range(9):
                (Path(folder) / f"seed-{n}").write_text("")
            test = Test("replay_x", "replay", ["x_fuzz", folder], {}, ".")
            found = witness.where(test, self.outcome(""),
                lambda files: any(f.endswith("seed-5") for f in files))
            self.assertEqual(found, "seed-5")

    def test_what_does_not_end_is_stopped(self):
        outcome = run([sys.executable, "-c", "while True: pass"], {}, ".", 1)
        self.assertTrue(outcome.failed and outcome.hung)
        self.assertEqual(witness.how(outcome), "does not end")

    def test_what_sleeps_is_stopped_with_what_it_started(self):
        start = time.monotonic()
        outcome = run(["sh", "-c", "sleep 77 & echo $!; wait"], {}, ".", 1)
        self.assertTrue(outcome.failed and outcome.hung)
        while is_running(outcome.output.strip()):  # a signal needs its time on a busy machine
            self.assertLess(time.monotonic() - start, 60)
            time.sleep(0.05)

    def test_a_run_tells_its_own_seconds_and_how_it_ended(self):
        outcome = run([sys.executable, "-c", "import os; print(1); os.abort()"], {}, ".", 60)
        self.assertEqual((outcome.failed, outcome.hung, outcome.code), (True, False, -6))
        self.assertEqual(witness.how(outcome), "signal 6")
        busy = run([sys.executable, "-c", "for n in range(10**6): pass"], {}, ".", 60)
        self.assertEqual((busy.failed, busy.code), (False, 0))
        self.assertGreater(busy.seconds, run(["true"], {}, ".", 60).seconds)


class Work(unittest.TestCase):
    def test_a_copy_follows_the_tree_and_is_restored(self):
        with tempfile.TemporaryDirectory() as folder:
            top = Path(folder) / "top"
            (top / "lib").mkdir(parents=True)
            (top / "build-x").mkdir()
            (top / "lib/a.c").write_text("sound")
            (top / "build-x/b.c").write_text("not of the tree")
            shop = Workshop(top, Path(folder) / "work")
            shop.sync()
            shop.spoil(Path("lib/a.c"), "spoilt")
            shop.restore()
            self.assertEqual((shop.tree / "lib/a.c").read_text(), "sound")
            self.assertFalse((shop.tree / "build-x").exists())
            (top / "lib/a.c").unlink()
            shop.sync()
            self.assertFalse((shop.tree / "lib/a.c").exists())

    def test_tests_that_are_not_built_have_commands(self):
        with tempfile.TemporaryDirectory() as folder:
            shop = Workshop(TOP, Path(folder))
            (shop.out / "tests").mkdir(parents=True)
            (shop.out / "tests/CTestTestfile.cmake").write_text(
                'add_test([=[view]=] "/o/tests/view_test")\nset_tests_properties([=[view]=] X)\n'
                'add_test(seeds "/o/a b" "--check")\nsubdirs("fuzz")\n')
            self.assertEqual(shop.test_commands(),
                {"view": ["/o/tests/view_test"], "seeds": ["/o/a b", "--check"]})

    def test_the_table_counts_what_nobody_noticed(self):
        guards = find_guards("x.c", "int\nf(int a)\n{\n\tif (a > 1 || a < -1)\n\t\treturn 1;\n}\n")
        rows = [(guards[0], {"verdict": "unnoticed", "why": "asked all"}),
            (guards[1], {"verdict": "corpus", "test": "t", "where": "w", "how": "h"})]
        reason = {guards[0].id: "why"}
        with tempfile.TemporaryDirectory() as folder:
            self.assertFalse(report.write(Path(folder), rows, {}, 2, gate=False))
            self.assertTrue(report.write(Path(folder), rows, reason, 2, gate=False))
            self.assertFalse(report.write(Path(folder), rows, reason, 2))  # half by the corpus
            self.assertIn("a &gt; 1", (Path(folder) / "found.html").read_text())
            self.assertTrue(report.write(Path(folder), rows[1:], {}, 1))
            self.assertFalse(report.write(Path(folder), rows[1:], {}, 2))  # one was not asked
            self.assertFalse(report.write(Path(folder), [], {}, 1))


class Reuse(unittest.TestCase):
    """Of what another run, here or elsewhere, has found."""

    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.top = Path(held.name)
        for name in ("lib", "corpus/seeds/x", "fuzz/models"):
            (self.top / name).mkdir(parents=True)
        (self.top / "corpus/seeds/x/w").write_text("the input")
        (self.top / "corpus/generate.py").write_text("")
        (self.top / "fuzz/x_fuzz.c").write_text('#include "models/x.h"\n')
        (self.top / "fuzz/models/x.h").write_text("")
        (self.top / "fuzz/models/x_root.c").write_text("")
        (self.top / "lib/x.c").write_text("int\nf(int a)\n{\n\tif (a > 1)\n\t\treturn 1;\n}\n")
        (self.top / "lib/y.c").write_text("")
        self.guard = find_guards("lib/x.c", (self.top / "lib/x.c").read_text())[0]

    def book(self, name="a", *others, **how):
        return Book(self.top, self.top / name, [self.top / other for other in others], **how)

    def found(self, verdict, name="a", at=1, test="replay_x", where="w"):
        how = {"test": test, "where": where} if verdict == "corpus" else {}
        self.book(name).record(self.guard, {"verdict": verdict, "at": at, **how})

    def done(self, **how):
        return self.book(**how).done(self.guard)

    def test_what_the_corpus_noticed_holds_while_its_file_is_the_same(self):
        self.found("corpus")
        (self.top / "corpus/new").write_text("")
        (self.top / "lib/y.c").write_text("changed")
        self.assertTrue(self.done())
        (self.top / "lib/x.c").write_text("changed")
        self.assertFalse(self.done())

    def test_what_the_corpus_noticed_holds_while_its_input_is_there(self):
        self.found("corpus")
        seed = self.top / "corpus/seeds/x/w"
        seed.rename(seed.with_name("renamed"))
        self.assertTrue(self.done())
        seed.with_name("renamed").write_text("another input")
        self.assertFalse(self.done())

    def test_what_the_corpus_noticed_holds_while_what_judges_it_is_the_same(self):
        for name in ("fuzz/x_fuzz.c", "fuzz/models/x.h", "fuzz/models/x_root.c"):
            self.found("corpus")
            (self.top / "fuzz/y_fuzz.c").write_text(name)
            self.assertTrue(self.done())
            (self.top / name).write_text((self.top / name).read_text() + "/* looser */\n")
            self.assertFalse(self.done())

    def test_what_a_generated_input_noticed_holds_while_the_generator_is_the_same(self):
        for test in ("answers", "replay_generated"):
            self.found("corpus", test=test)
            (self.top / "corpus/seeds/x" / test).write_text("")
            self.assertTrue(self.done())
            (self.top / "corpus/generate.py").write_text(f"# {test}\n")
            self.assertFalse(self.done())

    def test_an_input_that_nobody_knows_holds_while_all_is_the_same(self):
        self.found("corpus", where="?")
        self.assertTrue(self.done())
        (self.top / "lib/y.c").write_text("changed")
        self.assertFalse(self.done())

    def test_a_row_without_input_and_judges_holds_while_an_input_has_that_name(self):
        self.found("corpus")
        book = self.top / "a"
        row = json.loads(book.read_text())
        del row["input"], row["oracle"]
        book.write_text(json.dumps(row) + "\n")
        (self.top / "fuzz/x_fuzz.c").write_text("")
        self.assertTrue(self.done())
        (self.top / "corpus/seeds/x/w").unlink()
        self.assertFalse(self.done())

    def test_what_it_did_not_notice_is_asked_again_when_there_is_a_new_input(self):
        for verdict in ("tests", "unnoticed"):
            self.found(verdict)
            self.assertTrue(self.done())
            (self.top / "corpus" / verdict).write_text("")
            self.assertFalse(self.done())

    def test_silence_of_the_corpus_is_no_answer_of_the_tests(self):
        self.found("silent")
        self.assertTrue(self.done(silent=True))
        self.assertFalse(self.done())

    def test_of_several_books_the_best_row_that_still_holds_counts(self):
        self.found("corpus", "a", 1)
        self.found("unnoticed", "b", 2)
        for books in (("a", "b"), ("b", "a")):
            self.assertEqual(self.book(*books).rows[self.guard.id]["verdict"], "corpus")
        (self.top / "lib/x.c").write_text("changed")
        self.found("tests", "b", 3)
        self.assertEqual(self.book("a", "b").rows[self.guard.id]["verdict"], "tests")


if __name__ == "__main__":
    unittest.main()
