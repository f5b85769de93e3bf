#!/usr/bin/env python3
"""Outputs of the real program, to a receiver that holds every request against what HTTP and the template say.

usage: outputs.py PROGRAM [unittest arguments]
"""
import contextlib
import http.server
import json
import os
import pathlib
import ssl
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event


class Receiver(http.server.ThreadingHTTPServer):
    """Takes tags on a free port. `plan`: the answers to the next requests, (status, headers); then 200."""

    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.plan = []
        self.answers = []  # bodies of the next answers, None: one that breaks off; then none
        self.faults = []
        self.bodies = []
        self.taken = []
        self.changed = threading.Condition()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def wait_for(self, count):
        until = time.monotonic() + DEADLINE
        with self.changed:
            while len(self.taken) < count:
                assert time.monotonic() < until, f"{len(self.taken)} of {count} tags came; {self.faults}"
                self.changed.wait(1)
            return list(self.taken)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass

    def do_POST(self):
        server = self.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with server.changed:
            for name, expected in (("Host", f"127.0.0.1:{server.server_address[1]}"), ("Content-Type", "application/json"),
                                   ("Authorization", "Bearer t0ken"), ("Connection", "close")):
                if self.headers.get_all(name) != [expected]:
                    server.faults.append(f"{name}: {self.headers.get_all(name)}")
            if self.path != "/hook/s3cret?x=1" or len(body) != int(self.headers["Content-Length"]):
                server.faults.append(self.path)
            status, headers = server.plan.pop(0) if server.plan else (200, {})
            document = json.loads(body)
            server.bodies.append(document)
            if status == 200:
                server.taken += document["tags"]
            answer = server.answers.pop(0) if server.answers else b""
            server.changed.notify_all()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(1000 if answer is None else len(answer)))
        self.end_headers()
        with contextlib.suppress(OSError):  # nobody has to read it
            self.wfile.write(answer or b"")
        self.close_connection = True


