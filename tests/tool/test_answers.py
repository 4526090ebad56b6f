# SPDX-License-Identifier: BSD-2-Clause
"""What the tool says in JSON is what the generator noted, for each dump of the corpus."""

import itertools
import json
import os
import unittest

from support import NO_ANSWER, SOUND, ToolTest, answers, corpus, run

READS = 2  # of a file, besides one of each kind: each is a process
KEPT = {}
OPTIONS = {"arch": "--arch", "page_bytes": "--page-size", "entry_bytes": "--entry-size"}


def none(word):
    return None if word == "-" else word


def number(word):
    return None if word == "-" else int(word, 0)


def text(value):
    return None if value is None else value.encode("latin-1").hex()


def letters(word):
    return None if word == "-" else word.replace("-", "")


class Case:
    """One answers file."""

    def __init__(self, name, lines):
        self.name = name
        self.lines = lines
        self.options = []
        for words in lines:
            if words[0] == "option":
                self.options += [OPTIONS[words[1]], words[2]]
            elif words[0] == "kernel":
                self.options += ["-N", corpus(words[1])]
            elif words[0] == "dump":
                self.options += ["-M", corpus(words[1])]
        self.has_dump = "-M" in self.options
        self.status = self.first("open", "OK")

    def of(self, key):
        return [words[1:] for words in self.lines if words[0] == key]

    def first(self, key, default=None):
        return next((words[0] for words in self.of(key)), default)

    def bytes(self):
        return os.path.getsize(corpus(self.first("dump")))

    def run(self, command, *args):
        """Exit code and the objects of the output; a run is kept for the next one who asks."""
        words = (command, "--json", *self.options, "--", *args)
        if words not in KEPT:
            done = run(*words)
            KEPT[words] = done.returncode, [json.loads(x) for x in done.stdout.splitlines()]
        return KEPT[words]

    def one(self, command, *args):
        code, objects = self.run(command, *args)
        assert len(objects) == 1, (self.name, command, objects)
        return code, objects[0]


MACHINES = ("amd64", "arm", "arm64", "i386", "mips", "mips64", "powerpc", "powerpc64", "riscv64",
            "sparc64")


def machine(case):
    """The machine of a case, by what it says or by its name; None: any."""
    said = [words[1] for words in case.of("describe") if words[0] == "arch"]
    named = [name for name in MACHINES if case.name.startswith(name)]
    return said[0] if said else max(named, key=len, default=None)


BUILT = run("--version").stdout.decode().split()  # a machine without its row is not there yet
CASES = [case for case in itertools.starmap(Case, answers())
         if machine(case) is None or machine(case) in BUILT]
OPEN = [case for case in CASES if case.status == "OK"]
DUMPS = [case for case in OPEN if case.has_dump]
# Their message buffer is 4 GiB of zeros, there to push pages up: reading it takes its time.
SMALL = [case for case in DUMPS if case.bytes() < 1 << 30]


