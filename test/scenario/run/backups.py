#!/usr/bin/env python3
"""`rulehost store backup|restore|check` and the past of a store: `rules log|diff|show --at`, `export --at`.

usage: backups.py PROGRAM [unittest arguments]

Those of servers need RULEHOST_TEST_POSTGRESQL and RULEHOST_TEST_MARIADB.
"""
import contextlib
import json
import os
import pathlib
import select
import socket
import sqlite3
import stat
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event


class Stores(program.Scenario):
    def setUp(self):
        super().setUp()
        self.file = pathlib.Path(self.store.removeprefix("sqlite:"))
        self.backup = self.root / "rulehost.backup"

    def run_program(self, *arguments, code=0, store=None):
        done = subprocess.run([program.PROGRAM, *map(str, arguments), "--store", store or self.store],
                              capture_output=True, text=True, timeout=DEADLINE, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, code, done.stderr)
        return done

    def sync(self):
        self.run_program("sync", "--once", "--rules", self.rules)

    def state_of(self, file):
        """Revision, and the decisions that stand."""
        with contextlib.closing(sqlite3.connect(file, timeout=DEADLINE)) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone(), ("ok",))
            revision, = database.execute("SELECT revision FROM ttp_revision").fetchone()
            return revision, [row[0] for row in database.execute("SELECT rule_id FROM ttp_rule_state ORDER BY 1")]

    def start(self):
        path = self.root / "events.sock"
        host = self.run_host("--rules", self.rules, "--store", self.store, "--socket", path, "--output", "none")
        host.talk("rules? live")
        producer = socket.socket(socket.AF_UNIX)
        self.addCleanup(producer.close)
        producer.settimeout(DEADLINE)
        until = time.monotonic() + DEADLINE
        while producer.connect_ex(str(path)) != 0:
            self.assertLess(time.monotonic(), until)
            select.select([], [], [], 0.01)
        return host, producer

    def acknowledged(self, producer, count):
        last = 0
        while last < count:
            answer = producer.recv(4096)
            self.assertTrue(answer)
            last = json.loads(answer.decode().splitlines()[-1])["acknowledged"]

    def tags(self, file):
        with contextlib.closing(sqlite3.connect(file, timeout=DEADLINE)) as database:
            return {row[0] for row in database.execute("SELECT source_id FROM ttp_tag")}


