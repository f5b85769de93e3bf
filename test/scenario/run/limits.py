#!/usr/bin/env python3
"""Starts under limits of threads and memory end with what is missing, and exit 3; they do not hang.

usage: limits.py PROGRAM [unittest arguments]
"""
import os
import pathlib
import resource
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE

NOBODY = 65533


class Limits(program.Scenario):
    def run_limited(self, limit, *arguments):
        done = subprocess.run([program.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=limit, timeout=DEADLINE)
        return done.returncode, done.stderr.decode()

    def expect_no_threads(self, limit):
        made, talk = self.run_limited(None, "run", "--store", self.store, "--rules", self.rules, "--input", "/dev/null", "--once")
        self.assertEqual(made, 0, talk)
        for path in (self.root, self.rules):
            path.chmod(0o777)
        for path in self.root.glob("store*"):
            path.chmod(0o666)
        for arguments in (["run", "--store", self.store, "--rules", self.rules, "--input", "/dev/null", "--once"],
                          ["run", "--rules", self.rules, "--input", "/dev/null", "--once", "--threads", 8],
                          ["state", "list", "--store", self.store]):
            code, talk = self.run_limited(limit, *arguments)
            self.assertEqual(code, 3, f"{arguments}: {talk}")
            self.assertIn("no thread can be started", talk)
            self.assertNotIn("events", talk)

    def test_no_more_threads(self):
        def limit():
            resource.setrlimit(resource.RLIMIT_NPROC, (1, 1))
            if os.geteuid() == 0:  # for whom there is no limit
                os.setgroups([])
                os.setresuid(NOBODY, NOBODY, NOBODY)
        self.expect_no_threads(limit)

    def test_no_memory_for_the_stacks_of_threads(self):
        # A stack that is larger than the memory that may be mapped: the first thread fails.
        def limit():
            resource.setrlimit(resource.RLIMIT_STACK, (1 << 30, 1 << 30))
            resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
        self.expect_no_threads(limit)


if __name__ == "__main__":
    program.main()
