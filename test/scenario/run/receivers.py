#!/usr/bin/env python3
"""Outputs of the real program to syslog, Elasticsearch, Falcosidekick and Alertmanager: receivers that hold every byte
against the specification.

usage: receivers.py PROGRAM [unittest arguments]
"""
import http.server
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import program
from program import DEADLINE, event

HEADER = re.compile(  # RFC 5424, 6, without structured data
    rb"<(?:[1-9]?[0-9]|1[0-8][0-9]|19[01])>1 "
    rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:\d\d) "
    rb"[!-~]{1,255} [!-~]{1,48} [!-~]{1,128} [!-~]{1,32} - ")
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
HOSTILE = 'alpha "]|=\\ \r\n <!channel> @everyone [x](http://e) \x1b[2J \u202e \u4e2d'


def text_of(message):
    """The MSG of a message of syslog."""
    header = HEADER.match(message)
    assert header, message
    assert all(0x20 <= byte < 0x7F for byte in message), message
    return message[header.end():].decode("ascii")


def frames_of(stream):
    """The messages of octet counting (RFC 6587, 3.4.1); all of the stream is theirs."""
    messages = []
    while stream:
        count = re.match(rb"([1-9][0-9]*) ", stream)
        assert count, stream[:100]
        end = count.end() + int(count.group(1))
        assert end <= len(stream), "the last frame is cut"
        messages.append(stream[count.end():end])
        stream = stream[end:]
    return messages


class Collector:
    """Takes what a test waits for, from other threads."""

    def __init__(self):
        self.taken, self.faults = [], []
        self.changed = threading.Condition()

    def take(self, things):
        with self.changed:
            self.taken += things
            self.changed.notify_all()

    def fault(self, what):
        with self.changed:
            self.faults.append(what)
            self.changed.notify_all()

    def wait_for(self, count):
        until = time.monotonic() + DEADLINE
        with self.changed:
            while len(self.taken) < count and not self.faults:
                assert time.monotonic() < until, f"{len(self.taken)} of {count} came"
                self.changed.wait(1)
            assert not self.faults, self.faults
            return list(self.taken)


class StreamServer(Collector):
    """Reads connections to their end. `resets`: how many of the first are broken instead."""

    def __init__(self, certificate=None, resets=0):
        super().__init__()
        self.context, self.resets = None, resets
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            try:
                if self.resets > 0:
                    self.resets -= 1
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                    connection.close()
                    continue
                if self.context:
                    connection = self.context.wrap_socket(connection, server_side=True)
                data = b""
                while piece := connection.recv(65536):
                    data += piece
                if self.context:
                    connection = connection.unwrap()
                connection.close()
                self.take(frames_of(data))
            except (OSError, AssertionError) as problem:
                self.fault(repr(problem))


class HttpServer(Collector):
    """Answers POST requests by `answer(path, headers, body)`: status and body."""

    def __init__(self, answer):
        super().__init__()
        collector = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *arguments):
                pass

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                try:
                    status, text = answer(self.path, self.headers, body)
                except Exception as problem:  # a stand-in that finds a fault says so, whatever it is
                    collector.fault(repr(problem))
                    status, text = 400, ""
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


def only(condition, what):
    if not condition:
        raise AssertionError(what)


