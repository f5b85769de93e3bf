"""The real program, and what every scenario of it stands on: a directory with rules, and the address of a store."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

PROGRAM = None  # the path of `rulehost`: the first argument of the script
DEADLINE = 60.0  # seconds; only a broken program needs them

RULE = """rule_id: {id}
rule_version: 1
name: {id}
applies_to: [command]
match: {{field: command_text, pattern: '{pattern}'}}
emits: [{{tactic: TA0007, technique_id: {technique}, confidence: 0.9}}]
"""


def event(number, text):
    return json.dumps({"source_kind": "command", "source_id": f"cmd_{number}", "attacker_uuid": "a-1",
                       "payload": {"command_text": text}}) + "\n"


class Host:
    """`rulehost run` with pipes; every wait is bounded and ends at the awaited line."""

    def __init__(self, *arguments):
        self.process = subprocess.Popen([PROGRAM, "run", *map(str, arguments)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.buffers = {self.process.stdout: b"", self.process.stderr: b""}

    def send(self, text):
        self.process.stdin.write(text.encode())
        self.process.stdin.flush()

    def line(self, stream, pattern):
        """The next line of a stream in which `pattern` is found; earlier ones are passed over."""
        until = time.monotonic() + DEADLINE
        while True:
            while b"\n" in self.buffers[stream]:
                line, self.buffers[stream] = self.buffers[stream].split(b"\n", 1)
                if re.search(pattern, line.decode(errors="replace")):
                    return line.decode(errors="replace")
            left = until - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                raise AssertionError(f"no line with {pattern!r}; got {self.buffers[stream]!r}")
            data = os.read(stream.fileno(), 65536)
            if not data:
                raise AssertionError(f"stream ended before a line with {pattern!r}")
            self.buffers[stream] += data

    def tag(self, pattern):
        return json.loads(self.line(self.process.stdout, pattern))

    def talk(self, pattern):
        return self.line(self.process.stderr, pattern)

    def end(self):
        if self.process.stdin and not self.process.stdin.closed:
            self.process.stdin.close()
        self.process.stdin = None
        out, error = self.process.communicate(timeout=DEADLINE)
        return (self.process.returncode, (self.buffers[self.process.stdout] + out).decode(),
                (self.buffers[self.process.stderr] + error).decode(errors="replace"))


class Scenario(unittest.TestCase):
    """`root`, a directory that goes with the test; `rules` in it, with the rule R0001 for "alpha"; `store`, not made yet."""

    def setUp(self):
        directory = tempfile.TemporaryDirectory()
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.rules = self.root / "rules"
        self.rules.mkdir()
        self.write_rule("R0001", "alpha")
        self.store = f"sqlite:{self.root}/store.db"

    def write_rule(self, rule_id, pattern, technique="T1082", more=""):
        staged = self.root / "staged"
        staged.write_text(RULE.format(id=rule_id, pattern=pattern, technique=technique) + more)
        staged.rename(self.rules / f"{rule_id}.yaml")

    def run_program(self, *arguments, code=0, stdin=b"", environment=None):
        done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, timeout=DEADLINE,
                              env={**os.environ, **(environment or {})})
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done.stdout.decode(), done.stderr.decode()

    def records(self, *arguments, **how):
        return [json.loads(line) for line in self.run_program(*arguments, **how)[0].splitlines()]

    def on_a_terminal(self, *arguments, columns=0):
        """What the program prints where standard output is a terminal. 0 columns: the terminal does not say."""
        return self.printed_and_said(*arguments, columns=columns)[0]

    def printed_and_said(self, *arguments, columns=0):
        """The same, and what it says on standard error."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 0, columns, 0, 0))
        process = subprocess.Popen([PROGRAM, *map(str, arguments)], stdout=slave, stderr=subprocess.PIPE)
        os.close(slave)
        text = b""
        try:
            while piece := os.read(master, 65536):
                text += piece
        except OSError:  # how Linux says that the other end was closed
            pass
        os.close(master)
        said = process.communicate(timeout=DEADLINE)[1]
        self.assertEqual(process.returncode, 0, said)
        return text.decode().replace("\r\n", "\n"), said.decode()

    def run_host(self, *arguments):
        """`rulehost run`, ended with the test at the latest."""
        host = Host(*arguments)
        self.addCleanup(lambda: host.process.poll() is None and host.process.kill())
        return host


def main():
    """What a script does: PROGRAM and the arguments of unittest."""
    global PROGRAM
    PROGRAM = sys.argv.pop(1)
    unittest.main()
