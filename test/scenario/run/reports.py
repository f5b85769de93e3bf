#!/usr/bin/env python3
"""Reports, rules by their tags, and coverage, of what the real program stored.

usage: reports.py PROGRAM [unittest arguments]
"""
import csv
import html.parser
import io
import json
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE

HOSTILE = "=alpha <script>alert(1)</script>\x1b[2J \u202e ,\"'"


def event(number, text, session="s1"):
    return json.dumps({"source_kind": "command", "source_id": f"cmd_{number}", "attacker_uuid": "a-1", "session_id": session,
                       "observed_at": f"2026-03-01T00:00:{number:02}Z",
                       "payload": {"command_text": text, "src_ip": "203.0.113.5"}}) + "\n"


class Page(html.parser.HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.names, self.texts, self.attributes = [], [], []
        self.feed(text)

    def handle_starttag(self, name, attributes):
        self.names.append(name)
        self.attributes += attributes

    def handle_data(self, text):
        self.texts.append(text)


class Reports(program.Scenario):
    def setUp(self):
        super().setUp()
        self.write_rule("R0001", "alpha", more="evidence_fields: [command_text]\n")
        self.write_rule("R0002", "beta", "T1083")
        self.write_rule("R0003", "never", "T1087")
        self.store_tags("events", event(1, HOSTILE) + event(2, "alpha beta") + event(3, "alpha", "s2"))

    def store_tags(self, name, events):
        log = self.root / name
        log.write_text(events)
        done = subprocess.run([program.PROGRAM, "run", "--once", "--store", self.store, "--rules", self.rules, "--input", log],
                              stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)

    def store_tags_of_days(self, *days):
        self.store_tags("off", "".join(event(number, "alpha", f"s{number}").replace("2026-03-01", day)
                                       for number, day in enumerate(days, 4)))

    def ask(self, *arguments, code=0):
        done = subprocess.run([program.PROGRAM, *arguments, "--store", self.store], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout.decode() if code == 0 else done.stderr.decode()

    def test_page_shows_what_was_typed_as_text_and_loads_nothing(self):
        page = Page(self.ask("report"))
        self.assertNotIn("script", page.names)
        self.assertFalse({"src", "href", "onerror", "onload"} & {name for name, _ in page.attributes})
        typed = [text for text in page.texts if "alert(1)" in text]
        self.assertEqual(typed, ["=alpha <script>alert(1)</script>\\x1b[2J \\u{202e} ,\"'"])
        for text in ("Session s1, step by step", "4 tags", "2 techniques"):
            self.assertIn(text, page.texts)

    def test_table_has_a_row_for_each_tag_and_no_formula(self):
        rows = list(csv.DictReader(io.StringIO(self.ask("report", "--format", "csv"), newline="")))
        self.assertEqual(len(rows), 4)
        for row in rows:
            self.assertNotIn(None, row)
            for cell in row.values():
                self.assertNotRegex(cell, r"^\s*[=+@-]")
        self.assertIn("'=alpha <script>", rows[0]["typed"])
        self.assertEqual([row["technique"] for row in rows], ["T1082", "T1082", "T1083", "T1082"])

    def test_layer_counts_tags_of_the_span(self):
        layer = json.loads(self.ask("report", "--format", "navigator", "--since", "2026-03-01T00:00:02Z"))
        self.assertEqual({each["techniqueID"]: each["score"] for each in layer["techniques"]}, {"T1082": 2, "T1083": 1})
        self.assertEqual(layer["versions"]["layer"], "4.5")

    def test_bundle_of_stix_has_a_sighting_for_each_technique_and_nothing_that_was_typed(self):
        text = self.ask("report", "--format", "stix")
        self.assertEqual(text, self.ask("report", "--format", "stix"))
        self.assertNotIn("alert", text)
        objects = json.loads(text)["objects"]
        names = {each["id"]: each["external_references"][0]["external_id"] for each in objects if each["type"] == "attack-pattern"}
        found = {names[each["sighting_of_ref"]]: each["count"] for each in objects if each["type"] == "sighting"}
        self.assertEqual(found, {"T1082": 3, "T1083": 1})
        self.assertEqual([each["value"] for each in objects if each["type"] == "ipv4-addr"], ["203.0.113.5"])
        observed, = [each for each in objects if each["type"] == "observed-data"]
        self.assertEqual((observed["first_observed"], observed["number_observed"]), ("2026-03-01T00:00:01.000000Z", 4))

    def test_event_of_misp_has_the_address_with_its_techniques(self):
        text = self.ask("report", "--format", "misp", "--since", "2026-03-01T00:00:02Z")
        self.assertEqual(text, self.ask("report", "--format", "misp", "--since", "2026-03-01T00:00:01.5Z"))
        event_of_misp = json.loads(text)["Event"]
        attribute, = event_of_misp["Attribute"]
        self.assertEqual((attribute["type"], attribute["value"], attribute["to_ids"]), ("ip-src", "203.0.113.5", False))
        self.assertEqual([each["name"] for each in attribute["Tag"]],
                         ['misp-galaxy:mitre-attack-pattern="System Information Discovery - T1082"',
                          'misp-galaxy:mitre-attack-pattern="File and Directory Discovery - T1083"'])

    def test_rules_are_shown_by_their_tags(self):
        first, second = [json.loads(line) for line in self.ask("rules", "top").splitlines()]
        self.assertEqual((first["rule_id"], first["tags"], first["attackers"], first["sessions"], first["hits"]),
                         ("R0001", 3, 1, 2, 3))
        self.assertEqual((second["rule_id"], second["share"]), ("R0002", 0.25))

    def test_coverage_has_what_rules_can_see_and_what_was_seen(self):
        found = {each["technique_id"]: each for each in map(json.loads, self.ask("coverage").splitlines())}
        self.assertEqual({name: (each["tags"], each["rules"]) for name, each in found.items()},
                         {"T1082": (3, ["R0001"]), "T1083": (1, ["R0002"]), "T1087": (0, ["R0003"])})
        self.assertEqual([json.loads(line)["technique_id"] for line in self.ask("coverage", "--unseen").splitlines()], ["T1087"])

    def test_layer_of_a_change_compares_a_span_with_the_one_before(self):
        layer = json.loads(self.ask("report", "diff", "--since", "2026-03-01T00:00:02Z", "--until", "2026-03-01T00:00:04Z"))
        self.assertEqual({each["techniqueID"]: (each["score"], each["comment"]) for each in layer["techniques"]},
                         {"T1082": (1, "2 tags, 1 before"), "T1083": (1, "1 tag, 0 before")})
        layer = json.loads(self.ask("report", "diff", "--since", "2026-03-01T00:00:03Z", "--before-since", "2026-03-01T00:00:02Z"))
        self.assertEqual({each["techniqueID"]: each["score"] for each in layer["techniques"]}, {"T1082": 0, "T1083": -1})
        self.assertIn("--since is required", self.ask("report", "diff", code=2))
        self.assertIn("--since: takes a time that has passed", self.ask("report", "diff", "--since", "2999-01-01T00:00Z", code=2))
        self.assertIn("--before-since must be before", self.ask("report", "diff", "--since", "1h", "--before-since", "1m", code=2))

    def test_clock_that_is_years_off_does_not_stretch_the_timeline(self):
        self.store_tags_of_days("9999-03-01", "1970-01-01")
        page = Page(self.ask("report"))
        span, = [text for text in page.texts if "rulehost report" in text]
        self.assertIn("2026-03-01 00:00 to ", span)
        self.assertNotIn("9999-", span)
        self.assertIn("2 tags", page.texts)
        self.assertTrue([text for text in page.texts if "with a time outside of the span" in text])

    def test_clock_that_is_years_off_gives_stix_and_misp_no_time(self):
        self.store_tags_of_days("9999-03-01", "0000-01-01")
        times = r'"(?:date|first_seen|last_seen|first_observed|last_observed|created|modified)":"(\d{4})'
        for format in ("stix", "misp"):
            with self.subTest(format):
                done = subprocess.run([program.PROGRAM, "report", "--format", format, "--store", self.store],
                                      capture_output=True, text=True, timeout=DEADLINE)
                self.assertEqual(set(re.findall(times, done.stdout)), {"2026"})
                self.assertIn("2 tags with a time before 2000 or in the future are left out", done.stderr)
                asked = self.ask("report", "--format", format, "--since", "0000-01-01T00:00Z", "--until", "9999-12-31T00:00Z")
                self.assertLessEqual({"0000", "9999"}, set(re.findall(times, asked)))

    def test_technique_that_cannot_be_is_refused(self):
        for typed, advice in (("foo", "takes an id such as T1059"), ("system information discovery", "did you mean T1082?"),
                              ("t1082", "did you mean T1082")):
            self.assertIn(advice, self.ask("tags", "--technique", typed, code=2))

    def test_options_of_a_report_before_diff_are_refused(self):
        for option, value in (("--format", "csv"), ("--since", "1h"), ("--store", self.store)):
            self.assertIn(f"{option}: put options behind `report diff`",
                          self.ask("report", option, value, "diff", "--since", "1h", code=2))

    def test_mistakes_are_reported(self):
        self.assertIn("--since must be before --until", self.ask("report", "--since", "1h", "--until", "2h", code=2))
        for command in (["tags"], ["tags", "retract", "--rule", "R0001", "--reason", "x"], ["report"], ["report", "diff"]):
            with self.subTest(command):
                self.assertRegex(self.ask(*command, "--since", "1h", "--until", "2020-01-01T00:00Z", code=2),
                                 r"--since must be before --until: 20\d\d-\S+Z is not before 2020-01-01T00:00:00Z")
        self.assertIn("--last", self.ask("rules", "top", "--last", "soon", code=2))
        self.assertIn("--format", self.ask("report", "--format", "pdf", code=2))


if __name__ == "__main__":
    program.main()
