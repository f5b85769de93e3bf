#!/usr/bin/env python3
"""Kills `rulehost run` at random points, again and again: no event is lost and none is tagged twice.

usage: kills.py PROGRAM file|socket|jetstream [--kills N] [--seed S] [--store URL]

file    a log that is written to and rotated (renamed, or copied and truncated; some compressed later) while the host runs
        and while it does not
socket  a producer that sends again what was not acknowledged
jetstream  a stream whose server is killed as well now and then

N is RULEHOST_KILLS, or 60: a sample. The seed of a failure is printed; the same seed makes the same lines, rotations and pauses.
"""
import argparse
import json
import os
import pathlib
import random
import select
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time

import jetstream

DEADLINE = 60.0  # seconds; only a broken program needs them
RULE = """rule_id: R0001
rule_version: 1
name: alpha
applies_to: [command]
match: {field: command_text, pattern: 'alpha'}
emits: [{tactic: TA0007, technique_id: T1082, confidence: 0.9}]
"""


def line(number):
    # Lines of many lengths, so that they end anywhere in a read.
    return (json.dumps({"source_kind": "command", "source_id": f"cmd_{number}", "attacker_uuid": "a-1",
                        "payload": {"command_text": "alpha " + "x" * (number * 37 % 900)}}) + "\n").encode()


class Host:
    """The program on one store, and what is in that store."""

    def __init__(self, program, root, store, arguments):
        self.program, self.root, self.store, self.arguments = program, root, store, arguments
        self.process = None
        self.log = open(root / "log of the host", "ab")

    def start(self):
        self.process = subprocess.Popen([self.program, "run", "--store", self.store, "--worker", "w", "--output", "none",
                                         *self.arguments], stdin=subprocess.DEVNULL, stderr=self.log)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def check_alive(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the host ended by itself with {self.process.returncode}:\n"
                                 + (self.root / "log of the host").read_text()[-2000:])

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        code = self.process.wait(timeout=DEADLINE)
        # One that was started a moment ago may not listen to the signal yet; then it has nothing to finish.
        assert code in (0, -signal.SIGTERM), f"exit code {code}"
        return time.monotonic() - began

    def tagged(self):
        """The source ids that have a tag, one for each tag."""
        if self.store.startswith("sqlite:"):
            database = sqlite3.connect(self.store.removeprefix("sqlite:"), timeout=30)
            rows = [row[0] for row in database.execute("SELECT source_id FROM ttp_tag")]
            database.close()
            return rows
        out = subprocess.run(["psql", "-At", "-c", "SELECT source_id FROM ttp_tag", self.store],
                             check=True, capture_output=True, text=True)
        return out.stdout.split()


class Log:
    """What a sensor writes, and what rotates it."""

    def __init__(self, path, dice):
        self.path, self.dice, self.rotations, self.last = path, dice, 0, None
        self.writer = open(path, "ab", buffering=0)

    def write(self, numbers):
        self.writer.write(b"".join(line(number) for number in numbers))

    def rotate(self):
        self.rotations += 1
        rotated = self.path.with_name(f"{self.path.name}.{self.rotations}")
        if self.dice.random() < 0.5:
            self.path.rename(rotated)
            self.writer.close()
            self.writer = open(self.path, "ab", buffering=0)
        else:
            rotated.write_bytes(self.path.read_bytes())
            self.path.write_bytes(b"")
        if self.last and self.dice.random() < 0.5:
            self.compress(self.last)
        self.last = rotated

    def compress(self, rotated):
        """As gzip and zstd do it: the file keeps its time, and goes once its compressed copy is complete."""
        program = self.dice.choice((["gzip", "--quiet"], ["zstd", "--quiet", "--rm"]))
        subprocess.run([*program, str(rotated)], check=True)


def keep_writing(log, dice, written, longest_pause):
    more = dice.randrange(0, 40)
    log.write(range(written, written + more))
    if dice.random() < 0.15:
        log.rotate()
    select.select([], [], [], dice.uniform(0.0, longest_pause))
    return written + more


def kill_with_file(host, dice, kills, root):
    log = Log(root / "sensor.log", dice)
    host.arguments += ["--input", str(log.path)]
    written = 20
    log.write(range(written))
    startup = wait_for(host, written)
    host.kill()
    for _ in range(kills):
        if dice.random() < 0.3:
            written = keep_writing(log, dice, written, 0.0)
        host.start()
        until = time.monotonic() + dice.uniform(0.5, 2.0) * startup
        while time.monotonic() < until:
            written = keep_writing(log, dice, written, 0.03)
        host.check_alive()
        host.kill()
    stored_before = len(host.tagged())
    log.write(range(written, written + 20))
    written += 20
    wait_for(host, written)
    return written, stored_before


