"""Many clients at once, on one thread: plain sockets that send the bytes that a test gives, as slowly as it says, and
that may never read the response."""
import os
import resource
import selectors
import socket
import time

from client import TEST_TIMEOUT


def allow_files(count):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = max(soft, count)
    if wanted > hard:
        raise AssertionError(f"the test needs {count} open files, and may have {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def memory_of(service, key="VmRSS"):
    """A memory figure of the service process from /proc, in bytes."""
    with open(f"/proc/{service.process.pid}/status", encoding="ascii") as status:
        for line in status:
            if line.startswith(key + ":"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"no {key}")


def open_files_of(service):
    return len(os.listdir(f"/proc/{service.process.pid}/fd"))


def raw(port, text, timeout=TEST_TIMEOUT, then=None):
    """Sends the bytes, and reads until the service closes the connection, or until `then` is true of what was read."""
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        try:
            connection.sendall(text)
        except (BrokenPipeError, ConnectionResetError):
            pass  # the service refused the request before it was sent completely
        got = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                return got
            got += piece
            if not piece or (then and then(got)):
                return got


def get(path, more=""):
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n{more}\r\n".encode()


class Member:
    def __init__(self, connection, text):
        self.connection, self.text = connection, text
        self.sent = 0
        self.got = b""
        self.closed = False

    @property
    def status(self):
        return int(self.got.split()[1]) if self.got.startswith(b"HTTP/1.1 ") else None


class Crowd:
    """Clients that each send one of `texts`: at most `stride` bytes at a time, every `pause` seconds."""

    def __init__(self, port, texts, stride=1 << 20, pause=0.0, reads=True, receive_buffer=None):
        allow_files(len(texts) + 200)
        self.stride, self.pause, self.reads = stride, pause, reads
        self.selector = selectors.DefaultSelector()
        self.members = []
        for text in texts:
            connection = socket.socket()
            if receive_buffer:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            connection.settimeout(TEST_TIMEOUT)
            connection.connect(("127.0.0.1", port))
            connection.setblocking(False)
            member = Member(connection, text)
            self.members.append(member)
            if reads:
                self.selector.register(connection, selectors.EVENT_READ, member)
        self.next_piece = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for member in self.members:
            member.connection.close()
        self.selector.close()

    def _send(self):
        if time.monotonic() < self.next_piece:
            return
        self.next_piece = time.monotonic() + self.pause
        for member in self.members:
            if member.closed or member.sent == len(member.text):
                continue
            try:
                member.sent += member.connection.send(member.text[member.sent:member.sent + self.stride])
            except BlockingIOError:
                pass
            except OSError:
                member.closed = True

    def _read(self, seconds):
        for key, _ in self.selector.select(seconds):
            member = key.data
            try:
                piece = member.connection.recv(1 << 16)
            except BlockingIOError:
                continue
            except OSError:
                piece = b""
            member.got += piece
            if not piece:
                member.closed = True
                self.selector.unregister(member.connection)

    def turn(self):
        self._send()
        self._read(0.02) if self.reads else time.sleep(0.02)

    def until(self, condition, what, seconds=None):
        """Lets the clients send and read until the condition is true for each of them."""
        end = time.monotonic() + (seconds or TEST_TIMEOUT)
        while not all(condition(member) for member in self.members):
            if time.monotonic() > end:
                missing = sum(not condition(member) for member in self.members)
                raise AssertionError(f"waited in vain for {what}: {missing} of {len(self.members)} clients")
            self.turn()
