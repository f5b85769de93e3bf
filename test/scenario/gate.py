"""A port that leads to a server, or does not."""
import socket
import threading


class Gate:
    """A port that refuses connections until it is opened; then it leads to `target`. While it is silent it passes nothing
    on and closes nothing, as a firewall does that drops."""

    def __init__(self, target):
        self.target = target
        self.speaking = threading.Event()
        self.speaking.set()
        self.server = socket.socket()
        self.server.bind(("127.0.0.1", 0))
        self.port = self.server.getsockname()[1]

    def open(self):
        self.server.listen()
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.server.close()

    def fall_silent(self):
        self.speaking.clear()

    def speak(self):
        self.speaking.set()

    def accept(self):
        while True:
            try:
                near = self.server.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.serve, args=(near,), daemon=True).start()

    def serve(self, near):
        self.speaking.wait()
        with near, socket.create_connection(self.target) as far:
            back = threading.Thread(target=self.forward, args=(far, near), daemon=True)
            back.start()
            self.forward(near, far)
            back.join()

    def forward(self, source, sink):
        try:
            while data := source.recv(65536):
                self.speaking.wait()
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass # the other side is gone