def spread(items, count):
    """Some of a list, evenly, the first and each kind's first among them."""
    kinds = {}
    for item in items:
        kinds.setdefault((item[3], item[2] == "0"), item)
    step = max(1, len(items) // count)
    return list(kinds.values()) + items[step - 1::step][:count]


class Agreement(ToolTest):
    def each(self, cases, check):
        count = 0
        for case in cases:
            with self.subTest(dump=case.name):
                count += check(case) or 0
        self.assertGreater(count, 0, "nothing was compared")

    def test_what_does_not_open(self):
        def check(case):
            code, answer = case.one("info") if case.has_dump else case.one("symbols", "x")
            self.assertEqual(answer["error"]["status"], case.status)
            self.assertEqual(code, 3 if case.status in ("NOT_A_DUMP", "UNSUPPORTED") else 4)
            return 1
        self.each([case for case in CASES if case.status != "OK"], check)

    def test_info(self):
        def check(case):
            code, info = case.one("info")
            facts = {key: words for key, *words in case.of("describe") if key != "memory"}
            memory = [{"start": words[1], "end": words[2]} for words in case.of("describe")
                      if words[0] == "memory"]
            for key in facts.keys() & {"format", "arch", "endian"}:
                self.assertEqual(info[key], facts[key][0], key)
            for key in facts.keys() & {"version", "page_size"}:
                self.assertEqual(info[key], number(facts[key][0]), key)
            for key in facts.keys() & {"kernel", "panic"}:
                self.assertEqual(text(info[key]), none(facts[key][0]), key)
            if "pages" in facts:
                pages = info["pages"]
                self.assertEqual([pages["promised"], pages["present"], pages["truncated"]],
                                 list(map(int, facts["pages"])))
            if memory:
                self.assertEqual(info["memory"], memory)
            self.check_findings(case, info["warnings"], code)
            return len(facts)
        self.each(SMALL, check)

    def check_findings(self, case, warnings, code):
        statuses = [warning["status"] for warning in warnings]
        for (wanted,) in case.of("findings"):
            self.assertEqual((statuses, wanted, code), ([], "0", SOUND))
        for (wanted,) in case.of("finding"):
            self.assertTrue(wanted in statuses or (wanted == "any" and statuses), statuses)

    def test_check_agrees_with_info(self):
        def check(case):
            code, info = case.one("info")
            _, answer = case.one("check")
            for warning in info["warnings"]:
                self.assertIn(warning, answer["findings"])
            if code != SOUND:
                self.assertFalse(answer["sound"])
            if case.of("findings"):
                self.assertTrue(answer["sound"], answer["findings"])
            return 1
        self.each(SMALL, check)

    def test_errors_and_findings_have_their_form(self):
        def check(case):
            answers_ = [case.one(command) for command in ("info", "check", "dmesg")]
            for code, answer in answers_:
                self.assertEqual(answer["schema"], 1)
                for error in answer.get("warnings", []) + answer.get("findings", []):
                    self.check_error(error)
                if "error" in answer:
                    self.assertEqual(set(answer), {"schema", "error"})
                    self.check_error(answer["error"])
                self.assertEqual("error" in answer, code > 1)
                if "sound" in answer:
                    self.assertEqual(answer["sound"], code == SOUND)
            return len(answers_)
        self.each([case for case in CASES if case.has_dump and case.bytes() < 1 << 30], check)

    def test_pages(self):
        def check(case):
            if not case.of("pages-end"):
                return 0
            code, pages = case.run("pages")
            self.assertLess(code, 2)
            self.same_list(
                [(p["pa"], p["file_offset"], p["bytes"], p["direct_va"]) for p in pages],
                [(pa, none(offset), int(have), none(direct))
                 for pa, offset, have, direct in case.of("page")])
            return len(pages)
        self.each(DUMPS, check)

    def test_mappings(self):
        def check(case):
            if not case.of("mappings-end"):
                return 0
            code, pages = case.run("pages")
            self.assertLess(code, 2)
            self.same_list(
                [(p["va"], p["pa"], p["bytes"], p["protection"], p["file_offset"]) for p in pages],
                [(va, pa, number(size), letters(prot), none(offset))
                 for va, pa, size, prot, offset in case.of("mapping")])
            return len(pages)
        self.each([WithOptions(case, "--mappings") for case in DUMPS], check)

    def test_translations(self):
        def check(case):
            facts = [words for words in case.of("xlat") if int(words[0], 0) < 1 << 64]
            for start in range(0, len(facts), 400):
                some = facts[start:start + 400]
                code, answer = case.one("translate", *[words[0] for words in some])
                self.assertEqual(len(answer["translations"]), len(some))
                for said, (va, status, pa, offset, size, prot) in zip(answer["translations"], some):
                    error = said["error"]["status"] if said["error"] else "OK"
                    self.assertEqual((said["va"], error, said["pa"]), (va, status, none(pa)))
                    if status == "OK":
                        self.assertEqual(said["file_offset"], none(offset), va)
                    if size != "-":
                        self.assertEqual(said["page_bytes"], number(size), va)
                    if prot != "-":
                        self.assertEqual(said["protection"], letters(prot), va)
                if any(words[1] != "OK" for words in some):
                    self.assertEqual(code, NO_ANSWER)
                else:
                    self.assertLess(code, 2)
            return len(facts)
        self.each(DUMPS, check)

    def test_reads(self):
        def check(case, key, option):
            facts = spread([words for words in case.of(key) if int(words[0], 0) < 1 << 64],
                           READS)
            for address, length, got, status, data in facts:
                code, said = case.one("read", address, length)
                self.assertEqual((said[key], said["length"], said["got"], said["bytes"]),
                                 (address, int(length), int(got), none(data) or ""), option)
                error = said["error"]["status"] if said["error"] else "OK"
                self.assertEqual((address, error), (address, status))
                if status == "OK":
                    self.assertLess(code, 2)
                else:
                    self.assertEqual((code, said["error"]["place"]), (NO_ANSWER, key))
                    self.assertEqual(int(said["error"]["at"], 0),
                                     (int(address, 0) + int(got)) % (1 << 64))
            return len(facts)
        self.each(DUMPS, lambda case: check(case, "va", None))
        self.each([WithOptions(case, "--phys") for case in DUMPS],
                  lambda case: check(case, "pa", "--phys"))

    def test_symbols(self):
        def check(case):
            count = 0
            scope = []
            relevant = [words for words in case.lines if words[0] in ("scope", "symbol")]
            for key, group in itertools.groupby(relevant, key=lambda words: words[0]):
                if key == "scope":
                    last = list(group)[-1]
                    scope = [] if last[1] == "default" else ["--" + last[1], last[2]]
                else:
                    count += self.check_symbols(WithOptions(case, *scope),
                                                [words[1:] for words in group])
            return count
        self.each([case for case in OPEN if "-N" in case.options], check)

    def check_symbols(self, case, facts):
        code, answer = case.one("symbols", *[words[0] for words in facts])
        if "error" in answer:  # a CPU that the machine lacks: no variable of its own is there
            self.assertEqual((answer["error"]["status"], code), ("NOT_FOUND", NO_ANSWER))
            self.assertIn("--cpu", case.options)
            self.assertNotIn("dpcpu", [words[3] for words in facts if words[1] != "-"])
            return 0
        missing = sum(words[1] == "-" for words in facts)
        self.assertEqual((answer["unresolved"], code == NO_ANSWER), (missing, missing > 0))
        for said, (name, value, *more) in zip(answer["symbols"], facts):
            self.assertEqual((said["name"], said["value"]), (name, none(value)))
            self.assertEqual(said["found"], value != "-")
            if more:
                self.assertEqual((said["type"], said["rule"], said["bytes"]),
                                 (number(more[0]), more[1], number(more[2])), name)
        return len(facts)

    def test_messages(self):
        def check(case):
            if not case.of("messages-end"):
                return 0
            code, answer = case.one("dmesg")
            self.assertLess(code, 2)
            self.same_list([(line["priority"], text(line["text"])) for line in answer["lines"]],
                             [(number(priority), none(data) or "")
                              for priority, data in case.of("message")])
            return len(answer["lines"])
        self.each(SMALL, check)


class WithOptions(Case):
    """The same case, run with more options."""

    def __init__(self, case, *options):
        super().__init__(case.name, case.lines)
        self.options += options


if __name__ == "__main__":
    unittest.main()