class Producer:
    """Sends lines over a socket, and keeps what was not acknowledged."""

    def __init__(self, path):
        self.path, self.connection = path, None
        self.acknowledged = 0  # of all lines
        self.sent = 0          # of all lines, on this connection or acknowledged before it
        self.first = 0         # where this connection began
        self.outgoing, self.incoming = b"", b""

    def lose(self):
        if self.connection:
            self.connection.close()
        self.connection = None

    def work(self, produced, seconds):
        """Goes on for a while; what is `produced` is to be sent."""
        until = time.monotonic() + seconds
        while True:
            left = until - time.monotonic()
            if left <= 0 or self.acknowledged == produced:
                return  # a host that has nothing to do is killed as well
            try:
                self.step(produced, left)
            except (ConnectionError, FileNotFoundError):
                self.lose()
                select.select([], [], [], min(left, 0.005))

    def step(self, produced, left):
        if not self.connection:
            self.connection = socket.socket(socket.AF_UNIX)
            self.connection.connect(str(self.path))
            self.connection.setblocking(False)
            self.first = self.sent = self.acknowledged
            self.outgoing, self.incoming = b"", b""
        self.outgoing += b"".join(line(number) for number in range(self.sent, produced))
        self.sent = produced
        readable, writable, _ = select.select([self.connection], [self.connection] if self.outgoing else [], [], left)
        if writable:
            self.outgoing = self.outgoing[self.connection.send(self.outgoing[:65536]):]
        if readable:
            more = self.connection.recv(65536)
            if not more:
                raise ConnectionError
            self.incoming += more
            *whole, self.incoming = self.incoming.split(b"\n")
            for each in whole:
                self.acknowledged = self.first + json.loads(each)["acknowledged"]


def kill_with_socket(host, dice, kills, root):
    path = root / "events.sock"
    host.arguments += ["--socket", str(path)]
    producer = Producer(path)
    produced = 20
    began = time.monotonic()
    host.start()
    producer.work(produced, DEADLINE)
    startup = time.monotonic() - began
    host.kill()
    for _ in range(kills):
        host.start()
        produced += dice.randrange(0, 60)
        producer.work(produced, dice.uniform(0.5, 2.0) * startup)
        host.check_alive()
        host.kill()
        stored = set(host.tagged()) if dice.random() < 0.05 else None
        if stored is not None:
            missing = [number for number in range(producer.acknowledged) if f"cmd_{number}" not in stored]
            assert not missing, f"acknowledged and not stored: {missing[:10]}"
    stored_before = len(host.tagged())
    produced += 20
    host.start()
    producer.work(produced, DEADLINE)
    assert producer.acknowledged == produced, f"{producer.acknowledged} of {produced} lines acknowledged"
    return produced, stored_before


def kill_with_jetstream(host, dice, kills, root):
    stream = jetstream.Stream(root)
    try:
        host.arguments += ["--nats", stream.url() + "?ack_wait=1s&fetch=20"]
        published = 20
        stream.publish([line(number) for number in range(published)])
        began = time.monotonic()
        wait_for(host, published)
        longest = min(2 * (time.monotonic() - began), 0.5)  # many are killed at work, on a slow machine as well
        host.kill()
        for _ in range(kills):
            host.start()
            until = time.monotonic() + dice.uniform(0.0, longest)
            while time.monotonic() < until:
                more = dice.randrange(0, 40)
                stream.publish([line(number) for number in range(published, published + more)])
                published += more
                select.select([], [], [], dice.uniform(0.0, 0.03))
            if dice.random() < 0.05:
                stream.kill()
                stream.start()
            host.check_alive()
            host.kill()
        stored_before = len(host.tagged())
        wait_for(host, published)
        until = time.monotonic() + DEADLINE
        while left := stream.unacknowledged():
            assert time.monotonic() < until, f"{left} messages are not acknowledged"
            select.select([], [], [], 0.05)
        return published, stored_before
    finally:
        stream.kill()


def wait_for(host, count):
    """Until so many are tagged; how long that took. Fails when none is added for a while: how many there are to catch up with,
    and how fast the machine is, is no fault."""
    host.start()
    began = time.monotonic()
    until = began + DEADLINE
    before = 0
    while time.monotonic() < until:
        host.check_alive()
        try:
            tagged = len(host.tagged())
        except sqlite3.OperationalError:
            tagged = 0  # not made yet
        if tagged >= count:
            return time.monotonic() - began
        if tagged > before:
            before, until = tagged, time.monotonic() + DEADLINE
        select.select([], [], [], 0.01)
    stored = set(host.tagged())
    missing = [number for number in range(count) if f"cmd_{number}" not in stored]
    raise AssertionError(f"{len(missing)} of {count} events are not tagged: {missing[:20]}\n"
                         + (host.root / "log of the host").read_text()[-3000:])


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("input", choices=["file", "socket", "jetstream"])
    arguments.add_argument("--kills", type=int, default=int(os.environ.get("RULEHOST_KILLS", "60")))
    arguments.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    arguments.add_argument("--store")
    given = arguments.parse_args()
    print(f"seed {given.seed}", flush=True)
    dice = random.Random(given.seed)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        (root / "rules").mkdir()
        (root / "rules" / "R0001.yaml").write_text(RULE)
        store = given.store or f"sqlite:{root / 'rulehost.db'}"
        subprocess.run([given.program, "sync", "--once", "--rules", str(root / "rules"), "--store", store],
                       check=True, stderr=subprocess.DEVNULL)
        host = Host(given.program, root, store, [])
        work = {"file": kill_with_file, "socket": kill_with_socket, "jetstream": kill_with_jetstream}[given.input]
        try:
            events, stored_before = work(host, dice, given.kills, root)
            seconds = host.end()
            tags = host.tagged()
        finally:
            if host.process and host.process.poll() is None:
                host.kill()
        assert len(tags) == len(set(tags)) == events, f"{len(tags)} tags of {len(set(tags))} events, {events} expected"
        assert seconds < 5, f"SIGTERM took {seconds:.1f} s"
        print(f"{given.kills} kills, {events} events, each tagged once ({stored_before} of them by hosts that were killed), "
              f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    sys.exit(main())
