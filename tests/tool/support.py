# SPDX-License-Identifier: BSD-2-Clause
"""Runs the tool on the generated dumps; reads their answers."""

import itertools
import json
import os
import shutil
import subprocess
import tempfile
import unittest

TOOL = os.environ["KVMSAFE_TOOL"]
CORPUS = os.environ["KVMSAFE_CORPUS"]
EXAMPLE = "amd64-v3-example"  # no kernel, no messages
SYSTEM = "amd64-v3"  # a kernel, symbols, messages, a panic
SOUND, FINDINGS, USAGE, NO_DUMP, NO_ANSWER = range(5)


def corpus(name):
    return os.path.join(CORPUS, name)


def vmcore(name):
    return corpus(name + ".vmcore")


def kernel(name):
    return corpus(name + ".kernel")


def run(*args, **more):
    more.setdefault("timeout", 120)
    return subprocess.run([TOOL, *map(str, args)], stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False, **more)


class ToolTest(unittest.TestCase):
    """Assertions on one run."""

    def answered(self, code, *args):
        """Run, compare the exit code, answer standard output as text."""
        done = run(*args)
        self.assertEqual(done.returncode, code, (args, done.stdout[-500:], done.stderr))
        return done.stdout.decode("ascii")

    def json(self, code, *args):
        out = self.answered(code, "--json", *args)
        self.assertTrue(out.isascii() and out.endswith("\n") and out.count("\n") == 1, out[:200])
        answer = json.loads(out)
        self.assertEqual(answer["schema"], 1)
        return answer

    def refused(self, code, *args):
        """Nothing on standard output, a message on standard error, which is answered."""
        done = run(*args)
        self.assertEqual(done.returncode, code, (args, done.stdout[:200], done.stderr))
        self.assertEqual(done.stdout, b"", args)
        self.assertTrue(done.stderr.startswith(b"kvmsafe: "), done.stderr)
        return done.stderr.decode("ascii")

    def check_error(self, error):
        """Is it an E?"""
        self.assertEqual(set(error), {"status", "place", "at", "message"})
        self.assertIn(error["place"], ("file", "va", "pa", None))
        self.assertEqual(error["at"] is None, error["place"] is None)
        if error["at"] is not None:
            self.check_hex(error["at"])
        self.assertRegex(error["status"], r"^[A-Z_]+$")
        self.assertNotEqual(error["message"], "")

    def check_hex(self, text):
        self.assertIsInstance(text, str)
        self.assertEqual(text, "0x%x" % int(text, 16))

    def same_list(self, said, wanted):
        """As assertEqual, which takes minutes to show how two long lists differ."""
        for place, pair in enumerate(itertools.zip_longest(said, wanted)):
            self.assertEqual(*pair, "item %d" % place)

    def copy(self, path, changes=(), length=None):
        """A changed copy of a file, removed behind the test; changes are (old, new) bytes."""
        folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, folder)
        with open(path, "rb") as source:
            data = source.read()
        for old, new in changes:
            self.assertEqual(len(old), len(new))
            self.assertIn(old, data)
            data = data.replace(old, new)
        result = os.path.join(folder, os.path.basename(path))
        with open(result, "wb") as out:
            out.write(data[:length])
        return result


def answers():
    """The corpus' answers files: (name, list of lines, each a list of words). All of them, or each
    KVMSAFE_EVERY-th, for a host on which a process costs much."""
    files = sorted(file for file in os.listdir(CORPUS) if file.endswith(".answers"))
    for file in files[::int(os.environ.get("KVMSAFE_EVERY", "1"))]:
        with open(corpus(file), encoding="ascii") as lines:
            yield file[:-len(".answers")], [
                line.split() for line in lines if line.strip() and line[0] != "#"]
