#!/usr/bin/env python3
"""Runs `rulehost bench evaluate` on generated rules and events and checks only ratios within the run, with wide bounds.

usage: smoke.py RULEHOST GENERATE [unittest arguments]
"""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

PROGRAM = None
GENERATE = None

FEW, MANY = 25, 1000


class Ratios(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.directory = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.directory.name)
        subprocess.run([GENERATE, "events", "4000", cls.root / "events.ndjson"], check=True)
        cls.measured = {count: cls.measure(count) for count in (FEW, MANY)}

    @classmethod
    def tearDownClass(cls):
        cls.directory.cleanup()

    @classmethod
    def measure(cls, count):
        rules = cls.root / str(count)
        subprocess.run([GENERATE, "rules", str(count), rules], check=True)
        done = subprocess.run([PROGRAM, "bench", "evaluate", "--rules", rules, "--repetitions", "3",
                               cls.root / "events.ndjson"], check=True, capture_output=True, text=True)
        return json.loads(done.stdout)

    def test_everything_is_read(self):
        for count, report in self.measured.items():
            self.assertEqual((report["rules"], report["events"], report["bad_lines"]), (count, 4000, 0))
            self.assertGreater(report["tags"], 0)

    def test_cost_hardly_depends_on_the_number_of_rules(self):
        few, many = (self.measured[count]["events_per_second"] for count in (FEW, MANY))
        self.assertGreater(many / few, 0.4)

    def test_evaluation_is_not_far_from_a_bare_scan(self):
        for count, report in self.measured.items():
            self.assertLess(report["ratios"]["evaluate_to_bare_scan"], 6, count)
            self.assertLess(report["ratios"]["text_to_tags_to_bare_parse_and_scan"], 6, count)

    def test_costs_are_listed_worst_first(self):
        for report in self.measured.values():
            of_rules = [one["share"] for one in report["costs"] if one["rule_id"]]
            self.assertEqual(of_rules, sorted(of_rules, reverse=True))
            self.assertGreater(len(of_rules), 0)


if __name__ == "__main__":
    PROGRAM, GENERATE = sys.argv[1:3]
    unittest.main(argv=[sys.argv[0], *sys.argv[3:]])
