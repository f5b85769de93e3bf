#!/usr/bin/env python3
"""Sessions told step by step by the real program, with what no rule tagged.

usage: sessions.py PROGRAM [unittest arguments]
"""
import itertools
import json
import pathlib
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program


class Sessions(program.Scenario):
    def setUp(self):
        super().setUp()
        self.write_rule("R0001", "alpha")
        self.log = self.root / "events.ndjson"

    def read(self, *events, more="", ids=None):
        """A host reads the events, each a session, a second and a line; `ids` numbers them."""
        lines = [{"source_kind": "command", "source_id": f"{session}-{next(ids) if ids else second}", "session_id": session, "attacker_uuid": "a-1",
                  "observed_at": f"2026-01-01T00:00:{second:02}Z", "payload": {"command_text": typed}}
                 for session, second, typed in events]
        self.log.write_text("".join(json.dumps(each) + "\n" for each in lines))
        settings = self.root / "settings.yaml"
        settings.write_text(f"rules: {self.rules}\nstore: {self.store}\nthreads: 2\n" + more)
        self.run_program("run", "--once", "--config", settings, "--input", self.log, "--output", "none")

    def session(self, name, *more):
        return self.records("session", name, "--store", self.store, *more)

    def test_a_session_is_told_with_what_no_rule_tagged(self):
        events = [("s1", 0, "cd /tmp"), ("s1", 1, "alpha"), ("s2", 2, "id"), ("s1", 3, "\x1b[2Jexit <b>")]
        self.read(*events)
        self.read(*events)  # a replay adds nothing
        told = self.session("s1")
        self.assertEqual([each["typed"] for each in told], ["cd /tmp", "alpha", "\x1b[2Jexit <b>"])
        self.assertEqual([[tag["rule_id"] for tag in each["tags"]] for each in told], [[], ["R0001"], []])
        self.assertEqual(told[0]["happened_at"], "2026-01-01T00:00:00.000000Z")
        self.assertEqual(len(self.session("s1", "--limit", "2")), 2)
        self.assertIn("the first 2 steps", self.run_program("session", "s1", "--limit", "2", "--store", self.store)[1])
        out, talk = self.run_program("session", "other", "--store", self.store, code=1)
        self.assertEqual(out, "")
        self.assertIn("the store has nothing of session other", talk)
        page = self.run_program("report", "--store", self.store)[0]
        self.assertIn("cd /tmp", page)
        self.assertIn("exit &lt;b&gt;", page)
        self.assertNotIn("\x1b", page)
        self.assertNotIn("Steps without a tag are not kept", page)

    def test_without_steps_only_tagged_ones_are_told(self):
        self.read(("s1", 0, "cd /tmp"), ("s1", 1, "alpha"), more="step_retention: 0s\n")
        out, talk = self.run_program("session", "s1", "--store", self.store)
        self.assertEqual([json.loads(each)["source_id"] for each in out.splitlines()], ["s1-1"])
        self.assertIn("tagged steps only", talk)
        self.assertIn("Steps without a tag are not kept", self.run_program("report", "--store", self.store)[0])
        self.assertEqual(self.rows(), 0)

    def test_steps_of_one_second_have_the_order_of_their_lines(self):
        self.read(*(("s1", 0, f"alpha {n}" if n % 3 else f"echo {n}") for n in range(300)), ids=itertools.count())
        steps = self.session("s1")
        self.assertEqual([each["typed"].split()[1] for each in steps], [str(n) for n in range(300)])
        self.assertEqual([len(each["tags"]) for each in steps], [int(n % 3 != 0) for n in range(300)])
        self.assertEqual(self.session("s1", "--limit", "100"), steps[:100])

    def test_many_lines_of_a_log_are_all_kept(self):
        self.read(*(("s1", n % 60, f"echo {n}") if n % 60 else (f"s{n}", 0, f"echo {n}") for n in range(6000)))
        self.assertEqual(self.rows(), 59 + 100)  # a line that comes again has the same id

    def rows(self):
        client = sqlite3.connect(self.store.removeprefix("sqlite:"), timeout=30)
        self.addCleanup(client.close)
        return client.execute("SELECT COUNT(*) FROM ttp_step").fetchone()[0]


if __name__ == "__main__":
    program.main()
