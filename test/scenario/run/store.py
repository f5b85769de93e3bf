#!/usr/bin/env python3
"""The database of a store itself: its file deleted or replaced under a running host, older and newer tables, its mode.

usage: store.py PROGRAM [unittest arguments]
"""
import contextlib
import json
import os
import pathlib
import re
import select
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event


class Store(program.Scenario):
    def setUp(self):
        super().setUp()
        self.file = pathlib.Path(self.store.removeprefix("sqlite:"))
        self.socket = self.root / "events.sock"

    def run_program(self, *arguments, code=0):
        done = subprocess.run([program.PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=DEADLINE,
                              stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done.stdout, done.stderr

    def start(self, *arguments):
        host = self.run_host("--rules", self.rules, "--store", self.store, "--socket", self.socket, "--output", "none",
                             "--admin", "127.0.0.1:0", *arguments)
        self.port = re.search(r"port (\d+)", host.talk("admin endpoint on port")).group(1)
        host.talk("rules? live")
        return host

    def test_a_first_run_on_a_new_store_logs_no_error(self):
        names = [f"a{number:02}" for number in range(20)]
        (self.rules / "lists.yaml").write_text(
            "lists:\n" + "".join(f"  {name}: [$z{name}, sh]\n  z{name}: [perl]\n" for name in names))
        host = self.run_host("--rules", self.rules, "--store", self.store, "--socket", self.socket, "--output", "none")
        until = time.monotonic() + DEADLINE
        while subprocess.run([program.PROGRAM, "rollout", "wait", "--revision", "41", "--store", self.store],
                             capture_output=True, timeout=DEADLINE, check=False).returncode != 0:
            self.assertLess(time.monotonic(), until)
        self.assertIn("1 rule, 40 lists", self.run_program("rules", "list", "--store", self.store)[1])
        host.process.terminate()
        code, _, said = host.end()
        self.assertEqual(code, 0)
        self.assertNotIn("error", said)

    def connect(self):
        producer = socket.socket(socket.AF_UNIX)
        self.addCleanup(producer.close)
        until = time.monotonic() + DEADLINE
        while True:
            try:
                producer.connect(str(self.socket))
                return producer
            except OSError:
                self.assertLess(time.monotonic(), until)
                select.select([], [], [], 0.01)

    def acknowledged(self, producer, count):
        """Returns once so many lines are acknowledged."""
        producer.settimeout(DEADLINE)
        last = 0
        while last < count:
            answer = producer.recv(4096)
            self.assertTrue(answer)
            last = json.loads(answer.decode().splitlines()[-1])["acknowledged"]

    def unready(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=DEADLINE)
            return ""
        except urllib.error.HTTPError as refusal:
            return refusal.read().decode()

    def await_readiness(self, pattern):
        until = time.monotonic() + DEADLINE
        while not re.fullmatch(pattern, self.unready(), re.DOTALL):
            self.assertLess(time.monotonic(), until, self.unready())
            select.select([], [], [], 0.02)

    def remove(self):
        for suffix in ("", "-wal", "-shm"):
            pathlib.Path(f"{self.file}{suffix}").unlink(missing_ok=True)

    def backup(self):
        copy = self.root / "backup.db"
        with contextlib.closing(sqlite3.connect(self.file)) as live, contextlib.closing(sqlite3.connect(copy)) as to:
            live.backup(to)
        return copy

    def stored(self):
        with contextlib.closing(sqlite3.connect(self.file, timeout=30)) as database:
            return sorted(row[0] for row in database.execute("SELECT source_id FROM ttp_tag"))

    def test_a_deleted_file_acknowledges_nothing_and_a_store_in_its_place_gets_what_was_not_acknowledged(self):
        host = self.start()
        producer = self.connect()
        producer.sendall(event(1, "alpha").encode())
        self.acknowledged(producer, 1)
        backup = self.backup()
        self.remove()
        self.await_readiness(".*the store is gone: .*deleted or moved away.*")
        host.talk("deleted or moved away")
        producer.sendall(event(2, "alpha").encode())
        self.assertEqual(select.select([producer], [], [], 1.5)[0], [])
        self.assertFalse(self.file.exists())
        os.rename(backup, self.file)
        self.acknowledged(producer, 2)
        self.assertEqual(self.stored(), ["cmd_1", "cmd_2"])
        host.talk(r"another file was put in its place: it was at revision 1 and is at revision 1")
        self.await_readiness("")
        host.process.terminate()
        self.assertEqual(host.end()[0], 0)

    def test_a_file_that_is_replaced_by_another_store_is_followed_at_once(self):
        host = self.start()
        producer = self.connect()
        producer.sendall(event(1, "alpha").encode())
        self.acknowledged(producer, 1)
        backup = self.backup()
        os.rename(backup, self.file)
        host.talk("another file was put in its place")
        producer.sendall(event(2, "alpha").encode())
        self.acknowledged(producer, 2)
        self.assertIn("cmd_2", self.stored())
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
        host.process.terminate()
        self.assertEqual(host.end()[0], 0)

    def test_what_is_no_store_in_its_place_is_left_alone_and_waited_out(self):
        host = self.start()
        backup = self.backup()
        self.remove()
        with contextlib.closing(sqlite3.connect(self.file)) as other:
            other.execute("CREATE TABLE theirs (x INTEGER)")
            other.commit()
        before = self.file.read_bytes()
        self.await_readiness(".*the store is gone: .*no store of rulehost.*")
        self.assertEqual(self.file.read_bytes(), before)
        os.rename(backup, self.file)
        self.await_readiness("")
        host.process.terminate()
        self.assertEqual(host.end()[0], 0)

    def test_commands_that_read_make_and_change_nothing(self):
        readers = (["workers"], ["rollout", "status"], ["rollout", "wait", "--timeout", "1s"], ["rules", "list"],
                   ["rules", "show", "R0001"], ["rules", "top"], ["rules", "digest"], ["state", "list"],
                   ["state", "get", "R0001"], ["state", "history"], ["tail"], ["export", self.root / "out"], ["tags"],
                   ["report"], ["coverage"], ["explain", event(1, "alpha")], ["store", "upgrade", "--dry-run"])
        missing, empty, other = (self.root / name for name in ("missing.db", "empty.db", "other.db"))
        empty.touch()
        with contextlib.closing(sqlite3.connect(other)) as database:
            database.execute("CREATE TABLE theirs (x INTEGER)")
            database.commit()
        before = other.read_bytes()
        for command in readers:
            with self.subTest(" ".join(map(str, command))):
                self.assertIn("no such database",
                              self.run_program(*command, "--store", f"sqlite:{missing}", code=3)[1])
                self.assertFalse(missing.exists())
                for file in (empty, other):
                    self.assertIn("no store of rulehost",
                                  self.run_program(*command, "--store", f"sqlite:{file}", code=3)[1])
                self.assertEqual(empty.stat().st_size, 0)
                self.assertEqual(other.read_bytes(), before)
        self.assertIn("no store of rulehost", self.run_program("state", "disable", "R0001", "--ahead", "--store",
                                                               f"sqlite:{other}", code=3)[1])
        self.assertEqual(other.read_bytes(), before)

    def test_a_store_of_older_tables_is_not_migrated_by_a_reader(self):
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("DROP TABLE ttp_worker")
            database.execute("UPDATE schema_version SET version = 6")
            database.commit()
        self.assertIn("store upgrade", self.run_program("workers", "--store", self.store, code=3)[1])
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            self.assertEqual(database.execute("SELECT version FROM schema_version").fetchone(), (6,))

    def test_a_store_is_read_by_its_owner_only(self):
        old = os.umask(0o022)
        self.addCleanup(os.umask, old)
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)

    def test_tables_that_this_program_is_too_old_for_end_every_command_with_3(self):
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("UPDATE schema_version SET version = 99, min_reader = 98")
            database.commit()
        for command in (["run", "--output", "none"], ["rules", "list"], ["state", "list"],
                        ["sync", "--once", "--rules", self.rules], ["store", "upgrade"]):
            with self.subTest(command[0]):
                said = self.run_program(*command, "--store", self.store, code=3)[1]
                self.assertIn("made by a newer rulehost, and need a program that knows version 98", said)
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("UPDATE schema_version SET min_reader = 4")
            database.commit()
        self.run_program("rules", "list", "--store", self.store)

    def test_a_host_whose_tables_were_upgraded_beyond_it_ends_with_3(self):
        host = self.start()
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("UPDATE schema_version SET version = 99, min_reader = 98")
            database.commit()
        code, _, talk = host.end()
        self.assertEqual(code, 3, talk)
        self.assertIn("made by a newer rulehost", talk)

    def test_an_index_of_a_large_table_is_built_by_the_upgrade(self):
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("DROP INDEX ttp_tag_created")
        said = self.run_program("store", "upgrade", "--dry-run", "--store", self.store, code=1)[1]
        self.assertIn("index ttp_tag_created of ttp_tag (0 rows) is missing", said)
        self.assertIn("is built", self.run_program("store", "upgrade", "--store", self.store)[1])
        said = self.run_program("store", "upgrade", "--dry-run", "--store", self.store)[1]
        self.assertIn("is up to date", said)
        self.run_program("store", "upgrade", "--store", f"sqlite:{self.root / 'nowhere.db'}", code=3)
        other = self.root / "other.db"
        other.touch()
        self.assertIn("no store of rulehost", self.run_program("store", "upgrade", "--store", f"sqlite:{other}", code=3)[1])
        self.assertEqual(other.stat().st_size, 0)

    def test_events_older_than_tags_are_kept_are_counted_and_not_stored(self):
        log = self.root / "log.ndjson"
        old = json.loads(event(1, "alpha")) | {"observed_at": "2020-01-01T00:00:00Z"}
        log.write_text(json.dumps(old) + "\n" + event(2, "alpha"))
        said = self.run_program("run", "--rules", self.rules, "--store", self.store, "--input", log, "--once",
                                "--tag-retention", "30d", "--output", "none")[1]
        self.assertEqual(self.stored(), ["cmd_2"])
        self.assertIn("older than tags are kept", said)


if __name__ == "__main__":
    program.main()
