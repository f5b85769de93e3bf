#!/usr/bin/env python3
"""Kills the processes of a swarm at random points, again and again, and looks whether anything was lost.

A master, workers and operators share one store. Each round something changes and one process is killed with
SIGKILL and started again. Then every worker must come to the digest of the database, now and then the database to
the files, and at the end the history must hold every decision that was acknowledged, once.

usage: kill_loop.py PROGRAM [--kind sqlite|postgresql] [--rounds N] [--seed N]

Without --rounds, RULEHOST_KILLS (60: a sample) says how many.
"""
import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

DEADLINE = 60.0  # seconds; only a broken program needs them
RULE = """rule_id: {id}
rule_version: {version}
name: {id}
applies_to: [command]
match: {{field: command_text, pattern: 'v{version}'}}
emits: [{{tactic: TA0007, technique_id: T1082, confidence: 0.9}}]
"""
IDS = [f"R{number:04}" for number in range(1, 7)]


class Failure(Exception):
    pass


class Worker:
    """Follows the store as a worker does; `digest` is what its rules and states come to."""

    def __init__(self, swarm):
        self.swarm = swarm
        self.start()

    def start(self):
        self.digest = None
        self.process = self.swarm.spawn("rules", "digest", "--follow", "--store", self.swarm.store, stdout=subprocess.PIPE)
        threading.Thread(target=self.read, args=(self.process,), daemon=True).start()

    def read(self, process):
        for line in process.stdout:
            if process is self.process:
                self.digest = json.loads(line)["digest"]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.start()


class Master:
    def __init__(self, swarm):
        self.swarm = swarm
        self.start()

    def start(self):
        self.process = self.swarm.spawn("sync", "--rules", self.swarm.rules, "--store", self.swarm.store, "--lease", "1s",
                                        "--allow-deletions")

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.start()


class Swarm:
    def __init__(self, program, root, store, seed):
        self.program, self.root, self.store = program, root, store
        self.random = random.Random(seed)
        self.rules = root / "rules"
        self.rules.mkdir()
        self.log = open(root / "log", "wb")
        self.versions = 0
        self.good = {}        # rule_id: the last good text
        self.acknowledged = {}  # who decided: revision
        self.started = []
        for rule_id in IDS:
            self.write(rule_id)
        self.run("sync", "--once", "--rules", self.rules, "--store", store)
        self.master = Master(self)
        self.workers = [Worker(self) for _ in range(2)]

    def spawn(self, *arguments, stdout=subprocess.DEVNULL):
        process = subprocess.Popen([self.program, *map(str, arguments)], stdout=stdout, stderr=self.log)
        self.started.append(process)
        return process

    def run(self, *arguments):
        done = subprocess.run([self.program, *map(str, arguments)], capture_output=True, timeout=DEADLINE)
        if done.returncode != 0:
            raise Failure(f"{arguments} ended with {done.returncode}: {done.stderr.decode()}")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def stop(self):
        for process in self.started:
            process.kill()
            process.wait()
        self.log.close()

    def write(self, rule_id):
        self.versions += 1
        text = RULE.format(id=rule_id, version=self.versions)
        path = self.rules / f"{rule_id}.yaml"
        if self.random.random() < 0.5:
            path.write_text(text)
        else:
            new = self.rules / f"{rule_id}.yaml.tmp"
            new.write_text(text)
            new.rename(path)
        self.good[rule_id] = text

    def edit(self):
        rule_id = self.random.choice(IDS)
        if self.random.random() < 0.2:
            (self.rules / f"{rule_id}.yaml").unlink(missing_ok=True)
            self.good.pop(rule_id, None)
        else:
            self.write(rule_id)

    def decide(self, number):
        """An operator at work; not waited for."""
        by = f"operator{number}"
        rule_id = self.random.choice(IDS + ["R9999"])
        what = self.random.choice([["disable"], ["clip", "--max", "0.5"], ["enable"], ["clear"]])
        lasts = ["--for", f"{self.random.randint(1, 5)}s"] if what[0] != "clear" and self.random.random() < 0.3 else []
        operator = self.spawn("state", what[0], rule_id, *what[1:], *lasts, "--by", by, "--replace", "--ahead", "--store", self.store,
                              stdout=subprocess.PIPE)
        return by, what[0], operator

    def round(self, number):
        self.edit()
        by, what, operator = self.decide(number)
        victim = self.random.choice(["operator", "operator", "worker", "worker", "master"])
        time.sleep(self.random.random() * 0.06)  # the random point
        if victim == "operator":
            operator.kill()
        elif victim == "worker":
            self.random.choice(self.workers).kill()
        else:
            self.master.kill()
        out = operator.communicate(timeout=DEADLINE)[0]
        self.started.remove(operator)
        if operator.returncode == 0 and what != "clear":
            revision = json.loads(out)["revision"]
            if revision != 0 or what != "enable":  # where nothing is decided, enable changes nothing
                self.acknowledged[by] = revision
        elif operator.returncode not in (0, -9):
            raise Failure(f"the decision of {by} ended with {operator.returncode}")

    def await_equal(self, what, left, right):
        end = time.monotonic() + DEADLINE
        while True:
            a, b = left(), right()
            if a == b:
                return
            if time.monotonic() > end:
                raise Failure(f"{what}: {a} is not {b}")
            time.sleep(0.02)

    def database_digest(self):
        return self.run("rules", "digest", "--store", self.store)[0]["digest"]

    def database_texts(self):
        out = pathlib.Path(tempfile.mkdtemp(dir=self.root)) / "export"
        self.run("export", "--store", self.store, out)
        return {path.stem: path.read_text() for path in out.iterdir()}

    def judge_workers(self):
        self.await_equal("workers and database", lambda: [worker.digest for worker in self.workers],
                         lambda: [self.database_digest()] * len(self.workers))

    def judge_files(self):
        self.await_equal("database and files", self.database_texts, lambda: self.good)
        self.judge_workers()

    def judge_history(self):
        history = self.run("state", "history", "--json", "--store", self.store)
        revisions = [entry["revision"] for entry in history]
        if revisions != list(range(1, len(revisions) + 1)):
            raise Failure("the history has a hole")
        decided = {}
        for entry in history:
            if entry["kind"] == "state":
                decided.setdefault(entry["changed_by"], []).append(entry["revision"])
        for by, revision in self.acknowledged.items():
            if decided.get(by) != [revision]:
                raise Failure(f"{by} was acknowledged as {revision}, the history has {decided.get(by)}")
        for by, rows in decided.items():
            if len(rows) != 1:
                raise Failure(f"{by} was done {len(rows)} times")
        return len(history)


