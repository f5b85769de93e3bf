#!/usr/bin/env python3
"""Holds the JSON Schema that `rulehost check --schema` prints against the rules that the program takes and refuses.

usage: schema.py PROGRAM SOURCE_DIRECTORY [unittest arguments]
"""
import copy
import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from debian_python import modules

jsonschema, yaml = modules("jsonschema", "yaml")

PROGRAM = None
SOURCE = None

RULE = {
    "rule_id": "R1",
    "name": "a_rule",
    "applies_to": ["command"],
    "match": {"pattern": "wget"},
    "emits": [{"tactic": "TA0011", "technique_id": "T1105", "confidence": 0.9}],
}


class rule_loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Dates stay text, as the program reads them."""


rule_loader.yaml_implicit_resolvers = {
    letter: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for letter, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def documents(text):
    return [document for document in yaml.load_all(text, Loader=rule_loader) if document is not None]


def matching(condition):
    return {"match": condition}


def within(window):
    return matching({"window": {"count": {"at_least": 2}, "within": "5m", "group_by": ["session_id"], **window}})


GOOD = {
    "pattern": matching({"pattern": "x", "ignore_case": True}),
    "contains": matching({"field": "a.b", "contains": ["x", "y"]}),
    "starts_with": matching({"starts_with": "x", "normalise": False}),
    "ends_with": matching({"ends_with": "x"}),
    "equals": matching({"field": "a", "equals": True}),
    "one_of": matching({"field": "a", "one_of": ["x", 3]}),
    "cidr": matching({"field": "a", "cidr": ["fe80::/10", "10.0.0.0/8"]}),
    "exists": matching({"field": "a", "exists": False}),
    "greater_than": matching({"field": "a", "greater_than": 1.5}),
    "at_least": matching({"field": "a", "at_least": 1}),
    "less_than": matching({"field": "a", "less_than": -1}),
    "at_most": matching({"field": "a", "at_most": 1, "all": True}),
    "length": matching({"field": "a", "length": {"equals": 3}}),
    "equals_field": matching({"field": "a", "equals_field": "b"}),
    "differs_from_field": matching({"field": "a", "differs_from_field": "b.c"}),
    "nested": matching({"all_of": [{"pattern": "x"}, {"not": {"any_of": [{"pattern": "y"}, {"field": "a", "exists": True}]}}]}),
    "count": within({"of": {"pattern": "x"}, "repeat": True}),
    "distinct_count": matching({"any_of": [{"pattern": "x"}, {"window": {
        "distinct_count": {"field": "a", "at_least": 3}, "within": "1h30m", "group_by": ["attacker_uuid", "a"]}}]}),
    "sequence": matching({"window": {"sequence": [{"pattern": "x"}, {"pattern": "y"}], "within": "1d", "group_by": ["a"]}}),
    "command": matching({"command": {"program": ["wget", "curl"], "option": {"-O": "*"}, "operands": {"at_least": 1}}}),
    "commands": matching({"command": [{"writes": {"any": "/etc/*", "except": "*.bak"}, "data": "some"},
                                      {"program": {"not": "sh"}, "piped_to": {"not": {"program": "grep"}}},
                                      {"sets": {"PATH": "*"}, "operands": "none", "ignore_case": True},
                                      {"connects": {"cidr": "10.0.0.0/8"}, "option": [{"all": ["-a", "-b"]}, {"not": "-c"}]}]}),
    "commands_in_order": matching({"commands_in_order": [{"fetches": "*"}, [{"runs": "*"}, {"program": "sh"}]], "same": "file"}),
    "sequence_about_one_file": matching({"window": {"sequence": [{"command": {"fetches": "*"}}, {"command": {"runs": "*"}}],
                                                    "same": "file", "within": "1d", "group_by": ["a"]}}),
    "some": matching({"some": {"of": "a.b", "match": {"field": "c", "equals": 1}}}),
    "scaled": {"emits": [{**RULE["emits"][0], "scaled_by": {"field": "a", "full_at": 100}}]},
    "by value": {"emits": [{"by_value": "a", "values": {"x": RULE["emits"]}}]},
    "inert": matching({"kind": "lifter:regex", "anything": 1}),
    "map of a source kind": {"applies_to": [{"source_kind": "command"}]},
    "tests": {"tests": [{"event": {"command_text": "wget"}, "expect": ["T1105"]},
                        {"name": "n", "events": [{"at": "1s", "session_id": "s", "payload": {}}], "expect": []}]},
    "for people": {"description": "d", "references": ["r"], "attack_release": 18.1, "last_reviewed": "2026-01-01",
                   "next_review": "2026-07-01", "evidence_fields": ["a"], "rule_version": 3},
    "observed": {"status": "observe"},
    "stable": {"status": "stable"},
}

BAD = {
    "unknown key": {"colour": "red"},
    "id with a space": {"rule_id": "R 1"},
    "version zero": {"rule_version": 0},
    "no name": {"name": None},
    "status of Sigma": {"status": "experimental"},
    "no emission": {"emits": []},
    "confidence above one": {"emits": [{**RULE["emits"][0], "confidence": 1.5}]},
    "misspelt technique": {"emits": [{"technique_id": "1105"}]},
    "tactic by its name": {"emits": [{**RULE["emits"][0], "tactic": "command-and-control"}]},
    "condition that is a text": matching("wget"),
    "flag of another comparison": matching({"field": "a", "exists": True, "ignore_case": True}),
    "source kind that is a number": {"applies_to": [3]},
    "command without a key": matching({"command": {}}),
    "misspelt key of a command": matching({"command": {"programm": "x"}}),
    "misspelt key of a value": matching({"command": {"operand": {"nor": "x"}}}),
    "two forms of a value": matching({"command": {"operand": {"not": "x", "pattern": "y"}}}),
    "any without except": matching({"command": {"operand": {"any": "x"}}}),
    "count that is a word": matching({"command": {"operands": "many"}}),
    "one command in order": matching({"commands_in_order": [{"program": "x"}]}),
    "command beside a comparison": matching({"command": {"program": "x"}, "pattern": "y"}),
    "some without a match": matching({"some": {"of": "a"}}),
    "two comparisons": matching({"pattern": "x", "contains": "y"}),
    "no comparison": matching({"field": "a"}),
    "unknown comparison": matching({"field": "a", "is_like": "x"}),
    "empty list": matching({"any_of": []}),
    "number for text": matching({"contains": 3}),
    "text for a number": matching({"field": "a", "at_least": "3"}),
    "two bounds of a length": matching({"field": "a", "length": {"at_least": 1, "at_most": 2}}),
    "window without a group": matching({"window": {"count": {"at_least": 2}, "within": "5m"}}),
    "window without a length": matching({"window": {"count": {"at_least": 2}, "group_by": ["a"]}}),
    "window that counts two ways": within({"distinct_count": {"field": "a", "at_least": 2}}),
    "threshold zero": within({"count": {"at_least": 0}}),
    "span without a unit": within({"within": "5"}),
    "sequence of one": matching({"window": {"sequence": [{"pattern": "x"}], "within": "1d", "group_by": ["a"]}}),
    "table without values": {"emits": [{"by_value": "a"}]},
    "scale of nothing": {"emits": [{**RULE["emits"][0], "scaled_by": {"field": "a", "full_at": 0}}]},
    "test without an expectation": {"tests": [{"event": {}}]},
    "test with two kinds of events": {"tests": [{"event": {}, "events": [{"payload": {}}], "expect": []}]},
    "date that is none": {"last_reviewed": "yesterday"},
}


class Schema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        printed = subprocess.run([PROGRAM, "check", "--schema"], capture_output=True, check=True, timeout=60).stdout
        cls.schema = json.loads(printed)
        jsonschema.Draft202012Validator.check_schema(cls.schema)
        cls.validator = jsonschema.Draft202012Validator(cls.schema)

    def faults(self, rule):
        return [f"{'/'.join(map(str, fault.absolute_path))}: {fault.message[:200]}" for fault in self.validator.iter_errors(rule)]

    def is_taken(self, rule):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "rule.yaml")
            # A document of lists is told by a line that starts with its key.
            path.write_text("".join(f"{key}: {json.dumps(value)}\n" for key, value in rule.items()), encoding="utf-8")
            shutil.copy(SOURCE / "rules" / "lists.yaml", directory)  # that the rule may name
            done = subprocess.run([PROGRAM, "check", path], capture_output=True, timeout=60)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        return done.returncode == 0, done.stdout.decode()

    @staticmethod
    def changed(change):
        rule = copy.deepcopy({**RULE, **change})
        return {key: value for key, value in rule.items() if value is not None}

    def test_every_shipped_rule_keeps_to_it(self):
        paths = sorted((SOURCE / "rules").rglob("*.yaml"))
        self.assertGreater(len(paths), 100)
        for path in paths:
            for rule in documents(path.read_text(encoding="utf-8")):
                with self.subTest(path.name):
                    self.assertEqual(self.faults(rule), [])

    def test_every_rule_of_the_documents_keeps_to_it_and_is_taken(self):
        pages = [SOURCE / "README.md", *sorted((SOURCE / "docs").glob("*.md"))]
        blocks = [block for page in pages for block in
                  re.findall(r"^```yaml\n(.*?)^```", page.read_text(encoding="utf-8"), re.M | re.S)]
        rules = [rule for block in blocks for rule in documents(block) if not {"lists", "programs"} & rule.keys()]
        self.assertTrue(rules)
        for part in rules:
            rule = part if "rule_id" in part else self.changed(part)
            with self.subTest(rule):
                self.assertEqual(self.faults(rule), [])
                taken, report = self.is_taken(rule)
                self.assertTrue(taken, report)

    def test_lists_keep_to_it_as_the_program_reads_them(self):
        good = [{"a": ["x", 1, True, ["y"]]}, {"a_1": ["x"], "b": ["$a_1", "$HOME"]}]
        bad = [{"A": ["x"]}, {"1a": ["x"]}, {"a": []}, {"a": "x"}, {"a": [{"x": 1}]}, {"a": [None]}, {"a" * 65: ["x"]}]
        for lists, is_good in [*((lists, True) for lists in good), *((lists, False) for lists in bad)]:
            with self.subTest(lists):
                self.assertEqual(self.faults({"lists": lists}) == [], is_good)
                taken, report = self.is_taken({"lists": lists})
                self.assertEqual(taken, is_good, report)
        self.assertNotEqual(self.faults({"lists": {"a": ["x"]}, "rule_id": "R1"}), [])
        self.assertFalse(self.is_taken({"lists": {"a": ["x"]}, "rule_id": "R1"})[0])

    def test_what_it_allows_is_taken(self):
        for name, change in GOOD.items():
            with self.subTest(name):
                rule = self.changed(change)
                self.assertEqual(self.faults(rule), [])
                taken, report = self.is_taken(rule)
                self.assertTrue(taken, report)

    def test_what_it_forbids_is_refused(self):
        for name, change in BAD.items():
            with self.subTest(name):
                rule = self.changed(change)
                self.assertNotEqual(self.faults(rule), [])
                self.assertFalse(self.is_taken(rule)[0])

    def test_every_key_has_a_description_to_hover_over(self):
        def look_at(part, place):
            for key, value in part.get("properties", {}).items():
                self.assertTrue(value.get("description"), f"{place}/{key}")
            for key, value in part.items():
                for number, each in enumerate(value if isinstance(value, list) else [value]):
                    if isinstance(each, dict):
                        look_at(each, f"{place}/{key}/{number}")

        look_at(self.schema, "")

    def test_fault_is_reported_by_its_key(self):
        for name, change in BAD.items():
            for fault in self.faults(self.changed(change)):
                with self.subTest(name):
                    self.assertNotIn("given schemas", fault)
                    self.assertNotIn("valid under each of", fault)
        self.assertIn("'contains' is not one of", "".join(self.faults(self.changed(BAD["two comparisons"]))))
        self.assertIn("'is_like' was unexpected", "".join(self.faults(self.changed(BAD["unknown comparison"]))))
        self.assertIn("'pattern' is a required property", "".join(self.faults(self.changed(BAD["no comparison"]))))

    def test_tactics_are_offered_by_id_and_name(self):
        tactic = self.schema["$defs"]["emission"]["properties"]["tactic"]
        self.assertEqual(len(tactic["enum"]), 15)
        self.assertIn("TA0011: Command and Control.", tactic["description"])
        self.assertIn("'TA0099' is not one of", "".join(self.faults(self.changed(
            {"emits": [{"technique_id": "T1105", "tactic": "TA0099", "confidence": 0.9}]}))))


if __name__ == "__main__":
    PROGRAM, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
