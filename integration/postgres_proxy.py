"""A proxy between the service and the unix socket of PostgreSQL. When a test asks for it, it loses the answer to a
commit: the database has committed, but the service does not know it."""
import os
import re
import select
import socket
import tempfile
import threading

from chaos_proxy import CHUNK, close

SOCKET = ".s.PGSQL.5432"


class PostgresProxy:

    def __init__(self, upstream_folder):
        self.upstream = os.path.join(upstream_folder, SOCKET)
        self.folder = tempfile.mkdtemp(prefix="duws-pgproxy.")
        self.url = f"postgresql://duws@/postgres?host={self.folder}"
        self.lock = threading.Lock()
        self.wanted = None
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(os.path.join(self.folder, SOCKET))
        self.listener.listen(64)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        close(self.listener)
        os.unlink(os.path.join(self.folder, SOCKET))
        os.rmdir(self.folder)

    def lose_answer(self, statement):
        """Loses the answer to the next commit of a transaction with a statement that matches this pattern. The returned
        event is set when the answer was lost."""
        with self.lock:
            self.wanted = (re.compile(statement.encode(), re.DOTALL), threading.Event())
            return self.wanted[1]

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.upstream)
            self.relay(client, server)
        except OSError:
            pass
        finally:
            close(client)
            close(server)

    def relay(self, client, server):
        prepared = {}
        is_wanted = False
        lost = None
        while True:
            for source in select.select([client, server], [], [])[0]:
                data = source.recv(CHUNK)
                if not data:
                    return
                if source is server:
                    if lost is not None and b"COMMIT\0" in data:
                        lost.set()
                        return
                    client.sendall(data)
                    continue
                names, is_commit = self.read_requests(data, prepared)
                with self.lock:
                    pattern, event = self.wanted or (None, None)
                    if pattern is not None and any(pattern.search(text) for text in names):
                        is_wanted = True
                    if is_commit and is_wanted:
                        self.wanted, lost = None, event
                if is_commit:
                    is_wanted = False
                server.sendall(data)

    @staticmethod
    def read_requests(data, prepared):
        """The statements that these messages execute, with their values; and whether one of them is a COMMIT. It
        expects whole messages: they are small, and arrive in one piece on a unix socket."""
        texts, is_commit = [], False
        while len(data) >= 5:
            kind, size = data[:1], int.from_bytes(data[1:5], "big") + 1
            body, data = data[5:size], data[size:]
            if kind == b"Q":
                texts.append(body)
                is_commit = is_commit or body.startswith(b"COMMIT")
            elif kind == b"P":
                name, text = body.split(b"\0")[:2]
                prepared[name] = text
            elif kind == b"B":
                name = body.split(b"\0")[1]
                texts.append(prepared.get(name, b"") + b" " + body)
        return texts, is_commit