class Backups(Stores):
    def test_a_backup_is_whole_private_and_overwrites_only_when_forced(self):
        self.sync()
        old = os.umask(0)
        self.addCleanup(os.umask, old)
        said = self.run_program("store", "backup", self.backup).stderr
        self.assertIn("revision 1, 1 rule, 0 decisions, 0 tags", said)
        self.assertEqual(stat.S_IMODE(self.backup.stat().st_mode), 0o600)
        before = self.backup.read_bytes()
        self.run_program("state", "disable", "R0001", "--by", "ops")
        self.assertIn("--force", self.run_program("store", "backup", self.backup, code=2).stderr)
        self.assertEqual(self.backup.read_bytes(), before)
        self.run_program("store", "backup", "--force", self.backup)
        self.assertEqual(self.state_of(self.backup), (2, ["R0001"]))
        self.assertIn("the store itself", self.run_program("store", "backup", "--force", self.file, code=2).stderr)
        self.assertEqual([name for name in os.listdir(self.root) if "partial" in name], [])
        self.run_program("store", "backup", self.root / "nowhere" / "x", code=3)

    def test_a_backup_while_a_host_stores_has_every_tag_up_to_a_moment_and_none_after(self):
        host, producer = self.start()
        count = 20_000
        sender = threading.Thread(target=lambda: producer.sendall(
            "".join(event(number, "alpha") for number in range(count)).encode()))
        sender.start()
        sizes = []
        for number in range(5):
            copy = self.root / f"copy{number}"
            self.run_program("store", "backup", copy)
            self.state_of(copy)
            tags = self.tags(copy)
            self.assertLessEqual(sizes[-1] if sizes else set(), tags)
            sizes.append(tags)
        self.acknowledged(producer, count)
        sender.join()
        self.assertEqual(len(self.tags(self.file)), count)
        self.assertLessEqual(sizes[-1], self.tags(self.file))
        host.process.terminate()
        self.assertEqual(host.end()[0], 0)

    def test_a_restored_store_is_followed_by_the_host_that_runs(self):
        host, producer = self.start()
        producer.sendall(event(1, "alpha").encode())
        self.acknowledged(producer, 1)
        self.run_program("store", "backup", self.backup)
        self.run_program("state", "disable", "R0001", "--by", "ops", "--wait", "10s")
        producer.sendall(event(2, "alpha").encode()) # withheld
        self.acknowledged(producer, 2)
        said = self.run_program("store", "restore", self.backup, code=1).stderr
        self.assertIn("the store is in use", said)
        self.assertRegex(said, "works on it: worker .* on ")
        self.assertEqual(self.state_of(self.file), (2, ["R0001"]))
        said = self.run_program("store", "restore", "--live", self.backup).stderr
        self.assertIn(f"{self.backup}: revision 1, 1 rule, 0 decisions, 1 tag", said)
        self.assertIn("revision 2, 1 rule, 1 decision, 1 tag", said)
        self.assertIn("lost: 1 change of rules and decisions, 0 tags", said)
        host.talk("another database was put in its place: it was at revision 2 and is at revision 1")
        self.run_program("rollout", "wait", "--revision", "1") # the rule is enabled again
        producer.sendall(event(3, "alpha").encode())
        self.acknowledged(producer, 3)
        self.assertEqual(self.tags(self.file), {"cmd_1", "cmd_3"})
        self.assertEqual(self.state_of(self.file), (1, []))
        self.assertEqual(self.state_of(f"{self.file}.replaced"), (2, ["R0001"]))
        host.process.terminate()
        self.assertEqual(host.end()[0], 0)
        self.assertEqual(self.state_of(self.file), (1, []))

    def test_what_a_killed_host_left_in_its_log_is_kept_and_not_replayed(self):
        host, producer = self.start()
        self.run_program("store", "backup", self.backup)
        producer.sendall(event(1, "alpha").encode())
        self.acknowledged(producer, 1)
        host.process.kill()
        host.end()
        self.assertGreater(pathlib.Path(f"{self.file}-wal").stat().st_size, 0)
        self.run_program("store", "restore", "--live", self.backup)
        self.assertEqual((self.tags(self.file), self.tags(f"{self.file}.replaced")), (set(), {"cmd_1"}))
        self.state_of(self.file)
        self.assertIn(".replaced exists", self.run_program("store", "restore", "--live", self.backup, code=3).stderr)

    def test_a_log_without_its_store_is_not_replayed_over_the_restored_one(self):
        self.sync()
        self.run_program("store", "backup", self.backup)
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R0001', 'disabled')")
            database.commit()
            log = pathlib.Path(f"{self.file}-wal").read_bytes()
        self.assertGreater(len(log), 0)
        self.file.unlink()
        pathlib.Path(f"{self.file}-wal").write_bytes(log)
        self.run_program("store", "restore", self.backup)
        self.assertEqual(self.state_of(self.file), (1, []))

    def test_a_damaged_store_is_restored_over_when_it_has_no_users(self):
        self.sync()
        self.run_program("store", "backup", self.backup)
        whole = self.file.read_bytes()
        for damaged in (b"", b"no database", whole[:4096] + bytes(len(whole) - 4096)):
            for suffix in ("-wal", "-shm"):
                pathlib.Path(f"{self.file}{suffix}").unlink(missing_ok=True)
            self.file.write_bytes(damaged)
            self.assertIn("--live", self.run_program("store", "restore", self.backup, code=1).stderr)
            self.assertEqual(self.file.read_bytes(), damaged)
            self.run_program("store", "restore", "--live", self.backup)
            self.assertEqual(self.state_of(self.file), (1, []))
            kept = pathlib.Path(f"{self.file}.replaced")
            self.assertEqual(kept.read_bytes(), damaged)
            kept.unlink()

    def test_a_damaged_store_is_not_copied_over_a_sound_backup(self):
        self.sync()
        self.run_program("store", "backup", self.backup)
        sound = self.backup.read_bytes()
        whole = self.file.read_bytes()
        self.file.write_bytes(whole[:-8192] + bytes(4096) + whole[-4096:])
        self.assertIn("damaged", self.run_program("store", "backup", "--force", self.backup, code=1).stderr)
        self.assertEqual(self.backup.read_bytes(), sound)

    @unittest.skipUnless(os.geteuid() == 0, "only root gives files away")
    def test_a_store_that_root_restores_stays_its_owners(self):
        self.sync()
        self.run_program("store", "backup", self.backup)
        os.chown(self.file, 65534, 65534)
        self.run_program("store", "restore", self.backup)
        self.assertEqual((self.file.stat().st_uid, self.file.stat().st_gid), (65534, 65534))

    def test_only_an_undamaged_store_is_restored(self):
        self.sync()
        self.run_program("store", "backup", self.backup)
        before = self.file.read_bytes()
        whole = self.backup.read_bytes()
        other = self.root / "other.db"
        with contextlib.closing(sqlite3.connect(other)) as database:
            database.execute("CREATE TABLE theirs (x INTEGER)")
            database.commit()
        self.assertIn("no store of rulehost", self.run_program("store", "restore", other, code=3).stderr)
        self.assertIn("no such file", self.run_program("store", "restore", self.root / "gone", code=3).stderr)
        for damaged in (b"", b"text", whole[:len(whole) // 2], whole[:4096] + bytes(len(whole) - 4096)):
            self.backup.write_bytes(damaged)
            done = subprocess.run([program.PROGRAM, "store", "restore", self.backup, "--store", self.store],
                                  capture_output=True, text=True, timeout=DEADLINE, check=False)
            self.assertIn(done.returncode, (1, 3), done.stderr)
            self.assertEqual(self.file.read_bytes(), before)
        self.assertEqual([name for name in os.listdir(self.root) if "partial" in name or "replaced" in name], [])

    def test_a_dry_run_restores_nothing_and_a_missing_store_is_made(self):
        self.sync()
        self.run_program("store", "backup", self.backup)
        before = self.file.read_bytes()
        self.run_program("store", "restore", "--dry-run", self.backup)
        self.assertEqual(self.file.read_bytes(), before)
        new = self.root / "new.db"
        self.run_program("store", "restore", self.backup, store=f"sqlite:{new}")
        self.assertEqual(self.state_of(new), (1, []))
        self.assertEqual(stat.S_IMODE(new.stat().st_mode), 0o600)

    def test_servers_are_left_to_their_own_programs(self):
        for url, saves, restores in (("postgresql://u:p@h:1/d", "pg_dump", "pg_restore"),
                                     ("mariadb://u:p@h:1/d", "mariadb-dump", "mariadb DATABASE")):
            self.assertIn(saves, self.run_program("store", "backup", self.backup, store=url, code=2).stderr)
            self.assertIn(restores, self.run_program("store", "restore", self.backup, store=url, code=2).stderr)

    def test_check_shows_what_a_store_holds_and_finds_damage(self):
        self.sync()
        self.run_program("state", "disable", "R0001", "--by", "ops")
        found = json.loads(self.run_program("store", "check").stdout)
        self.assertEqual({key: found[key] for key in ("integrity", "revision", "rules", "decisions", "changes", "tags", "users")},
                         {"integrity": "ok", "revision": 2, "rules": 1, "decisions": 1, "changes": 2, "tags": 0, "users": []})
        self.assertEqual(found["digest"], json.loads(self.run_program("rules", "digest", "--json").stdout)["digest"])
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            root, = database.execute("SELECT rootpage FROM sqlite_master WHERE name = 'ttp_rule_change_of_rule'").fetchone()
        with open(self.file, "r+b") as file:
            file.seek(4096 * (root - 1))
            file.write(os.urandom(4096))
        found = json.loads(self.run_program("store", "check", code=1).stdout)
        self.assertEqual(found["integrity"], "damaged")
        self.assertTrue(found["damage"])
        self.assertEqual([line for line in found["damage"] if "\n" in line], [])
        for unknown in ("revision", "digest", "rules", "decisions", "tags", "users"):
            self.assertIsNone(found[unknown])

    def test_a_file_that_was_cut_off_is_damaged(self):
        self.sync()
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        os.truncate(self.file, 5000)
        done = self.run_program("store", "check", code=1)
        self.assertIn("is damaged; restore a backup", done.stderr)
        found = json.loads(done.stdout)
        self.assertEqual((found["integrity"], found["schema_version"], found["rules"]), ("damaged", None, None))
        self.assertTrue(found["damage"])

    def test_a_file_with_an_overwritten_header_is_damaged(self):
        self.sync()
        for offset in (0, 16):
            with open(self.file, "r+b") as file:
                file.seek(offset)
                file.write(bytes(84))
            found = json.loads(self.run_program("store", "check", code=1).stdout)
            self.assertEqual((found["integrity"], found["damage"]), ("damaged", ["file is not a database"]))


class Servers(Stores):
    """The commands that docs/operations.md names bring a store of a server back."""

    def tell(self, *command):
        subprocess.run(list(map(str, command)), check=True, timeout=DEADLINE, stdin=subprocess.DEVNULL)

    def round_trip(self, store, dump, restore):
        self.run_program("sync", "--once", "--rules", self.rules, store=store)
        self.run_program("state", "disable", "R0001", "--by", "ops", store=store)
        before = self.run_program("store", "check", store=store).stdout
        dump()
        self.run_program("state", "clear", "R0001", "--by", "ops", store=store)
        self.assertNotEqual(self.run_program("store", "check", store=store).stdout, before)
        restore()
        self.assertEqual(self.run_program("store", "check", store=store).stdout, before)
        self.run_program("state", "clear", "R0001", "--by", "ops", store=store)
        log = self.run_program("rules", "log", "R0001", store=store).stdout.splitlines()
        self.assertEqual([json.loads(line)["change"] for line in log], ["new", "decision", "decision"])

    def test_postgresql_is_dumped_and_restored(self):
        server = os.environ["RULEHOST_TEST_POSTGRESQL"]
        name = f"backup_{os.getpid()}"
        self.tell("psql", "-q", "-c", f"CREATE DATABASE {name}", server)
        self.addCleanup(self.tell, "psql", "-q", "-c", f"DROP DATABASE {name} WITH (FORCE)", server)
        store = server[:server.rindex("/") + 1] + name
        self.round_trip(store, lambda: self.tell("pg_dump", "--format=custom", f"--file={self.backup}", store),
                        lambda: self.tell("pg_restore", "--clean", "--if-exists", f"--dbname={store}", self.backup))

    def test_mariadb_is_dumped_and_restored(self):
        server = os.environ["RULEHOST_TEST_MARIADB"]
        name = f"backup_{os.getpid()}"
        place = urllib.parse.urlsplit(server)
        client = [f"--host={place.hostname}", f"--port={place.port}", f"--user={place.username}"]
        self.tell("mariadb", *client, "-e", f"CREATE DATABASE {name}")
        self.addCleanup(self.tell, "mariadb", *client, "-e", f"DROP DATABASE {name}")

        def restore():
            with open(self.backup, "rb") as dumped:
                subprocess.run(["mariadb", *client, name], stdin=dumped, check=True, timeout=DEADLINE)

        self.round_trip(server[:server.rindex("/") + 1] + name,
                        lambda: self.tell("mariadb-dump", *client, "--single-transaction", "--triggers",
                                          f"--result-file={self.backup}", name), restore)


class Past(Stores):
    def setUp(self):
        super().setUp()
        self.sync()                                                       # 1: the text
        self.run_program("state", "disable", "R0001", "--reason", "noisy", "--by", "ops")  # 2
        self.write_rule("R0001", "gamma")
        self.write_rule("R0002", "beta")
        self.run_program("sync", "--once", "--rules", self.rules)  # 3 and 4

    def records(self, *arguments, **more):
        return [json.loads(line) for line in self.run_program(*arguments, **more).stdout.splitlines()]

    def test_the_log_of_a_rule_shows_who_did_what(self):
        log = self.records("rules", "log", "R0001")
        self.assertEqual([(each["revision"], each["change"], each["changed_by"]) for each in log][:2],
                         [(1, "new", "sync"), (2, "decision", "ops")])
        self.assertEqual((log[2]["change"], log[2]["lines_added"], log[2]["lines_removed"]), ("text +1 -1", 1, 1))
        self.assertEqual(len(log), 3)
        self.assertIn("no rule R0009 is live here", self.run_program("rules", "log", "R0009", code=1).stderr)
        self.assertIn("no list $nope is live here, nor was one", self.run_program("rules", "log", "$nope", code=1).stderr)

    def sync_again(self):
        return self.run_program("sync", "--once", "--rules", self.rules).stderr

    def pin_of(self, rule):
        return next(each.get("pin") for each in self.records("rules", "list") if each["rule_id"] == rule)

    def roll_back(self):
        return self.run_program("rules", "rollback", "R0001", "--to", "1", "--reason", "too many hits", "--by", "ops")

    def test_rule_that_is_rolled_back_is_pinned_until_its_file_changes(self):
        done = self.roll_back()
        pin = json.loads(done.stdout)
        self.assertEqual((pin["rule_id"], pin["to"], pin["revision"], pin["set_by"], pin["reason"], pin["ended_at"]),
                         ("R0001", 1, 5, "ops", "too many hits", None))
        self.assertIn("R0001 has the text of revision 1 again, as revision 5", done.stderr)
        self.assertIn("1 pinned", self.sync_again())
        self.assertIn("alpha", self.run_program("rules", "show", "R0001").stdout)
        self.assertEqual((self.pin_of("R0001"), self.pin_of("R0002")), (pin, None))
        last = self.records("rules", "log", "R0001")[-1]
        self.assertEqual((last["change"], last["changed_by"], last["pin"]), ("text +1 -1, back to 1", "ops", pin))
        self.write_rule("R0001", "delta")
        self.assertNotIn("pinned,", self.sync_again())
        self.assertIn("delta", self.run_program("rules", "show", "R0001").stdout)
        self.assertIsNone(self.pin_of("R0001"))
        past = self.records("rules", "log", "R0001")[-2]["pin"]
        self.assertEqual((past["revision"], past["ended_by"], past["ended_at"] is None), (5, "sync", False))

    def test_pin_is_shown_with_the_text_of_the_rule(self):
        self.assertNotIn("pin", self.records("rules", "show", "R0001")[0])
        self.roll_back()
        pin = self.records("rules", "show", "R0001")[0]["pin"]
        self.assertEqual((pin["to"], pin["ended_at"]), (1, None))

    def test_rule_that_is_unpinned_has_the_text_of_its_file_again(self):
        self.roll_back()
        self.assertIn("R0001 is not pinned any more", self.run_program("rules", "unpin", "R0001", "--by", "ops").stderr)
        self.sync_again()
        self.assertIn("gamma", self.run_program("rules", "show", "R0001").stdout)
        self.assertIn("is not pinned", self.run_program("rules", "unpin", "R0001", code=1).stderr)

    def test_rollback_that_cannot_be_changes_nothing(self):
        before = self.run_program("rules", "digest").stdout
        rollback = ("rules", "rollback", "--reason", "x")
        self.assertIn("has that text already", self.run_program(*rollback, "R0001", "--to", "3", code=1).stderr)
        self.assertIn("had no text at revision 1", self.run_program(*rollback, "R0002", "--to", "1", code=1).stderr)
        self.assertIn("still to come", self.run_program(*rollback, "R0001", "--to", "99", code=3).stderr)
        self.assertIn("no rule R0009", self.run_program(*rollback, "R0009", "--to", "1", code=1).stderr)
        self.assertIn("not lists", self.run_program(*rollback, "$nope", "--to", "1", code=2).stderr)
        self.run_program("rules", "rollback", "R0001", "--to", "1", code=2) # without a reason
        self.assertEqual(self.run_program("rules", "digest").stdout, before)

    def test_a_decision_that_is_cleared_has_a_revision(self):
        cleared = self.records("state", "clear", "R0001", "--by", "ops")[0]
        self.assertEqual((cleared["state"], cleared["revision"]), ("enabled", 5))
        self.assertEqual(self.records("rules", "log", "R0001")[-1]["revision"], 5)
        self.assertEqual(self.records("state", "clear", "R0001", "--by", "ops")[0]["revision"], 0)  # nothing was changed

    def test_the_difference_between_two_revisions_is_a_patch(self):
        said = self.run_program("rules", "diff", "R0001", "1", code=1).stdout.splitlines()
        self.assertRegex(said[0], r"^--- R0001 at revision 1 of \d{4}-")
        self.assertRegex(said[1], r"^\+\+\+ R0001 at revision 4 of ")
        self.assertEqual(said[2], "@@ -2,5 +2,5 @@")
        self.assertEqual([line for line in said[3:] if line[0] != " "],
                         ["-match: {field: command_text, pattern: 'alpha'}", "+match: {field: command_text, pattern: 'gamma'}"])
        self.assertEqual(self.run_program("rules", "diff", "R0001", "1", "2").stdout, "")
        self.assertEqual(self.run_program("rules", "diff", "R0002", "1", "4", code=1).stdout.splitlines()[0], "--- /dev/null")
        self.assertIn("to come", self.run_program("rules", "diff", "R0001", "1", "9", code=3).stderr)
        self.assertIn("no text", self.run_program("rules", "diff", "R0002", "1", "2", code=1).stderr)
        self.assertIn("compares rules, not lists", self.run_program("rules", "diff", "$shells", "1", code=2).stderr)
        self.assertIn("no rule R002 is live here; did you mean R0002?",
                      self.run_program("rules", "diff", "R002", "1", code=1).stderr)

    def test_a_rule_is_compared_by_its_former_name(self):
        text = (self.rules / "R0002.yaml").read_text()
        (self.rules / "R0002.yaml").write_text(text.replace("name: R0002", "name: listing"))
        self.sync()  # 5
        (self.rules / "R0002.yaml").write_text(text.replace("name: R0002", "name: reading"))
        self.sync()  # 6
        for name in ("R0002", "listing", "reading"):
            said = self.run_program("rules", "diff", name, "5", code=1).stdout.splitlines()
            self.assertEqual([line for line in said[3:] if line[0] != " "], ["-name: listing", "+name: reading"])

    def test_a_rule_and_its_state_are_shown_as_they_were(self):
        shown = [self.records("rules", "show", "R0001", "--revision", number)[0] for number in (1, 2, 4)]
        self.assertEqual([("alpha" in each["text"], each["state"]["state"]) for each in shown],
                         [(True, "enabled"), (True, "disabled"), (False, "disabled")])
        self.assertIn("gamma", self.records("rules", "show", "R0001", "--at", "0s")[0]["text"])
        self.assertIn("no rule R0002 at revision 1", self.run_program("rules", "show", "R0002", "--revision", "1", code=1).stderr)
        self.assertIn("there was no list $shells at revision 1",
                      self.run_program("rules", "show", "$shells", "--revision", "1", code=1).stderr)
        self.assertIn("--at: takes a time such as 2026-12-01T10:00Z or 3d (ago), not 'noon'",
                      self.run_program("rules", "show", "R0001", "--at", "noon", code=2).stderr)
        done = subprocess.run([program.PROGRAM, "rules", "show", "R0001", "--rules", self.rules, "--at", "1d"],
                              capture_output=True, text=True, timeout=DEADLINE, check=False)
        self.assertEqual(done.returncode, 2, done.stderr)

    def test_events_are_evaluated_as_a_worker_of_then_would_have(self):
        lines = self.root / "lines.ndjson"
        lines.write_text(event(1, "alpha") + event(2, "beta") + event(3, "gamma"))

        def tags(*arguments):
            done = self.run_program("eval", lines, *arguments)
            return [(tag["source_id"], tag["created_at"]) for tag in map(json.loads, done.stdout.splitlines())]

        with contextlib.closing(sqlite3.connect(self.file)) as database:
            for revision in (1, 2, 3, 4):
                database.execute("UPDATE ttp_rule_change SET changed_at = ? WHERE revision = ?",
                                 (f"2026-01-01T0{revision}:00:00.000000Z", revision))
            database.commit()
        self.assertEqual([source for source, _ in tags()], ["cmd_2"])  # R0001 is disabled
        self.assertEqual(tags("--at", "2026-01-01T01:30Z"), [("cmd_1", "2026-01-01T01:30:00.000000Z")])
        self.assertEqual(tags("--at", "2026-01-01T02:30Z"), [])
        self.assertEqual([source for source, _ in tags("--revision", "4")], ["cmd_2"])
        for more, environment, code in (([], {}, 2), (["--rules", self.rules], {"RULEHOST_STORE": self.store}, 2),
                                        ([], {"RULEHOST_STORE": self.store}, 0)):
            done = subprocess.run([program.PROGRAM, "eval", lines, "--at", "2026-01-01T01:30Z", *more], capture_output=True,
                                  text=True, timeout=DEADLINE, check=False, env={**os.environ, **environment})
            self.assertEqual(done.returncode, code, done.stderr)
            if code != 0:
                self.assertIn("--at and --revision need --store: a directory has no history", done.stderr)

    def test_the_rules_of_a_moment_are_exported(self):
        self.run_program("export", "--revision", "2", self.root / "then")
        self.assertEqual(os.listdir(self.root / "then"), ["R0001.yaml"])
        self.assertIn("alpha", (self.root / "then" / "R0001.yaml").read_text())
        self.run_program("export", "--at", "0s", self.root / "now")
        self.assertEqual(sorted(os.listdir(self.root / "now")), ["R0001.yaml", "R0002.yaml"])

    def test_a_moment_before_the_history_is_refused_with_its_reach(self):
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("DELETE FROM ttp_rule_change WHERE revision <= 2")
            database.commit()
        for command in (["rules", "show", "R0001", "--revision", "1"], ["export", "--at", "30d", self.root / "x"],
                        ["rules", "diff", "R0001", "1"]):
            self.assertRegex(self.run_program(*command, code=3).stderr,
                             r"too long ago: the history begins at \S+Z and reaches back to revision 2\n")
        self.assertIn("does not tell", self.run_program("rules", "diff", "R0001", "2", code=3).stderr)
        said = self.run_program("export", "--revision", "3", self.root / "doubtful", code=1).stderr
        self.assertIn("the history does not tell of: rule R0002 before revision 4", said)
        (self.root / "lines.ndjson").write_text(event(1, "gamma"))
        said = self.run_program("eval", self.root / "lines.ndjson", "--revision", "3", code=1).stderr
        self.assertIn("the history does not tell of: rule R0002 before revision 4", said)
        self.assertIn("are not kept any more", self.run_program("rules", "log", "R0001").stderr)

    def test_a_moment_before_the_store_is_refused(self):
        (self.root / "lines.ndjson").write_text(event(1, "alpha"))
        for command in (["rules", "show", "R0001"], ["export", self.root / "x"], ["eval", self.root / "lines.ndjson"]):
            self.assertRegex(self.run_program(*command, "--at", "3d", code=3).stderr,
                             r"--at 3d is too long ago: the history begins at \S+Z and reaches back to revision 0\n")
        self.assertFalse((self.root / "x").exists())

    def test_of_many_doubts_the_first_are_named_in_one_line(self):
        for number in range(10, 22):
            self.write_rule(f"R00{number}", "delta")
        self.sync()  # 5 to 16
        with contextlib.closing(sqlite3.connect(self.file)) as database:
            database.execute("DELETE FROM ttp_rule_change WHERE revision <= 3")
            database.commit()
        said = self.run_program("export", "--revision", "3", self.root / "doubtful", code=1).stderr
        warning, = [line for line in said.splitlines() if "warning" in line]
        self.assertTrue(warning.endswith(", rule R0018 before revision 13 and 3 more"), warning)


if __name__ == "__main__":
    program.main()