def make_store(kind, root):
    """A URL, and what removes it."""
    if kind == "sqlite":
        return f"sqlite:{root}/store.db", lambda: None
    server = os.environ.get("RULEHOST_TEST_POSTGRESQL")
    if not server:
        sys.exit("RULEHOST_TEST_POSTGRESQL is not set: run the test under scripts/with_servers")
    name = f"kill_{os.getpid()}"
    where = urllib.parse.urlsplit(server)

    def administer(statement):
        subprocess.run(["psql", "-q", "-h", where.hostname, "-p", str(where.port), "-U", where.username, "-d",
                        where.path[1:], "-c", statement], check=True)
    administer(f"CREATE DATABASE {name}")
    return where._replace(path=f"/{name}").geturl(), lambda: administer(f"DROP DATABASE {name} WITH (FORCE)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("--kind", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    if options.rounds is None:
        kills = int(os.environ.get("RULEHOST_KILLS", "60"))
        # What is killed does not depend on the database; the server only has to be in it as well.
        options.rounds = kills if options.kind == "sqlite" else max(1, kills * 3 // 10)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        root = pathlib.Path(directory)
        store, remove_store = make_store(options.kind, root)
        swarm = Swarm(options.program, root, store, options.seed)
        try:
            for number in range(1, options.rounds + 1):
                swarm.round(number)
                if number % 20 == 0:
                    swarm.judge_files()
                else:
                    swarm.judge_workers()
            swarm.judge_files()
            changes = swarm.judge_history()
        except Failure as problem:
            swarm.log.flush()
            print((root / "log").read_bytes().decode(errors="replace")[-4000:])
            sys.exit(f"round {number} of seed {options.seed}: {problem}")
        finally:
            swarm.stop()
            remove_store()
    print(f"{options.kind}: {options.rounds} kills, {changes} changes, {len(swarm.acknowledged)} decisions acknowledged, "
          f"{time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
