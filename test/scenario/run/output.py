#!/usr/bin/env python3
"""Standard output that nobody reads, or that breaks, and what is printed and said at the end of a run that fails.

usage: output.py PROGRAM [unittest arguments]
"""
import json
import os
import pathlib
import signal
import socket
import sqlite3
import struct
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event

EVENTS = 60_000  # whose tags are more than the output may hold up
TEXT = "alpha"


class Output(program.Scenario):
    def run_program(self, *arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE):
        process = subprocess.Popen([program.PROGRAM, *map(str, arguments)], stdin=stdin, stdout=stdout, stderr=subprocess.PIPE)
        for stream in filter(None, (process.stdout, process.stderr)):
            self.addCleanup(stream.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def write_events(self, name, count):
        (self.root / name).write_text("".join(event(f"{name}_{i}", TEXT) for i in range(count)))
        return self.root / name

    def stored(self):
        database = sqlite3.connect(self.root / "store.db", timeout=30)
        try:
            return database.execute("SELECT count(*) FROM ttp_tag").fetchone()[0]
        except sqlite3.OperationalError:
            return 0
        finally:
            database.close()

    def wait_until_stored(self, count):
        until = time.monotonic() + DEADLINE
        while self.stored() < count:
            self.assertLess(time.monotonic(), until, f"{self.stored()} of {count} tags stored")
            time.sleep(0.1)

    def test_output_that_is_not_read_delays_neither_tags_nor_inputs(self):
        many, few = self.write_events("many", EVENTS), self.write_events("few", 10)
        host = self.run_program("run", "--store", self.store, "--rules", self.rules, "--input", many, "--input", few)
        self.wait_until_stored(EVENTS + 10)
        with few.open("a") as more:
            more.write(event("later", TEXT))
        self.wait_until_stored(EVENTS + 11)
        host.send_signal(signal.SIGTERM)
        talk = host.stderr.read().decode()
        self.assertEqual(host.wait(DEADLINE), 0, talk)
        self.assertNotIn("not stored", talk)
        self.assertIn("tags are stored, and not printed", talk)
        printed = host.stdout.read().count(b"\n")
        unprinted = int(talk.split(" tags stored, but not printed")[0].split()[-1])
        # The batch that was being written when it ended counts as not printed, and part of it is.
        self.assertLessEqual(printed, EVENTS + 11)
        self.assertGreaterEqual(printed + unprinted, EVENTS + 11)

    def test_reader_that_goes_away_does_not_end_a_service_with_a_store(self):
        many = self.write_events("many", 5000)
        host = self.run_program("run", "--store", self.store, "--rules", self.rules, "--input", many, "--once")
        self.assertIn(b"many_", host.stdout.readline())
        host.stdout.close()
        talk = host.stderr.read().decode()
        self.assertEqual(host.wait(DEADLINE), 0, talk)
        self.assertEqual(self.stored(), 5000)
        self.assertNotIn("not stored", talk)
        self.assertIn("Broken pipe", talk)

    def test_full_disk_behind_the_output_does_not_end_a_service_with_a_store(self):
        many = self.write_events("many", 3000)
        with open("/dev/full", "w") as full:
            host = self.run_program("run", "--store", self.store, "--rules", self.rules, "--input", many, "--once", stdout=full)
        talk = host.stderr.read().decode()
        self.assertEqual(host.wait(DEADLINE), 0, talk)
        self.assertEqual(self.stored(), 3000)
        self.assertIn("3000 tags stored, but not printed", talk)

    def test_slow_reader_of_a_run_that_ends_by_itself_gets_every_tag(self):
        many = self.write_events("many", EVENTS)
        host = self.run_program("run", "--store", self.store, "--rules", self.rules, "--input", many, "--once")
        self.wait_until_stored(4000)  # while nobody reads
        printed = host.stdout.read().count(b"\n")
        self.assertEqual(host.wait(DEADLINE), 0)
        self.assertEqual(printed, EVENTS)

    def test_tags_evaluated_before_an_input_failed_are_printed(self):
        listener = socket.create_server(("127.0.0.1", 0))
        reset = socket.create_connection(listener.getsockname())
        given, _ = listener.accept()
        evaluation = self.run_program("eval", "--rules", self.rules, "-", stdin=given)
        given.close()
        listener.close()
        reset.sendall("".join(event(i, TEXT) for i in range(2000)).encode())
        reset.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        reset.close()
        out, talk = evaluation.communicate(timeout=DEADLINE)
        self.assertEqual(evaluation.returncode, 3, talk)
        self.assertIn("reset", talk.decode())
        told = int(talk.decode().split(" tags")[0].split()[-1])
        self.assertEqual(len([json.loads(line) for line in out.splitlines()]), told)
        self.assertNotIn("not printed", talk.decode())

    def test_a_start_that_failed_has_no_summary(self):
        for arguments in (["eval", "--rules", self.rules, self.root / "absent"],
                          ["eval", "--rules", self.root / "absent", self.write_events("few", 1)],
                          ["run", "--rules", self.root / "absent", "--input", self.root / "few", "--once"]):
            failed = self.run_program(*arguments)
            _, talk = failed.communicate(timeout=DEADLINE)
            self.assertEqual(failed.returncode, 3, talk)
            self.assertIn(b"absent", talk)
            self.assertNotIn(b"events", talk)


if __name__ == "__main__":
    program.main()