class Receivers(program.Scenario):
    def setUp(self):
        super().setUp()
        self.write_rule("R0001", "alpha", more="evidence_fields: [command_text]\n")

    def start(self, output, more=""):
        config = self.root / "rulehost.yaml"
        config.write_text(f"dead_letters: {self.root}/dead\noutputs:\n  - name: soc\n    {output}\n{more}")
        return self.run_host("--config", config, "--store", self.store, "--rules", self.rules, "--input", "-")

    def check_end(self, host):
        code, _, talk = host.end()
        self.assertEqual(code, 0, talk)

    def test_syslog_over_tcp_is_framed_and_in_order_and_comes_again_after_a_break(self):
        server = StreamServer(resets=2)
        self.addCleanup(server.listener.close)
        host = self.start(f'syslog: {{address: "tcp://127.0.0.1:{server.port}"}}')
        for i in range(300):
            host.send(event(i, f"alpha {i}"))
        tags = [json.loads(text_of(message)) for message in server.wait_for(300)]
        self.check_end(host)
        self.assertEqual([tag["evidence"]["command_text"] for tag in tags], [f"alpha {i}" for i in range(300)])

    def test_syslog_over_tls_carries_hostile_text_as_cef(self):
        certificate = self.root / "certificate"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", certificate,
                        "-out", f"{certificate}.crt", "-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)
        with certificate.open("a") as both:
            both.write((self.root / "certificate.crt").read_text())
        server = StreamServer(certificate)
        self.addCleanup(server.listener.close)
        host = self.start(f'syslog: {{address: "tls://127.0.0.1:{server.port}", format: cef, ca_file: {certificate}.crt}}')
        host.send(event(1, HOSTILE))
        message, = server.wait_for(1)
        self.check_end(host)
        head, _, message_field = text_of(message).partition(" msg=")
        self.assertEqual(re.sub(r"\\(.)", r"\1", message_field),
                         'alpha "]|=\\ \\x0d\\x0a <!channel> @everyone [x](http://e) \\x1b[2J \\u{202e} \\u{4e2d}')
        self.assertNotRegex(message_field, r"(?<!\\)(\\\\)*=")
        self.assertTrue(head.startswith("CEF:0|rulehost|rulehost|"), head)

    def test_syslog_over_udp_is_a_datagram_a_tag_within_its_limit(self):
        receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        receiver.settimeout(DEADLINE)
        receiver.bind(("127.0.0.1", 0))
        self.addCleanup(receiver.close)
        host = self.start(f'syslog: {{address: "udp://127.0.0.1:{receiver.getsockname()[1]}"}}')
        host.send(event(1, "alpha " + "\u4e2d" * 5000))
        host.send(event(2, HOSTILE))
        tags = {}
        while len(tags) < 2:
            message = receiver.recv(65536)
            self.assertLessEqual(len(message), 2048)
            tag = json.loads(text_of(message))
            tags[tag["source_id"]] = tag
        self.check_end(host)
        self.assertTrue(tags["cmd_1"]["evidence"]["truncated"])
        self.assertEqual(tags["cmd_2"]["evidence"]["command_text"], HOSTILE)

    def test_elasticsearch_gets_bulks_in_which_a_double_is_no_fault_and_a_bad_one_delays_no_other(self):
        known = set()

        def bulk(path, headers, body):
            only(path == "/base/rulehost-tags/_bulk?filter_path=errors,items.*.status,items.*.error.type,"
                 "items.*.error.reason", path)
            only(headers.get_all("Content-Type") == ["application/x-ndjson"], headers["Content-Type"])
            only(headers.get_all("Authorization") == ["ApiKey t0ken"], "authorization")
            only(body.endswith(b"\n") and b"\n\n" not in body and b"\r" not in body, body)
            lines = body.decode("utf-8").split("\n")[:-1]
            only(len(lines) % 2 == 0 and len(lines) <= 200, len(lines))
            items, taken = [], []
            for action, document in zip(lines[::2], lines[1::2]):
                (name, where), = json.loads(action).items()
                only(name == "create" and list(where) == ["_id"], action)
                document, identity = json.loads(document), where["_id"]
                only(str(uuid.UUID(identity)) == identity == document["event"]["id"], identity)
                only(RFC3339.fullmatch(document["@timestamp"]), document)
                typed = document["process"]["command_line"]
                if typed == "alpha poison":
                    items.append({"create": {"status": 400, "error": {"type": "mapper_parsing_exception", "reason": "bad"}}})
                elif identity in known:
                    items.append({"create": {"status": 409, "error": {"type": "version_conflict_engine_exception"}}})
                else:
                    known.add(identity)
                    taken.append(typed)
                    items.append({"create": {"status": 201}})
            server.take(taken)
            return 200, json.dumps({"errors": any(item["create"]["status"] > 299 for item in items), "items": items})

        server = HttpServer(bulk)
        self.addCleanup(server.server.server_close)
        host = self.start(f'elasticsearch: {{url: "http://127.0.0.1:{server.port}/base", authorization: ApiKey t0ken}}')
        for i in range(250):
            host.send(event(i, "alpha poison" if i == 7 else HOSTILE if i == 8 else f"alpha {i}"))
        typed = server.wait_for(249)
        self.assertEqual(typed, [HOSTILE if i == 8 else f"alpha {i}" for i in range(250) if i != 7])
        until = time.monotonic() + DEADLINE
        while not (self.root / "dead").exists():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.1)
        self.check_end(host)
        letter, = [json.loads(line) for line in (self.root / "dead").read_text().splitlines()]
        self.assertIn("mapper_parsing_exception", letter["reason"])

    def test_falcosidekick_gets_what_falco_sends(self):
        def sidekick(path, headers, body):
            only(path == "/" and headers.get_all("Content-Type") == ["application/json"], path)
            payload = json.loads(body.decode("utf-8"))
            only(set(payload) <= {"uuid", "output", "priority", "rule", "time", "source", "output_fields", "hostname", "tags"},
                 payload)
            only(payload["output"] and payload["rule"] and isinstance(payload["output_fields"], dict), payload)
            only(payload["priority"] in ("Emergency", "Alert", "Critical", "Error", "Warning", "Notice", "Informational",
                                         "Debug"), payload["priority"])
            only(RFC3339.fullmatch(payload["time"]), payload["time"])
            only(not re.search(r"[<@\x00-\x1f\u202e]|\]\(", payload["output"]), payload["output"])
            server.take([payload])
            return 200, "ok"

        server = HttpServer(sidekick)
        self.addCleanup(server.server.server_close)
        host = self.start(f'falcosidekick: {{url: "http://127.0.0.1:{server.port}/"}}')
        host.send(event(1, HOSTILE))
        host.send(event(2, "alpha two"))
        first, second = server.wait_for(2)
        self.check_end(host)
        self.assertEqual(second["output_fields"]["proc.cmdline"], "alpha two")
        self.assertNotEqual(first["output_fields"]["tag.uuid"], second["output_fields"]["tag.uuid"])

    def test_alertmanager_gets_alerts_that_it_takes(self):
        def alerts(path, headers, body):
            only(path == "/am/api/v2/alerts" and headers.get_all("Content-Type") == ["application/json"], path)
            posted = json.loads(body.decode("utf-8"))
            only(isinstance(posted, list) and 0 < len(posted) <= 64, posted)
            for alert in posted:
                only(set(alert) <= {"labels", "annotations", "startsAt", "endsAt", "generatorURL"}, alert)
                for name, value in [*alert["labels"].items(), *alert["annotations"].items()]:
                    only(re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", name) and isinstance(value, str) and value, (name, value))
                    only(not re.search(r"[<@\x00-\x1f\u202e]|\]\(", value), value)
                only(alert["labels"]["alertname"] and RFC3339.fullmatch(alert["startsAt"]), alert)
            server.take(posted)
            return 200, ""

        server = HttpServer(alerts)
        self.addCleanup(server.server.server_close)
        host = self.start(f'alertmanager: {{url: "http://127.0.0.1:{server.port}/am/"}}')
        for i in range(100):
            host.send(event(i, HOSTILE))
        posted = server.wait_for(100)
        self.check_end(host)
        self.assertEqual(len({json.dumps(alert["labels"], sort_keys=True) for alert in posted}), 1)

    def test_metrics_count_each_output(self):
        server = HttpServer(lambda path, headers, body: (200, ""))
        self.addCleanup(server.server.server_close)
        log = self.root / "events"
        log.write_text("".join(event(i, "alpha") for i in range(10)))
        host = self.start(f'falcosidekick: {{url: "http://127.0.0.1:{server.port}/"}}', "admin: {address: '127.0.0.1:0'}\n")
        port = re.search(r"on port (\d+)", host.talk("admin endpoint on port")).group(1)
        host.send(log.read_text())
        until = time.monotonic() + DEADLINE
        while True:
            with socket.create_connection(("127.0.0.1", int(port))) as connection:
                connection.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
                page = b"".join(iter(lambda: connection.recv(65536), b"")).decode()
            if re.search(r'^rulehost_output_sent_total\{output="soc"\} 10\s*$', page, re.M):
                break
            self.assertLess(time.monotonic(), until, page)
            time.sleep(0.1)
        self.assertRegex(page, r'(?m)^rulehost_output_lag_seconds\{output="soc"\} ')
        self.check_end(host)

    def test_mistakes_are_reported_with_their_place(self):
        path = self.root / "bad.yaml"
        path.write_text("outputs:\n"
                        "  - name: a\n    syslog: {address: 'http://h'}\n"
                        "  - name: b\n    syslog: {address: 'udp://h', format: xml}\n"
                        "  - name: c\n    elasticsearch: {url: 'http://h/?x=1'}\n"
                        "  - name: d\n    elasticsearch: {url: 'http://h', index: 'Tags*'}\n"
                        "  - name: e\n    alertmanager: {}\n"
                        "  - name: f\n    falcosidekick: {url: 'http://h'}\n    file: {path: x}\n")
        done = subprocess.run([program.PROGRAM, "check", "--config", path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=DEADLINE)
        talk = done.stdout.decode()
        self.assertEqual(done.returncode, 1, talk)
        for place in ("bad.yaml:3:23", "bad.yaml:5:42", "bad.yaml:7:", "bad.yaml:9:", "bad.yaml:11:", "bad.yaml:12:"):
            self.assertIn(place, talk)


if __name__ == "__main__":
    program.main()
