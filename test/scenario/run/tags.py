#!/usr/bin/env python3
"""`rulehost tags`: the tags of a store for a person and for a program.

usage: tags.py PROGRAM [unittest arguments]
"""
import json
import os
import pathlib
import pty
import select
import signal
import sqlite3
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE


def event(number, text, at, address="203.0.113.5", session="s1"):
    return json.dumps({"source_kind": "command", "source_id": f"cmd_{number}", "attacker_uuid": "a-1", "session_id": session,
                       "observed_at": at, "payload": {"command_text": text, "src": address}}) + "\n"


class Tags(program.Scenario):
    def store_events(self, *events):
        log = self.root / "events.ndjson"
        log.write_text("".join(events))
        done = subprocess.run([program.PROGRAM, "run", "--store", self.store, "--rules", self.rules, "--input", log, "--once"],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)

    def tags(self, *arguments, code=0):
        done = subprocess.run([program.PROGRAM, "tags", "--store", self.store, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual(done.returncode, code, done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()] if code == 0 else done.stderr.decode()

    def ids(self, *arguments):
        return [tag["source_id"] for tag in self.tags(*arguments)]

    def test_a_pipe_gets_ndjson_oldest_first(self):
        self.store_events(event(2, "alpha 2", "2026-03-02T00:00:00Z"), event(1, "alpha 1", "2026-03-01T00:00:00Z", "10.1.2.3", "s2"),
                          event(3, "alpha 3", "2026-03-03T00:00:00Z"))
        self.assertEqual(self.ids(), ["cmd_1", "cmd_2", "cmd_3"])
        self.assertEqual(self.ids("--limit", "2"), ["cmd_2", "cmd_3"])
        self.assertEqual(self.ids("--since", "2026-03-02T00:00Z", "--until", "2026-03-03T00:00Z"), ["cmd_2"])
        self.assertEqual(self.ids("--since", "1h"), [])
        self.assertEqual(self.ids("--src", "10.0.0.0/8"), ["cmd_1"])
        self.assertEqual(self.ids("--session", "s2"), ["cmd_1"])
        self.assertEqual(self.ids("--technique", "T1082", "--rule", "R0001", "--attacker", "a-1"), ["cmd_1", "cmd_2", "cmd_3"])
        self.assertEqual(self.ids("--min-confidence", "0.95"), [])
        self.assertEqual(self.ids("--technique", "T9999"), [])
        for option in ("--since", "--until", "--session", "--attacker", "--src", "--technique", "--rule"):
            self.assertIn(f"{option}: takes no empty text", self.tags(option, "", code=2))
        self.assertEqual(self.tags()[0]["observed_at"], "2026-03-01T00:00:00.000000Z")

    def test_a_rule_is_named_by_its_id_or_its_name(self):
        self.write_rule("R0002", "beta")
        rule = self.rules / "R0002.yaml"
        rule.write_text(rule.read_text().replace("name: R0002", "name: second_letter"))
        self.store_events(event(1, "alpha", "2026-03-01T00:00:00Z"), event(2, "beta", "2026-03-01T00:00:00Z"))
        self.assertEqual(self.ids("--rule", "R0002"), ["cmd_2"])
        self.assertEqual(self.ids("--rule", "second_letter"), ["cmd_2"])

    def test_a_rule_without_a_tag_gets_a_hint(self):
        self.write_rule("R0002", "beta")
        self.store_events(event(1, "alpha", "2026-03-01T00:00:00Z"))
        for arguments, hint in ((["--rule", "nope"], "no rule nope is live here; `rulehost rules list` names them all"),
                                (["--rule", "nope", "--limit", "1"], "no rule nope is live here"),
                                (["--rule", "R001"], "did you mean R0001?"),
                                (["--rule", "R0002"], "rule R0002 has no tag"),
                                (["--rule", "R0001", "--since", "1h"], ""), (["--since", "1h"], "")):
            done = subprocess.run([program.PROGRAM, "tags", "--store", self.store, *arguments], capture_output=True, text=True,
                                  timeout=DEADLINE, check=False)
            self.assertEqual((done.returncode, done.stdout), (0, ""))
            self.assertIn(hint, done.stderr)
            self.assertEqual(bool(hint), bool(done.stderr), done.stderr)

    def test_a_terminal_gets_an_escaped_table(self):
        self.write_rule("R0001", "alpha", more="evidence_fields: [command_text]\n")
        self.store_events(event(1, "alpha \x1b[2J\u202e", "2026-03-01T00:00:00Z"))
        master, slave = pty.openpty()
        self.addCleanup(os.close, master)
        process = subprocess.Popen([program.PROGRAM, "tags", "--store", self.store], stdout=slave, stderr=subprocess.PIPE)
        talk = process.communicate(timeout=DEADLINE)[1]
        os.close(slave)
        self.assertEqual(process.returncode, 0, talk)
        shown = b""
        while select.select([master], [], [], 0)[0]:
            try:
                shown += os.read(master, 65536)
            except OSError:
                break
        lines = shown.decode().splitlines()
        self.assertEqual(lines[0].split(), ["TIME", "ADDRESS", "SESSION", "TECHNIQUE", "RULE", "NAME", "TYPED"])
        self.assertRegex(lines[1], r"^2026-03-01T00:00:00Z +203\.0\.113\.5 +s1 +T1082 +R0001 +R0001 +alpha \\x1b\[2J")
        self.assertNotIn(b"\x1b", shown)
        self.assertNotIn("\u202e", shown.decode())

    def test_follow_shows_what_is_stored_whenever_it_happened(self):
        self.store_events(event(1, "alpha", "2026-03-01T00:00:00Z"))
        process = subprocess.Popen([program.PROGRAM, "tags", "--store", self.store, "--follow"], stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.assertIn(b"cmd_1", process.stdout.readline())
        self.store_events(event(1, "alpha", "2026-03-01T00:00:00Z"), event(2, "alpha", "2020-01-01T00:00:00Z"))
        self.assertIn(b"cmd_2", process.stdout.readline())

    def test_follow_ends_cleanly_on_a_signal(self):
        self.store_events(event(1, "alpha", "2026-03-01T00:00:00Z"))
        for number in (signal.SIGINT, signal.SIGTERM):
            process = subprocess.Popen([program.PROGRAM, "tags", "--store", self.store, "--follow"],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            self.addCleanup(process.kill)
            self.assertIn(b"cmd_1", process.stdout.readline())
            process.send_signal(number)
            self.assertEqual((*process.communicate(timeout=DEADLINE), process.returncode), (b"", b"", 0))

    def test_mistakes_are_reported(self):
        self.assertIn("no such database", self.tags(code=3))
        self.store_events(event(1, "alpha", "2026-03-01T00:00:00Z"))
        self.assertIn("--src: takes an address or a network such as 10.0.0.0/8, not 'ten'", self.tags("--src", "ten", code=2))
        self.assertIn("--since", self.tags("--since", "yesterday", code=2))
        database = sqlite3.connect(self.root / "store.db")
        database.execute("UPDATE schema_version SET version = 5")
        database.commit()
        database.close()
        self.assertIn("store upgrade", self.tags(code=3))


if __name__ == "__main__":
    program.main()
