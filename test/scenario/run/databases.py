#!/usr/bin/env python3
"""A database that is slow, and one that is not there yet: inputs wait, and nothing is lost.

usage: databases.py PROGRAM [unittest arguments]

The second needs the server of RULEHOST_TEST_POSTGRESQL.
"""
import os
import pathlib
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from gate import Gate
from program import DEADLINE, event


class Databases(program.Scenario):
    def test_slow_database_slows_the_producer_and_loses_nothing(self):
        path = self.root / "events.sock"
        host = self.run_host("--rules", self.rules, "--store", self.store, "--socket", path, "--output", "none")
        host.talk("rules? live")
        with socket.socket(socket.AF_UNIX) as producer:
            until = time.monotonic() + DEADLINE
            while producer.connect_ex(str(path)) != 0:
                self.assertLess(time.monotonic(), until)
            answers = producer.makefile()
            producer.settimeout(1.0)
            database = sqlite3.connect(self.root / "store.db", isolation_level=None, timeout=DEADLINE)
            self.addCleanup(database.close)
            database.execute("BEGIN IMMEDIATE") # a transaction takes as long as this one

            count = 400_000
            lines = "".join(event(number, "alpha") for number in range(count)).encode()
            sent = 0
            with self.assertRaises(TimeoutError): # nobody reads on
                while sent < len(lines):
                    sent += producer.send(lines[sent:sent + 65536])
            self.assertLess(sent, len(lines) / 2)

            database.execute("COMMIT")
            producer.settimeout(10 * DEADLINE)
            sender = threading.Thread(target=lambda: (producer.sendall(lines[sent:]), producer.shutdown(socket.SHUT_WR)))
            sender.start()
            for answer in answers:
                last = answer
            sender.join()
        self.assertEqual(last, f'{{"acknowledged": {count}}}\n')
        self.assertEqual(database.execute("SELECT count(*), count(DISTINCT source_id) FROM ttp_tag").fetchone(), (count, count))
        host.process.send_signal(signal.SIGTERM)
        self.assertEqual(host.end()[0], 0)

    def test_worker_that_starts_before_its_database_waits_and_then_works(self):
        server = os.environ["RULEHOST_TEST_POSTGRESQL"]
        name = f"early_{os.getpid()}"
        subprocess.run(["psql", "-q", "-c", f"CREATE DATABASE {name}", server], check=True)
        self.addCleanup(subprocess.run, ["psql", "-q", "-c", f"DROP DATABASE {name} WITH (FORCE)", server], check=True)
        place = urllib.parse.urlsplit(server)
        gate = Gate((place.hostname, place.port))
        self.addCleanup(gate.close)
        store = place._replace(netloc=place.netloc.rsplit(":", 1)[0] + f":{gate.port}", path="/" + name).geturl()
        log = self.root / "log.ndjson"
        log.write_text(event(1, "alpha") + event(2, "alpha"))
        host = self.run_host("--rules", self.rules, "--store", store, "--input", log, "--worker", "w")
        host.talk("refused|connect")
        with log.open("a") as more:
            more.write(event(3, "alpha"))
        self.assertIsNone(host.process.poll())
        gate.open()
        self.assertEqual([host.tag("cmd_")["source_id"] for _ in range(3)], ["cmd_1", "cmd_2", "cmd_3"])
        host.process.send_signal(signal.SIGTERM)
        code, rest, talk = host.end()
        self.assertEqual((code, rest), (0, ""), talk)


if __name__ == "__main__":
    program.main()
