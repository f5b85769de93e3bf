#!/usr/bin/env python3
"""Runs `rulehost diff` on directories and on revisions of a git repository.

usage: diff.py PROGRAM [unittest arguments]
"""
import gzip
import json
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event

IDENTITY = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org", "GIT_COMMITTER_NAME": "a",
            "GIT_COMMITTER_EMAIL": "a@example.org", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}


def sums(added, removed, changed, promoted=0, observed=0):
    return {"added": added, "removed": removed, "changed": changed, "promoted": promoted, "observed": observed}


class Diff(program.Scenario):
    def setUp(self):
        super().setUp()
        self.old = self.root / "old"
        shutil.copytree(self.rules, self.old)
        self.log = self.root / "log.json"
        self.log.write_text(event(1, "alpha") + event(2, "beta") + event(3, "alpha beta") + event(4, "gamma"))

    def run_diff(self, *arguments, code, cwd=None, stdin=b"", environment=None):
        done = subprocess.run([program.PROGRAM, "diff", *map(str, arguments)], input=stdin, capture_output=True,
                              timeout=DEADLINE, cwd=cwd or self.root, env={**os.environ, **IDENTITY, **(environment or {})})
        self.assertEqual(done.returncode, code, (arguments, done.stdout, done.stderr))
        self.assertNotIn(b"\x1b", done.stdout + done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    def difference(self, *arguments, code=1, **how):
        return json.loads(self.run_diff(*arguments, "--format", "json", code=code, **how)[0])

    def git(self, *arguments):
        subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, env={**os.environ, **IDENTITY})

    def commit(self, message):
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def test_equal_rules_end_with_0(self):
        out, _ = self.run_diff(self.old, self.rules, self.log, code=0)
        self.assertIn("no tag differs", out)
        self.assertEqual(self.difference(self.old, self.rules, self.log, code=0)["rules"], [])

    def test_new_gone_and_changed_tags_are_reported_with_their_lines(self):
        self.write_rule("R0001", "beta")
        self.write_rule("R0002", "gamma", technique="T1033")
        told = self.difference(self.old, self.rules, self.log)
        self.assertEqual((told["events"], told["rejected"]), (4, 0))
        self.assertEqual(told["total"], sums(2, 1, 0))
        self.assertEqual([(each["rule_id"], each["technique_id"], each["added"], each["removed"]) for each in told["rules"]],
                         [("R0001", "T1082", 1, 1), ("R0002", "T1033", 1, 0)])
        self.assertEqual([(each["line"], each["before"], each["after"], each["typed"]) for each in told["rules"][0]["lines"]],
                         [(1, 0.9, None, "alpha"), (2, None, 0.9, "beta")])
        text = self.run_diff(self.old, self.rules, self.log, code=1)[0]
        self.assertIn("R0001 T1082 +1 -1", text)
        self.assertIn(f"- {self.log}:1  0.9  alpha\n", text)
        self.assertIn("in all: +2 -1\n", text)
        markdown = self.run_diff(self.old, self.rules, self.log, "--format", "markdown", "--lines", "0", code=1)[0]
        self.assertIn("### Tags: +2 -1\n", markdown)
        self.assertIn("| `R0002` | `T1033` | System Owner/User Discovery | 1 | 0 | 0 |\n", markdown)
        self.assertNotIn("<details>", markdown)

    def test_other_confidence_differs_and_another_version_does_not(self):
        path = self.rules / "R0001.yaml"
        path.write_text(path.read_text().replace("rule_version: 1", "rule_version: 2"))
        self.run_diff(self.old, self.rules, self.log, code=0)
        path.write_text(path.read_text().replace("0.9", "0.6"))
        told = self.difference(self.old, self.rules, self.log)
        self.assertEqual(told["total"], sums(0, 0, 2))
        self.run_diff(self.old, self.rules, "--confidence-floor", "0.95", self.log, code=0)

    def test_windows_are_fed_by_all_lines_on_both_sides(self):
        for directory, threshold in ((self.old, 2), (self.rules, 3)):
            (directory / "R0009.yaml").write_text(
                "rule_id: R0009\nrule_version: 1\nname: R0009\napplies_to: [command]\n"
                "match:\n  window: {of: {field: command_text, pattern: a}, within: 1h, group_by: [attacker_uuid], repeat: true, "
                f"count: {{at_least: {threshold}}}}}\n"
                "emits: [{tactic: TA0007, technique_id: T1057, confidence: 0.9}]\n")
        told = self.difference(self.old, self.rules, self.log)
        self.assertEqual([(each["rule_id"], each["removed"], [line["line"] for line in each["lines"]]) for each in told["rules"]],
                         [("R0009", 1, [2])])

    def test_bad_lines_are_counted_and_a_log_without_events_is_an_error(self):
        self.log.write_text(event(1, "alpha") + "nonsense\n")
        told = self.difference(self.old, self.rules, self.log, code=0)
        self.assertEqual((told["events"], told["rejected"]), (1, 1))
        self.assertIn(f"{self.log}:2: ", self.run_diff(self.old, self.rules, self.log, code=0)[1])
        out, said = self.run_diff(self.old, self.rules, "-", stdin=b"nonsense\n", code=2)
        self.assertEqual(out, "")
        self.assertIn("no line of standard input is an event", said)
        zipped = self.root / "log.json.gz"
        zipped.write_bytes(gzip.compress(self.log.read_bytes() * 50))
        self.assertIn("| rulehost diff OLD NEW -", self.run_diff(self.old, self.rules, zipped, code=2)[1])
        self.run_diff(self.old, self.rules, "-", "--input-format", "text", stdin=b"omega\n", code=0)

    def test_logs_without_any_event_are_an_error(self):
        empty = self.root / "empty.json"
        empty.write_text("")
        out, said = self.run_diff(self.old, self.rules, empty, "/dev/null", code=2)
        self.assertEqual(out, "")
        self.assertIn(f"{empty} holds no event", said)
        self.assertIn("/dev/null holds no event", said)
        self.assertIn("standard input holds no event", self.run_diff(self.old, self.rules, "-", code=2)[1])
        self.run_diff(self.old, self.rules, empty, self.log, code=0)  # the log of a quiet day among others

    def test_advice_names_the_option_of_this_command(self):
        self.assertIn("with --input-format text", self.run_diff(self.old, self.rules, "-", stdin=b"nonsense\n", code=2)[1])

    def test_rules_that_are_left_out_are_named_and_differ_where_one_side_has_them(self):
        self.write_rule("L0001", "gamma", more="tests: [{event: {command_text: gamma}, expect: []}]\n")
        self.write_rule("L0002", "[")
        (self.rules / "R9999.yaml").write_bytes(b"\xff\xfe\x00")
        self.write_rule("R0002", "alpha")
        (self.rules / "R0002.yaml").rename(self.rules / "second-R0001.yaml")
        (self.rules / "second-R0001.yaml").write_text((self.rules / "R0001.yaml").read_text())
        told = self.difference(self.old, self.rules, self.log)
        self.assertEqual((told["total"], told["before"]["left_out"]), (sums(0, 0, 0), []))
        self.assertEqual([(each["name"], each["why"]) for each in told["after"]["left_out"]],
                         [("L0001", "fails its tests"), ("L0002", "has errors"), ("R9999.yaml", "has errors"),
                          ("second-R0001.yaml", "claims R0001 again")])
        text = self.run_diff(self.old, self.rules, self.log, code=1)[0]
        self.assertIn("left out of NEW: L0001 (fails its tests), L0002 (has errors), ", text)
        self.assertNotIn("left out of OLD", text)
        markdown = self.run_diff(self.old, self.rules, self.log, "--format", "markdown", code=1)[0]
        self.assertIn("left out of NEW: `L0001` (fails its tests), ", markdown)
        self.assertIn("left out of OLD: L0001", self.run_diff(self.rules, self.rules, self.log, code=0)[0])

    def test_another_tactic_is_shown(self):
        path = self.rules / "R0001.yaml"
        for directory, tactic in ((self.old, "TA0010"), (self.rules, "TA0009")):
            (directory / "R0001.yaml").write_text(path.read_text().replace("TA0007", tactic))
        self.assertIn(f"~ {self.log}:1  0.9  TA0010 -> TA0009  alpha\n", self.run_diff(self.old, self.rules, self.log, code=1)[0])
        line = self.difference(self.old, self.rules, self.log)["rules"][0]["lines"][0]
        self.assertEqual((line["tactic_before"], line["tactic_after"]), ("TA0010", "TA0009"))

    def test_promoted_rule_is_shown(self):
        path = self.old / "R0001.yaml"
        path.write_text(path.read_text().replace("name: R0001\n", "name: R0001\nstatus: observe\n"))
        text = self.run_diff(self.old, self.rules, self.log, code=1)[0]
        self.assertIn("R0001 T1082 +0 -0 ~2 (2 promoted)", text)
        self.assertIn(f"~ {self.log}:1  0.9  observed -> counts  alpha\n", text)
        self.assertIn("counts -> observed", self.run_diff(self.rules, self.old, self.log, code=1)[0])
        self.assertEqual(self.difference(self.old, self.rules, self.log)["total"],
                         sums(0, 0, 2, promoted=2))
        self.run_diff(self.old, self.old, self.log, code=0)

    def test_revisions_of_git_are_compared(self):
        self.git("init", "-q", "-b", "main")
        self.commit("one")
        self.write_rule("R0001", "beta")
        (self.rules / "deep").mkdir()
        (self.rules / "deep" / "a name.txt").write_text("no rule")
        (self.rules / "R0003.yaml").symlink_to("R0001.yaml")
        (self.rules / ".hidden").mkdir()
        (self.rules / ".hidden" / "R0004.yaml").write_text("no rule")
        self.commit("two")
        told = self.difference("git:HEAD~1:rules", "git:main:rules/", self.log)
        self.assertEqual(told["total"], sums(1, 1, 0))
        self.assertEqual(told["before"], {"name": "git:HEAD~1:rules", "rules": 1, "left_out": []})
        self.assertEqual(told["after"]["left_out"], [{"name": "R0003.yaml", "why": "unreadable"}])
        self.assertIn("symbolic link", self.run_diff("git:HEAD~1:rules", "git:main:rules", self.log, code=1)[1])
        self.run_diff("git:main:rules", self.rules, self.log, code=0)
        self.difference("git:main~1:./", "git:main:./", self.log, cwd=self.rules)
        # Seen from a directory below, a path without a dot is still that of the repository.
        self.difference("git:main~1:rules", "git:main:rules", self.log, cwd=self.rules)

    def test_bad_rule_of_a_revision_is_named_with_its_place(self):
        self.git("init", "-q", "-b", "main")
        self.write_rule("R0002", "[")
        self.commit("one")
        self.assertIn("git:main:rules/R0002.yaml:5:", self.run_diff("git:main:rules", self.rules, self.log, code=0)[1])

    def test_what_git_cannot_give_is_an_error(self):
        self.assertIn("git says: not a git repository",
                      self.run_diff("git:main:rules", self.rules, self.log, code=3, environment={"GIT_CEILING_DIRECTORIES": "/"})[1])
        self.git("init", "-q", "-b", "main")
        self.commit("one")
        for name in ("git:nowhere:rules", "git:main:nowhere", "git:main:rules/R0001.yaml"):
            self.assertIn(f"{name}: git says: ", self.run_diff(name, self.rules, self.log, code=3)[1])
        for name in ("git:--upload-pack=touch x:rules", "git:-h:rules", "git::rules", "git:main", "git:", "git:a\x1bb:rules", "git:a\nb:c"):
            self.assertIn("OLD: takes git:REV:DIR", self.run_diff(name, self.rules, self.log, code=2)[1])
        # A shell would run these.
        for name in ("git:main;touch x:rules", "git:$(touch x):rules", "git:main:rules;touch x"):
            self.run_diff(name, self.rules, self.log, code=3)
        self.assertFalse((self.root / "x").exists())
        said = self.run_diff("git:main:rules", self.rules, self.log, code=3, environment={"PATH": "/nonexistent"})[1]
        self.assertIn("git cannot be run: No such file or directory", said)

    def test_what_a_repository_configures_to_be_run_is_not_run(self):
        self.git("init", "-q", "-b", "main")
        self.commit("one")
        tree = subprocess.run(["git", "rev-parse", "main:rules"], cwd=self.root, check=True, capture_output=True, text=True,
                              env={**os.environ, **IDENTITY}).stdout.strip()
        for key, value in (("protocol.ext.allow", "always"), ("core.repositoryFormatVersion", "1"),
                           ("extensions.partialClone", "origin"), ("remote.origin.promisor", "true"),
                           ("remote.origin.url", f"ext::sh -c touch% {self.root}/x")):
            self.git("config", key, value)
        (self.root / ".git" / "objects" / tree[:2] / tree[2:]).unlink()
        for environment in ({}, {"GIT_ALLOW_PROTOCOL": "ext"}):
            self.run_diff("git:main:rules", self.rules, self.log, code=3, environment=environment)
        self.assertFalse((self.root / "x").exists())

    def test_revisions_of_a_store_are_compared_with_their_decisions(self):
        def run(*arguments):
            done = subprocess.run([program.PROGRAM, *map(str, arguments)], capture_output=True, timeout=DEADLINE)
            self.assertEqual(done.returncode, 0, done.stderr)
            return done.stdout.decode()

        run("sync", "--once", "--rules", self.rules, "--store", self.store)
        before = max(json.loads(line)["revision"] for line in run("rules", "log", "R0001", "--store", self.store, "--json").splitlines())
        self.run_diff(f"store@{before}", self.rules, "--store", self.store, self.log, code=0)
        run("state", "disable", "R0001", "--reason", "noise", "--for", "1h", "--store", self.store)
        told = self.difference(f"store@{before}", "store@now", self.log, environment={"RULEHOST_STORE": self.store})
        self.assertEqual(told["total"], sums(0, 2, 0))
        self.assertIn("store@42 or store@now", self.run_diff("store@soon", self.rules, "--store", self.store, self.log, code=2)[1])
        for name in ("store@", "store@-1", "store@1x"):
            self.assertIn(f"NEW: takes store@42 or store@now, not '{name}'",
                          self.run_diff(self.rules, name, "--store", self.store, self.log, code=2)[1])
        self.assertIn("takes store@1 only with --store URL", self.run_diff("store@1", self.rules, self.log, code=2)[1])
        self.run_diff("store@999", self.rules, "--store", self.store, self.log, code=3)

    def test_missing_directory_or_log_is_the_environments_fault(self):
        self.assertIn("nowhere", self.run_diff("nowhere", self.rules, self.log, code=3)[1])
        self.assertIn("absent.json", self.run_diff(self.old, self.rules, "absent.json", code=3)[1])
        self.run_diff(self.old, self.rules, code=2)


if __name__ == "__main__":
    program.main()
