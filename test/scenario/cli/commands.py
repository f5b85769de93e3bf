#!/usr/bin/env python3
"""Runs the commands of the real program: what they print, what they exit with, what they refuse.

usage: commands.py PROGRAM [unittest arguments]
"""
import contextlib
import gzip
import json
import pathlib
import re
import shlex
import signal
import sqlite3
import subprocess
import sys
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event

TESTS = """tests:
  - event: {command_text: 'alpha'}
    expect: [T1082]
  - event: {command_text: 'omega'}
    expect: []
"""


class Commands(program.Scenario):
    def setUp(self):
        super().setUp()
        self.write_rule("R0001", "alpha", more=TESTS)

    def write_named_rule(self, rule_id, name):
        self.write_rule(rule_id, "beta")
        path = self.rules / f"{rule_id}.yaml"
        path.write_text(path.read_text().replace(f"name: {rule_id}", f"name: {name}"))

    def test_a_table_fits_into_the_terminal(self):
        self.fill_store()
        reason = "a reason that is long, " + "\u00e4" * 80
        self.run_program("state", "disable", "R0001", "--reason", reason, "--by", "ann", "--store", self.store)
        whole = self.on_a_terminal("state", "list", "--store", self.store)
        self.assertIn(reason, whole)
        fitting = self.on_a_terminal("state", "list", "--store", self.store, columns=120)
        self.assertIn("a reason that is long", fitting)
        self.assertIn("\u2026", fitting)
        self.assertLessEqual(max(map(len, fitting.splitlines())), 120)
        # Narrower than its columns can be, a table stays readable.
        self.assertIn("R0001", self.on_a_terminal("state", "list", "--store", self.store, columns=20))

    def fill_store(self):
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)

    def test_every_command_has_help_with_an_example(self):
        for command in ("check", "eval", "diff", "report", "report diff", "test", "explain", "run", "tail", "sync", "export", "rules list", "rules show",
                        "state set", "state clip", "state disable", "state enable", "state clear", "state get",
                        "state list", "state history", "state observe", "state extend", "state undo", "withheld list",
                        "withheld count", "withheld release", "tags retract"):
            with self.subTest(command):
                self.assertIn("xample", self.run_program(*command.split(), "--help")[0])
        self.assertRegex(self.run_program("--version")[0], r"^rulehost \d+\.\d+\.\d+$")

    def test_configuration_is_checked_strictly_and_its_passwords_are_not_shown(self):
        shipped = pathlib.Path(__file__).resolve().parents[3] / "config" / "rulehost.yaml"
        self.run_program("check", "--config", shipped)
        config = self.root / "config.yaml"
        config.write_text("rules: rules\nthread: 2\nstore: postgresql://me:secret@host:99999/db\n"
                          "inputs:\n- {file: a, socket: b}\n- {file: a, format: poem}\nevaluation: {confidence_floor: 7}\n")
        out, _ = self.run_program("check", "--config", config, code=1)
        self.assertNotIn("secret", out)
        self.assertIn(f"{config}:2:1: error[unknown-key]", out)
        self.assertIn("did you mean 'threads'?", out)
        for place in ("3:8", "5:3", "6:21", "7:32"):
            self.assertIn(f"{config}:{place}: error", out)
        self.run_program("run", "--config", config, code=2)
        for url in ("postgresql://me:secret@secret@host/a/b", "nats://me:secret@one,me:secret@two", "nats://secret@host", "tls://secret@one"):
            key = "store" if url.startswith("postgresql") else "inputs"
            config.write_text(f"rules: rules\n{key}: " + (f"{url}\n" if key == "store" else f"[{{nats: '{url}'}}]\n"))
            for form in ("text", "json", "sarif"):
                out, talk = self.run_program("check", "--config", config, "--format", form, code=1)
                self.assertNotIn("secret", out + talk)

    def test_no_line_of_a_configuration_that_may_hold_a_password_is_shown(self):
        config = self.root / "config.yaml"
        for text in ("store: {a: secret}", "store: [secret]", "store:\n  a: secret", "store: |\n  secret\n  more secret", "store: secret",
                     "store: 'secret", "store: postgresql://bob:secret", "store: postgresql://bob:secret/db", "'store': {secret: 1}",
                     "publish: {a: secret}", "inputs:\n- nats: {a: secret}", "inputs: [{nats: [secret], format: text}]", "traces: {url: {a: secret}}",
                     "traces:\n  url: [secret]", "traces:\n  url: http://bob:secret@x\n  sampling_ratio: 7", "store: \"postgresql://bob:secret\n"):
            config.write_text(f"rules: {self.rules}\n{text}\n")
            for form in ("text", "json", "sarif"):
                with self.subTest(text=text, form=form):
                    out, talk = self.run_program("check", "--config", config, "--format", form, code=1)
                    self.assertNotIn("secret", out + talk)
        config.write_text("store: postgresql://bob:x@host:5432/db/more\n")
        self.assertIn("postgresql://bob:*@host:5432/db/more", self.run_program("check", "--config", config, code=1)[0])

    def test_format_goes_with_the_inputs_that_it_stands_beside(self):
        config = self.root / "config.yaml"
        config.write_text(f"rules: {self.rules}\ninputs: [{{file: absent, format: cowrie, follow: false}}]\n")
        self.assertIn("--format", self.run_program("run", "--config", config, "--format", "text", code=2)[1])
        config.write_text(f"rules: {self.rules}\n")
        out, _ = self.run_program("run", "--config", config, "--format", "text", stdin=b"alpha\n")
        self.assertEqual(json.loads(out)["technique_id"], "T1082")

    def test_former_names_of_keys_still_work_and_are_reported(self):
        config = self.root / "config.yaml"
        for key, former in (("shutdown_timeout", "drain"),):
            config.write_text(f"rules: {self.rules}\n{former}: 7s\n")
            out, _ = self.run_program("check", "--config", config)
            self.assertIn(f"{config}:2:1: warning[renamed-key]: '{former}' is now called '{key}'", out)
            config.write_text(f"rules: {self.rules}\n{former}: 7s\n{key}: 8s\n")
            self.assertIn("error[conflicting-keys]", self.run_program("check", "--config", config, code=1)[0])
            config.write_text(f"rules: {self.rules}\n{former}: never\n")
            self.assertIn(f"{config}:2:", self.run_program("check", "--config", config, code=1)[0])
        config.write_text(f"rules: {self.rules}\ninputs:\n  - socket: s\n    most_connections: 3\n"
                          "admin:\n  address: 127.0.0.1:0\n  stale_limit: 5s\n"
                          "traces:\n  url: http://localhost/\n  share: 0.5\n")
        out, _ = self.run_program("check", "--config", config)
        for place, key in (("4:5", "max_connections"), ("7:3", "max_staleness"), ("10:3", "sampling_ratio")):
            self.assertRegex(out, rf"{place}: warning\[renamed-key\]: .* is now called '{key}'")

    def test_shipped_configuration_has_every_key(self):
        top = pathlib.Path(__file__).resolve().parents[3]
        shipped = (top / "config" / "rulehost.yaml").read_text()
        config = self.root / "config.yaml"
        everything = re.sub(r"(?m)^( *)#(?! \w)", r"\1", shipped)
        (self.root / "slack").write_text("https://hooks.example/x\n")
        (self.root / "search").write_text("ApiKey x\n")
        config.write_text(everything.replace("/etc/rulehost/adapters", str(top / "config/adapters"))
                          .replace("/etc/rulehost/programs", str(top / "config/shell"))
                          .replace("/etc/rulehost/slack", str(self.root / "slack"))
                          .replace("/etc/rulehost/search", str(self.root / "search")))
        self.run_program("check", "--config", config)
        read = re.findall(r'keys\.(?:find|find_renamed|require)\("(\w+)"', (top / "src" / "cli" / "config_file.cpp").read_text())
        self.assertGreater(len(read), 30)
        for key in read:
            self.assertRegex(config.read_text(), rf"(?m)^[ -]*{key}:", key)

    def test_wrong_command_lines_exit_with_2(self):
        for line in ([], ["frobnicate"], ["check"], ["check", "--format", "poem", self.rules], ["eval"],
                     ["run", "--rules", self.rules, "--admin", "127.0.0.1"],
                     ["run", "--rules", self.rules, "--nats", "localhost/E"],
                     ["run", "--rules", self.rules, "--socket", "s", "--format", "text"],
                     ["run", "--rules", self.rules, "--traces", "ftp://x"],
                     ["run", "--rules", self.rules, "--input", "a", "--input", "a"],
                     ["state", "list", "--store", "oracle://x"], ["state", "list"],
                     ["state", "set", "R0001", "asleep", "--store", self.store],
                     ["state", "clip", "R0001", "--max", "1.5", "--store", self.store],
                     ["state", "disable", "R0001", "--for", "4h", "--until", "2099-01-01T00:00Z", "--store", self.store]):
            with self.subTest(line):
                self.assertIn("rulehost: error: ", self.run_program(*line, code=2)[1])

    def test_misspelt_command_is_named_with_the_one_that_was_meant(self):
        for arguments, expected in ((("stat",), "no command 'stat'; did you mean 'state'?"),
                                    (("state", "disabel", "R0001"), "no command 'disabel'; did you mean 'disable'?"),
                                    (("zzzzzzzz",), "no command 'zzzzzzzz'\n"),
                                    (("run", "--rules", self.rules, "--formt=cowrie"),
                                     "run has no option '--formt'; did you mean '--format'?"),
                                    (("state", "disable", "R0001", "--reson", "x"),
                                     "disable has no option '--reson'; did you mean '--reason'?"),
                                    (("eval", "--format", "cowry", "-"), "there is no 'cowry'; did you mean 'cowrie'?")):
            with self.subTest(arguments):
                self.assertIn(expected, self.run_program(*arguments, code=2)[1])

    def test_missing_things_exit_with_3(self):
        for line in (["check", self.root / "absent"], ["eval", "--rules", self.root / "absent", "-"],
                     ["eval", "--rules", self.rules, self.root / "absent"],
                     ["state", "list", "--store", f"sqlite:{self.root}/absent.db"]):
            with self.subTest(line):
                self.assertIn("absent", self.run_program(*line, code=3)[1])
        self.assertFalse((self.root / "absent.db").exists())

    def test_mistyped_directory_of_a_store_is_refused_and_a_new_store_is_told(self):
        mistyped = self.root / "vra" / "store.db"
        for line in (["sync", "--once", "--rules", self.rules], ["run", "--rules", self.rules, "--input", "/dev/null", "--once"]):
            with self.subTest(line):
                talk = self.run_program(*line, "--store", f"sqlite:{mistyped}", code=3)[1]
                self.assertIn(f"there is no directory {mistyped.parent} for the new store", talk)
                self.assertFalse(mistyped.parent.exists())
        new = f"a new store is made: {self.root}/store.db"
        self.assertIn(new, self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)[1])
        self.assertNotIn(new, self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)[1])

    def test_check_reports_in_every_format(self):
        self.write_rule("R0002", "[")
        (self.rules / ".R0003.yaml.swp").write_text("{")
        text, talk = self.run_program("check", self.rules, code=1)
        self.assertRegex(text, r"R0002\.yaml:5:\d+: error\[")
        self.assertIn("2 rules, 1 error, 0 warnings", talk)
        self.assertEqual(len(json.loads(self.run_program("check", "--format", "json", self.rules, code=1)[0])), 1)
        sarif = json.loads(self.run_program("check", "--format", "sarif", self.rules, code=1)[0])
        self.assertEqual(sarif["version"], "2.1.0")
        self.run_program("check", self.rules / "R0001.yaml")
        self.assertIn("$schema", json.loads(self.run_program("check", "--schema")[0]))

    def test_check_finds_what_a_host_would_not_let_go_live(self):
        self.write_rule("R0002", "beta", more=TESTS)
        text, talk = self.run_program("check", self.rules, code=1)
        self.assertRegex(text, r"R0002\.yaml:\d+: error\[rule-test-failed\]: ")
        self.assertRegex(talk, r"2 rules, \d errors?, 0 warnings")

    def test_check_names_patterns_that_a_text_can_slow_down_to_the_limit(self):
        self.write_rule("R0003", "quick.{0,160}[0-9]{2}")  # linear: no text is slow
        self.write_rule("R0002", "quick(?=.).{0,160}[0-9]{2}")
        self.assertEqual(self.run_program("check", "--strict", self.rules)[0], "")
        text, talk = self.run_program("check", "--cost", self.rules)
        self.assertRegex(text, r"R0002\.yaml:5:39: warning\[costly-pattern\]: .* \d{5} bytes of '.*quick.*\.\.\.'"
                               r"; the search is not linear, because it looks around \(at its byte 6\)\n"
                               r" +5 \| match: .*\n +\| {39}\^\n")
        self.assertIn("3 rules, 0 errors, 1 warning", talk)
        self.run_program("check", "--cost", "--strict", self.rules, code=1)

    def test_check_names_slow_patterns_of_commands_too(self):
        rule = (self.rules / "R0001.yaml").read_text().split("\ntests:")[0]
        self.assertIn("\nmatch: ", rule)
        asked = "{command: {program: echo, argument: {pattern: 'quick(?=.).{0,160}[0-9]{2}'}}}"
        (self.rules / "R0002.yaml").write_text(re.sub(r"\nmatch: .*", lambda _: "\nmatch: " + asked,
                                                      rule.replace("R0001", "R0002")))
        text, _ = self.run_program("check", "--cost", self.rules)
        self.assertRegex(text, r"R0002\.yaml:5:\d+: warning\[costly-pattern\]: .* \d{5} bytes of '.*quick")

    def test_names_with_dashes_and_dots_are_read_and_yield_to_plain_ones(self):
        text = (self.rules / "R0001.yaml").read_text()
        (self.rules / "my-rule.v2.yaml").write_text(text.replace("R0001", "R0002"))
        self.assertIn("2 rules, 0 errors, 0 warnings", self.run_program("check", "--strict", self.rules)[1])
        self.assertEqual(len(self.records("rules", "list", "--rules", self.rules)), 2)
        (self.rules / "0-copy.yaml").write_text(text)
        found, talk = self.run_program("check", self.rules)
        self.assertRegex(found, r"0-copy\.yaml:1:1: warning\[shadowed-rule\]: R0001 is not taken from here but from .*/R0001\.yaml:1\n")
        self.assertIn("3 rules, 0 errors, 1 warning", talk)

    def test_file_that_is_not_read_for_its_name_is_told(self):
        for name in ("my rule.yaml", ".hidden.yaml", "R0001.yaml~"):
            (self.rules / name).write_text("[")
        text, talk = self.run_program("check", "--strict", self.rules, code=1)
        self.assertRegex(text, r"my rule\.yaml: warning\[unread-file\]: is not read")
        self.assertIn("1 rule, 0 errors, 1 warning", talk)

    def test_strict_check_fails_on_warnings(self):
        path = self.rules / "R0001.yaml"
        path.write_text(path.read_text().replace(", confidence: 0.9", ""))
        self.run_program("check", self.rules)
        self.run_program("check", "--strict", self.rules, code=1)

    def test_field_that_nobody_sends_is_warned_of_unless_an_adapter_names_it(self):
        path = self.rules / "R0001.yaml"
        path.write_text(path.read_text() + "evidence_fields: [peer_port]\n")
        text, _ = self.run_program("check", "--strict", self.rules, code=1)
        self.assertRegex(text, r"R0001\.yaml:\d+:19: warning\[unknown-field\]: no known producer sends a field 'peer_port'\n")
        adapters = self.root / "adapters"
        adapters.mkdir()
        (adapters / "own.yaml").write_text("adapter: own\nid: [peer_port]\nevents: [{source_kind: command}]\n")
        self.run_program("check", "--strict", "--adapters", adapters, self.rules)
        config = self.root / "rulehost.yaml"
        config.write_text(f"rules: {self.rules}\nadapters: {adapters}\n")
        self.run_program("check", "--strict", "--config", config, self.rules)
        config.write_text(f"rules: {self.rules}\n")
        self.run_program("check", "--strict", "--config", config, self.rules, code=1)

    def test_a_mistake_on_the_command_line_is_told_in_plain_words(self):
        for line, told in (("rules", "rules needs a command: list, show, digest"), ("tags --limit x --store sqlite:x", "--limit: takes a number from 1 to 10000000, not 'x'"),
                           ("tags --min-confidence 7 --store sqlite:x", "--min-confidence: takes a number from 0 to 1, not '7'"),
                           ("tags --min-confidence nan --store sqlite:x", "--min-confidence: takes a number from 0 to 1, not 'nan'"),
                           ("eval --confidence-floor nan --rules x y", "--confidence-floor: takes a number from 0 to 1, not 'nan'"),
                           ("state clip R1 --max nan --store sqlite:x", "--max: takes a number from 0 to 1, not 'nan'"),
                           ("tags --since 1000000d --store sqlite:x", "--since: takes a time such as 2026-12-01T10:00Z or 3d (ago), not '1000000d'"),
                           ("report --format pdf --store sqlite:x", "--format: takes one of html, navigator, csv, stix, misp, not 'pdf'"),
                           ("state disable R0001 --for 0s --store sqlite:x", "--for: takes a duration over zero, such as 4h, 30m or 1h30m, not '0s'"),
                           ("rules list foo", "list takes no further argument 'foo'"),
                           ("rules list foo --store sqlite:x", "list takes no further argument 'foo'"),
                           ("rules lists", "no command 'lists'; did you mean 'list'?"),
                           ("shell one two", "shell takes no further argument 'two'")):
            with self.subTest(line):
                self.assertIn(told, self.run_program(*line.split(), code=2)[1])

    def test_an_earlier_span_does_not_begin_before_the_first_year(self):
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        said = self.run_program("report", "diff", "--since", "0001-01-01T00:00Z", "--store", self.store, code=2)[1]
        self.assertIn("would begin before the year 0; give --before-since", said)

    def test_hostile_bytes_do_not_reach_the_terminal(self):
        (self.rules / "R0002.yaml").write_bytes(b"rule_id: R0002\n\x1b]0;owned\x07: 1\n")
        text, talk = self.run_program("check", self.rules, code=1)
        self.assertNotIn("\x1b", text + talk)
        self.assertNotIn("\x1b", self.run_program("rules", "show", "\x1b[31m", "--rules", self.rules, code=1)[1])

    def test_eval_tags_good_lines_and_counts_bad_ones(self):
        self.write_rule("R0002", "[")
        lines = event(1, "alpha") + "not json\n" + event(2, "omega") + event(3, "alpha")
        out, talk = self.run_program("eval", "--rules", self.rules, "--now", "2026-01-01T00:00Z", "-", stdin=lines.encode())
        tags = [json.loads(line) for line in out.splitlines()]
        self.assertEqual([tag["source_id"] for tag in tags], ["cmd_1", "cmd_3"])
        self.assertEqual(tags[0]["created_at"], "2026-01-01T00:00:00.000000Z")
        self.assertIn("R0002.yaml", talk)
        self.assertIn("3 events, 2 tags", talk)
        self.assertRegex(talk, r":2: ")
        self.assertEqual(out, self.run_program("eval", "--rules", self.rules, "--now", "2026-01-01T00:00Z", "-",
                                               stdin=lines.encode())[0])

    def test_eval_says_what_a_file_is_of_which_no_line_is_an_event(self):
        good = event(1, "alpha").encode()
        zipped = self.root / "a b.json.gz"
        zipped.write_bytes(gzip.compress(good * 100))
        said = self.run_program("eval", "--rules", self.rules, zipped, code=1)[1]
        self.assertIn(f"{zipped} is gzip", said)
        self.assertIn(f"zcat '{zipped}' | rulehost eval -", said)
        array = b"[" + good.strip() + b",\n" + good.strip() + b"]\n"
        self.assertIn("jq -c '.[]' FILE | rulehost eval -", self.run_program("eval", "--rules", self.rules, "-", code=1, stdin=array)[1])
        pretty = json.dumps(json.loads(good), indent=2).encode()
        self.assertIn("jq -c . FILE", self.run_program("eval", "--rules", self.rules, "-", code=1, stdin=pretty)[1])
        syslog = b"<134>Nov 29 12:00:00 pot cowrie: " + good
        self.assertIn("is a syslog", self.run_program("eval", "--rules", self.rules, "-", code=1, stdin=syslog)[1])
        self.assertIn("--format text", self.run_program("eval", "--rules", self.rules, "-", code=1, stdin=b"nonsense\n")[1])
        # One event is enough, and so is a file of nothing.
        self.run_program("eval", "--rules", self.rules, "-", stdin=b"nonsense\n" + good)
        self.run_program("eval", "--rules", self.rules, "-")

    def test_eval_warns_of_a_directory_without_rules(self):
        empty = self.root / "none"
        empty.mkdir()
        said = self.run_program("eval", "--rules", empty, "-", stdin=event(1, "alpha").encode())[1]
        self.assertIn("holds no rule that can be evaluated", said)
        self.assertNotIn("holds no rule", self.run_program("eval", "--rules", self.rules, "-")[1])

    def test_run_says_what_a_file_is_of_which_no_line_is_an_event(self):
        compressed = self.root / "x.json.gz"
        compressed.write_bytes(gzip.compress(event(1, "alpha").encode() * 100))
        said = self.run_program("run", "--rules", self.rules, "--input", compressed, "--once", code=1)[1]
        self.assertIn(f"zcat {compressed} | rulehost run --input -", said)
        said = self.run_program("run", "--rules", self.rules, stdin=b"nonsense\n")[1]
        self.assertIn("no line of standard input is an event", said)
        self.run_program("run", "--rules", self.rules, "--input", "-", "--once", stdin=b"nonsense\n", code=1)
        said = self.run_program("run", "--rules", self.rules, "--once", stdin=b"nonsense\n" + event(1, "alpha").encode())[1]
        self.assertNotIn("no line of", said)
        self.assertNotIn("no line of", self.run_program("run", "--rules", self.rules, "--once")[1])

    def test_directory_without_rules_is_no_success(self):
        empty = self.root / "none"
        empty.mkdir()
        (empty / "notes.txt").write_text("alpha")
        said = self.run_program("run", "--rules", empty, "--once")[1]
        self.assertRegex(said, r"warn.*0 rules live at revision \d+, 0 quarantined: there will be no tags")
        self.assertIn("1 rule live at revision", self.run_program("run", "--rules", self.rules, "--once")[1])
        for command in ("check", "test"):
            with self.subTest(command):
                self.assertIn(f"{empty}: error[no-rule]: the directory holds no rule file", self.run_program(command, empty, code=1)[0])
                self.run_program(command, self.rules, empty, code=1)
        self.assertEqual(json.loads(self.run_program("check", "--format", "json", empty, code=1)[0])[0]["code"], "no-rule")

    def test_directory_on_the_command_line_overrides_the_store_of_the_environment(self):
        exported = {"RULEHOST_STORE": f"sqlite:{self.root}/absent.db"}
        for line in (["rules", "list"], ["rules", "show", "R0001"], ["rules", "digest"],
                     ["explain", "--rule", "R0001", event(1, "alpha")]):
            with self.subTest(line):
                self.run_program(*line, "--rules", self.rules, environment=exported)
                self.assertIn("absent.db", self.run_program(*line, code=3, environment=exported)[1])
                self.run_program(*line, "--rules", self.rules, "--store", self.store, code=2, environment=exported)
                self.run_program(*line, code=2)

    def test_store_on_the_command_line_overrides_that_of_the_environment(self):
        exported = {"RULEHOST_STORE": f"sqlite:{self.root}/exported.db"}
        for line in (["rules", "list"], ["rules", "show", "R0001"], ["rules", "digest"], ["state", "list"],
                     ["state", "get", "R0001"], ["state", "clear", "R0001"], ["state", "history"], ["store", "upgrade"],
                     ["tail"], ["export", self.root / "out"], ["explain", "--rule", "R0001", event(1, "alpha")]):
            with self.subTest(line):
                said = self.run_program(*line, "--store", f"sqlite:{self.root}/given.db", code=3, environment=exported)[1]
                self.assertIn("given.db: no such database", said)

    def test_store_of_the_environment_is_checked_by_the_commands_that_open_it(self):
        broken = {"RULEHOST_STORE": "nonsense"}
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        (self.root / "lines").write_text(event(1, "alpha"))
        for line in (["report", "--store", self.store], ["report", "diff", "--since", "7d", "--store", self.store],
                     ["diff", self.rules, self.rules, self.root / "lines"]):
            with self.subTest(line):
                self.run_program(*line, environment=broken)
        for line in (["report"], ["report", "diff", "--since", "7d"], ["diff", "store@now", self.rules, self.root / "lines"],
                     ["tags"], ["rules", "list"], ["state", "list"], ["store", "check"], ["sync", "--rules", self.rules],
                     ["run", "--once"], ["run", "--once", "--store", "nonsense"], ["state", "list", "--store", "rubbish"]):
            with self.subTest(line):
                said = self.run_program(*line, code=2, environment=broken)[1]
                self.assertIn("database URL: it must start with sqlite:, postgresql:// or mariadb://", said)

    def test_choice_that_there_is_not_is_told_with_those_that_there_are(self):
        for line, names in ((["check", "--format"], "text, json, sarif"), (["test", "--format"], "text, junit"),
                            (["test", "--mutation"], "off, score, list")):
            for typed in ("xml", "1"):
                with self.subTest(line=line, typed=typed):
                    said = self.run_program(*line, typed, self.rules, code=2)[1]
                    self.assertIn(f"{line[1]}: takes one of {names}, not '{typed}'\n", said)

    def test_directory_in_place_of_a_file_is_named(self):
        unreadable = self.root / "rules.yaml"
        unreadable.mkdir()
        for line in (["run", "--config", self.rules], ["check", "--config", self.rules], ["check", "--adapters", self.root],
                     ["check", "--programs", self.root], ["run", "--rules", self.rules, "--state-file", self.rules],
                     ["run", "--rules", self.rules, "--state-file", self.rules, "--log-format", "json"]):
            with self.subTest(line):
                said = self.run_program(*line, code=3)[1]
                self.assertRegex(said, rf"({self.rules}|{unreadable}): Is a directory")
                self.assertNotIn("filebuf", said)

    def test_export_names_the_directory_that_it_cannot_make(self):
        self.fill_store()
        said = self.run_program("export", "--store", self.store, "/proc/foo", code=3)[1]
        self.assertEqual(said, "rulehost: error: /proc/foo: No such file or directory\n")
        said = self.run_program("export", "--store", self.store, self.root / "store.db", code=3)[1]
        self.assertEqual(said, f"rulehost: error: {self.root}/store.db: Not a directory\n")

    def test_help_is_a_command_too(self):
        self.assertEqual(self.run_program("help"), self.run_program("--help"))
        self.assertEqual(self.run_program("help", "rules", "list"), self.run_program("rules", "list", "--help"))
        self.assertIn("no command 'chek'; did you mean 'check'?", self.run_program("help", "chek", code=2)[1])

    def test_broker_that_is_away_is_told_with_its_reason_once(self):
        host = self.run_host("--rules", self.rules, "--nats", "nats://127.0.0.1:1/EVENTS")
        line = host.talk("127.0.0.1:1")
        self.assertNotIn(".c:", line)
        self.assertEqual(line.lower().count("no server available"), 1, line)

    def test_list_tells_the_first_error_of_a_quarantined_rule(self):
        self.fill_store()
        path = self.rules / "R0001.yaml"
        path.write_text("rule_id: R0001\n" + path.read_text().replace("rule_id: R0001\n", "").replace("command", "comand", 1) + "mtach: 1\n")
        findings = json.loads(self.run_program("check", "--format", "json", path, code=1)[0])
        self.assertEqual([each["level"] for each in findings], ["warning", "error"])
        shown = self.on_a_terminal("rules", "list", "--rules", self.rules)
        self.assertIn("a rule has no key 'mtach'", shown)

    def test_eval_evaluates_the_beginning_of_what_is_too_long(self):
        session = {"source_kind": "session", "source_id": "s", "attacker_uuid": "a",
                   "payload": {"commands": ["alpha"] + [f": {number}" for number in range(10_004)]}}
        out, said = self.run_program("eval", "--rules", self.rules, "-", stdin=json.dumps(session).encode())
        self.assertIs(json.loads(out)["evidence"]["truncated"], True)
        self.assertIn("1 line too long to be read whole, 5 events left out", said)
        session["payload"]["commands"] = ["alpha " + "x" * 3_000_000, "alpha"]
        out, said = self.run_program("eval", "--rules", self.rules, "-", stdin=json.dumps(session).encode())
        self.assertEqual([json.loads(line)["evidence"]["truncated"] for line in out.splitlines()], [True, True])
        self.assertIn("1 line too long to be read whole\n", said)

    def test_reader_that_goes_away_ends_the_program_cleanly(self):
        log = self.root / "log"
        log.write_text("".join(event(number, "alpha") for number in range(20000)))
        process = subprocess.Popen([program.PROGRAM, "eval", "--rules", self.rules, log], stdout=subprocess.PIPE,
                                   stderr=subprocess.PIPE)
        process.stdout.readline()
        process.stdout.close()
        process.stdout = None
        self.assertNotIn(b"error", process.communicate(timeout=DEADLINE)[1])
        self.assertEqual(process.returncode, 0)

    def test_rules_own_tests_are_run_and_their_coverage_told(self):
        self.assertIn("1 rule, 2 tests, 0 failed", self.run_program("test", self.rules)[1])
        self.write_rule("R0002", "beta", more=TESTS)
        self.write_rule("R0003", "gamma")
        text, talk = self.run_program("test", self.rules, code=1)
        self.assertIn("rule-test-failed", text)
        self.assertIn("3 rules, 4 tests, 1 failed", talk)
        self.assertIn("1 rule without a positive test: R0003", talk)
        suites = xml.etree.ElementTree.fromstring(self.run_program("test", "--format", "junit", self.rules, code=1)[0])
        self.assertEqual((suites.get("tests"), suites.get("failures")), ("4", "1"))
        self.assertEqual([len(suite) for suite in suites], [2, 2, 0])
        (self.rules / "R0002.yaml").unlink()
        self.run_program("test", self.rules)
        self.run_program("test", "--strict", self.rules, code=1)

    def test_strength_of_the_tests_is_told(self):
        self.write_rule("R0002", r"\balpha\b", more=TESTS)
        self.assertIn("mutation strength: 0 % (0 of 2 changes noticed); weakest: R0002 0/2",
                      self.run_program("test", self.rules)[1])
        text, _ = self.run_program("test", "--mutation", "list", self.rules)
        self.assertRegex(text, r"R0002\.yaml:5: R0002: no test notices: '\\b' left out at offset 0\n"
                               r"    changed: alpha\\b\n    a test that notices: \{event: \{\"command_text\":\"xalpha\"\}, expect: \[\]\}\n")
        self.write_rule("R0002", r"\balpha\b", more=TESTS + "  - event: {command_text: xalpha alphax}\n    expect: []\n")
        text, talk = self.run_program("test", "--mutation", "list", self.rules)
        self.assertEqual(text, "")
        self.assertIn("mutation strength: 100 % (2 of 2 changes noticed)\n", talk)
        self.assertNotIn("mutation", self.run_program("test", "--mutation", "off", self.rules)[1])
        suites = xml.etree.ElementTree.fromstring(self.run_program("test", "--format", "junit", self.rules)[0])
        self.assertEqual({each.get("name"): each.get("value") for each in suites.iter("property")},
                         {"mutants": "2", "mutants noticed": "2"})

    def test_explain_says_why(self):
        self.assertEqual(self.records("explain", "--rules", self.rules, "--rule", "R0001", event(1, "alpha"))[0]["verdict"],
                         "tags")
        account = self.records("explain", "--rules", self.rules, "--rule", "R0001", "-", stdin=event(1, "omega").encode())
        self.assertIn("does not hold", account[0]["verdict"])
        path = self.root / "event"
        path.write_text(event(1, "alpha"))
        tree = self.on_a_terminal("explain", "--rules", self.rules, "--rule", "R0001", f"@{path}")
        self.assertEqual(tree, "R0001 version 1: tags T1082\n"
                               "state: enabled\n"
                               "condition:\n"
                               "  yes  command_text matches alpha  (line 5)\n"
                               '         matched "alpha", in the line as it was typed\n'
                               "confidence:\n"
                               "  T1082  0.9 in the rule\n")

    def test_junit_report_is_well_formed_whatever_a_test_is_called(self):
        strange = '"\uffff' + r'\uFFFF\uFFFE\U0001FFFF <&>\x27 \x01\x1b]\u202e\t"'
        self.write_rule("R0002", "alpha", more=f"tests:\n  - {{name: {strange}, event: {{command_text: x}}, expect: [T1082]}}\n")
        report = self.run_program("test", "--format", "junit", self.rules, code=1)[0]
        names = [each.get("name") for each in xml.etree.ElementTree.fromstring(report).iter("testcase")]
        self.assertIn(r"\u{ffff}\u{ffff}\u{fffe}", "".join(names))
        self.assertIn("<&>' ", "".join(names))

    def test_tests_on_one_line_fail_each_by_itself(self):
        self.write_rule("R0002", "beta", more="tests: [{name: one, event: {command_text: beta}, expect: [T1082]}, "
                                              "{name: two, event: {command_text: omega}, expect: [T1082]}]\n")
        report = self.run_program("test", "--format", "junit", self.rules, code=1)[0]
        self.assertEqual([each.get("name") for each in xml.etree.ElementTree.fromstring(report).iter("testcase")
                          if each.find("failure") is not None], ["two"])
        self.assertIn("omega", self.run_program("test", self.rules, code=1)[0])

    def test_failed_test_says_how_to_ask_why(self):
        self.write_rule("R0002", "beta", more=TESTS)
        text, _ = self.run_program("test", self.rules, code=1)
        question = re.search(r"= why: rulehost (explain .*)", text).group(1)
        account, = self.records(*shlex.split(question), code=1)
        self.assertEqual(account["rule_id"], "R0002")
        self.assertFalse(account["live"])
        self.assertEqual(account["quarantine"][0]["code"], "rule-test-failed")
        self.assertEqual(account["condition"]["holds"], False)

    def test_explain_names_every_rule_that_matches(self):
        self.write_rule("R0002", "al.ha")
        self.write_rule("R0003", "beta")
        on = ("explain", "--rules", self.rules, "--kind", "command", '{"command_text": "alpha"}')
        self.assertEqual([account["rule_id"] for account in self.records(*on)], ["R0001", "R0002"])
        shown, talk = self.printed_and_said(*on)
        self.assertRegex(shown, r"^R0001 version 1: tags T1082  \(.*\)\nR0002 version 1: tags T1082  \(.*\)\n$")
        self.assertIn("2 of 3 rules matched", talk)

    def test_explain_takes_a_payload_as_tests_do(self):
        on = ("explain", "--rules", self.rules, "--rule", "R0001", "--kind")
        self.assertEqual(self.records(*on, "command", '{"command_text": "alpha"}')[0]["verdict"], "tags")
        self.assertIn("does not apply", self.records(*on, "intel", '{"greynoise_tags": ["mirai"]}')[0]["verdict"])
        for payload in ("alpha", "[]", '{"a": '):
            self.assertIn("not a JSON object", self.run_program(*on, "command", payload, code=2)[1])
        self.run_program(*on, "command", "--format", "text", "alpha", code=2)

    def test_explain_shows_the_nearest_alternative_first(self):
        path = self.rules / "R0001.yaml"
        choice = r"match: {any_of: [{pattern: 'curl -O'}, {pattern: '\bwget\s+https?:'}]}"
        path.write_text(re.sub(r"match: .*", lambda _: choice, path.read_text().split("tests:")[0]))
        tree = self.on_a_terminal("explain", "--rules", self.rules, "--rule", "R0001", "--format", "text", "wget ftp://x")
        self.assertLess(tree.index("wget"), tree.index("curl"))
        self.assertIn("found only: \\bwget\\s+\n", tree)

    def test_explain_takes_what_somebody_typed(self):
        account, = self.records("explain", "--rules", self.rules, "--rule", "R0001", "--format", "text", "alpha")
        self.assertEqual(account["verdict"], "tags")
        self.assertRegex(self.run_program("explain", "--rules", self.rules, "--rule", "R0001", "alpha", code=2)[1],
                         "not JSON: .*; --format text takes a command line as it is")

    def test_last_good_text_of_a_bad_one_is_shown_as_such(self):
        self.fill_store()
        with sqlite3.connect(self.store.removeprefix("sqlite:")) as client:
            client.execute("UPDATE ttp_rule SET yaml_content = 'rule_id: ['")
        self.assertIn("1 rule, 1 quarantined", self.run_program("rules", "list", "--store", self.store)[1])
        shown, said = self.printed_and_said("rules", "show", "R0001", "--store", self.store)
        self.assertIn("rule_id: R0001", shown)
        self.assertIn("error[invalid-yaml]", said)
        self.assertTrue(said.endswith("rulehost: what was good before stays live:\n"), said)

    def test_explain_tells_of_rules_that_are_not_live(self):
        self.assertIn("no such live rule", self.run_program("explain", "--rules", self.rules, "--rule", "R9999",
                                                            event(1, "alpha"), code=1)[0])
        self.write_rule("R0002", "[")
        account = json.loads(self.run_program("explain", "--rules", self.rules, "--rule", "R0002", event(1, "alpha"),
                                              code=1)[0])
        self.assertEqual(account["quarantine"][0]["code"], "invalid-regex")

    def test_explain_takes_the_name_of_a_rule_and_tells_of_mistyped_ones(self):
        self.write_named_rule("R0015", "Beta seen")
        on = ("explain", "--rules", self.rules, "--kind", "command", '{"command_text": "beta"}', "--rule")
        self.assertEqual(self.records(*on, "Beta seen")[0]["rule_id"], "R0015")
        self.assertIn("did you mean R0015?", self.run_program(*on, "R0l5", code=1)[1])
        self.assertIn("did you mean R0015?", self.run_program(*on, "Beta sen", code=1)[1])

    def test_explain_warns_of_a_kind_that_there_is_not(self):
        on = ("explain", "--rules", self.rules, "--kind")
        self.assertIn("no rule applies to the source kind 'comand'; did you mean 'command'?", self.run_program(*on, "comand", "{}")[1])
        self.assertNotIn("source kind", self.run_program(*on, "intel", "{}")[1])

    def test_explain_has_null_for_no_sub_technique_as_tags_have(self):
        account, = self.records("explain", "--rules", self.rules, "--rule", "R0001", event(1, "alpha"))
        self.assertIsNone(account["emissions"][0]["sub_technique_id"])
        self.assertIn("T1082", self.on_a_terminal("explain", "--rules", self.rules, "--rule", "R0001", event(1, "alpha")))

    def test_explain_reads_a_quarantined_rule_of_a_store(self):
        self.fill_store()
        self.write_rule("R0002", "beta", more=TESTS)
        with sqlite3.connect(self.store.removeprefix("sqlite:")) as client:
            client.execute("INSERT INTO ttp_rule (rule_id, yaml_content) VALUES ('R0002', ?)",
                           ((self.rules / "R0002.yaml").read_text(),))
        account, = self.records("explain", "--store", self.store, "--rule", "R0002", "--format", "text", "beta", code=1)
        self.assertEqual((account["live"], account["condition"]["holds"]), (False, True))
        self.assertEqual(account["quarantine"][0]["code"], "rule-test-failed")

    def test_states_are_set_read_and_cleared(self):
        self.fill_store()
        on = ("--store", self.store)
        state = self.records("state", "disable", "R0001", "--for", "4h", "--reason", "noisy", "--by", "ops", *on)[0]
        self.assertEqual((state["state"], state["set_by"], state["reason"]), ("disabled", "ops", "noisy"))
        self.assertIn(state["remaining_seconds"], (14399, 14400))
        self.assertEqual(self.records("state", "get", "R0001", *on)[0]["revision"], state["revision"])
        clipped = self.records("state", "clip", "R0009", "--ahead", "--max", "0.5", "--until", "2099-12-01T10:00Z", *on)[0]
        self.assertEqual((clipped["confidence_max"], clipped["expires_at"]), (0.5, "2099-12-01T10:00:00.000000Z"))
        self.assertEqual([each["rule_id"] for each in self.records("state", "list", *on)], ["R0001", "R0009"])
        self.assertEqual(self.records("state", "clear", "R0001", "--by", "ops", *on)[0]["state"], "enabled")
        self.assertEqual([each["rule_id"] for each in self.records("state", "list", *on)], ["R0009"])
        kinds = [(each["kind"], each["changed_by"]) for each in self.records("state", "history", "R0001", *on)]
        self.assertEqual(kinds, [("definition", "sync"), ("state", "ops"), ("state", "ops")])

    def test_a_reason_that_nobody_gave_is_null_wherever_a_state_is_printed(self):
        self.fill_store()
        on = ("--store", self.store)
        self.run_program("state", "disable", "R0001", "--for", "4h", *on)
        self.assertIsNone(self.records("state", "get", "R0001", *on)[0]["reason"])
        self.assertIsNone(self.records("state", "list", *on)[0]["reason"])
        self.assertIsNone(self.records("state", "history", "R0001", *on)[-1]["detail"]["reason"])

    def test_state_of_a_rule_that_is_not_there_is_kept_and_said(self):
        self.fill_store()
        talk = self.run_program("state", "disable", "ZZ", "--ahead", "--store", self.store)[1]
        self.assertIn("no rule ZZ is live here; the decision waits for it", talk)
        self.assertEqual(self.records("state", "get", "ZZ", "--store", self.store)[0]["state"], "disabled")
        self.run_program("state", "clear", "ZZ", "--store", self.store)

    def test_unknown_rule_is_refused_and_nothing_is_written(self):
        self.fill_store()
        for line in (["disable", "ZZ"], ["enable", "ZZ"], ["clip", "ZZ", "--max", "0.5"], ["set", "ZZ", "disabled"],
                     ["clear", "ZZ"], ["get", "ZZ"], ["history", "ZZ"], ["disable", "no rule"]):
            with self.subTest(line):
                out, talk = self.run_program("state", *line, "--store", self.store, code=1)
                self.assertEqual(out, "")
                self.assertIn(f"no rule {line[1]} is live here", talk)
        self.assertEqual(self.records("state", "list", "--store", self.store), [])

    def test_name_of_a_rule_is_as_good_as_its_id(self):
        self.write_named_rule("R0002", "system_information")
        self.fill_store()
        on = ("--store", self.store)
        talk = self.run_program("state", "disable", "system_information", "--for", "4h", *on)[1]
        self.assertIn("'system_information' is the name of R0002", talk)
        self.assertEqual(self.records("state", "list", *on)[0]["rule_id"], "R0002")
        self.assertEqual(self.records("state", "get", "system_information", *on)[0]["state"], "disabled")
        self.run_program("state", "clear", "system_information", *on)
        for source in (on, ("--rules", self.rules)):
            self.assertEqual(self.records("rules", "show", "system_information", *source)[0]["rule_id"], "R0002")
            self.assertIn("did you mean R0002?", self.run_program("rules", "show", "system_infomation", *source, code=1)[1])
        talk = self.run_program("state", "disable", "system_infomation", *on, code=1)[1]
        self.assertIn("did you mean R0002?", talk)
        self.write_named_rule("R0003", "system_information")
        self.run_program("sync", "--once", "--rules", self.rules, *on)
        talk = self.run_program("state", "disable", "system_information", *on, code=1)[1]
        self.assertIn("did you mean R0002 or R0003?", talk)

    def test_misspelt_rule_is_answered_with_the_one_that_was_meant(self):
        self.fill_store()
        for line in (["state", "disable", "R001"], ["state", "get", "R001"]):
            with self.subTest(line):
                self.assertRegex(self.run_program(*line, "--store", self.store, code=1)[1],
                                 r"no rule R001 is live here.*; did you mean R0001\?")
        self.assertIn("did you mean R0001?", self.run_program("rules", "show", "R001", "--store", self.store, code=1)[1])

    def test_decision_without_an_end_is_pointed_out(self):
        self.fill_store()
        on = ("--store", self.store)
        self.assertRegex(self.run_program("state", "disable", "R0001", *on)[1], r"decision \d+ stays until somebody ends it")
        self.assertIn("never a tag", self.run_program("state", "clip", "R0001", "--max", "0.2", "--for", "1h", *on)[1])
        self.assertNotIn("never a tag", self.run_program("state", "clip", "R0001", "--max", "0.3", "--for", "1h", *on)[1])
        self.assertIn("R0001 stays clipped to 0.5 until somebody changes that",
                      self.run_program("state", "set", "R0001", "clipped", "--max", "0.5", *on)[1])
        self.assertEqual(self.run_program("state", "disable", "R0001", "--for", "4h", "--replace", *on)[1], "")
        self.assertEqual(self.run_program("state", "enable", "R0001", *on)[1], "")

    def test_nothing_to_clear_and_nothing_to_list_is_said(self):
        self.fill_store()
        on = ("--store", self.store)
        self.assertIn("R0001 had no state; nothing was changed", self.run_program("state", "clear", "R0001", *on)[1])
        self.run_program("state", "disable", "R0001", "--for", "4h", *on)
        self.assertEqual(self.run_program("state", "clear", "R0001", *on)[1], "")
        with sqlite3.connect(self.store.removeprefix("sqlite:")) as client:
            client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R0001', 'asleep')")
        self.assertEqual(self.run_program("state", "clear", "R0001", *on)[1], "")
        self.assertIn("nothing is decided", self.run_program("state", "list", *on)[1])

    def test_options_that_cannot_be_are_refused_before_the_store_is_looked_for(self):
        for line, message in ((["disable", "R0001", "--for", "soon"], "--for: takes a duration such as 4h"),
                              (["disable", "R0001", "--until", "soon"], "--until: takes a time such as"),
                              (["disable", "R0001", "--for", "4h", "--until", "2099-01-01T00:00Z"], "excludes"),
                              (["clip", "R0001", "--max", "2"], "takes a number from 0 to 1, not '2'"),
                              (["clip", "R0001", "--max", "nan"], "takes a number from 0 to 1, not 'nan'"),
                              (["clear", "R0001", "--if-revision", "-1"], "--if-revision: takes a revision such as 42, not '-1'"),
                              (["history", "--after", "yesterday"], "--after: takes a revision such as 42, not 'yesterday'"),
                              (["set", "R0001", "clipped"], "needs --max")):
            with self.subTest(line):
                talk = self.run_program("state", *line, "--store", "sqlite:/proc/nowhere/x.db", code=2)[1]
                self.assertIn(message, talk)

    def test_store_may_come_from_the_environment(self):
        self.fill_store()
        self.assertEqual(self.records("state", "list", environment={"RULEHOST_STORE": self.store}), [])

    def test_newer_decision_is_not_overwritten(self):
        self.fill_store()
        on = ("--store", self.store)
        state = self.records("state", "disable", "R0001", "--by", "first", *on)[0]
        out, talk = self.run_program("state", "enable", "R0001", "--if-revision", "0", *on, code=1)
        self.assertEqual(json.loads(out)["set_by"], "first")
        self.assertIn(f"--if-revision {state['revision']}", talk)
        self.run_program("state", "enable", "R0001", "--if-revision", state["revision"], *on)

    def test_decision_of_somebody_else_is_not_replaced_unasked(self):
        self.fill_store()
        on = ("--store", self.store)
        first = self.records("state", "disable", "R0001", "--for", "4h", "--reason", "INC-42", "--by", "first", *on)[0]
        until = first["expires_at"][:19] + "Z"
        for line in (["enable", "R0001"], ["set", "R0001", "enabled"], ["clear", "R0001"]):
            with self.subTest(line):
                talk = self.run_program("state", *line, "--by", "second", *on, code=1)[1]
                self.assertIn(f"R0001 is disabled by first until {until} (INC-42)", talk)
                self.assertIn("--replace", talk)
        self.assertEqual(self.records("state", "get", "R0001", *on)[0]["revision"], first["revision"])
        self.run_program("state", "set", "R0001", "clipped", "--max", "0.5", "--by", "first", *on)  # one's own
        talk = self.run_program("state", "disable", "R0001", "--by", "second", "--replace", *on)[1]
        self.assertIn("replaced: R0001 was clipped to 0.5 by first without an end", talk)
        talk = self.run_program("state", "clear", "R0001", "--by", "first", "--replace", *on)[1]
        self.assertIn("cleared: R0001 was disabled by second without an end", talk)
        self.run_program("state", "clear", "R0001", "--replace", "--if-revision", "1", *on, code=2)

    def test_decision_that_has_ended_is_no_obstacle(self):
        self.fill_store()
        on = ("--store", self.store)
        self.run_program("state", "disable", "R0001", "--for", "1h", "--by", "first", *on)
        with sqlite3.connect(self.store.removeprefix("sqlite:")) as client:
            client.execute("UPDATE ttp_rule_state SET expires_at = '2001-01-01 00:00:00.000000'")
        self.run_program("state", "disable", "R0001", "--by", "second", *on)

    def test_time_without_a_zone_is_refused(self):
        self.fill_store()
        talk = self.run_program("state", "disable", "R0001", "--until", "2099-11-30 09:00", "--store", self.store, code=2)[1]
        self.assertIn("'2099-11-30 09:00' names no zone; write 2099-11-30 09:00Z for UTC", talk)
        state = self.records("state", "disable", "R0001", "--until", "2099-11-30 09:00+02:00", "--store", self.store)[0]
        self.assertEqual(state["expires_at"], "2099-11-30T07:00:00.000000Z")
        self.assertIn("names no zone", self.run_program("eval", "--now", "2099-11-30T09:00", "-", code=2)[1])

    def test_ends_that_are_no_ends_are_refused(self):
        self.fill_store()
        for end in (["--until", "2001-01-01T00:00Z"], ["--until", "soon"], ["--for", "0s"], ["--for", "-4h"],
                    ["--for", "a while"]):
            with self.subTest(end):
                self.run_program("state", "disable", "R0001", *end, "--store", self.store, code=2)
        self.assertEqual(self.records("state", "list", "--store", self.store), [])

    def test_terminal_shows_a_table_with_the_time_that_remains(self):
        self.fill_store()
        self.run_program("state", "disable", "R0001", "--for", "90d", "--reason", "a\x1b[31mb", "--store", self.store)
        table = self.on_a_terminal("state", "list", "--store", self.store)
        self.assertRegex(table, r"ID +RULES +STATE +REMAINING")
        self.assertRegex(table, r"R0001 +disabled +89d23h ")
        self.assertNotIn("\x1b", table)
        self.assertEqual(len(self.on_a_terminal("state", "list", "--json", "--store", self.store).splitlines()), 1)

    def test_rules_are_listed_and_shown(self):
        self.write_rule("R0002", "[")
        live, bad = self.records("rules", "list", "--rules", self.rules)
        self.assertEqual((live["rule_id"], live["techniques"], live["live"]), ("R0001", ["T1082"], True))
        self.assertEqual((bad["rule_id"], bad["live"]), ("R0002", False))
        shown = self.records("rules", "show", "R0001", "--rules", self.rules)[0]
        self.assertEqual(shown["text"], (self.rules / "R0001.yaml").read_text())
        self.assertIn("quarantined", self.run_program("rules", "show", "R0002", "--rules", self.rules, code=1)[1])
        self.assertRegex(self.on_a_terminal("rules", "list", "--rules", self.rules), r"R0001 +1 +enabled")

    def test_a_person_sees_which_rules_are_observed_by_their_text(self):
        self.write_rule("R0002", "beta", more="status: observe\n")
        table, said = self.printed_and_said("rules", "list", "--rules", self.rules)
        self.assertRegex(table, r"R0001 +1 +enabled .*\nR0002 +1 +observed by its text ")
        self.assertIn("2 rules, 1 observed by the text, 0 quarantined", said)
        self.assertIn("# enabled\n# observed by its text: its tags count once `status: observe` is removed\nrule_id: R0002\n",
                      self.on_a_terminal("rules", "show", "R0002", "--rules", self.rules))
        self.assertIn("T1082  0.9 in the rule, only observed\n",
                      self.on_a_terminal("explain", "--rules", self.rules, "--rule", "R0002", "--format", "text", "beta"))

    def test_exported_rules_are_the_bytes_that_were_synchronised(self):
        self.fill_store()
        out = self.root / "out"
        self.run_program("export", "--store", self.store, out)
        self.assertEqual([path.name for path in out.iterdir()], ["R0001.yaml"])
        self.assertEqual((out / "R0001.yaml").read_bytes(), (self.rules / "R0001.yaml").read_bytes())
        self.run_program("export", "--store", self.store, out, code=2)

    def test_exported_rules_have_the_names_of_the_files_that_they_came_from(self):
        (self.rules / "R0001.yaml").rename(self.rules / "R0001_alpha-1.yaml")
        self.write_rule("R0002", "beta")
        self.fill_store()
        with contextlib.closing(sqlite3.connect(self.root / "store.db")) as database:
            for rule_id, path in (("R0003", "/etc/passwd"), ("R0004", "a/same.yaml"), ("R0005", "b/same.yaml"),
                                  ("R0006", "../R0002.yaml"), ("R0007", ""), ("R0008", "x/shared-lists.yaml")):
                database.execute("INSERT INTO ttp_rule (rule_id, source_path, yaml_content) VALUES (?, ?, ?)",
                                 (rule_id, path, "text of " + rule_id))
            database.commit()
        out = self.root / "out"
        self.run_program("export", "--store", self.store, out)
        self.assertEqual(sorted(path.name for path in out.iterdir()),
                         ["R0001_alpha-1.yaml", *(f"R000{number}.yaml" for number in range(2, 9))])
        for number in range(3, 9):
            self.assertEqual((out / f"R000{number}.yaml").read_text(), f"text of R000{number}")

    def test_sync_tells_of_an_unreachable_database_once_and_waits(self):
        process = subprocess.Popen([program.PROGRAM, "sync", "--rules", self.rules, "--store", "postgresql://me@127.0.0.1:1/db"],
                                   stderr=subprocess.PIPE, text=True)
        self.assertIn("sync: waiting: postgresql://me@127.0.0.1:1/db: ", process.stderr.readline())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.communicate(timeout=DEADLINE)[1], "")
        self.assertEqual(process.returncode, 0)

    def test_options_of_a_command_that_there_is_not_are_no_mistakes(self):
        _, said = self.run_program("digest", "--store", self.store, code=2)
        self.assertIn("no command 'digest'", said)

    def test_sync_quarantines_bad_texts_and_the_store_knows_of_them(self):
        self.fill_store()
        self.write_rule("R0001", "[")
        self.assertIn("1 quarantined", self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store,
                                                      code=1)[1])
        live, bad = self.records("rules", "list", "--store", self.store)
        self.assertTrue(live["live"])
        self.assertEqual((bad["rule_id"], bad["live"], bad["last_known_good"]), ("R0001", False, True))
        self.assertIn("does not compile", bad["diagnostics"][0]["message"])
        self.assertIn("1 rule, 1 quarantined", self.run_program("rules", "list", "--store", self.store)[1])
        self.write_rule("R0001", "alpha")
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        self.assertEqual(len(self.records("rules", "list", "--store", self.store)), 1)

    def test_directory_that_is_suddenly_empty_empties_no_store(self):
        self.fill_store()
        (self.rules / "R0001.yaml").unlink()
        sync = ("sync", "--once", "--rules", self.rules, "--store", self.store)
        talk = self.run_program(*sync, code=1)[1]
        self.assertIn("the files of 1 of 1 rule are gone (R0001)", talk)
        self.assertIn("0 deleted, 0 unchanged, 0 quarantined, 1 deletion withheld", talk)
        self.assertTrue(self.records("rules", "list", "--store", self.store)[0]["live"])
        self.assertIn("1 deleted", self.run_program(*sync, "--allow-deletions")[1])
        self.assertEqual(self.records("rules", "list", "--store", self.store), [])

    def test_digests_are_equal_where_the_rules_are(self):
        self.fill_store()
        here = self.records("rules", "digest", "--rules", self.rules)[0]["digest"]
        there = self.records("rules", "digest", "--store", self.store)[0]
        self.assertEqual((there["digest"], there["rules"]), (here, 1))
        self.run_program("state", "disable", "R0001", "--store", self.store)
        self.assertNotEqual(self.records("rules", "digest", "--store", self.store)[0]["digest"], here)
        self.run_program("rules", "digest", "--follow", "--rules", self.rules, code=2)

    def test_damaged_state_rows_are_told(self):
        self.fill_store()
        self.run_program("state", "disable", "R0001", "--store", self.store)
        database = sqlite3.connect(self.root / "store.db")
        with database:
            database.execute("UPDATE ttp_rule_state SET state = 'exploded'")
        database.close()
        for line in (["list"], ["get", "R0001"]):
            with self.subTest(line):
                self.assertIn("unknown state 'exploded'", self.run_program("state", *line, "--store", self.store)[1])
        self.assertNotIn("exploded", self.run_program("state", "get", "R0002", "--store", self.store, code=1)[1])

    def test_state_of_an_id_that_no_rule_can_have_is_told_everywhere_and_can_be_cleared(self):
        self.fill_store()
        on = ("--store", self.store)
        self.assertIn("a rule_id is made of", self.run_program("state", "clear", "no rule", "--ahead", *on, code=2)[1])
        database = sqlite3.connect(self.root / "store.db")
        with database:
            database.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('no rule', 'disabled')")
        database.close()
        self.assertEqual([rule["live"] for rule in self.records("rules", "list", *on)], [True, False])
        self.assertEqual(self.records("state", "list", *on), [])
        talk = self.run_program("state", "list", *on)[1]
        self.assertIn("ttp_rule_state:no rule", talk)
        self.assertIn("`rulehost state clear RULE` removes it", talk)
        self.assertEqual(self.records("state", "get", "no rule", *on)[0]["state"], "enabled")
        self.run_program("state", "disable", "no rule", "--ahead", *on, code=2)
        self.assertEqual(self.run_program("state", "clear", "no rule", *on)[1], "")
        self.assertNotIn("ttp_rule_state", self.run_program("state", "list", *on)[1])
        self.assertEqual([rule["live"] for rule in self.records("rules", "list", *on)], [True])

    def test_lease_is_a_second_or_more(self):
        for length in ("10ms", "soon"):
            with self.subTest(length):
                _, error = self.run_program("sync", "--rules", self.rules, "--store", self.store, "--lease", length, code=2)
                self.assertIn("--lease", error)

    def test_storing_of_tags_is_measured_and_a_database_that_is_not_there_is_told(self):
        measured, = self.records("bench", "tags", "--store", self.store, "--tags", 1000)
        self.assertEqual(measured["tags"], 1000)
        self.run_program("bench", "tags", "--store", f"sqlite:{self.rules}/R0001.yaml/bench.db", code=3)

    def test_evaluation_is_measured_with_events_that_are_taken(self):
        event = {"source_kind": "command", "source_id": "e", "attacker_uuid": "a", "payload": {"command_text": "wget x"}}
        log = self.root / "some.ndjson"
        refused = json.dumps({**event, "attacker_uuid": ""})
        log.write_text(f"{json.dumps(event)}\n{refused}\nnonsense\n")
        measured, = self.records("bench", "evaluate", "--rules", self.rules, "--repetitions", 1, log)
        self.assertEqual([measured[what] for what in ("events", "refused_events", "bad_lines")], [1, 1, 1])
        log.write_text(f"{refused}\nnonsense\n")
        self.assertIn("line 1: neither attacker_uuid nor",
                      self.run_program("bench", "evaluate", "--rules", self.rules, log, code=3)[1])

    def test_propagation_is_measured_on_a_store(self):
        measured = self.records("bench", "propagation", "--store", self.store, "--samples", "3")[0]
        self.assertEqual(measured["samples"], 3)
        self.assertGreater(measured["p99_ms"], 0)
        self.run_program("bench", "propagation", "--store", f"sqlite:{self.root}", code=3)

    def test_tail_goes_on_from_where_a_store_was_restored_to(self):
        self.fill_store()
        saved = sqlite3.connect(":memory:")
        with contextlib.closing(sqlite3.connect(self.store.removeprefix("sqlite:"))) as live:
            live.backup(saved)
        for state in ("disable", "enable"):
            self.run_program("state", state, "R0001", "--store", self.store)
        tail = subprocess.Popen([program.PROGRAM, "tail", "--from", "2", "--store", self.store], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: tail.poll() is None and tail.kill())
        self.assertEqual(json.loads(tail.stdout.readline())["revision"], 3)
        with contextlib.closing(sqlite3.connect(self.store.removeprefix("sqlite:"))) as live:
            saved.backup(live)
        said = tail.stderr.readline() + tail.stderr.readline()
        self.assertIn("an older state of it was put in its place: it was at revision 3 and is at revision 1", said)
        self.assertIn("the store went back from revision 3 to 1: ", said)
        self.run_program("state", "disable", "R0001", "--by", "ops", "--store", self.store)
        after = json.loads(tail.stdout.readline())
        self.assertEqual((after["revision"], after["changed_by"]), (2, "ops"))
        tail.send_signal(signal.SIGTERM)
        self.assertEqual(tail.communicate(timeout=DEADLINE), ("", ""))

    def test_tail_tells_of_another_database_in_the_place_of_its_own_also_where_revisions_go_on(self):
        self.fill_store()
        other = self.root / "other.db"
        self.run_program("sync", "--once", "--rules", self.rules, "--store", f"sqlite:{other}")
        for state in ("disable", "enable", "disable"):
            self.run_program("state", state, "R0001", "--store", f"sqlite:{other}")
        tail = subprocess.Popen([program.PROGRAM, "tail", "--from", "0", "--store", self.store], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: tail.poll() is None and tail.kill())
        self.assertEqual(json.loads(tail.stdout.readline())["revision"], 1)
        with (contextlib.closing(sqlite3.connect(other)) as theirs,
              contextlib.closing(sqlite3.connect(self.store.removeprefix("sqlite:"))) as live):
            theirs.backup(live)
        self.assertIn("another database was put in its place: it was at revision 1 and is at revision 4", tail.stderr.readline())
        self.assertEqual([json.loads(tail.stdout.readline())["revision"] for _ in range(3)], [2, 3, 4])
        tail.send_signal(signal.SIGTERM)
        self.assertEqual(tail.communicate(timeout=DEADLINE), ("", ""))

    def test_tail_prints_what_was_and_what_comes_until_it_is_told_to_stop(self):
        self.fill_store()
        tail = subprocess.Popen([program.PROGRAM, "tail", "--from", "0", "--store", self.store], stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE)
        self.addCleanup(lambda: tail.poll() is None and tail.kill())
        first = json.loads(tail.stdout.readline())
        self.assertEqual((first["rule_id"], first["kind"], first["revision"]), ("R0001", "definition", 1))
        self.run_program("state", "disable", "R0001", "--by", "ops", "--store", self.store)
        second = json.loads(tail.stdout.readline())
        self.assertEqual((second["kind"], second["changed_by"]), ("state", "ops"))
        tail.send_signal(signal.SIGTERM)
        out, talk = tail.communicate(timeout=DEADLINE)
        self.assertEqual((tail.returncode, out, talk), (0, b"", b""))


if __name__ == "__main__":
    program.main()
