#!/usr/bin/env python3
"""Servers that say nothing more, and close nothing: the service tells so, keeps what it has, and ends when it is asked to.

usage: silent_servers.py PROGRAM [unittest arguments]

Needs the servers of scripts/with_servers.
"""
import http.client
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from gate import Gate
from program import DEADLINE, event

STOP_LIMIT = 10.0 # seconds: TimeoutStopSec of the unit

CONFIGURATION = """store: {store}
rules: {rules}
worker: w
inputs:
  - file: {log}
spool: {{directory: {spool}}}
admin: {{address: "127.0.0.1:0", max_staleness: 5s}}
"""


def in_place_of(url, gate, path=None):
    place = urllib.parse.urlsplit(url)
    netloc = place.netloc.rsplit(":", 1)[0] + f":{gate.port}"
    return place._replace(netloc=netloc, path=path or place.path).geturl()


class SilentServers(program.Scenario):
    def database(self, kind):
        """The URL of an empty database behind a gate, and the gate."""
        server = os.environ["RULEHOST_TEST_POSTGRESQL" if kind == "postgresql" else "RULEHOST_TEST_MARIADB"]
        place = urllib.parse.urlsplit(server)
        name = f"silent_{os.getpid()}_{self._testMethodName[-20:]}".lower()
        if kind == "postgresql":
            client = ["psql", "-q", server, "-c"]
            force = " WITH (FORCE)"
        else:
            client = ["mariadb", "-h", place.hostname, "-P", str(place.port), "-u", place.username, "-e"]
            force = ""
        subprocess.run([*client, f"CREATE DATABASE {name}"], check=True)
        self.addCleanup(subprocess.run, [*client, f"DROP DATABASE {name}{force}"], check=True)
        gate = Gate((place.hostname, place.port))
        gate.open()
        self.addCleanup(gate.close)
        return in_place_of(server, gate, "/" + name), gate

    def service(self, store):
        self.log = self.root / "log.ndjson"
        self.log.write_text("")
        configuration = self.root / "rulehost.yaml"
        configuration.write_text(CONFIGURATION.format(store=store, rules=self.rules, log=self.log, spool=self.root / "spool"))
        host = self.run_host("--config", configuration)
        self.port = int(re.search(r"port (\d+)", host.talk("admin endpoint on port")).group(1))
        return host

    def say(self, number):
        with self.log.open("a") as more:
            more.write(event(number, "alpha"))

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def metric(self, name):
        return float(re.search(rf"^rulehost_{name} (\S+)$", self.get("/metrics")[1], re.MULTILINE).group(1))

    def await_true(self, condition, seconds):
        until = time.monotonic() + seconds
        while not condition():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)

    def stop(self, host):
        began = time.monotonic()
        host.process.send_signal(signal.SIGTERM)
        code, _, talk = host.end()
        self.assertLess(time.monotonic() - began, STOP_LIMIT, talk)
        self.assertEqual(code, 0, talk)
        return talk

    def tells_of_a_silent_database(self, kind):
        store, gate = self.database(kind)
        host = self.service(store)
        self.say(1)
        host.tag("cmd_1")
        self.assertEqual(self.get("/readyz")[0], 200)
        self.assertEqual(self.metric("rules_stale_timestamp_seconds"), 0)

        gate.fall_silent()
        self.say(2)
        self.await_true(lambda: "may be behind" in self.get("/readyz")[1], 25)
        self.assertEqual(self.get("/readyz")[0], 503)
        self.assertGreater(self.metric("rules_stale_timestamp_seconds"), 0)
        self.await_true(lambda: self.metric("database_lost_timestamp_seconds") > 0, 25)
        host.talk("no answer within 30 s")
        self.await_true(lambda: self.metric("spool_bytes") > 0, 25)
        gate.speak()
        host.tag("cmd_2")
        self.await_true(lambda: self.get("/readyz")[0] == 200, 25)
        self.assertEqual(self.metric("database_lost_timestamp_seconds"), 0)
        self.stop(host)

    def test_postgresql_that_is_silent_is_logged_and_waited_for(self):
        self.tells_of_a_silent_database("postgresql")

    def test_mariadb_that_is_silent_is_logged_and_waited_for(self):
        self.tells_of_a_silent_database("mariadb")

    def ends_beside_a_silent_database(self, kind):
        store, gate = self.database(kind)
        host = self.service(store)
        self.say(1)
        host.tag("cmd_1")
        gate.fall_silent()
        self.say(2)
        time.sleep(1.0) # the calls are under way
        self.stop(host)

    def test_sigterm_ends_a_worker_beside_a_silent_postgresql(self):
        self.ends_beside_a_silent_database("postgresql")

    def test_sigterm_ends_a_worker_beside_a_silent_mariadb(self):
        self.ends_beside_a_silent_database("mariadb")

    def test_sigterm_ends_a_worker_that_no_database_has_answered_yet(self):
        store, gate = self.database("postgresql")
        gate.fall_silent()
        host = self.service(store)
        time.sleep(1.0)
        self.stop(host)

    def test_sigterm_ends_a_worker_beside_a_silent_broker_and_a_silent_collector(self):
        place = urllib.parse.urlsplit(os.environ["RULEHOST_TEST_NATS"])
        gate = Gate((place.hostname, place.port))
        gate.open()
        self.addCleanup(gate.close)
        collector = Gate(("127.0.0.1", 9)) # nobody, and it never says so
        collector.open()
        collector.fall_silent()
        self.addCleanup(collector.close)
        log = self.root / "log.ndjson"
        log.write_text(event(1, "alpha"))
        host = self.run_host("--rules", self.rules, "--store", self.store, "--input", log,
                             "--publish", f"nats://127.0.0.1:{gate.port}", "--traces", f"http://127.0.0.1:{collector.port}/v1/traces")
        host.tag("cmd_1")
        time.sleep(1.0)
        gate.fall_silent()
        with log.open("a") as more:
            more.write(event(2, "alpha"))
        host.tag("cmd_2")
        self.stop(host)

    def test_sigterm_ends_a_command_that_waits_for_a_silent_database(self):
        store, gate = self.database("postgresql")
        subprocess.run([program.PROGRAM, "sync", "--rules", self.rules, "--store", store, "--once"], check=True,
                       capture_output=True)
        gate.fall_silent()
        command = subprocess.Popen([program.PROGRAM, "state", "list", "--store", store], stderr=subprocess.PIPE)
        self.addCleanup(command.stderr.close)
        self.addCleanup(command.kill)
        time.sleep(1.0)
        command.send_signal(signal.SIGTERM)
        command.wait(STOP_LIMIT)


if __name__ == "__main__":
    program.main()
