#!/usr/bin/env python3
"""Holds the commands that README.md and docs/ show against the program: each subcommand and each flag exists.

usage: documents.py PROGRAM SOURCE_DIRECTORY [unittest arguments]
"""
import functools
import pathlib
import re
import shlex
import subprocess
import sys
import unittest

PROGRAM = None
SOURCE = None
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.M | re.S)


@functools.cache
def help_of(*words):
    done = subprocess.run([PROGRAM, *words, "--help"], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


def shown_commands():
    """File, line and words of each command line that starts with rulehost or scripts/run."""
    for path in [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]:
        text = path.read_text(encoding="utf-8").replace("\\\n", "  ")
        for number, line in enumerate(text.splitlines(), 1):
            pieces = [line] if re.match(r"(?:\s{4,}(?:rulehost|scripts/run)|scripts/run) ", line) else []
            pieces += [piece for piece in re.findall(r"`([^`]+)`", line) if re.match(r"(?:rulehost|scripts/run) ", piece)]
            for piece in pieces:
                command = re.split(r"\s{2,}(?=\S)|\s+#|\s+\|\s|\s+&&\s|\s+>\s|;\s", piece.strip())
                yield f"{path.name}:{number}", command[0] if len(command) == 1 else " ".join(
                    part for index, part in enumerate(command) if index == 0 or part.startswith("--"))


class documents(unittest.TestCase):
    def test_each_command_and_flag_exists(self):
        seen = 0
        for place, line in shown_commands():
            try:
                words = shlex.split(line)
            except ValueError:
                words = line.split()
            words = words[1:]
            path = []
            while words and re.fullmatch(r"[a-z][a-z|-]*", words[0]) and len(path) < 2:
                first = words[0].split("|")[0]
                if path and f"\n  {first} " not in (help_of(*path) or ""):
                    break
                path.append(first)
                words = words[1:]
            shown = help_of(*path)
            with self.subTest(place, command=line):
                self.assertIsNotNone(shown, f"{place}: no command {' '.join(path)}")
                for word in words:
                    if word.startswith("--"):
                        flag = word.split("=")[0].split("|")[0].rstrip(".,:)")
                        self.assertIn(flag, shown, f"{place}: {' '.join(path)} has no {flag}")
                        seen += 1
        self.assertGreater(seen, 30)


if __name__ == "__main__":
    PROGRAM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
