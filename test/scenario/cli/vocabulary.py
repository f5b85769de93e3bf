#!/usr/bin/env python3
"""What rules are read with: shared lists, further programs, the floor of confidences.

usage: vocabulary.py PROGRAM [unittest arguments]
"""
import json
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event

RULE = """rule_id: {id}
name: {id}
applies_to: [command]
match: {{command: [{condition}]}}
emits: [{{tactic: TA0011, technique_id: T1105, confidence: {confidence}}}]
tests:
  - event: {{command_text: '{good}'}}
    expect: [T1105]
  - event: {{command_text: 'ls'}}
    expect: []
"""


class Vocabulary(program.Scenario):
    def run_program(self, *arguments, code=0, stdin=b""):
        done = subprocess.run([program.PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        return done.stdout.decode(), done.stderr.decode()

    def write(self, name, text):
        (self.root / name).parent.mkdir(parents=True, exist_ok=True)
        (self.root / name).write_text(text)
        return self.root / name

    def write_command_rule(self, rule_id, condition, good, confidence=0.9):
        return self.write(f"rules/{rule_id}.yaml",
                          RULE.format(id=rule_id, condition=condition, good=good, confidence=confidence))

    def tags(self, text, *arguments):
        out, _ = self.run_program("eval", "--rules", self.rules, *arguments, "-", stdin=event(1, text).encode())
        return [json.loads(line)["rule_id"] for line in out.splitlines()]

    def test_lists_are_read_before_the_rules_that_name_them(self):
        self.write("rules/zz_lists.yaml", "lists:\n  tools: [wget, curl]\n")
        one = self.write_command_rule("R0002", "{program: $tools}", "curl x")
        self.assertIn("1 list", self.run_program("check", "--strict", self.rules)[1])
        self.run_program("check", "--strict", one)  # the list stands beside it
        self.run_program("test", one)
        self.assertEqual(self.tags("wget x"), ["R0002"])
        self.assertEqual(self.tags("nmap x"), [])
        out, _ = self.run_program("explain", "--rules", self.rules, "--rule", "R0002", "--kind", "command",
                                  '{"command_text": "wget x"}')
        self.assertIn('"matched":true', out)

    def test_mistakes_in_lists_are_reported_with_their_place(self):
        path = self.write("rules/lists.yaml", "lists:\n  tools: [wget, $shels]\n  shells: [x]\n")
        self.write_command_rule("R0002", "{program: $tools}", "wget x")
        out, _ = self.run_program("check", self.rules, code=1)
        self.assertIn(f"{path}:2:17: error[unknown-list]: unknown list $shels", out)
        self.assertIn("did you mean '$shells'?", out)
        self.assertIn("R0002.yaml:4:", out)
        self.assertIn("[unknown-list]", self.run_program("test", self.rules, code=1)[0])

    def test_lists_of_a_store_are_shown_and_exported(self):
        self.write("rules/lists.yaml", "lists:\n  tools: [wget, curl]\n  more: [$tools, nc]\n")
        self.write_command_rule("R0002", "{program: $more}", "curl x")
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        self.assertIn("2 rules, 2 lists, 0 quarantined", self.run_program("rules", "list", "--store", self.store)[1])
        shown = json.loads(self.run_program("rules", "show", "--store", self.store, "$tools", "--json")[0])
        self.assertEqual((shown["values"], shown["rules"]), (["wget", "curl"], ["R0002"]))
        self.run_program("rules", "show", "--store", self.store, "$nothing", code=1)
        out = self.root / "out"
        self.run_program("export", "--store", self.store, out)
        self.assertEqual(sorted(path.name for path in out.iterdir()), ["R0001.yaml", "R0002.yaml", "shared-lists.yaml"])
        self.assertIn("2 rules, 2 lists", self.run_program("check", out)[1])
        digests = [json.loads(self.run_program("rules", "digest", *where)[0])["digest"]
                   for where in (["--rules", self.rules], ["--store", self.store])]
        self.assertEqual(*digests)

    def test_further_programs_are_known_wherever_rules_are_read(self):
        self.write_command_rule("R0002", "{fetches: '*'}", "grab -t 5 http://192.0.2.1/x")
        own = self.write("programs/own.yaml", "programs:\n- {program: grab, takes: [-t], fetches: operands}\n")
        self.run_program("test", self.rules, code=1)
        for path in (own, own.parent):
            self.run_program("test", "--programs", path, self.rules)
            self.run_program("check", "--strict", "--programs", path, self.rules)
            self.assertEqual(self.tags("grab -t 5 http://192.0.2.1/x", "--programs", path), ["R0002"])
        config = self.write("config.yaml", f"rules: {self.rules}\nprograms: {own.parent}\n")
        done = self.run_program("run", "--config", config, "--once", "--input", "-", "--format", "event",
                                stdin=event(1, "grab -t 5 http://192.0.2.1/x").encode())
        self.assertIn('"R0002"', done[0])

    def test_mistakes_in_further_programs_are_reported_with_their_place(self):
        own = self.write("programs/own.yaml", "programs:\n- {program: grab, takez: [-t]}\n")
        for arguments in (["eval", "--rules", self.rules, "-"], ["test", self.rules]):
            _, talk = self.run_program(*arguments, "--programs", own, code=2)
            self.assertIn(f"{own}:2:19: error[unknown-key]", talk)
        config = self.write("config.yaml", f"rules: {self.rules}\nprograms: {own.parent}\n")
        self.assertIn(f"{own}:2:19: ", self.run_program("check", "--config", config, code=1)[0])
        missing = self.root / "nowhere"
        self.run_program("eval", "--rules", self.rules, "--programs", missing, "-", code=3)

    def test_tags_below_the_floor_are_dropped_and_counted(self):
        self.write_command_rule("R0002", "{program: wget}", "wget x", confidence=0.5)
        self.assertEqual(self.tags("wget x"), ["R0002"])
        self.assertEqual(self.tags("wget x", "--confidence-floor", "0.7"), [])
        _, talk = self.run_program("eval", "--rules", self.rules, "--confidence-floor", "0.7", "-",
                                   stdin=event(1, "wget x").encode())
        self.assertIn("1 withheld hit", talk)
        config = self.write("config.yaml", f"rules: {self.rules}\nevaluation: {{confidence_floor: 0.7}}\n")
        run = ["run", "--config", config, "--once", "--input", "-", "--format", "event"]
        self.assertNotIn("R0002", self.run_program(*run, stdin=event(1, "wget x").encode())[0])
        self.assertIn("R0002", self.run_program(*run, "--confidence-floor", "0.4", stdin=event(1, "wget x").encode())[0])
        self.run_program("eval", "--rules", self.rules, "--confidence-floor", "1.5", "-", code=2)


if __name__ == "__main__":
    program.main()
