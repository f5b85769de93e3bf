#!/usr/bin/env python3
"""Installs from a build folder in which only the program was built, as after scripts/run.

usage: install.py CMAKE BUILD_FOLDER [unittest arguments]
"""
import gzip
import pathlib
import subprocess
import sys
import tempfile
import unittest

CMAKE = None
BUILD = None
DEADLINE = 300.0  # seconds; only a broken installation needs them


class Install(unittest.TestCase):
    def test_everything_is_installed_once_the_program_was_built(self):
        with tempfile.TemporaryDirectory() as directory:
            done = subprocess.run([CMAKE, "--install", BUILD, "--prefix", directory], capture_output=True, timeout=DEADLINE)
            self.assertEqual(done.returncode, 0, done.stderr)
            installed = {path.name: path for path in pathlib.Path(directory).rglob("*")}
            for name in ("rulehost", "librulehost.a", "rulehost-config.cmake", "rulehost.yaml", "R0001_repeated_failed_logins.yaml"):
                self.assertIn(name, installed)
            for page in ("rulehost.1.gz", "rulehost.yaml.5.gz"):
                self.assertIn(b".TH", gzip.decompress(installed[page].read_bytes()), page)


if __name__ == "__main__":
    CMAKE, BUILD = sys.argv.pop(1), sys.argv.pop(1)
    unittest.main()
