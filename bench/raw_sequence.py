"""Records the engine calls that the service makes for a job, so that they can be repeated without the service."""
import contextlib
import json
import socket
import threading
import time
import urllib.parse

import parts


class Recorder:
    """A relay between the service and the engine's socket. It records what the service sends, with the time."""

    def __init__(self, path, engine):
        self.engine = engine
        self.sent = []  # for each connection: [(time, bytes), ...]
        self.server = socket.socket(socket.AF_UNIX)
        self.server.bind(path)
        self.server.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.server.accept()
            except OSError:
                return
            engine = socket.socket(socket.AF_UNIX)
            engine.connect(self.engine)
            sent = []
            self.sent.append(sent)
            threading.Thread(target=self.carry, args=(client, engine, sent), daemon=True).start()
            threading.Thread(target=self.carry, args=(engine, client, None), daemon=True).start()

    @staticmethod
    def carry(source, target, kept):
        with contextlib.suppress(OSError):
            while data := source.recv(1 << 16):
                if kept is not None:
                    kept.append((time.monotonic(), data))
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.server.close()

    def requests(self):
        """All requests of all connections, in the order of their time: (method, target, content type, body)."""
        found = [request for sent in self.sent for request in parse(sent)]
        return [request[1:] for request in sorted(found, key=lambda request: request[0])]


def parse(sent):
    text = b"".join(data for _, data in sent)
    at = 0
    while (end := text.find(b"\r\n\r\n", at)) >= 0:
        line, *fields = text[at:end].decode().split("\r\n")
        method, target, _ = line.split(" ")
        head = {name.lower(): value.strip() for name, _, value in (field.partition(":") for field in fields)}
        begun, at = time_of(sent, at), end + 4
        if head.get("transfer-encoding") == "chunked":
            body, at = parse_chunks(text, at)
        else:
            length = int(head.get("content-length", 0))
            body, at = text[at:at + length], at + length
        yield begun, method, target, head.get("content-type"), body


def parse_chunks(text, at):
    body = b""
    while True:
        end = text.index(b"\r\n", at)
        size = int(text[at:end], 16)
        body += text[end + 2:end + 2 + size]
        at = end + 2 + size + 2
        if size == 0:
            return body, at


def time_of(sent, offset):
    for when, data in sent:
        if offset < len(data):
            return when
        offset -= len(data)
    raise IndexError


class RawSequence:
    """The calls for the last job of a recording, which can be repeated under other names.

    Podman checks only every 250 ms whether a followed log has ended. So with Podman the end is awaited through its
    events (next-exit); then the container is inspected, as the service does, and its log is read without following it.
    """

    def __init__(self, requests, engine_kind):
        self.waits_for_exit = engine_kind == "podman"
        creation = [target for _, target, _, _ in requests if "/containers/create?" in target][-1]
        self.name = urllib.parse.parse_qs(urllib.parse.urlsplit(creation).query)["name"][0]
        own = [request for request in requests if self.name in request[1] or self.name.encode() in request[3]]
        first = next(i for i, request in enumerate(own) if request[1].endswith("/volumes/create"))
        last = next(i for i, request in enumerate(own) if "/logs?" in request[1])
        look = f"/containers/{self.name}/json"
        self.calls = [request for request in own[first:last + 1] if not request[1].endswith(look)]
        self.version = creation[:creation.index("/containers/")]

    def __str__(self):
        words = [f"{method} {urllib.parse.urlsplit(target).path.removeprefix(self.version)}"
                 for method, target, _, _ in self.calls]
        return ", ".join(words).replace(self.name, "NAME")

    def run(self, engine, number):
        """Makes the calls for one job. Returns the seconds that they took, without the removal of the container."""
        name = f"{self.name[:-6]}{number:06d}"
        calls = [(method, target.replace(self.name, name), {"Content-Type": kind} if kind else {},
                  body.replace(self.name.encode(), name.encode()) or None) for method, target, kind, body in self.calls]
        try:
            begun = time.monotonic()
            waiting = None
            for method, target, headers, body in calls:
                if waiting and "/logs?" in target:
                    waiting.getresponse().read()  # returns when the container has ended; only the head comes at once
                    parts.ask(engine, "GET", f"{self.version}/containers/{name}/json")
                    target = target.replace("follow=1", "follow=0")
                parts.ask(engine, method, target, body, headers, (200, 201, 204))
                if self.waits_for_exit and "/containers/create?" in target:
                    waiting = parts.UnixConnection(engine.path)
                    waiting.request("POST", f"{self.version}/containers/{name}/wait?condition=next-exit")
            return time.monotonic() - begun
        finally:
            self.remove(engine, f"/containers/{name}?force=1&v=1")
            self.remove(engine, f"/volumes/{name}")

    def remove(self, engine, target):
        # Podman refuses the removal while it is still cleaning up the container.
        while parts.ask(engine, "DELETE", self.version + target, want=(204, 404, 500))[0] == 500:
            time.sleep(0.02)


def record(binary, engine_socket, image, engine_kind):
    """Runs jobs through the service, and returns the sequence of engine calls for the second one. The service reads the
    /etc/passwd of an image only for the first job, so the second one is like all others."""
    with parts.folder() as home:
        path = home + "/engine.sock"
        recorder = Recorder(path, engine_socket)
        with parts.service(binary, path, image) as (port, _):
            client = parts.Client(port)
            for _ in range(2):
                job = client.run(image)
                client.remove(job)
                wait_until_gone(parts.UnixConnection(engine_socket), job)
        recorder.close()
        return RawSequence(recorder.requests(), engine_kind)


def wait_until_gone(engine, job):
    """Waits until the container and the volume of the job are removed."""
    filters = urllib.parse.quote(json.dumps({"name": [job]}))
    end = time.monotonic() + 30
    while time.monotonic() < end:
        containers = json.loads(parts.ask(engine, "GET", f"/containers/json?all=1&filters={filters}")[2])
        volumes = json.loads(parts.ask(engine, "GET", f"/volumes?filters={filters}")[2])["Volumes"]
        if not containers and not volumes:
            return
        time.sleep(0.02)
    raise SystemExit(f"the run of job {job} was not removed within 30 s")
