# SPDX-License-Identifier: BSD-2-Clause
"""Checks of what is removed from a folder of dumps, and what never is."""

import os
import tempfile
import unittest

from gen.folder import Folder


class Leftovers(unittest.TestCase):
    def setUp(self):
        held = tempfile.TemporaryDirectory()
        self.addCleanup(held.cleanup)
        self.out = held.name

    def write(self, *names, whole=True):
        with Folder(self.out, whole):
            self.put(*names)

    def put(self, *names):
        for name in names:
            path = os.path.join(self.out, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as out:
                out.write(name)
            os.utime(path)

    def age(self):
        """Everything was written yesterday."""
        for folder, _, names in os.walk(self.out):
            for name in names:
                os.utime(os.path.join(folder, name), (1, 1))

    def have(self):
        return {os.path.relpath(os.path.join(folder, name), self.out)
                for folder, _, names in os.walk(self.out) for name in names} - {"WRITTEN"}

    def test_what_an_earlier_run_wrote_and_this_one_did_not_is_removed(self):
        self.write("a.answers", "a.vmcore", "damaged/a.answers", "seeds/session/a.ksf")
        self.age()
        self.write("b.answers")
        self.assertEqual(self.have(), {"b.answers"})

    def test_what_others_put_there_stays(self):
        self.put("mine.answers", "mine.vmcore", "notes", "seeds/session/mine.ksf")
        self.age()
        self.write("a.answers")
        self.age()
        self.write("b.answers")
        self.assertEqual(self.have(), {"mine.answers", "mine.vmcore", "notes", "seeds/session/mine.ksf",
                                       "b.answers"})

    def test_a_run_of_some_dumps_removes_nothing_and_is_remembered(self):
        self.write("a.answers")
        self.age()
        self.write("b.answers", whole=False)
        self.assertEqual(self.have(), {"a.answers", "b.answers"})
        self.age()
        self.write("c.answers")
        self.assertEqual(self.have(), {"c.answers"})

    def test_a_folder_from_before_there_were_lists_is_known_by_its_damaged_family(self):
        self.put("old.answers", "notes", "damaged/LIST")
        self.age()
        self.write("a.answers")
        self.assertEqual(self.have(), {"a.answers", "notes", "damaged/LIST"})

    def test_a_run_that_fails_removes_nothing(self):
        self.write("a.answers")
        self.age()
        with self.assertRaises(ZeroDivisionError):
            with Folder(self.out, True):
                self.put("b.answers")
                raise ZeroDivisionError
        self.assertEqual(self.have(), {"a.answers", "b.answers"})
