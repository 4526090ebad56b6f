# SPDX-License-Identifier: BSD-2-Clause
"""Finds the campaign's modules, and gives a test folders of its own."""

import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "fuzz"))

from campaign.layout import Layout  # noqa: E402


def alive(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return " Z " not in file.read()
    except FileNotFoundError:
        return False


class FolderTest(unittest.TestCase):
    def setUp(self):
        holder = tempfile.TemporaryDirectory()
        self.addCleanup(holder.cleanup)
        self.folder = Path(holder.name)
        self.layout = Layout(self.folder / "work", self.folder / "build")

    def program(self, text, kind="libfuzzer", target="t"):
        """A script in the place of a fuzz target."""
        path = self.layout.binary(kind, target)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n" + text, encoding="utf-8")
        path.chmod(0o755)
        return path
