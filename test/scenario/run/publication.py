#!/usr/bin/env python3
"""What the program tells other processes over NATS: every tag once, also when it is killed, and every change of a rule.

usage: publication.py PROGRAM [unittest arguments]
"""
import pathlib
import select
import signal
import sqlite3
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import jetstream
import program
from program import event


class Publication(program.Scenario):
    def setUp(self):
        super().setUp()
        self.log = self.root / "log.ndjson"
        self.broker = jetstream.Stream(self.root)
        self.addCleanup(lambda: self.broker.kill())

    def start(self, *arguments, store=None):
        host = self.run_host("--rules", self.rules, "--store", store or self.store, "--publish", f"nats://127.0.0.1:{self.broker.port}",
                             *arguments)
        host.talk("rules? live")
        return host

    def await_messages(self, count, seconds=program.DEADLINE):
        until = time.monotonic() + seconds
        while self.broker.count("RULEHOST") < count:
            self.assertLess(time.monotonic(), until, f"{self.broker.count('RULEHOST')} of {count} messages")
            select.select([], [], [], 0.01)

    def outbox(self):
        database = sqlite3.connect(self.root / "store.db", timeout=30)
        try:
            return database.execute("SELECT count(*) FROM ttp_outbox").fetchone()[0]
        finally:
            database.close()

    def test_tags_changes_and_withheld_hits_are_published_and_a_replay_is_silent(self):
        host = self.start("--input", "-")
        host.send(event(1, "alpha"))
        host.tag("cmd_1")
        self.await_messages(2)
        self.write_rule("R0001", "alpha|beta", "T1033")
        host.talk("R0001 is live")
        self.await_messages(3)
        subprocess.run([program.PROGRAM, "state", "disable", "R0001", "--reason", "noisy", "--by", "ops", "--store", self.store],
                       check=True, stdout=subprocess.DEVNULL)
        host.talk("R0001 is disabled")
        self.await_messages(4)
        host.send(event(2, "beta"))
        self.await_messages(5)
        subprocess.run([program.PROGRAM, "state", "clear", "R0001", "--by", "ops", "--store", self.store],
                       check=True, stdout=subprocess.DEVNULL)
        host.talk("the state of rule R0001 was cleared")
        self.await_messages(6)
        self.write_rule("R0001", "alpha", "T1082")
        host.talk("R0001 is live")
        self.await_messages(7)
        host.send(event(1, "alpha") + event(3, "alpha"))  # the first is known
        host.tag("cmd_3")
        self.await_messages(9)
        self.assertEqual(host.end()[0], 0)

        told = self.broker.messages("RULEHOST")
        self.assertEqual([subject for _, subject, _ in told],
                         ["ttp.tagged", "ttp.rule.fired.T1082", "ttp.rule.reloaded.R0001", "ttp.rule.state.R0001",
                          "ttp.rule.suppressed", "ttp.rule.state.R0001", "ttp.rule.reloaded.R0001", "ttp.tagged",
                          "ttp.rule.fired.T1082"])
        payloads = [payload for _, _, payload in told]
        self.assertEqual((payloads[0]["source_id"], payloads[0]["attacker_uuid"], payloads[0]["techniques"]),
                         ("cmd_1", "a-1", ["T1082"]))
        self.assertEqual(payloads[0]["tags"], [payloads[1]["tag"]])
        self.assertEqual(payloads[3]["state"]["state"], "disabled")
        self.assertEqual((payloads[4]["rule_id"], payloads[4]["why"], payloads[4]["hits"]), ("R0001", "disabled", 1))
        self.assertEqual(payloads[7]["source_id"], "cmd_3")

    def test_changes_of_the_same_revision_in_two_stores_are_all_told(self):
        stores = (self.store, f"sqlite:{self.root / 'second.db'}")
        for store in stores:
            self.start("--input", "-", store=store)
            self.run_program("state", "disable", "R0001", "--reason", "noisy", "--store", store)
            self.run_program("state", "clear", "R0001", "--store", store)
        self.write_rule("R0001", "alpha|beta", "T1033")
        self.await_messages(6)
        told = self.broker.messages("RULEHOST")
        self.assertEqual(sorted(subject for _, subject, _ in told),
                         2 * ["ttp.rule.reloaded.R0001"] + 4 * ["ttp.rule.state.R0001"])
        revisions = [payload["revision"] for _, _, payload in told]
        self.assertEqual({revisions.count(each) for each in revisions}, {2})

    def test_run_that_ends_with_its_input_leaves_nothing_untold(self):
        self.log.write_text("".join(event(number, "alpha") for number in range(3000)))
        host = self.start("--input", self.log, "--once", "--output", "none")
        self.assertEqual(host.end()[0], 0)
        self.assertEqual((self.broker.count("RULEHOST"), self.outbox()), (6000, 0))

    def test_each_tag_is_published_once_though_worker_and_broker_are_killed_while_they_publish(self):
        count, told = 0, 0
        for broker_too in (False, True, False):
            with self.log.open("a") as more:
                more.writelines(event(number, "alpha") for number in range(count, count + 5000))
            count += 5000
            host = self.start("--input", self.log, "--worker", "w", "--output", "none")
            self.await_messages(told + 500, 60)  # the lease of who was killed has to run out
            host.process.kill()
            host.process.wait()
            if broker_too:
                self.broker.kill()
                self.broker.start()
            told = self.broker.count("RULEHOST")
            self.assertGreater(self.outbox(), 0)  # in the middle of it
        host = self.start("--input", self.log, "--worker", "w", "--output", "none")
        self.await_messages(2 * count, 60)
        until = time.monotonic() + program.DEADLINE
        while self.outbox() > 0:
            self.assertLess(time.monotonic(), until)
            select.select([], [], [], 0.05)
        host.process.send_signal(signal.SIGTERM)
        self.assertEqual(host.end()[0], 0)

        messages = self.broker.messages("RULEHOST")
        self.assertEqual(len({identity for identity, _, _ in messages}), len(messages))
        for subject in ("ttp.tagged", "ttp.rule.fired.T1082"):
            sources = [payload["source_id"] for _, its, payload in messages if its == subject]
            self.assertEqual(sorted(sources), sorted(f"cmd_{number}" for number in range(count)))


if __name__ == "__main__":
    program.main()
