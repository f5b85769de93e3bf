#!/usr/bin/env python3
"""Operators' decisions with the real program: they stack, have a scope, end, and keep what they withhold.

usage: decisions.py PROGRAM [unittest arguments]
"""
import contextlib
import json
import os
import pathlib
import random
import sqlite3
import subprocess
import sys
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program

SEED = int(os.environ.get("RULEHOST_SEED", "1"))
TAG_COLUMNS = ("uuid, source_kind, source_id, attacker_uuid, tactic, technique_id, confidence, rule_version, evidence, "
               "attack_release, mitre_url, created_at")


def tag_rows(count):
    """Of TAG_COLUMNS, a millisecond apart."""
    return [(str(uuid.UUID(int=n)), "command", f"c{n}", "a-1", "TA0007", "T1082", 0.9, 1, "{}", "19.2", "u",
             f"2026-01-01T00:00:{n // 1000:02}.{n % 1000:03}000Z") for n in range(count)]


class Decisions(program.Scenario):
    def setUp(self):
        super().setUp()
        self.write_rule("R0001", "alpha")
        self.write_rule("R0002", "alpha", technique="T1105")
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)

    def state(self, *arguments, **how):
        return self.records("state", *arguments, "--store", self.store, **how)

    def said(self, *arguments, **how):
        return self.run_program("state", *arguments, "--store", self.store, **how)[1]

    def tags(self, *lines):
        """The rules with tags, of lines that a host reads from a file."""
        log = self.root / "events.ndjson"
        log.write_text("".join(lines))
        self.run_program("run", "--once", "--store", self.store, "--input", log, "--output", "none")
        return [(each["rule_id"], each["source_id"]) for each in self.records("tags", "--store", self.store)]

    def event(self, number, address, sensor="web-1"):
        return json.dumps({"source_kind": "command", "source_id": f"c{number}", "attacker_uuid": "a-1", "decky_id": sensor,
                           "payload": {"command_text": "alpha", "src_ip": address}}) + "\n"

    def test_a_number_with_a_leading_zero_is_decimal(self):
        ids = [self.state("disable", "R0001", "--for", "4h", "--by", f"p{n}")[0]["id"] for n in range(12)]
        self.assertGreater(ids[-1], 9)
        self.assertEqual(len(self.state("history", "--after", f"0{ids[-2]}")), 1)
        self.assertEqual([each["id"] for each in self.state("undo", f"0{ids[-1]}", "--by", "p11")], [ids[-1]])

    def test_decisions_of_two_people_stand_beside_each_other(self):
        first = self.state("disable", "R0001", "--for", "4h", "--by", "first", "--reason", "INC-1")[0]
        talk = self.said("clip", "R0001", "--max", "0.5", "--for", "2w", "--by", "second")
        self.assertIn(f"beside decision {first['id']} (disabled by first until {first['expires_at'][:19]}Z: INC-1)", talk)
        standing = self.state("get", "R0001")
        self.assertEqual([(each["state"], each["set_by"]) for each in standing], [("disabled", "first"), ("clipped", "second")])
        self.assertIn(standing[1]["remaining_seconds"], (14 * 86400 - 1, 14 * 86400))
        self.assertEqual(self.records("rules", "list", "--store", self.store)[0]["state"]["state"], "disabled")
        talk = self.said("undo", "--by", "first")
        self.assertIn(f"ended decision {first['id']} (disabled by first", talk)
        self.assertIn(f"still stands: decision {standing[1]['id']} (clipped to 0.5 by second", talk)
        self.assertEqual(self.records("rules", "list", "--store", self.store)[0]["state"]["confidence_max"], 0.5)
        self.assertIn("no decision of first stands", self.said("undo", "--by", "first", code=1))
        self.assertIn(f"no decision {first['id']} stands", self.said("undo", first["id"], code=1))

    def test_several_words_make_one_decision_about_rules_that_come_too(self):
        made = self.state("disable", "R00*", "T1105", "--ticket", "INC-42", "--reason", "flood")
        self.assertEqual([(each["rules"], each["ticket"], each["rule_id"]) for each in made],
                         [(["R00*", "technique:T1105"], "INC-42", None)])
        self.write_rule("R0003", "alpha")
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        self.assertEqual(self.tags(self.event(1, "192.0.2.1")), [])
        self.said("undo", made[0]["id"])
        self.assertEqual(len(self.tags(self.event(2, "192.0.2.1"))), 3)

    def test_words_that_select_nothing_are_refused(self):
        for word, message in (("R9*", "'R9*' selects no rule that is live here"),
                              ("T1999", "'T1999' selects no rule that is live here"),
                              ("R0009", "no rule R0009 is live here")):
            with self.subTest(word):
                self.assertIn(message, self.said("disable", word, code=1))
        self.assertIn("names no address", self.said("disable", "R0001", "--where", "src_ip=home", code=2))
        self.assertIn("is not a condition", self.said("disable", "R0001", "--where", "src_ip", code=2))
        self.assertEqual(self.state("list"), [])
        self.assertIn("did you mean src_ip?", self.said("disable", "--where", "srcip=10.0.0.0/8", "R0001", "--dry-run"))
        self.assertIn("'T1082' is not a rule; `rulehost state list`", self.said("get", "T1082", code=1))
        self.assertIn("the decision waits for it", self.said("disable", "R9*", "--ahead", "--for", "1h"))

    def test_a_scope_silences_only_its_events(self):
        self.state("disable", "T1082", "--where", "src_ip=10.0.0.0/8", "--where", "sensor=web-1", "--for", "1h")
        self.assertEqual(self.state("list")[0]["scope"], ["src_ip=10.0.0.0/8", "decky_id=web-1"])
        found = self.tags(self.event(1, "10.1.2.3"), self.event(2, "192.0.2.1"), self.event(3, "10.1.2.3", "web-2"))
        self.assertEqual(sorted(found), [("R0001", "c2"), ("R0001", "c3"), ("R0002", "c1"), ("R0002", "c2"), ("R0002", "c3")])
        # For every event it is enabled.
        self.assertEqual(self.records("rules", "list", "--store", self.store)[0]["state"]["state"], "enabled")

    def test_observed_tags_are_marked(self):
        self.state("observe", "R0001", "--reason", "new")
        self.tags(self.event(1, "192.0.2.1"))
        found = {each["rule_id"]: each["observe"] for each in self.records("tags", "--store", self.store)}
        self.assertEqual(found, {"R0001": True, "R0002": False})

    def test_a_rule_is_observed_by_its_text_and_promoted_by_an_edit(self):
        def seen(number):
            self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
            self.tags(self.event(number, "192.0.2.1"))
            return {(each["rule_id"], each["source_id"]): each["observe"] for each in self.records("tags", "--store", self.store)}

        def listed():
            return {each["rule_id"]: each["observe"] for each in self.records("rules", "list", "--store", self.store)}

        self.write_rule("R0001", "alpha", more="status: observe\n")
        tried = {("R0001", "c1"): True, ("R0002", "c1"): False}
        self.assertEqual(seen(1), tried)
        self.assertEqual(listed(), {"R0001": True, "R0002": False})
        coverage = {each["technique_id"]: each["tags"] for each in self.records("coverage", "--store", self.store)}
        self.assertEqual(coverage, {"T1082": 0, "T1105": 1})

        self.write_rule("R0001", "alpha")
        self.assertEqual(seen(2), {**tried, ("R0001", "c2"): False, ("R0002", "c2"): False})
        self.assertEqual(listed(), {"R0001": False, "R0002": False})

    def test_a_later_start_and_another_end(self):
        made = self.state("disable", "R0001", "--from", "2h", "--for", "1h")[0]
        self.assertIsNotNone(made["starts_at"])
        self.assertEqual(len(self.tags(self.event(1, "192.0.2.1"))), 2)
        self.assertEqual(self.state("list", "--ending", "2h"), [])
        self.assertEqual(len(self.state("list", "--ending", "4h")), 1)
        self.assertIn("ends after its start", self.said("extend", made["id"], "--until", made["starts_at"], code=2))
        self.assertIn("takes --for or --until", self.said("extend", made["id"], code=2))
        self.assertIn("--from must lie in the future", self.said("disable", "R0001", "--from", "2020-01-01T00:00Z", code=2))
        self.assertIn(", EARLIER than ", self.said("extend", self.state("disable", "R0002", "--for", "9h")[0]["id"], "--for", "1h"))
        self.said("clear", "R0002")
        longer = self.state("extend", made["id"], "--for", "2h30m")[0]
        self.assertNotEqual(longer["id"], made["id"])
        self.assertEqual(longer["starts_at"], made["starts_at"])
        self.assertEqual([each["id"] for each in self.state("list")], [longer["id"]])

    def test_the_list_can_be_asked_for_people_and_for_ends(self):
        self.state("disable", "R0001", "--for", "1h", "--by", "ann")
        self.state("disable", "R0002", "--for", "9h", "--by", "bob")
        self.assertEqual([each["set_by"] for each in self.state("list", "--by", "bob")], ["bob"])
        self.assertEqual([each["set_by"] for each in self.state("list", "--ending", "8h")], ["ann"])
        self.assertEqual(self.state("list", "--ended", "30m"), [])
        self.said("undo", "--by", "ann")
        ended = self.state("list", "--ended", "30m")
        self.assertEqual([(each["rule_id"], each["set_by"], each["ended_by"]) for each in ended], [("R0001", "ann", "ann")])
        self.assertIn("ended_at", ended[0])
        self.assertNotIn("remaining_seconds", ended[0])

    def test_a_decision_whose_end_is_not_announced_says_so(self):
        self.assertIn("is not announced: that is done 1h before, for longer decisions only", self.said("disable", "R0001", "--for", "1h"))
        made, talk = self.run_program("state", "disable", "R0001", "--for", "2h", "--store", self.store)
        self.assertNotIn("announced", talk)
        made = json.loads(made)["id"]
        self.assertNotIn("announced", self.said("extend", made, "--for", "61m"))
        self.assertIn("is not announced", self.said("extend", made, "--for", "30m"))
        config = self.root / "rulehost.yaml"
        config.write_text("rules: rules\ndecisions: {notice: 20m}\n")
        self.assertNotIn("announced", self.said("disable", "R0001", "--for", "1h", "--config", config))

    def test_a_misspelt_rule_is_refused_in_one_sentence(self):
        talk = self.said("disable", "R001", "--for", "1h", code=1)
        self.assertIn("no rule R001 is live here; nothing was changed; --ahead decides about a rule that is still to come; did you mean R0001", talk)
        self.assertNotIn("?;", talk)

    def test_the_author_may_come_from_the_environment(self):
        made = self.state("disable", "R0001", environment={"RULEHOST_BY": "ann", "SUDO_USER": "bob"})
        self.assertEqual(made[0]["set_by"], "ann")
        made = self.state("disable", "R0002", environment={"RULEHOST_BY": "", "SUDO_USER": "bob"})
        self.assertEqual(made[0]["set_by"], "bob")

    def test_clear_ends_what_names_the_rule_and_says_what_holds(self):
        self.state("disable", "R0001", "--by", "ann")
        self.state("clip", "R0001", "--max", "0.5", "--by", "ann")
        wide = self.state("disable", "R0*", "--by", "ann")[0]
        self.assertIn("--replace replaces that decision", self.said("clear", "R0001", "--by", "bob", code=1))
        talk = self.said("clear", "R0001", "--by", "ann")
        self.assertIn(f"R0001: still stands: decision {wide['id']} (disabled by ann", talk)
        self.assertEqual([each["id"] for each in self.state("list")], [wide["id"]])

    def test_a_preview_counts_stored_tags_and_changes_nothing(self):
        self.tags(self.event(1, "10.1.2.3"), self.event(2, "10.1.2.3"), self.event(3, "192.0.2.1"))
        counted = self.state("disable", "R0001", "--where", "src_ip=10.0.0.0/8", "--dry-run")
        self.assertIn({"by": "all", "value": "tags", "day": 2, "week": 2}, counted)
        self.assertIn({"by": "technique", "value": "T1082", "day": 2, "week": 2}, counted)
        self.assertIn({"by": "sensor", "value": "web-1", "day": 2, "week": 2}, counted)
        self.assertEqual(self.state("list"), [])
        self.assertIn("nothing was changed", self.said("disable", "R0001", "--where", "user=x", "--dry-run"))

    def test_withheld_tags_are_kept_and_released_once(self):
        made = self.state("disable", "R0001", "--for", "1h")[0]
        self.assertEqual(self.tags(self.event(1, "192.0.2.1"), self.event(2, "192.0.2.1")), [("R0002", "c1"), ("R0002", "c2")])
        on = ("--store", self.store)
        counted = self.records("withheld", "count", *on)
        self.assertEqual([(each["decision"], each["rule_id"], each["tags"]) for each in counted], [(made["id"], "R0001", 2)])
        listed = self.records("withheld", "list", "--decision", made["id"], *on)
        self.assertEqual([(each["source_id"], each["withheld_by"], each["confidence"]) for each in listed],
                         [("c1", made["id"], 0.9), ("c2", made["id"], 0.9)])
        self.assertEqual(self.records("withheld", "list", "--decision", made["id"] + 1, *on), [])
        self.assertIn(f"2 tags of decision {made['id']} released", self.said("undo", made["id"], "--release"))
        self.assertEqual(len(self.records("tags", *on)), 4)
        self.assertEqual(self.records("withheld", "count", *on), [])
        self.assertIn("names the decisions that withhold tags", self.run_program("withheld", "release", made["id"], *on, code=1)[1])
        # A replay finds them there.
        self.assertEqual(len(self.tags(self.event(1, "192.0.2.1"), self.event(2, "192.0.2.1"))), 4)

    def test_a_release_leaves_what_others_withhold_and_goes_with_an_extension(self):
        on = ("--store", self.store)
        ann = self.state("disable", "R0001", "--by", "ann")[0]["id"]
        bob = self.state("disable", "R0001", "--by", "bob")[0]["id"]
        self.tags(self.event(1, "192.0.2.1"))
        self.assertIn("0 tags of decision %d released, 1 stay withheld by other decisions" % bob,
                      self.said("undo", bob, "--release"))
        self.assertEqual([each["decision"] for each in self.records("withheld", "count", *on)], [ann])
        clip = self.state("clip", "R0001", "--max", "0.5", "--by", "bob")[0]["id"]
        longer = self.state("extend", ann, "--for", "9h")[0]["id"]
        self.assertIn(f"1 tag of decision {longer} released", self.said("undo", longer, "--release"))
        released = [each for each in self.records("tags", *on) if each["rule_id"] == "R0001"]
        self.assertEqual([(each["confidence"], each["clipped_from"]) for each in released], [(0.5, 0.9)])
        self.assertEqual([each["id"] for each in self.state("list")], [clip])

    def test_a_revision_that_is_wrong_ends_nothing(self):
        self.state("disable", "R0001", "--by", "ann")
        self.state("clip", "R0001", "--max", "0.5", "--by", "bob")
        for line in (["clear", "R0001"], ["disable", "R0001"], ["enable", "R0001"]):
            self.said(*line, "--if-revision", "99", "--by", "carl", code=1)
        self.assertIn("reason must be", self.said("set", "R0001", "clipped", "--max", "0.4", "--replace", "--reason", "x" * 5000,
                                                  code=2))
        self.assertEqual(len(self.state("list")), 2)

    def test_a_revision_guards_decisions_as_well_as_the_state(self):
        state = self.state("disable", "R0001", "--by", "ann")[0]["revision"]
        clip = self.state("clip", "R0001", "--max", "0.5", "--by", "ann")[0]["id"]
        talk = self.said("clear", "R0001", "--if-revision", state, "--by", "ann", code=1)
        self.assertIn(f"the newest about R0001 is decision {clip} (clipped to 0.5 by ann", talk)
        self.assertIn(f"--if-revision {clip}", talk)
        self.assertEqual(len(self.state("list")), 2)
        self.said("clear", "R0001", "--if-revision", clip, "--by", "ann")
        self.assertEqual(self.state("list"), [])

    def test_enabling_what_nobody_decided_leaves_no_state(self):
        self.assertIn("nothing is decided about R0001 alone; nothing was changed", self.said("enable", "R0001", "--reason", "x"))
        with contextlib.closing(sqlite3.connect(self.store.removeprefix("sqlite:"))) as client:
            self.assertEqual(client.execute("SELECT COUNT(*) FROM ttp_rule_state").fetchone(), (0,))

    def test_a_former_id_stands_for_what_an_extension_made_of_it(self):
        plain = self.state("disable", "R0001", "--for", "1h", "--by", "ann")[0]["id"]
        wide = self.state("disable", "R0*", "--for", "1h", "--by", "ann")[0]["id"]
        longer = self.state("extend", plain, "--for", "2h", "--by", "bob")[0]["id"]
        longest = self.state("extend", plain, "--for", "3h", "--by", "ann")[0]["id"]
        self.assertEqual([each["id"] for each in self.state("list")], [wide, longest])
        self.assertNotIn(longer, (plain, longest))
        self.assertEqual([each["id"] for each in self.state("get", plain)], [longest])
        self.assertEqual(self.state("list", "--ended", "30m"), [])
        self.assertIn(f"decision {plain} was extended: it is decision {longest} now", self.said("undo", plain, "--by", "carl"))
        self.assertIn(f"no decision {plain} stands", self.said("undo", plain, code=1))
        self.assertEqual([each["id"] for each in self.state("list", "--ended", "30m")], [longest])
        self.assertEqual([each["id"] for each in self.state("list")], [wide])

    def test_a_later_decision_about_the_same_is_no_extension(self):
        first = self.state("disable", "R0001", "--for", "1h", "--by", "ann")[0]["id"]
        again = self.state("disable", "R0001", "--for", "9h", "--by", "bob")[0]["id"]
        self.state("disable", "R0002", "--for", "9h", "--by", "bob")
        self.said("undo", first, "--by", "bob")
        self.assertIn(f"no decision {first} stands", self.said("undo", first, "--by", "bob", code=1))
        self.assertIn(again, [each["id"] for each in self.state("list")])

    def test_a_preview_checks_the_times_too(self):
        self.assertIn("--from must lie in the future",
                      self.said("disable", "R0001", "--from", "2020-01-01T00:00Z", "--dry-run", code=2))
        self.assertIn("the end must lie in the future",
                      self.said("disable", "R0001", "--from", "2h", "--until", "2020-01-01T00:00Z", "--dry-run", code=2))

    def test_a_host_announces_the_end_of_a_decision_as_configured(self):
        self.state("disable", "R0001", "--for", "20m", "--by", "ann")
        with contextlib.closing(sqlite3.connect(self.store.removeprefix("sqlite:"))) as client:
            client.execute("INSERT INTO ttp_outbox_consumer (name) VALUES ('soc')")
            client.execute("UPDATE ttp_rule_state SET set_at = '2026-01-01T00:00:00.000000Z'")
            client.commit()
            made = client.execute("SELECT revision FROM ttp_rule_state").fetchone()[0]
        config = self.root / "rulehost.yaml"
        config.write_text("decisions: {notice: 30m}\n")
        host = self.run_host("--config", config, "--store", self.store)
        host.talk(f"decision {made} ends soon: disable R0001")
        host.end()
        with contextlib.closing(sqlite3.connect(self.store.removeprefix("sqlite:"))) as client:
            self.assertEqual(client.execute("SELECT topic FROM ttp_outbox").fetchall(), [(f"ttp.rule.ending.{made}",)])

    def test_the_configuration_limits_what_operators_decide(self):
        config = self.root / "rulehost.yaml"
        config.write_text("threads: 1\ndecisions:\n  require_reason: true\n  max_duration: 48h\n  allow:\n  - by: [ann]\n"
                          "  - {by: ['ops-*'], effects: [disable], rules: ['R000?']}\n")
        self.run_program("check", "--config", config)
        under = ("--config", config, "--by", "ops-1")
        full = ("--for", "1h", "--reason", "x", *under)
        for line, why in ((["disable", "R0001", "--for", "1h", *under], f"{config}:3: decisions.require_reason asks for a reason"),
                          (["disable", "R0001", "--reason", "x", *under], f"{config}:4: decisions.max_duration is 48h: disable R0001 with an end"),
                          (["disable", "R0001", "--for", "3d", "--reason", "x", *under], f"{config}:4: decisions.max_duration is 48h: 3d is too long to disable R0001"),
                          (["disable", "T1082", *full], f"{config}:5: decisions.allow does not let ops-1 disable technique:T1082"),
                          (["disable", "T1082", "--dry-run", *full], f"{config}:5: decisions.allow"),
                          (["clip", "R0001", "--max", "0.5", *full], f"{config}:5: decisions.allow does not let ops-1 clip R0001"),
                          (["set", "R0001", "disabled", *under], f"{config}:3: decisions.require_reason")):
            with self.subTest(line):
                self.assertIn(why, self.said(*line, code=1))
        self.assertEqual(self.state("list"), [])
        made = self.state("disable", "R0001", *full)[0]["id"]
        self.assertIn(f"{config}:4: decisions.max_duration", self.said("extend", made, "--for", "3d", *under, code=1))
        clip = self.state("clip", "R0001", "--max", "0.5", "--for", "1h", "--reason", "x", "--config", config, "--by", "ann")[0]["id"]
        self.assertIn(f"{config}:5: decisions.allow does not let ops-1 clip R0001; it lets ops-1 disable R000?; so decision {clip} stays",
                      self.said("undo", clip, *under, code=1))
        for line in (["clear", "R0001"], ["enable", "R0001"], ["disable", "R0001", "--for", "1h", "--reason", "x", "--replace"]):
            self.assertIn("decisions.allow does not let ops-1 clip R0001", self.said(*line, *under, code=1))
        self.assertEqual(len(self.state("list")), 2)
        self.said("undo", made, *under)
        # Without a configuration, nothing is limited.
        self.said("clear", "R0001", "--replace", "--by", "ops-1")
        config.write_text("store: postgresql://me:secret@host/db\ndecisions: {max_duration: 0s, allow: [{by: [x], effects: [explode]}], "
                          "require: true}\n")
        talk = self.said("disable", "R0001", "--config", config, code=2)
        for word in ("explode", "unknown-key", "nothing was changed"):
            self.assertIn(word, talk)
        self.assertNotIn("secret", talk)
        self.said("disable", "R0001", "--config", self.root / "absent.yaml", code=3)

    def test_the_configuration_limits_rollbacks_and_retractions(self):
        self.tags(self.event(1, "192.0.2.1"))
        old = self.records("rules", "log", "R0001", "--store", self.store)[-1]["revision"]
        self.write_rule("R0001", "alpha|beta")
        self.run_program("sync", "--once", "--rules", self.rules, "--store", self.store)
        config = self.root / "rulehost.yaml"
        config.write_text("decisions:\n  require_ticket: true\n  allow:\n  - {by: [ann], effects: [rollback, retract], rules: [R0001]}\n"
                          "  - {by: [bob], effects: [retract], rules: [T1082]}\n")
        self.run_program("check", "--config", config)
        rollback = ("rules", "rollback", "R0001", "--to", old, "--reason", "x", "--store", self.store, "--config", config)
        retract = ("tags", "retract", "--since", "1d", "--reason", "x", "--store", self.store, "--config", config)
        ticket = ("--ticket", "INC-7")
        for line, why in (([*rollback, "--by", "ann"], "2: decisions.require_ticket asks for a ticket to roll back R0001: --ticket"),
                          ([*rollback, "--by", "bob", *ticket], "3: decisions.allow does not let bob roll back R0001; "
                                                                "it lets bob retract tags of technique:T1082"),
                          ([*retract, "--by", "ann", "--rule", "R0001"], "2: decisions.require_ticket asks for a ticket to retract tags of R0001"),
                          ([*retract, "--by", "ann", *ticket, "--rule", "R0002"], "3: decisions.allow does not let ann retract tags of R0002; "
                                                                                  "it lets ann roll back or retract tags of R0001"),
                          ([*retract, "--by", "ann", *ticket, "--src", "192.0.2.1"], "3: decisions.allow does not let ann retract tags of every rule")):
            with self.subTest(line):
                self.assertIn(f"{config}:{why}", self.run_program(*line, code=1)[1])
        self.assertEqual(len(self.records("tags", "--store", self.store)), 2)
        pin = self.records(*rollback, "--by", "ann", *ticket)[0]
        self.assertEqual(pin["reason"], "INC-7: x")
        unpin = ("rules", "unpin", "R0001", "--store", self.store, "--config", config)
        self.assertIn(f"{config}:3: decisions.allow does not let bob roll back R0001", self.run_program(*unpin, "--by", "bob", code=1)[1])
        self.run_program(*unpin, "--by", "ann")
        self.run_program(*retract, "--by", "bob", *ticket, "--rule", "R0001", "--technique", "T1082")
        self.assertEqual([each["rule_id"] for each in self.records("tags", "--store", self.store)], ["R0002"])
        self.assertEqual([each["retracted"]["reason"] for each in self.records("tags", "--store", self.store, "--retracted")
                          if each["rule_id"] == "R0001"], ["INC-7: x"])

    def test_a_ticket_that_the_configuration_asks_for_can_be_given(self):
        made = self.state("disable", "R0001", "--for", "1h")[0]["id"]
        config = self.root / "rulehost.yaml"
        config.write_text("decisions: {require_ticket: true}\n")
        under = ("--config", config)
        refused = f"{config}:1: decisions.require_ticket asks for a ticket"
        self.assertIn(refused + " to disable R0001: --ticket", self.said("extend", made, "--for", "2h", *under, code=1))
        longer = self.state("extend", made, "--for", "2h", "--ticket", "INC-1", *under)[0]
        self.assertEqual(longer["ticket"], "INC-1")
        longest = self.state("extend", made, "--for", "3h", *under)[0]
        self.assertEqual(longest["ticket"], "INC-1")
        for line in (["set", "R0001", "disabled"], ["disable", "R0001", "--replace"], ["disable", "R0001", "--if-revision", longest["id"]]):
            self.assertIn(refused + " to disable R0001, and a state has none", self.said(*line, *under, code=1))
        self.said("set", "R0001", "enabled", *under)
        self.assertEqual([each["state"] for each in self.state("list")], ["enabled"])

    def test_words_for_several_rules_replace_no_state(self):
        for word in ("T1082", "R00*", "TA0007"):
            self.assertIn("--replace and --if-revision are about the state of one rule",
                          self.said("disable", word, "--replace", code=2))
        self.assertIn("'T1082' is not a rule", self.said("set", "T1082", "disabled", "--ahead", code=2))
        self.assertIn("selects no rules", self.said("disable", "foo bar", "R0001", "--dry-run", "--ahead", code=2))
        self.assertIn("no rule R0009 is live here", self.said("disable", "R0009", "--dry-run", code=1))

    def test_the_history_of_a_rule_holds_its_decisions(self):
        self.state("disable", "R0001", "R0002", "--ticket", "T", "--by", "ann")
        made = self.state("disable", "technique:T1105", "--by", "bob")[0]
        self.said("undo", made["id"], "--by", "bob")
        kinds = lambda rule: [(each["kind"], each["changed_by"]) for each in self.records("state", "history", rule, "--store", self.store)]
        self.assertEqual(kinds("R0001"), [("definition", "sync"), ("decision", "ann")])
        self.assertEqual(kinds("R0002"), [("definition", "sync"), ("decision", "ann"), ("decision", "bob"), ("decision", "bob")])

    def test_observed_tags_are_in_no_report(self):
        self.state("observe", "R0001")
        self.tags(self.event(1, "192.0.2.1"))
        said = self.run_program("report", "--format", "csv", "--store", self.store)[0]
        self.assertIn("R0002", said)
        self.assertNotIn("R0001", said)

    def test_damaged_decisions_are_named_with_the_way_out(self):
        made = self.state("disable", "R0*", "--by", "ann")[0]
        with sqlite3.connect(self.store.removeprefix("sqlite:")) as client:
            client.execute("UPDATE ttp_decision SET effect = 'explode'")
        self.assertIn("`state undo ID` a decision", self.said("list"))
        self.assertIn("removed decision %d, which was damaged" % made["id"], self.said("undo", made["id"]))
        self.assertNotIn("explode", self.said("list"))

    def test_retracted_tags_are_left_out_unless_they_are_asked_for(self):
        on = ("--store", self.store)
        self.tags(self.event(1, "10.1.2.3"), self.event(2, "10.1.2.3"), self.event(3, "192.0.2.1"))
        retract = lambda *more, **how: self.run_program("tags", "retract", "--since", "1h", "--reason", "INC-1", *more, *on, **how)
        self.assertIn("name the tags by at least one of", retract(code=2)[1])
        self.run_program("tags", "retract", "--rule", "R0001", "--since", "1h", *on, code=2)  # without a reason
        self.assertIn("put options behind `tags retract`", self.run_program("tags", *on, "retract", code=2)[1])
        counted, talk = retract("--rule", "R0001", "--src", "10.0.0.0/8", "--dry-run")
        self.assertEqual(json.loads(counted), {"rule_id": "R0001", "technique": "T1082", "tags": 2})
        self.assertIn("2 tags would be retracted; nothing was changed", talk)
        self.assertIn(", of events since 20", talk)
        self.assertIn("takes a time that has passed; now it is", self.run_program(
            "tags", "retract", "--rule", "R0001", "--since", "2999-01-01T00:00Z", "--reason", "x", *on, code=2)[1])
        for more, count in ((("--sensor", "web-1"), 3), (("--sensor", "web-2"), 0), (("--min-confidence", "0.95"), 0)):
            self.assertIn(f"{count} tags would be", retract("--rule", "R0001", *more, "--dry-run")[1])
        self.assertIn("2 tags retracted", retract("--rule", "R0001", "--src", "10.0.0.0/8", "--by", "ann")[1])
        self.assertIn("0 tags retracted", retract("--rule", "R0001", "--src", "10.0.0.0/8")[1])
        self.assertEqual(len(self.records("tags", *on)), 4)
        shown = {(each["rule_id"], each["source_id"]): each.get("retracted") for each in self.records("tags", "--retracted", *on)}
        self.assertEqual(len(shown), 6)
        self.assertEqual({key for key, how in shown.items() if how}, {("R0001", "c1"), ("R0001", "c2")})
        self.assertEqual((shown["R0001", "c1"]["by"], shown["R0001", "c1"]["reason"]), ("ann", "INC-1"))
        count = lambda *command: {each.get("rule_id") or each["technique_id"]: each["tags"] for each in self.records(*command, *on)}
        self.assertEqual((count("rules", "top")["R0001"], count("rules", "top", "--retracted")["R0001"]), (1, 3))
        self.assertEqual((count("coverage")["T1082"], count("coverage", "--retracted")["T1082"]), (1, 3))
        rows = lambda *more: len(self.run_program("report", "--format", "csv", *more, *on)[0].splitlines())
        self.assertEqual((rows(), rows("--retracted")), (5, 7))
        # A replay does not bring them back.
        self.assertEqual(len(self.tags(self.event(1, "10.1.2.3"), self.event(2, "10.1.2.3"), self.event(3, "192.0.2.1"))), 4)

    def fill(self, table, columns, rows):
        """A store with the rows and a consumer of messages; how it is asked."""
        client = sqlite3.connect(self.store.removeprefix("sqlite:"), timeout=30)
        self.addCleanup(client.close)
        client.executemany(f"INSERT INTO {table} ({columns}) VALUES ({', '.join('?' * len(rows[0]))})", rows)
        client.execute("INSERT INTO ttp_outbox_consumer (name) VALUES ('soc')")
        client.commit()
        return lambda what: client.execute(f"SELECT {what}").fetchone()[0]

    def kill_until_done(self, check, *command):
        """Runs the command, kills it at a random moment and checks, until it ends by itself. Longer each time."""
        random_number = random.Random(SEED)
        kills = 0
        while True:
            process = subprocess.Popen([program.PROGRAM, *command, "--store", self.store], stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL)
            try:
                code = process.wait(timeout=random_number.uniform(0.02, 0.15) * (1 + kills / 40))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                kills += 1
                check()
                continue
            break
        self.assertEqual(code, 0)
        self.assertGreater(kills, 0)

    def test_a_retraction_ends_beside_a_rule_that_stays_live(self):
        count = 600
        ask = self.fill("ttp_tag", TAG_COLUMNS + ", rule_id", [(*row, "R0001") for row in tag_rows(count)])
        with contextlib.closing(sqlite3.connect(self.store.removeprefix("sqlite:"))) as client:
            columns = TAG_COLUMNS.removeprefix("uuid, ").removesuffix(", created_at")
            client.execute("CREATE TRIGGER live AFTER UPDATE OF retracted ON ttp_tag WHEN (SELECT COUNT(*) FROM ttp_tag) < 2000 BEGIN "
                           f"INSERT INTO ttp_tag (uuid, {columns}, created_at, rule_id) SELECT 'n' || OLD.uuid, "
                           "'command', 'n' || OLD.source_id, 'a-1', 'TA0007', 'T1082', 0.9, 1, '{}', '19.2', 'u', "
                           "'2026-01-01T00:01:00.000000Z', 'R0001'; END")
            client.commit()
        retract = ("tags", "retract", "--rule", "R0001", "--since", "2026-01-01T00:00Z", "--reason", "INC-1", "--store", self.store)
        self.assertIn("600 tags retracted", self.run_program(*retract)[1])
        self.assertEqual((ask("COUNT(*) FROM ttp_tag WHERE retracted = 1"), ask("COUNT(*) FROM ttp_tag")), (count, 2 * count))

    def test_a_retraction_of_an_unknown_rule_fails(self):
        self.fill("ttp_tag", TAG_COLUMNS + ", rule_id", [(*tag_rows(1)[0], "R0009")])
        retract = lambda rule, *more, **how: self.run_program("tags", "retract", "--rule", rule, "--since", "2026-01-01T00:00Z",
                                                              "--reason", "x", *more, "--store", self.store, **how)[1]
        self.assertIn("no rule R0008 is live here", retract("R0008", code=1))
        retract("R0008", "--dry-run", code=1)
        self.assertIn("0 tags retracted", retract("R0001"))
        self.assertIn("1 tag retracted", retract("R0009"))  # a deleted rule
        self.assertIn("0 tags retracted", retract("R0009"))

    def test_a_retraction_that_is_killed_again_and_again_leaves_one_message_about_each_tag(self):
        count = 20000
        rows = [(*row, "R0001") for row in tag_rows(count)] + [(*tag_rows(count + 1)[-1], "R0002")]
        ask = self.fill("ttp_tag", TAG_COLUMNS + ", rule_id", rows)
        told = "COUNT(*) FROM ttp_outbox WHERE topic = 'ttp.tag.retracted'"
        check = lambda: self.assertEqual(ask("COUNT(*) FROM ttp_tag WHERE retracted = 1"), ask(told), f"RULEHOST_SEED={SEED}")
        retract = ("tags", "retract", "--rule", "R0001", "--since", "2026-01-01T00:00Z", "--reason", "INC-1")
        self.assertIn("20000 tags would be retracted; nothing was changed", self.run_program(*retract, "--store", self.store, code=1)[1])
        self.kill_until_done(check, *retract, "--yes")
        self.assertEqual((ask("COUNT(*) FROM ttp_tag WHERE retracted = 1"), ask(told)), (count, count))
        self.assertEqual(ask("COUNT(DISTINCT message_id) FROM ttp_outbox"), count)

    def test_a_release_that_is_killed_again_and_again_loses_and_doubles_nothing(self):
        count = 20000
        rows = [(*row, "R0001", 42) for row in tag_rows(count)]
        ask = self.fill("ttp_withheld_tag", TAG_COLUMNS + ", rule_id, decision_id", rows)
        check = lambda: self.assertEqual(ask("COUNT(*) FROM ttp_withheld_tag") + ask("COUNT(*) FROM ttp_tag"), count,
                                         f"RULEHOST_SEED={SEED}")
        self.kill_until_done(check, "withheld", "release", "42")
        self.assertEqual((ask("COUNT(*) FROM ttp_withheld_tag"), ask("COUNT(*) FROM ttp_tag")), (0, count))
        self.assertEqual(ask("COUNT(*) FROM ttp_outbox WHERE topic = 'ttp.rule.fired.T1082'"), count)
        self.assertEqual(ask("COUNT(DISTINCT message_id) FROM ttp_outbox"), ask("COUNT(*) FROM ttp_outbox"))

    def test_plain_sql_reads_and_writes_the_state_of_a_rule(self):
        made = self.state("disable", "R0001", "--for", "1h", "--by", "ann")[0]
        with sqlite3.connect(self.store.removeprefix("sqlite:")) as client:
            self.assertEqual(client.execute("SELECT state, set_by, revision FROM ttp_rule_state").fetchall(),
                             [("disabled", "ann", made["id"])])
            client.execute("DELETE FROM ttp_rule_state")
            client.execute("INSERT INTO ttp_rule_state (rule_id, state) VALUES ('R0002', 'disabled')")
        self.assertEqual([(each["rule_id"], each["set_by"]) for each in self.state("list")], [("R0002", "sql")])


if __name__ == "__main__":
    program.main()