class Outputs(program.Scenario):
    def receiver(self, certificate=None):
        receiver = Receiver(certificate)
        self.addCleanup(receiver.server_close)
        self.addCleanup(receiver.shutdown)
        return receiver

    def config(self, receivers, more="", scheme="http"):
        (self.root / "token").write_text("Bearer t0ken\n")
        text = f"dead_letters: {self.root}/dead\noutputs:\n"
        for name, receiver in receivers.items():
            (self.root / f"{name}.url").write_text(f"{scheme}://127.0.0.1:{receiver.server_address[1]}/hook/s3cret?x=1\n")
            text += (f"  - name: {name}\n    webhook:\n      url_file: {self.root}/{name}.url\n"
                     f"      authorization_file: {self.root}/token\n{more}")
        path = self.root / "rulehost.yaml"
        path.write_text(text)
        return path

    def start(self, config):
        return self.run_host("--config", config, "--store", self.store, "--rules", self.rules, "--input", "-")

    def test_tags_are_posted_in_order_with_what_was_typed(self):
        self.write_rule("R0001", "alpha", more="evidence_fields: [command_text]\n")
        receiver = self.receiver()
        host = self.start(self.config({"soc": receiver}))
        for i in range(250):
            host.send(event(i, f"alpha {i}"))
        tags = receiver.wait_for(250)
        self.assertEqual([tag["evidence"]["command_text"] for tag in tags], [f"alpha {i}" for i in range(250)])
        self.assertEqual(receiver.faults, [])
        code, out, talk = host.end()
        self.assertEqual(code, 0, talk)
        self.assertNotIn("s3cret", talk)
        self.assertNotIn("t0ken", talk)

    def test_receiver_that_is_away_or_busy_gets_all_of_it_later(self):
        receiver = self.receiver()
        receiver.plan = [(503, {}), (429, {"Retry-After": "1"}), (500, {})]
        host = self.start(self.config({"soc": receiver}))
        host.send(event(1, "alpha"))
        self.assertEqual(len(receiver.wait_for(1)), 1)
        self.assertRegex(host.talk("output-soc"), "HTTP 503")
        host.end()
        self.assertEqual(receiver.faults, [])

    def test_tag_that_is_refused_becomes_a_dead_letter_and_delays_no_other(self):
        receiver = self.receiver()
        host = self.start(self.config({"soc": receiver}))
        host.send(event(0, "alpha 0"))
        receiver.wait_for(1)
        receiver.plan = [(400, {})] * 5
        host.send(event(1, "alpha 1"))
        until = time.monotonic() + DEADLINE
        while not (self.root / "dead").exists():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)
        host.send(event(2, "alpha 2"))
        self.assertEqual([tag["source_id"] for tag in receiver.wait_for(2)], ["cmd_0", "cmd_2"])
        host.end()
        letter = json.loads((self.root / "dead").read_text().splitlines()[0])
        self.assertIn("HTTP 400", letter["reason"])
        self.assertEqual(letter["message"]["topic"], "ttp.rule.fired.T1082")

    def test_receiver_that_refuses_everything_for_a_while_loses_nothing(self):
        receiver = self.receiver()
        receiver.plan = [(400, {})] * 12
        host = self.start(self.config({"soc": receiver}))
        for i in range(4):
            host.send(event(i, f"alpha {i}"))
        self.assertRegex(host.talk("output-soc"), "it refuses every tag: HTTP 400")
        self.assertEqual(sorted(tag["source_id"] for tag in receiver.wait_for(4)), [f"cmd_{i}" for i in range(4)])
        host.end()
        self.assertFalse((self.root / "dead").exists())

    def test_tag_whose_answer_is_long_or_broken_off_is_taken(self):
        receiver = self.receiver()
        receiver.answers = [b"x" * (1 << 20), None]
        host = self.start(self.config({"soc": receiver}))
        for i in range(3):
            host.send(event(i, f"alpha {i}"))
        self.assertEqual([tag["source_id"] for tag in receiver.wait_for(3)], ["cmd_0", "cmd_1", "cmd_2"])
        host.end()
        self.assertEqual(len(receiver.taken), 3)

    def test_no_output_delays_another(self):
        good, away = self.receiver(), self.receiver()
        away.plan = [(503, {})] * 10_000
        host = self.start(self.config({"away": away, "good": good}))
        for i in range(20):
            host.send(event(i, "alpha"))
        good.wait_for(20)
        away.plan = []
        away.wait_for(20)
        host.end()

    def test_what_waited_is_sent_by_the_next_run(self):
        receiver = self.receiver()
        receiver.plan = [(503, {})] * 10_000
        config = self.config({"soc": receiver})
        host = self.start(config)
        host.send(event(1, "alpha"))
        host.tag("cmd_1")
        code, out, talk = host.end()
        self.assertEqual(code, 0, talk)
        receiver.plan = []
        host = self.start(config)
        self.assertEqual([tag["source_id"] for tag in receiver.wait_for(1)], ["cmd_1"])
        host.end()

    def test_only_a_certificate_of_a_known_authority_is_good(self):
        def certificate(name, subject):
            path = self.root / name
            subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", path, "-out",
                            f"{path}.crt", "-subj", "/CN=test", "-addext", f"subjectAltName={subject}"], check=True,
                           stderr=subprocess.DEVNULL)
            with path.open("a") as both:
                both.write((self.root / f"{name}.crt").read_text())
            return path

        good, other = certificate("good", "IP:127.0.0.1"), certificate("other", "DNS:example.net")
        receiver = self.receiver(good)
        config = self.config({"soc": receiver}, f"      ca_file: {good}.crt\n", "https")
        host = self.start(config)
        host.send(event(1, "alpha"))
        receiver.wait_for(1)
        host.end()
        self.assertEqual(receiver.faults, [])
        for certificate_of_receiver, authority in ((good, f"{other}.crt"), (other, f"{other}.crt")):
            stranger = self.receiver(certificate_of_receiver)
            config = self.config({"other": stranger}, f"      ca_file: {authority}\n", "https")
            host = self.start(config)
            host.send(event(2, "alpha"))
            self.assertRegex(host.talk("output-other"), "certificate verify failed")
            host.end()
            self.assertEqual(stranger.bodies, [])

    def test_file_gets_the_tags_that_its_filter_takes(self):
        self.write_rule("R0002", "beta", "T1083")
        path, config = self.root / "tags.ndjson", self.root / "file.yaml"
        config.write_text(f"outputs:\n  - name: archive\n    file: {{path: {path}}}\n    rules: [R0002]\n")
        log = self.root / "events"
        log.write_text("".join(event(i, "alpha" if i % 2 else "beta") for i in range(100)))
        done = subprocess.run([program.PROGRAM, "run", "--config", config, "--store", self.store, "--rules", self.rules,
                               "--input", log, "--once"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=DEADLINE)
        self.assertEqual(done.returncode, 0, done.stderr)
        tags = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual([tag["source_id"] for tag in tags], [f"cmd_{i}" for i in range(0, 100, 2)])

    def test_mistakes_in_the_configuration_are_reported_with_their_place(self):
        path = self.root / "bad.yaml"
        path.write_text("outputs:\n  - name: a b\n    webhook: {url: 'ftp://h/s3cret', template: slak}\n"
                        "    min_confidence: 7\n  - webhook: {}\n  - name: c\n    webhook: {url_env: EMPTY}\n"
                        f"worker: {'w' * 70}\n")
        done = subprocess.run([program.PROGRAM, "check", "--config", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=DEADLINE, env={**os.environ, "EMPTY": ""})
        talk = done.stdout.decode()
        self.assertEqual(done.returncode, 1, talk)
        for place in ("bad.yaml:2:11", "bad.yaml:3:20", "bad.yaml:4:21", "bad.yaml:7:24: error[invalid-value]: the URL is empty",
                      "bad.yaml:8:9: error[invalid-value]: the name of a worker"):
            self.assertIn(place, talk)
        self.assertNotIn("s3cret", talk)


if __name__ == "__main__":
    program.main()
