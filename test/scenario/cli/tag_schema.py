#!/usr/bin/env python3
"""Holds `rulehost schema tag` and README's explanation of a tag against what the program writes.

usage: tag_schema.py PROGRAM SOURCE_DIRECTORY [unittest arguments]
"""
import json
import pathlib
import re
import socket
import sqlite3
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from debian_python import modules

(jsonschema,) = modules("jsonschema")

PROGRAM = None
SOURCE = None


def run(*arguments):
    done = subprocess.run([PROGRAM, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout.decode(), done.stderr.decode()


class TagSchema(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        code, text, talk = run("schema", "tag")
        assert code == 0, talk
        cls.schema = json.loads(text)
        jsonschema.Draft202012Validator.check_schema(cls.schema)

    def validator(self, of=None):
        schema = dict(self.schema, **{"$ref": f"#/$defs/{of}"}) if of else self.schema
        if of:
            for key in ("allOf", "properties", "required", "unevaluatedProperties", "type"):
                schema.pop(key)
        return jsonschema.Draft202012Validator(schema)

    def assert_valid(self, document, of=None):
        problems = [f"{problem.json_path}: {problem.message}" for problem in self.validator(of).iter_errors(document)]
        self.assertEqual(problems, [], document)

    def test_every_tag_of_the_samples_is_as_the_schema_says(self):
        tags = []
        for sample in ("cowrie.json", "events.ndjson"):
            code, out, talk = run("eval", "--rules", SOURCE / "rules", SOURCE / "config/samples" / sample)
            self.assertEqual(code, 0, talk)
            tags += map(json.loads, out.splitlines())
        self.assertGreater(len(tags), 20)
        for tag in tags:
            self.assert_valid(tag)
        self.assertTrue(any(tag["src_ip"] for tag in tags if tag["source_kind"] == "auth_attempt"))
        broken = dict(tags[0], uuid="x", more=1)
        self.assertEqual(len(list(self.validator().iter_errors(broken))), 2)

    def test_messages_are_as_the_schema_says(self):
        with tempfile.TemporaryDirectory() as root, socket.socket() as nobody:
            nobody.bind(("127.0.0.1", 0))  # bound and not listening: no broker answers
            store = pathlib.Path(root) / "rulehost.db"
            config = pathlib.Path(root) / "rulehost.yaml"
            config.write_text("shutdown_timeout: 100ms\n")
            code, out, talk = run("run", "--config", config, "--store", f"sqlite:{store}", "--rules", SOURCE / "rules",
                                  "--once", "--input", SOURCE / "config/samples/cowrie.json", "--publish",
                                  f"nats://127.0.0.1:{nobody.getsockname()[1]}")
            self.assertTrue(store.exists(), talk)
            code, out, talk = run("tags", "retract", "--src", "203.0.113.0/24", "--since", "2000-01-01T00:00Z", "--reason", "INC-1",
                                  "--yes", "--store", f"sqlite:{store}")
            self.assertEqual(code, 0, talk)
            retracted = [json.loads(line) for line in run("tags", "--retracted", "--store", f"sqlite:{store}")[1].splitlines()]
            database = sqlite3.connect(store)
            messages = database.execute("SELECT topic, payload FROM ttp_outbox").fetchall()
            database.close()
        self.assertGreater(len(messages), 10, talk)
        for topic, payload in messages:
            self.assert_valid(json.loads(payload), "ttp.rule.fired" if topic.startswith("ttp.rule.fired.") else topic)
        self.assertLess(5, sum(topic == "ttp.tag.retracted" for topic, _ in messages))
        self.assertLess(5, sum("retracted" in tag for tag in retracted))
        for tag in retracted:
            self.assert_valid(tag)

    def test_readme_explains_every_member_and_shows_a_real_tag(self):
        text = (SOURCE / "README.md").read_text()
        section = text.split("## A tag, field by field")[1].split("\n## ")[0]
        shown = json.loads(section.split("```json")[1].split("```")[0])
        self.assert_valid(shown)
        rows = re.findall(r"^\| (`.*?) \|", section, re.M)
        explained = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row)]
        self.assertEqual(sorted(explained), sorted(shown))
        code, out, talk = run("eval", "--rules", SOURCE / "rules", SOURCE / "config/samples/cowrie.json")
        self.assertEqual(code, 0, talk)
        made = {tag["uuid"]: tag for tag in map(json.loads, out.splitlines())}
        now = made[shown["uuid"]]
        for tag in (now, shown):
            tag["origin"]["input"] = pathlib.Path(tag["origin"]["input"]).name
            for changes in ("created_at", "revision"):
                tag.pop(changes)
        self.assertEqual(shown, now)


if __name__ == "__main__":
    PROGRAM, SOURCE = sys.argv.pop(1), pathlib.Path(sys.argv.pop(1))
    unittest.main()
