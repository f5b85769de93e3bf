#!/usr/bin/env python3
"""`rulehost workers` and `rollout`: an operator sees that every worker has a decision, and which one has not.

usage: workers.py PROGRAM [unittest arguments]
"""
import contextlib
import json
import pathlib
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE


class Workers(program.Scenario):
    def setUp(self):
        super().setUp()
        self.host = self.run_host("--rules", self.rules, "--store", self.store, "--worker", "w1", "--socket",
                                  self.root / "events.sock", "--output", "none")
        self.host.talk("rules? live")
        self.log = self.root / "events.log"
        self.log.touch()

    def command(self, *words, code=0):
        done = subprocess.run([program.PROGRAM, *words, "--store", self.store], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=DEADLINE, text=True)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def workers(self, code=0):
        return [json.loads(line) for line in self.command("workers", code=code).stdout.splitlines()]

    def wait(self, *words, code=0):
        return self.command("rollout", "wait", "--timeout", "10s", *words, code=code).stderr

    def sql(self, statement):
        with sqlite3.connect(self.root / "store.db", timeout=DEADLINE) as database:
            database.execute(statement)
        database.close()

    def count(self, table):
        with contextlib.closing(sqlite3.connect(self.root / "store.db", timeout=DEADLINE)) as database:
            return database.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0]

    def kill(self):
        self.host.process.kill()
        self.host.end()

    def test_operator_sees_that_a_decision_is_live_everywhere(self):
        done = self.command("state", "disable", "R0001", "--for", "4h", "--reason", "noisy", "--wait", "10s")
        self.assertRegex(done.stderr, r"revision \d+: 1 of 1 worker has it")
        worker, = self.workers()
        self.assertEqual((worker["worker"], worker["state"], worker["rules"], worker["stale_since"]), ("w1", "current", 1, None))
        self.assertEqual(worker["revision"], worker["newest"])
        digest = json.loads(self.command("rules", "digest", "--json").stdout)
        self.assertEqual((worker["digest"], worker["revision"]), (digest["digest"], digest["revision"]))
        self.assertIn("1 of 1 worker has it", self.wait())

    def second(self, name="w1"):
        """Another process of that name; readiness() asks it."""
        host = self.run_host("--rules", self.rules, "--store", self.store, "--worker", name, "--input", self.log, "--admin",
                             "127.0.0.1:0")
        self.port = int(re.search(r"port (\d+)", host.talk("admin endpoint on port")).group(1))
        return host

    def readiness(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=DEADLINE) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def test_second_process_under_a_name_waits_and_takes_over_from_a_killed_one_at_once(self):
        self.log.write_text(program.event(1, "alpha"))
        holder = f"process {self.host.process.pid} on {socket.gethostname()}"
        second = self.second()
        second.talk(f"another process runs as worker w1: {holder}; this one waits")
        code, reason = self.readiness()
        self.assertEqual((code, holder in reason), (503, True), reason)
        self.assertEqual([row["process"].split(":")[1] for row in self.workers()], [str(self.host.process.pid)])
        self.wait() # the process that waits holds nobody up
        self.kill()
        killed = time.monotonic()
        second.talk("this process runs as worker w1 now")
        second.tag("T1082")
        self.assertLess(time.monotonic() - killed, 10) # a lease has 15 s
        self.assertEqual(self.readiness()[0], 200)
        self.assertEqual([row["process"].split(":")[1] for row in self.workers()], [str(second.process.pid)])

    def test_second_process_takes_over_when_the_first_one_ends(self):
        second = self.second()
        second.talk("another process runs as worker w1")
        self.host.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.host.end()[0], 0)
        second.talk("this process runs as worker w1 now")
        second.process.send_signal(signal.SIGTERM)
        self.assertEqual(second.end()[0], 0)

    def test_process_without_a_sign_of_life_loses_its_name_after_its_lease_and_waits(self):
        self.wait()
        self.host.process.send_signal(signal.SIGSTOP)
        began = time.monotonic()
        second = self.second()
        second.talk("this process runs as worker w1 now")
        self.assertGreater(time.monotonic() - began, 9) # a lease has 15 s, and was renewed within the last 5 s
        self.host.process.send_signal(signal.SIGCONT)
        self.host.talk(f"another process runs as worker w1: process {second.process.pid} on")
        second.process.send_signal(signal.SIGTERM)
        self.assertEqual(second.end()[0], 0)
        self.host.talk("this process runs as worker w1 now")

    def test_process_that_lost_its_name_stores_no_position_over_that_of_its_successor(self):
        self.host.process.send_signal(signal.SIGTERM)
        self.host.end()
        first = self.second()
        self.log.write_text(program.event(1, "alpha"))
        first.tag("cmd_1")
        self.sql("CREATE TABLE noted (place TEXT)")
        self.sql("CREATE TRIGGER note AFTER UPDATE ON ttp_input_position BEGIN INSERT INTO noted VALUES (NEW.place); END")
        first.process.send_signal(signal.SIGSTOP)
        second = self.second()
        second.talk("this process runs as worker w1 now")
        with self.log.open("a") as log:
            log.write(program.event(2, "alpha"))
        second.tag("cmd_2")
        self.assertEqual(self.count("noted"), 1)
        first.process.send_signal(signal.SIGCONT)
        first.talk(f"another process runs as worker w1: process {second.process.pid} on")
        first.process.send_signal(signal.SIGTERM)
        self.assertEqual(first.end()[0], 0)
        self.assertEqual(self.count("noted"), 1)

    def test_process_that_waits_for_its_name_ends_when_it_is_told_to(self):
        second = self.second()
        second.talk("another process runs as worker w1")
        second.process.send_signal(signal.SIGTERM)
        self.assertEqual(second.end()[0], 0)
        self.wait()

    def test_run_that_ends_by_itself_works_beside_the_process_that_has_its_name(self):
        self.log.write_text(program.event(1, "alpha"))
        done = self.command("run", "--once", "--worker", "w1", "--input", self.log)
        self.assertIn("T1082", done.stdout)

    def test_worker_that_ends_is_no_worker_any_more(self):
        self.wait()
        self.host.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.host.end()[0], 0)
        self.assertEqual(self.workers(), [])
        self.assertIn("no worker follows the store", self.command("rollout", "status", code=1).stderr)

    def test_worker_that_was_killed_holds_a_rollout_up_by_name(self):
        self.wait()
        self.kill()
        self.sql("UPDATE ttp_worker SET seen_at = '2026-01-01T00:00:00.000000Z'") # no need to wait for it
        self.assertEqual(self.workers()[0]["state"], "gone")
        said = self.command("rollout", "status", code=1).stderr
        self.assertIn("0 of 1 worker has it; w1 is gone (last seen 2026-01-01T00:00:00Z)", said)
        self.command("workers", "forget", "w2", code=1)
        self.command("workers", "forget", "w1")
        self.assertEqual(self.workers(), [])

    def test_worker_that_is_behind_is_named_and_the_decision_stands(self):
        self.wait()
        self.kill()
        said = self.command("state", "disable", "R0001", "--reason", "noisy", "--wait", "1s", code=1).stderr
        self.assertRegex(said, r"0 of 1 worker has it; w1 is behind \(revision \d+\)")
        self.assertIn("the decision stands", said)
        self.assertIn('"disabled"', self.command("state", "get", "R0001").stdout)

    def test_workers_that_disagree_are_a_finding(self):
        self.wait()
        self.kill()
        self.sql("INSERT INTO ttp_worker SELECT 'other', 'w2', host, version, started_at, seen_at, revision, 'x', rules, "
                 "quarantined, stale_since FROM ttp_worker")
        self.assertIn("has other rules or states than", self.command("workers", code=1).stderr)
        self.assertIn("has other rules or states than", self.command("rollout", "status", code=1).stderr)

    def test_revision_that_is_still_to_come_is_a_mistake(self):
        self.assertIn("still to come", self.command("rollout", "wait", "--revision", "9999", code=1).stderr)
        self.assertIn("takes a revision", self.command("rollout", "wait", "--revision", "x", code=2).stderr)


if __name__ == "__main__":
    program.main()
