# SPDX-License-Identifier: BSD-2-Clause
"""Runs a program to its end, to a limit of time or to an interrupt, and leaves none of its processes."""

import os
import signal
import subprocess


def end(process):
    """Kill a process and its group; libFuzzer merges in a child."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def call(command, timeout=None, env=None, log=None):
    """(status, output); status None: it was killed after so many seconds. Output goes to log, if any."""
    with subprocess.Popen(command, env=env, stdin=subprocess.DEVNULL, stdout=log or subprocess.PIPE,
                          stderr=subprocess.STDOUT, errors="replace", start_new_session=True) as process:
        try:
            output, _ = process.communicate(timeout=timeout)
            return process.returncode, output or ""
        except subprocess.TimeoutExpired:
            end(process)
            return None, process.communicate()[0] or ""
        except BaseException:
            end(process)
            raise
