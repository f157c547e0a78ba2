"""A proxy between the service and the unix socket of an engine, which causes faults when a test asks for them: a
response comes late, is lost, is cut off in the middle, or is a 500 instead; or connections are refused.

Each connection carries only one request, so a fault hits exactly the request that it is meant for. Requests are matched
by their method and by a regular expression for the path without the API version.
"""
import collections
import os
import random
import re
import select
import socket
import threading
import time

CHUNK = 1 << 16

# The faults.
DELAY = "delay"  # the response comes late
CUT_BEFORE = "cut before"  # the connection is closed before the engine gets the request
CUT_AFTER = "cut after"  # the engine executes the request, but its response is lost
CUT_WITHIN = "cut within"  # the connection is closed after some bytes of the response's body
FAIL_BEFORE = "500 before"  # the response is a 500, and the engine does not get the request
FAIL_AFTER = "500 after"  # the engine executes the request, but the response is a 500

ANY_FAULT = (DELAY, CUT_BEFORE, CUT_AFTER, CUT_WITHIN, FAIL_BEFORE, FAIL_AFTER)

Request = collections.namedtuple("Request", "method path fault trace")


class Fault:
    """A fault for the next `times` requests that match; for all of them if `times` is None."""

    def __init__(self, kind, method, path, times=1, seconds=1.0, after_bytes=0):
        self.kind, self.method, self.path = kind, method, re.compile(path)
        self.left, self.seconds, self.after_bytes = times, seconds, after_bytes
        self.hits = 0

    def takes(self, method, path):
        if self.left == 0 or method != self.method or not self.path.search(path):
            return False
        self.hits += 1
        if self.left is not None:
            self.left -= 1
        return True


def close(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    connection.close()


def read_head(connection):
    """The head of a message (up to the empty line), and the bytes after it that came with it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(CHUNK)
        if not more:
            return None, b""
        data += more
    head, rest = data.split(b"\r\n\r\n", 1)
    return head, rest


def with_one_request(head):
    """The head of a request, changed so that the connection closes after the response."""
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"connection:")]
    return b"\r\n".join(lines + [b"Connection: close"]) + b"\r\n\r\n"


class ChaosProxy:
    """The proxy listens at the unix socket `path`. The engine's socket is `upstream`."""

    def __init__(self, upstream, path):
        self.upstream, self.path = upstream, path
        self.lock = threading.Lock()
        self.faults, self.requests = [], []
        self.under_way = []  # (method, path) of the requests that are not answered yet
        self.connections = set()
        self.listener = None
        self.chance, self.dice = 0.0, None

    # -- called by tests

    def start(self):
        """Starts to listen."""
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(self.path)
        listener.listen(512)
        self.listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return self

    def stop(self):
        """Stops: from now on connections are refused, and those that are open are cut."""
        listener, self.listener = self.listener, None
        if listener is not None:
            close(listener)
            os.unlink(self.path)
        with self.lock:
            connections = list(self.connections)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def add(self, kind, method, path, **options):
        fault = Fault(kind, method, path, **options)
        with self.lock:
            self.faults.append(fault)
        return fault

    def is_too_late(self, fault):
        """Whether a request that this fault would match came before the fault was added, and is still not answered."""
        with self.lock:
            return any(method == fault.method and fault.path.search(path) for method, path in self.under_way)

    def clear(self):
        with self.lock:
            self.faults.clear()
            self.chance = 0.0

    def randomly(self, chance, seed):
        """From now on each request, except those for the event stream, gets a random fault with this probability."""
        with self.lock:
            self.chance, self.dice = chance, random.Random(seed)

    def count(self, method, path):
        with self.lock:
            return sum(1 for one in self.requests if one.method == method and re.search(path, one.path))

    # -- handling of a connection

    def _accept(self, listener):
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with self.lock:
            self.connections.add(connection)
        try:
            self._pass_on(connection)
        except OSError:
            pass  # the service or the engine closed its connection
        finally:
            with self.lock:
                self.connections.discard(connection)
            close(connection)

    def _choose(self, method, path, trace):
        with self.lock:
            for fault in self.faults:
                if fault.takes(method, path):
                    break
            else:
                fault = None
                if self.chance and not path.startswith("/events") and self.dice.random() < self.chance:
                    fault = Fault(self.dice.choice(ANY_FAULT), method, "", seconds=self.dice.random(),
                                  after_bytes=self.dice.randrange(1000))
            self.requests.append(Request(method, path, fault and fault.kind, trace))
            self.under_way.append((method, path))
            return fault

    def _pass_on(self, client):
        head, rest = read_head(client)
        if head is None:
            return
        method, target = head.split(b"\r\n", 1)[0].decode().split(" ")[:2]
        path = re.sub(r"^/v\d+\.\d+", "", target)
        trace = re.search(rb"\r\ntraceparent: (\S+)", head)
        fault = self._choose(method, path, trace and trace.group(1).decode())
        try:
            self._pass_on_request(client, with_one_request(head) + rest, fault)
        finally:
            with self.lock:
                self.under_way.remove((method, path))

    def _pass_on_request(self, client, request, fault):
        kind = fault and fault.kind
        if kind == CUT_BEFORE:
            return
        if kind == FAIL_BEFORE:
            self._fail(client)
            return
        with socket.socket(socket.AF_UNIX) as engine:
            engine.connect(self.upstream)
            engine.sendall(request)
            sending = threading.Thread(target=self._pump, args=(client, engine), daemon=True)
            sending.start()
            try:
                self._answer(client, engine, fault)
            finally:
                close(engine)

    @staticmethod
    def _pump(source, sink):
        """Passes on everything from `source` to `sink`, and closes `sink` when `source` ends."""
        try:
            while True:
                data = source.recv(CHUNK)
                if not data:
                    return close(sink)
                sink.sendall(data)
        except OSError:
            return None

    def _answer(self, client, engine, fault):
        head, rest = self._final_head(client, engine)
        if head is None:
            return
        kind = fault and fault.kind
        if kind == CUT_AFTER:
            return
        if kind == FAIL_AFTER:
            while engine.recv(CHUNK):
                pass
            self._fail(client)
            return
        if kind == DELAY:
            time.sleep(fault.seconds)
        client.sendall(head + b"\r\n\r\n")
        left = fault.after_bytes if kind == CUT_WITHIN else None
        data = rest or engine.recv(CHUNK)
        while data:
            if left is not None and len(data) > left:
                client.sendall(data[:left])
                return
            client.sendall(data)
            left = None if left is None else left - len(data)
            data = engine.recv(CHUNK)

    @staticmethod
    def _final_head(client, engine):
        """The head of the final response, and the bytes that came with it. "100 Continue" is passed on at once."""
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                more = engine.recv(CHUNK)
                if not more:
                    return None, b""
                data += more
            head, data = data.split(b"\r\n\r\n", 1)
            if not head.startswith(b"HTTP/1.1 100"):
                return head, data
            client.sendall(head + b"\r\n\r\n")

    @staticmethod
    def _fail(client):
        body = b'{"message":"chaos"}'
        client.sendall(b"HTTP/1.1 500 Internal Server Error\r\nContent-Type: application/json\r\nConnection: close\r\n"
                       b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        client.shutdown(socket.SHUT_WR)
        # The rest of the request is read, because closing the socket with unread bytes would reset the connection, and
        # the client could lose the response.
        while select.select([client], [], [], 10)[0] and client.recv(CHUNK):
            pass
