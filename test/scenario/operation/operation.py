#!/usr/bin/env python3
"""Runs the service as an operator does: probes it, scrapes it, collects its spans, is its service manager.

usage: operation.py PROGRAM [unittest arguments]
"""
import http.client
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
import prometheus_text
from program import DEADLINE, event

MARKER = "marker4711"


def is_ignored_or_caught(pid, number):
    masks = re.findall(r"(?m)^Sig(?:Ign|Cgt):\s+(\w+)$", pathlib.Path(f"/proc/{pid}/status").read_text())
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)


class Collector(http.server.BaseHTTPRequestHandler):
    bodies = []

    def do_POST(self):
        Collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_):
        pass


class Operation(program.Scenario):
    def setUp(self):
        super().setUp()
        for rule_id, pattern in (("R0001", "alpha"), ("R0002", "omega")):
            self.write_rule(rule_id, pattern, more="evidence_fields: [command_text]\n")
        self.notices = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notices.bind(str(self.root / "notify"))
        self.notices.settimeout(DEADLINE)
        self.addCleanup(self.notices.close)
        self.told = []
        self.log = []
        Collector.bodies = []

    def start(self, *arguments, environment=None):
        self.process = subprocess.Popen(
            [program.PROGRAM, "run", "--rules", self.rules, "--admin", "127.0.0.1:0", *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0,
            env={**os.environ, "NOTIFY_SOCKET": str(self.root / "notify"), **(environment or {})})
        self.addCleanup(self.process.stdin.close)
        self.addCleanup(self.process.stdout.close)
        self.addCleanup(self.process.stderr.close)
        self.addCleanup(self.process.kill)
        while not self.log or "admin endpoint on port" not in self.log[-1]:
            line = self.process.stderr.readline().decode()
            self.assertTrue(line, self.log)
            self.log.append(line)
        self.port = int(re.search(r"admin endpoint on port (\d+)", self.log[-1]).group(1))

    def await_notice(self, part):
        while not self.told or part not in self.told[-1]:
            self.told.append(self.notices.recv(65536).decode())

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()

    def metrics(self):
        status, text = self.get("/metrics")
        self.assertEqual(status, 200)
        return prometheus_text.read(text)

    def await_metric(self, name, labels, value):
        while (samples := self.metrics())[name, labels] != value:
            self.assertIsNone(self.process.poll())
        return samples

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.log += self.process.stderr.read().decode().splitlines()
        self.assertEqual(self.process.wait(timeout=DEADLINE), 0, self.log)

    def test_life_of_a_service_is_logged_without_payloads(self):
        collector = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Collector)
        threading.Thread(target=collector.serve_forever, daemon=True).start()
        self.addCleanup(collector.server_close)
        self.addCleanup(collector.shutdown)
        self.start("--input", "-", "--traces", f"http://127.0.0.1:{collector.server_address[1]}", "--output", "none")
        self.await_notice("READY=1")
        self.assertEqual(self.get("/readyz"), (200, "ready\n"))
        self.assertEqual(self.get("/healthz")[0], 200)

        lines = event(1, f"alpha {MARKER}") + event(2, f"{MARKER} beta") + '{"no event": "' + MARKER + '"}\n' + MARKER + "{\n"
        self.process.stdin.write(lines.encode())
        samples = self.await_metric("rulehost_events_total", (("input", "standard input"),), 2)
        self.assertEqual(samples["rulehost_rule_matches_total", (("rule_id", "R0001"),)], 1)
        self.assertEqual(samples["rulehost_rule_matches_total", (("rule_id", "R0002"),)], 0)
        adapter = (("input", "standard input"), ("adapter", "event"))
        self.assertEqual(samples["rulehost_adapter_events_total", adapter], 2)
        self.assertEqual(samples["rulehost_rules", ()], 2)
        self.assertEqual(samples["rulehost_rules_complete", ()], 1)

        self.process.send_signal(signal.SIGHUP)
        self.await_notice("RELOADING=1\nMONOTONIC_USEC=")
        self.await_notice("READY=1")
        exposed = self.get("/metrics")[1]
        self.stop()
        self.await_notice("STOPPING=1")

        spans = [span for body in Collector.bodies for span in
                 json.loads(body)["resourceSpans"][0]["scopeSpans"][0]["spans"]]
        self.assertLessEqual({"ttp.eval", "ttp.rule.fire"}, {span["name"] for span in spans})
        fired = next(span for span in spans if span["name"] == "ttp.rule.fire")
        self.assertIn(fired["parentSpanId"], [span["spanId"] for span in spans if span["name"] == "ttp.eval"])
        self.assertIn({"key": "rule_id", "value": {"stringValue": "R0001"}}, fired["attributes"])
        for text in (exposed, *Collector.bodies, *self.told, *self.log):
            self.assertNotIn(MARKER, text)

    def test_watchdog_is_answered(self):
        self.start(environment={"WATCHDOG_USEC": "100000"})
        self.await_notice("WATCHDOG=1")
        self.stop()

    def test_log_is_json_where_it_is_asked_for(self):
        self.start("--log-format", "json")
        self.await_notice("READY=1")
        self.process.send_signal(signal.SIGHUP)
        self.await_notice("RELOADING=1")
        self.stop()
        lines = [json.loads(line) for line in self.log]
        self.assertIn("SIGHUP: rescanning rules", [line["message"] for line in lines])
        self.assertEqual(lines[0]["level"], "info")
        self.assertIn("0 events, 0 tags", [line["message"] for line in lines])

    def test_what_ends_a_service_is_json_too(self):
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            done = subprocess.run([program.PROGRAM, "run", "--rules", self.rules, "--log-format", "json", "--admin",
                                   f"127.0.0.1:{taken.getsockname()[1]}"],
                                  stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, 3)
        self.assertEqual([json.loads(line)["level"] for line in done.stderr.decode().splitlines()], ["error"])

    def test_signal_before_the_service_is_there_does_not_end_it(self):
        for _ in range(5):
            process = subprocess.Popen([program.PROGRAM, "run", "--rules", self.rules, "--input", "-", "--log-level", "error"],
                                       stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(process.kill)
            end = time.monotonic() + DEADLINE
            while not is_ignored_or_caught(process.pid, signal.SIGHUP):  # before that it is still the loader's
                self.assertLess(time.monotonic(), end)
            process.send_signal(signal.SIGHUP)
            process.stdin.close()
            self.assertEqual(process.wait(timeout=DEADLINE), 0)

    def test_storm_of_signals_is_one_look_a_second(self):
        self.start()
        self.await_notice("READY=1")
        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            self.process.send_signal(signal.SIGHUP)
        self.stop()
        seconds = time.monotonic() - began
        looks = sum("rescanning rules" in line for line in self.log)
        self.assertTrue(1 <= looks <= seconds + 1, (looks, seconds))

    def test_passwords_stand_in_no_message_and_in_no_process_list(self):
        for arguments in (["--traces", "http://bob:pw4711@collector:4318"], ["--traces", "https://bob:pw47 11@x"],
                          ["--threads", "postgresql://bob:pw4711@h/d"], ["postgresql://bob:pw4711@h/d"]):
            with self.subTest(arguments):
                done = subprocess.run([program.PROGRAM, "run", "--rules", self.rules, *arguments], stdin=subprocess.DEVNULL,
                                      capture_output=True, timeout=DEADLINE)
                self.assertNotEqual(done.returncode, 0)
                self.assertNotIn(b"pw47", done.stdout + done.stderr)
        self.start("--store", "postgresql://bob:pw4711@127.0.0.1:1/none", "--nats", "nats://token4711@127.0.0.1:1/S")
        shown = pathlib.Path(f"/proc/{self.process.pid}/cmdline").read_bytes().split(b"\0")
        self.assertIn(b"postgresql://bob:******@127.0.0.1:1/none", shown)
        self.assertIn(b"nats://*********@127.0.0.1:1/S", shown)
        self.process.kill()
        self.assertNotIn("4711", self.process.stderr.read().decode())
        self.process.wait(timeout=DEADLINE)

    def test_host_that_is_no_name_of_the_service_is_refused(self):
        self.start("--admin-name", "sensor.example")
        for host, status in (("localhost", 200), ("sensor.example:80", 200), ("evil.example", 421)):
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=DEADLINE)
            connection.request("GET", "/healthz", headers={"Host": host})
            self.assertEqual(connection.getresponse().status, status, host)
        self.stop()

    def test_service_whose_rules_vanish_goes_on_with_them(self):
        (self.rules / "R0002.yaml").unlink()
        self.start("--input", "-")
        self.await_notice("READY=1")
        (self.rules / "R0001.yaml").unlink()
        self.await_metric("rulehost_rules_deletions_withheld", (), 1)
        self.assertEqual(self.get("/readyz")[0], 200)
        self.process.stdin.write(event(1, "alpha").encode())
        self.process.stdout.readline()
        self.stop()
        self.assertEqual(sum("are gone" in line for line in self.log), 1)

    def test_service_without_a_rule_is_never_ready(self):
        for path in self.rules.iterdir():
            path.unlink()
        for store in ([], ["--store", self.store]):
            self.log.clear()
            self.start(*store)
            self.await_metric("rulehost_rules_complete", (), 1)
            self.assertEqual(self.get("/readyz"), (503, "no rule is live\n"))
            self.stop()

    def test_log_level_leaves_out_what_is_below_it(self):
        done = subprocess.run([program.PROGRAM, "run", "--rules", self.rules, "--log-level", "error", "--once", "--input", "-"],
                              stdin=subprocess.DEVNULL, capture_output=True, timeout=DEADLINE)
        self.assertEqual(done.returncode, 0)
        self.assertNotIn(b" info ", done.stderr)

    def test_endpoint_for_the_network_has_to_be_asked_for(self):
        done = subprocess.run([program.PROGRAM, "run", "--rules", self.rules, "--admin", "0.0.0.0:0"], capture_output=True,
                              stdin=subprocess.DEVNULL, timeout=DEADLINE)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"has to be asked for", done.stderr)


if __name__ == "__main__":
    program.main()
