#!/usr/bin/env python3
"""Runs the real program on real input: tags come out, edited rules are live, nothing that was read is lost.

usage: main_job.py PROGRAM [unittest arguments]
"""
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event


class MainJob(program.Scenario):
    def start(self, *arguments):
        host = self.run_host("--rules", self.rules, *arguments)
        host.talk("rules? live")
        return host

    def test_edited_rule_changes_the_tags_of_the_next_line(self):
        host = self.start("--input", "-")
        host.send(event(1, "alpha"))
        self.assertEqual(host.tag("cmd_1")["technique_id"], "T1082")
        self.write_rule("R0001", "alpha", "T1033")
        host.talk("R0001 is live")
        host.send(event(2, "alpha"))
        self.assertEqual(host.tag("cmd_2")["technique_id"], "T1033")
        self.assertEqual(host.end()[0], 0)

    def test_deleted_rule_stops_its_tags(self):
        self.write_rule("R0002", "beta", "T1049")
        host = self.start("--input", "-")
        (self.rules / "R0001.yaml").unlink()
        host.talk("R0001 was deleted")
        host.send(event(1, "alpha beta"))
        self.assertEqual(host.tag("cmd_1")["rule_id"], "R0002")
        code, out, talk = host.end()
        self.assertEqual((code, out), (0, ""))
        self.assertIn("1 event, 1 tag", talk)

    def test_bad_edit_keeps_the_last_known_good_rule(self):
        host = self.start("--input", "-")
        (self.rules / "R0001.yaml").write_text("rule_id: R0001\nname: [\n")
        host.talk(r"R0001\.yaml:\d+:\d+: error\[")
        host.send(event(1, "alpha"))
        self.assertEqual(host.tag("cmd_1")["rule_id"], "R0001")
        self.assertEqual(host.end()[0], 0)

    def test_bad_lines_are_counted_with_their_numbers_and_cost_nothing_else(self):
        host = self.start("--input", "-")
        host.send(event(1, "alpha") + "not json\n" + event(2, "alpha") + '{"source_kind": 7}\n')
        code, out, talk = host.end()
        self.assertEqual(code, 0)
        self.assertEqual([json.loads(line)["source_id"] for line in out.splitlines()], ["cmd_1", "cmd_2"])
        self.assertIn("2 bad lines", talk)
        self.assertRegex(talk, r"standard input:2: ")
        self.assertRegex(talk, r"standard input:4: ")

    def test_sigterm_leaves_nothing_untagged_that_was_read(self):
        host = self.start("--input", "-")
        host.send("".join(event(number, "alpha") for number in range(1000)))
        host.tag('"cmd_999"')
        host.process.send_signal(signal.SIGTERM)
        code, _, talk = host.end()
        self.assertEqual(code, 0)
        self.assertIn("1000 events, 1000 tags", talk)

    def test_reader_that_goes_away_ends_the_run_cleanly(self):
        host = self.start("--input", "-")
        host.process.stdout.close()
        del host.buffers[host.process.stdout]
        host.send(event(1, "alpha"))
        host.process.stdout = None
        self.assertEqual(host.process.wait(timeout=DEADLINE), 0)

    def test_files_are_followed_until_stopped(self):
        log = self.root / "log.ndjson"
        log.write_text(event(1, "alpha"))
        host = self.start("--input", str(log))
        host.tag("cmd_1")
        with log.open("a") as more:
            more.write(event(2, "alpha"))
        host.tag("cmd_2")
        log.rename(self.root / "log.1")
        log.write_text(event(3, "alpha"))
        host.tag("cmd_3")
        host.process.send_signal(signal.SIGTERM)
        self.assertEqual(host.end()[0], 0)

    def test_store_keeps_tags_and_how_far_a_file_was_read(self):
        log = self.root / "log.ndjson"
        log.write_text(event(1, "alpha"))
        host = self.start("--store", self.store, "--input", str(log))
        host.tag("cmd_1")
        host.process.send_signal(signal.SIGTERM)
        self.assertEqual(host.end()[0], 0)
        with log.open("a") as more:
            more.write(event(2, "alpha"))
        host = self.start("--store", self.store, "--input", str(log))
        host.tag("cmd_2")
        host.process.send_signal(signal.SIGTERM)
        code, out, talk = host.end()
        self.assertEqual((code, out), (0, ""))
        self.assertIn("1 event, 1 tag", talk)
        host = self.start("--store", self.store, "--input", str(log), "--once")
        code, out, talk = host.end()
        self.assertEqual((code, out), (0, ""))
        self.assertIn("2 events, 2 tags, 2 known already", talk)

    def test_decision_of_another_process_arrives_live_and_survives(self):
        host = self.start("--store", self.store, "--input", "-")
        subprocess.run([program.PROGRAM, "state", "disable", "R0001", "--reason", "noisy", "--by", "ops", "--store", self.store],
                       check=True, stdout=subprocess.DEVNULL)
        host.talk("R0001 is disabled by ops: noisy")
        host.send(event(1, "alpha"))
        code, out, talk = host.end()
        self.assertEqual((code, out), (0, ""))
        self.assertIn("1 withheld hit", talk)
        host = self.start("--store", self.store, "--input", "-")
        host.send(event(2, "alpha"))
        self.assertEqual(host.end()[1], "")

    def test_worker_takes_its_rules_from_the_store_alone(self):
        subprocess.run([program.PROGRAM, "sync", "--once", "--rules", str(self.rules), "--store", self.store], check=True,
                       stderr=subprocess.DEVNULL)
        host = self.run_host("--store", self.store, "--input", "-")
        host.send(event(1, "alpha"))
        host.tag("cmd_1")
        self.assertEqual(host.end()[0], 0)

    def test_socket_acknowledges_what_is_stored(self):
        path = self.root / "events.sock"
        host = self.start("--store", self.store, "--socket", str(path), "--output", "none")
        with socket.socket(socket.AF_UNIX) as producer:
            producer.settimeout(DEADLINE)
            until = time.monotonic() + DEADLINE
            while True:
                try:
                    producer.connect(str(path))
                    break
                except (FileNotFoundError, ConnectionRefusedError):
                    self.assertLess(time.monotonic(), until)
            producer.sendall((event(1, "alpha") + "nonsense\n" + event(2, "alpha")).encode())
            producer.shutdown(socket.SHUT_WR)
            answers = producer.makefile().read().splitlines()
        self.assertEqual(json.loads(answers[-1]), {"acknowledged": 3})
        host.process.send_signal(signal.SIGTERM)
        code, out, talk = host.end()
        self.assertEqual((code, out), (0, ""))
        self.assertIn("2 events, 2 tags, 1 bad line", talk)
        self.assertFalse(path.exists())

    def test_configuration_is_overridden_by_the_environment_and_by_flags(self):
        log = self.root / "log.ndjson"
        log.write_text(event(1, "alpha"))
        config = self.root / "config.yaml"
        config.write_text(f"rules: {self.rules}\nstore: sqlite:{self.root}/one.db\ninputs:\n- file: {log}\n  follow: false\n")
        done = subprocess.run([program.PROGRAM, "run", "--config", str(config)], capture_output=True, timeout=DEADLINE)
        self.assertEqual((done.returncode, json.loads(done.stdout)["source_id"]), (0, "cmd_1"), done.stderr)
        done = subprocess.run([program.PROGRAM, "run", "--config", str(config), "--output", "none"], capture_output=True,
                              env={**os.environ, "RULEHOST_STORE": f"sqlite:{self.root}/two.db"}, timeout=DEADLINE)
        self.assertEqual((done.returncode, done.stdout), (0, b""), done.stderr)
        self.assertTrue((self.root / "two.db").exists())

    def test_missing_input_is_the_environments_fault(self):
        host = self.start("--input", str(self.root / "absent"), "--once")
        code, _, talk = host.end()
        self.assertEqual(code, 3)
        self.assertIn("absent", talk)


if __name__ == "__main__":
    program.main()
