"""A nats-server of the test's own with one stream, spoken to in NATS' text protocol."""
import base64
import json
import pathlib
import re
import select
import shutil
import socket
import subprocess
import time

DEADLINE = 30.0  # seconds; only a broken server needs them


class Stream:
    """The stream EVENTS."""

    def __init__(self, root, subjects=("events.>",)):
        self.root, self.port, self.process, self.requests = pathlib.Path(root), -1, None, 0
        self.start()
        self.ask("$JS.API.STREAM.CREATE.EVENTS", {"name": "EVENTS", "subjects": list(subjects), "storage": "file",
                                                 "retention": "limits"})

    def url(self):
        return f"nats://127.0.0.1:{self.port}/EVENTS"

    def start(self):
        program = shutil.which("nats-server") or "/usr/sbin/nats-server"
        self.process = subprocess.Popen([program, "--addr", "127.0.0.1", "--port", str(self.port), "--jetstream",
                                         "--store_dir", str(self.root / "nats"), "--ports_file_dir", str(self.root),
                                         "--log", str(self.root / "log of nats-server")])
        ports = self.root / f"nats-server_{self.process.pid}.ports"
        until = time.monotonic() + DEADLINE
        while True:
            try:
                self.port = int(json.loads(ports.read_text())["nats"][0].rsplit(":", 1)[1])
                break
            except (OSError, ValueError):
                assert self.process.poll() is None and time.monotonic() < until, "nats-server does not start"
                select.select([], [], [], 0.01)
        self.connect()

    def connect(self):
        self.connection = socket.create_connection(("127.0.0.1", self.port), timeout=DEADLINE)
        self.received = self.connection.makefile("rb")
        self.received.readline()  # INFO
        self.connection.sendall(b'CONNECT {"verbose": false, "headers": true, "no_responders": true}\r\nSUB _INBOX.test.* 1\r\n')

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.connection.close()

    def answer(self):
        """The next message: subject and payload."""
        while True:
            words = self.received.readline().split()
            assert words, "nats-server went away"
            if words[0] == b"PING":
                self.connection.sendall(b"PONG\r\n")
            elif words[0] in (b"MSG", b"HMSG"):
                whole = self.received.read(int(words[-1]) + 2)[:-2]
                return words[1].decode(), whole[int(words[-2]) if words[0] == b"HMSG" else 0:]
            else:
                assert words[0] in (b"PONG", b"INFO", b"+OK"), words

    def ask(self, subject, what):
        answers = {}
        self.send([(subject, json.dumps(what).encode())], answers)
        answer, = answers.values()
        assert "error" not in answer, answer
        return answer

    def publish(self, lines, subject="events.a"):
        """Returns when the stream has them all."""
        answers = {}
        self.send([(subject, line) for line in lines], answers)
        assert all("seq" in each for each in answers.values()), answers

    def send(self, messages, answers):
        text = b""
        for subject, payload in messages:
            self.requests += 1
            text += b"PUB %s _INBOX.test.%d %d\r\n%s\r\n" % (subject.encode(), self.requests, len(payload), payload)
        self.connection.sendall(text)
        while len(answers) < len(messages):
            subject, payload = self.answer()
            answers[subject] = json.loads(payload)

    def count(self, stream):
        """How many messages `stream` has; none while it is not there."""
        answers = {}
        self.send([(f"$JS.API.STREAM.INFO.{stream}", b"")], answers)
        answer, = answers.values()
        return answer["state"]["messages"] if "state" in answer else 0

    def messages(self, stream):
        """All messages of `stream` in order: id, subject, payload."""
        answers = {}
        self.send([(f"$JS.API.STREAM.MSG.GET.{stream}", json.dumps({"seq": number + 1}).encode())
                   for number in range(self.count(stream))], answers)
        every = [answers[subject]["message"] for subject in sorted(answers, key=lambda each: int(each.rsplit(".", 1)[1]))]
        return [(re.search(rb"Nats-Msg-Id: *(\S+)", base64.b64decode(each["hdrs"])).group(1).decode(), each["subject"],
                 json.loads(base64.b64decode(each["data"]))) for each in every]

    def unacknowledged(self):
        info = self.ask("$JS.API.CONSUMER.INFO.EVENTS.rulehost", {})
        return info["num_ack_pending"] + info["num_pending"]
